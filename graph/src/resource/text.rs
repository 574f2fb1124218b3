//! Texts that scores read: out of the folders in which sounds are looked for, and nowhere else.

use super::folder::is_safe;
use super::library::Library;
use std::fs;
use std::io::Read;

/// Longest text, in bytes.
const MOST: u64 = 1 << 20;

/// Why there is no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A name that leads elsewhere.
    #[error("`{0}` does not stay in the project and the library folder")]
    Outside(String),
    /// No such file.
    #[error("there is no file `{0}` in the project or the library folder")]
    Missing(String),
    /// A file that cannot be read, or is too long.
    #[error("`{0}` cannot be read, or is too long")]
    TooLong(String),
    /// A file that is no text, or too long.
    #[error("`{0}` is not a text of at most a mebibyte")]
    NoText(String),
}

impl Library {
    /// The text of a file by its path within the project's folder or the library folder. Reads a file; for the
    /// control side.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn text(&self, name: &str) -> Result<String, TextError> {
        let no_text = || TextError::NoText(name.to_owned());
        let bytes = self.bytes(name, MOST).map_err(|error| match error {
            TextError::TooLong(_) => no_text(),
            other => other,
        })?;
        String::from_utf8(bytes).map_err(|_| no_text())
    }

    /// The bytes of a file, at most so many, likewise.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn bytes(&self, name: &str, most: u64) -> Result<Vec<u8>, TextError> {
        if !is_safe(name) {
            return Err(TextError::Outside(name.to_owned()));
        }
        for folder in self.folders() {
            let path = folder.join(name);
            let (Ok(home), Ok(real)) = (fs::canonicalize(&folder), fs::canonicalize(&path)) else {
                continue;
            };
            if !real.is_file() {
                continue;
            }
            if !real.starts_with(&home) {
                // A link that leads out of the folder.
                return Err(TextError::Outside(name.to_owned()));
            }
            let mut bytes = Vec::new();
            let read =
                fs::File::open(&real).map(|file| file.take(most + 1).read_to_end(&mut bytes));
            return match read {
                Ok(Ok(_)) if bytes.len() as u64 <= most => Ok(bytes),
                _ => Err(TextError::TooLong(name.to_owned())),
            };
        }
        Err(TextError::Missing(name.to_owned()))
    }
}
