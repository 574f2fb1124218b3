//! The reference interpreter: one operation after the other, each over the whole span.
//!
//! What machine code computes must equal this. Sums and products are rounded one by one, never fused; every
//! function of its own is polynomial ([`crate::math`]). Runs on the audio thread: no allocation, bounded work.

use super::arith::Plain;
use super::layout::{ALLPASS_WORDS, COMB_WORDS, DELAY_WORDS, Layout, Line};
use super::{
    Backend, Function, GRID, Io, Kernel, Lane, Op, Rest, Scratch, Sig, maths, rest, shapes, verify,
    waves,
};
use crate::math::{self, max, min};
use std::ops::Range;
use std::sync::Arc;

/// A function and where each operation's state lies.
pub struct Interpreter {
    function: Arc<Function>,
    layout: Layout,
    rate: u32,
    rest: Option<Rest>,
    /// The only output is the last operation, whose result none reads: it goes where it belongs at once.
    direct: bool,
    /// The stretches of operations from a loop's beginning to its end, those that overlap together.
    loops: Box<[Range<usize>]>,
    /// The operations of loops that hang on what comes back: these run frame by frame.
    returning: Box<[bool]>,
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
        let loops = loops(&function);
        let mut returning = vec![false; function.ops.len()];
        for stretch in &loops {
            for k in stretch.clone() {
                let op = &function.ops[k];
                returning[k] = matches!(op, Op::Last(_));
                op.each_operand(|s| returning[k] |= returning[s.0 as usize]);
            }
        }
        Interpreter {
            direct: function.outputs[..] == [Sig(function.ops.len() as u16 - 1)],
            rest: Rest::of(&function, &layout, rate),
            function,
            layout,
            rate,
            loops: loops.into(),
            returning: returning.into(),
        }
    }
}

impl Interpreter {
    /// Whether the result of the last operation goes to the output and nowhere else.
    pub(super) fn writes_output_at_once(&self) -> bool {
        self.direct
    }
}

/// From the first operation of each loop to the one after its last, in order and apart.
fn loops(function: &Function) -> Vec<Range<usize>> {
    let mut loops: Vec<Range<usize>> = Vec::new();
    for (end, op) in function.ops.iter().enumerate() {
        let Op::Feed(last, ..) = *op else { continue };
        let mut joined = last.0 as usize..end + 1;
        // A loop ends after all that were found before it.
        while let Some(before) = loops.pop_if(|before| before.end > joined.start) {
            joined.start = joined.start.min(before.start);
        }
        loops.push(joined);
    }
    loops
}

impl Kernel for Interpreter {
    fn backend(&self) -> Backend {
        Backend::Interpreter
    }

    fn why_interpreted(&self) -> Option<&str> {
        cfg!(not(feature = "jit")).then_some("this Sorl was built without the code generator")
    }

    fn state_words(&self) -> usize {
        self.layout.words
    }

    fn hears_time(&self) -> bool {
        self.function.hears_time()
    }

    fn init(&self, state: &mut [u32], seed: u64) {
        self.layout.init(&self.function, state, seed);
    }

    fn rest(&self) -> Option<&Rest> {
        self.rest.as_ref()
    }

    fn wake(&self, state: &mut [u32], frames: u32, controls: &[Lane], at: usize) {
        let said = (controls, at);
        rest::run_on(&self.function, &self.layout, self.rate, state, frames, said);
    }

    fn run(&self, state: &mut [u32], mut io: Io<'_>) {
        let (from, to) = (io.from, io.to);
        let mut done = 0;
        for stretch in &self.loops {
            for i in done..stretch.start {
                self.operation(i, state, &mut io, from, to);
            }
            let of_loop = |returning: bool| {
                let chosen = stretch.clone();
                chosen.filter(move |i| self.returning[*i] == returning)
            };
            for i in of_loop(false) {
                self.operation(i, state, &mut io, from, to);
            }
            for frame in from..to {
                for i in of_loop(true) {
                    self.operation(i, state, &mut io, frame, frame + 1);
                }
            }
            done = stretch.end;
        }
        for i in done..self.function.ops.len() {
            self.operation(i, state, &mut io, from, to);
        }
        let Scratch {
            registers,
            uniform,
            values,
            ..
        } = &*io.scratch;
        for (buffer, sig) in io.outputs.iter_mut().zip(&self.function.outputs) {
            let sig = sig.0 as usize;
            if uniform[sig] {
                buffer[from..to].fill(values[sig]);
            } else if !self.direct {
                buffer[from..to].copy_from_slice(&registers[sig][from..to]);
            }
        }
    }
}

impl Interpreter {
    /// Runs one operation over a span.
    fn operation(&self, i: usize, state: &mut [u32], io: &mut Io<'_>, from: usize, to: usize) {
        let (inputs, controls) = (io.inputs, io.controls);
        let rate = self.rate as f32;
        let Scratch {
            time,
            registers,
            uniform,
            values,
        } = &mut *io.scratch;
        let op = &self.function.ops[i];
        // What is the same for every frame of the span is computed once.
        uniform[i] = match *op {
            Op::Control(c) => !controls[c as usize].moving,
            _ => op.is_pure(),
        };
        op.each_operand(|s| uniform[i] &= uniform[s.0 as usize]);
        if uniform[i] {
            values[i] = match *op {
                Op::Control(c) => controls[c as usize].value,
                _ => maths::pure(&mut Plain, op, self.rate, |s| values[s.0 as usize])
                    .unwrap_or_default(),
            };
            return;
        }
        let (earlier, rest) = registers.split_at_mut(i);
        let out = if self.direct && i + 1 == self.function.ops.len() {
            &mut io.outputs[0][from..to]
        } else {
            &mut rest[0][from..to]
        };
        let arg = |s: Sig| {
            let s = s.0 as usize;
            if uniform[s] {
                Arg::One(values[s])
            } else {
                Arg::Many(&earlier[s][from..to])
            }
        };
        let line = self.layout.lines[i].unwrap_or_default();
        if let Op::Feed(last, next, result) = *op {
            // It hangs on its loop's beginning, so the span is one frame.
            out[0] = arg(result).at(0);
            state[self.layout.places[last.0 as usize] as usize] = arg(next).at(0).to_bits();
            return;
        }
        let state = &mut state[self.layout.places[i] as usize..];
        match *op {
            Op::Const(bits) => out.fill(f32::from_bits(bits)),
            Op::Rate => out.fill(rate),
            Op::Time(kind) => out.copy_from_slice(&time[kind.index()][from..to]),
            Op::Control(c) => out.copy_from_slice(&controls[c as usize].frames[from..to]),
            Op::Input(k) => out.copy_from_slice(&inputs[k as usize][from..to]),
            Op::Neg(a) => zip(out, arg(a), Arg::One(0.0), |x, _| -x),
            Op::Add(a, b) => zip(out, arg(a), arg(b), |x, y| x + y),
            Op::Sub(a, b) => zip(out, arg(a), arg(b), |x, y| x - y),
            Op::Mul(a, b) => zip(out, arg(a), arg(b), |x, y| x * y),
            Op::Div(a, b) => zip(out, arg(a), arg(b), |x, y| x / y),
            Op::Unary(kind, a) => zip(out, arg(a), Arg::One(0.0), |x, _| {
                maths::unary(&mut Plain, kind, x)
            }),
            Op::Binary(kind, a, b) => zip(out, arg(a), arg(b), |x, y| {
                maths::binary(&mut Plain, kind, x, y)
            }),
            Op::Select(which, zero, one) => {
                let (which, zero, one) = (arg(which), arg(zero), arg(one));
                for (k, o) in out.iter_mut().enumerate() {
                    *o = maths::select(&mut Plain, which.at(k), zero.at(k), one.at(k));
                }
            }
            Op::Mem(x) => {
                let x = arg(x);
                let mut last = f32::from_bits(state[0]);
                for (k, o) in out.iter_mut().enumerate() {
                    (*o, last) = (last, x.at(k));
                }
                state[0] = last.to_bits();
            }
            Op::Last(_) => out[0] = f32::from_bits(state[0]),
            Op::Feed(..) => {} // Above.
            Op::Recur(x, keep) => {
                let (x, keep) = (arg(x), arg(keep));
                let mut y = f32::from_bits(state[0]);
                for (k, o) in out.iter_mut().enumerate() {
                    y = x.at(k) + keep.at(k) * y;
                    *o = y;
                }
                state[0] = y.to_bits();
            }
            Op::Delay(x, time) => delay(out, arg(x), arg(time), line, state),
            Op::Table(t, index) => {
                let table = &self.function.tables[t as usize];
                zip(out, arg(index), Arg::One(0.0), |index, _| {
                    table[shapes::place(&mut Plain, index, table.len() as u32) as usize]
                });
            }
            Op::RwTable(_, write, value, read) => {
                let (write, value, read) = (arg(write), arg(value), arg(read));
                let place = |x| shapes::place(&mut Plain, x, line.length) as usize;
                for (k, o) in out.iter_mut().enumerate() {
                    state[place(write.at(k))] = value.at(k).to_bits();
                    *o = f32::from_bits(state[place(read.at(k))]);
                }
            }
            Op::Sine(freq) => {
                wave(
                    out,
                    arg(freq),
                    Arg::One(0.0),
                    &mut state[0],
                    rate,
                    |p, _, _| math::sin_phase(p),
                );
            }
            Op::Phasor(freq) => {
                wave(
                    out,
                    arg(freq),
                    Arg::One(0.0),
                    &mut state[0],
                    rate,
                    |p, _, _| waves::phasor(&mut Plain, p),
                );
            }
            Op::Saw(freq) => {
                wave(
                    out,
                    arg(freq),
                    Arg::One(0.0),
                    &mut state[0],
                    rate,
                    |p, t, _| waves::saw(&mut Plain, p, t.period),
                );
            }
            Op::Square(freq, duty) => {
                wave(
                    out,
                    arg(freq),
                    arg(duty),
                    &mut state[0],
                    rate,
                    |p, t, duty| waves::square(&mut Plain, p, duty, t.period),
                );
            }
            Op::Triangle(freq) => {
                wave(
                    out,
                    arg(freq),
                    Arg::One(0.0),
                    &mut state[0],
                    rate,
                    |p, t, _| waves::triangle(&mut Plain, p, t.period, t.corner),
                );
            }
            Op::Noise(_) => noise(out, state),
            Op::Lowpass(x, cutoff, damping) => {
                let args = [arg(x), arg(cutoff), arg(damping)];
                filter(out, args, state, rate, |_, _, _, low| low);
            }
            Op::Highpass(x, cutoff, damping) => {
                let high = |x: f32, k: f32, band: f32, low: f32| x - k * band - low;
                let args = [arg(x), arg(cutoff), arg(damping)];
                filter(out, args, state, rate, high);
            }
            Op::Bandpass(x, cutoff, damping) => {
                let args = [arg(x), arg(cutoff), arg(damping)];
                filter(out, args, state, rate, |_, _, band, _| band);
            }
            Op::Adsr {
                attack,
                decay,
                sustain,
                release,
                gate,
            } => {
                let times = [arg(attack), arg(decay), arg(sustain), arg(release)];
                adsr(out, times, arg(gate), state, rate);
            }
            Op::Comb(x, feedback, damp, _) => {
                let state = &mut state[..COMB_WORDS + line.length as usize];
                comb(out, [arg(x), arg(feedback), arg(damp)], state);
            }
            Op::Allpass(x, _) => {
                let mut room = [0.0; GRID];
                allpass(
                    out,
                    arg(x).frames(&mut room),
                    &mut state[..ALLPASS_WORDS + line.length as usize],
                );
            }
        }
    }
}

/// An operand over a span: one value for all of it, or one a frame.
#[derive(Clone, Copy)]
enum Arg<'a> {
    One(f32),
    Many(&'a [f32]),
}

impl<'a> Arg<'a> {
    /// The value at a frame of the span.
    #[inline(always)]
    fn at(self, frame: usize) -> f32 {
        match self {
            Arg::One(value) => value,
            Arg::Many(frames) => frames[frame],
        }
    }

    /// A value a frame, in `room` if it was one for all.
    #[inline(always)]
    fn frames(self, room: &'a mut [f32; GRID]) -> &'a [f32] {
        match self {
            Arg::One(value) => {
                room.fill(value);
                room
            }
            Arg::Many(frames) => frames,
        }
    }
}

#[inline(always)]
fn zip(out: &mut [f32], a: Arg<'_>, b: Arg<'_>, f: impl Fn(f32, f32) -> f32) {
    match (a, b) {
        (Arg::Many(a), Arg::Many(b)) => {
            for ((o, x), y) in out.iter_mut().zip(a).zip(b) {
                *o = f(*x, *y);
            }
        }
        (Arg::Many(a), Arg::One(y)) => {
            for (o, x) in out.iter_mut().zip(a) {
                *o = f(*x, y);
            }
        }
        (Arg::One(x), Arg::Many(b)) => {
            for (o, y) in out.iter_mut().zip(b) {
                *o = f(x, *y);
            }
        }
        (Arg::One(x), Arg::One(y)) => out.fill(f(x, y)),
    }
}

/// A function of a phase that goes by equal steps, several frames side by side: each is free of the one before,
/// so that they become vector operations.
#[inline(always)]
fn steady(out: &mut [f32], phase: &mut u32, step: u32, at: impl Fn(u32) -> f32) {
    const LANES: usize = 8;
    let first = *phase;
    let mut phases: [u32; LANES] =
        std::array::from_fn(|j| first.wrapping_add(step.wrapping_mul(j as u32)));
    let stride = step.wrapping_mul(LANES as u32);
    let frames = out.len() as u32;
    let (chunks, rest) = out.as_chunks_mut::<LANES>();
    for chunk in chunks {
        for (o, p) in chunk.iter_mut().zip(&mut phases) {
            *o = at(*p);
            *p = p.wrapping_add(stride);
        }
    }
    for (o, p) in rest.iter_mut().zip(phases) {
        *o = at(p);
    }
    *phase = first.wrapping_add(step.wrapping_mul(frames));
}

/// What hangs on an oscillator's frequency.
#[derive(Clone, Copy)]
struct Turn {
    step: u32,
    /// Frames a period.
    period: f32,
    /// The change of a triangle's slope at its corners.
    corner: f32,
}

impl Turn {
    #[inline(always)]
    fn new(freq: f32, rate: f32) -> Turn {
        let period = waves::period_of(&mut Plain, freq, rate);
        Turn {
            step: waves::step_of(&mut Plain, freq, rate),
            period,
            corner: waves::corner_of(&mut Plain, period),
        }
    }
}

/// An oscillator: a function of its phase, of what hangs on its frequency, and of a shape.
#[inline(always)]
fn wave(
    out: &mut [f32],
    freq: Arg<'_>,
    shape: Arg<'_>,
    phase: &mut u32,
    rate: f32,
    at: impl Fn(u32, Turn, f32) -> f32,
) {
    if let (Arg::One(freq), Arg::One(shape)) = (freq, shape) {
        let turn = Turn::new(freq, rate);
        steady(out, phase, turn.step, |p| at(p, turn, shape));
        return;
    }
    let mut p = *phase;
    for (k, o) in out.iter_mut().enumerate() {
        let turn = Turn::new(freq.at(k), rate);
        *o = at(p, turn, shape.at(k));
        p = p.wrapping_add(turn.step);
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

/// What a filter's state is multiplied with from frame to frame: with sine n and cosine d of the half angle,
/// g = n/d, and n² + d² = 1 saves a division.
#[inline(always)]
fn coefficients(cutoff: f32, damping: f32, rate: f32) -> [f32; 3] {
    let y = (cutoff / rate).clamp(1e-5, 0.49);
    let (n, d) = math::sin_cos_half_turns(y);
    let scale = 2.0 / (1.0 + damping * n * d);
    [d * d * scale - 1.0, n * d * scale, n * n * scale]
}

/// The filter as a linear recurrence of its two states, its products with the input apart from the way from one
/// frame to the next: that way is three operations long, so that several frames are under way at once.
#[inline(always)]
fn filter(
    out: &mut [f32],
    [x, cutoff, damping]: [Arg<'_>; 3],
    state: &mut [u32],
    rate: f32,
    mix: impl Fn(f32, f32, f32, f32) -> f32,
) {
    let (mut c1, mut c2) = (f32::from_bits(state[0]), f32::from_bits(state[1]));
    let mut step = |x: f32, damping: f32, [keep, cross, pull]: [f32; 3]| {
        let next1 = (keep * c1 - cross * c2) + cross * x;
        let next2 = (c2 - pull * c2) + (cross * c1 + pull * x);
        let (band, low) = ((c1 + next1) * 0.5, (c2 + next2) * 0.5);
        (c1, c2) = (next1, next2);
        mix(x, damping, band, low)
    };
    let mut room = [[0.0; GRID]; 3];
    let [room_x, room_cutoff, room_damping] = &mut room;
    let x = x.frames(room_x);
    if let (Arg::One(cutoff), Arg::One(damping)) = (cutoff, damping) {
        let a = coefficients(cutoff, damping, rate);
        for (o, x) in out.iter_mut().zip(x) {
            *o = step(*x, damping, a);
        }
    } else {
        let (cutoff, damping) = (cutoff.frames(room_cutoff), damping.frames(room_damping));
        for (((o, x), cutoff), damping) in out.iter_mut().zip(x).zip(cutoff).zip(damping) {
            *o = step(*x, *damping, coefficients(*cutoff, *damping, rate));
        }
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

impl Shape {
    /// From attack, decay and release in seconds, and the sustain level.
    #[inline(always)]
    fn new([attack, decay, sustain, release]: [f32; 4], rate: f32) -> Shape {
        let frames = |time: f32| max(time * rate, 1e-3);
        let sustain = sustain.clamp(0.0, 1.0);
        Shape {
            attack: frames(attack),
            per_attack: 1.0 / frames(attack),
            per_decay: (1.0 - sustain) / frames(decay),
            sustain,
            per_release: 1.0 / frames(release),
        }
    }
}

fn adsr(out: &mut [f32], times: [Arg<'_>; 4], gate: Arg<'_>, state: &mut [u32], rate: f32) {
    // Words: frames since the gate turned, where it turned, level now, gate.
    let read = |k: usize| f32::from_bits(state[k]);
    let (mut t, mut start, mut level) = (read(0), read(1), read(2));
    let mut high = state[3] != 0;
    let mut step = |gate: f32, shape: &Shape| {
        let on = gate >= 0.5;
        if on != high {
            // A new attack goes on from the level that still sounds; a release falls from it. The first frame of
            // an attack is its beginning, the first of a release is one frame after it.
            (t, start) = if on {
                (0.0, level * shape.attack)
            } else {
                (1.0, level)
            };
        }
        level = if on {
            let at = start + t;
            let decay = 1.0 - (at - shape.attack) * shape.per_decay;
            min(at * shape.per_attack, max(decay, shape.sustain))
        } else {
            start * max(1.0 - t * shape.per_release, 0.0)
        };
        // Past a few minutes the envelope stands still, and the count need not go on.
        t = min(t + 1.0, LONGEST);
        high = on;
        level
    };
    if let [
        Arg::One(attack),
        Arg::One(decay),
        Arg::One(sustain),
        Arg::One(release),
    ] = times
    {
        let shape = Shape::new([attack, decay, sustain, release], rate);
        match gate {
            Arg::One(gate) => out.iter_mut().for_each(|o| *o = step(gate, &shape)),
            Arg::Many(gate) => {
                for (o, gate) in out.iter_mut().zip(gate) {
                    *o = step(*gate, &shape);
                }
            }
        }
    } else {
        let mut room = [[0.0; GRID]; 5];
        let [a, d, s, r, g] = &mut room;
        let [attack, decay, sustain, release] = times;
        let times = [
            attack.frames(a),
            decay.frames(d),
            sustain.frames(s),
            release.frames(r),
        ];
        let gate = gate.frames(g);
        for (i, o) in out.iter_mut().enumerate() {
            *o = step(gate[i], &Shape::new(times.map(|t| t[i]), rate));
        }
    }
    for (k, value) in [t, start, level].into_iter().enumerate() {
        state[k] = value.to_bits();
    }
    state[3] = u32::from(high);
}

fn delay(out: &mut [f32], x: Arg<'_>, time: Arg<'_>, line: Line, state: &mut [u32]) {
    let (head, rest) = state.split_at_mut(DELAY_WORDS);
    let rest = &mut rest[..line.length as usize];
    let mut at = shapes::at_home(&mut Plain, head[0], line.length);
    for (k, o) in out.iter_mut().enumerate() {
        rest[at as usize] = x.at(k).to_bits();
        let (places, between) = shapes::delayed(&mut Plain, time.at(k), at, line);
        let around = places.map(|place| f32::from_bits(rest[place as usize]));
        *o = shapes::cubic(&mut Plain, around, between);
        at = shapes::next_place(&mut Plain, at, line.length);
    }
    head[0] = at;
}

fn comb(out: &mut [f32], [x, feedback, damp]: [Arg<'_>; 3], state: &mut [u32]) {
    let (head, line) = state.split_at_mut(COMB_WORDS);
    let (mut at, mut store) = (head[0] as usize, f32::from_bits(head[1]));
    let mut step = |x: f32, feedback: f32, damp: f32| {
        let y = f32::from_bits(line[at]);
        store = y * (1.0 - damp) + store * damp;
        line[at] = (x + store * feedback).to_bits();
        at = if at + 1 == line.len() { 0 } else { at + 1 };
        y
    };
    let mut room = [[0.0; GRID]; 3];
    let [room_x, room_feedback, room_damp] = &mut room;
    let x = x.frames(room_x);
    if let (Arg::One(feedback), Arg::One(damp)) = (feedback, damp) {
        for (o, x) in out.iter_mut().zip(x) {
            *o = step(*x, feedback, damp);
        }
    } else {
        let (feedback, damp) = (feedback.frames(room_feedback), damp.frames(room_damp));
        for (i, o) in out.iter_mut().enumerate() {
            *o = step(x[i], feedback[i], damp[i]);
        }
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
