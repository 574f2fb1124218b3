//! What is plugged into an engine beside its sound: MIDI in and out, a clock to follow or to send.
//!
//! A [`Hub`] lives on control threads and outlives engines: when a back end gives way to another, the new driver plugs
//! itself in where the old one was. The two sides share nothing but queues; [`Lines`] is the audio thread's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rtrb::{Consumer, Producer, RingBuffer};

use super::midi::{ClockIn, ClockWord};
use crate::engine::Engine;
use crate::message::{NoteEvent, TimedNote};
use crate::time::HostTime;

/// Messages that can wait between two blocks, each way.
const MESSAGES: usize = 4096;
/// Notes that a block can hold.
const NOTES: usize = 1024;

/// Whose time rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// Sorl's own.
    #[default]
    Own,
    /// A MIDI clock's; until it starts, the song stands.
    Midi,
    /// The JACK transport's; on other back ends Sorl's own.
    Jack,
    /// Sorl's own, by way of the JACK transport, which does what Sorl's is told and is followed; on other back ends Sorl's
    /// own alone.
    JackLead,
}

/// A message of up to three bytes, and when: nanoseconds from the hub's beginning.
#[derive(Clone, Copy, Debug)]
struct Stamped {
    at: u64,
    bytes: [u8; 3],
    length: u8,
}

/// What is plugged in; share it in an `Arc`.
pub struct Hub {
    began: Instant,
    sync: Sync,
    clock_out: bool,
    ends: Mutex<Ends>,
}

/// The control side's ends of the queues to the driver that plays now.
#[derive(Default)]
struct Ends {
    midi_in: Option<Producer<Stamped>>,
    midi_out: Option<Consumer<Stamped>>,
}

impl Hub {
    /// With nothing plugged in yet. With `clock_out` the song leaves as a MIDI clock, whatever the score says.
    pub fn new(sync: Sync, clock_out: bool) -> Arc<Hub> {
        Arc::new(Hub {
            began: Instant::now(),
            sync,
            clock_out,
            ends: Mutex::default(),
        })
    }

    /// Whose time rules.
    pub fn sync(&self) -> Sync {
        self.sync
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        // What is kept is whole between any two statements.
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A MIDI message that has come now; what no engine is there to hear is lost, as is what has more than three bytes.
    /// False if there was no room for it.
    pub fn hear(&self, bytes: &[u8]) -> bool {
        let Some(stamped) = Stamped::new(self.began.elapsed(), bytes) else {
            return true;
        };
        let mut ends = self.ends();
        ends.midi_in
            .as_mut()
            .is_none_or(|queue| queue.push(stamped).is_ok())
    }

    /// The next MIDI message that is to go out, and how long there is until then.
    pub fn next_out(&self) -> Option<(Duration, [u8; 3], usize)> {
        let mut ends = self.ends();
        let stamped = ends.midi_out.as_mut()?.pop().ok()?;
        let due = Duration::from_nanos(stamped.at).saturating_sub(self.began.elapsed());
        Some((due, stamped.bytes, usize::from(stamped.length)))
    }

    /// A new driver takes its place, with its engine. Allocates.
    pub(super) fn plug(self: &Arc<Self>, engine: &mut Engine) -> Lines {
        engine.send_clock(self.clock_out);
        let rate = engine.setup().rate;
        let (midi_in, heard) = RingBuffer::new(MESSAGES);
        let (out, midi_out) = RingBuffer::new(MESSAGES);
        *self.ends() = Ends {
            midi_in: Some(midi_in),
            midi_out: Some(midi_out),
        };
        Lines {
            hub: Arc::clone(self),
            rate,
            heard,
            out,
            clock_in: (self.sync == Sync::Midi).then(|| ClockIn::new(rate)),
            notes: Vec::with_capacity(NOTES),
            frame: 0,
            now: 0,
        }
    }
}

impl Stamped {
    fn new(at: Duration, bytes: &[u8]) -> Option<Stamped> {
        let mut kept = [0; 3];
        kept.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Stamped {
            at: u64::try_from(at.as_nanos()).ok()?,
            bytes: kept,
            length: bytes.len() as u8,
        })
    }
}

/// The audio thread's side. All of it is real-time safe.
pub(super) struct Lines {
    hub: Arc<Hub>,
    rate: u32,
    heard: Consumer<Stamped>,
    out: Producer<Stamped>,
    clock_in: Option<ClockIn>,
    notes: Vec<TimedNote>,
    /// Frames since this was plugged in.
    frame: u64,
    /// When the block began.
    now: u64,
}

impl Lines {
    /// A block of `frames` frames begins: what has come during the one before is spread over it as it came, one block
    /// late and with its rhythm whole.
    pub(super) fn begin(&mut self, frames: usize) {
        self.now = u64::try_from(self.hub.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        for _ in 0..NOTES {
            let Ok(stamped) = self.heard.pop() else { break };
            let ago = self.now.saturating_sub(stamped.at) as f64 * 1e-9 * f64::from(self.rate);
            let frame = (frames as f64 - ago).clamp(0.0, frames.saturating_sub(1) as f64);
            // To a clock it is told when it came, also if that was blocks ago.
            let exact = self.frame as f64 + frames as f64 - ago;
            self.take(
                frame as u32,
                exact,
                &stamped.bytes[..usize::from(stamped.length)],
            );
        }
    }

    /// A message that came at a frame of this block, exactly.
    pub(super) fn hear(&mut self, frame: u32, bytes: &[u8]) {
        let exact = self.frame as f64 + f64::from(frame);
        self.take(frame, exact, bytes);
    }

    fn take(&mut self, frame: u32, exact: f64, bytes: &[u8]) {
        if let Some(word) = ClockWord::of(bytes) {
            if let Some(clock) = &mut self.clock_in {
                clock.take(word, exact);
            }
            return;
        }
        let Some(event) = NoteEvent::from_midi(bytes) else {
            return;
        };
        if self.notes.len() == NOTES {
            if !matches!(event, NoteEvent::On { .. }) {
                // Better a short silence than a note that hangs.
                let frame = self.notes[NOTES - 1].frame.max(frame);
                self.notes[NOTES - 1] = TimedNote {
                    frame,
                    event: NoteEvent::AllOff,
                };
            }
            return;
        }
        let place = self
            .notes
            .iter()
            .rposition(|n| n.frame <= frame)
            .map_or(0, |i| i + 1);
        self.notes.insert(place, TimedNote { frame, event });
    }

    /// The notes of the block.
    pub(super) fn notes(&self) -> &[TimedNote] {
        &self.notes
    }

    /// What the clock that is followed says of the block's first frame.
    pub(super) fn host(&self) -> Option<HostTime> {
        self.clock_in
            .as_ref()
            .map(|clock| clock.at(self.frame as f64))
    }

    /// The block was played: sends on what it sent.
    pub(super) fn end(&mut self, engine: &Engine, frames: usize) {
        self.notes.clear();
        for word in engine.midi_out() {
            let after = u64::from(word.frame) * 1_000_000_000 / u64::from(self.rate);
            // Nobody takes them where no port is open: then they are lost, as they should be.
            let _ = self.out.push(Stamped {
                at: self.now + after,
                bytes: word.bytes,
                length: word.as_bytes().len() as u8,
            });
        }
        self.frame += frames as u64;
    }
}
