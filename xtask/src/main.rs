//! `cargo xtask`: the everyday work on Sorl as short commands.
//!
//! Each command is one module with one entry; this file only says which words there are.

mod apt;
mod audio;
mod bench;
mod bundle;
mod bundler_config;
mod dpkg;
mod hosts;
mod install;
mod layout;
mod macos;
mod needs;
mod probe;
mod process;
mod run;
mod setup;
mod test;
mod validate;
mod window;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use workspace::{Profile, Workspace};

/// What goes wrong here ends the command, so an error is the sentence that the user reads.
type Result<T = ()> = std::result::Result<T, String>;

const HELP: &str = "\
The everyday work on Sorl:

  cargo xtask run [ARGS]       build Sorl and start it with the five-minute beat;
                               ARGS go to `sorl`, a score among them replaces the beat
  cargo xtask test [ARGS]      run every test of the workspace; ARGS go to `cargo test`
  cargo xtask bundle           write the plugins to target/bundled
  cargo xtask install          bundle, and copy the plugins to your plugin folders
  cargo xtask validate         bundle, check the plugins in hosts that are not ours, write docs/hosts.md
                               (DawDreamer and pedalboard from PyPI; Ardour, qtractor, clap-validator)
  cargo xtask validate audio   play the beat on JACK, ALSA, PipeWire, PulseAudio and PortAudio, and compare
                               what they hear with a render
  cargo xtask validate window  work in the window on a screen that nobody sees, take the pictures of the documents
  cargo xtask bench            measure the engine beside fundsp and knyst, write docs/performance.md
                               (`bench frame`: only a frame of the editor)
  cargo xtask setup            only see to the system packages that all of these need
  cargo xtask help             this text

`bundle`, `install`, `validate` and `test` build for release with --release and for debugging with --debug;
without either, bundles are release builds and tests are debug builds.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next();
    let arguments: Vec<OsString> = arguments.collect();
    match dispatch(command.as_ref().and_then(|word| word.to_str()), arguments) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Option<&str>, arguments: Vec<OsString>) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match command {
        Some("run") => return run::run(&workspace, &arguments),
        Some("test") => test::test(&workspace, &arguments)?,
        Some("bundle") => drop(bundle::bundle(
            &workspace,
            only_profile("bundle", &arguments)?,
        )?),
        Some("install") => install::install(&workspace, only_profile("install", &arguments)?)?,
        Some("validate") if arguments == ["audio"] => audio::validate(&workspace)?,
        Some("validate") if arguments.first().is_some_and(|word| word == "window") => {
            let profile = only_profile("validate window", &arguments[1..])?;
            window::validate(&workspace, profile)?;
        }
        Some("validate") => {
            let profile = only_profile("validate", &arguments)?;
            validate::validate(&workspace, profile)?;
            audio::validate(&workspace)?;
            window::validate(&workspace, profile)?;
        }
        Some("bench") if arguments == ["frame"] => bench::frame(&workspace)?,
        Some("bench") => {
            no_arguments("bench", &arguments)?;
            bench::bench(&workspace)?;
        }
        Some("setup") => {
            no_arguments("setup", &arguments)?;
            setup::ensure(&[needs::BUILD, needs::WINDOW])?;
            println!("Every system package that Sorl needs is there.");
        }
        Some("help" | "--help" | "-h") | None => print!("{HELP}"),
        Some(other) => return Err(format!("there is no command `{other}`.\n\n{HELP}")),
    }
    Ok(ExitCode::SUCCESS)
}

/// The arguments of a command that takes a profile and nothing else.
fn only_profile(command: &str, arguments: &[OsString]) -> Result<Profile> {
    match arguments {
        [] => Ok(Profile::Release),
        [word] if word == "--release" => Ok(Profile::Release),
        [word] if word == "--debug" => Ok(Profile::Debug),
        _ => Err(format!(
            "`cargo xtask {command}` takes --release or --debug and nothing else."
        )),
    }
}

fn no_arguments(command: &str, arguments: &[OsString]) -> Result {
    if arguments.is_empty() {
        Ok(())
    } else {
        Err(format!("`cargo xtask {command}` takes no arguments."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Vec<OsString> {
        list.iter().map(OsString::from).collect()
    }

    #[test]
    fn bundles_are_release_builds_unless_told_otherwise() {
        assert_eq!(only_profile("bundle", &[]), Ok(Profile::Release));
        assert_eq!(
            only_profile("bundle", &words(&["--debug"])),
            Ok(Profile::Debug)
        );
        assert!(only_profile("bundle", &words(&["--fast"])).is_err());
    }

    #[test]
    fn an_unknown_command_is_an_error_that_lists_the_known_ones() {
        let message = dispatch(Some("rnu"), Vec::new()).unwrap_err();
        assert!(message.contains("`rnu`"));
        assert!(message.contains("cargo xtask run"));
    }
}
