//! A sound that goes on when its device or server does not.
//!
//! Control threads only. [`Sound::look`], called now and then, follows a changed rate with an engine made for it, falls
//! back to the null back end when the device or the server is gone, so that the song goes on unheard, and returns to it
//! when it is there again. Where the song is then is the business of whoever makes the engines.

use std::time::{Duration, Instant};

use super::backend::{BackendError, Fault, Request, Stream};
use super::null::Null;
use super::select::{self, Choice, Opened, open, unplaced};
use crate::engine::Engine;
use crate::message::Setup;

/// Between two tries to return.
const RETRY: Duration = Duration::from_secs(2);

/// What a look has found.
#[derive(Debug)]
pub enum Change {
    /// The same back end goes on, as it is now.
    Followed(Fault),
    /// The device or the server is gone, and the null back end plays.
    Lost(Fault),
    /// It is there again.
    Back,
    /// Nothing plays any more.
    Ended(Fault),
}

/// Makes engines, each for a setup.
pub type Make<'a> = Box<dyn FnMut(Setup) -> Engine + 'a>;

/// A running stream, and what is to be done when it ends.
pub struct Sound<'a> {
    opened: Opened,
    /// What to return to: that which first played.
    home: Choice,
    request: Request,
    make: Make<'a>,
    /// Since when it has been away, and when it last tried to return.
    tried: Option<Instant>,
    ended: bool,
}

impl<'a> Sound<'a> {
    /// Starts the back end of `choice`, as [`open`] does.
    ///
    /// # Errors
    /// As [`open`].
    pub fn start(
        choice: Choice,
        request: Request,
        mut make: Make<'a>,
    ) -> Result<Sound<'a>, BackendError> {
        let opened = open(choice, &request, &mut make)?;
        Ok(Sound {
            home: opened.choice,
            opened,
            request,
            make,
            tried: None,
            ended: false,
        })
    }

    /// What plays now.
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// The stream that plays now.
    pub fn stream(&self) -> &dyn Stream {
        self.opened.stream.as_ref()
    }

    /// Looks after the stream; says what has happened, if anything.
    pub fn look(&mut self, now: Instant) -> Option<Change> {
        if self.ended {
            return None;
        }
        if let Some(fault) = self.opened.stream.fault() {
            return Some(self.meet(fault, now));
        }
        if self
            .tried
            .is_some_and(|tried| now.saturating_duration_since(tried) >= RETRY)
        {
            self.tried = Some(now);
            if self.reopen() {
                self.tried = None;
                return Some(Change::Back);
            }
        }
        None
    }

    fn meet(&mut self, fault: Fault, now: Instant) -> Change {
        // The null back end loses nothing but a file that has ended or cannot be written.
        let from_file = matches!(self.home, Choice::Null | Choice::Fast);
        if fault == Fault::Broken || from_file {
            self.ended = true;
            return Change::Ended(fault);
        }
        if matches!(fault, Fault::RateChanged(_)) && self.reopen() {
            return Change::Followed(fault);
        }
        match self.away(fault) {
            Ok(()) => {
                self.tried = Some(now);
                Change::Lost(fault)
            }
            Err(_) => {
                self.ended = true;
                Change::Ended(fault)
            }
        }
    }

    /// Starts the back end anew that first played. The old stream is let go when the new one runs.
    fn reopen(&mut self) -> bool {
        let Ok(backend) = select::backend(self.home) else {
            return false;
        };
        match select::start(
            backend.as_ref(),
            self.home,
            None,
            &self.request,
            &mut self.make,
        ) {
            Ok(opened) => {
                self.opened = opened;
                true
            }
            Err(_) => {
                // An engine may have been made for it and dropped: what plays meanwhile needs one of its own again.
                if self.tried.is_some() {
                    let reason = self.opened.reason.take();
                    let _ = self.null(reason);
                }
                false
            }
        }
    }

    fn away(&mut self, fault: Fault) -> Result<(), BackendError> {
        self.null(Some(fault.to_string()))
    }

    fn null(&mut self, reason: Option<String>) -> Result<(), BackendError> {
        let request = unplaced(&self.request);
        let null = Null::default();
        self.opened = select::start(&null, Choice::Null, reason, &request, &mut self.make)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;
    use crate::time::Beats;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[test]
    fn a_file_that_has_been_heard_ends_the_sound_once() {
        let session = Rc::new(RefCell::new(Session::new()));
        let make = |setup| Engine::new(setup, session.borrow_mut().connect(setup));
        let mut sound = Sound::start(Choice::Null, Request::default(), Box::new(make)).unwrap();
        let now = Instant::now();
        assert!(sound.look(now).is_none());
        assert!(matches!(
            sound.meet(Fault::DeviceGone, now),
            Change::Ended(_)
        ));
        assert!(sound.look(now).is_none());
    }

    #[test]
    fn what_is_lost_goes_on_unheard_where_the_song_was() {
        let session = Rc::new(RefCell::new(Session::new()));
        let rates = Rc::new(RefCell::new(Vec::new()));
        let (mine, seen) = (Rc::clone(&session), Rc::clone(&rates));
        let make = move |setup: Setup| {
            seen.borrow_mut().push(setup.rate);
            let mut session = mine.borrow_mut();
            let beat = session.status().beat;
            let end = session.connect(setup);
            session.seek(Beats::from_f64(beat));
            session.play();
            Engine::new(setup, end)
        };
        let mut sound = Sound::start(Choice::Null, Request::default(), Box::new(make)).unwrap();
        // As if it had been a server that is gone for good.
        sound.home = Choice::PipeWire;
        let wait = |target: f64| {
            while session.borrow().status().beat < target {
                session.borrow_mut().tick();
                std::thread::yield_now();
            }
        };
        wait(0.05);
        let before = session.borrow().status().beat;
        let now = Instant::now();
        assert!(matches!(
            sound.meet(Fault::ServerGone, now),
            Change::Lost(_)
        ));
        assert!(sound.opened().to_string().contains("no longer calls"));
        wait(before + 0.05);
        // It is tried again after a while, in vain here, and the song still goes on.
        assert!(sound.look(now + RETRY).is_none());
        let before = session.borrow().status().beat;
        wait(before + 0.05);
        assert!(rates.borrow().len() >= 2);
    }
}
