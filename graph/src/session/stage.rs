//! What a score does besides describing: the ledger of its acts, the chosen scene, knobs from outside.

use super::{Session, SetError};
use crate::compile::{Begin, CompileError, Hand};
use crate::message::Command;
use crate::message::Moment;
use crate::patch::{Act, Deed, Patch, Scene, Soon};
use crate::plan::When;
use crate::score::Diagnostics;
use crate::signal::Knob;
use crate::time::{Curve, Ratio};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An act by what it is known by: its text and which of the equal ones it is.
type Key = (String, u32);

/// What acts have done, and what hands have chosen.
#[derive(Debug, Default)]
pub(super) struct Stage {
    /// The acts of the score that have run.
    ran: BTreeSet<Key>,
    /// The scene that is laid over the score.
    scene: Option<String>,
    /// What the score says without that scene; none if there is none.
    said: Option<Patch>,
    /// Fades that wait for an engine.
    begins: Vec<Begin>,
    /// Where macros were moved to.
    macros: BTreeMap<u8, f32>,
    /// Which recall with a place in the song was the last, and the scene that was chosen before the first.
    pub(super) place: Option<Place>,
    pub(super) before: Option<String>,
    /// The bars from which patterns of a saved project count.
    zeros: BTreeMap<String, i64>,
}

/// A recall with a place in the song.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub at: Ratio,
    pub scene: Option<String>,
    pub bars: Ratio,
}

/// What a session holds beside its score, to be saved with a project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The acts that have run, by text and occurrence: they do not run again.
    pub ledger: Vec<(String, u32)>,
    /// The scene that is chosen; none is the score itself.
    pub scene: Option<String>,
    /// Values that hands, fades and knobs have left, by path.
    pub values: BTreeMap<String, f32>,
    /// Where macros stand that somebody moved, 0…1.
    pub macros: BTreeMap<u8, f32>,
    /// The bars that are cycle 0 of patterns which count from where they came in, by the path they play.
    pub zeros: BTreeMap<String, i64>,
}

/// Why a scene could not be chosen.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RecallError {
    /// No scene of that name or number.
    #[error("there is no scene `{0}`")]
    NoScene(String),
    /// What it would play cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
}

impl Stage {
    /// The fades that begin with the next Plan.
    pub(super) fn take_begins(&mut self) -> Vec<Begin> {
        std::mem::take(&mut self.begins)
    }
}

impl Session {
    /// Takes over what a score or a program says: runs the acts that are new or asked for, lays the chosen scene
    /// over it, and sends the difference. On an error nothing has changed.
    pub(super) fn take(
        &mut self,
        said: Patch,
        asked: Option<&str>,
        when: Moment,
    ) -> Result<(), CompileError> {
        let new: Vec<Act> = said
            .acts
            .iter()
            .filter(|act| act.at.is_none())
            .filter(|act| {
                asked.is_some_and(|text| text.contains(&*act.text))
                    || !self.stage.ran.contains(&key(act))
            })
            .cloned()
            .collect();
        let mut scene = self.stage.scene.clone();
        let (mut recalled, mut later) = (None, None);
        for act in &new {
            let Deed::Recall {
                scene: name,
                bars,
                soon,
            } = &act.deed
            else {
                continue;
            };
            let name = Some(name.clone()).filter(|name| !name.is_empty());
            match soon {
                None => {
                    (scene, recalled, later) = (name, Some(*bars), None);
                }
                Some(Soon::Beat) => later = Some((name, *bars, When::NextBeat)),
                Some(Soon::Bar) => later = Some((name, *bars, When::NextBar)),
            }
        }
        // Every act that is there has run now, or runs at its place in the song.
        let ran = said.acts.iter().map(key).collect();
        self.switch(said, scene, recalled, &new, when)?;
        self.stage.ran = ran;
        if let Some((scene, bars, when)) = later {
            let said = self.said().clone();
            self.switch(said, scene, Some(bars), &[], when.into())?;
        }
        Ok(())
    }

    /// Lays a scene over what is said, with fades where they are wanted, and sends it.
    pub(super) fn switch(
        &mut self,
        said: Patch,
        scene: Option<String>,
        recalled: Option<Ratio>,
        acts: &[Act],
        when: Moment,
    ) -> Result<(), CompileError> {
        let scene = scene.filter(|name| said.scene(name).is_some());
        let over = scene.as_deref().and_then(|name| said.scene(name));
        let (mut shown, said) = match over {
            Some(scene) => (said.with_scene(scene), Some(said)),
            None => (said, None),
        };
        self.count_from_zero(&mut shown, when);
        let mut begins = Vec::new();
        let mut left = Hand::new();
        for act in acts {
            let Deed::Fade {
                node,
                control,
                to,
                bars,
                curve,
            } = &act.deed
            else {
                continue;
            };
            let path = (node.clone(), control.clone());
            let stated = shown.node(node).and_then(|n| n.value(control));
            let from = left
                .get(&path)
                .copied()
                .or(self.value(node, control))
                .or(stated);
            begins.push(Begin {
                node: node.clone(),
                control: control.clone(),
                from: from.unwrap_or(*to),
                to: *to,
                bars: *bars,
                curve: *curve,
            });
            left.insert(path, *to);
        }
        if let Some(bars) = recalled {
            let bare = said.as_ref().unwrap_or(&shown);
            begins.extend(self.ways(bare, &shown, bars));
        }
        self.replace(shown, recalled.is_some(), begins, left, when)?;
        (self.stage.scene, self.stage.said) = (scene, said);
        Ok(())
    }

    /// A fade for every value that a scene changes, from what is heard or, where nothing is yet, from what is said.
    fn ways(&self, said: &Patch, shown: &Patch, bars: Ratio) -> Vec<Begin> {
        let mut ways = Vec::new();
        for node in &shown.nodes {
            for (control, to) in &node.values {
                let heard = self.value(&node.name, control);
                let from = heard.or_else(|| said.node(&node.name)?.value(control));
                if let Some(from) = from.filter(|from| from != to && bars > Ratio::ZERO) {
                    ways.push(Begin {
                        node: node.name.clone(),
                        control: control.clone(),
                        from,
                        to: *to,
                        bars,
                        curve: Curve::Linear,
                    });
                }
            }
        }
        ways
    }

    /// Puts what is shown in the place of what was, and sends it.
    fn replace(
        &mut self,
        shown: Patch,
        recalled: bool,
        begins: Vec<Begin>,
        left: Hand,
        when: Moment,
    ) -> Result<(), CompileError> {
        let before = std::mem::replace(&mut self.patch, shown);
        let hand = self.hand.clone();
        let after = &self.patch;
        // A value that a hand moved stays until its statement changes or its control is gone. A scene that is
        // chosen says its values anew.
        self.hand.retain(
            |(node, control), _| match (before.node(node), after.node(node)) {
                (Some(old), Some(new)) => {
                    let stays = !(recalled && new.values.contains_key(control));
                    stays && old.value(control) == new.value(control)
                }
                _ => false,
            },
        );
        self.hand.extend(left);
        let waiting = self.stage.begins.len();
        self.stage.begins.extend(begins);
        if let Err(error) = self.send_patch(when) {
            (self.patch, self.hand) = (before, hand);
            self.stage.begins.truncate(waiting);
            return Err(error);
        }
        self.revision += 1;
        // A problem that is still there is told again.
        self.status.forget_problems();
        Ok(())
    }

    /// The acts of a Patch count as run.
    pub(super) fn have_run(&mut self, patch: &Patch) {
        self.stage.ran.extend(patch.acts.iter().map(key));
    }

    /// The name of the scene that is chosen, if it is not the score itself.
    pub(super) fn chosen(&self) -> Option<&str> {
        self.stage.scene.as_deref()
    }

    /// What the score says, without a scene.
    pub fn said(&self) -> &Patch {
        self.stage.said.as_ref().unwrap_or(&self.patch)
    }

    /// The names of the scenes, in the order in which the score saves them. The score itself, which is the first
    /// scene, is not among them.
    pub fn scenes(&self) -> Vec<&str> {
        self.said().scenes.iter().map(|s| &*s.name).collect()
    }

    /// The bars from which patterns of a saved project count, by path.
    pub(super) fn saved_zeros(&self) -> &BTreeMap<String, i64> {
        &self.stage.zeros
    }

    /// Which scene is chosen: 0 is the score itself.
    pub fn scene(&self) -> usize {
        let chosen = self.stage.scene.as_deref();
        let place = |name| self.said().scenes.iter().position(|s| s.name == name);
        chosen.and_then(place).map_or(0, |i| i + 1)
    }

    /// Chooses a scene by its number (0 is the score itself), its values on their way for so many bars.
    ///
    /// # Errors
    /// [`RecallError`]; then nothing has changed.
    pub fn recall(
        &mut self,
        scene: usize,
        bars: Ratio,
        when: impl Into<Moment>,
    ) -> Result<(), RecallError> {
        let name = match scene.checked_sub(1) {
            None => None,
            Some(i) => {
                let found = self.said().scenes.get(i);
                let found = found.ok_or_else(|| RecallError::NoScene(scene.to_string()))?;
                Some(found.name.clone())
            }
        };
        let said = self.said().clone();
        Ok(self.switch(said, name, Some(bars), &[], when.into())?)
    }

    /// What is heard now as a scene: the score's state with all that hands, fades and knobs have left.
    pub fn capture(&self, name: &str) -> Scene {
        let mut scene = self.patch.capture(name, Default::default());
        for ((node, control), value) in &self.hand {
            if let Some(node) = scene.nodes.get_mut(node) {
                node.values.insert(control.clone(), *value);
            }
        }
        scene
    }

    /// A macro is moved, 0…1: what the score maps it to follows, smoothed. One that is not mapped does nothing but
    /// remember. Whatever it moves stays until a statement for it changes.
    ///
    /// # Errors
    /// [`SetError::Path`] for a number that is not 1…64, [`SetError::Range`] for a value outside of 0…1.
    pub fn set_macro(&mut self, index: u8, value: f32) -> Result<(), SetError> {
        if !(1..=Knob::MACROS).contains(&index) {
            return Err(SetError::Path(format!("macro {index}")));
        }
        if !(0.0..=1.0).contains(&value) {
            return Err(SetError::Range {
                path: format!("macro {index}"),
                value,
                lo: 0.0,
                hi: 1.0,
            });
        }
        self.stage.macros.insert(index, value);
        self.turn_knob(Knob::Macro(index), value);
        Ok(())
    }

    /// Where a macro stands, if somebody has moved it.
    pub fn macro_value(&self, index: u8) -> Option<f32> {
        self.stage.macros.get(&index).copied()
    }

    /// A MIDI controller moves, 0…1: what the score maps it to follows, smoothed.
    pub fn control_change(&mut self, channel: u8, cc: u8, value: f32) {
        let channel = Some(channel);
        self.turn_knob(Knob::Controller { cc, channel }, value.clamp(0.0, 1.0));
    }

    fn turn_knob(&mut self, knob: Knob, value: f32) {
        let mapped = self.patch.mappings.iter().filter(|m| m.knob.is(knob));
        let moves: Vec<(String, String, f32)> = mapped
            .filter_map(|m| {
                let (_, lo, hi) = self.patch.node(&m.node)?.range(&m.control)?;
                Some((
                    m.node.clone(),
                    m.control.clone(),
                    m.value(value).clamp(lo, hi),
                ))
            })
            .collect();
        for (node, control, value) in moves {
            self.move_to(&node, &control, value);
        }
    }

    /// The engine turned a control, as a knob told it to.
    pub(super) fn note_turned(&mut self, node: &str, control: &str, value: f32) {
        let path = (node.to_owned(), control.to_owned());
        self.hand.insert(path, value);
    }

    /// What is to be saved beside the score.
    pub fn state(&self) -> State {
        let values = self.hand.iter();
        State {
            ledger: self.stage.ran.iter().cloned().collect(),
            scene: self.stage.scene.clone(),
            values: values
                .map(|((node, control), value)| (format!("{node}/{control}"), *value))
                .collect(),
            macros: self.stage.macros.clone(),
            zeros: self.zeros(),
        }
    }

    /// Takes up a saved project: the score with all that was left. Acts that have run do not run again; a value
    /// whose control is no longer there is left out.
    ///
    /// # Errors
    /// What is wrong with the score; then nothing has changed.
    pub fn restore(
        &mut self,
        text: &str,
        state: &State,
        when: impl Into<Moment>,
    ) -> Result<(), Diagnostics> {
        let ran = state.ledger.iter().cloned().collect();
        let ran = std::mem::replace(&mut self.stage.ran, ran);
        self.stage.zeros = state.zeros.clone();
        let scene = std::mem::replace(&mut self.stage.scene, state.scene.clone());
        if let Err(why) = self.evaluate(text, when) {
            (self.stage.ran, self.stage.scene) = (ran, scene);
            self.stage.zeros.clear();
            return Err(why);
        }
        self.stage.macros = state.macros.clone();
        self.stage.zeros.clear();
        for (path, value) in &state.values {
            // What the score no longer has is no loss.
            let _ = self.set(path, *value);
        }
        Ok(())
    }

    /// A base moves by a hand, of whatever kind: kept, and sent.
    pub(super) fn move_to(&mut self, node: &str, control: &str, value: f32) {
        let path = (node.to_owned(), control.to_owned());
        let first = self.hand.insert(path, value).is_none();
        let centred = self
            .patch
            .node(node)
            .and_then(|n| n.value(crate::patch::PAN))
            == Some(0.0);
        if control == crate::patch::PAN && first && centred {
            // The node was mono: the Plan must make it stereo. What compiled before compiles again.
            let sent = self.send_patch(When::Now);
            debug_assert!(sent.is_ok(), "{sent:?}");
        }
        let live = self.live.as_ref();
        if let Some((id, slot, control)) = live.and_then(|l| l.compiler.find(node, control)) {
            self.command(Command::Set {
                id,
                slot,
                control,
                value,
            });
        }
    }
}

fn key(act: &Act) -> Key {
    (act.text.clone(), act.occurrence)
}
