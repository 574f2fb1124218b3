//! MIDI beside the sound: clocks in and out, files, and the ports of the system.
//!
//! [`ClockIn`] runs on the audio thread; [`file`] and [`ports`] on control threads. A clock for others is the engine's.

mod clock_in;
#[cfg(feature = "midi")]
pub mod file;
#[cfg(feature = "midi")]
pub mod ports;

pub use clock_in::{ClockIn, ClockWord};
