//! The system's own sound through `cpal`: ALSA on Linux (and so PipeWire and PulseAudio through
//! their ALSA plugins), CoreAudio and WASAPI elsewhere.
//!
//! The data callback runs on cpal's thread and only calls the driver. The driver reaches it through
//! a queue of one, and travels back through another when the closure ends, so that it is dropped on
//! the control thread.

use std::sync::Arc;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize};
use rtrb::{Consumer, Producer, RingBuffer};

use super::backend::{Backend, BackendError, Fault, Health, Request, Stream, StreamInfo};
use super::driver::{Driver, Word};
use crate::engine::Engine;
use crate::message::Setup;

/// What is taken when the user and the device leave it open.
const RATE: u32 = 48_000;
const BLOCK: u32 = 512;

/// The default output of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpal;

impl Backend for Cpal {
    fn name(&self) -> &'static str {
        if cfg!(target_os = "linux") {
            "ALSA"
        } else if cfg!(target_os = "macos") {
            "CoreAudio"
        } else if cfg!(windows) {
            "WASAPI"
        } else {
            "cpal"
        }
    }

    fn start(
        &self,
        request: &Request,
        make: &mut dyn FnMut(Setup) -> Engine,
    ) -> Result<Box<dyn Stream>, BackendError> {
        quieten();
        let device = cpal::default_host()
            .default_output_device()
            .ok_or_else(|| BackendError::NoDevice("the system names no output".to_owned()))?;
        let offer = choose(&device, request)?;
        // A block that the device does not like is no reason to be silent: its own choice is the
        // second try.
        let mut sizes = vec![BufferSize::Default];
        if let Some(block) = offer.block {
            sizes.insert(0, BufferSize::Fixed(block));
        }
        let mut last = None;
        for size in sizes {
            match build(&device, &offer, size) {
                Ok(prepared) => return prepared.start(&device, &offer, make),
                Err(error) => last = Some(error),
            }
        }
        Err(last.map_or_else(|| BackendError::NoDevice("no stream".to_owned()), failed))
    }
}

/// What is asked of the device.
struct Offer {
    format: SampleFormat,
    channels: u16,
    rate: u32,
    block: Option<u32>,
}

/// The best of what the device supports: two channels, floats, the wanted rate or the nearest.
fn choose(device: &cpal::Device, request: &Request) -> Result<Offer, BackendError> {
    let rate = request.rate.unwrap_or(RATE);
    let ranges = device.supported_output_configs().map_err(failed)?;
    let best = ranges
        .filter_map(|range| {
            let nearest = rate.clamp(range.min_sample_rate(), range.max_sample_rate());
            let format = [SampleFormat::F32, SampleFormat::I32, SampleFormat::I16]
                .iter()
                .position(|&f| f == range.sample_format())?;
            // Two channels are best, more are next; one comes last, as the sound would lose its
            // sides.
            let channels = if range.channels() == 1 {
                u16::MAX
            } else {
                range.channels()
            };
            let rank = (nearest.abs_diff(rate), channels, format);
            Some((rank, range, nearest))
        })
        .min_by_key(|&(rank, ..)| rank);
    let Some((_, range, rate)) = best else {
        return Err(BackendError::Refused {
            backend: "the sound device",
            reason: "it takes neither 32-bit floats nor 16- or 32-bit integers".to_owned(),
        });
    };
    let block = match *range.buffer_size() {
        SupportedBufferSize::Range { min, max } => {
            Some(request.block.unwrap_or(BLOCK).min(max).max(min).max(1))
        }
        SupportedBufferSize::Unknown => request.block,
    };
    Ok(Offer {
        format: range.sample_format(),
        channels: range.channels(),
        rate,
        block,
    })
}

/// A stream that is open but does not run: its callback still waits for the driver.
struct Prepared {
    stream: cpal::Stream,
    send: Producer<Driver>,
    home: Consumer<Driver>,
    health: Arc<Health>,
}

fn build(device: &cpal::Device, offer: &Offer, size: BufferSize) -> Result<Prepared, cpal::Error> {
    let config = StreamConfig {
        channels: offer.channels,
        sample_rate: offer.rate,
        buffer_size: size,
    };
    match offer.format {
        SampleFormat::I16 => build_as::<i16>(device, config),
        SampleFormat::I32 => build_as::<i32>(device, config),
        _ => build_as::<f32>(device, config),
    }
}

fn build_as<W: Word + SizedSample + Send + 'static>(
    device: &cpal::Device,
    config: StreamConfig,
) -> Result<Prepared, cpal::Error> {
    let (send, receive) = RingBuffer::new(1);
    let (back, home) = RingBuffer::new(1);
    let health = Arc::new(Health::default());
    let channels = usize::from(config.channels);
    let mut player = Player {
        receive,
        driver: None,
        back,
    };
    let stream = device.build_output_stream(
        config,
        move |data: &mut [W], _: &cpal::OutputCallbackInfo| player.play(data, channels),
        {
            let health = Arc::clone(&health);
            // Runs on the audio thread too: no text, only atomics.
            move |error: cpal::Error| match error.kind() {
                ErrorKind::Xrun => health.count_xrun(),
                ErrorKind::DeviceNotAvailable
                | ErrorKind::HostUnavailable
                | ErrorKind::StreamInvalidated => {
                    health.set_gone();
                }
                _ => {}
            }
        },
        None,
    )?;
    Ok(Prepared {
        stream,
        send,
        home,
        health,
    })
}

impl Prepared {
    /// The rate and the block are known: makes the engine and lets the stream run.
    fn start(
        mut self,
        device: &cpal::Device,
        offer: &Offer,
        make: &mut dyn FnMut(Setup) -> Engine,
    ) -> Result<Box<dyn Stream>, BackendError> {
        let block = self
            .stream
            .buffer_size()
            .ok()
            .or(offer.block)
            .unwrap_or(BLOCK);
        let driver = Driver::new(
            make(Setup { rate: offer.rate }),
            block,
            Arc::clone(&self.health),
        );
        // There is room for one, and this is the only one.
        let _ = self.send.push(driver);
        self.stream.play().map_err(failed)?;
        Ok(Box::new(CpalStream {
            info: StreamInfo {
                rate: offer.rate,
                block,
                device: device.to_string(),
            },
            health: self.health,
            stream: Some(self.stream),
            home: self.home,
            _unsent: self.send,
        }))
    }
}

/// What the data callback owns.
struct Player {
    receive: Consumer<Driver>,
    driver: Option<Driver>,
    back: Producer<Driver>,
}

impl Player {
    fn play<W: Word>(&mut self, data: &mut [W], channels: usize) {
        if self.driver.is_none() {
            self.driver = self.receive.pop().ok();
        }
        match &mut self.driver {
            Some(driver) => driver.interleaved(data, channels),
            None => data.fill(W::from_f32(0.0)),
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            // There is room for one, and this is the only one.
            let _ = self.back.push(driver);
        }
    }
}

/// A running stream.
struct CpalStream {
    info: StreamInfo,
    health: Arc<Health>,
    stream: Option<cpal::Stream>,
    home: Consumer<Driver>,
    /// Holds the driver if the callback never ran.
    _unsent: Producer<Driver>,
}

impl Stream for CpalStream {
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

impl Drop for CpalStream {
    fn drop(&mut self) {
        // Waits for cpal's thread; its closure then has sent the driver home.
        self.stream = None;
        drop(self.home.pop());
    }
}

fn failed(error: cpal::Error) -> BackendError {
    match error.kind() {
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => {
            BackendError::NoDevice(error.to_string())
        }
        _ => BackendError::Refused {
            backend: "the sound device",
            reason: error.to_string(),
        },
    }
}

/// Keeps the ALSA library from printing to the terminal what comes back as an error anyway, for
/// calls of this thread.
fn quieten() {
    #[cfg(target_os = "linux")]
    {
        // If it cannot be had the library prints, which harms nobody.
        let _ = alsa::Output::local_error_handler();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;

    #[test]
    fn a_driver_comes_home_whether_the_callback_ever_ran_or_not() {
        for blocks in [0, 3] {
            let mut session = Session::new();
            let setup = Setup { rate: 48_000 };
            let engine = Engine::new(setup, session.connect(setup));
            let (mut send, receive) = RingBuffer::new(1);
            let (back, mut home) = RingBuffer::new(1);
            let mut player = Player {
                receive,
                driver: None,
                back,
            };
            let mut data = [1i16; 64];
            player.play(&mut data, 2);
            assert_eq!(data, [0; 64], "silence until there is a driver");
            assert!(send.push(Driver::new(engine, 32, Arc::default())).is_ok());
            for _ in 0..blocks {
                player.play(&mut data, 2);
            }
            let taken = player.driver.is_some();
            drop(player);
            assert_eq!(taken, blocks > 0);
            assert_eq!(home.pop().is_ok(), taken);
        }
    }
}
