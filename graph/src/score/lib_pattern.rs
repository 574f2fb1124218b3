//! The functions and methods of patterns (`krp`, `kr`).

use super::args::{Args, number, wrong};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::value::{Builtin, Given, Value};
use crate::patch::Span;
use crate::pattern::{Atom, Pattern, PatternError, Pitch, Wave};
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
        name: "seq",
        params: &["*steps"],
        run: seq,
    },
    Builtin {
        name: "cat",
        params: &["*patterns"],
        run: cat,
    },
    Builtin {
        name: "stack",
        params: &["*patterns"],
        run: stack,
    },
    Builtin {
        name: "sine",
        params: &["lo", "hi"],
        run: |_, a| wave(a, Wave::Sine),
    },
    Builtin {
        name: "tri",
        params: &["lo", "hi"],
        run: |_, a| wave(a, Wave::Tri),
    },
    Builtin {
        name: "ramp",
        params: &["lo", "hi"],
        run: |_, a| wave(a, Wave::Ramp),
    },
    Builtin {
        name: "ramp_down",
        params: &["lo", "hi"],
        run: |_, a| wave(a, Wave::RampDown),
    },
    Builtin {
        name: "square",
        params: &["lo", "hi"],
        run: |_, a| wave(a, Wave::Square),
    },
    Builtin {
        name: "exp",
        params: &["lo", "hi"],
        run: |_, a| wave(a, Wave::Exp),
    },
];

/// Every method of a pattern; the first parameter is the pattern itself.
pub const METHODS: &[Builtin] = &[
    Builtin {
        name: "over",
        params: &["pattern", "cycles"],
        run: |_, a| stretch(a, "cycles", |n| Ratio::ONE / n),
    },
    Builtin {
        name: "slow",
        params: &["pattern", "factor"],
        run: |_, a| stretch(a, "factor", |n| Ratio::ONE / n),
    },
    Builtin {
        name: "fast",
        params: &["pattern", "factor"],
        run: |_, a| stretch(a, "factor", |n| n),
    },
    Builtin {
        name: "late",
        params: &["pattern", "cycles"],
        run: |_, a| shift(a, |n| n),
    },
    Builtin {
        name: "shift",
        params: &["pattern", "cycles"],
        run: |_, a| shift(a, |n| n),
    },
    Builtin {
        name: "early",
        params: &["pattern", "cycles"],
        run: |_, a| shift(a, |n| -n),
    },
];

/// The shape of a continuous pattern by its name, for `mod`.
pub fn shape(name: &str) -> Option<Wave> {
    Some(match name {
        "sine" => Wave::Sine,
        "tri" => Wave::Tri,
        "ramp" => Wave::Ramp,
        "ramp_down" => Wave::RampDown,
        "square" => Wave::Square,
        "exp" => Wave::Exp,
        _ => return None,
    })
}

pub fn built(result: Result<Pattern, PatternError>, span: Span) -> Eval<Pattern> {
    result.map_err(|error| Diagnostic::new(span, error.to_string()).into())
}

/// The pattern in an argument; steps may be notes, numbers, patterns and `None`.
pub fn step(given: &Given) -> Eval<Pattern> {
    Ok(match &given.value {
        Value::None => Pattern::silence(),
        Value::Pattern(p) => p.pattern.clone(),
        _ => Pattern::atom(note_atom(given)?),
    })
}

/// A pattern that must be one.
pub fn pattern(given: &Given, name: &str) -> Eval<Pattern> {
    match &given.value {
        Value::Pattern(p) => Ok(p.pattern.clone()),
        Value::Signal(..) => {
            Err(Diagnostic::new(given.span, "this is a signal, and a pattern is wanted").into())
        }
        _ => Err(wrong(given, name, "a pattern")),
    }
}

/// A note: an integer is MIDI, a float is Hz, a string a note name.
fn note_atom(given: &Given) -> Eval<Atom> {
    let (number, pitch) = match &given.value {
        Value::Int(n) => (Some(*n as f64), Pitch::Midi(*n as f64)),
        Value::Float(x) if x.is_finite() => (Some(*x), Pitch::Hertz(*x)),
        Value::Str(name) => match Pitch::parse(name.trim()) {
            Some(pitch) => (None, pitch),
            None => {
                return Err(Diagnostic::new(given.span, format!("`{name}` is not a note"))
                    .hint("a note is a letter a to g, maybe # or b, and an octave: \"A2\", \"F#3\"")
                    .into());
            }
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
        ..Atom::default()
    })
}

/// What all steps of one call share: the values it names, and `legato`.
fn shared(args: &Args) -> Eval<Atom> {
    let mut atom = Atom::default();
    for (name, given) in &args.named {
        let value = number(given, name)?;
        if &**name == "legato" {
            if !(0.0..=64.0).contains(&value) {
                return Err(Diagnostic::new(
                    given.span,
                    "`legato` goes from 0 to 64 times the step's length",
                )
                .into());
            }
            atom.legato = Some(value);
        } else {
            atom.sets.push((name.to_string(), value));
        }
    }
    Ok(atom)
}

fn hit(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let trigger = if args.get("param").is_some() {
        args.need_str("param")?
    } else {
        Rc::from("gate")
    };
    Ok(Pattern::atom(Atom {
        trigger: Some(trigger.to_string()),
        ..shared(args)?
    })
    .into())
}

fn note(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let mut shared = shared(args)?;
    if args.get("vel").is_some() {
        shared.sets.push(("vel".into(), args.need_number("vel")?));
    }
    if args.rest.is_empty() {
        return Ok(Pattern::atom(Atom {
            trigger: Some("gate".into()),
            ..shared
        })
        .into());
    }
    let mut notes = Vec::new();
    for given in &args.rest {
        let Atom {
            number,
            pitch,
            trigger,
            ..
        } = note_atom(given)?;
        notes.push(Pattern::atom(Atom {
            number,
            pitch,
            trigger,
            ..shared.clone()
        }));
    }
    let pattern = if notes.len() == 1 {
        Ok(notes.remove(0))
    } else {
        Pattern::stack(notes)
    };
    Ok(built(pattern, args.span)?.into())
}

fn steps(args: &Args) -> Eval<Vec<Pattern>> {
    args.rest.iter().map(step).collect()
}

fn seq(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    Ok(built(Pattern::seq(steps(args)?), args.span)?.into())
}

fn cat(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let steps = steps(args)?;
    let cycles = Ratio::whole(steps.len() as i64);
    Ok(built(Pattern::seq(steps).and_then(|p| p.over(cycles)), args.span)?.into())
}

fn stack(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    Ok(built(Pattern::stack(steps(args)?), args.span)?.into())
}

fn wave(args: &Args, shape: Wave) -> Eval<Value> {
    Ok(Pattern::wave(shape, args.number("lo", 0.0)?, args.number("hi", 1.0)?).into())
}

fn stretch(args: &Args, name: &str, factor: fn(Ratio) -> Ratio) -> Eval<Value> {
    let given = args.need(name)?;
    let by = args.need_ratio(name)?;
    if by <= Ratio::ZERO {
        return Err(Diagnostic::new(given.span, format!("`{name}` must be above 0")).into());
    }
    let pattern = pattern(args.need("pattern")?, "pattern")?;
    Ok(built(pattern.fast(factor(by)), given.span)?.into())
}

fn shift(args: &Args, by: fn(Ratio) -> Ratio) -> Eval<Value> {
    let pattern = pattern(args.need("pattern")?, "pattern")?;
    Ok(built(pattern.late(by(args.need_ratio("cycles")?)), args.span)?.into())
}
