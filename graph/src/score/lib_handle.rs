//! What a node can be told itself, as krach's handles: `bass.fade("gain", 0)`, `bass.mute()`.
//!
//! Each is the session's function of the same name with the node put first.

use super::args::Args;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_session;
use super::names;
use super::value::{Builtin, Given, Module, Value};
use crate::patch::Span;
use std::rc::Rc;

/// The methods of a node.
pub const METHODS: &[Builtin] = &[
    Builtin {
        name: "play",
        params: &["self", "target", "pattern", "from_zero", "swing"],
        run: play,
    },
    Builtin {
        name: "set",
        params: &["self", "control", "value"],
        run: |e, a| {
            let path = control(e, a)?;
            call(e, "set", vec![path, a.need("value")?.clone()], &[], a)
        },
    },
    Builtin {
        name: "fade",
        params: &[
            "self",
            "control",
            "target",
            "bars",
            "curve",
            "steps_per_bar",
        ],
        run: |e, a| {
            let path = control(e, a)?;
            let args = vec![path, a.need("target")?.clone()];
            call(e, "fade", args, &["bars", "curve", "steps_per_bar"], a)
        },
    },
    Builtin {
        name: "mod",
        params: &["self", "control", "shape", "lo", "hi", "bars", "width"],
        run: |e, a| {
            let path = control(e, a)?;
            let args = vec![path, a.need("shape")?.clone()];
            call(e, "mod", args, &["lo", "hi", "bars", "width"], a)
        },
    },
    Builtin {
        name: "send",
        params: &["self", "target", "level"],
        run: |e, a| {
            let level = match a.get("level") {
                Some(level) => level.clone(),
                None => Given {
                    value: Value::Float(lib_session::SEND_LEVEL),
                    span: a.span,
                },
            };
            let args = vec![a.need("self")?.clone(), a.need("target")?.clone(), level];
            call(e, "connect", args, &[], a)
        },
    },
    Builtin {
        name: "gain",
        params: &["self", "value"],
        run: |e, a| {
            let args = vec![a.need("self")?.clone(), a.need("value")?.clone()];
            call(e, "gain", args, &[], a)
        },
    },
    Builtin {
        name: "mute",
        params: &["self"],
        run: |e, a| own(e, a, "mute"),
    },
    Builtin {
        name: "unmute",
        params: &["self"],
        run: |e, a| own(e, a, "unmute"),
    },
    Builtin {
        name: "solo",
        params: &["self"],
        run: |e, a| own(e, a, "solo"),
    },
    Builtin {
        name: "unsolo",
        params: &["self"],
        run: |e, a| own(e, a, "unsolo"),
    },
    Builtin {
        name: "hush",
        params: &["self"],
        run: |e, a| own(e, a, "hush"),
    },
];

/// Calls one of the session's functions.
pub fn call(
    e: &mut Evaluator<'_>,
    name: &str,
    positional: Vec<Given>,
    further: &[&'static str],
    args: &Args,
) -> Eval<Value> {
    let Some(function) = names::functions(Module::Session).find(|b| b.name == name) else {
        return Err(Diagnostic::new(args.span, format!("there is no function `{name}`")).into());
    };
    let named = further
        .iter()
        .filter_map(|n| Some((Rc::from(*n), args.get(n)?.clone())));
    let bound = Args::bind(function, args.span, positional, named.collect())?;
    (function.run)(e, &bound)
}

fn own(e: &mut Evaluator<'_>, args: &Args, name: &str) -> Eval<Value> {
    call(e, name, vec![args.need("self")?.clone()], &[], args)
}

/// The node's control that is named.
fn control(e: &mut Evaluator<'_>, args: &Args) -> Eval<Given> {
    let name = args.need_str("control")?;
    let span: Span = args.need("control")?.span;
    let node = lib_session::node_name(e, args.need("self")?, "self")?;
    let value = super::paths::control_place(e, &node, &name, span)?;
    Ok(Given { value, span })
}

fn play(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let node = args.need("self")?.clone();
    let target = args.need("target")?.clone();
    let further = &["from_zero", "swing"];
    match args.get("pattern") {
        None => call(e, "play", vec![node, target], further, args),
        Some(pattern) => call(
            e,
            "play",
            vec![node, pattern.clone(), target],
            further,
            args,
        ),
    }
}
