//! A hall: a feedback delay network of sixteen lines.
//!
//! Jot and Chaigne, "Digital Delay Networks for Designing Artificial Reverberators" (AES 90, 1991): lines mixed by an
//! orthogonal matrix, each with an absorbing filter that gives every line the same decay in dB a second. The matrix
//! is a Hadamard matrix by the fast transform; the filter of a line of d seconds has the gain 10^(−3d/T60) at 0 Hz and
//! its square at `damp`, where sound so decays twice as fast. Four all-pass sections on either side spread what comes
//! in (Schroeder 1961), and the lengths of the lines move slowly against each other (Griesinger 1989), read by cubic
//! interpolation.

use super::level::Kept;
use super::recipe::Recipe;
use super::{Description, Tail, UGen, Unit, UnitIo};
use crate::math;
use std::sync::Arc;

/// Lines.
const LINES: usize = 16;
/// Frames from one reckoning of the lines to the next; between them they move in straight lines.
const STEP: u32 = 32;
/// The longest line in seconds at `size` 1, and the largest size.
const LONGEST: f32 = 0.0973;
const SIZES: f32 = 2.0;
/// The lines' lengths as shares of the longest: spread evenly in octaves from a third up, then moved to keep their
/// sums apart.
const SHARES: [f32; LINES] = [
    0.3351, 0.3617, 0.3889, 0.4153, 0.4468, 0.4797, 0.5181, 0.5523, 0.5964, 0.6387, 0.6889, 0.7397,
    0.7927, 0.8549, 0.9213, 1.0,
];
/// The all-pass sections of each side in seconds, and their coefficient.
const SPREAD: [[f32; 4]; 2] = [
    [0.004_771, 0.003_595, 0.012_735, 0.009_307],
    [0.004_913, 0.003_467, 0.012_949, 0.009_131],
];
const SPREAD_GAIN: f32 = 0.6;
/// Seconds by which a line's length moves at `motion` 1.
const MOTION: f32 = 0.000_25;

/// `hall`: a room around a signal. `decay` (0.1…60 s) is the time in which it falls by 60 dB, at low frequencies;
/// at `damp` (200…20000 Hz) it takes half of that. `size` (0.2…2) scales the room, `predelay` (0…0.25 s) comes before
/// it, `motion` (0…1) is how much its modes move. `mix` (0…1) goes from the dry signal to the room alone, which is
/// where it starts. Stereo; no latency.
pub fn hall() -> Arc<dyn Unit> {
    let about = Description::new("hall")
        .help("a room of sixteen delay lines: decay in seconds (60 dB), damp in Hz (half the decay), size, predelay")
        .input("inp")
        .stereo()
        .value("decay", 2.0, 0.1, 60.0).unit("s").logarithmic()
        .value("damp", 5000.0, 200.0, 20000.0).unit("Hz").logarithmic()
        .value("size", 1.0, 0.2, SIZES)
        .value("predelay", 0.01, 0.0, 0.25).unit("s")
        .value("motion", 0.5, 0.0, 1.0)
        .value("mix", 1.0, 0.0, 1.0);
    Recipe::new(about, |rate, seed| Box::new(Hall::new(rate, seed)))
        .late(|_| 0, |_| Tail::Seconds(60.5))
        .done()
}

/// A ring of a power of two, read some frames back.
struct Line {
    ring: Box<[f32]>,
}

impl Line {
    fn new(frames: usize) -> Line {
        Line {
            ring: vec![0.0; frames.next_power_of_two()].into(),
        }
    }
    #[inline]
    fn read(&self, now: usize, back: usize) -> f32 {
        self.ring[now.wrapping_sub(back) & (self.ring.len() - 1)]
    }
    /// Between frames; at least one back.
    #[inline]
    fn between(&self, now: usize, back: f32) -> f32 {
        let whole = back as usize;
        // The points at −1, 0, 1 and 2 lie one frame later, here, and one and two frames earlier.
        let four = [
            self.read(now, whole - 1),
            self.read(now, whole),
            self.read(now, whole + 1),
            self.read(now, whole + 2),
        ];
        cubic(four, back - whole as f32)
    }
    #[inline]
    fn write(&mut self, now: usize, x: f32) {
        let mask = self.ring.len() - 1;
        self.ring[now & mask] = x;
    }
}

/// The cubic of four points through the values at −1, 0, 1 and 2 (Catmull and Rom), at a place from 0 to 1.
#[inline]
fn cubic([a, b, c, d]: [f32; 4], t: f32) -> f32 {
    let up = c - a;
    let bend = 2.0 * a - 5.0 * b + 4.0 * c - d;
    b + 0.5 * t * (up + t * (bend + t * (3.0 * (b - c) + d - a)))
}

struct Hall {
    rate: f32,
    now: usize,
    /// Frames until the lines are reckoned anew.
    wait: u32,
    before: [Line; 2],
    /// How far back the predelay reads, in frames, and how that moves each frame.
    before_at: f32,
    before_moves: f32,
    spread: [[Line; 4]; 2],
    spread_frames: [[usize; 4]; 2],
    lines: [Line; LINES],
    /// Each line's length in frames now, and how it moves each frame.
    length: [f32; LINES],
    moves: [f32; LINES],
    /// Each line's absorption: y = gain·x + pole·y′.
    gain: [f32; LINES],
    pole: [f32; LINES],
    state: [f32; LINES],
    /// Where each line's motion is, and how fast, in 2⁻³² turns.
    phase: [u32; LINES],
    first_phase: [u32; LINES],
    speed: [u32; LINES],
    /// The size moves to where the control says; the first time it jumps.
    size: f32,
    cosine: Kept,
}

impl Hall {
    fn new(rate: u32, seed: u64) -> Hall {
        let hz = rate as f32;
        let line = |seconds: f32| Line::new((seconds * hz) as usize + 8);
        let seed = (seed ^ (seed >> 32)) as u32;
        // From 0.2 to 0.9 turns a second.
        let speed = |k: usize| {
            let turns = 0.2 + 0.7 * (k as f32 * 0.618_034).fract();
            (turns / hz * STEP as f32 * 4_294_967_296.0) as u32
        };
        let first_phase = std::array::from_fn(|k| math::mix(seed ^ k as u32));
        Hall {
            rate: hz,
            now: 0,
            wait: 0,
            before: [line(0.25), line(0.25)],
            before_at: 1.0,
            before_moves: 0.0,
            spread: SPREAD.map(|side| side.map(line)),
            spread_frames: SPREAD.map(|side| side.map(|s| (s * hz) as usize)),
            lines: std::array::from_fn(|_| line(LONGEST * SIZES + MOTION)),
            length: [0.0; LINES],
            moves: [0.0; LINES],
            gain: [0.0; LINES],
            pole: [0.0; LINES],
            state: [0.0; LINES],
            phase: first_phase,
            first_phase,
            speed: std::array::from_fn(speed),
            size: 0.0,
            cosine: Kept::new(),
        }
    }

    /// Reckons lengths and absorption from the controls at a frame.
    fn reckon(&mut self, [decay, damp, size, predelay, motion]: [f32; 5]) {
        let before = (predelay * self.rate).max(1.0);
        let fresh = self.size == 0.0;
        if fresh {
            (self.size, self.before_at) = (size, before);
        }
        // A size that moves bends the pitch of what rings; half a second softens it.
        let towards = (STEP as f32 / (0.15 * self.rate)).min(1.0);
        self.size += (size - self.size) * towards;
        self.before_moves = (before - self.before_at) * (towards / STEP as f32);
        let rate = self.rate;
        let cosine = self.cosine.of(damp, |hertz| {
            let turns = f64::from(hertz.min(0.49 * rate) / rate);
            math::sin_turns(turns + 0.25) as f32
        });
        for (k, share) in SHARES.iter().enumerate() {
            self.phase[k] = self.phase[k].wrapping_add(self.speed[k]);
            let sway = math::sin_phase(self.phase[k]) * MOTION * motion;
            let seconds = LONGEST * share * self.size;
            let length = (seconds + sway) * self.rate;
            if fresh {
                self.length[k] = length;
            }
            self.moves[k] = (length - self.length[k]) / STEP as f32;
            let gain = super::level::exp2(-9.965_784 * seconds / decay);
            // The one-pole whose gain at the frequency is `gain` times that at 0 Hz.
            let r = gain * gain;
            let (u, v) = (1.0 - r * cosine, 1.0 - r);
            let pole = if v > 1e-6 {
                (u - math::max(u * u - v * v, 0.0).sqrt()) / v
            } else {
                0.0
            };
            self.pole[k] = pole;
            self.gain[k] = gain * (1.0 - pole);
        }
    }
}

/// The Hadamard matrix of order 16, times ¼ so that it keeps the power.
#[inline]
fn hadamard(x: &mut [f32; LINES]) {
    let mut half = 1;
    while half < LINES {
        for i in (0..LINES).step_by(2 * half) {
            for k in i..i + half {
                (x[k], x[k + half]) = (x[k] + x[k + half], x[k] - x[k + half]);
            }
        }
        half *= 2;
    }
    x.iter_mut().for_each(|x| *x *= 0.25);
}

impl UGen for Hall {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            if self.wait == 0 {
                self.wait = STEP;
                self.reckon(std::array::from_fn(|k| io.control(k, i)));
            }
            self.wait -= 1;
            let now = self.now;
            self.now = now.wrapping_add(1);
            let back = self.before_at;
            self.before_at += self.before_moves;
            let dry = [io.input(0)[i], io.right(0)[i]];
            let mut spread = [0.0; 2];
            for side in 0..2 {
                self.before[side].write(now, dry[side]);
                let mut x = self.before[side].between(now, back);
                let sections = self.spread[side].iter_mut();
                for (section, frames) in sections.zip(self.spread_frames[side]) {
                    let old = section.read(now, frames);
                    let new = x - SPREAD_GAIN * old;
                    section.write(now, new);
                    x = old + SPREAD_GAIN * new;
                }
                spread[side] = x;
            }
            let mut ring = [0.0; LINES];
            for (k, ring) in ring.iter_mut().enumerate() {
                let length = self.length[k];
                self.length[k] = length + self.moves[k];
                let x = self.lines[k].between(now, length);
                let y = self.gain[k] * x + self.pole[k] * self.state[k];
                // What rings out must not end in denormals.
                self.state[k] = if y.abs() < 1e-20 { 0.0 } else { y };
                *ring = self.state[k];
            }
            let mut wet = [0.0; 2];
            for k in (0..LINES).step_by(4) {
                // Orthogonal signs, so that the sides differ as much as they can.
                wet[0] += ring[k] - ring[k + 2];
                wet[1] += ring[k + 1] - ring[k + 3];
            }
            hadamard(&mut ring);
            for (k, x) in ring.iter().enumerate() {
                let sign = if k % 4 < 2 { 0.5 } else { -0.5 };
                self.lines[k].write(now, x + sign * spread[k % 2]);
            }
            let mix = io.control(5, i);
            for side in 0..2 {
                io.output(side)[i] = dry[side] + (wet[side] * 0.5 - dry[side]) * mix;
            }
        }
    }

    fn reset(&mut self) {
        let spread = self.spread.iter_mut().flatten();
        let lines = self.lines.iter_mut().chain(&mut self.before).chain(spread);
        lines.for_each(|line| line.ring.fill(0.0));
        (self.now, self.wait, self.size) = (0, 0, 0.0);
        self.state = [0.0; LINES];
        self.phase = self.first_phase;
    }
}
