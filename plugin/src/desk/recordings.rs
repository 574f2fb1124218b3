//! The recordings of what a desk plays: of what is heard, and of single nodes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sorl_graph::io::file::Bits;
use sorl_graph::io::{RecordError, RecordOptions, Recording};
use sorl_graph::session::TrackError;
use thiserror::Error;

use super::{Desk, lock};

/// What is to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// The file; FLAC if its name ends so, else WAV.
    pub file: PathBuf,
    /// The node; what is heard without one.
    pub node: Option<String>,
    /// How samples are written.
    pub bits: Bits,
    /// The longest it may get.
    pub limit: Option<Duration>,
}

/// Why something is not recorded.
#[derive(Debug, Error)]
pub enum TakeError {
    /// Nothing plays, or no such node.
    #[error(transparent)]
    Track(#[from] TrackError),
    /// The file cannot be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Another recording is writing it.
    #[error("{0} is being recorded already")]
    Taken(PathBuf),
    /// Something has this name, and whoever asks from afar may not write over it.
    #[error("{0} is there already; take another name")]
    There(PathBuf),
    /// A name from afar leads elsewhere.
    #[error(
        "`{0}` is not the name of a file, ending in .wav or .flac, in the folder in which sorl was started"
    )]
    Name(String),
}

/// A recording that runs, in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeFigures {
    /// The file.
    pub file: PathBuf,
    /// The node; what is heard without one.
    pub node: Option<String>,
    /// Seconds that are on the disk.
    pub seconds: f64,
}

/// A recording that has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// The file.
    pub file: PathBuf,
    /// Its frames.
    pub frames: u64,
    /// Frames for which the disk was too slow.
    pub lost: u64,
    /// Why it ended by itself, or is not there.
    pub reason: Option<String>,
}

/// One that runs.
struct Running {
    take: Take,
    rate: u32,
    recording: Recording,
}

impl Running {
    fn finish(self) -> Taken {
        let file = self.take.file;
        match self.recording.finish() {
            Ok(done) => Taken {
                file,
                frames: done.frames,
                lost: done.lost,
                reason: done.reason,
            },
            Err(error) => Taken {
                file,
                frames: 0,
                lost: 0,
                reason: Some(error.to_string()),
            },
        }
    }
}

/// All that run. Its lock is held while a file is made, never while one is finished, and never with the session's.
#[derive(Default)]
pub(super) struct Recordings(Mutex<Vec<Running>>);

impl Recordings {
    fn list(&self) -> MutexGuard<'_, Vec<Running>> {
        lock(&self.0)
    }

    fn end(&self, is_it: impl Fn(&Running) -> bool) -> Vec<Taken> {
        let ended: Vec<Running> = self
            .list()
            .extract_if(.., |running| is_it(running))
            .collect();
        ended.into_iter().map(Running::finish).collect()
    }
}

impl Desk {
    /// Begins to record, from the next block on; before the engine's first block, from its first frame on.
    ///
    /// # Errors
    /// [`TakeError`]; then there is no file.
    pub fn record(&self, take: Take) -> Result<(), TakeError> {
        let (track, rate) = {
            let mut session = self.session();
            let rate = session.setup().ok_or(TrackError::NoEngine)?.rate;
            (session.record(take.node.as_deref())?, rate)
        };
        let mut list = self.recordings.list();
        if list.iter().any(|running| running.take.file == take.file) {
            return Err(TakeError::Taken(take.file));
        }
        let options = RecordOptions {
            rate,
            bits: take.bits,
            limit: take.limit,
        };
        let recording = Recording::start(track, &take.file, options)?;
        list.push(Running {
            take,
            rate,
            recording,
        });
        Ok(())
    }

    /// Like [`Desk::record`], for whoever asks from afar: a bare name, in `folder`, that nothing has yet. Where it goes.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn record_named(&self, folder: &Path, take: Take) -> Result<PathBuf, TakeError> {
        let name = take.file.to_string_lossy().into_owned();
        let bare = Path::new(&name).file_name() == Some(take.file.as_os_str())
            && !name.contains(['/', '\\', ':']);
        let end = take.file.extension().and_then(|end| end.to_str());
        if !bare || !end.is_some_and(|end| matches!(end, "wav" | "flac")) {
            return Err(TakeError::Name(name));
        }
        let file = folder.join(&name);
        if file.symlink_metadata().is_ok() {
            return Err(TakeError::There(file));
        }
        self.record(Take {
            file: file.clone(),
            ..take
        })?;
        Ok(file)
    }

    /// Ends the recordings, or only those of a file's name or path.
    pub fn end_recordings(&self, file: Option<&str>) -> Vec<Taken> {
        self.recordings.end(|running| {
            let path = &running.take.file;
            let named = |name: &str| {
                path.as_os_str() == name || path.file_name().is_some_and(|own| own == name)
            };
            file.is_none_or(named)
        })
    }

    /// Those that have ended by themselves since the last call.
    pub fn ended_recordings(&self) -> Vec<Taken> {
        self.recordings.end(|running| running.recording.has_ended())
    }

    /// Those that run.
    pub fn recordings(&self) -> Vec<TakeFigures> {
        let list = self.recordings.list();
        let figures = |running: &Running| TakeFigures {
            file: running.take.file.clone(),
            node: running.take.node.clone(),
            seconds: running.recording.frames() as f64 / f64::from(running.rate),
        };
        list.iter().map(figures).collect()
    }
}
