//! A folder in which sounds are looked for by name, and out of which no name leads.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The endings of files that can be sounds.
const ENDINGS: [&str; 8] = ["wav", "flac", "ogg", "oga", "mp3", "aif", "aiff", "aifc"];

/// A listing that is younger than this when it is made may miss what the same tick of the clock brings.
const SETTLED: Duration = Duration::from_secs(2);

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// One file.
    File(PathBuf),
    /// A folder of sounds, in the order of their names; not empty.
    Folder(Vec<PathBuf>),
}

/// What is in one directory.
struct Listing {
    changed: Option<SystemTime>,
    /// Names of sound files, in order.
    files: Vec<String>,
    folders: Vec<String>,
}

/// A folder and what was seen in it.
pub struct Folder {
    /// As it was given; it need not be there yet.
    given: PathBuf,
    listings: HashMap<PathBuf, Listing>,
}

/// Whether a name stays where it is looked for: parts between slashes, none of them empty, hidden, or with a
/// meaning for a file system.
pub fn is_safe(name: &str) -> bool {
    let part = |p: &str| !p.is_empty() && !p.starts_with('.') && !p.contains(['\\', ':', '\0']);
    name.len() <= 1024 && name.split('/').all(part)
}

impl Folder {
    pub fn new(given: PathBuf) -> Folder {
        Folder {
            given,
            listings: HashMap::new(),
        }
    }

    pub fn path(&self) -> &Path {
        &self.given
    }

    /// What a safe name leads to: the file of that name, with or without its ending, or the folder of that name with
    /// sounds in it. Links that lead out of this folder lead nowhere.
    pub fn find(&mut self, name: &str) -> Option<Found> {
        debug_assert!(is_safe(name));
        let root = self.given.canonicalize().ok()?;
        let (parent, base) = match name.rsplit_once('/') {
            Some((parent, base)) => (root.join(parent), base),
            None => (root.clone(), name),
        };
        let inside = |path: PathBuf| path.canonicalize().ok().filter(|p| p.starts_with(&root));
        let parent = inside(parent)?;
        let listing = self.listing(&parent)?;
        let is_it = |file: &&String| **file == base || stem(file) == base;
        if let Some(file) = listing.files.iter().find(is_it) {
            return inside(parent.join(file)).map(Found::File);
        }
        if !listing.folders.iter().any(|f| f == base) {
            return None;
        }
        let folder = inside(parent.join(base))?;
        let files = self.listing(&folder)?.files.iter();
        let files: Vec<PathBuf> = files.filter_map(|f| inside(folder.join(f))).collect();
        (!files.is_empty()).then_some(Found::Folder(files))
    }

    /// The names of sounds and folders at the top, for hints.
    pub fn names(&mut self) -> Vec<String> {
        let Ok(root) = self.given.canonicalize() else {
            return Vec::new();
        };
        let listing = self.listing(&root);
        let names = |l: &Listing| {
            let files = l.files.iter().map(|f| stem(f).to_owned());
            files.chain(l.folders.iter().cloned()).collect()
        };
        listing.map(names).unwrap_or_default()
    }

    fn listing(&mut self, directory: &Path) -> Option<&Listing> {
        let changed = fs::metadata(directory).and_then(|m| m.modified()).ok();
        let known = self.listings.get(directory);
        if changed.is_none() || known.is_none_or(|l| l.changed != changed) {
            let mut fresh = read(directory)?;
            let age = changed.and_then(|c| SystemTime::now().duration_since(c).ok());
            fresh.changed = changed.filter(|_| age.is_some_and(|age| age > SETTLED));
            self.listings.insert(directory.to_owned(), fresh);
        }
        self.listings.get(directory)
    }
}

/// A file's name without its ending.
fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

fn read(directory: &Path) -> Option<Listing> {
    let mut listing = Listing {
        changed: None,
        files: Vec::new(),
        folders: Vec::new(),
    };
    for entry in fs::read_dir(directory).ok()?.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        // Follows links; where they lead is looked at when they are used.
        let Ok(about) = fs::metadata(entry.path()) else {
            continue;
        };
        let ending = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
        if about.is_dir() {
            listing.folders.push(name);
        } else if about.is_file() && ending.is_some_and(|e| ENDINGS.contains(&&*e)) {
            listing.files.push(name);
        }
    }
    listing.files.sort();
    listing.folders.sort();
    Some(listing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_not_safe() {
        for name in ["bd", "drums/kick 01", "a/b/c.wav", "ö"] {
            assert!(is_safe(name), "{name}");
        }
        for name in [
            "", "/etc/x", "..", "../x", "a/../x", "a//b", "a/", "./a", "C:x", "a\\b", ".git/x",
            "a\0",
        ] {
            assert!(!is_safe(name), "{name}");
        }
        assert!(!is_safe(&"a".repeat(2000)));
    }
}
