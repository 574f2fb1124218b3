//! MIDI bytes as events, and what is said of single notes. Plain arithmetic: safe on every thread.

use super::NoteEvent;

/// What is said of one note while it sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expression {
    /// Semitones added to its pitch, −120…120.
    Tuning,
    /// How hard its key is pressed, 0…1: the control `pressure`.
    Pressure,
    /// The place of the finger, or brightness, 0…1: the control `timbre`.
    Timbre,
    /// A factor of its level, 0…4.
    Gain,
    /// Its place, −1 (left) … 1.
    Pan,
    /// The host modulates a macro for this note alone, by the expression's value, −1…1.
    Macro {
        /// Which, 1…64.
        index: u8,
        /// Where the macro itself stands, 0…1.
        stands: f32,
    },
}

impl NoteEvent {
    /// The event that a MIDI message says; none for what is no matter of notes: clock, system messages, programs.
    /// Real-time safe.
    ///
    /// Values are scaled to 0…1 (the wheel to −1…1, its middle exactly 0). A note on without velocity is a note off.
    ///
    /// ```
    /// use sorl_graph::message::NoteEvent;
    /// let on = NoteEvent::On { channel: 2, key: 60, velocity: 1.0 };
    /// assert_eq!(NoteEvent::from_midi(&[0x92, 60, 127]), Some(on));
    /// assert_eq!(NoteEvent::from_midi(&[0xe0, 0, 64]), Some(NoteEvent::Bend { channel: 0, value: 0.0 }));
    /// assert_eq!(NoteEvent::from_midi(&[0xf8]), None);
    /// ```
    pub fn from_midi(bytes: &[u8]) -> Option<NoteEvent> {
        let (&status, data) = bytes.split_first()?;
        let channel = status & 0x0f;
        let byte = |i: usize| data.get(i).copied().filter(|b| *b < 0x80);
        let share = |b: u8| f32::from(b) / 127.0;
        Some(match status & 0xf0 {
            0x80 => NoteEvent::Off {
                channel,
                key: byte(0)?,
            },
            0x90 => match (byte(0)?, byte(1)?) {
                (key, 0) => NoteEvent::Off { channel, key },
                (key, velocity) => NoteEvent::On {
                    channel,
                    key,
                    velocity: share(velocity),
                },
            },
            0xa0 => NoteEvent::Express {
                channel,
                key: byte(0)?,
                what: Expression::Pressure,
                value: share(byte(1)?),
            },
            0xb0 => NoteEvent::Control {
                channel,
                cc: byte(0)?,
                value: share(byte(1)?),
            },
            0xd0 => NoteEvent::Pressure {
                channel,
                value: share(byte(0)?),
            },
            0xe0 => {
                let steps = i32::from(byte(0)?) + 128 * i32::from(byte(1)?) - 8192;
                // The way up is one step shorter than the way down; both ends are reached.
                let most = if steps > 0 { 8191.0 } else { 8192.0 };
                NoteEvent::Bend {
                    channel,
                    value: steps as f32 / most,
                }
            }
            _ => return None,
        })
    }

    /// The channel that it is on, if it is one's own.
    pub fn channel(&self) -> Option<u8> {
        match *self {
            NoteEvent::On { channel, .. }
            | NoteEvent::Off { channel, .. }
            | NoteEvent::Choke { channel, .. }
            | NoteEvent::Bend { channel, .. }
            | NoteEvent::Pressure { channel, .. }
            | NoteEvent::Control { channel, .. }
            | NoteEvent::Express { channel, .. } => Some(channel),
            NoteEvent::AllOff | NoteEvent::Turn { .. } | NoteEvent::Modulate { .. } => None,
        }
    }

    /// Whether it turns or modulates a knob, maybe besides being a matter of notes.
    pub fn is_of_knobs(&self) -> bool {
        matches!(
            self,
            NoteEvent::Turn { .. } | NoteEvent::Modulate { .. } | NoteEvent::Control { .. }
        )
    }

    /// Whether it is a matter of notes and voices.
    pub fn is_of_notes(&self) -> bool {
        !matches!(self, NoteEvent::Turn { .. } | NoteEvent::Modulate { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_a_channel_is_understood_and_short_ones_are_not() {
        let of = |bytes: &[u8]| NoteEvent::from_midi(bytes);
        let (channel, key) = (3, 64);
        assert_eq!(of(&[0x93, 64, 0]), Some(NoteEvent::Off { channel, key }));
        assert_eq!(of(&[0x83, 64, 90]), Some(NoteEvent::Off { channel, key }));
        let pressed = NoteEvent::Express {
            channel,
            key,
            what: Expression::Pressure,
            value: 1.0,
        };
        assert_eq!(of(&[0xa3, 64, 127]), Some(pressed));
        let pedal = NoteEvent::Control {
            channel,
            cc: 64,
            value: 1.0,
        };
        assert_eq!(of(&[0xb3, 64, 127]), Some(pedal));
        let value = 0.0;
        assert_eq!(of(&[0xd3, 0]), Some(NoteEvent::Pressure { channel, value }));
        for (bytes, value) in [([0, 0], -1.0), ([0, 64], 0.0), ([127, 127], 1.0)] {
            let wheel = of(&[0xe3, bytes[0], bytes[1]]);
            assert_eq!(wheel, Some(NoteEvent::Bend { channel, value }));
        }
        for damaged in [
            &[][..],
            &[0x93],
            &[0x93, 64],
            &[0xe3, 200, 1],
            &[64, 64, 64],
        ] {
            assert_eq!(of(damaged), None, "{damaged:?}");
        }
    }
}
