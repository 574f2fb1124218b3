//! The sound files of a project: taken along in its state, and found again.
//!
//! Control threads only: files are read, compressed and hashed here, under no lock of a session. A file up to
//! [`LARGEST`] goes into the state as it is, deflated; of a larger one the state has the place below the folder of
//! sounds that it was found in, its length and its hash, never an absolute path, and it is looked for by these.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sorl_graph::resource::{Contents, InUse, Kept};

/// The largest file that a state takes along, in bytes.
pub const LARGEST: u64 = 16 << 20;
/// How much is taken along in all, in bytes: hosts keep many copies of a state, and the framework refuses what is
/// above 256 MiB.
const MOST: u64 = 128 << 20;
/// How many files and folders are looked at for one that is not where it was.
const SEARCHED: usize = 20_000;
/// How deep folders are searched.
const DEEPEST: usize = 8;

/// A sound file in a saved state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSound {
    /// What the score calls it, without the number behind a colon.
    pub name: String,
    /// Which of the variants of this name it is, from 0, and how many there were.
    pub variant: [usize; 2],
    /// The file's place below the folder in which sounds are looked for, with `/` between its parts.
    pub file: String,
    /// The file's length in bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its bytes, deflated (zlib), in base64; absent if they are too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// What was saved last, so that a host which asks for the state again and again does not make us read again.
#[derive(Debug, Default)]
pub struct Saver {
    known: BTreeMap<PathBuf, (Stamp, SavedSound)>,
    /// As they came with the state that was loaded.
    brought: Vec<SavedSound>,
}

type Stamp = (Option<SystemTime>, u64);

impl Saver {
    /// Remembers what a loaded state brought: it goes into the next one as it is.
    pub fn remember(&mut self, brought: &[SavedSound]) {
        brought.clone_into(&mut self.brought);
    }

    /// The saved form of the sounds in use; with `all`, also of those that were brought and are not in use now. Sounds
    /// whose file is gone are left out: there is nothing to save.
    pub fn save(&mut self, in_use: &[InUse], folders: &[PathBuf], all: bool) -> Vec<SavedSound> {
        let mut saved: Vec<SavedSound> = Vec::new();
        let mut room = MOST;
        for sound in in_use {
            let found = match &sound.path {
                Some(path) => self.file(path, sound, folders),
                None => self.brought.iter().find(|b| is(b, sound)).cloned(),
            };
            let Some(mut found) = found else { continue };
            let size = found.data.as_ref().map_or(0, |data| data.len() as u64);
            match room.checked_sub(size) {
                Some(rest) => room = rest,
                None => found.data = None,
            }
            saved.push(found);
        }
        if all {
            let missing = self.brought.iter().filter(|b| {
                let twin = |s: &SavedSound| s.name == b.name && s.variant[0] == b.variant[0];
                !saved.iter().any(twin)
            });
            let missing: Vec<SavedSound> = missing.cloned().collect();
            saved.extend(missing);
        }
        let used: Vec<&PathBuf> = in_use.iter().filter_map(|s| s.path.as_ref()).collect();
        self.known.retain(|path, _| used.contains(&path));
        saved
    }

    fn file(&mut self, path: &Path, sound: &InUse, folders: &[PathBuf]) -> Option<SavedSound> {
        let about = fs::metadata(path).ok()?;
        let stamp = (about.modified().ok(), about.len());
        let named = |known: &SavedSound| SavedSound {
            name: sound.name.clone(),
            variant: sound.variant,
            ..known.clone()
        };
        if let Some((then, known)) = self.known.get(path)
            && *then == stamp
        {
            return Some(named(known));
        }
        let (bytes, sha256, data) = if about.len() <= LARGEST {
            let bytes = fs::read(path).ok()?;
            let hash = hex(&Sha256::digest(&bytes));
            (bytes.len() as u64, hash, deflated(&bytes).ok())
        } else {
            (about.len(), hash(path).ok()?, None)
        };
        let known = SavedSound {
            name: sound.name.clone(),
            variant: sound.variant,
            file: below(path, folders),
            bytes,
            sha256,
            data,
        };
        self.known.insert(path.to_owned(), (stamp, known.clone()));
        Some(known)
    }
}

fn is(saved: &SavedSound, sound: &InUse) -> bool {
    saved.name == sound.name && saved.variant[0] == sound.variant[0]
}

/// A path below the first of the folders that it lies in, else its file's name alone.
fn below(path: &Path, folders: &[PathBuf]) -> String {
    let whole = |folder: &PathBuf| folder.canonicalize().ok();
    let inner = folders
        .iter()
        .filter_map(whole)
        .find_map(|folder| path.strip_prefix(folder).ok().map(Path::to_owned));
    let inner = inner.unwrap_or_else(|| path.file_name().map(PathBuf::from).unwrap_or_default());
    let parts = inner
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// What a state brings, as the library keeps it, and a sentence for each that is not to be had.
pub fn brought(saved: &[SavedSound], folders: &[PathBuf]) -> (Vec<Kept>, Vec<String>) {
    let (mut kept, mut missing) = (Vec::new(), Vec::new());
    for sound in saved {
        let contents = match &sound.data {
            Some(data) => inflated(data, sound.bytes).map(Contents::Bytes),
            None => search(sound, folders).map(Contents::File),
        };
        match contents {
            Some(contents) => kept.push(Kept {
                name: sound.name.clone(),
                variant: sound.variant,
                file: sound.file.clone(),
                contents,
            }),
            None if sound.data.is_some() => {
                missing.push(format!("The sound `{}` in the saved state is damaged.", sound.name));
            }
            None => missing.push(format!(
                "The sound `{}` was too large for the project, and {} ({} bytes) is not among your sounds; put that \
                 file into {} and load the project again.",
                sound.name,
                sound.file,
                sound.bytes,
                folders.last().map_or_else(|| "the library".into(), |f| f.display().to_string()),
            )),
        }
    }
    (kept, missing)
}

fn deflated(bytes: &[u8]) -> io::Result<String> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    Ok(BASE64.encode(encoder.finish()?))
}

/// The bytes, if they are as many as they were: what is larger is not taken in to find out.
fn inflated(data: &str, bytes: u64) -> Option<Arc<[u8]>> {
    if bytes > LARGEST {
        return None;
    }
    let packed = BASE64.decode(data).ok()?;
    let mut whole = Vec::new();
    let read = ZlibDecoder::new(&*packed)
        .take(bytes + 1)
        .read_to_end(&mut whole);
    (read.is_ok() && whole.len() as u64 == bytes).then(|| whole.into())
}

/// The file that a state refers to: where it was below one of the folders, else anywhere in them, by length and hash.
fn search(sound: &SavedSound, folders: &[PathBuf]) -> Option<PathBuf> {
    let is_it = |path: &Path| {
        let length = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.len();
        (length == sound.bytes && hash(path).ok()? == sound.sha256).then_some(())
    };
    let plain = sound
        .file
        .split('/')
        .all(|part| !matches!(part, "" | "." | ".."));
    for folder in folders.iter().filter(|_| plain) {
        let path = folder.join(&sound.file);
        if is_it(&path).is_some() {
            return Some(path);
        }
    }
    let mut looked = 0;
    let mut todo: Vec<(PathBuf, usize)> = folders.iter().map(|f| (f.clone(), 0)).collect();
    while let Some((folder, depth)) = todo.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            looked += 1;
            if looked > SEARCHED {
                return None;
            }
            let path = entry.path();
            // Links are not followed here: they may lead round in circles.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < DEEPEST => todo.push((path, depth + 1)),
                Ok(kind) if kind.is_file() && is_it(&path).is_some() => return Some(path),
                _ => {}
            }
        }
    }
    None
}

fn hash(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = fs::File::open(path)?;
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(&hasher.finalize())),
            read => hasher.update(&piece[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("sorl-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("kicks")).unwrap();
        folder.canonicalize().unwrap()
    }

    fn in_use(path: &Path) -> InUse {
        InUse {
            name: "kicks".to_owned(),
            variant: [1, 3],
            path: Some(path.to_owned()),
        }
    }

    #[test]
    fn a_small_file_goes_along_and_comes_out_byte_by_byte() {
        let folder = folder("small");
        let path = folder.join("kicks/two.wav");
        let bytes: Vec<u8> = (0..40_000u32).map(|i| (i / 7) as u8).collect();
        fs::write(&path, &bytes).unwrap();
        let mut saver = Saver::default();
        let folders = [folder.join("samples"), folder.clone()];
        let saved = saver.save(&[in_use(&path)], &folders, false);
        assert_eq!((saved.len(), &*saved[0].file), (1, "kicks/two.wav"));
        assert!(saved[0].data.as_ref().unwrap().len() < bytes.len() / 10);
        fs::remove_dir_all(&folder).unwrap();

        let (kept, missing) = brought(&saved, &[]);
        assert!(missing.is_empty());
        assert_eq!(kept[0].contents, Contents::Bytes(bytes.into()));
        assert_eq!(kept[0].variant, [1, 3]);

        // Brought, it goes along again though there is no file any more.
        let mut next = Saver::default();
        next.remember(&saved);
        let no_file = InUse {
            path: None,
            ..in_use(&path)
        };
        assert_eq!(next.save(&[no_file], &[], false), saved);
        assert_eq!(next.save(&[], &[], true), saved);
        assert!(next.save(&[], &[], false).is_empty());
    }

    #[test]
    fn damaged_bytes_are_refused_and_never_unpack_to_more_than_was_saved() {
        let bomb = SavedSound {
            name: "x".to_owned(),
            variant: [0, 1],
            file: "x.wav".to_owned(),
            bytes: 100,
            sha256: String::new(),
            data: Some(deflated(&vec![0; 1 << 20]).unwrap()),
        };
        let (kept, missing) = brought(std::slice::from_ref(&bomb), &[]);
        assert!(kept.is_empty() && missing[0].contains("damaged"));
        for data in ["", "no base64!", "AAAA"] {
            let data = Some(data.to_owned());
            let (kept, _) = brought(
                &[SavedSound {
                    data,
                    ..bomb.clone()
                }],
                &[],
            );
            assert!(kept.is_empty());
        }
    }

    #[test]
    fn a_large_file_is_found_by_its_place_or_its_hash_and_never_by_an_absolute_path() {
        let folder = folder("large");
        let path = folder.join("kicks/long.wav");
        let file = fs::File::create(&path).unwrap();
        // A file of holes: it takes no room.
        file.set_len(LARGEST + 1).unwrap();
        let folders = [folder.clone()];
        let saved = Saver::default().save(&[in_use(&path)], &folders, false);
        assert_eq!(saved[0].data, None);
        let text = serde_json::to_string(&saved).unwrap();
        assert!(!text.contains(&*folder.to_string_lossy()), "{text}");
        let found = |folders: &[PathBuf]| brought(&saved, folders).0;
        assert_eq!(found(&folders)[0].contents, Contents::File(path.clone()));

        let moved = folder.join("other name.wav");
        fs::rename(&path, &moved).unwrap();
        assert_eq!(found(&folders)[0].contents, Contents::File(moved.clone()));
        fs::OpenOptions::new()
            .write(true)
            .open(&moved)
            .unwrap()
            .write_all(b"x")
            .unwrap();
        let (kept, missing) = brought(&saved, &folders);
        assert!(
            kept.is_empty() && missing[0].contains("kicks/long.wav"),
            "{missing:?}"
        );
        let out = SavedSound {
            file: "../../etc/passwd".to_owned(),
            ..saved[0].clone()
        };
        assert!(search(&out, &folders).is_none());
        fs::remove_dir_all(&folder).unwrap();
    }
}
