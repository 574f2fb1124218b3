//! Modules: nodes with their connections, patterns and values, made once and put into a score under a prefix.
//!
//! `@graph` makes a function one: calling it runs its body in a session of its own. `capture()` makes one of all that is
//! there. `sub("left", module)` puts its nodes in as `left/…`; what comes of that leads and is led to like a node.

use super::args::{Args, wrong};
use super::diagnostic::{Diagnostic, nearest};
use super::eval::{Eval, Evaluator};
use super::lib_handle::call;
use super::lib_session::node_name;
use super::origins::Origins;
use super::value::{Builtin, Closure, Given, Module, Value};
use crate::patch::{Patch, Span};
use std::rc::Rc;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "graph",
        params: &["function"],
        run: graph,
    },
    Builtin {
        name: "module",
        params: &["function"],
        run: graph,
    },
    Builtin {
        name: "dsp",
        params: &["function"],
        run: |_, a| Ok(a.need("function")?.value.clone()),
    },
    Builtin {
        name: "sub",
        params: &["name", "module", "block", "oversample"],
        run: sub,
    },
    Builtin {
        name: "instantiate",
        params: &["module", "name", "block", "oversample"],
        run: sub,
    },
    Builtin {
        name: "inputs",
        params: &["*nodes"],
        run: inputs,
    },
    Builtin {
        name: "outputs",
        params: &["*nodes"],
        run: outputs,
    },
    Builtin {
        name: "capture",
        params: &[],
        run: capture,
    },
];

/// What a module is made of.
pub struct Blueprint {
    patch: Patch,
    ends: Ends,
    /// Where its items were said, if somebody wants to know.
    origins: Option<Origins>,
    /// The function that made it; none where it was captured.
    definition: Option<Span>,
}

/// Where a module is led into, and what leads out of it: nodes by name.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    inputs: Vec<Rc<str>>,
    outputs: Vec<Rc<str>>,
}

/// A module that was put into the score.
#[derive(Debug)]
pub struct Group {
    /// What its nodes' names begin with, without the `/`.
    pub name: Rc<str>,
    ends: Ends,
}

impl Group {
    /// The node that it is led into.
    pub fn input(&self, span: Span) -> Eval<Rc<str>> {
        self.ends.inputs.first().cloned().ok_or_else(|| {
            Diagnostic::new(span, format!("the module `{}` has no input", self.name))
                .hint("name the node it is led into in its function: inputs(node)")
                .into()
        })
    }

    /// The nodes that lead out of it.
    pub fn outputs(&self, span: Span) -> Eval<&[Rc<str>]> {
        if self.ends.outputs.is_empty() {
            let message = format!("the module `{}` has no output", self.name);
            return Err(Diagnostic::new(span, message)
                .hint("return the node that leads out of it, or name it: outputs(node)")
                .into());
        }
        Ok(&self.ends.outputs)
    }

    /// The name of a node or the path of a control in it.
    pub fn within(&self, name: &str) -> Rc<str> {
        format!("{}/{name}", self.name).into()
    }
}

fn graph(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("function")?;
    match &given.value {
        Value::Closure(closure) => Ok(Value::Graph(Rc::clone(closure))),
        Value::Graph(_) => Ok(given.value.clone()),
        _ => Err(wrong(given, "function", "a function of the score")),
    }
}

/// Runs a module's function in a session of its own.
pub fn build(
    e: &mut Evaluator<'_>,
    closure: &Rc<Closure>,
    mut positional: Vec<Given>,
    named: Vec<(Rc<str>, Given)>,
    span: Span,
) -> Eval<Value> {
    // krach hands the session in as the first argument.
    let first = closure.definition.params.first();
    let wants = first.is_some_and(|p| ["g", "kr", "graph", "mix"].contains(&&*p.name));
    if wants
        && !matches!(
            positional.first(),
            Some(Given {
                value: Value::Module(_),
                ..
            })
        )
    {
        let value = Value::Module(Module::Session);
        positional.insert(0, Given { value, span });
    }
    let outer = std::mem::take(&mut e.patch);
    let ends = std::mem::take(&mut e.ends);
    let contexts = std::mem::take(&mut e.contexts);
    let inner = e.origins.as_ref().map(|_| Origins::default());
    let origins = std::mem::replace(&mut e.origins, inner);
    let function = Given {
        value: Value::Closure(Rc::clone(closure)),
        span,
    };
    let result = e.call(&function, positional, named, span);
    e.contexts = contexts;
    let mut ends = std::mem::replace(&mut e.ends, ends);
    let patch = std::mem::replace(&mut e.patch, outer);
    let origins = std::mem::replace(&mut e.origins, origins);
    match result? {
        Value::Node(node) if ends.outputs.is_empty() => ends.outputs.push(node),
        Value::Group(group) if ends.outputs.is_empty() => {
            ends.outputs.extend(group.ends.outputs.iter().cloned());
        }
        _ => {}
    }
    Ok(Value::Blueprint(Rc::new(Blueprint {
        patch,
        ends,
        origins,
        definition: Some(closure.definition.span),
    })))
}

fn ends(e: &mut Evaluator<'_>, args: &Args) -> Eval<Vec<Rc<str>>> {
    let mut names = Vec::new();
    for given in &args.rest {
        match &given.value {
            Value::List(_) | Value::Tuple(_) => {
                for value in e.collect(given)? {
                    let span = given.span;
                    names.push(node_name(e, &Given { value, span }, "node")?);
                }
            }
            _ => names.push(node_name(e, given, "node")?),
        }
    }
    e.hold(names.len(), args.span)?;
    Ok(names)
}

fn inputs(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let names = ends(e, args)?;
    for (name, given) in names.iter().zip(&args.rest) {
        if e.node(name, given.span)?.inputs().is_empty() {
            let message = format!("node `{name}` has no audio input: it is a source");
            return Err(Diagnostic::new(given.span, message)
                .hint("give its function an `inp` parameter")
                .into());
        }
    }
    e.ends.inputs = names;
    Ok(Value::None)
}

fn outputs(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    e.ends.outputs = ends(e, args)?;
    Ok(Value::None)
}

/// A module of all that is there.
fn capture(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    e.hold(
        16 * (e.patch.nodes.len() + e.patch.bindings.len() + 1),
        args.span,
    )?;
    let patch = e.patch.clone();
    let ends = e.ends.clone();
    Ok(Value::Blueprint(Rc::new(Blueprint {
        patch,
        ends,
        origins: e.origins.clone(),
        definition: None,
    })))
}

/// Puts a module in under a name.
fn sub(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("module")?.clone();
    let blueprint = match &given.value {
        Value::Blueprint(blueprint) => Rc::clone(blueprint),
        Value::Graph(closure) => match build(e, closure, Vec::new(), Vec::new(), given.span)? {
            Value::Blueprint(blueprint) => blueprint,
            _ => return Err(wrong(&given, "module", "a module")),
        },
        _ => {
            return Err(wrong(&given, "module", "a module")
                .hint("write @graph above a function that makes nodes, or capture what is there")
                .into());
        }
    };
    let name = match args.get("name") {
        Some(_) => args.need_str("name")?,
        // Without a name nothing gets a prefix, as krach replays what it captured.
        None => Rc::from(""),
    };
    if !name.is_empty() && name.split('/').any(str::is_empty) {
        let message = format!("`{name}` has a `/` that parts nothing");
        return Err(Diagnostic::new(args.need("name")?.span, message).into());
    }
    let prefixed = |inner: &str| match name.is_empty() {
        true => inner.to_owned(),
        false => format!("{name}/{inner}"),
    };
    let count = blueprint.patch.nodes.len() + blueprint.patch.connections.len() + 1;
    e.steps(count * (1 + e.patch.nodes.len() / 64), args.span)?;
    e.hold(16 * count, args.span)?;
    let mut inner = blueprint.patch.clone();
    inner.rename(prefixed);
    if let Some(twice) = inner.nodes.iter().find(|n| e.patch.node(&n.name).is_some()) {
        let message = format!("there is a node `{}` already", twice.name);
        return Err(Diagnostic::new(args.span, message)
            .hint("give this module another name")
            .into());
    }
    let patch = &mut e.patch;
    patch.nodes.append(&mut inner.nodes);
    patch.connections.append(&mut inner.connections);
    patch.bindings.append(&mut inner.bindings);
    patch.mods.append(&mut inner.mods);
    patch.mappings.append(&mut inner.mappings);
    patch.keys.append(&mut inner.keys);
    patch.acts.append(&mut inner.acts);
    // Its own modules were renamed with it.
    patch.modules.append(&mut inner.modules);
    if let (Some(definition), false) = (blueprint.definition, name.is_empty()) {
        patch.modules.insert(name.to_string(), definition);
    }
    if let (Some(all), Some(inner)) = (&mut e.origins, &blueprint.origins) {
        all.take_in(inner, prefixed);
    }
    let graphs = std::mem::take(&mut inner.graphs).into_iter();
    patch
        .graphs
        .extend(graphs.map(|(path, graph)| (prefixed(&path), graph)));
    for what in ["block", "oversample"] {
        if let Some(given) = args.get(what) {
            let value = Value::Str(Rc::clone(&name));
            let span = given.span;
            call(
                e,
                what,
                vec![Given { value, span }, given.clone()],
                &[],
                args,
            )?;
        }
    }
    let named = |ends: &[Rc<str>]| ends.iter().map(|n| prefixed(n).into()).collect();
    let ends = Ends {
        inputs: named(&blueprint.ends.inputs),
        outputs: named(&blueprint.ends.outputs),
    };
    Ok(Value::Group(Rc::new(Group { name, ends })))
}

/// `group["kick"]` or `group["kick/gain"]`.
pub fn index(e: &Evaluator<'_>, group: &Group, given: &Given) -> Eval<Value> {
    let Value::Str(name) = &given.value else {
        return Err(wrong(given, "index", "the name of a node of the module"));
    };
    let path = group.within(name);
    if e.patch.node(&path).is_some() {
        return Ok(Value::Node(path));
    }
    if let Some((node, control)) = path.rsplit_once('/')
        && e.patch.node(node).is_some()
    {
        return super::paths::control_place(e, node, control, given.span);
    }
    let known = super::lib_nodes::group(e, &group.name);
    let own = |n: &'_ Rc<str>| {
        n.strip_prefix(&format!("{}/", group.name))
            .map(str::to_owned)
    };
    let known: Vec<String> = known.iter().filter_map(own).collect();
    let d = Diagnostic::new(
        given.span,
        format!("the module `{}` has no node `{name}`", group.name),
    );
    Err(match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => d.hint(format!("did you mean `{near}`?")),
        None => d.hint(format!("it has {}", known.join(", "))),
    }
    .into())
}
