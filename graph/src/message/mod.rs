//! What crosses between the control thread and the engine: numbers, ids and boxes; no strings.
//!
//! Messages are made and dropped on the control thread. What the engine receives it either keeps or sends home.

mod midi;
mod moment;
mod state;
mod wire;

pub use midi::Expression;
pub use moment::{Moment, Span};
pub use state::{Fade, NodeState, Offset, Resampler, Voice};
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

/// What comes from outside, as MIDI does: notes for the nodes that play them, and turns of knobs. Raw MIDI becomes
/// one of these by [`NoteEvent::from_midi`].
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
    /// A note is cut short: it fades out in a few milliseconds, whatever its envelope says.
    Choke {
        /// MIDI channel, 0…15.
        channel: u8,
        /// MIDI key, 0…127.
        key: u8,
    },
    /// The pitch wheel of a channel: bends `freq`, by two semitones unless the channel says otherwise.
    Bend {
        /// MIDI channel, 0…15.
        channel: u8,
        /// −1…1.
        value: f32,
    },
    /// The pressure on a channel: the control `pressure` of its notes.
    Pressure {
        /// MIDI channel, 0…15.
        channel: u8,
        /// 0…1.
        value: f32,
    },
    /// A controller of a channel: what the score maps it to turns; the sustain pedal (64), timbre (74), bend ranges and
    /// MPE zones (6, 38, 100, 101), the end of sounds and notes (120, 123) and the reset of controllers (121) do
    /// what they do everywhere.
    Control {
        /// MIDI channel, 0…15.
        channel: u8,
        /// Its number, 0…127.
        cc: u8,
        /// 0…1.
        value: f32,
    },
    /// What is said of one note that sounds.
    Express {
        /// MIDI channel, 0…15.
        channel: u8,
        /// MIDI key, 0…127.
        key: u8,
        /// What it is.
        what: Expression,
        /// How much, in the expression's own range.
        value: f32,
    },
    /// All keys come up, and pedals hold nothing.
    AllOff,
    /// A hand outside of the score turns something: a macro, or a controller of a given channel.
    Turn {
        /// What is turned.
        knob: Knob,
        /// Where to, 0…1.
        value: f32,
    },
    /// The host modulates a macro: what is mapped moves by as much as if the macro had moved, and the macro stays.
    Modulate {
        /// Which, 1…64.
        index: u8,
        /// Where the macro itself stands, 0…1.
        stands: f32,
        /// By how much it is modulated, −1…1; 0 is the end of it.
        amount: f32,
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

/// A MIDI message and its frame in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedMidi {
    /// The frame, counted from the block's first.
    pub frame: u32,
    /// Its bytes: status with channel, and two of data, nought where it has fewer.
    pub bytes: [u8; 3],
}

impl TimedMidi {
    /// Its bytes, as many as it has: one to three. Real-time safe.
    pub fn as_bytes(&self) -> &[u8] {
        let length = match self.bytes[0] {
            0xc0..=0xdf | 0xf1 | 0xf3 => 2,
            0xf4.. => 1,
            _ => 3,
        };
        &self.bytes[..length]
    }

    /// Whether it is a word of a MIDI clock: song position, pulse, start, continue or stop. Real-time safe.
    pub fn is_clock(&self) -> bool {
        matches!(self.bytes[0], 0xf2 | 0xf8 | 0xfa..=0xfc)
    }
}

/// A new Plan with everything its adoption needs, and room for everything it sets free.
pub struct Adoption {
    /// The Plan.
    pub plan: Arc<Plan>,
    /// When it begins.
    pub when: Moment,
    /// What happens with it, at the same frame and after it.
    pub commands: Box<[Command]>,
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

/// Names what was sent together, to take it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A command on its way, and when it takes effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sent {
    /// What it was sent with. Grows with each sending: what comes at one frame happens in this order.
    pub ticket: Ticket,
    /// When.
    pub moment: Moment,
    /// Means nothing any more once the transport has jumped so often: what was worked out for a stretch of the song is
    /// let go when the song leaves it.
    pub run: Option<u32>,
    /// What.
    pub command: Command,
}

/// A node's state in the engine; a command for it is ignored if the node is no longer there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The node.
    pub id: NodeId,
    /// Where its state is.
    pub slot: Slot,
}

/// A command to the engine.
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
    /// A control moves in a straight line; what notes said of it is over.
    Move {
        /// The node.
        to: Address,
        /// Which control.
        control: ControlIndex,
        /// Where it goes.
        value: f32,
        /// How many frames it takes; with 0 it is there at its frame. `None`: as many as when a hand moves it.
        frames: Option<u32>,
    },
    /// A gate of a node opens, for one voice.
    Trigger {
        /// The node.
        to: Address,
        /// The gate.
        control: ControlIndex,
        /// How long, one frame at least.
        length: Span,
    },
    /// A note, for one voice.
    Strike {
        /// The node; without one the node that MIDI plays.
        to: Option<Address>,
        /// MIDI key, 0…127.
        key: u8,
        /// Above 0, up to 1.
        velocity: f32,
        /// How long, one frame at least.
        length: Span,
    },
    /// A note or its end for a node.
    NoteTo(Address, NoteEvent),
    /// The gate that a trigger or a strike opened falls: the engine's own.
    Fall {
        /// The node.
        to: Address,
        /// What holds the voice.
        key: (u8, u8),
    },
    /// What was sent with a ticket and waits is let go.
    Cancel(Ticket),
    /// A note from the window's keyboard.
    Note(NoteEvent),
    /// Sorl's own clock runs or stands still.
    Play(bool),
    /// Sorl's own clock goes to a beat.
    Seek(Beats),
    /// The tempo that rules over the score's, where no host does.
    Tempo(Option<Tempo>),
}

impl Command {
    /// How many ends it leaves to wait for: those of notes.
    pub fn ends(&self) -> usize {
        usize::from(matches!(
            self,
            Command::Trigger { .. } | Command::Strike { .. }
        ))
    }

    /// A command for a node that gave way is for the new one, as far as that has the control (new and old pairs).
    pub(crate) fn readdress(
        &mut self,
        old: Address,
        new: Address,
        takes: &[(ControlIndex, ControlIndex)],
    ) {
        let (to, control) = match self {
            Command::Set {
                id, slot, control, ..
            } => {
                let mut to = Address {
                    id: *id,
                    slot: *slot,
                };
                let moved = moved(&mut to, Some(control), old, new, takes);
                if moved {
                    (*id, *slot) = (to.id, to.slot);
                }
                return;
            }
            Command::Move { to, control, .. } | Command::Trigger { to, control, .. } => {
                (to, Some(control))
            }
            Command::Strike { to: Some(to), .. }
            | Command::NoteTo(to, _)
            | Command::Fall { to, .. } => (to, None),
            _ => return,
        };
        moved(to, control, old, new, takes);
    }
}

fn moved(
    to: &mut Address,
    control: Option<&mut ControlIndex>,
    old: Address,
    new: Address,
    takes: &[(ControlIndex, ControlIndex)],
) -> bool {
    if *to != old {
        return false;
    }
    if let Some(control) = control {
        let Some((now, _)) = takes.iter().find(|(_, before)| before == control) else {
            return false;
        };
        *control = *now;
    }
    *to = new;
    true
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
        /// Whether it is a host's.
        hosted: bool,
        /// How often it has started, stopped or jumped.
        jumps: u32,
        /// Where the song went when it last did.
        jumped_to: Beats,
        /// The tempo in force.
        tempo: Tempo,
        /// The metre in force.
        meter: Meter,
        /// Song position in bars.
        cycle: Ratio,
        /// The share of real time that processing took, smoothed.
        load: f32,
        /// The share that the longest block of late took; it is forgotten within seconds.
        worst: f32,
        /// The main output's peaks since the last report.
        peak: [f32; 2],
    },
    /// A node's peaks since the last report.
    Meter {
        /// The node.
        id: NodeId,
        /// Its two channels.
        peak: [f32; 2],
        /// How many of its voices are held or still sound.
        voices: u8,
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
    /// A MIDI controller was moved: the last one since the report before.
    Controller {
        /// Its channel, 0…15.
        channel: u8,
        /// Its number, 0…127.
        cc: u8,
        /// Where it stands, 0…1.
        value: f32,
    },
    /// A node gave NaN or infinity and has been silenced.
    Broken(NodeId),
    /// A node is done, and what its ending frees falls silent.
    Ended(NodeId),
    /// Events that a node could not take in one piece of the grid.
    Dropped(NodeId),
    /// A step of a pattern spoke to the control side.
    Sent {
        /// Which message, by the compiler's number.
        message: u32,
        /// Its value.
        value: f32,
        /// The frame since the beginning or the last reset.
        frame: i64,
    },
}
