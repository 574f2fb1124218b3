//! A compressor with a side chain, for both sides at once.
//!
//! The feed-forward design that Giannoulis, Massberg and Reiss recommend in "Digital Dynamic Range Compressor
//! Design — A Tutorial and Analysis" (JAES 60, 2012): a soft knee in decibels (their equation 4), then the smooth
//! decoupled peak detector in decibels (their equation 17), so that attack and release are times of the gain.

use super::level::{Kept, from_db, to_db, weight};
use super::recipe::Recipe;
use super::{Description, UGen, Unit, UnitIo};
use crate::math;
use std::sync::Arc;

/// `compressor`: what lies over `threshold` (−60…0 dB) rises only one `ratio`-th (1…100) as much, with a `knee`
/// (0…24 dB) around the threshold. `attack` (0…0.5 s) and `release` (0.005…3 s) are the times in which the
/// gain comes within 1/e of where it goes; `makeup` (−24…24 dB) is added at the end. `side` (0…1) goes from its own
/// level to that of the input `key` as what turns it down. Stereo, one gain for both sides, no latency.
pub fn compressor() -> Arc<dyn Unit> {
    let about = Description::new("compressor")
        .help("turns down what is over a threshold in dB; with side=1 the input `key` does it; times in seconds")
        .input("inp")
        .input("key")
        .stereo()
        .value("threshold", -18.0, -60.0, 0.0).unit("dB")
        .value("ratio", 4.0, 1.0, 100.0)
        .value("attack", 0.01, 0.0, 0.5).unit("s")
        .value("release", 0.15, 0.005, 3.0).unit("s").logarithmic()
        .value("knee", 6.0, 0.0, 24.0).unit("dB")
        .value("makeup", 0.0, -24.0, 24.0).unit("dB")
        .value("side", 0.0, 0.0, 1.0);
    Recipe::new(about, |rate, _| Box::new(Running::new(rate))).done()
}

struct Running {
    rate: u32,
    /// Gain reduction in dB after the release, and after the attack.
    falling: f32,
    reduction: f32,
    attack: Kept,
    release: Kept,
    slope: Kept,
}

impl Running {
    fn new(rate: u32) -> Running {
        Running {
            rate,
            falling: 0.0,
            reduction: 0.0,
            attack: Kept::new(),
            release: Kept::new(),
            slope: Kept::new(),
        }
    }
}

/// How many dB a level is turned down: the static curve. `slope` is 1 − 1/ratio.
#[inline]
fn curve(over: f32, knee: f32, slope: f32) -> f32 {
    if over + over <= -knee {
        0.0
    } else if over + over >= knee {
        slope * over
    } else {
        let into = over + knee * 0.5;
        slope * into * into / (knee + knee)
    }
}

impl UGen for Running {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        let rate = self.rate;
        for i in 0..io.frames() {
            let threshold = io.control(0, i);
            let slope = self.slope.of(io.control(1, i), |ratio| 1.0 - 1.0 / ratio);
            let attack = self.attack.of(io.control(2, i), |s| weight(s, rate));
            let release = self.release.of(io.control(3, i), |s| weight(s, rate));
            let knee = io.control(4, i);
            let (makeup, side) = (io.control(5, i), io.control(6, i));
            let dry = [io.input(0)[i], io.right(0)[i]];
            let own = math::max(dry[0].abs(), dry[1].abs());
            let key = math::max(io.input(1)[i].abs(), io.right(1)[i].abs());
            let level = own + (key - own) * side;
            let down = curve(to_db(level) - threshold, knee, slope);
            let released = self.falling + (down - self.falling) * release;
            self.falling = math::max(down, released);
            self.reduction += (self.falling - self.reduction) * attack;
            // What is left of a reduction that nobody hears must not become a denormal.
            if self.reduction < 1e-9 {
                self.reduction = 0.0;
            }
            if self.falling < 1e-9 {
                self.falling = 0.0;
            }
            let gain = from_db(makeup - self.reduction);
            io.output(0)[i] = dry[0] * gain;
            io.output(1)[i] = dry[1] * gain;
        }
    }

    fn reset(&mut self) {
        (self.falling, self.reduction) = (0.0, 0.0);
    }
}
