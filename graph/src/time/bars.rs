//! Bars: where they begin, also where the metre changes.

use super::{Beats, Meter, Ratio};
use std::sync::Arc;

/// The bars of a song. Bar 0 begins at beat 0; a metre holds from its bar until the next change, and the first one
/// backwards without end. A cycle of patterns is a bar: it lasts as long as its bar does.
///
/// All mappings are exact. Nothing but [`Bars::new`] allocates; to drop the last clone of bars that change frees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bars {
    first: Meter,
    /// Where bar 0 begins, in beat units; for bars that change it is 0.
    origin: i64,
    changes: Option<Arc<[Change]>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    bar: i64,
    /// Where that bar begins, in beat units.
    beat: i64,
    meter: Meter,
}

impl Default for Bars {
    /// 4/4 throughout.
    fn default() -> Bars {
        Bars::steady(Meter::default())
    }
}

impl Bars {
    /// One metre throughout. Real-time safe.
    pub const fn steady(meter: Meter) -> Bars {
        Bars::beginning(meter, Beats::ZERO)
    }

    /// One metre throughout, bar 0 beginning at a beat: so counts a host whose metre changed before. Real-time safe.
    pub const fn beginning(meter: Meter, origin: Beats) -> Bars {
        Bars {
            first: meter,
            origin: origin.units(),
            changes: None,
        }
    }

    /// `first`, until the changes say otherwise, each from its bar on; of several at one bar the last holds.
    /// Allocates.
    pub fn new(first: Meter, changes: impl IntoIterator<Item = (i64, Meter)>) -> Bars {
        let mut sorted: Vec<(i64, Meter)> = changes.into_iter().collect();
        sorted.sort_by_key(|(bar, _)| *bar);
        let mut found: Vec<Change> = Vec::new();
        for (bar, meter) in sorted {
            if let Some(last) = found.last_mut().filter(|last| last.bar == bar) {
                last.meter = meter;
                continue;
            }
            let beat = found.last().map_or(0, |last| {
                let bars = bar.saturating_sub(last.bar);
                let length = bars.saturating_mul(last.meter.bar().units());
                last.beat.saturating_add(length)
            });
            found.push(Change { bar, beat, meter });
        }
        let mut before = first;
        found.retain(|change| std::mem::replace(&mut before, change.meter) != change.meter);
        if found.is_empty() {
            return Bars::steady(first);
        }
        // So far beats count from the first change; bar 0 is where they shall.
        let mut bars = Bars {
            first,
            origin: 0,
            changes: Some(found.into()),
        };
        let origin = bars.beat_of_bar(0).units();
        if let Some(changes) = bars.changes.as_mut().and_then(Arc::get_mut) {
            for change in changes {
                change.beat = change.beat.saturating_sub(origin);
            }
        }
        bars
    }

    /// The changes in order: the bar, the beat at which it begins, the metre from there on.
    pub fn changes(&self) -> impl Iterator<Item = (i64, Beats, Meter)> {
        let all = self.changes.iter().flat_map(|changes| changes.iter());
        all.map(|c| (c.bar, Beats::from_units(c.beat), c.meter))
    }

    /// A bar that begins the stretch of one metre, or bounds it: to count from.
    fn stretch(&self, is_at: impl Fn(&Change) -> bool) -> Change {
        let Some(changes) = &self.changes else {
            return Change {
                bar: 0,
                beat: self.origin,
                meter: self.first,
            };
        };
        match changes.partition_point(is_at) {
            0 => Change {
                meter: self.first,
                ..changes[0]
            },
            n => changes[n - 1],
        }
    }

    fn stretch_of_beat(&self, beat: Beats) -> Change {
        self.stretch(|change| change.beat <= beat.units())
    }

    /// The metre in force at a beat.
    pub fn meter_at(&self, beat: Beats) -> Meter {
        self.stretch_of_beat(beat).meter
    }

    /// Where a bar begins.
    pub fn beat_of_bar(&self, bar: i64) -> Beats {
        let from = self.stretch(|change| change.bar <= bar);
        let bars = bar.saturating_sub(from.bar);
        let length = bars.saturating_mul(from.meter.bar().units());
        Beats::from_units(from.beat.saturating_add(length))
    }

    /// The bar in which a beat lies.
    pub fn bar_of(&self, beat: Beats) -> i64 {
        self.steps_below(beat, 1)
    }

    /// The position of a beat in cycles, that is in bars.
    pub fn cycle_of(&self, beat: Beats) -> Ratio {
        let from = self.stretch_of_beat(beat);
        let units = beat.units().saturating_sub(from.beat);
        Ratio::whole(from.bar) + Ratio::new(units, from.meter.bar().units())
    }

    /// The beat of a cycle, rounded to the nearest unit once.
    pub fn beat_of_cycle(&self, cycle: Ratio) -> Beats {
        let (num, den) = self.units_of_cycle(cycle);
        let units = num.saturating_add(den / 2).div_euclid(den);
        Beats::from_units(units.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// The exact beat of a cycle in beat units, as a fraction with a positive denominator.
    pub(super) fn units_of_cycle(&self, cycle: Ratio) -> (i128, i128) {
        let from = self.stretch(|change| change.bar <= cycle.floor());
        let den = i128::from(cycle.den());
        let bars = i128::from(cycle.num()) - i128::from(from.bar) * den;
        let length = i128::from(from.meter.bar().units());
        (i128::from(from.beat) * den + bars * length, den)
    }

    /// How many whole steps of 1/`scale` of a bar lie before a beat, from bar 0 on.
    pub(super) fn steps_below(&self, beat: Beats, scale: i64) -> i64 {
        let from = self.stretch_of_beat(beat);
        let units = i128::from(beat.units()) - i128::from(from.beat);
        let steps = (units * i128::from(scale)).div_euclid(i128::from(from.meter.bar().units()));
        let all = i128::from(from.bar) * i128::from(scale) + steps;
        all.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn meter(beats: i64, unit: i64) -> Meter {
        Meter::new(beats, unit).unwrap()
    }

    #[test]
    fn a_cycle_lasts_as_long_as_its_bar() {
        let bars = Bars::new(meter(4, 4), [(2, meter(3, 4)), (4, meter(7, 8))]);
        for (bar, beat) in [
            (-1, -4.0),
            (0, 0.0),
            (1, 4.0),
            (2, 8.0),
            (3, 11.0),
            (4, 14.0),
            (6, 21.0),
        ] {
            assert_eq!(bars.beat_of_bar(bar), Beats::from_f64(beat), "bar {bar}");
            assert_eq!(bars.bar_of(Beats::from_f64(beat)), bar);
            assert_eq!(bars.bar_of(Beats::from_f64(beat + 0.25)), bar);
        }
        let at = |num, den| bars.beat_of_cycle(Ratio::new(num, den)).to_f64();
        assert_eq!((at(3, 2), at(5, 2), at(9, 2)), (6.0, 9.5, 15.75));
        assert_eq!(bars.meter_at(Beats::from_f64(10.9)), meter(3, 4));
    }

    #[test]
    fn bar_nought_begins_at_beat_nought_wherever_the_changes_are() {
        let bars = Bars::new(
            meter(4, 4),
            [(-4, meter(3, 4)), (-2, meter(5, 4)), (3, meter(2, 4))],
        );
        assert_eq!(bars.beat_of_bar(0), Beats::ZERO);
        assert_eq!(bars.beat_of_bar(-2), -Beats::whole(10));
        assert_eq!(bars.beat_of_bar(-4), -Beats::whole(16));
        assert_eq!(bars.beat_of_bar(-5), -Beats::whole(20));
        assert_eq!(bars.beat_of_bar(4), Beats::whole(17));
        assert_eq!(
            Bars::new(meter(4, 4), [(8, meter(4, 4))]),
            Bars::steady(meter(4, 4)),
            "a change to what is there is none"
        );
    }

    #[test]
    fn bars_may_begin_anywhere() {
        let bars = Bars::beginning(meter(3, 4), Beats::whole(4));
        assert_eq!(
            (bars.beat_of_bar(4), bars.bar_of(Beats::whole(15))),
            (Beats::whole(16), 3)
        );
        assert_eq!(bars.cycle_of(Beats::whole(4)), Ratio::ZERO);
        assert_eq!(bars.beat_of_cycle(Ratio::new(-1, 3)), Beats::whole(3));
        assert_eq!(
            Bars::beginning(meter(3, 4), Beats::ZERO),
            Bars::steady(meter(3, 4))
        );
    }

    proptest! {
        #[test]
        fn beats_and_cycles_map_to_each_other_exactly(
            changes in prop::collection::vec((-50i64..50, 1i64..12, 0u32..5), 0..6),
            num in -2000i64..2000, den in 1i64..28,
        ) {
            let changes = changes.into_iter().map(|(bar, beats, unit)| (bar, meter(beats, 1 << unit)));
            let bars = Bars::new(Meter::default(), changes);
            let beat = Beats::from_units(num * Beats::UNITS / 64);
            let cycle = bars.cycle_of(beat);
            prop_assert_eq!(bars.beat_of_cycle(cycle), beat);
            prop_assert_eq!(cycle.floor(), bars.bar_of(beat));
            let cycle = Ratio::new(num, den);
            let next = Ratio::new(num + 1, den);
            prop_assert!(bars.beat_of_cycle(cycle) < bars.beat_of_cycle(next));
            let (n, d) = bars.units_of_cycle(cycle);
            if n % d == 0 {
                prop_assert_eq!(bars.cycle_of(Beats::from_units((n / d) as i64)), cycle);
            }
        }
    }
}
