//! The reference interpreter: one operation after the other, each over the whole span.
//!
//! What machine code computes must equal this. Sums and products are rounded one by one, never fused; every
//! function of its own is polynomial ([`crate::math`]). Runs on the audio thread: no allocation, bounded work.

use super::layout::{ALLPASS_WORDS, COMB_WORDS, Layout, frames_of};
use super::{Backend, Function, GRID, Io, Kernel, Lane, Op, Sig, verify};
use crate::math::{self, max, min};
use std::sync::Arc;

/// A function and where each operation's state lies.
pub struct Interpreter {
    function: Arc<Function>,
    layout: Layout,
    rate: u32,
}

impl Interpreter {
    /// Makes a verified function ready for a rate in Hz. Allocates.
    ///
    /// # Panics
    /// If the function breaks a rule of [`verify`]; builders only make functions that keep them.
    pub fn new(function: Arc<Function>, rate: u32) -> Interpreter {
        if let Err(fault) = verify(&function) {
            panic!("not a function: {fault}");
        }
        let layout = Layout::new(&function, rate);
        Interpreter {
            function,
            layout,
            rate,
        }
    }
}

impl Kernel for Interpreter {
    fn backend(&self) -> Backend {
        Backend::Interpreter
    }

    fn state_words(&self) -> usize {
        self.layout.words
    }

    fn init(&self, state: &mut [u32], seed: u64) {
        self.layout.init(&self.function, state, seed);
    }

    fn run(&self, state: &mut [u32], io: Io<'_>) {
        let Io {
            from,
            to,
            inputs,
            controls,
            outputs,
            scratch,
        } = io;
        let rate = self.rate as f32;
        let (registers, uniform) = (&mut scratch.registers, &mut scratch.uniform);
        for (i, op) in self.function.ops.iter().enumerate() {
            let (earlier, rest) = registers.split_at_mut(i);
            let out = &mut rest[0][from..to];
            let reg = |s: Sig| &earlier[s.0 as usize][from..to];
            let state = &mut state[self.layout.places[i] as usize..];
            uniform[i] = op.is_pure();
            if let Op::Control(c) = *op {
                uniform[i] = !controls[c as usize].moving;
            }
            op.each_operand(|s| uniform[i] &= uniform[s.0 as usize]);
            let same = |s: Sig| uniform[s.0 as usize];
            match *op {
                Op::Const(bits) => out.fill(f32::from_bits(bits)),
                Op::Control(c) => read_lane(&controls[c as usize], from, to, out),
                Op::Input(k) => out.copy_from_slice(&inputs[k as usize][from..to]),
                Op::Neg(a) => out.iter_mut().zip(reg(a)).for_each(|(o, x)| *o = -x),
                Op::Add(a, b) => zip(out, reg(a), reg(b), |x, y| x + y),
                Op::Sub(a, b) => zip(out, reg(a), reg(b), |x, y| x - y),
                Op::Mul(a, b) => zip(out, reg(a), reg(b), |x, y| x * y),
                Op::Div(a, b) => zip(out, reg(a), reg(b), |x, y| x / y),
                Op::Sine(freq) => sine(out, reg(freq), &mut state[0], rate),
                Op::Saw(freq) => saw(out, reg(freq), &mut state[0], rate),
                Op::Noise(_) => noise(out, state),
                Op::Lowpass(x, cutoff, damping) => {
                    let steady = same(cutoff) && same(damping);
                    filter(
                        out,
                        [reg(x), reg(cutoff), reg(damping)],
                        steady,
                        state,
                        rate,
                        |_, _, _, low| low,
                    );
                }
                Op::Highpass(x, cutoff, damping) => {
                    let steady = same(cutoff) && same(damping);
                    let high = |x: f32, k: f32, band: f32, low: f32| x - k * band - low;
                    filter(
                        out,
                        [reg(x), reg(cutoff), reg(damping)],
                        steady,
                        state,
                        rate,
                        high,
                    );
                }
                Op::Adsr {
                    attack,
                    decay,
                    sustain,
                    release,
                    gate,
                } => {
                    let times = [reg(attack), reg(decay), reg(sustain), reg(release)];
                    let steady = same(attack) && same(decay) && same(sustain) && same(release);
                    adsr(out, times, reg(gate), steady, state, rate);
                }
                Op::Comb(x, feedback, damp, delay) => {
                    let line = frames_of(delay, self.rate);
                    comb(
                        out,
                        [reg(x), reg(feedback), reg(damp)],
                        &mut state[..COMB_WORDS + line],
                    );
                }
                Op::Allpass(x, delay) => {
                    let line = frames_of(delay, self.rate);
                    allpass(out, reg(x), &mut state[..ALLPASS_WORDS + line]);
                }
            }
        }
        for (buffer, sig) in outputs.iter_mut().zip(&self.function.outputs) {
            buffer[from..to].copy_from_slice(&registers[sig.0 as usize][from..to]);
        }
    }
}

fn read_lane(lane: &Lane, from: usize, to: usize, out: &mut [f32]) {
    if lane.moving {
        out.copy_from_slice(&lane.frames[from..to]);
    } else {
        out.fill(lane.value);
    }
}

#[inline(always)]
fn zip(out: &mut [f32], a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) {
    for ((o, x), y) in out.iter_mut().zip(a).zip(b) {
        *o = f(*x, *y);
    }
}

/// The step of a 32-bit phase; a frequency beyond the rate wraps around as it must.
#[inline(always)]
fn step_of(freq: f32, rate: f32) -> u32 {
    (f64::from(freq) * (4_294_967_296.0 / f64::from(rate))) as i64 as u32
}

fn sine(out: &mut [f32], freq: &[f32], phase: &mut u32, rate: f32) {
    let mut p = *phase;
    for (o, f) in out.iter_mut().zip(freq) {
        *o = math::sin_phase(p);
        p = p.wrapping_add(step_of(*f, rate));
    }
    *phase = p;
}

fn saw(out: &mut [f32], freq: &[f32], phase: &mut u32, rate: f32) {
    let mut p = *phase;
    for (o, f) in out.iter_mut().zip(freq) {
        let per_step = rate / max(f.abs(), 1e-6);
        let t = p as f32 * (1.0 / 4_294_967_296.0);
        let after = max(1.0 - t * per_step, 0.0);
        let before = max(1.0 - (1.0 - t) * per_step, 0.0);
        let round = after * after - before * before;
        // Played backwards, the step goes the other way; its phase decides the side.
        *o = 2.0 * t - 1.0 + round;
        p = p.wrapping_add(step_of(*f, rate));
    }
    *phase = p;
}

fn noise(out: &mut [f32], state: &mut [u32]) {
    let (mut position, seed) = (state[0], state[1]);
    for o in out {
        let bits = math::mix(position.wrapping_mul(0x9e37_79b9) ^ seed);
        *o = bits as i32 as f32 * (1.0 / 2_147_483_648.0);
        position = position.wrapping_add(1);
    }
    state[0] = position;
}

/// The filter's three coefficients: with sine n and cosine d of the half angle, g = n/d, and n² + d² = 1 saves
/// a division.
#[inline(always)]
fn coefficients(cutoff: f32, damping: f32, rate: f32) -> (f32, f32, f32) {
    let y = (cutoff / rate).clamp(1e-5, 0.49);
    let (n, d) = math::sin_cos_half_turns(y);
    let scale = 1.0 / (1.0 + damping * n * d);
    (d * d * scale, n * d * scale, n * n * scale)
}

#[inline(always)]
fn filter(
    out: &mut [f32],
    [x, cutoff, damping]: [&[f32]; 3],
    steady: bool,
    state: &mut [u32],
    rate: f32,
    mix: impl Fn(f32, f32, f32, f32) -> f32,
) {
    let (mut c1, mut c2) = (f32::from_bits(state[0]), f32::from_bits(state[1]));
    let mut a = (0.0, 0.0, 0.0);
    for i in 0..out.len() {
        if i == 0 || !steady {
            a = coefficients(cutoff[i], damping[i], rate);
        }
        let v = x[i] - c2;
        let band = a.0 * c1 + a.1 * v;
        let low = c2 + a.1 * c1 + a.2 * v;
        c1 = 2.0 * band - c1;
        c2 = 2.0 * low - c2;
        out[i] = mix(x[i], damping[i], band, low);
    }
    (state[0], state[1]) = (c1.to_bits(), c2.to_bits());
}

/// Frames after which an envelope stops counting: a whole number that single precision still has.
pub(super) const LONGEST: f32 = 16_000_000.0;

/// The constants of an envelope in frames.
struct Shape {
    attack: f32,
    per_attack: f32,
    per_decay: f32,
    sustain: f32,
    per_release: f32,
}

fn adsr(
    out: &mut [f32],
    times: [&[f32]; 4],
    gate: &[f32],
    steady: bool,
    state: &mut [u32],
    rate: f32,
) {
    // Words: frames since the attack began, level now, level at release, frames since release, gate.
    let read = |k: usize, state: &[u32]| f32::from_bits(state[k]);
    let (mut t, mut level) = (read(0, state), read(1, state));
    let (mut from, mut since) = (read(2, state), read(3, state));
    let mut high = state[4] != 0;
    let mut shape = Shape {
        attack: 0.0,
        per_attack: 0.0,
        per_decay: 0.0,
        sustain: 0.0,
        per_release: 0.0,
    };
    for i in 0..out.len() {
        if i == 0 || !steady {
            let frames = |k: usize| max(times[k][i] * rate, 1e-3);
            let sustain = times[2][i].clamp(0.0, 1.0);
            shape = Shape {
                attack: frames(0),
                per_attack: 1.0 / frames(0),
                per_decay: (1.0 - sustain) / frames(1),
                sustain,
                per_release: 1.0 / frames(3),
            };
        }
        let on = gate[i] >= 0.5;
        if on {
            if !high {
                // A new attack goes on from the level that still sounds.
                t = level * shape.attack;
            }
            let decay = 1.0 - (t - shape.attack) * shape.per_decay;
            level = min(t * shape.per_attack, max(decay, shape.sustain));
            // Past a few minutes the envelope stands at its sustain, and the count need not go on.
            t = min(t + 1.0, LONGEST);
        } else {
            if high {
                (from, since) = (level, 0.0);
            }
            since = min(since + 1.0, LONGEST);
            level = from * max(1.0 - since * shape.per_release, 0.0);
        }
        high = on;
        out[i] = level;
    }
    for (k, value) in [t, level, from, since].into_iter().enumerate() {
        state[k] = value.to_bits();
    }
    state[4] = u32::from(high);
}

fn comb(out: &mut [f32], [x, feedback, damp]: [&[f32]; 3], state: &mut [u32]) {
    let (head, line) = state.split_at_mut(COMB_WORDS);
    let (mut at, mut store) = (head[0] as usize, f32::from_bits(head[1]));
    for i in 0..out.len() {
        let y = f32::from_bits(line[at]);
        store = y * (1.0 - damp[i]) + store * damp[i];
        line[at] = (x[i] + store * feedback[i]).to_bits();
        at = if at + 1 == line.len() { 0 } else { at + 1 };
        out[i] = y;
    }
    (head[0], head[1]) = (at as u32, store.to_bits());
}

fn allpass(out: &mut [f32], x: &[f32], state: &mut [u32]) {
    let (head, line) = state.split_at_mut(ALLPASS_WORDS);
    let mut at = head[0] as usize;
    for (o, x) in out.iter_mut().zip(x) {
        let delayed = f32::from_bits(line[at]);
        line[at] = (x + delayed * 0.5).to_bits();
        at = if at + 1 == line.len() { 0 } else { at + 1 };
        *o = delayed - x;
    }
    head[0] = at as u32;
}

const _: () = assert!(GRID.is_power_of_two());
