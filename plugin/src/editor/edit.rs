//! What a view can ask for. Views change nothing themselves: they return edits, and the editor
//! applies them after the frame is drawn.

use sorl_graph::patch::{Mapping, Target};
use sorl_graph::session::Change;
use sorl_graph::time::Meter;

use super::make;

/// One wish of the person at the editor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Edit {
    /// Evaluate the text of the score pane, as it will be when this frame is drawn.
    Evaluate,
    /// Put this statement into the score that sounds; what acts acts again.
    Run(String),
    /// Keep this text, not evaluated.
    Draft(String),
    /// Put these nodes at these places of the canvas, or where the layout has them: one step,
    /// whatever the number.
    Place(Vec<(String, Option<[f32; 2]>)>),
    /// Write this into the score: one step. What is new gets its places.
    Change(Vec<Change>, Vec<(String, [f32; 2])>),
    /// Move a value by hand, `node/control`; heard at once, not written into the score.
    Set {
        /// Which value.
        path: String,
        /// What it becomes.
        value: f32,
    },
    /// Write a value into the score; small steps of one value are one step.
    Value {
        /// Which value.
        path: String,
        /// What it becomes.
        value: f32,
    },
    /// Write a tempo into the score, in bpm; small steps are one step.
    Tempo(f64),
    /// Write the metre that the song begins with into the score; small steps are one step.
    Meter(Meter),
    /// Begin to record what is heard, or end that.
    Record,
    /// Turn a macro, 1…64, to 0…1; heard at once, not written into the score.
    Macro(u8, f32),
    /// Choose a scene by its number on the next bar; 0 is the score itself.
    Recall(usize),
    /// Silence what hangs: all keys come up, and Sorl's own clock stops.
    Panic,
    /// A key of the computer goes down or comes up as a note.
    Note(sorl_graph::NoteEvent),
    /// Map this to the controller that is moved next; or no longer, if it waits for that already.
    Learn(Mapping),
    /// Look into this group; the score itself is the one without a name.
    Open(String),
    /// Look at a node's output.
    Scope(String),
    /// Look at the operations of a node's function.
    Operations(String),
    /// Choose a node to be made: for this place, from this wire's end, or in the middle of a wire.
    Choose(Wanted),
    /// Take the last step back.
    Undo,
    /// Do it again.
    Redo,
    /// Start Sorl's own clock.
    Play,
    /// Stop it.
    Stop,
    /// Put it back to the beginning.
    Rewind,
    /// The highest peak was read.
    ForgetPeak,
    /// The message was read.
    Dismiss,
    /// Say why something cannot be done.
    Say(String),
}

impl Edit {
    /// Changes of the score without new places.
    pub fn change(changes: Vec<Change>) -> Edit {
        Edit::Change(changes, Vec::new())
    }

    /// A gesture by itself.
    pub fn gesture(gesture: sorl_graph::score::edit::Gesture) -> Edit {
        Edit::change(vec![make::gesture(gesture)])
    }
}

/// What a node is wanted for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    /// Where it is to stand on the canvas; without one the layout says.
    pub at: Option<[f32; 2]>,
    /// Where on the screen one chooses it.
    pub screen: egui::Pos2,
    /// What is to be done with it once it is there.
    pub then: Then,
}

/// What is to be done with a new node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Then {
    /// Nothing more.
    Nothing,
    /// This node leads into it.
    From(String),
    /// It goes into the middle of this wire.
    Within(String, Target),
}
