//! One event's content: what a step of a pattern says.

use serde::{Deserialize, Serialize};

/// A pitch as written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pitch {
    /// A MIDI note number (60 is middle C); fractions are allowed.
    Midi(f64),
    /// A frequency in Hz.
    Hertz(f64),
}

impl Pitch {
    /// The frequency in Hz, A4 = 440 Hz, equal temperament.
    pub fn hertz(self) -> f64 {
        match self {
            Pitch::Hertz(f) => f,
            Pitch::Midi(n) => 440.0 * crate::math::exp2((n - 69.0) / 12.0),
        }
    }

    /// Parses a note name: a letter, any number of `#`, `s`, `b` or `f`, and an octave (`C4` is MIDI 60; without
    /// one the octave is 3, as in Tidal). Upper and lower case are equal.
    pub fn parse(name: &str) -> Option<Pitch> {
        let mut chars = name.chars();
        let step = match chars.next()?.to_ascii_lowercase() {
            'c' => 0,
            'd' => 2,
            'e' => 4,
            'f' => 5,
            'g' => 7,
            'a' => 9,
            'b' => 11,
            _ => return None,
        };
        let rest = chars.as_str();
        let octave_at = rest
            .find(|c: char| c.is_ascii_digit() || c == '-')
            .unwrap_or(rest.len());
        let mut shift = 0;
        for c in rest[..octave_at].chars() {
            match c {
                '#' | 's' => shift += 1,
                'b' | 'f' => shift -= 1,
                _ => return None,
            }
        }
        let octave: i32 = if octave_at == rest.len() {
            3
        } else {
            rest[octave_at..].parse().ok()?
        };
        (-2..=10)
            .contains(&octave)
            .then(|| Pitch::Midi(f64::from(step + shift + 12 * (octave + 1))))
    }
}

/// One part of a step as it was written: `bd:3` has two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Said {
    /// A word or a note's name.
    Word(String),
    /// A number.
    Number(f64),
}

/// What a step says to the world outside of the sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// An OSC message.
    Osc {
        /// Where it goes, as `/lights/dim`.
        address: String,
        /// What it says.
        args: Vec<Said>,
    },
    /// A value for whoever listens, the step's number.
    Control {
        /// What it is called.
        label: String,
    },
}

/// Which of the keys that are down at its onset a step plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// All of them.
    Chord,
    /// One after the other from step to step: steps are counted from the beginning of the song, by their length.
    Arp(super::Order),
}

/// Where a step was written, in bytes of the score or of the string, if that is known.
///
/// All places are equal: a step that moves in the text is the same step, and nothing is compiled anew for it.
#[derive(Clone, Copy, Debug, Default, Eq, Serialize, Deserialize)]
pub struct Place(pub Option<(u32, u32)>);

impl PartialEq for Place {
    fn eq(&self, _: &Place) -> bool {
        true
    }
}

/// What a step of a pattern says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Atom {
    /// The plain number, if one was written: what a pattern bound to a control sets.
    pub number: Option<f64>,
    /// The pitch, if the step has one: sets `freq`.
    pub pitch: Option<Pitch>,
    /// The control that is 1 for the length of the event (times `legato`): `gate` for notes and hits.
    pub trigger: Option<String>,
    /// Further controls of the voice, set at the onset: name and value.
    pub sets: Vec<(String, f64)>,
    /// What it says to the world outside.
    #[serde(default)]
    pub message: Option<Message>,
    /// The keys that it plays; its pitch is then added to theirs.
    #[serde(default)]
    pub held: Option<Held>,
    /// Gate length as a multiple of the event's; 1 unless said.
    pub legato: Option<f64>,
    /// The full name of the sound it plays, on a node that plays sounds by name.
    #[serde(default)]
    pub sound: Option<String>,
    /// The step as written in mini-notation, part by part; empty for what a function made.
    #[serde(default)]
    pub said: Vec<Said>,
    /// Where it was written.
    #[serde(default)]
    pub place: Place,
}

impl Atom {
    /// A plain number.
    pub fn of_number(number: f64) -> Atom {
        Atom {
            number: Some(number),
            ..Atom::default()
        }
    }

    /// A number that equal steps have in common, and different ones seldom.
    pub(super) fn likeness(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        // Nought is equal to nought below nought.
        let bits = |x: f64| (x + 0.0).to_bits();
        let mut hasher = DefaultHasher::new();
        self.number.map(bits).hash(&mut hasher);
        let pitch = self.pitch.map(|pitch| match pitch {
            Pitch::Midi(x) | Pitch::Hertz(x) => bits(x),
        });
        (pitch, &self.trigger, &self.sound).hash(&mut hasher);
        for (control, value) in &self.sets {
            (control, bits(*value)).hash(&mut hasher);
        }
        for said in &self.said {
            match said {
                Said::Word(word) => word.hash(&mut hasher),
                Said::Number(x) => bits(*x).hash(&mut hasher),
            }
        }
        hasher.finish()
    }

    /// With another value of a control, which is set at the onset.
    pub fn set(mut self, control: &str, value: f64) -> Atom {
        match self.sets.iter_mut().find(|s| s.0 == control) {
            Some(set) => set.1 = value,
            None => self.sets.push((control.to_owned(), value)),
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn note_names_are_midi_numbers() {
        for (name, midi) in [
            ("C4", 60.0),
            ("a4", 69.0),
            ("A2", 45.0),
            ("D3", 50.0),
            ("E2", 40.0),
            ("cs4", 61.0),
            ("Db4", 61.0),
            ("bb", 58.0),
            ("C-1", 0.0),
        ] {
            assert_eq!(Pitch::parse(name), Some(Pitch::Midi(midi)), "{name}");
        }
        for bad in ["", "H2", "C#x", "A99", "kick"] {
            assert_eq!(Pitch::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn equal_temperament_is_exact_to_a_thousandth_of_a_cent() {
        for n in 0..128 {
            let want = 440.0 * ((f64::from(n) - 69.0) / 12.0).exp2();
            let cents = 1200.0 * (Pitch::Midi(f64::from(n)).hertz() / want).log2();
            assert!(cents.abs() < 1e-3, "{n}: {cents}");
        }
        assert_eq!(Pitch::Midi(69.0).hertz(), 440.0);
        assert_eq!(Pitch::Midi(45.0).hertz(), 110.0);
    }

    #[test]
    fn equal_steps_are_alike() {
        let step = |x: f64, place| Atom {
            said: vec![Said::Word("c4".into()), Said::Number(x)],
            pitch: Some(Pitch::Midi(x)),
            place: Place(place),
            ..Atom::of_number(x).set("cutoff", x)
        };
        for (a, b) in [
            (step(0.0, None), step(-0.0, Some((1, 2)))),
            (step(7.5, Some((3, 4))), step(7.5, Some((1, 2)))),
        ] {
            assert_eq!(a, b);
            assert_eq!(a.likeness(), b.likeness());
        }
        assert_ne!(step(1.0, None).likeness(), step(2.0, None).likeness());
    }
}
