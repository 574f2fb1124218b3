//! What crosses between the control thread and the engine: numbers, ids and boxes; no strings.
//!
//! Messages are made and dropped on the control thread. What the engine receives it either keeps or sends home.

mod state;
mod wire;

pub use state::{Fade, NodeState, Resampler, Voice};
pub use wire::{Line, WireState};

pub use crate::plan::When;
use crate::plan::{ControlIndex, NodeId, Plan, Slot, WireSlot};
use crate::signal::Knob;
use crate::time::{Beats, Meter, Ratio, Tempo};
use std::sync::Arc;

/// What an engine is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Sample rate in Hz, 8000…384000.
    pub rate: u32,
}

/// What comes from outside, as MIDI does: notes for the nodes that play them, and turns of knobs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoteEvent {
    /// A key goes down.
    On {
        /// MIDI channel, 0…15.
        channel: u8,
        /// MIDI key, 0…127.
        key: u8,
        /// 0…1.
        velocity: f32,
    },
    /// A key comes up.
    Off {
        /// MIDI channel, 0…15.
        channel: u8,
        /// MIDI key, 0…127.
        key: u8,
    },
    /// All keys come up.
    AllOff,
    /// A hand outside of the score turns something: a macro, or a controller of a given channel.
    Turn {
        /// What is turned.
        knob: Knob,
        /// Where to, 0…1.
        value: f32,
    },
}

/// A note and its frame in the block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedNote {
    /// The frame, counted from the block's first. One beyond the block counts as its last.
    pub frame: u32,
    /// What happens.
    pub event: NoteEvent,
}

/// A new Plan with everything its adoption needs, and room for everything it sets free.
pub struct Adoption {
    /// The Plan.
    pub plan: Arc<Plan>,
    /// When it begins.
    pub when: When,
    /// The states of nodes that are new, each for its slot.
    pub fresh: Vec<(Slot, Box<NodeState>)>,
    /// A larger table of node states, if this Plan needs one; on the way home the old one.
    pub table: Option<Vec<Option<Box<NodeState>>>>,
    /// A larger table of wires, if this Plan needs one; on the way home the old one.
    pub wires: Option<Vec<WireState>>,
    /// The lines of wires that are new, or that use a slot which had one; on the way home the ones before.
    pub lines: Vec<(WireSlot, Option<Box<Line>>)>,
    /// The slots whose states are to come home.
    pub release: Vec<Slot>,
    /// On the way home: what came out of them. Has room for all of `release`.
    pub returned: Vec<Box<NodeState>>,
    /// On the way home: the Plan that was replaced.
    pub retired: Option<Arc<Plan>>,
}

/// A command to the engine; takes effect with the next block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// A hand moves a control: smoothed.
    Set {
        /// The node; the command is ignored if it is no longer there.
        id: NodeId,
        /// Where its state is.
        slot: Slot,
        /// Which control.
        control: ControlIndex,
        /// The new base value.
        value: f32,
    },
    /// A note from the window's keyboard.
    Note(NoteEvent),
    /// Sorl's own clock runs or stands still.
    Play(bool),
    /// Sorl's own clock goes to a beat.
    Seek(Beats),
    /// The tempo that rules over the score's, where no host does.
    Tempo(Option<Tempo>),
}

/// News from the engine: small, and of no use when old.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Report {
    /// Where the song is.
    Position {
        /// Frames since the beginning or the last reset.
        frame: i64,
        /// Song position.
        beat: Beats,
        /// Whether the transport runs.
        playing: bool,
        /// The tempo in force.
        tempo: Tempo,
        /// The metre in force.
        meter: Meter,
        /// Song position in bars.
        cycle: Ratio,
        /// The share of real time that processing took, smoothed.
        load: f32,
        /// The main output's peaks since the last report.
        peak: [f32; 2],
    },
    /// A node's peaks since the last report.
    Meter {
        /// The node.
        id: NodeId,
        /// Its two channels.
        peak: [f32; 2],
    },
    /// A leaving node has faded.
    Gone(NodeId),
    /// A leaving wire has faded.
    Cut(WireSlot),
    /// A knob outside of the score moved a control.
    Turned {
        /// The node.
        id: NodeId,
        /// Which control.
        control: ControlIndex,
        /// Its new base value.
        value: f32,
    },
    /// A node gave NaN or infinity and has been silenced.
    Broken(NodeId),
    /// A node is done, and what its ending frees falls silent.
    Ended(NodeId),
    /// Events that a node could not take in one piece of the grid.
    Dropped(NodeId),
}
