//! The functions of the session (`kr`): nodes, inputs, what plays. Values are set in `paths`, connections made in `routes`.

use super::args::{Args, usage, wrong};
use super::bind;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_nodes::group;
use super::lib_outgoing;
use super::lib_pattern;
use super::lib_signal;
use super::lib_time;
use super::lib_transform;
use super::paths::{self, set_value};
use super::routes;
use super::value::{Builtin, Given, Value};
use crate::patch::{Node, Source, Span};
use crate::signal::Inlet;
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
        run: routes::connect,
    },
    Builtin {
        name: "send",
        params: &["source", "target", "level", "port"],
        run: routes::connect,
    },
    Builtin {
        name: "wire",
        params: &["source", "target", "port"],
        run: routes::connect,
    },
    Builtin {
        name: "play",
        params: &["node", "pattern", "control", "from_zero", "swing"],
        run: play,
    },
    Builtin {
        name: "set",
        params: &["path", "value"],
        run: paths::set,
    },
    Builtin {
        name: "stop",
        params: &[],
        run: stop,
    },
    Builtin {
        name: "free_run",
        params: &["on"],
        run: lib_time::free_run,
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

/// What is no function of the score; one of signals can be put into one.
fn no_function(given: &Given) -> Box<Diagnostic> {
    let wrong = wrong(given, "function", "a function of the score");
    match &given.value {
        Value::Builtin(of) if lib_signal::functions().any(|f| std::ptr::eq(f, *of)) => {
            let hint = match of.params.first() {
                Some(&"sig") => format!("put it into one: lambda inp: {}(inp)", of.name),
                _ => format!("call it in one: {}", usage(of)),
            };
            Box::new(wrong.hint(hint))
        }
        _ => wrong,
    }
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
            None => return Err(no_function(&function)),
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

fn stop(e: &mut Evaluator<'_>, _: &Args) -> Eval<Value> {
    e.patch.bindings.clear();
    e.patch.mods.clear();
    e.patch.outgoing.clear();
    Ok(Value::None)
}
