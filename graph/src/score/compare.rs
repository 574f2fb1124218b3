//! Comparisons: equality, order, `in`, `is`, and sorting by them.

use super::collections::whole;
use super::diagnostic::Diagnostic;
use super::dict::key;
use super::eval::{Eval, Evaluator};
use super::value::{Given, Value};
use crate::patch::Span;
use std::cmp::Ordering;
use std::rc::Rc;

/// Lists in lists that are compared, at most.
const MAX_WITHIN: usize = 50;

/// `left op right`
pub fn compare(e: &mut Evaluator<'_>, op: &str, left: &Given, right: &Given) -> Eval<bool> {
    let span = left.span.to(right.span);
    match op {
        "is" => return Ok(same(&left.value, &right.value)),
        "is not" => return Ok(!same(&left.value, &right.value)),
        "in" => return contains(e, right, left),
        "not in" => return Ok(!contains(e, right, left)?),
        _ => {}
    }
    // A control is what it is set to.
    let (left, right) = (left.value.counted(), right.value.counted());
    match op {
        "==" => equal(e, &left, &right, span),
        "!=" => Ok(!equal(e, &left, &right, span)?),
        _ => {
            let order = order(e, &left, &right, span)?;
            Ok(match op {
                "<" => order == Some(Ordering::Less),
                ">" => order == Some(Ordering::Greater),
                "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            })
        }
    }
}

/// Whether two are the same thing, not merely equal.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::None, Value::None) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::Str(a), Value::Str(b)) | (Value::Node(a), Value::Node(b)) => a == b,
        (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
        (Value::Tuple(a), Value::Tuple(b)) => Rc::ptr_eq(a, b),
        (Value::Dict(a), Value::Dict(b)) => Rc::ptr_eq(a, b),
        (Value::Closure(a), Value::Closure(b)) => Rc::ptr_eq(a, b),
        (Value::Builtin(a), Value::Builtin(b)) => std::ptr::eq(*a, *b),
        (Value::Module(a), Value::Module(b)) => a == b,
        (Value::Signal(a, x), Value::Signal(b, y)) => (a, x) == (b, y),
        (Value::Place(a), Value::Place(b)) => a == b,
        (Value::Graph(a), Value::Graph(b)) => Rc::ptr_eq(a, b),
        (Value::Blueprint(a), Value::Blueprint(b)) => Rc::ptr_eq(a, b),
        (Value::Group(a), Value::Group(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}

/// `item in collection`
fn contains(e: &mut Evaluator<'_>, collection: &Given, item: &Given) -> Eval<bool> {
    match (&collection.value, &item.value) {
        (Value::Str(text), Value::Str(part)) => {
            e.steps(text.len() / 64, collection.span)?;
            Ok(text.contains(&**part))
        }
        (Value::Str(_), other) => Err(Diagnostic::new(
            item.span,
            format!("a string holds strings, not {}", other.kind()),
        )
        .into()),
        (Value::Dict(entries), _) => {
            let key = key(e, &item.value, item.span)?;
            Ok(entries.borrow().get(&key).is_some())
        }
        (Value::Range(range), Value::Int(n)) => Ok(range.len > 0 && {
            let distance = i128::from(*n) - i128::from(range.start);
            let step = i128::from(range.step);
            distance % step == 0 && (0..i128::from(range.len)).contains(&(distance / step))
        }),
        _ => {
            let mut items = e.iterate(collection)?;
            while let Some(value) = items.next(e, collection.span)? {
                if equal(e, &value, &item.value, item.span)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

/// Whether two values are equal.
pub fn equal(e: &mut Evaluator<'_>, a: &Value, b: &Value, span: Span) -> Eval<bool> {
    equal_within(e, a, b, span, MAX_WITHIN)
}

fn too_deep(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(span, "these are nested too deep to be compared").into()
}

fn equal_within(
    e: &mut Evaluator<'_>,
    a: &Value,
    b: &Value,
    span: Span,
    depth: usize,
) -> Eval<bool> {
    e.step(span)?;
    if same(a, b) && !matches!(a, Value::Float(_)) {
        return Ok(true);
    }
    let depth = depth.checked_sub(1).ok_or_else(|| too_deep(span))?;
    if let (Some(a), Some(b)) = (whole(a), whole(b)) {
        return Ok(a == b);
    }
    if let (Some(a), Some(b)) = (a.number(), b.number()) {
        return Ok(a == b);
    }
    match (a, b) {
        (Value::List(a), Value::List(b)) => {
            let (a, b) = (a.borrow(), b.borrow());
            all_equal(e, &a, &b, span, depth)
        }
        (Value::Tuple(a), Value::Tuple(b)) => all_equal(e, a, b, span, depth),
        (Value::Range(a), Value::Range(b)) => Ok(a == b),
        (Value::Dict(a), Value::Dict(b)) => {
            let (a, b) = (a.borrow(), b.borrow());
            if a.len() != b.len() {
                return Ok(false);
            }
            for (written, value) in a.iter() {
                let key = key(e, written, span)?;
                let Some(other) = b.get(&key) else {
                    return Ok(false);
                };
                if !equal_within(e, value, other, span, depth)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn all_equal(
    e: &mut Evaluator<'_>,
    a: &[Value],
    b: &[Value],
    span: Span,
    depth: usize,
) -> Eval<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.iter().zip(b) {
        if !equal_within(e, a, b, span, depth)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The order of two values; none where one is not a number.
pub fn order(e: &mut Evaluator<'_>, a: &Value, b: &Value, span: Span) -> Eval<Option<Ordering>> {
    order_within(e, a, b, span, MAX_WITHIN)
}

fn order_within(
    e: &mut Evaluator<'_>,
    a: &Value,
    b: &Value,
    span: Span,
    depth: usize,
) -> Eval<Option<Ordering>> {
    e.step(span)?;
    let depth = depth.checked_sub(1).ok_or_else(|| too_deep(span))?;
    if let (Some(a), Some(b)) = (whole(a), whole(b)) {
        return Ok(Some(a.cmp(&b)));
    }
    if let (Some(a), Some(b)) = (a.number(), b.number()) {
        return Ok(a.partial_cmp(&b));
    }
    let (left, right): (Vec<Value>, Vec<Value>) = match (a, b) {
        (Value::Str(a), Value::Str(b)) => return Ok(Some(a.cmp(b))),
        (Value::List(a), Value::List(b)) => (a.borrow().clone(), b.borrow().clone()),
        (Value::Tuple(a), Value::Tuple(b)) => (a.to_vec(), b.to_vec()),
        _ => {
            return Err(Diagnostic::new(
                span,
                format!("{} and {} have no order", a.kind(), b.kind()),
            )
            .into());
        }
    };
    e.steps(left.len().max(right.len()) / 16, span)?;
    for (a, b) in left.iter().zip(&right) {
        if !equal_within(e, a, b, span, depth)? {
            return order_within(e, a, b, span, depth);
        }
    }
    Ok(Some(left.len().cmp(&right.len())))
}

/// Sorts items by their keys, equal ones staying in order. A merge sort of our own: a comparison may fail, and what
/// has no order (not a number) must not upset it.
pub fn sort(e: &mut Evaluator<'_>, items: Vec<(Value, Value)>, span: Span) -> Eval<Vec<Value>> {
    let mut items = items;
    let mut width = 1;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for run in items.chunks(2 * width) {
            let (mut left, mut right) = run.split_at(width.min(run.len()));
            while let (Some((a, rest_a)), Some((b, rest_b))) =
                (left.split_first(), right.split_first())
            {
                if order(e, &b.0, &a.0, span)? == Some(Ordering::Less) {
                    merged.push(b.clone());
                    right = rest_b;
                } else {
                    merged.push(a.clone());
                    left = rest_a;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        items = merged;
        width *= 2;
    }
    Ok(items.into_iter().map(|item| item.1).collect())
}
