//! The notes of a chord one after the other. Real-time safe: nothing is collected, each note finds its own place.

use super::event::{Event, shared};
use super::program::Program;
use crate::time::Ratio;
use serde::{Deserialize, Serialize};

/// The most notes of a chord that are told apart.
const MAX_NOTES: usize = 64;

/// The order in which the notes of a chord are played, named as in Tidal's `arp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Order {
    /// From the first to the last.
    Up,
    /// From the last to the first.
    Down,
    /// Up and down, the ends once.
    UpDown,
    /// Down and up, the ends once.
    DownUp,
    /// Up and down, the ends twice.
    UpAndDown,
    /// From the outside to the middle.
    Converge,
    /// From the middle to the outside.
    Diverge,
    /// To the middle and back.
    DisConverge,
    /// Up, the last one between all others.
    PinkyUp,
    /// Up, the first one between all others.
    ThumbUp,
}

impl Order {
    /// Every order by its names.
    pub const NAMES: &[(&str, Order)] = &[
        ("up", Order::Up),
        ("down", Order::Down),
        ("updown", Order::UpDown),
        ("downup", Order::DownUp),
        ("up&down", Order::UpAndDown),
        ("upanddown", Order::UpAndDown),
        ("converge", Order::Converge),
        ("diverge", Order::Diverge),
        ("disconverge", Order::DisConverge),
        ("pinkyup", Order::PinkyUp),
        ("thumbup", Order::ThumbUp),
    ];

    /// How many steps it takes to play a chord of `notes` notes once.
    pub fn steps(self, notes: usize) -> usize {
        let inner = notes.saturating_sub(1);
        match self {
            Order::Up | Order::Down | Order::Converge | Order::Diverge => notes,
            Order::UpDown | Order::DownUp | Order::PinkyUp | Order::ThumbUp => (2 * inner).max(1),
            Order::UpAndDown => 2 * notes,
            Order::DisConverge => (2 * notes).saturating_sub(1),
        }
    }

    /// Which of `notes` notes step `step` plays; both wrap around. `notes` must be above 0.
    pub fn note(self, notes: usize, step: usize) -> usize {
        let (last, step) = (notes - 1, step % self.steps(notes));
        let outside_in = |i: usize| {
            if i.is_multiple_of(2) {
                i / 2
            } else {
                last - i / 2
            }
        };
        match self {
            Order::Up => step,
            Order::Down => last - step,
            Order::UpDown if step <= last => step,
            Order::UpDown => 2 * last - step,
            Order::DownUp if step <= last => last - step,
            Order::DownUp => step - last,
            Order::UpAndDown if step <= last => step,
            Order::UpAndDown => 2 * last + 1 - step,
            Order::Converge => outside_in(step),
            Order::Diverge => outside_in(last - step),
            Order::DisConverge if step <= last => outside_in(step),
            Order::DisConverge => outside_in(2 * last - step),
            Order::PinkyUp if step % 2 == 1 => last,
            Order::PinkyUp => step / 2,
            Order::ThumbUp if step.is_multiple_of(2) => 0,
            Order::ThumbUp => step / 2 + 1,
        }
    }
}

impl Program {
    /// The place of a note in its chord, and how many notes the chord has: all that have the same extent, in the
    /// order of the pattern.
    fn place_in_chord(&self, of: usize, note: &Event) -> (usize, usize) {
        let (mut place, mut count) = (None, 0);
        self.visit(of, note.part, &mut |other| {
            if other.whole == note.whole && other.part == note.part && count < MAX_NOTES {
                if place.is_none() && other == *note {
                    place = Some(count);
                }
                count += 1;
            }
        });
        (place.unwrap_or(0), count.max(1))
    }

    /// The notes of each chord one after the other, within its extent.
    pub(super) fn arp(
        &self,
        order: Order,
        of: usize,
        span: (Ratio, Ratio),
        sink: &mut dyn FnMut(Event),
    ) {
        self.visit(of, span, &mut |note| {
            let Some((begin, end)) = note.whole else {
                return;
            };
            let (place, count) = self.place_in_chord(of, &note);
            let steps = order.steps(count);
            let len = (end - begin) / Ratio::whole(steps as i64);
            for step in (0..steps).filter(|step| order.note(count, *step) == place) {
                let from = begin + len * Ratio::whole(step as i64);
                let whole = (from, from + len);
                if let Some(part) = shared(whole, note.part) {
                    sink(Event {
                        whole: Some(whole),
                        part,
                        ..note
                    });
                }
            }
        });
    }

    /// Of each chord the notes that the numbers of `by` say, in its rhythm.
    pub(super) fn arp_by(
        &self,
        of: usize,
        by: usize,
        span: (Ratio, Ratio),
        sink: &mut dyn FnMut(Event),
    ) {
        self.visit(of, span, &mut |note| {
            let (place, count) = self.place_in_chord(of, &note);
            self.visit(by, note.part, &mut |step| {
                let Some(index) = self.number(&step) else {
                    return;
                };
                if (index as i64).rem_euclid(count as i64) == place as i64 {
                    sink(Event {
                        value: note.value,
                        carried: note.carried,
                        ..step
                    });
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_those_of_tidal() {
        for (order, notes, wanted) in [
            (Order::Up, 3, vec![0, 1, 2]),
            (Order::Down, 3, vec![2, 1, 0]),
            (Order::UpDown, 4, vec![0, 1, 2, 3, 2, 1]),
            (Order::DownUp, 4, vec![3, 2, 1, 0, 1, 2]),
            (Order::UpAndDown, 3, vec![0, 1, 2, 2, 1, 0]),
            (Order::Converge, 5, vec![0, 4, 1, 3, 2]),
            (Order::Diverge, 5, vec![2, 3, 1, 4, 0]),
            (Order::DisConverge, 4, vec![0, 3, 1, 2, 1, 3, 0]),
            (Order::PinkyUp, 3, vec![0, 2, 1, 2]),
            (Order::ThumbUp, 3, vec![0, 1, 0, 2]),
        ] {
            let steps: Vec<usize> = (0..order.steps(notes))
                .map(|step| order.note(notes, step))
                .collect();
            assert_eq!(steps, wanted, "{order:?}");
        }
    }

    #[test]
    fn every_step_of_every_order_is_a_note_of_the_chord_and_all_come() {
        for (name, order) in Order::NAMES {
            for notes in 1..20 {
                let mut played = vec![false; notes];
                for step in 0..3 * order.steps(notes) {
                    played[order.note(notes, step)] = true;
                }
                assert!(played.iter().all(|p| *p), "{name} of {notes}");
            }
        }
    }
}
