//! Sound files from anywhere, copied to where scores can name them.

use std::fs;
use std::io;
use std::path::Path;

/// Copies a sound file into a folder in which scores look for sounds, unless it lies there already;
/// gives the name by which a score calls it. A file of the same name and another content is left as it
/// is: the new one gets a number.
///
/// # Errors
/// What the system says of reading or writing.
pub fn take_in(file: &Path, folder: &Path) -> io::Result<String> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let safe = |c: char| {
        if c.is_alphanumeric() || "-_ ".contains(c) {
            c
        } else {
            '_'
        }
    };
    let stem: String = stem.chars().map(safe).collect();
    let ending = file
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    fs::create_dir_all(folder)?;
    let bytes = fs::read(file)?;
    for number in 1.. {
        let name = match number {
            1 => stem.clone(),
            n => format!("{stem}-{n}"),
        };
        let path = folder.join(format!("{name}.{ending}"));
        match fs::read(&path) {
            Ok(there) if there == bytes => return Ok(name),
            Ok(_) => {}
            Err(_) => return fs::write(&path, &bytes).map(|()| name),
        }
    }
    Ok(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_copied_once_and_another_of_its_name_gets_a_number() {
        let root = std::env::temp_dir().join(format!("sorl-take-{}", std::process::id()));
        let (from, to) = (root.join("from"), root.join("to"));
        fs::create_dir_all(&from).expect("a folder");
        let file = from.join("my snare!.wav");
        fs::write(&file, b"one").expect("a file");
        let take = || take_in(&file, &to).expect("a copy");
        assert_eq!(
            (take(), take()),
            ("my snare_".to_owned(), "my snare_".to_owned())
        );
        fs::write(&file, b"two").expect("a file");
        assert_eq!(take(), "my snare_-2");
        assert_eq!(fs::read_dir(&to).expect("a folder").count(), 2);
        fs::remove_dir_all(&root).expect("our own folder");
    }
}
