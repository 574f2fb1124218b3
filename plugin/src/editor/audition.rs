//! What an entry of the library sounds like, as a Patch of its own to be tried: the score is not touched.

use sorl_graph::patch::Patch;
use sorl_graph::score::{Cancel, Diagnostics, edit, evaluate_with};
use sorl_graph::ugen::Units;

use super::stock::{Entry, Make};

/// The group in which the nodes that are tried stand by themselves.
const GROUP: &str = "audition of the library";
/// What an effect is fed with: a chord that is struck, with some breath for filters to work on.
const SOURCE: &str = "def audition_source():
    env = adsr(0.002, 0.5, 0.25, 0.2, control(\"gate\", 0, 0, 1))
    return (saw(110) + saw(164.81) + saw(220.5) + white_noise() * 0.3) * env * 0.2
";
/// How loud it is: what one tries is not louder than what one plays.
const GAIN: f32 = 0.5;

/// How long it is held, and how long it rings after that, in seconds.
pub(crate) const LENGTH: (f64, f64) = (0.6, 0.9);

/// The nodes of an entry: itself, and before an effect something to hear it on.
///
/// # Errors
/// What is wrong with the entry's text.
pub(crate) fn patch(entry: &Entry, score: &str, units: &Units) -> Result<Patch, Diagnostics> {
    let (function, mut text) = match &entry.make {
        Make::Named(function) => (function, score.to_owned()),
        Make::Define(function, text) => (function, edit::put(score, text)?),
    };
    let said = entry.said(score, units).values.into_iter();
    let said: String = said
        .filter(|(control, _)| control != "gain")
        .map(|(control, value)| format!(", {control}={value}"))
        .collect();
    text.push_str(&format!(
        "\nnode(\"{GROUP}/it\", {function}, gain={GAIN}{said})\n"
    ));
    if entry.has_input {
        text = edit::put(&text, SOURCE)?;
        text.push_str(&format!(
            "\nnode(\"{GROUP}/source\", audition_source)\nconnect(\"{GROUP}/source\", \"{GROUP}/it\")\n"
        ));
    }
    let patch = evaluate_with(&text, units, &Cancel::new()).patch?;
    Ok(patch.within(GROUP))
}

#[cfg(test)]
mod tests {
    use super::super::stock;
    use super::*;
    use sorl_graph::{Block, Engine, Session, Setup};

    /// The loudest frame of what is tried.
    fn peak(entry: &Entry) -> f32 {
        let mut session = Session::new();
        let setup = Setup { rate: 44_100 };
        let mut engine = Engine::new(setup, session.connect(setup));
        let patch =
            patch(entry, "", session.units()).unwrap_or_else(|why| panic!("{}: {why}", entry.name));
        let mut loudest = 0.0_f32;
        for block in 0..40 {
            let (mut left, mut right) = ([0.0; 441], [0.0; 441]);
            engine.process(Block {
                inputs: &[],
                outputs: &mut [&mut left, &mut right],
                frames: 441,
                host: None,
                notes: &[],
            });
            session.tick();
            if block == 1 {
                let (held, rings) = LENGTH;
                session.audition(&patch, held, rings).expect("it compiles");
            }
            loudest = left
                .iter()
                .chain(&right)
                .fold(loudest, |m, x| m.max(x.abs()));
        }
        loudest
    }

    #[test]
    fn sources_and_effects_of_the_library_are_heard() {
        let entries = stock::fixed(&Units::standard(), None);
        for name in ["kick", "saw", "reverb", "limiter", "acid"] {
            let entry = entries.iter().find(|e| e.name == name);
            let peak = peak(entry.unwrap_or_else(|| panic!("no {name}")));
            assert!(peak > 0.02 && peak < 4.0, "{name}: {peak}");
        }
    }

    #[test]
    fn every_entry_can_be_tried() {
        let units = Units::standard();
        for entry in stock::fixed(&units, None) {
            // A unit that wants a sound or another argument is none to be tried.
            let tried = patch(&entry, "tempo(90)\n", &units);
            let is_unit = matches!(entry.make, Make::Named(_));
            assert!(tried.is_ok() || is_unit, "{}: {tried:?}", entry.name);
            if let Ok(tried) = tried {
                assert_eq!(
                    tried.nodes.len(),
                    1 + usize::from(entry.has_input),
                    "{}",
                    entry.name
                );
                assert!(tried.tempo.is_none() || tried.tempo == Some(90.0));
            }
        }
    }
}
