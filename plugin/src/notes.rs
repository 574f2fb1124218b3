//! Host notes, put in order for the engine.
//!
//! Audio thread: no allocation, no lock, no panic. The list is made for the largest number of notes
//! when the plugin is activated and never grows.

use nice_plug::midi::{Channel, Key};
use nice_plug::prelude::NoteEvent as HostNote;
use sorl_graph::message::{NoteEvent, TimedNote};
use sorl_graph::signal::Knob;

/// Notes that one block can hold.
const CAPACITY: usize = 1024;

/// The notes of one block, sorted by frame.
#[derive(Debug)]
pub(crate) struct Notes {
    list: Vec<TimedNote>,
    /// How many of them earlier pieces of the block took.
    taken: usize,
}

impl Notes {
    /// An empty list with room for a block. Allocates.
    pub(crate) fn new() -> Notes {
        Notes {
            list: Vec::with_capacity(CAPACITY),
            taken: 0,
        }
    }

    /// Forgets all notes.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.taken = 0;
    }

    /// The notes, sorted by frame; those of one frame in the order in which they came.
    pub(crate) fn as_slice(&self) -> &[TimedNote] {
        &self.list
    }

    /// The notes of the next piece of the block, their frames counted from the piece's first.
    pub(crate) fn piece(&mut self, start: usize, frames: usize) -> &[TimedNote] {
        let rest = self.list.get_mut(self.taken..).unwrap_or_default();
        let count = rest.partition_point(|note| (note.frame as usize) < start + frames);
        for note in &mut rest[..count] {
            note.frame = note.frame.saturating_sub(start as u32);
        }
        self.taken += count;
        &rest[..count]
    }

    /// Takes what the host sent; what is not a note is ignored. Events that a host placed past the
    /// block's end belong to its last frame.
    pub(crate) fn push_host<S>(&mut self, event: &HostNote<S>, frames: usize) {
        let last = u32::try_from(frames.saturating_sub(1)).unwrap_or(u32::MAX);
        match *event {
            HostNote::NoteOn {
                timing,
                channel,
                key: Key::Number(key),
                velocity,
                ..
            } => {
                let channel = channel.number().unwrap_or(0);
                // A running MIDI stream may write the end of a note as a start without velocity.
                let event = if velocity > 0.0 {
                    NoteEvent::On {
                        channel,
                        key,
                        velocity: velocity.min(1.0),
                    }
                } else {
                    NoteEvent::Off { channel, key }
                };
                self.push(timing.min(last), event);
            }
            HostNote::NoteOff {
                timing,
                channel,
                key,
                ..
            }
            | HostNote::Choke {
                timing,
                channel,
                key,
                ..
            } => {
                let frame = timing.min(last);
                match (channel, key) {
                    (Channel::Number(channel), Key::Number(key)) => {
                        self.push(frame, NoteEvent::Off { channel, key });
                    }
                    (Channel::Wildcard, Key::Number(key)) => {
                        for channel in 0..16 {
                            self.push(frame, NoteEvent::Off { channel, key });
                        }
                    }
                    (_, Key::Wildcard) => self.push(frame, NoteEvent::AllOff),
                }
            }
            _ => {}
        }
    }

    /// Takes a macro's new place, 0…1, from the coming block's first frame on.
    pub(crate) fn turn(&mut self, index: u8, value: f32) {
        let knob = Knob::Macro(index);
        self.push(0, NoteEvent::Turn { knob, value });
    }

    /// Puts a note in its place. When the list is full, a start is lost and an end ends all notes:
    /// better a short silence than a note that hangs.
    fn push(&mut self, frame: u32, event: NoteEvent) {
        if self.list.len() == self.list.capacity() {
            if !matches!(event, NoteEvent::On { .. } | NoteEvent::Turn { .. })
                && let Some(note) = self.list.last_mut()
            {
                *note = TimedNote {
                    frame: note.frame.max(frame),
                    event: NoteEvent::AllOff,
                };
            }
            return;
        }
        // Hosts send notes in order, but not all of them do.
        let place = self
            .list
            .iter()
            .rposition(|n| n.frame <= frame)
            .map_or(0, |before| before + 1);
        self.list.insert(place, TimedNote { frame, event });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_plug::midi::VoiceID;

    fn on(timing: u32, key: u8, velocity: f32) -> HostNote<()> {
        let (channel, voice_id) = (Channel::Number(0), VoiceID::Wildcard);
        HostNote::NoteOn {
            timing,
            voice_id,
            channel,
            key: Key::Number(key),
            velocity,
        }
    }

    fn off(timing: u32, channel: Channel, key: Key) -> HostNote<()> {
        HostNote::NoteOff {
            timing,
            voice_id: VoiceID::Wildcard,
            channel,
            key,
            velocity: 0.0,
        }
    }

    fn frames(notes: &Notes) -> Vec<u32> {
        notes.as_slice().iter().map(|n| n.frame).collect()
    }

    #[test]
    fn notes_are_sorted_and_late_ones_fall_on_the_last_frame() {
        let mut notes = Notes::new();
        for timing in [30, 10, 64, 10, 0] {
            notes.push_host(&on(timing, 60, 0.5), 64);
        }
        assert_eq!(frames(&notes), [0, 10, 10, 30, 63]);
        notes.clear();
        notes.push_host(&on(5, 60, 0.5), 0);
        assert_eq!(frames(&notes), [0]);
    }

    #[test]
    fn pieces_of_a_block_count_their_frames_anew() {
        let mut notes = Notes::new();
        for timing in [0, 63, 64, 150] {
            notes.push_host(&on(timing, 60, 0.5), 151);
        }
        let frames = |piece: &[TimedNote]| piece.iter().map(|n| n.frame).collect::<Vec<_>>();
        assert_eq!(frames(notes.piece(0, 64)), [0, 63]);
        assert_eq!(frames(notes.piece(64, 64)), [0]);
        assert_eq!(frames(notes.piece(128, 23)), [22]);
        assert_eq!(frames(notes.piece(151, 0)), [0; 0]);
    }

    #[test]
    fn wildcards_end_what_they_name() {
        let mut notes = Notes::new();
        notes.push_host(&off(1, Channel::Wildcard, Key::Number(60)), 64);
        assert_eq!(notes.as_slice().len(), 16);
        notes.push_host(&off(2, Channel::Number(3), Key::Wildcard), 64);
        assert_eq!(
            notes.as_slice().last().map(|n| n.event),
            Some(NoteEvent::AllOff)
        );
    }

    #[test]
    fn a_start_without_velocity_is_an_end() {
        let mut notes = Notes::new();
        notes.push_host(&on(0, 60, 0.0), 64);
        assert_eq!(
            notes.as_slice()[0].event,
            NoteEvent::Off {
                channel: 0,
                key: 60
            }
        );
    }

    #[test]
    fn a_flood_neither_grows_the_list_nor_leaves_a_note_hanging() {
        let mut notes = Notes::new();
        let capacity = notes.list.capacity();
        for _ in 0..2 * capacity {
            notes.push_host(&on(3, 60, 0.5), 64);
        }
        notes.push_host(&off(9, Channel::Number(0), Key::Number(60)), 64);
        assert_eq!(notes.list.capacity(), capacity);
        let last = notes.as_slice()[notes.as_slice().len() - 1];
        assert_eq!(
            last,
            TimedNote {
                frame: 9,
                event: NoteEvent::AllOff
            }
        );
    }
}
