//! Where in a score the items of its Patch were said, for text edits.

use super::eval::Evaluator;
use crate::patch::{Span, Target};
use std::collections::HashMap;

/// The expressions that said something last.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// The number that set a control, by node and control.
    pub values: HashMap<(String, String), Span>,
    /// The number that set a connection's level, by source and target.
    pub levels: HashMap<(String, Target), Span>,
    /// The number that set the tempo.
    pub tempo: Option<Span>,
    /// The numbers that set the metre: its beats, and its unit where that was said.
    pub meter: Option<(Span, Option<Span>)>,
}

impl Origins {
    /// Takes in what a module's body said, its nodes called as `name` calls them now.
    pub fn take_in(&mut self, inner: &Origins, name: impl Fn(&str) -> String) {
        let values = inner.values.iter();
        let values = values.map(|((node, control), span)| ((name(node), control.clone()), *span));
        self.values.extend(values);
        let target = |to: &Target| match to {
            Target::Input { node, port } => Target::Input {
                node: name(node),
                port: *port,
            },
            Target::Control { node, control } => Target::Control {
                node: name(node),
                control: control.clone(),
            },
            Target::Out(pair) => Target::Out(*pair),
        };
        let levels = inner.levels.iter();
        let levels = levels.map(|((from, to), span)| ((name(from), target(to)), *span));
        self.levels.extend(levels);
    }

    /// What was said of the nodes under a path, by their names there.
    pub fn within(&self, path: &str) -> Origins {
        let inner = |name: &str| {
            let rest = name.strip_prefix(path)?.strip_prefix('/')?;
            Some(rest.to_owned())
        };
        let values = self.values.iter();
        let values = values
            .filter_map(|((node, control), span)| Some(((inner(node)?, control.clone()), *span)));
        let levels = self.levels.iter().filter_map(|((from, to), span)| {
            let to = match to {
                Target::Input { node, port } => Target::Input {
                    node: inner(node)?,
                    port: *port,
                },
                Target::Control { node, control } => Target::Control {
                    node: inner(node)?,
                    control: control.clone(),
                },
                Target::Out(pair) => Target::Out(*pair),
            };
            Some(((inner(from)?, to), *span))
        });
        Origins {
            values: values.collect(),
            levels: levels.collect(),
            tempo: None,
            meter: None,
        }
    }
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

    /// Remembers which expressions set the metre.
    pub fn said_meter(&mut self, beats: Span, unit: Option<Span>) {
        if let Some(origins) = &mut self.origins {
            origins.meter = Some((beats, unit));
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
