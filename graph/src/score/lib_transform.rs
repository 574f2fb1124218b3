//! The methods that transform patterns, with Strudel's names and krach's as synonyms.

use super::args::{Args, number, wrong};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_pattern::{built, notation, pattern, place, step};
use super::value::{Given, Value};
use crate::pattern::{Atom, Join, Pattern, PatternError};
use crate::time::Ratio;

/// A table of methods of patterns; the first parameter is the pattern itself.
macro_rules! methods {
    (@ ($($param:literal),*)) => { &["pattern", $($param),*] };
    ($($($name:literal)|+ : $params:tt => $run:expr;)*) => {
        /// The methods of patterns that live here; the first parameter is the pattern itself.
        pub const METHODS: &[$crate::score::value::Builtin] = &[$($(
            $crate::score::value::Builtin { name: $name, params: methods!(@ $params), run: $run },
        )+)*];
    };
}
pub(super) use methods;

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
    "sometimes": ("chance", "function", "seed") => |e, a| {
        // Strudel's takes the function alone, krach's a chance before it.
        if a.get("function").is_none() {
            let p = this(e, a)?;
            let function = a.need("chance")?.clone();
            return sometimes_by(e, a, &p, 0.5, &function);
        }
        let chance = chance(a, "chance")?;
        sometimes(e, a, chance)
    };
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
    "degradeBy" | "degrade_by" | "thin": ("chance", "seed") => |e, a| {
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
    "swing": ("n", "grid") => swing;
    "legato" | "clip": ("factor") => |e, a| {
        let factor = a.need_number("factor")?;
        if !(0.0..=64.0).contains(&factor) {
            return Err(wrong(a.need("factor")?, "factor", "from 0 to 64"));
        }
        made(a, this(e, a)?.map(&mut |atom| Atom { legato: Some(factor), ..atom.clone() }))
    };
}

pub(super) fn this(e: &Evaluator<'_>, a: &Args) -> Eval<Pattern> {
    pattern(e, a.need("pattern")?, "pattern")
}

pub(super) fn made(a: &Args, result: Result<Pattern, PatternError>) -> Eval<Value> {
    Ok(built(result, a.span)?.into())
}

/// A pattern in an argument: itself, a string, or a single number.
pub(super) fn given_pattern(e: &Evaluator<'_>, given: &Given) -> Eval<Pattern> {
    match &given.value {
        Value::Str(_) => notation(e, given),
        Value::Bool(on) => Ok(Pattern::atom(Atom::of_number(f64::from(u8::from(*on))))),
        _ => step(e, given),
    }
}

pub(super) fn count(a: &Args, name: &str) -> Eval<u32> {
    let given = a.need(name)?;
    match given.value {
        Value::Int(n @ 1..=256) => Ok(n as u32),
        _ => Err(wrong(given, name, "a whole number from 1 to 256")),
    }
}

pub(super) fn chance(a: &Args, name: &str) -> Eval<f64> {
    let given = a.need(name)?;
    let chance = number(given, name)?;
    if !(0.0..=1.0).contains(&chance) {
        return Err(wrong(given, name, "from 0 to 1"));
    }
    Ok(chance)
}

/// The pattern that a function makes of one.
pub(super) fn call(
    e: &mut Evaluator<'_>,
    function: &Given,
    p: &Pattern,
    a: &Args,
) -> Eval<Pattern> {
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

pub(super) fn changed(e: &mut Evaluator<'_>, a: &Args, p: &Pattern) -> Eval<Pattern> {
    call(e, a.need("function")?, p, a)
}

/// Strudel's `swing(n)` moves the second half of each of `n` parts a third later. krach's `swing(amount, grid)` puts
/// every second of `grid` steps at `amount` of the two: 0.5 is straight.
fn swing(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let p = this(e, a)?;
    let krach = a.get("grid").is_some() || matches!(a.need("n")?.value, Value::Float(_));
    if !krach {
        return made(a, p.swing(Ratio::new(1, 3), count(a, "n")?));
    }
    let grid = if a.get("grid").is_some() {
        count(a, "grid")?
    } else {
        8
    };
    let amount = a.need_ratio("n")?;
    if amount < Ratio::ZERO || amount > Ratio::ONE {
        return Err(wrong(
            a.need("n")?,
            "n",
            "from 0 to 1 where it is an amount",
        ));
    }
    let by = amount + amount - Ratio::ONE;
    made(a, p.swing(by, (grid / 2).max(1)))
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

fn sometimes(e: &mut Evaluator<'_>, a: &Args, chance: f64) -> Eval<Value> {
    let p = this(e, a)?;
    let function = a.need("function")?.clone();
    sometimes_by(e, a, &p, chance, &function)
}

/// The seed of the next random operation: another one if `seed` says so.
pub(super) fn seed(a: &Args, p: &Pattern) -> Eval<u32> {
    let given = if a.has("seed") && a.get("seed").is_some() {
        a.need_whole("seed")?
    } else {
        0
    };
    // Far from those that are counted.
    Ok(p.randoms()
        .wrapping_add((given as u32).wrapping_mul(0x9e37_79b1)))
}

/// Both halves draw the same chance: what one drops the other plays, changed.
fn sometimes_by(
    e: &mut Evaluator<'_>,
    a: &Args,
    p: &Pattern,
    chance: f64,
    function: &Given,
) -> Eval<Value> {
    let seed = seed(a, p)?;
    let kept = built(p.clone().degrade(seed, chance, false), a.span)?;
    let dropped = built(p.clone().degrade(seed, chance, true), a.span)?;
    let changed = call(e, function, &dropped, a)?;
    made(a, Pattern::stack(vec![kept, changed]))
}

fn degrade(e: &mut Evaluator<'_>, a: &Args, chance: f64) -> Eval<Value> {
    let p = this(e, a)?;
    let seed = seed(a, &p)?;
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
