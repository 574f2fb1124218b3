//! Installing packages with apt, as far as this user may.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::{Result, probe, process};

/// Older lists name versions that the servers may have dropped.
const LISTS_ARE_OLD_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How this user gets to install packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// The user is root.
    Root,
    /// `sudo` asks for no password.
    Sudo,
    /// Only by typing a password, which is for the user to decide.
    None,
}

/// Whether this system has apt at all.
pub fn is_there() -> bool {
    probe::is_program("apt-get")
}

/// What this user may do.
pub fn right() -> Right {
    if is_root() {
        Right::Root
    } else if process::succeeds(Command::new("sudo").args(["-n", "true"])) {
        Right::Sudo
    } else {
        Right::None
    }
}

/// Installs the packages; prints each command that it runs.
pub fn install(right: Right, packages: &[&str]) -> Result {
    let mut fresh = false;
    if !lists_are_fresh() {
        refresh(right);
        fresh = true;
    }
    let result = process::run(&mut install_command(right, packages));
    if result.is_err() && !fresh {
        // The lists can be out of date although they are young.
        refresh(right);
        return process::run(&mut install_command(right, packages));
    }
    result
}

/// The one line that does the same when a user types it.
pub fn line_to_type(packages: &[&str]) -> String {
    let packages = packages.join(" ");
    if probe::is_program("sudo") {
        format!("sudo apt-get update && sudo apt-get install --yes {packages}")
    } else {
        format!("su -c 'apt-get update && apt-get install --yes {packages}'")
    }
}

/// A source that cannot be reached must not stop the others, so failing here is no error.
fn refresh(right: Right) {
    let mut update = apt_get(right);
    update.arg("update");
    if let Err(message) = process::run(&mut update) {
        eprintln!("warning: {message} Going on with the lists that are there.");
    }
}

fn install_command(right: Right, packages: &[&str]) -> Command {
    let mut install = apt_get(right);
    install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages);
    install
}

fn apt_get(right: Right) -> Command {
    let mut command = match right {
        Right::Sudo => {
            // The variable is set on the far side: sudo clears the environment.
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        }
        Right::Root | Right::None => {
            let mut apt_get = Command::new("apt-get");
            apt_get.env("DEBIAN_FRONTEND", "noninteractive");
            apt_get
        }
    };
    // A young machine is often still installing its own updates: wait for it.
    command
        .args(["-o", "DPkg::Lock::Timeout=300"])
        .stdin(Stdio::null());
    command
}

fn lists_are_fresh() -> bool {
    let lists = Path::new("/var/lib/apt/lists");
    let has_lists = std::fs::read_dir(lists).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    });
    // apt gives the lists the server's times; the time of its last visit is that of the folders.
    let youngest = [lists.to_owned(), lists.join("partial")]
        .iter()
        .filter_map(|folder| folder.metadata().ok()?.modified().ok())
        .max();
    has_lists && youngest.is_some_and(|time| is_young(time, SystemTime::now()))
}

fn is_young(time: SystemTime, now: SystemTime) -> bool {
    // A time in the future is a clock that was set back: not a reason to download.
    now.duration_since(time)
        .map_or(true, |age| age < LISTS_ARE_OLD_AFTER)
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    // The owner of a process' own folder is its effective user.
    std::fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_needs_no_sudo_and_sudo_never_asks() {
        let root = install_command(Right::Root, &["libegl1"]);
        assert_eq!(root.get_program(), "apt-get");
        let sudo = install_command(Right::Sudo, &["libegl1"]);
        assert_eq!(sudo.get_program(), "sudo");
        assert!(sudo.get_args().any(|word| word == "-n"));
        assert!(sudo.get_args().any(|word| word == "libegl1"));
    }

    #[test]
    fn the_line_to_type_names_every_package() {
        let line = line_to_type(&["pkg-config", "libasound2-dev"]);
        assert!(line.contains("apt-get update &&"));
        assert!(line.contains("--yes pkg-config libasound2-dev"));
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn lists_grow_old_in_a_day() {
        let now = SystemTime::now();
        assert!(is_young(now - Duration::from_secs(60), now));
        assert!(is_young(now + Duration::from_secs(60), now));
        assert!(!is_young(now - Duration::from_secs(25 * 60 * 60), now));
    }
}
