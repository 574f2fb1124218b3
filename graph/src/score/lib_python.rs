//! Python's own functions, as far as a score needs them.

use super::args::{Args, wrong};
use super::collections::{self, whole};
use super::compare::order;
use super::diagnostic::Diagnostic;
use super::dict::Dict;
use super::eval::{Eval, Evaluator, is_decided};
use super::lib_list::{by_key, pairs, sorted};
use super::lib_math::to_int;
use super::lib_signal;
use super::operators;
use super::value::{Builtin, Given, Value};
use std::cmp::Ordering;
use std::rc::Rc;

/// Every function of Python's that scores have.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "print",
        params: &["*values", "sep", "end"],
        run: print,
    },
    Builtin {
        name: "range",
        params: &["start", "stop", "step"],
        run: range,
    },
    Builtin {
        name: "len",
        params: &["of"],
        run: |e, a| Ok(Value::Int(e.length(a.need("of")?, "length")? as i64)),
    },
    Builtin {
        name: "enumerate",
        params: &["items", "start"],
        run: enumerate,
    },
    Builtin {
        name: "zip",
        params: &["*lists"],
        run: zip,
    },
    Builtin {
        name: "map",
        params: &["function", "*lists"],
        run: map,
    },
    Builtin {
        name: "filter",
        params: &["function", "items"],
        run: filter,
    },
    Builtin {
        name: "reversed",
        params: &["items"],
        run: |e, a| {
            let mut items = e.collect(a.need("items")?)?;
            items.reverse();
            e.list(items, a.span)
        },
    },
    Builtin {
        name: "sorted",
        params: &["items", "*", "key", "reverse"],
        run: |e, a| {
            let items = e.collect(a.need("items")?)?;
            let items = sorted(e, a, items)?;
            e.list(items, a.span)
        },
    },
    Builtin {
        name: "min",
        params: &["*values", "key", "default"],
        run: |e, a| extreme(e, a, Ordering::Less),
    },
    Builtin {
        name: "max",
        params: &["*values", "key", "default"],
        run: |e, a| extreme(e, a, Ordering::Greater),
    },
    Builtin {
        name: "sum",
        params: &["items", "start"],
        run: sum,
    },
    Builtin {
        name: "any",
        params: &["items"],
        run: |e, a| quantify(e, a, true),
    },
    Builtin {
        name: "all",
        params: &["items"],
        run: |e, a| quantify(e, a, false),
    },
    Builtin {
        name: "abs",
        params: &["x"],
        run: |_, a| match &a.need("x")?.value {
            Value::Float(x) => Ok(Value::Float(x.abs())),
            other => match whole(other).map(i64::checked_abs) {
                Some(Some(n)) => Ok(Value::Int(n)),
                Some(None) => Err(Diagnostic::new(a.span, "this number is too large").into()),
                None => Err(wrong(a.need("x")?, "x", "a number")),
            },
        },
    },
    Builtin {
        name: "round",
        params: &["x", "digits"],
        run: round,
    },
    Builtin {
        name: "divmod",
        params: &["a", "b"],
        run: |e, a| {
            let (left, right) = (a.need("a")?, a.need("b")?);
            let both = vec![
                operators::binary(e, "//", left, right, a.span)?,
                operators::binary(e, "%", left, right, a.span)?,
            ];
            e.tuple(both, a.span)
        },
    },
    Builtin {
        name: "pow",
        params: &["x", "y"],
        run: |e, a| operators::binary(e, "**", a.need("x")?, a.need("y")?, a.span),
    },
    Builtin {
        name: "int",
        params: &["x"],
        run: int,
    },
    Builtin {
        name: "float",
        params: &["x"],
        run: float,
    },
    Builtin {
        name: "bool",
        params: &["x"],
        run: |_, a| {
            let Some(given) = a.get("x") else {
                return Ok(Value::Bool(false));
            };
            is_decided(&given.value, given.span, "x != 0 is 1 or 0 while it runs")?;
            Ok(Value::Bool(given.value.truth()))
        },
    },
    Builtin {
        name: "str",
        params: &["x"],
        run: |e, a| {
            let text = match a.get("x").cloned() {
                Some(given) => e.text_of(&given.value, given.span)?,
                None => String::new(),
            };
            e.string(text, a.span)
        },
    },
    Builtin {
        name: "repr",
        params: &["x"],
        run: |e, a| {
            let given = a.need("x")?;
            let text = e.repr(&given.value, given.span)?;
            e.string(text, a.span)
        },
    },
    Builtin {
        name: "list",
        params: &["items"],
        run: |e, a| {
            let items = collected(e, a)?;
            e.list(items, a.span)
        },
    },
    Builtin {
        name: "tuple",
        params: &["items"],
        run: |e, a| {
            let items = collected(e, a)?;
            e.tuple(items, a.span)
        },
    },
    Builtin {
        name: "dict",
        params: &["entries", "**named"],
        run: dict,
    },
    Builtin {
        name: "isinstance",
        params: &["x", "kind"],
        run: isinstance,
    },
    Builtin {
        name: "callable",
        params: &["x"],
        run: |_, a| {
            Ok(Value::Bool(matches!(
                a.need("x")?.value,
                Value::Closure(_) | Value::Builtin(_) | Value::Method(..) | Value::Transform(_)
            )))
        },
    },
];

fn print(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let text = |name: &str, default: &str| match args.get(name) {
        Some(_) => args.need_str(name),
        None => Ok(Rc::from(default)),
    };
    let (sep, end) = (text("sep", " ")?, text("end", "\n")?);
    let mut line = String::new();
    for (i, given) in args.rest.iter().enumerate() {
        line.push_str(if i == 0 { "" } else { &sep });
        line.push_str(&e.text_of(&given.value, given.span)?);
        e.hold_bytes(sep.len(), args.span)?;
    }
    line.push_str(&end);
    e.hold_bytes(line.len() + 64, args.span)?;
    e.console.print(&line, args.span);
    Ok(Value::None)
}

fn range(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let whole = |name: &str| match args.get(name) {
        None => Ok(None),
        Some(_) => args.need_whole(name).map(Some),
    };
    let (start, stop, step) = (whole("start")?, whole("stop")?, whole("step")?.unwrap_or(1));
    let (start, stop) = match (start, stop) {
        (Some(start), Some(stop)) => (start, stop),
        (Some(stop), None) => (0, stop),
        (None, _) => {
            return Err(
                Diagnostic::new(args.span, "`range` needs the number to stop before")
                    .hint("range(4) is 0, 1, 2, 3")
                    .into(),
            );
        }
    };
    if step == 0 {
        return Err(Diagnostic::new(args.span, "a range cannot go in steps of 0").into());
    }
    collections::range(start, stop, step)
        .map(Value::Range)
        .ok_or_else(|| Diagnostic::new(args.span, "this range is too large").into())
}

fn enumerate(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let first = match args.get("start") {
        Some(_) => args.need_whole("start")?,
        None => 0,
    };
    let items = e.collect(args.need("items")?)?;
    let mut pairs = Vec::with_capacity(items.len());
    for (i, item) in items.into_iter().enumerate() {
        let number = Value::Int(first.saturating_add(i as i64));
        pairs.push(e.tuple(vec![number, item], args.span)?);
    }
    e.list(pairs, args.span)
}

/// Items of several lists side by side, as long as the shortest.
fn side_by_side(e: &mut Evaluator<'_>, args: &Args) -> Eval<Vec<Vec<Value>>> {
    let mut lists = Vec::new();
    for given in &args.rest {
        lists.push(e.iterate(given)?);
    }
    let mut rows = Vec::new();
    'rows: while !lists.is_empty() {
        let mut row = Vec::with_capacity(lists.len());
        for items in &mut lists {
            match items.next(e, args.span)? {
                Some(item) => row.push(item),
                None => break 'rows,
            }
        }
        e.hold(row.len() + 2, args.span)?;
        rows.push(row);
    }
    Ok(rows)
}

fn zip(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let rows = side_by_side(e, args)?
        .into_iter()
        .map(|row| e.tuple(row, args.span))
        .collect::<Eval<Vec<_>>>()?;
    e.list(rows, args.span)
}

fn map(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let function = args.need("function")?;
    let mut results = Vec::new();
    for row in side_by_side(e, args)? {
        let row = row
            .into_iter()
            .map(|value| Given {
                value,
                span: args.span,
            })
            .collect();
        results.push(e.call(function, row, Vec::new(), args.span)?.closed());
    }
    e.list(results, args.span)
}

fn filter(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let function = args.need("function")?;
    let mut kept = Vec::new();
    for value in e.collect(args.need("items")?)? {
        let keep = match function.value {
            Value::None => value.truth(),
            _ => {
                let given = Given {
                    value: value.clone(),
                    span: args.span,
                };
                e.call(function, vec![given], Vec::new(), args.span)?
                    .truth()
            }
        };
        if keep {
            kept.push(value);
        }
    }
    e.list(kept, args.span)
}

fn extreme(e: &mut Evaluator<'_>, args: &Args, wanted: Ordering) -> Eval<Value> {
    let values = match &args.rest[..] {
        [one] => e.collect(one)?,
        many => many.iter().map(|g| g.value.clone()).collect(),
    };
    let signals = |value: &Value| matches!(value, Value::Signal(..));
    if args.get("key").is_none() && values.iter().any(signals) {
        return lib_signal::extreme_of(e, args, values, wanted == Ordering::Less);
    }
    let mut best: Option<(Value, Value)> = None;
    for value in values {
        let key = by_key(e, args, &value)?;
        let better = match &best {
            Some((old, _)) => order(e, &key, old, args.span)? == Some(wanted),
            None => true,
        };
        if better {
            best = Some((key, value));
        }
    }
    match (best, args.get("default")) {
        (Some((_, value)), _) => Ok(value),
        (None, Some(default)) => Ok(default.value.clone()),
        (None, None) => Err(Diagnostic::new(args.span, "nothing is given to choose from").into()),
    }
}

fn sum(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("items")?;
    let mut items = e.iterate(given)?;
    let mut total = Given {
        value: args.get("start").map_or(Value::Int(0), |g| g.value.clone()),
        span: given.span,
    };
    let mut first = args.get("start").is_none();
    while let Some(value) = items.next(e, given.span)? {
        let item = Given {
            value,
            span: given.span,
        };
        // Patterns and nodes cannot be added to the 0 that numbers begin with.
        total.value = match (first, &item.value) {
            (true, Value::Pattern(_)) => item.value,
            _ => operators::binary(e, "+", &total, &item, given.span)?,
        };
        first = false;
    }
    Ok(total.value.closed())
}

fn quantify(e: &mut Evaluator<'_>, args: &Args, wanted: bool) -> Eval<Value> {
    let given = args.need("items")?;
    let mut items = e.iterate(given)?;
    let instead = match wanted {
        true => "where one of two is 1 max(a, b) is",
        false => "where both are 1 their product is: a * b",
    };
    while let Some(item) = items.next(e, given.span)? {
        is_decided(&item, given.span, instead)?;
        if item.truth() == wanted {
            return Ok(Value::Bool(wanted));
        }
    }
    Ok(Value::Bool(!wanted))
}

/// Halves go to the even neighbour, as in Python.
fn round(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("x")?;
    let digits = match args.get("digits") {
        Some(Given {
            value: Value::None, ..
        })
        | None => None,
        Some(_) => Some(args.need_whole("digits")?.clamp(-20, 100)),
    };
    if let (Some(n), None | Some(0..)) = (whole(&given.value), digits) {
        return Ok(Value::Int(n));
    }
    let x = args.need_number("x")?;
    let Some(digits) = digits else {
        return to_int(x.round_ties_even(), args);
    };
    if let Ok(behind) = usize::try_from(digits) {
        let text = format!("{x:.behind$}");
        return Ok(Value::Float(text.parse().unwrap_or(x)));
    }
    let scale = crate::math::pow(10.0, -digits as f64);
    let rounded = (x / scale).round_ties_even() * scale;
    match given.value {
        Value::Float(_) => Ok(Value::Float(rounded)),
        _ => to_int(rounded, args),
    }
}

fn int(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let Some(given) = args.get("x") else {
        return Ok(Value::Int(0));
    };
    match &given.value {
        Value::Str(text) => {
            let digits: String = text.trim().chars().filter(|c| *c != '_').collect();
            digits.parse().map(Value::Int).map_err(|_| {
                let d = Diagnostic::new(given.span, format!("`{text}` is not a whole number"));
                match digits.parse::<f64>() {
                    Ok(_) => d.hint("float(text) reads it, int(float(text)) cuts it off"),
                    Err(_) => d,
                }
                .into()
            })
        }
        other => match whole(other) {
            Some(n) => Ok(Value::Int(n)),
            None => to_int(args.need_number("x")?.trunc(), args),
        },
    }
}

fn float(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let Some(given) = args.get("x") else {
        return Ok(Value::Float(0.0));
    };
    match (&given.value, given.value.number()) {
        (_, Some(x)) => Ok(Value::Float(x)),
        (Value::Str(text), _) => {
            text.trim().parse().map(Value::Float).map_err(|_| {
                Diagnostic::new(given.span, format!("`{text}` is not a number")).into()
            })
        }
        _ => Err(wrong(given, "x", "a number or a string")),
    }
}

fn collected(e: &mut Evaluator<'_>, args: &Args) -> Eval<Vec<Value>> {
    match args.get("items") {
        Some(given) => e.collect(given),
        None => Ok(Vec::new()),
    }
}

fn dict(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let mut made = Dict::default();
    if let Some(entries) = args.get("entries") {
        for (written, value) in pairs(e, entries)? {
            e.enter(&mut made, &written, value)?;
        }
    }
    for (name, given) in &args.named {
        let written = Given {
            value: Value::Str(Rc::clone(name)),
            span: given.span,
        };
        e.enter(&mut made, &written, given.value.clone())?;
    }
    e.dict(made, args.span)
}

fn isinstance(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let (x, kind) = (args.need("x")?, args.need("kind")?);
    let kinds = match &kind.value {
        Value::Tuple(kinds) => kinds.to_vec(),
        one => vec![one.clone()],
    };
    e.steps(kinds.len(), kind.span)?;
    for one in kinds {
        let Value::Builtin(builtin) = one else {
            return Err(wrong(
                kind,
                "kind",
                "int, float, str, bool, list, tuple or dict",
            ));
        };
        if matches!(
            (&x.value, builtin.name),
            (Value::Int(_) | Value::Bool(_), "int")
                | (Value::Float(_), "float")
                | (Value::Str(_), "str")
                | (Value::Bool(_), "bool")
                | (Value::List(_), "list")
                | (Value::Tuple(_), "tuple")
                | (Value::Dict(_), "dict")
                | (Value::Node(_), "node")
        ) {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}
