//! A segment of unbroken time: an anchor and a pace.

use super::map::FINE;
use super::ratio::gcd;
use super::{Bars, Beats, Ratio, Tempo, TempoMap};
use std::sync::Arc;

/// How time goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Pace {
    /// At one tempo.
    Steady(Tempo),
    /// As a tempo map has it.
    Map(Arc<TempoMap>),
}

impl Default for Pace {
    /// 120 bpm.
    fn default() -> Pace {
        Pace::Steady(Tempo::default())
    }
}

impl Pace {
    /// The pace of a map; a map of one tempo is steady.
    pub fn of(map: &Arc<TempoMap>) -> Pace {
        match map.is_steady() {
            Some(tempo) => Pace::Steady(tempo),
            None => Pace::Map(Arc::clone(map)),
        }
    }

    /// The tempo at a beat.
    pub fn tempo_at(&self, beat: Beats) -> Tempo {
        match self {
            Pace::Steady(tempo) => *tempo,
            Pace::Map(map) => map.tempo_at(beat),
        }
    }

    /// Whether it is the same pace; quick where the maps are one.
    pub fn is(&self, other: &Pace) -> bool {
        match (self, other) {
            (Pace::Map(a), Pace::Map(b)) if Arc::ptr_eq(a, b) => true,
            _ => self == other,
        }
    }
}

/// Frames and beats tied together: at `frame` the song is at `beat`, and it goes on at its pace.
///
/// At a steady tempo all mappings are exact in 128-bit integers and round once, half up. By a tempo map a beat is
/// rounded to a unit, and then to a frame by the map's time. A frame's beat maps back to the same frame, later beats
/// never come on earlier frames, and none allocates. To drop the last clone that has a map frees.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    frame: i64,
    beat: Beats,
    rate: u32,
    course: Course,
}

#[derive(Clone, Debug, PartialEq)]
enum Course {
    /// Frames to a beat unit, in lowest terms: `frames = units * per.0 / per.1`.
    Steady { tempo: Tempo, per: (i128, i128) },
    /// The map, and its time at the anchor.
    Map { map: Arc<TempoMap>, origin: i128 },
}

impl Segment {
    /// A segment that is at `beat` at `frame`, at `rate` frames a second (at least 1).
    pub fn new(frame: i64, beat: Beats, tempo: Tempo, rate: u32) -> Segment {
        let num = 60 * Tempo::NANO as i128 * rate.max(1) as i128;
        let den = tempo.nano_bpm() as i128 * Beats::UNITS as i128;
        let g = gcd(num as u128, den as u128) as i128;
        Segment {
            frame,
            beat,
            rate: rate.max(1),
            course: Course::Steady {
                tempo,
                per: (num / g, den / g),
            },
        }
    }

    /// A segment that goes on at a pace.
    pub fn paced(frame: i64, beat: Beats, pace: &Pace, rate: u32) -> Segment {
        match pace {
            Pace::Steady(tempo) => Segment::new(frame, beat, *tempo, rate),
            Pace::Map(map) => Segment {
                frame,
                beat,
                rate: rate.max(1),
                course: Course::Map {
                    map: Arc::clone(map),
                    origin: map.time(beat.units()),
                },
            },
        }
    }

    /// The tempo at a frame.
    pub fn tempo_at(&self, frame: i64) -> Tempo {
        match &self.course {
            Course::Steady { tempo, .. } => *tempo,
            Course::Map { map, .. } => map.tempo_at(self.beat_of(frame)),
        }
    }

    /// Whether it goes on at a pace.
    pub fn is_at(&self, pace: &Pace) -> bool {
        match (&self.course, pace) {
            (Course::Steady { tempo, .. }, Pace::Steady(other)) => tempo == other,
            (Course::Map { map, .. }, Pace::Map(other)) => Arc::ptr_eq(map, other) || map == other,
            _ => false,
        }
    }

    /// Keeps another copy of an equal map, so that the one it had can go.
    pub fn keep(&mut self, pace: &Pace) {
        if let (Course::Map { map, .. }, Pace::Map(other)) = (&mut self.course, pace) {
            *map = Arc::clone(other);
        }
    }

    /// The nearest frame to a beat.
    pub fn frame_of(&self, beat: Beats) -> i64 {
        let after = match &self.course {
            Course::Steady { per, .. } => {
                let units = beat.units() as i128 - self.beat.units() as i128;
                round_div(units.saturating_mul(per.0), per.1)
            }
            Course::Map { map, origin } => {
                let time = map.time(beat.units()) - origin;
                round_div(time.saturating_mul(self.rate.into()), FINE)
            }
        };
        self.frame.saturating_add(saturate(after))
    }

    /// The nearest frame to a rational cycle.
    pub fn frame_of_cycle(&self, cycle: Ratio, bars: &Bars) -> i64 {
        let Course::Steady { per, .. } = &self.course else {
            return self.frame_of(bars.beat_of_cycle(cycle));
        };
        let (num, den) = bars.units_of_cycle(cycle);
        let units = num.saturating_sub(self.beat.units() as i128 * den);
        let num = units.saturating_mul(per.0);
        self.frame
            .saturating_add(saturate(round_div(num, den.saturating_mul(per.1))))
    }

    /// The nearest beat to a frame.
    pub fn beat_of(&self, frame: i64) -> Beats {
        let frames = frame as i128 - self.frame as i128;
        match &self.course {
            Course::Steady { per, .. } => {
                let units = round_div(frames.saturating_mul(per.1), per.0);
                Beats::from_units(self.beat.units().saturating_add(saturate(units)))
            }
            Course::Map { map, origin } => {
                let time = round_div(frames.saturating_mul(FINE), self.rate.into());
                Beats::from_units(map.units(origin.saturating_add(time)))
            }
        }
    }

    /// How often a cycle must be halved to be shorter than a frame: the grain to which a span of frames is
    /// widened, so that patterns are asked in simple ratios.
    fn grain(&self, at: Beats, bars: &Bars) -> u32 {
        let bar = bars.meter_at(at).bar();
        let frames = self.frame_of(at + bar).saturating_sub(self.frame_of(at));
        (64 - frames.max(1).leading_zeros()).min(30)
    }

    /// A span of cycles with small denominators that contains every event whose frame lies in `from..to`
    /// (and perhaps a few beside, to be told apart by [`Segment::frame_of_cycle`]).
    pub fn cycles_around(&self, from: i64, to: i64, bars: &Bars) -> (Ratio, Ratio) {
        let from = self.beat_of(from.saturating_sub(1));
        let scale = 1i64 << self.grain(from, bars);
        let down = bars.steps_below(from, scale);
        let to = self.beat_of(to.saturating_add(1));
        let up = bars.steps_below(to, scale).saturating_add(1);
        (Ratio::new(down, scale), Ratio::new(up, scale))
    }

    /// The point in the song half a frame before a frame: events before it come on earlier frames, the others
    /// on this frame or later ones.
    pub fn boundary(&self, frame: i64) -> Boundary {
        let Course::Steady { per, .. } = &self.course else {
            // Beats come in units here: the point lies half a unit before the first one on this frame.
            let first = self.first_unit_at(frame) as i128;
            return Boundary {
                num: 2 * first - 1,
                den: 2,
            };
        };
        let halves = 2 * (frame as i128 - self.frame as i128) - 1;
        let den = 2 * per.0;
        let num = (self.beat.units() as i128)
            .saturating_mul(den)
            .saturating_add(halves.saturating_mul(per.1));
        Boundary { num, den }
    }

    /// The first beat unit that comes on a frame or after it: a search from where it should be.
    fn first_unit_at(&self, frame: i64) -> i64 {
        let before = |units: i64| self.frame_of(Beats::from_units(units)) < frame;
        let guess = self.beat_of(frame).units();
        let (mut low, mut high, mut step) = (guess, guess, 1i64);
        while step < i64::MAX / 4 && !before(low) {
            high = low;
            low = low.saturating_sub(step);
            step *= 2;
        }
        while step < i64::MAX / 4 && before(high) {
            low = high;
            high = high.saturating_add(step);
            step *= 2;
        }
        // `low` comes before the frame, `high` does not.
        while high.saturating_sub(low) > 1 {
            let middle = low + (high - low) / 2;
            if before(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// The same line anchored at another frame, going on at another pace; the song position goes on unbroken.
    pub fn with_pace(&self, frame: i64, pace: &Pace) -> Segment {
        Segment::paced(frame, self.beat_of(frame), pace, self.rate)
    }
}

/// An exact point in the song between two frames of a [`Segment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// In beat units times `den`.
    num: i128,
    den: i128,
}

impl Boundary {
    /// Whether a cycle lies before it.
    pub fn is_after(&self, cycle: Ratio, bars: &Bars) -> bool {
        let (num, den) = bars.units_of_cycle(cycle);
        num.saturating_mul(self.den) < self.num.saturating_mul(den)
    }
    /// Whether a beat lies before it.
    pub fn is_after_beat(&self, beat: Beats) -> bool {
        i128::from(beat.units()).saturating_mul(self.den) < self.num
    }
    /// The nearest beat.
    pub fn beat(&self) -> Beats {
        Beats::from_units(saturate(round_div(self.num, self.den)))
    }
}

/// Division that rounds half up, for a positive divisor.
pub(super) fn round_div(num: i128, den: i128) -> i128 {
    num.saturating_add(den / 2).div_euclid(den)
}

fn saturate(x: i128) -> i64 {
    x.clamp(i64::MIN as i128, i64::MAX as i128) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bar_at_128_bpm_is_90000_frames() {
        let s = Segment::new(0, Beats::ZERO, Tempo::from_bpm(128.0), 48000);
        assert_eq!(s.frame_of(Beats::whole(4)), 90000);
        assert_eq!(s.frame_of_cycle(Ratio::new(1, 8), &Bars::default()), 11250);
        assert_eq!(
            s.frame_of_cycle(Ratio::new(-1, 8), &Bars::default()),
            -11250
        );
        assert_eq!(s.frame_of_cycle(Ratio::whole(8), &Bars::default()), 720000);
    }

    #[test]
    fn a_third_of_a_bar_rounds_once() {
        let s = Segment::new(0, Beats::ZERO, Tempo::from_bpm(120.0), 44100);
        // 88200 / 7 = 12600 exactly; 88200 / 11 = 8018.18…
        assert_eq!(s.frame_of_cycle(Ratio::new(1, 7), &Bars::default()), 12600);
        assert_eq!(s.frame_of_cycle(Ratio::new(1, 11), &Bars::default()), 8018);
        assert_eq!(s.frame_of_cycle(Ratio::new(6, 11), &Bars::default()), 48109);
    }

    proptest! {
        #[test]
        fn frame_to_beat_to_frame_is_the_identity(
            frame in -1_000_000_000i64..10_000_000_000, bpm in 1.0f64..1000.0,
            rate in prop::sample::select(vec![8000u32, 44100, 48000, 96000, 384000]), anchor in -1000.0f64..100000.0,
        ) {
            let s = Segment::new(12345, Beats::from_f64(anchor), Tempo::from_bpm(bpm), rate);
            prop_assert_eq!(s.frame_of(s.beat_of(frame)), frame);
        }

        #[test]
        fn the_widened_span_holds_every_event_of_its_frames(
            from in -100_000i64..10_000_000, len in 0i64..5000, num in -1000i64..100_000, den in 1i64..500,
            bpm in 5.0f64..999.0,
        ) {
            let s = Segment::new(77, Beats::from_f64(0.37), Tempo::from_bpm(bpm), 48000);
            let meter = &Bars::default();
            let cycle = Ratio::new(num, den);
            let f = s.frame_of_cycle(cycle, meter);
            let (a, b) = s.cycles_around(from, from + len, meter);
            if (from..from + len).contains(&f) { prop_assert!(a <= cycle && cycle < b); }
        }

        #[test]
        fn a_boundary_parts_events_as_their_frames_do(
            frame in -10_000i64..10_000_000, num in -100i64..10_000, den in 1i64..500, bpm in 5.0f64..999.0,
        ) {
            let s = Segment::new(77, Beats::from_f64(0.37), Tempo::from_bpm(bpm), 44100);
            let (m, cycle) = (&Bars::default(), Ratio::new(num, den));
            prop_assert_eq!(s.boundary(frame).is_after(cycle, m), s.frame_of_cycle(cycle, m) < frame);
            let at = s.frame_of_cycle(cycle, m);
            prop_assert!(!s.boundary(at).is_after(cycle, m) && s.boundary(at + 1).is_after(cycle, m));
        }

        #[test]
        fn later_cycles_never_come_on_earlier_frames(a in 0i64..100_000, d in 1i64..1000, bpm in 1.0f64..1000.0) {
            let s = Segment::new(0, Beats::ZERO, Tempo::from_bpm(bpm), 48000);
            let m = &Bars::default();
            prop_assert!(s.frame_of_cycle(Ratio::new(a, d), m) <= s.frame_of_cycle(Ratio::new(a + 1, d), m));
        }
    }

    /// Steps, both ramps, a bent stretch and a change of metre.
    fn mapped(
        first: f64,
        steps: &[(f64, f64, u8)],
        bent: Option<(f64, f64)>,
        rate: u32,
    ) -> Segment {
        use super::super::{Bend, Rubato, TempoPoint, TempoRamp};
        let ramps = [TempoRamp::Step, TempoRamp::Linear, TempoRamp::Exponential];
        let points: Vec<TempoPoint> = steps
            .iter()
            .map(|&(at, bpm, ramp)| TempoPoint {
                at: Beats::from_f64(at),
                tempo: Some(Tempo::from_bpm(bpm)),
                ramp: ramps[usize::from(ramp)],
            })
            .collect();
        let rubato: Vec<Rubato> = bent
            .iter()
            .map(|&(from, amount)| Rubato {
                from: Beats::from_f64(from),
                length: Beats::whole(7),
                bend: Bend::Amount(amount),
            })
            .collect();
        let map = TempoMap::new(Tempo::from_bpm(first), &points, &rubato).unwrap();
        Segment::paced(99, Beats::from_f64(1.7), &Pace::of(&Arc::new(map)), rate)
    }

    #[test]
    fn a_map_of_one_tempo_is_that_tempo() {
        let map = Arc::new(TempoMap::steady(Tempo::from_bpm(133.7)));
        let s = Segment::paced(7, Beats::whole(3), &Pace::of(&map), 44100);
        assert_eq!(
            s,
            Segment::new(7, Beats::whole(3), Tempo::from_bpm(133.7), 44100)
        );
    }

    #[test]
    fn by_a_map_of_steps_frames_are_those_of_the_steps() {
        let s = mapped(120.0, &[(8.0, 90.0, 0)], None, 44100);
        let from = Segment::new(99, Beats::from_f64(1.7), Tempo::from_bpm(120.0), 44100);
        for beat in 0..8 {
            assert_eq!(
                s.frame_of(Beats::whole(beat)),
                from.frame_of(Beats::whole(beat))
            );
        }
        // A 64th at 90 bpm is 1837.5 frames: half a frame is rounded up, from the one rounding of the whole.
        let change = s.frame_of(Beats::whole(8));
        let exact = 99.0 + (8.0 - 1.7) * 22050.0;
        assert_eq!(change, (exact + 0.5f64).floor() as i64);
        let next = s.frame_of(Beats::from_f64(8.0625));
        assert_eq!(next, (exact + 1837.5 + 0.5).floor() as i64);
    }

    prop_compose! {
        fn any_segment()(
            first in 20.0f64..500.0,
            steps in prop::collection::vec((-20.0f64..200.0, 20.0f64..500.0, 0u8..3), 1..6),
            bent in prop::option::of((-20.0f64..150.0, -0.9f64..0.9)),
            rate in prop::sample::select(vec![8000u32, 44100, 48000, 384000]),
        ) -> Segment {
            mapped(first, &steps, bent, rate)
        }
    }

    proptest! {
        #[test]
        fn by_a_map_frame_to_beat_to_frame_is_the_identity(s in any_segment(), frame in -2_000_000i64..60_000_000) {
            prop_assert_eq!(s.frame_of(s.beat_of(frame)), frame);
        }

        #[test]
        fn by_a_map_beat_to_frame_to_beat_is_within_half_a_frame(s in any_segment(), beat in -100.0f64..300.0) {
            let beat = Beats::from_f64(beat);
            let frame = s.frame_of(beat);
            let (before, after) = (s.beat_of(frame - 1), s.beat_of(frame + 1));
            prop_assert!(before < beat && beat < after);
        }

        #[test]
        fn by_a_map_a_boundary_parts_events_as_their_frames_do(
            s in any_segment(), num in -500i64..4000, den in 1i64..120, bar in -3i64..30, beats in 1i64..9,
        ) {
            let bars = Bars::new(super::super::Meter::default(), [(bar, super::super::Meter::new(beats, 8).unwrap())]);
            let cycle = Ratio::new(num, den);
            let at = s.frame_of_cycle(cycle, &bars);
            prop_assert!(!s.boundary(at).is_after(cycle, &bars) && s.boundary(at + 1).is_after(cycle, &bars));
            let later = s.frame_of_cycle(Ratio::new(num + 1, den), &bars);
            prop_assert!(at <= later);
            for around in [(at, at + 1), (at - 63, at + 1), (at, at + 64)] {
                let (from, to) = s.cycles_around(around.0, around.1, &bars);
                prop_assert!(from <= cycle && cycle < to);
            }
        }
    }
}
