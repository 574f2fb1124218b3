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
            let mut text = String::new();
            let read =
                fs::File::open(&real).map(|file| file.take(MOST + 1).read_to_string(&mut text));
            return match read {
                Ok(Ok(_)) if text.len() as u64 <= MOST => Ok(text),
                _ => Err(TextError::NoText(name.to_owned())),
            };
        }
        Err(TextError::Missing(name.to_owned()))
    }
}
