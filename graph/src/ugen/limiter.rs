//! A look-ahead limiter for both sides at once.
//!
//! After Geraint Luff, "Designing a straightforward limiter" (Signalsmith Audio, 2022): the gain that each peak
//! needs is held as far as the look-ahead reaches, released, and smoothed by two running means that together are
//! as long as the look-ahead, so that the gain has arrived when the peak does. Means are summed in integers: they
//! do not drift. Peaks between samples count (see `true_peak`).

use super::level::{Kept, from_db, weight};
use super::recipe::Recipe;
use super::true_peak::{LATE, TruePeak};
use super::window::{Late, MovingMin, MovingSum};
use super::{Description, Tail, UGen, Unit, UnitIo};
use crate::math;
use std::sync::Arc;

/// Seconds of look-ahead.
const AHEAD: f64 = 0.004;
/// The gain 1 in the running means.
const ONE: i64 = 1 << 30;

/// `limiter`: nothing leaves above `ceiling` (−24…0 dB, of true peaks within 0.2 dB). `drive` (0…24 dB) comes
/// before it, `release` (0.005…2 s) is the time to come back. Stereo, one gain for both sides. Late by some 4 ms,
/// as [`Unit::latency`] says.
pub fn limiter() -> Arc<dyn Unit> {
    let about = Description::new("limiter")
        .help("holds peaks under a ceiling in dB by looking 4 ms ahead; drive in dB, release in seconds")
        .input("inp")
        .stereo()
        .value("ceiling", -1.0, -24.0, 0.0).unit("dB")
        .value("release", 0.1, 0.005, 2.0).unit("s").logarithmic()
        .value("drive", 0.0, 0.0, 24.0).unit("dB");
    let tail = |rate| Tail::Seconds(latency(rate) as f32 / rate as f32);
    Recipe::new(about, make).late(latency, tail).done()
}

/// The lengths of the two running means.
fn means(rate: u32) -> (usize, usize) {
    let ahead = (AHEAD * f64::from(rate)).round().max(2.0) as usize;
    (ahead.div_ceil(2), ahead / 2 + 1)
}

fn latency(rate: u32) -> u32 {
    let (first, second) = means(rate);
    (first + second - 2 + LATE) as u32
}

fn make(rate: u32, _seed: u64) -> Box<dyn UGen> {
    let (first, second) = means(rate);
    let ahead = first + second - 1;
    let late = latency(rate) as usize;
    Box::new(Running {
        rate,
        peaks: [TruePeak::new(), TruePeak::new()],
        // One frame longer than needed: a peak between two samples belongs to both.
        hold: MovingMin::new(ahead + 1),
        gain: 1.0,
        first: MovingSum::new(first, ONE),
        second: MovingSum::new(second, ONE * first as i64),
        full: ONE * first as i64,
        scale: 1.0 / (ONE as f64 * first as f64 * second as f64),
        sound: [Late::new(late), Late::new(late)],
        ceilings: Late::new(late),
        ceiling: Kept::new(),
        drive: Kept::new(),
        release: Kept::new(),
    })
}

struct Running {
    rate: u32,
    peaks: [TruePeak; 2],
    hold: MovingMin,
    /// After hold and release.
    gain: f32,
    first: MovingSum,
    second: MovingSum,
    /// What the first mean gives at a gain of 1.
    full: i64,
    scale: f64,
    sound: [Late; 2],
    ceilings: Late,
    ceiling: Kept,
    drive: Kept,
    release: Kept,
}

impl UGen for Running {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        let rate = self.rate;
        for i in 0..io.frames() {
            let ceiling = self.ceiling.of(io.control(0, i), from_db);
            let release = self.release.of(io.control(1, i), |s| weight(s, rate));
            let drive = self.drive.of(io.control(2, i), from_db);
            let dry = [io.input(0)[i] * drive, io.right(0)[i] * drive];
            let peak = math::max(self.peaks[0].next(dry[0]), self.peaks[1].next(dry[1]));
            let need = if peak > ceiling { ceiling / peak } else { 1.0 };
            let held = self.hold.next(need);
            let released = self.gain + (held - self.gain) * release;
            self.gain = math::min(held, released);
            // Rounded down, so that the mean is never above what the peak allows.
            let first = self.first.next((f64::from(self.gain) * ONE as f64) as i64);
            let gain = (self.second.next(first) as f64 * self.scale) as f32;
            let ceiling = self.ceilings.next(ceiling);
            for (side, dry) in dry.into_iter().enumerate() {
                // The product may round up by its last bit.
                let wet = self.sound[side].next(dry) * gain;
                io.output(side)[i] = math::max(math::min(wet, ceiling), -ceiling);
            }
        }
    }

    fn reset(&mut self) {
        self.peaks.iter_mut().for_each(TruePeak::reset);
        self.hold.reset();
        self.gain = 1.0;
        self.first.reset(ONE);
        self.second.reset(self.full);
        self.sound.iter_mut().for_each(Late::reset);
        self.ceilings.reset();
    }
}
