//! How a control's value is written and read, and where it stands in its range.

use std::sync::Arc;

use sorl_graph::pattern::Pitch;
use sorl_graph::signal::{Control, Curve};

/// The range of a control.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Range {
    /// The lowest value.
    pub lo: f32,
    /// The highest value.
    pub hi: f32,
    /// Whether equal ratios are equal distances, as for frequencies.
    pub log: bool,
    /// Whether values are in Hz.
    pub hertz: bool,
    /// What other values count: `s`, `dB`; empty for plain numbers.
    pub unit: Unit,
    /// Hands move by this much from `lo` on; 0 for any value.
    pub step: f32,
    /// What the steps are called, from `lo` on; none for numbers.
    pub labels: Option<Arc<[String]>>,
}

/// What values count, where it is not Hz.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Plain numbers.
    #[default]
    None,
    /// A factor for loudness: typed in dB too.
    Gain,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Decibels.
    Decibels,
    /// What the control names, shown as it is: `st`, `%`, `bars`.
    Other(Arc<str>),
}

impl Range {
    /// A range of plain numbers, each as far from the next.
    pub fn plain(lo: f32, hi: f32, unit: Unit) -> Range {
        Range {
            lo,
            hi,
            log: false,
            hertz: false,
            unit,
            step: 0.0,
            labels: None,
        }
    }

    /// The range of a node's gain.
    pub fn gain() -> Range {
        Range::plain(0.0, 1.0, Unit::Gain)
    }

    /// The same for a gain that the score sets above 1.
    pub fn loud_gain() -> Range {
        Range::plain(0.0, 4.0, Unit::Gain)
    }

    /// The range of a node's pan.
    pub fn pan() -> Range {
        Range::plain(-1.0, 1.0, Unit::None)
    }

    /// The range of a control, as it is described.
    pub fn of(control: &Control) -> Range {
        Range {
            lo: control.lo,
            hi: control.hi,
            log: control.curve == Curve::Logarithmic && control.lo > 0.0 && control.hi > control.lo,
            hertz: control.unit == "Hz",
            unit: match &*control.unit {
                "s" => Unit::Seconds,
                "ms" => Unit::Milliseconds,
                "dB" => Unit::Decibels,
                "" | "Hz" => Unit::None,
                other => Unit::Other(other.into()),
            },
            // A choice has a step for each of its labels.
            step: match control.labels.is_empty() {
                true => control.step,
                false => control.step.max(f32::from(control.step == 0.0)),
            },
            labels: (!control.labels.is_empty()).then(|| control.labels.as_slice().into()),
        }
    }

    /// The label of the step nearest to a value, if the steps have names.
    pub fn label(&self, value: f32) -> Option<&str> {
        let labels = self.labels.as_deref()?;
        let at = ((value - self.lo) / self.step).round().max(0.0) as usize;
        labels.get(at.min(labels.len() - 1)).map(String::as_str)
    }

    /// The value of the step with this number, from 0.
    pub fn step_value(&self, index: usize) -> f32 {
        (self.lo + self.step * index as f32).min(self.hi)
    }

    /// How far an arrow key goes, of the whole range: a step, or `share` of it.
    pub fn stride(&self, share: f32) -> f32 {
        match self.step > 0.0 && self.hi > self.lo {
            true => (self.step / (self.hi - self.lo)).max(share),
            false => share,
        }
    }

    /// Where a value stands, 0 at the low end and 1 at the high.
    pub fn fraction(&self, value: f32) -> f32 {
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
    pub fn origin(&self) -> f32 {
        if self.lo < 0.0 && self.hi > 0.0 {
            self.fraction(0.0)
        } else {
            0.0
        }
    }

    /// The value at a fraction of the way.
    pub fn value(&self, fraction: f32) -> f32 {
        let fraction = fraction.clamp(0.0, 1.0);
        if self.log {
            self.lo * (self.hi / self.lo).powf(fraction)
        } else {
            self.lo + (self.hi - self.lo) * fraction
        }
    }

    /// A value as one would write it: no more digits than can be told apart.
    pub fn round(&self, value: f32) -> f32 {
        if self.step > 0.0 {
            let stepped = self.lo + ((value - self.lo) / self.step).round() * self.step;
            return stepped.clamp(self.lo, self.hi);
        }
        let size = if self.log {
            f64::from(value.abs())
        } else {
            f64::from((self.hi - self.lo).abs())
        };
        let step = 10_f64.powf(size.log10().floor() - 3.0);
        if !step.is_finite() || step <= 0.0 {
            return value;
        }
        // By whole powers of ten, so that 0.3 becomes 0.3 and not its neighbour.
        let rounded = if step < 1.0 {
            let ratio = (1.0 / step).round();
            (f64::from(value) * ratio).round() / ratio
        } else {
            (f64::from(value) / step).round() * step
        };
        (rounded as f32).clamp(self.lo, self.hi)
    }

    /// The value that somebody typed: `1.2k`, `440 Hz`, `3 dB`, `50 %`, `20 ms`, `C3`; held to the
    /// range. `None` for what is no value here.
    pub fn read(&self, typed: &str) -> Option<f32> {
        let typed = typed.trim();
        if let Some(labels) = self.labels.as_deref() {
            let is = |label: &String| label.eq_ignore_ascii_case(typed);
            if let Some(at) = labels.iter().position(is) {
                return Some(self.step_value(at));
            }
        }
        let end = typed
            .find(|c: char| !(c.is_ascii_digit() || "+-.,−".contains(c)))
            .unwrap_or(typed.len());
        let number = typed[..end].replace(',', ".").replace('−', "-");
        let unit = typed[end..].trim();
        let value = match number.parse::<f64>() {
            Err(_) if self.hertz => Pitch::parse(typed)?.hertz(),
            Err(_) => return None,
            Ok(x) => match (unit, &self.unit) {
                ("", _) => x,
                (unit, Unit::Other(own)) if unit.eq_ignore_ascii_case(own) => x,
                ("k" | "kHz", _) => x * 1000.0,
                ("Hz", _) if self.hertz => x,
                ("%", _) => f64::from(self.lo + (self.hi - self.lo) * (x / 100.0) as f32),
                ("dB" | "db", Unit::Gain) => 10_f64.powf(x / 20.0),
                ("dB" | "db", Unit::Decibels)
                | ("s", Unit::Seconds)
                | ("ms", Unit::Milliseconds) => x,
                ("ms", Unit::Seconds) => x / 1000.0,
                ("s", Unit::Milliseconds) => x * 1000.0,
                // A number with a unit that the control does not name is meant as it is.
                ("s" | "dB", Unit::None) if !self.hertz => x,
                ("ms", Unit::None) if !self.hertz => x / 1000.0,
                _ => return None,
            },
        };
        value
            .is_finite()
            .then(|| (value as f32).clamp(self.lo, self.hi))
    }

    /// A value in its unit, with as many digits as its range makes useful.
    pub fn write(&self, value: f32) -> String {
        if let Some(label) = self.label(value) {
            return label.to_owned();
        }
        let span = (self.hi - self.lo).abs();
        let number = match span {
            _ if self.hertz && value.abs() < 10.0 => format!("{value:.2}"),
            _ if self.hertz && value.abs() < 100.0 => format!("{value:.1}"),
            _ if self.hertz || span > 500.0 => grouped(value),
            _ if self.step > 0.0 && self.step.fract() == 0.0 && self.lo.fract() == 0.0 => {
                grouped(value)
            }
            s if s > 50.0 => format!("{value:.1}"),
            _ if value != 0.0 && value.abs() < 0.01 => format!("{value:.4}"),
            _ => format!("{value:.2}"),
        };
        match (self.hertz, &self.unit) {
            (true, _) => format!("{number} Hz"),
            (_, Unit::Other(unit)) => format!("{number} {unit}"),
            (_, Unit::Seconds) if value.abs() < 1.0 => format!("{:.0} ms", value * 1000.0),
            (_, Unit::Seconds) => format!("{number} s"),
            (_, Unit::Milliseconds) => format!("{number} ms"),
            (_, Unit::Decibels) => format!("{number} dB"),
            (_, Unit::Gain | Unit::None) => number,
        }
    }

    /// Both ends, in the unit.
    pub fn write_ends(&self) -> String {
        let plain = |v: f32| {
            if v.fract() == 0.0 {
                grouped(v)
            } else {
                format!("{v}")
            }
        };
        if let Some([first, .., last]) = self.labels.as_deref() {
            return format!("{first} … {last}");
        }
        let unit = match &self.unit {
            _ if self.hertz => " Hz".to_owned(),
            Unit::Seconds => " s".to_owned(),
            Unit::Milliseconds => " ms".to_owned(),
            Unit::Decibels => " dB".to_owned(),
            Unit::Other(unit) => format!(" {unit}"),
            Unit::Gain | Unit::None => String::new(),
        };
        format!("{} … {}{unit}", plain(self.lo), plain(self.hi))
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

    fn of(name: &str, lo: f32, hi: f32) -> Range {
        Range::of(&Control::new(name, lo, lo, hi))
    }

    #[test]
    fn what_is_typed_is_read_with_its_unit() {
        let cutoff = of("cutoff", 100.0, 4000.0);
        assert_eq!(cutoff.read("1.2k"), Some(1200.0));
        assert_eq!(cutoff.read(" 440 Hz"), Some(440.0));
        assert_eq!(cutoff.read("a4"), Some(440.0));
        assert_eq!(cutoff.read("9k"), Some(4000.0), "held to the range");
        assert_eq!(cutoff.read("3 dB"), None);
        assert_eq!(cutoff.read("much"), None);
        let gain = Range::loud_gain().read("-6 dB").expect("a gain");
        assert!((gain - 0.501).abs() < 1e-3, "{gain}");
        assert_eq!(Range::gain().read("50 %"), Some(0.5));
        assert_eq!(Range::pan().read("-0,25"), Some(-0.25));
        let time = Range {
            unit: Unit::Seconds,
            ..of("time", 0.0, 2.0)
        };
        assert_eq!(time.read("20 ms"), Some(0.02));
        assert_eq!(time.write(0.02), "20 ms");
    }

    #[test]
    fn a_choice_is_read_and_written_by_its_labels_and_turned_from_step_to_step() {
        let names = ["sine", "saw", "square"].map(str::to_owned);
        let wave = Range::of(&Control::choice("wave", 1.0, names));
        assert_eq!(wave.write(1.0), "saw");
        assert_eq!(wave.read("Square"), Some(2.0));
        assert_eq!(wave.read("1"), Some(1.0));
        assert_eq!(wave.read("noise"), None);
        assert_eq!(wave.round(wave.value(0.3)), 1.0);
        assert_eq!(wave.stride(0.01), 0.5);
        assert_eq!(wave.write_ends(), "sine … square");
        let shift = Range::of(&Control::new("shift", 0.0, -12.0, 12.0).step(1.0).unit("st"));
        assert_eq!(shift.write(-7.0), "-7 st");
        assert_eq!(shift.read("3 st"), Some(3.0));
        assert_eq!(shift.round(2.6), 3.0);
        assert_eq!(shift.write_ends(), "-12 … 12 st");
    }

    #[test]
    fn a_value_under_the_hand_has_few_digits() {
        assert_eq!(Range::gain().round(0.300_012), 0.3);
        assert_eq!(Range::pan().round(-0.123_456), -0.123);
        assert_eq!(of("cutoff", 100.0, 4000.0).round(1_234.56), 1235.0);
        assert_eq!(of("x", 0.0, 10_000.0).round(1_234.56), 1230.0);
        assert_eq!(Range::gain().round(1.2), 1.0);
    }

    #[test]
    fn a_value_and_its_place_in_the_range_agree() {
        for range in [
            Range::gain(),
            Range::pan(),
            of("cutoff", 100.0, 4000.0),
            of("time", 0.0, 8.0),
        ] {
            for step in 0..=20 {
                let fraction = step as f32 / 20.0;
                assert!((range.fraction(range.value(fraction)) - fraction).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn an_empty_range_has_a_place_for_its_value() {
        assert_eq!(of("x", 1.0, 1.0).fraction(1.0), 0.0);
        assert_eq!(of("freq", 0.0, 0.0).fraction(0.0), 0.0);
    }

    #[test]
    fn a_bar_of_a_range_with_two_sides_begins_in_between() {
        assert_eq!(Range::pan().origin(), 0.5);
        assert_eq!(Range::gain().origin(), 0.0);
    }

    #[test]
    fn values_are_written_with_their_unit() {
        assert_eq!(of("cutoff", 100.0, 4000.0).write(1284.2), "1 284 Hz");
        assert_eq!(of("freq", 20.0, 800.0).write(55.0), "55.0 Hz");
        assert_eq!(Range::gain().write(0.3), "0.30");
        assert_eq!(of("cutoff", 100.0, 4000.0).write_ends(), "100 … 4 000 Hz");
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
