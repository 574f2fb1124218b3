//! The operators of mini-notation: what follows a step.

use super::eval::Eval;
use super::mini::{Mini, Steps};
use crate::pattern::{Atom, Join, MAX_DENSITY, Pattern, PatternError, Structure};
use crate::time::Ratio;

/// The number in a step of an argument.
fn number(mini: &Mini<'_>, atom: &Atom, from: usize, to: usize) -> Eval<f64> {
    atom.number.ok_or_else(|| {
        let mut d = mini
            .error(from, to, "a number is wanted here")
            .hint("how often, how long or which one, as in a*2, a@3 or bd:1");
        if let Some((start, end)) = atom.place.0 {
            d.span = crate::patch::Span { start, end };
        }
        d.into()
    })
}

fn ratio(mini: &Mini<'_>, atom: &Atom, from: usize, to: usize) -> Eval<Ratio> {
    let number = number(mini, atom, from, to)?;
    match Ratio::from_f64(number) {
        Some(by) if by >= Ratio::ZERO && by <= Ratio::whole(1_000_000) => Ok(by),
        _ => Err(mini.error(from, to, "a speed goes from 0 to a million")),
    }
}

/// An error of building, at a place.
fn failed(mini: &Mini<'_>, error: PatternError, from: usize, to: usize) -> Box<super::Diagnostic> {
    mini.error(from, to, error.to_string())
}

/// Binds with errors of both kinds: of the choice, and of the building.
fn bind(
    mini: &Mini<'_>,
    selector: &Pattern,
    join: Join,
    (from, to): (usize, usize),
    choose: &mut dyn FnMut(&Atom) -> Eval<Pattern>,
) -> Eval<Pattern> {
    let mut said = None;
    let bound = selector.bind(join, &mut |atom| {
        choose(atom).map_err(|d| {
            said = Some(d);
            PatternError::Empty
        })
    });
    match (bound, said) {
        (Ok(pattern), _) => Ok(pattern),
        (Err(_), Some(d)) => Err(d),
        (Err(error), None) => Err(failed(mini, error, from, to)),
    }
}

/// `a*2`, `a/2`, `a*<2 3>`. The places are the operator's, the argument's begin and end.
pub fn faster(
    mini: &mut Mini<'_>,
    pattern: Pattern,
    by: &Pattern,
    slow: bool,
    (at, arg, to): (usize, usize, usize),
) -> Eval<Pattern> {
    bind(mini, by, Join::Inner, (at, to), &mut |atom| {
        let by = ratio(mini, atom, arg, to)?;
        if by == Ratio::ZERO {
            return Ok(Pattern::silence());
        }
        let by = if slow { Ratio::ONE / by } else { by };
        (pattern.clone().fast(by)).map_err(|error| failed(mini, error, at, to))
    })
}

/// A layer of `{…}%n` at a pace of so many steps a cycle; what is longer than a cycle is cut at it, as Strudel has
/// it. Without a count the pace is the one given.
pub fn paced(
    mini: &Mini<'_>,
    layer: &Steps,
    count: Result<&Pattern, Ratio>,
    (from, to): (usize, usize),
) -> Eval<Pattern> {
    let failed = |error: PatternError| failed(mini, error, from, to);
    let fast = |count: Ratio| match count {
        Ratio::ZERO => Ok(Pattern::silence()),
        count => layer.pattern.clone().fast(count / layer.weight),
    };
    let single = Pattern::atom(Atom::of_number(0.0));
    let mut said = None;
    let made = match count {
        Err(pace) => single.bind_cut(Join::Inner, &mut |_| fast(pace)),
        Ok(count) => count.bind_cut(Join::Inner, &mut |atom| {
            ratio(mini, atom, from, to)
                .map_err(|d| {
                    said = Some(d);
                    PatternError::BadFactor
                })
                .and_then(fast)
        }),
    };
    made.map_err(|error| said.unwrap_or_else(|| failed(error)))
}

/// `a(3,8,2)`.
pub fn euclid(
    mini: &mut Mini<'_>,
    pattern: &Pattern,
    arguments: &[Pattern],
    (at, to): (usize, usize),
) -> Eval<Pattern> {
    let none = Pattern::atom(Atom::of_number(0.0));
    let rotations = arguments.get(2).unwrap_or(&none);
    let span = (at, to);
    bind(mini, &arguments[0], Join::Inner, span, &mut |pulses| {
        let pulses = whole(mini, pulses, span)?;
        bind(mini, &arguments[1], Join::Inner, span, &mut |steps| {
            let steps = whole(mini, steps, span)?;
            bind(mini, rotations, Join::Inner, span, &mut |rotation| {
                let rotation = number(mini, rotation, at, to)?.trunc() as i64;
                match pattern.euclidean(pulses, steps, rotation) {
                    Some(made) => made.map_err(|error| failed(mini, error, at, to)),
                    None => {
                        let message =
                            format!("there is no rhythm of {pulses} pulses in {steps} steps");
                        let d = mini.error(at, to, message);
                        Err(d
                            .hint("1 to 256 steps, and not more pulses than steps")
                            .into())
                    }
                }
            })
        })
    })
}

fn whole(mini: &Mini<'_>, atom: &Atom, (from, to): (usize, usize)) -> Eval<i64> {
    let number = number(mini, atom, from, to)?;
    if number.fract() != 0.0 || number.abs() > 1e9 {
        return Err(mini.error(from, to, "pulses and steps are whole numbers"));
    }
    Ok(number as i64)
}

/// `bd:3`: the value grows by a part, the rhythm stays.
pub fn tail(pattern: &Pattern, tail: &Pattern) -> Result<Pattern, PatternError> {
    use crate::pattern::Node;
    let join = |left: &Atom, right: &Atom| {
        let mut made = left.clone();
        made.said.extend(right.said.iter().cloned());
        if let (Some((from, _)), Some((_, to))) = (left.place.0, right.place.0) {
            made.place.0 = Some((from, to));
        }
        made
    };
    if let (Node::Atom(left), Node::Atom(right)) = (pattern.node(), tail.node()) {
        return Ok(Pattern::atom(join(left, right)));
    }
    pattern.apply(Structure::Left, tail, &mut |left, right| {
        Some(join(left, right))
    })
}

/// `0 .. 7`: all whole steps between, in either direction.
pub fn range(
    mini: &mut Mini<'_>,
    first: &Pattern,
    last: &Pattern,
    (at, to): (usize, usize),
) -> Eval<Pattern> {
    let limit = f64::from(MAX_DENSITY);
    // A single number squeezes its numbers into every cycle, as a pattern of numbers does into every event.
    bind(mini, first, Join::Squeeze, (at, to), &mut |first| {
        let a = number(mini, first, at, to)?;
        bind(mini, last, Join::Both, (at, to), &mut |last| {
            let b = number(mini, last, at, to)?;
            let count = (b - a).abs().floor() + 1.0;
            if count > limit {
                return Err(failed(mini, PatternError::TooDense, at, to));
            }
            let direction = if a < b { 1.0 } else { -1.0 };
            let steps = (0..count as u32).map(|i| {
                let number = a + direction * f64::from(i);
                let mut atom = super::mini_step::of_number(number);
                atom.place = first.place;
                (Ratio::ONE, Pattern::atom(atom))
            });
            Pattern::weighted(steps.collect()).map_err(|error| failed(mini, error, at, to))
        })
    })
}
