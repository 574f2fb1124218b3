//! The desk and the project it belongs to: saving, restoring, presets, and what is told to host and log.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use sorl_graph::When;
use sorl_graph::score::Diagnostics;
use sorl_graph::session::State;

use super::bell::{Listener, Teller, Word};
use super::{Desk, PANIC_MESSAGE, lock};
use crate::log;
use crate::presets::Preset;
use crate::sounds;
use crate::state::{Document, StateError};

impl Desk {
    /// The document as it would be saved now. Reads the sound files that are new in it.
    pub fn document(&self) -> Document {
        let (document, in_use, folders, all, mut saver) = {
            let session = self.session();
            let mut face = lock(&self.face);
            let library = session.sounds();
            let document = Document {
                session: session.state(),
                ..Document::new(session.score(), &face.draft, &face.positions)
            };
            // A score that could not be loaded needs its sounds when it is mended.
            let all = face.diagnostics.is_some();
            let in_use = library.in_use(&session.patch().sounds());
            let saver = std::mem::take(&mut face.saver);
            (document, in_use, library.folders(), all, saver)
        };
        let sounds = saver.save(&in_use, &folders, all);
        lock(&self.face).saver = saver;
        Document { sounds, ..document }
    }

    /// The document for the host to save; from here on nothing counts as changed.
    pub fn save(&self) -> Document {
        self.settle();
        self.document()
    }

    /// Takes over a saved document with the sounds that it brings. If its score has an error the sound stays as it
    /// was, the text is kept as the draft and the diagnostics are kept for the editor.
    ///
    /// # Errors
    /// [`Diagnostics`] of the score.
    pub fn restore(&self, document: Document) -> Result<(), Arc<Diagnostics>> {
        let library = self.session().sounds().clone();
        let (kept, missing) = sounds::brought(&document.sounds, &library.folders());
        let before = library.keep(kept);
        let outcome = self.take_up(&document.score, |session, score| {
            session.restore(score, &document.session, When::Now)
        });
        if let Err(diagnostics) = &outcome {
            // What sounds is still the old score.
            library.keep(before);
            log::line(format_args!("a saved score was refused: {diagnostics}"));
        }
        for sentence in &missing {
            log::line(format_args!("{sentence}"));
        }
        {
            let mut face = lock(&self.face);
            face.positions = Arc::new(document.positions);
            face.history.clear();
            face.saver.remember(&document.sounds);
            let told = match (&outcome, document.draft) {
                (Ok(()), Some(draft)) => {
                    face.draft = draft.into();
                    None
                }
                (Ok(()), None) => None,
                (Err(_), _) => Some(
                    "The saved score has an error; what sounded before goes on. Its text is in \
                     the score pane.",
                ),
            };
            let told: Vec<&str> = told
                .into_iter()
                .chain(missing.iter().map(|m| &**m))
                .collect();
            face.message = (!told.is_empty()).then(|| told.join(" "));
        }
        self.touch();
        self.settle();
        outcome
    }

    /// Takes up a preset, as it is when it is fresh: an edit like any other, which can be undone. The project's own
    /// sounds stay, since the step back may want them.
    ///
    /// # Errors
    /// [`Diagnostics`] where its score is wrong; the sound stays as it was.
    pub fn load_preset(&self, preset: &Preset) -> Result<(), Arc<Diagnostics>> {
        let outcome = self.take_up(&preset.text, |session, score| {
            session.restore(score, &State::default(), When::Now)
        });
        self.tell_host();
        outcome
    }

    /// Notes that a saved state was refused; sound, draft and positions stay as they were.
    pub fn refuse(&self, error: &StateError) {
        log::line(format_args!("a state was refused: {error}"));
        self.say(&error.to_string());
    }

    /// Has `listener` called for the first change after each save.
    pub(crate) fn listen(&self, listener: Listener) {
        self.bell.listen(Some(listener));
    }

    /// Nobody listens from here on.
    pub(crate) fn stop_listening(&self) {
        self.bell.listen(None);
    }

    /// Has the host told by `teller`, which says whether it took note; nobody tells it, if there is none.
    pub(crate) fn tell_by(&self, teller: Option<Teller>) {
        self.bell.tell_by(teller);
    }

    /// Tells the host at once, where somebody can; whether it took note. No lock of the desk may be held.
    pub(crate) fn tell(&self, word: Word) -> bool {
        self.bell.tell(word)
    }

    /// Whether somebody is called for changes.
    pub(crate) fn is_listened_to(&self) -> bool {
        self.bell.is_heard()
    }

    /// Calls who listens, if there was a change. No lock of the desk may be held: the listener is foreign code.
    pub(crate) fn tell_host(&self) {
        self.bell.ring();
    }

    /// Whether there is a change that the host was not told of; from here on it counts as told.
    pub(crate) fn take_news(&self) -> bool {
        self.bell.take_news()
    }

    /// What is there is what is saved.
    pub(super) fn settle(&self) {
        self.changed.store(false, Ordering::Release);
        self.bell.still();
    }

    /// Writes into the log what the sound has to report, once each; `told` is what was written before.
    pub(crate) fn log_faults(&self, told: &mut Vec<String>) {
        if self.panicked.load(Ordering::Relaxed) {
            if !told.iter().any(|one| one == PANIC_MESSAGE) {
                told.push(PANIC_MESSAGE.to_owned());
                log::told_of_panic();
            }
            return;
        }
        let problems = self.session().status().problems.clone();
        if problems != *told {
            for problem in problems.iter().filter(|problem| !told.contains(problem)) {
                log::line(format_args!("{problem}"));
            }
            *told = problems;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    const SCORE: &str = "def one():\n    return sine_osc(440)\n\no = node(\"one\", one)\n";
    const WRONG: &str = "o = nod(\"one\", one)\n";

    #[test]
    fn the_first_change_after_each_save_is_told_and_the_listener_may_use_the_desk() {
        let desk = Desk::new(SCORE);
        let rung = Arc::new(AtomicU64::new(0));
        let (bell, weak) = (Arc::clone(&rung), Arc::downgrade(&desk));
        desk.listen(Box::new(move || {
            bell.fetch_add(1, Ordering::Relaxed);
            // Would wait for ever if a lock were held here.
            let desk = weak.upgrade().expect("it was just edited");
            assert!(desk.session().patch().node("one").is_some() && desk.is_changed());
            let _ = (desk.draft(), desk.positions());
        }));
        let told = |count| {
            desk.tell_host();
            assert_eq!(rung.load(Ordering::Relaxed), count);
        };
        told(0);
        desk.set_draft(WRONG);
        told(1);
        desk.place("one", [1.0, 2.0]);
        assert!(desk.evaluate(WRONG).is_err());
        told(1);
        assert!(desk.take_news() && !desk.take_news());
        desk.save();
        let document = desk.document();
        assert!(desk.restore(document).is_ok() && !desk.take_news());
        told(1);
        desk.place("one", [1.0, 3.0]);
        told(2);
        assert!(desk.take_news());
        desk.save();
        desk.stop_listening();
        desk.set_draft(SCORE);
        told(2);
    }

    #[test]
    fn a_preset_is_an_edit_that_wants_to_be_saved_and_can_be_undone() {
        let desk = Desk::new(SCORE);
        let preset = crate::presets::find("bass/acid").expect("a factory preset");
        assert!(desk.load_preset(&preset).is_ok());
        assert_eq!(desk.draft(), preset.text);
        assert!(desk.is_changed() && desk.take_news());
        assert!(desk.undo());
        assert_eq!(desk.session().score(), SCORE);
    }
}
