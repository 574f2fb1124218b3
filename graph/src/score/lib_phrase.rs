//! Phrases: parts of patterns changed, looped, shuffled, put one after the other; chords one note after the other.

use super::args::{Args, wrong};
use super::call::transform;
use super::diagnostic::{Diagnostic, nearest};
use super::eval::{Eval, Evaluator};
use super::lib_curve::pair;
use super::lib_outgoing;
use super::lib_pattern::{built, notation, pattern, place, step, word};
use super::lib_transform::{chance, changed, count, given_pattern, made, methods, numbers, this};
use super::lib_values::cycles;
use super::patterned::patterned;
use super::value::{Builtin, Given, Value};
use crate::pattern::{Join, Order, Pattern, PatternError};
use crate::time::Ratio;

/// Steps a cycle of an arpeggio of the keys that are down.
const STEPS: i64 = 16;

/// Every function that puts patterns together from parts.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "arrange",
        params: &["*sections"],
        run: arrange,
    },
    Builtin {
        name: "timecat",
        params: &["*sections"],
        run: timecat,
    },
    Builtin {
        name: "stepcat",
        params: &["*sections"],
        run: timecat,
    },
    Builtin {
        name: "polymeter",
        params: &["*patterns", "steps"],
        run: polymeter,
    },
    Builtin {
        name: "pm",
        params: &["*patterns", "steps"],
        run: polymeter,
    },
    Builtin {
        name: "struct",
        params: &["rhythm", "melody"],
        run: |e, a| {
            let rhythm = given_pattern(e, a.need("rhythm")?)?;
            let melody = given_pattern(e, a.need("melody")?)?;
            made(a, melody.in_rhythm(&rhythm))
        },
    },
    Builtin {
        name: "squeeze",
        params: &["pattern", "patterns"],
        run: |e, a| choose(e, a, Join::Squeeze),
    },
    Builtin {
        name: "pick",
        params: &["pattern", "patterns"],
        run: |e, a| choose(e, a, Join::Inner),
    },
    Builtin {
        name: "freeze",
        params: &["pattern"],
        run: |e, a| Ok(pattern(e, a.need("pattern")?, "pattern")?.into()),
    },
];

methods! {
    "within": ("begin", "end", "function") => |e, a| patterned(e, a, &["begin", "end"], &mut |e, a| {
        let p = this(e, a)?;
        let part = |name: &str| {
            let at = a.need_ratio(name)?;
            if at < Ratio::ZERO || at > Ratio::ONE {
                return Err(wrong(a.need(name)?, name, "from 0 to 1"));
            }
            Ok(at)
        };
        let (begin, end) = (part("begin")?, part("end")?);
        let inside = built(p.clone().during(begin, end, false), a.span)?;
        let outside = built(p.during(begin, end, true), a.span)?;
        let changed = changed(e, a, &inside)?;
        made(a, Pattern::stack(vec![changed, outside]))
    });
    "someCyclesBy" | "some_cycles_by": ("chance", "function") => |e, a| {
        patterned(e, a, &["chance"], &mut |e, a| {
            let chance = chance(a, "chance")?;
            some_cycles(e, a, chance)
        })
    };
    "someCycles" | "some_cycles": ("function") => |e, a| some_cycles(e, a, 0.5);
    "ribbon" | "rib": ("offset", "cycles") => |e, a| patterned(e, a, &["offset", "cycles"], &mut |e, a| {
        let (from, cycles) = (a.need_ratio("offset")?, a.need_ratio("cycles")?);
        Ok(built(this(e, a)?.ribbon(from, cycles), a.need("cycles")?.span)?.into())
    });
    "shuffle": ("n") => |e, a| shuffle(e, a, false);
    "scramble": ("n") => |e, a| shuffle(e, a, true);
    "chop": ("n") => |e, a| pieces(e, a, Pattern::chop);
    "striate": ("n") => |e, a| pieces(e, a, Pattern::striate);
    "arp": ("order", "steps") => arp;
    "squeeze": ("patterns") => |e, a| choose(e, a, Join::Squeeze);
    "pick": ("patterns") => |e, a| choose(e, a, Join::Inner);
    "inhabit": ("patterns") => |e, a| choose(e, a, Join::Squeeze);
    "repeatCycles" | "repeat_cycles": ("n") => |e, a| patterned(e, a, &["n"], &mut |e, a| {
        let n = count(a, "n")?;
        made(a, this(e, a)?.repeat(n))
    });
    "freeze": () => |e, a| Ok(this(e, a)?.into());
}

/// Names of transforms that scores may also use as functions: `every(4, rev)`, `off(1/8, add(7))`, and krach's
/// `reverse >> fast(2)`. Applied to a pattern at once where one stands at the end.
pub const TRANSFORMS: &[Builtin] = &[
    curried("rev"),
    curried("reverse"),
    curried("fast"),
    curried("slow"),
    curried("over"),
    curried("hurry"),
    curried("early"),
    curried("late"),
    curried("shift"),
    curried("every"),
    curried("firstOf"),
    curried("lastOf"),
    curried("when"),
    curried("ply"),
    curried("iter"),
    curried("iterBack"),
    curried("press"),
    curried("pressBy"),
    curried("plyWith"),
    curried("echo"),
    curried("echoWith"),
    curried("palindrome"),
    curried("brak"),
    curried("swingBy"),
    curried("degrade"),
    curried("degradeBy"),
    curried("undegradeBy"),
    curried("thin"),
    curried("sometimes"),
    curried("sometimesBy"),
    curried("often"),
    curried("rarely"),
    curried("almostAlways"),
    curried("almostNever"),
    curried("always"),
    curried("never"),
    curried("someCycles"),
    curried("someCyclesBy"),
    curried("mask"),
    curried("euclid"),
    curried("spread"),
    curried("euclidRot"),
    curried("euclidLegato"),
    curried("off"),
    curried("superimpose"),
    curried("layer"),
    curried("jux"),
    curried("juxBy"),
    curried("chop"),
    curried("striate"),
    curried("legato"),
    curried("clip"),
    curried("nudge"),
    curried("fit"),
    curried("linger"),
    curried("compress"),
    curried("zoom"),
    curried("within"),
    curried("chunk"),
    curried("chunkBack"),
    curried("fastChunk"),
    curried("inside"),
    curried("outside"),
    curried("ribbon"),
    curried("segment"),
    curried("shuffle"),
    curried("scramble"),
    curried("repeatCycles"),
    curried("add"),
    curried("mul"),
    curried("div"),
    curried("transpose"),
    curried("voicing"),
    curried("scale"),
    curried("arp"),
];

/// Whether a function is one of [`TRANSFORMS`].
pub fn is_transform(builtin: &Builtin) -> bool {
    builtin.params == CURRIED && TRANSFORMS.iter().any(|t| t.name == builtin.name)
}

const CURRIED: &[&str] = &["*values", "**named"];

const fn curried(name: &'static str) -> Builtin {
    Builtin {
        name,
        params: CURRIED,
        run: transform,
    }
}

fn some_cycles(e: &mut Evaluator<'_>, a: &Args, chance: f64) -> Eval<Value> {
    let p = this(e, a)?;
    let seed = p.randoms();
    let part = |inverted| p.clone().degrade_cycles(seed, chance, inverted);
    let (kept, dropped) = (built(part(false), a.span)?, built(part(true), a.span)?);
    let changed = changed(e, a, &dropped)?;
    made(a, Pattern::stack(vec![kept, changed]))
}

fn shuffle(e: &mut Evaluator<'_>, a: &Args, again: bool) -> Eval<Value> {
    patterned(e, a, &["n"], &mut |e, a| {
        let (p, n) = (this(e, a)?, count(a, "n")?);
        let seed = p.randoms();
        made(a, p.shuffle(seed, n, again))
    })
}

/// `chop` and `striate`: a whole number, or a pattern of them.
fn pieces(
    e: &mut Evaluator<'_>,
    a: &Args,
    cut: fn(&Pattern, u32) -> Result<Pattern, PatternError>,
) -> Eval<Value> {
    numbers(e, a, "n", false, &mut |p, n| match u32::try_from(n.num()) {
        Ok(parts) if n.den() == 1 => cut(p, parts),
        _ => Err(PatternError::BadCount),
    })
}

/// `p.arp("up")`, and by index: `p.arp("0 [0,2] 1")`. A pattern of orders chooses among them.
fn arp(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let (p, given) = (this(e, a)?, a.need("order")?);
    let steps = match a.get("steps") {
        Some(_) => a.need_ratio("steps")?,
        None => Ratio::whole(STEPS),
    };
    let arp = |p: &Pattern, order: Order| {
        lib_outgoing::arpeggio(p, order, steps).unwrap_or_else(|| p.clone().arp(order))
    };
    let order = |name: &str| Order::NAMES.iter().find(|o| o.0 == name).map(|o| o.1);
    if let Value::Str(name) = &given.value
        && let Some(order) = order(name.trim())
    {
        return made(a, arp(&p, order));
    }
    let by = match &given.value {
        Value::Str(_) => notation(e, given)?,
        _ => step(e, given)?,
    };
    let mut names = Vec::new();
    by.each_atom(&mut |atom| {
        if atom.number.is_none() {
            names.push((word(atom), place(atom, given.span)));
        }
    });
    if names.is_empty() {
        if lib_outgoing::arpeggio(&p, Order::Up, steps).is_some() {
            let message = "keys that come in are played in an order, not by number";
            return Err(Diagnostic::new(given.span, message)
                .hint("as in midi_in().arp(\"up\")")
                .into());
        }
        return made(a, p.arp_by(by));
    }
    if let Some((name, span)) = names.iter().find(|n| order(&n.0).is_none()) {
        let d = Diagnostic::new(*span, format!("there is no order `{name}` of notes"));
        let known = || Order::NAMES.iter().map(|o| o.0);
        return Err(match nearest(name, known()) {
            Some(near) => d.hint(format!("did you mean `{near}`?")),
            None => d.hint(format!("one of {}", known().collect::<Vec<_>>().join(", "))),
        }
        .into());
    }
    made(
        a,
        by.bind(Join::Inner, &mut |atom| match order(&word(atom)) {
            Some(order) => arp(&p, order),
            None => Ok(Pattern::silence()),
        }),
    )
}

/// The patterns in a list or tuple.
fn list(e: &Evaluator<'_>, given: &Given) -> Eval<Vec<Pattern>> {
    let items: Vec<Value> = match &given.value {
        Value::List(items) => items.borrow().clone(),
        Value::Tuple(items) => items.to_vec(),
        _ => return Err(wrong(given, "patterns", "a list of patterns")),
    };
    let part = |value: Value| {
        let span = given.span;
        given_pattern(e, &Given { value, span })
    };
    items.into_iter().map(part).collect()
}

/// The numbers of a pattern choose among patterns, rounded and wrapped around.
fn choose(e: &mut Evaluator<'_>, a: &Args, join: Join) -> Eval<Value> {
    let (p, given) = (this(e, a)?, a.need("patterns")?);
    let choices = list(e, given)?;
    if choices.is_empty() {
        return Ok(Pattern::silence().into());
    }
    let mut wrong = None;
    let made_of = p.bind_cut(join, &mut |atom| {
        let Some(number) = atom.number else {
            wrong = Some(place(atom, a.span));
            return Ok(Pattern::silence());
        };
        let at = (number.round() as i64).rem_euclid(choices.len() as i64);
        Ok::<_, PatternError>(choices[at as usize].clone())
    });
    if let Some(span) = wrong {
        return Err(Diagnostic::new(span, "a number is wanted here: it chooses a pattern").into());
    }
    made(a, made_of)
}

/// Sections `(cycles, pattern)`.
fn sections(e: &Evaluator<'_>, a: &Args) -> Eval<Vec<(u32, Pattern)>> {
    let section = |given: &Given| {
        let wanted = || wrong(given, "a section", "a pair: (how many, pattern)");
        let [length, of] = pair(given).ok_or_else(wanted)?;
        Ok((cycles(&length, "how many")?, given_pattern(e, &of)?))
    };
    a.rest.iter().map(section).collect()
}

fn arrange(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    made(a, Pattern::arrange(sections(e, a)?))
}

fn timecat(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let weighted = sections(e, a)?
        .into_iter()
        .map(|(n, p)| (Ratio::whole(i64::from(n)), p));
    made(a, Pattern::weighted(weighted.collect()))
}

/// Patterns at one pace: `steps` a cycle, else as many as all of them fit into.
fn polymeter(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let mut lists = false;
    let mut layers = Vec::new();
    for given in &a.rest {
        layers.push(match &given.value {
            Value::List(_) | Value::Tuple(_) => {
                lists = true;
                let steps = list(e, given)?;
                let count = Ratio::whole(steps.len() as i64);
                (count, built(Pattern::seq(steps), given.span)?)
            }
            _ => {
                let p = given_pattern(e, given)?;
                (p.steps(), p)
            }
        });
    }
    let pace = if a.get("steps").is_some() {
        a.need_ratio("steps")?
    } else if lists {
        layers.first().map_or(Ratio::ONE, |l| l.0)
    } else {
        layers
            .iter()
            .fold(Ratio::ONE, |all, l| least_common(all, l.0))
    };
    let paced = layers.into_iter().map(|(steps, p)| p.fast(pace / steps));
    made(
        a,
        paced
            .collect::<Result<Vec<_>, _>>()
            .and_then(Pattern::stack),
    )
}

/// The least common multiple of two ratios above 0.
fn least_common(a: Ratio, b: Ratio) -> Ratio {
    let gcd = |mut x: i64, mut y: i64| {
        while y != 0 {
            (x, y) = (y, x % y);
        }
        x.max(1)
    };
    let num = (a.num() / gcd(a.num(), b.num())).saturating_mul(b.num());
    Ratio::new(num, gcd(a.den(), b.den()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_common_multiple_of_paces() {
        let r = Ratio::new;
        assert_eq!(least_common(r(3, 1), r(2, 1)), r(6, 1));
        assert_eq!(least_common(r(4, 1), r(8, 1)), r(8, 1));
        assert_eq!(least_common(r(3, 2), r(1, 1)), r(3, 1));
    }

    #[test]
    fn every_transform_that_is_a_function_is_a_method_too() {
        for function in TRANSFORMS {
            let known = |m: &&Builtin| m.name == function.name;
            assert!(
                super::super::lib_pattern::methods().any(|m| known(&m)),
                "{}",
                function.name
            );
        }
    }
}
