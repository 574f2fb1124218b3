//! `sorl check`: what is wrong with a score.

use std::process::ExitCode;

use sorl_graph::score::{self, Cancel};
use sorl_graph::ugen::Units;
use sorl_plugin::folders;

use super::score::load_sounds;
use super::{CheckArgs, Outcome, ScoreFile};

/// The rate at which sounds are looked through, in Hz.
const RATE: u32 = 48_000;

/// Evaluates the score without making a sound, and reads the sounds that it names; what it prints is printed. Exit status 1 if it has an error.
pub fn run(args: &CheckArgs) -> Outcome {
    let score = ScoreFile::read(&args.score)?;
    let units = Units::default();
    folders::look_in(units.sounds(), Some(score.path()));
    let mut made = score::evaluate_with(score.text(), &units, &Cancel::new());
    // What looks like a sound file may still be damaged further in: then the score knows where it is named.
    if let Ok(patch) = &made.patch
        && !load_sounds(units.sounds(), patch, RATE).is_empty()
    {
        made = score::evaluate_with(score.text(), &units, &Cancel::new());
    }
    for line in &made.console {
        println!("{}", line.text);
    }
    Ok(match made.patch {
        Ok(patch) => {
            println!("{}, no errors", score.contents(&patch));
            ExitCode::SUCCESS
        }
        Err(diagnostics) => {
            score.tell(&diagnostics);
            ExitCode::FAILURE
        }
    })
}
