//! Recording to a WAV or FLAC file, without a gap.
//!
//! The engine copies each frame into a queue of four seconds ([`Session::record`](crate::Session::record)); a thread of this
//! module's own writes them to the disk. It ends at the length that was allowed, when the disk is nearly full, when the
//! engine has gone or has another rate, or when it is told to, and the file then has its name.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use thiserror::Error;

use super::file::{Bits, FileError, SoundFile};
use crate::session::TrackReader;

/// Bytes that stay free on the disk.
const SPARE: u64 = 64 << 20;
/// How often the disk is written to.
const PERIOD: Duration = Duration::from_millis(50);
/// Frames that are written at a time, and between two looks at how much room the disk has.
const PIECE: usize = 1 << 14;
const LOOK: u64 = 1 << 17;

/// Why nothing is recorded.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The disk.
    #[error("only {free} MB are free where {path} would be; {SPARE_MB} MB have to stay free")]
    Full {
        /// The file.
        path: PathBuf,
        /// Megabytes that are free.
        free: u64,
    },
    /// There is no thread for it.
    #[error("no thread for the recording: {0}")]
    Thread(std::io::Error),
}

const SPARE_MB: u64 = SPARE >> 20;

/// How a recording ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Frames in the file.
    pub frames: u64,
    /// Frames that the disk was too slow for.
    pub lost: u64,
    /// Why it ended by itself, if so.
    pub reason: Option<String>,
}

/// A recording that runs. Dropping it ends it.
pub struct Recording {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
    path: PathBuf,
    thread: Option<JoinHandle<Result<Recorded, FileError>>>,
}

/// What is to be recorded, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct RecordOptions {
    /// Frames a second: those of the engine.
    pub rate: u32,
    /// How samples are written.
    pub bits: Bits,
    /// The longest it may get; at most what such a file holds.
    pub limit: Option<Duration>,
}

impl Recording {
    /// Begins to record a track.
    ///
    /// # Errors
    /// [`RecordError`] when the file cannot be made or the disk is full.
    pub fn start(
        track: TrackReader,
        path: &Path,
        options: RecordOptions,
    ) -> Result<Recording, RecordError> {
        let most = options.bits.in_file(path).most_frames(path);
        let asked = options
            .limit
            .map(|limit| (limit.as_secs_f64() * f64::from(options.rate)) as u64);
        let limit = asked.unwrap_or(most).min(most);
        if let Some(free) = free(path).filter(|&free| free < SPARE) {
            return Err(RecordError::Full {
                path: path.to_owned(),
                free: free >> 20,
            });
        }
        let file = SoundFile::create(path, options.rate, options.bits, 0)?;
        let (stop, written) = (Arc::default(), Arc::default());
        let writer = Writer {
            file,
            path: path.to_owned(),
            track,
            limit,
            stop: Arc::clone(&stop),
            written: Arc::clone(&written),
        };
        // Dropped on an error, the writer takes its file along.
        let thread = thread::Builder::new()
            .name("sorl-record".to_owned())
            .spawn(move || writer.run())
            .map_err(RecordError::Thread)?;
        Ok(Recording {
            stop,
            written,
            path: path.to_owned(),
            thread: Some(thread),
        })
    }

    /// Where it goes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Frames that are on the disk.
    pub fn frames(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends it and gives the file its name.
    ///
    /// # Errors
    /// [`FileError`] when the disk refused.
    pub fn finish(mut self) -> Result<Recorded, FileError> {
        self.end().unwrap_or(Ok(Recorded {
            frames: 0,
            lost: 0,
            reason: Some("a fault inside Sorl".to_owned()),
        }))
    }

    fn end(&mut self) -> Option<Result<Recorded, FileError>> {
        self.stop.store(true, Ordering::Release);
        self.thread.take()?.join().ok()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // Who wanted to hear of an error called `finish`.
        let _ = self.end();
    }
}

/// What the disk thread owns.
struct Writer {
    file: SoundFile,
    path: PathBuf,
    track: TrackReader,
    limit: u64,
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
}

impl Writer {
    fn run(mut self) -> Result<Recorded, FileError> {
        let mut looked = 0u64;
        let mut frames = Vec::with_capacity(PIECE);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let mut reason = None;
        loop {
            // What was played before is still written.
            let (stopped, over) = (self.stop.load(Ordering::Acquire), self.track.is_over());
            let done = self.written.load(Ordering::Relaxed);
            frames.clear();
            let most = PIECE.min(usize::try_from(self.limit - done).unwrap_or(PIECE));
            let came = self.track.read(most, &mut frames);
            left.clear();
            right.clear();
            left.extend(frames.iter().map(|frame| frame[0]));
            right.extend(frames.iter().map(|frame| frame[1]));
            self.file.write(&left, &right)?;
            let done = done + came as u64;
            self.written.store(done, Ordering::Relaxed);
            if done >= self.limit {
                reason = Some("it is as long as it may get".to_owned());
                break;
            }
            if done - looked >= LOOK {
                looked = done;
                if free(&self.path).is_some_and(|free| free < SPARE) {
                    reason = Some("the disk is nearly full".to_owned());
                    break;
                }
            }
            if came == most {
                continue;
            }
            if over && !stopped {
                reason = Some("what played is gone, or has another rate".to_owned());
            }
            if stopped || over {
                break;
            }
            thread::sleep(PERIOD);
        }
        let lost = self.track.lost();
        self.file.finish()?;
        Ok(Recorded {
            frames: self.written.load(Ordering::Relaxed),
            lost,
            reason,
        })
    }
}

/// Bytes that are free where a file would be, if the system tells.
fn free(path: &Path) -> Option<u64> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    fs4::available_space(folder.unwrap_or(Path::new("."))).ok()
}
