//! What is wanted becomes changes of the score, or words to the session: the views' edits, applied after a frame is drawn.

use sorl_graph::patch::Target;
use sorl_graph::score::edit::Gesture;
use sorl_graph::session::Change;
use sorl_graph::time::Ratio;
use sorl_graph::{NoteEvent, When};

use super::edit::{Edit, Then};
use super::files::Files;
use super::ops::Operations;
use super::picker::Picker;
use super::scope::Scope;
use super::stock::Entry;
use super::{Editor, PAUSE, audition, make};
use crate::history::Kind;

impl Editor {
    /// Makes a node and does with it what it was wanted for, as one step.
    pub(super) fn add(&mut self, entry: &Entry, at: Option<[f32; 2]>, then: &Then) {
        let patch = &self.view.patch;
        let at_path = self.canvas.at().to_owned();
        let score = &self.view.score;
        let said = entry.said(score, self.desk.session().units());
        let (name, mut changes) = make::add(entry, said, patch, score, &at_path);
        match then {
            Then::From(from) if entry.has_input => {
                let to = Target::Input {
                    node: name.clone(),
                    port: 0,
                };
                changes.push(make::connect(patch, from, &to, false));
            }
            Then::Within(from, to) if entry.has_input => {
                let mut wires = self.view.wires.iter();
                if let Some(wire) = wires.find(|w| w.from == *from && w.to == *to) {
                    changes.extend(make::insert(patch, &name, wire));
                }
            }
            _ => {}
        }
        let places: Vec<_> = at.map(|at| (name.clone(), at)).into_iter().collect();
        let changes = self.housed(changes);
        if self.desk.change_as(&changes, &places, Kind::Single).is_ok() {
            self.canvas.selection().only(&name);
        }
    }

    /// What an entry of the library sounds like, beside what plays.
    pub(super) fn hear(&self, entry: &Entry) {
        let mut session = self.desk.session();
        if !session.status().connected {
            drop(session);
            return self
                .desk
                .say("nothing can be heard yet: no sound runs here");
        }
        let tried = audition::patch(entry, &self.view.score, session.units());
        let (held, rings) = audition::LENGTH;
        let outcome = match tried {
            Ok(patch) => session
                .audition(&patch, held, rings)
                .map_err(|why| why.to_string()),
            Err(why) => Err(why.to_string()),
        };
        drop(session);
        if let Err(why) = outcome {
            self.desk
                .say(&format!("{} cannot be tried by itself: {why}", entry.name));
        }
    }

    /// Does what was wanted.
    pub(super) fn apply(&mut self, edit: Edit, now: f64) {
        let small = matches!(edit, Edit::Draft(_) | Edit::Value { .. });
        if small && now - std::mem::replace(&mut self.edited, now) > PAUSE {
            self.desk.pause();
        }
        // What goes wrong in a change is kept by the desk, and shown.
        match edit {
            Edit::Evaluate => self.evaluate = true,
            Edit::Draft(text) => self.desk.set_draft(&text),
            Edit::Run(statement) => {
                if let Err(why) = self.desk.run(&statement, When::Now) {
                    self.desk.say(&why.to_string());
                }
            }
            Edit::Place(places) => self.desk.place_all(&places),
            Edit::Change(changes, places) => {
                let changes = self.housed(changes);
                let _ = self.desk.change_as(&changes, &places, Kind::Single);
            }
            Edit::Set { path, value } => {
                // A control that vanished under the hand is no fault of the hand's.
                let _ = self.desk.session().set(&path, value);
            }
            Edit::Value { path, value } => self.set_value(path, value),
            Edit::Tempo(bpm) => {
                let tempo = make::gesture(Gesture::Tempo(bpm));
                let _ = self
                    .desk
                    .change_as(&[tempo], &[], Kind::Value("tempo".to_owned()));
            }
            Edit::Meter(meter) => {
                let meter = make::gesture(Gesture::Meter(meter));
                let _ = self
                    .desk
                    .change_as(&[meter], &[], Kind::Value("meter".to_owned()));
            }
            Edit::Record => {
                let score = self.files.as_ref().and_then(Files::path);
                self.recorder.turn(&self.desk, score);
            }
            Edit::Macro(index, value) => drop(self.desk.session().set_macro(index, value)),
            Edit::Recall(scene) => {
                let recalled = self
                    .desk
                    .session()
                    .recall(scene, Ratio::ZERO, When::NextBar);
                if let Err(why) = recalled {
                    self.desk.say(&why.to_string());
                }
            }
            Edit::Panic => {
                let mut session = self.desk.session();
                session.note(NoteEvent::AllOff);
                session.stop();
            }
            Edit::Note(event) => self.desk.session().note(event),
            Edit::Open(path) => {
                self.operations = None;
                self.canvas.open(&path);
            }
            Edit::Learn(mapping) => self.learn.toggle(mapping, &self.view),
            Edit::Operations(node) => self.operations = Some(Operations::new(&node)),
            Edit::Scope(node) => match &mut self.scope {
                Some(scope) => scope.watch(&node),
                None => self.scope = Some(Scope::new(&node)),
            },
            Edit::Choose(wanted) => self.picker = Some(Picker::new(wanted)),
            Edit::Undo => drop(self.desk.undo()),
            Edit::Redo => drop(self.desk.redo()),
            Edit::Play => self.desk.session().play(),
            Edit::Stop => self.desk.session().stop(),
            Edit::Rewind => self.desk.session().rewind(),
            Edit::ForgetPeak => self.view.master.forget(),
            Edit::Dismiss => self.desk.dismiss_message(),
            Edit::Say(message) => self.desk.say(&message),
        }
    }

    /// What is done to the nodes of the module that is open is done to the module.
    fn housed(&self, changes: Vec<Change>) -> Vec<Change> {
        let (patch, at) = (&self.view.patch, self.canvas.at());
        let housed = |change| make::housed(patch, at, change);
        changes.into_iter().map(housed).collect()
    }

    /// A value is written into the score; where no edit says it, the hand's value stays until the
    /// score is evaluated anew.
    fn set_value(&self, path: String, value: f32) {
        let Some((node, control)) = path.rsplit_once('/') else {
            return;
        };
        let set = make::gesture(Gesture::Set {
            node: node.to_owned(),
            control: control.to_owned(),
            value,
        });
        let _ = self.desk.session().set(&path, value);
        let set = self.housed(vec![set]);
        let _ = self.desk.change_as(&set, &[], Kind::Value(path));
    }
}
