//! What modulation makes of the selected node's controls now: wires, `mod`, fades. Read by the engine's scopes, of the
//! controls that something moves and of no others.

use std::collections::BTreeMap;

use sorl_graph::patch::{Node, Target};
use sorl_graph::session::{Look, ScopeReader};

use super::view::View;
use crate::desk::Desk;

/// Controls that are watched at most: the engine has sixteen scopes, and others may look too.
const MOST: usize = 3;
/// Frames of the window between two tries to open what is not open.
const PAUSE: u32 = 30;
/// Room for what comes between two frames of the window.
const ROOM: usize = 1 << 13;

/// The controls that are watched, of one node.
#[derive(Default)]
pub(crate) struct Moves {
    node: String,
    generation: Option<u64>,
    connected: bool,
    /// Frames of the window since it was tried to open them.
    tried: u32,
    readers: Vec<(String, ScopeReader)>,
    values: BTreeMap<String, f32>,
}

impl Moves {
    /// Follows the node that is selected, and what has come since the last frame.
    pub fn refresh(&mut self, desk: &Desk, view: &View, selected: Option<&str>) {
        let name = selected.unwrap_or_default();
        let connected = view.status.connected;
        let over = self.readers.iter().any(|(_, reader)| reader.is_over());
        let same = (self.node.as_str(), self.generation) == (name, view.generation);
        // A node that is new runs a little later, and others may look at too much already.
        self.tried += 1;
        let again = (over || self.readers.is_empty()) && self.tried > PAUSE;
        if !same || again || self.connected != connected {
            self.tried = 0;
            self.node = name.to_owned();
            (self.generation, self.connected) = (view.generation, connected);
            self.readers.clear();
            self.values.clear();
            if let Some(node) = view.patch.node(name).filter(|_| connected) {
                let mut session = desk.session();
                for control in moved(view, node).into_iter().take(MOST) {
                    let reader = session.scope(name, Look::Control(&control), ROOM);
                    self.readers
                        .extend(reader.ok().map(|reader| (control, reader)));
                }
            }
        }
        for (control, reader) in &mut self.readers {
            if let Some([value, _]) = reader.read(ROOM).last() {
                self.values.insert(control.clone(), value);
            }
        }
    }

    /// What a control of the selected node is now, if something moves it.
    pub fn value(&self, control: &str) -> Option<f32> {
        self.values.get(control).copied()
    }
}

/// The controls of a node that wires or modulations move.
fn moved(view: &View, node: &Node) -> Vec<String> {
    let wires = view.wires.iter().filter_map(|wire| match &wire.to {
        Target::Control { node: to, control } if *to == node.name => Some(control.clone()),
        _ => None,
    });
    let mods = view.patch.mods.iter().filter(|m| m.node == node.name);
    let mut all: Vec<String> = wires.chain(mods.map(|m| m.control.clone())).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::played::Played;
    use std::sync::Arc;

    #[test]
    fn a_control_that_a_wire_moves_is_seen_moving_and_others_are_not() {
        let score = "def slow():\n    return sine_osc(3)\n\ndef tone():\n    return saw(control(\"cutoff\", 800, 100, 4000) + control(\"other\", 1, 0, 2))\n\nl = node(\"lfo\", slow)\nt = node(\"tone\", tone)\nl >> (t[\"cutoff\"], 300)\n";
        let mut played = Played::new(score);
        let desk = Arc::clone(&played.desk);
        played.block();
        let mut view = View::new();
        let mut moves = Moves::default();
        let mut seen = Vec::new();
        for _ in 0..30 {
            played.block();
            view.refresh(&desk, 0.01);
            moves.refresh(&desk, &view, Some("tone"));
            seen.extend(moves.value("cutoff"));
        }
        let (lo, hi) = seen
            .iter()
            .fold((f32::MAX, f32::MIN), |(lo, hi), x| (lo.min(*x), hi.max(*x)));
        assert!(lo < 650.0 && hi > 950.0, "{lo} {hi}");
        assert_eq!(moves.value("other"), None);
        assert_eq!(view.base(1, "cutoff"), Some(800.0));
        moves.refresh(&desk, &view, None);
        assert_eq!(moves.value("cutoff"), None);
    }
}
