//! Which nodes run: live ones by name, and those on their way out.

use super::controls::control_names;
use super::graphs::{self, Home, Level};
use super::{is_same, outputs};
use crate::math;
use crate::patch::{Node, Patch, Source};
use crate::plan::{Birth, Code, NodeId, PlanControl, PlanNode, PlanWire, Port, Slot};
use crate::signal::{Backend, Inlet, Maker};
use crate::ugen::Units;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The most words of state that go over from nodes to their successors in one Plan: half a millisecond's work. What is
/// beyond, which is delay lines of many seconds, starts anew.
const MAX_CARRIED: usize = 1 << 20;

/// A node that the engine runs.
pub struct Running {
    pub id: NodeId,
    pub slot: Slot,
    pub name: String,
    pub source: Source,
    pub code: Code,
    pub inputs: u16,
    pub outputs: u8,
    pub count: u16,
    /// Names of the function's controls, then gain and pan.
    pub control_names: Vec<String>,
    /// Their values in the Plan made last.
    pub controls: Box<[PlanControl]>,
    /// What else that Plan said of it.
    pub said: Option<Said>,
    /// Something speaks, or spoke, to its pan: it is stereo. A node that went back to mono would jump.
    pub panned: bool,
    /// It runs, or ran, once a channel: for the same reason it goes on so.
    pub wide: bool,
    /// The graphs that it runs in.
    pub home: Home,
    /// It leads from one rate to another.
    pub crosses: Option<Crossing>,
    pub leaving: bool,
    gone: bool,
    /// Which of the sounds it is made with were there, see [`edition`].
    edition: u64,
}

/// What a Plan says of a node that nothing but a change from outside moves, besides its controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    open: bool,
    leaving: bool,
    instances: u8,
    channels: u8,
    kept: bool,
    spread: bool,
}

impl Said {
    /// None where something moves the node: patterns, modulations, keys or control wires.
    fn of(node: &PlanNode) -> Option<Said> {
        let audio = |wire: &PlanWire| matches!(wire.port, Port::Input(_));
        let still = node.bindings.is_empty()
            && node.mods.is_empty()
            && node.timed.is_empty()
            && node.keys.is_empty()
            && node.wires.iter().all(audio);
        still.then_some(Said {
            open: node.open,
            leaving: node.leaving,
            instances: node.instances,
            channels: node.channels,
            kept: node.kept,
            spread: node.spread,
        })
    }
}

impl Running {
    /// Whether the Plan made last says the same of it as this one, see [`PlanNode::stays`].
    pub fn stays(&self, node: &PlanNode) -> bool {
        let same = |(now, before): (&PlanControl, &PlanControl)| {
            now.value.to_bits() == before.value.to_bits()
        };
        let said = Said::of(node);
        let begins = node.birth.is_some() || !node.fades.is_empty();
        !begins
            && said.is_some()
            && said == self.said
            && node.controls.iter().zip(&self.controls).all(same)
    }
}

/// A node that the compiler adds where a wire leads into or out of a graph of another rate: one for each source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// The node whose signal it carries.
    pub source: NodeId,
    /// Into the graph, or out of it.
    pub up: bool,
}

/// The nodes that run.
pub struct Nodes {
    rate: u32,
    next: u64,
    live: BTreeMap<String, Running>,
    /// The names of the live ones.
    names: HashMap<NodeId, String>,
    /// The live ones in the order of the Patch.
    sequence: Vec<String>,
    leaving: Vec<Running>,
    /// Nodes between rates.
    crossings: Vec<Running>,
    slots: u32,
    free: Vec<Slot>,
    maker: Maker,
}

impl Nodes {
    pub fn new(rate: u32, first_id: u64, backend: Backend) -> Nodes {
        Nodes {
            rate,
            next: first_id,
            live: BTreeMap::new(),
            names: HashMap::new(),
            sequence: Vec::new(),
            leaving: Vec::new(),
            crossings: Vec::new(),
            slots: 0,
            free: Vec::new(),
            maker: Maker::new(backend),
        }
    }

    /// Makes the kernels.
    pub fn maker(&mut self) -> &mut Maker {
        &mut self.maker
    }
    pub fn rate(&self) -> u32 {
        self.rate
    }
    pub fn next_id(&self) -> u64 {
        self.next
    }
    /// How many slots there are, free ones included.
    pub fn slots(&self) -> usize {
        self.slots as usize
    }
    pub fn live(&self, name: &str) -> Option<&Running> {
        self.live.get(name)
    }
    pub fn name_of(&self, id: NodeId) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }
    /// Live ones in the order of the Patch, then the ones on their way out.
    pub fn all(&self) -> impl Iterator<Item = &Running> {
        self.sequence
            .iter()
            .filter_map(|name| self.live.get(name))
            .chain(&self.crossings)
            .chain(&self.leaving)
    }
    /// Slots that are neither free nor of a node that runs: their states are on the way home.
    pub fn unreturned(&self) -> usize {
        self.slots() - self.free.len() - self.all().count()
    }
    pub fn leaving_ids(&self) -> Vec<NodeId> {
        self.leaving.iter().map(|n| n.id).collect()
    }
    /// The seed of a live node. Randomness hangs on its name alone: an edit elsewhere changes nothing.
    pub fn seed_of(&self, id: NodeId) -> u64 {
        self.name_of(id).map_or(0, math::seed_of)
    }

    /// A leaving node has faded; true if that is news.
    pub fn mark_gone(&mut self, id: NodeId) -> bool {
        match self.leaving.iter_mut().find(|n| n.id == id && !n.gone) {
            Some(node) => {
                node.gone = true;
                true
            }
            None => false,
        }
    }

    /// Takes the nodes that have faded out of the list, and gives their slots.
    pub fn take_gone(&mut self) -> Vec<Slot> {
        let slots = self
            .leaving
            .iter()
            .filter(|n| n.gone)
            .map(|n| n.slot)
            .collect();
        self.leaving.retain(|n| !n.gone);
        slots
    }

    /// Slots whose states have come home.
    pub fn free(&mut self, slots: &[Slot]) {
        self.free.extend_from_slice(slots);
    }

    /// The nodes to whose pan something speaks are stereo from now on.
    pub fn mark_panned(&mut self, names: &HashSet<&str>) {
        for (name, node) in &mut self.live {
            node.panned |= names.contains(name.as_str());
        }
    }

    /// Keeps of a Plan what the next one needs.
    pub fn remember(&mut self, planned: &[PlanNode]) {
        for node in planned {
            let name = self.names.get(&node.id);
            if let Some(n) = name.and_then(|name| self.live.get_mut(name)) {
                n.controls.clone_from(&node.controls);
                n.said = Said::of(node);
                n.wide = node.instances == 2;
            }
        }
        for crossing in &mut self.crossings {
            let planned = planned.iter().find(|n| n.id == crossing.id);
            crossing.wide = planned.is_some_and(|n| n.instances == 2);
        }
    }

    /// Brings the list to a Patch: equal nodes go on, others leave, new ones are born.
    pub fn follow(&mut self, patch: &Patch, units: &Units) -> Vec<(NodeId, Birth)> {
        let mut births = Vec::new();
        let mut room = MAX_CARRIED;
        let mut old = std::mem::take(&mut self.live);
        self.sequence = patch.nodes.iter().map(|n| n.name.clone()).collect();
        for node in &patch.nodes {
            match old.remove(&node.name) {
                Some(mut same)
                    if is_same(&same.source, &node.source)
                        && same.count == node.count
                        && same.edition == edition(&node.source, units)
                        && graphs::is_same_rate(&same.home, &graphs::home_of(patch, node)) =>
                {
                    same.home = graphs::home_of(patch, node);
                    self.live.insert(node.name.clone(), same);
                }
                before => {
                    let Some(new) = self.bear(node, graphs::home_of(patch, node), units) else {
                        continue;
                    };
                    let mut birth = new.birth(before.as_ref(), self.rate);
                    // What is moved is moved by the audio thread: no more than it has time for.
                    let sides = 1 + usize::from(new.inputs > 0);
                    let voices = before.as_ref().map_or(0, |b| b.count.min(new.count));
                    birth.carries = birth
                        .carries
                        .into_iter()
                        .filter(|carry| {
                            let words = carry.words() * usize::from(voices) * sides;
                            let fits = words <= room;
                            room -= if fits { words } else { 0 };
                            fits
                        })
                        .collect();
                    births.push((new.id, birth));
                    self.names.insert(new.id, node.name.clone());
                    self.live.insert(node.name.clone(), new);
                    self.leave(before);
                }
            }
        }
        self.leave(old.into_values());
        births
    }

    fn leave(&mut self, nodes: impl IntoIterator<Item = Running>) {
        for mut node in nodes {
            self.names.remove(&node.id);
            node.leaving = true;
            self.leaving.push(node);
        }
    }

    /// A new node; none if its unit generator is not there, which is checked before anything begins.
    fn bear(&mut self, node: &Node, home: Home, units: &Units) -> Option<Running> {
        let rate = self.rate.saturating_mul(graphs::factor(&home));
        let code = match &node.source {
            Source::Function(f) => Code::Kernel(self.maker.make(f, rate, node.count.into())),
            Source::Input(inlet) => Code::Input(*inlet),
            Source::Unit(about) => Code::Unit(units.furnished(about)?),
        };
        let inputs = node.inputs().len() as u16;
        let outputs = outputs(&node.source);
        let (id, slot) = self.place();
        Some(Running {
            id,
            slot,
            name: node.name.clone(),
            outputs,
            source: node.source.clone(),
            inputs,
            count: node.count.max(1),
            control_names: control_names(node).map(str::to_owned).collect(),
            controls: Box::default(),
            said: None,
            panned: false,
            // A unit's state cannot be copied to a second channel later: both are there from the start.
            wide: matches!(code, Code::Unit(_)) && inputs > 0 && outputs == 1,
            code,
            home,
            crosses: None,
            leaving: false,
            gone: false,
            edition: edition(&node.source, units),
        })
    }

    /// A new id, and a place for its state.
    fn place(&mut self) -> (NodeId, Slot) {
        let id = NodeId(self.next);
        self.next += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots += 1;
            Slot(self.slots - 1)
        });
        (id, slot)
    }

    /// The node that carries a signal across one border of rates: into the graph that `inner` is in, or out of it. True
    /// if it is new.
    pub fn crossing(&mut self, source: NodeId, inner: &[Level], up: bool) -> (NodeId, bool) {
        let crosses = Some(Crossing { source, up });
        let known = self
            .crossings
            .iter()
            .find(|c| c.crosses == crosses && *c.home == *inner);
        if let Some(known) = known {
            return (known.id, false);
        }
        let (id, slot) = self.place();
        let factor = graphs::own_factor(inner);
        self.crossings.push(Running {
            id,
            slot,
            name: String::new(),
            source: Source::Input(Inlet::MAIN),
            code: if up {
                Code::Up(factor)
            } else {
                Code::Down(factor)
            },
            inputs: 1,
            outputs: 1,
            count: 1,
            control_names: Vec::new(),
            controls: crate::patch::NODE_CONTROLS
                .map(|(_, value, lo, hi)| PlanControl {
                    value,
                    lo,
                    hi,
                    smooth: 0,
                })
                .into(),
            said: None,
            panned: false,
            wide: false,
            home: inner.into(),
            crosses,
            edition: 0,
            leaving: false,
            gone: false,
        });
        (id, true)
    }

    /// Sends the crossings on their way that carry nothing any more: those not in `used`, and those whose source is
    /// not live.
    pub fn drop_crossings(&mut self, used: &HashSet<NodeId>) {
        let mut alive: HashSet<NodeId> = self.live.values().map(|n| n.id).collect();
        // One that carries on what another one carries came after it.
        for mut crossing in std::mem::take(&mut self.crossings) {
            let stays = crossing.crosses.is_some_and(|c| alive.contains(&c.source));
            if stays && used.contains(&crossing.id) {
                alive.insert(crossing.id);
                self.crossings.push(crossing);
            } else {
                crossing.leaving = true;
                self.leaving.push(crossing);
            }
        }
    }

    /// Whether anything crosses a border of rates.
    pub fn has_crossings(&self) -> bool {
        !self.crossings.is_empty()
    }

    /// The graphs that a live node or a crossing runs in.
    pub fn home(&self, name: &str) -> Home {
        self.live(name)
            .map(|n| Arc::clone(&n.home))
            .unwrap_or_default()
    }
}

/// A number that changes when a sound which a unit generator is made with is loaded, or is another: the node is made
/// anew then and takes over where it was.
fn edition(source: &Source, units: &Units) -> u64 {
    match source {
        Source::Unit(about) if !about.resources.is_empty() => {
            units.sounds().edition(&about.sounds())
        }
        _ => 0,
    }
}
