//! Being asked to end: Ctrl-C, a closed terminal, `kill`.
//!
//! The first request is noted and everything ends in order; the second ends the program at once.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// The exit status of a command that was interrupted, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// Whether the program was asked to end.
pub struct Stop {
    asked: Arc<AtomicBool>,
    receive: Receiver<()>,
}

impl Stop {
    /// Listens from now on. Once a program.
    pub fn install() -> Result<Stop, Box<dyn Error>> {
        let asked = Arc::new(AtomicBool::new(false));
        let (send, receive) = mpsc::channel();
        let note = Arc::clone(&asked);
        ctrlc::set_handler(move || {
            if note.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(INTERRUPTED));
            }
            // Nobody may be waiting.
            let _ = send.send(());
        })
        .map_err(|error| format!("cannot listen for Ctrl-C: {error}"))?;
        Ok(Stop { asked, receive })
    }

    /// Whether it was.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Waits for at most `time`; says whether it was.
    pub fn wait(&self, time: Duration) -> bool {
        // Time passing is as good an answer as a message: the flag decides.
        let _ = self.receive.recv_timeout(time);
        self.is_asked()
    }
}
