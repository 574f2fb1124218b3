//! Host notes, put in order for the engine.
//!
//! Audio thread: no allocation, no lock, no panic. The list is made for the largest number of notes
//! when the plugin is activated and never grows.

use nice_plug::midi::{Channel, Key, VoiceID};
use nice_plug::prelude::NoteEvent as HostNote;
use sorl_graph::message::{Expression, NoteEvent, TimedNote};
use sorl_graph::signal::Knob;

/// Notes that one block can hold.
const CAPACITY: usize = 1024;

/// Voices that the host has named and that are remembered, to know whose modulation it is.
const NAMED: usize = 64;

/// The notes of one block, sorted by frame.
#[derive(Debug)]
pub(crate) struct Notes {
    list: Vec<TimedNote>,
    /// How many of them earlier pieces of the block took.
    taken: usize,
    /// The host's names of the voices that began last, with channel and key: a ring.
    named: [(i32, u8, u8); NAMED],
    next: usize,
}

impl Notes {
    /// An empty list with room for a block. Allocates.
    pub(crate) fn new() -> Notes {
        Notes {
            list: Vec::with_capacity(CAPACITY),
            taken: 0,
            named: [(-1, 0, 0); NAMED],
            next: 0,
        }
    }

    /// Forgets all notes.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.taken = 0;
    }

    /// The notes, sorted by frame; those of one frame in the order in which they came.
    #[cfg(test)]
    fn as_slice(&self) -> &[TimedNote] {
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

    /// Takes what the host sent; what is no matter of notes is ignored. Events that a host placed past the
    /// block's end belong to its last frame. `stands` says where a macro stands, 1…64.
    pub(crate) fn push_host<S>(
        &mut self,
        event: &HostNote<S>,
        frames: usize,
        stands: impl Fn(u8) -> f32,
    ) {
        let last = u32::try_from(frames.saturating_sub(1)).unwrap_or(u32::MAX);
        match *event {
            HostNote::NoteOn {
                timing,
                voice_id,
                channel,
                key: Key::Number(key),
                velocity,
            } => {
                let channel = channel.number().unwrap_or(0);
                if let VoiceID::ID(id) = voice_id {
                    self.named[self.next] = (id, channel, key);
                    self.next = (self.next + 1) % NAMED;
                }
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
                voice_id,
                channel,
                key,
                ..
            } => {
                let end = |channel, key| NoteEvent::Off { channel, key };
                self.end(timing.min(last), voice_id, channel, key, end, 123);
            }
            HostNote::Choke {
                timing,
                voice_id,
                channel,
                key,
            } => {
                let end = |channel, key| NoteEvent::Choke { channel, key };
                self.end(timing.min(last), voice_id, channel, key, end, 120);
            }
            HostNote::MidiPitchBend {
                timing,
                channel,
                value,
            } => {
                // Some hosts say the middle of 14 bits, some the middle of 0…1: both are 0.
                let steps = (value.clamp(0.0, 1.0) * 16383.0).round() - 8192.0;
                let value = steps / if steps > 0.0 { 8191.0 } else { 8192.0 };
                self.push(timing.min(last), NoteEvent::Bend { channel, value });
            }
            HostNote::MidiChannelPressure {
                timing,
                channel,
                pressure: value,
            } => self.push(timing.min(last), NoteEvent::Pressure { channel, value }),
            HostNote::MidiCC {
                timing,
                channel,
                cc,
                value,
            } => self.push(timing.min(last), NoteEvent::Control { channel, cc, value }),
            HostNote::PolyModulation {
                timing,
                voice_id,
                poly_modulation_id,
                normalized_offset: value,
            } => {
                let Ok(index) = u8::try_from(poly_modulation_id) else {
                    return;
                };
                let stands = stands(index);
                let what = Expression::Macro { index, stands };
                if let Some((channel, key)) = self.key_of(VoiceID::ID(voice_id)) {
                    self.push(
                        timing.min(last),
                        NoteEvent::Express {
                            channel,
                            key,
                            what,
                            value,
                        },
                    );
                }
            }
            _ => {
                let Some((timing, voice_id, channel, key, what, value)) = expression(event) else {
                    return;
                };
                let (channel, key) = match self.key_of(voice_id) {
                    Some((channel, key)) => (Channel::Number(channel), Key::Number(key)),
                    None => (channel, key),
                };
                let channels = match channel {
                    Channel::Number(channel) => channel..channel + 1,
                    Channel::Wildcard => 0..16,
                };
                let keys = match key {
                    Key::Number(key) => key..key + 1,
                    // What is said of every key of every channel would be a flood.
                    Key::Wildcard if channels.len() == 1 => 0..128,
                    Key::Wildcard => 0..0,
                };
                for (channel, key) in channels.flat_map(|c| keys.clone().map(move |k| (c, k))) {
                    self.push(
                        timing.min(last),
                        NoteEvent::Express {
                            channel,
                            key,
                            what,
                            value,
                        },
                    );
                }
            }
        }
    }

    /// The channel and key of a voice that the host named.
    fn key_of(&self, voice: VoiceID) -> Option<(u8, u8)> {
        let VoiceID::ID(id) = voice else { return None };
        let newest_first = (1..=NAMED).map(|back| self.named[(self.next + NAMED - back) % NAMED]);
        let mut known = newest_first.filter(|named| named.0 == id && id >= 0);
        known.next().map(|(_, channel, key)| (channel, key))
    }

    /// A note ends, or all that wildcards name; a whole channel by a controller.
    fn end(
        &mut self,
        frame: u32,
        voice: VoiceID,
        channel: Channel,
        key: Key,
        end: impl Fn(u8, u8) -> NoteEvent,
        cc: u8,
    ) {
        match (channel, key, self.key_of(voice)) {
            (Channel::Number(channel), Key::Number(key), _) => self.push(frame, end(channel, key)),
            (_, _, Some((channel, key))) => self.push(frame, end(channel, key)),
            (Channel::Wildcard, Key::Number(key), None) => {
                (0..16).for_each(|channel| self.push(frame, end(channel, key)));
            }
            (Channel::Number(channel), Key::Wildcard, None) => {
                let value = 0.0;
                self.push(frame, NoteEvent::Control { channel, cc, value });
            }
            (Channel::Wildcard, Key::Wildcard, None) if cc == 123 => {
                self.push(frame, NoteEvent::AllOff);
            }
            (Channel::Wildcard, Key::Wildcard, None) => {
                let value = 0.0;
                for channel in 0..16 {
                    self.push(frame, NoteEvent::Control { channel, cc, value });
                }
            }
        }
    }

    /// Takes a macro's new place, 0…1, from the coming block's first frame on.
    pub(crate) fn turn(&mut self, index: u8, value: f32) {
        let knob = Knob::Macro(index);
        self.push(0, NoteEvent::Turn { knob, value });
    }

    /// Takes the host's modulation of a macro that stands somewhere, from the coming block's first frame on.
    pub(crate) fn modulate(&mut self, index: u8, stands: f32, amount: f32) {
        self.push(
            0,
            NoteEvent::Modulate {
                index,
                stands,
                amount,
            },
        );
    }

    /// Puts a note in its place. When the list is full, a start is lost and an end ends all notes:
    /// better a short silence than a note that hangs.
    fn push(&mut self, frame: u32, event: NoteEvent) {
        if self.list.len() == self.list.capacity() {
            if matches!(
                event,
                NoteEvent::Off { .. } | NoteEvent::Choke { .. } | NoteEvent::AllOff
            ) && let Some(note) = self.list.last_mut()
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

/// What is said of a note: the frame, whose it is, what and how much.
fn expression<S>(event: &HostNote<S>) -> Option<(u32, VoiceID, Channel, Key, Expression, f32)> {
    macro_rules! said {
        ($($variant:ident $field:ident $what:ident;)*) => {
            match *event {
                $(HostNote::$variant { timing, voice_id, channel, key, $field } => {
                    Some((timing, voice_id, channel, key, Expression::$what, $field))
                })*
                _ => None,
            }
        };
    }
    said! {
        PolyPressure pressure Pressure;
        PolyVolume gain Gain;
        PolyPan pan Pan;
        PolyTuning tuning Tuning;
        PolyBrightness brightness Timbre;
        // The framework's VST3 side takes the two for each other.
        PolyExpression expression Timbre;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            notes.push_host(&on(timing, 60, 0.5), 64, |_| 0.0);
        }
        assert_eq!(frames(&notes), [0, 10, 10, 30, 63]);
        notes.clear();
        notes.push_host(&on(5, 60, 0.5), 0, |_| 0.0);
        assert_eq!(frames(&notes), [0]);
    }

    #[test]
    fn pieces_of_a_block_count_their_frames_anew() {
        let mut notes = Notes::new();
        for timing in [0, 63, 64, 150] {
            notes.push_host(&on(timing, 60, 0.5), 151, |_| 0.0);
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
        notes.push_host(&off(1, Channel::Wildcard, Key::Number(60)), 64, |_| 0.0);
        assert_eq!(notes.as_slice().len(), 16);
        let mut last = |channel| {
            notes.push_host(&off(2, channel, Key::Wildcard), 64, |_| 0.0);
            notes.as_slice().last().map(|n| n.event)
        };
        let (channel, cc, value) = (3, 123, 0.0);
        let all_of_it = NoteEvent::Control { channel, cc, value };
        assert_eq!(last(Channel::Number(3)), Some(all_of_it));
        assert_eq!(last(Channel::Wildcard), Some(NoteEvent::AllOff));
    }

    #[test]
    fn a_start_without_velocity_is_an_end() {
        let mut notes = Notes::new();
        notes.push_host(&on(0, 60, 0.0), 64, |_| 0.0);
        assert_eq!(
            notes.as_slice()[0].event,
            NoteEvent::Off {
                channel: 0,
                key: 60
            }
        );
    }

    #[test]
    fn a_voice_that_the_host_named_is_known_by_its_name() {
        let mut notes = Notes::new();
        let begin = |key, id| HostNote::NoteOn::<()> {
            timing: 0,
            voice_id: VoiceID::ID(id),
            channel: Channel::Number(4),
            key: Key::Number(key),
            velocity: 1.0,
        };
        notes.push_host(&begin(60, 7), 64, |_| 0.0);
        notes.push_host(&begin(62, 8), 64, |_| 0.0);
        let tuning: HostNote<()> = HostNote::PolyTuning {
            timing: 3,
            voice_id: VoiceID::ID(7),
            channel: Channel::Wildcard,
            key: Key::Wildcard,
            tuning: 0.5,
        };
        let modulation: HostNote<()> = HostNote::PolyModulation {
            timing: 5,
            voice_id: 8,
            poly_modulation_id: 12,
            normalized_offset: -0.25,
        };
        notes.push_host(&tuning, 64, |_| 0.0);
        notes.push_host(&modulation, 64, |index| f32::from(index) / 64.0);
        let express = |key, what, value| NoteEvent::Express {
            channel: 4,
            key,
            what,
            value,
        };
        let (index, stands) = (12, 12.0 / 64.0);
        let heard: Vec<NoteEvent> = notes.as_slice()[2..].iter().map(|n| n.event).collect();
        assert_eq!(
            heard,
            [
                express(60, Expression::Tuning, 0.5),
                express(62, Expression::Macro { index, stands }, -0.25),
            ]
        );
    }

    #[test]
    fn both_middles_of_the_wheel_are_its_middle() {
        let mut notes = Notes::new();
        for value in [0.0, 0.5, 8192.0 / 16383.0, 1.0] {
            let wheel: HostNote<()> = HostNote::MidiPitchBend {
                timing: 0,
                channel: 0,
                value,
            };
            notes.push_host(&wheel, 64, |_| 0.0);
        }
        let wheels = notes.as_slice().iter().map(|n| match n.event {
            NoteEvent::Bend { value, .. } => value,
            _ => f32::NAN,
        });
        assert_eq!(wheels.collect::<Vec<_>>(), [-1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_flood_neither_grows_the_list_nor_leaves_a_note_hanging() {
        let mut notes = Notes::new();
        let capacity = notes.list.capacity();
        for _ in 0..2 * capacity {
            notes.push_host(&on(3, 60, 0.5), 64, |_| 0.0);
        }
        notes.push_host(&off(9, Channel::Number(0), Key::Number(60)), 64, |_| 0.0);
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
