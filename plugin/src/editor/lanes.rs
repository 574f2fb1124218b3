//! Which lanes the timeline has, as plain data, computed once for each Patch.

use sorl_graph::patch::Node;
use sorl_graph::score::edit::Gesture;

use super::edit::Edit;
use super::phrase::{Phrase, is_literal};
use super::view::View;

/// What a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Hits on a grid of steps.
    Hits,
    /// Notes by key.
    Notes,
    /// The value of a control.
    Curve,
}

/// A lane.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// The node, by index.
    pub node: usize,
    /// Its name.
    pub name: String,
    /// The control that is played; without one it is notes.
    pub control: Option<String>,
    /// What it shows.
    pub kind: Kind,
    /// The pattern that plays it, by index among the bindings.
    pub binding: Option<usize>,
    /// Its notes, if they are notes and nothing more.
    pub phrase: Option<Phrase>,
    /// Whether hands may change them where they stand: the pattern's text is its notes.
    pub open: bool,
}

impl Lane {
    /// What it is called, for those who cannot see it.
    pub fn title(&self) -> String {
        match &self.control {
            None => format!("{} lane", self.name),
            Some(control) => format!("{} {control} lane", self.name),
        }
    }

    /// The edit that puts a phrase in the place of what plays; nothing for one that cannot be written.
    pub fn write(&self, phrase: &Phrase) -> Edit {
        let node = self.name.clone();
        if phrase.notes.is_empty() && self.binding.is_some() && phrase.cycles == 1 {
            return Edit::gesture(Gesture::Unbind {
                node,
                control: None,
            });
        }
        match phrase.write() {
            Some(pattern) => Edit::gesture(Gesture::Bind {
                node,
                control: None,
                pattern,
            }),
            None => Edit::Say(
                "these notes lie too close for a grid; change them in the text".to_owned(),
            ),
        }
    }
}

/// All lanes of a score: for every node that is played or could be, and for every control that a
/// pattern moves.
pub(crate) fn lanes(view: &View) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for (i, node) in view.patch.nodes.iter().enumerate() {
        let binding = view.binding(&node.name, None);
        if let Some(kind) = kind(node, binding.is_some()) {
            lanes.push(lane(view, i, node, kind, binding));
        }
        for (b, binding) in view.patch.bindings.iter().enumerate() {
            if binding.node == node.name
                && let Some(control) = &binding.control
            {
                lanes.push(Lane {
                    node: i,
                    name: node.name.clone(),
                    control: Some(control.clone()),
                    kind: Kind::Curve,
                    binding: Some(b),
                    phrase: None,
                    open: false,
                });
            }
        }
    }
    lanes
}

fn kind(node: &Node, played: bool) -> Option<Kind> {
    if node.is_instrument() {
        Some(Kind::Notes)
    } else if node.range("gate").is_some() || played {
        Some(Kind::Hits)
    } else {
        None
    }
}

fn lane(view: &View, index: usize, node: &Node, kind: Kind, binding: Option<usize>) -> Lane {
    let bound = binding.and_then(|b| Some((view.patch.bindings.get(b)?, view.program(b)?)));
    let phrase = match bound {
        Some((_, program)) => Phrase::of(program),
        None => Some(Phrase::empty()),
    };
    // A player of sounds is told which one by words: that is for the text.
    let playable = node.range("gate").is_some();
    Lane {
        node: index,
        name: node.name.clone(),
        control: None,
        kind,
        binding,
        open: playable && phrase.is_some() && bound.is_none_or(|(b, _)| is_literal(b)),
        phrase,
    }
}
