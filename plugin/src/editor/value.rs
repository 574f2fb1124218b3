//! How a control's value is written and where it stands in its range.

/// The range of a control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    /// The lowest value.
    pub lo: f32,
    /// The highest value.
    pub hi: f32,
    /// Whether equal ratios are equal distances, as for frequencies.
    pub log: bool,
    /// Whether values are in Hz.
    pub hertz: bool,
}

impl Range {
    /// The range of a node's gain.
    pub const GAIN: Range = Range {
        lo: 0.0,
        hi: 1.0,
        log: false,
        hertz: false,
    };
    /// The same for a gain that the score sets above 1.
    pub const LOUD_GAIN: Range = Range {
        hi: 4.0,
        ..Range::GAIN
    };
    /// The range of a node's pan.
    pub const PAN: Range = Range {
        lo: -1.0,
        hi: 1.0,
        log: false,
        hertz: false,
    };

    /// The range of a control: names of frequencies are logarithmic by themselves.
    pub fn of(name: &str, lo: f32, hi: f32) -> Range {
        let hertz = ["freq", "cutoff", "hz"]
            .iter()
            .any(|word| name.split('_').any(|part| part == *word));
        Range {
            lo,
            hi,
            log: hertz && lo > 0.0 && hi > lo,
            hertz,
        }
    }

    /// Where a value stands, 0 at the low end and 1 at the high.
    pub fn fraction(self, value: f32) -> f32 {
        let at = if self.log {
            (value.max(f32::MIN_POSITIVE) / self.lo).ln() / (self.hi / self.lo).ln()
        } else {
            (value - self.lo) / (self.hi - self.lo)
        };
        if at.is_finite() {
            at.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// Where a bar begins to fill: at nought if the range goes to both sides of it, else at the
    /// low end.
    pub fn origin(self) -> f32 {
        if self.lo < 0.0 && self.hi > 0.0 {
            self.fraction(0.0)
        } else {
            0.0
        }
    }

    /// The value at a fraction of the way.
    pub fn value(self, fraction: f32) -> f32 {
        let fraction = fraction.clamp(0.0, 1.0);
        if self.log {
            self.lo * (self.hi / self.lo).powf(fraction)
        } else {
            self.lo + (self.hi - self.lo) * fraction
        }
    }

    /// A value in its unit, with as many digits as its range makes useful.
    pub fn write(self, value: f32) -> String {
        let span = (self.hi - self.lo).abs();
        let number = match span {
            _ if self.hertz && value.abs() < 100.0 => format!("{value:.1}"),
            _ if self.hertz || span > 500.0 => grouped(value),
            s if s > 50.0 => format!("{value:.1}"),
            _ => format!("{value:.2}"),
        };
        if self.hertz {
            format!("{number} Hz")
        } else {
            number
        }
    }

    /// Both ends, in the unit.
    pub fn write_ends(self) -> String {
        let plain = |v: f32| {
            if v.fract() == 0.0 {
                grouped(v)
            } else {
                format!("{v}")
            }
        };
        format!(
            "{} … {}{}",
            plain(self.lo),
            plain(self.hi),
            if self.hertz { " Hz" } else { "" }
        )
    }
}

/// A whole number with a narrow gap at the thousands.
fn grouped(value: f32) -> String {
    let whole = value.abs().round() as u64;
    let sign = if value < 0.0 && whole > 0 { "-" } else { "" };
    if whole < 1000 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{} {:03}", whole / 1000, whole % 1000)
    }
}

/// A wire's level or depth, with as many digits as its size makes useful.
pub(crate) fn level(value: f32) -> String {
    if value.abs() < 10.0 {
        format!("{value:.2}")
    } else {
        grouped(value)
    }
}

/// A linear level in dB; silence is a dash.
pub(crate) fn decibels(level: f32) -> String {
    if level > 1e-5 {
        format!("{:.1} dB", 20.0 * level.log10())
    } else {
        "−∞ dB".to_owned()
    }
}

/// How far a level reaches up a meter from −60 dB to 0 dB, 0…1.
pub(crate) fn meter_fraction(level: f32) -> f32 {
    if level > 1e-3 {
        (1.0 + 20.0 * level.log10() / 60.0).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_and_its_place_in_the_range_agree() {
        for range in [
            Range::GAIN,
            Range::PAN,
            Range::of("cutoff", 100.0, 4000.0),
            Range::of("time", 0.0, 8.0),
        ] {
            for step in 0..=20 {
                let fraction = step as f32 / 20.0;
                assert!((range.fraction(range.value(fraction)) - fraction).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn an_empty_range_has_a_place_for_its_value() {
        assert_eq!(Range::of("x", 1.0, 1.0).fraction(1.0), 0.0);
        assert_eq!(Range::of("freq", 0.0, 0.0).fraction(0.0), 0.0);
    }

    #[test]
    fn a_bar_of_a_range_with_two_sides_begins_in_between() {
        assert_eq!(Range::PAN.origin(), 0.5);
        assert_eq!(Range::GAIN.origin(), 0.0);
    }

    #[test]
    fn values_are_written_with_their_unit() {
        assert_eq!(Range::of("cutoff", 100.0, 4000.0).write(1284.2), "1 284 Hz");
        assert_eq!(Range::of("freq", 20.0, 800.0).write(55.0), "55.0 Hz");
        assert_eq!(Range::GAIN.write(0.3), "0.30");
        assert_eq!(
            Range::of("cutoff", 100.0, 4000.0).write_ends(),
            "100 … 4 000 Hz"
        );
        assert_eq!(level(0.4), "0.40");
        assert_eq!(level(-400.0), "-400");
        assert_eq!(decibels(1.0), "0.0 dB");
        assert_eq!(decibels(0.0), "−∞ dB");
    }

    #[test]
    fn a_meter_spans_sixty_decibels() {
        assert_eq!(meter_fraction(1.0), 1.0);
        assert_eq!(meter_fraction(0.0), 0.0);
        assert!((meter_fraction(10.0_f32.powf(-1.5)) - 0.5).abs() < 1e-6);
    }
}
