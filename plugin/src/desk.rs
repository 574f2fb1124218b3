//! The desk: what the editor, the host's main thread and the ticking thread of one instance share.
//!
//! Every method here runs on control threads and may lock, allocate and compile. The audio thread
//! never touches a desk, with one exception that is a single atomic store: [`Desk::report_panic`].
//! Lock order: the session first, then the face; neither lock is held while foreign code runs.

mod bell;
mod edits;
mod places;
#[cfg(test)]
pub(crate) mod played;
mod project;
mod recordings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sorl_graph::When;
use sorl_graph::message::Setup;
use sorl_graph::rt::AudioEnd;
use sorl_graph::score::Diagnostics;
use sorl_graph::session::Session;
use sorl_graph::time::{Beats, Ratio};

use crate::history::History;
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

    /// What the sound runs on, where this program drives it itself.
    pub fn sound(&self) -> Option<SoundFigures> {
        lock(&self.face).sound.clone()
    }

    /// Notes what the sound runs on.
    pub fn set_sound(&self, figures: SoundFigures) {
        lock(&self.face).sound = Some(figures);
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

/// Locks, whatever happened to an earlier holder: every value kept here is valid between any two
/// statements that could panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
