//! Our own transcendental functions: the same bits on every machine.
//!
//! The system's `sin` and `exp` differ between libraries and versions, and what is bounced must be what was
//! heard. Pure functions, no allocation, any thread. Polynomials are minimax fits (Lawson's iteration) unless
//! said otherwise.

use std::f64::consts::{LN_2, PI};

/// sin(2π·t) for any finite `t`; absolute error below 1e-13 for |t| < 2²⁰. (Taylor series on a quarter turn.)
pub fn sin_turns(t: f64) -> f64 {
    let t = t - t.floor();
    // Fold the turn onto −1/4…1/4, where the series is short.
    let t = match t {
        t if t < 0.25 => t,
        t if t < 0.75 => 0.5 - t,
        t => t - 1.0,
    };
    let x = 2.0 * PI * t;
    let z = x * x;
    let mut sum = 0.0;
    for n in (1..=9).rev() {
        let n = f64::from(n);
        sum = -z / (2.0 * n * (2.0 * n + 1.0)) * (1.0 + sum);
    }
    x * (1.0 + sum)
}

/// 2 to the power of `x`, for −1000 < x < 1000; relative error below 1e-15. (Taylor series on half an octave.)
pub fn exp2(x: f64) -> f64 {
    let x = x.clamp(-1000.0, 1000.0);
    let whole = (x + 0.5).floor();
    let y = (x - whole) * LN_2;
    let mut sum = 1.0;
    for n in (1..=16).rev() {
        sum = 1.0 + y / f64::from(n) * sum;
    }
    sum * f64::from_bits(((whole as i64 + 1023) as u64) << 52)
}

/// The larger of two; `b` if either is not a number, and `b` of two zeros. Unlike [`f32::max`] it says which zero,
/// so that every backend has the same bits.
#[inline(always)]
pub fn max(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The smaller of two; `b` if either is not a number, and `b` of two zeros.
#[inline(always)]
pub fn min(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// A polynomial in `z` by Horner's rule, the constant term first; products and sums rounded one by one.
#[inline(always)]
fn polynomial<const N: usize>(z: f32, terms: &[f32; N]) -> f32 {
    let (last, rest) = terms.split_last().expect("a polynomial has a term");
    rest.iter().rev().fold(*last, |sum, term| term + z * sum)
}

/// sin(2πt)/u in |u| = |t|·(½ − |t|), for |t| ≤ ½: the product is as symmetrical around the quarters as the sine.
pub(crate) const SIN_TURN: [f32; 4] = [12.566_344, 50.269_58, 71.193_32, 56.144_85];
/// sin(πy)/y in y², for |y| ≤ 1/2.
pub(crate) const SIN_HALF_TURN: [f32; 5] = [
    std::f32::consts::PI,
    -5.167_71,
    2.550_07,
    -0.598_242_1,
    0.077_560_39,
];
/// cos(πy) in y², for |y| ≤ 1/2.
pub(crate) const COS_HALF_TURN: [f32; 6] = [
    1.0,
    -4.934_802,
    4.058_706_3,
    -1.335_181_6,
    0.234_806_7,
    -0.024_197_44,
];

/// The logarithm to base 2 of a finite `x` above 0; relative error below 1e-15. (Series of the area tangent on half
/// an octave around 1.)
pub fn log2(x: f64) -> f64 {
    let (whole, part) = octave(x);
    f64::from(whole) + ln_near_one(part) / LN_2
}

/// The natural logarithm of a finite `x` above 0; relative error below 1e-15.
pub fn ln(x: f64) -> f64 {
    let (whole, part) = octave(x);
    f64::from(whole) * LN_2 + ln_near_one(part)
}

/// e to the power of `x`, for −690 < x < 690; relative error below 1e-13.
pub fn exp(x: f64) -> f64 {
    exp2(x / LN_2)
}

/// `x` to the power of `y`, for `x` above 0 or a whole `y`; 0 to the power of a `y` below 0 is infinite. A whole `y`
/// up to 1024 is multiplied out, with the rounding of some twenty products at most; ½ is the root; else the error is below
/// 1e-12 of the result. Not a number where there is no real result.
pub fn pow(x: f64, y: f64) -> f64 {
    if y.fract() == 0.0 && y.abs() <= 1024.0 {
        let mut result = 1.0;
        let (mut square, mut left) = (x, y.abs() as u32);
        while left > 0 {
            if left & 1 == 1 {
                result *= square;
            }
            square *= square;
            left >>= 1;
        }
        return if y < 0.0 { 1.0 / result } else { result };
    }
    if y == 0.5 && x >= 0.0 {
        return x.sqrt();
    }
    if x == 0.0 {
        return if y > 0.0 { 0.0 } else { f64::INFINITY };
    }
    let odd = y.fract() == 0.0 && (y / 2.0).fract() != 0.0;
    if x < 0.0 && y.fract() != 0.0 {
        return f64::NAN;
    }
    let (whole, part) = octave(x.abs());
    let power = y * f64::from(whole) + y * (ln_near_one(part) / LN_2);
    let size = match power {
        p if p >= 1000.0 => f64::INFINITY,
        p if p <= -1000.0 => 0.0,
        p => exp2(p),
    };
    if x < 0.0 && odd { -size } else { size }
}

/// x = 2ʷ · p, with p between √½ and √2.
fn octave(x: f64) -> (i32, f64) {
    // What is too small for a full mantissa is made larger first.
    let (x, below) = if x < f64::MIN_POSITIVE {
        (x * 18_014_398_509_481_984.0, 54)
    } else {
        (x, 0)
    };
    let bits = x.to_bits();
    let whole = ((bits >> 52) & 0x7ff) as i32 - 1023 - below;
    let part = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | (1023 << 52));
    if part > std::f64::consts::SQRT_2 {
        (whole + 1, part / 2.0)
    } else {
        (whole, part)
    }
}

fn ln_near_one(p: f64) -> f64 {
    let s = (p - 1.0) / (p + 1.0);
    let z = s * s;
    let mut sum = 0.0;
    for n in (0..=12).rev() {
        sum = sum * z + 1.0 / f64::from(2 * n + 1);
    }
    2.0 * s * sum
}

/// The sine of a phase in 2⁻³² turns; absolute error below 2.5e-7.
#[inline]
pub fn sin_phase(phase: u32) -> f32 {
    // As a signed number the phase runs from −1/2 to 1/2 turn.
    let t = phase as i32 as f32 * (1.0 / 4_294_967_296.0);
    let u = t * (0.5 - t.abs());
    u * polynomial(u.abs(), &SIN_TURN)
}

/// sin(πy) and cos(πy) for 0 ≤ y ≤ 1/2: the two halves of a filter's tangent. The relative error of their
/// quotient is below 1e-6 up to y = 0.49.
#[inline]
pub fn sin_cos_half_turns(y: f32) -> (f32, f32) {
    let z = y * y;
    let sin = y * polynomial(z, &SIN_HALF_TURN);
    let cos = polynomial(z, &COS_HALF_TURN);
    (sin, cos)
}

/// A well-mixed 32-bit number of a 32-bit number (Chris Wellons' `lowbias32`).
#[inline]
pub const fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// A seed from a name (FNV-1a, 64 bits), the same in every version.
pub fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_agree_with_the_system_s_functions() {
        for i in -4000..4000 {
            let t = f64::from(i) / 777.0;
            assert!((sin_turns(t) - (2.0 * PI * t).sin()).abs() < 1e-12, "{t}");
            assert!((exp2(t) / t.exp2() - 1.0).abs() < 1e-14, "{t}");
            let phase = (t.rem_euclid(1.0) * 4_294_967_296.0) as u32;
            let want = (2.0 * PI * f64::from(phase) / 4_294_967_296.0).sin();
            assert!(
                (f64::from(sin_phase(phase)) - want).abs() < 2.5e-7,
                "{phase}"
            );
        }
        for i in 1..4000 {
            let x = f64::from(i) * f64::from(i) / 777.0;
            assert!((log2(x) - x.log2()).abs() < 1e-14, "{x}");
            assert!((ln(x) - x.ln()).abs() < 1e-14, "{x}");
            let y = f64::from(i) / 300.0 - 6.0;
            assert!((exp(y) / y.exp() - 1.0).abs() < 1e-13, "{y}");
            assert!((pow(x, y) / x.powf(y) - 1.0).abs() < 1e-12, "{x} {y}");
        }
        assert_eq!(
            (pow(2.0, 10.0), pow(-2.0, 3.0), pow(10.0, -3.0)),
            (1024.0, -8.0, 0.001)
        );
        assert_eq!(
            (pow(0.0, -0.5), pow(7.0, 5000.0)),
            (f64::INFINITY, f64::INFINITY)
        );
        assert!(pow(-2.0, 0.5).is_nan());
        for i in 1..490 {
            let y = f64::from(i) / 1000.0;
            let (s, c) = sin_cos_half_turns(y as f32);
            let tan = (PI * f64::from(y as f32)).tan();
            assert!(
                (f64::from(s / c) / tan - 1.0).abs() < 4e-6,
                "{y}: {}",
                f64::from(s / c) / tan - 1.0
            );
        }
    }
}
