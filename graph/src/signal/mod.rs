//! Signal functions: what a sound is, as a graph of operations.
//!
//! A score's function is run once and leaves a [`Function`]: operations in order, shared where equal, with the
//! controls, inputs and outputs it has. [`verify`] holds the rules that every pass must keep. A [`Kernel`] is a
//! function made ready to run at a sample rate; [`Interpreter`] is the reference implementation and, until
//! machine code takes its place behind the same trait, the one that plays.
//!
//! Building and verifying is the control side's; [`Kernel::run`] is real-time safe.

mod build;
mod function;
mod interpret;
mod kernel;
mod lib_reverb;
mod verify;

pub use build::{BuildError, Builder};
pub use function::{Control, Function, MAX_CONTROLS, MAX_INPUTS, MAX_OPS, Op, Sig};
pub use interpret::Interpreter;
pub use kernel::{GRID, Io, Kernel, Lane, Scratch};
pub use verify::{Fault, verify};
