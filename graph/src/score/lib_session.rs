//! The functions of the session (`kr`): nodes, routing, values, tempo.

use super::args::{Args, number, wrong};
use super::bind;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_nodes::group;
use super::lib_outgoing;
use super::lib_pattern;
use super::lib_signal;
use super::lib_time;
use super::lib_transform;
use super::value::{Builtin, Given, Place, Value};
use crate::patch::{Connection, GAIN, Node, Source, Span, Target};
use crate::signal::Inlet;
use crate::time::Tempo;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Every function of the session that is not a pattern.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "node",
        params: &["name", "function", "gain", "pan", "count", "**values"],
        run: node,
    },
    Builtin {
        name: "input",
        params: &["name", "channel", "gain", "pair"],
        run: input,
    },
    Builtin {
        name: "connect",
        params: &["source", "target", "level", "port"],
        run: connect,
    },
    Builtin {
        name: "send",
        params: &["source", "target", "level", "port"],
        run: connect,
    },
    Builtin {
        name: "wire",
        params: &["source", "target", "port"],
        run: connect,
    },
    Builtin {
        name: "play",
        params: &["node", "pattern", "control", "from_zero", "swing"],
        run: play,
    },
    Builtin {
        name: "set",
        params: &["path", "value"],
        run: set,
    },
    Builtin {
        name: "stop",
        params: &[],
        run: stop,
    },
    Builtin {
        name: "tempo",
        params: &["bpm", "at", "ramp", "over"],
        run: lib_time::tempo,
    },
    Builtin {
        name: "meter",
        params: &["beats", "unit", "at"],
        run: lib_time::meter,
    },
    Builtin {
        name: "rubato",
        params: &["bend", "at", "over"],
        run: lib_time::rubato,
    },
];

/// The level of krach's `send` unless said.
pub const SEND_LEVEL: f64 = 0.5;
/// The most voices a node may have.
const MAX_VOICES: i64 = 64;

/// The name of the node in an argument: the node itself or its name.
pub fn node_name(e: &Evaluator<'_>, given: &Given, what: &str) -> Eval<Rc<str>> {
    match &given.value {
        Value::Node(name) | Value::Str(name) => {
            e.node(name, given.span)?;
            Ok(Rc::clone(name))
        }
        _ => Err(wrong(given, what, "a node or a node's name")),
    }
}

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

/// A name that a new node can have.
pub fn free_name(e: &Evaluator<'_>, name: &str, span: Span) -> Eval<()> {
    if name.is_empty() || name == "out" {
        return Err(Diagnostic::new(span, "a node's name must not be empty nor `out`").into());
    }
    if name.split('/').any(str::is_empty) {
        let message = format!("`{name}` has a `/` that parts nothing");
        return Err(Diagnostic::new(span, message)
            .hint("a node in a group is named as \"drums/kick\"")
            .into());
    }
    if let Some(old) = e.patch.node(name) {
        let place = old.label.clone();
        return Err(Diagnostic::new(
            span,
            format!("there is a node `{name}` already (of `{place}`)"),
        )
        .hint("give this one another name")
        .into());
    }
    Ok(())
}

fn add_node(
    e: &mut Evaluator<'_>,
    name: &str,
    source: Source,
    label: &str,
    span: Span,
) -> Eval<()> {
    free_name(e, name, span)?;
    e.hold(16, span)?;
    e.patch.nodes.push(Node {
        name: name.to_owned(),
        source,
        label: label.to_owned(),
        count: 1,
        values: BTreeMap::new(),
        mute: false,
        solo: false,
        span: e.statement,
    });
    Ok(())
}

/// A node of a function, with its first values.
pub fn node(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let name = args.need_str("name")?;
    let function = args.need("function")?.clone();
    let (source, label) = match &function.value {
        Value::Closure(closure) => {
            let built = lib_signal::trace(e, closure, function.span)?;
            (Source::Function(built), closure.definition.name.to_string())
        }
        Value::Unit(about) => (
            Source::Unit(Arc::new((**about).clone())),
            about.name.clone(),
        ),
        // `freeze` is a unit generator, where a function of patterns of that name cannot be meant.
        Value::Builtin(builtin) if let Some(unit) = e.units.get(builtin.name) => (
            Source::Unit(Arc::new(unit.describe().clone())),
            builtin.name.to_owned(),
        ),
        _ => match lib_signal::trace_composed(e, &function) {
            Some(built) => (Source::Function(built?), name.to_string()),
            None => return Err(wrong(&function, "function", "a function of the score")),
        },
    };
    let span = args.need("name")?.span;
    let voices = match &source {
        Source::Unit(about) => about.voices,
        Source::Function(_) | Source::Input(_) => 1,
    };
    add_node(e, &name, source, &label, span)?;
    if let Some(node) = e.patch.nodes.last_mut() {
        node.count = voices;
    }
    if let Some(given) = args.get("count") {
        let Value::Int(count @ 1..=MAX_VOICES) = given.value else {
            return Err(wrong(given, "count", "a number of voices from 1 to 64"));
        };
        if let Some(node) = e.patch.nodes.last_mut() {
            node.count = count as u16;
        }
    }
    for own in ["gain", "pan"] {
        if let Some(given) = args.get(own).cloned() {
            set_value(e, &name, own, given.span, &given)?;
        }
    }
    for (control, given) in &args.named {
        set_value(e, &name, control, given.span, given)?;
    }
    Ok(Value::Node(name))
}

/// A pair or a channel that comes in, counted from 1.
fn inlet_number(args: &Args, name: &str, most: u16) -> Eval<u16> {
    let number = args.need_whole(name)?;
    if (1..=i64::from(most)).contains(&number) {
        return Ok(number as u16);
    }
    let what = if name == "channel" { "channel" } else { "pair" };
    let message = format!("there is no {what} {number} that comes in; they go from 1 to {most}");
    Err(Diagnostic::new(args.need(name)?.span, message).into())
}

fn input(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    // `input(2)` is a pair, as `out(2)` is; a name may stand in its place.
    let by_number =
        matches!(args.get("name"), Some(given) if !matches!(given.value, Value::Str(_)));
    // krach's channel 0 is the main input.
    let main = matches!(args.get("channel"), Some(given) if matches!(given.value, Value::Int(0)));
    let (inlet, own) = if args.get("channel").is_some() && !main {
        let number = inlet_number(args, "channel", Inlet::MOST)?;
        (Inlet::channel(number), format!("input_{number}"))
    } else if by_number || args.get("pair").is_some() {
        let word = if by_number { "name" } else { "pair" };
        let number = inlet_number(args, word, Inlet::MOST / 2)?;
        let own = if number == 1 {
            String::new()
        } else {
            number.to_string()
        };
        (Inlet::pair(number), format!("input{own}"))
    } else if matches!(args.get("name"), Some(given) if matches!(&given.value, Value::Str(s) if &**s == "sidechain"))
    {
        (Inlet::pair(2), "sidechain".to_owned())
    } else {
        (Inlet::MAIN, "input".to_owned())
    };
    let name = match args.get("name") {
        Some(_) if !by_number => args.need_str("name")?,
        _ => Rc::from(own),
    };
    add_node(e, &name, Source::Input(inlet), "input", args.span)?;
    if let Some(given) = args.get("gain").cloned() {
        set_value(e, &name, "gain", given.span, &given)?;
    }
    Ok(Value::Node(name))
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

fn connect(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
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

fn play(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let (name, mut pattern) = (args.need("node")?, args.need("pattern")?.clone());
    if args.get("swing").is_some() {
        let plain = lib_pattern::pattern(e, &pattern, "pattern")?;
        let grid = lib_transform::KRACHS_GRID;
        let swung = lib_transform::krachs_swing(plain, args.get("swing"), grid, pattern.span)?;
        pattern.value = swung.into();
    }
    let (leaves, count) = bind_what_plays(e, args, name, &pattern)?;
    let from_zero = args.get("from_zero").is_some_and(|g| g.value.truth());
    if from_zero && !matches!(pattern.value, Value::None) {
        let bound = if leaves {
            &mut e.patch.outgoing
        } else {
            &mut e.patch.bindings
        };
        let made = bound.iter_mut().rev().take(count);
        made.for_each(|binding| binding.from_zero = true);
    }
    Ok(Value::None)
}

/// Binds what is to be played; whether it leaves the sound, and how many bindings were made.
fn bind_what_plays(
    e: &mut Evaluator<'_>,
    args: &Args,
    name: &Given,
    pattern: &Given,
) -> Eval<(bool, usize)> {
    if args.get("control").is_none() && lib_outgoing::play(e, name, pattern)? {
        return Ok((true, 1));
    }
    // krach's `play("bass/cutoff", …)`.
    if let Value::Str(path) = &name.value
        && e.patch.node(path).is_none()
        && let Some((node, control)) = path.rsplit_once('/')
        && e.patch.node(node).is_some()
    {
        let control = Given {
            value: Value::Str(control.into()),
            span: name.span,
        };
        bind::on_control(e, &node.into(), &control, pattern)?;
        return Ok((false, 1));
    }
    // A group plays together.
    let nodes = match &name.value {
        Value::Str(name) => group(e, name),
        _ => Vec::new(),
    };
    let nodes = match nodes.is_empty() {
        true => vec![node_name(e, name, "node")?],
        false => nodes,
    };
    for node in &nodes {
        match args.get("control") {
            None => bind::at(e, node, pattern, args.span)?,
            Some(control) => bind::on_control(e, node, control, pattern)?,
        };
    }
    Ok((false, nodes.len()))
}

fn set(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
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

/// Sets what a path means: a control, the gain of a node that is named alone, or the same of all nodes of a group.
pub fn set_path(e: &mut Evaluator<'_>, given: &Given, value: &Given) -> Eval<()> {
    for (node, control) in controls(e, given)? {
        set_value(e, &node, &control, given.span, value)?;
    }
    Ok(())
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

fn stop(e: &mut Evaluator<'_>, _: &Args) -> Eval<Value> {
    e.patch.bindings.clear();
    e.patch.mods.clear();
    e.patch.outgoing.clear();
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
