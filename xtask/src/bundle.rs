//! `cargo xtask bundle`: the plugin library as `target/bundled/Sorl.clap` and `Sorl.vst3`.
//!
//! Both bundles hold the same library, and the library holds both plugins, instrument and effect. Beside them lie the
//! presets as VST3 hosts list them; CLAP hosts ask the plugin for its presets.

use std::env::consts::ARCH;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bundler_config::BundlerConfig;
use crate::layout::{self, System};
use crate::workspace::{Profile, Workspace};
use crate::{Result, macos, needs, process, setup};

/// The bundles that were written.
pub struct Bundles {
    pub clap: PathBuf,
    pub vst3: PathBuf,
    /// The folder that is to lie in a system's folder of VST3 presets: it holds one for each plugin.
    pub presets: PathBuf,
}

/// Builds the plugins and writes both bundles.
pub fn bundle(workspace: &Workspace, profile: Profile) -> Result<Bundles> {
    setup::ensure(&[needs::BUILD, needs::WINDOW])?;
    workspace.build_sorl(profile)?;

    let path = workspace.source("bundler.toml");
    let config = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let config = BundlerConfig::read(&config)?;

    let library = workspace.plugin_library(profile);
    let folder = workspace.target("bundled");
    let write = |inner: PathBuf| -> Result<PathBuf> {
        let bundle = write_bundle(&library, &folder, &inner)?;
        if System::HERE == System::MacOs {
            macos::finish(&bundle, &config)?;
        }
        println!("{}", bundle.display());
        Ok(bundle)
    };
    let presets = folder.join("presets");
    remove(&presets)?;
    process::run(
        Command::new(workspace.program(profile))
            .args(["presets", "--vst3"])
            .arg(&presets),
    )?;
    Ok(Bundles {
        presets: presets.join("Sorl"),
        clap: write(layout::clap_library(System::HERE, &config.name))?,
        vst3: write(layout::vst3_library(System::HERE, ARCH, &config.name))?,
    })
}

/// Puts the library at `inner` below `folder`, in place of an older bundle, and says which file or
/// folder the bundle is.
fn write_bundle(library: &Path, folder: &Path, inner: &Path) -> Result<PathBuf> {
    let first = inner.components().next().expect("a bundle has a name");
    let bundle = folder.join(first);
    // Removing comes first: a host that has the old file open keeps it whole.
    remove(&bundle)?;
    let place = folder.join(inner);
    let parent = place.parent().expect("the folder is above the bundle");
    fs::create_dir_all(parent)
        .map_err(|error| format!("cannot create {}: {error}", parent.display()))?;
    fs::copy(library, &place).map_err(|error| {
        format!(
            "cannot copy {} to {}: {error}",
            library.display(),
            place.display()
        )
    })?;
    Ok(bundle)
}

/// Removes a file or a whole folder; one that is not there is fine.
pub fn remove(path: &Path) -> Result {
    let result = match path.symlink_metadata() {
        Err(_) => return Ok(()),
        Ok(entry) if entry.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    result.map_err(|error| format!("cannot remove the old {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_bundle_replaces_the_old_one() {
        let folder = std::env::temp_dir().join(format!("sorl-bundle-{}", std::process::id()));
        fs::create_dir_all(folder.join("S.vst3/Contents/old")).unwrap();
        let library = folder.join("library");
        fs::write(&library, "new").unwrap();

        let inner = layout::vst3_library(System::Linux, "x86_64", "S");
        let bundle = write_bundle(&library, &folder, &inner).unwrap();
        assert_eq!(bundle, folder.join("S.vst3"));
        assert!(!bundle.join("Contents/old").exists());
        assert_eq!(fs::read(folder.join(&inner)).unwrap(), b"new");
        remove(&folder).unwrap();
        assert!(!folder.exists());
    }
}
