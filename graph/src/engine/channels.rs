//! Where the controllers of the MIDI channels stand: wheels, pedals, pressure, bend ranges, MPE zones. Audio thread; of
//! fixed size.
//!
//! MPE as in the specification 1.1 of the MIDI association: registered parameter 6 on channel 1 or 16 makes the channels
//! beside it its members; what the master's wheel, pedal and pressure say is added to what each member's say.

use crate::message::NoteEvent;

/// Semitones of a full turn of the wheel, unless registered parameter 0 says otherwise.
const RANGE: f32 = 2.0;
/// The same for the members of an MPE zone.
const MEMBER_RANGE: f32 = 48.0;
/// No registered parameter is chosen.
const NO_PARAMETER: (u8, u8) = (127, 127);

/// One channel's controllers.
#[derive(Clone, Copy)]
struct Channel {
    /// The wheel, −1…1, and the semitones of a full turn.
    bend: f32,
    range: f32,
    /// 0…1; none as long as nothing was heard of it.
    pressure: Option<f32>,
    timbre: Option<f32>,
    /// The sustain pedal is down.
    pedal: bool,
    /// The registered parameter that data is for.
    parameter: (u8, u8),
}

impl Channel {
    const REST: Channel = Channel {
        bend: 0.0,
        range: RANGE,
        pressure: None,
        timbre: None,
        pedal: false,
        parameter: NO_PARAMETER,
    };
}

/// All channels.
#[derive(Clone, Copy)]
pub struct Channels {
    all: [Channel; 16],
    /// How many members the zone of channel 1 has, counted upwards, and that of channel 16, counted downwards.
    zones: [u8; 2],
}

impl Channels {
    pub const REST: Channels = Channels {
        all: [Channel::REST; 16],
        zones: [0; 2],
    };

    /// Takes what an event says of its channel.
    pub fn take(&mut self, event: NoteEvent) {
        let Some(channel) = event.channel().map(usize::from).filter(|c| *c < 16) else {
            return;
        };
        let state = &mut self.all[channel];
        match event {
            NoteEvent::Bend { value, .. } => state.bend = value.clamp(-1.0, 1.0),
            NoteEvent::Pressure { value, .. } => state.pressure = Some(value.clamp(0.0, 1.0)),
            NoteEvent::Control { cc, value, .. } => self.controller(channel, cc, value),
            _ => {}
        }
    }

    fn controller(&mut self, channel: usize, cc: u8, value: f32) {
        let state = &mut self.all[channel];
        let byte = (value.clamp(0.0, 1.0) * 127.0).round() as u8;
        match cc {
            6 => self.data(channel, byte),
            // Hundredths of a semitone.
            38 if state.parameter == (0, 0) => {
                state.range = state.range.floor() + f32::from(byte.min(99)) / 100.0;
            }
            64 => state.pedal = value >= 0.5,
            74 => state.timbre = Some(value.clamp(0.0, 1.0)),
            // Unregistered parameters are nobody's here.
            98 | 99 => state.parameter = NO_PARAMETER,
            100 => state.parameter.1 = byte,
            101 => state.parameter.0 = byte,
            121 => {
                *state = Channel {
                    range: state.range,
                    ..Channel::REST
                };
            }
            _ => {}
        }
    }

    /// The value of the registered parameter that was chosen.
    fn data(&mut self, channel: usize, byte: u8) {
        match (self.all[channel].parameter, channel) {
            ((0, 0), _) => {
                // Said to one member it is for all of its zone.
                let zone = self.zone(channel as u8).filter(|_| self.is_member(channel));
                for other in 0..16 {
                    let same =
                        zone.is_some() && self.is_member(other) && self.zone(other as u8) == zone;
                    if other == channel || same {
                        self.all[other].range = f32::from(byte);
                    }
                }
            }
            ((0, 6), 0 | 15) => {
                let zone = usize::from(channel == 15);
                self.zones[zone] = byte.min(15);
                // The zone that was said last keeps its channels.
                self.zones[1 - zone] =
                    self.zones[1 - zone].min(14u8.saturating_sub(self.zones[zone]));
                for other in 0..16 {
                    let range = if self.is_member(other) {
                        MEMBER_RANGE
                    } else {
                        RANGE
                    };
                    if self.zone(other as u8) == Some(zone) {
                        self.all[other].range = range;
                    }
                }
            }
            _ => {}
        }
    }

    /// The MPE zone that a channel is in, as master or member.
    fn zone(&self, channel: u8) -> Option<usize> {
        let [lower, upper] = self.zones;
        if lower > 0 && channel <= lower {
            Some(0)
        } else if upper > 0 && channel >= 15 - upper.min(15) {
            Some(1)
        } else {
            None
        }
    }

    fn is_member(&self, channel: usize) -> bool {
        self.master(channel as u8).is_some()
    }

    /// The master of the zone that a channel is a member of.
    pub fn master(&self, channel: u8) -> Option<u8> {
        let master = [0, 15][self.zone(channel)?];
        (master != channel).then_some(master)
    }

    /// The channel's own, and its master's.
    fn both(&self, channel: u8) -> impl Iterator<Item = &Channel> {
        let own = self.all.get(usize::from(channel));
        let master = self.master(channel).map(|m| &self.all[usize::from(m)]);
        own.into_iter().chain(master)
    }

    /// Whether what is said on a channel is heard by another one: itself, or a member of its zone.
    pub fn reaches(&self, said: u8, channel: u8) -> bool {
        said == channel || self.master(channel) == Some(said)
    }

    /// Semitones by which the wheels bend the notes of a channel.
    pub fn bend(&self, channel: u8) -> f32 {
        self.both(channel).map(|c| c.bend * c.range).sum()
    }

    /// The pressure on a channel, if any was heard of.
    pub fn pressure(&self, channel: u8) -> Option<f32> {
        self.both(channel)
            .filter_map(|c| c.pressure)
            .reduce(f32::max)
    }

    /// The timbre (controller 74) on a channel, if any was heard of: its own before its master's.
    pub fn timbre(&self, channel: u8) -> Option<f32> {
        self.both(channel).find_map(|c| c.timbre)
    }

    /// Whether a pedal holds the notes of a channel.
    pub fn holds(&self, channel: u8) -> bool {
        self.both(channel).any(|c| c.pedal)
    }

    /// As they stand after some events.
    pub fn after(mut self, events: &[(i64, NoteEvent)]) -> Channels {
        events.iter().for_each(|(_, event)| self.take(*event));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(channel: u8, cc: u8, byte: u8) -> NoteEvent {
        let value = f32::from(byte) / 127.0;
        NoteEvent::Control { channel, cc, value }
    }

    fn parameter(channels: &mut Channels, channel: u8, number: u8, byte: u8) {
        for (cc, byte) in [(101, 0), (100, number), (6, byte)] {
            channels.take(control(channel, cc, byte));
        }
    }

    fn wheel(channels: &mut Channels, channel: u8, value: f32) {
        channels.take(NoteEvent::Bend { channel, value });
    }

    #[test]
    fn the_bend_range_is_two_semitones_until_the_registered_parameter_says_otherwise() {
        let mut channels = Channels::REST;
        wheel(&mut channels, 4, -0.5);
        assert_eq!((channels.bend(4), channels.bend(5)), (-1.0, 0.0));
        parameter(&mut channels, 4, 0, 12);
        assert_eq!(channels.bend(4), -6.0);
        channels.take(control(4, 121, 0));
        assert_eq!(channels.bend(4), 0.0);
        wheel(&mut channels, 4, 1.0);
        assert_eq!(channels.bend(4), 12.0, "a reset leaves the range");
    }

    #[test]
    fn members_of_a_zone_have_their_own_bend_and_their_masters_besides() {
        let mut channels = Channels::REST;
        parameter(&mut channels, 0, 6, 5);
        assert_eq!(
            [1, 5, 6].map(|c| channels.master(c)),
            [Some(0), Some(0), None]
        );
        wheel(&mut channels, 2, 0.5);
        wheel(&mut channels, 0, 1.0);
        assert_eq!(
            [0, 2, 3, 6].map(|c| channels.bend(c)),
            [2.0, 26.0, 2.0, 0.0]
        );
        parameter(&mut channels, 3, 0, 24);
        assert_eq!(
            channels.bend(2),
            14.0,
            "a range said to one member is for all"
        );
        channels.take(control(0, 64, 127));
        assert!(channels.holds(5) && !channels.holds(6));
        parameter(&mut channels, 15, 6, 15);
        assert_eq!(
            channels.master(2),
            Some(15),
            "the zone said last takes over"
        );
        parameter(&mut channels, 15, 6, 0);
        assert_eq!(channels.master(2), None);
    }
}
