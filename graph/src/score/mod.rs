//! The language of scores: text → Patch.
//!
//! Python's syntax and a small evaluator of our own: no files, no network, no clock; steps, depth and sizes are
//! bounded. A score is evaluated afresh as a whole; on an error there is no Patch, only diagnostics that point
//! at the place. Control side only; knows no engine.

mod args;
mod ast;
mod bind;
mod call;
mod collections;
mod compare;
mod console;
mod diagnostic;
mod dict;
pub mod edit;
mod eval;
mod format;
mod harmony;
mod lexer;
mod lib_acts;
mod lib_curve;
mod lib_endings;
mod lib_graphs;
mod lib_handle;
mod lib_harmony;
mod lib_list;
mod lib_load;
mod lib_math;
mod lib_midi;
mod lib_module;
mod lib_moves;
mod lib_nodes;
mod lib_outgoing;
mod lib_pattern;
mod lib_phrase;
mod lib_python;
mod lib_session;
mod lib_signal;
mod lib_sound;
mod lib_steps;
mod lib_text;
mod lib_time;
mod lib_transform;
mod lib_values;
mod library;
mod library_patterns;
mod limits;
mod mini;
mod mini_ops;
mod mini_step;
mod names;
mod operators;
mod origins;
mod parse_expr;
mod parse_import;
mod parse_items;
mod parser;
mod paths;
mod patterned;
mod routes;
mod statements;
mod strings;
mod value;

pub use console::ConsoleLine;
pub use diagnostic::{Diagnostic, Diagnostics};
pub use library::{
    Facts, Kind, LibraryEntry, library, node_methods, pattern_functions, pattern_methods,
    session_functions, signal_functions,
};
pub use limits::Cancel;

use crate::patch::Patch;
use crate::pattern::Pattern;
use crate::ugen::Units;

/// Longest score, in bytes.
pub const MAX_SCORE: usize = 1 << 20;

/// What came of a score.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// What the score says, or why it says nothing.
    pub patch: Result<Patch, Diagnostics>,
    /// What it printed, also on the way to a mistake.
    pub console: Vec<ConsoleLine>,
}

/// What a score says, or why it says nothing. Pure: the same text gives the same Patch. Allocates, and takes
/// bounded time and memory whatever the text.
pub fn evaluate(text: &str) -> Result<Patch, Diagnostics> {
    evaluate_with(text, &Units::default(), &Cancel::new()).patch
}

/// As [`evaluate`], with unit generators that the score may name, and with what the score printed; `cancel` ends it
/// from another thread.
pub fn evaluate_with(text: &str, units: &Units, cancel: &Cancel) -> Evaluation {
    let refused = |why: Diagnostics| Evaluation {
        patch: Err(why),
        console: Vec::new(),
    };
    if text.len() > MAX_SCORE {
        let d = Diagnostic::new(Default::default(), "this score is longer than a mebibyte");
        return refused(d.into());
    }
    match parser::parse(text, cancel) {
        Err(why) => refused(why),
        Ok(program) => {
            let (patch, console) = eval::Evaluator::run(text, &program, units, cancel);
            Evaluation {
                patch: patch.map_err(|error| Diagnostics::from(*error)),
                console,
            }
        }
    }
}

/// The pattern that a string of mini-notation says, or why it says nothing; places count from the string's first
/// byte. Pure; takes bounded time and memory whatever the string.
pub fn mini(text: &str) -> Result<Pattern, Diagnostics> {
    mini::parse(text, 0).map_err(|error| Diagnostics::from(*error))
}
