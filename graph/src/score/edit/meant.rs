//! What a score is to say after gestures, and whether a text says it.

use super::same::{all_but_nodes, node as same_node};
use super::{EditError, Gesture};
use crate::patch::{Node, Patch, Source};
use std::collections::BTreeMap;

/// What the score is to say.
#[derive(Clone, Debug)]
pub struct Meant {
    /// This, as far as it was there before.
    pub patch: Patch,
    /// And further nodes.
    pub fresh: Vec<Fresh>,
    /// Whatever these nodes sound like now, and with how many voices.
    pub otherwise: Vec<String>,
    /// The order of the nodes does not count.
    pub any_order: bool,
}

/// A node that is to be there.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// Its name.
    pub name: String,
    /// Its function.
    pub function: String,
    /// How many voices it has, where that is said.
    pub voices: Option<u16>,
    /// What is said of its values.
    pub values: BTreeMap<String, f32>,
}

impl Meant {
    /// What a Patch says.
    pub fn new(patch: Patch) -> Meant {
        Meant {
            patch,
            fresh: Vec::new(),
            otherwise: Vec::new(),
            any_order: false,
        }
    }

    /// What a score that says `patch` is to say after a gesture.
    pub fn after(patch: &Patch, gesture: &Gesture) -> Result<Meant, EditError> {
        let mut meant = Meant::new(patch.clone());
        gesture.apply(&mut meant)?;
        Ok(meant)
    }

    /// Whether a Patch says it.
    pub fn is(&self, patch: &Patch) -> bool {
        let mut nodes: Vec<&Node> = patch.nodes.iter().collect();
        for fresh in &self.fresh {
            let found = nodes.iter().rposition(|n| n.name == fresh.name);
            let Some(at) = found.filter(|at| self.any_order || at + 1 == nodes.len()) else {
                return false;
            };
            if !fresh.is(nodes.remove(at)) {
                return false;
            }
        }
        let mut meant: Vec<&Node> = self.patch.nodes.iter().collect();
        if self.any_order {
            // Who hears the keys, if nobody says so, hangs on the order.
            let first = |nodes: &[&Node]| {
                let mut nodes = nodes.iter();
                nodes.find(|n| n.is_instrument()).map(|n| n.name.clone())
            };
            if self.patch.keys.is_empty() && first(&nodes) != first(&meant) {
                return false;
            }
            nodes.sort_by(|a, b| a.name.cmp(&b.name));
            meant.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let equal = nodes.len() == meant.len();
        equal
            && nodes.iter().zip(&meant).all(|(a, b)| self.is_like(a, b))
            && all_but_nodes(&self.patch, patch)
    }

    /// Whether a node is the one that is meant.
    fn is_like(&self, node: &Node, meant: &Node) -> bool {
        if !self.otherwise.contains(&meant.name) {
            return same_node(node, meant);
        }
        let as_before = Node {
            source: meant.source.clone(),
            label: meant.label.clone(),
            count: meant.count,
            ..node.clone()
        };
        same_node(&as_before, meant)
    }
}

impl Fresh {
    /// Whether a node is this one, and nothing more was said of it.
    fn is(&self, node: &Node) -> bool {
        let own = match &node.source {
            Source::Unit(about) => about.voices,
            Source::Function(_) | Source::Input(_) => 1,
        };
        node.label == self.function
            && node.values == self.values
            && node.count == self.voices.unwrap_or(own)
            && !node.mute
            && !node.solo
    }
}
