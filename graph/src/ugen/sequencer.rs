//! A step sequencer as a control signal.

use super::level::Edge;
use super::recipe::Recipe;
use super::{Description, UGen, Unit, UnitIo};
use std::sync::Arc;

/// The most steps.
pub const STEPS: usize = 32;
const FIRST: usize = 4;

/// `sequencer`: the values `s1` … `s32` (−20000…20000) one after the other, the first `steps` of them (1…32), `rate`
/// times a second (0…1000), and one further with every trigger at its input `clock`; with `rate` 0 the clock alone
/// moves it, its first trigger to the first step. `glide` (0…0.99) is the share of a step's time in which it moves
/// there from the last (of the time between the last two triggers, where the clock moves it). Where `reset` rises it
/// begins anew.
pub fn sequencer() -> Arc<dyn Unit> {
    let mut about = Description::new("sequencer")
        .help("steps through s1, s2 … s32, `rate` a second or with triggers at `clock`; glide is a share of a step")
        .input("clock")
        .value("rate", 4.0, 0.0, 1000.0).unit("Hz")
        .value("steps", 8.0, 1.0, STEPS as f32).stepped()
        .value("glide", 0.0, 0.0, 0.99)
        .value("reset", 0.0, 0.0, 1.0).stepped();
    for step in 1..=STEPS {
        about = about
            .value(&format!("s{step}"), 0.0, -20000.0, 20000.0)
            .stepped();
    }
    Recipe::new(about, |rate, _| Box::new(Sequencer::new(rate)))
        .endless()
        .done()
}

struct Sequencer {
    per_frame: f64,
    step: usize,
    /// How much of the step is over by its own rate, 0…1.
    phase: f64,
    /// Frames since the step began, and how long the last one was.
    since: u32,
    length: u32,
    /// No trigger has come yet.
    waits: bool,
    /// The value when the step began.
    from: f32,
    /// The value now.
    now: f32,
    clock: Edge,
    again: Edge,
}

impl Sequencer {
    fn new(rate: u32) -> Sequencer {
        Sequencer {
            per_frame: 1.0 / f64::from(rate),
            step: 0,
            phase: 0.0,
            since: 0,
            length: 0,
            waits: true,
            from: f32::NAN,
            now: 0.0,
            clock: Edge::default(),
            again: Edge::default(),
        }
    }

    fn go(&mut self, step: usize) {
        (self.length, self.since) = (self.since, 0);
        (self.step, self.from) = (step, self.now);
    }
}

impl UGen for Sequencer {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let (rate, steps) = (io.control(0, i), io.control(1, i) as usize);
            if self.again.rises(io.control(3, i)) {
                (self.phase, self.waits) = (0.0, true);
                self.go(0);
            }
            if self.clock.rises(io.input(0)[i]) {
                let first = self.waits && rate == 0.0;
                self.waits = false;
                if !first {
                    self.phase = 0.0;
                    self.go(self.step + 1);
                }
            }
            // On the frame that is nearest.
            let moves = f64::from(rate) * self.per_frame;
            if self.phase + 0.5 * moves >= 1.0 {
                self.phase -= 1.0;
                self.go(self.step + 1);
            }
            if self.step >= steps {
                self.step = 0;
            }
            let to = io.control(FIRST + self.step, i);
            let share = if rate > 0.0 {
                self.phase.max(0.0) as f32
            } else if self.length > 0 {
                self.since as f32 / self.length as f32
            } else {
                1.0
            };
            let glide = io.control(2, i);
            // The very first value is there at once.
            self.now = if share < glide && !self.from.is_nan() {
                self.from + (to - self.from) * (share / glide)
            } else {
                to
            };
            if self.from.is_nan() {
                self.from = to;
            }
            io.output(0)[i] = self.now;
            self.phase += moves;
            self.since = self.since.saturating_add(1);
        }
    }

    fn reset(&mut self) {
        *self = Sequencer {
            per_frame: self.per_frame,
            ..Sequencer::new(1)
        };
    }
}
