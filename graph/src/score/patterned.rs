//! Arguments of transforms that may be patterns: the transform for each of their values, as they come.
//!
//! These are Strudel's patterned arguments: what the values make is joined so that events keep the extent that the
//! transform gives them (`innerJoin`), and are heard while the value lasts.

use super::args::Args;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_pattern::{built, pattern, place};
use super::lib_transform::given_pattern;
use super::value::{Given, Value};
use crate::patch::Span;
use crate::pattern::{Atom, Join, PatternError};

/// What each value of a patterned argument costs of the score's steps, beside what the transform itself does.
const COST: usize = 16;

/// What runs a transform whose arguments are plain.
pub type Run<'r> = &'r mut dyn FnMut(&mut Evaluator<'_>, &Args) -> Eval<Value>;

/// Why no pattern came of a value.
enum Fault {
    Built(PatternError),
    Said(Box<Diagnostic>),
}

impl From<PatternError> for Fault {
    fn from(error: PatternError) -> Fault {
        Fault::Built(error)
    }
}

impl From<Box<Diagnostic>> for Fault {
    fn from(d: Box<Diagnostic>) -> Fault {
        Fault::Said(d)
    }
}

/// Runs a transform; where an argument of these names is a pattern (a string, a list), for each of its values.
pub fn patterned(
    e: &mut Evaluator<'_>,
    a: &Args,
    names: &[&'static str],
    run: Run<'_>,
) -> Eval<Value> {
    let is_pattern = |name: &&str| {
        let given = a.get(name).map(|given| &given.value);
        matches!(
            given,
            Some(Value::Str(_) | Value::Pattern(_) | Value::List(_))
        )
    };
    let Some(at) = names.iter().position(is_pattern) else {
        return run(e, a);
    };
    let (name, rest) = (names[at], &names[at + 1..]);
    let given = a.need(name)?.clone();
    let values = given_pattern(e, &given)?;
    let made = values.bind(Join::Inner, &mut |atom| {
        e.steps(COST, given.span)?;
        let value = number(atom, name, given.span)?;
        let span = value.span;
        let value = patterned(e, &a.with(name, value), rest, run)?;
        Ok::<_, Fault>(pattern(
            e,
            &Given { value, span },
            "what a transform makes",
        )?)
    });
    match made {
        Ok(pattern) => Ok(pattern.into()),
        Err(Fault::Said(d)) => Err(d),
        Err(Fault::Built(error)) => built(Err(error), given.span).map(Value::from),
    }
}

/// The number of a step, whole where it can be, at its place.
fn number(atom: &Atom, name: &str, span: Span) -> Eval<Given> {
    let span = place(atom, span);
    let Some(x) = atom.number else {
        return Err(Diagnostic::new(span, format!("`{name}` must be a number")).into());
    };
    let value = match x.fract() == 0.0 && x.abs() < 1e15 {
        true => Value::Int(x as i64),
        false => Value::Float(x),
    };
    Ok(Given { value, span })
}
