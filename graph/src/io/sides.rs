//! What is heard and played beside the back end that owns the timing, on clocks of their own.
//!
//! [`Begin`] is what a driving back end is started with: once it knows its rate and block it asks for its [`Driver`], and
//! gets one into which everything else is plugged. Control threads only, but for [`Source::feed`] and [`Sink::take`], which
//! the callback calls and which are real-time safe.

use std::sync::Arc;

use super::backend::{Backend, BackendError, Fault, Health, Request, Stream, StreamInfo};
use super::driver::Driver;
use super::select::{self, Choice};
use crate::engine::Engine;
use crate::message::Setup;

/// Frames of the longest block that any system has.
const LONGEST: u32 = 8192;

/// A back end that can be heard on a clock of its own.
pub trait Capture {
    /// The rate that the input device of a request has, if it has but one: then the driver is asked for that.
    fn rate(&self, _request: &Request) -> Option<u32> {
        None
    }

    /// Opens the input device of a request, for a driver of `rate` Hz and blocks of about `block` frames.
    ///
    /// # Errors
    /// [`BackendError`] when there is none or it refuses.
    fn hear(&self, request: &Request, rate: u32, block: u32) -> Result<Heard, BackendError>;
}

/// A back end that can play on a clock of its own.
pub trait Playback {
    /// Opens a device (the system's own choice without a name), for a driver of `rate` Hz and blocks of about `block`
    /// frames.
    ///
    /// # Errors
    /// [`BackendError`] when there is none or it refuses.
    fn play(&self, device: Option<&str>, rate: u32, block: u32) -> Result<Played, BackendError>;
}

/// Where the frames of a block come from. Real-time safe.
pub trait Source: Send {
    /// Fills the first `frames` of each channel of a buffer in which one begins every `size`.
    fn feed(&mut self, input: &mut [f32], size: usize, frames: usize);

    /// Whether nothing but silence will come any more.
    fn has_ended(&self) -> bool {
        false
    }
}

/// Where the frames of a block go as well. Real-time safe.
pub trait Sink: Send {
    /// Takes the main output of a block.
    fn take(&mut self, left: &[f32], right: &[f32]);
}

/// A device beside the driver's, as long as this lives.
pub trait Aside {
    /// How often it had nothing to give, or came too late.
    fn xruns(&self) -> u64;
    /// Frames of the driver's by which what it hears is late; `None` where it only plays, or hears no device.
    fn latency(&self) -> Option<u32>;
    /// How much faster than the driver's its clock is, in parts per million, where it has one.
    fn drift(&self) -> Option<f32>;
    /// Why it is no longer there, if so.
    fn fault(&self) -> Option<Fault>;
}

/// A device that is heard.
pub struct Heard {
    /// Its sound.
    pub source: Box<dyn Source>,
    /// Its channels.
    pub channels: u16,
    /// Ends it when dropped.
    pub aside: Box<dyn Aside>,
}

/// A device that plays along.
pub struct Played {
    /// What it plays.
    pub sink: Box<dyn Sink>,
    /// Ends it when dropped.
    pub aside: Box<dyn Aside>,
}

/// What a driving back end is started with.
pub struct Begin<'a> {
    /// What was asked for.
    asked: &'a Request,
    /// What of it is the driver's.
    own: Request,
    make: &'a mut dyn FnMut(Setup) -> Engine,
    capture: Option<Box<dyn Backend>>,
    asides: Vec<Box<dyn Aside>>,
}

impl Begin<'_> {
    /// What the driver is asked for.
    pub fn request(&self) -> &Request {
        &self.own
    }

    /// The driver of a back end that has opened its device at `rate`, in blocks of about `block` frames, with `channels`
    /// of its own in and out; once. What is heard and played beside it is opened first, then the engine is made.
    ///
    /// # Errors
    /// [`BackendError`] when one of these refuses.
    pub(super) fn driver(
        &mut self,
        rate: u32,
        block: u32,
        [mut inputs, outputs]: [u16; 2],
        health: &Arc<Health>,
    ) -> Result<Driver, BackendError> {
        let (mut source, mut sink) = (None, None);
        if let Some(capture) = self.capture.as_deref().and_then(Backend::capture) {
            let heard = capture.hear(self.asked, rate, block)?;
            (source, inputs) = (Some(heard.source), heard.channels);
            self.asides.push(heard.aside);
        }
        if let Some((choice, device)) = &self.asked.monitor {
            let backend = select::backend(*choice)?;
            let playback = backend.playback().ok_or(BackendError::Missing(
                "this back end does not play beside another; take cpal, alsa, pipewire or pulseaudio for --monitor",
            ))?;
            let played = playback.play(device.as_deref(), rate, block)?;
            sink = Some(played.sink);
            self.asides.push(played.aside);
        }
        let engine = (self.make)(Setup { rate });
        // A source is asked for whole blocks, however long they get.
        let size = if source.is_some() { LONGEST } else { block };
        let driver = Driver::new(
            engine,
            &self.own,
            size,
            [inputs, outputs],
            Arc::clone(health),
        );
        Ok(driver.beside(source, sink))
    }
}

/// Starts a back end as the one that owns the timing, with what is to be heard and played beside it.
pub(super) fn start(
    backend: &dyn Backend,
    choice: Choice,
    request: &Request,
    make: &mut dyn FnMut(Setup) -> Engine,
) -> Result<Box<dyn Stream>, BackendError> {
    let hears = request.inputs.is_some_and(|n| n > 0) || request.in_device.is_some();
    let capture = match request.in_backend {
        Some(other) => Some(select::backend(other)?),
        None if hears && backend.capture().is_some() => Some(select::backend(choice)?),
        // What comes in comes with what goes out, in one callback.
        None => None,
    };
    if capture.as_deref().is_some_and(|c| c.capture().is_none()) {
        return Err(BackendError::Missing(
            "this back end is not heard beside another; take cpal, alsa, pipewire, pulseaudio or null for --in-backend",
        ));
    }
    let mut own = request.clone();
    if capture.is_some() {
        (own.inputs, own.in_device) = (Some(0), None);
        let rate = capture.as_deref().and_then(Backend::capture);
        own.rate = own.rate.or(rate.and_then(|capture| capture.rate(request)));
    }
    let mut begin = Begin {
        asked: request,
        own,
        make,
        capture,
        asides: Vec::new(),
    };
    let stream = backend.driver().start(&mut begin)?;
    let asides = begin.asides;
    Ok(match asides.is_empty() {
        true => stream,
        false => Box::new(Sided { stream, asides }),
    })
}

/// A stream with what is beside it, which ends after it.
struct Sided {
    stream: Box<dyn Stream>,
    asides: Vec<Box<dyn Aside>>,
}

impl Stream for Sided {
    fn info(&self) -> &StreamInfo {
        self.stream.info()
    }

    fn block(&self) -> u32 {
        self.stream.block()
    }

    fn xruns(&self) -> u64 {
        let beside: u64 = self.asides.iter().map(|aside| aside.xruns()).sum();
        self.stream.xruns() + beside
    }

    fn round_trip(&self) -> Option<u32> {
        // A block at the device on each side, and what waits between them.
        let heard = self.asides.iter().find_map(|aside| aside.latency());
        heard
            .map(|frames| frames + 2 * self.block())
            .or_else(|| self.stream.round_trip())
    }

    fn drift(&self) -> Option<f32> {
        self.asides.iter().find_map(|aside| aside.drift())
    }

    fn fault(&self) -> Option<Fault> {
        let beside = || self.asides.iter().find_map(|aside| aside.fault());
        self.stream.fault().or_else(beside)
    }
}
