//! What a score does besides describing: acts, scenes, and what reaches a control from outside.

use super::{Binding, Node, Patch, Span};
use crate::pattern::Shape;
use crate::signal::Knob;
use crate::time::{Curve, Meter, Ratio};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A statement that acts: it runs once when it newly appears, not each time the score is evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// The statement as written: what it is known by.
    pub text: String,
    /// Which of the equal statements it is, from 0.
    pub occurrence: u32,
    /// The bar of the song at which it acts, from 0; without one it acts when it newly appears.
    pub at: Option<Ratio>,
    /// What it does.
    pub deed: Deed,
    /// The statement.
    pub span: Span,
}

/// What an act does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Deed {
    /// Leads a control to a value.
    Fade {
        /// The node.
        node: String,
        /// The control; `gain` and `pan` too.
        control: String,
        /// Where it goes, in the control's range.
        to: f32,
        /// How long it takes, in bars; 0 is at once.
        bars: Ratio,
        /// The way there.
        curve: Curve,
    },
    /// Chooses a scene.
    Recall {
        /// Its name; the empty one is the score itself.
        scene: String,
        /// How long values take to get there, in bars; 0 is at once.
        bars: Ratio,
        /// What it waits for, where it has no place in the song.
        #[serde(default)]
        soon: Option<Soon>,
    },
}

/// What an act waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Soon {
    /// The next beat.
    Beat,
    /// The next bar.
    Bar,
}

/// A named state, to be laid over a score: values, mutes, patterns, tempo. Nodes and connections stay the score's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Its name.
    pub name: String,
    /// The tempo in bpm, if the scene has its own.
    pub tempo: Option<f64>,
    /// The metre, if the scene has its own.
    pub meter: Option<Meter>,
    /// The main output's factor, if the scene has its own.
    pub master: Option<f32>,
    /// The nodes that the scene knows.
    pub nodes: BTreeMap<String, SceneNode>,
    /// The patterns on them.
    pub bindings: Vec<Binding>,
    /// The modulations on them.
    pub mods: Vec<Modulation>,
    /// The statement that made it.
    pub span: Span,
}

/// What a scene says of a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SceneNode {
    /// Its values that statements set.
    pub values: BTreeMap<String, f32>,
    /// Whether it is muted.
    pub mute: bool,
    /// Whether it is soloed.
    pub solo: bool,
}

/// A shape that moves a control between two values, in time with the song. While it plays it takes the base's place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Modulation {
    /// The node.
    pub node: String,
    /// The control.
    pub control: String,
    /// The shape of one turn.
    pub shape: Shape,
    /// The value where the shape is 0.
    pub lo: f32,
    /// The value where the shape is 1.
    pub hi: f32,
    /// How long a turn takes, in bars, above 0.
    pub bars: Ratio,
    /// The statement that made it.
    pub span: Span,
}

/// A knob onto a control: the knob's 0…1 becomes the control's `lo`…`hi`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// What is turned.
    pub knob: Knob,
    /// The node.
    pub node: String,
    /// The control.
    pub control: String,
    /// The value at 0.
    pub lo: f32,
    /// The value at 1; may be below `lo`.
    pub hi: f32,
    /// The way from one to the other.
    pub curve: Curve,
    /// The statement that made it.
    pub span: Span,
}

impl Mapping {
    /// The control's value where the knob stands at `turn`, 0…1.
    pub fn value(&self, turn: f32) -> f32 {
        self.curve.between(self.lo, self.hi, turn)
    }
}

/// The MIDI notes that a node plays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The node.
    pub node: String,
    /// The channel, 0…15; any if none.
    pub channel: Option<u8>,
    /// The lowest key, 0…127.
    pub lo: u8,
    /// The highest key, 0…127.
    pub hi: u8,
    /// The statement that said so.
    pub span: Span,
}

impl Patch {
    /// The state as it stands, as a scene.
    pub fn capture(&self, name: &str, span: Span) -> Scene {
        let of = |n: &Node| SceneNode {
            values: n.values.clone(),
            mute: n.mute,
            solo: n.solo,
        };
        Scene {
            name: name.to_owned(),
            tempo: self.tempo,
            meter: self.meter,
            master: self.master,
            nodes: self.nodes.iter().map(|n| (n.name.clone(), of(n))).collect(),
            bindings: self.bindings.clone(),
            mods: self.mods.clone(),
            span,
        }
    }

    /// The scene with a name.
    pub fn scene(&self, name: &str) -> Option<&Scene> {
        self.scenes.iter().find(|s| s.name == name)
    }

    /// This Patch with a scene laid over it. Nodes that the scene does not know, and controls that are no longer
    /// there, are the Patch's own; what is not there to be played is left out.
    pub fn with_scene(&self, scene: &Scene) -> Patch {
        let mut patch = self.clone();
        patch.tempo = scene.tempo.or(patch.tempo);
        patch.meter = scene.meter.or(patch.meter);
        patch.master = scene.master.or(patch.master);
        for node in &mut patch.nodes {
            let Some(over) = scene.nodes.get(&node.name) else {
                continue;
            };
            (node.mute, node.solo) = (over.mute, over.solo);
            node.values = over.values.clone();
            let fits: Vec<(String, f32)> = std::mem::take(&mut node.values)
                .into_iter()
                .filter_map(|(control, value)| {
                    let (_, lo, hi) = node.range(&control)?;
                    Some((control, value.clamp(lo, hi)))
                })
                .collect();
            node.values.extend(fits);
        }
        let known = |node: &str| scene.nodes.contains_key(node);
        let fits = |node: &str, control: Option<&str>| {
            let there = self.node(node);
            there.is_some_and(|n| control.is_none_or(|c| n.range(c).is_some()))
        };
        patch.bindings.retain(|b| !known(&b.node));
        let own = scene.bindings.iter();
        let own = own.filter(|b| fits(&b.node, b.control.as_deref()));
        patch.bindings.extend(own.cloned());
        patch.mods.retain(|m| !known(&m.node));
        let own = scene.mods.iter();
        let own = own.filter(|m| fits(&m.node, Some(&m.control)));
        patch.mods.extend(own.cloned());
        patch
    }
}
