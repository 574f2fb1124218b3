//! What an edit cannot do.

use crate::signal;
use crate::ugen;

/// Why an edit was refused. What was said before stands; nothing that plays has changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The handle's node was removed, or it is another session's.
    #[error("{0} is not here: it was removed, or its handle belongs to another session")]
    Gone(String),
    /// The name of a new node is taken.
    #[error("there is a node `{0}` already; choose another name, or replace that one")]
    Taken(String),
    /// A name that no node can have.
    #[error("`{0}` cannot name a node: between `/`, which groups, there must be something")]
    Name(String),
    /// No such input.
    #[error("node `{node}` has no audio input {port}")]
    NoInput {
        /// The node.
        node: String,
        /// The input asked for.
        port: String,
    },
    /// No such control.
    #[error("node `{node}` has no control {port}")]
    NoControl {
        /// The node.
        node: String,
        /// The control asked for.
        port: String,
    },
    /// A value that is no number or outside the control's range.
    #[error("`{control}` of `{node}` takes a value from {lo} to {hi}, not {value}")]
    Range {
        /// The node.
        node: String,
        /// The control.
        control: String,
        /// The value asked for.
        value: f32,
        /// The lowest value.
        lo: f32,
        /// The highest value.
        hi: f32,
    },
    /// A level beyond −4…4, or for a control a depth that is no number.
    #[error("a level of {0} is out of range; levels go from -4 to 4")]
    Level(f32),
    /// There is no such output.
    #[error("there is no output {0}; outputs are counted from 1")]
    NoOutput(u16),
    /// There is no such connection to take away.
    #[error("`{from}` does not lead to {to}")]
    NotConnected {
        /// The source.
        from: String,
        /// The target.
        to: String,
    },
    /// A route that goes on from a control or an output.
    #[error("a route goes on from a node only, not from a control or an output")]
    Onward,
    /// A graph within the graph that cannot be.
    #[error(
        "the graph `{0}` must have a block of 1, 2, 4 … 64 frames and an oversampling of 1, 2, 4 or 8, and lie in at most 7 others"
    )]
    Graph(String),
    /// A number of voices beyond 1…64.
    #[error("a node has 1 to 64 voices, not {0}")]
    Voices(u16),
    /// Another unit generator of that name is in use.
    #[error(
        "another unit generator `{0}` with other ports is in use; give one of them another name"
    )]
    UnitTaken(String),
    /// A unit generator that cannot be.
    #[error("the unit generator `{name}` cannot be: {fault}")]
    Unit {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: ugen::Fault,
    },
    /// A function that breaks the rules of functions.
    #[error("this function cannot run: {0}")]
    Function(signal::Fault),
}
