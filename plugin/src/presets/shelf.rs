//! The user's presets: score files in the folder that the system keeps for programs.
//!
//! Control threads only: everything here reads or writes files. Nothing outside the folder is ever touched: names are
//! made into plain file names, and links that lead out of it are not followed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::Preset;

/// The category of a preset that lies in no folder of its own.
const LOOSE: &str = "user";
/// The ending of a score's file.
const ENDING: &str = "sorl";
/// The longest score that is read, in bytes: no score that a person writes comes near it.
const LONGEST: u64 = 4 << 20;

/// Why a preset could not be read or written.
#[derive(Debug, Error)]
pub enum ShelfError {
    /// Nothing of this name.
    #[error("there is no preset `{0}`; `sorl presets` lists those that there are")]
    Unknown(String),
    /// A name with nothing in it that could name a file.
    #[error("`{0}` cannot be the name of a preset; give it letters or digits")]
    Name(String),
    /// The system does not let it.
    #[error("cannot use the preset file {}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// A folder of presets, one folder below it for each category.
#[derive(Clone, Debug)]
pub struct Shelf(PathBuf);

impl Shelf {
    /// The user's shelf, whether its folder is there or not: `presets` in [`crate::folders::library`].
    pub fn user() -> Option<Shelf> {
        crate::folders::library().map(|library| Shelf(library.join("presets")))
    }

    /// A shelf in a folder.
    pub fn at(folder: &Path) -> Shelf {
        Shelf(folder.to_owned())
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// A score file wherever it lies, as a preset of the category that its folder is called.
    pub fn open(path: &Path) -> Option<Preset> {
        let folder = path.parent()?;
        Shelf(folder.to_owned()).read(file_name(folder), path)
    }

    /// Everything on it that can be read, by id.
    pub fn list(&self) -> Vec<Preset> {
        let mut found: Vec<Preset> = Vec::new();
        for (path, folder) in entries(&self.0) {
            if folder {
                let category = file_name(&path);
                let inside = entries(&path).into_iter().filter(|(_, folder)| !folder);
                found.extend(inside.filter_map(|(file, _)| self.read(category, &file)));
            } else {
                found.extend(self.read(LOOSE, &path));
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    }

    /// A preset by its id, `category/file` without the ending.
    ///
    /// # Errors
    /// [`ShelfError::Unknown`].
    pub fn load(&self, id: &str) -> Result<Preset, ShelfError> {
        let unknown = || ShelfError::Unknown(id.to_owned());
        let (category, file) = id.rsplit_once('/').ok_or_else(unknown)?;
        if plain(category).as_deref() != Some(category) || plain(file).as_deref() != Some(file) {
            return Err(unknown());
        }
        let name = format!("{file}.{ENDING}");
        let in_folder = self.0.join(category).join(&name);
        let found = self.read(category, &in_folder).or_else(|| {
            (category == LOOSE)
                .then(|| self.read(LOOSE, &self.0.join(&name)))
                .flatten()
        });
        found.ok_or_else(unknown)
    }

    /// Writes a score as a preset, in place of one of the same category and name, and returns it as it can be loaded.
    /// What the text said of itself in its first comments gives way to what is said here.
    ///
    /// # Errors
    /// [`ShelfError::Name`] and [`ShelfError::File`]; then nothing has changed.
    pub fn save(
        &self,
        category: &str,
        name: &str,
        description: &str,
        tags: &[String],
        text: &str,
    ) -> Result<Preset, ShelfError> {
        let file = plain(name).ok_or_else(|| ShelfError::Name(name.to_owned()))?;
        let category = if category.is_empty() { LOOSE } else { category };
        let folder = plain(category).ok_or_else(|| ShelfError::Name(category.to_owned()))?;
        let one_line = |words: &str| words.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut whole = format!("# {}\n", one_line(name));
        if !description.trim().is_empty() {
            whole += &format!("# {}\n", one_line(description));
        }
        whole += &format!("# tags: {}\n", one_line(&tags.join(", ")));
        whole += without_head(text);

        let directory = self.0.join(&folder);
        let path = directory.join(format!("{file}.{ENDING}"));
        let refused = |error| ShelfError::File {
            path: path.clone(),
            error,
        };
        fs::create_dir_all(&directory).map_err(refused)?;
        // Written aside and then moved: a preset is whole or as it was before.
        let aside = directory.join(format!(".{file}.{}.part", std::process::id()));
        fs::write(&aside, &whole).map_err(refused)?;
        if let Err(error) = fs::rename(&aside, &path) {
            let _ = fs::remove_file(&aside);
            return Err(refused(error));
        }
        Ok(Preset::read(&format!("{folder}/{file}"), &whole))
    }

    /// A file as a preset, if it is a score inside this folder.
    fn read(&self, category: &str, path: &Path) -> Option<Preset> {
        if path.extension()?.to_str()? != ENDING {
            return None;
        }
        let inside = path
            .canonicalize()
            .ok()?
            .starts_with(self.0.canonicalize().ok()?);
        if !inside || fs::metadata(path).ok()?.len() > LONGEST {
            return None;
        }
        let text = fs::read_to_string(path).ok()?;
        let file = path.file_stem()?.to_str()?;
        Some(Preset::read(&format!("{category}/{file}"), &text))
    }
}

/// What lies in a folder and is not hidden, and whether it is a folder itself.
fn entries(folder: &Path) -> Vec<(PathBuf, bool)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let seen =
        paths.filter(|path| !file_name(path).is_empty() && !file_name(path).starts_with('.'));
    seen.map(|path| {
        let is_folder = path.is_dir();
        (path, is_folder)
    })
    .collect()
}

fn file_name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("")
}

/// A name as it can be a file's on every system: letters, digits, spaces and a few signs, not hidden, not too long.
fn plain(name: &str) -> Option<String> {
    let keep = |c: char| c.is_alphanumeric() || " -_+&()#,'".contains(c);
    let kept: String = name.chars().filter(|&c| keep(c)).take(80).collect();
    let kept = kept.trim().to_owned();
    (!kept.is_empty()).then_some(kept)
}

/// A score without the comments with which it begins.
fn without_head(text: &str) -> &str {
    let mut rest = text;
    while rest.starts_with('#') {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(name: &str) -> Shelf {
        let folder = std::env::temp_dir().join(format!("sorl-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Shelf(folder)
    }

    #[test]
    fn what_is_saved_is_listed_and_loaded_and_replaced() {
        let shelf = shelf("saved");
        assert!(shelf.list().is_empty());
        let tags = ["one".to_owned(), "two".to_owned()];
        let first = shelf
            .save("Leads", "My: Lead/1", "Loud.", &tags, "# old\ntempo(1)\n")
            .unwrap();
        assert_eq!(first.id, "Leads/My Lead1");
        assert_eq!((&*first.name, &*first.description), ("My: Lead/1", "Loud."));
        assert_eq!(first.tags, tags);
        assert!(first.text.ends_with("two\ntempo(1)\n") && !first.text.contains("old"));
        assert_eq!(shelf.load(&first.id).unwrap(), first);

        let again = shelf
            .save("Leads", "My: Lead/1", "", &[], "tempo(2)\n")
            .unwrap();
        assert_eq!(shelf.list(), [again]);
        fs::write(shelf.folder().join("loose.sorl"), "tempo(3)\n").unwrap();
        fs::write(shelf.folder().join("no score.txt"), "x").unwrap();
        let ids: Vec<String> = shelf.list().into_iter().map(|p| p.id).collect();
        assert_eq!(ids, ["Leads/My Lead1", "user/loose"]);
        assert_eq!(shelf.load("user/loose").unwrap().name, "loose");
        fs::remove_dir_all(shelf.folder()).unwrap();
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let shelf = shelf("inside");
        fs::create_dir_all(shelf.folder().join("a")).unwrap();
        let beside = shelf.folder().with_extension("sorl");
        fs::write(&beside, "tempo(1)\n").unwrap();
        let stem = beside.file_stem().unwrap().to_str().unwrap();
        for id in [
            format!("../{stem}"),
            format!("a/../../{stem}"),
            "/etc/x".to_owned(),
        ] {
            assert!(
                matches!(shelf.load(&id), Err(ShelfError::Unknown(_))),
                "{id}"
            );
        }
        assert!(matches!(
            shelf.save("a", "../..", "", &[], ""),
            Err(ShelfError::Name(_))
        ));
        let odd = shelf.save("../a", "../../b", "", &[], "").unwrap();
        assert_eq!(odd.id, "a/b");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&beside, shelf.folder().join("a/link.sorl")).unwrap();
            assert!(shelf.load("a/link").is_err());
        }
        fs::remove_file(&beside).unwrap();
        fs::remove_dir_all(shelf.folder()).unwrap();
    }
}
