//! The desk: what the editor, the host's main thread and the ticking thread of one instance share.
//!
//! Every method here runs on control threads and may lock, allocate and compile. The audio thread
//! never touches a desk, with one exception that is a single atomic store: [`Desk::report_panic`].
//! Lock order: the session first, then the face; neither lock is held while foreign code runs.

mod bell;
mod project;
mod recordings;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sorl_graph::When;
use sorl_graph::message::Setup;
use sorl_graph::patch::{self, Patch};
use sorl_graph::rt::AudioEnd;
use sorl_graph::score::edit::{EditError, Gesture};
use sorl_graph::score::{self, Cancel, Diagnostics};
use sorl_graph::session::{Change, Session};
use sorl_graph::time::{Beats, Ratio};

use crate::history::{Held, History, Kind};
use crate::remote::SoundFigures;
use crate::scene::Wish;
use crate::sounds::Saver;
use crate::ticking::Ticking;
use bell::Bell;
pub(crate) use bell::Word;
use recordings::Recordings;
pub use recordings::{Take, TakeError, TakeFigures, Taken};

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
    /// How the host learns of changes.
    bell: Bell,
    /// Set by the audio thread when it caught a panic and went silent.
    panicked: AtomicBool,
    /// The scene that the host chose.
    scene: Wish,
    /// The names that hosts were told last for macros, and whether there are others now.
    names: Mutex<(u64, Vec<String>)>,
    new_names: AtomicBool,
    /// A block of the host's begins; and whether anybody tells so.
    begins: [AtomicBool; 2],
    /// By how many frames the instance's sound is late.
    late: AtomicU32,
    /// Where the last engine left the song on Sorl's own clock.
    place: Mutex<Option<Beats>>,
    ticking: Mutex<Option<Ticking>>,
    recordings: Recordings,
}

/// What the desk knows beyond its session.
#[derive(Debug, Default)]
struct Face {
    draft: Arc<str>,
    positions: Arc<Positions>,
    history: History,
    diagnostics: Option<Arc<Diagnostics>>,
    message: Option<String>,
    sound: Option<SoundFigures>,
    /// Sound files as they were saved last.
    saver: Saver,
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
            bell: Bell::default(),
            panicked: AtomicBool::new(false),
            scene: Wish::default(),
            names: Mutex::default(),
            new_names: AtomicBool::new(false),
            begins: Default::default(),
            late: AtomicU32::new(0),
            place: Mutex::new(None),
            ticking: Mutex::new(None),
            recordings: Recordings::default(),
        });
        crate::folders::look_in(desk.session().sounds(), file);
        // The outcome is kept in the face, where the editor finds it.
        let _ = desk.evaluate(score);
        lock(&desk.face).history.clear();
        desk.settle();
        desk
    }

    /// The session, locked. A panic of another holder does not take the session away.
    pub fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }

    /// Connects the session to an engine; where Sorl's own clock rules, the song goes on from where it was. Waits for
    /// code and sounds that are being made.
    pub(crate) fn connect(&self, setup: Setup) -> AudioEnd {
        let mut session = self.session();
        let end = session.connect(setup);
        if let Some(beat) = lock(&self.place).take() {
            session.seek(beat);
        }
        end
    }

    /// Notes where an engine that goes has left the song, for the next one.
    pub(crate) fn keep_place(&self, beat: Option<Beats>) {
        *lock(&self.place) = beat;
    }

    /// The host chose a scene. One atomic store: safe on the audio thread.
    pub(crate) fn wish_for_scene(&self, scene: i32) {
        self.scene.make(scene);
    }

    /// Whether macros have other names than hosts were told, once.
    pub(crate) fn take_new_names(&self) -> bool {
        self.new_names.swap(false, Ordering::AcqRel)
    }

    /// Winds the bell where an edit gave macros other names.
    fn tell_names(&self) {
        {
            let session = self.session();
            let mut told = lock(&self.names);
            if told.0 == session.revision() {
                return;
            }
            let names = crate::labels::mapped(&session);
            let same = told.1 == names;
            *told = (session.revision(), names);
            if same {
                return;
            }
        }
        self.new_names.store(true, Ordering::Release);
        self.bell.wind_up();
    }

    /// A block of the host's begins: told by what stands around the instance. Safe on the audio thread.
    pub(crate) fn begin_block(&self) {
        for flag in &self.begins {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// Whether what is processed now begins a block of the host's; true where nobody tells. Safe on the audio thread.
    pub(crate) fn take_beginning(&self) -> bool {
        let [begins, told] = &self.begins;
        begins.swap(false, Ordering::Relaxed) || !told.load(Ordering::Relaxed)
    }

    /// The instance's sound is late by so many frames. Safe on the audio thread.
    pub(crate) fn be_late(&self, frames: u32) {
        self.late.store(frames, Ordering::Relaxed);
    }

    /// By how many frames the instance's sound is late. Safe on the audio thread.
    pub(crate) fn lateness(&self) -> u32 {
        self.late.load(Ordering::Relaxed)
    }

    /// The regular work of a control thread.
    pub(crate) fn tick(&self) {
        let mut session = self.session();
        if let Some(scene) = self.scene.take() {
            // A number without a scene, which an automation lane may well pass, leaves everything as it is.
            let _ = session.recall(scene, Ratio::ZERO, When::Now);
        }
        session.tick();
        drop(session);
        self.tell_names();
    }

    /// Does all that waits and waits for it: for hosts that render offline.
    pub(crate) fn finish_what_waits(&self) {
        self.tick();
        self.session().finish_loading();
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

    /// Where the nodes stand on the canvas.
    pub fn positions(&self) -> Positions {
        Positions::clone(&lock(&self.face).positions)
    }

    /// Moves one node on the canvas. A place that is not a number is ignored.
    pub fn place(&self, node: &str, position: [f32; 2]) {
        self.place_all(&[(node.to_owned(), Some(position))]);
    }

    /// Moves nodes on the canvas as one step; one without a place goes where the layout puts it. A place that is not
    /// a number is ignored.
    pub fn place_all(&self, places: &[(String, Option<[f32; 2]>)]) {
        let session = self.session();
        let mut face = lock(&self.face);
        let held = hold(&session, &face);
        let positions = Arc::make_mut(&mut face.positions);
        for (node, place) in places {
            match place {
                Some(at) if at.iter().all(|axis| axis.is_finite()) => {
                    positions.insert(node.clone(), *at);
                }
                Some(_) => {}
                None => drop(positions.remove(node)),
            }
        }
        let after = hold(&session, &face);
        face.history.note(held, &after, Kind::Single);
        self.touch();
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

    /// Tells the person at the editor something.
    pub(crate) fn say(&self, message: &str) {
        lock(&self.face).message = Some(message.to_owned());
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
        if !self.changed.swap(true, Ordering::AcqRel) {
            self.bell.wind();
        }
        self.revision.fetch_add(1, Ordering::Release);
    }
}

/// What desk and session hold now.
fn hold(session: &Session, face: &Face) -> Held {
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

/// The nodes and groups that get other names by a change.
fn renames(change: &Change) -> Vec<(String, String)> {
    match change {
        Change::Gesture(Gesture::Rename { node, to }) => vec![(node.clone(), to.clone())],
        Change::Gesture(Gesture::Group { nodes, name }) => {
            let own = |node: &String| node.rsplit('/').next().unwrap_or_default().to_owned();
            let new = |node: &String| (node.clone(), format!("{name}/{}", own(node)));
            nodes.iter().map(new).collect()
        }
        Change::Within(path, change) => {
            let at = |name: String| format!("{path}/{name}");
            let inner = renames(change).into_iter();
            inner.map(|(old, new)| (at(old), at(new))).collect()
        }
        Change::Gesture(_) | Change::Statement(_) => Vec::new(),
    }
}

/// A node or a group stands where it stood, with all that is in it.
fn rename_places(positions: &mut Positions, old: &str, new: &str) {
    let moved = |name: &String| name == old || patch::within(name, old).is_some();
    let names: Vec<String> = positions
        .keys()
        .filter(|name| moved(name))
        .cloned()
        .collect();
    for name in names {
        if let Some(at) = positions.remove(&name) {
            positions.insert(format!("{new}{}", &name[old.len()..]), at);
        }
    }
}

/// The places after another score: a node that has gone where one like it has come was renamed, and the new one
/// stands where the old one stood.
fn moved_on(before: &Patch, after: &Patch, positions: &Positions) -> Option<Arc<Positions>> {
    let gone = before
        .nodes
        .iter()
        .filter(|n| after.node(&n.name).is_none());
    let mut come: Vec<_> = after
        .nodes
        .iter()
        .filter(|n| before.node(&n.name).is_none())
        .collect();
    let mut moved = positions.clone();
    for old in gone {
        let like = |n: &&sorl_graph::patch::Node| n.source == old.source && n.label == old.label;
        if let Some(at) = positions.get(&old.name)
            && let Some(new) = come.iter().position(like)
        {
            moved.remove(&old.name);
            moved.insert(come.remove(new).name.clone(), *at);
        }
    }
    (moved != *positions).then(|| Arc::new(moved))
}

/// Locks, whatever happened to an earlier holder: every value kept here is valid between any two
/// statements that could panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Document;

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
    fn gestures_and_typing_have_one_undo() {
        let desk = Desk::new(SCORE);
        let set = Change::Gesture(Gesture::Set {
            node: "one".to_owned(),
            control: "gain".to_owned(),
            value: 0.5,
        });
        desk.change(&[set]).expect("a gain can be set");
        let set = desk.draft();
        assert_eq!(set, format!("{SCORE}set(\"one/gain\", 0.5)\n"));
        assert_eq!(desk.session().value("one", "gain"), Some(0.5));
        desk.set_draft(&set.replace("440", "44"));
        desk.set_draft(&set.replace("440", "445"));
        assert!(desk.evaluate(&set.replace("440", "445")).is_ok());
        assert!(desk.undo());
        assert_eq!(desk.draft(), set, "typing and evaluating it is one step");
        assert_eq!(desk.session().score(), set);
        assert!(desk.undo());
        assert_eq!(desk.session().score(), SCORE);
        assert_eq!(desk.session().value("one", "gain"), Some(1.0));
        assert!(!desk.undo());
        assert!(desk.redo() && desk.redo() && !desk.redo());
        assert_eq!(desk.session().score(), set.replace("440", "445"));
    }

    #[test]
    fn a_gesture_goes_around_what_is_being_typed() {
        let desk = Desk::new(SCORE);
        let typed = SCORE.replace("sine_osc(440)", "sine_osc(44");
        desk.set_draft(&typed);
        let mute = Gesture::Mute {
            node: "one".to_owned(),
            on: true,
        };
        desk.change(&[Change::Gesture(mute)])
            .expect("the score is good");
        assert!(desk.session().patch().nodes[0].mute);
        assert_eq!(desk.draft(), format!("{typed}mute(\"one\")\n"));
    }

    #[test]
    fn a_place_survives_a_new_name() {
        let desk = Desk::new(SCORE);
        desk.place("one", [10.0, 20.0]);
        assert!(desk.evaluate(&SCORE.replace("\"one\"", "\"two\"")).is_ok());
        assert_eq!(desk.positions().get("two"), Some(&[10.0, 20.0]));
        let rename = Gesture::Rename {
            node: "two".to_owned(),
            to: "three".to_owned(),
        };
        desk.change(&[Change::Gesture(rename)])
            .expect("a free name");
        assert_eq!(desk.positions().get("three"), Some(&[10.0, 20.0]));
        assert_eq!(desk.positions().len(), 1);
        assert!(desk.undo());
        assert_eq!(desk.positions().get("two"), Some(&[10.0, 20.0]));
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
