//! A segment of steady time: an anchor and a tempo.

use super::ratio::gcd;
use super::{Beats, Meter, Ratio, Tempo};

/// Frames and beats tied together: at `frame` the song is at `beat`, and it goes on at `tempo`.
///
/// All mappings are exact in 128-bit integers and round once, half up; none allocates. A frame's beat maps back
/// to the same frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    frame: i64,
    beat: Beats,
    tempo: Tempo,
    rate: u32,
    /// Frames to a beat unit, in lowest terms: `frames = units * per.0 / per.1`.
    per: (i128, i128),
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
            tempo,
            rate: rate.max(1),
            per: (num / g, den / g),
        }
    }

    /// Its tempo.
    pub fn tempo(&self) -> Tempo {
        self.tempo
    }

    /// The nearest frame to a beat.
    pub fn frame_of(&self, beat: Beats) -> i64 {
        let units = beat.units() as i128 - self.beat.units() as i128;
        self.frame.saturating_add(saturate(round_div(
            units.saturating_mul(self.per.0),
            self.per.1,
        )))
    }

    /// The nearest frame to a rational cycle of a metre: rounds once.
    pub fn frame_of_cycle(&self, cycle: Ratio, meter: Meter) -> i64 {
        let den = cycle.den() as i128;
        let units = (cycle.num() as i128 * meter.bar().units() as i128)
            .saturating_sub(self.beat.units() as i128 * den);
        let num = units.saturating_mul(self.per.0);
        self.frame
            .saturating_add(saturate(round_div(num, den.saturating_mul(self.per.1))))
    }

    /// The nearest beat to a frame.
    pub fn beat_of(&self, frame: i64) -> Beats {
        let frames = frame as i128 - self.frame as i128;
        let units = round_div(frames.saturating_mul(self.per.1), self.per.0);
        Beats::from_units(self.beat.units().saturating_add(saturate(units)))
    }

    /// How often a cycle must be halved to be shorter than a frame: the grain to which a span of frames is
    /// widened, so that patterns are asked in simple ratios.
    fn grain(&self, meter: Meter) -> u32 {
        let frames = round_div(meter.bar().units() as i128 * self.per.0, self.per.1).max(1);
        (128 - frames.leading_zeros()).min(30)
    }

    /// A span of cycles with small denominators that contains every event whose frame lies in `from..to`
    /// (and perhaps a few beside, to be told apart by [`Segment::frame_of_cycle`]).
    pub fn cycles_around(&self, from: i64, to: i64, meter: Meter) -> (Ratio, Ratio) {
        let scale = 1i128 << self.grain(meter);
        let bar = meter.bar().units() as i128;
        let down = (self.beat_of(from.saturating_sub(1)).units() as i128 * scale).div_euclid(bar);
        let up = (self.beat_of(to.saturating_add(1)).units() as i128 * scale).div_euclid(bar) + 1;
        (
            Ratio::new(saturate(down), scale as i64),
            Ratio::new(saturate(up), scale as i64),
        )
    }

    /// The point in the song half a frame before a frame: events before it come on earlier frames, the others
    /// on this frame or later ones.
    pub fn boundary(&self, frame: i64) -> Boundary {
        let halves = 2 * (frame as i128 - self.frame as i128) - 1;
        let den = 2 * self.per.0;
        let num = (self.beat.units() as i128)
            .saturating_mul(den)
            .saturating_add(halves.saturating_mul(self.per.1));
        Boundary { num, den }
    }

    /// The same line anchored at another frame with another tempo; the song position goes on unbroken.
    pub fn with_tempo(&self, frame: i64, tempo: Tempo) -> Segment {
        Segment::new(frame, self.beat_of(frame), tempo, self.rate)
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
    /// Whether a cycle of a metre lies before it.
    pub fn is_after(&self, cycle: Ratio, meter: Meter) -> bool {
        let units = cycle.num() as i128 * meter.bar().units() as i128;
        units.saturating_mul(self.den) < self.num.saturating_mul(cycle.den() as i128)
    }
    /// The nearest beat.
    pub fn beat(&self) -> Beats {
        Beats::from_units(saturate(round_div(self.num, self.den)))
    }
}

/// Division that rounds half up, for a positive divisor.
fn round_div(num: i128, den: i128) -> i128 {
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
        assert_eq!(s.frame_of_cycle(Ratio::new(1, 8), Meter::default()), 11250);
        assert_eq!(
            s.frame_of_cycle(Ratio::new(-1, 8), Meter::default()),
            -11250
        );
        assert_eq!(s.frame_of_cycle(Ratio::whole(8), Meter::default()), 720000);
    }

    #[test]
    fn a_third_of_a_bar_rounds_once() {
        let s = Segment::new(0, Beats::ZERO, Tempo::from_bpm(120.0), 44100);
        // 88200 / 7 = 12600 exactly; 88200 / 11 = 8018.18…
        assert_eq!(s.frame_of_cycle(Ratio::new(1, 7), Meter::default()), 12600);
        assert_eq!(s.frame_of_cycle(Ratio::new(1, 11), Meter::default()), 8018);
        assert_eq!(s.frame_of_cycle(Ratio::new(6, 11), Meter::default()), 48109);
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
            let meter = Meter::default();
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
            let (m, cycle) = (Meter::default(), Ratio::new(num, den));
            prop_assert_eq!(s.boundary(frame).is_after(cycle, m), s.frame_of_cycle(cycle, m) < frame);
            let at = s.frame_of_cycle(cycle, m);
            prop_assert!(!s.boundary(at).is_after(cycle, m) && s.boundary(at + 1).is_after(cycle, m));
        }

        #[test]
        fn later_cycles_never_come_on_earlier_frames(a in 0i64..100_000, d in 1i64..1000, bpm in 1.0f64..1000.0) {
            let s = Segment::new(0, Beats::ZERO, Tempo::from_bpm(bpm), 48000);
            let m = Meter::default();
            prop_assert!(s.frame_of_cycle(Ratio::new(a, d), m) <= s.frame_of_cycle(Ratio::new(a + 1, d), m));
        }
    }
}
