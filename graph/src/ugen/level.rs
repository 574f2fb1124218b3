//! Decibels and smoothing that several units share. Pure functions, real-time safe.

use crate::math;

/// A linear factor of a level in dB.
pub fn from_db(db: f32) -> f32 {
    math::exp2(f64::from(db) * (std::f64::consts::LOG2_10 / 20.0)) as f32
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_and_times_are_those_of_the_textbook() {
        for db in [-60.0f32, -6.0, 0.0, 12.0] {
            let factor = 10f64.powf(f64::from(db) / 20.0);
            assert!((f64::from(from_db(db)) / factor - 1.0).abs() < 1e-6);
        }
        // After its time a smoother has 1/e left to go.
        let w = weight(0.01, 48000);
        let left = (0..480).fold(1.0f64, |left, _| left * (1.0 - f64::from(w)));
        assert!((left - (-1.0f64).exp()).abs() < 1e-4, "{left}");
    }
}
