//! Changes at their time, to the sample: made ready on any control thread, done together or not at all.
//!
//! A [`Batch`] says what is to happen at one moment; a [`Scheduler`] takes it, from any thread. Values, triggers, notes
//! and the transport go straight to the engine, which keeps them in the order of their frames. A batch that edits the
//! Patch waits here and is compiled and sent shortly before its moment ([`LEAD`]), so that it holds up no other edit
//! until then; what else is in it goes along and happens at the same frame.
//!
//! Control threads share a lock that the audio thread never takes.

use super::SetError;
use crate::message::{Address, Command, Moment, NoteEvent, Span, Ticket};
use crate::patch::{PAN, Patch};
use crate::plan::{ControlIndex, NodeId};
use crate::rt::Post;
use crate::time::{Beats, Seconds, Tempo};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long before their moment edits are sent, in seconds: a few blocks and ticks of any size in use.
pub const LEAD: f64 = 0.25;
/// Batches that may wait with their edits.
const AGENDA: usize = 1024;
/// What tickets of batches with edits have, and others not.
const EDITS: u64 = 1 << 63;

/// How a value gets to where it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// As by a hand.
    Smooth,
    /// In a straight line.
    Line(Seconds),
}

/// An edit of the Patch.
type Edit = Box<dyn FnOnce(&mut Patch) + Send>;

/// One thing of a batch.
enum Item {
    Value {
        path: String,
        value: f32,
        way: Way,
    },
    Trigger {
        path: String,
        length: Span,
    },
    Note {
        node: Option<String>,
        event: NoteEvent,
    },
    Strike {
        node: Option<String>,
        key: u8,
        velocity: f32,
        length: Span,
    },
    Transport(Command),
    Edit(Edit),
}

/// What is to happen at one moment: all of it at one frame, in this order, or nothing.
///
/// Edits of the Patch come first, whatever the order. What comes at one frame happens in the order of sending, after
/// the Plans of that frame. What is for a beat happens at the first frame at which the song plays at or past it: it
/// follows changes of tempo; a jump over it makes it happen at once, where the jump leads; a jump back makes it wait
/// again; while the song stands still it waits. Each happens once. Values that are set become the base values, as if a
/// hand had moved them ([`super::Session::value`] knows of them when they have happened).
///
/// ```
/// use sorl_graph::{Batch, Beats, Engine, Session, Setup, Span, When};
///
/// let mut session = Session::new();
/// session.evaluate("def tone():\n    gate = control(\"gate\", 0, 0, 1)\n    freq = control(\"freq\", 440, 20, 2000)\n    return sine_osc(freq) * gate\n\nt = node(\"tone\", tone)\n", When::Now)?;
/// let setup = Setup { rate: 48000 };
/// let _engine = Engine::new(setup, session.connect(setup));
///
/// let scheduler = session.scheduler();
/// let thread = std::thread::spawn(move || {
///     // Ten milliseconds before bar 8 in 4/4.
///     let moment = When::Beat(Beats::whole(32)).shifted(Span::seconds(-0.01));
///     let batch = Batch::at(moment).step("tone/freq", 880.0).trigger("tone/gate", Span::beats(0.5));
///     scheduler.send(batch)
/// });
/// let ticket = thread.join().unwrap()?;
/// assert!(session.cancel(ticket));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a batch does nothing until a scheduler or a session sends it"]
pub struct Batch {
    moment: Moment,
    pub(super) run: Option<u32>,
    items: Vec<Item>,
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Batch of {} for {:?}", self.items.len(), self.moment)
    }
}

impl Batch {
    /// An empty one: `Batch::at(When::NextBar)`, `Batch::at(When::Beat(b).shifted(Span::seconds(-0.01)))`.
    pub fn at(moment: impl Into<Moment>) -> Batch {
        Batch {
            moment: moment.into(),
            run: None,
            items: Vec::new(),
        }
    }

    /// When it happens.
    pub fn moment(&self) -> Moment {
        self.moment
    }
    /// How many things happen.
    pub fn len(&self) -> usize {
        self.items.len()
    }
    /// Whether nothing does.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn with(mut self, item: Item) -> Batch {
        self.items.push(item);
        self
    }

    fn value(self, path: &str, value: f32, way: Way) -> Batch {
        let path = path.to_owned();
        self.with(Item::Value { path, value, way })
    }

    /// A control (`bass/cutoff`) moves as by a hand: smoothed, over 20 ms unless it says otherwise.
    pub fn set(self, path: &str, value: f32) -> Batch {
        self.value(path, value, Way::Smooth)
    }
    /// A control has another value at the very frame.
    pub fn step(self, path: &str, value: f32) -> Batch {
        self.value(path, value, Way::Line(Seconds::ZERO))
    }
    /// A control moves in a straight line for so long (up to six hours).
    pub fn glide(self, path: &str, value: f32, time: Seconds) -> Batch {
        self.value(path, value, Way::Line(time))
    }
    /// A gate (`kick/gate`) opens for so long, one frame at least. One voice is taken, as for a note.
    pub fn trigger(self, path: &str, length: Span) -> Batch {
        let path = path.to_owned();
        self.with(Item::Trigger { path, length })
    }
    /// A note for the node that MIDI plays; its end is sent for itself.
    pub fn note(self, event: NoteEvent) -> Batch {
        self.with(Item::Note { node: None, event })
    }
    /// A note for a node.
    pub fn note_to(self, node: &str, event: NoteEvent) -> Batch {
        let node = Some(node.to_owned());
        self.with(Item::Note { node, event })
    }
    /// A note of a length, one frame at least: key 0…127, velocity above 0 to 1.
    pub fn strike(self, node: &str, key: u8, velocity: f32, length: Span) -> Batch {
        self.with(Item::Strike {
            node: Some(node.to_owned()),
            key,
            velocity,
            length,
        })
    }
    /// Sorl's own clock runs. Without effect while a host rules, like all of the transport.
    pub fn play(self) -> Batch {
        self.with(Item::Transport(Command::Play(true)))
    }
    /// Sorl's own clock stands still.
    pub fn stop(self) -> Batch {
        self.with(Item::Transport(Command::Play(false)))
    }
    /// Sorl's own clock goes to a beat.
    pub fn seek(self, beat: Beats) -> Batch {
        self.with(Item::Transport(Command::Seek(beat)))
    }
    /// A tempo rules over the score's, or no more.
    pub fn tempo(self, bpm: Option<f64>) -> Batch {
        self.with(Item::Transport(Command::Tempo(bpm.map(Tempo::from_bpm))))
    }
    /// The Patch changes: a node starts, a wire, a pattern, anything. It is run on the Session's thread shortly before
    /// the moment, on the Patch as it is then, and applied as by [`super::Session::apply`]: a program writes it from
    /// then on.
    pub fn edit(self, edit: impl FnOnce(&mut Patch) + Send + 'static) -> Batch {
        self.with(Item::Edit(Box::new(edit)))
    }

    fn edits(&self) -> bool {
        self.items.iter().any(|i| matches!(i, Item::Edit(_)))
    }
}

/// Why a batch was not taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// It names what is not there, or a value out of range.
    #[error(transparent)]
    Set(#[from] SetError),
    /// A note that is none.
    #[error("a note has a key from 0 to 127 and a velocity above 0, up to 1")]
    Note,
    /// As many wait as can. Send it again when some have happened.
    #[error("there is no room for {0} more changes now; send them again later")]
    Full(usize),
    /// No engine is connected.
    #[error("no engine is connected that could do that")]
    NoEngine,
}

/// A batch that was not taken, and why. Nothing of it happens; it can be sent again.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct NotSent {
    /// What was to happen.
    pub batch: Batch,
    /// Why it does not.
    #[source]
    pub why: Refusal,
}

/// A control by its index, with its range.
struct Known {
    name: String,
    lo: f32,
    hi: f32,
}

/// A node that runs.
struct Entry {
    address: Address,
    controls: Vec<Known>,
}

/// What schedulers share with their session.
#[derive(Default)]
pub(super) struct Shared {
    post: Option<Post>,
    rate: u32,
    tickets: u64,
    nodes: HashMap<String, Entry>,
    names: HashMap<NodeId, String>,
    /// Batches with edits, in the order of sending.
    agenda: Vec<(Ticket, Batch)>,
    /// Nodes whose pan is moved for the first time: they must become stereo.
    panned: Vec<String>,
}

/// Takes changes for an engine, from any thread: clone it and hand it on.
///
/// It belongs to its [`super::Session`] and goes on with the engine that is connected. What waits in an engine ends with
/// it.
#[derive(Clone, Default)]
pub struct Scheduler {
    shared: Arc<Mutex<Shared>>,
}

impl Scheduler {
    /// Takes a batch. What names no moment happens with the next block.
    ///
    /// # Errors
    /// The batch comes back, whole, if it cannot be: see [`Refusal`].
    pub fn send(&self, batch: Batch) -> Result<Ticket, NotSent> {
        self.lock().send(batch)
    }

    /// Takes a batch back that has not happened. Notes that sound end when they would. False if it is too late, as far
    /// as is known here (an edit that is on its way), or if the engine cannot be reached.
    pub fn cancel(&self, ticket: Ticket) -> bool {
        let mut shared = self.lock();
        if ticket.0 & EDITS != 0 {
            let before = shared.agenda.len();
            shared.agenda.retain(|(other, _)| *other != ticket);
            return shared.agenda.len() < before;
        }
        shared.now(&[Command::Cancel(ticket)])
    }

    /// How many changes wait in the engine, ends of notes included: at most [`crate::rt::ROOM`].
    pub fn waiting(&self) -> usize {
        self.lock().post.as_ref().map_or(0, Post::used)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Shared> {
        // Whoever panicked with it left no half-done work: each change of it is one step.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// A new engine is connected: nothing runs and nothing waits there.
    pub(super) fn connect(&mut self, post: Option<Post>, rate: u32) {
        (self.post, self.rate) = (post, rate);
        self.nodes.clear();
        self.names.clear();
    }

    /// A command for the next block; false if it cannot be sent.
    pub(super) fn now(&mut self, commands: &[Command]) -> bool {
        let ticket = self.ticket();
        let post = self.post.as_mut();
        post.is_some_and(|post| post.send(ticket, Moment::default(), None, commands))
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// A node runs from now on, with these controls (and their ranges) in order.
    pub(super) fn add(&mut self, name: &str, address: Address, controls: &[(&str, f32, f32)]) {
        let known = |(name, lo, hi): &(&str, f32, f32)| Known {
            name: (*name).to_owned(),
            lo: *lo,
            hi: *hi,
        };
        let controls = controls.iter().map(known).collect();
        self.nodes
            .insert(name.to_owned(), Entry { address, controls });
        self.names.insert(address.id, name.to_owned());
    }

    /// A node is on its way out.
    pub(super) fn remove(&mut self, id: NodeId) {
        if let Some(name) = self.names.remove(&id)
            && self.nodes.get(&name).is_some_and(|n| n.address.id == id)
        {
            self.nodes.remove(&name);
        }
    }

    pub(super) fn send(&mut self, batch: Batch) -> Result<Ticket, NotSent> {
        match self.try_send(&batch) {
            Err(why) => Err(NotSent { batch, why }),
            Ok(Some(ticket)) => Ok(ticket),
            Ok(None) => {
                let ticket = Ticket(self.ticket().0 | EDITS);
                self.agenda.push((ticket, batch));
                Ok(ticket)
            }
        }
    }

    /// Sends what the engine can do by itself; `None` for a batch with edits, which waits here.
    fn try_send(&mut self, batch: &Batch) -> Result<Option<Ticket>, Refusal> {
        if batch.edits() {
            let room = self.agenda.len() < AGENDA;
            return room.then_some(None).ok_or(Refusal::Full(batch.len()));
        }
        if self.post.is_none() {
            return Err(Refusal::NoEngine);
        }
        let commands = self.commands(&batch.items)?;
        let ticket = self.ticket();
        let post = self.post.as_mut().ok_or(Refusal::NoEngine)?;
        if !post.send(ticket, batch.moment, batch.run, &commands) {
            return Err(Refusal::Full(batch.len()));
        }
        self.note_pans(&batch.items);
        Ok(Some(ticket))
    }

    /// Mono nodes whose pan is moved become stereo.
    fn note_pans(&mut self, items: &[Item]) {
        for item in items {
            if let Item::Value { path, .. } = item
                && let Some((node, PAN)) = path.rsplit_once('/')
                && !self.panned.iter().any(|n| n == node)
            {
                self.panned.push(node.to_owned());
            }
        }
    }

    pub(super) fn take_panned(&mut self) -> Vec<String> {
        std::mem::take(&mut self.panned)
    }

    /// The items' commands, by what runs now.
    fn commands(&self, items: &[Item]) -> Result<Vec<Command>, Refusal> {
        let commands = items
            .iter()
            .filter_map(|item| self.command(item).transpose());
        commands.collect()
    }

    fn command(&self, item: &Item) -> Result<Option<Command>, Refusal> {
        let is_note = |key: u8, velocity: f32| key < 128 && velocity > 0.0 && velocity <= 1.0;
        let node = |name: &Option<String>| name.as_deref().map(|n| self.node(n)).transpose();
        Ok(Some(match item {
            Item::Value { path, value, way } => {
                let (to, control) = self.control(path, Some(*value))?;
                let value = *value;
                let frames = match way {
                    Way::Smooth => None,
                    Way::Line(time) => {
                        let frames = time.to_f64().max(0.0) * f64::from(self.rate);
                        Some(frames.round() as u32)
                    }
                };
                Command::Move {
                    to,
                    control,
                    value,
                    frames,
                }
            }
            Item::Trigger { path, length } => {
                let (to, control) = self.control(path, None)?;
                let length = *length;
                Command::Trigger {
                    to,
                    control,
                    length,
                }
            }
            Item::Note { event, .. } if matches!(*event, NoteEvent::On { key, velocity, .. } if !is_note(key, velocity)) =>
            {
                return Err(Refusal::Note);
            }
            Item::Note { node: name, event } => match node(name)? {
                Some(entry) => Command::NoteTo(entry.address, *event),
                None => Command::Note(*event),
            },
            Item::Strike { key, velocity, .. } if !is_note(*key, *velocity) => {
                return Err(Refusal::Note);
            }
            Item::Strike {
                node: name,
                key,
                velocity,
                length,
            } => Command::Strike {
                to: node(name)?.map(|entry| entry.address),
                key: *key,
                velocity: *velocity,
                length: *length,
            },
            Item::Transport(command) => *command,
            Item::Edit(_) => return Ok(None),
        }))
    }

    fn node(&self, name: &str) -> Result<&Entry, SetError> {
        let found = self.nodes.get(name);
        found.ok_or_else(|| SetError::NoNode(name.to_owned()))
    }

    /// A control by its path; a value for it must be in its range.
    fn control(&self, path: &str, value: Option<f32>) -> Result<(Address, ControlIndex), SetError> {
        let (node, control) = path
            .rsplit_once('/')
            .ok_or_else(|| SetError::Path(path.to_owned()))?;
        let entry = self.node(node)?;
        let index = entry.controls.iter().position(|c| c.name == control);
        let index = index.ok_or_else(|| SetError::NoControl {
            node: node.to_owned(),
            control: control.to_owned(),
        })?;
        let Known { lo, hi, .. } = entry.controls[index];
        if let Some(value) = value.filter(|value| !(lo..=hi).contains(value)) {
            let path = path.to_owned();
            return Err(SetError::Range {
                path,
                value,
                lo,
                hi,
            });
        }
        Ok((entry.address, ControlIndex(index as u16)))
    }

    /// Takes the batches with edits whose moment is near.
    pub(super) fn take_near(&mut self, near: impl Fn(&mut Moment) -> bool) -> Vec<Batch> {
        let mut taken = Vec::new();
        let mut i = 0;
        while let Some((_, batch)) = self.agenda.get_mut(i) {
            if near(&mut batch.moment) {
                taken.push(self.agenda.remove(i).1);
            } else {
                i += 1;
            }
        }
        taken
    }
}

/// What a batch with edits makes of a Patch, and what happens with it.
pub(super) struct Due {
    pub moment: Moment,
    pub patch: Patch,
    pub rest: Rest,
}

/// What happens beside the edits of a batch.
pub(super) struct Rest(Vec<Item>);

impl Batch {
    /// Edits a Patch.
    pub(super) fn carry_out(self, mut patch: Patch) -> Due {
        let mut rest = Vec::new();
        for item in self.items {
            match item {
                Item::Edit(edit) => edit(&mut patch),
                other => rest.push(other),
            }
        }
        Due {
            moment: self.moment,
            patch,
            rest: Rest(rest),
        }
    }
}

impl Rest {
    /// Whether everything it names is in a Patch.
    ///
    /// # Errors
    /// What is not.
    pub(super) fn check(&self, patch: &Patch) -> Result<(), SetError> {
        let node = |name: &str| {
            let found = patch.node(name);
            found.ok_or_else(|| SetError::NoNode(name.to_owned()))
        };
        for item in &self.0 {
            match item {
                Item::Value { path, .. } | Item::Trigger { path, .. } => {
                    let (name, control) = path
                        .rsplit_once('/')
                        .ok_or_else(|| SetError::Path(path.clone()))?;
                    if node(name)?.range(control).is_none() {
                        return Err(SetError::NoControl {
                            node: name.to_owned(),
                            control: control.to_owned(),
                        });
                    }
                }
                Item::Note { node: name, .. } | Item::Strike { node: name, .. } => {
                    name.as_deref().map(node).transpose()?;
                }
                Item::Transport(_) | Item::Edit(_) => {}
            }
        }
        Ok(())
    }

    /// Its commands, for what runs now, with their places in the engine kept.
    ///
    /// # Errors
    /// As for [`Scheduler::send`].
    pub(super) fn commands(&self, shared: &mut Shared) -> Result<Box<[Command]>, Refusal> {
        let commands = shared.commands(&self.0)?;
        let places = commands.iter().map(Command::ends).sum();
        let post = shared.post.as_mut();
        if post.is_some_and(|post| post.reserve(places)) {
            shared.note_pans(&self.0);
            Ok(commands.into())
        } else {
            Err(Refusal::Full(self.0.len()))
        }
    }
}
