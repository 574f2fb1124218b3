//! The mathematics of signals: every pure operation, written once in [`Arith`]'s words.
//!
//! Polynomials are Stephen Moshier's (Cephes, single precision, 1989) unless said otherwise. All of it is total: what
//! has no real result gives the nearest sensible one, so that a signal that strays out of a function's domain for a
//! frame does not silence its node. Real-time safe.

use super::arith::Arith;
use super::{Binary, Op, Sig, Unary};
use std::f32::consts::{FRAC_1_PI, FRAC_PI_2, FRAC_PI_4, LN_2, LOG2_E, LOG10_E, PI};

/// A pure operation on what its operands are worth; `None` for any other.
#[inline(always)]
pub fn pure<A: Arith>(
    a: &mut A,
    op: &Op,
    rate: u32,
    of: impl Fn(Sig) -> A::Real,
) -> Option<A::Real> {
    Some(match *op {
        Op::Const(bits) => a.real(f32::from_bits(bits)),
        Op::Rate => a.real(rate as f32),
        Op::Neg(x) => a.neg(of(x)),
        Op::Add(x, y) => a.add(of(x), of(y)),
        Op::Sub(x, y) => a.sub(of(x), of(y)),
        Op::Mul(x, y) => a.mul(of(x), of(y)),
        Op::Div(x, y) => a.div(of(x), of(y)),
        Op::Unary(kind, x) => unary(a, kind, of(x)),
        Op::Binary(kind, x, y) => binary(a, kind, of(x), of(y)),
        Op::Select(which, zero, one) => select(a, of(which), of(zero), of(one)),
        _ => return None,
    })
}

/// A function of one number.
#[inline(always)]
pub fn unary<A: Arith>(a: &mut A, kind: Unary, x: A::Real) -> A::Real {
    match kind {
        Unary::Abs => a.abs(x),
        Unary::Sqrt => {
            let nought = a.real(0.0);
            let x = a.max(nought, x);
            a.sqrt(x)
        }
        Unary::Floor => a.floor(x),
        Unary::Ceil => a.ceil(x),
        Unary::Round => a.nearest(x),
        Unary::Sin => sin_cos(a, x).0,
        Unary::Cos => sin_cos(a, x).1,
        Unary::Tan => {
            let (sin, cos) = sin_cos(a, x);
            a.div(sin, cos)
        }
        Unary::Asin => asin(a, x),
        Unary::Acos => {
            let (quarter, x) = (a.real(FRAC_PI_2), asin(a, x));
            a.sub(quarter, x)
        }
        Unary::Atan => {
            let one = a.real(1.0);
            atan2(a, x, one)
        }
        Unary::Sinh => sinh(a, x),
        Unary::Cosh => {
            let (up, down) = exp_both(a, x);
            a.add(up, down)
        }
        Unary::Tanh => tanh(a, x),
        Unary::Exp => exp(a, x),
        Unary::Exp2 => exp2(a, x),
        Unary::Log => {
            let (whole, rest) = octaves(a, x);
            let ln_2 = a.real(LN_2);
            let (rest, e) = (ln_near_one(a, rest), a.mul(whole, ln_2));
            a.add(e, rest)
        }
        Unary::Log2 => log2(a, x),
        Unary::Log10 => {
            let (whole, rest) = octaves(a, x);
            let (per_octave, scale) = (a.real(std::f32::consts::LOG10_2), a.real(LOG10_E));
            let (rest, e) = (ln_near_one(a, rest), a.mul(whole, per_octave));
            a.add_mul(e, rest, scale)
        }
    }
}

/// A function of two numbers.
#[inline(always)]
pub fn binary<A: Arith>(a: &mut A, kind: Binary, x: A::Real, y: A::Real) -> A::Real {
    match kind {
        Binary::Min => a.min(x, y),
        Binary::Max => a.max(x, y),
        Binary::Pow => pow(a, x, y),
        Binary::Mod => {
            let turns = a.div(x, y);
            let turns = a.floor(turns);
            let rest = a.sub_mul(x, y, turns);
            // A quotient that was rounded up to a whole number is one too many.
            let (nought, side) = (a.real(0.0), a.mul(rest, y));
            let (beside, moved) = (a.is_less(side, nought), a.add(rest, y));
            a.choose(beside, moved, rest)
        }
        Binary::Fmod => {
            let (size, by) = (a.abs(x), a.abs(y));
            let turns = a.div(size, by);
            let turns = a.floor(turns);
            let rest = a.sub_mul(size, by, turns);
            let nought = a.real(0.0);
            let (below, moved) = (a.is_less(rest, nought), a.add(rest, by));
            let rest = a.choose(below, moved, rest);
            a.signed_like(rest, x)
        }
        Binary::Remainder => {
            let turns = a.div(x, y);
            let turns = a.nearest(turns);
            a.sub_mul(x, y, turns)
        }
        Binary::FloorDiv => {
            let turns = a.div(x, y);
            a.floor(turns)
        }
        Binary::Atan2 => atan2(a, x, y),
        Binary::Lt => {
            let truth = a.is_less(x, y);
            a.one_if(truth)
        }
        Binary::Le => {
            let truth = a.is_at_most(x, y);
            a.one_if(truth)
        }
        Binary::Gt => {
            let truth = a.is_less(y, x);
            a.one_if(truth)
        }
        Binary::Ge => {
            let truth = a.is_at_most(y, x);
            a.one_if(truth)
        }
        Binary::Eq => {
            let truth = a.is_equal(x, y);
            a.one_if(truth)
        }
        Binary::Ne => {
            let truth = a.is_equal(x, y);
            let (nought, one) = (a.real(0.0), a.real(1.0));
            a.choose(truth, nought, one)
        }
    }
}

/// `one` where `which` is not 0, else `zero`.
#[inline(always)]
pub fn select<A: Arith>(a: &mut A, which: A::Real, zero: A::Real, one: A::Real) -> A::Real {
    let nought = a.real(0.0);
    let is_nought = a.is_equal(which, nought);
    a.choose(is_nought, zero, one)
}

/// Sine and cosine of an angle in radians.
#[inline(always)]
fn sin_cos<A: Arith>(a: &mut A, x: A::Real) -> (A::Real, A::Real) {
    // Quarter turns are taken off in three steps, each exact for angles of a musical size.
    let per_quarter = a.real(2.0 * FRAC_1_PI);
    let quarters = a.mul(x, per_quarter);
    let quarters = a.nearest(quarters);
    let mut r = x;
    for part in [1.570_312_5, 4.837_513e-4, 7.549_79e-8] {
        let part = a.real(part);
        r = a.sub_mul(r, quarters, part);
    }
    // Where an angle is so large that nothing is left of its turn, it stays an angle at least.
    let r = a.held(r, -0.8, 0.8);
    let z = a.mul(r, r);
    let cubic = a.horner(z, &[-1.666_665_5e-1, 8.332_161e-3, -1.951_529_6e-4]);
    let rz = a.mul(r, z);
    let sin = a.add_mul(r, rz, cubic);
    let quartic = a.horner(z, &[4.166_664_6e-2, -1.388_731_6e-3, 2.443_315_7e-5]);
    let (one, half) = (a.real(1.0), a.real(0.5));
    let low = a.sub_mul(one, z, half);
    let zz = a.mul(z, z);
    let cos = a.add_mul(low, zz, quartic);
    // Odd quarters change places, and signs follow the half turn.
    let quarters = a.signed_of(quarters);
    let (one, two) = (a.word(1), a.word(2));
    let odd = a.word_and(quarters, one);
    let odd = a.is_set(odd);
    let (s, c) = (a.choose(odd, cos, sin), a.choose(odd, sin, cos));
    let half_turn = |a: &mut A, quarters, x| {
        let second = a.word_and(quarters, two);
        let (sign, bits) = (a.shift_left(second, 30), a.bits_of(x));
        let bits = a.word_xor(bits, sign);
        a.of_bits(bits)
    };
    let s = half_turn(a, quarters, s);
    let next = a.word_add(quarters, one);
    (s, half_turn(a, next, c))
}

/// The angle whose sine is `x`, held to −1…1.
#[inline(always)]
fn asin<A: Arith>(a: &mut A, x: A::Real) -> A::Real {
    let size = a.abs(x);
    let (one, half, two) = (a.real(1.0), a.real(0.5), a.real(2.0));
    let size = a.min(one, size);
    let far = a.is_less(half, size);
    let rest = a.sub(one, size);
    let (rest, square) = (a.mul(half, rest), a.mul(size, size));
    let (root, z) = (a.sqrt(rest), a.choose(far, rest, square));
    let s = a.choose(far, root, size);
    let terms = [
        1.666_675_2e-1,
        7.495_300_3e-2,
        4.547_002_6e-2,
        2.418_131e-2,
        4.216_32e-2,
    ];
    let sum = a.horner(z, &terms);
    let sz = a.mul(s, z);
    let angle = a.add_mul(s, sz, sum);
    let quarter = a.real(FRAC_PI_2);
    let beyond = a.sub_mul(quarter, two, angle);
    let angle = a.choose(far, beyond, angle);
    a.signed_like(angle, x)
}

/// The angle of a point from the x axis, −π…π.
#[inline(always)]
fn atan2<A: Arith>(a: &mut A, y: A::Real, x: A::Real) -> A::Real {
    let (up, along) = (a.abs(y), a.abs(x));
    let steep = a.is_less(along, up);
    let (small, large) = (a.choose(steep, along, up), a.choose(steep, up, along));
    // Above tan(π/8) the eighth of a turn is taken off first.
    let edge = a.real(0.414_213_57);
    let bound = a.mul(large, edge);
    let far = a.is_less(bound, small);
    let (less, more) = (a.sub(small, large), a.add(small, large));
    let (n, d) = (a.choose(far, less, small), a.choose(far, more, large));
    let least = a.real(f32::MIN_POSITIVE);
    let d = a.max(d, least);
    let t = a.div(n, d);
    let z = a.mul(t, t);
    let terms = [
        -3.333_295e-1,
        1.997_771_1e-1,
        -1.387_768_6e-1,
        8.053_744_5e-2,
    ];
    let sum = a.horner(z, &terms);
    let tz = a.mul(t, z);
    let angle = a.add_mul(t, tz, sum);
    let (nought, eighth) = (a.real(0.0), a.real(FRAC_PI_4));
    let off = a.choose(far, eighth, nought);
    let angle = a.add(off, angle);
    let (quarter, half) = (a.real(FRAC_PI_2), a.real(PI));
    let turned = a.sub(quarter, angle);
    let angle = a.choose(steep, turned, angle);
    let (back, turned) = (a.is_less(x, nought), a.sub(half, angle));
    let angle = a.choose(back, turned, angle);
    a.signed_like(angle, y)
}

/// 2 to the power of a whole number from −252 to 254.
#[inline(always)]
fn octave<A: Arith>(a: &mut A, x: A::Real, whole: A::Real) -> A::Real {
    // In two steps: one exponent alone does not reach the denormals, nor what is too large.
    let half = a.real(0.5);
    let first = a.mul(whole, half);
    let first = a.floor(first);
    let second = a.sub(whole, first);
    let mut x = x;
    for part in [first, second] {
        let (e, bias) = (a.signed_of(part), a.word(127));
        let e = a.word_add(e, bias);
        let e = a.shift_left(e, 23);
        let scale = a.of_bits(e);
        x = a.mul(x, scale);
    }
    x
}

/// e to the power of −0.35…0.35.
#[inline(always)]
fn exp_near_nought<A: Arith>(a: &mut A, r: A::Real) -> A::Real {
    let terms = [
        0.5,
        1.666_666_5e-1,
        4.166_579_6e-2,
        8.333_452e-3,
        1.398_2e-3,
        1.987_569_2e-4,
    ];
    let (sum, z, one) = (a.horner(r, &terms), a.mul(r, r), a.real(1.0));
    let low = a.add_mul(r, z, sum);
    a.add(low, one)
}

#[inline(always)]
fn exp<A: Arith>(a: &mut A, x: A::Real) -> A::Real {
    let x = a.held(x, -104.0, 89.0);
    let per_octave = a.real(LOG2_E);
    let whole = a.mul(x, per_octave);
    let whole = a.nearest(whole);
    let (high, low) = (a.real(0.693_359_4), a.real(-2.121_944_4e-4));
    let r = a.sub_mul(x, whole, high);
    let r = a.sub_mul(r, whole, low);
    let y = exp_near_nought(a, r);
    octave(a, y, whole)
}

#[inline(always)]
fn exp2<A: Arith>(a: &mut A, x: A::Real) -> A::Real {
    let x = a.held(x, -150.0, 129.0);
    let whole = a.nearest(x);
    let (r, ln_2) = (a.sub(x, whole), a.real(LN_2));
    let r = a.mul(r, ln_2);
    let y = exp_near_nought(a, r);
    octave(a, y, whole)
}

/// eˣ/2 and e⁻ˣ/2.
#[inline(always)]
fn exp_both<A: Arith>(a: &mut A, x: A::Real) -> (A::Real, A::Real) {
    let (up, quarter, half) = (exp(a, x), a.real(0.25), a.real(0.5));
    let up = a.mul(up, half);
    (up, a.div(quarter, up))
}

/// A number as 2ʷ·(1 + r): w, and r from √½ − 1 to √2 − 1. What is below the smallest normal number counts as that.
#[inline(always)]
fn octaves<A: Arith>(a: &mut A, x: A::Real) -> (A::Real, A::Real) {
    let least = a.real(f32::MIN_POSITIVE);
    // What is no number is below nothing, and becomes the least one too: its bits say nothing.
    let x = a.max(x, least);
    let x = a.bits_of(x);
    // The exponent counts from √½ on: its bits are taken off first.
    let (root, mask) = (a.word(0x3f35_04f3), a.word(0xff80_0000));
    let above = a.word_sub(x, root);
    let e = a.word_and(above, mask);
    let m = a.word_sub(x, e);
    let (m, one) = (a.of_bits(m), a.real(1.0));
    let (whole, unit) = (a.of_signed(e), a.real(1.0 / 8_388_608.0));
    (a.mul(whole, unit), a.sub(m, one))
}

/// ln(1 + r) − r for the r of [`octaves`].
#[inline(always)]
fn ln_rest<A: Arith>(a: &mut A, r: A::Real) -> A::Real {
    let terms = [
        3.333_333e-1,
        -2.499_999_4e-1,
        2.000_071_5e-1,
        -1.666_805_8e-1,
        1.424_932_3e-1,
        -1.242_014_1e-1,
        1.167_699_9e-1,
        -1.151_461e-1,
        7.037_683_6e-2,
    ];
    let (sum, z, half) = (a.horner(r, &terms), a.mul(r, r), a.real(0.5));
    let cubic = a.mul(r, z);
    let cubic = a.mul(cubic, sum);
    a.sub_mul(cubic, z, half)
}

#[inline(always)]
fn ln_near_one<A: Arith>(a: &mut A, r: A::Real) -> A::Real {
    let rest = ln_rest(a, r);
    a.add(r, rest)
}

/// The logarithm to base 2, whole octaves and the rest apart.
#[inline(always)]
fn log2_parts<A: Arith>(a: &mut A, x: A::Real) -> (A::Real, A::Real) {
    let (whole, r) = octaves(a, x);
    let (rest, more) = (ln_rest(a, r), a.real(LOG2_E - 1.0));
    // log₂e is 1 and a rest: the large part is not rounded by the product.
    let small = a.mul(rest, more);
    let small = a.add_mul(small, r, more);
    let small = a.add(small, rest);
    (whole, a.add(small, r))
}

#[inline(always)]
fn log2<A: Arith>(a: &mut A, x: A::Real) -> A::Real {
    let (whole, rest) = log2_parts(a, x);
    a.add(whole, rest)
}

#[inline(always)]
fn pow<A: Arith>(a: &mut A, x: A::Real, y: A::Real) -> A::Real {
    let size = a.abs(x);
    let (octaves, rest) = log2_parts(a, size);
    // Whole octaves of the result are taken off before the rest is added to what is left of them.
    let large = a.mul(y, octaves);
    let large = a.held(large, -300.0, 300.0);
    let whole = a.nearest(large);
    let left = a.sub(large, whole);
    let left = a.add_mul(left, y, rest);
    let left = a.held(left, -300.0, 300.0);
    let more = a.nearest(left);
    let (left, ln_2) = (a.sub(left, more), a.real(LN_2));
    let left = a.mul(left, ln_2);
    let power = exp_near_nought(a, left);
    let whole = a.add(whole, more);
    let whole = a.held(whole, -150.0, 129.0);
    let power = octave(a, power, whole);
    let (nought, half, one) = (a.real(0.0), a.real(0.5), a.real(1.0));
    // 0 to a power above 0.
    let least = a.real(f32::MIN_POSITIVE);
    let (no_base, rises) = (a.is_less(size, least), a.is_less(nought, y));
    let of_nought = a.choose(rises, nought, power);
    let power = a.choose(no_base, of_nought, power);
    // A base below 0: whole powers have a sign, others are no real numbers.
    let floor = a.floor(y);
    let is_whole = a.is_equal(floor, y);
    let halved = a.mul(y, half);
    let half_floor = a.floor(halved);
    let even = a.is_equal(half_floor, halved);
    let minus_one = a.neg(one);
    let sign = a.choose(even, one, minus_one);
    let sign = a.choose(is_whole, sign, nought);
    let signed = a.mul(power, sign);
    let below = a.is_less(x, nought);
    a.choose(below, signed, power)
}

#[inline(always)]
fn sinh<A: Arith>(a: &mut A, x: A::Real) -> A::Real {
    let (up, down) = exp_both(a, x);
    let far = a.sub(up, down);
    let z = a.mul(x, x);
    let sum = a.horner(z, &[1.666_671_6e-1, 8.330_284e-3, 2.037_219_1e-4]);
    let xz = a.mul(x, z);
    let near = a.add_mul(x, xz, sum);
    let (size, one) = (a.abs(x), a.real(1.0));
    let is_near = a.is_less(size, one);
    a.choose(is_near, near, far)
}

/// The hyperbolic tangent.
#[inline(always)]
fn tanh<A: Arith>(a: &mut A, x: A::Real) -> A::Real {
    let (size, one, two) = (a.abs(x), a.real(1.0), a.real(2.0));
    let twice = a.mul(size, two);
    let e = exp(a, twice);
    let below = a.add(e, one);
    let fraction = a.div(two, below);
    let far = a.sub(one, fraction);
    let far = a.signed_like(far, x);
    let z = a.mul(x, x);
    let terms = [
        -3.333_328e-1,
        1.333_144_2e-1,
        -5.373_971_6e-2,
        2.063_909e-2,
        -5.704_988_7e-3,
    ];
    let sum = a.horner(z, &terms);
    let xz = a.mul(x, z);
    let near = a.add_mul(x, xz, sum);
    let edge = a.real(0.625);
    let is_near = a.is_less(size, edge);
    a.choose(is_near, near, far)
}
