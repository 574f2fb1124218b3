//! The null back end: no device, but the pace of one.
//!
//! Always there. It runs the engine on a thread of its own at the rate of real time, so that
//! everything else works as if there were sound. Between its callbacks it sleeps; inside them the
//! rules of the audio thread hold.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::backend::{Backend, BackendError, Fault, Health, Request, Stream, StreamInfo};
use super::driver::Driver;
use crate::engine::Engine;
use crate::message::Setup;

const RATE: u32 = 48_000;
const BLOCK: u32 = 512;

/// Further behind than this the machine has slept: time goes on from now instead of being made up
/// for.
const LOST: Duration = Duration::from_millis(500);

/// Plays to nobody, in real time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Null;

impl Backend for Null {
    fn name(&self) -> &'static str {
        "null"
    }

    fn start(
        &self,
        request: &Request,
        make: &mut dyn FnMut(Setup) -> Engine,
    ) -> Result<Box<dyn Stream>, BackendError> {
        let rate = request.rate.unwrap_or(RATE).clamp(8_000, 384_000);
        let block = request.block.unwrap_or(BLOCK).clamp(1, 65_536);
        let health = Arc::new(Health::default());
        let driver = Driver::new(make(Setup { rate }), block, Arc::clone(&health));
        let (alive, ended) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("sorl-null".to_owned())
            .spawn({
                let health = Arc::clone(&health);
                move || run(driver, Pace::new(rate, block), &ended, &health)
            })
            .map_err(|error| BackendError::Refused {
                backend: "null",
                reason: error.to_string(),
            })?;
        let info = StreamInfo {
            rate,
            block,
            device: String::new(),
        };
        Ok(Box::new(NullStream {
            info,
            health,
            alive: Some(alive),
            thread: Some(thread),
        }))
    }
}

/// Plays block after block until told to end, and brings the driver back.
fn run(mut driver: Driver, mut pace: Pace, ended: &mpsc::Receiver<()>, health: &Health) -> Driver {
    pace.restart(Instant::now());
    loop {
        driver.unheard(pace.block as usize);
        let (wait, late) = pace.next(Instant::now());
        if late {
            health.count_xrun();
        }
        match ended.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return driver,
        }
    }
}

/// When the next block is due: counted in frames from one anchor, so that no error adds up.
#[derive(Debug)]
struct Pace {
    rate: u32,
    block: u32,
    anchor: Instant,
    frames: u64,
}

impl Pace {
    fn new(rate: u32, block: u32) -> Pace {
        Pace {
            rate,
            block,
            anchor: Instant::now(),
            frames: 0,
        }
    }

    fn restart(&mut self, now: Instant) {
        self.anchor = now;
        self.frames = 0;
    }

    /// One block was played: how long to wait for the next, and whether time was lost.
    fn next(&mut self, now: Instant) -> (Duration, bool) {
        self.frames += u64::from(self.block);
        let (seconds, rest) = (
            self.frames / u64::from(self.rate),
            self.frames % u64::from(self.rate),
        );
        let nanos = rest * 1_000_000_000 / u64::from(self.rate);
        let due = self.anchor + Duration::from_secs(seconds) + Duration::from_nanos(nanos);
        if now.saturating_duration_since(due) > LOST {
            self.restart(now);
            return (Duration::ZERO, true);
        }
        (due.saturating_duration_since(now), false)
    }
}

/// A running null stream.
struct NullStream {
    info: StreamInfo,
    health: Arc<Health>,
    /// Never sent on: its disappearance is the sign to end.
    alive: Option<Sender<()>>,
    thread: Option<JoinHandle<Driver>>,
}

impl Stream for NullStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn xruns(&self) -> u64 {
        self.health.xruns()
    }

    fn fault(&self) -> Option<Fault> {
        self.health.fault(Fault::DeviceGone)
    }
}

impl Drop for NullStream {
    fn drop(&mut self) {
        self.alive = None;
        if let Some(thread) = self.thread.take() {
            // The driver comes back as the thread's result and is dropped here. A panic was
            // reported already.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;

    #[test]
    fn the_pace_adds_up_no_error() {
        let start = Instant::now();
        let mut pace = Pace::new(44_100, 441);
        pace.restart(start);
        let mut now = start;
        for _ in 0..1000 {
            // The callback takes a millisecond and the sleep is a bit too long, as sleeps are.
            now += Duration::from_millis(1);
            let (wait, late) = pace.next(now);
            assert!(!late);
            now += wait + Duration::from_micros(70);
        }
        let error = now.duration_since(start).abs_diff(Duration::from_secs(10));
        assert!(error < Duration::from_millis(1), "{error:?}");
    }

    #[test]
    fn after_a_long_sleep_time_goes_on_from_now() {
        let start = Instant::now();
        let mut pace = Pace::new(48_000, 480);
        pace.restart(start);
        assert_eq!(
            pace.next(start + Duration::from_secs(60)),
            (Duration::ZERO, true)
        );
        let (wait, late) = pace.next(start + Duration::from_secs(60));
        assert_eq!((wait, late), (Duration::from_millis(10), false));
    }

    #[test]
    fn a_stream_starts_and_stops_and_tells_what_it_has() {
        let mut session = Session::new();
        let request = Request {
            rate: Some(44_100),
            block: Some(100),
        };
        let mut made = Vec::new();
        let stream = Null
            .start(&request, &mut |setup| {
                made.push(setup.rate);
                Engine::new(setup, session.connect(setup))
            })
            .unwrap();
        assert_eq!((stream.info().rate, stream.info().block), (44_100, 100));
        assert_eq!(stream.fault(), None);
        drop(stream);
        assert_eq!(made, [44_100]);
    }
}
