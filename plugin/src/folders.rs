//! Where sounds are looked for: beside the score, and in the user's library folder. And where settings are kept.

use std::env;
use std::path::{Path, PathBuf};

use sorl_graph::resource::Library;

/// The user's folder of sounds, whether it is there or not: `sorl` in the place where the system keeps the data of
/// programs (`$XDG_DATA_HOME` or `~/.local/share`, `~/Library/Application Support`, `%APPDATA%`).
pub fn library() -> Option<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    let home = || set("HOME");
    let data = if cfg!(target_os = "windows") {
        set("APPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|h| h.join("Library/Application Support"))
    } else {
        set("XDG_DATA_HOME").or_else(|| home().map(|h| h.join(".local/share")))
    };
    data.map(|d| d.join("sorl"))
}

/// The user's folder of settings, whether it is there or not: `sorl` in the place where the system keeps them
/// (`$XDG_CONFIG_HOME` or `~/.config`, `~/Library/Application Support`, `%APPDATA%`).
pub fn settings() -> Option<PathBuf> {
    if cfg!(any(target_os = "windows", target_os = "macos")) {
        return library();
    }
    let set = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    let folder = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|h| h.join(".config")));
    folder.map(|folder| folder.join("sorl"))
}

/// Looks for sounds beside a score, if it is a file, and in the user's library.
pub fn look_in(sounds: &Library, score: Option<&Path>) {
    let beside = score.map(|score| match score.parent() {
        Some(folder) if folder.as_os_str().is_empty() => PathBuf::from("."),
        Some(folder) => folder.to_owned(),
        None => PathBuf::from("."),
    });
    sounds.set_folders(beside.as_deref(), library().as_deref());
}
