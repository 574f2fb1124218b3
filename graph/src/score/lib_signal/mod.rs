//! The functions of signals (`krs`), and running a score's function once to build a graph.

mod composition;
mod core;
mod facts;
mod filters;
mod help;
mod maths;
mod music;
mod oscillators;
mod space;

pub use facts::{Facts, of as facts_of};
pub use help::HELP;
pub use maths::{comparison, extreme_of};

use super::args::Args;
use super::ast::ParamKind;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator, Trace};
use super::value::{Builtin, Closure, Given, Value};
use crate::patch::Span;
use crate::signal::{Binary, BuildError, Builder, Function, Op, Sig, verify};
use std::rc::Rc;
use std::sync::Arc;

/// Every function of signals, by theme. In one place in memory, so that a function is told by its address.
pub static TABLES: &[&[Builtin]] = &[
    core::FUNCTIONS,
    maths::FUNCTIONS,
    oscillators::FUNCTIONS,
    filters::FUNCTIONS,
    music::FUNCTIONS,
    space::FUNCTIONS,
    composition::FUNCTIONS,
];

/// Every function of signals.
pub fn functions() -> impl Iterator<Item = &'static Builtin> {
    TABLES.iter().copied().flatten()
}

fn failed(span: Span, error: &BuildError) -> Box<Diagnostic> {
    Diagnostic::new(span, error.to_string()).into()
}

fn builder<'a>(e: &'a mut Evaluator, span: Span, what: &str) -> Eval<&'a mut Builder> {
    match &mut e.trace {
        Some(trace) => Ok(&mut trace.builder),
        None => Err(Diagnostic::new(
            span,
            format!("`{what}` makes a signal, and signals live inside functions"),
        )
        .hint("put it in a `def` and make a node of that: node(\"name\", function)")
        .into()),
    }
}

/// The signal in an argument; a number is a constant one.
pub fn signal(e: &mut Evaluator<'_>, given: &Given, what: &str) -> Eval<Sig> {
    if let (Value::Signal(sig, number), Some(trace)) = (&given.value, &e.trace) {
        if *number == trace.number {
            return Ok(*sig);
        }
        return Err(Diagnostic::new(given.span, "this signal belongs to another function").into());
    }
    match given.value.number() {
        Some(x) => {
            let b = builder(e, given.span, what)?;
            b.constant(x as f32)
                .map_err(|error| failed(given.span, &error))
        }
        None => {
            let d = Diagnostic::new(
                given.span,
                format!(
                    "a signal or a number is wanted here, not {}",
                    given.value.kind()
                ),
            );
            Err(match given.value {
                Value::Signal(..) => d.hint("signals live inside functions"),
                Value::Node(_) => d.hint("lead the node into an input: node >> other"),
                _ => d,
            }
            .into())
        }
    }
}

/// What a builder made, or why it did not.
fn built<T>(result: Result<T, BuildError>, span: Span) -> Eval<T> {
    result.map_err(|error| failed(span, &error))
}

/// Builds something in the function that is being built.
fn build(
    e: &mut Evaluator<'_>,
    args: &Args,
    make: impl FnOnce(&mut Builder) -> Result<Sig, BuildError>,
) -> Eval<Value> {
    let made = make(builder(e, args.span, args.name())?);
    let sig = built(made, args.span)?;
    Ok(value(e, sig))
}

/// Builds several signals in the function that is being built: a tuple.
fn build_several<const N: usize>(
    e: &mut Evaluator<'_>,
    args: &Args,
    make: impl FnOnce(&mut Builder) -> Result<[Sig; N], BuildError>,
) -> Eval<Value> {
    let made = make(builder(e, args.span, args.name())?);
    let signals = built(made, args.span)?.map(|sig| value(e, sig));
    e.tuple(signals.to_vec(), args.span)
}

/// Adds an operation to the function that is being built.
pub fn add(e: &mut Evaluator<'_>, op: Op, span: Span) -> Eval<Value> {
    let sig = builder(e, span, "this")?
        .add(op)
        .map_err(|error| failed(span, &error))?;
    Ok(value(e, sig))
}

fn value(e: &Evaluator<'_>, sig: Sig) -> Value {
    Value::Signal(sig, e.trace.as_ref().map_or(0, |t| t.number))
}

fn operand(e: &mut Evaluator<'_>, args: &Args, name: &str) -> Eval<Sig> {
    let given = args.need(name)?.clone();
    signal(e, &given, name)
}

/// An operand that may be left out.
fn operand_or(e: &mut Evaluator<'_>, args: &Args, name: &str, default: f32) -> Eval<Sig> {
    match args.get(name).cloned() {
        Some(given) => signal(e, &given, name),
        None => builder(e, args.span, name)?
            .constant(default)
            .map_err(|error| failed(args.span, &error)),
    }
}

fn unary(e: &mut Evaluator<'_>, args: &Args, name: &str, make: fn(Sig) -> Op) -> Eval<Value> {
    let x = operand(e, args, name)?;
    add(e, make(x), args.span)
}

/// A function of the first two parameters.
fn binary(e: &mut Evaluator<'_>, args: &Args, kind: Binary) -> Eval<Value> {
    let (first, second) = args.first_names();
    let (x, y) = (operand(e, args, first)?, operand(e, args, second)?);
    add(e, Op::Binary(kind, x, y), args.span)
}

/// A comparison of signals: 1 or 0.
pub fn compare(e: &mut Evaluator<'_>, kind: Binary, left: &Given, right: &Given) -> Eval<Value> {
    let (x, y) = (signal(e, left, "this")?, signal(e, right, "this")?);
    add(e, Op::Binary(kind, x, y), left.span.to(right.span))
}

/// The signal that a function of signals gave.
fn operand_of(e: &mut Evaluator<'_>, value: Value, args: &Args) -> Eval<Sig> {
    let span = args.span;
    signal(e, &Given { value, span }, args.name())
}

/// Runs a function of the score once and keeps the graph of operations it leaves. Parameters without a default
/// are its audio inputs.
pub fn trace(e: &mut Evaluator<'_>, closure: &Rc<Closure>, span: Span) -> Eval<Arc<Function>> {
    let params = closure.definition.params.iter().zip(&closure.defaults);
    let inputs = params.filter(|(p, default)| default.is_none() && p.kind == ParamKind::Plain);
    let inputs: Vec<Rc<str>> = inputs.map(|(p, _)| Rc::clone(&p.name)).collect();
    let function = Given {
        value: Value::Closure(Rc::clone(closure)),
        span,
    };
    let (name, place) = (&closure.definition.name, closure.definition.span);
    run_once(e, &function, name, &inputs, place)
}

/// Runs a function made of functions ([`composition`]) once; `None` if this is none.
pub fn trace_composed(e: &mut Evaluator<'_>, function: &Given) -> Option<Eval<Arc<Function>>> {
    let Value::Method(_, of) = &function.value else {
        return None;
    };
    let inputs = composition::inputs_of(&function.value)?;
    let name = |i: usize| match i {
        0 => "inp".into(),
        _ => format!("inp{}", i + 1).into(),
    };
    let inputs: Vec<Rc<str>> = (0..inputs).map(name).collect();
    Some(run_once(e, function, of.name, &inputs, function.span))
}

/// Runs a function once; `place` is where its result is spoken of.
fn run_once(
    e: &mut Evaluator<'_>,
    function: &Given,
    name: &str,
    inputs: &[Rc<str>],
    place: Span,
) -> Eval<Arc<Function>> {
    let span = function.span;
    if e.trace.is_some() {
        return Err(Diagnostic::new(span, "a node cannot be made inside a signal function").into());
    }
    e.traces += 1;
    let mut builder = Builder::new();
    let mut signals = Vec::new();
    for name in inputs {
        let sig = built(builder.input(name), span)?;
        signals.push(Given {
            value: Value::Signal(sig, e.traces),
            span,
        });
    }
    e.trace = Some(Trace {
        builder,
        number: e.traces,
    });
    let result = e.call(function, signals, Vec::new(), span);
    let outputs = result.and_then(|result| outputs(e, result, name, place));
    let trace = e.trace.take();
    let outputs = outputs?;
    match trace {
        Some(trace) => {
            let function = trace.builder.finish(outputs);
            verify(&function).map_err(|fault| {
                Diagnostic::new(span, format!("`{name}` cannot be played: {fault}"))
            })?;
            Ok(Arc::new(function))
        }
        None => Err(Diagnostic::new(span, "a signal function ended inside another one").into()),
    }
}

/// What a list or tuple of signals holds.
fn signals(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Tuple(items) => Some(items.to_vec()),
        Value::List(items) => Some(items.borrow().clone()),
        _ => None,
    }
}

fn outputs(e: &mut Evaluator<'_>, result: Value, name: &str, span: Span) -> Eval<Vec<Sig>> {
    let given = |value| Given { value, span };
    match result {
        Value::None => Err(Diagnostic::new(
            span,
            format!("`{name}` returns nothing, so there is nothing to hear"),
        )
        .hint("end it with `return` and a signal")
        .into()),
        Value::Pattern(_) => Err(Diagnostic::new(
            span,
            format!("`{name}` returns a pattern, and a node needs a signal"),
        )
        .into()),
        several @ (Value::Tuple(_) | Value::List(_)) => {
            let items = signals(&several).unwrap_or_default();
            if !(1..=2).contains(&items.len()) {
                return Err(Diagnostic::new(
                    span,
                    format!(
                        "`{name}` returns {} signals; a node has one (mono) or two (stereo)",
                        items.len()
                    ),
                )
                .into());
            }
            let items = items.into_iter();
            items.map(|item| signal(e, &given(item), name)).collect()
        }
        one => Ok(vec![signal(e, &given(one), name)?]),
    }
}
