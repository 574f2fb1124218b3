//! Where things are: the sources, and what cargo builds from them.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, process};

/// The two ways in which cargo builds here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Debug,
    Release,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
        }
    }
}

/// The source tree, and the folder that holds `debug/` and `release/`.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds both without asking cargo.
    ///
    /// This program itself lies in `debug/` or `release/` of the target folder, wherever the user's
    /// cargo configuration has put that.
    pub fn find() -> Result<Workspace> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("the xtask package lies inside the workspace")
            .to_owned();
        let program = std::env::current_exe()
            .map_err(|error| format!("cannot tell where this program lies: {error}"))?;
        // In a unit test the program lies one folder deeper, in `debug/deps/`.
        let target = program
            .ancestors()
            .skip(1)
            .find(|folder| folder.ends_with("debug") || folder.ends_with("release"))
            .and_then(Path::parent)
            .ok_or_else(|| {
                format!(
                    "{} does not lie in a target folder of cargo; start it with `cargo xtask`.",
                    program.display()
                )
            })?
            .to_owned();
        Ok(Workspace { root, target })
    }

    /// A path in the source tree.
    pub fn source(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A path in the target folder.
    pub fn target(&self, path: &str) -> PathBuf {
        self.target.join(path)
    }

    /// The shared library with both plugins, as cargo leaves it.
    pub fn plugin_library(&self, profile: Profile) -> PathBuf {
        let name = format!("{DLL_PREFIX}sorl_plugin{DLL_SUFFIX}");
        self.target.join(profile.folder()).join(name)
    }

    /// The `sorl` program.
    pub fn program(&self, profile: Profile) -> PathBuf {
        self.target
            .join(profile.folder())
            .join(format!("sorl{EXE_SUFFIX}"))
    }

    /// Builds the program and the plugin library.
    ///
    /// Always both together: `run`, `bundle` and `validate` then share one build.
    pub fn build_sorl(&self, profile: Profile) -> Result {
        self.build_sorl_with(profile, &[])
    }

    /// Builds them with features beside those that are there by default.
    pub fn build_sorl_with(&self, profile: Profile, features: &[&str]) -> Result {
        let mut build = cargo();
        build.args(["build", "--package", "sorl"]);
        build.args(features.iter().flat_map(|feature| ["--features", feature]));
        if profile == Profile::Release {
            build.arg("--release");
        }
        process::run(&mut build)
    }
}

/// The cargo that started this program.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_the_folder_above_this_package() {
        let workspace = Workspace::find().unwrap();
        assert!(workspace.source("xtask/src/workspace.rs").is_file());
        let library = workspace.plugin_library(Profile::Release);
        assert_eq!(
            library.parent(),
            Some(workspace.target("release").as_path())
        );
    }
}
