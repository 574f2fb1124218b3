//! The shapes that `mod` moves a control by.

use super::Wave;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One turn of a modulation, from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// One of the curves that patterns have.
    Wave(Wave),
    /// 1 for this share (0…1) of the turn, then 0.
    Pulse(f64),
    /// Points at equal distances, 0…1, joined by lines; the last leads back to the first. Never empty.
    Table(Arc<[f32]>),
}

impl Shape {
    /// The value at a place of the turn, 0…1 (what is outside is taken into it). Real-time safe.
    pub fn at(&self, phase: f64) -> f64 {
        let t = phase - phase.floor();
        match self {
            Shape::Wave(wave) => wave.at_phase(t),
            Shape::Pulse(width) => f64::from(u8::from(t < *width)),
            Shape::Table(points) => {
                let place = t * points.len() as f64;
                let at = (place as usize).min(points.len().saturating_sub(1));
                let point = |i: usize| {
                    points
                        .get(i % points.len().max(1))
                        .map_or(0.0, |p| f64::from(*p))
                };
                point(at) + (point(at + 1) - point(at)) * (place - at as f64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_and_a_table_are_what_they_say() {
        let pulse = Shape::Pulse(0.25);
        assert_eq!(
            [0.0, 0.24, 0.25, 0.99, 1.0].map(|t| pulse.at(t)),
            [1.0, 1.0, 0.0, 0.0, 1.0]
        );
        let table = Shape::Table([0.0, 1.0, 0.5, 0.5].into());
        assert_eq!(
            [0.0, 0.125, 0.25, 0.375, 0.5, 0.75, 0.875].map(|t| table.at(t)),
            [0.0, 0.5, 1.0, 0.75, 0.5, 0.5, 0.25]
        );
        assert_eq!(Shape::Wave(Wave::Ramp).at(2.25), 0.25);
        assert_eq!(Shape::Wave(Wave::Square).at(-0.25), 0.0);
    }
}
