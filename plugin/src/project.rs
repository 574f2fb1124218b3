//! A score in a file with what belongs to it beside it, and what is kept in case the program ends
//! without being asked to.
//!
//! Control threads only; the standalone's. `NAME.sorl` is the text and nothing else; `NAME.sorl.json`
//! beside it holds where nodes stand and what hands and acts have left. A host keeps all of this in
//! its own project, and needs none of it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

use crate::desk::Desk;
use crate::state::Document;

/// How many scores are remembered.
const RECENT: usize = 12;

/// Why a score could not be read or written.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// The file could not be read.
    #[error("cannot read {0}: {1}; check the name of the score")]
    Read(PathBuf, io::Error),
    /// The file is no text.
    #[error("cannot read {0}: it is not text in UTF-8; is it a score?")]
    NoText(PathBuf),
    /// The file could not be written.
    #[error("cannot write {0}: {1}; the score is not saved")]
    Write(PathBuf, io::Error),
    /// There is no file yet.
    #[error("this score has no file yet; save it under a name")]
    NoFile,
}

/// Which file a desk's score is, and what of it is saved.
#[derive(Debug, Default)]
pub struct Project {
    path: Option<PathBuf>,
    /// The text as it lies in the file.
    saved: String,
    /// Where what is not saved is kept meanwhile.
    rescue: Option<PathBuf>,
    rescued: Option<u64>,
    /// The folder in which recent scores and what is not saved are remembered.
    memory: Option<PathBuf>,
}

impl Project {
    /// The project of a desk whose score was read from a file, or from none. Takes up what lies beside
    /// the file; damage there costs places, not the score.
    pub fn of(desk: &Desk, path: Option<&Path>) -> Project {
        if let Some(document) = path.and_then(|path| beside(path, &desk.draft())) {
            // A score with a mistake stays in the pane, as it does without anything beside it.
            let _ = desk.restore(document);
        }
        Project {
            path: path.map(Path::to_owned),
            saved: desk.draft(),
            ..Project::default()
        }
    }

    /// The same with a folder for what is remembered from one start to the next.
    #[must_use]
    pub fn remembering(self, memory: Option<PathBuf>) -> Project {
        Project { memory, ..self }
    }

    /// The file.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What the window is called: the file's name, with a mark if something is not saved.
    pub fn title(&self, draft: &str) -> String {
        let name = self.path.as_deref().and_then(Path::file_name);
        let name = name.map_or("untitled".into(), |name| name.to_string_lossy());
        let mark = if draft == self.saved { "" } else { "• " };
        format!("{mark}{name} - Sorl")
    }

    /// Reads another score into the desk.
    ///
    /// # Errors
    /// [`ProjectError`]; then nothing has changed. A score with a mistake is read all the same: its text
    /// is in the pane, and what sounded before goes on.
    pub fn open(&mut self, desk: &Desk, path: &Path) -> Result<(), ProjectError> {
        let bytes = fs::read(path).map_err(|error| ProjectError::Read(path.to_owned(), error))?;
        let text = String::from_utf8(bytes).map_err(|_| ProjectError::NoText(path.to_owned()))?;
        crate::folders::look_in(desk.session().sounds(), Some(path));
        let none = Default::default();
        let document = beside(path, &text).unwrap_or_else(|| Document::new(&text, &text, &none));
        // What is wrong with it is shown at its place.
        let _ = desk.restore(document);
        (self.path, self.saved) = (Some(path.to_owned()), text);
        self.remember(path);
        Ok(())
    }

    /// A new score, without a file yet.
    pub fn renew(&mut self, desk: &Desk, text: &str) {
        let _ = desk.restore(Document::new(text, text, &Default::default()));
        (self.path, self.saved) = (None, text.to_owned());
    }

    /// Writes what is in the pane to the file, and the rest beside it.
    ///
    /// # Errors
    /// [`ProjectError::NoFile`], [`ProjectError::Write`].
    pub fn save(&mut self, desk: &Desk) -> Result<(), ProjectError> {
        let path = self.path.clone().ok_or(ProjectError::NoFile)?;
        let document = desk.save();
        let text = document
            .draft
            .clone()
            .unwrap_or_else(|| document.score.clone());
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| ProjectError::Write(path, error)
        };
        write(&path, text.as_bytes()).map_err(failed(&path))?;
        let side = side(&path);
        match aside(&document) {
            Some(json) => write(&side, json.as_bytes()).map_err(failed(&side))?,
            // Nothing to keep: then there is no file that one has to wonder about.
            None => drop(fs::remove_file(&side)),
        }
        self.saved = text;
        self.forget_rescue();
        self.remember(&path);
        Ok(())
    }

    /// The same under another name, which is the file's from now on; `.sorl` is added if it has no
    /// ending.
    ///
    /// # Errors
    /// [`ProjectError::Write`]; then the file is the one it was.
    pub fn save_as(&mut self, desk: &Desk, path: &Path) -> Result<(), ProjectError> {
        let path = match path.extension() {
            Some(_) => path.to_owned(),
            None => path.with_extension("sorl"),
        };
        let before = self.path.replace(path);
        self.save(desk).inspect_err(|_| self.path = before)
    }

    /// Keeps what is not saved, so that it is there after a crash. To be called every few seconds; does
    /// nothing where nothing changed.
    pub fn keep(&mut self, desk: &Desk) {
        let revision = desk.revision();
        if self.rescued == Some(revision) {
            return;
        }
        let document = desk.document();
        let text = document.draft.as_deref().unwrap_or(&document.score);
        if text == self.saved {
            self.forget_rescue();
            self.rescued = Some(revision);
            return;
        }
        let Some(folder) = self.rescue_folder() else {
            return;
        };
        let file = folder.join(format!("{}.json", std::process::id()));
        let mut json = document.to_value();
        if let Value::Object(map) = &mut json {
            map.remove("sounds");
        }
        if let (Value::Object(map), Some(path)) = (&mut json, &self.path) {
            map.insert(
                "file".to_owned(),
                path.to_string_lossy().into_owned().into(),
            );
        }
        // Without room on the disk there is nothing to be done here; saving will say so.
        if fs::create_dir_all(&folder).is_ok() && write(&file, json.to_string().as_bytes()).is_ok()
        {
            (self.rescue, self.rescued) = (Some(file), Some(revision));
        }
    }

    /// Nothing is to be rescued any more: saved, or ended as it should.
    pub fn forget_rescue(&mut self) {
        if let Some(file) = self.rescue.take() {
            let _ = fs::remove_file(file);
        }
    }

    /// Takes up what a program that ended without being asked to has left, if anything; says whether
    /// there was something.
    pub fn recover(&mut self, desk: &Desk) -> bool {
        let Some(file) = self.rescue_folder().as_deref().and_then(left_behind) else {
            return false;
        };
        let read = fs::read_to_string(&file).ok();
        let value: Option<Value> = read.and_then(|text| serde_json::from_str(&text).ok());
        let path = value
            .as_ref()
            .and_then(|v| v.get("file"))
            .and_then(Value::as_str);
        let path = path.map(PathBuf::from);
        let document = value.and_then(|value| Document::from_value(value).ok());
        let _ = fs::remove_file(&file);
        let Some(document) = document else {
            return false;
        };
        let _ = desk.restore(document);
        // It is not what lies in the file, if there is one.
        self.saved = path
            .as_deref()
            .and_then(|p| fs::read_to_string(p).ok())
            .unwrap_or_default();
        (self.path, self.rescued) = (path, None);
        true
    }

    /// The scores that were opened or saved last, the last first, as far as they are still there.
    pub fn recent(&self) -> Vec<PathBuf> {
        let file = self.recent_file();
        let read = file.and_then(|file| fs::read_to_string(file).ok());
        let paths = read.unwrap_or_default();
        let paths = paths.lines().map(PathBuf::from);
        paths.filter(|path| path.is_file()).collect()
    }

    fn remember(&self, path: &Path) {
        let Some(file) = self.recent_file() else {
            return;
        };
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let others = self.recent().into_iter().filter(|other| *other != path);
        let all: Vec<PathBuf> = std::iter::once(path.clone())
            .chain(others)
            .take(RECENT)
            .collect();
        let lines: Vec<_> = all.iter().map(|path| path.to_string_lossy()).collect();
        if let Some(folder) = file.parent() {
            // A list of conveniences: without it everything else works.
            let _ = fs::create_dir_all(folder);
            let _ = write(&file, (lines.join("\n") + "\n").as_bytes());
        }
    }

    fn recent_file(&self) -> Option<PathBuf> {
        Some(self.memory.as_ref()?.join("recent"))
    }

    fn rescue_folder(&self) -> Option<PathBuf> {
        Some(self.memory.as_ref()?.join("rescue"))
    }
}

/// What a dead program left: a file by its process's number.
fn left_behind(folder: &Path) -> Option<PathBuf> {
    let files = fs::read_dir(folder).ok()?.flatten();
    let mut files: Vec<PathBuf> = files.map(|file| file.path()).collect();
    files.sort();
    files.into_iter().find(|path| {
        let id: Option<u32> = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        id.is_some_and(|id| id != std::process::id() && !is_alive(id))
    })
}

/// Whether a process runs, where the system lets one see it.
fn is_alive(id: u32) -> bool {
    let processes = Path::new("/proc");
    processes.join("self").exists() && processes.join(id.to_string()).exists()
}

/// The file beside a score.
fn side(path: &Path) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(".json");
    PathBuf::from(name)
}

/// What lies beside a score, with the score.
fn beside(path: &Path, text: &str) -> Option<Document> {
    let json = fs::read_to_string(side(path)).ok()?;
    let mut value: Value = serde_json::from_str(&json).ok()?;
    value
        .as_object_mut()?
        .insert("score".to_owned(), text.into());
    Document::from_value(value).ok()
}

/// What is to lie beside a score: a document without the text; nothing if there is nothing.
fn aside(document: &Document) -> Option<String> {
    let Value::Object(mut map) = document.to_value() else {
        return None;
    };
    map.remove("score");
    map.remove("draft");
    // The files lie beside it themselves.
    map.remove("sounds");
    let places = map
        .get("positions")
        .and_then(Value::as_object)
        .is_some_and(|p| !p.is_empty());
    if !places && !map.contains_key("session") {
        return None;
    }
    serde_json::to_string_pretty(&map)
        .ok()
        .map(|json| json + "\n")
}

/// Writes a file so that either the old or the new one is there, whatever happens meanwhile.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = OsString::from(path.as_os_str());
    name.push(".part");
    let part = PathBuf::from(name);
    fs::write(&part, bytes)?;
    fs::rename(&part, path).inspect_err(|_| drop(fs::remove_file(&part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORE: &str = "def one():\n    return sine_osc(440)\n\no = node(\"one\", one)\n";

    /// A folder of its own for a test, gone with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let folder = std::env::temp_dir().join(format!("sorl-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("a folder");
            Folder(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn places_lie_beside_the_score_and_come_back_with_it() {
        let folder = Folder::new("beside");
        let path = folder.0.join("song.sorl");
        let desk = Desk::new(SCORE);
        let mut project = Project::of(&desk, None);
        assert!(matches!(project.save(&desk), Err(ProjectError::NoFile)));
        project
            .save_as(&desk, &folder.0.join("song"))
            .expect("a file");
        assert!(!side(&path).exists(), "nothing to keep beside it");
        desk.place("one", [3.0, 4.0]);
        project.save(&desk).expect("a file");
        assert_eq!(fs::read_to_string(&path).expect("the score"), SCORE);

        let other = Desk::new("");
        let mut again = Project::default().remembering(Some(folder.0.join("memory")));
        again.open(&other, &path).expect("a score");
        assert_eq!(other.positions(), desk.positions());
        assert_eq!(other.session().patch(), desk.session().patch());
        assert_eq!(again.title(&other.draft()), "song.sorl - Sorl");
        assert_eq!(again.title("x"), "• song.sorl - Sorl");
        let recent = again.recent();
        assert_eq!(recent.len(), 1);
        assert!(recent[0].ends_with("song.sorl"));
        let names: Vec<_> = fs::read_dir(&folder.0)
            .expect("a folder")
            .flatten()
            .collect();
        assert_eq!(names.len(), 3, "no half files are left: {names:?}");
    }

    #[test]
    fn what_was_not_saved_is_there_after_a_crash() {
        let folder = Folder::new("rescue");
        let memory = Some(folder.0.clone());
        let desk = Desk::new(SCORE);
        let mut project = Project::of(&desk, None).remembering(memory.clone());
        project.keep(&desk);
        assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 0);
        desk.set_draft("# half a th");
        project.keep(&desk);
        let rescue = folder.0.join("rescue");
        let kept = rescue.join(format!("{}.json", std::process::id()));
        assert!(kept.exists());
        // As if another process had written it, one that is no more.
        fs::rename(&kept, rescue.join("4194399.json")).expect("another name");

        let other = Desk::new("");
        let mut after = Project::default().remembering(memory);
        assert!(after.recover(&other));
        assert_eq!(other.draft(), "# half a th");
        assert_eq!(other.session().score(), SCORE);
        assert!(!after.recover(&other), "once");
    }

    #[test]
    fn a_file_that_is_no_score_changes_nothing() {
        let folder = Folder::new("wrong");
        let path = folder.0.join("noise.sorl");
        fs::write(&path, [0xff, 0xfe, 0x00]).expect("a file");
        let desk = Desk::new(SCORE);
        let mut project = Project::of(&desk, None);
        assert!(matches!(
            project.open(&desk, &path),
            Err(ProjectError::NoText(_))
        ));
        let missing = project.open(&desk, &folder.0.join("none.sorl"));
        assert!(matches!(missing, Err(ProjectError::Read(..))));
        assert_eq!(desk.session().score(), SCORE);
        assert_eq!(project.path(), None);
    }
}
