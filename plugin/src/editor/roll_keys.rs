//! The piano roll by keyboard: arrows lead a cursor over steps and keys (Shift: a bar, an octave), Enter puts a note
//! there or takes it away, `+` and `-` make it longer and shorter, Alt with an arrow takes it along.

use egui::{EventFilter, Key, Modifiers, Response, Ui};
use sorl_graph::time::Ratio;

use super::edit::Edit;
use super::lanes::Lane;
use super::phrase::{Note, Phrase};
use super::timeline::Scale;

/// Where the keyboard is on a roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The step, from the first that is seen.
    pub step: i64,
    /// The key, as in MIDI.
    pub key: i32,
}

/// What the keys ask for in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wish {
    steps: i64,
    keys: i32,
    /// The note goes along.
    takes: bool,
    flips: bool,
    longer: i64,
}

/// One frame of a roll that has the keyboard. The keys from `low` to `high` are seen.
pub(crate) fn act(
    ui: &Ui,
    response: &Response,
    (lane, phrase): (&Lane, &Phrase),
    scale: Scale,
    (low, high): (i32, i32),
    cursor: &mut Option<Cursor>,
    edits: &mut Vec<Edit>,
) {
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let first = phrase.notes.first().and_then(|note| note.key);
    let key = first.unwrap_or((low + high) / 2);
    let at = cursor.get_or_insert(Cursor { step: 0, key });
    at.step = at.step.clamp(0, scale.bars * scale.steps - 1);
    let wish = wish(ui, scale.steps);
    if let Some(changed) = follow(phrase, scale, at, wish) {
        edits.push(lane.write(&changed));
    }
}

fn wish(ui: &Ui, bar: i64) -> Wish {
    ui.input_mut(|i| {
        let mut way = |more, less, modifiers| {
            let mut count = |key| i.count_and_consume_key(modifiers, key) as i64;
            count(more) - count(less)
        };
        let (right, left) = (Key::ArrowRight, Key::ArrowLeft);
        let (up, down) = (Key::ArrowUp, Key::ArrowDown);
        let taken = (
            way(right, left, Modifiers::ALT),
            way(up, down, Modifiers::ALT) as i32,
        );
        let far = (
            way(right, left, Modifiers::SHIFT) * bar,
            way(up, down, Modifiers::SHIFT) as i32 * 12,
        );
        let near = (
            way(right, left, Modifiers::NONE),
            way(up, down, Modifiers::NONE) as i32,
        );
        let mut count = |key| i.count_and_consume_key(Modifiers::NONE, key) as i64;
        // Where plus needs Shift, its key alone is meant too.
        let longer = count(Key::Plus) + count(Key::Equals) - count(Key::Minus);
        let flips = count(Key::Enter) % 2 == 1;
        let takes = taken != (0, 0);
        Wish {
            steps: if takes { taken.0 } else { far.0 + near.0 },
            keys: if takes { taken.1 } else { far.1 + near.1 },
            takes,
            flips,
            longer,
        }
    })
}

/// Leads the cursor, and gives the phrase that is wanted, if it is another.
fn follow(phrase: &Phrase, scale: Scale, at: &mut Cursor, wish: Wish) -> Option<Phrase> {
    let before = *at;
    at.step = (at.step + wish.steps).clamp(0, scale.bars * scale.steps - 1);
    at.key = (at.key + wish.keys).clamp(0, 127);
    let under = |cursor: Cursor| {
        let place = phrase.place(scale.time(cursor.step));
        phrase.at(place, Some(cursor.key))
    };
    let mut changed = phrase.clone();
    if wish.takes {
        let mut note = changed.notes.remove(under(before)?);
        let way = scale.length() * Ratio::whole(at.step - before.step);
        let fits = note.begin + way >= Ratio::ZERO && note.end + way <= Ratio::whole(phrase.cycles);
        if !fits {
            *at = before;
            return None;
        }
        note.begin = note.begin + way;
        note.end = note.end + way;
        note.key = Some(at.key);
        changed.put(note);
    } else if wish.flips {
        match under(*at) {
            Some(index) => drop(changed.notes.remove(index)),
            None => {
                let begin = phrase.place(scale.time(at.step));
                changed.put(Note {
                    begin,
                    end: begin + scale.length(),
                    key: Some(at.key),
                });
            }
        }
    } else if wish.longer != 0 {
        let mut note = changed.notes.remove(under(*at)?);
        let end = note.end + scale.length() * Ratio::whole(wish.longer);
        if end <= note.begin || end > Ratio::whole(phrase.cycles) {
            return None;
        }
        note.end = end;
        changed.put(note);
    }
    (changed != *phrase).then_some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale {
        first: 4,
        bars: 2,
        steps: 4,
        left: 0.0,
        width: 800.0,
    };

    fn note(begin: i64, end: i64, key: i32) -> Note {
        Note {
            begin: Ratio::new(begin, 4),
            end: Ratio::new(end, 4),
            key: Some(key),
        }
    }

    #[test]
    fn a_line_is_written_by_keys_alone() {
        let mut at = Cursor { step: 0, key: 48 };
        let enter = Wish {
            flips: true,
            ..Wish::default()
        };
        let phrase = follow(&Phrase::empty(), SCALE, &mut at, enter).expect("a note");
        assert_eq!(phrase.notes, [note(0, 1, 48)]);
        let up = Wish {
            steps: 2,
            keys: 7,
            ..Wish::default()
        };
        assert_eq!(follow(&phrase, SCALE, &mut at, up), None, "it only leads");
        let phrase = follow(&phrase, SCALE, &mut at, enter).expect("another");
        assert_eq!(phrase.notes, [note(0, 1, 48), note(2, 3, 55)]);
        let longer = Wish {
            longer: 1,
            ..Wish::default()
        };
        let phrase = follow(&phrase, SCALE, &mut at, longer).expect("a longer one");
        assert_eq!(phrase.notes[1], note(2, 4, 55));
        assert_eq!(
            follow(&phrase, SCALE, &mut at, longer),
            None,
            "the bar ends"
        );
        let take = Wish {
            steps: -1,
            keys: -12,
            takes: true,
            ..Wish::default()
        };
        let phrase = follow(&phrase, SCALE, &mut at, take).expect("elsewhere");
        assert_eq!(phrase.notes, [note(0, 1, 48), note(1, 3, 43)]);
        assert_eq!(at, Cursor { step: 1, key: 43 });
        let phrase = follow(&phrase, SCALE, &mut at, enter).expect("gone");
        assert_eq!(phrase.notes, [note(0, 1, 48)]);
    }
}
