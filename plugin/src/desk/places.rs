//! Where the nodes stand on the canvas, whatever becomes of their names.

use std::sync::Arc;

use sorl_graph::patch::{self, Patch};
use sorl_graph::score::edit::Gesture;
use sorl_graph::session::Change;

use super::edits::hold;
use super::{Desk, Positions, lock};
use crate::history::Kind;

impl Desk {
    /// Where the nodes stand on the canvas.
    pub fn positions(&self) -> Positions {
        Positions::clone(&lock(&self.face).positions)
    }

    /// Moves one node on the canvas. A place that is not a number is ignored.
    pub fn place(&self, node: &str, position: [f32; 2]) {
        self.place_all(&[(node.to_owned(), Some(position))]);
    }

    /// Moves nodes on the canvas as one step; one without a place goes where the layout puts it. A place that is not
    /// a number is ignored.
    pub fn place_all(&self, places: &[(String, Option<[f32; 2]>)]) {
        let session = self.session();
        let mut face = lock(&self.face);
        let held = hold(&session, &face);
        let positions = Arc::make_mut(&mut face.positions);
        for (node, place) in places {
            match place {
                Some(at) if at.iter().all(|axis| axis.is_finite()) => {
                    positions.insert(node.clone(), *at);
                }
                Some(_) => {}
                None => drop(positions.remove(node)),
            }
        }
        let after = hold(&session, &face);
        face.history.note(held, &after, Kind::Single);
        self.touch();
    }
}

/// The nodes and groups that get other names by a change.
pub(super) fn renames(change: &Change) -> Vec<(String, String)> {
    match change {
        Change::Gesture(Gesture::Rename { node, to }) => vec![(node.clone(), to.clone())],
        Change::Gesture(Gesture::Group { nodes, name }) => {
            let own = |node: &String| node.rsplit('/').next().unwrap_or_default().to_owned();
            let new = |node: &String| (node.clone(), format!("{name}/{}", own(node)));
            nodes.iter().map(new).collect()
        }
        Change::Within(path, change) => {
            let at = |name: String| format!("{path}/{name}");
            let inner = renames(change).into_iter();
            inner.map(|(old, new)| (at(old), at(new))).collect()
        }
        Change::Gesture(_) | Change::Statement(_) => Vec::new(),
    }
}

/// A node or a group stands where it stood, with all that is in it.
pub(super) fn rename_places(positions: &mut Positions, old: &str, new: &str) {
    let moved = |name: &String| name == old || patch::within(name, old).is_some();
    let names: Vec<String> = positions
        .keys()
        .filter(|name| moved(name))
        .cloned()
        .collect();
    for name in names {
        if let Some(at) = positions.remove(&name) {
            positions.insert(format!("{new}{}", &name[old.len()..]), at);
        }
    }
}

/// The places after another score: a node that has gone where one like it has come was renamed, and the new one
/// stands where the old one stood.
pub(super) fn moved_on(
    before: &Patch,
    after: &Patch,
    positions: &Positions,
) -> Option<Arc<Positions>> {
    let gone = before
        .nodes
        .iter()
        .filter(|n| after.node(&n.name).is_none());
    let mut come: Vec<_> = after
        .nodes
        .iter()
        .filter(|n| before.node(&n.name).is_none())
        .collect();
    let mut moved = positions.clone();
    for old in gone {
        let like = |n: &&sorl_graph::patch::Node| n.source == old.source && n.label == old.label;
        if let Some(at) = positions.get(&old.name)
            && let Some(new) = come.iter().position(like)
        {
            moved.remove(&old.name);
            moved.insert(come.remove(new).name.clone(), *at);
        }
    }
    (moved != *positions).then(|| Arc::new(moved))
}
