//! Sounds by name: where they are, which are loaded, which are under way.

use super::folder::{Folder, Found, is_safe};
use super::kept::{Contents, InUse, Kept, KeptSounds};
use super::worker::{Answer, Job, Work, Worker};
use super::{Sound, SoundError, kit};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Why a name leads to no sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// A name that would lead out of the folders in which sounds are looked for.
    #[error(
        "`{0}` is not the name of a sound: names stay inside the project's folder and the library"
    )]
    Outside(String),
    /// Nothing of this name anywhere.
    #[error("there is no sound `{0}`")]
    Unknown(String),
    /// There is a file, and it cannot be read as a sound.
    #[error(transparent)]
    Broken(#[from] SoundError),
}

/// The library of a session: what names lead to, and the sounds that are in use. Cheap to clone; all clones are one.
///
/// For control threads; a short lock inside.
#[derive(Clone, Default)]
pub struct Library(Arc<Mutex<Shelf>>);

/// Where a sound comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// A program gave it; the number tells two of one name apart.
    Given(u64),
    /// The project brought its bytes; the number tells two of one name apart.
    Kept(u64),
    /// A file, as it was when it was last looked at.
    File(PathBuf, Option<(SystemTime, u64)>),
    /// The built-in kit.
    Kit(String, usize),
}

/// A sound that is in use.
struct Entry {
    origin: Origin,
    /// The last good one, at the engine's rate, in one or two channels, and a number that no other one has.
    sound: Option<(Arc<Sound>, u64)>,
    /// The job that is under way.
    job: Option<u64>,
    error: Option<SoundError>,
}

#[derive(Default)]
struct Shelf {
    folders: Vec<Folder>,
    given: BTreeMap<String, (Arc<Sound>, u64)>,
    kept: KeptSounds,
    rate: Option<u32>,
    entries: HashMap<String, Entry>,
    worker: Option<Worker>,
    /// Counts jobs and editions.
    count: u64,
    probed: HashMap<PathBuf, Probed>,
    /// What went wrong since the last look.
    errors: Vec<String>,
}

/// What a look at a file found, and the file as it was then.
type Probed = (Option<(SystemTime, u64)>, Result<(), SoundError>);

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shelf = self.lock();
        f.debug_set().entries(shelf.entries.keys()).finish()
    }
}

impl Library {
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks for sounds in the project's folder, then in the library folder; in each of them, in its folder
    /// `samples` first. What is there goes before the built-in kit.
    pub fn set_folders(&self, project: Option<&Path>, library: Option<&Path>) {
        let all = [project, library].into_iter().flatten();
        let folders = all.flat_map(|f| [f.join("samples"), f.to_owned()]);
        self.lock().folders = folders.map(Folder::new).collect();
    }

    /// The folders in which sounds are looked for, in this order.
    pub fn folders(&self) -> Vec<PathBuf> {
        let shelf = self.lock();
        shelf.folders.iter().map(|f| f.path().to_owned()).collect()
    }

    /// Adds a sound that a program made; one of the same name gives way, also where it plays. It goes before files.
    pub fn add(&self, name: &str, sound: Sound) {
        let mut shelf = self.lock();
        shelf.count += 1;
        let number = shelf.count;
        shelf
            .given
            .insert(name.to_owned(), (Arc::new(sound), number));
    }

    /// Takes the sounds that a project brings with it in place of those of the last one, which are given back. They
    /// go before files.
    pub fn keep(&self, sounds: Vec<Kept>) -> Vec<Kept> {
        let mut shelf = self.lock();
        shelf.count += 1;
        let edition = shelf.count;
        shelf.kept.replace(sounds, edition)
    }

    /// Which of these sounds, by their full names, come from files or from a project: what a project has to take
    /// along.
    pub fn in_use(&self, keys: &BTreeSet<&str>) -> Vec<InUse> {
        let mut shelf = self.lock();
        let of = |key: &&str| {
            let (name, n) = split(key);
            if !is_safe(name) {
                return None;
            }
            let (origin, variants) = shelf.locate(name, n.unwrap_or(0))?;
            let path = match origin {
                Origin::File(path, _) => Some(path),
                Origin::Kept(_) => None,
                Origin::Given(_) | Origin::Kit(..) => return None,
            };
            Some(InUse {
                name: name.to_owned(),
                variant: [n.unwrap_or(0) % variants, variants],
                path,
            })
        };
        keys.iter().filter_map(of).collect()
    }

    /// The full name of a sound: `name`, or its `n`-th variant where it is a folder or a drum of the kit. With a bank,
    /// `bank/name` and `bank_name` are tried. A file is looked into, so that what is no sound is found out here.
    ///
    /// # Errors
    /// [`Missing`].
    pub fn find(&self, name: &str, n: usize, bank: Option<&str>) -> Result<String, Missing> {
        let (name, n) = match split(name) {
            (base, Some(own)) => (base, own + n),
            (base, None) => (base, n),
        };
        let full = match bank {
            Some(bank) => vec![format!("{bank}/{name}"), format!("{bank}_{name}")],
            None => vec![name.to_owned()],
        };
        let mut shelf = self.lock();
        for full in &full {
            if !is_safe(full) && !shelf.given.contains_key(full) {
                return Err(Missing::Outside(full.clone()));
            }
            let Some((origin, variants)) = shelf.locate(full, n) else {
                continue;
            };
            if let Origin::File(path, stamp) = &origin {
                shelf.probe(path, *stamp)?;
            }
            let key = if variants > 1 {
                format!("{full}:{}", n % variants)
            } else {
                full.clone()
            };
            // What could be opened and not be decoded to its end is known by now.
            if let Some(entry) = shelf.entries.get(&key)
                && entry.origin == origin
                && let Some(error) = &entry.error
            {
                return Err(error.clone().into());
            }
            return Ok(key);
        }
        Err(Missing::Unknown(full[0].clone()))
    }

    /// What a sound may be called: the kit's, what a program gave, and the top of the folders.
    pub fn names(&self) -> Vec<String> {
        let mut shelf = self.lock();
        let mut names: BTreeSet<String> = shelf.given.keys().cloned().collect();
        names.extend(kit::NAMES.iter().map(|k| k.0.to_owned()));
        for folder in &mut shelf.folders {
            names.extend(folder.names());
        }
        names.into_iter().collect()
    }

    /// A sound by its full name, at the engine's rate and in one or two channels, if it is loaded.
    pub fn get(&self, key: &str) -> Option<Arc<Sound>> {
        let shelf = self.lock();
        let (sound, _) = shelf.entries.get(key)?.sound.as_ref()?;
        Some(Arc::clone(sound))
    }

    /// A number for what is loaded of these: another one as soon as one of them is another.
    pub fn edition(&self, keys: &[&str]) -> u64 {
        let shelf = self.lock();
        let number = |key: &&str| {
            let entry = shelf.entries.get(*key);
            entry.and_then(|e| e.sound.as_ref()).map_or(0, |s| s.1)
        };
        keys.iter().map(number).fold(0, |sum, n| {
            sum.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(n)
        })
    }

    /// The rate that sounds are converted to. What is loaded at another one is loaded again.
    pub fn set_rate(&self, rate: u32) {
        let mut shelf = self.lock();
        if shelf.rate != Some(rate) {
            shelf.rate = Some(rate);
            shelf.entries.clear();
        }
    }

    /// Says which sounds are in use, by their full names: loads what is not there or has changed on the disk, forgets
    /// the others. Without a rate nothing is loaded.
    pub fn require(&self, keys: &BTreeSet<&str>) {
        let mut shelf = self.lock();
        shelf.entries.retain(|key, _| keys.contains(&**key));
        let Some(rate) = shelf.rate else { return };
        for key in keys {
            shelf.load(key, rate);
        }
    }

    /// Whether any sound is under way.
    pub fn is_loading(&self) -> bool {
        self.lock().entries.values().any(|e| e.job.is_some())
    }

    /// Takes what the worker has done. True if a sound is there that was not, or is another.
    pub fn collect(&self) -> bool {
        let mut shelf = self.lock();
        let mut changed = false;
        while let Some(answer) = shelf.worker.as_ref().and_then(Worker::answer) {
            changed |= shelf.take(answer);
        }
        changed
    }

    /// Waits until nothing is under way. True as in [`Library::collect`].
    pub fn wait(&self) -> bool {
        let mut shelf = self.lock();
        let mut changed = false;
        while shelf.entries.values().any(|e| e.job.is_some()) {
            match shelf.worker.as_ref().and_then(Worker::wait) {
                Some(answer) => changed |= shelf.take(answer),
                // No worker, no answers: nothing will come.
                None => shelf.entries.values_mut().for_each(|e| e.job = None),
            }
        }
        changed
    }

    /// What went wrong since this was last asked, in sentences that name the file.
    pub fn take_errors(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().errors)
    }
}

/// A name and the number behind its last colon, if there is one.
fn split(name: &str) -> (&str, Option<usize>) {
    match name.rsplit_once(':').map(|(base, n)| (base, n.parse())) {
        Some((base, Ok(n))) => (base, Some(n)),
        _ => (name, None),
    }
}

/// When a file was changed, and its length.
fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

impl Shelf {
    /// Where a name leads, and how many variants are there.
    fn locate(&mut self, name: &str, n: usize) -> Option<(Origin, usize)> {
        if let Some((_, number)) = self.given.get(name) {
            return Some((Origin::Given(*number), 1));
        }
        let file = |path: PathBuf| {
            let stamp = stamp(&path);
            Origin::File(path, stamp)
        };
        if let Some((kept, number, variants)) = self.kept.find(name, n) {
            let origin = match &kept.contents {
                Contents::Bytes(_) => Origin::Kept(number),
                Contents::File(path) => file(path.clone()),
            };
            return Some((origin, variants));
        }
        let found = self.folders.iter_mut().find_map(|f| f.find(name));
        match found {
            Some(Found::File(path)) => Some((file(path), 1)),
            Some(Found::Folder(mut files)) => {
                let (at, count) = (n % files.len(), files.len());
                Some((file(files.swap_remove(at)), count))
            }
            None => {
                let name = name.strip_prefix("kit/").unwrap_or(name);
                let count = kit::variants(name)?;
                Some((Origin::Kit(name.to_owned(), n % count), count))
            }
        }
    }

    /// Looks into a file, once as long as it does not change.
    fn probe(&mut self, path: &Path, now: Option<(SystemTime, u64)>) -> Result<(), SoundError> {
        if let Some((then, outcome)) = self.probed.get(path)
            && *then == now
        {
            return outcome.clone();
        }
        #[cfg(feature = "files")]
        let outcome = super::decode::probe(path);
        #[cfg(not(feature = "files"))]
        let outcome = Err(SoundError::NoFiles {
            path: path.to_owned(),
        });
        self.probed.insert(path.to_owned(), (now, outcome.clone()));
        outcome
    }

    /// Starts loading a sound, unless it is there or under way as it is now.
    fn load(&mut self, key: &str, rate: u32) {
        let (name, n) = split(key);
        let origin = if is_safe(name) || self.given.contains_key(name) {
            self.locate(name, n.unwrap_or(0))
        } else {
            None
        };
        let Some((origin, _)) = origin else {
            // Gone: what was loaded goes on playing.
            if !self.entries.contains_key(key) {
                self.errors
                    .push(Missing::Unknown(key.to_owned()).to_string());
            }
            return;
        };
        if self.entries.get(key).is_some_and(|e| e.origin == origin) {
            return;
        }
        let work = match &origin {
            Origin::Given(_) => Work::Given(Arc::clone(&self.given[name].0)),
            Origin::File(path, _) => Work::File(path.clone()),
            Origin::Kept(_) => match self.kept.find(name, n.unwrap_or(0)) {
                Some((
                    Kept {
                        contents: Contents::Bytes(bytes),
                        file,
                        ..
                    },
                    ..,
                )) => Work::Kept(Arc::clone(bytes), PathBuf::from(file)),
                _ => return,
            },
            Origin::Kit(name, n) => Work::Kit(name.clone(), *n),
        };
        self.count += 1;
        let number = self.count;
        let sound = self.entries.remove(key).and_then(|old| old.sound);
        let entry = Entry {
            origin,
            sound,
            job: Some(number),
            error: None,
        };
        self.entries.insert(key.to_owned(), entry);
        let worker = self.worker.get_or_insert_with(Worker::start);
        let job = Job { number, rate, work };
        if let Some(answer) = worker.send(job) {
            self.take(answer);
        }
    }

    /// Takes an answer. True if a sound is another now.
    fn take(&mut self, (number, result): Answer) -> bool {
        let found = self.entries.values_mut().find(|e| e.job == Some(number));
        let Some(entry) = found else { return false };
        entry.job = None;
        match result {
            Ok(sound) => {
                entry.sound = Some((sound, number));
                true
            }
            Err(error) => {
                let goes_on = entry.sound.is_some();
                let also = if goes_on {
                    "; the one before goes on"
                } else {
                    ""
                };
                self.errors.push(format!("{error}{also}"));
                entry.error = Some(error);
                false
            }
        }
    }
}
