//! `cargo xtask install`: the plugins where this user's hosts look for them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::bundle::{self, Bundles};
use crate::layout::System;
use crate::workspace::{Profile, Workspace};

/// Bundles, copies, and prints the places.
pub fn install(workspace: &Workspace, profile: Profile) -> Result {
    let Bundles {
        clap,
        vst3,
        presets,
    } = bundle::bundle(workspace, profile)?;
    let folders = folders(System::HERE, &home(System::HERE)?);
    for (bundle, folder) in [
        (&clap, &folders.clap),
        (&vst3, &folders.vst3),
        (&presets, &folders.presets),
    ] {
        let place = folder.join(bundle.file_name().expect("a bundle has a name"));
        bundle::remove(&place)?;
        copy(bundle, &place)
            .map_err(|error| format!("cannot copy to {}: {error}", place.display()))?;
        println!("installed {}", place.display());
    }
    println!("Let your host scan for new plugins; Sorl is an instrument and an effect.");
    Ok(())
}

/// The folders that hosts search for one user.
#[derive(Debug, PartialEq, Eq)]
struct Folders {
    clap: PathBuf,
    vst3: PathBuf,
    /// Where VST3 hosts look for a user's presets, by vendor.
    presets: PathBuf,
}

fn folders(system: System, home: &Path) -> Folders {
    let (clap, vst3, presets) = match system {
        System::Linux => (".clap", ".vst3", ".vst3/presets"),
        System::MacOs => (
            "Library/Audio/Plug-Ins/CLAP",
            "Library/Audio/Plug-Ins/VST3",
            "Library/Audio/Presets",
        ),
        // From the folder of local data of programs to the user's own.
        System::Windows => (
            "Programs/Common/CLAP",
            "Programs/Common/VST3",
            "../../Documents/VST3 Presets",
        ),
    };
    Folders {
        clap: home.join(clap),
        vst3: home.join(vst3),
        presets: home.join(presets),
    }
}

/// The folder that the plugin folders are in.
fn home(system: System) -> Result<PathBuf> {
    let variable = if system == System::Windows {
        "LOCALAPPDATA"
    } else {
        "HOME"
    };
    std::env::var_os(variable)
        .map(PathBuf::from)
        .ok_or_else(|| {
            format!("the environment variable {variable} is not set, so your folder is not known.")
        })
}

/// Copies a file, or a folder with everything in it, and makes the folders above.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_on_linux_look_in_two_hidden_folders() {
        let folders = folders(System::Linux, Path::new("/home/ada"));
        assert_eq!(folders.clap, Path::new("/home/ada/.clap"));
        assert_eq!(folders.vst3, Path::new("/home/ada/.vst3"));
        assert_eq!(folders.presets, Path::new("/home/ada/.vst3/presets"));
    }

    #[test]
    fn a_folder_is_copied_with_everything_in_it() {
        let folder = std::env::temp_dir().join(format!("sorl-install-{}", std::process::id()));
        let from = folder.join("from/Sorl.vst3");
        fs::create_dir_all(from.join("Contents/MacOS")).unwrap();
        fs::write(from.join("Contents/MacOS/Sorl"), "library").unwrap();
        fs::write(from.join("Contents/PkgInfo"), "BNDL????").unwrap();

        let to = folder.join("to/Sorl.vst3");
        copy(&from, &to).unwrap();
        assert_eq!(
            fs::read(to.join("Contents/MacOS/Sorl")).unwrap(),
            b"library"
        );
        assert_eq!(fs::read(to.join("Contents/PkgInfo")).unwrap(), b"BNDL????");
        fs::remove_dir_all(&folder).unwrap();
    }
}
