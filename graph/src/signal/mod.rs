//! Signal functions: what a sound is, as a graph of operations.
//!
//! A score's function is run once and leaves a [`Function`]: operations in order, shared where equal, with the
//! controls, inputs and outputs it has. [`verify`] holds the rules that every pass must keep. A [`Kernel`] is a
//! function made ready to run at a sample rate: a [`Maker`] gives machine code where it can (feature `jit`), else the
//! [`Interpreter`], the reference implementation. Both give the same bits, so a kernel plays at once, interpreted, and
//! goes on as machine code when a worker has compiled it.
//!
//! Building and verifying is the control side's; [`Kernel::run`] is real-time safe.

mod arith;
mod build;
mod carry;
mod control;
mod derive;
mod function;
mod inlet;
mod interpret;
#[cfg(feature = "jit")]
pub mod jit;
mod kernel;
mod knob;
mod layout;
mod lib_filters;
mod lib_music;
mod lib_oscillators;
mod lib_reverb;
mod lib_space;
mod make;
mod maths;
mod oversample;
pub mod passes;
mod range;
mod rest;
mod shapes;
mod short;
mod terms;
pub mod text;
mod verify;
mod watch;
mod waves;

pub use build::{BuildError, Builder};
pub use carry::{Carry, carry};
pub use control::{Control, ControlFault, Curve, MAX_LABELS, SMOOTH_MS};
pub use function::{
    Binary, Function, MAX_CONTROLS, MAX_DELAY_SECONDS, MAX_INPUTS, MAX_OPS, Op, Sig, Time, Unary,
};
pub use inlet::{Inlet, MAX_PAIRS, Outlet};
pub use interpret::Interpreter;
pub use kernel::{Aligned, Backend, FOUR, FourIo, GRID, Io, Kernel, Lane, Scratch, VoiceOut};
pub use knob::Knob;
pub use lib_filters::MAX_ORDER;
pub use make::Maker;
pub use oversample::{Downsampler, MAX_OVERSAMPLE, Upsampler, oversampling_latency};
pub use rest::{Gate, Rest};
pub use short::{Outputs, function};
pub use terms::{Built, Term};
pub use verify::{Fault, verify};
pub use watch::{Seen, Watch};
