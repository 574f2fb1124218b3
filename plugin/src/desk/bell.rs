//! How the host learns that there is something to save.
//!
//! An edit only winds the bell, under whatever locks it holds; who holds none rings it later: the ticking thread, the
//! editor's frame, the loading of a preset. The host then asks what it is about, on its main thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Called when there is news, on any control thread, without a lock of the desk held.
pub type Listener = Box<dyn Fn() + Send + Sync>;

/// What a host is told at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The project was changed.
    Changed,
    /// Macros have other names.
    Names,
}

/// Tells the host something, and whether it took note. Called on the thread of the editor's window.
pub type Teller = Box<dyn Fn(Word) -> bool + Send + Sync>;

/// A bell that rings once for each time it was wound.
#[derive(Default)]
pub struct Bell {
    /// There is something to ring for.
    wound: AtomicBool,
    /// There is something that the host was not told of.
    news: AtomicBool,
    listener: Mutex<Option<Listener>>,
    teller: Mutex<Option<Teller>>,
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bell")
            .field("news", &self.news)
            .finish_non_exhaustive()
    }
}

impl Bell {
    /// Who is rung from now on; nobody, if none.
    pub fn listen(&self, listener: Option<Listener>) {
        let mut now = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        *now = listener;
    }

    /// Whether somebody is rung.
    pub fn is_heard(&self) -> bool {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        listener.is_some()
    }

    /// Who tells the host from now on; nobody, if none.
    pub fn tell_by(&self, teller: Option<Teller>) {
        let mut now = self.teller.lock().unwrap_or_else(PoisonError::into_inner);
        *now = teller;
    }

    /// Tells the host; whether it took note. The caller holds no lock that the host could want.
    pub fn tell(&self, word: Word) -> bool {
        let teller = self.teller.lock().unwrap_or_else(PoisonError::into_inner);
        teller.as_ref().is_some_and(|tell| tell(word))
    }

    /// There is news.
    pub fn wind(&self) {
        self.news.store(true, Ordering::Release);
        self.wound.store(true, Ordering::Release);
    }

    /// The host is to be called, though there is nothing to save.
    pub fn wind_up(&self) {
        self.wound.store(true, Ordering::Release);
    }

    /// There is none any more.
    pub fn still(&self) {
        self.wound.store(false, Ordering::Release);
        self.news.store(false, Ordering::Release);
    }

    /// Rings if it is wound. The caller holds no lock that the listener could want.
    pub fn ring(&self) {
        if self.wound.swap(false, Ordering::AcqRel) {
            let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(ring) = &*listener {
                ring();
            }
        }
    }

    /// Whether there is news; from here on it counts as told.
    pub fn take_news(&self) -> bool {
        self.news.swap(false, Ordering::AcqRel)
    }
}
