//! Resources: sounds from files, from Rust and from Sorl itself, and wavetables; immutable once they are there.
//!
//! A [`Sound`] is samples in memory and never changes; whoever plays it holds an `Arc`. The [`Library`] knows sounds
//! by name: it looks in the project's folder, then in the user's library folder, then in the [`kit`], whose sounds
//! Sorl makes itself. Names cannot lead out of those folders. Files are decoded and converted to the engine's rate
//! on a worker thread that answers by message: [`crate::Session::tick`] collects what is done.
//!
//! Everything here belongs to the control thread and its worker; on the audio thread an `Arc` of what is made here
//! is only read, never cloned, never dropped.

#[cfg(feature = "files")]
mod convert;
#[cfg(feature = "files")]
mod decode;
mod folder;
pub mod kit;
mod library;
mod sound;
mod text;
mod worker;

pub use library::{Library, Missing};
pub use sound::{MAX_SAMPLES, Sound, SoundError};
pub use text::TextError;
