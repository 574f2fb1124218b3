//! The keys that are down, for patterns that play them. Audio thread; of fixed size.

use crate::message::NoteEvent;
use crate::pattern::Held;

/// The most keys that are told apart.
pub const KEYS_DOWN: usize = 32;

/// Keys that are down, from the lowest to the highest, each with its velocity.
#[derive(Clone, Copy)]
pub struct Down {
    keys: [(u8, u8, f32); KEYS_DOWN],
    len: usize,
}

impl Down {
    pub const NONE: Down = Down {
        keys: [(0, 0, 0.0); KEYS_DOWN],
        len: 0,
    };

    fn as_slice(&self) -> &[(u8, u8, f32)] {
        &self.keys[..self.len]
    }

    /// A key comes up or goes down; more than there is room for are left out.
    pub fn take(&mut self, event: NoteEvent) {
        match event {
            NoteEvent::On {
                channel,
                key,
                velocity,
            } if velocity > 0.0 => {
                self.lift(channel, key);
                if self.len < KEYS_DOWN {
                    let at = self.as_slice().partition_point(|k| k.0 < key);
                    self.keys.copy_within(at..self.len, at + 1);
                    self.keys[at] = (key, channel, velocity);
                    self.len += 1;
                }
            }
            NoteEvent::On { channel, key, .. }
            | NoteEvent::Off { channel, key }
            | NoteEvent::Choke { channel, key } => self.lift(channel, key),
            NoteEvent::AllOff
            | NoteEvent::Control {
                cc: 120 | 123..=127,
                ..
            } => self.len = 0,
            _ => {}
        }
    }

    fn lift(&mut self, channel: u8, key: u8) {
        let known = |k: &(u8, u8, f32)| (k.0, k.1) == (key, channel);
        if let Some(at) = self.as_slice().iter().position(known) {
            self.keys.copy_within(at + 1..self.len, at);
            self.len -= 1;
        }
    }

    /// With the notes up to a frame, that frame included.
    pub fn until(mut self, notes: &[(i64, NoteEvent)], frame: i64) -> Down {
        for (_, event) in notes.iter().filter(|n| n.0 <= frame) {
            self.take(*event);
        }
        self
    }

    /// Key and velocity of each note that a step plays; `step` counts the steps since the song's beginning.
    pub fn played(&self, held: Held, step: i64) -> impl Iterator<Item = (u8, f32)> {
        let range = match held {
            Held::Chord => 0..self.len,
            Held::Arp(_) if self.len == 0 => 0..0,
            Held::Arp(order) => {
                let steps = order.steps(self.len) as i64;
                let at = order.note(self.len, step.rem_euclid(steps) as usize);
                at..at + 1
            }
        };
        self.as_slice()[range].iter().map(|k| (k.0, k.2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Order;

    fn on(key: u8) -> NoteEvent {
        NoteEvent::On {
            channel: 0,
            key,
            velocity: 0.5,
        }
    }

    #[test]
    fn keys_are_kept_in_order_and_never_too_many() {
        let mut down = Down::NONE;
        for key in [64, 60, 67, 60] {
            down.take(on(key));
        }
        let keys =
            |down: &Down, held, step| -> Vec<u8> { down.played(held, step).map(|k| k.0).collect() };
        assert_eq!(keys(&down, Held::Chord, 0), [60, 64, 67]);
        let up = Held::Arp(Order::Up);
        let steps: Vec<u8> = (-1..4).flat_map(|s| keys(&down, up, s)).collect();
        assert_eq!(steps, [67, 60, 64, 67, 60]);
        down.take(NoteEvent::Off {
            channel: 0,
            key: 64,
        });
        assert_eq!(keys(&down, Held::Chord, 0), [60, 67]);
        let later = [(10, on(72)), (20, on(74))];
        assert_eq!(keys(&down.until(&later, 10), Held::Chord, 0), [60, 67, 72]);
        (0..100).for_each(|key| down.take(on(key)));
        assert_eq!(keys(&down, Held::Chord, 0).len(), KEYS_DOWN);
        down.take(NoteEvent::AllOff);
        assert!(keys(&down, up, 5).is_empty());
    }
}
