//! Rubato: beats that linger or hurry over a stretch and meet the grid again at its end.

use super::Beats;
use serde::{Deserialize, Serialize};

/// How a stretch of beats is bent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Bend {
    /// −0.9…0.9: above nought the first half lingers and the second catches up, below the other way round. After the
    /// share x of the stretch x + amount · x · (1 − x) of its time has gone by.
    Amount(f64),
    /// How long each of equal parts of the stretch lasts beside the others: 2 to 64 numbers, 0.05…20.
    Parts(Vec<f64>),
}

/// A stretch that is bent.
#[derive(Clone, Debug, PartialEq)]
pub struct Rubato {
    /// Where it begins.
    pub from: Beats,
    /// Its length, up to [`Rubato::LONGEST`] beats.
    pub length: Beats,
    /// How.
    pub bend: Bend,
}

impl Rubato {
    /// The longest stretch, in beats.
    pub const LONGEST: i64 = 4096;
}

/// Amounts and lengths of parts count in millionths.
const MILLION: i64 = 1_000_000;

/// A stretch in integers: beat units of the song to beat units of the metronome.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Warp {
    pub from: i64,
    pub length: i64,
    curve: Curve,
}

#[derive(Clone, Debug, PartialEq)]
enum Curve {
    /// In millionths.
    Amount(i64),
    /// What came before each part, and at the end the sum.
    Parts(Box<[i64]>),
}

impl Warp {
    /// `None` for what is out of range.
    pub fn new(rubato: &Rubato) -> Option<Warp> {
        let length = rubato.length.units();
        if !(Beats::UNITS / 64..=Rubato::LONGEST * Beats::UNITS).contains(&length) {
            return None;
        }
        let millionths = |x: f64| (x * MILLION as f64).round() as i64;
        let curve = match &rubato.bend {
            Bend::Amount(amount) if amount.abs() <= 0.9 => Curve::Amount(millionths(*amount)),
            Bend::Parts(parts)
                if (2..=64).contains(&parts.len())
                    && parts.iter().all(|p| (0.05..=20.0).contains(p)) =>
            {
                let mut sum = 0;
                let sums = parts.iter().map(|part| {
                    sum += millionths(*part);
                    sum
                });
                Curve::Parts(std::iter::once(0).chain(sums).collect())
            }
            _ => return None,
        };
        Some(Warp {
            from: rubato.from.units(),
            length,
            curve,
        })
    }

    pub fn end(&self) -> i64 {
        self.from.saturating_add(self.length)
    }

    /// The metronome's position when the song is at `at`, between the ends. Never falls; real-time safe.
    pub fn bend(&self, at: i64) -> i64 {
        let (x, length) = (i128::from(at - self.from), i128::from(self.length));
        let bent = match &self.curve {
            Curve::Amount(amount) => {
                let more = i128::from(*amount) * x * (length - x);
                x + super::segment::round_div(more, i128::from(MILLION) * length)
            }
            Curve::Parts(sums) => {
                let count = sums.len() as i128 - 1;
                let part = (x * count / length).clamp(0, count - 1);
                let (before, after) = (sums[part as usize], sums[part as usize + 1]);
                let within = i128::from(after - before) * (x * count - part * length);
                let num = length * i128::from(before) + within;
                super::segment::round_div(num, i128::from(sums[sums.len() - 1]))
            }
        };
        self.from + bent.clamp(0, length) as i64
    }

    /// The first position of the song at which the metronome is at `at` or after. Bounded work; real-time safe.
    pub fn unbend(&self, at: i64) -> i64 {
        let (mut low, mut high) = (self.from, self.end());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.bend(middle) < at {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn warp(from: f64, length: f64, bend: Bend) -> Warp {
        Warp::new(&Rubato {
            from: Beats::from_f64(from),
            length: Beats::from_f64(length),
            bend,
        })
        .unwrap()
    }

    #[test]
    fn a_stretch_lingers_and_meets_the_grid_at_both_ends() {
        let unit = |beat: f64| Beats::from_f64(beat).units();
        let w = warp(4.0, 8.0, Bend::Amount(0.5));
        assert_eq!(w.bend(unit(4.0)), unit(4.0));
        assert_eq!(
            w.bend(unit(8.0)),
            unit(9.0),
            "an eighth of the stretch late"
        );
        assert_eq!(w.bend(unit(12.0)), unit(12.0));
        let w = warp(-4.0, 4.0, Bend::Parts(vec![2.0, 1.0, 1.0, 4.0]));
        let bent: Vec<f64> = (-4..=0)
            .map(|b| Beats::from_units(w.bend(unit(f64::from(b)))).to_f64())
            .collect();
        assert_eq!(bent, [-4.0, -3.0, -2.5, -2.0, 0.0]);
    }

    #[test]
    fn what_is_out_of_range_bends_nothing() {
        for (length, bend) in [
            (4.0, Bend::Amount(1.0)),
            (4.0, Bend::Amount(f64::NAN)),
            (0.0, Bend::Amount(0.5)),
            (5000.0, Bend::Amount(0.5)),
            (4.0, Bend::Parts(vec![1.0])),
            (4.0, Bend::Parts(vec![1.0, 0.0])),
            (4.0, Bend::Parts(vec![1.0; 65])),
        ] {
            let rubato = Rubato {
                from: Beats::ZERO,
                length: Beats::from_f64(length),
                bend,
            };
            assert_eq!(Warp::new(&rubato), None, "{rubato:?}");
        }
    }

    proptest! {
        #[test]
        fn bending_never_turns_back_and_unbending_finds_the_place(
            from in -100.0f64..100.0, length in 0.1f64..300.0, amount in -0.9f64..0.9,
            parts in prop::collection::vec(0.05f64..20.0, 2..9), smooth: bool, x in 0.0f64..1.0,
        ) {
            let bend = if smooth { Bend::Amount(amount) } else { Bend::Parts(parts) };
            let w = warp(from, length, bend);
            prop_assert_eq!((w.bend(w.from), w.bend(w.end())), (w.from, w.end()));
            let at = w.from + (w.length as f64 * x) as i64;
            for step in [1, 17, 1 << 20] {
                let next = (at + step).min(w.end());
                prop_assert!(w.bend(at) <= w.bend(next));
            }
            let found = w.unbend(at);
            prop_assert!(w.bend(found) >= at && (found == w.from || w.bend(found - 1) < at));
        }
    }
}
