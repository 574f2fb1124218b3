//! What every real-time back end offers, and how it reports trouble.
//!
//! Control threads only, apart from [`Health`], which callbacks write with single atomic stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
#[cfg(any(feature = "jack", feature = "portaudio"))]
use std::time::{Duration, Instant};

use thiserror::Error;

use super::hub::Hub;
use super::select::Choice;
use super::sides::{Begin, Capture, Playback};

/// What the user would like; a back end that cannot have it takes the nearest it can.
#[derive(Clone, Default)]
pub struct Request {
    /// Sample rate in Hz. `None`: what the device or server runs at.
    pub rate: Option<u32>,
    /// Frames a block. `None`: what the device or server likes best.
    pub block: Option<u32>,
    /// The device that plays, by its name or a part of it; for JACK, the client or ports to connect to, `none` for
    /// none. `None`: the system's own choice.
    pub device: Option<String>,
    /// The device that is heard, likewise.
    pub in_device: Option<String>,
    /// The back end of the device that is heard, where it is not the one that drives.
    pub in_backend: Option<Choice>,
    /// A back end on which the main output is heard as well, and its device.
    pub monitor: Option<(Choice, Option<String>)>,
    /// Channels that go out, 1…32. `None`: two.
    pub channels: Option<u16>,
    /// Channels that come in, 0…32. `None`: two for JACK and where a device to hear was named, none elsewhere.
    pub inputs: Option<u16>,
    /// What is plugged in beside the sound.
    pub hub: Option<Arc<Hub>>,
}

/// The most channels, each way.
pub const MAX_CHANNELS: u16 = 32;

/// What a started stream really has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamInfo {
    /// Sample rate in Hz.
    pub rate: u32,
    /// Frames a block, as far as the system tells. Single blocks may be shorter or longer.
    pub block: u32,
    /// Where the sound comes out, for people to read; empty where there is nothing to say.
    pub device: String,
    /// Channels that come in and go out.
    pub channels: [u16; 2],
}

/// A way to sound: it owns the timing, and some can be heard or played beside another that does.
pub trait Backend {
    /// Its name for people: `JACK`, `ALSA`, `null`.
    fn name(&self) -> &'static str;

    /// As the one that owns the timing.
    fn driver(&self) -> &dyn Drive;

    /// As one that is heard on a clock of its own.
    fn capture(&self) -> Option<&dyn Capture> {
        None
    }

    /// As one that plays along on a clock of its own.
    fn playback(&self) -> Option<&dyn Playback> {
        None
    }
}

/// A back end that owns the timing of the sound.
///
/// The graph follows its rate and block, never the other way round: it opens its device, learns what it really got, asks
/// `begin` for a driver at that rate, and only then starts.
pub trait Drive {
    /// Opens the device and starts the sound.
    ///
    /// The engine is made on the calling thread; it comes back to the thread that drops the stream and is dropped there.
    ///
    /// # Errors
    /// [`BackendError`] when there is no device or server, or it refuses; nothing is left running
    /// then.
    fn start(&self, begin: &mut Begin<'_>) -> Result<Box<dyn Stream>, BackendError>;
}

/// A running stream. Dropping it stops the sound, waits for the callback to end and drops the
/// engine, all on the thread that drops it.
pub trait Stream {
    /// What it really has.
    fn info(&self) -> &StreamInfo;

    /// Frames of the block now: where a server may change it while it runs, it is not that of the start.
    fn block(&self) -> u32 {
        self.info().block
    }

    /// How many times the callback came too late since the start.
    fn xruns(&self) -> u64;

    /// Frames from a sound at the input to its being heard at the output, as far as the system tells; what the
    /// graph itself takes is not in it.
    fn round_trip(&self) -> Option<u32> {
        None
    }

    /// How far the rate of the input is from that of the output, in parts per million, where the two are bridged.
    fn drift(&self) -> Option<f32> {
        None
    }

    /// Why the stream no longer plays, if so. Ask now and then; nobody is called.
    fn fault(&self) -> Option<Fault>;
}

/// Why a back end could not start.
#[derive(Debug, Error)]
pub enum BackendError {
    /// There is nothing to play on.
    #[error("no sound device found ({0})")]
    NoDevice(String),
    /// No server answers.
    #[error("no JACK server is running ({0}); start one, for example with `jackd -d alsa`")]
    NoServer(String),
    /// The device or server is there and refused.
    #[error("{backend} refused: {reason}")]
    Refused {
        /// Which back end.
        backend: &'static str,
        /// What the system said.
        reason: String,
    },
    /// The back end is not part of this program.
    #[error("{0}")]
    Missing(&'static str),
}

/// Why a stream that had started no longer plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The server went away, or threw this program out.
    #[error("the JACK server no longer calls")]
    ServerGone,
    /// The device went away.
    #[error("the sound device is gone")]
    DeviceGone,
    /// What the null back end heard has come to its end.
    #[error("the file that is heard has ended, or the one that is written cannot be")]
    FileEnded,
    /// The server now runs at another rate than the engine was made for.
    #[error("the sample rate changed to {0} Hz")]
    RateChanged(u32),
    /// The engine panicked; the stream goes on in silence.
    #[error(
        "the sound stopped because of a fault inside Sorl; please report the score that did this"
    )]
    Broken,
}

/// What a callback tells about itself. Written by the audio thread, read by the control thread.
#[derive(Debug, Default)]
pub(super) struct Health {
    xruns: AtomicU64,
    blocks: AtomicU64,
    /// Frames of the last block.
    block: AtomicU32,
    /// [`WELL`], [`GONE`], [`BROKEN`], or else the new sample rate.
    fault: AtomicU32,
}

/// Watches whether a callback is still called.
#[cfg(any(feature = "jack", feature = "portaudio"))]
pub(super) struct Calls(std::cell::Cell<(u64, Instant)>);

#[cfg(any(feature = "jack", feature = "portaudio"))]
impl Calls {
    /// A driver that has not called for so long is gone.
    const SILENCE: Duration = Duration::from_secs(2);

    /// From now on.
    pub(super) fn new() -> Calls {
        Calls(std::cell::Cell::new((0, Instant::now())))
    }

    /// Whether there has been no block for a while. To be asked now and then.
    pub(super) fn have_ceased(&self, health: &Health) -> bool {
        let (blocks, now) = (health.blocks(), Instant::now());
        let (known, since) = self.0.get();
        if blocks != known {
            self.0.set((blocks, now));
        }
        blocks == known && now.duration_since(since) > Calls::SILENCE
    }
}

const WELL: u32 = 0;
const GONE: u32 = 1;
const BROKEN: u32 = 2;

#[cfg_attr(
    not(all(feature = "cpal", feature = "jack", feature = "portaudio")),
    allow(dead_code)
)]
impl Health {
    /// A callback came too late. Real-time safe.
    pub(super) fn count_xrun(&self) {
        self.xruns.fetch_add(1, Ordering::Relaxed);
    }

    /// A block of so many frames was played. Real-time safe.
    pub(super) fn count_block(&self, frames: u32) {
        self.blocks.fetch_add(1, Ordering::Relaxed);
        self.block.store(frames, Ordering::Relaxed);
    }

    /// Frames of the block that was played last.
    pub(super) fn block(&self) -> Option<u32> {
        Some(self.block.load(Ordering::Relaxed)).filter(|&frames| frames > 0)
    }

    /// The device went away. Real-time safe.
    pub(super) fn set_gone(&self) {
        self.fault.store(GONE, Ordering::Relaxed);
    }

    /// The rate is another one now. Real-time safe.
    pub(super) fn set_rate_changed(&self, rate: u32) {
        if rate > BROKEN {
            self.fault.store(rate, Ordering::Relaxed);
        }
    }

    /// The engine panicked. Real-time safe.
    pub(super) fn set_broken(&self) {
        self.fault.store(BROKEN, Ordering::Relaxed);
    }

    pub(super) fn is_broken(&self) -> bool {
        self.fault.load(Ordering::Relaxed) == BROKEN
    }

    pub(super) fn xruns(&self) -> u64 {
        self.xruns.load(Ordering::Relaxed)
    }

    pub(super) fn blocks(&self) -> u64 {
        self.blocks.load(Ordering::Relaxed)
    }

    /// The fault, where `gone` says what its being gone means for this back end.
    pub(super) fn fault(&self, gone: Fault) -> Option<Fault> {
        match self.fault.load(Ordering::Relaxed) {
            WELL => None,
            GONE => Some(gone),
            BROKEN => Some(Fault::Broken),
            rate => Some(Fault::RateChanged(rate)),
        }
    }
}
