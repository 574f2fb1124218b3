//! What moves controls by itself or from outside: modulations, macros, MIDI; and the master.

use super::args::{Args, number, wrong};
use super::bind;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_acts::curve;
use super::lib_pattern;
use super::lib_session::node_name;
use super::paths::{controls, path};
use super::value::{Builtin, Given, Value};
use crate::patch::{Keys, Mapping, Modulation, Span};
use crate::pattern::{Pitch, Shape};
use crate::signal::Knob;
use crate::time::Ratio;
use std::rc::Rc;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "mod",
        params: &["path", "shape", "lo", "hi", "bars", "width"],
        run: modulate,
    },
    Builtin {
        name: "master",
        params: &["gain"],
        run: |e, a| master(e, a.need("gain")?),
    },
    Builtin {
        name: "macro",
        params: &["index", "path", "lo", "hi", "curve"],
        run: map_macro,
    },
    Builtin {
        name: "midi_map",
        params: &["cc", "path", "lo", "hi", "channel", "curve"],
        run: midi_map,
    },
    Builtin {
        name: "unmap",
        params: &["path", "index", "cc", "channel"],
        run: unmap,
    },
    Builtin {
        name: "midi",
        params: &["node", "channel", "lo", "hi"],
        run: midi,
    },
];

/// The most points of a table.
const MAX_POINTS: usize = 4096;

fn modulate(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("path")?.clone();
    let mut made = Value::None;
    for path in controls(e, &given)? {
        made = modulate_one(e, args, path, given.span)?;
    }
    Ok(made)
}

fn modulate_one(
    e: &mut Evaluator<'_>,
    args: &Args,
    (node, control): (Rc<str>, Rc<str>),
    span: Span,
) -> Eval<Value> {
    let (_, least, most) = e.control_of(&node, &control, span)?;
    let bars = match args.get("bars") {
        Some(given) => {
            let bars = args.need_ratio("bars")?;
            if bars <= Ratio::ZERO {
                return Err(Diagnostic::new(given.span, "a turn takes more than 0 bars").into());
            }
            bars
        }
        None => Ratio::ONE,
    };
    let by = args.need("shape")?;
    if let Value::Pattern(sequence) = &by.value {
        // krach's other form: a pattern, over so many bars.
        let pattern = lib_pattern::built(sequence.pattern.clone().over(bars), by.span)?;
        return bind::control(e, &node, &control, pattern, by.span);
    }
    let shape = shape(e, args, by)?;
    let lo = args.number("lo", f64::from(least))? as f32;
    let hi = args.number("hi", f64::from(most))? as f32;
    e.hold(8, args.span)?;
    bind::take_off(e, &node, Some(&control));
    let span = e.statement;
    e.patch.mods.push(Modulation {
        node: node.to_string(),
        control: control.to_string(),
        shape,
        lo,
        hi,
        bars,
        span,
    });
    Ok(Value::Node(node))
}

fn shape(e: &mut Evaluator<'_>, args: &Args, by: &Given) -> Eval<Shape> {
    match &by.value {
        Value::Str(name) if &**name == "pulse" => {
            let width = args.number("width", 0.25)?;
            if !(0.0..=1.0).contains(&width) {
                let span = args.get("width").map_or(args.span, |w| w.span);
                return Err(Diagnostic::new(span, "a pulse's width goes from 0 to 1").into());
            }
            Ok(Shape::Pulse(width))
        }
        Value::Str(name) => lib_pattern::shape(name).map(Shape::Wave).ok_or_else(|| {
            Diagnostic::new(by.span, format!("there is no shape `{name}`"))
                .hint("one of sine, tri, ramp, ramp_down, square, exp, pulse, or a list of values 0 to 1")
                .into()
        }),
        Value::List(_) | Value::Tuple(_) => {
            let mut points = Vec::new();
            for value in e.collect(by)? {
                let given = Given {
                    value,
                    span: by.span,
                };
                let point = number(&given, "shape")?;
                if !(0.0..=1.0).contains(&point) {
                    let message = format!("a table's values go from 0 to 1, and this has {point}");
                    return Err(Diagnostic::new(by.span, message)
                        .hint("lo and hi say what 0 and 1 become")
                        .into());
                }
                points.push(point as f32);
            }
            if points.is_empty() || points.len() > MAX_POINTS {
                let message = format!("a table has 1 to {MAX_POINTS} values");
                return Err(Diagnostic::new(by.span, message).into());
            }
            Ok(Shape::Table(points.into()))
        }
        _ => Err(wrong(by, "shape", "the name of a shape, a list or a pattern")),
    }
}

/// `master(0.7)`, `kr.master = 0.7`.
pub fn master(e: &mut Evaluator<'_>, given: &Given) -> Eval<Value> {
    let gain = number(given, "master")? as f32;
    if !(0.0..=2.0).contains(&gain) {
        return Err(Diagnostic::new(given.span, "the master's gain goes from 0 to 2").into());
    }
    e.patch.master = Some(gain);
    Ok(Value::None)
}

/// A whole number within bounds.
fn within(args: &Args, name: &str, lo: i64, hi: i64) -> Eval<u8> {
    let n = args.need_whole(name)?;
    if !(lo..=hi).contains(&n) {
        let span = args.need(name)?.span;
        let message = format!("`{name}` goes from {lo} to {hi}, and this is {n}");
        return Err(Diagnostic::new(span, message).into());
    }
    Ok(n as u8)
}

/// A channel as musicians count, 1…16; 0 or none is any.
fn channel(args: &Args) -> Eval<Option<u8>> {
    match args.get("channel") {
        None => Ok(None),
        Some(given) if matches!(given.value, Value::None) => Ok(None),
        Some(_) => Ok(within(args, "channel", 0, 16)?.checked_sub(1)),
    }
}

fn map_macro(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let index = within(args, "index", 1, i64::from(Knob::MACROS))?;
    map_knob(e, args, Knob::Macro(index))
}

fn midi_map(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let cc = within(args, "cc", 0, 127)?;
    let channel = channel(args)?;
    map_knob(e, args, Knob::Controller { cc, channel })
}

fn map_knob(e: &mut Evaluator<'_>, args: &Args, knob: Knob) -> Eval<Value> {
    let given = args.need("path")?;
    let (node, control) = path(e, given)?;
    let (_, least, most) = e.control_of(&node, &control, given.span)?;
    let mut ends = [("lo", least), ("hi", most)];
    for (name, end) in &mut ends {
        let value = args.number(name, f64::from(*end))? as f32;
        if !(least..=most).contains(&value) {
            let span = args.get(name).map_or(args.span, |g| g.span);
            let message = format!("`{control}` of `{node}` goes from {least} to {most}");
            return Err(Diagnostic::new(span, message).into());
        }
        *end = value;
    }
    e.hold(8, args.span)?;
    let new = Mapping {
        knob,
        node: node.to_string(),
        control: control.to_string(),
        lo: ends[0].1,
        hi: ends[1].1,
        curve: curve(args)?,
        span: e.statement,
    };
    let same =
        |m: &&mut Mapping| m.knob == new.knob && m.node == new.node && m.control == new.control;
    match e.patch.mappings.iter_mut().find(same) {
        Some(old) => *old = new,
        None => e.patch.mappings.push(new),
    }
    Ok(Value::None)
}

/// Takes mappings of a control away: a macro's, a controller's, or all.
fn unmap(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("path")?;
    let (node, control) = path(e, given)?;
    let knob = match (args.get("index"), args.get("cc")) {
        (Some(_), _) => Some(Knob::Macro(within(
            args,
            "index",
            1,
            i64::from(Knob::MACROS),
        )?)),
        (None, Some(_)) => Some(Knob::Controller {
            cc: within(args, "cc", 0, 127)?,
            channel: channel(args)?,
        }),
        (None, None) => None,
    };
    let before = e.patch.mappings.len();
    e.patch.mappings.retain(|m| {
        (&*m.node, &*m.control) != (&*node, &*control) || knob.is_some_and(|k| k != m.knob)
    });
    if e.patch.mappings.len() == before {
        let message = format!("nothing like that is mapped to `{node}/{control}`");
        return Err(Diagnostic::new(args.span, message).into());
    }
    Ok(Value::None)
}

/// A key by its number or its name.
fn key(args: &Args, name: &str, default: u8) -> Eval<u8> {
    let Some(given) = args.get(name) else {
        return Ok(default);
    };
    if let Value::Str(note) = &given.value {
        return match Pitch::parse(note) {
            Some(Pitch::Midi(n)) if (0.0..=127.0).contains(&n) => Ok(n as u8),
            _ => Err(Diagnostic::new(given.span, format!("`{note}` is no key"))
                .hint("a note's name, as \"C3\", or a number from 0 to 127")
                .into()),
        };
    }
    within(args, name, 0, 127)
}

fn midi(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("node")?;
    let node = node_name(e, given, "node")?;
    if e.node(&node, given.span)?.range("gate").is_none() {
        let message = format!("node `{node}` has no control `gate` for notes to open");
        return Err(Diagnostic::new(given.span, message)
            .hint("add control(\"gate\", 0, 0, 1) to its function")
            .into());
    }
    let (lo, hi) = (key(args, "lo", 0)?, key(args, "hi", 127)?);
    if lo > hi {
        return Err(Diagnostic::new(args.span, "the lowest key is above the highest").into());
    }
    e.hold(4, args.span)?;
    let new = Keys {
        node: node.to_string(),
        channel: channel(args)?,
        lo,
        hi,
        span: e.statement,
    };
    let same = |k: &Keys| {
        Keys {
            span: k.span,
            ..new.clone()
        } == *k
    };
    if !e.patch.keys.iter().any(same) {
        e.patch.keys.push(new);
    }
    Ok(Value::Node(node))
}
