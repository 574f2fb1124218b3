//! A control: a named value of a function or unit generator, with its range and how it is meant.

use serde::{Deserialize, Serialize};

/// Milliseconds in which a value that a hand moved gets there, unless a control says otherwise.
pub const SMOOTH_MS: u16 = 20;

/// How equal distances of a knob are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Curve {
    /// Equal differences are equal distances.
    #[default]
    Linear,
    /// Equal ratios are equal distances, as for frequencies and times; for ranges above 0 only, linear otherwise.
    Logarithmic,
}

/// A named control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Its name, unique in the function or unit.
    pub name: String,
    /// The value it has until something speaks.
    pub init: f32,
    /// The lowest value.
    pub lo: f32,
    /// The highest value.
    pub hi: f32,
    /// What its numbers count, for display: `Hz`, `s`, `dB`; empty for a plain number.
    #[serde(default)]
    pub unit: String,
    /// How a knob goes through the range.
    #[serde(default)]
    pub curve: Curve,
    /// Milliseconds in which what hands, hosts and statements say gets there; 0 steps at once. Values that come
    /// with an event (a note, a step of a pattern) always step.
    #[serde(default = "smooth")]
    pub smooth: u16,
}

fn smooth() -> u16 {
    SMOOTH_MS
}

impl Default for Control {
    /// A nameless one from 0 to 1, at 0.
    fn default() -> Control {
        Control {
            name: String::new(),
            init: 0.0,
            lo: 0.0,
            hi: 1.0,
            unit: String::new(),
            curve: Curve::Linear,
            smooth: SMOOTH_MS,
        }
    }
}

impl Control {
    /// A control with a start value and a range. One whose name says that it is a frequency (`freq`, `cutoff`,
    /// `hz`, also as part of a name: `filter_cutoff`) is in Hz, and logarithmic if its range is above 0.
    pub fn new(name: &str, init: f32, lo: f32, hi: f32) -> Control {
        let hertz = name
            .split('_')
            .any(|part| matches!(part, "freq" | "cutoff" | "hz"));
        Control {
            name: name.to_owned(),
            init,
            lo,
            hi,
            unit: if hertz {
                "Hz".to_owned()
            } else {
                String::new()
            },
            curve: match hertz && lo > 0.0 {
                true => Curve::Logarithmic,
                false => Curve::Linear,
            },
            smooth: SMOOTH_MS,
        }
    }
    /// With a unit for display.
    pub fn unit(mut self, unit: &str) -> Control {
        self.unit = unit.to_owned();
        self
    }
    /// With another curve.
    pub fn curve(mut self, curve: Curve) -> Control {
        self.curve = curve;
        self
    }
    /// With another time of smoothing, in milliseconds.
    pub fn smooth(mut self, milliseconds: u16) -> Control {
        self.smooth = milliseconds;
        self
    }

    fn is_logarithmic(&self) -> bool {
        self.curve == Curve::Logarithmic && self.lo > 0.0 && self.hi > self.lo
    }
    /// Where a value stands in the range, 0 (lowest) to 1 (highest), along the curve.
    pub fn fraction(&self, value: f32) -> f32 {
        let at = if self.is_logarithmic() {
            (value.max(self.lo) / self.lo).ln() / (self.hi / self.lo).ln()
        } else {
            (value - self.lo) / (self.hi - self.lo)
        };
        // An empty range gives no number: its one value is its lowest.
        if at.is_finite() {
            at.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
    /// The value at a fraction, 0…1, of the way through the range, along the curve.
    pub fn value_at(&self, fraction: f32) -> f32 {
        let fraction = fraction.clamp(0.0, 1.0);
        let value = if self.is_logarithmic() {
            self.lo * (self.hi / self.lo).powf(fraction)
        } else {
            self.lo + (self.hi - self.lo) * fraction
        };
        value.max(self.lo).min(self.hi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frequency_is_logarithmic_and_half_way_is_the_geometric_mean() {
        let cutoff = Control::new("cutoff", 800.0, 100.0, 6400.0);
        assert_eq!(
            (cutoff.unit.as_str(), cutoff.curve),
            ("Hz", Curve::Logarithmic)
        );
        assert!((cutoff.value_at(0.5) - 800.0).abs() < 0.01);
        assert!((cutoff.fraction(800.0) - 0.5).abs() < 1e-6);
        assert_eq!(Control::new("freq", 0.0, -10.0, 10.0).value_at(0.5), 0.0);
    }

    #[test]
    fn a_value_and_its_fraction_lead_to_each_other_and_stay_in_the_range() {
        let controls = [
            Control::new("x", 0.0, -3.0, 5.0),
            Control::new("freq", 440.0, 20.0, 20_000.0),
            Control::new("time", 0.1, 0.001, 10.0).curve(Curve::Logarithmic),
            Control::new("one", 2.0, 2.0, 2.0),
        ];
        for control in controls {
            for i in -2..=12 {
                let value = control.value_at(i as f32 / 10.0);
                assert!((control.lo..=control.hi).contains(&value));
                let again = control.value_at(control.fraction(value));
                assert!(
                    (again - value).abs() <= value.abs() * 1e-5,
                    "{control:?} {value}"
                );
            }
        }
    }

    #[test]
    fn an_older_patch_without_unit_curve_and_smoothing_still_reads() {
        let old = r#"{"name":"x","init":0.5,"lo":0.0,"hi":1.0}"#;
        let read: Control = serde_json::from_str(old).unwrap();
        assert_eq!(read, Control::new("x", 0.5, 0.0, 1.0));
    }
}
