//! The thread that decodes, converts and makes sounds, and answers by message.

#[cfg(feature = "files")]
use super::decode;
use super::{Sound, SoundError, kit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

/// What is to be done.
pub enum Work {
    /// A file is read.
    File(PathBuf),
    /// The bytes of a file that a project brought with it, and what the file is called.
    #[cfg_attr(
        not(feature = "files"),
        expect(dead_code, reason = "only decoders read the bytes")
    )]
    Kept(Arc<[u8]>, PathBuf),
    /// A sound of the kit is made.
    Kit(String, usize),
    /// A sound that a program gave is converted.
    Given(Arc<Sound>),
}

/// A piece of work with its number, for an engine of a rate in Hz.
pub struct Job {
    pub number: u64,
    pub rate: u32,
    pub work: Work,
}

/// What came of a job: its number and a sound in one or two channels.
pub type Answer = (u64, Result<Arc<Sound>, SoundError>);

/// The thread and the queues to it and from it. Dropped, it ends with the job it is at.
pub struct Worker {
    jobs: Option<Sender<Job>>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread; where the system gives none, the work is done at once by whoever asks.
    pub fn start() -> Worker {
        let (jobs, todo) = channel::<Job>();
        let (answer, answers) = channel();
        let thread = Builder::new().name("sorl-sounds".into()).spawn(move || {
            while let Ok(job) = todo.recv() {
                if answer.send((job.number, run(&job))).is_err() {
                    return;
                }
            }
        });
        Worker {
            jobs: Some(jobs),
            answers,
            thread: thread.ok(),
        }
    }

    /// Gives it a job; the answer, if there is no thread to do it.
    pub fn send(&self, job: Job) -> Option<Answer> {
        let refused = match &self.jobs {
            Some(jobs) if self.thread.is_some() => jobs.send(job).err()?.0,
            _ => job,
        };
        Some((refused.number, run(&refused)))
    }

    /// An answer, if one is there.
    pub fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// Waits for an answer; `None` if there will be none.
    pub fn wait(&self) -> Option<Answer> {
        self.answers.recv().ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The thread sees the closed queue and ends. A host may unload this very code next, so it is waited for.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it was answered as an error already.
            let _ = thread.join();
        }
    }
}

fn run(job: &Job) -> Result<Arc<Sound>, SoundError> {
    // A decoder that panics over a damaged file must not take the worker with it.
    catch_unwind(AssertUnwindSafe(|| make(job))).unwrap_or_else(|_| {
        Err(match &job.work {
            Work::File(path) | Work::Kept(_, path) => SoundError::NoSound {
                path: path.clone(),
                reason: "the decoder gave up on it".into(),
            },
            _ => SoundError::Conversion {
                rate: job.rate,
                reason: "the conversion gave up on it".into(),
            },
        })
    })
}

fn make(job: &Job) -> Result<Arc<Sound>, SoundError> {
    match &job.work {
        Work::Kit(name, n) => kit::sound(name, *n, job.rate)
            .unwrap_or(Err(SoundError::Channels))
            .map(Arc::new),
        Work::Given(sound) => converted(sound.to_stereo(), job.rate),
        #[cfg(feature = "files")]
        Work::File(path) => converted(decode::read(path)?.to_stereo(), job.rate),
        #[cfg(feature = "files")]
        Work::Kept(bytes, name) => {
            converted(decode::read_bytes(bytes, name)?.to_stereo(), job.rate)
        }
        #[cfg(not(feature = "files"))]
        Work::File(path) | Work::Kept(_, path) => Err(SoundError::NoFiles { path: path.clone() }),
    }
}

#[cfg(feature = "files")]
fn converted(sound: Sound, rate: u32) -> Result<Arc<Sound>, SoundError> {
    if sound.rate() == rate {
        return Ok(Arc::new(sound));
    }
    sound.at_rate(rate).map(Arc::new)
}

/// Without the feature `files` there is no conversion: players go through the sound at its own rate.
#[cfg(not(feature = "files"))]
fn converted(sound: Sound, _: u32) -> Result<Arc<Sound>, SoundError> {
    Ok(Arc::new(sound))
}
