//! `cargo xtask test`: every test of the workspace.

use std::ffi::OsString;

use crate::workspace::{Profile, Workspace, cargo};
use crate::{Result, needs, process, setup};

/// Where the tests with a host find the plugin library.
const PLUGIN_LIBRARY: &str = "SORL_PLUGIN_LIBRARY";

/// Builds everything, then runs every test, those in documentation included.
///
/// The build comes first because `cargo test` alone leaves no current plugin library for the host
/// in `tests/` to load. `--all-targets` makes it the very build that `cargo test` wants (the same
/// profile, and the features that tests ask for), so nothing is compiled twice.
pub fn test(workspace: &Workspace, arguments: &[OsString]) -> Result {
    setup::ensure(&[needs::BUILD, needs::WINDOW])?;
    let (profile, arguments) = split(arguments);

    let mut build = cargo();
    build.args(["build", "--workspace", "--all-targets"]);
    let mut test = cargo();
    test.args(["test", "--workspace"]);
    if profile == Profile::Release {
        build.arg("--release");
        test.arg("--release");
    }

    process::run(&mut build)?;
    test.args(arguments)
        .env(PLUGIN_LIBRARY, workspace.plugin_library(profile));
    process::run(&mut test)
}

/// Takes the profile out of the arguments. What follows `--` belongs to the tests.
fn split(arguments: &[OsString]) -> (Profile, Vec<&OsString>) {
    let end = arguments
        .iter()
        .position(|word| word == "--")
        .unwrap_or(arguments.len());
    let mut profile = Profile::Debug;
    let mut rest = Vec::new();
    for (index, word) in arguments.iter().enumerate() {
        match word.to_str() {
            Some("--release") if index < end => profile = Profile::Release,
            Some("--debug") if index < end => profile = Profile::Debug,
            _ => rest.push(word),
        }
    }
    (profile, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Vec<OsString> {
        list.iter().map(OsString::from).collect()
    }

    #[test]
    fn tests_are_debug_builds_and_other_arguments_go_on() {
        let arguments = words(&["engine", "--no-fail-fast"]);
        let (profile, rest) = split(&arguments);
        assert_eq!(profile, Profile::Debug);
        assert_eq!(rest, ["engine", "--no-fail-fast"]);
    }

    #[test]
    fn the_profile_is_for_both_commands_but_not_for_the_tests() {
        let arguments = words(&["--release", "--", "--debug"]);
        let (profile, rest) = split(&arguments);
        assert_eq!(profile, Profile::Release);
        assert_eq!(rest, ["--", "--debug"]);
    }
}
