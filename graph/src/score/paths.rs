//! What paths mean, as `bass/cutoff`: controls of nodes and groups, set and read.

use super::args::{Args, number, wrong};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_nodes::group;
use super::lib_time;
use super::value::{Given, Place, Value};
use crate::patch::{GAIN, Span};
use crate::time::Tempo;
use std::rc::Rc;

/// Node and control of a path like `bass/cutoff`.
pub fn path(e: &Evaluator<'_>, given: &Given) -> Eval<(Rc<str>, Rc<str>)> {
    match &given.value {
        Value::Str(path) => {
            let (node, control) = path.rsplit_once('/').ok_or_else(|| {
                Box::new(
                    Diagnostic::new(given.span, format!("`{path}` is not a path"))
                        .hint("write \"node/control\""),
                )
            })?;
            e.control_of(node, control, given.span)?;
            Ok((node.into(), control.into()))
        }
        Value::Place(Place::Control { node, control, .. }) => {
            Ok((Rc::clone(node), Rc::clone(control)))
        }
        _ => Err(wrong(given, "path", "a path like \"bass/cutoff\"")),
    }
}

/// A control of a node, as `node["cutoff"]` names it: where wires lead, and the number that it is set to so far.
pub fn control_place(e: &Evaluator<'_>, node: &str, control: &str, span: Span) -> Eval<Value> {
    let (init, ..) = e.control_of(node, control, span)?;
    let said = e.patch.node(node).and_then(|n| n.values.get(control));
    let value = *said.unwrap_or(&init);
    Ok(Value::Place(Place::Control {
        node: node.into(),
        control: control.into(),
        // As it was written: 0.3, not the nearest single to it.
        value: value.to_string().parse().unwrap_or(f64::from(value)),
    }))
}

/// The controls that a path means: `bass/cutoff`, `drums/cutoff` of all nodes of a group, and of a node or a group that
/// is named alone the gain.
pub fn controls(e: &mut Evaluator<'_>, given: &Given) -> Eval<Vec<(Rc<str>, Rc<str>)>> {
    let gain = |node: Rc<str>| (node, Rc::from(GAIN));
    let text = match &given.value {
        Value::Node(name) => return Ok(vec![gain(Rc::clone(name))]),
        Value::Str(text) => Rc::clone(text),
        _ => return Ok(vec![path(e, given)?]),
    };
    e.steps(e.patch.nodes.len() / 8, given.span)?;
    let nodes = group(e, &text);
    if !nodes.is_empty() {
        return Ok(nodes.into_iter().map(gain).collect());
    }
    if let Some((name, control)) = text.rsplit_once('/')
        && e.patch.node(name).is_none()
    {
        let nodes = group(e, name);
        if !nodes.is_empty() {
            let of_each = |node| (node, Rc::from(control));
            return Ok(nodes.into_iter().map(of_each).collect());
        }
    }
    Ok(vec![path(e, given)?])
}

/// A statement sets a control's base value.
pub fn set_value(
    e: &mut Evaluator<'_>,
    node: &str,
    control: &str,
    span: Span,
    given: &Given,
) -> Eval<()> {
    let (_, lo, hi) = e.control_of(node, control, span)?;
    if let Value::Signal(..) | Value::Pattern(_) = given.value {
        let hint = format!("bind a pattern with {node} @ (\"{control}\", pattern)");
        return Err(Diagnostic::new(
            given.span,
            format!(
                "`{control}` is set to a number, not to {}",
                given.value.kind()
            ),
        )
        .hint(hint)
        .into());
    }
    let value = number(given, control)? as f32;
    if !(lo..=hi).contains(&value) {
        return Err(Diagnostic::new(
            given.span,
            format!("`{control}` of `{node}` goes from {lo} to {hi}"),
        )
        .into());
    }
    if e.fades_instead(node, control, value, span)? {
        return Ok(());
    }
    if let Some(n) = e.patch.nodes.iter_mut().find(|n| n.name == node) {
        n.values.insert(control.to_owned(), value);
    }
    e.said_value(node, control, given.span);
    Ok(())
}

/// Sets what a path means: a control, the gain of a node that is named alone, or the same of all nodes of a group.
pub fn set_path(e: &mut Evaluator<'_>, given: &Given, value: &Given) -> Eval<()> {
    for (node, control) in controls(e, given)? {
        set_value(e, &node, &control, given.span, value)?;
    }
    Ok(())
}

/// `set(path, value)`
pub fn set(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("path")?.clone();
    let value = args.need("value")?.clone();
    match &given.value {
        Value::Str(_) => set_path(e, &given, &value)?,
        _ => {
            let (node, control) = path(e, &given)?;
            set_value(e, &node, &control, given.span, &value)?;
        }
    }
    Ok(Value::None)
}

/// What `kr.tempo` and its like are where they are not called: numbers, and the names of the scenes.
pub fn read(e: &mut Evaluator<'_>, value: Value, span: Span) -> Eval<Value> {
    let Value::Builtin(builtin) = &value else {
        return Ok(value);
    };
    Ok(match builtin.name {
        "tempo" => Value::Float(e.patch.tempo.unwrap_or(Tempo::default().bpm())),
        "meter" => {
            // krach's metre is a number of quarter notes, whole ones mostly.
            let meter = e.patch.meter.unwrap_or_default();
            Value::Float(4.0 * f64::from(meter.beats) / f64::from(meter.unit))
        }
        "master" => Value::Float(f64::from(e.patch.master.unwrap_or(1.0))),
        "scenes" => return e.call(&Given { value, span }, Vec::new(), Vec::new(), span),
        _ => value,
    })
}

/// `kr.tempo = 128` and its like.
pub fn assign(e: &mut Evaluator<'_>, name: &str, span: Span, given: &Given) -> Eval<()> {
    match name {
        "tempo" => lib_time::base(e, given),
        "master" => super::lib_moves::master(e, given).map(drop),
        "meter" => lib_time::meter_beats(e, given),
        _ => Err(Diagnostic::new(span, format!("`kr.{name}` cannot be set"))
            .hint(
                "kr.tempo, kr.meter and kr.master can; the others are called, as kr.mute(\"bass\")",
            )
            .into()),
    }
}
