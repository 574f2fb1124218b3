//! The methods that transform patterns, with Strudel's names and krach's as synonyms.

use super::args::{Args, number, wrong};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_pattern::{built, notation, pattern, place, step};
use super::value::{Builtin, Given, Value};
use crate::pattern::{Atom, Join, Pattern, PatternError, Pitch, Structure};
use crate::time::Ratio;

macro_rules! methods {
    (@ ($($param:literal),*)) => { &["pattern", $($param),*] };
    ($($($name:literal)|+ : $params:tt => $run:expr;)*) => {
        /// Every transform; the first parameter is the pattern itself.
        pub const METHODS: &[Builtin] = &[$($(
            Builtin { name: $name, params: methods!(@ $params), run: $run },
        )+)*];
    };
}

methods! {
    "rev" | "reverse": () => |e, a| made(a, this(e, a)?.rev());
    "palindrome": () => |e, a| {
        let p = this(e, a)?;
        let reversed = built(p.clone().rev(), a.span)?;
        made(a, p.every(2, true, reversed))
    };
    "zoom": ("begin", "end") => |e, a| {
        made(a, this(e, a)?.zoom(a.need_ratio("begin")?, a.need_ratio("end")?))
    };
    "linger": ("part") => |e, a| {
        numbers(e, a, "part", false, &mut |p, part| match part {
            Ratio::ZERO => Ok(Pattern::silence()),
            part if part > Ratio::ONE => Err(PatternError::BadFactor),
            part => p.zoom(Ratio::ZERO, part)?.over(part),
        })
    };
    "ply": ("factor") => |e, a| numbers(e, a, "factor", false, &mut |p, by| match by {
        Ratio::ZERO => Ok(Pattern::silence()),
        by => p.ply(by),
    });
    "iter": ("n") => |e, a| made(a, this(e, a)?.iter(count(a, "n")?, false));
    "iterBack" | "iter_back": ("n") => |e, a| made(a, this(e, a)?.iter(count(a, "n")?, true));
    "every" | "firstOf" | "first_of": ("n", "function") => |e, a| every(e, a, false);
    "lastOf" | "last_of": ("n", "function") => |e, a| every(e, a, true);
    "when": ("on", "function") => |e, a| {
        let p = this(e, a)?;
        let on = given_pattern(e, a.need("on")?)?;
        let changed = changed(e, a, &p)?;
        made(a, p.when(&on, &changed))
    };
    "chunk": ("n", "function") => |e, a| {
        let n = count(a, "n")?;
        let p = built(this(e, a)?.repeat(n.max(1)), a.span)?;
        let on = built(Pattern::chunks(n), a.span)?;
        let changed = changed(e, a, &p)?;
        made(a, p.when(&on, &changed))
    };
    "inside": ("n", "function") => |e, a| inside(e, a, |n| n);
    "outside": ("n", "function") => |e, a| inside(e, a, |n| Ratio::ONE / n);
    "superimpose": ("function") => |e, a| {
        let p = this(e, a)?;
        let changed = changed(e, a, &p)?;
        made(a, Pattern::stack(vec![p, changed]))
    };
    "layer": ("*functions") => |e, a| {
        let p = this(e, a)?;
        let layers = a.rest.iter().map(|f| call(e, f, &p, a)).collect::<Eval<Vec<_>>>()?;
        made(a, Pattern::stack(layers))
    };
    "off": ("cycles", "function") => |e, a| {
        let p = this(e, a)?;
        let late = built(p.clone().late(a.need_ratio("cycles")?), a.span)?;
        let changed = changed(e, a, &late)?;
        made(a, Pattern::stack(vec![p, changed]))
    };
    "sometimesBy" | "sometimes_by": ("chance", "function") => |e, a| {
        let chance = chance(a, "chance")?;
        sometimes(e, a, chance)
    };
    "sometimes": ("function") => |e, a| sometimes(e, a, 0.5);
    "often": ("function") => |e, a| sometimes(e, a, 0.75);
    "rarely": ("function") => |e, a| sometimes(e, a, 0.25);
    "almostAlways" | "almost_always": ("function") => |e, a| sometimes(e, a, 0.9);
    "almostNever" | "almost_never": ("function") => |e, a| sometimes(e, a, 0.1);
    "always": ("function") => |e, a| {
        let p = this(e, a)?;
        Ok(changed(e, a, &p)?.into())
    };
    "never": ("function") => |e, a| Ok(this(e, a)?.into());
    "degrade": () => |e, a| degrade(e, a, 0.5);
    "degradeBy" | "degrade_by" | "thin": ("chance") => |e, a| {
        let chance = if a.get("chance").is_some() { chance(a, "chance")? } else { 0.5 };
        degrade(e, a, chance)
    };
    "struct": ("rhythm") => |e, a| {
        let rhythm = given_pattern(e, a.need("rhythm")?)?;
        made(a, this(e, a)?.in_rhythm(&rhythm))
    };
    "mask": ("mask") => |e, a| {
        let mask = given_pattern(e, a.need("mask")?)?;
        made(a, this(e, a)?.masked(&mask))
    };
    "euclid" | "spread" | "euclidRot" | "euclid_rot": ("pulses", "steps", "rotation") => euclid;
    "compress": ("begin", "end") => |e, a| {
        made(a, this(e, a)?.compress(a.need_ratio("begin")?, a.need_ratio("end")?))
    };
    "brak": () => |e, a| made(a, this(e, a)?.brak());
    "swingBy" | "swing_by": ("amount", "n") => |e, a| {
        made(a, this(e, a)?.swing(a.need_ratio("amount")?, count(a, "n")?))
    };
    "swing": ("n") => |e, a| made(a, this(e, a)?.swing(Ratio::new(1, 3), count(a, "n")?));
    "legato" | "clip": ("factor") => |e, a| {
        let factor = a.need_number("factor")?;
        if !(0.0..=64.0).contains(&factor) {
            return Err(wrong(a.need("factor")?, "factor", "from 0 to 64"));
        }
        made(a, this(e, a)?.map(&mut |atom| Atom { legato: Some(factor), ..atom.clone() }))
    };
    "add": ("value") => |e, a| arithmetic(e, a, |x, y| x + y);
    "sub": ("value") => |e, a| arithmetic(e, a, |x, y| x - y);
    "mul": ("value") => |e, a| arithmetic(e, a, |x, y| x * y);
}

fn this(e: &Evaluator<'_>, a: &Args) -> Eval<Pattern> {
    pattern(e, a.need("pattern")?, "pattern")
}

fn made(a: &Args, result: Result<Pattern, PatternError>) -> Eval<Value> {
    Ok(built(result, a.span)?.into())
}

/// A pattern in an argument: itself, a string, or a single number.
fn given_pattern(e: &Evaluator<'_>, given: &Given) -> Eval<Pattern> {
    match &given.value {
        Value::Str(_) => notation(e, given),
        Value::Bool(on) => Ok(Pattern::atom(Atom::of_number(f64::from(u8::from(*on))))),
        _ => step(e, given),
    }
}

fn count(a: &Args, name: &str) -> Eval<u32> {
    let given = a.need(name)?;
    match given.value {
        Value::Int(n @ 1..=256) => Ok(n as u32),
        _ => Err(wrong(given, name, "a whole number from 1 to 256")),
    }
}

fn chance(a: &Args, name: &str) -> Eval<f64> {
    let given = a.need(name)?;
    let chance = number(given, name)?;
    if !(0.0..=1.0).contains(&chance) {
        return Err(wrong(given, name, "from 0 to 1"));
    }
    Ok(chance)
}

/// The pattern that a function makes of one.
fn call(e: &mut Evaluator<'_>, function: &Given, p: &Pattern, a: &Args) -> Eval<Pattern> {
    let argument = Given {
        value: p.clone().into(),
        span: a.span,
    };
    let value = e.call(function, vec![argument], Vec::new(), function.span)?;
    let given = Given {
        value,
        span: function.span,
    };
    pattern(e, &given, "what the function returns")
}

fn changed(e: &mut Evaluator<'_>, a: &Args, p: &Pattern) -> Eval<Pattern> {
    call(e, a.need("function")?, p, a)
}

fn every(e: &mut Evaluator<'_>, a: &Args, last: bool) -> Eval<Value> {
    let (p, n) = (this(e, a)?, count(a, "n")?);
    let changed = changed(e, a, &p)?;
    made(a, p.every(n, last, changed))
}

fn inside(e: &mut Evaluator<'_>, a: &Args, slower: fn(Ratio) -> Ratio) -> Eval<Value> {
    let n = a.need_ratio("n")?;
    if n <= Ratio::ZERO {
        return Err(wrong(a.need("n")?, "n", "above 0"));
    }
    let n = slower(n);
    let p = built(this(e, a)?.over(n), a.span)?;
    made(a, changed(e, a, &p)?.fast(n))
}

/// Both halves draw the same chance: what one drops the other plays, changed.
fn sometimes(e: &mut Evaluator<'_>, a: &Args, chance: f64) -> Eval<Value> {
    let p = this(e, a)?;
    let seed = p.randoms();
    let kept = built(p.clone().degrade(seed, chance, false), a.span)?;
    let dropped = built(p.degrade(seed, chance, true), a.span)?;
    let changed = changed(e, a, &dropped)?;
    made(a, Pattern::stack(vec![kept, changed]))
}

fn degrade(e: &mut Evaluator<'_>, a: &Args, chance: f64) -> Eval<Value> {
    let p = this(e, a)?;
    let seed = p.randoms();
    made(a, p.degrade(seed, chance, false))
}

/// A transform by a number that may be a pattern; `below` allows numbers below 0.
pub fn numbers(
    e: &mut Evaluator<'_>,
    a: &Args,
    name: &str,
    below: bool,
    f: &mut dyn FnMut(&Pattern, Ratio) -> Result<Pattern, PatternError>,
) -> Eval<Value> {
    let (p, given) = (this(e, a)?, a.need(name)?);
    if !matches!(given.value, Value::Str(_) | Value::Pattern(_)) {
        let by = a.need_ratio(name)?;
        if by < Ratio::ZERO && !below {
            return Err(wrong(given, name, "0 or above"));
        }
        return Ok(built(f(&p, by), given.span)?.into());
    }
    let selector = given_pattern(e, given)?;
    let mut said = None;
    let bound = selector.bind(Join::Inner, &mut |atom| {
        let by = atom.number.and_then(Ratio::from_f64);
        match by.filter(|by| below || *by >= Ratio::ZERO) {
            Some(by) => f(&p, by),
            None => {
                let wanted = if below { "" } else { ", and not below 0" };
                let message = format!("`{name}` must be a number{wanted}");
                said = Some(Diagnostic::new(place(atom, given.span), message));
                Err(PatternError::BadFactor)
            }
        }
    });
    match (bound, said) {
        (Err(_), Some(d)) => Err(d.into()),
        (bound, _) => Ok(built(bound, given.span)?.into()),
    }
}

fn euclid(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let p = this(e, a)?;
    let whole = |name: &str| match a.get(name).map(|given| &given.value) {
        Some(Value::Int(n)) => Ok(*n),
        None if name == "rotation" => Ok(0),
        _ => Err(wrong(a.need(name)?, name, "a whole number")),
    };
    let (pulses, steps, rotation) = (whole("pulses")?, whole("steps")?, whole("rotation")?);
    match p.euclidean(pulses, steps, rotation) {
        Some(rhythm) => made(a, rhythm),
        None => Err(Diagnostic::new(
            a.span,
            format!("there is no rhythm of {pulses} pulses in {steps} steps"),
        )
        .hint("1 to 256 steps, and not more pulses than steps")
        .into()),
    }
}

/// The values of two patterns together, in the rhythm of the first. On notes it counts in semitones.
fn arithmetic(e: &mut Evaluator<'_>, a: &Args, op: fn(f64, f64) -> f64) -> Eval<Value> {
    let (p, given) = (this(e, a)?, a.need("value")?);
    let other = given_pattern(e, given)?;
    let mut wrong_step = None;
    let result = p.apply(Structure::Left, &other, &mut |left, right| {
        let Some(by) = right.number else {
            wrong_step = Some(place(right, given.span));
            return None;
        };
        let number = left.number.map(|x| op(x, by));
        let pitch = left.pitch.map(|pitch| match pitch {
            Pitch::Midi(note) => Pitch::Midi(op(note, by)),
            Pitch::Hertz(hertz) => Pitch::Hertz(op(hertz, by)),
        });
        let said = number
            .map(crate::pattern::Said::Number)
            .into_iter()
            .collect();
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
