//! Curves and chance in scores: `sine`, `rand`, `choose` and what takes steps from them.

use super::args::{Args, wrong};
use super::eval::{Eval, Evaluator};
use super::lib_pattern::{built, pattern, step};
use super::lib_transform::{chance, count, made, methods, numbers, this};
use super::patterned::patterned;
use super::value::{Builtin, Given, Value};
use crate::pattern::{Arithmetic, Atom, Node, Pattern, PatternError, Structure, Wave};
use crate::time::Ratio;

const CURVE: &[&str] = &["lo", "hi", "steps"];

/// Every function that makes a curve.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "sine",
        params: CURVE,
        run: |_, a| wave(a, Wave::Sine),
    },
    Builtin {
        name: "cosine",
        params: CURVE,
        run: |_, a| wave(a, Wave::Cosine),
    },
    Builtin {
        name: "tri",
        params: CURVE,
        run: |_, a| wave(a, Wave::Tri),
    },
    Builtin {
        name: "ramp",
        params: CURVE,
        run: |_, a| wave(a, Wave::Ramp),
    },
    Builtin {
        name: "ramp_down",
        params: CURVE,
        run: |_, a| wave(a, Wave::RampDown),
    },
    Builtin {
        name: "square",
        params: CURVE,
        run: |_, a| wave(a, Wave::Square),
    },
    Builtin {
        name: "exp",
        params: CURVE,
        run: |_, a| wave(a, Wave::Exp),
    },
    Builtin {
        name: "rand",
        params: &["lo", "hi", "steps", "seed"],
        run: |_, a| noise(a, false),
    },
    Builtin {
        name: "perlin",
        params: &["lo", "hi", "steps", "seed"],
        run: |_, a| noise(a, true),
    },
    Builtin {
        name: "irand",
        params: &["n", "seed"],
        run: irand,
    },
    Builtin {
        name: "run",
        params: &["n"],
        run,
    },
    Builtin {
        name: "brand",
        params: &["seed"],
        run: |_, a| heads(a, 0.5),
    },
    Builtin {
        name: "brandBy",
        params: &["chance", "seed"],
        run: |_, a| heads(a, chance(a, "chance")?),
    },
    Builtin {
        name: "choose",
        params: &["*values", "seed"],
        run: choose,
    },
    Builtin {
        name: "wchoose",
        params: &["*pairs", "seed"],
        run: wchoose,
    },
];

/// krach's other names of curves.
pub const OF_KRACH: &[Builtin] = &[
    Builtin {
        name: "mod_sine",
        params: CURVE,
        run: |_, a| wave(a, Wave::Sine),
    },
    Builtin {
        name: "mod_tri",
        params: CURVE,
        run: |_, a| wave(a, Wave::Tri),
    },
    Builtin {
        name: "mod_ramp",
        params: CURVE,
        run: |_, a| wave(a, Wave::Ramp),
    },
    Builtin {
        name: "mod_ramp_down",
        params: CURVE,
        run: |_, a| wave(a, Wave::RampDown),
    },
    Builtin {
        name: "mod_square",
        params: CURVE,
        run: |_, a| wave(a, Wave::Square),
    },
    Builtin {
        name: "mod_exp",
        params: CURVE,
        run: |_, a| wave(a, Wave::Exp),
    },
];

/// krach's name of the ramp, where a prefix says that a pattern is meant: a bare `saw` is the signal.
pub const PREFIXED: &[Builtin] = &[Builtin {
    name: "saw",
    params: CURVE,
    run: |_, a| wave(a, Wave::Ramp),
}];

methods! {
    "segment" | "seg": ("rate") => |e, a| numbers(e, a, "rate", false, &mut |p, rate| match rate {
        Ratio::ZERO => Ok(Pattern::silence()),
        rate => p.segment(rate),
    });
    "range": ("min", "max") => range;
}

/// The shape of a continuous pattern by its name, for `mod`.
pub fn shape(name: &str) -> Option<Wave> {
    Some(match name {
        "sine" => Wave::Sine,
        "cosine" => Wave::Cosine,
        "tri" => Wave::Tri,
        "ramp" => Wave::Ramp,
        "ramp_down" => Wave::RampDown,
        "square" => Wave::Square,
        "exp" => Wave::Exp,
        _ => return None,
    })
}

/// The curve that a name alone says, as Strudel writes them: `sine.range(200, 800)`.
pub fn named(value: &Value) -> Option<Pattern> {
    let Value::Builtin(builtin) = value else {
        return None;
    };
    match builtin.name {
        "rand" => Some(Pattern::noise(0, false, 0.0, 1.0)),
        "brand" => coin(0, 0.5).ok(),
        "perlin" => Some(Pattern::noise(0, true, 0.0, 1.0)),
        // A signal of the same name has other parameters.
        name if builtin.params == CURVE => shape(name).map(|shape| Pattern::wave(shape, 0.0, 1.0)),
        _ => None,
    }
}

fn wave(args: &Args, shape: Wave) -> Eval<Value> {
    let curve = Pattern::wave(shape, args.number("lo", 0.0)?, args.number("hi", 1.0)?);
    stepped(args, curve)
}

fn noise(args: &Args, smooth: bool) -> Eval<Value> {
    let (lo, hi) = (args.number("lo", 0.0)?, args.number("hi", 1.0)?);
    stepped(args, Pattern::noise(seed(args)?, smooth, lo, hi))
}

/// krach's curves are so many steps; ours are if it is said.
fn stepped(args: &Args, curve: Pattern) -> Eval<Value> {
    if args.get("steps").is_none() {
        return Ok(curve.into());
    }
    made(args, curve.segment(args.need_ratio("steps")?))
}

fn seed(args: &Args) -> Eval<u32> {
    match args.get("seed") {
        Some(_) => Ok(args.need_whole("seed")? as u32),
        None => Ok(0),
    }
}

fn irand(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("n")?;
    let Value::Int(n @ 1..=4096) = given.value else {
        return Err(wrong(given, "n", "a whole number from 1 to 4096"));
    };
    let steps = (0..n).map(|i| (1.0, super::mini_step::of_number(i as f64)));
    made(args, Pattern::pick(seed(args)?, steps.collect()))
}

/// The numbers from 0 to below n, one after the other.
fn run(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    patterned(e, args, &["n"], &mut |_, args| {
        let n = count(args, "n")?;
        let step = |i| Pattern::atom(super::mini_step::of_number(f64::from(i)));
        made(args, Pattern::seq((0..n).map(step).collect()))
    })
}

/// 1 with a chance, else 0.
fn coin(seed: u32, chance: f64) -> Result<Pattern, PatternError> {
    let sides = [(chance, 1.0), (1.0 - chance, 0.0)];
    let sides = sides.map(|(chance, side)| (chance, super::mini_step::of_number(side)));
    Pattern::pick(seed, sides.into())
}

fn heads(args: &Args, chance: f64) -> Eval<Value> {
    made(args, coin(seed(args)?, chance))
}

/// The single step that a choice is.
fn single(e: &Evaluator<'_>, given: &Given) -> Eval<Atom> {
    match step(e, given)?.node() {
        Node::Atom(atom) => Ok(atom.clone()),
        _ => Err(wrong(given, "a choice", "a single note, number or word")),
    }
}

fn choose(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let choices = args.rest.iter().map(|given| Ok((1.0, single(e, given)?)));
    made(
        args,
        Pattern::pick(seed(args)?, choices.collect::<Eval<_>>()?),
    )
}

/// The two parts of a pair, `(3, "a")` or `["a", 3]`.
pub fn pair(given: &Given) -> Option<[Given; 2]> {
    let both = |items: &[Value]| match items {
        [a, b] => Some([a, b].map(|value| Given {
            value: value.clone(),
            span: given.span,
        })),
        _ => None,
    };
    match &given.value {
        Value::Tuple(items) => both(items),
        Value::List(items) => both(&items.borrow()),
        _ => None,
    }
}

fn wchoose(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let weighted = |given: &Given| {
        let wanted = || wrong(given, "a choice", "a pair: (value, how likely)");
        let [value, weight] = pair(given).ok_or_else(wanted)?;
        let weight = weight.value.number().ok_or_else(wanted)?;
        Ok((weight, single(e, &value)?))
    };
    let choices = args.rest.iter().map(weighted).collect::<Eval<_>>()?;
    made(args, Pattern::pick(seed(args)?, choices))
}

/// From 0…1 to a range; both ends may be patterns.
fn range(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let p = this(e, a)?;
    if let (Node::Wave { shape, lo, hi }, Ok(min), Ok(max)) =
        (p.node(), a.need_number("min"), a.need_number("max"))
    {
        let at = |x: f64| min + (max - min) * x;
        return Ok(Pattern::wave(*shape, at(*lo), at(*hi)).into());
    }
    let end = |e: &Evaluator<'_>, name: &str| {
        let given = a.need(name)?;
        match given.value.number() {
            Some(x) if x.is_finite() => Ok(Pattern::atom(Atom::of_number(x))),
            _ => pattern(e, given, name),
        }
    };
    let (min, max) = (end(e, "min")?, end(e, "max")?);
    let scaled = || -> Result<Pattern, PatternError> {
        let (left, both) = (Structure::Left, Structure::Both);
        let width = max.compute(both, Arithmetic::Sub, &min)?;
        let scaled = p.compute(left, Arithmetic::Mul, &width)?;
        scaled.compute(left, Arithmetic::Add, &min)
    };
    Ok(built(scaled(), a.span)?.into())
}
