//! Patch → Plan.
//!
//! [`Compiler`] remembers what runs: which node has which id and slot, which wires there are, what is on its way
//! out. Each [`Compiler::compile`] compares the new Patch with that and makes the next Plan, with the states of
//! what is new and the slots of what is done. Control side only; knows no engine.

mod bind;
mod graphs;
mod latency;
mod moves;
mod nodes;
mod order;
mod outgoing;
mod wires;

use crate::message::{Address, Adoption, Moment, NodeState, Report, Setup, WireState};
use crate::patch::{Node, PAN, Patch, Source};
use crate::plan::{
    Birth, Code, ControlIndex, NodeId, NodeIndex, NoteControls, Plan, PlanControl, PlanEnding,
    PlanNode, Slot,
};
use crate::signal::{Backend, Control, SMOOTH_MS, carry, oversampling_latency};
use crate::time::MapError;
use crate::ugen::Units;
use latency::Lateness;
use nodes::{Nodes, Running};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use wires::Wires;

pub use moves::Begin;

/// Values that hands have moved, by node and control; they stay until a statement for them changes.
pub type Hand = BTreeMap<(String, String), f32>;

/// What a Patch cannot be compiled for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A connection, binding or value that names what is not there.
    #[error("`{0}` is not a node of this patch")]
    NoNode(String),
    /// A unit generator that is not registered, or another one of that name.
    #[error("there is no unit generator `{0}` here like the one that this patch was made with")]
    NoUnit(String),
    /// A unit generator that cannot be as it is described.
    #[error("the unit generator of node `{node}` cannot be: {fault}")]
    Unit {
        /// The node.
        node: String,
        /// What is wrong with it.
        fault: crate::ugen::Fault,
    },
    /// A node without that input.
    #[error(
        "node `{node}` has no audio input {port}: it is a source; give its function an `inp` parameter"
    )]
    NoInput {
        /// The node.
        node: String,
        /// The input asked for.
        port: u16,
    },
    /// A node without that control.
    #[error("node `{node}` has no control `{control}`")]
    NoControl {
        /// The node.
        node: String,
        /// The control asked for.
        control: String,
    },
    /// Changes of tempo that make no map.
    #[error(transparent)]
    Time(#[from] MapError),
    /// A graph with numbers that cannot be, or too deep in others.
    #[error(
        "the graph `{0}` cannot run: its block is 1, 2, 4, 8, 16, 32 or 64, its factor 1, 2, 4 or 8; at most {depth} graphs lie in each other, with factors up to {factor} together",
        depth = crate::patch::MAX_DEPTH, factor = crate::patch::MAX_FACTOR
    )]
    Graph(String),
    /// A function that breaks the rules of functions; only a Patch that no score made can have one.
    #[error("the function of node `{node}` cannot run: {fault}")]
    Function {
        /// The node.
        node: String,
        /// What is wrong with it.
        fault: crate::signal::Fault,
    },
}

/// The names behind a node's numbers.
pub struct Described<'a> {
    /// The node.
    pub id: NodeId,
    /// Its name.
    pub name: &'a str,
    /// The names of its audio inputs.
    pub inputs: &'a [String],
    /// The names of its controls, gain and pan last.
    pub controls: &'a [String],
    /// The controls of its own, as its function or unit generator describes them.
    pub own: &'a [Control],
}
/// A node's name, where it is, and its controls in order, each with its lowest and highest value.
pub type Addressed<'a> = (&'a str, Address, Vec<(&'a str, f32, f32)>);

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

    /// The name of a control of a live node.
    pub fn control_name(&self, id: NodeId, control: ControlIndex) -> Option<(&str, &str)> {
        let name = self.nodes.name_of(id)?;
        let names = &self.nodes.live(name)?.control_names;
        Some((name, names.get(usize::from(control.0))?))
    }

    /// The message behind a number of the engine's.
    pub fn message(&self, number: u32) -> Option<&crate::pattern::Message> {
        self.messages.get(number)
    }

    /// How many nodes run, those on their way out included.
    pub fn running(&self) -> usize {
        self.nodes.all().count()
    }

    /// What runs the function of a live node; `None` for a node without one.
    pub fn backend_of(&self, name: &str) -> Option<Backend> {
        match &self.nodes.live(name)?.code {
            Code::Kernel(kernel) => Some(kernel.backend()),
            Code::Input(_) | Code::Unit(_) | Code::Up(_) | Code::Down(_) => None,
        }
    }

    /// Why the interpreter runs the function of a live node, where machine code was wanted.
    pub fn why_interpreted(&self, name: &str) -> Option<&str> {
        match &self.nodes.live(name)?.code {
            Code::Kernel(kernel) => kernel.why_interpreted(),
            Code::Input(_) | Code::Unit(_) | Code::Up(_) | Code::Down(_) => None,
        }
    }

    /// The Plan made last; they count up.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// How many states of nodes are with the engine that no Plan needs any more.
    pub fn unreturned(&self) -> usize {
        self.nodes.unreturned()
    }

    /// All that runs, the nodes on their way out included.
    pub fn describe(&self) -> impl Iterator<Item = Described<'_>> {
        self.nodes.all().map(|n| Described {
            id: n.id,
            name: &n.name,
            inputs: match &n.source {
                Source::Function(f) => &f.inputs,
                Source::Unit(about) => &about.inputs,
                Source::Input(_) => &[],
            },
            controls: &n.control_names,
            own: match &n.source {
                Source::Function(f) => &f.controls,
                Source::Unit(about) => &about.controls,
                Source::Input(_) => &[],
            },
        })
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

    /// Where a control of a live node is.
    pub fn find(&self, name: &str, control: &str) -> Option<(NodeId, Slot, ControlIndex)> {
        let node = self.nodes.live(name)?;
        Some((node.id, node.slot, node.control(control)?))
    }

    /// A live node: its name, where it is, and its controls in order, each with its lowest and highest value.
    pub fn address_of(&self, id: NodeId) -> Option<Addressed<'_>> {
        let node = self.nodes.live(self.nodes.name_of(id)?)?;
        let address = Address {
            id,
            slot: node.slot,
        };
        let names = node.control_names.iter().zip(&node.controls);
        let controls = names.map(|(name, c)| (name.as_str(), c.lo, c.hi));
        Some((&node.name, address, controls.collect()))
    }

    /// The name of a live node.
    pub fn name_of(&self, id: NodeId) -> Option<&str> {
        self.nodes.name_of(id)
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
        check_names(patch, &described, units)?;
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
                    plan_controls(node, hand, rate)
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

/// Everything a Patch names must be there: a Patch from a file or a program may say anything. What passes here
/// compiles. Makes no kernels, so it is cheap.
///
/// # Errors
/// What a [`Compiler`] would refuse too.
pub fn check(patch: &Patch, units: &Units) -> Result<(), CompileError> {
    check_names(patch, &by_name(patch), units)?;
    patch.tempo_map()?;
    Ok(())
}

fn check_names(
    patch: &Patch,
    described: &HashMap<&str, &Node>,
    units: &Units,
) -> Result<(), CompileError> {
    let node = |name: &str| {
        described
            .get(name)
            .copied()
            .ok_or_else(|| CompileError::NoNode(name.to_owned()))
    };
    let has = |n: &Node, control: &str| match n.range(control) {
        Some(_) => Ok(()),
        None => Err(CompileError::NoControl {
            node: n.name.clone(),
            control: control.to_owned(),
        }),
    };
    for name in patch.endings.keys().chain(&patch.kept) {
        node(name)?;
    }
    for c in &patch.connections {
        node(&c.from)?;
        match &c.to {
            crate::patch::Target::Input { node: to, port }
                if node(to)?.inputs().len() <= usize::from(*port) =>
            {
                return Err(CompileError::NoInput {
                    node: to.clone(),
                    port: *port,
                });
            }
            crate::patch::Target::Control { node: to, control } => has(node(to)?, control)?,
            _ => {}
        }
    }
    for b in &patch.bindings {
        let n = node(&b.node)?;
        if let Some(control) = &b.control {
            has(n, control)?;
        }
    }
    moves::check(patch, node, has)?;
    if let Some(path) = patch.graph_beyond_bounds() {
        return Err(CompileError::Graph(path.to_owned()));
    }
    for n in &patch.nodes {
        n.values.keys().try_for_each(|control| has(n, control))?;
        match &n.source {
            Source::Function(function) => {
                crate::signal::verify(function).map_err(|fault| CompileError::Function {
                    node: n.name.clone(),
                    fault,
                })?;
            }
            Source::Unit(about) => {
                units
                    .furnished(about)
                    .ok_or_else(|| CompileError::NoUnit(about.name.clone()))?;
                about.check().map_err(|fault| CompileError::Unit {
                    node: n.name.clone(),
                    fault,
                })?;
            }
            Source::Input(_) => {}
        }
    }
    Ok(())
}

/// The controls of a function by name, then gain and pan.
fn control_names(node: &Node) -> impl Iterator<Item = &str> {
    node.controls()
        .iter()
        .map(|c| c.name.as_str())
        .chain(crate::patch::NODE_CONTROLS.iter().map(|c| c.0))
}

/// The index of a control in a Plan.
fn control_index(node: &Node, name: &str) -> Option<ControlIndex> {
    control_names(node)
        .position(|n| n == name)
        .map(|i| ControlIndex(i as u16))
}

fn plan_controls(node: &Node, hand: &Hand, rate: u32) -> Box<[PlanControl]> {
    let own = node.controls().iter().map(|c| c.smooth);
    control_names(node)
        .zip(own.chain(std::iter::repeat(SMOOTH_MS)))
        .map(|(name, smooth)| {
            let (init, lo, hi) = node.range(name).unwrap_or_default();
            let moved = (!hand.is_empty())
                .then(|| hand.get(&(node.name.clone(), name.to_owned())).copied())
                .flatten();
            let value = moved.or_else(|| node.value(name)).unwrap_or(init);
            PlanControl {
                value: value.clamp(lo, hi),
                lo,
                hi,
                smooth: (u64::from(smooth) * u64::from(rate) / 1000) as u32,
            }
        })
        .collect()
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

impl Running {
    /// The index of a control in its Plans.
    fn control(&self, name: &str) -> Option<ControlIndex> {
        let index = self.control_names.iter().position(|n| n == name)?;
        Some(ControlIndex(index as u16))
    }

    /// Frames of its inputs and controls to one of the engine's.
    fn input_factor(&self) -> u32 {
        let inside = graphs::factor(&self.home);
        match self.code {
            Code::Up(factor) => inside / u32::from(factor),
            _ => inside,
        }
    }

    /// What it does to the time of what passes it, in an engine of a rate.
    fn lateness(&self, rate: u32) -> Lateness {
        let crossing = |up, down| Lateness {
            frames: oversampling_latency(usize::from(up | down)),
            up,
            down,
        };
        match &self.code {
            Code::Up(factor) => crossing(*factor, 0),
            Code::Down(factor) => crossing(0, *factor),
            Code::Unit(unit) => Lateness {
                frames: unit.latency(rate.saturating_mul(graphs::factor(&self.home))),
                ..Lateness::default()
            },
            Code::Kernel(_) | Code::Input(_) => Lateness::default(),
        }
    }

    fn note_controls(&self) -> NoteControls {
        NoteControls {
            freq: self.control("freq"),
            gate: self.control("gate"),
            vel: self.control("vel"),
            bend: self.control("bend"),
            pressure: self.control("pressure"),
            timbre: self.control("timbre"),
        }
    }

    /// What a new one takes over in an engine of a rate.
    fn birth(&self, old: Option<&Running>, rate: u32) -> Birth {
        let Some(old) = old else {
            return Birth::default();
        };
        let takes = self
            .control_names
            .iter()
            .enumerate()
            .filter_map(|(i, name)| Some((ControlIndex(i as u16), old.control(name)?)));
        let carries = match (&old.source, &self.source) {
            (Source::Function(before), Source::Function(now))
                if graphs::is_same_rate(&old.home, &self.home) =>
            {
                carry(before, now, rate.saturating_mul(graphs::factor(&self.home)))
            }
            _ => Box::default(),
        };
        Birth {
            replaces: Some(old.slot),
            takes: takes.collect(),
            carries,
        }
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
