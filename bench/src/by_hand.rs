//! What is compared with, written by hand as one would: a voice frame by frame, four voices side by side in arrays of
//! four, and Freeverb frame by frame (Jezar at Dreampoint's, public domain). What is steady is computed once a call.

use sorl_graph::math::{max, min, sin_cos_half_turns};

/// Frames of a call.
pub const GRID: usize = 64;
/// Attack, decay and release in seconds, and the sustain level.
const TIMES: [f32; 4] = [0.005, 0.15, 0.3, 0.08];
const PER_TURN: f32 = 1.0 / 4_294_967_296.0;

fn step_of(freq: f32, rate: f32) -> u32 {
    (f64::from(freq) * (4_294_967_296.0 / f64::from(rate))) as i64 as u32
}

/// The constants of the envelope in frames.
#[derive(Clone, Copy)]
struct Shape {
    attack: f32,
    per_attack: f32,
    per_decay: f32,
    per_release: f32,
}

impl Shape {
    fn new(rate: f32) -> Shape {
        let [attack, decay, sustain, release] = TIMES;
        Shape {
            attack: attack * rate,
            per_attack: 1.0 / (attack * rate),
            per_decay: (1.0 - sustain) / (decay * rate),
            per_release: 1.0 / (release * rate),
        }
    }
}

/// One voice.
pub struct Voice {
    rate: f32,
    phase: u32,
    c1: f32,
    c2: f32,
    t: f32,
    level: f32,
    start: f32,
    high: bool,
}

impl Voice {
    /// A voice at rest.
    pub fn new(rate: f32) -> Voice {
        Voice {
            rate,
            phase: 0,
            c1: 0.0,
            c2: 0.0,
            t: 0.0,
            level: 0.0,
            start: 0.0,
            high: false,
        }
    }

    /// Runs a grid step.
    #[inline(never)]
    pub fn run(&mut self, freq: f32, gate: f32, cutoff: &[f32; GRID], out: &mut [f32; GRID]) {
        let rate = self.rate;
        let (step, period) = (step_of(freq, rate), rate / freq);
        let (shape, damping) = (Shape::new(rate), std::f32::consts::SQRT_2);
        for (out, cutoff) in out.iter_mut().zip(cutoff) {
            if gate >= 0.5 {
                if !self.high {
                    (self.t, self.start) = (0.0, self.level * shape.attack);
                }
                let at = self.start + self.t;
                let fall = 1.0 - (at - shape.attack) * shape.per_decay;
                self.level = min(at * shape.per_attack, max(fall, TIMES[2]));
                self.high = true;
            } else {
                if self.high {
                    (self.t, self.start) = (1.0, self.level);
                }
                self.level = self.start * max(1.0 - self.t * shape.per_release, 0.0);
                self.high = false;
            }
            self.t += 1.0;
            let t = self.phase as f32 * PER_TURN;
            let after = max(1.0 - t * period, 0.0);
            let before = max(1.0 - (1.0 - t) * period, 0.0);
            let saw = 2.0 * t - 1.0 + (after * after - before * before);
            self.phase = self.phase.wrapping_add(step);

            let y = ((cutoff + self.level * 1200.0) / rate).clamp(1e-5, 0.49);
            let (n, d) = sin_cos_half_turns(y);
            let scale = 1.0 / (1.0 + damping * n * d);
            let (a1, a2, a3) = (d * d * scale, n * d * scale, n * n * scale);
            let v = saw - self.c2;
            let band = a1 * self.c1 + a2 * v;
            let low = self.c2 + a2 * self.c1 + a3 * v;
            self.c1 = 2.0 * band - self.c1;
            self.c2 = 2.0 * low - self.c2;
            *out = low * self.level * 0.55;
        }
    }
}

type Four = [f32; 4];

fn each(f: impl FnMut(usize) -> f32) -> Four {
    std::array::from_fn(f)
}

/// Four voices side by side.
pub struct Chorus {
    rate: f32,
    phase: [u32; 4],
    c1: Four,
    c2: Four,
    t: Four,
    level: Four,
    start: Four,
    high: [bool; 4],
}

impl Chorus {
    /// Four voices at rest.
    pub fn new(rate: f32) -> Chorus {
        Chorus {
            rate,
            phase: [0; 4],
            c1: [0.0; 4],
            c2: [0.0; 4],
            t: [0.0; 4],
            level: [0.0; 4],
            start: [0.0; 4],
            high: [false; 4],
        }
    }

    /// Runs a grid step.
    #[inline(never)]
    pub fn run(&mut self, freq: Four, gate: Four, cutoff: Four, out: &mut [Four; GRID]) {
        let rate = self.rate;
        let step = freq.map(|f| step_of(f, rate));
        let period = freq.map(|f| rate / f);
        let (shape, damping) = (Shape::new(rate), std::f32::consts::SQRT_2);
        // The gates stand still: what a turn does is done before the frames.
        let on = gate.map(|g| g >= 0.5);
        for v in 0..4 {
            if on[v] != self.high[v] {
                (self.t[v], self.start[v]) = match on[v] {
                    true => (0.0, self.level[v] * shape.attack),
                    false => (1.0, self.level[v]),
                };
            }
        }
        self.high = on;
        let (mut phase, mut c1, mut c2, mut t) = (self.phase, self.c1, self.c2, self.t);
        let start = self.start;
        let mut level = self.level;
        for out in out.iter_mut() {
            level = each(|v| {
                let at = start[v] + t[v];
                let fall = 1.0 - (at - shape.attack) * shape.per_decay;
                let up = min(at * shape.per_attack, max(fall, TIMES[2]));
                let down = start[v] * max(1.0 - t[v] * shape.per_release, 0.0);
                if on[v] { up } else { down }
            });
            t = each(|v| t[v] + 1.0);
            let saw = each(|v| {
                // Signed conversion is one instruction: half a turn on, and back.
                let s = (phase[v] ^ 0x8000_0000) as i32 as f32 * PER_TURN;
                let after = max(1.0 - (s + 0.5) * period[v], 0.0);
                let before = max(1.0 - (0.5 - s) * period[v], 0.0);
                2.0 * s + (after * after - before * before)
            });
            phase = std::array::from_fn(|v| phase[v].wrapping_add(step[v]));
            let a = |v: usize| {
                let y = max(min((cutoff[v] + level[v] * 1200.0) / rate, 0.49), 1e-5);
                let (n, d) = sin_cos_half_turns(y);
                let scale = 1.0 / (1.0 + damping * n * d);
                (d * d * scale, n * d * scale, n * n * scale)
            };
            let a: [_; 4] = std::array::from_fn(a);
            let band = each(|v| a[v].0 * c1[v] + a[v].1 * (saw[v] - c2[v]));
            let low = each(|v| c2[v] + a[v].1 * c1[v] + a[v].2 * (saw[v] - c2[v]));
            c1 = each(|v| 2.0 * band[v] - c1[v]);
            c2 = each(|v| 2.0 * low[v] - c2[v]);
            *out = each(|v| low[v] * level[v] * 0.55);
        }
        (self.phase, self.c1, self.c2, self.t, self.level) = (phase, c1, c2, t, level);
    }
}

/// Freeverb's delays in frames at 44.1 kHz.
const COMBS: [usize; 8] = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617];
const ALLPASSES: [usize; 4] = [556, 441, 341, 225];

/// A delay line and what goes around in it.
struct Line {
    frames: Vec<f32>,
    at: usize,
    store: f32,
}

impl Line {
    fn new(frames: usize, rate: u32) -> Line {
        Line {
            frames: vec![0.0; frames * rate as usize / 44_100],
            at: 0,
            store: 0.0,
        }
    }
    #[inline(always)]
    fn on(&mut self) {
        self.at += 1;
        if self.at == self.frames.len() {
            self.at = 0;
        }
    }
}

/// One channel of Freeverb.
pub struct Freeverb {
    feedback: f32,
    damp: f32,
    combs: Vec<Line>,
    allpasses: Vec<Line>,
}

impl Freeverb {
    /// An empty room.
    pub fn new(rate: u32, room: f32, damping: f32) -> Freeverb {
        Freeverb {
            feedback: room * 0.28 + 0.7,
            damp: damping * 0.4,
            combs: COMBS.map(|n| Line::new(n, rate)).into(),
            allpasses: ALLPASSES.map(|n| Line::new(n, rate)).into(),
        }
    }

    /// Runs a grid step.
    #[inline(never)]
    pub fn run(&mut self, input: &[f32; GRID], out: &mut [f32; GRID]) {
        for (x, out) in input.iter().zip(out) {
            let x = x * 0.06;
            let mut sum = 0.0;
            for comb in &mut self.combs {
                let y = comb.frames[comb.at];
                comb.store = y * (1.0 - self.damp) + comb.store * self.damp;
                comb.frames[comb.at] = x + comb.store * self.feedback;
                comb.on();
                sum += y;
            }
            for allpass in &mut self.allpasses {
                let delayed = allpass.frames[allpass.at];
                allpass.frames[allpass.at] = sum + delayed * 0.5;
                allpass.on();
                sum = delayed - sum;
            }
            *out = sum;
        }
    }
}
