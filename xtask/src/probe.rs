//! Looking for programs and libraries themselves, which works on every Linux and also for what was
//! not installed as a package.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::needs::Probe;
use crate::process;

/// What one look at the system has found; asking about each library reads the same list.
pub struct Prober {
    /// What `ldconfig -p` prints: every library of the dynamic linker's cache.
    cache: String,
}

impl Prober {
    pub fn new() -> Prober {
        // `ldconfig` lies in a folder that is often not on the search path of a user.
        let cache = ["ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig"]
            .iter()
            .find_map(|program| process::ask(Command::new(program).arg("-p")))
            .unwrap_or_default();
        Prober { cache }
    }

    /// Whether what the probe asks for is there.
    pub fn finds(&self, probe: Probe) -> bool {
        match probe {
            Probe::Program(name) => is_program(name),
            Probe::Linkable(module) => {
                process::succeeds(Command::new("pkg-config").args(["--exists", module]))
            }
            Probe::Opened(library) => {
                cache_lists(&self.cache, library, cache_tag(ARCH)) || in_a_library_path(library)
            }
            Probe::Python(modules) => process::succeeds(
                Command::new("python3").args(["-c", &format!("import {modules}")]),
            ),
        }
    }
}

/// Whether a program of this name lies on the search path.
pub fn is_program(name: &str) -> bool {
    folders("PATH").any(|folder| folder.join(name).is_file())
}

/// What a probe looks for, for people whose packages have other names.
pub fn describe(probe: Probe) -> String {
    match probe {
        Probe::Program(name) => format!("the program `{name}`"),
        Probe::Linkable(module) => format!("the development files of `{module}` (pkg-config)"),
        Probe::Opened(library) => format!("the library {library}"),
        Probe::Python(modules) => format!("Python's modules {modules}"),
    }
}

fn folders(variable: &str) -> impl Iterator<Item = PathBuf> {
    let value = std::env::var_os(variable).unwrap_or_default();
    std::env::split_paths(&value)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Systems without a cache (musl, some containers) and users with folders of their own.
fn in_a_library_path(library: &str) -> bool {
    folders("LD_LIBRARY_PATH").any(|folder| folder.join(library).is_file())
        || ["/lib64", "/usr/lib64", "/usr/local/lib", "/lib", "/usr/lib"]
            .iter()
            .any(|folder| Path::new(folder).join(library).is_file())
}

/// How the cache marks libraries of a processor; those of x86's 32 bits bear no mark.
fn cache_tag(arch: &str) -> Option<&'static str> {
    match arch {
        "x86_64" => Some("x86-64"),
        "aarch64" => Some("AArch64"),
        _ => None,
    }
}

/// Whether a line like `libX11.so.6 (libc6,x86-64) => /lib/…` is there for this library.
fn cache_lists(cache: &str, library: &str, tag: Option<&str>) -> bool {
    cache.lines().any(|line| {
        let Some((name, rest)) = line.trim_start().split_once(' ') else {
            return false;
        };
        let kind = rest.split(')').next().unwrap_or_default();
        name == library && tag.is_none_or(|tag| kind.contains(tag))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHE: &str = "3 libs found in cache `/etc/ld.so.cache'
\tlibX11.so.6 (libc6,x86-64) => /lib/x86_64-linux-gnu/libX11.so.6
\tlibX11-xcb.so.1 (libc6) => /lib/i386-linux-gnu/libX11-xcb.so.1
\tlibEGL.so.1 (libc6,AArch64) => /lib/aarch64-linux-gnu/libEGL.so.1
";

    #[test]
    fn the_cache_lists_a_library_by_its_whole_name() {
        assert!(cache_lists(CACHE, "libX11.so.6", Some("x86-64")));
        assert!(!cache_lists(CACHE, "libX11.so", Some("x86-64")));
        assert!(!cache_lists(CACHE, "libX11-xcb.so", None));
    }

    #[test]
    fn a_library_of_another_processor_does_not_count() {
        assert!(!cache_lists(CACHE, "libX11-xcb.so.1", Some("x86-64")));
        assert!(cache_lists(CACHE, "libEGL.so.1", cache_tag("aarch64")));
    }
}
