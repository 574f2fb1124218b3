//! The desk: what the editor, the host's main thread and the ticking thread of one instance share.
//!
//! Every method here runs on control threads and may lock, allocate and compile. The audio thread
//! never touches a desk, with one exception that is a single atomic store: [`Desk::report_panic`].
//! Lock order: the session first, then the face; neither lock is held while foreign code runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sorl_graph::When;
use sorl_graph::score::{self, Diagnostics};
use sorl_graph::session::Session;

use crate::remote::SoundFigures;
use crate::state::{Document, StateError};
use crate::ticking::Ticking;

/// Where the nodes stand on the canvas, by name, in points.
pub type Positions = BTreeMap<String, [f32; 2]>;

/// The control side of one instance of Sorl, in a host or on its own.
pub struct Desk {
    session: Mutex<Session>,
    face: Mutex<Face>,
    /// Grows whenever draft, positions or score change, by whatever hand.
    revision: AtomicU64,
    /// Set by edits, cleared when the host has fetched the document.
    changed: AtomicBool,
    /// Set by the audio thread when it caught a panic and went silent.
    panicked: AtomicBool,
    ticking: Mutex<Option<Ticking>>,
}

/// What the desk knows beyond its session.
#[derive(Debug, Default)]
struct Face {
    draft: String,
    positions: Positions,
    diagnostics: Option<Arc<Diagnostics>>,
    message: Option<String>,
    sound: Option<SoundFigures>,
}

/// What the editor shows when the audio thread had to give up.
const PANIC_MESSAGE: &str = "The sound stopped because of a fault inside Sorl. Save the project, \
then switch the plugin off and on again; please report the score that did this.";

impl Desk {
    /// A desk that holds `score`, evaluated. It starts no thread and connects to no engine; a score
    /// with an error leaves the session empty, the text as draft and the diagnostics for the
    /// editor.
    pub fn new(score: &str) -> Arc<Desk> {
        Desk::beside(score, None)
    }

    /// Like [`Desk::new`], with the file that the score is from: sounds are looked for beside it.
    pub fn beside(score: &str, file: Option<&Path>) -> Arc<Desk> {
        let desk = Arc::new(Desk {
            session: Mutex::new(Session::new()),
            face: Mutex::new(Face::default()),
            revision: AtomicU64::new(0),
            changed: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            ticking: Mutex::new(None),
        });
        crate::folders::look_in(desk.session().sounds(), file);
        // The outcome is kept in the face, where the editor finds it.
        let _ = desk.evaluate(score);
        desk.changed.store(false, Ordering::Relaxed);
        desk
    }

    /// The session, locked. A panic of another holder does not take the session away.
    pub fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }

    /// Evaluates a whole score and, if it is without error, sends it to the engine at once. The
    /// text becomes the draft either way, so that nothing typed is lost.
    pub fn evaluate(&self, text: &str) -> Result<(), Arc<Diagnostics>> {
        self.evaluate_at(text, When::Now)
    }

    /// Like [`Desk::evaluate`], taking effect at `when`.
    pub fn evaluate_at(&self, text: &str, when: When) -> Result<(), Arc<Diagnostics>> {
        self.take_up(text, |session, text| session.evaluate(text, when))
    }

    /// Puts one statement into the last good score and evaluates that ([`Session::run`]). What was typed in the score
    /// pane since then is kept, with the statement in it where that can be.
    pub fn run(&self, statement: &str, when: When) -> Result<(), Arc<Diagnostics>> {
        let mut session = self.session();
        let before = session.score().to_owned();
        session.run(statement, when).map_err(Arc::new)?;
        let mut face = lock(&self.face);
        if face.draft == before {
            face.draft = session.score().to_owned();
        } else if let Ok(draft) = score::edit::put(&face.draft, statement) {
            face.draft = draft;
        }
        self.touch();
        Ok(())
    }

    /// What the sound runs on, where this program drives it itself.
    pub fn sound(&self) -> Option<SoundFigures> {
        lock(&self.face).sound.clone()
    }

    /// Notes what the sound runs on.
    pub fn set_sound(&self, figures: SoundFigures) {
        lock(&self.face).sound = Some(figures);
    }

    /// Gives a text to the session in one way or another; it becomes the draft.
    fn take_up(
        &self,
        text: &str,
        how: impl FnOnce(&mut Session, &str) -> Result<(), Diagnostics>,
    ) -> Result<(), Arc<Diagnostics>> {
        let mut session = self.session();
        let outcome = how(&mut session, text).map_err(Arc::new);
        let mut face = lock(&self.face);
        face.draft.clear();
        face.draft.push_str(text);
        face.diagnostics = outcome.as_ref().err().cloned();
        face.message = None;
        self.touch();
        outcome
    }

    /// The text of the score pane: the last evaluated score, or what was typed since.
    pub fn draft(&self) -> String {
        lock(&self.face).draft.clone()
    }

    /// Keeps `text` as the draft without evaluating it.
    pub fn set_draft(&self, text: &str) {
        let mut face = lock(&self.face);
        if face.draft != text {
            face.draft.clear();
            face.draft.push_str(text);
            self.touch();
        }
    }

    /// Where the nodes stand on the canvas.
    pub fn positions(&self) -> Positions {
        lock(&self.face).positions.clone()
    }

    /// Moves one node on the canvas. A place that is not a number is ignored.
    pub fn place(&self, node: &str, position: [f32; 2]) {
        if position.iter().all(|axis| axis.is_finite()) {
            lock(&self.face).positions.insert(node.to_owned(), position);
            self.touch();
        }
    }

    /// What is wrong with the draft, if it was evaluated and refused.
    pub fn diagnostics(&self) -> Option<Arc<Diagnostics>> {
        lock(&self.face).diagnostics.clone()
    }

    /// A sentence for the editor about something other than the draft: a state that could not be
    /// read, a fault on the audio thread.
    pub fn message(&self) -> Option<String> {
        if self.panicked.load(Ordering::Relaxed) {
            return Some(PANIC_MESSAGE.to_owned());
        }
        lock(&self.face).message.clone()
    }

    /// Grows with every change of draft, positions or score; the editor reads the draft again when
    /// this number is not the one it saw last.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Whether something was edited since the host last fetched the document.
    pub fn is_changed(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }

    /// The document as it would be saved now.
    pub fn document(&self) -> Document {
        let session = self.session();
        let face = lock(&self.face);
        Document {
            session: session.state(),
            ..Document::new(session.score(), &face.draft, &face.positions)
        }
    }

    /// The document for the host to save; from here on nothing counts as changed.
    pub fn save(&self) -> Document {
        self.changed.store(false, Ordering::Release);
        self.document()
    }

    /// Takes over a saved document. If its score has an error the sound stays as it was, the text
    /// is kept as the draft and the diagnostics are kept for the editor.
    pub fn restore(&self, document: Document) -> Result<(), Arc<Diagnostics>> {
        let outcome = self.take_up(&document.score, |session, score| {
            session.restore(score, &document.session, When::Now)
        });
        let mut face = lock(&self.face);
        face.positions = document.positions;
        match (&outcome, document.draft) {
            (Ok(()), Some(draft)) => face.draft = draft,
            (Ok(()), None) => {}
            (Err(_), _) => {
                face.message = Some(
                    "The saved score has an error; what sounded before goes on. Its text is in \
                     the score pane."
                        .to_owned(),
                );
            }
        }
        self.touch();
        self.changed.store(false, Ordering::Release);
        outcome
    }

    /// Notes that a saved state was refused; sound, draft and positions stay as they were.
    pub fn refuse(&self, error: &StateError) {
        lock(&self.face).message = Some(error.to_string());
        self.revision.fetch_add(1, Ordering::Release);
    }

    /// Forgets the message that the editor showed.
    pub fn dismiss_message(&self) {
        lock(&self.face).message = None;
        self.panicked.store(false, Ordering::Relaxed);
    }

    /// Starts the thread that calls [`Session::tick`] for this instance; does nothing if it runs.
    /// A host that only scans never comes here.
    pub fn start_ticking(self: &Arc<Self>) {
        let mut ticking = lock(&self.ticking);
        if ticking.is_none() {
            *ticking = Ticking::start(Arc::downgrade(self));
        }
    }

    /// Ends the ticking thread and waits for it, so that no thread of ours is left in a library
    /// that a host is about to unload.
    pub fn stop_ticking(&self) {
        // Taken out first: the thread must not be awaited under the lock.
        let ticking = lock(&self.ticking).take();
        drop(ticking);
    }

    /// Called by the audio thread after it caught a panic: one atomic store, nothing else.
    pub fn report_panic(&self) {
        self.panicked.store(true, Ordering::Relaxed);
    }

    /// A fresh engine is about to take over; what an earlier one reported is history.
    pub fn forget_panic(&self) {
        self.panicked.store(false, Ordering::Relaxed);
    }

    fn touch(&self) {
        self.changed.store(true, Ordering::Release);
        self.revision.fetch_add(1, Ordering::Release);
    }
}

/// Locks, whatever happened to an earlier holder: every value kept here is valid between any two
/// statements that could panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORE: &str = "def one():\n    return sine_osc(440)\n\no = node(\"one\", one)\n";
    const WRONG: &str = "o = nod(\"one\", one)\n";

    #[test]
    fn a_refused_score_is_kept_as_the_draft_and_the_sound_stays() {
        let desk = Desk::new(SCORE);
        assert!(!desk.is_changed());
        assert!(desk.evaluate(WRONG).is_err());
        assert_eq!(desk.draft(), WRONG);
        assert_eq!(desk.session().score(), SCORE);
        assert!(desk.diagnostics().is_some());
        assert!(desk.is_changed());
        assert!(desk.evaluate(SCORE).is_ok());
        assert!(desk.diagnostics().is_none());
    }

    #[test]
    fn a_document_goes_from_one_desk_to_another() {
        let desk = Desk::new(SCORE);
        desk.place("one", [10.0, -2.5]);
        desk.place("nowhere", [f32::NAN, 0.0]);
        desk.set_draft(WRONG);
        let document = desk.save();
        assert!(!desk.is_changed());
        assert_eq!(document.positions.len(), 1);

        let other = Desk::new("");
        let revision = other.revision();
        assert!(other.restore(document.clone()).is_ok());
        assert_eq!(other.document(), document);
        assert_eq!(other.session().patch(), desk.session().patch());
        assert!(other.revision() > revision && !other.is_changed());
    }

    #[test]
    fn a_document_whose_score_is_refused_leaves_sound_and_text() {
        let desk = Desk::new(SCORE);
        assert!(
            desk.restore(Document::new(WRONG, WRONG, &Positions::new()))
                .is_err()
        );
        assert_eq!(desk.session().score(), SCORE);
        assert_eq!(desk.draft(), WRONG);
        assert!(desk.message().is_some());
        assert_eq!(desk.document().draft.as_deref(), Some(WRONG));
    }

    #[test]
    fn a_desk_has_one_ticking_thread_and_takes_it_along() {
        let desk = Desk::new(SCORE);
        assert_eq!(
            Arc::weak_count(&desk),
            0,
            "nothing runs before it is asked for"
        );
        desk.start_ticking();
        desk.start_ticking();
        assert_eq!(Arc::weak_count(&desk), 1);
        desk.stop_ticking();
        assert_eq!(Arc::weak_count(&desk), 0);
        desk.start_ticking();
        let weak = Arc::downgrade(&desk);
        drop(desk);
        // The thread may hold the desk for the length of a tick, no longer.
        while weak.upgrade().is_some() {
            std::thread::yield_now();
        }
    }
}
