//! More functions of the session: voices and buses, taking away, and groups of nodes.
//!
//! A node's name may hold `/`: `drums/kick` belongs to the group `drums`, and what is said of a group is said of every
//! node in it.

use super::args::{Args, wrong};
use super::bind::take_off;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_session::{free_name, node, node_name};
use super::paths::{path, set_value};
use super::routes::{port, target};
use super::value::{Builtin, Given, Place, Value};
use crate::patch::{GAIN, Node, Span, Target};
use std::rc::Rc;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "voice",
        params: &["name", "function", "gain", "pan", "count", "**values"],
        run: node,
    },
    Builtin {
        name: "bus",
        params: &["name", "function", "gain", "pan", "count", "**values"],
        run: bus,
    },
    Builtin {
        name: "remove",
        params: &["node"],
        run: remove,
    },
    Builtin {
        name: "unsend",
        params: &["source", "target", "port"],
        run: unsend,
    },
    Builtin {
        name: "rename",
        params: &["node", "name"],
        run: rename,
    },
    Builtin {
        name: "gain",
        params: &["node", "value"],
        run: gain,
    },
    Builtin {
        name: "mute",
        params: &["node"],
        run: |e, a| flag(e, a, |n| n.mute = true),
    },
    Builtin {
        name: "unmute",
        params: &["node"],
        run: |e, a| flag(e, a, |n| n.mute = false),
    },
    Builtin {
        name: "solo",
        params: &["node"],
        run: |e, a| flag(e, a, |n| n.solo = true),
    },
    Builtin {
        name: "unsolo",
        params: &["node"],
        run: unsolo,
    },
    Builtin {
        name: "hush",
        params: &["node"],
        run: hush,
    },
];

/// The nodes of a group by its name, in order; a node of that very name comes before the group.
pub fn group(e: &Evaluator<'_>, name: &str) -> Vec<Rc<str>> {
    if e.patch.node(name).is_some() {
        return vec![name.into()];
    }
    let name = name.trim_end_matches('/');
    let within = |node: &&Node| {
        let rest = node.name.strip_prefix(name);
        !name.is_empty() && rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let nodes = e.patch.nodes.iter().filter(within);
    nodes.map(|node| node.name.as_str().into()).collect()
}

/// The nodes in an argument: a node, its name, or the name of a group.
fn nodes(e: &mut Evaluator<'_>, given: &Given) -> Eval<Vec<Rc<str>>> {
    if let Value::Str(name) = &given.value {
        e.steps(e.patch.nodes.len() / 8, given.span)?;
        let nodes = group(e, name);
        if !nodes.is_empty() {
            return Ok(nodes);
        }
    }
    Ok(vec![node_name(e, given, "node")?])
}

fn each(e: &mut Evaluator<'_>, args: &Args, change: fn(&mut Evaluator<'_>, &str)) -> Eval<Value> {
    for name in nodes(e, args.need("node")?)? {
        e.steps(e.patch.nodes.len() / 8, args.span)?;
        change(e, &name);
    }
    Ok(Value::None)
}

fn flag(e: &mut Evaluator<'_>, args: &Args, change: fn(&mut Node)) -> Eval<Value> {
    for name in nodes(e, args.need("node")?)? {
        if let Some(node) = e.patch.nodes.iter_mut().find(|n| n.name == *name) {
            change(node);
        }
    }
    Ok(Value::None)
}

fn unsolo(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    if args.get("node").is_some() {
        return flag(e, args, |n| n.solo = false);
    }
    e.patch.nodes.iter_mut().for_each(|n| n.solo = false);
    Ok(Value::None)
}

fn gain(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let value = args.need("value")?;
    for name in nodes(e, args.need("node")?)? {
        set_value(e, &name, GAIN, value.span, value)?;
    }
    Ok(Value::None)
}

fn hush(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("node")?;
    if let Value::Str(name) = &given.value
        && e.patch.outgoing.iter().any(|b| b.node == **name)
    {
        e.patch.outgoing.retain(|b| b.node != **name);
        return Ok(Value::None);
    }
    let given = args.need("node")?;
    if let Value::Str(text) = &given.value
        && group(e, text).is_empty()
        && text.contains('/')
    {
        // A path: only what plays that control.
        let (node, control) = path(e, given)?;
        take_off(e, &node, Some(&control));
        return Ok(Value::None);
    }
    each(e, args, |e, name| {
        e.patch.bindings.retain(|b| b.node != name);
        e.patch.mods.retain(|m| m.node != name);
    })
}

/// Takes nodes away with all that leads to them, from them, and plays them.
fn remove(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    each(e, args, |e, name| e.patch.remove(name))
}

/// A node that others lead into.
fn bus(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let made = node(e, args)?;
    let function = args.need("function")?;
    if let Value::Node(name) = &made
        && e.node(name, args.span)?.inputs().is_empty()
    {
        return Err(Diagnostic::new(
            function.span,
            format!("the bus `{name}` has no audio input"),
        )
        .hint("give its function an `inp` parameter")
        .into());
    }
    Ok(made)
}

/// Cuts the connections from a node to another, to one of its controls, or to `out`.
fn unsend(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let from = node_name(e, args.need("source")?, "source")?;
    let to = target(e, args.need("target")?)?;
    let before = e.patch.connections.len();
    let only = match args.get("port") {
        None => None,
        Some(given) => Some(port(e, &to, given)?),
    };
    let cut = |is: &Target, wanted: &Value| match (is, wanted) {
        (Target::Input { node, port }, Value::Node(name)) => {
            **node == **name && only.is_none_or(|only| only == *port)
        }
        (
            Target::Control { node, control },
            Value::Place(Place::Control {
                node: n,
                control: c,
                ..
            }),
        ) => **node == **n && **control == **c,
        (Target::Out(pair), Value::Place(Place::Out(wanted))) => pair == wanted,
        _ => false,
    };
    e.patch
        .connections
        .retain(|c| c.from != *from || !cut(&c.to, &to.value));
    if e.patch.connections.len() == before {
        return Err(no_connection(e, &from, &to, args.span));
    }
    Ok(Value::None)
}

/// Gives a node another name, wherever it is named so far.
fn rename(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let old = node_name(e, args.need("node")?, "node")?;
    let new = args.need_str("name")?;
    free_name(e, &new, args.need("name")?.span)?;
    e.steps(e.patch.nodes.len() / 8, args.span)?;
    let name = |name: &str| match name == &*old {
        true => new.to_string(),
        false => name.to_owned(),
    };
    e.patch.rename(name);
    Ok(Value::Node(new))
}

fn no_connection(e: &Evaluator<'_>, from: &str, to: &Given, span: Span) -> Box<Diagnostic> {
    if !matches!(to.value, Value::Node(_) | Value::Place(_)) {
        return wrong(to, "target", "a node, a control or `out`");
    }
    let d = Diagnostic::new(
        span,
        format!("no connection leads from `{from}` to {}", to.value.kind()),
    );
    let mut leads: Vec<&str> = Vec::new();
    for c in e.patch.connections.iter().filter(|c| c.from == from) {
        leads.push(c.to.node().unwrap_or("out"));
    }
    match leads.is_empty() {
        true => d.hint("nothing that this score says leads out of it"),
        false => d.hint(format!("it leads to {}", leads.join(", "))),
    }
    .into()
}
