//! Notes and hits as plain data: read from a pattern, changed by hand, written as mini-notation.
//!
//! Knows nothing of egui. A phrase repeats after a whole number of cycles (bars); what does not, or
//! says more than notes, has no phrase and is left to the text.

use sorl_graph::patch::Binding;
use sorl_graph::pattern::{Atom, Pitch, Program, Value};
use sorl_graph::time::Ratio;

/// The longest phrase, in cycles.
const LONGEST: i64 = 16;
/// The finest grid on which notes can be written, in steps of a cycle.
const FINEST: i64 = 192;
/// The most notes of a phrase that hands can change.
const MOST: usize = 512;

/// A note or a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    /// Where it begins, in cycles from the beginning of the phrase.
    pub begin: Ratio,
    /// Where it ends.
    pub end: Ratio,
    /// The MIDI note; none for a hit.
    pub key: Option<i32>,
}

/// Notes that repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// In the order in which they begin.
    pub notes: Vec<Note>,
    /// After how many cycles they repeat.
    pub cycles: i64,
}

impl Phrase {
    /// Nothing, over one cycle.
    pub fn empty() -> Phrase {
        Phrase {
            notes: Vec::new(),
            cycles: 1,
        }
    }

    /// What a pattern plays, if that is notes and hits and nothing more, over and over.
    pub fn of(program: &Program) -> Option<Phrase> {
        if !program.carries().is_empty() || program.is_continuous() {
            return None;
        }
        let mut cycles: Vec<Vec<Note>> = Vec::new();
        let mut count = 0;
        for cycle in 0..2 * LONGEST {
            let notes = cycle_of(program, cycle)?;
            count += notes.len();
            if count > MOST * 2 * LONGEST as usize {
                return None;
            }
            cycles.push(notes);
        }
        let repeats = |n: &usize| cycles.iter().zip(&cycles[*n..]).all(|(a, b)| a == b);
        let length = (1..=LONGEST as usize).find(repeats)?;
        let notes: Vec<Note> = cycles[..length]
            .iter()
            .zip(0..)
            .flat_map(|(notes, cycle)| {
                let at = Ratio::whole(cycle);
                notes.iter().map(move |note| Note {
                    begin: note.begin + at,
                    end: note.end + at,
                    key: note.key,
                })
            })
            .collect();
        (notes.len() <= MOST).then_some(Phrase {
            notes,
            cycles: length as i64,
        })
    }

    /// A place of the song as a place of the phrase.
    pub fn place(&self, cycle: Ratio) -> Ratio {
        let within = cycle.floor().rem_euclid(self.cycles);
        Ratio::whole(within) + cycle.fract()
    }

    /// The note of a key (any, if it is a hit that is asked for) that sounds at a place.
    pub fn at(&self, place: Ratio, key: Option<i32>) -> Option<usize> {
        let here = |n: &Note| n.begin <= place && place < n.end;
        let like = |n: &Note| key.is_none() || n.key == key;
        self.notes.iter().rposition(|n| here(n) && like(n))
    }

    /// A note more. One of the same key (any, for a hit) that it falls into ends before it; those
    /// that begin within it go.
    pub fn put(&mut self, note: Note) {
        let end = note.end.min(Ratio::whole(self.cycles));
        let like = |n: &Note| note.key.is_none() || n.key == note.key || n.key.is_none();
        self.notes
            .retain(|n| !(like(n) && note.begin <= n.begin && n.begin < end));
        for n in &mut self.notes {
            if like(n) && n.begin < note.begin && note.begin < n.end {
                n.end = note.begin;
            }
        }
        self.notes.push(Note { end, ..note });
        self.notes.sort_unstable();
    }

    /// Takes away what begins from `begin` up to `end`; says whether there was anything.
    pub fn clear(&mut self, begin: Ratio, end: Ratio) -> bool {
        let before = self.notes.len();
        self.notes.retain(|n| !(begin <= n.begin && n.begin < end));
        self.notes.len() < before
    }

    /// The same over so many cycles at least, so that one of them can be changed by itself; as it is
    /// where that would be too long.
    pub fn spread(&self, cycles: i64) -> Phrase {
        let mut phrase = self.clone();
        while phrase.cycles < cycles
            && let Some(longer) = phrase.doubled()
        {
            phrase = longer;
        }
        phrase
    }

    /// The same twice as long.
    fn doubled(&self) -> Option<Phrase> {
        let by = Ratio::whole(self.cycles);
        let again = self.notes.iter().map(|n| Note {
            begin: n.begin + by,
            end: n.end + by,
            key: n.key,
        });
        let notes: Vec<Note> = self.notes.iter().copied().chain(again).collect();
        let fits = self.cycles * 2 <= LONGEST && notes.len() <= MOST;
        fits.then_some(Phrase {
            notes,
            cycles: self.cycles * 2,
        })
    }

    /// As mini-notation; `None` where the grid would be finer than can be read.
    pub fn write(&self) -> Option<String> {
        let mut steps = 1;
        for note in &self.notes {
            for place in [note.begin, note.end] {
                steps = lcm(steps, place.den());
                if steps > FINEST {
                    return None;
                }
            }
        }
        let all = steps * self.cycles;
        let step = |place: Ratio| (place * Ratio::whole(steps)).floor();
        let layers = layers(&self.notes);
        // Short hits on a readable grid are written rest by rest, as one would.
        let grid = |n: &Note| n.key.is_none() && step(n.end) - step(n.begin) == 1;
        let plain = layers.len() <= 1 && all <= 32 && self.notes.iter().all(grid);
        let lines: Vec<String> = layers
            .iter()
            .map(|layer| line(layer, all, step, plain))
            .collect();
        let text = match &lines[..] {
            [] => return Some("~".to_owned()),
            [one] => one.clone(),
            more => format!("[{}]", more.join(", ")),
        };
        Some(match (self.cycles, layers.len()) {
            (1, 1) => text,
            (1, _) => text[1..text.len() - 1].to_owned(),
            (n, 1) => format!("[{text}]/{n}"),
            (n, _) => format!("{text}/{n}"),
        })
    }
}

/// Whether a pattern's text is its notes, so that they can be changed in it: a string, or `seq`.
pub(crate) fn is_literal(binding: &Binding) -> bool {
    let text = binding.text.trim().trim_start_matches('(').trim_start();
    let bare = ["kr.", "krp."]
        .iter()
        .find_map(|p| text.strip_prefix(p))
        .unwrap_or(text);
    text.starts_with(['"', '\'']) || bare.starts_with("seq(")
}

/// What begins in a cycle, from its beginning; `None` for what is not plain notes and hits.
fn cycle_of(program: &Program, cycle: i64) -> Option<Vec<Note>> {
    let at = Ratio::whole(cycle);
    let mut notes = Vec::new();
    let mut good = true;
    program.query(at, at + Ratio::ONE, &mut |event| {
        let Some(whole) = event.whole else {
            good = false;
            return;
        };
        // What began before belongs to the cycle before.
        if whole.0 != event.part.0 || whole.0 < at {
            return;
        }
        let key = match event.value {
            Value::Atom(atom) => key_of(&program.atoms()[atom as usize]),
            Value::Number(_) => None,
        };
        match key {
            Some(key) if notes.len() <= MOST => notes.push(Note {
                begin: whole.0 - at,
                end: whole.1 - at,
                key,
            }),
            _ => good = false,
        }
    });
    notes.sort_unstable();
    good.then_some(notes)
}

/// The key of a step, if it is a note or a hit and nothing more.
fn key_of(atom: &Atom) -> Option<Option<i32>> {
    let plain = atom.sets.is_empty()
        && atom.message.is_none()
        && atom.held.is_none()
        && atom.legato.is_none()
        && atom.sound.is_none()
        && atom.trigger.as_deref() == Some("gate");
    let key = match atom.pitch {
        _ if !plain => return None,
        None => return Some(None),
        Some(Pitch::Midi(key)) => key,
        Some(Pitch::Hertz(hertz)) => 69.0 + 12.0 * (hertz / 440.0).log2(),
    };
    let whole = key.round();
    let near = (key - whole).abs() < 1e-3 && (0.0..=127.0).contains(&whole);
    near.then_some(Some(whole as i32))
}

/// Chords, and which of them follow each other without meeting.
fn layers(notes: &[Note]) -> Vec<Vec<Vec<Note>>> {
    let mut chords: Vec<Vec<Note>> = Vec::new();
    for note in notes {
        let fits = |c: &&mut Vec<Note>| (c[0].begin, c[0].end) == (note.begin, note.end);
        match chords.iter_mut().find(fits) {
            Some(chord) => chord.push(*note),
            None => chords.push(vec![*note]),
        }
    }
    let mut layers: Vec<Vec<Vec<Note>>> = Vec::new();
    for chord in chords {
        let free = |layer: &&mut Vec<Vec<Note>>| {
            layer
                .last()
                .is_none_or(|last| last[0].end <= chord[0].begin)
        };
        match layers.iter_mut().find(free) {
            Some(layer) => layer.push(chord),
            None => layers.push(vec![chord]),
        }
    }
    layers
}

fn line(layer: &[Vec<Note>], all: i64, step: impl Fn(Ratio) -> i64, plain: bool) -> String {
    let mut words: Vec<String> = Vec::new();
    let rest = |from: i64, to: i64, words: &mut Vec<String>| match to - from {
        n if n <= 0 => {}
        1 => words.push("~".to_owned()),
        n if plain => words.extend((0..n).map(|_| "~".to_owned())),
        n => words.push(format!("~@{n}")),
    };
    let mut at = 0;
    for chord in layer {
        let (begin, end) = (step(chord[0].begin), step(chord[0].end).min(all));
        rest(at, begin, &mut words);
        let names: Vec<String> = chord
            .iter()
            .map(|n| n.key.map_or("x".to_owned(), name))
            .collect();
        let word = match &names[..] {
            [one] => one.clone(),
            more => format!("[{}]", more.join(",")),
        };
        words.push(match end - begin {
            1 => word,
            n => format!("{word}@{n}"),
        });
        at = end;
    }
    rest(at, all, &mut words);
    words.join(" ")
}

/// A MIDI note by name: 45 is `a2`.
pub(crate) fn name(key: i32) -> String {
    const NAMES: [&str; 12] = [
        "c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b",
    ];
    format!(
        "{}{}",
        NAMES[key.rem_euclid(12) as usize],
        key.div_euclid(12) - 1
    )
}

fn lcm(a: i64, b: i64) -> i64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

#[cfg(test)]
mod tests {
    use super::*;
    use sorl_graph::score::mini;

    fn read(text: &str) -> Option<Phrase> {
        Phrase::of(&Program::new(&mini(text).expect("good mini-notation")))
    }

    fn note(begin: (i64, i64), end: (i64, i64), key: i32) -> Note {
        Note {
            begin: Ratio::new(begin.0, begin.1),
            end: Ratio::new(end.0, end.1),
            key: Some(key),
        }
    }

    #[test]
    fn what_is_written_reads_back_as_the_same_notes() {
        for text in [
            "x ~ ~ x",
            "a2@3 d3",
            "[a2 d3 ~ e2]/2",
            "c4 e4, g3",
            "[c4,e4,g4] ~",
            "<a2 b2> x*2",
            "[x ~ x]/4",
            "c#3(3,8)",
            "~",
        ] {
            let phrase = read(text).expect("plain notes");
            let written = phrase.write().expect("a coarse grid");
            assert_eq!(read(&written), Some(phrase), "{text} became {written}");
        }
    }

    #[test]
    fn any_heap_of_notes_is_written_and_read_back() {
        let mut state = 7_u32;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i64::from((state >> 8) % below)
        };
        for _ in 0..200 {
            let mut phrase = Phrase {
                cycles: 1 + next(3),
                ..Phrase::empty()
            };
            for _ in 0..next(12) {
                let begin = Ratio::new(next(16 * phrase.cycles as u32), 16);
                let end = begin + Ratio::new(1 + next(6), 16);
                let key = (next(4) > 0).then(|| 40 + next(6) as i32);
                phrase.put(Note { begin, end, key });
            }
            let written = phrase.write().expect("sixteenths are coarse");
            let again = read(&written).expect("plain notes");
            let mut twice = again.clone();
            while twice.cycles < phrase.cycles {
                twice = twice.doubled().expect("short");
            }
            // What repeats sooner than it was meant to is read as the shorter phrase.
            assert_eq!(phrase.cycles % again.cycles, 0, "{written}");
            if again.cycles == phrase.cycles {
                assert_eq!(again.notes, phrase.notes, "{written}");
            }
        }
    }

    #[test]
    fn hits_are_written_as_one_would() {
        let mut phrase = Phrase::empty();
        for cell in [0, 4, 10] {
            let begin = Ratio::new(cell, 16);
            let end = begin + Ratio::new(1, 16);
            phrase.put(Note {
                begin,
                end,
                key: None,
            });
        }
        let written = phrase.write();
        assert_eq!(written.as_deref(), Some("x ~ ~ ~ x ~ ~ ~ ~ ~ x ~ ~ ~ ~ ~"));
        assert!(phrase.clear(Ratio::new(4, 16), Ratio::new(5, 16)));
        assert!(!phrase.clear(Ratio::new(4, 16), Ratio::new(5, 16)));
        assert_eq!(phrase.notes.len(), 2);
    }

    #[test]
    fn a_note_ends_where_another_of_its_key_begins() {
        let mut phrase = read("a2").expect("one note");
        phrase.put(note((1, 2), (3, 4), 45));
        assert_eq!(phrase.write().as_deref(), Some("a2@2 a2 ~"));
        phrase.put(note((1, 2), (1, 1), 48));
        assert_eq!(phrase.write().as_deref(), Some("a2@2 a2 ~, ~@2 c3@2"));
    }

    #[test]
    fn what_is_more_than_notes_or_never_repeats_has_no_phrase() {
        for text in ["x? x", "0.5 1", "bd hh"] {
            let pattern = mini(text).expect("good mini-notation");
            let phrase = Phrase::of(&Program::seeded(&pattern, 9));
            match text {
                "0.5 1" => assert_eq!(phrase, None, "half a semitone is no key"),
                _ => assert_eq!(phrase, None, "{text}"),
            }
        }
    }

    #[test]
    fn keys_have_names() {
        assert_eq!(
            (name(60), name(45), name(1)),
            ("c4".into(), "a2".into(), "c#-1".into())
        );
    }
}
