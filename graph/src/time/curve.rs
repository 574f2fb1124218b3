//! The way from one value to another.

use serde::{Deserialize, Serialize};

/// How something goes from 0 to 1. Pure and real-time safe; every curve begins at 0, ends at 1 and only rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Curve {
    /// A straight line.
    #[default]
    Linear,
    /// A square law: slow at first.
    Exp,
    /// The same from the other end: slow at last.
    Log,
    /// Slow at both ends (Hermite's `3t² − 2t³`).
    Smooth,
}

impl Curve {
    /// All of them with their names.
    pub const NAMES: [(&str, Curve); 4] = [
        ("linear", Curve::Linear),
        ("exp", Curve::Exp),
        ("log", Curve::Log),
        ("smooth", Curve::Smooth),
    ];

    /// The curve with a name.
    pub fn named(name: &str) -> Option<Curve> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, curve)| *curve)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        let found = Self::NAMES.iter().find(|(_, curve)| *curve == self);
        found.map_or("linear", |(name, _)| name)
    }

    /// The value between two ends at `t`, 0…1; exactly the ends at 0 and 1.
    pub fn between(self, from: f32, to: f32, t: f32) -> f32 {
        self.mix(from, to, f64::from(t))
    }

    /// As [`Curve::between`], for a place of double precision.
    pub fn mix(self, from: f32, to: f32, t: f64) -> f32 {
        if t >= 1.0 {
            return to;
        }
        let (from, to) = (f64::from(from), f64::from(to));
        (from + (to - from) * self.at(t)) as f32
    }

    /// How far it has come at `t`; before 0 and after 1 it rests.
    pub fn at(self, t: f64) -> f64 {
        let t = t.clamp(0.0, 1.0);
        match self {
            Curve::Linear => t,
            Curve::Exp => t * t,
            Curve::Log => t * (2.0 - t),
            Curve::Smooth => t * t * (3.0 - 2.0 * t),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curve_rises_from_nought_to_one() {
        for (name, curve) in Curve::NAMES {
            assert_eq!((curve.at(-1.0), curve.at(0.0)), (0.0, 0.0), "{name}");
            assert_eq!((curve.at(1.0), curve.at(2.0)), (1.0, 1.0), "{name}");
            let steps: Vec<f64> = (0..=100).map(|i| curve.at(f64::from(i) / 100.0)).collect();
            assert!(steps.windows(2).all(|w| w[0] < w[1]), "{name}");
            assert_eq!(Curve::named(curve.name()), Some(curve));
        }
        assert!(Curve::Exp.at(0.5) < 0.5 && Curve::Log.at(0.5) > 0.5);
    }
}
