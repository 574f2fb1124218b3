//! The engine of Sorl: a live, programmable audio graph.
//!
//! ```text
//!  score text ──evaluate──▶ Patch ──compile──▶ Plan ══queue══▶ Engine ──▶ buffers
//! ```
//!
//! A [`Session`] lives on the control thread: it holds the score, compiles it and sends Plans. An [`Engine`]
//! lives on the audio thread: it runs them. Only queues and immutable data cross between the two.
//!
//! ```
//! use sorl_graph::{Block, Engine, Session, Setup, When};
//!
//! let mut session = Session::new();
//! session.evaluate("def tone():\n    return sine_osc(440) * 0.5\n\nt = node(\"tone\", tone)\n", When::Now)?;
//! let setup = Setup { rate: 48000 };
//! let mut engine = Engine::new(setup, session.connect(setup));
//! let (mut left, mut right) = (vec![0.0; 480], vec![0.0; 480]);
//! engine.process(Block { inputs: &[], outputs: &mut [&mut left, &mut right], frames: 480, host: None, notes: &[] });
//! assert!(left.iter().any(|x| *x > 0.49));
//! # Ok::<(), sorl_graph::Diagnostics>(())
//! ```
//!
//! Without text, a program builds the same with typed handles: see [`graph`]. Unit generators are made of plain
//! structs ([`unit_generator!`]), of closures ([`ugen::unit`]) or by hand ([`ugen::UGen`]).
//!
//! # Features
//!
//! By default this is the engine alone: no machine code, no audio back ends.
//!
//! | feature | what it adds |
//! |---|---|
//! | `jit` | machine code for signal functions (Cranelift); the interpreter plays without it, with the same bits |
//! | `cpal` | the back end for ALSA and the sound systems of other platforms |
//! | `midi` | MIDI ports of the system, and MIDI files |
//! | `pipewire`, `pulseaudio` | these two without the way through ALSA |
//! | `asio` | ASIO, on Windows |
//! | `jack` | the back end for JACK and PipeWire's JACK |
//! | `portaudio` | the back end for the PortAudio of the machine |
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]
#![deny(unsafe_code)] // Allowed in `rt`, `signal/jit/code.rs`, `io/portaudio/library.rs` and `io/jack/timebase.rs`, with reasons.

pub mod compile;
pub mod engine;
pub mod graph;
pub mod inspect;
pub mod io;
pub mod math;
pub mod message;
pub mod patch;
pub mod pattern;
pub mod plan;
pub mod resource;
pub mod rt;
pub mod score;
pub mod session;
pub mod signal;
pub mod time;
pub mod ugen;

pub use engine::{Block, Engine};
pub use message::{Moment, NoteEvent, Setup, Span, TimedMidi, TimedNote};
pub use patch::Patch;
pub use plan::When;
pub use score::{Diagnostic, Diagnostics};
pub use session::{Batch, Scheduler, Session, Status};
pub use time::{Beats, HostTime, Meter, Seconds, Tempo};
