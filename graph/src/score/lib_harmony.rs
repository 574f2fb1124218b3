//! Pitch in scores: scales, intervals, chords by their symbols.

use super::args::Args;
use super::diagnostic::{Diagnostic, nearest};
use super::eval::{Eval, Evaluator};
use super::harmony;
use super::lib_pattern::{built, notation, place, word};
use super::lib_transform::{given_pattern, made, methods, this};
use super::mini_step::of_number;
use super::value::{Builtin, Given, Value};
use crate::patch::Span;
use crate::pattern::{Atom, Join, Pattern, PatternError, Pitch, Said};

/// The degrees of a scale that numbers of a curve may reach.
const DEGREES: std::ops::Range<i64> = -70..128;
/// The note that voicings come nearest to unless another is said: C5.
const ANCHOR: i64 = 72;

/// Every function that makes patterns of degrees and chords.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "n",
        params: &["numbers"],
        run: |e, a| Ok(given_pattern(e, a.need("numbers")?)?.into()),
    },
    Builtin {
        name: "chord",
        params: &["symbols"],
        run: |e, a| Ok(notation(e, a.need("symbols")?)?.into()),
    },
];

methods! {
    "scale": ("name") => scale;
    "transpose" | "trans": ("interval") => transpose;
    "voicing" | "voicings": ("anchor", "mode") => voicing;
    "note": () => |e, a| Ok(this(e, a)?.into());
}

fn midi(note: f64, of: &Atom) -> Atom {
    Atom {
        place: of.place,
        sets: of.sets.clone(),
        legato: of.legato,
        ..of_number(note)
    }
}

/// The tonic's MIDI note and the steps of a scale as written: `C:minor`, `F#4:minor:pentatonic`.
fn read_scale(atom: &Atom, whole: Span) -> Eval<(f64, &'static [i8])> {
    let span = place(atom, whole);
    let words: Vec<&str> = atom
        .said
        .iter()
        .filter_map(|said| match said {
            Said::Word(word) => Some(word.as_str()),
            Said::Number(_) => None,
        })
        .collect();
    let [tonic, name @ ..] = &words[..] else {
        return Err(Diagnostic::new(span, "this is not a scale")
            .hint("as in \"C:minor\", \"F#4:major:pentatonic\"")
            .into());
    };
    let Some(Pitch::Midi(tonic)) = Pitch::parse(tonic) else {
        return Err(
            Diagnostic::new(span, format!("`{tonic}` is not the note of a scale"))
                .hint("as in \"C:minor\": the tonic, a colon, the name")
                .into(),
        );
    };
    let name = name.join(" ");
    match harmony::scale(&name) {
        Some(steps) => Ok((tonic, steps)),
        None if name.is_empty() => Err(Diagnostic::new(span, "this scale has no name")
            .hint("as in \"C:minor\"; between words stand colons, not spaces")
            .into()),
        None => {
            let d = Diagnostic::new(span, format!("there is no scale `{name}`"));
            Err(match nearest(&name, harmony::SCALES.iter().map(|s| s.0)) {
                Some(near) => d.hint(format!("did you mean `{}`?", near.replace(' ', ":"))),
                None => d.hint("for example major, minor, dorian, minor:pentatonic"),
            }
            .into())
        }
    }
}

/// Degrees become the notes of a scale; notes stay what they are. The scale may be a pattern.
fn scale(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let (p, given) = (this(e, a)?, a.need("name")?);
    let scales = notation(e, given)?;
    let mut wrong = None;
    let bound = scales.bind(Join::Inner, &mut |atom| {
        let (tonic, steps) = read_scale(atom, given.span).map_err(|d| {
            wrong.get_or_insert(d);
            PatternError::Empty
        })?;
        in_scale(&p, tonic, steps)
    });
    match (bound, wrong) {
        (_, Some(d)) => Err(d),
        (bound, None) => made(a, bound),
    }
}

fn in_scale(p: &Pattern, tonic: f64, steps: &[i8]) -> Result<Pattern, PatternError> {
    let note = |degree: i64, by: i64| tonic + (harmony::degree(steps, degree) + by) as f64;
    if p.is_continuous() || p.is_computed() {
        let notes = DEGREES.map(|degree| of_number(note(degree, 0).clamp(0.0, 127.0)));
        return p.lookup(DEGREES.start, notes.collect());
    }
    p.try_map(&mut |atom| {
        let degree = match (atom.number, &atom.said[..]) {
            (Some(number), _) if number.abs() < 1e6 => Some((number.ceil() as i64, 0)),
            (None, [Said::Word(word)]) if atom.pitch.is_none() => harmony::altered_degree(word),
            _ => None,
        };
        Ok(match degree {
            Some((degree, by)) => Pattern::atom(midi(note(degree, by), atom)),
            None if atom.pitch.is_some() || atom.trigger.is_some() => Pattern::atom(atom.clone()),
            None => Pattern::silence(),
        })
    })
}

/// By semitones, or by intervals: `p.transpose("<3M -5P>")`. Numbers and notes alike.
fn transpose(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let (p, given) = (this(e, a)?, a.need("interval")?);
    let by = given_pattern(e, given)?;
    if by.is_computed() || by.is_continuous() || p.is_computed() || p.is_continuous() {
        return made(a, p.with("", &by));
    }
    let mut wrong = None;
    let bound = by.bind(Join::Inner, &mut |atom| {
        let interval = || harmony::interval(&word(atom)).map(|i| i as f64);
        let Some(semitones) = atom.number.or_else(interval) else {
            let message = format!("`{}` is not an interval", word(atom));
            wrong = Some(
                Diagnostic::new(place(atom, given.span), message)
                    .hint("semitones, or as in 3M, -5P, 4A"),
            );
            return Err(PatternError::Empty);
        };
        p.map(&mut |step| match step.pitch {
            Some(Pitch::Midi(note)) => Atom {
                trigger: step.trigger.clone(),
                ..midi(note + semitones, step)
            },
            Some(Pitch::Hertz(hertz)) => Atom {
                pitch: Some(Pitch::Hertz(hertz * crate::math::exp2(semitones / 12.0))),
                ..step.clone()
            },
            None => Atom {
                number: step.number.map(|x| x + semitones),
                ..step.clone()
            },
        })
    });
    match (bound, wrong) {
        (_, Some(d)) => Err(d.into()),
        (bound, None) => made(a, bound),
    }
}

/// Chord symbols become chords: `chord("<C^7 Am7>").voicing()`.
fn voicing(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let p = this(e, a)?;
    let anchor = match a.get("anchor") {
        Some(given) => anchor(e, given)?,
        None => ANCHOR,
    };
    let above = match a.get("mode") {
        None => false,
        Some(given) => {
            match &*a.need_str("mode")? {
                "below" => false,
                "above" => true,
                other => {
                    let message = format!("there is no mode `{other}` of voicings");
                    return Err(Diagnostic::new(given.span, message)
                    .hint("below: the top note is at most the anchor; above: the lowest is at least")
                    .into());
                }
            }
        }
    };
    let mut wrong = None;
    let voiced = p.try_map(&mut |atom| {
        let symbol = word(atom);
        let Some((root, tones)) = harmony::chord(&symbol) else {
            wrong = Some((symbol, place(atom, a.span)));
            return Err(PatternError::Empty);
        };
        let notes = harmony::voiced(root, tones, anchor, above);
        Pattern::stack(
            notes
                .into_iter()
                .map(|note| Pattern::atom(midi(note as f64, atom)))
                .collect(),
        )
    });
    if let Some((symbol, span)) = wrong {
        return Err(Diagnostic::new(span, format!("`{symbol}` is not a chord"))
            .hint("a root in capitals and a symbol: C, Am7, F#^7, Ebm7b5, G7sus")
            .into());
    }
    Ok(built(voiced, a.span)?.into())
}

fn anchor(e: &Evaluator<'_>, given: &Given) -> Eval<i64> {
    let atom = given_pattern(e, given)?;
    let mut note = None;
    atom.each_atom(&mut |atom| {
        if let Some(Pitch::Midi(n)) = atom.pitch {
            note = Some(n.round() as i64);
        }
    });
    note.filter(|n| (0..=127).contains(n)).ok_or_else(|| {
        Diagnostic::new(given.span, "`anchor` is a note")
            .hint("as in \"c5\"")
            .into()
    })
}
