//! What steps say: numbers put together, controls that a pattern carries for each of its voices.

use super::args::{Args, wrong};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_pattern::{built, place};
use super::lib_transform::{given_pattern, made, methods, this};
use super::patterned::patterned;
use super::value::{Given, Value};
use crate::pattern::{
    Arithmetic, Atom, MAX_NUDGE, Node, Pattern, PatternError, Pitch, Said, Structure,
};

methods! {
    "add" | "add.in" | "add.in_": ("value") => |e, a| arithmetic(e, a, Arithmetic::Add, Structure::Left);
    "add.out": ("value") => |e, a| arithmetic(e, a, Arithmetic::Add, Structure::Right);
    "add.mix": ("value") => |e, a| arithmetic(e, a, Arithmetic::Add, Structure::Both);
    "sub" | "sub.in" | "sub.in_": ("value") => |e, a| arithmetic(e, a, Arithmetic::Sub, Structure::Left);
    "sub.out": ("value") => |e, a| arithmetic(e, a, Arithmetic::Sub, Structure::Right);
    "sub.mix": ("value") => |e, a| arithmetic(e, a, Arithmetic::Sub, Structure::Both);
    "mul" | "mul.in" | "mul.in_": ("value") => |e, a| arithmetic(e, a, Arithmetic::Mul, Structure::Left);
    "mul.out": ("value") => |e, a| arithmetic(e, a, Arithmetic::Mul, Structure::Right);
    "mul.mix": ("value") => |e, a| arithmetic(e, a, Arithmetic::Mul, Structure::Both);
    "div" | "div.in" | "div.in_": ("value") => |e, a| arithmetic(e, a, Arithmetic::Div, Structure::Left);
    "div.out": ("value") => |e, a| arithmetic(e, a, Arithmetic::Div, Structure::Right);
    "div.mix": ("value") => |e, a| arithmetic(e, a, Arithmetic::Div, Structure::Both);
    "mod" | "mod.in" | "mod.in_": ("value") => |e, a| arithmetic(e, a, Arithmetic::Mod, Structure::Left);
    "mod.out": ("value") => |e, a| arithmetic(e, a, Arithmetic::Mod, Structure::Right);
    "mod.mix": ("value") => |e, a| arithmetic(e, a, Arithmetic::Mod, Structure::Both);
    "set" | "set.in" | "set.in_": ("**values") => |e, a| set(e, a, Structure::Left);
    "set.out": ("**values") => |e, a| set(e, a, Structure::Right);
    "set.mix": ("**values") => |e, a| set(e, a, Structure::Both);
    "hurry": ("factor") => |e, a| {
        super::lib_transform::numbers(e, a, "factor", false, &mut |p, by| {
            if by.num() == 0 {
                return Ok(Pattern::silence());
            }
            scaled(p, "speed", by.to_f64())?.fast(by)
        })
    };
    "echo": ("times", "time", "feedback") => |e, a| patterned(e, a, &["times", "time", "feedback"], &mut |e, a| {
        let (p, times) = (this(e, a)?, super::lib_transform::count(a, "times")?);
        let (time, feedback) = (a.need_ratio("time")?, a.need_number("feedback")?);
        let mut layers = Vec::new();
        for i in 0..times {
            let by = time * crate::time::Ratio::whole(i64::from(i));
            let quieter = (0..i).fold(1.0, |level, _| level * feedback);
            let layer = built(p.clone().late(by), a.span)?;
            layers.push(built(scaled(&layer, "gain", quieter), a.span)?);
        }
        made(a, Pattern::stack(layers))
    });
    "gain": ("factor") => |e, a| said_of_each(e, a, "gain", "factor");
    "pan": ("place") => |e, a| said_of_each(e, a, "pan", "place");
    "vel" | "velocity": ("level") => |e, a| said_of_each(e, a, "vel", "level");
    "jux": ("function") => |e, a| jux(e, a, 1.0);
    "juxBy" | "jux_by": ("amount", "function") => |e, a| patterned(e, a, &["amount"], &mut |e, a| {
        let amount = super::lib_transform::chance(a, "amount")?;
        jux(e, a, amount)
    });
}

/// A control's value for every step times a factor; what was not set counts as 1.
fn scaled(p: &Pattern, control: &str, factor: f64) -> Result<Pattern, PatternError> {
    // In the rhythm of both, as every operation between two patterns is.
    let one = Pattern::atom(Atom::of_number(factor));
    p.apply(Structure::Left, &one, &mut |atom, _| {
        let set = atom.sets.iter().find(|s| s.0 == control);
        let value = set.map_or(1.0, |s| s.1) * factor;
        Some(atom.clone().set(control, value))
    })
}

/// The pattern on the left, and what a function makes of it on the right.
fn jux(e: &mut Evaluator<'_>, a: &Args, amount: f64) -> Eval<Value> {
    let p = this(e, a)?;
    let side = |by: f64| {
        p.map(&mut |atom| {
            let pan = atom.sets.iter().find(|s| s.0 == "pan").map_or(0.0, |s| s.1);
            atom.clone().set("pan", (pan + by).clamp(-1.0, 1.0))
        })
    };
    let (left, right) = (built(side(-amount), a.span)?, built(side(amount), a.span)?);
    let right = super::lib_transform::changed(e, a, &right)?;
    made(a, Pattern::stack(vec![left, right]))
}

/// The numbers of two patterns together. On notes it counts in semitones.
fn arithmetic(
    e: &mut Evaluator<'_>,
    a: &Args,
    op: Arithmetic,
    structure: Structure,
) -> Eval<Value> {
    let (p, given) = (this(e, a)?, a.need("value")?);
    let other = given_pattern(e, given)?;
    let curve = |p: &Pattern| p.is_continuous() || p.is_computed();
    if curve(&p) || curve(&other) {
        let added = match op {
            Arithmetic::Add => Ok(other.clone()),
            Arithmetic::Sub => {
                let nought = Pattern::atom(Atom::of_number(0.0));
                nought.compute(Structure::Right, Arithmetic::Sub, &other)
            }
            _ => Err(PatternError::Curve),
        };
        return match added {
            // Notes stay notes where a curve only moves them.
            Ok(added) if structure == Structure::Left && !curve(&p) => made(a, p.with("", &added)),
            _ => made(a, p.compute(structure, op, &other)),
        };
    }
    let mut wrong_step = None;
    let result = p.apply(structure, &other, &mut |left, right| {
        let Some(by) = right.number else {
            wrong_step = Some(place(right, given.span));
            return None;
        };
        let number = left.number.map(|x| op.of(x, by));
        let pitch = left.pitch.map(|pitch| match pitch {
            Pitch::Midi(note) => Pitch::Midi(op.of(note, by)),
            Pitch::Hertz(hertz) => Pitch::Hertz(op.of(hertz, by)),
        });
        let said = number.map(Said::Number).into_iter().collect();
        Some(Atom {
            number,
            pitch,
            said,
            ..left.clone()
        })
    });
    if let Some(span) = wrong_step {
        return Err(Diagnostic::new(span, "a number is wanted here").into());
    }
    made(a, result)
}

/// What a pattern says of one control of each step, by a method of the control's name.
pub fn said_of_each(
    e: &mut Evaluator<'_>,
    a: &Args,
    control: &str,
    parameter: &str,
) -> Eval<Value> {
    let (p, given) = (this(e, a)?, a.need(parameter)?);
    let value = given_pattern(e, given)?;
    Ok(one(&p, control, given, &value, Structure::Left)?.into())
}

fn set(e: &mut Evaluator<'_>, a: &Args, structure: Structure) -> Eval<Value> {
    let mut p = this(e, a)?;
    for (name, given) in &a.named {
        let value = given_pattern(e, given)?;
        p = one(&p, name, given, &value, structure)?;
    }
    Ok(p.into())
}

/// The controls that a builder names: `note("c2 e2", cutoff="<400 1200>", vel=0.5)`.
pub fn named(e: &Evaluator<'_>, mut p: Pattern, args: &Args) -> Eval<Pattern> {
    let velocity = args
        .has("vel")
        .then(|| args.get("vel"))
        .flatten()
        .map(|given| ("vel", given));
    let further = args.named.iter().map(|(name, given)| (&**name, given));
    for (name, given) in velocity.into_iter().chain(further) {
        let value = given_pattern(e, given)?;
        p = match (value.node(), name) {
            // A number for all steps needs no second pattern.
            (Node::Atom(atom), _) if !p.is_computed() => {
                let x = said(atom, given, name)?;
                built(p.map(&mut |a| with(a, name, x)), given.span)?
            }
            _ => one(&p, name, given, &value, Structure::Left)?,
        };
    }
    Ok(p)
}

/// The value that a step says of a control: a number, or a pitch by its frequency.
fn said(atom: &Atom, given: &Given, name: &str) -> Eval<f64> {
    let value = atom.number.or_else(|| atom.pitch.map(Pitch::hertz));
    let Some(x) = value.filter(|x| x.is_finite()) else {
        let message = format!("`{name}` must be a number");
        return Err(Diagnostic::new(place(atom, given.span), message).into());
    };
    if name == "legato" && !(0.0..=64.0).contains(&x) {
        let message = "`legato` goes from 0 to 64 times the step's length";
        return Err(Diagnostic::new(place(atom, given.span), message).into());
    }
    if name == "nudge" && x.abs() > MAX_NUDGE {
        let message = format!("`nudge` goes from -{MAX_NUDGE} to {MAX_NUDGE} seconds");
        return Err(Diagnostic::new(place(atom, given.span), message)
            .hint("further away in cycles: .late(1/4)")
            .into());
    }
    Ok(x)
}

fn with(atom: &Atom, name: &str, x: f64) -> Atom {
    if name == "legato" {
        Atom {
            legato: Some(x),
            ..atom.clone()
        }
    } else {
        atom.clone().set(name, x)
    }
}

/// Every step with what another pattern says of a control.
fn one(
    p: &Pattern,
    name: &str,
    given: &Given,
    value: &Pattern,
    structure: Structure,
) -> Eval<Pattern> {
    let curve = value.is_continuous() || value.is_computed();
    // What a curve has said of a control is overruled by what speaks later, which then has to speak as late.
    if curve || p.is_computed() || (p.curves() > 0 && structure == Structure::Left) {
        if structure != Structure::Left || name == "legato" {
            let message = format!("a curve cannot set `{name}` here");
            return Err(Diagnostic::new(given.span, message)
                .hint("take steps from it: .segment(8)")
                .into());
        }
        return built(p.with(name, value), given.span);
    }
    let mut wrong = None;
    let made = p.apply(
        structure,
        value,
        &mut |left, right| match said(right, given, name) {
            Ok(x) => Some(with(left, name, x)),
            Err(d) => {
                wrong = Some(d);
                None
            }
        },
    );
    match (made, wrong) {
        (_, Some(d)) => Err(d),
        // Too many to list them all: then each is looked up when it comes.
        (Err(PatternError::TooManyValues), None) if structure == Structure::Left => {
            built(p.with(name, value), given.span)
        }
        (made, None) => built(made, given.span),
    }
}

/// An argument that must be a whole number of cycles from 1 on.
pub fn cycles(given: &Given, name: &str) -> Eval<u32> {
    match given.value {
        Value::Int(n @ 1..=1_000_000) => Ok(n as u32),
        _ => Err(wrong(given, name, "a whole number from 1")),
    }
}
