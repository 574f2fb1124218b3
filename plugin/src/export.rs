//! The sound of a session as a WAV file, made beside what plays.
//!
//! A worker thread with a Session and an engine of its own: what is heard goes on, and what is written
//! is what the command line would write of the same score.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use sorl_graph::When;
use sorl_graph::io::file::{Bits, SoundFile};
use sorl_graph::io::offline::{self, Length, Options};
use sorl_graph::session::{Session, State};

/// Thousandths of the way.
const WHOLE: u32 = 1000;

/// A file that is being written. Dropped, it is given up and leaves no file.
#[derive(Debug)]
pub struct Export {
    path: PathBuf,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    done: AtomicU32,
    stopped: AtomicBool,
    outcome: Mutex<Option<Result<String, String>>>,
}

/// What is exported.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The score.
    pub score: String,
    /// What hands and acts have left beside it.
    pub state: State,
    /// The score's file: sounds are looked for beside it.
    pub beside: Option<PathBuf>,
    /// How many bars.
    pub bars: u32,
    /// The sample rate in Hz.
    pub rate: u32,
}

impl Export {
    /// Begins to write. Where the system has no thread to give, the outcome says so.
    pub fn start(wanted: Wanted, path: &Path) -> Export {
        let shared = Arc::new(Shared::default());
        let (theirs, file) = (Arc::clone(&shared), path.to_owned());
        let work = move || {
            let outcome = write(&wanted, &file, &theirs);
            *lock(&theirs) = Some(outcome);
        };
        let thread = thread::Builder::new()
            .name("sorl-export".to_owned())
            .spawn(work);
        if let Err(error) = thread {
            *lock(&shared) = Some(Err(format!("the sound was not written: {error}")));
        }
        Export {
            path: path.to_owned(),
            shared,
        }
    }

    /// How far it is, 0…1.
    pub fn progress(&self) -> f32 {
        self.shared.done.load(Ordering::Relaxed) as f32 / WHOLE as f32
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it ended, once it has: what was written, or why nothing was.
    pub fn outcome(&self) -> Option<Result<String, String>> {
        lock(&self.shared).clone()
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
    }
}

fn lock(shared: &Shared) -> std::sync::MutexGuard<'_, Option<Result<String, String>>> {
    shared
        .outcome
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

fn write(wanted: &Wanted, path: &Path, shared: &Shared) -> Result<String, String> {
    let said = |error: &dyn std::fmt::Display| format!("the sound was not written: {error}");
    let mut session = Session::new();
    crate::folders::look_in(session.sounds(), wanted.beside.as_deref());
    session
        .restore(&wanted.score, &wanted.state, When::Now)
        .map_err(|why| said(&why))?;
    let options = Options {
        rate: wanted.rate,
        length: Length::Bars(wanted.bars),
        ..Options::default()
    };
    let total = offline::frames(session.patch(), &options).map_err(|why| said(&why))?;
    let mut file =
        SoundFile::create(path, wanted.rate, Bits::Float32, total).map_err(|why| said(&why))?;
    let mut refused = None;
    let summary = offline::render(&mut session, &options, &mut |piece| {
        let done = (piece.progress() * f64::from(WHOLE)) as u32;
        shared.done.store(done, Ordering::Relaxed);
        if shared.stopped.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        match file.write(piece.left, piece.right) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                refused = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    if let Some(error) = refused {
        return Err(said(&error));
    }
    let summary = summary.map_err(|why| said(&why))?;
    file.finish().map_err(|why| said(&why))?;
    let name = path.display();
    let (seconds, peak) = (summary.seconds(), summary.peak_dbfs());
    Ok(format!("{name}: {seconds:.1} s, peak {peak:.1} dBFS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_the_score_says() {
        let score = "def one():\n    return sine_osc(440) * 0.5\n\no = node(\"one\", one)\n";
        let path = std::env::temp_dir().join(format!("sorl-export-{}.wav", std::process::id()));
        let wanted = Wanted {
            score: score.to_owned(),
            state: State::default(),
            beside: None,
            bars: 1,
            rate: 8000,
        };
        let export = Export::start(wanted.clone(), &path);
        while export.outcome().is_none() {
            thread::yield_now();
        }
        let told = export.outcome().expect("an outcome").expect("a file");
        assert!(told.contains("2.0 s, peak -6.0 dBFS"), "{told}");
        assert_eq!(export.progress(), 1.0);
        assert!(std::fs::metadata(&path).expect("a file").len() > 16_000 * 8);
        let _ = std::fs::remove_file(&path);

        let score = "o = nod()".to_owned();
        let export = Export::start(Wanted { score, ..wanted }, &path);
        while export.outcome().is_none() {
            thread::yield_now();
        }
        assert!(export.outcome().expect("an outcome").is_err());
        assert!(!path.exists());
    }
}
