//! The items of a Patch.

use super::{Act, Course, Ending, Graph, Keys, Mapping, Modulation, Scene};
use crate::pattern::Pattern;
use crate::signal::{Control, Function, Inlet};
use crate::time::{Meter, Ratio};
use crate::ugen::Description;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A stretch of the score, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// From the beginning of one to the end of the other.
    pub fn to(self, other: Span) -> Span {
        Span {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// What makes a node's sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// A signal function.
    Function(Arc<Function>),
    /// Channels that come in from the host or the sound card.
    Input(Inlet),
    /// A unit generator that is registered with the session.
    Unit(Arc<Description>),
}

/// A node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name, unique in the Patch.
    pub name: String,
    /// What makes its sound.
    pub source: Source,
    /// The name of that function in the score, for display.
    pub label: String,
    /// How many voices it has, 1…64.
    pub count: u16,
    /// The base values that statements set, by control; `gain` and `pan` among them.
    pub values: BTreeMap<String, f32>,
    /// Muted: silent everywhere it leads.
    pub mute: bool,
    /// Soloed: only soloed nodes and what they lead through are heard.
    pub solo: bool,
    /// The statement that made it.
    pub span: Span,
}

/// Where a connection leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// An audio input of a node, by index.
    Input {
        /// The node.
        node: String,
        /// Which of its inputs, from 0.
        port: u16,
    },
    /// A control of a node; what arrives adds to its value.
    Control {
        /// The node.
        node: String,
        /// The control.
        control: String,
    },
    /// A stereo pair of outputs, from 1, 1 being the main output; or a single channel: the number of an
    /// [`Outlet`](crate::signal::Outlet).
    Out(u16),
}

impl Target {
    /// The node it leads to, if it does not lead out.
    pub fn node(&self) -> Option<&str> {
        match self {
            Target::Input { node, .. } | Target::Control { node, .. } => Some(node),
            Target::Out(_) => None,
        }
    }
}

/// A connection. One for a source and a target: the last statement wins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// The node it comes from.
    pub from: String,
    /// Where it leads.
    pub to: Target,
    /// A linear factor, −4…4 (for a control: its depth, any size).
    pub level: f32,
    /// A send copies the sound; a plain wire moves it (the source no longer plays on `out` by itself).
    pub send: bool,
    /// The statement that made it.
    pub span: Span,
}

/// A pattern that plays a node or one of its controls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// The node.
    pub node: String,
    /// The control; without one the pattern plays notes.
    pub control: Option<String>,
    /// The pattern.
    pub pattern: Pattern,
    /// The pattern as written, for display.
    pub text: String,
    /// Its cycles count from where it comes in, and not from the song's beginning.
    #[serde(default)]
    pub from_zero: bool,
    /// The bar of the song that is its cycle 0: where it came in, if it counts from there.
    #[serde(default)]
    pub zero: i64,
    /// The statement that bound it.
    pub span: Span,
}

impl Binding {
    /// The pattern as it lies in the song.
    pub fn placed(&self) -> Pattern {
        if self.zero == 0 {
            return self.pattern.clone();
        }
        let later = self.pattern.clone().late(Ratio::whole(self.zero));
        // Nested too deep to be moved: then it counts from the beginning.
        later.unwrap_or_else(|_| self.pattern.clone())
    }
}

/// What a score says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    /// Its tempo in bpm; counts where no host rules.
    pub tempo: Option<f64>,
    /// Its metre; counts where no host rules.
    pub meter: Option<Meter>,
    /// How both change in the course of the song.
    #[serde(default)]
    pub course: Course,
    /// The nodes, in the order in which they were made.
    pub nodes: Vec<Node>,
    /// The connections that statements made.
    pub connections: Vec<Connection>,
    /// The patterns; one for a node's notes and one for each control, the last one bound.
    pub bindings: Vec<Binding>,
    /// The modulations; at most one for a control, and none where a pattern plays.
    #[serde(default)]
    pub mods: Vec<Modulation>,
    /// What the main outputs are multiplied by, 0…2; 1 if nothing is said.
    #[serde(default)]
    pub master: Option<f32>,
    /// What macros and MIDI controllers turn.
    #[serde(default)]
    pub mappings: Vec<Mapping>,
    /// Which nodes MIDI notes play; if none is named, the first that has `freq` and `gate`.
    #[serde(default)]
    pub keys: Vec<Keys>,
    /// The scenes, in the order in which they were saved.
    #[serde(default)]
    pub scenes: Vec<Scene>,
    /// What acts, in order.
    #[serde(default)]
    pub acts: Vec<Act>,
    /// The graphs within the graph, by the path of their nodes: `fx/drive` holds `fx/drive/clip`.
    #[serde(default)]
    pub graphs: BTreeMap<String, Graph>,
    /// The modules that were put in, by the path of their nodes, and the function of the score that made each: what is
    /// done to such a group can be written there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub modules: BTreeMap<String, Span>,
    /// What becomes of nodes that are done, by name; the others go on.
    #[serde(default)]
    pub endings: BTreeMap<String, Ending>,
    /// The nodes that no ending frees, their own neither.
    #[serde(default)]
    pub kept: BTreeSet<String>,
    /// The patterns that leave the sound, for MIDI, OSC and whoever listens; each has a name in place of a node's.
    #[serde(default)]
    pub outgoing: Vec<Binding>,
    /// The song leaves as a MIDI clock too, by way of MIDI out.
    #[serde(default)]
    pub midi_clock: bool,
    /// The song goes on by itself where a host's stands still, or has no transport.
    #[serde(default)]
    pub free_run: bool,
}

/// What of a name is behind a group's path; none outside of it.
pub fn within<'a>(name: &'a str, path: &str) -> Option<&'a str> {
    name.strip_prefix(path)?.strip_prefix('/')
}

impl Node {
    /// The controls of its function; `gain` and `pan` are apart.
    pub fn controls(&self) -> &[Control] {
        match &self.source {
            Source::Function(f) => &f.controls,
            Source::Input(_) => &[],
            Source::Unit(unit) => &unit.controls,
        }
    }

    /// The names of its audio inputs.
    pub fn inputs(&self) -> &[String] {
        match &self.source {
            Source::Function(f) => &f.inputs,
            Source::Input(_) => &[],
            Source::Unit(unit) => &unit.inputs,
        }
    }

    /// The base value of a control, `gain` and `pan` included: what a statement set, or where it starts.
    pub fn value(&self, control: &str) -> Option<f32> {
        self.values
            .get(control)
            .copied()
            .or_else(|| self.range(control).map(|(init, ..)| init))
    }

    /// Start value, lowest and highest value of a control, `gain` and `pan` included.
    pub fn range(&self, control: &str) -> Option<(f32, f32, f32)> {
        let own = super::routing::NODE_CONTROLS
            .iter()
            .find(|c| c.0 == control)
            .map(|c| (c.1, c.2, c.3));
        own.or_else(|| {
            self.controls()
                .iter()
                .find(|c| c.name == control)
                .map(|c| (c.init, c.lo, c.hi))
        })
    }

    /// Whether MIDI notes can play it: it has both `freq` and `gate`.
    pub fn is_instrument(&self) -> bool {
        self.range("freq").is_some() && self.range("gate").is_some()
    }
}

impl Patch {
    /// The names of the nodes in a group: those that begin with its path and a `/`.
    pub fn members<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        let names = self.nodes.iter().map(|node| node.name.as_str());
        names.filter(move |name| within(name, path).is_some())
    }

    /// What is said of the nodes in a group and of nothing else, by their names there.
    pub fn within(&self, path: &str) -> Patch {
        let inner = |name: &str| within(name, path).is_some();
        let mut patch = self.clone();
        patch.nodes.retain(|n| inner(&n.name));
        let ends = |c: &Connection| inner(&c.from) && c.to.node().is_none_or(inner);
        patch.connections.retain(ends);
        patch.bindings.retain(|b| inner(&b.node));
        patch.mods.retain(|m| inner(&m.node));
        patch.mappings.retain(|m| inner(&m.node));
        patch.keys.retain(|k| inner(&k.node));
        patch.graphs.retain(|path, _| inner(path));
        patch.modules.retain(|path, _| inner(path));
        patch.endings.retain(|name, _| inner(name));
        patch.kept.retain(|name| inner(name));
        (patch.scenes, patch.acts, patch.outgoing) = Default::default();
        (patch.midi_clock, patch.free_run) = (false, false);
        patch.rename(|name| within(name, path).unwrap_or(name).to_owned());
        patch
    }

    /// The full names of the sounds that its nodes play.
    pub fn sounds(&self) -> BTreeSet<&str> {
        let units = self.nodes.iter().filter_map(|n| match &n.source {
            Source::Unit(about) => Some(about.sounds()),
            Source::Function(_) | Source::Input(_) => None,
        });
        units.flatten().collect()
    }

    /// The node with a name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|n| n.name == name)
    }
}
