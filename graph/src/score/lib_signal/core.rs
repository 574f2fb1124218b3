//! Controls, memory, loops, tables and choices: what everything else is made of.

use super::super::args::{Args, wrong};
use super::super::diagnostic::{Diagnostic, nearest};
use super::super::eval::{Eval, Evaluator};
use super::super::value::{Builtin, Given, Value};
use super::{add, build, builder, built, operand, signal, signals, unary, value};
use crate::patch::Span;
use crate::signal::{Control, Curve, Op, Sig};

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "control",
        params: &[
            "name", "init", "lo", "hi", "step", "unit", "curve", "labels", "smooth",
        ],
        run: control,
    },
    Builtin {
        name: "sr",
        params: &[],
        run: |e, a| add(e, Op::Rate, a.span),
    },
    Builtin {
        name: "sample_rate",
        params: &[],
        run: |e, a| add(e, Op::Rate, a.span),
    },
    Builtin {
        name: "mem",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", Op::Mem),
    },
    Builtin {
        name: "unit_delay",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", Op::Mem),
    },
    Builtin {
        name: "delay",
        params: &["sig", "n"],
        run: |e, a| {
            let (x, n) = (operand(e, a, "sig")?, operand(e, a, "n")?);
            add(e, Op::Delay(x, n), a.span)
        },
    },
    Builtin {
        name: "feedback",
        params: &["body_fn"],
        run: feedback,
    },
    Builtin {
        name: "select2",
        params: &["selector", "when_zero", "when_one"],
        run: |e, a| {
            let which = operand(e, a, "selector")?;
            let (zero, one) = (operand(e, a, "when_zero")?, operand(e, a, "when_one")?);
            add(e, Op::Select(which, zero, one), a.span)
        },
    },
    Builtin {
        name: "rdtable",
        params: &["data", "index"],
        run: |e, a| {
            let (table, index) = (table(e, a, "data")?, operand(e, a, "index")?);
            add(e, Op::Table(table, index), a.span)
        },
    },
    Builtin {
        name: "rwtable",
        params: &["data", "write_index", "value", "read_index"],
        run: |e, a| {
            let table = table(e, a, "data")?;
            let (at, x) = (operand(e, a, "write_index")?, operand(e, a, "value")?);
            let read = operand(e, a, "read_index")?;
            add(e, Op::RwTable(table, at, x, read), a.span)
        },
    },
];

fn control(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let name = args.need_str("name")?;
    let span = args.span;
    if name.is_empty() || name.contains('/') {
        return Err(
            Diagnostic::new(span, "a control's name must not be empty nor contain `/`").into(),
        );
    }
    if crate::patch::NODE_CONTROLS.iter().any(|c| c.0 == &*name) {
        let hint = "choose another name; its value is at hand as node[\"gain\"] outside";
        return Err(Diagnostic::new(
            span,
            format!("every node has a `{name}` of its own already"),
        )
        .hint(hint)
        .into());
    }
    let control = described(args, &name)?;
    build(e, args, |b| b.control(control))
}

/// A control as its arguments say: a number in a range, or with labels a choice.
fn described(args: &Args, name: &str) -> Eval<Control> {
    let mut control = match args.get("labels") {
        Some(given) => Control::choice(name, 0.0, labels(given)?),
        None => Control::new(name, 0.0, 0.0, 1.0),
    };
    control.lo = args.number("lo", control.lo.into())? as f32;
    control.hi = args.number("hi", control.hi.into())? as f32;
    if control.labels.is_empty() {
        // What a name like a frequency's means hangs on the range.
        control = Control::new(name, 0.0, control.lo, control.hi);
    }
    control.step = args.number("step", control.step.into())? as f32;
    control.init = match args.get("init") {
        Some(given) => match &given.value {
            Value::Str(label) if !control.labels.is_empty() => {
                control.value_of(label).ok_or_else(|| {
                    let message = format!("`{label}` is none of the labels of `{name}`");
                    let labels = control.labels.iter().map(String::as_str);
                    hinted(Diagnostic::new(given.span, message), label, labels)
                })?
            }
            _ => args.number("init", 0.0)? as f32,
        },
        None => control.lo.max(0.0).min(control.hi),
    };
    if args.get("unit").is_some() {
        control.unit = args.need_str("unit")?.to_string();
    }
    if let Some(given) = args.get("curve") {
        control.curve = curve(&args.need_str("curve")?, given.span)?;
        if control.curve == Curve::Logarithmic && control.lo <= 0.0 {
            let message = format!("a logarithmic range begins above 0, not at {}", control.lo);
            return Err(Diagnostic::new(given.span, message)
                .hint("raise lo, or leave curve=\"log\" out")
                .into());
        }
    }
    if let Some(given) = args.get("smooth") {
        let milliseconds = args.need_number("smooth")?;
        if !(0.0..=60_000.0).contains(&milliseconds) {
            let message = "`smooth` is a time in milliseconds, 0 to 60000";
            return Err(Diagnostic::new(given.span, message).into());
        }
        control.smooth = milliseconds.round() as u16;
    }
    Ok(control)
}

/// The names of curves in scores.
const CURVES: [(&str, Curve); 2] = [("linear", Curve::Linear), ("log", Curve::Logarithmic)];

fn curve(name: &str, span: Span) -> Eval<Curve> {
    let named = CURVES.iter().find(|c| c.0 == name).map(|c| c.1);
    named.ok_or_else(|| {
        let message = format!("a curve is \"linear\" or \"log\", not `{name}`");
        hinted(Diagnostic::new(span, message), name, CURVES.map(|c| c.0))
    })
}

fn hinted<'a>(
    diagnostic: Diagnostic,
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Box<Diagnostic> {
    match nearest(word, known) {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")).into(),
        None => diagnostic.into(),
    }
}

/// The labels in an argument that is a list of strings.
fn labels(given: &Given) -> Eval<Vec<String>> {
    let items = signals(&given.value).ok_or_else(|| wrong(given, "labels", "a list of strings"))?;
    if items.is_empty() {
        return Err(wrong(given, "labels", "a list of two strings or more"));
    }
    let labels = items.iter().map(|item| match item {
        Value::Str(label) => Ok(label.to_string()),
        other => {
            let message = format!("`labels` holds strings, not {}", other.kind());
            Err(Diagnostic::new(given.span, message).into())
        }
    });
    labels.collect()
}

/// Runs a function on what it gave one frame before. Of a pair, the first is heard and the second comes back.
fn feedback(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let body = args.need("body_fn")?.clone();
    let last = built(builder(e, args.span, args.name())?.open(), args.span)?;
    let given = vec![Given {
        value: value(e, last),
        span: args.span,
    }];
    let result = e.call(&body, given, Vec::new(), args.span)?;
    let mut each = signals(&result).unwrap_or_else(|| vec![result]).into_iter();
    let pair = (each.next(), each.next(), each.next());
    let (heard, back) = match pair {
        (Some(both), None, None) => (both.clone(), both),
        (Some(heard), Some(back), None) => (heard, back),
        _ => {
            return Err(Diagnostic::new(
                body.span,
                "a loop gives one signal, or two: what is heard and what comes back",
            )
            .into());
        }
    };
    let mut of = |value: Value| -> Eval<Sig> {
        let span = body.span;
        signal(e, &Given { value, span }, "feedback")
    };
    let (heard, back) = (of(heard)?, of(back)?);
    build(e, args, |b| b.close(last, back, heard))
}

/// The numbers in an argument, as a table of the function.
fn table(e: &mut Evaluator<'_>, args: &Args, name: &str) -> Eval<u16> {
    let numbers = numbers(e, args, name)?;
    let table = builder(e, args.span, args.name())?.table(&numbers);
    built(table, args.need(name)?.span)
}

/// The numbers in an argument that is a list; a whole number means so many noughts.
pub fn numbers(e: &mut Evaluator<'_>, args: &Args, name: &str) -> Eval<Vec<f32>> {
    let given = args.need(name)?;
    if let Value::Int(count @ 1..=1_000_000) = given.value {
        e.hold(count as usize, given.span)?;
        return Ok(vec![0.0; count as usize]);
    }
    let Some(items) = signals(&given.value) else {
        return Err(wrong(given, name, "a list of numbers"));
    };
    e.steps(items.len(), given.span)?;
    let numbers = items.iter().map(|item| {
        item.number().map(|x| x as f32).ok_or_else(|| {
            let what = format!("`{name}` holds numbers, not {}", item.kind());
            Diagnostic::new(given.span, what).into()
        })
    });
    numbers.collect()
}
