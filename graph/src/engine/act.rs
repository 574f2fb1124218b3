//! Commands: heard of at a block's beginning, done at their frames.

use super::clock::{Due, Turn};
use super::touch::Hands;
use super::{Engine, KEYS, moves, notes};
use crate::message::{Address, Command, Moment, NodeState, NoteEvent, Sent};
use crate::plan::{ControlIndex, NodeId, PlanNode};

/// MIDI's channels and keys are below these: what commands hold is apart from them.
const OWN_CHANNEL: u64 = 16;
const OWN_KEY: u64 = 128;

impl Engine {
    /// Hears of commands. Those for now are done; the others find their place once the clock has come to the block.
    pub(super) fn take_commands(&mut self) {
        // What comes together is there together: a sending is never heard in part.
        for _ in 0..self.link.inbox.ready() {
            let Some(sent) = self.link.inbox.receive() else {
                return;
            };
            if sent.moment == Moment::default() {
                self.perform(&sent);
            } else if !self.schedule.take(sent) {
                // Cannot be: its sender has kept a place for it.
                self.link.inbox.done(&sent, false);
            }
        }
    }

    /// Gives what was heard of its place. The clock has come to the block's first frame.
    pub(super) fn place_commands(&mut self) {
        let inbox = &self.link.inbox;
        self.schedule
            .place(self.frame, &self.clock, &mut |sent| inbox.done(sent, false));
    }

    /// Adopts Plans and does what was commanded for this frame, in this order.
    pub(super) fn do_what_is_due(&mut self) {
        self.adopt_what_is_due();
        // Each takes one out that is waiting; what it leaves (the end of a note) is for a later frame.
        while let Some(sent) = self.schedule.pop(self.frame, &self.clock) {
            self.perform(&sent);
            if matches!(
                sent.command,
                Command::Play(_) | Command::Seek(_) | Command::Tempo(_)
            ) {
                self.obey();
            }
        }
    }

    /// The own clock was told something: it follows at this very frame.
    fn obey(&mut self) {
        if self.clock.obey(self.frame, self.plan.as_deref()) == Turn::Jump {
            self.jump();
        }
        self.pulse.follow(&self.clock, self.frame);
    }

    /// What came with a Plan is done with it.
    pub(super) fn perform_all(&mut self, commands: &[Command], serial: u64) {
        for command in commands {
            let sent = Sent {
                ticket: crate::message::Ticket(serial),
                moment: Moment::default(),
                run: None,
                command: *command,
            };
            self.perform(&sent);
            if matches!(
                command,
                Command::Play(_) | Command::Seek(_) | Command::Tempo(_)
            ) {
                self.obey();
            }
        }
    }

    /// Does it, and gives its place back but for what its end takes.
    fn perform(&mut self, sent: &Sent) {
        let end_waits = self.act(sent);
        self.link.inbox.done(sent, end_waits);
    }

    /// Does what a command says, at the present frame. Whether its end waits.
    fn act(&mut self, sent: &Sent) -> bool {
        let frame = self.frame;
        match sent.command {
            Command::Set {
                id,
                slot,
                control,
                value,
            } => drop(self.set(Address { id, slot }, control, value, None)),
            Command::Move {
                to,
                control,
                value,
                frames,
            } => {
                // A node in a graph of a higher rate counts its own frames.
                let factor = match frames {
                    None | Some(0) => 1,
                    Some(_) => self.find(to).map_or(1, |(_, node)| node.factor),
                };
                let frames = frames.map(|frames| frames.saturating_mul(factor));
                // Told to the session: the value is the base from now on.
                if let Some((state, control)) = self.set(to, control, value, frames) {
                    (state.turned[control], state.any_turned) = (true, true);
                }
            }
            Command::Trigger {
                to,
                control,
                length,
            } => {
                let key = own_key(self.schedule.count());
                let key = (key.0, key.1 | OWN_KEY as u8);
                let Some((state, node)) = self.find(to) else {
                    return false;
                };
                if usize::from(control.0) >= node.controls.len().saturating_sub(2) {
                    return false;
                }
                notes::trigger(state, control, key, frame);
                return self.end(sent, to, key, length);
            }
            Command::Strike {
                to,
                key,
                velocity,
                length,
            } => {
                let (channel, _) = own_key(self.schedule.count());
                let Some(to) = self.instrument(to) else {
                    return false;
                };
                let on = NoteEvent::On {
                    channel,
                    key,
                    velocity,
                };
                if !self.play(to, on) {
                    return false;
                }
                return self.end(sent, to, (channel, key), length);
            }
            Command::NoteTo(to, event) => {
                self.play(to, event);
            }
            Command::Fall { to, key } => {
                if let Some((state, _)) = self.find(to) {
                    notes::fall(state, key, frame);
                }
            }
            Command::Cancel(ticket) => {
                let inbox = &self.link.inbox;
                self.schedule
                    .cancel(ticket, &mut |sent| inbox.done(sent, false));
            }
            // In time: one that came to be done now waits for the block's first frame with the host's notes.
            Command::Note(event) if sent.moment == Moment::default() => self.key(event),
            Command::Note(event) => {
                self.turn(event);
                self.note(event);
            }
            Command::Play(on) => self.clock.play(frame, on),
            Command::Seek(beat) => self.clock.seek(frame, beat),
            Command::Tempo(tempo) => self.clock.overrule(tempo),
        }
        false
    }

    /// Lets the gate that a command opened fall later.
    fn end(
        &mut self,
        sent: &Sent,
        to: Address,
        key: (u8, u8),
        length: crate::message::Span,
    ) -> bool {
        let due = self.clock.end(self.frame, length);
        let (moment, run) = (waiting(due), None);
        let command = Command::Fall { to, key };
        let end = Sent {
            moment,
            run,
            command,
            ..*sent
        };
        self.schedule.end(due, end)
    }

    /// A node's state, and the node in the Plan.
    fn find(&mut self, to: Address) -> Option<(&mut NodeState, &PlanNode)> {
        let state = self.table.wake(to.slot)?;
        let nodes = &self.plan.as_ref()?.nodes;
        let node = nodes.iter().find(|n| n.slot == to.slot && n.id == to.id)?;
        (state.id == to.id).then_some((state, node))
    }

    /// The node that a note is for: one that is named, or the one that MIDI plays.
    fn instrument(&self, to: Option<Address>) -> Option<Address> {
        to.or_else(|| {
            let plan = self.plan.as_ref()?;
            let node = plan.nodes.get(plan.instrument?.0 as usize)?;
            Some(Address {
                id: node.id,
                slot: node.slot,
            })
        })
    }

    /// A note for one node, at the present frame. Whether it is there.
    fn play(&mut self, to: Address, event: NoteEvent) -> bool {
        let Some(plan) = &self.plan else { return false };
        let named = |n: &PlanNode| n.slot == to.slot && n.id == to.id;
        let Some(index) = plan.nodes.iter().position(named) else {
            return false;
        };
        let Some(state) = self.table.wake(to.slot) else {
            return false;
        };
        if state.id != to.id {
            return false;
        }
        let hands = Hands {
            channels: &self.work.channels,
            mappings: &plan.mappings,
            rate: self.setup.rate * plan.nodes[index].factor,
        };
        let node = &plan.nodes[index];
        notes::key(index as u32, node, state, event, self.frame, hands);
        true
    }

    /// Keeps a note for the next frame that runs; more than [`KEYS`] are left out.
    pub(super) fn key(&mut self, event: NoteEvent) {
        if self.key_count < KEYS {
            self.keys[self.key_count] = event;
            self.key_count += 1;
        }
    }

    /// A note for the nodes that keys play.
    fn note(&mut self, event: NoteEvent) {
        let Some(plan) = &self.plan else { return };
        self.work.channels.take(event);
        for (index, node) in plan.nodes.iter().enumerate() {
            let plays = plan.instrument.is_some_and(|i| i.0 as usize == index);
            let plays = plays || !node.keys.is_empty();
            if plays
                && notes::takes(node, event, &self.work.channels)
                && let Some(state) = self.table.wake(node.slot)
            {
                let hands = Hands {
                    channels: &self.work.channels,
                    mappings: &plan.mappings,
                    rate: self.setup.rate * node.factor,
                };
                notes::key(index as u32, node, state, event, self.frame, hands);
            }
        }
    }

    /// Somebody speaks to a control: in so many frames, or in as many as when a hand moves it. Gives its state and its
    /// index.
    fn set(
        &mut self,
        to: Address,
        control: ControlIndex,
        value: f32,
        frames: Option<u32>,
    ) -> Option<(&mut NodeState, usize)> {
        let state = self.table.wake(to.slot)?;
        let control = usize::from(control.0);
        if state.id != to.id || control >= state.bases.len() || !value.is_finite() {
            return None;
        }
        let beats = self.pulse.beats(&self.clock, self.frame).to_f64();
        let frames = frames.unwrap_or(state.smooth[control]);
        moves::speak(state, control, value, beats, frames);
        if frames == 0 {
            state.bases[control].jump(value);
        }
        Some((state, control))
    }

    /// The transport started, stopped or jumped: what waited for the run of the song that is over does not wait on.
    pub(super) fn let_go_of_the_run(&mut self) {
        let inbox = &self.link.inbox;
        self.schedule
            .jump(self.frame, &self.clock, &mut |sent| inbox.done(sent, false));
        // A Plan that waited for a place in the song must not hold up the ones after it.
        if !self.clock.started()
            && let Some(pending) = &mut self.pending
            && matches!(pending.due, Due::Beat(_))
        {
            pending.due = Due::Frame(self.frame);
        }
    }

    /// What waits for a node that gave way is for the one that took its place.
    pub(super) fn readdress(&mut self, old: NodeId, node: &PlanNode) {
        let Some(birth) = &node.birth else { return };
        let Some(slot) = birth.replaces else { return };
        let new = Address {
            id: node.id,
            slot: node.slot,
        };
        self.schedule
            .readdress(Address { id: old, slot }, new, &birth.takes);
    }
}

/// A channel and key that no MIDI has, another one each time for a long time.
fn own_key(count: u64) -> (u8, u8) {
    let channels = 256 - OWN_CHANNEL;
    let channel = OWN_CHANNEL + count % channels;
    (channel as u8, (count / channels % OWN_KEY) as u8)
}

/// A moment that is not now, for what waits until `due`.
fn waiting(due: Due) -> Moment {
    use crate::plan::When;
    Moment::from(match due {
        Due::Frame(frame) => When::Frame(frame),
        Due::Beat(beat) => When::Beat(beat),
    })
}
