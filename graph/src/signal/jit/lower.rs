//! What each operation is, in arithmetic: the same steps as in the interpreter, in two parts. *Prepared* is what
//! hangs on slow operands alone and may be computed once; the rest runs each frame.

use super::emit::{ADDRESS, Address, Emit, Kind};
use crate::math::{COS_HALF_TURN, SIN_HALF_TURN, SIN_TURN};
use crate::signal::arith::Arith;
use crate::signal::interpret::LONGEST;
use crate::signal::layout::Line;
use crate::signal::{Binary, Function, Op, Sig, Unary, maths, shapes, waves};
use cranelift_codegen::ir::{InstBuilder, Value};

/// One part in 2³².
const PER_TURN: f32 = 1.0 / 4_294_967_296.0;

/// The words of state that an operation keeps in registers, from its first on.
pub fn registers(op: &Op) -> &'static [Kind] {
    match op {
        Op::Sine(_) | Op::Saw(_) | Op::Allpass(..) => &[Kind::Word],
        Op::Phasor(_) | Op::Square(..) | Op::Triangle(_) => &[Kind::Word],
        Op::Noise(_) => &[Kind::Word, Kind::Word],
        Op::Lowpass(..) | Op::Highpass(..) | Op::Bandpass(..) => &[Kind::Real, Kind::Real],
        Op::Adsr { .. } => &[Kind::Real, Kind::Real, Kind::Real, Kind::Word],
        Op::Comb(..) => &[Kind::Word, Kind::Real],
        Op::Mem(_) | Op::Last(_) | Op::Recur(..) => &[Kind::Real],
        Op::Delay(..) => &[Kind::Word],
        Op::Const(_) | Op::Control(_) | Op::Input(_) | Op::Rate | Op::Time(_) | Op::Neg(_) => &[],
        Op::Add(..) | Op::Sub(..) | Op::Mul(..) | Op::Div(..) => &[],
        Op::Unary(..) | Op::Binary(..) | Op::Select(..) => &[],
        Op::Feed(..) | Op::Table(..) | Op::RwTable(..) => &[],
    }
}

/// The table of the function that an operation reads. The function outlives its code: `Machine` has both.
pub fn table(e: &mut Emit<'_, '_>, function: &Function, op: &Op) -> Option<(Address, Line)> {
    let Op::Table(table, _) = *op else {
        return None;
    };
    let table = &function.tables[usize::from(table)];
    let at = e.b.ins().iconst(ADDRESS, table.as_ptr() as i64);
    let (first, length) = (0, table.len() as u32);
    Some((Address(vec![at; e.lanes]), Line { first, length }))
}

/// The operands that [`prepare`] needs.
pub fn slow_operands(op: &Op) -> Vec<Sig> {
    match *op {
        Op::Sine(freq) | Op::Saw(freq) | Op::Phasor(freq) => vec![freq],
        Op::Square(freq, _) | Op::Triangle(freq) => vec![freq],
        Op::Lowpass(_, cutoff, damping)
        | Op::Highpass(_, cutoff, damping)
        | Op::Bandpass(_, cutoff, damping) => vec![cutoff, damping],
        Op::Adsr {
            attack,
            decay,
            sustain,
            release,
            ..
        } => vec![attack, decay, sustain, release],
        Op::Comb(_, _, damp, _) => vec![damp],
        _ => Vec::new(),
    }
}

/// The operands that [`frame`] and [`pure`] read.
pub fn fast_operands(op: &Op) -> Vec<Sig> {
    match *op {
        Op::Sine(_) | Op::Saw(_) | Op::Phasor(_) | Op::Triangle(_) => Vec::new(),
        Op::Square(_, duty) => vec![duty],
        Op::Lowpass(x, ..) | Op::Bandpass(x, ..) => vec![x],
        Op::Highpass(x, _, damping) => vec![x, damping],
        Op::Adsr { gate, .. } => vec![gate],
        _ => {
            let mut all = Vec::new();
            op.each_operand(|sig| all.push(sig));
            all
        }
    }
}

/// What is computed once while the slow operands stand still.
#[derive(Clone, Copy)]
pub enum Prepared {
    Nothing,
    /// The phase's step.
    Sine {
        step: Value,
    },
    /// The phase's step, and frames a period.
    Saw {
        step: Value,
        period: Value,
    },
    /// The phase's step, frames a period, and the change of slope at a corner.
    Triangle {
        step: Value,
        period: Value,
        corner: Value,
    },
    /// The coefficients.
    Filter {
        a: [Value; 3],
    },
    /// The envelope's constants in frames.
    Shape {
        attack: Value,
        per_attack: Value,
        per_decay: Value,
        sustain: Value,
        per_release: Value,
    },
    /// 1 − damping.
    Comb {
        keep: Value,
    },
}

impl Prepared {
    /// The same with every value replaced.
    pub fn map(self, mut with: impl FnMut(Value) -> Value) -> Prepared {
        match self {
            Prepared::Nothing => Prepared::Nothing,
            Prepared::Sine { step } => Prepared::Sine { step: with(step) },
            Prepared::Saw { step, period } => Prepared::Saw {
                step: with(step),
                period: with(period),
            },
            Prepared::Triangle {
                step,
                period,
                corner,
            } => Prepared::Triangle {
                step: with(step),
                period: with(period),
                corner: with(corner),
            },
            Prepared::Filter { a } => Prepared::Filter { a: a.map(with) },
            Prepared::Shape {
                attack,
                per_attack,
                per_decay,
                sustain,
                per_release,
            } => Prepared::Shape {
                attack: with(attack),
                per_attack: with(per_attack),
                per_decay: with(per_decay),
                sustain: with(sustain),
                per_release: with(per_release),
            },
            Prepared::Comb { keep } => Prepared::Comb { keep: with(keep) },
        }
    }
}

/// Whether it is as cheap as a load and a store: such an operation may stay in a scalar recursion.
pub fn is_light(op: &Op) -> bool {
    match op {
        Op::Neg(_) | Op::Add(..) | Op::Sub(..) | Op::Mul(..) | Op::Div(..) | Op::Select(..) => true,
        Op::Unary(kind, _) => matches!(kind, Unary::Abs | Unary::Floor | Unary::Ceil),
        Op::Binary(kind, ..) => !matches!(
            kind,
            Binary::Pow | Binary::Atan2 | Binary::Mod | Binary::Fmod | Binary::Remainder
        ),
        _ => false,
    }
}

/// Whether the registers of an operation only ever grow, by [`strides`]; its value is then a function of them.
pub fn is_strided(op: &Op) -> bool {
    matches!(
        op,
        Op::Sine(_) | Op::Saw(_) | Op::Noise(_) | Op::Phasor(_) | Op::Square(..) | Op::Triangle(_)
    )
}

/// By how much each register of a strided operation grows with a frame: words that wrap.
pub fn strides(e: &mut Emit<'_, '_>, prepared: Prepared) -> Vec<Value> {
    match prepared {
        Prepared::Sine { step } | Prepared::Saw { step, .. } | Prepared::Triangle { step, .. } => {
            vec![step]
        }
        // Noise: its position, and its seed.
        _ => vec![e.word(1), e.word(0)],
    }
}

/// Emits the slow part; `of` has the values of the slow operands.
pub fn prepare(e: &mut Emit<'_, '_>, op: &Op, rate: u32, of: impl Fn(Sig) -> Value) -> Prepared {
    let hertz = rate as f32;
    match *op {
        Op::Sine(freq) | Op::Phasor(freq) => Prepared::Sine {
            step: waves::step_of(e, of(freq), hertz),
        },
        Op::Saw(freq) | Op::Square(freq, _) => Prepared::Saw {
            step: waves::step_of(e, of(freq), hertz),
            period: waves::period_of(e, of(freq), hertz),
        },
        Op::Triangle(freq) => {
            let period = waves::period_of(e, of(freq), hertz);
            Prepared::Triangle {
                step: waves::step_of(e, of(freq), hertz),
                period,
                corner: waves::corner_of(e, period),
            }
        }
        Op::Lowpass(_, cutoff, damping)
        | Op::Highpass(_, cutoff, damping)
        | Op::Bandpass(_, cutoff, damping) => Prepared::Filter {
            a: coefficients(e, of(cutoff), of(damping), hertz),
        },
        Op::Adsr {
            attack,
            decay,
            sustain,
            release,
            ..
        } => {
            let (one, rate) = (e.real(1.0), e.real(hertz));
            let frames = |e: &mut Emit<'_, '_>, seconds| {
                let (frames, least) = (e.mul(of(seconds), rate), e.real(1e-3));
                e.max(frames, least)
            };
            let (attack, decay) = (frames(e, attack), frames(e, decay));
            let release = frames(e, release);
            let sustain = e.clamp(of(sustain), 0.0, 1.0);
            let fall = e.sub(one, sustain);
            Prepared::Shape {
                attack,
                per_attack: e.div(one, attack),
                per_decay: e.div(fall, decay),
                sustain,
                per_release: e.div(one, release),
            }
        }
        Op::Comb(_, _, damp, _) => {
            let one = e.real(1.0);
            Prepared::Comb {
                keep: e.sub(one, of(damp)),
            }
        }
        _ => Prepared::Nothing,
    }
}

fn coefficients(e: &mut Emit<'_, '_>, cutoff: Value, damping: Value, rate: f32) -> [Value; 3] {
    let rate = e.real(rate);
    let y = e.div(cutoff, rate);
    let y = e.clamp(y, 1e-5, 0.49);
    let z = e.mul(y, y);
    let sin = e.polynomial(z, &SIN_HALF_TURN);
    let n = e.mul(y, sin);
    let d = e.polynomial(z, &COS_HALF_TURN);
    let one = e.real(1.0);
    let damped = e.mul(damping, n);
    let below = e.add_mul(one, damped, d);
    let two = e.real(2.0);
    let scale = e.div(two, below);
    let mut product = |x, y| {
        let xy = e.mul(x, y);
        e.mul(xy, scale)
    };
    let [keep, cross, pull] = [product(d, d), product(n, d), product(n, n)];
    [e.sub(keep, one), cross, pull]
}

/// A pure operation.
pub fn pure(e: &mut Emit<'_, '_>, op: &Op, rate: u32, of: impl Fn(Sig) -> Value) -> Option<Value> {
    maths::pure(e, op, rate, of)
}

/// An operation with state, for one frame: `state` has its registers, which become the next frame's; `line` the
/// address and extent of its line, or of the table that it reads.
pub fn frame(
    e: &mut Emit<'_, '_>,
    op: &Op,
    prepared: Prepared,
    state: &mut [Value],
    line: Option<(&Address, Line)>,
    of: impl Fn(Sig) -> Value,
) -> Option<Value> {
    Some(match (*op, prepared, line) {
        (Op::Mem(x), ..) => std::mem::replace(&mut state[0], of(x)),
        // What it will be, its `Feed` says.
        (Op::Last(_), ..) => state[0],
        (Op::Feed(_, _, out), ..) => of(out),
        (Op::Recur(x, keep), ..) => {
            state[0] = e.add_mul(of(x), of(keep), state[0]);
            state[0]
        }
        (Op::Delay(x, time), _, Some((at, line))) => {
            let now = e.element(at, state[0]);
            e.store(of(x), &now);
            let (places, between) = shapes::delayed(e, of(time), state[0], line);
            let around = places.map(|place| {
                let place = e.element(at, place);
                e.load(Kind::Real, &place)
            });
            state[0] = shapes::next_place(e, state[0], line.length);
            shapes::cubic(e, around, between)
        }
        (Op::Table(_, index), _, Some((at, line))) => {
            let place = shapes::place(e, of(index), line.length);
            let place = e.element(at, place);
            e.load(Kind::Real, &place)
        }
        (Op::RwTable(_, write, value, read), _, Some((at, line))) => {
            let place = shapes::place(e, of(write), line.length);
            let place = e.element(at, place);
            e.store(of(value), &place);
            let place = shapes::place(e, of(read), line.length);
            let place = e.element(at, place);
            e.load(Kind::Real, &place)
        }
        (Op::Sine(_), Prepared::Sine { step }, _) => {
            let out = sine(e, state[0]);
            state[0] = e.word_add(state[0], step);
            out
        }
        (Op::Saw(_), Prepared::Saw { step, period }, _) => {
            let out = waves::saw(e, state[0], period);
            state[0] = e.word_add(state[0], step);
            out
        }
        (Op::Phasor(_), Prepared::Sine { step }, _) => {
            let out = waves::phasor(e, state[0]);
            state[0] = e.word_add(state[0], step);
            out
        }
        (Op::Square(_, duty), Prepared::Saw { step, period }, _) => {
            let out = waves::square(e, state[0], of(duty), period);
            state[0] = e.word_add(state[0], step);
            out
        }
        (
            Op::Triangle(_),
            Prepared::Triangle {
                step,
                period,
                corner,
            },
            _,
        ) => {
            let out = waves::triangle(e, state[0], period, corner);
            state[0] = e.word_add(state[0], step);
            out
        }
        (Op::Noise(_), ..) => noise(e, state),
        (Op::Lowpass(x, ..), Prepared::Filter { a }, _) => filter(e, of(x), a, state).1,
        (Op::Bandpass(x, ..), Prepared::Filter { a }, _) => filter(e, of(x), a, state).0,
        (Op::Highpass(x, _, damping), Prepared::Filter { a }, _) => {
            let (band, low) = filter(e, of(x), a, state);
            let rest = e.sub_mul(of(x), of(damping), band);
            e.sub(rest, low)
        }
        (Op::Adsr { gate, .. }, Prepared::Shape { .. }, _) => adsr(e, of(gate), prepared, state)?,
        (Op::Comb(x, feedback, damp, _), _, Some((at, line))) => {
            let place = e.element(at, state[0]);
            let y = e.load(Kind::Real, &place);
            let fresh = comb_fresh(e, prepared, y)?;
            let store = comb_store(e, of(damp), [fresh, state[1]]);
            let back = comb_back(e, [of(x), of(feedback)], store);
            e.store(back, &place);
            (state[0], state[1]) = (shapes::next_place(e, state[0], line.length), store);
            y
        }
        (Op::Allpass(x, _), _, Some((at, line))) => {
            let place = e.element(at, state[0]);
            let delayed = e.load(Kind::Real, &place);
            let (y, back) = allpass(e, of(x), delayed);
            e.store(back, &place);
            state[0] = shapes::next_place(e, state[0], line.length);
            y
        }
        _ => return None,
    })
}

/// What of a comb's output goes into its low pass.
pub fn comb_fresh(e: &mut Emit<'_, '_>, prepared: Prepared, y: Value) -> Option<Value> {
    match prepared {
        Prepared::Comb { keep } => Some(e.mul(y, keep)),
        _ => None,
    }
}

/// A comb's low pass, from what goes into it and what it was before.
pub fn comb_store(e: &mut Emit<'_, '_>, damp: Value, [fresh, before]: [Value; 2]) -> Value {
    // In this order the one that comes from memory needs no register.
    let kept = e.mul(before, damp);
    e.add(kept, fresh)
}

/// What goes back into a comb's line.
pub fn comb_back(e: &mut Emit<'_, '_>, [x, feedback]: [Value; 2], store: Value) -> Value {
    e.add_mul(x, feedback, store)
}

/// An all-pass's value and what goes into its line, from what comes out of it.
pub fn allpass(e: &mut Emit<'_, '_>, x: Value, delayed: Value) -> (Value, Value) {
    let half = e.real(0.5);
    let back = e.add_mul(x, delayed, half);
    (e.sub(delayed, x), back)
}

/// [`crate::math::sin_phase`].
fn sine(e: &mut Emit<'_, '_>, phase: Value) -> Value {
    let (t, unit) = (e.real_of_signed(phase), e.real(PER_TURN));
    let t = e.mul(t, unit);
    let (size, half) = (e.abs(t), e.real(0.5));
    let rest = e.sub(half, size);
    let u = e.mul(t, rest);
    let size = e.abs(u);
    let sum = e.polynomial(size, &SIN_TURN);
    e.mul(u, sum)
}

fn noise(e: &mut Emit<'_, '_>, state: &mut [Value]) -> Value {
    let (position, seed) = (state[0], state[1]);
    let spread = e.word_mul(position, 0x9e37_79b9);
    let mixed = e.word_xor(spread, seed);
    let bits = mix(e, mixed);
    let one = e.word(1);
    state[0] = e.word_add(position, one);
    let (x, unit) = (e.real_of_signed(bits), e.real(1.0 / 2_147_483_648.0));
    e.mul(x, unit)
}

/// [`crate::math::mix`].
fn mix(e: &mut Emit<'_, '_>, x: Value) -> Value {
    let fold = |e: &mut Emit<'_, '_>, x, bits| {
        let high = e.word_shift_right(x, bits);
        e.word_xor(x, high)
    };
    let x = fold(e, x, 16);
    let x = e.word_mul(x, 0x7feb_352d);
    let x = fold(e, x, 15);
    let x = e.word_mul(x, 0x846c_a68b);
    fold(e, x, 16)
}

/// One frame of the state-variable filter: band and low pass.
fn filter(e: &mut Emit<'_, '_>, x: Value, a: [Value; 3], state: &mut [Value]) -> (Value, Value) {
    let ([keep, cross, pull], c1, c2) = (a, state[0], state[1]);
    let kept = e.mul(keep, c1);
    let kept = e.sub_mul(kept, cross, c2);
    let next1 = e.add_mul(kept, cross, x);
    let left = e.sub_mul(c2, pull, c2);
    let fed = e.mul(cross, c1);
    let fed = e.add_mul(fed, pull, x);
    let next2 = e.add(left, fed);
    let half = e.real(0.5);
    let (band, low) = (e.add(c1, next1), e.add(c2, next2));
    (state[0], state[1]) = (next1, next2);
    (e.mul(band, half), e.mul(low, half))
}

/// One frame of the envelope. Both sides of the gate are computed and one is taken. Only where the gate turns does the
/// level go on from the last frame's: with a branch around that, frames need not wait for each other's level.
fn adsr(
    e: &mut Emit<'_, '_>,
    gate: Value,
    prepared: Prepared,
    state: &mut [Value],
) -> Option<Value> {
    let Prepared::Shape { attack, .. } = prepared else {
        return None;
    };
    let [t, start, level, high] = *state else {
        return None;
    };
    let (on, was_on) = (is_high(e, gate), e.is_set(high));
    let turns = e.is_other(on, was_on);
    let [t, start] = e.where_one(turns, [t, start], |e| {
        let (t, start) = turn(e, on, was_on, attack, [t, start, level]);
        [t, start]
    });
    let level = level_at(e, on, prepared, t, start)?;
    let one = e.real(1.0);
    let next = later(e, t, one);
    let (yes, no) = (e.word(1), e.word(0));
    state.copy_from_slice(&[next, start, level, e.select(on, yes, no)]);
    Some(level)
}

/// Whether a gate is high.
pub fn is_high(e: &mut Emit<'_, '_>, gate: Value) -> Value {
    let half = e.real(0.5);
    e.is_at_least(gate, half)
}

/// An envelope's count so many frames later.
pub fn later(e: &mut Emit<'_, '_>, t: Value, frames: Value) -> Value {
    let (next, longest) = (e.add(t, frames), e.real(LONGEST));
    e.min(next, longest)
}

/// Where an envelope's count and start are once the gate is seen: at their beginning if it turned.
pub fn turn(
    e: &mut Emit<'_, '_>,
    on: Value,
    was_on: Value,
    attack: Value,
    [t, start, level]: [Value; 3],
) -> (Value, Value) {
    let (nought, one) = (e.real(0.0), e.real(1.0));
    let risen = e.mul(level, attack);
    let (t_on, start_on) = (e.select(was_on, t, nought), e.select(was_on, start, risen));
    let (t_off, start_off) = (e.select(was_on, one, t), e.select(was_on, level, start));
    (e.select(on, t_on, t_off), e.select(on, start_on, start_off))
}

/// The envelope's level so many frames after its gate turned.
pub fn level_at(
    e: &mut Emit<'_, '_>,
    on: Value,
    prepared: Prepared,
    t: Value,
    start: Value,
) -> Option<Value> {
    let Prepared::Shape {
        attack,
        per_attack,
        per_decay,
        sustain,
        per_release,
    } = prepared
    else {
        return None;
    };
    let (nought, one) = (e.real(0.0), e.real(1.0));
    let at = e.add(start, t);
    let past = e.sub(at, attack);
    let decay = e.sub_mul(one, past, per_decay);
    let body = e.max(decay, sustain);
    let rise = e.mul(at, per_attack);
    let level_on = e.min(rise, body);

    let left = e.sub_mul(one, t, per_release);
    let left = e.max(left, nought);
    let level_off = e.mul(start, left);
    Some(e.select(on, level_on, level_off))
}
