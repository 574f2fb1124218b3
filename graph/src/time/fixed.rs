//! Signed fixed-point beats and seconds.

use serde::{Deserialize, Serialize};
use std::ops::{Add, Neg, Sub};

/// A position or length in beats (quarter notes), signed fixed point.
///
/// One beat has [`Beats::UNITS`] units, divisible by every subdivision built from 2¹⁰·3³·5²·7·11·13, MIDI's 960
/// ticks included. The range is about ±13 thousand million beats.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Beats(i64);

/// A position or length in seconds, signed fixed point.
///
/// One second has [`Seconds::UNITS`] units: microseconds and every sample rate of the 44.1 and 48 kHz families up
/// to 384 kHz are exact. The range is about ±41 years.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Seconds(i64);

macro_rules! fixed {
    ($name:ident, $units:expr) => {
        impl $name {
            /// How many units one has.
            pub const UNITS: i64 = $units;
            /// The origin.
            pub const ZERO: Self = Self(0);

            /// So many whole ones; saturates at the ends of the range.
            pub const fn whole(n: i64) -> Self {
                Self(n.saturating_mul(Self::UNITS))
            }
            /// So many units.
            pub const fn from_units(units: i64) -> Self {
                Self(units)
            }
            /// The position in units.
            pub const fn units(self) -> i64 {
                self.0
            }
            /// The nearest position to a float; NaN is zero, what is beyond the range saturates.
            pub fn from_f64(value: f64) -> Self {
                Self((value * Self::UNITS as f64).round() as i64)
            }
            /// As a float, for display and curves (53 bits of precision).
            pub fn to_f64(self) -> f64 {
                self.0 as f64 / Self::UNITS as f64
            }
        }
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.saturating_neg())
            }
        }
    };
}

fixed!(Beats, 1024 * 27 * 25 * 7 * 11 * 13);
fixed!(Seconds, 1024 * 9 * 15625 * 49);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_subdivision_and_rate_is_exact() {
        for d in [
            2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 24, 27, 32, 64, 96, 128, 480, 960,
        ] {
            assert_eq!(Beats::UNITS % d, 0, "1/{d} of a beat");
        }
        for rate in [
            8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 176400, 192000, 352800,
            384000,
        ] {
            assert_eq!(Seconds::UNITS % rate, 0, "a frame at {rate} Hz");
        }
        assert_eq!(Seconds::UNITS % 1_000_000, 0);
    }

    #[test]
    fn floats_round_to_the_nearest_and_saturate() {
        assert_eq!(
            Beats::from_f64(-1.5),
            -(Beats::whole(1) + Beats::from_units(Beats::UNITS / 2))
        );
        assert_eq!(Beats::from_f64(f64::INFINITY).units(), i64::MAX);
        assert_eq!(Beats::from_f64(f64::NAN), Beats::ZERO);
        assert_eq!(Seconds::whole(i64::MAX).units(), i64::MAX);
    }
}
