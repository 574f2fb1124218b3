//! The tempo map: steps, ramps and rubato over the beats of a song, as one function from beats to time.
//!
//! Time counts in integers of [`FINE`] a second, and every stretch begins at a whole one, so that the map is the same
//! on every machine however it is asked. Within a steady stretch the time of a beat is exact and rounded to a fine
//! unit once (2·10⁻¹⁵ s). Within a ramp it is a closed form in our own arithmetic, whose relative error is below
//! 10⁻¹⁴ of the stretch: for a ramp of an hour less than 4·10⁻¹¹ s, two millionths of a frame at 48 kHz. The map never
//! turns back: of two beat units the later one is never earlier in time.

use super::rubato::{Rubato, Warp};
use super::segment::round_div;
use super::{Beats, Seconds, Tempo};
use crate::math;
use serde::{Deserialize, Serialize};

/// Fine units a second: frames of every common rate, and their halves, are whole numbers of them.
pub(super) const FINE: i128 = (Seconds::UNITS as i128) << 16;
/// The most points and the most bent stretches a map takes.
const MOST: usize = 4096;
/// The most stretches that ramps are cut into.
const MOST_STRETCHES: usize = 1 << 13;
/// The longest stretch of a ramp, in beats: its units can be told apart by the closed forms many times over.
const LONGEST: i64 = 4096;
/// The last place for a point, in beats on either side of nought.
const FAR: i64 = 1 << 30;

/// How the tempo comes to a point from the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TempoRamp {
    /// It stays, and steps there.
    #[default]
    Step,
    /// It moves by equal bpm a beat.
    Linear,
    /// It moves by an equal factor a beat.
    Exponential,
}

/// A point of a tempo map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TempoPoint {
    /// Where it is.
    pub at: Beats,
    /// The tempo there, and from there on if no ramp follows. `None` holds the one before: where a ramp begins.
    pub tempo: Option<Tempo>,
    /// How the tempo comes there.
    pub ramp: TempoRamp,
}

/// Why a tempo map cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// Too many points, or ramps that are too long.
    #[error("the tempo changes too often or over too long a time; take fewer or shorter ramps")]
    Large,
    /// A place that no song reaches.
    #[error("a tempo cannot change as far away as that; stay within ±268 million bars")]
    Far,
    /// A rubato that is out of range.
    #[error(
        "a rubato has an amount from -0.9 to 0.9 or 2 to 64 parts from 0.05 to 20, and is at most 4096 beats long"
    )]
    Rubato,
    /// Two of them at one place.
    #[error("two stretches of rubato overlap; let one end before the next begins")]
    Overlap,
}

/// Beats to time and back, both ways without end. Immutable; every question is real-time safe.
#[derive(Clone, Debug, PartialEq)]
pub struct TempoMap {
    /// The first one holds backwards without end too; none is empty.
    stretches: Box<[Stretch]>,
    warps: Box<[Warp]>,
}

/// From a beat on the tempo moves in one way.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    /// In beat units.
    from: i64,
    /// In fine units.
    at: i128,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    /// Fine units a beat unit, in lowest terms.
    Steady { tempo: Tempo, num: i128, den: i128 },
    /// The tempo at its start in bpm, and bpm a beat.
    Linear { bpm: f64, rise: f64 },
    /// The tempo at its start in bpm, and its logarithm's rise a beat.
    Exponential { bpm: f64, rise: f64 },
}

impl Shape {
    fn steady(tempo: Tempo) -> Shape {
        let num = 60 * Tempo::NANO as i128 * FINE;
        let den = tempo.nano_bpm() as i128 * Beats::UNITS as i128;
        let g = super::ratio::gcd(num as u128, den as u128) as i128;
        Shape::Steady {
            tempo,
            num: num / g,
            den: den / g,
        }
    }

    /// Fine units from its start to so many beat units after.
    fn time(&self, units: i64) -> i128 {
        let beats = units as f64 / Beats::UNITS as f64;
        let seconds = match *self {
            Shape::Steady { num, den, .. } => {
                return round_div(i128::from(units).saturating_mul(num), den);
            }
            // ∫ 60 / (bpm + rise·b) db, and ∫ 60 / (bpm · e^(rise·b)) db.
            Shape::Linear { bpm, rise } => 60.0 * beats / bpm * ln_1p_over(rise * beats / bpm),
            Shape::Exponential { bpm, rise } => 60.0 * beats / bpm * exp_m1_over(-rise * beats),
        };
        (seconds * FINE as f64).round() as i128
    }

    /// The nearest beat unit to so many fine units after its start.
    fn units(&self, fine: i128) -> i64 {
        let minutes = fine as f64 / FINE as f64 / 60.0;
        let beats = match *self {
            Shape::Steady { num, den, .. } => {
                return saturate(round_div(fine.saturating_mul(den), num));
            }
            Shape::Linear { bpm, rise } => bpm * minutes * exp_m1_over(rise * minutes),
            Shape::Exponential { bpm, rise } => bpm * minutes * ln_1p_over(-rise * bpm * minutes),
        };
        (beats * Beats::UNITS as f64).round() as i64
    }

    fn tempo(&self, units: i64) -> Tempo {
        let beats = units as f64 / Beats::UNITS as f64;
        match *self {
            Shape::Steady { tempo, .. } => tempo,
            Shape::Linear { bpm, rise } => Tempo::from_bpm(bpm + rise * beats),
            Shape::Exponential { bpm, rise } => Tempo::from_bpm(bpm * math::exp(rise * beats)),
        }
    }
}

/// ln(1 + y) / y for −½ ≤ y ≤ 1, without loss where y is small; relative error below 10⁻¹⁵. (Series of the area
/// tangent.)
fn ln_1p_over(y: f64) -> f64 {
    let s = y / (2.0 + y);
    let z = s * s;
    let mut sum = 0.0;
    for n in (0..=17).rev() {
        sum = sum * z + 1.0 / f64::from(2 * n + 1);
    }
    2.0 / (2.0 + y) * sum
}

/// (eᶻ − 1) / z for |z| ≤ 0.7, without loss where z is small; relative error below 10⁻¹⁵. (Taylor series.)
fn exp_m1_over(z: f64) -> f64 {
    let mut sum = 1.0;
    for n in (2..=20).rev() {
        sum = 1.0 + z / f64::from(n) * sum;
    }
    sum
}

fn saturate(x: i128) -> i64 {
    x.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

impl Default for TempoMap {
    /// 120 bpm throughout.
    fn default() -> TempoMap {
        TempoMap::steady(Tempo::default())
    }
}

impl TempoMap {
    /// One tempo throughout. Allocates.
    pub fn steady(tempo: Tempo) -> TempoMap {
        TempoMap {
            stretches: Box::new([Stretch {
                from: 0,
                at: 0,
                shape: Shape::steady(tempo),
            }]),
            warps: Box::new([]),
        }
    }

    /// `first` until the first point, then from point to point; of several at one place the last holds. The bent
    /// stretches lie over that. Allocates.
    ///
    /// # Errors
    /// [`MapError`] for what is out of range.
    pub fn new(
        first: Tempo,
        points: &[TempoPoint],
        rubato: &[Rubato],
    ) -> Result<TempoMap, MapError> {
        if points.len() > MOST || rubato.len() > MOST {
            return Err(MapError::Large);
        }
        let far = |beat: Beats| beat.units().abs() > FAR * Beats::UNITS;
        if points.iter().any(|p| far(p.at)) || rubato.iter().any(|r| far(r.from)) {
            return Err(MapError::Far);
        }
        let mut points = points.to_vec();
        points.sort_by_key(|p| p.at);
        let mut build = Build {
            stretches: vec![Stretch {
                from: points.first().map_or(0, |p| p.at.units()),
                at: 0,
                shape: Shape::steady(first),
            }],
            at: 0,
            tempo: first,
        };
        let mut here = build.stretches[0].from;
        for point in &points {
            let tempo = point.tempo.unwrap_or(build.tempo);
            build.reach(here, point.at.units(), tempo, point.ramp)?;
            build.tempo = tempo;
            here = point.at.units();
        }
        if !points.is_empty() {
            build.push(here, Shape::steady(build.tempo))?;
        }
        let warps: Option<Vec<Warp>> = rubato.iter().map(Warp::new).collect();
        let mut warps = warps.ok_or(MapError::Rubato)?;
        warps.sort_by_key(|w| w.from);
        if warps.windows(2).any(|w| w[1].from < w[0].end()) {
            return Err(MapError::Overlap);
        }
        Ok(TempoMap {
            stretches: build.stretches.into(),
            warps: warps.into(),
        })
    }

    /// The tempo, if it is one throughout.
    pub fn is_steady(&self) -> Option<Tempo> {
        match (&*self.stretches, &*self.warps) {
            (
                [
                    Stretch {
                        shape: Shape::Steady { tempo, .. },
                        ..
                    },
                ],
                [],
            ) => Some(*tempo),
            _ => None,
        }
    }

    /// The tempo at a beat, as the ear has it: rubato included.
    pub fn tempo_at(&self, beat: Beats) -> Tempo {
        let units = beat.units();
        if self.warp_at(units).is_none() {
            let stretch = self.stretch_of(units);
            return stretch.shape.tempo(units.saturating_sub(stretch.from));
        }
        // Over a 64th of a beat.
        let step = Beats::UNITS / 64;
        let time = self.time(units.saturating_add(step)) - self.time(units);
        Tempo::from_bpm(60.0 / 64.0 * FINE as f64 / time.max(1) as f64)
    }

    /// The time from one beat to another, to the nearest unit of [`Seconds`].
    pub fn seconds_between(&self, from: Beats, to: Beats) -> Seconds {
        let fine = self.time(to.units()) - self.time(from.units());
        Seconds::from_units(saturate(round_div(fine, FINE / Seconds::UNITS as i128)))
    }

    /// The beat so many seconds after another.
    pub fn beat_after(&self, from: Beats, seconds: Seconds) -> Beats {
        let fine = i128::from(seconds.units()) * (FINE / Seconds::UNITS as i128);
        Beats::from_units(self.units(self.time(from.units()).saturating_add(fine)))
    }

    fn warp_at(&self, units: i64) -> Option<&Warp> {
        let before = self.warps.partition_point(|w| w.from <= units);
        let warp = self.warps[..before].last()?;
        (units < warp.end()).then_some(warp)
    }

    fn stretch_of(&self, units: i64) -> &Stretch {
        let before = self.stretches.partition_point(|s| s.from <= units);
        &self.stretches[before.saturating_sub(1)]
    }

    /// Fine units at a beat unit; never falls.
    pub(super) fn time(&self, units: i64) -> i128 {
        let units = self.warp_at(units).map_or(units, |w| w.bend(units));
        let stretch = self.stretch_of(units);
        stretch.at + stretch.shape.time(units.saturating_sub(stretch.from))
    }

    /// A beat unit at (very nearly) so many fine units.
    pub(super) fn units(&self, fine: i128) -> i64 {
        let before = self.stretches.partition_point(|s| s.at <= fine);
        let stretch = &self.stretches[before.saturating_sub(1)];
        let end = self
            .stretches
            .get(before.max(1))
            .map_or(i64::MAX, |s| s.from);
        let units = stretch.shape.units(fine - stretch.at);
        let units = stretch.from.saturating_add(units).min(end);
        self.warp_at(units).map_or(units, |w| w.unbend(units))
    }
}

/// A map in the making.
struct Build {
    stretches: Vec<Stretch>,
    /// Fine units at the place reached so far.
    at: i128,
    /// The tempo there.
    tempo: Tempo,
}

impl Build {
    fn push(&mut self, from: i64, shape: Shape) -> Result<(), MapError> {
        if self.stretches.len() >= MOST_STRETCHES {
            return Err(MapError::Large);
        }
        match self.stretches.last_mut() {
            Some(last) if last.shape == shape && matches!(shape, Shape::Steady { .. }) => {}
            _ => self.stretches.push(Stretch {
                from,
                at: self.at,
                shape,
            }),
        }
        Ok(())
    }

    /// Goes on from the present tempo at `from` to another at `to`.
    fn reach(&mut self, from: i64, to: i64, tempo: Tempo, ramp: TempoRamp) -> Result<(), MapError> {
        if from >= to {
            return Ok(());
        }
        let beats = (to - from) as f64 / Beats::UNITS as f64;
        let (start, end) = (self.tempo.bpm(), tempo.bpm());
        // What is shorter than a thousandth of a beat is a step.
        let short = to - from < Beats::UNITS / 1024;
        if ramp == TempoRamp::Step || self.tempo == tempo || short {
            let shape = Shape::steady(self.tempo);
            self.push(from, shape)?;
            return self.go_on(from, to);
        }
        let rise = match ramp {
            TempoRamp::Linear => (end - start) / beats,
            _ => math::ln(end / start) / beats,
        };
        let (mut here, mut bpm) = (from, start);
        while here < to {
            // How far the tempo may go in this stretch: to its double or half at most.
            let goal = if end > bpm {
                (bpm * 2.0).min(end)
            } else {
                (bpm / 2.0).max(end)
            };
            let far = match ramp {
                TempoRamp::Linear => (goal - bpm) / rise,
                _ => math::ln(goal / bpm) / rise,
            };
            let length = ((far * Beats::UNITS as f64).round() as i64)
                .clamp(1, LONGEST * Beats::UNITS)
                .min(to - here);
            let shape = match ramp {
                TempoRamp::Linear => Shape::Linear { bpm, rise },
                _ => Shape::Exponential { bpm, rise },
            };
            self.push(here, shape)?;
            self.go_on(here, here + length)?;
            let done = length as f64 / Beats::UNITS as f64;
            bpm = match ramp {
                TempoRamp::Linear => bpm + rise * done,
                _ => bpm * math::exp(rise * done),
            };
            here += length;
        }
        Ok(())
    }

    /// The time at which the last stretch, which goes on until `to`, is there.
    fn go_on(&mut self, from: i64, to: i64) -> Result<(), MapError> {
        let last = self.stretches.last().ok_or(MapError::Large)?;
        debug_assert!(last.from <= from);
        self.at = last.at + last.shape.time(to - last.from);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::rubato::Bend;
    use super::*;
    use proptest::prelude::*;

    fn point(beat: f64, bpm: f64, ramp: TempoRamp) -> TempoPoint {
        TempoPoint {
            at: Beats::from_f64(beat),
            tempo: Some(Tempo::from_bpm(bpm)),
            ramp,
        }
    }

    fn map(first: f64, points: &[TempoPoint]) -> TempoMap {
        TempoMap::new(Tempo::from_bpm(first), points, &[]).unwrap()
    }

    fn seconds(map: &TempoMap, beat: f64) -> f64 {
        map.seconds_between(Beats::ZERO, Beats::from_f64(beat))
            .to_f64()
    }

    #[test]
    fn steps_add_up_exactly() {
        let m = map(
            120.0,
            &[
                point(8.0, 60.0, TempoRamp::Step),
                point(10.0, 240.0, TempoRamp::Step),
            ],
        );
        for (beat, at) in [
            (-4.0, -2.0),
            (4.0, 2.0),
            (8.0, 4.0),
            (9.0, 5.0),
            (10.0, 6.0),
            (14.0, 7.0),
        ] {
            assert_eq!(seconds(&m, beat), at, "beat {beat}");
        }
        assert_eq!(m.tempo_at(Beats::from_f64(7.9)).bpm(), 120.0);
        assert_eq!(m.tempo_at(Beats::from_f64(8.0)).bpm(), 60.0);
        assert_eq!(
            map(120.0, &[point(8.0, 120.0, TempoRamp::Linear)]).is_steady(),
            Some(Tempo::default())
        );
    }

    /// The integral by Simpson's rule.
    fn integral(tempo: impl Fn(f64) -> f64, beats: f64) -> f64 {
        let n = 20_000;
        let h = beats / f64::from(n);
        let sum: f64 = (0..=n)
            .map(|i| {
                let weight = match i {
                    0 => 1.0,
                    i if i == n => 1.0,
                    i if i % 2 == 1 => 4.0,
                    _ => 2.0,
                };
                weight * 60.0 / tempo(f64::from(i) * h)
            })
            .sum();
        sum * h / 3.0
    }

    #[test]
    fn ramps_take_the_time_of_their_integral() {
        for (from, to, beats) in [
            (60.0, 240.0, 16.0),
            (200.0, 90.0, 3.0),
            (120.0, 120.001, 64.0),
            (40.0, 1000.0, 400.0),
        ] {
            let linear = map(
                from,
                &[
                    point(0.0, from, TempoRamp::Step),
                    point(beats, to, TempoRamp::Linear),
                ],
            );
            let exponential = map(
                from,
                &[
                    point(0.0, from, TempoRamp::Step),
                    point(beats, to, TempoRamp::Exponential),
                ],
            );
            for part in [0.1, 0.5, 0.77, 1.0] {
                let x = beats * part;
                let want = integral(|b| from + (to - from) * b / beats, x);
                let got = seconds(&linear, x);
                assert!(
                    (got - want).abs() < 1e-8 * want,
                    "{from} to {to}: {got} not {want}"
                );
                let want = integral(|b| from * (to / from).powf(b / beats), x);
                let got = seconds(&exponential, x);
                assert!(
                    (got - want).abs() < 1e-8 * want,
                    "{from} to {to}: {got} not {want}"
                );
            }
            let middle = Beats::from_f64(beats / 2.0);
            assert!((linear.tempo_at(middle).bpm() - (from + to) / 2.0).abs() < 1e-6);
            assert!((exponential.tempo_at(middle).bpm() - (from * to).sqrt()).abs() < 1e-6);
            assert_eq!(linear.tempo_at(Beats::from_f64(beats + 1.0)).bpm(), to);
        }
    }

    #[test]
    fn a_linear_ramp_is_the_closed_form_to_a_millionth_of_a_frame() {
        // From 60 to 120 bpm over 60 beats: t = 60 ln(1 + b / 60); 60 ln 2 to 20 digits.
        let m = map(
            60.0,
            &[
                point(0.0, 60.0, TempoRamp::Step),
                point(60.0, 120.0, TempoRamp::Linear),
            ],
        );
        let exact = 41.588_830_833_596_72 * FINE as f64;
        let time = m.time(60 * Beats::UNITS) as f64;
        assert!((time / exact - 1.0).abs() < 1e-14);
    }

    #[test]
    fn rubato_meets_the_grid_again_whatever_the_tempo_does() {
        let ramp = [
            point(0.0, 90.0, TempoRamp::Step),
            point(16.0, 150.0, TempoRamp::Exponential),
        ];
        let plain = map(90.0, &ramp);
        let rubato = Rubato {
            from: Beats::whole(4),
            length: Beats::whole(4),
            bend: Bend::Amount(0.4),
        };
        let bent =
            TempoMap::new(Tempo::from_bpm(90.0), &ramp, std::slice::from_ref(&rubato)).unwrap();
        for beat in [-3.0, 0.0, 4.0, 8.0, 12.0, 30.0] {
            assert_eq!(seconds(&bent, beat), seconds(&plain, beat));
        }
        assert!(seconds(&bent, 6.0) > seconds(&plain, 6.0));
        assert!(bent.tempo_at(Beats::from_f64(4.1)) < plain.tempo_at(Beats::from_f64(4.1)));
        let twice = [
            rubato.clone(),
            Rubato {
                from: Beats::whole(6),
                ..rubato
            },
        ];
        assert_eq!(
            TempoMap::new(Tempo::default(), &[], &twice),
            Err(MapError::Overlap)
        );
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        let far = [point(2e9, 100.0, TempoRamp::Step)];
        assert_eq!(
            TempoMap::new(Tempo::default(), &far, &[]),
            Err(MapError::Far)
        );
        let many = vec![point(0.0, 100.0, TempoRamp::Step); 5000];
        assert_eq!(
            TempoMap::new(Tempo::default(), &many, &[]),
            Err(MapError::Large)
        );
        let long = [
            point(0.0, 100.0, TempoRamp::Step),
            point(1e9, 101.0, TempoRamp::Linear),
        ];
        assert_eq!(
            TempoMap::new(Tempo::default(), &long, &[]),
            Err(MapError::Large)
        );
    }

    prop_compose! {
        fn any_map()(
            first in 1.0f64..1000.0,
            points in prop::collection::vec((-40.0f64..400.0, 1.0f64..1000.0, 0u8..3), 0..7),
            rubato in prop::option::of((-40.0f64..300.0, 0.1f64..60.0, -0.9f64..0.9)),
        ) -> TempoMap {
            let points: Vec<TempoPoint> = points.iter().map(|&(at, bpm, ramp)| {
                point(at, bpm, [TempoRamp::Step, TempoRamp::Linear, TempoRamp::Exponential][usize::from(ramp)])
            }).collect();
            let rubato: Vec<Rubato> = rubato.iter().map(|&(from, length, amount)| Rubato {
                from: Beats::from_f64(from), length: Beats::from_f64(length), bend: Bend::Amount(amount),
            }).collect();
            TempoMap::new(Tempo::from_bpm(first), &points, &rubato).unwrap()
        }
    }

    proptest! {
        #[test]
        fn time_never_turns_back(map in any_map(), beat in -100.0f64..500.0, step in 0u32..40) {
            let at = Beats::from_f64(beat).units();
            prop_assert!(map.time(at) <= map.time(at + (1 << step)), "by {} units", 1u64 << step);
            prop_assert!(map.time(at) <= map.time(at + 1));
        }

        #[test]
        fn time_and_beats_map_to_each_other(map in any_map(), beat in -100.0f64..500.0) {
            let at = Beats::from_f64(beat);
            let back = Beats::from_units(map.units(map.time(at.units())));
            // As near as the ear could ever tell: a hundredth of a microsecond.
            prop_assert!(map.seconds_between(at, back).to_f64().abs() < 1e-8, "{beat} and {}", back.to_f64());
        }
    }
}
