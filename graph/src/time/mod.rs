//! Musical and physical time in integers and rationals.
//!
//! Everything here is plain data and pure functions; any thread may use it. Nothing allocates.
//!
//! * [`Beats`] and [`Seconds`] are signed fixed point: every common sample rate and every usual musical
//!   subdivision is exact, and negative positions (preroll) are ordinary.
//! * [`Ratio`] is the time of patterns: exact rational cycles.
//! * [`Segment`] ties frames to beats: an anchor and a tempo. It holds the one function that maps a rational
//!   cycle to a frame, rounding once.
//! * [`Ramp`] is a straight line over frames: what smooths levels and values.

mod fixed;
mod ramp;
mod ratio;
mod segment;
mod tempo;

pub use fixed::{Beats, Seconds};
pub use ramp::Ramp;
pub use ratio::Ratio;
pub use segment::{Boundary, Segment};
pub use tempo::{HostTime, Meter, Tempo};
