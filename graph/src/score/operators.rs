//! Operators, for numbers, strings, signals, patterns and nodes.

use super::bind;
use super::call::as_transform;
use super::collections::whole;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_signal;
use super::value::{Given, Sequence, Transform, Value};
use super::{lib_outgoing, routes};
use crate::patch::Span;
use crate::pattern::Pattern;
use crate::signal::{Binary, Op};
use std::rc::Rc;

pub fn negate(e: &mut Evaluator<'_>, given: &Given) -> Eval<Value> {
    match given.value {
        Value::Int(n) => n
            .checked_neg()
            .map(Value::Int)
            .ok_or_else(|| too_large(given.span)),
        Value::Float(x) => Ok(Value::Float(-x)),
        _ if is_control(given) => Ok(Value::Float(-given.value.number().unwrap_or(0.0))),
        Value::Signal(..) => {
            let x = lib_signal::signal(e, given, "-")?;
            lib_signal::add(e, Op::Neg(x), given.span)
        }
        _ => Err(Diagnostic::new(
            given.span,
            format!("{} has no negative", given.value.kind()),
        )
        .into()),
    }
}

pub fn binary(
    e: &mut Evaluator<'_>,
    op: &'static str,
    left: &Given,
    right: &Given,
    span: Span,
) -> Eval<Value> {
    use Value::{Bool, Float, Int, List, Node, Place, Signal, Str, Tuple};
    if !matches!(op, "@" | ">>") && [left, right].iter().any(|g| is_control(g)) {
        // What is counted with a control is what it is set to.
        let counted = |given: &Given| Given {
            value: given.value.counted(),
            span: given.span,
        };
        return binary(e, op, &counted(left), &counted(right), span);
    }
    match (op, &left.value, &right.value) {
        ("@", Node(node), _) => bind::at(e, &Rc::clone(node), right, span),
        ("@", Place(place @ super::value::Place::Midi { .. }), _) => {
            lib_outgoing::at(e, &place.clone(), right)
        }
        (">>", Node(node), _) => routes::route(e, &Rc::clone(node), right, span),
        (">>", Value::Group(group), _) => {
            let mut end = right.value.clone();
            for from in group.outputs(left.span)?.to_vec() {
                end = routes::route(e, &from, right, span)?;
            }
            Ok(end)
        }
        (
            ">>",
            Value::Transform(_) | Value::Builtin(_),
            Value::Transform(_) | Value::Builtin(_),
        ) => {
            let pair = (as_transform(e, left)?, as_transform(e, right)?);
            let (Some(first), Some(second)) = pair else {
                return Err(unfit(op, left, right, span));
            };
            e.hold(first.steps.len() + second.steps.len(), span)?;
            let steps = first.steps.iter().chain(&second.steps).cloned().collect();
            let depth = first.depth.max(second.depth);
            Ok(Value::Transform(Rc::new(Transform { steps, depth })))
        }
        ("@" | ">>", other, _) => {
            let what = if op == "@" {
                "plays a pattern on a node"
            } else {
                "leads from a node"
            };
            let d = Diagnostic::new(
                left.span,
                format!("`{op}` {what}, and this is {}", other.kind()),
            );
            Err(match other {
                Place(_) => d.hint("put the node that makes the sound on the left"),
                Value::Closure(_) => d.hint("make a node of it first: node(\"name\", function)"),
                Value::Pattern(_) | Str(_) if op == ">>" => {
                    d.hint("`@` binds looser than `>>`: lead the node on in a line of its own")
                }
                _ => d,
            }
            .into())
        }
        (_, Signal(..), _) | (_, _, Signal(..)) => signals(e, op, left, right, span),
        ("+" | "|" | "*", Value::Pattern(p), _) => patterns(op, p, right, span),
        ("*", Int(_) | Float(_), Value::Pattern(p)) => patterns(op, p, left, span),
        (_, Int(_) | Float(_) | Bool(_), Int(_) | Float(_) | Bool(_))
            if !matches!(
                (&left.value, &right.value),
                (Int(_) | Bool(_), Int(_) | Bool(_))
            ) =>
        {
            let (a, b) = (
                left.value.number().unwrap_or(0.0),
                right.value.number().unwrap_or(0.0),
            );
            floats(op, a, b, right.span).map(Float)
        }
        (_, Int(_) | Bool(_), Int(_) | Bool(_)) => {
            let (a, b) = (
                whole(&left.value).unwrap_or(0),
                whole(&right.value).unwrap_or(0),
            );
            integers(op, a, b, right.span, span)
        }
        ("+", Str(a), Str(b)) => {
            e.hold_bytes(a.len() + b.len(), span)?;
            e.string(format!("{a}{b}"), span)
        }
        ("*", Str(text), Int(n)) | ("*", Int(n), Str(text)) => {
            let n = (*n).clamp(0, 1 << 30) as usize;
            e.hold_bytes(text.len().saturating_mul(n), span)?;
            e.string(text.repeat(n), span)
        }
        ("%", Str(_), _) => Err(Diagnostic::new(span, "scores do not format with `%`")
            .hint("write an f-string: f\"{x:.2f} Hz\"")
            .into()),
        ("+", List(a), List(b)) => {
            let joined: Vec<Value> = a
                .borrow()
                .iter()
                .chain(b.borrow().iter())
                .cloned()
                .collect();
            e.list(joined, span)
        }
        ("*", List(items), Int(n)) | ("*", Int(n), List(items)) => {
            let many = repeated(e, &items.borrow(), *n, span)?;
            e.list(many, span)
        }
        ("*", Tuple(items), Int(n)) | ("*", Int(n), Tuple(items)) => {
            let many = repeated(e, items, *n, span)?;
            e.tuple(many, span)
        }
        ("+", Tuple(a), Tuple(b)) => {
            let joined: Vec<Value> = a.iter().chain(b.iter()).cloned().collect();
            e.tuple(joined, span)
        }
        _ => Err(unfit(op, left, right, span)),
    }
}

fn is_control(given: &Given) -> bool {
    matches!(
        given.value,
        Value::Place(super::value::Place::Control { .. })
    )
}

/// Items, many times over; counted before they are made.
fn repeated(e: &mut Evaluator<'_>, items: &[Value], n: i64, span: Span) -> Eval<Vec<Value>> {
    let n = n.clamp(0, 1 << 30) as usize;
    e.hold(items.len().saturating_mul(n), span)?;
    Ok(items
        .iter()
        .cycle()
        .take(items.len() * n)
        .cloned()
        .collect())
}

fn unfit(op: &str, left: &Given, right: &Given, span: Span) -> Box<Diagnostic> {
    let d = Diagnostic::new(
        span,
        format!(
            "`{op}` does not go between {} and {}",
            left.value.kind(),
            right.value.kind()
        ),
    );
    match (&left.value, &right.value) {
        (Value::Pattern(_), Value::Str(_)) | (Value::Str(_), Value::Pattern(_)) => {
            d.hint("make a pattern of the string with seq(…) or note(…)")
        }
        (Value::Str(_), Value::Int(_) | Value::Float(_))
        | (Value::Int(_) | Value::Float(_), Value::Str(_))
            if op == "+" =>
        {
            d.hint("make a string of the number: str(x), or f\"{x}\"")
        }
        _ => d,
    }
    .into()
}

fn too_large(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(span, "this number is too large").into()
}

fn by_nought(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(span, "this is a division by nought").into()
}

fn integers(op: &str, a: i64, b: i64, divisor: Span, span: Span) -> Eval<Value> {
    let whole = |n: Option<i64>| n.map(Value::Int).ok_or_else(|| too_large(span));
    match op {
        "+" => whole(a.checked_add(b)),
        "-" => whole(a.checked_sub(b)),
        "*" => whole(a.checked_mul(b)),
        "//" | "%" if b == 0 => Err(by_nought(divisor)),
        "//" => whole(a.checked_div_euclid(b).map(|q| {
            if b < 0 && a.rem_euclid(b) != 0 {
                q - 1
            } else {
                q
            }
        })),
        // The remainder has the divisor's sign, as in Python.
        "%" => whole(a.checked_rem(b).map(|r| {
            if r != 0 && (r < 0) != (b < 0) {
                r + b
            } else {
                r
            }
        })),
        "**" if b >= 0 => whole(u32::try_from(b).ok().and_then(|b| a.checked_pow(b))),
        _ => floats(op, a as f64, b as f64, divisor).map(Value::Float),
    }
}

fn floats(op: &str, a: f64, b: f64, divisor: Span) -> Eval<f64> {
    Ok(match op {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" | "//" | "%" if b == 0.0 => return Err(by_nought(divisor)),
        "/" => a / b,
        "//" => floor_divide(a, b),
        "%" => remainder(a, b),
        "**" if a == 0.0 && b < 0.0 => return Err(by_nought(divisor)),
        "**" => {
            let power = crate::math::pow(a, b);
            if power.is_nan() && !a.is_nan() && !b.is_nan() {
                return Err(Diagnostic::new(divisor, "this power has no real result").into());
            }
            if power.is_infinite() && a.is_finite() {
                return Err(too_large(divisor));
            }
            power
        }
        _ => {
            return Err(
                Diagnostic::new(divisor, format!("`{op}` does not go between numbers")).into(),
            );
        }
    })
}

/// The remainder with the divisor's sign, exact.
fn remainder(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) {
        rest + b
    } else {
        rest
    }
}

/// The quotient downwards, which fits the remainder.
fn floor_divide(a: f64, b: f64) -> f64 {
    let quotient = (a - remainder(a, b)) / b;
    let floor = quotient.floor();
    if quotient - floor > 0.5 {
        floor + 1.0
    } else {
        floor
    }
}

fn signals(
    e: &mut Evaluator<'_>,
    op: &'static str,
    left: &Given,
    right: &Given,
    span: Span,
) -> Eval<Value> {
    let make: fn(crate::signal::Sig, crate::signal::Sig) -> Op = match op {
        "+" => Op::Add,
        "-" => Op::Sub,
        "*" => Op::Mul,
        "/" => Op::Div,
        "//" => |x, y| Op::Binary(Binary::FloorDiv, x, y),
        "%" => |x, y| Op::Binary(Binary::Mod, x, y),
        "**" => |x, y| Op::Binary(Binary::Pow, x, y),
        _ => return Err(unfit(op, left, right, span)),
    };
    let (a, b) = (
        lib_signal::signal(e, left, op)?,
        lib_signal::signal(e, right, op)?,
    );
    lib_signal::add(e, make(a, b), span)
}

fn patterns(op: &str, left: &Sequence, right: &Given, span: Span) -> Eval<Value> {
    let failed =
        |error: crate::pattern::PatternError| Box::new(Diagnostic::new(span, error.to_string()));
    let other = match &right.value {
        Value::Pattern(p) => &p.pattern,
        _ if op == "*" => {
            let times = super::args::ratio(right, "the number of repeats")?;
            return Ok(left.pattern.clone().fast(times).map_err(failed)?.into());
        }
        Value::Signal(..) => {
            let d = Diagnostic::new(right.span, "this is a signal, and a pattern is wanted");
            return Err(d.hint(super::lib_pattern::NOT_A_SIGNAL).into());
        }
        other => {
            return Err(Diagnostic::new(
                right.span,
                format!("a pattern is wanted here, not {}", other.kind()),
            )
            .hint("make one with hit(), note(…), seq(…) or rest()")
            .into());
        }
    };
    match op {
        "+" => {
            // `a + b + c` is one sequence of three; a sum in brackets or with a name is one step.
            let mut steps = match &left.open {
                Some(steps) => (**steps).clone(),
                None => vec![left.pattern.clone()],
            };
            steps.push(other.clone());
            let pattern = Pattern::seq(steps.clone()).map_err(failed)?;
            Ok(Value::Pattern(Sequence {
                pattern,
                open: Some(Rc::new(steps)),
            }))
        }
        "|" => Ok(Pattern::stack(vec![left.pattern.clone(), other.clone()])
            .map_err(failed)?
            .into()),
        _ => Err(Diagnostic::new(right.span, "a pattern is repeated by a number").into()),
    }
}
