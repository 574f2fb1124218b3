//! Starting other programs: what runs is printed first, what fails is said in one sentence.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::Result;

/// Runs a command in the open: prints it, lets it use the terminal, and fails if it fails.
pub fn run(command: &mut Command) -> Result {
    let line = line(command);
    eprintln!("$ {line}");
    let status = command
        .status()
        .map_err(|error| format!("cannot start `{line}`: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` failed ({status})."))
    }
}

/// What a command writes to its standard output, or `None` if it cannot be started.
///
/// The exit status does not count: `dpkg-query` answers for the packages that it knows and fails
/// for the others.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command in silence with `text` as its standard input.
pub fn feed(command: &mut Command, text: &str) -> Result {
    let line = line(command);
    let failed = |error: std::io::Error| format!("cannot run `{line}`: {error}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes()).map_err(failed)?;
    }
    match child.wait().map_err(failed)?.success() {
        true => Ok(()),
        false => Err(format!("`{line}` failed on {text:?}")),
    }
}

/// Whether a command can be started and succeeds, in silence.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A command as it would be typed, with the program's name in place of its path.
fn line(command: &Command) -> String {
    let name = std::path::Path::new(command.get_program());
    let name = name.file_name().unwrap_or(name.as_os_str());
    let words: Vec<String> = std::iter::once(name)
        .chain(command.get_args())
        .map(quoted)
        .collect();
    words.join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_=./:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/opt/rust/bin/cargo");
        command.args(["test", "--workspace", "a name"]);
        assert_eq!(line(&command), "cargo test --workspace 'a name'");
    }

    #[test]
    fn a_program_that_is_not_there_is_no_answer() {
        assert_eq!(ask(&mut Command::new("sorl-no-such-program")), None);
        assert!(!succeeds(&mut Command::new("sorl-no-such-program")));
    }
}
