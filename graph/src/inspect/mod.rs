//! What runs, seen from outside: nodes, connections, nesting, what is on its way out, and on demand the load and the
//! levels of every port.
//!
//! All of it is plain data, serde in and out, and can be printed. It is put together on the control thread from the
//! Plan that the engine adopted last; what must be measured on the audio thread comes by [probe](crate::rt::Probe),
//! only when somebody asks ([`crate::Session::measure`], [`crate::Session::scope`]).

mod describe;
mod write;

pub use describe::{Names, describe};

use serde::{Deserialize, Serialize};

/// What an engine runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The Plan that it adopted last; they count up.
    pub serial: u64,
    /// Sample rate in Hz.
    pub rate: u32,
    /// The nodes in the order in which they run.
    pub nodes: Vec<NodeInfo>,
    /// All connections between them and to the outputs.
    pub connections: Vec<ConnectionInfo>,
    /// The graphs within the graph, in the order of their first nodes; one in another comes after it.
    pub graphs: Vec<GraphInfo>,
    /// Frames by which the outputs are late.
    pub latency: u32,
    /// What has not happened yet.
    pub pending: Pending,
    /// The last measurement, if any was asked for.
    pub measured: Option<Measured>,
}

/// What has been said and has not happened yet, and what is on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Plans that were sent and are not adopted.
    pub plans: usize,
    /// Nodes that fade and will be freed.
    pub nodes: usize,
    /// Connections that fade and will be freed.
    pub connections: usize,
    /// States of nodes that the engine has still to send home.
    pub states: usize,
}

/// How long a measurement took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Frames that were measured.
    pub frames: u64,
    /// The share of real time that all of it took; 1 is all there is.
    pub load: f32,
}

/// A node that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeInfo {
    /// Its number; never used again.
    pub id: u64,
    /// Its name; `/` in it groups.
    pub name: String,
    /// The groups it is in, outermost first.
    pub group: Vec<String>,
    /// What it runs.
    pub code: CodeInfo,
    /// How many voices it has.
    pub voices: u16,
    /// 1, or 2 where a mono function runs once a channel.
    pub instances: u8,
    /// Channels of its output: 1 or 2.
    pub channels: u8,
    /// Whether it is heard, silent or on its way out.
    pub state: NodeState,
    /// Its audio inputs.
    pub inputs: Vec<PortInfo>,
    /// Its output.
    pub output: PortInfo,
    /// Its controls, gain and pan last.
    pub controls: Vec<ControlInfo>,
    /// What becomes of it when its unit generator is done; without, it goes on.
    #[serde(default)]
    pub ending: Option<EndingInfo>,
    /// The share of real time that it took, if it was measured.
    pub load: Option<f32>,
}

/// What the end of a node does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndingInfo {
    /// The nodes that fade and are freed, by place in [`Inspection::nodes`].
    pub frees: Vec<usize>,
    /// The connections that take their place, by place in [`Inspection::connections`], and the level each gets.
    pub opens: Vec<(usize, f32)>,
}

/// What a node runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeInfo {
    /// A signal function as machine code.
    MachineCode,
    /// A signal function in the interpreter.
    Interpreter,
    /// A unit generator of this name.
    Unit(String),
    /// The engine's main input.
    Input,
    /// Leads into a graph of a rate so many times higher.
    Up(u8),
    /// Leads out of a graph of a rate so many times higher.
    Down(u8),
}

/// How a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeState {
    /// It plays.
    Open,
    /// It is muted, or another is soloed.
    Closed,
    /// It fades and will be freed.
    Leaving,
    /// It gave a value that is no number and is silent; known once it was measured.
    Broken,
}

/// An audio port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortInfo {
    /// Its name.
    pub name: String,
    /// Its peaks, left and right, linear, if it was measured.
    pub peak: Option<[f32; 2]>,
}

/// A control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlInfo {
    /// Its name.
    pub name: String,
    /// What its numbers count: `Hz`, `s`, `dB`; empty for plain numbers.
    #[serde(default)]
    pub unit: String,
    /// What its value is called, of one that is a choice.
    #[serde(default)]
    pub label: Option<String>,
    /// Its base value as the score or a program states it.
    pub base: f32,
    /// The lowest value.
    pub lo: f32,
    /// The highest value.
    pub hi: f32,
    /// Whether a pattern plays it.
    pub pattern: bool,
    /// What it was at the end of the measurement, with all that moves it.
    pub value: Option<f32>,
}

/// A graph within the graph: nodes that follow each other in the order and run in steps of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphInfo {
    /// Its first node, by place in [`Inspection::nodes`].
    pub first: usize,
    /// The place after its last.
    pub end: usize,
    /// Frames of its own rate in one step.
    pub block: u8,
    /// Its rate, in that of the graph it is in.
    pub oversample: u8,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectionInfo {
    /// The node it comes from, by place in [`Inspection::nodes`].
    pub from: usize,
    /// Where it ends.
    pub to: EndInfo,
    /// The level it has or moves to.
    pub level: f32,
    /// How many frames late it is heard because it leads back in the order: a block of the graph that both ends are
    /// in, 64 unless that is said to be shorter; 0 for one that does not lead back.
    pub feedback: u8,
    /// Frames by which it waits for what comes along longer paths.
    pub delay: u32,
    /// Whether it fades and will be freed.
    pub leaving: bool,
}

/// Where a connection ends; nodes by place in [`Inspection::nodes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndInfo {
    /// An audio input.
    Input {
        /// The node.
        node: usize,
        /// The input.
        port: String,
    },
    /// A control.
    Control {
        /// The node.
        node: usize,
        /// The control.
        control: String,
    },
    /// A stereo pair of outputs, from 1.
    Out(u16),
}

impl Inspection {
    /// The live node with a name.
    pub fn node(&self, name: &str) -> Option<&NodeInfo> {
        let mut named = self.nodes.iter().filter(|n| n.name == name);
        named.find(|n| n.state != NodeState::Leaving)
    }
}
