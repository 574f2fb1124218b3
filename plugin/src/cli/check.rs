//! `sorl check`: what is wrong with a score.

use std::process::ExitCode;

use sorl_graph::score::{self, Cancel};
use sorl_graph::ugen::Units;

use super::{CheckArgs, Outcome, ScoreFile};

/// Evaluates the score without making a sound; what it prints is printed. Exit status 1 if it has an error.
pub fn run(args: &CheckArgs) -> Outcome {
    let score = ScoreFile::read(&args.score)?;
    let made = score::evaluate_with(score.text(), &Units::default(), &Cancel::new());
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
