//! The functions of signals (`krs`), and running a score's function once to build a graph.

use super::args::Args;
use super::ast::ParamKind;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator, Trace};
use super::value::{Builtin, Closure, Given, Value};
use crate::patch::Span;
use crate::signal::{BuildError, Builder, Control, Function, Op, Sig};
use std::rc::Rc;
use std::sync::Arc;

/// Every function of signals.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "control",
        params: &["name", "init", "lo", "hi"],
        run: control,
    },
    Builtin {
        name: "sine_osc",
        params: &["freq"],
        run: |e, a| unary(e, a, "freq", Op::Sine),
    },
    Builtin {
        name: "saw",
        params: &["freq"],
        run: |e, a| unary(e, a, "freq", Op::Saw),
    },
    Builtin {
        name: "white_noise",
        params: &[],
        run: white_noise,
    },
    Builtin {
        name: "lowpass",
        params: &["sig", "freq"],
        run: |e, a| filter(e, a, Op::Lowpass),
    },
    Builtin {
        name: "highpass",
        params: &["sig", "freq"],
        run: |e, a| filter(e, a, Op::Highpass),
    },
    Builtin {
        name: "adsr",
        params: &["attack", "decay", "sustain", "release", "gate"],
        run: adsr,
    },
    Builtin {
        name: "reverb",
        params: &["sig", "room", "damping"],
        run: reverb,
    },
];

/// Two poles without resonance: a Butterworth filter's damping.
const BUTTERWORTH: f32 = std::f32::consts::SQRT_2;

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

fn filter(e: &mut Evaluator<'_>, args: &Args, make: fn(Sig, Sig, Sig) -> Op) -> Eval<Value> {
    let (x, cutoff) = (operand(e, args, "sig")?, operand(e, args, "freq")?);
    let damping = builder(e, args.span, "this")?
        .constant(BUTTERWORTH)
        .map_err(|error| failed(args.span, &error))?;
    add(e, make(x, cutoff, damping), args.span)
}

fn control(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let name = args.need_str("name")?;
    let (init, lo) = (
        args.number("init", 0.0)? as f32,
        args.number("lo", 0.0)? as f32,
    );
    let hi = args.number("hi", 1.0)? as f32;
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
    let control = Control::new(&name, init, lo, hi);
    let sig = builder(e, span, "control")?
        .control(control)
        .map_err(|error| failed(span, &error))?;
    Ok(value(e, sig))
}

fn white_noise(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let sig = builder(e, args.span, "white_noise")?
        .noise()
        .map_err(|error| failed(args.span, &error))?;
    Ok(value(e, sig))
}

fn adsr(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let (attack, decay) = (operand(e, args, "attack")?, operand(e, args, "decay")?);
    let (sustain, release) = (operand(e, args, "sustain")?, operand(e, args, "release")?);
    let gate = operand(e, args, "gate")?;
    add(
        e,
        Op::Adsr {
            attack,
            decay,
            sustain,
            release,
            gate,
        },
        args.span,
    )
}

fn reverb(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let x = operand(e, args, "sig")?;
    let (room, damping) = (
        operand_or(e, args, "room", 0.5)?,
        operand_or(e, args, "damping", 0.5)?,
    );
    let built = builder(e, args.span, "reverb")?.reverb(x, room, damping);
    Ok(value(e, built.map_err(|error| failed(args.span, &error))?))
}

/// Runs a function of the score once and keeps the graph of operations it leaves. Parameters without a default
/// are its audio inputs.
pub fn trace(e: &mut Evaluator<'_>, closure: &Rc<Closure>, span: Span) -> Eval<Arc<Function>> {
    if e.trace.is_some() {
        return Err(Diagnostic::new(span, "a node cannot be made inside a signal function").into());
    }
    let name = &closure.definition.name;
    e.traces += 1;
    let mut builder = Builder::new();
    let mut inputs = Vec::new();
    for (param, default) in closure.definition.params.iter().zip(&closure.defaults) {
        if default.is_none() && param.kind == ParamKind::Plain {
            let sig = builder
                .input(&param.name)
                .map_err(|error| failed(span, &error))?;
            inputs.push(Given {
                value: Value::Signal(sig, e.traces),
                span,
            });
        }
    }
    e.trace = Some(Trace {
        builder,
        number: e.traces,
    });
    let function = Given {
        value: Value::Closure(Rc::clone(closure)),
        span,
    };
    let result = e.call(&function, inputs, Vec::new(), span);
    let outputs = result.and_then(|result| outputs(e, result, name, closure.definition.span));
    let trace = e.trace.take();
    let outputs = outputs?;
    match trace {
        Some(trace) => Ok(Arc::new(trace.builder.finish(outputs))),
        None => Err(Diagnostic::new(span, "a signal function ended inside another one").into()),
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
        Value::Tuple(items) if items.len() == 2 => items
            .iter()
            .map(|item| signal(e, &given(item.clone()), name))
            .collect(),
        Value::Tuple(items) => Err(Diagnostic::new(
            span,
            format!(
                "`{name}` returns {} signals; a node has one (mono) or two (stereo)",
                items.len()
            ),
        )
        .into()),
        one => Ok(vec![signal(e, &given(one), name)?]),
    }
}
