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
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]
#![deny(unsafe_code)] // Allowed in `rt` and `signal/jit/code.rs`, with reasons.

pub mod compile;
pub mod engine;
pub mod io;
pub mod math;
pub mod message;
pub mod patch;
pub mod pattern;
pub mod plan;
pub mod rt;
pub mod score;
pub mod session;
pub mod signal;
pub mod time;
pub mod ugen;

pub use engine::{Block, Engine};
pub use message::{NoteEvent, Setup, TimedNote};
pub use patch::Patch;
pub use plan::When;
pub use score::{Diagnostic, Diagnostics};
pub use session::{Session, Status};
pub use time::{Beats, HostTime, Meter, Tempo};
