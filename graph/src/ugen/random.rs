//! Random control signals: values that step or glide, and a walk.
//!
//! Every value is a hash of the node's seed and its number, so that it depends on nothing but how many went before.

use super::recipe::Recipe;
use super::{Description, UGen, Unit, UnitIo};
use crate::math;
use std::sync::Arc;

fn about(name: &str, help: &str) -> Description {
    Description::new(name)
        .help(help)
        .value("rate", 4.0, 0.01, 1000.0)
        .unit("Hz")
        .logarithmic()
        .value("lo", 0.0, -20000.0, 20000.0)
        .value("hi", 1.0, -20000.0, 20000.0)
        .value("glide", 1.0, 0.0, 1.0)
}

/// `random`: a new value between `lo` and `hi` (−20000…20000), each as likely, `rate` times a second (0.01…1000).
/// With `glide` 1 it moves there in a straight line until the next, with 0 it steps, between them it moves for that
/// share of the time.
pub fn random() -> Arc<dyn Unit> {
    let about = about(
        "random",
        "random values from lo to hi, `rate` times a second; glide 0 steps, 1 glides",
    );
    Recipe::new(about, |rate, seed| Box::new(Random::new(rate, seed, false)))
        .endless()
        .done()
}

/// `random_walk`: as `random`, but each value is at most `step` (0…1 of the range) away from the last; at the ends
/// of the range it turns back. It begins in the middle.
pub fn random_walk() -> Arc<dyn Unit> {
    let help = "a random walk from lo to hi, `rate` steps a second of at most `step` of the range; glide 0 steps, 1 glides";
    let about = about("random_walk", help).value("step", 0.1, 0.0, 1.0);
    Recipe::new(about, |rate, seed| Box::new(Random::new(rate, seed, true)))
        .endless()
        .done()
}

struct Random {
    per_frame: f64,
    seed: u32,
    walks: bool,
    /// Values drawn.
    drawn: u32,
    /// How much of the time until the next is over, 0…1.
    phase: f64,
    /// As shares of the range.
    from: f32,
    to: f32,
}

impl Random {
    fn new(rate: u32, seed: u64, walks: bool) -> Random {
        let mut made = Random {
            per_frame: 1.0 / f64::from(rate),
            seed: (seed ^ (seed >> 32)) as u32,
            walks,
            drawn: 0,
            phase: 0.0,
            from: 0.0,
            to: 0.0,
        };
        made.reset();
        made
    }

    /// The next random number, 0…1.
    fn draw(&mut self) -> f32 {
        let bits = math::mix(self.seed ^ math::mix(self.drawn));
        self.drawn = self.drawn.wrapping_add(1);
        (bits >> 8) as f32 * (1.0 / 16_777_216.0)
    }
}

impl UGen for Random {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let (lo, hi, glide) = (io.control(1, i), io.control(2, i), io.control(3, i));
            let over = self.phase.max(0.0) as f32;
            let moved = if over < glide { over / glide } else { 1.0 };
            let share = self.from + (self.to - self.from) * moved;
            io.output(0)[i] = lo + (hi - lo) * share;
            let moves = f64::from(io.control(0, i)) * self.per_frame;
            self.phase += moves;
            // On the frame that is nearest.
            if self.phase + 0.5 * moves >= 1.0 {
                self.phase -= 1.0;
                let random = self.draw();
                let next = if self.walks {
                    let step = (random * 2.0 - 1.0) * io.control(4, i);
                    let next = (self.to + step).abs();
                    if next > 1.0 { 2.0 - next } else { next }
                } else {
                    random
                };
                (self.from, self.to) = (self.to, next);
            }
        }
    }

    fn reset(&mut self) {
        (self.drawn, self.phase) = (0, 0.0);
        self.from = if self.walks { 0.5 } else { self.draw() };
        self.to = if self.walks { 0.5 } else { self.draw() };
    }
}
