//! Which wires run: those of the Patch, and those on their way out.

use super::nodes::{Nodes, Running};
use crate::patch::{Patch, Target};
use crate::plan::{ControlIndex, Entry, NodeId, NodeIndex, PlanWire, Port, WireSlot};
use std::collections::{HashMap, HashSet};

/// Where a wire ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    Input(NodeId, u16),
    Control(NodeId, ControlIndex),
    Out(u16),
}

impl End {
    fn node(self) -> Option<NodeId> {
        match self {
            End::Input(id, _) | End::Control(id, _) => Some(id),
            End::Out(_) => None,
        }
    }
}

struct Wire {
    from: NodeId,
    end: End,
    slot: WireSlot,
    level: f32,
    /// The Plan it came with.
    since: u64,
    entry: Entry,
    leaving: bool,
    cut: bool,
}

/// The wires that run.
#[derive(Default)]
pub struct Wires {
    wires: Vec<Wire>,
    slots: u32,
    free: Vec<WireSlot>,
    /// Slots whose wires are gone, and the Plan that does without them.
    retired: Vec<(u64, WireSlot)>,
}

impl Wires {
    /// How many slots there are, free ones included.
    pub fn slots(&self) -> usize {
        self.slots as usize
    }

    /// A leaving wire has faded; true if that is news.
    pub fn mark_cut(&mut self, slot: WireSlot) -> bool {
        match self
            .wires
            .iter_mut()
            .find(|w| w.slot == slot && w.leaving && !w.cut)
        {
            Some(wire) => {
                wire.cut = true;
                true
            }
            None => false,
        }
    }

    /// The Plan with this serial has been adopted: what it does without is free.
    pub fn free(&mut self, serial: u64) {
        let free = &mut self.free;
        self.retired.retain(|(since, slot)| {
            let done = *since <= serial;
            if done {
                free.push(*slot);
            }
            !done
        });
    }

    /// Brings the list to a Patch. A wire at a node that is on its way out stays as it is until the node is gone.
    pub fn follow(
        &mut self,
        patch: &Patch,
        nodes: &Nodes,
        leaving: &[NodeId],
        fresh: &[NodeId],
        serial: u64,
    ) {
        let leaving: HashSet<NodeId> = leaving.iter().copied().collect();
        let fresh: HashSet<NodeId> = fresh.iter().copied().collect();
        let known: HashSet<NodeId> = nodes.all().map(|n| n.id).collect();
        let (retired, free_from) = (&mut self.retired, serial);
        self.wires.retain(|w| {
            let stays = !w.cut
                && known.contains(&w.from)
                && w.end.node().is_none_or(|n| known.contains(&n));
            if !stays {
                retired.push((free_from, w.slot));
            }
            stays
        });
        let mut place: HashMap<(NodeId, End), usize> = self
            .wires
            .iter()
            .enumerate()
            .map(|(i, w)| ((w.from, w.end), i))
            .collect();
        let mut wanted = HashSet::new();
        for connection in patch.wires() {
            let Some((from, end)) = ends(&connection.from, &connection.to, nodes) else {
                continue;
            };
            wanted.insert((from, end));
            let i = *place.entry((from, end)).or_insert_with(|| {
                let slot = self.free.pop().unwrap_or_else(|| {
                    self.slots += 1;
                    WireSlot(self.slots - 1)
                });
                let new_end =
                    fresh.contains(&from) || end.node().is_some_and(|n| fresh.contains(&n));
                let entry = if new_end { Entry::Full } else { Entry::Fades };
                self.wires.push(Wire {
                    from,
                    end,
                    slot,
                    level: 0.0,
                    since: serial,
                    entry,
                    leaving: false,
                    cut: false,
                });
                self.wires.len() - 1
            });
            (self.wires[i].level, self.wires[i].leaving) = (connection.level, false);
        }
        for wire in &mut self.wires {
            let at_leaving = leaving.contains(&wire.from)
                || wire.end.node().is_some_and(|n| leaving.contains(&n));
            if !wanted.contains(&(wire.from, wire.end)) && !at_leaving {
                (wire.level, wire.leaving) = (0.0, true);
            }
        }
    }

    /// From and to, by place, of all wires between nodes.
    pub fn edges(&self, place: &HashMap<NodeId, usize>) -> Vec<(usize, usize)> {
        let edge = |w: &Wire| Some((*place.get(&w.from)?, *place.get(&w.end.node()?)?));
        self.wires.iter().filter_map(edge).collect()
    }

    fn plan_wire(&self, w: &Wire, from: NodeIndex, port: Port, serial: u64) -> PlanWire {
        let entry = if w.since == serial {
            w.entry
        } else {
            Entry::Old
        };
        PlanWire {
            slot: w.slot,
            from,
            port,
            level: w.level,
            entry,
            leaving: w.leaving,
        }
    }

    /// The wires into each node.
    pub fn inputs(
        &self,
        at: &dyn Fn(NodeId) -> Option<NodeIndex>,
        serial: u64,
    ) -> HashMap<NodeId, Vec<PlanWire>> {
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for w in &self.wires {
            let (to, port) = match w.end {
                End::Input(to, port) => (to, Port::Input(port)),
                End::Control(to, control) => (to, Port::Control(control)),
                End::Out(_) => continue,
            };
            if let Some(from) = at(w.from) {
                let wire = self.plan_wire(w, from, port, serial);
                found.entry(to).or_default().push(wire);
            }
        }
        found
    }

    /// The wires to the outputs, by stereo pair from 0.
    pub fn to_outputs(
        &self,
        at: &dyn Fn(NodeId) -> Option<NodeIndex>,
        serial: u64,
    ) -> Box<[(u16, PlanWire)]> {
        let wire = |w: &Wire| match w.end {
            End::Out(pair) => Some((pair, self.plan_wire(w, at(w.from)?, Port::Input(0), serial))),
            _ => None,
        };
        self.wires.iter().filter_map(wire).collect()
    }
}

fn ends(from: &str, to: &Target, nodes: &Nodes) -> Option<(NodeId, End)> {
    let from = nodes.live(from)?.id;
    let end = match to {
        Target::Out(pair) => End::Out(pair.saturating_sub(1)),
        Target::Input { node, port } => End::Input(nodes.live(node)?.id, *port),
        Target::Control { node, control } => {
            let to = nodes.live(node)?;
            End::Control(to.id, to.control(control)?)
        }
    };
    Some((from, end))
}

/// Channel instances and output channels of each node. A mono function fed with stereo runs once a channel;
/// stereo spreads along the wires until nothing changes.
pub fn channels(nodes: &[&Running], edges: &[(usize, usize)]) -> Vec<(u8, u8)> {
    let mut found: Vec<(u8, u8)> = nodes
        .iter()
        .map(|n| match n.wide {
            true => (2, 2),
            false => (1, if n.outputs == 2 || n.panned { 2 } else { 1 }),
        })
        .collect();
    let mut next = vec![Vec::new(); nodes.len()];
    edges.iter().for_each(|&(from, to)| next[from].push(to));
    let mut todo: Vec<usize> = (0..nodes.len()).filter(|&i| found[i].1 == 2).collect();
    while let Some(from) = todo.pop() {
        for &to in &next[from] {
            if found[to].0 == 1 && nodes[to].outputs == 1 && nodes[to].inputs > 0 {
                found[to] = (2, 2);
                todo.push(to);
            }
        }
    }
    found
}
