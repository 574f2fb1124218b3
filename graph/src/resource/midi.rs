//! Standard MIDI files, read by `midly`: messages and notes at their ticks.
//!
//! Control threads only. Sizes are bounded; what is damaged is an error with a sentence, never a panic.

use std::collections::HashMap;

use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};

/// The largest file that is read, in bytes.
pub const MAX_MIDI_FILE: u64 = 16 << 20;

/// What a MIDI file plays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MidiFile {
    /// Messages of all tracks in the order of time: the tick, the bytes and how many they are (2 or 3).
    pub messages: Vec<(u64, [u8; 3], u8)>,
    /// Ticks a beat (a quarter note). A file that counts in frames of film is taken at 120 bpm.
    pub ticks: u32,
    /// The first tempo that it says, in bpm.
    pub tempo: Option<f64>,
    /// Its end, in ticks.
    pub length: u64,
}

/// A note of a MIDI file, from its key's going down to its coming up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MidiNote {
    /// The tick at which it begins.
    pub begin: u64,
    /// The tick at which it ends.
    pub end: u64,
    /// Channel, 0…15.
    pub channel: u8,
    /// Key, 0…127.
    pub key: u8,
    /// Velocity, 1…127.
    pub velocity: u8,
}

impl MidiFile {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn parse(bytes: &[u8]) -> Result<MidiFile, String> {
        let smf = Smf::parse(bytes).map_err(|error| error.to_string())?;
        let (ticks, factor) = match smf.header.timing {
            Timing::Metrical(ticks) => (u32::from(ticks.as_int()), 1),
            // Half a second is a beat.
            Timing::Timecode(fps, sub) => (u32::from(fps.as_int()) * u32::from(sub), 2),
        };
        if ticks == 0 {
            return Err("it has no ticks in a beat".to_owned());
        }
        let mut file = MidiFile {
            ticks,
            ..MidiFile::default()
        };
        for track in &smf.tracks {
            let mut tick = 0u64;
            for event in track {
                tick += u64::from(event.delta.as_int()) * factor;
                file.length = file.length.max(tick);
                match event.kind {
                    TrackEventKind::Midi { channel, message } => {
                        let (bytes, length) = bytes_of(channel.as_int(), message);
                        file.messages.push((tick, bytes, length));
                    }
                    TrackEventKind::Meta(MetaMessage::Tempo(micros)) => {
                        let bpm = 60e6 / f64::from(micros.as_int().max(1));
                        file.tempo.get_or_insert(bpm);
                    }
                    _ => {}
                }
            }
        }
        // Those of one time stay in the order of their tracks.
        file.messages.sort_by_key(|message| message.0);
        Ok(file)
    }

    /// Its notes in the order in which they begin; one that never ends lasts to the end of the file.
    pub fn notes(&self) -> Vec<MidiNote> {
        let mut down: HashMap<(u8, u8), Vec<usize>> = HashMap::new();
        let mut notes: Vec<MidiNote> = Vec::new();
        for &(tick, [status, key, velocity], _) in &self.messages {
            let at = (status & 0x0f, key);
            match (status & 0xf0, velocity) {
                (0x90, 1..) => {
                    down.entry(at).or_default().push(notes.len());
                    notes.push(MidiNote {
                        begin: tick,
                        end: self.length,
                        channel: at.0,
                        key,
                        velocity,
                    });
                }
                (0x80 | 0x90, _) => {
                    // The first that went down comes up first.
                    let waiting = down.get_mut(&at).filter(|waiting| !waiting.is_empty());
                    if let Some(waiting) = waiting {
                        notes[waiting.remove(0)].end = tick;
                    }
                }
                _ => {}
            }
        }
        notes
    }
}

/// The bytes of a message on the wire, and how many they are.
fn bytes_of(channel: u8, message: MidiMessage) -> ([u8; 3], u8) {
    match message {
        MidiMessage::NoteOff { key, vel } => ([0x80 | channel, key.as_int(), vel.as_int()], 3),
        MidiMessage::NoteOn { key, vel } => ([0x90 | channel, key.as_int(), vel.as_int()], 3),
        MidiMessage::Aftertouch { key, vel } => ([0xa0 | channel, key.as_int(), vel.as_int()], 3),
        MidiMessage::Controller { controller, value } => {
            ([0xb0 | channel, controller.as_int(), value.as_int()], 3)
        }
        MidiMessage::ProgramChange { program } => ([0xc0 | channel, program.as_int(), 0], 2),
        MidiMessage::ChannelAftertouch { vel } => ([0xd0 | channel, vel.as_int(), 0], 2),
        MidiMessage::PitchBend { bend } => {
            let value = bend.0.as_int();
            (
                [0xe0 | channel, (value & 0x7f) as u8, (value >> 7) as u8],
                3,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tracks at 96 ticks a beat: the tempo 100, and two notes, one of them ended by a start without velocity.
    const FILE: &[u8] = b"MThd\0\0\0\x06\0\x01\0\x02\0\x60\
        MTrk\0\0\0\x0b\0\xff\x51\x03\x09\x27\xc0\0\xff\x2f\0\
        MTrk\0\0\0\x13\0\x90\x45\x7f\x60\x45\0\0\x91\x40\x40\x30\x81\x40\0\0\xff\x2f\0";

    #[test]
    fn notes_stand_at_their_ticks() {
        let file = MidiFile::parse(FILE).unwrap();
        assert_eq!(
            (file.tempo, file.ticks, file.length),
            (Some(100.0), 96, 144)
        );
        let notes: Vec<_> = file
            .notes()
            .iter()
            .map(|n| (n.begin, n.end, n.channel, n.key, n.velocity))
            .collect();
        assert_eq!(notes, [(0, 96, 0, 69, 127), (96, 144, 1, 64, 64)]);
    }

    #[test]
    fn damaged_files_are_errors_and_never_more_than_that() {
        let mut seed = 3u64;
        let mut refused = 0;
        for _ in 0..2000 {
            let mut bytes = FILE.to_vec();
            for _ in 0..3 {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let at = (seed >> 33) as usize % bytes.len();
                if (seed >> 60) & 1 == 0 {
                    bytes[at] = (seed >> 24) as u8;
                } else {
                    bytes.truncate(at.max(1));
                }
            }
            match MidiFile::parse(&bytes) {
                Ok(file) => assert!(file.notes().len() <= file.messages.len()),
                Err(reason) => {
                    assert!(!reason.is_empty());
                    refused += 1;
                }
            }
        }
        assert!(refused > 100, "{refused}");
    }
}
