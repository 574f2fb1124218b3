//! What has a place in the song on the control side: scenes that are recalled at a bar, and patterns that count from
//! the bar in which they came in.
//!
//! The engine knows nothing of scenes: the Patch with one laid over it is compiled [`LEAD`] ahead of its bar, and
//! adopted at the very frame.

use super::stage::Place;
use super::{LEAD, Session};
use crate::message::Moment;
use crate::patch::{Binding, Deed, Patch};
use crate::plan::When;
use crate::time::{Bars, Beats, Ratio};
use std::collections::BTreeMap;

/// What a binding plays, as a path.
fn path(binding: &Binding) -> String {
    match &binding.control {
        Some(control) => format!("{}/{control}", binding.node),
        None => binding.node.clone(),
    }
}

/// The bindings of a Patch that count from where they came in.
fn counted(patch: &Patch) -> impl Iterator<Item = &Binding> {
    let all = patch.bindings.iter().chain(&patch.outgoing);
    all.filter(|b| b.from_zero)
}

impl Session {
    /// The bars as the song has them now: the host's metre, or the score's.
    fn bars_now(&self) -> Bars {
        if self.status.hosted {
            Bars::steady(self.status.meter)
        } else {
            self.patch.bars()
        }
    }

    /// The bar in which a moment lies, by what the engine told last.
    fn bar_of(&self, moment: Moment) -> i64 {
        let (bars, beat) = (self.bars_now(), Beats::from_f64(self.status.beat));
        match moment.when {
            When::NextBar if self.running().is_some() => bars.cycle_of(beat).ceil(),
            When::NextBeat if self.running().is_some() => {
                bars.bar_of(Beats::whole(self.status.beat.ceil() as i64))
            }
            When::Beat(beat) => bars.bar_of(beat),
            When::AfterBeats(beats) => bars.bar_of(beat + beats),
            _ => bars.bar_of(beat),
        }
    }

    /// Patterns that count from where they come in are told from where: one that is there already goes on counting.
    pub(super) fn count_from_zero(&self, patch: &mut Patch, when: Moment) {
        if counted(patch).next().is_none() {
            return;
        }
        let here = self.bar_of(when);
        let known: Vec<&Binding> = counted(&self.patch).collect();
        let all = patch.bindings.iter_mut().chain(&mut patch.outgoing);
        for binding in all.filter(|b| b.from_zero) {
            let same = |old: &&&Binding| {
                (&old.node, &old.control, &old.pattern)
                    == (&binding.node, &binding.control, &binding.pattern)
            };
            binding.zero = match known.iter().find(same) {
                Some(old) => old.zero,
                None => *self.saved_zeros().get(&path(binding)).unwrap_or(&here),
            };
        }
    }

    /// From which bars patterns count, to be saved.
    pub(super) fn zeros(&self) -> BTreeMap<String, i64> {
        counted(&self.patch).map(|b| (path(b), b.zero)).collect()
    }

    /// Chooses the scene that has its place where the song is, shortly before it gets there.
    pub(super) fn run_places(&mut self) {
        let acts = self.said().acts.iter();
        let mut places: Vec<Place> = acts
            .filter_map(|act| match (&act.deed, act.at) {
                (Deed::Recall { scene, bars, .. }, Some(at)) => Some(Place {
                    at,
                    scene: Some(scene.clone()).filter(|name| !name.is_empty()),
                    bars: *bars,
                }),
                _ => None,
            })
            .collect();
        if places.is_empty() {
            self.stage.place = None;
            return;
        }
        let Some((beat, tempo)) = self.running() else {
            return;
        };
        places.sort_by_key(|place| place.at);
        let bars = self.bars_now();
        let cycle = |beat: f64| bars.cycle_of(Beats::from_f64(beat));
        let (now, soon) = (cycle(beat), cycle(beat + LEAD * tempo));
        let due = places.iter().rfind(|place| place.at <= soon);
        if due == self.stage.place.as_ref() {
            return;
        }
        let before = match self.stage.place {
            None => self.chosen().map(str::to_owned),
            Some(_) => self.stage.before.clone(),
        };
        let (scene, length, moment) = match due {
            Some(place) => (
                place.scene.clone(),
                place.bars,
                if place.at > now {
                    When::Beat(bars.beat_of_cycle(place.at))
                } else {
                    When::Now
                },
            ),
            None => (before.clone(), Ratio::ZERO, When::Now),
        };
        let said = self.said().clone();
        let due = due.cloned();
        match self.switch(said, scene, Some(length), &[], moment.into()) {
            Ok(()) => (self.stage.place, self.stage.before) = (due, before),
            Err(error) => {
                // What cannot be compiled now cannot be later.
                self.stage.place = due;
                self.status.tell(format!("a scene is left out: {error}"));
            }
        }
    }
}
