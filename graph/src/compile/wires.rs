//! Which wires run: those of the Patch, and those on their way out.

use super::graphs;
use super::latency::Path;
use super::nodes::{Nodes, Running};
use crate::message::Line;
use crate::patch::{Connection, Patch, Target};
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
    /// Frames by which it waits for longer paths: settled with the Plan it came with, for its life.
    delay: u32,
    /// Frames before it begins to fade.
    wait: u32,
    /// Frames by which it is late because it leads back in the order.
    back: u8,
    leaving: bool,
    /// Another wire has taken its place.
    replaced: bool,
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
    /// Slots that have a line in the engine.
    lined: HashSet<WireSlot>,
    /// What opens when a node ends: its id, the wire by its ends, and the level it gets.
    mends: Vec<(NodeId, NodeId, End, f32)>,
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
        nodes: &mut Nodes,
        fresh: &HashSet<NodeId>,
        serial: u64,
    ) {
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
            .filter(|(_, w)| !w.replaced)
            .map(|(i, w)| ((w.from, w.end), i))
            .collect();
        let mut wanted = HashSet::new();
        let mut want = |wires: &mut Wires, from, end, level, entry| {
            wanted.insert((from, end));
            let i = *place.entry((from, end)).or_insert_with(|| {
                let slot = wires.slot();
                wires.wires.push(Wire {
                    from,
                    end,
                    slot,
                    level: 0.0,
                    since: serial,
                    entry,
                    delay: 0,
                    wait: 0,
                    back: 0,
                    leaving: false,
                    replaced: false,
                    cut: false,
                });
                wires.wires.len() - 1
            });
            (wires.wires[i].level, wires.wires[i].leaving) = (level, false);
        };
        self.mends.clear();
        let wires = patch.wires();
        let mends = mends(patch, nodes);
        // What is to open later is there already, silent, unless something leads there now.
        let silent = mends.iter().map(|(_, c)| Connection {
            level: 0.0,
            ..c.clone()
        });
        let is_there = |c: &Connection| wires.iter().any(|w| w.from == c.from && w.to == c.to);
        let silent: Vec<Connection> = silent.filter(|c| !is_there(c)).collect();
        for connection in wires.iter().chain(&silent) {
            let Some((source, end)) = ends(&connection.from, &connection.to, nodes) else {
                continue;
            };
            let new_end = fresh.contains(&source) || end.node().is_some_and(|n| fresh.contains(&n));
            let entry = if new_end { Entry::Full } else { Entry::Fades };
            let from = nodes.home(&connection.from);
            let to = connection
                .to
                .node()
                .map(|n| nodes.home(n))
                .unwrap_or_default();
            let (out, into) = graphs::borders(&from, &to);
            let borders = out
                .iter()
                .map(|b| (b, false))
                .chain(into.iter().map(|b| (b, true)));
            let mut carried = source;
            for (inner, up) in borders {
                let (crossing, _) = nodes.crossing(carried, inner, up);
                want(self, carried, End::Input(crossing, 0), 1.0, Entry::Full);
                carried = crossing;
            }
            want(self, carried, end, connection.level, entry);
            let is_this = |c: &Connection| c.from == connection.from && c.to == connection.to;
            for (node, mended) in mends.iter().filter(|(_, c)| is_this(c)) {
                self.mends.push((*node, carried, end, mended.level));
            }
        }
        if nodes.has_crossings() {
            let used = self.wires.iter().map(|w| w.from).collect();
            nodes.drop_crossings(&used);
        }
        let leaving: HashSet<NodeId> = nodes.leaving_ids().into_iter().collect();
        for wire in self.wires.iter_mut().filter(|w| !w.replaced) {
            let at_leaving = leaving.contains(&wire.from)
                || wire.end.node().is_some_and(|n| leaving.contains(&n));
            if !wanted.contains(&(wire.from, wire.end)) && !at_leaving {
                (wire.level, wire.leaving) = (0.0, true);
            }
        }
    }

    fn slot(&mut self) -> WireSlot {
        self.free.pop().unwrap_or_else(|| {
            self.slots += 1;
            WireSlot(self.slots - 1)
        })
    }

    /// From and to, by place, of all wires between nodes.
    pub fn edges(&self, place: &HashMap<NodeId, usize>) -> Vec<(usize, usize)> {
        let edge = |w: &Wire| Some((*place.get(&w.from)?, *place.get(&w.end.node()?)?));
        self.wires.iter().filter_map(edge).collect()
    }

    /// Tells the wires between nodes, in the order of [`Wires::edges`], which lead back and by how many frames.
    pub fn lead_back(&mut self, backs: impl IntoIterator<Item = u8>) {
        let between = self.wires.iter_mut().filter(|w| w.end.node().is_some());
        between.zip(backs).for_each(|(wire, back)| wire.back = back);
    }

    /// The wires that open when a node ends, each with its level and where it ends.
    pub fn opens(&self, node: NodeId) -> impl Iterator<Item = (WireSlot, f32, Option<NodeId>)> {
        let mends = self.mends.iter().filter(move |m| m.0 == node);
        mends.filter_map(|(_, from, end, level)| {
            let is_it = |w: &&Wire| w.from == *from && w.end == *end && !w.replaced;
            let wire = self.wires.iter().find(is_it)?;
            Some((wire.slot, *level, end.node()))
        })
    }

    /// All wires by the places of their ends.
    pub fn paths(&self, at: &dyn Fn(NodeId) -> Option<NodeIndex>) -> Vec<Path> {
        let place = |id| at(id).map_or(0, |i| i.0 as usize);
        let path = |w: &Wire| Path {
            from: place(w.from),
            to: w.end.node().map(place),
        };
        self.wires.iter().map(path).collect()
    }

    /// Makes the wires, in the order of [`Wires::paths`], wait as long as they must. Where that changes, a wire with the
    /// new delay fades in, once its line is full, while the one before fades out.
    pub fn wait(&mut self, delays: &[u32], serial: u64) {
        for (i, &delay) in delays.iter().enumerate() {
            let wire = &mut self.wires[i];
            if wire.delay == delay || wire.leaving {
                continue;
            }
            if wire.since == serial {
                wire.delay = delay;
                continue;
            }
            let (from, end, level, back) = (wire.from, wire.end, wire.level, wire.back);
            // The new line begins empty.
            wire.wait = delay;
            (wire.level, wire.leaving, wire.replaced) = (0.0, true, true);
            let wait = wire.wait;
            let slot = self.slot();
            self.wires.push(Wire {
                from,
                end,
                slot,
                level,
                since: serial,
                entry: Entry::Fades,
                delay,
                wait,
                back,
                leaving: false,
                replaced: false,
                cut: false,
            });
        }
    }

    /// The lines of what came with this Plan; none for a slot that needs none and had none.
    pub fn lines(&mut self, serial: u64) -> Vec<(WireSlot, Option<Box<Line>>)> {
        let mut lines = Vec::new();
        for wire in self.wires.iter().filter(|w| w.since == serial) {
            let had = self.lined.remove(&wire.slot);
            let line = (wire.delay > 0).then(|| Box::new(Line::new(wire.delay)));
            if line.is_some() {
                self.lined.insert(wire.slot);
            }
            if had || line.is_some() {
                lines.push((wire.slot, line));
            }
        }
        lines
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
            back: w.back,
            delay: w.delay,
            port,
            level: w.level,
            entry,
            wait: w.wait,
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

    /// The wires from each node to the outputs, by the number of the outlet, from 0.
    pub fn to_outputs(
        &self,
        at: &dyn Fn(NodeId) -> Option<NodeIndex>,
        serial: u64,
    ) -> HashMap<NodeId, Vec<(u16, PlanWire)>> {
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for w in &self.wires {
            if let (End::Out(pair), Some(from)) = (w.end, at(w.from)) {
                let wire = self.plan_wire(w, from, Port::Input(0), serial);
                found.entry(w.from).or_default().push((pair, wire));
            }
        }
        found
    }
}

/// The connections that take the place of nodes that may end, each with the node at whose end it opens.
fn mends(patch: &Patch, nodes: &Nodes) -> Vec<(NodeId, Connection)> {
    let mut found = Vec::new();
    for (name, ending) in patch.endings.iter().filter(|(_, e)| e.mends()) {
        if let Some(node) = nodes.live(name) {
            let mended = patch.mended(&patch.freed_by(name, *ending));
            found.extend(mended.into_iter().map(|c| (node.id, c)));
        }
    }
    found
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
