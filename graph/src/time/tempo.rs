//! Tempo, metre, and what a host says of its transport.

use super::{Beats, Ratio};
use serde::{Deserialize, Serialize};

/// A tempo, kept as an integer of nano-bpm so that time never depends on the rounding of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tempo(u64);

impl Tempo {
    /// Units of one bpm.
    pub const NANO: u64 = 1_000_000_000;
    /// Slowest and fastest tempo, in bpm.
    pub const RANGE: (f64, f64) = (1.0, 1000.0);

    /// The nearest tempo to so many beats a minute, clamped to [`Tempo::RANGE`]; NaN gives 120.
    pub fn from_bpm(bpm: f64) -> Tempo {
        if bpm.is_nan() {
            return Tempo::default();
        }
        Tempo((bpm.clamp(Self::RANGE.0, Self::RANGE.1) * Self::NANO as f64).round() as u64)
    }
    /// Beats a minute.
    pub fn bpm(self) -> f64 {
        self.0 as f64 / Self::NANO as f64
    }
    /// Thousand-millionths of a beat a minute.
    pub const fn nano_bpm(self) -> u64 {
        self.0
    }
}

impl Default for Tempo {
    /// 120 bpm.
    fn default() -> Self {
        Tempo(120 * Self::NANO)
    }
}

/// A metre: `beats` notes of 1/`unit` a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Meter {
    /// Notes in a bar, 1…64.
    pub beats: u8,
    /// The note that counts: 1, 2, 4, 8, 16 or 32.
    pub unit: u8,
}

impl Default for Meter {
    /// 4/4.
    fn default() -> Self {
        Meter { beats: 4, unit: 4 }
    }
}

impl Meter {
    /// A metre if the numbers are in range.
    pub fn new(beats: i64, unit: i64) -> Option<Meter> {
        ((1..=64).contains(&beats) && [1, 2, 4, 8, 16, 32].contains(&unit)).then_some(Meter {
            beats: beats as u8,
            unit: unit as u8,
        })
    }
    /// Length of a bar (a cycle of patterns) in beats; always exact.
    pub const fn bar(self) -> Beats {
        Beats::from_units(4 * self.beats as i64 * Beats::UNITS / self.unit as i64)
    }
    /// The position of a beat in cycles, for display and coarse questions.
    pub fn cycle_of(self, beat: Beats) -> Ratio {
        Ratio::new(beat.units(), self.bar().units())
    }
}

/// What a host says about the first frame of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostTime {
    /// Whether its transport runs.
    pub playing: bool,
    /// Song position in beats (quarter notes); negative in preroll.
    pub beat: Option<Beats>,
    /// Its tempo.
    pub tempo: Option<Tempo>,
    /// Its metre.
    pub meter: Option<Meter>,
    /// The bar that it is in: the beat at which it began, and its number, the song's first being 0. Where a host says
    /// it, patterns count its bars, also after changes of metre.
    pub bar: Option<(Beats, i64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_exact_in_any_metre() {
        assert_eq!(Meter::default().bar(), Beats::whole(4));
        assert_eq!(
            Meter::new(7, 8).unwrap().bar() + Meter::new(1, 8).unwrap().bar(),
            Beats::whole(4)
        );
        assert_eq!(Meter::new(0, 4), None);
        assert_eq!(Meter::new(4, 3), None);
    }

    #[test]
    fn a_tempo_is_clamped() {
        assert_eq!(Tempo::from_bpm(0.0).bpm(), 1.0);
        assert_eq!(Tempo::from_bpm(f64::NAN), Tempo::default());
        assert_eq!(Tempo::from_bpm(127.5).bpm(), 127.5);
    }
}
