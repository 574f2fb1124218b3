//! Meters: how loud a signal is, as a signal. They can be looked at, and they can drive controls.

use super::level::{Kept, to_db};
use super::recipe::Recipe;
use super::window::MovingSum;
use super::{Description, Tail, UGen, Unit, UnitIo};
use crate::math;
use std::sync::Arc;

/// `peak`: the magnitude of the signal, at once where it rises; where it falls it is held for `hold` seconds (0…10)
/// and then falls by `fall` dB a second (0…1000).
pub fn peak() -> Arc<dyn Unit> {
    let about = Description::new("peak")
        .help("the peaks of a signal as a factor, held for seconds, then falling in dB a second; a control signal")
        .input("inp")
        .value("hold", 0.0, 0.0, 10.0).unit("s")
        .value("fall", 20.0, 0.0, 1000.0).unit("dB/s");
    Recipe::new(about, |rate, _| Box::new(Peak::new(rate)))
        .endless()
        .done()
}

struct Peak {
    rate: f32,
    level: f32,
    held: f32,
    fall: Kept,
}

impl Peak {
    fn new(rate: u32) -> Peak {
        Peak {
            rate: rate as f32,
            level: 0.0,
            held: 0.0,
            fall: Kept::new(),
        }
    }
}

impl UGen for Peak {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        let rate = self.rate;
        for i in 0..io.frames() {
            let x = io.input(0)[i].abs();
            let per_frame = |db: f32| math::exp2(-f64::from(db / rate) / 6.020_599_913) as f32;
            let fall = self.fall.of(io.control(1, i), per_frame);
            if x >= self.level {
                (self.level, self.held) = (x, 0.0);
            } else if self.held < io.control(0, i) * rate {
                self.held += 1.0;
            } else {
                self.level = math::max(self.level * fall, x);
                if self.level < 1e-9 {
                    self.level = 0.0;
                }
            }
            io.output(0)[i] = self.level;
        }
    }
    fn reset(&mut self) {
        (self.level, self.held) = (0.0, 0.0);
    }
}

/// A power of 1 in the sums; powers count up to 2⁸.
const ONE: f64 = (1u64 << 36) as f64;

/// Takes a power into a window's sum of integers, and gives the mean power. Exact but for 2⁻³⁶ a frame.
fn mean(sum: &mut MovingSum, power: f32, share: f64) -> f32 {
    let power = f64::from(power).min(256.0);
    (sum.next((power * ONE) as i64) as f64 * share) as f32
}

/// `rms`: the root of the mean square over the last 50 ms, a rectangular window.
pub fn rms() -> Arc<dyn Unit> {
    let about = Description::new("rms")
        .help("the root mean square of the last 50 ms as a factor; a control signal")
        .input("inp");
    Recipe::new(about, |rate, _| Box::new(Rms::new(rate)))
        .late(|_| 0, |_| Tail::Seconds(0.05))
        .done()
}

struct Rms {
    sum: MovingSum,
    share: f64,
}

impl Rms {
    fn new(rate: u32) -> Rms {
        let frames = (f64::from(rate) * 0.05).round().max(1.0);
        Rms {
            sum: MovingSum::new(frames as usize, 0),
            share: 1.0 / (frames * ONE),
        }
    }
}

impl UGen for Rms {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let x = io.input(0)[i];
            io.output(0)[i] = mean(&mut self.sum, x * x, self.share).sqrt();
        }
    }
    fn reset(&mut self) {
        self.sum.reset(0);
    }
}

/// `loudness`: momentary loudness in LUFS (ITU-R BS.1770-4: both sides K-weighted, their mean powers over the last
/// 400 ms added), at least −70, the gate of that recommendation. The same on both outputs.
pub fn loudness() -> Arc<dyn Unit> {
    let about = Description::new("loudness")
        .help("momentary loudness in LUFS (ITU-R BS.1770), at least -70; a control signal")
        .input("inp")
        .stereo();
    Recipe::new(about, |rate, _| Box::new(Loudness::new(rate)))
        .endless()
        .done()
}

/// Two poles and two zeros in double precision, transposed direct form II.
#[derive(Clone, Copy, Default)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    #[inline]
    fn next(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }

    fn clear(&mut self) {
        self.state = [0.0; 2];
    }

    /// What is too small to be heard becomes nought, before it is a denormal.
    fn settle(&mut self) {
        for s in &mut self.state {
            if s.abs() < 1e-30 {
                *s = 0.0;
            }
        }
    }
}

/// The two stages of K-weighting at any rate: the recommendation gives coefficients for 48 kHz; these are of the
/// analogue filters behind them, by the bilinear transform (as Brecht De Man, "Evaluation of Implementations of the
/// EBU R128 Loudness Measurement", AES 2018, has them).
fn k_weighting(rate: u32) -> [Biquad; 2] {
    let tangent = |hertz: f64| {
        let turns = hertz / f64::from(rate) / 2.0;
        math::sin_turns(turns) / math::sin_turns(turns + 0.25)
    };
    let (k, q) = (tangent(1_681.974_450_955_533), 0.707_175_236_955_419_6);
    let high = math::pow(10.0, 3.999_843_853_973_347 / 20.0);
    let mid = math::pow(high, 0.499_666_774_154_541_6);
    let a0 = 1.0 + k / q + k * k;
    let shelf = Biquad {
        b: [
            (high + mid * k / q + k * k) / a0,
            2.0 * (k * k - high) / a0,
            (high - mid * k / q + k * k) / a0,
        ],
        a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        state: [0.0; 2],
    };
    let (k, q) = (tangent(38.135_470_876_024_44), 0.500_327_037_323_877_3);
    let a0 = 1.0 + k / q + k * k;
    let pass = Biquad {
        b: [1.0, -2.0, 1.0],
        a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        state: [0.0; 2],
    };
    [shelf, pass]
}

struct Loudness {
    filters: [[Biquad; 2]; 2],
    sum: MovingSum,
    share: f64,
}

impl Loudness {
    fn new(rate: u32) -> Loudness {
        let frames = (f64::from(rate) * 0.4).round().max(1.0);
        Loudness {
            filters: [k_weighting(rate); 2],
            sum: MovingSum::new(frames as usize, 0),
            share: 1.0 / (frames * ONE),
        }
    }
}

impl UGen for Loudness {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let mut power = 0.0;
            for (side, [shelf, pass]) in self.filters.iter_mut().enumerate() {
                let x = if side == 0 { io.input(0) } else { io.right(0) }[i];
                let y = pass.next(shelf.next(f64::from(x))) as f32;
                shelf.settle();
                pass.settle();
                power += y * y;
            }
            // 20·log₁₀ of a power is twice its level.
            let power = mean(&mut self.sum, power, self.share);
            let lufs = math::max(-0.691 + to_db(power) * 0.5, -70.0);
            io.output(0)[i] = lufs;
            io.output(1)[i] = lufs;
        }
    }
    fn reset(&mut self) {
        self.filters.iter_mut().flatten().for_each(Biquad::clear);
        self.sum.reset(0);
    }
}
