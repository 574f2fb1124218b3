//! What waits for its frame or its beat: commands in the order of their moments.
//!
//! Lives on the audio thread. Room for all that can be accepted is made with the engine; nothing here allocates or
//! frees, and a question costs the logarithm of what waits.
//!
//! A command for a frame takes effect at that frame. One for a beat takes effect at the first frame at which the song
//! plays at or past that beat: a step of the transport over it makes it happen at once, a step back makes it wait
//! again, and while the song stands still it waits. Each happens once. What comes at one frame happens in the order of
//! sending. The end of a note comes at once where the song stops or jumps, and what was sent for one run of the song
//! (see [`Sent::run`]) is let go there.

use super::clock::{Clock, Due};
use crate::message::{Address, Command, Sent, Ticket};
use crate::plan::ControlIndex;
use crate::rt::ROOM;
use crate::time::Beats;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A command that waits.
#[derive(Clone, Copy)]
struct Entry {
    /// A frame, or a beat in units.
    at: i64,
    /// Counts what came here.
    order: u64,
    sent: Sent,
}

impl Entry {
    fn key(&self) -> (i64, u64) {
        (self.at, self.order)
    }
}

// The earliest is the greatest: it comes out of the heap first.
impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        other.key().cmp(&self.key())
    }
}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Entry {}

/// Commands that wait. Every call but [`Schedule::new`] is real-time safe.
pub struct Schedule {
    /// Heard of, not yet placed: the clock first comes to the block in which they came.
    fresh: Vec<Sent>,
    frames: BinaryHeap<Entry>,
    beats: BinaryHeap<Entry>,
    order: u64,
}

impl Schedule {
    pub fn new() -> Schedule {
        Schedule {
            fresh: Vec::with_capacity(ROOM),
            frames: BinaryHeap::with_capacity(ROOM),
            beats: BinaryHeap::with_capacity(ROOM),
            order: 0,
        }
    }

    /// Counts up with everything that came.
    pub fn count(&self) -> u64 {
        self.order
    }

    fn len(&self) -> usize {
        self.fresh.len() + self.frames.len() + self.beats.len()
    }

    /// Takes a command until [`Schedule::place`]. False if there is no room, which its sender has made sure of.
    pub fn take(&mut self, sent: Sent) -> bool {
        let room = self.len() < ROOM;
        if room {
            self.fresh.push(sent);
        }
        room
    }

    /// Gives everything that came its place, at the first frame of a block. Calls `gone` for what is of another run.
    pub fn place(&mut self, frame: i64, clock: &Clock, gone: &mut dyn FnMut(&Sent)) {
        for i in 0..self.fresh.len() {
            let sent = self.fresh[i];
            let due = clock.due(sent.moment, frame);
            let entry = self.entry(due, sent);
            if of_this_run(&entry, matches!(due, Due::Beat(_)), clock) {
                self.push(due, entry);
            } else {
                gone(&sent);
            }
        }
        self.fresh.clear();
    }

    fn entry(&mut self, due: Due, sent: Sent) -> Entry {
        self.order += 1;
        let at = match due {
            Due::Frame(frame) => frame,
            Due::Beat(beat) => beat.units(),
        };
        let order = self.order;
        Entry { at, order, sent }
    }

    fn push(&mut self, due: Due, entry: Entry) {
        match due {
            Due::Frame(_) => self.frames.push(entry),
            Due::Beat(_) => self.beats.push(entry),
        }
    }

    /// The end of a note. False if there is no room, which its sender has made sure of.
    pub fn end(&mut self, due: Due, sent: Sent) -> bool {
        let room = self.len() < ROOM;
        if room {
            let entry = self.entry(due, sent);
            self.push(due, entry);
        }
        room
    }

    /// The frame at which the first of the beats comes.
    fn beat_frame(&self, clock: &Clock) -> Option<i64> {
        let segment = clock.segment()?;
        let entry = self.beats.peek()?;
        Some(segment.frame_of(Beats::from_units(entry.at)))
    }

    /// The next frame at which something takes effect, as things are.
    pub fn next(&self, clock: &Clock) -> Option<i64> {
        let frame = self.frames.peek().map(|entry| entry.at);
        match (frame, self.beat_frame(clock)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The next command that is due at a frame.
    pub fn pop(&mut self, frame: i64, clock: &Clock) -> Option<Sent> {
        let first = |heap: &BinaryHeap<Entry>, at: Option<i64>| {
            let at = at.filter(|at| *at <= frame)?;
            Some((at, heap.peek()?.order))
        };
        let at = self.frames.peek().map(|entry| entry.at);
        let by_frame = first(&self.frames, at);
        let by_beat = first(&self.beats, self.beat_frame(clock));
        let heap = match (by_frame, by_beat) {
            (Some(a), Some(b)) if a < b => &mut self.frames,
            (Some(_), None) => &mut self.frames,
            (_, Some(_)) => &mut self.beats,
            (None, None) => return None,
        };
        heap.pop().map(|entry| entry.sent)
    }

    /// The song stopped, started or jumped: ends of notes that hang on beats come now, and what was sent for the run
    /// that is over is let go.
    pub fn jump(&mut self, frame: i64, clock: &Clock, gone: &mut dyn FnMut(&Sent)) {
        self.frames.retain(|entry| {
            let keep = of_this_run(entry, false, clock);
            if !keep {
                gone(&entry.sent);
            }
            keep
        });
        let mut beats = std::mem::take(&mut self.beats).into_vec();
        let mut i = 0;
        while let Some(entry) = beats.get_mut(i) {
            if matches!(entry.sent.command, Command::Fall { .. }) {
                entry.at = frame;
                self.frames.push(beats.swap_remove(i));
            } else if !of_this_run(entry, true, clock) {
                gone(&entry.sent);
                beats.swap_remove(i);
            } else {
                i += 1;
            }
        }
        self.beats = BinaryHeap::from(beats);
    }

    /// Back to the beginning: no note sounds whose end could wait, and no run of the song goes on.
    pub fn reset(&mut self, gone: &mut dyn FnMut(&Sent)) {
        let falls = |sent: &Sent| matches!(sent.command, Command::Fall { .. });
        self.retain(|sent| sent.run.is_none() && !falls(sent), gone);
    }

    /// Lets go of what was sent with a ticket.
    pub fn cancel(&mut self, ticket: Ticket, gone: &mut dyn FnMut(&Sent)) {
        // A note that sounds ends when it would.
        let falls = |sent: &Sent| matches!(sent.command, Command::Fall { .. });
        self.retain(|sent| sent.ticket != ticket || falls(sent), gone);
    }

    /// Lets go of what is not to be kept, wherever it waits, and says so.
    fn retain(&mut self, keeps: impl Fn(&Sent) -> bool, gone: &mut dyn FnMut(&Sent)) {
        let mut keep = |sent: &Sent| {
            let keep = keeps(sent);
            if !keep {
                gone(sent);
            }
            keep
        };
        self.fresh.retain(|sent| keep(sent));
        self.frames.retain(|entry| keep(&entry.sent));
        self.beats.retain(|entry| keep(&entry.sent));
    }

    /// A node gave way to another one of its name: what waits for it is for the new one, as far as that has the
    /// control.
    pub fn readdress(
        &mut self,
        old: Address,
        new: Address,
        takes: &[(ControlIndex, ControlIndex)],
    ) {
        if self.len() == 0 {
            return;
        }
        let now = |sent: &mut Sent| sent.command.readdress(old, new, takes);
        self.fresh.iter_mut().for_each(now);
        for heap in [&mut self.frames, &mut self.beats] {
            let mut entries = std::mem::take(heap).into_vec();
            entries.iter_mut().for_each(|entry| now(&mut entry.sent));
            *heap = BinaryHeap::from(entries);
        }
    }
}

/// Whether a command is for the song as it runs now.
fn of_this_run(entry: &Entry, by_beat: bool, clock: &Clock) -> bool {
    let Some(run) = entry.sent.run else {
        return true;
    };
    if run == clock.jumps() {
        return true;
    }
    // Sent just before the song began to play: for what begins then.
    let before = clock.started() && run.wrapping_add(1) == clock.jumps();
    before && (!by_beat || entry.at >= clock.jumped_to().units())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Moment;
    use crate::plan::When;

    fn sent(ticket: u64, when: When) -> Sent {
        Sent {
            ticket: Ticket(ticket),
            moment: Moment::from(when),
            run: None,
            command: Command::Play(true),
        }
    }

    fn playing() -> Clock {
        let mut clock = Clock::new(48000);
        clock.play(0, true);
        clock.follow(0, None, None);
        clock
    }

    fn drain(schedule: &mut Schedule, frame: i64, clock: &Clock) -> Vec<u64> {
        std::iter::from_fn(|| schedule.pop(frame, clock).map(|s| s.ticket.0)).collect()
    }

    #[test]
    fn frames_and_beats_come_in_order_and_equal_ones_as_they_were_sent() {
        let (mut schedule, clock) = (Schedule::new(), playing());
        let beat = |b: f64| When::Beat(Beats::from_f64(b));
        let all = [
            beat(1.0),
            When::Frame(24_000),
            beat(1.0),
            When::Frame(100),
            beat(-3.0),
        ];
        for (i, when) in all.into_iter().enumerate() {
            assert!(schedule.take(sent(i as u64, when)));
        }
        schedule.place(0, &clock, &mut |_| panic!("none goes"));
        assert!(schedule.next(&clock).unwrap() < 0);
        assert_eq!(drain(&mut schedule, 0, &clock), [4]);
        assert_eq!(schedule.next(&clock), Some(100));
        assert_eq!(drain(&mut schedule, 23_999, &clock), [3]);
        assert_eq!(drain(&mut schedule, 24_000, &clock), [0, 1, 2]);
        assert_eq!(schedule.next(&clock), None);
    }

    #[test]
    fn there_is_room_for_as_many_as_were_agreed() {
        let (mut schedule, clock) = (Schedule::new(), playing());
        for i in 0..ROOM as u64 {
            assert!(schedule.take(sent(i, When::Frame(5))));
        }
        assert!(!schedule.take(sent(0, When::Frame(5))));
        schedule.place(0, &clock, &mut |_| panic!("none goes"));
        assert!(!schedule.take(sent(0, When::Frame(5))));
        let mut gone = 0;
        schedule.cancel(Ticket(17), &mut |_| gone += 1);
        assert_eq!(gone, 1);
        assert_eq!(drain(&mut schedule, 5, &clock).len(), ROOM - 1);
    }
}
