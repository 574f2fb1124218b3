//! Commands from any number of control threads to one engine, in one order.
//!
//! Control threads share a lock; the audio thread takes none: it reads the other end of a wait-free queue. What is to
//! wait in the engine has its place there before it is sent, so nothing that was accepted is ever lost.

use super::queue::atomic::{AtomicUsize, Ordering};
use super::queue::{Arc, Consumer, Producer, RingBuffer};
use crate::message::{Command, Moment, Sent, Ticket};

/// Commands that may wait in the engine for their moment, ends of notes included.
pub const ROOM: usize = if cfg!(loom) { 3 } else { 1024 };
/// Commands that may be under way to it.
const COMMANDS: usize = if cfg!(loom) { 4 } else { 2048 };

/// The control side's end.
pub struct Post {
    queue: Producer<Sent>,
    used: Arc<AtomicUsize>,
}

/// The engine's end. Every call is real-time safe.
pub struct Inbox {
    queue: Consumer<Sent>,
    used: Arc<AtomicUsize>,
}

/// The two ends of a new post. Allocates.
pub(super) fn post() -> (Post, Inbox) {
    let (sender, receiver) = RingBuffer::new(COMMANDS);
    let used = Arc::new(AtomicUsize::new(0));
    let post = Post {
        queue: sender,
        used: Arc::clone(&used),
    };
    let inbox = Inbox {
        queue: receiver,
        used,
    };
    (post, inbox)
}

/// How many places a command takes in the engine while it waits or sounds.
fn places(moment: Moment, command: &Command) -> usize {
    let waits = usize::from(moment != Moment::default());
    // The end of a note has its place from the beginning.
    waits.max(command.ends())
}

impl Post {
    /// Sends all of the commands, or none: false if there is no room now.
    pub fn send(
        &mut self,
        ticket: Ticket,
        moment: Moment,
        run: Option<u32>,
        commands: &[Command],
    ) -> bool {
        let needed = commands.iter().map(|c| places(moment, c)).sum();
        if self.queue.slots() < commands.len() || !self.reserve(needed) {
            return false;
        }
        let sent = |command: &Command| Sent {
            ticket,
            moment,
            run,
            command: *command,
        };
        // One chunk becomes visible at once: the engine never sees a part of it.
        match self.queue.write_chunk_uninit(commands.len()) {
            Ok(chunk) => chunk.fill_from_iter(commands.iter().map(sent)) == commands.len(),
            Err(_) => false,
        }
    }

    /// Keeps places in the engine, for commands that go there with a Plan. False if there are not as many.
    pub fn reserve(&mut self, places: usize) -> bool {
        // Only this end takes places, behind one lock; the engine only gives them back.
        let used = self.used.load(Ordering::Acquire);
        if used.saturating_add(places) > ROOM {
            return false;
        }
        self.used.fetch_add(places, Ordering::AcqRel);
        true
    }

    /// Places that are taken.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }
}

impl Inbox {
    /// How many commands can be received now: whole sendings.
    pub fn ready(&self) -> usize {
        self.queue.slots()
    }
    /// The next one.
    pub fn receive(&mut self) -> Option<Sent> {
        self.queue.pop().ok()
    }
    /// Gives back places.
    pub fn release(&self, places: usize) {
        if places > 0 {
            self.used.fetch_sub(places, Ordering::AcqRel);
        }
    }
    /// Gives back the places of a command that has taken effect or was let go, but for the one its end takes now.
    pub fn done(&self, sent: &Sent, end_waits: bool) {
        self.release(places(sent.moment, &sent.command) - usize::from(end_waits));
    }
}

#[cfg(test)]
mod tests {
    use super::super::queue::{TURNS, every_order, thread};
    use super::*;
    use crate::plan::When;

    /// Two commands that wait, sent at once.
    fn send(post: &mut Post, ticket: u64) -> bool {
        let moment = Moment::from(When::Frame(1000));
        let commands = [Command::Play(true), Command::Play(false)];
        post.send(Ticket(ticket), moment, None, &commands)
    }

    /// Takes a sending out of the queue, which is there as a whole or not at all, and lets go of it.
    fn receive(inbox: &mut Inbox) -> Option<u64> {
        let ready = inbox.ready();
        assert!(ready.is_multiple_of(2), "{ready}");
        if ready == 0 {
            return None;
        }
        let both = [0, 1].map(|_| inbox.receive().unwrap());
        assert_eq!(both[0].ticket, both[1].ticket);
        assert!(matches!(both[1].command, Command::Play(false)));
        both.iter().for_each(|sent| inbox.done(sent, false));
        Some(both[0].ticket.0)
    }

    #[test]
    fn sendings_arrive_whole_and_in_order_and_every_place_is_given_back() {
        every_order(|| {
            let (mut post, mut inbox) = post();
            let engine = thread::spawn(move || {
                let mut received = Vec::new();
                for _ in 0..TURNS {
                    received.extend(receive(&mut inbox));
                    thread::yield_now();
                }
                (received, inbox)
            });
            let mut sent = Vec::new();
            for ticket in 0..=TURNS as u64 {
                if send(&mut post, ticket) {
                    sent.push(ticket);
                }
                assert!(post.used() <= ROOM);
            }
            let (mut received, mut inbox) = engine.join().unwrap();
            while let Some(ticket) = receive(&mut inbox) {
                received.push(ticket);
            }
            assert_eq!(received, sent);
            assert!(!sent.is_empty());
            assert_eq!(post.used(), 0);
        });
    }
}
