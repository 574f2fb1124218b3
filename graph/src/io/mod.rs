//! Where the sound goes: real-time audio back ends, the offline renderer, sound files.
//!
//! A back end is a driver: it owns the timing and calls the [`Engine`](crate::engine::Engine) from
//! its own callback. [`open`] chooses one and starts it; what it hands back is a [`Stream`] that
//! stops when dropped; a [`Sound`] keeps one going when devices and servers come and go. A [`Hub`] is what is plugged
//! in beside it: MIDI and a clock. [`offline`] does the same without real time, [`file`] writes what it makes, and a
//! [`Recording`] what is heard.
//!
//! Everything here runs on control threads except the callbacks, which live in `driver` and the
//! small closures of each back end. Those never allocate, lock, call the system, or drop heap
//! memory.

mod backend;
#[cfg(feature = "cpal")]
mod bridge;
mod compare;
#[cfg(feature = "cpal")]
mod cpal;
#[cfg(feature = "cpal")]
mod cpal_sides;
mod devices;
mod driver;
pub mod file;
mod hub;
#[cfg(feature = "jack")]
mod jack;
pub mod midi;
mod null;
pub mod offline;
#[cfg(feature = "portaudio")]
mod portaudio;
#[cfg(any(feature = "cpal", feature = "midi", feature = "portaudio"))]
mod quiet;
mod record;
mod select;
mod sides;
mod sound;

pub use backend::{Backend, BackendError, Drive, Fault, MAX_CHANNELS, Request, Stream, StreamInfo};
pub use compare::{Difference, compare};
pub use devices::{BackendDevices, Device, devices};
pub use hub::{Hub, Sync};
pub use null::{Null, Paced};
pub use record::{RecordError, RecordOptions, Recorded, Recording};
pub use select::{Choice, Opened, open};
pub use sides::{Aside, Begin, Capture, Heard, Playback, Played, Sink, Source};
pub use sound::{Change, Sound};

#[cfg(feature = "cpal")]
pub use self::cpal::Cpal;
#[cfg(feature = "jack")]
pub use self::jack::Jack;
#[cfg(feature = "portaudio")]
pub use self::portaudio::Pa;
