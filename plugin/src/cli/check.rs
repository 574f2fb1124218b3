//! `sorl check`: what is wrong with a score.

use std::process::ExitCode;

use super::{CheckArgs, Outcome, ScoreFile};

/// Evaluates the score without making a sound. Exit status 1 if it has an error.
pub fn run(args: &CheckArgs) -> Outcome {
    let score = ScoreFile::read(&args.score)?;
    Ok(match sorl_graph::score::evaluate(score.text()) {
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
