//! MIDI beside the sound: clocks in and out, files, and the ports of the system.
//!
//! [`ClockIn`] and what sends a clock run on the audio thread; [`file`] and [`ports`] on control threads.

mod clock_in;
mod clock_out;
#[cfg(feature = "midi")]
pub mod file;
#[cfg(feature = "midi")]
pub mod ports;

pub use clock_in::{ClockIn, ClockWord};
pub(super) use clock_out::ClockOut;
