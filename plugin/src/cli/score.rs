//! A score in a file, and what is said about it on a terminal.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use sorl_graph::patch::Patch;
use sorl_graph::resource::Library;
use sorl_graph::score::Diagnostics;
use sorl_plugin::presets::{self, ShelfError};

/// The text of a score and where it came from.
pub struct ScoreFile {
    path: PathBuf,
    text: String,
}

impl ScoreFile {
    /// Reads a score, or takes the preset that `preset:ID` names.
    pub fn read(path: &Path) -> Result<ScoreFile, Box<dyn Error>> {
        if let Some(id) = path
            .to_str()
            .and_then(|name| name.strip_prefix(presets::SCHEME))
        {
            let preset = presets::find(id).ok_or_else(|| ShelfError::Unknown(id.to_owned()))?;
            return Ok(ScoreFile {
                path: path.to_owned(),
                text: preset.text,
            });
        }
        let said = |reason: &str| format!("cannot read {}: {reason}", path.display());
        let bytes = fs::read(path)
            .map_err(|error| said(&format!("{error}; check the name of the score")))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| said("it is not text in UTF-8; is it a score?"))?;
        Ok(ScoreFile {
            path: path.to_owned(),
            text,
        })
    }

    /// Where it came from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong, with the lines and carets under them.
    pub fn tell(&self, diagnostics: &Diagnostics) {
        eprintln!(
            "{}",
            diagnostics
                .render(&self.path.display().to_string(), &self.text)
                .trim_end()
        );
    }

    /// What is in it: `beat.sorl: 4 nodes, 4 patterns, 1 connection`.
    pub fn contents(&self, patch: &Patch) -> String {
        let count = |n: usize, thing: &str| format!("{n} {thing}{}", if n == 1 { "" } else { "s" });
        format!(
            "{}: {}, {}, {}",
            self.path.display(),
            count(patch.nodes.len(), "node"),
            count(patch.bindings.len(), "pattern"),
            count(patch.connections.len(), "connection"),
        )
    }
}

/// Loads the sounds that a score plays, at a rate in Hz, and says what went wrong.
pub fn load_sounds(library: &Library, patch: &Patch, rate: u32) -> Vec<String> {
    library.set_rate(rate);
    library.require(&patch.sounds());
    library.wait();
    library.take_errors()
}
