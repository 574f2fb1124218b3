//! `cargo xtask run`: Sorl with the five-minute beat.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::workspace::{Profile, Workspace};
use crate::{Result, needs, setup};

const BEAT: &str = "examples/five-minute-beat.sorl";

/// Builds and starts `sorl`; its exit status becomes this program's.
pub fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<ExitCode> {
    setup::ensure(&[needs::BUILD, needs::WINDOW])?;
    workspace.build_sorl(Profile::Release)?;

    let program = workspace.program(Profile::Release);
    let mut sorl = Command::new(&program);
    if !arguments.iter().any(|word| is_score(word)) {
        sorl.arg(workspace.source(BEAT));
    }
    let status = sorl
        .args(arguments)
        .status()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    // A program that was ended by a signal has no exit status.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn is_score(argument: &OsStr) -> bool {
    Path::new(argument).extension() == Some(OsStr::new("sorl"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_known_by_its_ending() {
        assert!(is_score(OsStr::new("my songs/one.sorl")));
        assert!(!is_score(OsStr::new("--backend")));
        assert!(!is_score(OsStr::new("sorl")));
    }

    #[test]
    fn the_beat_is_in_the_workspace() {
        assert!(Workspace::find().unwrap().source(BEAT).is_file());
    }
}
