//! Between two rates: half-band filters that double and halve the rate of a signal.
//!
//! An [`Upsampler`] gives 2, 4 or 8 frames for each one it takes, a [`Downsampler`] takes as many and gives one. Both
//! are cascades of linear-phase half-band filters (P. P. Vaidyanathan, *Multirate Systems and Filter Banks*, 1993,
//! §4.6): every second coefficient is nought, so each stage is one short dot product a frame and a delay. The windows
//! are Kaiser's (J. F. Kaiser, 1974), chosen for 110 dB; up to 0.45 of the outer rate the response is flat within
//! 0.001 dB, and what would fold back into that band is at least 100 dB down (`the_stop_band_is_100_db_down`).
//!
//! Made on the control thread; running is real-time safe. The latency of each is a whole number of outer frames.

/// The largest factor.
pub const MAX_OVERSAMPLE: usize = 8;

/// Half the length of each stage's filter, from the outermost stage on: a latency of so many frames at the lower of
/// the stage's two rates, so a multiple of the lower rate's factor.
const HALVES: [usize; 3] = [40, 8, 8];
/// The shape of the windows: 110 dB.
const BETA: f64 = 11.2;

/// How many outer frames a signal is late after an [`Upsampler`], or a [`Downsampler`], of a factor.
pub fn oversampling_latency(factor: usize) -> u32 {
    (0..stages(factor)).map(|s| (HALVES[s] >> s) as u32).sum()
}

fn stages(factor: usize) -> usize {
    factor.clamp(1, MAX_OVERSAMPLE).ilog2() as usize
}

/// The coefficients of a half-band filter of length 4·half − 1 that are not nought, without the one in the middle
/// (which is ½): they sum up to ½.
fn taps(half: usize) -> Box<[f32]> {
    let middle = (2 * half - 1) as f64;
    let tap = |j: usize| {
        let t = (2 * j) as f64 - middle;
        // sin(πt/2)/(πt) for odd t: ±1/(πt).
        let sinc = if (t as i64).rem_euclid(4) == 1 {
            1.0
        } else {
            -1.0
        } / (std::f64::consts::PI * t);
        let place = t / (middle + 1.0);
        sinc * bessel(BETA * (1.0 - place * place).max(0.0).sqrt()) / bessel(BETA)
    };
    let taps: Vec<f64> = (0..2 * half).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|t| (t * 0.5 / sum) as f32).collect()
}

/// The modified Bessel function of the first kind and order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..64 {
        let half = x / (2.0 * f64::from(k));
        term *= half * half;
        sum += term;
    }
    sum
}

/// The last frames of a signal, as one stretch of memory: each is written twice, so that none wraps.
#[derive(Clone, Debug)]
struct Past {
    frames: Box<[f32]>,
    at: usize,
}

impl Past {
    fn new(len: usize) -> Past {
        Past {
            frames: vec![0.0; 2 * len].into(),
            at: 0,
        }
    }
    fn len(&self) -> usize {
        self.frames.len() / 2
    }
    fn push(&mut self, x: f32) {
        let len = self.len();
        self.at = if self.at == 0 { len - 1 } else { self.at - 1 };
        (self.frames[self.at], self.frames[self.at + len]) = (x, x);
    }
    /// All frames, the newest first.
    fn newest_first(&self) -> &[f32] {
        &self.frames[self.at..self.at + self.len()]
    }
    fn clear(&mut self) {
        self.frames.fill(0.0);
        self.at = 0;
    }
    fn copy_from(&mut self, other: &Past) {
        self.frames.copy_from_slice(&other.frames);
        self.at = other.at;
    }
}

/// A sum of products in eight lanes, always in the same order.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// One stage: a half-band filter in its two halves. The taps are a multiple of eight.
#[derive(Clone, Debug)]
struct Stage {
    taps: Box<[f32]>,
    half: usize,
    filtered: Past,
    delayed: Past,
}

impl Stage {
    fn new(half: usize) -> Stage {
        Stage {
            taps: taps(half),
            half,
            filtered: Past::new(2 * half),
            delayed: Past::new(half + 1),
        }
    }
    /// The two frames that take the place of one, `half` frames later.
    fn up(&mut self, x: f32) -> [f32; 2] {
        self.filtered.push(x);
        let past = self.filtered.newest_first();
        [past[self.half], 2.0 * dot(&self.taps, past)]
    }
    /// The one frame that takes the place of two, `half` of its frames later.
    fn down(&mut self, [even, odd]: [f32; 2]) -> f32 {
        let filtered = dot(&self.taps, self.filtered.newest_first());
        self.filtered.push(odd);
        self.delayed.push(even);
        filtered + 0.5 * self.delayed.newest_first()[self.half]
    }
    fn clear(&mut self) {
        self.filtered.clear();
        self.delayed.clear();
    }
    fn copy_from(&mut self, other: &Stage) {
        self.filtered.copy_from(&other.filtered);
        self.delayed.copy_from(&other.delayed);
    }
}

/// Raises the rate of a signal 2, 4 or 8 times.
#[derive(Clone, Debug)]
pub struct Upsampler {
    stages: Vec<Stage>,
    frames: [f32; MAX_OVERSAMPLE],
}

impl Upsampler {
    /// For a factor of 2, 4 or 8 (1 passes through). Allocates.
    pub fn new(factor: usize) -> Upsampler {
        Upsampler {
            stages: HALVES[..stages(factor)]
                .iter()
                .map(|&h| Stage::new(h))
                .collect(),
            frames: [0.0; MAX_OVERSAMPLE],
        }
    }
    /// Takes a frame of the lower rate; the frames of the higher rate that it gives are asked for with
    /// [`Upsampler::frame`].
    pub fn push(&mut self, x: f32) {
        self.frames[0] = x;
        for (s, stage) in self.stages.iter_mut().enumerate() {
            let given = self.frames;
            let pairs = self.frames.chunks_exact_mut(2);
            for (pair, x) in pairs.zip(given).take(1 << s) {
                pair.copy_from_slice(&stage.up(x));
            }
        }
    }
    /// One of the frames that the last push gave, from 0 up to the factor.
    ///
    /// # Panics
    /// If `index` is beyond [`MAX_OVERSAMPLE`].
    pub fn frame(&self, index: usize) -> f32 {
        self.frames[index]
    }
    /// Back to silence.
    pub fn clear(&mut self) {
        self.stages.iter_mut().for_each(Stage::clear);
        self.frames.fill(0.0);
    }
    /// Takes over where another one of the same factor is.
    pub fn copy_from(&mut self, other: &Upsampler) {
        let stages = self.stages.iter_mut().zip(&other.stages);
        stages.for_each(|(to, from)| to.copy_from(from));
        self.frames = other.frames;
    }
}

/// Lowers the rate of a signal 2, 4 or 8 times.
#[derive(Clone, Debug)]
pub struct Downsampler {
    stages: Vec<Stage>,
    frames: [f32; MAX_OVERSAMPLE],
}

impl Downsampler {
    /// For a factor of 2, 4 or 8 (1 passes through). Allocates.
    pub fn new(factor: usize) -> Downsampler {
        Downsampler {
            stages: HALVES[..stages(factor)]
                .iter()
                .map(|&h| Stage::new(h))
                .collect(),
            frames: [0.0; MAX_OVERSAMPLE],
        }
    }
    /// Keeps one of the frames of the higher rate, from 0 up to the factor.
    ///
    /// # Panics
    /// If `index` is beyond [`MAX_OVERSAMPLE`].
    pub fn keep(&mut self, index: usize, x: f32) {
        self.frames[index] = x;
    }
    /// The frame of the lower rate, once all of the higher rate's have been kept.
    pub fn pull(&mut self) -> f32 {
        for (s, stage) in self.stages.iter_mut().enumerate().rev() {
            for i in 0..1 << s {
                self.frames[i] = stage.down([self.frames[2 * i], self.frames[2 * i + 1]]);
            }
        }
        self.frames[0]
    }
    /// Back to silence.
    pub fn clear(&mut self) {
        self.stages.iter_mut().for_each(Stage::clear);
        self.frames.fill(0.0);
    }
    /// Takes over where another one of the same factor is.
    pub fn copy_from(&mut self, other: &Downsampler) {
        let stages = self.stages.iter_mut().zip(&other.stages);
        stages.for_each(|(to, from)| to.copy_from(from));
        self.frames = other.frames;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;

    /// The response of a stage's filter at a frequency, in turns a frame of its higher rate; in dB.
    fn response(half: usize, turns: f64) -> f64 {
        let middle = (2 * half - 1) as f64;
        let sum: f64 = taps(half)
            .iter()
            .enumerate()
            .map(|(j, &t)| f64::from(t) * math::sin_turns(turns * (2.0 * j as f64 - middle) + 0.25))
            .sum();
        20.0 * (0.5 + sum).abs().log10()
    }

    #[test]
    fn the_stop_band_is_100_db_down() {
        // 0.45 of the outer rate, at the higher rate of each stage.
        for (half, edge) in HALVES.into_iter().zip([0.225, 0.1125, 0.05625]) {
            for i in 0..=400 {
                let t = f64::from(i) / 400.0;
                let stop = response(half, 0.5 - edge * t);
                assert!(stop < -100.0, "{half}: {stop} dB");
                let pass = response(half, edge * t);
                assert!(pass.abs() < 0.001, "{half}: {pass} dB");
            }
        }
    }

    #[test]
    fn up_and_down_again_is_the_same_sine_later() {
        for factor in [2, 4, 8] {
            let latency = 2 * oversampling_latency(factor) as usize;
            let (mut up, mut down) = (Upsampler::new(factor), Downsampler::new(factor));
            let sine = |i: usize| math::sin_turns(i as f64 * 0.37) as f32;
            let mut worst = 0.0f32;
            for i in 0..2000 {
                up.push(sine(i));
                for k in 0..factor {
                    down.keep(k, up.frame(k));
                }
                let y = down.pull();
                if i > 3 * latency {
                    worst = worst.max((y - sine(i - latency)).abs());
                }
            }
            assert!(worst < 1e-4, "{factor}: {worst}");
        }
    }

    #[test]
    fn what_lies_above_the_outer_band_does_not_fold_back() {
        for factor in [2, 4, 8] {
            let mut down = Downsampler::new(factor);
            // 0.7 of the outer rate would fold to 0.3.
            let turns = 0.7 / factor as f64;
            let mut loudest = 0.0f32;
            for i in 0..2000 {
                for k in 0..factor {
                    down.keep(k, math::sin_turns((i * factor + k) as f64 * turns) as f32);
                }
                let y = down.pull();
                if i > 200 {
                    loudest = loudest.max(y.abs());
                }
            }
            assert!(loudest < 1e-5, "{factor}: {loudest}");
        }
    }
}
