//! The functions and methods of patterns (`krp`, `kr`).

use super::args::{Args, wrong};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::mini;
use super::value::{Builtin, Given, Value};
use super::{lib_curve, lib_harmony, lib_phrase, lib_sound, lib_steps, lib_transform, lib_values};
use crate::patch::Span;
use crate::pattern::{Atom, Pattern, PatternError, Pitch, Place, Said};
use crate::time::Ratio;
use std::rc::Rc;

/// Every function that makes a pattern.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "hit",
        params: &["param", "**values"],
        run: hit,
    },
    Builtin {
        name: "rest",
        params: &[],
        run: |_, _| Ok(Pattern::silence().into()),
    },
    Builtin {
        name: "note",
        params: &["*pitches", "vel", "**values"],
        run: note,
    },
    Builtin {
        name: "p",
        params: &["mini", "vel", "**values"],
        run: |e, a| {
            let given = a.need("mini")?;
            let pattern = notation(e, given)?;
            tell_of_chords(e, a, given);
            Ok(lib_values::named(e, pattern, a)?.into())
        },
    },
    Builtin {
        name: "seq",
        params: &["*steps", "vel", "**values"],
        run: seq,
    },
    Builtin {
        name: "sequence",
        params: &["*steps", "vel", "**values"],
        run: seq,
    },
    Builtin {
        name: "fastcat",
        params: &["*steps", "vel", "**values"],
        run: seq,
    },
    Builtin {
        name: "cat",
        params: &["*patterns"],
        run: cat,
    },
    Builtin {
        name: "slowcat",
        params: &["*patterns"],
        run: cat,
    },
    Builtin {
        name: "randcat",
        params: &["*patterns"],
        run: choose_cycles,
    },
    Builtin {
        name: "chooseCycles",
        params: &["*patterns"],
        run: choose_cycles,
    },
    Builtin {
        name: "stack",
        params: &["*patterns"],
        run: stack,
    },
    Builtin {
        name: "mtof",
        params: &["note"],
        run: |_, a| Ok(Value::Float(Pitch::Midi(a.need_number("note")?).hertz())),
    },
    Builtin {
        name: "ftom",
        params: &["freq"],
        run: |_, a| {
            let hertz = a.need_number("freq")?;
            if hertz <= 0.0 {
                return Err(wrong(a.need("freq")?, "freq", "above 0 Hz"));
            }
            let octaves = crate::math::ln(hertz / 440.0) / std::f64::consts::LN_2;
            Ok(Value::Float(69.0 + 12.0 * octaves))
        },
    },
    Builtin {
        name: "parse_note",
        params: &["name"],
        run: |_, a| {
            let name = a.need_str("name")?;
            match Pitch::parse(name.trim()) {
                Some(pitch) => Ok(Value::Float(pitch.hertz())),
                None => Err(no_note(&name, a.need("name")?.span)),
            }
        },
    },
];

/// Every method of a pattern; the first parameter is the pattern itself.
pub const METHODS: &[Builtin] = &[
    Builtin {
        name: "over",
        params: &["self", "cycles"],
        run: |e, a| stretch(e, a, "cycles", |n| Ratio::ONE / n),
    },
    Builtin {
        name: "slow",
        params: &["self", "factor"],
        run: |e, a| stretch(e, a, "factor", |n| Ratio::ONE / n),
    },
    Builtin {
        name: "fast",
        params: &["self", "factor"],
        run: |e, a| stretch(e, a, "factor", |n| n),
    },
    Builtin {
        name: "late",
        params: &["self", "cycles"],
        run: |e, a| shift(e, a, |n| n),
    },
    Builtin {
        name: "shift",
        params: &["self", "cycles"],
        run: |e, a| shift(e, a, |n| n),
    },
    Builtin {
        name: "early",
        params: &["self", "cycles"],
        run: |e, a| shift(e, a, |n| -n),
    },
];

/// Every method of a pattern, the transforms among them.
pub fn methods() -> impl Iterator<Item = &'static Builtin> {
    let tables: [&'static [Builtin]; 8] = [
        METHODS,
        lib_transform::METHODS,
        lib_curve::METHODS,
        lib_values::METHODS,
        lib_harmony::METHODS,
        lib_phrase::METHODS,
        lib_sound::METHODS,
        lib_steps::METHODS,
    ];
    tables.into_iter().flatten()
}

pub use super::lib_curve::shape;

pub fn built(result: Result<Pattern, PatternError>, span: Span) -> Eval<Pattern> {
    result.map_err(|error| Diagnostic::new(span, error.to_string()).into())
}

/// The pattern in an argument; steps may be notes, numbers, mini-notation, patterns and `None`.
pub fn step(e: &Evaluator<'_>, given: &Given) -> Eval<Pattern> {
    Ok(match &given.value {
        Value::None => Pattern::silence(),
        Value::Pattern(p) => p.pattern.clone(),
        Value::Builtin(_) if lib_curve::named(&given.value).is_some() => {
            pattern(e, given, "a step")?
        }
        Value::Str(text) if !is_single(text) => notation(e, given)?,
        _ => Pattern::atom(note_atom(given)?),
    })
}

/// Whether a string is a single word, which in a list of steps has to be a note.
fn is_single(text: &str) -> bool {
    let text = text.trim();
    let is_name = text.starts_with(char::is_alphabetic) && text != "x";
    is_name && text.chars().all(|c| c.is_alphanumeric() || c == '#')
}

/// The pattern that a string says in mini-notation.
pub fn notation(e: &Evaluator<'_>, given: &Given) -> Eval<Pattern> {
    let Value::Str(text) = &given.value else {
        return Err(wrong(given, "mini", "a string"));
    };
    // Where the string stands in the score as it is, a mistake is shown inside of it; where it was put together or
    // has a name, all that can be shown is the place it is used.
    let written = e.text(given.span);
    let once = |quote: &str| {
        let literal = format!("{quote}{text}{quote}");
        let at = written.find(&literal)?;
        (written.rfind(&literal) == Some(at)).then_some(at + quote.len())
    };
    match ["\"\"\"", "'''", "\"", "'"].into_iter().find_map(once) {
        Some(at) => mini::parse(text, given.span.start + at as u32),
        None => {
            let unplaced = |d: Box<Diagnostic>| {
                Box::new(Diagnostic {
                    span: given.span,
                    ..*d
                })
            };
            let pattern = mini::parse(text, 0).map_err(unplaced)?;
            let place = Place(Some((given.span.start, given.span.end)));
            let placed = pattern.map(&mut |atom| Atom {
                place,
                ..atom.clone()
            });
            built(placed, given.span)
        }
    }
}

/// krach's `kr.p("[C4 E4]")` is a chord, and here these notes share a step: whoever writes it so is told on the console.
fn tell_of_chords(e: &mut Evaluator<'_>, args: &Args, given: &Given) {
    let Value::Str(text) = &given.value else {
        return;
    };
    if !e.text(args.span).starts_with("kr.") {
        return;
    }
    let groups = text.split('[').skip(1);
    let chord = groups
        .filter_map(|rest| rest.split_once(']'))
        .find(|group| {
            let notes: Vec<&str> = group.0.split_whitespace().collect();
            notes.len() > 1 && notes.iter().all(|n| Pitch::parse(n).is_some())
        });
    if let Some((group, _)) = chord {
        let notes: Vec<&str> = group.split_whitespace().collect();
        let told = format!(
            "the notes of [{group}] follow each other; at once they are [{}]\n",
            notes.join(",")
        );
        e.console.print(&told, given.span);
    }
}

/// Where a step was written, or else the place of the whole.
pub fn place(atom: &Atom, whole: Span) -> Span {
    atom.place
        .0
        .map_or(whole, |(start, end)| Span { start, end })
}

/// What to do where a signal stands for a pattern.
pub const NOT_A_SIGNAL: &str = "signals live inside of functions that are sounds; a prefix makes it the pattern: krp.sine(0, 1)";

/// A pattern that must be one: itself, or mini-notation.
pub fn pattern(e: &Evaluator<'_>, given: &Given, name: &str) -> Eval<Pattern> {
    match &given.value {
        Value::Pattern(p) => Ok(p.pattern.clone()),
        Value::Builtin(_) => {
            lib_curve::named(&given.value).ok_or_else(|| wrong(given, name, "a pattern"))
        }
        Value::Signal(..) => {
            let d = Diagnostic::new(given.span, "this is a signal, and a pattern is wanted");
            Err(d.hint(NOT_A_SIGNAL).into())
        }
        Value::Str(_) => notation(e, given),
        _ => {
            let d = wrong(given, name, "a pattern");
            let hint = "make one of it with note(…) or seq(…), or of a string: \"c3 e3\"";
            Err(Box::new(d.hint(hint)))
        }
    }
}

/// A note: an integer is MIDI, a float is Hz, a string a note name.
fn note_atom(given: &Given) -> Eval<Atom> {
    let (number, pitch) = match &given.value {
        Value::Int(n) => (Some(*n as f64), Pitch::Midi(*n as f64)),
        Value::Float(x) if x.is_finite() => (Some(*x), Pitch::Hertz(*x)),
        Value::Str(name) => match Pitch::parse(name.trim()) {
            Some(pitch) => (None, pitch),
            None => return Err(no_note(name, given.span)),
        },
        other => {
            return Err(Diagnostic::new(
                given.span,
                format!("a note is wanted here, not {}", other.kind()),
            )
            .into());
        }
    };
    Ok(Atom {
        number,
        pitch: Some(pitch),
        trigger: Some("gate".into()),
        place: Place(Some((given.span.start, given.span.end))),
        ..Atom::default()
    })
}

fn hit(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let trigger = if args.get("param").is_some() {
        args.need_str("param")?
    } else {
        Rc::from("gate")
    };
    let hit = Pattern::atom(Atom {
        trigger: Some(trigger.to_string()),
        place: Place(Some((args.span.start, args.span.end))),
        ..Atom::default()
    });
    Ok(lib_values::named(e, hit, args)?.into())
}

fn note(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let gate = Atom {
        trigger: Some("gate".into()),
        ..Atom::default()
    };
    if args.rest.is_empty() {
        return Ok(lib_values::named(e, Pattern::atom(gate), args)?.into());
    }
    let mut notes = Vec::new();
    for given in &args.rest {
        let mut wrong = None;
        let pitches = step(e, given)?;
        if pitches.is_computed() {
            // Numbers taken from a curve are notes of their pitch.
            let step = Atom {
                pitch: Some(Pitch::Midi(0.0)),
                ..gate.clone()
            };
            notes.push(built(pitches.carry(step), given.span)?);
            continue;
        }
        let pattern = pitches.map(&mut |atom| {
            let pitch = atom.pitch.or(atom.number.map(Pitch::Midi));
            if pitch.is_none() && atom.trigger.is_none() {
                wrong = Some(atom.clone());
            }
            Atom {
                pitch,
                trigger: atom.trigger.clone().or_else(|| gate.trigger.clone()),
                ..atom.clone()
            }
        });
        if let Some(atom) = wrong {
            return Err(no_note(&word(&atom), place(&atom, given.span)));
        }
        notes.push(built(pattern, given.span)?);
    }
    let pattern = if notes.len() == 1 {
        Ok(notes.remove(0))
    } else {
        Pattern::stack(notes)
    };
    let pattern = built(pattern, args.span)?;
    Ok(lib_values::named(e, pattern, args)?.into())
}

pub fn no_note(word: &str, span: Span) -> Box<Diagnostic> {
    Diagnostic::new(span, format!("`{word}` is not a note"))
        .hint("a note is a letter a to g, maybe # or b, and an octave: \"A2\", \"F#3\"")
        .into()
}

/// A step as it was written.
pub fn word(atom: &Atom) -> String {
    let parts = atom.said.iter().map(|said| match said {
        Said::Word(word) => word.clone(),
        Said::Number(number) => number.to_string(),
    });
    parts.collect::<Vec<_>>().join(":")
}

pub fn steps(e: &Evaluator<'_>, args: &Args) -> Eval<Vec<Pattern>> {
    args.rest.iter().map(|given| step(e, given)).collect()
}

fn seq(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let pattern = built(Pattern::seq(steps(e, args)?), args.span)?;
    Ok(lib_values::named(e, pattern, args)?.into())
}

fn cat(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let steps = steps(e, args)?;
    let cycles = Ratio::whole(steps.len() as i64);
    Ok(built(Pattern::seq(steps).and_then(|p| p.over(cycles)), args.span)?.into())
}

fn stack(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    Ok(built(Pattern::stack(steps(e, args)?), args.span)?.into())
}

/// A number or a pattern of numbers; nought is silence in a pattern, as in Strudel, and a mistake by itself.
fn stretch(
    e: &mut Evaluator<'_>,
    args: &Args,
    name: &'static str,
    factor: fn(Ratio) -> Ratio,
) -> Eval<Value> {
    let given = args.need(name)?;
    if given.value.number().is_some_and(|by| by <= 0.0) {
        return Err(Diagnostic::new(given.span, format!("`{name}` must be above 0")).into());
    }
    lib_transform::numbers(e, args, name, false, &mut |pattern, by| match by {
        Ratio::ZERO => Ok(Pattern::silence()),
        by => pattern.clone().fast(factor(by)),
    })
}

fn shift(e: &mut Evaluator<'_>, args: &Args, by: fn(Ratio) -> Ratio) -> Eval<Value> {
    lib_transform::numbers(e, args, "cycles", true, &mut |pattern, cycles| {
        pattern.clone().late(by(cycles))
    })
}

/// One of several in each cycle, by chance.
fn choose_cycles(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let steps = steps(e, args)?;
    let seed = steps
        .iter()
        .fold(0, |sum, p| p.randoms().saturating_add(sum));
    Ok(built(Pattern::choose(seed, steps), args.span)?.into())
}
