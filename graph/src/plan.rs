//! The Plan: an immutable program for the audio thread.
//!
//! The only type that the compiler and the engine share. The compiler makes it, the session sends it as an
//! `Arc`, the engine runs it, and it travels home to be freed. Nothing in it changes; all running state is the
//! engine's.

use crate::pattern::{Held, Program, Shape};
use crate::signal::{Carry, Inlet, Kernel, Knob};
use crate::time::{Bars, Beats, Curve, Ratio, Seconds, TempoMap};
use crate::ugen::Unit;
use std::sync::Arc;

/// What a step that leaves the sound says to the control side.
pub use crate::pattern::Message;

/// A node of the audio thread; never used again once given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

/// The place of a node's state in the engine; used again when the state has come home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// The place of a wire's level in the engine; used again when its fade has been reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WireSlot(pub u32);

/// A node of a Plan, by its place in the processing order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u32);

/// A control of a node: the function's in order, then gain, then pan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlIndex(pub u16);

/// When a Plan begins, or a command takes effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// With the next block.
    #[default]
    Now,
    /// At this frame since the engine's beginning or last reset.
    Frame(i64),
    /// So long after the engine's beginning or last reset.
    Seconds(Seconds),
    /// When the song comes to this beat.
    Beat(Beats),
    /// So long after the block that hears of it begins.
    After(Seconds),
    /// So many beats after that.
    AfterBeats(Beats),
    /// On the next whole beat (at once, while the transport stands still).
    NextBeat,
    /// On the next bar (at once, while the transport stands still).
    NextBar,
}

/// What a node runs.
#[derive(Clone)]
pub enum Code {
    /// A signal function's kernel.
    Kernel(Arc<dyn Kernel>),
    /// Channels that come in, as they come.
    Input(Inlet),
    /// A unit generator; the instances are in the node's state.
    Unit(Arc<dyn Unit>),
    /// Into a graph of a higher rate: takes frames of the rate outside, gives frames of the rate inside.
    Up(u8),
    /// Out of a graph of a higher rate: takes frames of the rate inside, gives frames of the rate outside.
    Down(u8),
}

/// A control of a node in a Plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanControl {
    /// The base value that the score says.
    pub value: f32,
    /// The lowest value.
    pub lo: f32,
    /// The highest value.
    pub hi: f32,
    /// Frames in which what hands, hosts and statements say gets there.
    pub smooth: u32,
}

/// Where a wire ends at its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// An audio input.
    Input(u16),
    /// A control; the signal, times the level, adds to its value.
    Control(ControlIndex),
}

/// A connection into a node or an output.
#[derive(Clone, Debug)]
pub struct PlanWire {
    /// Where its level is kept.
    pub slot: WireSlot,
    /// The node it comes from.
    pub from: NodeIndex,
    /// How many frames late it is heard: nought, or where the node it comes from is not earlier in the order, a block
    /// of the graph that both are in.
    pub back: u8,
    /// Frames by which it waits for what comes along longer paths.
    pub delay: u32,
    /// Where it ends (outputs ignore it).
    pub port: Port,
    /// The level it has, or moves to. Nought on its way out.
    pub level: f32,
    /// How it comes into this Plan.
    pub entry: Entry,
    /// Frames before it begins to fade in or out: until the line that takes over is full.
    pub wait: u32,
    /// On its way out: fades and is then reported cut.
    pub leaving: bool,
}

/// How a wire comes into a Plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It was in the last one; its level goes on.
    Old,
    /// It joins nodes that already sound: it fades in.
    Fades,
    /// One of its ends is new and fades by itself: it has its level at once.
    Full,
}

/// How a node comes into a Plan.
#[derive(Clone, Debug, Default)]
pub struct Birth {
    /// The node that it replaces: the last one of its name. Its sounding notes go on.
    pub replaces: Option<Slot>,
    /// The controls that both have: the new one's and the old one's.
    pub takes: Box<[(ControlIndex, ControlIndex)]>,
    /// What goes over of the words of each voice: what the operations that both functions have were doing.
    pub carries: Box<[Carry]>,
}

/// One step of a pattern, names resolved to controls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanAtom {
    /// The controls it sets at its onset.
    pub sets: Box<[(ControlIndex, f32)]>,
    /// The control that is 1 for the event's length.
    pub trigger: Option<ControlIndex>,
    /// The value, for a pattern on one control.
    pub number: Option<f32>,
    /// Gate length as a multiple of the event's.
    pub legato: Option<crate::time::Ratio>,
    /// What earlier events gave the voice's controls is forgotten: each event stands for itself.
    pub fresh: bool,
    /// The control whose value, where other voices have the same, is set to −1 for those: they are cut short.
    pub cut: Option<ControlIndex>,
    /// The keys it plays, and so many semitones above them.
    pub held: Option<(Held, f64)>,
    /// How many seconds later it sounds than it is said to, or earlier where negative.
    pub nudge: f64,
    /// The control that is told how many seconds the event lasts.
    pub fit: Option<ControlIndex>,
}

/// How far the steps of a pattern are nudged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nudge {
    /// The least, in seconds.
    pub lo: f64,
    /// The most.
    pub hi: f64,
    /// The name in [`Program::carries`] by which a curve speaks of it.
    pub carried: Option<usize>,
}

/// A control that a curve speaks of at the onsets of a pattern's steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlanCarry {
    /// So many semitones are added to the pitch, which is this control's.
    Pitch(ControlIndex),
    /// The control's value.
    Value(ControlIndex),
}

/// What a step of a pattern sends out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanSend {
    /// The MIDI note, fractions rounded when sent.
    pub note: Option<f64>,
    /// MIDI velocity, 1…127.
    pub velocity: u8,
    /// MIDI channel, 0…15.
    pub channel: u8,
    /// Note length as a multiple of the event's.
    pub legato: Option<crate::time::Ratio>,
    /// MIDI controllers and their values, 0…127.
    pub controllers: Box<[(u8, u8)]>,
    /// A message to the control side, by the number that it knows it by.
    pub message: Option<u32>,
    /// The value that goes with the message.
    pub value: f32,
    /// How many seconds later it is sent than it is said to, or earlier where negative.
    pub nudge: f64,
}

/// What a curve speaks of in what is sent out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendCarry {
    /// Semitones added to the note, and to the value of a message.
    Pitch,
    /// The velocity, 0…1.
    Velocity,
    /// A MIDI controller, 0…127.
    Controller(u8),
    /// Nothing that is sent.
    Nothing,
}

/// A pattern that leaves the sound.
#[derive(Clone, Debug)]
pub struct PlanOutgoing {
    /// The pattern.
    pub program: Program,
    /// Its steps, in the order of the program's atoms.
    pub steps: Box<[PlanSend]>,
    /// What curves speak of, in the order of [`Program::carries`].
    pub carries: Box<[SendCarry]>,
    /// Some of its steps are sent earlier or later than they are said to.
    pub nudge: Option<Nudge>,
}

/// What a pattern drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drives {
    /// Voices: notes and hits.
    Notes,
    /// One control of the whole node.
    Control(ControlIndex),
}

/// A pattern on a node.
#[derive(Clone, Debug)]
pub struct PlanBinding {
    /// What it drives.
    pub drives: Drives,
    /// The pattern.
    pub program: Program,
    /// Its steps, in the order of the program's atoms.
    pub atoms: Box<[PlanAtom]>,
    /// The controls that curves speak of, in the order of [`Program::carries`]; none where the node has no such
    /// control.
    pub carries: Box<[Option<PlanCarry>]>,
    /// Its steps play the keys that are down, which then do not play the node by themselves.
    pub plays_keys: bool,
    /// Some of its steps sound earlier or later than they are said to.
    pub nudge: Option<Nudge>,
}

/// A shape that moves a control.
#[derive(Clone, Debug)]
pub struct PlanMod {
    /// The control.
    pub control: ControlIndex,
    /// The shape of one turn.
    pub shape: Shape,
    /// The value where the shape is 0.
    pub lo: f32,
    /// The value where the shape is 1.
    pub hi: f32,
    /// How long a turn takes, in bars.
    pub bars: Ratio,
}

/// A control's way to a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanFade {
    /// The control.
    pub control: ControlIndex,
    /// Where a node that is new begins; any other begins where it is.
    pub from: f32,
    /// Where it goes.
    pub to: f32,
    /// How long it takes, in bars.
    pub bars: Ratio,
    /// The way there.
    pub curve: Curve,
}

/// The MIDI notes that a node plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanKeys {
    /// The channel, 0…15; any if none.
    pub channel: Option<u8>,
    /// The lowest key.
    pub lo: u8,
    /// The highest key.
    pub hi: u8,
}

/// A knob from outside onto a control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanMapping {
    /// What is turned.
    pub knob: Knob,
    /// The node it turns.
    pub node: NodeIndex,
    /// The control it turns.
    pub control: ControlIndex,
    /// The value at 0.
    pub lo: f32,
    /// The value at 1.
    pub hi: f32,
    /// The way from one to the other.
    pub curve: Curve,
}

/// A node of a Plan.
#[derive(Clone)]
pub struct PlanNode {
    /// Which node this is; its state goes on from Plan to Plan.
    pub id: NodeId,
    /// Where its state is.
    pub slot: Slot,
    /// Whether it is new in this Plan, and what it takes over.
    pub birth: Option<Birth>,
    /// What it runs.
    pub code: Code,
    /// Frames of its inputs and controls to one of the engine's: 1, or more in a graph of a higher rate.
    pub factor: u32,
    /// Number of audio inputs.
    pub inputs: u16,
    /// How many voices.
    pub count: u16,
    /// 1, or 2 where a mono function runs once a channel.
    pub instances: u8,
    /// Outputs of the code: 1 or 2.
    pub outputs: u8,
    /// Channels of the node's output: 1 or 2.
    pub channels: u8,
    /// Whether it is heard: not muted, not shut out by solo, not on its way out.
    pub open: bool,
    /// On its way out: it fades and is then reported gone.
    pub leaving: bool,
    /// The function's controls, then gain and pan.
    pub controls: Box<[PlanControl]>,
    /// The controls that notes speak to, by their names.
    pub note_controls: NoteControls,
    /// Connections into it.
    pub wires: Box<[PlanWire]>,
    /// Connections from it to the outputs: the stereo pair from 0, or behind the last of them the channel
    /// ([`Outlet`](crate::signal::Outlet)). The outputs sum in the order of the nodes.
    pub outs: Box<[(u16, PlanWire)]>,
    /// Whether a node reads its output: then the last 64 frames of it are kept.
    pub kept: bool,
    /// Patterns on it.
    pub bindings: Box<[PlanBinding]>,
    /// What becomes of it when its unit generator is done; without, it goes on.
    pub ending: Option<Box<PlanEnding>>,
    /// Shapes that move its controls.
    pub mods: Box<[PlanMod]>,
    /// Fades that begin with this Plan, in order.
    pub fades: Box<[PlanFade]>,
    /// Fades with a place in the song (in bars), in the order of their places.
    pub timed: Box<[(Ratio, PlanFade)]>,
    /// The MIDI notes it plays, if the score says so.
    pub keys: Box<[PlanKeys]>,
    /// Its notes may have a pan of their own.
    pub spread: bool,
    /// Nothing but a change from outside moves it, and the Plan before said the same of it: where it is steady there is
    /// nothing to adopt.
    pub stays: bool,
}

impl PlanNode {
    /// How many sides of its inputs it reads: one for each instance, and both for a stereo unit generator.
    pub fn sides(&self) -> u8 {
        match self.code {
            Code::Unit(_) => self.instances.max(self.outputs),
            Code::Kernel(_) | Code::Input(_) | Code::Up(_) | Code::Down(_) => self.instances,
        }
    }
    /// The index of its gain.
    pub fn gain(&self) -> ControlIndex {
        ControlIndex(self.controls.len() as u16 - 2)
    }
    /// The index of its pan.
    pub fn pan(&self) -> ControlIndex {
        ControlIndex(self.controls.len() as u16 - 1)
    }
}

/// The controls that notes speak to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoteControls {
    /// The pitch in Hz.
    pub freq: Option<ControlIndex>,
    /// The gate.
    pub gate: Option<ControlIndex>,
    /// The velocity, 0…1.
    pub vel: Option<ControlIndex>,
    /// Semitones by which the note is bent; `freq` is bent by as much in any case.
    pub bend: Option<ControlIndex>,
    /// How hard the key is pressed, 0…1.
    pub pressure: Option<ControlIndex>,
    /// The place of the finger, 0…1.
    pub timbre: Option<ControlIndex>,
}

/// What the end of a node does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanEnding {
    /// The nodes that fade and fall silent.
    pub closes: Box<[NodeIndex]>,
    /// The wires that take their place, with the level they get and the factor of the node they lead into.
    pub opens: Box<[(WireSlot, f32, u32)]>,
}

/// A graph within the graph: nodes that follow each other in the order and run in steps of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanGraph {
    /// Its first node.
    pub first: NodeIndex,
    /// The node after its last.
    pub end: NodeIndex,
    /// How many of the graphs that follow in the list are in it.
    pub inside: u16,
    /// Frames of its own rate in one step: 1, 2, 4 … 64.
    pub block: u8,
    /// Its rate, in that of the graph it is in: 1, 2, 4 or 8.
    pub oversample: u8,
}

/// A program for the audio thread.
#[derive(Clone)]
pub struct Plan {
    /// Counts up; Plans are adopted in this order.
    pub serial: u64,
    /// The nodes in processing order.
    pub nodes: Box<[PlanNode]>,
    /// The graphs within the graph, in the order of their first nodes; one in another comes after it.
    pub graphs: Box<[PlanGraph]>,
    /// Frames by which the outputs are late: what the longest path of nodes with a latency adds up to.
    pub latency: u32,
    /// The patterns that leave the sound.
    pub outgoing: Box<[PlanOutgoing]>,
    /// The song leaves as a MIDI clock too.
    pub midi_clock: bool,
    /// The song goes on by itself where a host's stands still.
    pub free_run: bool,
    /// The node that MIDI notes play, unless nodes say so themselves.
    pub instrument: Option<NodeIndex>,
    /// What macros and controllers turn.
    pub mappings: Box<[PlanMapping]>,
    /// What the main outputs are multiplied by.
    pub master: f32,
    /// The tempo where no host rules.
    pub map: Arc<TempoMap>,
    /// The bars where no host rules.
    pub bars: Bars,
}
