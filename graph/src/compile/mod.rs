//! Patch → Plan.
//!
//! [`Compiler`] remembers what runs: which node has which id and slot, which wires there are, what is on its way
//! out. Each [`Compiler::compile`] compares the new Patch with that and makes the next Plan, with the states of
//! what is new and the slots of what is done. Control side only; knows no engine.

mod bind;
mod check;
mod controls;
mod graphs;
mod latency;
mod moves;
mod nodes;
mod order;
mod outgoing;
mod running;
mod told;
mod wires;

use crate::message::{Adoption, Moment, NodeState, Report, Setup, WireState};
use crate::patch::{Node, PAN, Patch, Source};
use crate::plan::{Birth, NodeId, NodeIndex, Plan, PlanEnding, PlanNode, Slot};
use crate::signal::Backend;
use crate::ugen::Units;
use latency::Lateness;
use nodes::{Nodes, Running};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use wires::Wires;

pub use check::{CompileError, check};
pub use moves::Begin;
pub use told::{Addressed, Described};

/// Values that hands have moved, by node and control; they stay until a statement for them changes.
pub type Hand = BTreeMap<(String, String), f32>;

/// Remembers what runs and makes Plans.
pub struct Compiler {
    serial: u64,
    nodes: Nodes,
    wires: Wires,
    /// The fades that begin with the next Plan.
    begins: Vec<Begin>,
    /// The sizes of the engine's tables.
    table: usize,
    levels: usize,
    messages: outgoing::Messages,
}

impl Compiler {
    /// For a new engine: nothing runs yet. Ids go on from `first_id`, so that none is used twice. Functions run on
    /// `backend` where that is possible.
    pub fn new(setup: Setup, first_id: u64, backend: Backend) -> Compiler {
        Compiler {
            serial: 0,
            nodes: Nodes::new(setup.rate, first_id, backend),
            wires: Wires::default(),
            begins: Vec::new(),
            table: 0,
            levels: 0,
            messages: outgoing::Messages::default(),
        }
    }

    /// Lets fades begin with the next Plan that is made.
    pub fn begin(&mut self, fades: impl IntoIterator<Item = Begin>) {
        self.begins.extend(fades);
    }

    /// Waits until every function has its machine code. Until then the interpreter plays, with the same sound.
    pub fn wait_for_code(&mut self) {
        self.nodes.maker().wait();
    }

    /// Whether machine code is made at this moment, or was since this was asked last.
    pub fn has_new_code(&mut self) -> bool {
        self.nodes.maker().take_news()
    }

    /// An id that has not been used.
    pub fn next_id(&self) -> u64 {
        self.nodes.next_id()
    }

    /// Takes the engine's word that something has faded. True if the next Plan can do without it.
    pub fn take_report(&mut self, report: &Report) -> bool {
        match report {
            Report::Gone(id) => self.nodes.mark_gone(*id),
            Report::Cut(slot) => self.wires.mark_cut(*slot),
            _ => false,
        }
    }

    /// An adoption has come home: its slots are free again, and what its Plan used may be unused once it is dropped.
    pub fn take_home(&mut self, adoption: &Adoption) {
        self.nodes.maker().came_home();
        self.nodes.free(&adoption.release);
        self.wires.free(adoption.plan.serial);
    }

    /// Makes the Plan for a Patch. On an error nothing has changed.
    pub fn compile(
        &mut self,
        patch: &Patch,
        hand: &Hand,
        units: &Units,
        when: Moment,
    ) -> Result<Box<Adoption>, CompileError> {
        let begins = std::mem::take(&mut self.begins);
        let described = by_name(patch);
        check::check_names(patch, &described, units)?;
        let map = Arc::new(patch.tempo_map()?);
        self.serial += 1;
        let release = self.nodes.take_gone();
        let births = self.nodes.follow(patch, units);
        self.nodes.mark_panned(&panned(patch, hand));
        let mut births: HashMap<NodeId, Birth> = births.into_iter().collect();
        let first_crossing = self.nodes.next_id();
        let fresh: HashSet<NodeId> = births.keys().copied().collect();
        self.wires
            .follow(patch, &mut self.nodes, &fresh, self.serial);
        // What leads from one rate to another has come with this Plan too.
        let crossings = (first_crossing..self.nodes.next_id()).map(NodeId);
        births.extend(crossings.map(|id| (id, Birth::default())));

        let running: Vec<&Running> = self.nodes.all().collect();
        let place: HashMap<NodeId, usize> =
            running.iter().enumerate().map(|(i, n)| (n.id, i)).collect();
        let edges = self.wires.edges(&place);
        let graphs::Layout {
            order,
            graphs,
            blocks,
        } = graphs::lay_out(&running, &edges);
        let mut index = vec![0; running.len()];
        order.iter().enumerate().for_each(|(at, &i)| index[i] = at);
        let at = |id: NodeId| place.get(&id).map(|&i| NodeIndex(index[i] as u32));
        let mut channels = wires::channels(&running, &edges);
        let is_back = |&(from, to): &(usize, usize)| index[from] >= index[to];
        let backs = edges
            .iter()
            .zip(blocks)
            .map(|(e, b)| if is_back(e) { b } else { 0 });
        self.wires.lead_back(backs);
        let lateness: Vec<Lateness> = order
            .iter()
            .map(|&i| running[i].lateness(self.nodes.rate()))
            .collect();
        let (delays, latency) = latency::compensate(&lateness, &self.wires.paths(&at));
        self.wires.wait(&delays, self.serial);

        let audible = patch.audible();
        let mut inputs = self.wires.inputs(&at, self.serial);
        let mut outs = self.wires.to_outputs(&at, self.serial);
        let read: HashSet<NodeIndex> = inputs.values().flatten().map(|w| w.from).collect();
        let patterns = bind::by_node(patch);
        let moves = moves::Moves::new(patch, &begins);
        let mut nodes = Vec::with_capacity(running.len());
        for &i in &order {
            let n = running[i];
            let described = described.get(n.name.as_str()).filter(|_| !n.leaving);
            let birth = births.remove(&n.id);
            let controls = match described {
                Some(node) => {
                    let rate = self.nodes.rate().saturating_mul(n.input_factor());
                    controls::plan_controls(node, hand, rate)
                }
                None => n.controls.clone(),
            };
            let (instances, out) = std::mem::take(&mut channels[i]);
            let mut node = PlanNode {
                id: n.id,
                slot: n.slot,
                birth,
                code: n.code.clone(),
                factor: n.input_factor(),
                inputs: n.inputs,
                count: n.count,
                instances,
                outputs: n.outputs,
                channels: out,
                open: match n.crosses {
                    Some(_) => !n.leaving,
                    None => described.is_some_and(|node| audible.contains(&*node.name)),
                },
                leaving: n.leaving,
                spread: n.panned && out == 2,
                note_controls: n.note_controls(),
                controls,
                wires: inputs.remove(&n.id).unwrap_or_default().into(),
                outs: outs.remove(&n.id).unwrap_or_default().into(),
                kept: at(n.id).is_some_and(|index| read.contains(&index)),
                ending: described.and_then(|node| {
                    let closes = patch.freed_by(&node.name, patch.ending(&node.name));
                    let closes = closes
                        .into_iter()
                        .filter_map(|name| at(self.nodes.live(name)?.id));
                    let closes: Box<[NodeIndex]> = closes.collect();
                    let factor =
                        |to: Option<NodeId>| to.map_or(1, |to| running[place[&to]].input_factor());
                    let opens = self.wires.opens(n.id);
                    let opens = opens.map(|(slot, level, to)| (slot, level, factor(to)));
                    (!closes.is_empty()).then(|| {
                        Box::new(PlanEnding {
                            closes,
                            opens: opens.collect(),
                        })
                    })
                }),
                bindings: described
                    .map(|node| bind::bindings(&patterns, node))
                    .unwrap_or_default(),
                mods: moves.mods(described),
                fades: moves.fades(described),
                timed: moves.timed(described),
                keys: moves.keys(described),
                stays: false,
            };
            node.stays = n.stays(&node);
            nodes.push(node);
        }
        self.nodes.remember(&nodes);
        let first = patch.nodes.iter().find(|n| n.is_instrument());
        let instrument = first
            .filter(|_| patch.keys.is_empty())
            .and_then(|n| at(self.nodes.live(&n.name)?.id));
        let plan = Arc::new(Plan {
            serial: self.serial,
            graphs: graphs.into(),
            latency,
            outgoing: self.messages.resolve(patch),
            midi_clock: patch.midi_clock,
            free_run: patch.free_run,
            instrument,
            map,
            bars: patch.bars(),
            mappings: moves.mappings(|name| at(self.nodes.live(name)?.id)),
            master: patch.master.unwrap_or(1.0),
            nodes: nodes.into_boxed_slice(),
        });
        Ok(Box::new(self.adoption(plan, when, release)))
    }

    fn adoption(&mut self, plan: Arc<Plan>, when: Moment, release: Vec<Slot>) -> Adoption {
        let fresh = plan
            .nodes
            .iter()
            .filter(|n| n.birth.is_some())
            .map(|n| {
                (
                    n.slot,
                    Box::new(NodeState::new(
                        n,
                        self.nodes.seed_of(n.id),
                        self.nodes.rate(),
                    )),
                )
            })
            .collect();
        let grow = |size: &mut usize, needed: usize| {
            (needed > *size).then(|| {
                *size = needed.next_power_of_two().max(64);
                *size
            })
        };
        Adoption {
            table: grow(&mut self.table, self.nodes.slots())
                .map(|n| (0..n).map(|_| None).collect()),
            wires: grow(&mut self.levels, self.wires.slots()).map(|n| vec![WireState::new(); n]),
            lines: self.wires.lines(plan.serial),
            returned: Vec::with_capacity(release.len()),
            plan,
            when,
            commands: Box::default(),
            fresh,
            release,
            retired: None,
        }
    }
}

/// The nodes of a Patch by name; of several with one name the first.
fn by_name(patch: &Patch) -> HashMap<&str, &Node> {
    let nodes = patch.nodes.iter().rev();
    nodes.map(|n| (n.name.as_str(), n)).collect()
}

/// The nodes to whose pan something speaks: they are stereo.
fn panned<'a>(patch: &'a Patch, hand: &'a Hand) -> HashSet<&'a str> {
    let values = patch
        .nodes
        .iter()
        .filter(|n| n.values.contains_key(PAN))
        .map(|n| n.name.as_str());
    let hands = hand
        .keys()
        .filter(|(_, control)| control == PAN)
        .map(|(node, _)| node.as_str());
    let bound = patch
        .bindings
        .iter()
        .filter(|b| b.control.as_deref() == Some(PAN) || bind::spreads(b))
        .map(|b| b.node.as_str());
    let wired = patch.connections.iter().filter_map(|c| match &c.to {
        crate::patch::Target::Control { node, control } if control == PAN => Some(node.as_str()),
        _ => None,
    });
    values
        .chain(hands)
        .chain(bound)
        .chain(wired)
        .chain(moves::panned(patch))
        .collect()
}

/// What a node runs.
fn is_same(source: &Source, other: &Source) -> bool {
    match (source, other) {
        // Most often it is the very same function.
        (Source::Function(a), Source::Function(b)) => Arc::ptr_eq(a, b) || a == b,
        (Source::Input(a), Source::Input(b)) => a == b,
        (Source::Unit(a), Source::Unit(b)) => a == b,
        _ => false,
    }
}

/// How many channels a source gives.
fn outputs(source: &Source) -> u8 {
    match source {
        Source::Function(f) => f.outputs.len() as u8,
        Source::Input(inlet) => inlet.channels,
        Source::Unit(about) => about.outputs,
    }
}
