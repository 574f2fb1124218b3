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
mod kept;
pub mod kit;
mod library;
#[cfg(feature = "midi")]
mod midi;
mod sound;
mod text;
mod wavetable;
mod worker;

pub use kept::{Contents, InUse, Kept};
pub use library::{Library, Missing};
#[cfg(feature = "midi")]
pub use midi::{MAX_MIDI_FILE, MidiFile, MidiNote};
pub use sound::{MAX_SAMPLES, Sound, SoundError};
pub use text::TextError;
pub use wavetable::{CYCLE, MAX_CYCLES, Place, Wavetable, WavetableError};

/// The cubic through y1 and y2 whose slopes there are those of the neighbours (Catmull and Rom 1974), at a part of the
/// way, 0…1. Real-time safe.
#[inline]
pub fn cubic([y0, y1, y2, y3]: [f32; 4], part: f32) -> f32 {
    let c1 = 0.5 * (y2 - y0);
    let c2 = y0 - 2.5 * y1 + 2.0 * y2 - 0.5 * y3;
    let c3 = 0.5 * (y3 - y0) + 1.5 * (y1 - y2);
    ((c3 * part + c2) * part + c1) * part + y1
}
