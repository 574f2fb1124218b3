//! The bounds of an evaluation: steps, depth, memory, and being told to stop.
//!
//! Counting is deterministic: the same score is refused at the same place on every machine. Only a `Cancel` comes
//! from outside.

use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use crate::patch::Span;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Most steps (expressions, statements, items gone through) that a score may take.
const MAX_STEPS: u64 = 2_000_000;
/// Deepest nesting of calls, blocks and expressions together.
const MAX_DEPTH: u32 = 200;
/// Most bytes that all a score makes may come to, counted by a rule and never given back.
const MAX_MEMORY: usize = 64 << 20;
/// What an item of a list, a name or an entry counts, in bytes.
const ITEM: usize = 48;
/// A function that is this often in the middle of itself is what nests too deep.
const RECURSIVE: usize = 5;

/// Stops an evaluation from another thread. Clones stop the same one; once told, it stays told.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// One that is not told yet.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Tells every evaluation with this handle to end, with a diagnostic, within 50 ms. Any thread; wait-free.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has been told.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error once it has been told.
    pub(super) fn check(&self, span: Span) -> Result<(), Diagnostic> {
        if self.is_cancelled() {
            return Err(Diagnostic::new(
                span,
                "this evaluation was stopped from outside",
            ));
        }
        Ok(())
    }
}

/// What has been used.
#[derive(Debug, Default)]
pub struct Used {
    steps: u64,
    depth: u32,
    memory: usize,
}

impl Evaluator<'_> {
    /// Counts a step; a score without end is stopped.
    pub fn step(&mut self, span: Span) -> Eval<()> {
        self.steps(1, span)
    }

    /// Counts steps that a function of the language takes within itself.
    pub fn steps(&mut self, steps: usize, span: Span) -> Eval<()> {
        self.cancel.check(span)?;
        self.used.steps = self.used.steps.saturating_add(steps as u64);
        if self.used.steps > MAX_STEPS {
            return Err(Diagnostic::new(
                span,
                "this score takes too long: it was stopped after two million steps",
            )
            .hint("is there a loop that never ends?")
            .into());
        }
        Ok(())
    }

    /// Counts items that come to be held.
    pub fn hold(&mut self, items: usize, span: Span) -> Eval<()> {
        self.hold_bytes(items.saturating_mul(ITEM), span)
    }

    /// Counts bytes of text that come to be held.
    pub fn hold_bytes(&mut self, bytes: usize, span: Span) -> Eval<()> {
        self.used.memory = self.used.memory.saturating_add(bytes);
        if self.used.memory > MAX_MEMORY {
            return Err(Diagnostic::new(span, "this score needs too much memory")
                .hint("all that it makes may come to 64 MiB")
                .into());
        }
        Ok(())
    }

    /// Runs something one level deeper.
    pub fn deeper<T>(&mut self, span: Span, inner: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        if self.used.depth >= MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        self.used.depth += 1;
        let result = inner(self);
        self.used.depth -= 1;
        result
    }

    fn too_deep(&self, span: Span) -> Box<Diagnostic> {
        let times = |name: &str| self.calls.iter().filter(|c| &***c == name).count();
        // The last one called of those that recur: the inner one of two that call each other.
        let again = self.calls.iter().rev().find(|c| times(c) >= RECURSIVE);
        match again {
            Some(name) => Diagnostic::new(
                span,
                format!(
                    "`{name}` calls itself without end, or too deep ({} times)",
                    times(name)
                ),
            )
            .hint("it needs a case in which it does not call itself, and a loop goes further"),
            None => Diagnostic::new(span, "this is nested too deep")
                .hint("give parts of it names of their own"),
        }
        .into()
    }
}
