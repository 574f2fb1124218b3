//! Where in a score the items of its Patch were said, for text edits.

use super::eval::Evaluator;
use crate::patch::{Span, Target};
use std::collections::HashMap;

/// The expressions that said something last.
#[derive(Debug, Default)]
pub struct Origins {
    /// The number that set a control, by node and control.
    pub values: HashMap<(String, String), Span>,
    /// The number that set a connection's level, by source and target.
    pub levels: HashMap<(String, Target), Span>,
    /// The number that set the tempo.
    pub tempo: Option<Span>,
}

impl Evaluator<'_> {
    /// Remembers which expression set a control.
    pub fn said_value(&mut self, node: &str, control: &str, span: Span) {
        if let Some(origins) = &mut self.origins {
            let path = (node.to_owned(), control.to_owned());
            origins.values.insert(path, span);
        }
    }

    /// Remembers which expression set the tempo.
    pub fn said_tempo(&mut self, span: Span) {
        if let Some(origins) = &mut self.origins {
            origins.tempo = Some(span);
        }
    }

    /// Remembers which expression set a connection's level.
    pub fn said_level(&mut self, from: &str, to: &Target, span: Option<Span>) {
        if let Some(origins) = &mut self.origins {
            let wire = (from.to_owned(), to.clone());
            match span {
                Some(span) => drop(origins.levels.insert(wire, span)),
                None => drop(origins.levels.remove(&wire)),
            }
        }
    }
}
