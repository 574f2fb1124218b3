//! Where the sound goes: real-time audio back ends, the offline renderer, sound files.
//!
//! A back end is a driver: it owns the timing and calls the [`Engine`](crate::engine::Engine) from
//! its own callback. [`open`] chooses one and starts it; what it hands back is a [`Stream`] that
//! stops when dropped. [`offline`] does the same without real time, and [`wav`] writes what it
//! makes.
//!
//! Everything here runs on control threads except the callbacks, which live in `driver` and the
//! small closures of each back end. Those never allocate, lock, call the system, or drop heap
//! memory.

mod backend;
mod compare;
#[cfg(feature = "cpal")]
mod cpal;
mod driver;
#[cfg(feature = "jack")]
mod jack;
mod null;
pub mod offline;
mod select;
pub mod wav;

pub use backend::{Backend, BackendError, Fault, Request, Stream, StreamInfo};
pub use compare::{Difference, compare};
pub use null::Null;
pub use select::{Choice, Opened, open};

#[cfg(feature = "cpal")]
pub use self::cpal::Cpal;
#[cfg(feature = "jack")]
pub use self::jack::Jack;
