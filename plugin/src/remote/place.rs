//! Where a running `sorl` says how it is reached: a file that only the user may read, and the token in it.
//!
//! Control threads only.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// A secret of 32 random bytes, written in hexadecimal.
pub struct Token(String);

impl Token {
    /// A new one, from the system's source of randomness.
    ///
    /// # Errors
    /// When the system has none.
    pub fn new() -> io::Result<Token> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Token(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether this was said. Takes equally long wherever a wrong one differs.
    pub fn is(&self, said: &str) -> bool {
        self.0.as_bytes().ct_eq(said.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// How a running `sorl` is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Address and port.
    pub address: String,
    /// The token.
    pub token: String,
    /// What it plays.
    pub score: String,
}

impl Place {
    /// The folder of these files: `sorl` in the user's runtime folder, else in the user's data folder.
    pub fn folder() -> Option<PathBuf> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let runtime = runtime.filter(|path| path.is_absolute() && path.is_dir());
        match runtime {
            Some(path) => Some(path.join("sorl")),
            None => crate::folders::library().map(|path| path.join("running")),
        }
    }

    /// Reads one file.
    ///
    /// # Errors
    /// When it cannot be read or says something else.
    pub fn read(path: &Path) -> io::Result<Place> {
        let text = fs::read_to_string(path)?;
        serde_json::from_str(&text).map_err(io::Error::other)
    }

    /// All that are there, the youngest first, with their files.
    pub fn all(folder: &Path) -> Vec<(PathBuf, Place)> {
        let Ok(entries) = fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut places: Vec<(SystemTime, PathBuf, Place)> = entries
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|e| e == "json"))
            .filter_map(|entry| {
                let age = entry.metadata().ok()?.modified().ok()?;
                Some((age, entry.path(), Place::read(&entry.path()).ok()?))
            })
            .collect();
        places.sort_by_key(|place| std::cmp::Reverse(place.0));
        places
            .into_iter()
            .map(|(_, path, place)| (path, place))
            .collect()
    }

    /// Writes the file, readable by its owner only, until the guard is dropped.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn publish(&self, folder: &Path) -> io::Result<Visiting> {
        let mut make = fs::DirBuilder::new();
        make.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
        make.create(folder)?;
        let port = self.address.rsplit(':').next().unwrap_or_default();
        let path = folder.join(format!("{port}.json"));
        // A port is one program's: what is there was left behind. New, so that its rights are ours to choose.
        let _ = fs::remove_file(&path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        let visiting = Visiting { path };
        file.write_all(
            serde_json::to_string(self)
                .map_err(io::Error::other)?
                .as_bytes(),
        )?;
        Ok(visiting)
    }
}

/// A file that is there as long as this is.
#[derive(Debug)]
pub struct Visiting {
    path: PathBuf,
}

impl Visiting {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Visiting {
    fn drop(&mut self) {
        // If it cannot be removed, the next who looks finds that nobody answers there.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_and_only_itself() {
        let (a, b) = (Token::new().unwrap(), Token::new().unwrap());
        assert_eq!(a.text().len(), 64);
        assert!(a.is(a.text()) && !a.is(b.text()) && !a.is("") && !a.is(&a.text()[1..]));
        assert!(!format!("{a:?}").contains(a.text()));
    }

    #[test]
    fn the_file_is_the_owners_alone_and_goes_with_the_program() {
        let folder = std::env::temp_dir().join(format!("sorl-place-{}", std::process::id()));
        let place = Place {
            address: "127.0.0.1:1234".to_owned(),
            token: "secret".to_owned(),
            score: "beat.sorl".to_owned(),
        };
        let visiting = place.publish(&folder).unwrap();
        assert_eq!(
            Place::all(&folder),
            [(visiting.path().to_owned(), place.clone())]
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(visiting.path()), mode(&folder)), (0o600, 0o700));
        }
        drop(visiting);
        assert!(Place::all(&folder).is_empty());
        fs::remove_dir_all(folder).unwrap();
    }
}
