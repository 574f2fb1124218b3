//! The ticking thread: one per instance, it drains and feeds the session's queues.
//!
//! It holds its desk weakly, so that it never keeps an instance alive, and ends when it is told to,
//! when its handle is dropped, or when the desk is gone.

use std::sync::Weak;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::desk::Desk;

/// How often a session is ticked.
const PERIOD: Duration = Duration::from_millis(15);

/// A running ticking thread; dropping this ends it and waits for it.
#[derive(Debug)]
pub(crate) struct Ticking {
    /// Never sent on: its disappearance is the sign to end.
    alive: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticking {
    /// Starts the thread. Nothing is returned if the system has no thread to give; the desk then
    /// tries again at its next activation.
    pub(crate) fn start(desk: Weak<Desk>) -> Option<Ticking> {
        let (alive, ended) = mpsc::channel::<()>();
        let thread = thread::Builder::new()
            .name("sorl-tick".to_owned())
            .spawn(move || {
                let mut told = Vec::new();
                while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PERIOD) {
                    let Some(desk) = desk.upgrade() else { return };
                    desk.tick();
                    desk.tell_host();
                    desk.log_faults(&mut told);
                }
            })
            .ok()?;
        Some(Ticking {
            alive: Some(alive),
            thread: Some(thread),
        })
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.alive = None;
        if let Some(thread) = self.thread.take() {
            // The thread itself may be the one that drops the last desk; it cannot wait for itself.
            if thread.thread().id() != thread::current().id() {
                // A panic in a tick was reported by the panic hook already.
                let _ = thread.join();
            }
        }
    }
}
