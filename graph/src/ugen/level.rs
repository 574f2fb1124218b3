//! Decibels, smoothing and edges that several units share. Pure functions, real-time safe.

use crate::math;
use std::f32::consts::LN_2;

/// 2 to the power of `x`, −126…126; relative error below 3e-7. (Taylor series on half an octave.)
#[inline]
pub fn exp2(x: f32) -> f32 {
    let x = math::max(math::min(x, 126.0), -126.0);
    // Adding and taking away 1.5·2²³ rounds to the nearest whole number.
    let whole = (x + 12_582_912.0) - 12_582_912.0;
    let y = (x - whole) * LN_2;
    let sum = 1.0 / 120.0 + y * (1.0 / 720.0 + y * (1.0 / 5040.0));
    let sum = 1.0 + y * (1.0 + y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0 + y * sum))));
    sum * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

/// The logarithm to base 2 of a normal number above 0; absolute error below 3e-7 or, far from 1, that of an `f32`.
/// (Series of the area tangent on half an octave around 1.)
#[inline]
pub fn log2(x: f32) -> f32 {
    let bits = x.to_bits();
    // Counted from √½, so that the mantissa lies on both sides of 1.
    let from = bits.wrapping_sub(0x3f35_04f3);
    let whole = (from as i32) >> 23;
    let m = f32::from_bits((from & 0x007f_ffff).wrapping_add(0x3f35_04f3));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let sum = 1.0 + z * (1.0 / 3.0 + z * (0.2 + z * (1.0 / 7.0 + z * (1.0 / 9.0))));
    whole as f32 + s * sum * (2.0 / LN_2)
}

/// Decibels in an octave of amplitude: 20·log₁₀ 2.
const DB: f32 = 6.020_6;

/// A linear factor of a level in dB.
#[inline]
pub fn from_db(db: f32) -> f32 {
    exp2(db * (1.0 / DB))
}

/// The level in dB of a linear factor; at least −200.
#[inline]
pub fn to_db(factor: f32) -> f32 {
    log2(math::max(factor, 1e-10)) * DB
}

/// The weight of a one-pole smoother that comes within 1/e of its target in a time in seconds; 1 for no time.
pub fn weight(seconds: f32, rate: u32) -> f32 {
    let frames = f64::from(seconds) * f64::from(rate);
    if frames <= 0.0 {
        1.0
    } else {
        (1.0 - math::exp((-1.0 / frames).max(-600.0))) as f32
    }
}

/// Works something out from a control and keeps it while the control stands.
#[derive(Clone, Copy)]
pub struct Kept {
    from: f32,
    value: f32,
}

impl Kept {
    pub const fn new() -> Kept {
        Kept {
            from: f32::NAN,
            value: 0.0,
        }
    }
    #[inline]
    pub fn of(&mut self, from: f32, work: impl FnOnce(f32) -> f32) -> f32 {
        if from.to_bits() != self.from.to_bits() {
            *self = Kept {
                from,
                value: work(from),
            };
        }
        self.value
    }
}

/// Finds where a signal rises through one half.
#[derive(Clone, Copy, Default)]
pub struct Edge(bool);

impl Edge {
    #[inline]
    pub fn rises(&mut self, x: f32) -> bool {
        let was = std::mem::replace(&mut self.0, x >= 0.5);
        self.0 && !was
    }
    /// Whether it was high at the last frame.
    pub fn is_high(self) -> bool {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_and_times_are_those_of_the_textbook() {
        for i in -1200..=400 {
            let db = i as f32 / 10.0;
            let factor = 10f64.powf(f64::from(db) / 20.0);
            let error = f64::from(from_db(db)) / factor - 1.0;
            assert!(error.abs() < 4e-6, "{db} dB: {error}");
            assert!((to_db(factor as f32) - db).abs() < 3e-5, "{db}");
        }
        for i in 1..2000 {
            let x = i as f32 / 300.0;
            assert!((f64::from(log2(x)) - f64::from(x).log2()).abs() < 4e-7 * 8.0);
            assert!((f64::from(exp2(x)) / f64::from(x).exp2() - 1.0).abs() < 4e-7);
            assert!((f64::from(exp2(-x)) * f64::from(x).exp2() - 1.0).abs() < 4e-7);
        }
        // After its time a smoother has 1/e left to go.
        let w = weight(0.01, 48000);
        let left = (0..480).fold(1.0f64, |left, _| left * (1.0 - f64::from(w)));
        assert!((left - (-1.0f64).exp()).abs() < 1e-4, "{left}");
    }

    #[test]
    fn an_edge_is_found_once() {
        let mut edge = Edge::default();
        let found = [0.0, 0.4, 0.5, 1.0, 0.2, 0.9].map(|x| edge.rises(x));
        assert_eq!(found, [false, false, true, false, false, true]);
    }
}
