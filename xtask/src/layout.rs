//! How the files of a plugin bundle are called on each system.
//!
//! CLAP: <https://github.com/free-audio/clap/blob/main/include/clap/entry.h>. VST3:
//! <https://steinbergmedia.github.io/vst3_dev_portal/pages/Technical+Documentation/Locations+Format/Plugin+Format.html>.

use std::path::PathBuf;

/// The systems that hosts run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Linux,
    MacOs,
    Windows,
}

impl System {
    /// The system that this program was built for.
    pub const HERE: System = if cfg!(target_os = "macos") {
        System::MacOs
    } else if cfg!(target_os = "windows") {
        System::Windows
    } else {
        System::Linux
    };
}

/// Where the library lies in a CLAP plugin; on Linux and Windows it is the plugin.
pub fn clap_library(system: System, name: &str) -> PathBuf {
    match system {
        System::Linux | System::Windows => PathBuf::from(format!("{name}.clap")),
        System::MacOs => PathBuf::from(format!("{name}.clap/Contents/MacOS/{name}")),
    }
}

/// Where the library lies in a VST3 plugin, for a processor as Rust names it.
pub fn vst3_library(system: System, arch: &str, name: &str) -> PathBuf {
    let library = match system {
        System::Linux => format!("{}-linux/{name}.so", linux_machine(arch)),
        System::MacOs => format!("MacOS/{name}"),
        System::Windows => format!("{}-win/{name}.vst3", windows_machine(arch)),
    };
    PathBuf::from(format!("{name}.vst3/Contents")).join(library)
}

/// On Linux the folder is called after what `uname -m` says.
fn linux_machine(arch: &str) -> &str {
    match arch {
        "x86" => "i386",
        "arm" => "armv7l",
        other => other,
    }
}

fn windows_machine(arch: &str) -> &str {
    match arch {
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_path(path: PathBuf, expected: &str) {
        assert_eq!(path.to_string_lossy().replace('\\', "/"), expected);
    }

    #[test]
    fn on_linux_a_clap_is_the_library_and_a_vst3_is_a_folder() {
        assert_path(clap_library(System::Linux, "Sorl"), "Sorl.clap");
        assert_path(
            vst3_library(System::Linux, "x86_64", "Sorl"),
            "Sorl.vst3/Contents/x86_64-linux/Sorl.so",
        );
    }

    #[test]
    fn on_macos_both_are_bundles() {
        assert_path(
            clap_library(System::MacOs, "Sorl"),
            "Sorl.clap/Contents/MacOS/Sorl",
        );
        assert_path(
            vst3_library(System::MacOs, "aarch64", "Sorl"),
            "Sorl.vst3/Contents/MacOS/Sorl",
        );
    }

    #[test]
    fn on_windows_the_inner_library_bears_the_bundles_ending() {
        assert_path(clap_library(System::Windows, "Sorl"), "Sorl.clap");
        assert_path(
            vst3_library(System::Windows, "aarch64", "Sorl"),
            "Sorl.vst3/Contents/arm64-win/Sorl.vst3",
        );
    }
}
