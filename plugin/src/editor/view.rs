//! What the editor shows: a copy of what the desk knows, taken at the start of each frame.
//!
//! The session is locked just long enough to copy; the Patch is copied only when the score behind it
//! changed. Everything else in the editor reads this copy and never the session.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use egui::Color32;
use sorl_graph::patch::{Binding, Connection, NODE_CONTROLS, Node, Patch, Span};
use sorl_graph::pattern::{Program, Value, seed_of};
use sorl_graph::score::Diagnostics;
use sorl_graph::session::Status;
use sorl_graph::signal::Knob;

use super::master::Master;
use super::theme;
use crate::desk::{Desk, Positions, TakeFigures};
use crate::remote::SoundFigures;

/// Seconds between two measurements of what nodes cost.
const MEASURE_EVERY: f32 = 1.0;
/// How fast a meter falls: after this many seconds it has lost two thirds.
const METER_FALL: f32 = 0.22;

/// A copy of everything that is shown.
pub(crate) struct View {
    /// Which Patch this is; what is computed from a Patch is computed once for each.
    pub generation: Option<u64>,
    /// The score that sounds.
    pub score: String,
    /// What that score says.
    pub patch: Patch,
    /// Every wire in effect, the implied ones to `out` included.
    pub wires: Vec<Connection>,
    /// The text of the score pane.
    pub draft: String,
    /// Where nodes stand that were placed by hand.
    pub positions: Positions,
    /// What is wrong with the draft that was evaluated last.
    pub diagnostics: Option<Arc<Diagnostics>>,
    /// A sentence about something other than the draft.
    pub message: Option<String>,
    /// Transport, load and problems.
    pub status: Status,
    /// The peak of each node, linear, falling like a meter's needle.
    pub levels: Vec<f32>,
    /// How many voices of each node sound.
    pub voices: Vec<usize>,
    /// The true peaks of the main output, falling likewise.
    pub peak: [f32; 2],
    /// Where they come from, and the highest of them.
    pub master: Master,
    /// What each binding says now: a number for a control, 1 or 0 for notes that sound or not.
    pub now: Vec<Option<f32>>,
    /// Where in the score the steps are written that sound now, each once.
    pub sounding: Vec<Span>,
    /// The names of the scenes; the score itself, number 0, is not among them.
    pub scenes: Vec<String>,
    /// Which scene is chosen; 0 is the score itself.
    pub scene: usize,
    /// The share of real time that each node takes, 0…1, measured about once a second.
    pub loads: Vec<Option<f32>>,
    /// Seconds since the last measurement.
    since: f32,
    /// Where macros stand that turn something and that somebody has moved, 0…1.
    pub macros: BTreeMap<u8, f32>,
    /// What the last evaluation printed.
    pub printed: Vec<String>,
    /// The recordings that run.
    pub takes: Vec<TakeFigures>,
    /// What the sound runs on, where this program drives it itself.
    pub sound: Option<SoundFigures>,
    /// Whether something can be taken back, and done again.
    pub reach: (bool, bool),
    /// The nodes that mute and solo let be heard.
    pub audible: HashSet<String>,
    /// The colour of each node's mark.
    pub marks: Vec<Color32>,
    /// The place of each node in the Patch.
    places: HashMap<String, usize>,
    /// What the score says each node's values are, in the order of [`names`], and what hands have made of them.
    said: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
    /// Counts the changes on the desk: draft, positions, findings.
    pub revision: Option<u64>,
    programs: Vec<Program>,
}

impl View {
    /// A view of nothing; the first refresh fills it.
    pub fn new() -> View {
        View {
            generation: None,
            score: String::new(),
            patch: Patch::default(),
            wires: Vec::new(),
            draft: String::new(),
            positions: Positions::new(),
            diagnostics: None,
            message: None,
            status: Status::default(),
            levels: Vec::new(),
            voices: Vec::new(),
            peak: [0.0; 2],
            master: Master::default(),
            now: Vec::new(),
            sounding: Vec::new(),
            scenes: Vec::new(),
            scene: 0,
            loads: Vec::new(),
            since: 0.0,
            macros: BTreeMap::new(),
            printed: Vec::new(),
            takes: Vec::new(),
            sound: None,
            reach: (false, false),
            audible: HashSet::new(),
            marks: Vec::new(),
            places: HashMap::new(),
            said: Vec::new(),
            values: Vec::new(),
            programs: Vec::new(),
            revision: None,
        }
    }

    /// Copies what changed since the last frame, `dt` seconds ago.
    pub fn refresh(&mut self, desk: &Desk, dt: f32) {
        let fall = (-dt / METER_FALL).exp();
        let mut session = desk.session();
        let new = self.generation != Some(session.revision());
        if new {
            self.generation = Some(session.revision());
            self.score = session.score().to_owned();
            self.patch = session.patch().clone();
            self.levels.resize(self.patch.nodes.len(), 0.0);
            self.voices.resize(self.patch.nodes.len(), 0);
            self.said = self.patch.nodes.iter().map(said).collect();
            let names = self.patch.nodes.iter().enumerate();
            self.places = names.map(|(i, node)| (node.name.clone(), i)).collect();
            self.marks = theme::marks(self.patch.nodes.iter().map(|node| node.name.as_str()));
            let audible = self.patch.audible();
            self.audible = audible.into_iter().map(str::to_owned).collect();
            self.scenes = session.scenes().into_iter().map(str::to_owned).collect();
        }
        self.scene = session.scene();
        let turned = self.patch.mappings.iter().filter_map(|m| match m.knob {
            Knob::Macro(index) => Some((index, session.macro_value(index)?)),
            Knob::Controller { .. } => None,
        });
        self.macros = turned.collect();
        self.status = session.status().clone();
        self.master.watch(&mut session);
        if !self.status.connected {
            // No engine tells what rules; then it is what would rule.
            self.status.tempo = session.tempo().bpm();
            self.status.meter = self.patch.meter.unwrap_or_default();
        }
        for (i, node) in self.patch.nodes.iter().enumerate() {
            let [left, right] = session.meter(&node.name);
            self.levels[i] = left.max(right).max(self.levels[i] * fall);
            self.voices[i] = session.sounding_voices(&node.name);
        }
        self.values.clone_from(&self.said);
        for (node, control, value) in session.moved_values() {
            let Some(&i) = self.places.get(node) else {
                continue;
            };
            if let Some(at) = names(&self.patch.nodes[i]).position(|name| name == control) {
                self.values[i][at] = value;
            }
        }
        self.since += dt;
        if self.since > MEASURE_EVERY && self.status.connected && !session.is_measuring() {
            self.since = 0.0;
            if let Some(found) = session.inspect() {
                let load = |node: &Node| found.node(&node.name)?.load;
                self.loads = self.patch.nodes.iter().map(load).collect();
            }
            // Where nothing runs yet there is nothing to measure.
            let _ = session.measure(self.status.rate / 10);
        }
        // What follows has time; the session has not.
        drop(session);

        self.master.refresh(self.status.peak, dt);
        self.peak = self.master.shown();
        if new {
            self.wires = self.patch.wires();
            self.programs = self
                .patch
                .bindings
                .iter()
                .map(|b| Program::seeded(&b.pattern, seed_of(&b.node)))
                .collect();
        }
        self.ask_patterns();

        let revision = desk.revision();
        if self.revision != Some(revision) {
            self.revision = Some(revision);
            self.draft = desk.draft();
            self.positions = desk.positions();
            self.diagnostics = desk.diagnostics();
            self.reach = desk.reach();
            let session = desk.session();
            let lines = session.console().iter();
            self.printed = lines.map(|line| line.text.clone()).collect();
        }
        self.message = desk.message();
        self.sound = desk.sound();
        self.takes = desk.recordings();
    }

    /// The value a control has by hand or score, before patterns and wires; `None` if the node has
    /// no such control.
    pub fn base(&self, node: usize, control: &str) -> Option<f32> {
        let at = names(self.patch.nodes.get(node)?).position(|name| name == control)?;
        self.values.get(node)?.get(at).copied()
    }

    /// What the score says the value of a control is.
    pub fn home(&self, node: usize, control: &str) -> Option<f32> {
        self.patch.nodes.get(node)?.value(control)
    }

    /// Where a control starts when nothing is said.
    pub fn start(&self, node: usize, control: &str) -> Option<f32> {
        let (init, ..) = self.patch.nodes.get(node)?.range(control)?;
        Some(init)
    }

    /// How many of a node's voices sound, as it is shown where it has several: `3 of 8`.
    pub fn voices(&self, node: usize) -> Option<String> {
        let count = self.patch.nodes.get(node)?.count;
        let sound = self.voices.get(node)?;
        (count > 1).then(|| format!("{sound} of {count}"))
    }

    /// What a node costs, as it is shown: `0.4 %`.
    pub fn load(&self, node: usize) -> Option<String> {
        let load = self.loads.get(node).copied().flatten()?;
        Some(format!("{:.1} %", load * 100.0))
    }

    /// The binding that plays a node's notes, or one of its controls.
    pub fn binding(&self, node: &str, control: Option<&str>) -> Option<usize> {
        let found = |b: &Binding| b.node == node && b.control.as_deref() == control;
        self.patch.bindings.iter().position(found)
    }

    /// A binding's pattern, laid out to be asked.
    pub fn program(&self, binding: usize) -> Option<&Program> {
        self.programs.get(binding)
    }

    /// Whether anything moves by itself, so that the picture has to follow.
    pub fn is_alive(&self) -> bool {
        let falling = |level: &f32| *level > 1e-3;
        self.status.playing
            || self.status.connected
            || self.levels.iter().any(falling)
            || self.peak.iter().any(falling)
    }

    /// Patterns are pure functions of time, so the editor can ask them itself what they say now.
    fn ask_patterns(&mut self) {
        self.now.clear();
        self.sounding.clear();
        if !self.status.playing {
            self.now.resize(self.patch.bindings.len(), None);
            return;
        }
        let at = self.status.cycle;
        let audible = &self.audible;
        for (binding, program) in self.patch.bindings.iter().zip(&self.programs) {
            let mut sounds = false;
            program.query(at, at, &mut |event| {
                sounds = true;
                let Value::Atom(atom) = event.value else {
                    return;
                };
                let place = program.atoms()[atom as usize].place.0;
                if let Some((start, end)) = place
                    && audible.contains(binding.node.as_str())
                    && self.sounding.len() < 256
                {
                    self.sounding.push(Span { start, end });
                }
            });
            self.now.push(match binding.control {
                Some(_) => program.sample(at).map(|value| value as f32),
                None => Some(if sounds { 1.0 } else { 0.0 }),
            });
        }
        self.sounding
            .sort_unstable_by_key(|span| (span.start, span.end));
        self.sounding.dedup();
    }
}

/// The names of all values of a node.
fn names(node: &Node) -> impl Iterator<Item = &str> {
    let common = NODE_CONTROLS.iter().map(|control| control.0);
    common.chain(node.controls().iter().map(|control| control.name.as_str()))
}

/// What the score says a node's values are.
fn said(node: &Node) -> Vec<f32> {
    let value = |name| node.value(name).unwrap_or_default();
    names(node).map(value).collect()
}

/// The address of a value, as the session takes it.
pub(crate) fn path(node: &str, control: &str) -> String {
    format!("{node}/{control}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sorl_graph::time::Ratio;

    #[test]
    fn the_steps_that_sound_are_found_in_the_text() {
        let score = "def one():\n    return saw(control(\"freq\", 55, 20, 800)) * control(\"gate\", 0, 0, 1)\n\none_ = node(\"one\", one)\ntwo = node(\"two\", one)\none_ @ \"a2 [d3 e3] ~ c4\"\ntwo @ seq(\"c2\", None)\nthree = node(\"three\", one)\nthree @ rest() + hit()\n";
        let desk = Desk::new(score);
        let mut view = View::new();
        view.refresh(&desk, 0.0);
        assert!(view.sounding.is_empty(), "nothing plays");
        view.status.playing = true;
        let mut at = |num, den| -> Vec<&str> {
            view.status.cycle = Ratio::new(num, den);
            view.ask_patterns();
            let spans = view.sounding.iter();
            spans
                .map(|s| &score[s.start as usize..s.end as usize])
                .collect()
        };
        assert_eq!(at(0, 1), ["a2", "\"c2\""]);
        assert_eq!(at(7, 16), ["e3", "\"c2\""]);
        assert_eq!(at(5, 8), ["hit()"]);
        assert_eq!(at(15, 8), ["c4", "hit()"]);
    }
}
