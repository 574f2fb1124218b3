//! Beat callbacks: code of the control thread that the song calls.
//!
//! A callback is called by [`Session::tick`], up to [`LEAD`] ahead of its beat, so that what it schedules for that beat
//! is heard at the very frame. The rules are told at [`Session::on_beat`]. Where the song is is known from the engine's
//! reports, some thirty a second, and never from a clock of the system: an offline render calls as live.

use super::schedule::{Batch, LEAD, NotSent};
use super::{Scheduler, Session};
use crate::message::Ticket;
use crate::plan::When;
use crate::time::Beats;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Beats that are over by no more than this are called still, in seconds.
const CATCH_UP: f64 = 1.0;
/// The shortest distance of calls: a 64th of a beat.
const SHORTEST: Beats = Beats::from_units(Beats::UNITS / 64);

/// Ends a callback, from any thread. To drop it ends nothing.
#[derive(Clone, Debug)]
pub struct BeatHandle(Arc<AtomicBool>);

impl BeatHandle {
    /// No call comes any more; what it has scheduled still happens.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }
    /// Whether it has ended.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

type Run = Box<dyn FnMut(&mut BeatContext<'_>) + Send>;

struct Callback {
    start: Beats,
    every: Beats,
    /// The next beat; none before it is known where the song is.
    next: Option<Beats>,
    calls: u64,
    stop: BeatHandle,
    run: Run,
}

impl Callback {
    /// The first beat of its grid from a beat on.
    fn align(&self, from: Beats) -> Beats {
        let (start, every) = (self.start.units(), self.every.units());
        let steps = from.units().saturating_sub(start).saturating_add(every - 1);
        let steps = steps.div_euclid(every).max(0);
        Beats::from_units(start.saturating_add(steps.saturating_mul(every)))
    }
}

/// The callbacks of a session.
#[derive(Default)]
pub(super) struct Callbacks {
    all: Vec<Callback>,
    /// Which run of the song the next beats are for, counted by jumps, and where it began.
    run: Option<(u32, Beats)>,
}

impl Callbacks {
    /// Another engine: its song runs anew.
    pub(super) fn forget_the_engine(&mut self) {
        self.run = None;
    }
}

/// What a callback is called with.
pub struct BeatContext<'a> {
    session: &'a mut Session,
    beat: Beats,
    now: f64,
    every: Beats,
    calls: u64,
    skipped: u64,
    run: u32,
    stop: BeatHandle,
}

impl BeatContext<'_> {
    /// The beat it is called for.
    pub fn beat(&self) -> Beats {
        self.beat
    }
    /// How often it was called before.
    pub fn calls(&self) -> u64 {
        self.calls
    }
    /// Whether the beat is over already, as far as is known: what is scheduled for it happens at once.
    pub fn late(&self) -> bool {
        self.beat.to_f64() < self.now
    }
    /// How many beats were left out since the last call.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }
    /// A batch for this beat.
    pub fn batch(&self) -> Batch {
        self.batch_after(Beats::ZERO)
    }
    /// A batch for so many beats after this one, or before.
    pub fn batch_after(&self, beats: Beats) -> Batch {
        let mut batch = Batch::at(When::Beat(self.beat + beats));
        batch.run = Some(self.run);
        batch
    }
    /// Takes a batch, as [`Scheduler::send`] does.
    ///
    /// # Errors
    /// The batch comes back if it cannot be.
    pub fn send(&self, batch: Batch) -> Result<Ticket, NotSent> {
        self.session.scheduler.send(batch)
    }
    /// The session, for everything else.
    pub fn session(&mut self) -> &mut Session {
        self.session
    }
    /// This was the last call.
    pub fn stop(&self) {
        self.stop.cancel();
    }
    /// The next call comes so much later than this one, and so on from there; a 64th of a beat at least.
    pub fn set_every(&mut self, every: Beats) {
        self.every = every.max(SHORTEST);
    }
}

impl Session {
    /// Calls `run` for the beat `start` and then `every` so many beats (a 64th at least), from where the song is on:
    /// on this thread, in [`Session::tick`], up to [`LEAD`] seconds ahead of the beat, so that what it schedules for it
    /// is heard at the very frame. (Ticks and blocks that are further apart come too late for that.)
    ///
    /// * While the song stands still nothing is called. A start is foreseen: the beat from which the song starts is
    ///   called in time if the session is ticked between [`Session::play`] and the next block.
    /// * After a jump the calls go on with the first beat of the grid from where the song went. What a call scheduled
    ///   with [`BeatContext::batch`] for beats that the song then did not come to is let go.
    /// * Beats that are over when the session is ticked are called in their order, and told that they are
    ///   [`BeatContext::late`]; beats that are over by more than a second are left out and counted
    ///   ([`BeatContext::skipped`]).
    /// * Calls of one tick come in the order of their beats, equal ones in the order in which callbacks were added.
    ///
    /// ```
    /// use sorl_graph::{Beats, Session, Span};
    ///
    /// let mut session = Session::new();
    /// // An arpeggio on `lead`, one note each half beat, until the song has heard eight.
    /// session.on_beat(Beats::ZERO, Beats::from_f64(0.5), |beat| {
    ///     let key = [57, 60, 64, 69][beat.calls() as usize % 4];
    ///     let note = beat.batch().strike("lead", key, 0.8, Span::beats(0.4));
    ///     if beat.send(note).is_err() || beat.calls() == 7 {
    ///         beat.stop();
    ///     }
    /// });
    /// ```
    pub fn on_beat(
        &mut self,
        start: Beats,
        every: Beats,
        run: impl FnMut(&mut BeatContext<'_>) + Send + 'static,
    ) -> BeatHandle {
        let stop = BeatHandle(Arc::default());
        self.beats.all.push(Callback {
            start,
            every: every.max(SHORTEST),
            next: None,
            calls: 0,
            stop: stop.clone(),
            run: Box::new(run),
        });
        stop
    }

    /// The way to this session's engine, for any thread.
    pub fn scheduler(&self) -> Scheduler {
        self.scheduler.clone()
    }

    /// Takes a batch, as [`Scheduler::send`] does, and does at once what of it is for now.
    ///
    /// # Errors
    /// The batch comes back if it cannot be.
    pub fn send(&mut self, batch: Batch) -> Result<Ticket, NotSent> {
        let ticket = self.scheduler.send(batch)?;
        self.run_agenda();
        Ok(ticket)
    }

    /// Takes a batch back, as [`Scheduler::cancel`] does.
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        self.scheduler.cancel(ticket)
    }

    /// Calls what is due.
    pub(super) fn run_beats(&mut self) {
        self.beats.all.retain(|c| !c.stop.is_cancelled());
        let Some((now, tempo)) = self.running().filter(|_| !self.beats.all.is_empty()) else {
            return;
        };
        self.follow_the_run(now);
        let horizon = Beats::from_f64(now + LEAD * tempo);
        let oldest = Beats::from_f64(now - CATCH_UP * tempo);
        let mut callbacks = std::mem::take(&mut self.beats.all);
        loop {
            let due = callbacks
                .iter_mut()
                .filter(|c| !c.stop.is_cancelled())
                .filter_map(|c| Some((c.next.filter(|next| *next <= horizon)?, c)))
                .min_by_key(|(next, _)| *next);
            let Some((mut beat, callback)) = due else {
                break;
            };
            let mut skipped = 0;
            if beat < oldest {
                let on = callback.align(oldest);
                skipped = (on - beat).units().div_euclid(callback.every.units()) as u64;
                beat = on;
            }
            if beat <= horizon {
                let mut context = BeatContext {
                    beat,
                    now,
                    every: callback.every,
                    calls: callback.calls,
                    skipped,
                    run: self.status.jumps,
                    stop: callback.stop.clone(),
                    session: self,
                };
                (callback.run)(&mut context);
                let every = context.every;
                if every != callback.every {
                    (callback.start, callback.every) = (beat, every);
                }
                callback.calls += 1;
                beat = beat + every;
            }
            callback.next = Some(beat);
        }
        // What was added meanwhile comes after.
        callbacks.append(&mut self.beats.all);
        self.beats.all = callbacks;
    }

    /// Minds jumps: the next beats are those of the run of the song that is or is about to be.
    fn follow_the_run(&mut self, now: f64) {
        let status = &self.status;
        let (run, from) = if status.playing {
            (status.jumps, status.jumped_to)
        } else {
            (status.jumps.wrapping_add(1), Beats::from_f64(now))
        };
        let same = self.beats.run.is_some_and(|(known, began)| {
            let apart = (began - from).to_f64().abs();
            known == run && apart < 1e-3
        });
        for callback in &mut self.beats.all {
            if !same {
                callback.next = Some(callback.align(from));
            } else if callback.next.is_none() {
                callback.next = Some(callback.align(Beats::from_f64(now)));
            }
        }
        self.beats.run = Some((run, from));
    }
}
