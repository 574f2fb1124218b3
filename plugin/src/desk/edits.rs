//! Edits of the score by whatever hand, and their one history: evaluating, single statements, gestures, typing, undo.

use std::sync::Arc;

use sorl_graph::When;
use sorl_graph::score::edit::EditError;
use sorl_graph::score::{self, Cancel, Diagnostics};
use sorl_graph::session::{Change, Session};

use super::places::{moved_on, rename_places, renames};
use super::{Desk, Face, lock};
use crate::history::{Held, History, Kind};

impl Desk {
    /// Evaluates a whole score and, if it is without error, sends it to the engine at once. The
    /// text becomes the draft either way, so that nothing typed is lost.
    pub fn evaluate(&self, text: &str) -> Result<(), Arc<Diagnostics>> {
        self.evaluate_at(text, When::Now)
    }

    /// Like [`Desk::evaluate`], taking effect at `when`.
    pub fn evaluate_at(&self, text: &str, when: When) -> Result<(), Arc<Diagnostics>> {
        self.take_up(text, |session, text| session.evaluate(text, when))
    }

    /// Gives a text to the session in one way or another; it becomes the draft.
    pub(super) fn take_up(
        &self,
        text: &str,
        how: impl FnOnce(&mut Session, &str) -> Result<(), Diagnostics>,
    ) -> Result<(), Arc<Diagnostics>> {
        let mut session = self.session();
        let before = session.patch().clone();
        let held = hold(&session, &lock(&self.face));
        let outcome = how(&mut session, text).map_err(Arc::new);
        let mut face = lock(&self.face);
        face.draft = text.into();
        face.diagnostics = outcome.as_ref().err().cloned();
        face.message = None;
        let positions = moved_on(&before, session.patch(), &face.positions);
        positions.into_iter().for_each(|p| face.positions = p);
        let after = hold(&session, &face);
        face.history.note(held, &after, Kind::Evaluation);
        self.touch();
        outcome
    }

    /// Puts one statement (or a few) into the last good score and evaluates that ([`Session::run`]): it acts again if
    /// it acts. What was typed in the score pane since then is kept, with the statement in it where that can be.
    pub fn run(&self, statement: &str, when: When) -> Result<(), Arc<Diagnostics>> {
        let mut session = self.session();
        let old = session.score().to_owned();
        let held = hold(&session, &lock(&self.face));
        session.run(statement, when).map_err(Arc::new)?;
        let mut face = lock(&self.face);
        if *face.draft == *old {
            face.draft = session.score().into();
            face.diagnostics = None;
        } else if !face.draft.contains(statement.trim()) {
            let edits = score::edit::Edits::between(&old, session.score());
            match edits.carried(&old, &face.draft) {
                Some(edits) => face.draft = edits.apply(&face.draft).into(),
                None => {
                    if let Ok(draft) = score::edit::put(&face.draft, statement) {
                        face.draft = draft.into();
                    }
                }
            }
        }
        face.message = None;
        let after = hold(&session, &face);
        face.history.note(held, &after, Kind::Single);
        self.touch();
        Ok(())
    }

    /// Writes what a hand did into the score, as one step, and makes it heard at once. What is being written in the
    /// score pane and does not sound yet stays, and gets it too.
    ///
    /// # Errors
    /// [`EditError`]: no edit of the score says it, or the place is just being written at. Then nothing has changed,
    /// and the editor says why.
    pub fn change(&self, changes: &[Change]) -> Result<(), EditError> {
        self.change_as(changes, &[], Kind::Single)
    }

    /// Like [`Desk::change`], with the places of nodes on the canvas that belong to it.
    pub(crate) fn change_as(
        &self,
        changes: &[Change],
        places: &[(String, [f32; 2])],
        kind: Kind,
    ) -> Result<(), EditError> {
        let mut session = self.session();
        let mut face = lock(&self.face);
        let held = hold(&session, &face);
        let before = session.patch().clone();
        let outcome = rewrite(&mut session, &face.draft, changes);
        let outcome = outcome.map(|draft| {
            face.draft = draft.into();
            face.diagnostics = None;
            face.message = None;
            let positions = Arc::make_mut(&mut face.positions);
            for change in changes {
                for (old, new) in renames(change) {
                    rename_places(positions, &old, &new);
                }
            }
            // Those that were renamed along with them: the same module, put in elsewhere.
            let along = moved_on(&before, session.patch(), positions);
            along.into_iter().for_each(|p| face.positions = p);
            let positions = Arc::make_mut(&mut face.positions);
            positions.extend(places.iter().cloned());
        });
        if let Err(error) = &outcome {
            face.message = Some(error.to_string());
        }
        let after = hold(&session, &face);
        face.history.note(held, &after, kind);
        self.touch();
        outcome
    }

    /// Takes the last step back, whatever it was; says whether there was one.
    pub fn undo(&self) -> bool {
        self.step(History::undo)
    }

    /// Does again what was taken back last; says whether there was something.
    pub fn redo(&self) -> bool {
        self.step(History::redo)
    }

    /// Whether there is something to take back, and something to do again.
    pub fn reach(&self) -> (bool, bool) {
        lock(&self.face).history.reach()
    }

    /// What is typed or turned next is a step of its own.
    pub fn pause(&self) {
        lock(&self.face).history.pause();
    }

    fn step(&self, way: impl FnOnce(&mut History, Held) -> Option<Held>) -> bool {
        let mut session = self.session();
        let mut face = lock(&self.face);
        let now = hold(&session, &face);
        let Some(held) = way(&mut face.history, now) else {
            return false;
        };
        if *held.score != *session.score()
            && let Err(why) = session.retake(&held.score, When::Now)
        {
            // It sounded before; only sounds that have vanished from the disk can keep it from it.
            face.message = Some(why.to_string());
        }
        face.draft = held.draft;
        face.positions = held.positions;
        face.diagnostics = None;
        self.touch();
        true
    }

    /// The text of the score pane: the last evaluated score, or what was typed since.
    pub fn draft(&self) -> String {
        lock(&self.face).draft.to_string()
    }

    /// Keeps `text` as the draft without evaluating it.
    pub fn set_draft(&self, text: &str) {
        let session = self.session();
        let mut face = lock(&self.face);
        if *face.draft != *text {
            let held = hold(&session, &face);
            face.draft = text.into();
            let after = hold(&session, &face);
            face.history.note(held, &after, Kind::Typing);
            self.touch();
        }
    }
}

/// What desk and session hold now.
pub(super) fn hold(session: &Session, face: &Face) -> Held {
    let draft = Arc::clone(&face.draft);
    Held {
        // Most often both are the same text, and are kept once.
        score: if *draft == *session.score() {
            Arc::clone(&draft)
        } else {
            session.score().into()
        },
        draft,
        positions: Arc::clone(&face.positions),
    }
}

/// Writes changes into the score and makes them heard; gives the draft with the same changes.
fn rewrite(session: &mut Session, draft: &str, changes: &[Change]) -> Result<String, EditError> {
    let mut text = session.score().to_owned();
    // None as soon as a change falls into what is just being written.
    let mut carried = Some(draft.to_owned());
    for change in changes {
        let edits = change.edits(&text, session.units())?;
        carried = carried.and_then(|draft| Some(edits.carried(&text, &draft)?.apply(&draft)));
        text = edits.apply(&text);
    }
    let draft = match carried {
        Some(draft) => draft,
        None => {
            // Then it must be said in that text by itself, which may have a mistake.
            let mut written = draft.to_owned();
            for change in changes {
                let edits = change.edits(&written, session.units())?;
                written = edits.apply(&written);
            }
            let check = score::evaluate_with(&written, session.units(), &Cancel::new());
            check.patch?;
            written
        }
    };
    session.retake(&text, When::Now)?;
    Ok(draft)
}
