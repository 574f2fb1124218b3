//! Musical and physical time in integers and rationals.
//!
//! Everything here is plain data and pure functions; any thread may use it. Nothing but the making of maps and bars
//! allocates.
//!
//! * [`Beats`] and [`Seconds`] are signed fixed point: every common sample rate and every usual musical
//!   subdivision is exact, and negative positions (preroll) are ordinary.
//! * [`Ratio`] is the time of patterns: exact rational cycles.
//! * [`TempoMap`] is the tempo over the beats of a song: steps, ramps, rubato; [`Bars`] is where its bars begin.
//! * [`Segment`] ties frames to beats: an anchor and a pace, which is one tempo or a map. It holds the one function
//!   that maps a rational cycle to a frame.
//! * [`Curve`] is the way of a fade or a macro from one end to the other.
//! * [`Ramp`] is a straight line over frames: what smooths levels and values.

mod bars;
mod curve;
mod fixed;
mod map;
mod ramp;
mod ratio;
mod rubato;
mod segment;
mod tempo;

pub use bars::Bars;
pub use curve::Curve;
pub use fixed::{Beats, Seconds};
pub use map::{MapError, TempoMap, TempoPoint, TempoRamp};
pub use ramp::Ramp;
pub use ratio::Ratio;
pub use rubato::{Bend, Rubato};
pub use segment::{Boundary, Pace, Segment};
pub use tempo::{HostTime, Meter, Tempo};
