//! Functions made of functions: in a row, side by side, crossed, and differentiated.
//!
//! What they give is a method of the functions that it was made of: it is called with signals, and a node can be made
//! of it.

use super::super::args::{Args, wrong};
use super::super::ast::ParamKind;
use super::super::collections::whole;
use super::super::diagnostic::Diagnostic;
use super::super::eval::{Eval, Evaluator};
use super::super::operators;
use super::super::value::{Builtin, Given, Value};
use super::{builder, built, signal, signals, value};
use crate::patch::Span;
use crate::signal::Sig;
use std::rc::Rc;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "split",
        params: &["sig", "n"],
        run: split,
    },
    Builtin {
        name: "merge",
        params: &["*signals"],
        run: |e, a| sum(e, &a.rest, a),
    },
    Builtin {
        name: "bus",
        params: &["n"],
        run: |e, a| {
            let n = channels(a, "n")?;
            made(e, a, &BUS, vec![Value::Int(n)])
        },
    },
    Builtin {
        name: "chain",
        params: &["*fns"],
        run: |e, a| several(e, a, &CHAIN),
    },
    Builtin {
        name: "parallel",
        params: &["*fns"],
        run: |e, a| several(e, a, &PARALLEL),
    },
    Builtin {
        name: "route",
        params: &["n_in", "n_out", "pairs"],
        run: route,
    },
    Builtin {
        name: "jvp",
        params: &["fn", "num_inputs", "wrt"],
        run: jvp,
    },
];

/// The most channels of a bus or route.
const MAX_CHANNELS: i64 = 64;

static BUS: Builtin = Builtin {
    name: "bus",
    params: &["self", "*signals"],
    run: |e, a| {
        inputs_fit(e, a)?;
        given_back(e, a.rest.iter().map(|g| g.value.clone()).collect(), a.span)
    },
};
static CHAIN: Builtin = Builtin {
    name: "chain",
    params: &["self", "*signals"],
    run: in_a_row,
};
static PARALLEL: Builtin = Builtin {
    name: "parallel",
    params: &["self", "*signals"],
    run: side_by_side,
};
static ROUTE: Builtin = Builtin {
    name: "route",
    params: &["self", "*signals"],
    run: crossed,
};
static JVP: Builtin = Builtin {
    name: "jvp",
    params: &["self", "*signals"],
    run: differentiated,
};

/// How many signals a function takes; `None` if this is not a function.
pub fn inputs_of(function: &Value) -> Option<usize> {
    match function {
        Value::Closure(closure) => {
            let params = closure.definition.params.iter().zip(&closure.defaults);
            let wanted =
                params.filter(|(p, default)| default.is_none() && p.kind == ParamKind::Plain);
            Some(wanted.count())
        }
        Value::Builtin(_) => Some(1),
        Value::Method(object, of) => {
            let parts = signals(object)?;
            let number = |i: usize| {
                parts
                    .get(i)
                    .and_then(whole)
                    .and_then(|n| usize::try_from(n).ok())
            };
            match of.name {
                "bus" | "route" => number(0),
                "chain" => inputs_of(parts.first()?),
                "parallel" => parts.iter().map(inputs_of).sum(),
                "jvp" => Some(number(1)? + signals(parts.get(2)?)?.len()),
                _ => None,
            }
        }
        _ => None,
    }
}

fn made(
    e: &mut Evaluator<'_>,
    args: &Args,
    of: &'static Builtin,
    parts: Vec<Value>,
) -> Eval<Value> {
    let parts = e.tuple(parts, args.span)?;
    Ok(Value::Method(Rc::new(parts), of))
}

fn several(e: &mut Evaluator<'_>, args: &Args, of: &'static Builtin) -> Eval<Value> {
    if args.rest.len() < 2 {
        let what = format!("`{}` takes two functions or more", args.name());
        return Err(Diagnostic::new(args.span, what).into());
    }
    if let Some(other) = args.rest.iter().find(|g| inputs_of(&g.value).is_none()) {
        return Err(wrong(other, args.name(), "made of functions"));
    }
    made(
        e,
        args,
        of,
        args.rest.iter().map(|g| g.value.clone()).collect(),
    )
}

fn channels(args: &Args, name: &str) -> Eval<i64> {
    let n = args.need_whole(name)?;
    if (1..=MAX_CHANNELS).contains(&n) {
        return Ok(n);
    }
    Err(wrong(
        args.need(name)?,
        name,
        "a number of signals from 1 to 64",
    ))
}

fn split(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let (x, n) = (args.need("sig")?.value.clone(), channels(args, "n")?);
    e.tuple(vec![x; n as usize], args.span)
}

fn sum(e: &mut Evaluator<'_>, signals: &[Given], args: &Args) -> Eval<Value> {
    let Some((first, rest)) = signals.split_first() else {
        return Err(Diagnostic::new(args.span, "`merge` takes one signal or more").into());
    };
    let mut sum = first.clone();
    for other in rest {
        sum.value = operators::binary(e, "+", &sum, other, args.span)?;
    }
    Ok(sum.value)
}

/// One signal by itself, several as a tuple.
fn given_back(e: &mut Evaluator<'_>, mut signals: Vec<Value>, span: Span) -> Eval<Value> {
    match signals.len() {
        1 => Ok(signals.remove(0)),
        _ => e.tuple(signals, span),
    }
}

/// What a composed function was made of.
fn parts(args: &Args) -> Eval<Vec<Value>> {
    let own = args.need("self")?;
    signals(&own.value).ok_or_else(|| wrong(own, "self", "a composed function"))
}

/// Sees to it that there are as many signals as the function takes.
fn inputs_fit(_: &mut Evaluator<'_>, args: &Args) -> Eval<()> {
    let parts = parts(args)?;
    let number = parts.first().and_then(whole).unwrap_or_default();
    if args.rest.len() as i64 == number {
        return Ok(());
    }
    let what = format!(
        "this `{}` takes {number} signals, not {}",
        args.name(),
        args.rest.len()
    );
    Err(Diagnostic::new(args.span, what).into())
}

fn call(e: &mut Evaluator<'_>, function: Value, with: Vec<Given>, span: Span) -> Eval<Vec<Value>> {
    let function = Given {
        value: function,
        span,
    };
    let result = e.deeper(span, |e| e.call(&function, with, Vec::new(), span))?;
    Ok(signals(&result).unwrap_or_else(|| vec![result]))
}

fn given(values: Vec<Value>, span: Span) -> Vec<Given> {
    let values = values.into_iter();
    values.map(|value| Given { value, span }).collect()
}

fn in_a_row(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let mut now = args.rest.clone();
    for function in parts(args)? {
        now = given(call(e, function, now, args.span)?, args.span);
    }
    given_back(e, now.into_iter().map(|g| g.value).collect(), args.span)
}

fn side_by_side(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let (mut left, mut results) = (args.rest.clone(), Vec::new());
    for function in parts(args)? {
        let wanted = inputs_of(&function).unwrap_or_default();
        if wanted > left.len() {
            let what = "these functions side by side take more signals than there are";
            return Err(Diagnostic::new(args.span, what).into());
        }
        let later = left.split_off(wanted);
        results.extend(call(e, function, left, args.span)?);
        left = later;
    }
    if !left.is_empty() {
        let what = "these functions side by side take fewer signals than there are";
        return Err(Diagnostic::new(args.span, what).into());
    }
    given_back(e, results, args.span)
}

/// From which input to which output.
fn pairs(given: &Given, n_in: i64, n_out: i64) -> Eval<Vec<(i64, i64)>> {
    let bad = || wrong(given, "pairs", "a list of (input, output), counted from 0");
    let list = signals(&given.value).ok_or_else(bad)?;
    list.iter()
        .map(|pair| match &signals(pair).ok_or_else(bad)?[..] {
            [from, to] => match (whole(from), whole(to)) {
                (Some(from), Some(to)) if (0..n_in).contains(&from) && (0..n_out).contains(&to) => {
                    Ok((from, to))
                }
                _ => Err(bad()),
            },
            _ => Err(bad()),
        })
        .collect()
}

fn route(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let (n_in, n_out) = (channels(args, "n_in")?, channels(args, "n_out")?);
    let list = args.need("pairs")?;
    pairs(list, n_in, n_out)?;
    let parts = vec![Value::Int(n_in), Value::Int(n_out), list.value.clone()];
    made(e, args, &ROUTE, parts)
}

fn crossed(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    inputs_fit(e, args)?;
    let parts = parts(args)?;
    let n_out = parts.get(1).and_then(whole).unwrap_or_default();
    let list = Given {
        value: parts.get(2).cloned().unwrap_or(Value::None),
        span: args.span,
    };
    let pairs = pairs(&list, args.rest.len() as i64, n_out)?;
    let mut outputs = Vec::new();
    for output in 0..n_out {
        let into = pairs.iter().filter(|pair| pair.1 == output);
        let sources: Vec<Given> = into
            .map(|pair| args.rest[pair.0 as usize].clone())
            .collect();
        outputs.push(match sources.is_empty() {
            true => Value::Float(0.0),
            false => sum(e, &sources, args)?,
        });
    }
    given_back(e, outputs, args.span)
}

/// The derivative of a function: of its inputs and their changes (of those in `wrt`, else of all), its outputs and their
/// changes.
fn jvp(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let function = args.need("fn")?;
    let Some(own) = inputs_of(&function.value) else {
        return Err(wrong(function, "fn", "a function"));
    };
    let inputs = match args.get("num_inputs") {
        Some(_) => channels(args, "num_inputs")?,
        None => own as i64,
    };
    let wrt = match args.get("wrt") {
        None => (0..inputs).map(Value::Int).collect(),
        Some(given) => {
            let bad = || wrong(given, "wrt", "a list of inputs, counted from 0");
            let list = signals(&given.value).ok_or_else(bad)?;
            let fits = |v: &Value| whole(v).is_some_and(|i| (0..inputs).contains(&i));
            match list.iter().all(fits) {
                true => list,
                false => return Err(bad()),
            }
        }
    };
    let wrt = e.tuple(wrt, args.span)?;
    made(
        e,
        args,
        &JVP,
        vec![function.value.clone(), Value::Int(inputs), wrt],
    )
}

fn differentiated(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let span = args.span;
    let (Some(function), Some(inputs), Some(wrt)) = ({
        let parts = parts(args)?;
        let inputs = parts.get(1).and_then(whole).map(|n| n as usize);
        let wrt = parts.get(2).and_then(signals);
        (parts.first().cloned(), inputs, wrt)
    }) else {
        return Err(Diagnostic::new(span, "this is no derivative").into());
    };
    let wanted = inputs + wrt.len();
    if args.rest.len() != wanted {
        let what = format!(
            "this derivative takes {inputs} signals and {} changes",
            wrt.len()
        );
        return Err(Diagnostic::new(span, what).into());
    }
    let mut sigs = Vec::new();
    for given in &args.rest {
        sigs.push(signal(e, given, args.name())?);
    }
    let (mut points, changes) = (Vec::new(), sigs.split_off(inputs));
    for (number, x) in sigs.into_iter().enumerate() {
        let leaf = builder(e, span, args.name())?.leaf(x, number);
        points.push(built(leaf, span)?);
    }
    let with = points.iter().map(|sig| value(e, *sig)).collect();
    let results = given(call(e, function, given(with, span), span)?, span);
    let mut outputs: Vec<Sig> = Vec::new();
    for result in &results {
        outputs.push(signal(e, result, args.name())?);
    }
    let by = wrt.iter().filter_map(whole).map(|i| points[i as usize]);
    let leaves: Vec<(Sig, Sig)> = by.zip(changes).collect();
    let tangents = builder(e, span, args.name())?.jvp(&leaves, &outputs);
    let all = outputs
        .iter()
        .chain(&built(tangents, span)?)
        .map(|sig| value(e, *sig))
        .collect();
    given_back(e, all, span)
}
