//! The methods that transform patterns, with Strudel's names and krach's as synonyms.

use super::args::{Args, number, wrong};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_pattern::{built, notation, pattern, step};
use super::patterned::patterned;
use super::value::{Given, Value};
use crate::patch::Span;
use crate::pattern::{Atom, Pattern, PatternError};
use crate::time::Ratio;

/// A table of methods of patterns; the first parameter is the pattern itself.
macro_rules! methods {
    (@ ($($param:literal),*)) => { &["self", $($param),*] };
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
    "zoom": ("begin", "end") => |e, a| patterned(e, a, &["begin", "end"], &mut |e, a| {
        made(a, this(e, a)?.zoom(a.need_ratio("begin")?, a.need_ratio("end")?))
    });
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
    "iter": ("n") => |e, a| iter(e, a, false);
    "iterBack" | "iter_back": ("n") => |e, a| iter(e, a, true);
    "every" | "firstOf" | "first_of": ("n", "function") => |e, a| every(e, a, false);
    "lastOf" | "last_of": ("n", "function") => |e, a| every(e, a, true);
    "when": ("on", "function") => |e, a| {
        let p = this(e, a)?;
        let on = given_pattern(e, a.need("on")?)?;
        let changed = changed(e, a, &p)?;
        made(a, p.when(&on, &changed))
    };
    "chunk": ("n", "function") => |e, a| chunk(e, a, false, true);
    "chunkBack" | "chunk_back": ("n", "function") => |e, a| chunk(e, a, true, true);
    "fastChunk" | "fast_chunk": ("n", "function") => |e, a| chunk(e, a, false, false);
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
        // Where the shift is a pattern, only what is beside is moved by it.
        let shifted = patterned(e, a, &["cycles"], &mut |e, a| {
            made(a, this(e, a)?.late(a.need_ratio("cycles")?))
        })?;
        let late = pattern(e, &Given { value: shifted, span: a.span }, "pattern")?;
        let changed = changed(e, a, &late)?;
        made(a, Pattern::stack(vec![p, changed]))
    };
    "sometimesBy" | "sometimes_by": ("chance", "function") => |e, a| {
        patterned(e, a, &["chance"], &mut |e, a| {
            let chance = chance(a, "chance")?;
            sometimes(e, a, chance)
        })
    };
    "sometimes": ("chance", "function", "seed") => |e, a| {
        // Strudel's takes the function alone, krach's a chance before it.
        if a.get("function").is_none() {
            let p = this(e, a)?;
            let function = a.need("chance")?.clone();
            return sometimes_by(e, a, &p, 0.5, &function);
        }
        patterned(e, a, &["chance"], &mut |e, a| {
            let chance = chance(a, "chance")?;
            sometimes(e, a, chance)
        })
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
    "degrade": () => |e, a| degrade(e, a, 0.5, false);
    "degradeBy" | "degrade_by" | "thin": ("chance", "seed") => |e, a| {
        patterned(e, a, &["chance"], &mut |e, a| {
            let chance = if a.get("chance").is_some() { chance(a, "chance")? } else { 0.5 };
            degrade(e, a, chance, false)
        })
    };
    "undegradeBy" | "undegrade_by": ("chance", "seed") => |e, a| {
        patterned(e, a, &["chance"], &mut |e, a| {
            let chance = chance(a, "chance")?;
            degrade(e, a, chance, true)
        })
    };
    "struct": ("rhythm") => |e, a| {
        let rhythm = given_pattern(e, a.need("rhythm")?)?;
        made(a, this(e, a)?.in_rhythm(&rhythm))
    };
    "mask": ("mask") => |e, a| {
        let mask = given_pattern(e, a.need("mask")?)?;
        made(a, this(e, a)?.masked(&mask))
    };
    "euclid" | "spread" | "euclidRot" | "euclid_rot": ("pulses", "steps", "rotation") => |e, a| {
        patterned(e, a, &["pulses", "steps", "rotation"], &mut |e, a| euclid(e, a, Pattern::euclidean))
    };
    "euclidLegato" | "euclid_legato" | "euclidLegatoRot" | "euclid_legato_rot": ("pulses", "steps", "rotation") => |e, a| {
        patterned(e, a, &["pulses", "steps", "rotation"], &mut |e, a| euclid(e, a, Pattern::euclidean_legato))
    };
    "compress": ("begin", "end") => |e, a| patterned(e, a, &["begin", "end"], &mut |e, a| {
        made(a, this(e, a)?.compress(a.need_ratio("begin")?, a.need_ratio("end")?))
    });
    "brak": () => |e, a| made(a, this(e, a)?.brak());
    "swingBy" | "swing_by": ("amount", "n") => |e, a| patterned(e, a, &["amount", "n"], &mut |e, a| {
        made(a, this(e, a)?.swing(a.need_ratio("amount")?, count(a, "n")?))
    });
    "swing": ("n", "grid") => |e, a| patterned(e, a, &["n", "grid"], &mut swing);
    "nudge": ("seconds") => |e, a| super::lib_values::said_of_each(e, a, "nudge", "seconds");
    "fit": () => |e, a| made(a, this(e, a)?.map(&mut |atom| atom.clone().set("fit", 1.0)));
    "legato" | "clip": ("factor") => |e, a| {
        if !matches!(a.need("factor")?.value, Value::Int(_) | Value::Float(_)) {
            return super::lib_values::said_of_each(e, a, "legato", "factor");
        }
        let factor = a.need_number("factor")?;
        if !(0.0..=64.0).contains(&factor) {
            return Err(wrong(a.need("factor")?, "factor", "from 0 to 64"));
        }
        made(a, this(e, a)?.map(&mut |atom| Atom { legato: Some(factor), ..atom.clone() }))
    };
}

/// What a method belongs to, or the first argument of a function.
pub(super) fn this(e: &Evaluator<'_>, a: &Args) -> Eval<Pattern> {
    pattern(e, a.need(a.first_name())?, "pattern")
}

pub(super) fn made(a: &Args, result: Result<Pattern, PatternError>) -> Eval<Value> {
    Ok(built(result, a.span)?.into())
}

/// A pattern in an argument: itself, a string, or a single number.
pub(super) fn given_pattern(e: &Evaluator<'_>, given: &Given) -> Eval<Pattern> {
    match &given.value {
        Value::Str(_) => notation(e, given),
        Value::Bool(on) => Ok(Pattern::atom(Atom::of_number(f64::from(u8::from(*on))))),
        // A list is a sequence: `.mask([1, 0, 1, 1])`.
        Value::List(items) => sequence(e, &items.borrow(), given.span),
        Value::Tuple(items) => sequence(e, items, given.span),
        _ => step(e, given),
    }
}

fn sequence(e: &Evaluator<'_>, items: &[Value], span: Span) -> Eval<Pattern> {
    let steps = items.iter().map(|value| match value {
        // Lists in lists may hold themselves: a sequence is flat.
        Value::List(_) | Value::Tuple(_) => {
            let d = Diagnostic::new(span, "a list of lists is no sequence");
            Err(d.hint("brackets in mini-notation nest: \"1 [0 1]\"").into())
        }
        value => given_pattern(
            e,
            &Given {
                value: value.clone(),
                span,
            },
        ),
    });
    built(Pattern::seq(steps.collect::<Eval<_>>()?), span)
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
    let amount = a.get("n");
    if let (None, Some(n)) = (a.get("grid"), amount)
        && !matches!(n.value, Value::Float(_))
    {
        return made(a, p.swing(Ratio::new(1, 3), count(a, "n")?));
    }
    let grid = match a.get("grid") {
        Some(_) => count(a, "grid")?,
        None => KRACHS_GRID,
    };
    Ok(krachs_swing(p, amount, grid, a.span)?.into())
}

/// The steps of a cycle that swing unless said.
pub const KRACHS_GRID: u32 = 8;

/// Every second of `grid` steps at `amount` (0…1, 0.67 unless said) of the two.
pub fn krachs_swing(p: Pattern, amount: Option<&Given>, grid: u32, span: Span) -> Eval<Pattern> {
    let share = match amount {
        Some(given) => super::args::ratio(given, "amount")?,
        None => Ratio::new(67, 100),
    };
    if let Some(given) = amount
        && (share < Ratio::ZERO || share > Ratio::ONE)
    {
        return Err(wrong(given, "amount", "from 0 to 1"));
    }
    built(p.swing(share + share - Ratio::ONE, (grid / 2).max(1)), span)
}

fn iter(e: &mut Evaluator<'_>, a: &Args, back: bool) -> Eval<Value> {
    patterned(e, a, &["n"], &mut |e, a| {
        made(a, this(e, a)?.iter(count(a, "n")?, back))
    })
}

fn every(e: &mut Evaluator<'_>, a: &Args, last: bool) -> Eval<Value> {
    patterned(e, a, &["n"], &mut |e, a| {
        let (p, n) = (this(e, a)?, count(a, "n")?);
        let changed = changed(e, a, &p)?;
        made(a, p.every(n, last, changed))
    })
}

/// One part after the other changed, from the first on or from the last. Each cycle may come as often as there are
/// parts.
fn chunk(e: &mut Evaluator<'_>, a: &Args, back: bool, repeated: bool) -> Eval<Value> {
    patterned(e, a, &["n"], &mut |e, a| {
        let n = count(a, "n")?;
        let times = if repeated { n } else { 1 };
        let p = built(this(e, a)?.repeat(times), a.span)?;
        let on = built(Pattern::chunks(n, back), a.span)?;
        let changed = changed(e, a, &p)?;
        made(a, p.when(&on, &changed))
    })
}

fn inside(e: &mut Evaluator<'_>, a: &Args, slower: fn(Ratio) -> Ratio) -> Eval<Value> {
    patterned(e, a, &["n"], &mut |e, a| {
        let n = a.need_ratio("n")?;
        if n <= Ratio::ZERO {
            return Err(wrong(a.need("n")?, "n", "above 0"));
        }
        let n = slower(n);
        let p = built(this(e, a)?.over(n), a.span)?;
        made(a, changed(e, a, &p)?.fast(n))
    })
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

/// Drops some steps by chance, or with `others` plays those alone.
fn degrade(e: &mut Evaluator<'_>, a: &Args, chance: f64, others: bool) -> Eval<Value> {
    let p = this(e, a)?;
    let seed = seed(a, &p)?;
    made(a, p.degrade(seed, chance, others))
}

/// A transform by a number that may be a pattern; `below` allows numbers below 0.
pub fn numbers(
    e: &mut Evaluator<'_>,
    a: &Args,
    name: &'static str,
    below: bool,
    f: &mut dyn FnMut(&Pattern, Ratio) -> Result<Pattern, PatternError>,
) -> Eval<Value> {
    patterned(e, a, &[name], &mut |e, a| {
        let (p, by) = (this(e, a)?, a.need_ratio(name)?);
        let given = a.need(name)?;
        if by < Ratio::ZERO && !below {
            return Err(wrong(given, name, "0 or above"));
        }
        Ok(built(f(&p, by), given.span)?.into())
    })
}

fn no_rhythm(span: Span, pulses: i64, steps: i64) -> Box<Diagnostic> {
    let message = format!("there is no rhythm of {pulses} pulses in {steps} steps");
    Diagnostic::new(span, message)
        .hint("1 to 256 steps, and not more pulses than steps")
        .into()
}

/// How a pattern is played in a rhythm of pulses, steps and a rotation; none if there is no such rhythm.
type Rhythm = fn(&Pattern, i64, i64, i64) -> Option<Result<Pattern, PatternError>>;

fn euclid(e: &mut Evaluator<'_>, a: &Args, rhythm: Rhythm) -> Eval<Value> {
    let p = this(e, a)?;
    let (pulses, steps) = (a.need_whole("pulses")?, a.need_whole("steps")?);
    let rotation = match a.get("rotation") {
        Some(_) => a.need_whole("rotation")?,
        None => 0,
    };
    match rhythm(&p, pulses, steps, rotation) {
        Some(rhythm) => made(a, rhythm),
        None => Err(no_rhythm(a.span, pulses, steps)),
    }
}
