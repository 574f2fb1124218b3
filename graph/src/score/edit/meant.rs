//! What a score is to say after gestures, and whether a text says it.

use super::same::{all_but_nodes, node as same_node};
use super::{EditError, Gesture};
use crate::patch::{Node, Patch, Source};

/// What the score is to say.
#[derive(Clone, Debug)]
pub struct Meant {
    /// This, as far as it was there before.
    pub patch: Patch,
    /// And further nodes with these names and functions.
    pub fresh: Vec<(String, String)>,
    /// Whatever these nodes sound like now, and with how many voices.
    pub otherwise: Vec<String>,
    /// The order of the nodes does not count.
    pub any_order: bool,
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
        for (name, function) in &self.fresh {
            let found = nodes.iter().rposition(|n| n.name == *name);
            let Some(at) = found.filter(|at| self.any_order || at + 1 == nodes.len()) else {
                return false;
            };
            if !is_plain(nodes.remove(at), function) {
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

/// Whether a node is of a function and nothing more was said of it.
fn is_plain(node: &Node, function: &str) -> bool {
    let voices = match &node.source {
        Source::Unit(about) => about.voices,
        Source::Function(_) | Source::Input(_) => 1,
    };
    node.label == function
        && node.values.is_empty()
        && node.count == voices
        && !node.mute
        && !node.solo
}
