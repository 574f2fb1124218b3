//! The steps of mini-notation: rests, hits, notes, numbers, chords, words.

use super::diagnostic::nearest;
use super::eval::Eval;
use super::mini::Mini;
use crate::pattern::{Atom, Pattern, Pitch, Place, Said};

/// Chords by name: semitones above the root.
const CHORDS: &[(&str, &[i8])] = &[
    ("maj", &[0, 4, 7]),
    ("major", &[0, 4, 7]),
    ("M", &[0, 4, 7]),
    ("min", &[0, 3, 7]),
    ("minor", &[0, 3, 7]),
    ("m", &[0, 3, 7]),
    ("aug", &[0, 4, 8]),
    ("dim", &[0, 3, 6]),
    ("dim7", &[0, 3, 6, 9]),
    ("five", &[0, 7]),
    ("sus2", &[0, 2, 7]),
    ("sus4", &[0, 5, 7]),
    ("six", &[0, 4, 7, 9]),
    ("maj6", &[0, 4, 7, 9]),
    ("min6", &[0, 3, 7, 9]),
    ("m6", &[0, 3, 7, 9]),
    ("dom7", &[0, 4, 7, 10]),
    ("maj7", &[0, 4, 7, 11]),
    ("min7", &[0, 3, 7, 10]),
    ("m7", &[0, 3, 7, 10]),
    ("m7flat5", &[0, 3, 6, 10]),
    ("minmaj7", &[0, 3, 7, 11]),
    ("add9", &[0, 4, 7, 14]),
    ("nine", &[0, 4, 7, 10, 14]),
    ("dom9", &[0, 4, 7, 10, 14]),
    ("maj9", &[0, 4, 7, 11, 14]),
    ("min9", &[0, 3, 7, 10, 14]),
    ("m9", &[0, 3, 7, 10, 14]),
    ("maj11", &[0, 4, 7, 11, 14, 17]),
    ("min11", &[0, 3, 7, 10, 14, 17]),
    ("m11", &[0, 3, 7, 10, 14, 17]),
];

/// A number as a step: a MIDI note on a node, the value itself on a control.
pub fn of_number(number: f64) -> Atom {
    Atom {
        pitch: Some(Pitch::Midi(number)),
        trigger: Some("gate".into()),
        said: vec![Said::Number(number)],
        ..Atom::of_number(number)
    }
}

/// The number that a word is, as JavaScript reads one: `7`, `-1.5`, `.5`, `1e3`, `0x10`.
fn as_number(word: &str) -> Option<f64> {
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        let digits = Some(digits).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        return u32::from_str_radix(digits?, 16).ok().map(f64::from);
    }
    // Words like `inf` and `nan` are words.
    word.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
        .then(|| word.parse::<f64>().ok())?
        .filter(|x| x.is_finite())
}

/// What a word says.
pub fn word(mini: &Mini<'_>, word: &str, at: usize) -> Eval<Pattern> {
    let place = mini.span(at, at + word.len());
    let atom = Atom {
        place: Place(Some((place.start, place.end))),
        said: vec![Said::Word(word.to_owned())],
        ..Atom::default()
    };
    let gate = || Some("gate".to_owned());
    if matches!(word, "~" | "." | "-") {
        return Ok(Pattern::silence());
    }
    if let Some(number) = as_number(word) {
        let place = atom.place;
        return Ok(Pattern::atom(Atom {
            place,
            ..of_number(number)
        }));
    }
    if let Some((root, name)) = word.split_once('\'') {
        return chord(mini, root, name, at, atom.place);
    }
    if word == "x" {
        return Ok(Pattern::atom(Atom {
            trigger: gate(),
            ..atom
        }));
    }
    Ok(Pattern::atom(match Pitch::parse(word) {
        Some(pitch) => Atom {
            pitch: Some(pitch),
            trigger: gate(),
            ..atom
        },
        None => atom,
    }))
}

fn chord(mini: &Mini<'_>, root: &str, name: &str, at: usize, place: Place) -> Eval<Pattern> {
    let low = match (Pitch::parse(root), as_number(root)) {
        (Some(Pitch::Midi(note)), _) | (_, Some(note)) => note,
        _ => {
            let message = format!("`{root}` is not a note, and a chord stands on one");
            return Err(mini
                .error(at, at + root.len(), message)
                .hint("as in `c'min7` or `f#3'maj`")
                .into());
        }
    };
    let from = at + root.len() + 1;
    let Some((_, steps)) = CHORDS.iter().find(|c| c.0 == name) else {
        let d = mini.error(
            from,
            from + name.len(),
            format!("there is no chord `{name}`"),
        );
        return Err(match nearest(name, CHORDS.iter().map(|c| c.0)) {
            Some(near) => d.hint(format!("did you mean `{near}`?")).into(),
            None => d.hint("for example maj, min7, dom7, sus4").into(),
        });
    };
    let notes = steps.iter().map(|step| {
        Pattern::atom(Atom {
            place,
            ..of_number(low + f64::from(*step))
        })
    });
    Pattern::stack(notes.collect())
        .map_err(|error| mini.error(at, from + name.len(), error.to_string()))
}
