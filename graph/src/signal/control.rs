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
    /// Hands move it by this much from `lo` on; 0 for any value. What scores, patterns and wires say is not held to it.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub step: f32,
    /// What its values are called, one for each step from `lo` on; none for a number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// The most labels that a control may have.
pub const MAX_LABELS: usize = 128;

/// Why steps or labels do not go with a range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ControlFault {
    /// A step that is none.
    #[error("a step lies above 0, and is at most the range, which is {0}")]
    Step(f32),
    /// More or fewer labels than values.
    #[error("there are {labels} labels for {values} values; from lo to hi each step has one")]
    Labels {
        /// How many labels there are.
        labels: usize,
        /// How many values there are.
        values: usize,
    },
    /// Too few or too many labels, or an empty one.
    #[error("a choice has 2 to {MAX_LABELS} labels, none of them empty")]
    Choice,
}

fn is_nought(x: &f32) -> bool {
    *x == 0.0
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
            step: 0.0,
            labels: Vec::new(),
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
            step: 0.0,
            labels: Vec::new(),
        }
    }
    /// A choice among labels: whole numbers from 0, at once.
    pub fn choice(name: &str, init: f32, labels: impl IntoIterator<Item = String>) -> Control {
        let labels: Vec<String> = labels.into_iter().collect();
        Control {
            hi: labels.len().saturating_sub(1) as f32,
            step: 1.0,
            smooth: 0,
            unit: String::new(),
            curve: Curve::Linear,
            labels,
            ..Control::new(name, init, 0.0, 0.0)
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

    /// With steps for hands.
    pub fn step(mut self, step: f32) -> Control {
        self.step = step;
        self
    }

    /// Whether steps and labels go with the range.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> Result<(), ControlFault> {
        let range = self.hi - self.lo;
        let count = self.labels.len();
        let named = (2..=MAX_LABELS).contains(&count) && !self.labels.iter().any(String::is_empty);
        if count > 0 && !named {
            return Err(ControlFault::Choice);
        }
        if self.step != 0.0 && !(self.step > 0.0 && self.step <= range) {
            return Err(ControlFault::Step(range));
        }
        if count == 0 {
            return Ok(());
        }
        let step = if self.step > 0.0 { self.step } else { 1.0 };
        let values = (range / step).floor() as usize + 1;
        match values == count {
            true => Ok(()),
            false => Err(ControlFault::Labels {
                labels: count,
                values,
            }),
        }
    }

    /// What a value is called: that of the nearest step. `None` for a number.
    pub fn label(&self, value: f32) -> Option<&str> {
        let step = if self.step > 0.0 { self.step } else { 1.0 };
        // A cast keeps what is below within the labels.
        let at = ((value - self.lo) / step).round() as usize;
        let last = self.labels.len().checked_sub(1)?;
        self.labels.get(at.min(last)).map(String::as_str)
    }

    /// The value of a label.
    pub fn value_of(&self, label: &str) -> Option<f32> {
        let at = self.labels.iter().position(|l| l == label)?;
        let step = if self.step > 0.0 { self.step } else { 1.0 };
        Some(self.lo + step * at as f32)
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
    /// The value at a fraction, 0…1, of the way through the range, along the curve: the nearest step.
    pub fn value_at(&self, fraction: f32) -> f32 {
        let fraction = fraction.clamp(0.0, 1.0);
        let value = if self.is_logarithmic() {
            self.lo * (self.hi / self.lo).powf(fraction)
        } else {
            self.lo + (self.hi - self.lo) * fraction
        };
        self.stepped(value)
    }
    /// The nearest step, within the range.
    fn stepped(&self, value: f32) -> f32 {
        let value = match self.step > 0.0 {
            true => self.lo + ((value - self.lo) / self.step).round() * self.step,
            false => value,
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
    fn a_choice_has_a_label_for_each_whole_number() {
        let names = ["sine", "saw", "square"].map(str::to_owned);
        let wave = Control::choice("wave", 1.0, names);
        assert_eq!(wave.check(), Ok(()));
        assert_eq!((wave.lo, wave.hi, wave.smooth), (0.0, 2.0, 0));
        assert_eq!(wave.label(1.2), Some("saw"));
        assert_eq!(wave.label(-7.0), Some("sine"));
        assert_eq!(wave.label(9.0), Some("square"));
        assert_eq!(wave.value_of("square"), Some(2.0));
        assert_eq!(wave.value_of("noise"), None);
        assert_eq!(wave.value_at(0.6), 1.0);
        assert_eq!(Control::new("x", 0.0, 0.0, 1.0).label(0.0), None);
    }

    #[test]
    fn a_hand_lands_on_steps() {
        let time = Control::new("time", 0.5, 0.25, 1.0).step(0.25);
        for (at, value) in [(0.0, 0.25), (0.3, 0.5), (0.9, 1.0)] {
            assert_eq!(time.value_at(at), value);
        }
    }

    #[test]
    fn what_does_not_go_with_the_range_is_told() {
        let control = Control::new("x", 0.0, 0.0, 4.0);
        for step in [-1.0, 5.0, f32::NAN] {
            assert_eq!(
                control.clone().step(step).check(),
                Err(ControlFault::Step(4.0))
            );
        }
        let labelled = |labels: &[&str], step| {
            let mut control = control.clone().step(step);
            control.labels = labels.iter().map(|l| (*l).to_owned()).collect();
            control.check()
        };
        assert_eq!(labelled(&["a", "b", "c"], 2.0), Ok(()));
        let (labels, values) = (2, 5);
        assert_eq!(
            labelled(&["a", "b"], 0.0),
            Err(ControlFault::Labels { labels, values })
        );
        assert_eq!(labelled(&["a"], 4.0), Err(ControlFault::Choice));
        assert_eq!(labelled(&["a", ""], 4.0), Err(ControlFault::Choice));
    }

    #[test]
    fn an_older_patch_without_unit_curve_and_smoothing_still_reads() {
        let old = r#"{"name":"x","init":0.5,"lo":0.0,"hi":1.0}"#;
        let read: Control = serde_json::from_str(old).unwrap();
        assert_eq!(read, Control::new("x", 0.5, 0.0, 1.0));
    }
}
