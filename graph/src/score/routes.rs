//! Connections: `source >> target`, `connect`, and where their names say that they lead.

use super::args::{Args, number};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_session::{SEND_LEVEL, node_name};
use super::paths::control_place;
use super::value::{Given, Place, Value};
use crate::patch::{Connection, Span, Target};
use std::rc::Rc;

/// `source >> target`: a plain wire; with a level, a send. Gives the target, so that chains go on.
pub fn route(e: &mut Evaluator<'_>, from: &Rc<str>, right: &Given, span: Span) -> Eval<Value> {
    let part = |value: &Value| Given {
        value: value.clone(),
        span: right.span,
    };
    let (target, level, port) = match &right.value {
        Value::Tuple(items) => match &items[..] {
            [to, port @ Value::Str(_)] => (part(to), None, Some(part(port))),
            [to, level] => (part(to), Some(number(&part(level), "level")?), None),
            [to, level, port] => (
                part(to),
                Some(number(&part(level), "level")?),
                Some(part(port)),
            ),
            _ => {
                return Err(Diagnostic::new(
                    right.span,
                    "a send is written `>> (node, level)`, to one of several inputs \
                     `>> (node, level, \"key\")`",
                )
                .into());
            }
        },
        _ => (right.clone(), None, None),
    };
    // A module stays whole, so that the chain goes on from what leads out of it.
    let end = target.value.clone();
    let target = self::target(e, &target)?;
    let port = port.map_or(Ok(0), |given| self::port(e, &target, &given))?;
    if level.is_none() {
        e.level = None;
    }
    add_connection(e, from, &target, level, port, span)?;
    Ok(match end {
        Value::Str(_) => target.value,
        end => end,
    })
}

pub fn connect(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let from = node_name(e, args.need("source")?, "source")?;
    // krach's `send` has a level also where none is said, its `wire` has none.
    let given = args.has("level").then(|| args.get("level")).flatten();
    let level = given.map(|given| number(given, "level")).transpose()?;
    let level = level.or((args.name() == "send").then_some(SEND_LEVEL));
    let target = target(e, args.need("target")?)?;
    e.level = given.map(|level| level.span);
    let port = match args.get("port") {
        None => 0,
        Some(given) => port(e, &target, given)?,
    };
    add_connection(e, &from, &target, level, port, args.span)?;
    Ok(Value::None)
}

/// A module is led into by the node that it says.
fn into_group(target: Given) -> Eval<Given> {
    match &target.value {
        Value::Group(group) => Ok(Given {
            value: Value::Node(group.input(target.span)?),
            span: target.span,
        }),
        _ => Ok(target),
    }
}

/// Where a name says that a connection leads: to a node, to a control of one (`verb/room`), or to `out`.
pub fn target(e: &Evaluator<'_>, given: &Given) -> Eval<Given> {
    let mut target = into_group(given.clone())?;
    if let Value::Str(name) = &given.value {
        target.value = match name.rsplit_once('/') {
            _ if e.patch.node(name).is_some() => Value::Node(Rc::clone(name)),
            Some((node, control)) => control_place(e, node, control, target.span)?,
            _ if &**name == "out" => Value::Place(Place::Out(1)),
            _ => Value::Node(Rc::clone(name)),
        };
    }
    Ok(target)
}

/// An input by index or name.
pub fn port(e: &Evaluator<'_>, target: &Given, given: &Given) -> Eval<u16> {
    let Value::Node(name) = &target.value else {
        return Err(Diagnostic::new(given.span, "only a node has ports").into());
    };
    let inputs = e.node(name, target.span)?.inputs();
    let found = match &given.value {
        Value::Int(i) => usize::try_from(*i).ok().filter(|i| *i < inputs.len()),
        Value::Str(wanted) => {
            let named = inputs.iter().position(|input| *input == **wanted);
            // krach counts them: "in0", "in1".
            let counted = || wanted.strip_prefix("in")?.parse().ok();
            named.or_else(|| counted().filter(|i| *i < inputs.len()))
        }
        _ => None,
    };
    found.map(|i| i as u16).ok_or_else(|| {
        Diagnostic::new(given.span, format!("node `{name}` has no such input"))
            .hint(format!(
                "it has {}",
                if inputs.is_empty() {
                    "none".into()
                } else {
                    inputs.join(", ")
                }
            ))
            .into()
    })
}

fn add_connection(
    e: &mut Evaluator<'_>,
    from: &Rc<str>,
    target: &Given,
    level: Option<f64>,
    port: u16,
    span: Span,
) -> Eval<()> {
    let to = match &target.value {
        Value::Node(to) => {
            let node = e.node(to, target.span)?;
            if node.inputs().len() <= usize::from(port) {
                return Err(Diagnostic::new(
                    target.span,
                    format!("node `{to}` has no audio input: it is a source"),
                )
                .hint("give its function an `inp` parameter")
                .into());
            }
            Target::Input {
                node: to.to_string(),
                port,
            }
        }
        Value::Place(Place::Control { node, control, .. }) => Target::Control {
            node: node.to_string(),
            control: control.to_string(),
        },
        Value::Place(Place::Out(pair)) => Target::Out(*pair),
        Value::Closure(c) => {
            return Err(Diagnostic::new(
                target.span,
                format!("`{}` is a function, not a node", c.definition.name),
            )
            .hint("make a node of it first: node(\"name\", function)")
            .into());
        }
        other => {
            return Err(Diagnostic::new(
                target.span,
                format!("a wire leads to a node, not to {}", other.kind()),
            )
            .into());
        }
    };
    let depth = matches!(to, Target::Control { .. });
    if let Some(level) = level
        && !depth
        && !(-4.0..=4.0).contains(&level)
    {
        return Err(Diagnostic::new(
            e.level.unwrap_or(target.span),
            format!("a level goes from -4 to 4, and this is {level}"),
        )
        .into());
    }
    e.hold(8, span)?;
    let new = Connection {
        from: from.to_string(),
        to,
        level: level.unwrap_or(1.0) as f32,
        send: level.is_some() && !depth,
        span: e.statement,
    };
    let level = e.level.take();
    e.said_level(from, &new.to, level);
    let connections = &mut e.patch.connections;
    match connections
        .iter_mut()
        .find(|c| c.from == new.from && c.to == new.to)
    {
        Some(old) => *old = new,
        None => connections.push(new),
    }
    Ok(())
}
