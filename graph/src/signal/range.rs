//! Between which values each signal of a function stays: how long its delay lines must be. Control side only.

use super::arith::Plain;
use super::{Binary, Function, Op, Sig, Time, Unary, maths};

/// The lowest and the highest value; infinite where nothing is known.
pub type Range = (f32, f32);

const ANY: Range = (f32::NEG_INFINITY, f32::INFINITY);

/// The longest delay line in seconds, where its length has a bound.
const LONGEST: f32 = 20.0;
/// The delay line in seconds where a length has no bound.
const UNBOUNDED: f32 = 2.0;

/// The longest that a delay of frames within a range is, in frames: at most 20 s, and 2 s where nothing is known.
pub fn delay_frames(range: Range, rate: u32) -> usize {
    let rate = rate as f32;
    let longest = match range.1 {
        hi if hi.is_finite() => hi.clamp(1.0, LONGEST * rate),
        _ => UNBOUNDED * rate,
    };
    longest.ceil() as usize
}

/// The range of every operation of a function at a rate in Hz. A little wider than it is in truth where sums are
/// rounded; a delay that would overrun is held to its line.
pub fn ranges(function: &Function, rate: u32) -> Vec<Range> {
    ranges_where(function, rate, |_| None)
}

/// The same where some operations, by their places, are `known` to stay in other ranges.
pub fn ranges_where(
    function: &Function,
    rate: u32,
    known: impl Fn(usize) -> Option<Range>,
) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::with_capacity(function.ops.len());
    for (k, op) in function.ops.iter().enumerate() {
        let of = |s: Sig| ranges[s.0 as usize];
        if let Some(range) = known(k) {
            ranges.push(range);
            continue;
        }
        let range = match *op {
            Op::Const(bits) => (f32::from_bits(bits), f32::from_bits(bits)),
            Op::Rate => (rate as f32, rate as f32),
            Op::Control(c) => {
                let control = &function.controls[c as usize];
                (control.lo, control.hi)
            }
            // A delay in beats is long enough from 30 beats a minute on.
            Op::Time(Time::Tempo) => (30.0, 1000.0),
            Op::Time(Time::Part) => (0.0, 1.0),
            Op::Sine(_) | Op::Noise(_) => (-1.0, 1.0),
            Op::Saw(_) | Op::Square(..) | Op::Triangle(_) => (-1.3, 1.3),
            Op::Adsr { .. } | Op::Phasor(_) => (0.0, 1.0),
            Op::Neg(x) => (-of(x).1, -of(x).0),
            Op::Add(x, y) => (of(x).0 + of(y).0, of(x).1 + of(y).1),
            Op::Sub(x, y) => (of(x).0 - of(y).1, of(x).1 - of(y).0),
            Op::Mul(x, y) => around(corners(of(x), of(y), |x, y| x * y)),
            Op::Div(x, y) if of(y).0 > 0.0 || of(y).1 < 0.0 => {
                around(corners(of(x), of(y), |x, y| x / y))
            }
            Op::Unary(kind, x) => unary(kind, of(x)),
            Op::Binary(kind, x, y) => binary(kind, of(x), of(y)),
            Op::Select(_, x, y) => (of(x).0.min(of(y).0), of(x).1.max(of(y).1)),
            // They begin at nought, and a line is nought before anything was written.
            Op::Mem(x) | Op::Delay(x, _) => (of(x).0.min(0.0), of(x).1.max(0.0)),
            Op::Feed(_, _, out) => of(out),
            Op::Table(t, _) => around(function.tables[t as usize].iter().copied()),
            _ => ANY,
        };
        ranges.push(if range.0.is_nan() || range.1.is_nan() {
            ANY
        } else {
            range
        });
    }
    ranges
}

fn unary(kind: Unary, (lo, hi): Range) -> Range {
    let at = |x| maths::unary(&mut Plain, kind, x);
    match kind {
        Unary::Abs if lo <= 0.0 && hi >= 0.0 => (0.0, hi.max(-lo)),
        Unary::Abs => around([lo.abs(), hi.abs()]),
        Unary::Sin | Unary::Cos => (-1.0, 1.0),
        Unary::Acos => (at(hi), at(lo)),
        Unary::Tan | Unary::Cosh => ANY,
        // The others rise.
        _ => (at(lo), at(hi)),
    }
}

fn binary(kind: Binary, x: Range, y: Range) -> Range {
    match kind {
        Binary::Min => (x.0.min(y.0), x.1.min(y.1)),
        Binary::Max => (x.0.max(y.0), x.1.max(y.1)),
        Binary::Mod if y.0 > 0.0 => (0.0, y.1),
        Binary::Fmod | Binary::Remainder => {
            let most = y.0.abs().max(y.1.abs());
            (-most, most)
        }
        // Of a base above nought a power is monotonic in both.
        Binary::Pow if x.0 > 0.0 => {
            let pow = |x, y| maths::binary(&mut Plain, Binary::Pow, x, y);
            around(corners(x, y, pow))
        }
        Binary::Atan2 => (-std::f32::consts::PI, std::f32::consts::PI),
        Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge | Binary::Eq | Binary::Ne => (0.0, 1.0),
        _ => ANY,
    }
}

fn corners(x: Range, y: Range, f: impl Fn(f32, f32) -> f32) -> [f32; 4] {
    [f(x.0, y.0), f(x.0, y.1), f(x.1, y.0), f(x.1, y.1)]
}

fn around(values: impl IntoIterator<Item = f32>) -> Range {
    let mut range = (f32::INFINITY, f32::NEG_INFINITY);
    for x in values {
        if x.is_nan() {
            return ANY;
        }
        range = (range.0.min(x), range.1.max(x));
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Builder, Control};

    #[test]
    fn a_delay_line_is_as_long_as_its_time_can_become() {
        let mut b = Builder::new();
        let time = Control::new("time", 100.0, 0.0, 500.0);
        let time = b.control(time).unwrap();
        let (rate, thousand) = (b.add(Op::Rate).unwrap(), b.constant(1000.0).unwrap());
        let frames = b.add(Op::Mul(time, rate)).unwrap();
        let frames = b.add(Op::Div(frames, thousand)).unwrap();
        let noise = b.noise().unwrap();
        let late = b.add(Op::Delay(noise, frames)).unwrap();
        let wild = b.add(Op::Div(noise, noise)).unwrap();
        let wild = b.add(Op::Delay(late, wild)).unwrap();
        let f = b.finish(vec![wild]);
        let all = ranges(&f, 48000);
        assert_eq!(all[frames.0 as usize], (0.0, 24000.0));
        assert_eq!(delay_frames(all[frames.0 as usize], 48000), 24000);
        assert_eq!(delay_frames(ANY, 48000), 96000);
        assert_eq!(delay_frames((0.0, 1e9), 48000), 960_000);
        assert_eq!(delay_frames((-5.0, -1.0), 48000), 1);
    }
}
