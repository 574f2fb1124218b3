//! The control thread's half: owns the score and what it says, makes Plans, sends and drains.
//!
//! A [`Session`] belongs to one instance of Sorl and to whoever holds it (an editor, a host's main thread, a
//! program): it may allocate, lock and wait, and never runs on the audio thread. [`Session::tick`] does the
//! regular work; the only thread behind it is the one that compiles machine code (feature `jit`).

mod agenda;
mod audition;
mod beat;
mod console;
mod edit;
mod freed;
mod inspect;
mod live;
mod places;
mod schedule;
mod stage;
mod status;
mod tracks;
mod transport;

pub use crate::rt::{ScopeReader, TrackReader};
pub use beat::{BeatContext, BeatHandle};
pub use console::Change;
pub use edit::{Edit, PlaysAScore, Writer};
pub use inspect::{InspectError, Look};
pub use schedule::{Batch, LEAD, NotSent, Refusal, Scheduler};
pub use stage::{RecallError, State};
pub use status::{Heard, Status};
pub use tracks::TrackError;

use crate::compile::{CompileError, Compiler, Hand};
use crate::graph::Home;
use crate::message::{Command, Moment, NoteEvent, Setup};
use crate::patch::Patch;
use crate::plan::{Message, When};
use crate::resource::{Library, Sound};
use crate::rt::{AudioEnd, link};
use crate::score::{self, Cancel, ConsoleLine, Diagnostic, Diagnostics};
use crate::signal::Backend;
use crate::time::Tempo;
use crate::ugen::{Unit, Units};
use live::Live;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

/// Why a value could not be set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SetError {
    /// Not `node/control`.
    #[error("`{0}` is not a path like `bass/cutoff`")]
    Path(String),
    /// No such node.
    #[error("there is no node `{0}`")]
    NoNode(String),
    /// No such control.
    #[error("node `{node}` has no control `{control}`")]
    NoControl {
        /// The node.
        node: String,
        /// The control asked for.
        control: String,
    },
    /// Not a number, or outside the control's range.
    #[error("`{path}` takes a value from {lo} to {hi}, not {value}")]
    Range {
        /// The path.
        path: String,
        /// The value asked for.
        value: f32,
        /// The lowest value.
        lo: f32,
        /// The highest value.
        hi: f32,
    },
}

/// A step of a pattern that spoke to the control side: an OSC message, or a value with a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// What it says.
    pub message: Message,
    /// Its value.
    pub value: f32,
    /// The frame since the engine's beginning or last reset.
    pub frame: i64,
}

/// The control thread's half of Sorl.
#[derive(Default)]
pub struct Session {
    score: String,
    patch: Patch,
    /// Counts the changes of score and Patch.
    revision: u64,
    hand: Hand,
    units: Units,
    /// Who writes the Patch.
    writer: Writer,
    /// The names behind a Rust program's handles, if one made any.
    home: Option<Home>,
    console: Vec<ConsoleLine>,
    tempo: Option<Tempo>,
    playing: bool,
    next_id: u64,
    preferred: Backend,
    live: Option<Live>,
    stage: stage::Stage,
    /// The nodes that were done.
    freed: Vec<freed::Freed>,
    /// A sound that is tried beside what the Patch says.
    audition: Option<audition::Audition>,
    status: Status,
    /// The peaks of each node, and how many of its voices sound.
    meters: BTreeMap<String, ([f32; 2], u8)>,
    /// The jump that a seek will bring, and the frame by which the engine tells of it.
    foreseen: Option<(u32, i64)>,
    scheduler: Scheduler,
    /// What happens with the next Plan, and why it could not.
    rest: Option<schedule::Rest>,
    refused: Option<Refusal>,
    beats: beat::Callbacks,
    /// What patterns have sent since it was last taken.
    sent: Vec<Sent>,
    /// What is recorded.
    tracks: Vec<tracks::Tracked>,
}

impl Session {
    /// An empty score, no engine.
    pub fn new() -> Session {
        Session::default()
    }

    /// Lets scores and Patches name a unit generator. One of the same name gives way; nodes that run keep theirs.
    pub fn register(&mut self, unit: Arc<dyn Unit>) {
        self.units.add(unit);
    }

    /// Makes the queues to a new engine, compiles the whole Patch for it and sends the Plan, which the engine
    /// adopts before its first frame: `Engine::new(setup, session.connect(setup))`. An engine that was there
    /// before is let go and should be dropped. Waits for the sounds that are to be loaded at the engine's rate.
    pub fn connect(&mut self, setup: Setup) -> AudioEnd {
        let (mut end, audio) = link();
        self.scheduler.lock().connect(end.post(), setup.rate);
        self.beats.forget_the_engine();
        self.audition = None;
        self.foreseen = None;
        if let Some(old) = &self.live {
            self.next_id = old.compiler.next_id();
        }
        let compiler = Compiler::new(setup, self.next_id, self.preferred);
        self.live = Some(Live {
            setup,
            end,
            compiler,
            waiting: VecDeque::new(),
            tidy: false,
            awaits_sounds: None,
            latency: 0,
            seen: inspect::Seen::default(),
            sent: None,
        });
        self.units.sounds().set_rate(setup.rate);
        self.status = Status {
            connected: true,
            rate: setup.rate,
            ..Status::default()
        };
        self.record_on();
        // The Patch compiled when it was applied: it compiles again.
        let compiled = self.send_patch(When::Now);
        debug_assert!(compiled.is_ok(), "{compiled:?}");
        self.finish_loading();
        if let Some(live) = &mut self.live {
            // Nothing plays yet, so there is time.
            live.compiler.wait_for_code();
        }
        self.look_what_plays();
        self.command(Command::Tempo(self.tempo));
        self.command(Command::Play(self.playing));
        audio
    }

    /// Evaluates a whole score and applies the difference. On an error nothing changes and the last good sound
    /// goes on. Neither does anything where a Rust program writes the Patch: what it made is not a score's to touch.
    pub fn evaluate(&mut self, text: &str, when: impl Into<Moment>) -> Result<(), Diagnostics> {
        self.open_to_scores()?;
        let evaluation = score::evaluate_with(text, &self.units, &Cancel::new());
        self.console = evaluation.console;
        let patch = evaluation.patch?;
        // The evaluator has checked what the compiler checks; this is for what it may have overlooked.
        self.put(patch, when.into())
            .map_err(|error| Diagnostic::new(Default::default(), error.to_string()))?;
        self.writer = Writer::Score;
        self.score = text.to_owned();
        Ok(())
    }

    /// A session has one writer.
    fn open_to_scores(&self) -> Result<(), Diagnostics> {
        if self.writer == Writer::Program {
            let refused = "this session plays what a program built, which no score may change";
            return Err(Diagnostic::new(Default::default(), refused)
                .hint("evaluate it in a session of its own, or clear this one first")
                .into());
        }
        Ok(())
    }

    /// Applies a Patch that a program made; the score, if there was one, no longer speaks for it.
    ///
    /// # Errors
    /// [`CompileError`] for what the Patch names and is not there; then nothing has changed.
    pub fn apply(&mut self, patch: Patch, when: impl Into<Moment>) -> Result<(), CompileError> {
        self.put(patch, when.into())?;
        self.writer = Writer::Program;
        Ok(())
    }

    fn put(&mut self, patch: Patch, when: Moment) -> Result<(), CompileError> {
        self.adopt(patch, None, when)?;
        self.score.clear();
        Ok(())
    }

    /// What is said changes, by a score or by a program; `asked` is the text of acts that run again.
    fn adopt(
        &mut self,
        patch: Patch,
        asked: Option<&str>,
        when: Moment,
    ) -> Result<(), CompileError> {
        self.take(patch, asked, when)?;
        let names: HashSet<&str> = self.patch.nodes.iter().map(|n| n.name.as_str()).collect();
        self.meters.retain(|name, _| names.contains(name.as_str()));
        Ok(())
    }

    /// What the last evaluation printed, also one that failed.
    pub fn console(&self) -> &[ConsoleLine] {
        &self.console
    }
    /// The text of the last good evaluation.
    pub fn score(&self) -> &str {
        &self.score
    }
    /// What that score says.
    pub fn patch(&self) -> &Patch {
        &self.patch
    }
    /// Counts up with every change of the Patch.
    pub fn revision(&self) -> u64 {
        self.revision
    }
    /// What the engine told last.
    pub fn status(&self) -> &Status {
        &self.status
    }
    /// A node's output peaks over the last thirtieth of a second, linear.
    pub fn meter(&self, node: &str) -> [f32; 2] {
        self.meters.get(node).copied().unwrap_or_default().0
    }
    /// How many of a node's voices are held or still sound, as of the last report.
    pub fn sounding_voices(&self, node: &str) -> usize {
        self.meters.get(node).map_or(0, |told| told.1.into())
    }
    /// The base value of a control as a hand or the score left it.
    pub fn value(&self, node: &str, control: &str) -> Option<f32> {
        let moved = self
            .hand
            .get(&(node.to_owned(), control.to_owned()))
            .copied();
        moved.or_else(|| self.patch.node(node)?.value(control))
    }

    /// The values that hands, fades and knobs have moved away from what the Patch says: node, control, value.
    pub fn moved_values(&self) -> impl Iterator<Item = (&str, &str, f32)> {
        let moved = self.hand.iter();
        moved.map(|((node, control), value)| (node.as_str(), control.as_str(), *value))
    }

    /// A hand moves a control, `bass/cutoff` or `bass/gain`: smoothed, and kept until a statement for it
    /// changes. The score does not change.
    pub fn set(&mut self, path: &str, value: f32) -> Result<(), SetError> {
        let (node, control) = path
            .rsplit_once('/')
            .ok_or_else(|| SetError::Path(path.to_owned()))?;
        let described = self
            .patch
            .node(node)
            .ok_or_else(|| SetError::NoNode(node.to_owned()))?;
        let (_, lo, hi) = described
            .range(control)
            .ok_or_else(|| SetError::NoControl {
                node: node.to_owned(),
                control: control.to_owned(),
            })?;
        if !(lo..=hi).contains(&value) {
            return Err(SetError::Range {
                path: path.to_owned(),
                value,
                lo,
                hi,
            });
        }
        self.move_to(node, control, value);
        Ok(())
    }

    /// What patterns have sent since the last call, in the order of time, as of the last [`Session::tick`]; at most
    /// 4096 wait, further ones are left out.
    pub fn take_sent(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    /// A note for the node that MIDI plays.
    pub fn note(&mut self, event: NoteEvent) {
        self.command(Command::Note(event));
    }

    /// The sounds that scores may name, and where they are looked for.
    pub fn sounds(&self) -> &Library {
        self.units.sounds()
    }
    /// Adds a sound to the library; one of the same name gives way, with a cross-over of 10 ms where it plays.
    pub fn add_sound(&mut self, name: &str, sound: Sound) {
        self.units.sounds().add(name, sound);
        if !self.patch.sounds().is_empty() {
            // The same Patch, with another sound in it.
            let sent = self.send_patch(When::Now);
            debug_assert!(sent.is_ok(), "{sent:?}");
        }
    }
    /// Waits for the sounds that are being loaded, and sends the Patch that waits for them. For whoever renders
    /// offline and for tests; in real time [`Session::tick`] does the same without waiting.
    pub fn finish_loading(&mut self) {
        let changed = self.units.sounds().wait();
        self.take_sounds(changed);
    }

    /// Sounds have come, or have not: what waited for them goes on its way, and what plays another one is told.
    fn take_sounds(&mut self, changed: bool) {
        let errors = self.units.sounds().take_errors();
        errors.into_iter().for_each(|error| self.status.tell(error));
        let Some(live) = &mut self.live else { return };
        let due = match live.awaits_sounds {
            Some(when) if !self.units.sounds().is_loading() => Some(when),
            None if changed => Some(Moment::default()),
            _ => None,
        };
        if let Some(when) = due {
            live.awaits_sounds = None;
            let sent = self.send_patch(when);
            debug_assert!(sent.is_ok(), "{sent:?}");
        }
    }

    fn command(&mut self, command: Command) {
        // A full queue means that no callback has run for thousands of commands: then there is no one to hear a
        // note, and what describes (tempo, play) is sent anew on connecting.
        self.scheduler.lock().now(&[command]);
    }
}
