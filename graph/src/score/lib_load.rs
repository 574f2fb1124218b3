//! `load`: another score's statements, as if they stood here.
//!
//! What is read comes from the session's library, which knows the project's folder and the user's; nothing here opens
//! a file. A loaded text is put behind the score's own, so that every place in it has a span of its own; a mistake in
//! it is told at the `load` that brought it, with its own line.

use super::args::Args;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::parser;
use super::value::{Builtin, Value};
use crate::patch::Span;
use std::rc::Rc;

/// The function that stands here.
pub const FUNCTIONS: &[Builtin] = &[Builtin {
    name: "load",
    params: &["path"],
    run: load,
}];

/// Most bytes that all loaded texts may have.
const MOST: usize = 4 << 20;

/// A text that was loaded.
pub struct Loaded {
    path: Rc<str>,
    /// Where it stands behind the score.
    start: usize,
    /// The call that brought it.
    call: Span,
    /// Its statements are running.
    open: bool,
}

fn load(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let path = args.need_str("path")?;
    let span = args.need("path")?.span;
    if e.trace.is_some() {
        return Err(Diagnostic::new(args.span, "a sound's function loads nothing").into());
    }
    if e.loaded.iter().any(|l| l.open && l.path == path) {
        return Err(Diagnostic::new(span, format!("`{path}` loads itself")).into());
    }
    let text = e.library().text(&path);
    let text = text.map_err(|error| Diagnostic::new(span, error.to_string()))?;
    let start = e.text.len() + 1;
    if start + text.len() > MOST {
        return Err(Diagnostic::new(span, "all that is loaded may come to 4 MiB").into());
    }
    e.hold_bytes(2 * text.len() + start, span)?;
    // Lines without anything before it: then the parser's places are right by themselves.
    let placed = format!("{}{text}", "\n".repeat(start));
    e.text.to_mut().push('\n');
    e.text.to_mut().push_str(&text);
    let here = e.loaded.len();
    e.loaded.push(Loaded {
        path,
        start,
        call: args.span,
        open: true,
    });
    let program = parser::parse(&placed, e.cancel);
    let program = program.map_err(|mut why| Box::new(why.0.swap_remove(0)))?;
    let (statement, scope) = (e.statement, e.scope);
    e.scope = super::value::ScopeId(0);
    let result = e.deeper(span, |e| program.iter().try_for_each(|s| e.top_level(s)));
    (e.statement, e.scope) = (statement, scope);
    e.loaded[here].open = false;
    result.map(|()| Value::None)
}

impl Evaluator<'_> {
    /// A mistake in a loaded text is told where that was loaded.
    pub fn at_home(&self, mut error: Box<Diagnostic>) -> Box<Diagnostic> {
        let at = error.span.start as usize;
        let Some(loaded) = self.loaded.iter().rev().find(|l| l.start <= at) else {
            return error;
        };
        let before = self.text.get(loaded.start..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        error.message = format!("in `{}`, line {line}: {}", loaded.path, error.message);
        error.span = loaded.call;
        // Something loaded may have loaded it.
        self.at_home(error)
    }
}
