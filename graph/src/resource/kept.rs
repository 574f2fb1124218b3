//! Sounds that a project brings with it: by the names that its score uses, in memory or at a place that was searched for.
//!
//! Control threads. What a project brought goes before the user's folders, so that it sounds as it did when it was
//! saved; what it did not bring is looked for as ever.

use super::folder::is_safe;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the bytes of a kept sound are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Here: the whole of a sound file (wav, aiff, flac, ogg, mp3).
    Bytes(Arc<[u8]>),
    /// In a file.
    File(PathBuf),
}

/// A sound that a project brings with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What scores call it, without the number behind a colon.
    pub name: String,
    /// Which of the variants of this name it is, from 0, and how many there were: `bd:5` of four is the second.
    pub variant: [usize; 2],
    /// What its file is called; the ending tells how it is coded.
    pub file: String,
    /// Its bytes.
    pub contents: Contents,
}

/// A sound that is in use and came from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse {
    /// What scores call it, without the number behind a colon.
    pub name: String,
    /// As in [`Kept::variant`].
    pub variant: [usize; 2],
    /// The file; none if the project brought its bytes.
    pub path: Option<PathBuf>,
}

/// All that a project brought.
#[derive(Default)]
pub struct KeptSounds {
    all: Vec<Kept>,
    /// By name: how many variants there were, and where in `all` each is.
    names: HashMap<String, (usize, BTreeMap<usize, usize>)>,
    /// Tells the bytes of one project from those of the next.
    edition: u64,
}

impl KeptSounds {
    /// Takes these in place of all others, and gives the others back. Names that would lead out of the folders of
    /// sounds are left out, as they are everywhere.
    pub fn replace(&mut self, sounds: Vec<Kept>, edition: u64) -> Vec<Kept> {
        self.edition = edition;
        self.names.clear();
        for (at, kept) in sounds.iter().enumerate().filter(|(_, k)| is_safe(&k.name)) {
            let [number, of] = kept.variant;
            let (variants, each) = self.names.entry(kept.name.clone()).or_default();
            *variants = (*variants).max(of).max(number + 1);
            each.insert(number, at);
        }
        std::mem::replace(&mut self.all, sounds)
    }

    /// The sound of a name and number, its own number among all that there are, and how many variants there were.
    pub fn find(&self, name: &str, n: usize) -> Option<(&Kept, u64, usize)> {
        let (variants, each) = self.names.get(name)?;
        let at = *each.get(&(n % variants))?;
        // Far above what the library counts for itself.
        let number = (self.edition << 32) | at as u64;
        Some((&self.all[at], number, *variants))
    }
}
