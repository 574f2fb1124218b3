//! Continuous patterns: curves over one cycle.

use crate::math;
use crate::time::Ratio;
use serde::{Deserialize, Serialize};

/// The shape of a continuous pattern over a cycle, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wave {
    /// A sine that starts in the middle and rises.
    Sine,
    /// A sine that starts at the top and falls.
    Cosine,
    /// A triangle: 0 to 1 and back.
    Tri,
    /// A ramp from 0 up to 1.
    Ramp,
    /// A ramp from 1 down to 0.
    RampDown,
    /// 1 in the first half, 0 in the second.
    Square,
    /// A square law: slow at first.
    Exp,
}

impl Wave {
    /// The value at a time, 0…1. Pure, no allocation.
    pub fn at(self, time: Ratio) -> f64 {
        self.at_phase(time.fract().to_f64())
    }

    /// The value at a place within the cycle, 0…1. Pure, no allocation.
    pub fn at_phase(self, t: f64) -> f64 {
        match self {
            Wave::Sine => 0.5 + 0.5 * math::sin_turns(t),
            Wave::Cosine => 0.5 + 0.5 * math::sin_turns(t + 0.25),
            Wave::Tri => 1.0 - (2.0 * t - 1.0).abs(),
            Wave::Ramp => t,
            Wave::RampDown => 1.0 - t,
            Wave::Square => f64::from(t < 0.5),
            Wave::Exp => t * t,
        }
    }
}
