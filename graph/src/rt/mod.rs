//! What makes the audio thread safe: queues between it and the control thread, and the processor's
//! floating-point mode.

mod denormals;
mod link;
mod post;
mod probe;
mod queue;
mod track;

pub use denormals::FlushDenormals;
pub use link::{AudioEnd, ControlEnd, link};
pub use post::{Post, ROOM};
pub use probe::{Frame, Measure, NodeMeasure, Probe, Scope, ScopePort, ScopeReader, scope};
pub use track::{Track, TrackReader, TrackSender, track};
