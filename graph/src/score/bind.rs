//! Patterns onto nodes: `node @ pattern`.

use super::diagnostic::{Diagnostic, nearest};
use super::eval::{Eval, Evaluator};
use super::lib_sound::is_word;
use super::value::{Given, Value};
use super::{lib_outgoing, lib_pattern, lib_sound};
use crate::patch::{Binding, Node, Span};
use crate::pattern::{Atom, Pattern, Program};
use std::rc::Rc;

/// `node @ pattern`, `node @ ("control", pattern)`, `node @ None`.
pub fn at(e: &mut Evaluator<'_>, node: &Rc<str>, right: &Given, span: Span) -> Eval<Value> {
    match &right.value {
        Value::None => {
            take_off(e, node, None);
            Ok(Value::Node(Rc::clone(node)))
        }
        Value::Tuple(items) if items.len() == 2 => {
            let part = |i: usize| Given {
                value: items[i].clone(),
                span: right.span,
            };
            on_control(e, node, &part(0), &part(1))
        }
        _ => {
            let pattern = lib_pattern::pattern(e, right, "pattern")?;
            notes(e, node, pattern, right.span, span)
        }
    }
}

/// `node @ ("control", pattern)`; a number is a pattern that stands, `None` takes the pattern away.
pub fn on_control(
    e: &mut Evaluator<'_>,
    node: &Rc<str>,
    name: &Given,
    given: &Given,
) -> Eval<Value> {
    let Value::Str(control_name) = &name.value else {
        return Err(Diagnostic::new(
            name.span,
            "a pattern on a control is written `@ (\"control\", pattern)`",
        )
        .into());
    };
    e.control_of(node, control_name, name.span)?;
    let pattern = match given.value {
        Value::None => {
            take_off(e, node, Some(control_name));
            return Ok(Value::Node(Rc::clone(node)));
        }
        Value::Int(_) | Value::Float(_) => lib_pattern::step(e, given)?,
        _ => lib_pattern::pattern(e, given, "pattern")?,
    };
    control(e, node, control_name, pattern, given.span)
}

/// Plays a pattern on one control.
pub fn control(
    e: &mut Evaluator<'_>,
    node: &str,
    name: &str,
    pattern: Pattern,
    span: Span,
) -> Eval<Value> {
    e.control_of(node, name, span)?;
    let mut empty = None;
    pattern.each_atom(&mut |a| {
        if a.number.is_none() && a.pitch.is_none() && empty.is_none() {
            empty = Some(lib_pattern::place(a, span));
        }
    });
    if let Some(place) = empty {
        return Err(Diagnostic::new(
            place,
            format!("a step of this pattern has no value for `{name}`"),
        )
        .hint("write numbers, as seq(200, 400), or a curve, as sine(200, 400)")
        .into());
    }
    bind(e, node, Some(name), pattern, span);
    Ok(Value::Node(node.into()))
}

fn notes(
    e: &mut Evaluator<'_>,
    node: &str,
    pattern: Pattern,
    span: Span,
    whole: Span,
) -> Eval<Value> {
    if pattern.is_continuous() {
        return Err(Diagnostic::new(span, "a curve plays a control, not notes")
            .hint(format!("name the control: {node} @ (\"cutoff\", …)"))
            .into());
    }
    let mut wrong: Option<Atom> = None;
    let pattern = match lib_sound::plays(e.node(node, whole)?) {
        true => lib_sound::named_sounds(e, node, &pattern, span)?,
        false => pattern,
    };
    let described = e.node(node, whole)?;
    pattern.each_atom(&mut |a| {
        let known = |control: &str| described.range(control).is_some();
        let fits = a.pitch.is_none_or(|_| known("freq"))
            && a.trigger.as_deref().is_none_or(known)
            && a.sets
                .iter()
                .all(|(control, _)| is_optional(control) || known(control))
            && !is_word(a);
        if !fits && wrong.is_none() {
            wrong = Some(a.clone());
        }
    });
    if let Some(atom) = wrong {
        let span = lib_pattern::place(&atom, span);
        if is_word(&atom) {
            let word = lib_pattern::word(&atom);
            let message =
                format!("`{word}` is the name of a sound, and node `{node}` has no sounds");
            return Err(Diagnostic::new(span, message)
                .hint("it plays notes, as \"A2 D3\", and hits, as \"x ~ x x\"")
                .into());
        }
        let wanted = atom
            .trigger
            .iter()
            .chain(atom.sets.iter().map(|s| &s.0))
            .find(|c| !is_optional(c) && described.range(c).is_none());
        let control = wanted.cloned().unwrap_or_else(|| "freq".into());
        return Err(no_control(described, &control, span));
    }
    let unknown = |name: &&String| {
        let control = if name.is_empty() { "freq" } else { name };
        !is_optional(control) && described.range(control).is_none()
    };
    let carried = Program::new(&pattern);
    let computed = (pattern.is_computed() && described.range("freq").is_none()).then_some("freq");
    let named = carried.carries().iter().find(unknown).map(|name| &**name);
    if let Some(name) = named.or(computed) {
        let control = if name.is_empty() { "freq" } else { name };
        return Err(no_control(described, control, span));
    }
    bind(e, node, None, pattern, span);
    Ok(Value::Node(node.into()))
}

/// A pattern speaks of a control that its node does not have.
fn no_control(node: &Node, control: &str, span: Span) -> Box<Diagnostic> {
    let name = &node.name;
    let message = format!("node `{name}` has no control `{control}` for this pattern to play");
    let d = Diagnostic::new(span, message);
    match nearest(control, node.controls().iter().map(|c| &*c.name)) {
        Some(near) => d.hint(format!("did you mean `{near}`?")),
        None => d.hint(format!("add control(\"{control}\", …) to its function")),
    }
    .into()
}

/// What notes say for whoever listens to it: a velocity, and what samples do with a sound.
fn is_optional(control: &str) -> bool {
    matches!(
        control,
        "vel" | "begin" | "end" | "speed" | "cut" | "fit" | "nudge"
    ) || lib_outgoing::is_sent(control)
}

/// Takes off whatever plays a node's notes, or one of its controls.
pub fn take_off(e: &mut Evaluator<'_>, node: &str, control: Option<&str>) {
    let patch = &mut e.patch;
    patch
        .bindings
        .retain(|b| b.node != node || b.control.as_deref() != control);
    patch
        .mods
        .retain(|m| m.node != node || control != Some(&*m.control));
}

/// The last one bound wins.
fn bind(e: &mut Evaluator<'_>, node: &str, control: Option<&str>, pattern: Pattern, span: Span) {
    take_off(e, node, control);
    let control = control.map(str::to_owned);
    e.patch.bindings.push(Binding {
        node: node.to_owned(),
        control,
        pattern,
        text: e.text(span),
        from_zero: false,
        zero: 0,
        span,
    });
}
