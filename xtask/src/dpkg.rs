//! Which packages Debian's package manager says are installed.

use std::collections::HashSet;
use std::process::Command;

use crate::process;

/// The names among `packages` that are installed for this processor; empty where there is no dpkg.
pub fn installed(packages: &[&str]) -> HashSet<String> {
    let arch = process::ask(Command::new("dpkg").arg("--print-architecture"));
    let list = process::ask(
        Command::new("dpkg-query")
            .args([
                "--show",
                "--showformat=${Package} ${Architecture} ${db:Status-Status}\\n",
            ])
            .args(packages),
    );
    match (arch, list) {
        (Some(arch), Some(list)) => read(&list, arch.trim()),
        _ => HashSet::new(),
    }
}

/// A package can be there for another processor, or half removed: neither is any use.
fn read(list: &str, arch: &str) -> HashSet<String> {
    list.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (package, its_arch, status) = (words.next()?, words.next()?, words.next()?);
            let fits = its_arch == arch || its_arch == "all";
            (fits && status == "installed").then(|| package.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_packages_of_this_processor_count() {
        let list = "\
libx11-6 amd64 installed
libxi6 i386 installed
libegl1 amd64 config-files
python3-venv all installed
libgl1 amd64 half-configured
";
        let mut found: Vec<String> = read(list, "amd64").into_iter().collect();
        found.sort();
        assert_eq!(found, ["libx11-6", "python3-venv"]);
    }

    #[test]
    fn no_answer_means_nothing_is_installed() {
        assert!(read("", "amd64").is_empty());
    }
}
