//! The functions of the session that act, and scenes.
//!
//! An act is noted here with the statement that is known for it; the session runs it when it newly appears. `at` gives
//! it a place in the song, `transition` makes acts of values.

use super::args::{Args, number, ratio, wrong};
use super::diagnostic::{Diagnostic, nearest};
use super::eval::{Eval, Evaluator};
use super::paths::controls;
use super::value::{Builtin, Given, Value};
use crate::patch::{Act, Deed, Patch, Soon, Span};
use crate::time::{Curve, Ratio};
use std::rc::Rc;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "fade",
        params: &["path", "target", "bars", "curve", "to", "steps_per_bar"],
        run: fade,
    },
    Builtin {
        name: "at",
        params: &["bar", "*acts"],
        run: at,
    },
    Builtin {
        name: "transition",
        params: &["bars", "curve"],
        run: transition,
    },
    Builtin {
        name: "save",
        params: &["name"],
        run: save,
    },
    Builtin {
        name: "scene",
        params: &["name"],
        run: scene,
    },
    Builtin {
        name: "recall",
        params: &["name", "bars", "when"],
        run: recall,
    },
    Builtin {
        name: "scenes",
        params: &[],
        run: scenes,
    },
    Builtin {
        name: "batch",
        params: &[],
        run: |_, _| Ok(Value::Context(Context::Batch)),
    },
];

/// How long a fade takes if nothing is said, in bars.
const FADE_BARS: i64 = 4;

/// What stands behind `with`.
#[derive(Clone, Debug, PartialEq)]
pub enum Context {
    /// What belongs together. An evaluation is all or nothing anyway.
    Batch,
    /// Values become fades.
    Transition {
        /// How long they take.
        bars: Ratio,
        /// Their way.
        curve: Curve,
    },
    /// Acts have a place in the song, in bars.
    At(Ratio),
    /// What is said goes into a scene of this name, and not into the score's own state.
    Scene(Rc<str>, Span),
}

/// A context that is in force.
pub struct Within {
    context: Context,
    /// The state before it.
    before: Option<Box<Patch>>,
}

impl Evaluator<'_> {
    /// Goes into what stands behind `with`; true if there is something to come out of.
    pub fn enter_context(&mut self, given: &Given) -> Eval<bool> {
        let context = match &given.value {
            Value::Context(context) => context.clone(),
            // Python's musicians write `with kr.batch:` too.
            _ => Context::Batch,
        };
        let twin = |within: &Within| {
            std::mem::discriminant(&within.context) == std::mem::discriminant(&context)
        };
        if context != Context::Batch && self.contexts.iter().any(twin) {
            let message = "this stands inside of its like already";
            return Err(Diagnostic::new(given.span, message)
                .hint("put them one after the other")
                .into());
        }
        let mut before = None;
        if let Context::Scene(..) = context {
            self.hold(
                16 * (self.patch.nodes.len() + self.patch.bindings.len()),
                given.span,
            )?;
            before = Some(Box::new(self.patch.clone()));
        }
        let open = context != Context::Batch;
        if open {
            self.contexts.push(Within { context, before });
        }
        Ok(open)
    }

    /// Comes out of it again.
    pub fn leave_context(&mut self) {
        let Some(within) = self.contexts.pop() else {
            return;
        };
        if let (Context::Scene(name, span), Some(before)) = (within.context, within.before) {
            let made = self.patch.capture(&name, span);
            self.patch = *before;
            put(&mut self.patch, made);
        }
    }

    fn transition(&self) -> Option<(Ratio, Curve)> {
        self.contexts.iter().rev().find_map(|w| match w.context {
            Context::Transition { bars, curve } => Some((bars, curve)),
            _ => None,
        })
    }

    /// Notes an act of the statement that runs.
    fn act(&mut self, deed: Deed, span: Span) -> Eval<Value> {
        if self
            .contexts
            .iter()
            .any(|w| matches!(w.context, Context::Scene(..)))
        {
            let message = "a scene is a state, and this acts";
            return Err(Diagnostic::new(span, message)
                .hint("put it before or behind the `with scene(…)`")
                .into());
        }
        self.hold(8, span)?;
        let text = self.text(self.statement);
        // A loop may write many equal ones; looking through them counts.
        self.steps(self.patch.acts.len() / 16, span)?;
        let occurrence = self.patch.acts.iter().filter(|a| a.text == text).count() as u32;
        let at = self.contexts.iter().rev().find_map(|w| match w.context {
            Context::At(bar) => Some(bar),
            _ => None,
        });
        self.patch.acts.push(Act {
            text,
            occurrence,
            at,
            deed,
            span: self.statement,
        });
        let here = self.patch.acts.len();
        Ok(Value::Acts(here - 1, here))
    }

    /// A statement sets a value. Within a transition it becomes a fade; true if it did.
    pub fn fades_instead(&mut self, node: &str, control: &str, to: f32, span: Span) -> Eval<bool> {
        let Some((bars, curve)) = self.transition() else {
            return Ok(false);
        };
        let deed = Deed::Fade {
            node: node.to_owned(),
            control: control.to_owned(),
            to,
            bars,
            curve,
        };
        self.act(deed, span)?;
        Ok(true)
    }
}

/// A length of time in bars, from 0 up.
fn bars(args: &Args, default: i64) -> Eval<Ratio> {
    let Some(given) = args.get("bars") else {
        return Ok(Ratio::whole(default));
    };
    let bars = ratio(given, "bars")?;
    if bars < Ratio::ZERO {
        return Err(Diagnostic::new(given.span, "a length in bars is 0 or more").into());
    }
    Ok(bars)
}

/// The curve in an argument.
pub fn curve(args: &Args) -> Eval<Curve> {
    let Some(given) = args.get("curve") else {
        return Ok(Curve::Linear);
    };
    let Value::Str(name) = &given.value else {
        return Err(wrong(given, "curve", "the name of a curve"));
    };
    Curve::named(name).ok_or_else(|| {
        let names: Vec<&str> = Curve::NAMES.iter().map(|c| c.0).collect();
        Diagnostic::new(given.span, format!("there is no curve `{name}`"))
            .hint(format!("one of {}", names.join(", ")))
            .into()
    })
}

fn fade(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("path")?;
    let to_given = match args.get("to") {
        Some(to) => to.clone(),
        None => args.need("target")?.clone(),
    };
    let to = number(&to_given, "target")? as f32;
    // krach's steps a bar, which may stand where the curve does, are not needed: a fade is exact.
    let stepped = args
        .get("curve")
        .is_some_and(|g| g.value.number().is_some());
    let curve = if stepped { Curve::Linear } else { curve(args)? };
    let bars = bars(args, FADE_BARS)?;
    let first = e.patch.acts.len();
    for (node, control) in controls(e, given)? {
        let (_, lo, hi) = e.control_of(&node, &control, given.span)?;
        if !(lo..=hi).contains(&to) {
            let message = format!("`{control}` of `{node}` goes from {lo} to {hi}");
            return Err(Diagnostic::new(to_given.span, message).into());
        }
        let deed = Deed::Fade {
            node: node.to_string(),
            control: control.to_string(),
            to,
            bars,
            curve,
        };
        e.act(deed, args.span)?;
    }
    Ok(Value::Acts(first, e.patch.acts.len()))
}

fn at(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("bar")?;
    let bar = ratio(given, "bar")?;
    if args.rest.is_empty() {
        return Ok(Value::Context(Context::At(bar)));
    }
    for given in &args.rest {
        let Value::Acts(from, to) = given.value else {
            return Err(wrong(given, "act", "something that acts")
                .hint("for example at(8, fade(\"bass/gain\", 0, bars=4))")
                .into());
        };
        for act in e.patch.acts.get_mut(from..to).unwrap_or_default() {
            act.at = Some(bar);
        }
    }
    Ok(Value::None)
}

fn transition(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let _ = e;
    Ok(Value::Context(Context::Transition {
        bars: bars(args, FADE_BARS)?,
        curve: curve(args)?,
    }))
}

/// A scene's name.
fn name(args: &Args) -> Eval<Rc<str>> {
    let name = args.need_str("name")?;
    if name.is_empty() {
        return Err(Diagnostic::new(args.span, "a scene needs a name").into());
    }
    Ok(name)
}

fn put(patch: &mut Patch, scene: crate::patch::Scene) {
    match patch.scenes.iter_mut().find(|s| s.name == scene.name) {
        Some(old) => *old = scene,
        None => patch.scenes.push(scene),
    }
}

fn save(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let name = name(args)?;
    e.hold(
        16 * (e.patch.nodes.len() + e.patch.bindings.len() + 1),
        args.span,
    )?;
    let made = e.patch.capture(&name, e.statement);
    put(&mut e.patch, made);
    Ok(Value::None)
}

fn scene(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    Ok(Value::Context(Context::Scene(name(args)?, e.statement)))
}

fn recall(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("name")?;
    let scene = match &given.value {
        // The score itself is the first scene.
        Value::Int(0) | Value::None => Rc::from(""),
        Value::Int(n) => {
            let place = usize::try_from(n - 1).ok();
            let found = place.and_then(|i| e.patch.scenes.get(i));
            let found = found.ok_or_else(|| no_scene(e, &n.to_string(), given.span))?;
            Rc::from(&*found.name)
        }
        Value::Str(name) if e.patch.scene(name).is_some() => Rc::clone(name),
        Value::Str(name) => return Err(no_scene(e, name, given.span)),
        _ => return Err(wrong(given, "name", "a scene's name")),
    };
    let deed = Deed::Recall {
        scene: scene.to_string(),
        bars: bars(args, 0)?,
        soon: soon(args)?,
    };
    e.act(deed, args.span)
}

/// `when="bar"`: at the next beat or bar.
fn soon(args: &Args) -> Eval<Option<Soon>> {
    let Some(given) = args.get("when") else {
        return Ok(None);
    };
    match &given.value {
        Value::Str(word) if &**word == "now" => Ok(None),
        Value::Str(word) if &**word == "beat" => Ok(Some(Soon::Beat)),
        Value::Str(word) if &**word == "bar" => Ok(Some(Soon::Bar)),
        _ => Err(wrong(given, "when", "\"now\", \"beat\" or \"bar\"")
            .hint("at a bar of the song: at(8, recall(\"drop\"))")
            .into()),
    }
}

fn no_scene(e: &Evaluator<'_>, name: &str, span: Span) -> Box<Diagnostic> {
    let d = Diagnostic::new(span, format!("there is no scene `{name}`"));
    match nearest(name, e.patch.scenes.iter().map(|s| &*s.name)) {
        Some(near) => d.hint(format!("did you mean `{near}`?")),
        None => d.hint("save(\"name\") keeps the state as it stands under a name"),
    }
    .into()
}

fn scenes(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let names = e.patch.scenes.iter();
    let names = names.map(|s| Value::Str(s.name.as_str().into())).collect();
    e.list(names, args.span)
}
