//! A MIDI file as what is played: its messages by the frames of a song.
//!
//! Control threads only.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::message::NoteEvent;
use crate::patch::Patch;
use crate::resource::{MAX_MIDI_FILE, MidiFile};
use crate::time::{Beats, Pace, Segment, Tempo};

/// Why a file cannot be read.
#[derive(Debug, Error)]
pub enum MidiFileError {
    /// The system refused.
    #[error("cannot read {path}: {error}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is not one.
    #[error("{path} is no MIDI file, or a damaged one: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Reads a file of at most 16 MB.
///
/// # Errors
/// [`MidiFileError`] with what is wrong.
pub fn read(path: &Path) -> Result<MidiFile, MidiFileError> {
    let failed = |error| MidiFileError::Read {
        path: path.to_owned(),
        error,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_MIDI_FILE {
        return Err(failed(std::io::Error::other("it has more than 16 MB")));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    MidiFile::parse(&bytes).map_err(|reason| MidiFileError::Damaged {
        path: path.to_owned(),
        reason,
    })
}

/// What a file plays by frames, in a song that a Patch describes: its beats are the song's. A `tempo` in bpm rules over the
/// Patch's.
pub fn frames(
    file: &MidiFile,
    patch: &Patch,
    tempo: Option<f64>,
    rate: u32,
) -> Vec<(u64, NoteEvent)> {
    let pace = match tempo {
        Some(bpm) => Pace::Steady(Tempo::from_bpm(bpm)),
        // What makes no map plays at one tempo: nothing that was evaluated.
        None => Pace::of(&Arc::new(patch.tempo_map().unwrap_or_default())),
    };
    let song = Segment::paced(0, Beats::ZERO, &pace, rate);
    let messages = file.messages.iter().filter_map(|&(tick, bytes, length)| {
        let event = NoteEvent::from_midi(&bytes[..usize::from(length)])?;
        let beat = Beats::from_f64(tick as f64 / f64::from(file.ticks));
        Some((song.frame_of(beat).max(0).unsigned_abs(), event))
    });
    messages.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stand_at_the_beats_of_the_song() {
        let file = MidiFile {
            messages: vec![
                (0, [0x90, 69, 127], 3),
                (96, [0x80, 69, 0], 3),
                (96, [0xf8, 0, 0], 1),
            ],
            ticks: 96,
            tempo: Some(100.0),
            length: 96,
        };
        let at = |tempo| {
            let played = frames(&file, &Patch::default(), tempo, 48_000);
            played.iter().map(|e| e.0).collect::<Vec<_>>()
        };
        assert_eq!(at(Some(60.0)), [0, 48_000]);
        // Without another word it is the song's tempo: 120.
        assert_eq!(at(None), [0, 24_000]);
    }
}
