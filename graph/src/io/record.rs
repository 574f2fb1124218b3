//! Recording what is heard to a WAV file, without a gap.
//!
//! The driver copies each block into a queue of four seconds ([`Tap`], on the audio thread, real-time safe); a thread of
//! this module's own writes them to the disk. It ends at the length that was allowed, when the disk is nearly full, or
//! when it is told to, and the file then has its name.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};
use thiserror::Error;

use super::hub::Hub;
use super::wav::{Bits, WavError, WavFile};

/// Seconds that the disk may keep silent.
const SECONDS: usize = 4;
/// Bytes that stay free on the disk.
const SPARE: u64 = 64 << 20;
/// How often the disk is written to.
const PERIOD: Duration = Duration::from_millis(50);
/// Frames between two looks at how much room the disk has.
const LOOK: u64 = 1 << 17;

/// The audio thread's end.
pub(super) struct Tap {
    rate: u32,
    queue: Producer<f32>,
    lost: Arc<AtomicU64>,
}

impl Tap {
    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Takes a block; false once nobody writes any more. Real-time safe.
    pub(super) fn push(&mut self, left: &[f32], right: &[f32]) -> bool {
        if self.queue.is_abandoned() {
            return false;
        }
        let room = self.queue.slots() / 2;
        let frames = left.len().min(right.len());
        let kept = frames.min(room);
        if let Ok(chunk) = self.queue.write_chunk_uninit(kept * 2) {
            chunk.fill_from_iter(
                left.iter()
                    .zip(right)
                    .take(kept)
                    .flat_map(|(&l, &r)| [l, r]),
            );
        }
        self.lost
            .fetch_add((frames - kept) as u64, Ordering::Relaxed);
        true
    }
}

/// Why nothing is recorded.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The file.
    #[error(transparent)]
    File(#[from] WavError),
    /// The disk.
    #[error("only {free} MB are free where {path} would be; {SPARE_MB} MB have to stay free")]
    Full {
        /// The file.
        path: PathBuf,
        /// Megabytes that are free.
        free: u64,
    },
    /// There is no sound.
    #[error("nothing plays that could be recorded, or four recordings run already")]
    NoSound,
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
    thread: Option<JoinHandle<Result<Recorded, WavError>>>,
}

/// What is to be recorded, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct RecordOptions {
    /// Frames a second: those of the engine.
    pub rate: u32,
    /// How samples are written.
    pub bits: Bits,
    /// The longest it may get; at most what a WAV file holds.
    pub limit: Option<Duration>,
}

impl Recording {
    /// Begins to record what leaves the main outputs.
    ///
    /// # Errors
    /// [`RecordError`] when the file cannot be made, the disk is full, or nothing plays.
    pub fn start(hub: &Hub, path: &Path, options: RecordOptions) -> Result<Recording, RecordError> {
        // The header's count and its bytes are 32 bits wide.
        let most = (u64::from(u32::MAX) - 4096) / (2 * u64::from(options.bits.bytes()));
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
        let file = WavFile::create(path, options.rate, options.bits, 0)?;
        let (queue, taken) = RingBuffer::new(options.rate as usize * SECONDS * 2);
        let (stop, written, lost) = (Arc::default(), Arc::default(), Arc::default());
        let tap = Tap {
            rate: options.rate,
            queue,
            lost: Arc::clone(&lost),
        };
        let writer = Writer {
            file,
            path: path.to_owned(),
            taken,
            limit,
            stop: Arc::clone(&stop),
            written: Arc::clone(&written),
            lost,
        };
        // Dropped on an error, the writer takes its file along.
        hub.tap(tap).map_err(|_| RecordError::NoSound)?;
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
    /// [`WavError`] when the disk refused.
    pub fn finish(mut self) -> Result<Recorded, WavError> {
        self.end().unwrap_or(Ok(Recorded {
            frames: 0,
            lost: 0,
            reason: Some("a fault inside Sorl".to_owned()),
        }))
    }

    fn end(&mut self) -> Option<Result<Recorded, WavError>> {
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
    file: WavFile,
    path: PathBuf,
    taken: Consumer<f32>,
    limit: u64,
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
    lost: Arc<AtomicU64>,
}

impl Writer {
    fn run(mut self) -> Result<Recorded, WavError> {
        let mut frames = 0u64;
        let mut looked = 0u64;
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let mut reason = None;
        loop {
            // What was played before is still written.
            let last = self.stop.load(Ordering::Acquire) || self.taken.is_abandoned();
            let ready = (self.taken.slots() / 2).min((self.limit - frames) as usize);
            if let Ok(chunk) = self.taken.read_chunk(ready * 2) {
                let samples = chunk.into_iter();
                left.clear();
                right.clear();
                for (i, x) in samples.enumerate() {
                    if i % 2 == 0 {
                        left.push(x)
                    } else {
                        right.push(x)
                    }
                }
                self.file.write(&left, &right)?;
                frames += ready as u64;
                self.written.store(frames, Ordering::Relaxed);
            }
            if frames >= self.limit {
                reason = Some("it is as long as it may get".to_owned());
                break;
            }
            if frames - looked >= LOOK {
                looked = frames;
                if free(&self.path).is_some_and(|free| free < SPARE) {
                    reason = Some("the disk is nearly full".to_owned());
                    break;
                }
            }
            if last {
                break;
            }
            thread::sleep(PERIOD);
        }
        self.file.finish()?;
        Ok(Recorded {
            frames,
            lost: self.lost.load(Ordering::Relaxed),
            reason,
        })
    }
}

/// Bytes that are free where a file would be, if the system tells.
fn free(path: &Path) -> Option<u64> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    fs4::available_space(folder.unwrap_or(Path::new("."))).ok()
}
