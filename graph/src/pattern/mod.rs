//! Patterns: pure functions of rational time.
//!
//! A [`Pattern`] is the description that a score builds: a small tree, bounded in depth and density while it is
//! built. A [`Program`] is the same pattern laid out flat for the audio thread: asked for a span of cycles, it
//! gives the events of that span without allocation and with bounded work. Semantics are those of Tidal
//! (Alex McLean's "pure functions of time"): an event has a *whole*, its own extent, and a *part*, what of it
//! lies in the question.

mod atom;
mod program;
mod tree;
mod wave;

pub use atom::{Atom, Pitch};
pub use program::{Event, Program, Value};
pub use tree::{MAX_DENSITY, MAX_DEPTH, Node, Pattern, PatternError};
pub use wave::Wave;
