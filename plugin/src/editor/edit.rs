//! What a view can ask for. Views change nothing themselves: they return edits, and the editor
//! applies them after the frame is drawn.

/// One wish of the person at the editor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Edit {
    /// Evaluate the text of the score pane, as it will be when this frame is drawn.
    Evaluate,
    /// Keep this text, not evaluated.
    Draft(String),
    /// Put these nodes at these places of the canvas: one step, whatever the number.
    Place(Vec<(String, [f32; 2])>),
    /// Move a value by hand, `node/control`; heard at once, not written into the score.
    Set {
        /// Which value.
        path: String,
        /// What it becomes.
        value: f32,
    },
    /// Start Sorl's own clock.
    Play,
    /// Stop it.
    Stop,
    /// Put it back to the beginning.
    Rewind,
    /// The message was read.
    Dismiss,
}
