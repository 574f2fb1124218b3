//! What is selected: nodes in the order in which they were, or one wire.

use sorl_graph::patch::{Connection, Patch, Target};

/// What is selected. The node that was selected last is the one that the inspector shows. A group is selected by its
/// path with a `/` behind it: a node may have the same name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    nodes: Vec<String>,
    wire: Option<(String, Target)>,
}

impl Selection {
    /// The node that was selected last, unless that was a group.
    pub fn primary(&self) -> Option<&str> {
        let last = self.nodes.last().map(String::as_str);
        last.filter(|name| !name.ends_with('/'))
    }

    /// The group that was selected last, unless that was a node.
    pub fn group(&self) -> Option<&str> {
        self.nodes.last()?.strip_suffix('/')
    }

    /// All selected nodes and groups, by their names.
    pub fn nodes(&self) -> Vec<&str> {
        let names = self.nodes.iter();
        names.map(|name| name.trim_end_matches('/')).collect()
    }

    /// Whether a node is selected.
    pub fn has(&self, node: &str) -> bool {
        self.nodes.iter().any(|name| name == node)
    }

    /// Whether a wire is selected.
    pub fn has_wire(&self, wire: &Connection) -> bool {
        self.wire
            .as_ref()
            .is_some_and(|(from, to)| *from == wire.from && *to == wire.to)
    }

    /// Nothing is selected any more.
    pub fn clear(&mut self) {
        *self = Selection::default();
    }

    /// This node and no other.
    pub fn only(&mut self, node: &str) {
        self.all([node.to_owned()]);
    }

    /// These nodes and nothing else.
    pub fn all(&mut self, nodes: impl IntoIterator<Item = String>) {
        self.nodes = nodes.into_iter().collect();
        self.wire = None;
    }

    /// This node too, or no longer.
    pub fn toggle(&mut self, node: &str) {
        self.wire = None;
        if self.has(node) {
            self.nodes.retain(|name| name != node);
        } else {
            self.nodes.push(node.to_owned());
        }
    }

    /// This wire and nothing else.
    pub fn wire(&mut self, wire: &Connection) {
        self.nodes.clear();
        self.wire = Some((wire.from.clone(), wire.to.clone()));
    }

    /// Lets go of what is no longer there.
    pub fn keep(&mut self, patch: &Patch, wires: &[Connection]) {
        self.nodes.retain(|name| match name.strip_suffix('/') {
            Some(path) => patch.members(path).next().is_some(),
            None => patch.node(name).is_some(),
        });
        if let Some(wire) = self.wire.take() {
            let there = |c: &Connection| c.from == wire.0 && c.to == wire.1;
            self.wire = wires.iter().any(there).then_some(wire);
        }
    }
}
