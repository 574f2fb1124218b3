//! Patterns: pure functions of rational time.
//!
//! A [`Pattern`] is the description that a score builds: a small tree, bounded in depth and density while it is
//! built. A [`Program`] is the same pattern laid out flat for the audio thread: asked for a span of cycles, it
//! gives the events of that span without allocation and with bounded work. Semantics are those of Tidal
//! (Alex McLean's "pure functions of time"): an event has a *whole*, its own extent, and a *part*, what of it
//! lies in the question.

mod arp;
mod atom;
mod build;
mod combine;
mod curve;
mod euclid;
mod event;
mod fine;
mod measure;
mod meet;
mod number;
mod program;
mod random;
mod shape;
mod transform;
mod tree;
mod wave;

pub use arp::Order;
pub use atom::{Atom, Held, Message, Pitch, Place, Said};
pub use combine::{Choices, MAX_VALUES};
pub use euclid::{MAX_STEPS, euclid};
pub use event::{Carried, Event, MAX_CARRIED, MAX_NUDGE, Value};
pub use fine::MAX_FINE;
pub use measure::MAX_SHUFFLED;
pub use number::Arithmetic;
pub use program::Program;
pub use random::seed_of;
pub use shape::Shape;
pub use tree::{Join, MAX_DENSITY, MAX_DEPTH, MAX_WORK, Node, Pattern, PatternError, Structure};
pub use wave::Wave;
