//! The language of scores: text → Patch.
//!
//! Python's syntax and a small evaluator of our own: no files, no network, no clock; steps, depth and sizes are
//! bounded. A score is evaluated afresh as a whole; on an error there is no Patch, only diagnostics that point
//! at the place. Control side only; knows no engine.

mod args;
mod ast;
mod bind;
mod diagnostic;
mod eval;
mod lexer;
mod lib_pattern;
mod lib_session;
mod lib_signal;
mod names;
mod operators;
mod parser;
mod statements;
mod value;

pub use diagnostic::{Diagnostic, Diagnostics};

use crate::patch::Patch;
use crate::ugen::Units;

/// Longest score, in bytes.
pub const MAX_SCORE: usize = 1 << 20;

/// What a score says, or why it says nothing. Pure: the same text gives the same Patch. Allocates, and takes
/// bounded time and memory whatever the text.
pub fn evaluate(text: &str) -> Result<Patch, Diagnostics> {
    evaluate_with(text, &Units::default())
}

/// As [`evaluate`], with unit generators that the score may name.
pub fn evaluate_with(text: &str, units: &Units) -> Result<Patch, Diagnostics> {
    if text.len() > MAX_SCORE {
        return Err(
            Diagnostic::new(Default::default(), "this score is longer than a mebibyte").into(),
        );
    }
    let program = parser::parse(text)?;
    eval::Evaluator::run(text, &program, units).map_err(|error| Diagnostics::from(*error))
}
