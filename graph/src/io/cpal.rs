//! The system's own sound through `cpal`: ALSA on Linux, and with features PipeWire and PulseAudio (through their ALSA
//! plugins without), CoreAudio and WASAPI elsewhere.
//!
//! The data callback runs on cpal's thread and only calls the driver. The driver reaches it through
//! a queue of one, and travels back through another when the closure ends, so that it is dropped on
//! the control thread.

use std::sync::Arc;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, ErrorKind, HostId, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize,
    SupportedStreamConfigRange,
};
use rtrb::{Consumer, Producer, RingBuffer};

use super::backend::{
    Backend, BackendError, Drive, Fault, Health, MAX_CHANNELS, Request, Stream, StreamInfo,
};
use super::devices::Device;
use super::driver::{Driver, Word};
use super::quiet::quieten;
use super::sides::{Begin, Capture, Playback};

/// What is taken when the user and the device leave it open.
const RATE: u32 = 48_000;
pub(super) const BLOCK: u32 = 512;

/// One of the system's hosts of sound.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpal {
    /// `None`: the one that `cpal` takes.
    host: Option<HostId>,
}

impl Cpal {
    /// A host by its name in `cpal`.
    pub fn of(host: HostId) -> Cpal {
        Cpal { host: Some(host) }
    }

    pub(super) fn host(self) -> Result<cpal::Host, BackendError> {
        let Some(id) = self.host else {
            return Ok(cpal::default_host());
        };
        cpal::host_from_id(id).map_err(|error| BackendError::NoDevice(error.to_string()))
    }

    /// What there is to play on and to hear.
    pub(super) fn devices(self) -> Vec<Device> {
        quieten();
        let Ok(devices) = self.host().and_then(|host| host.devices().map_err(failed)) else {
            return Vec::new();
        };
        devices.map(|device| describe(&device)).collect()
    }
}

/// A device and what it can, as far as it tells.
fn describe(device: &cpal::Device) -> Device {
    let outputs = device
        .supported_output_configs()
        .map_or(Vec::new(), Iterator::collect);
    let inputs = device
        .supported_input_configs()
        .map_or(Vec::new(), Iterator::collect);
    let all = || outputs.iter().chain(&inputs);
    let channels = |list: &[SupportedStreamConfigRange]| {
        list.iter().map(|range| range.channels()).max().unwrap_or(0)
    };
    let blocks = all().filter_map(|range| match *range.buffer_size() {
        SupportedBufferSize::Range { min, max } => Some((min, max)),
        SupportedBufferSize::Unknown => None,
    });
    Device {
        name: name(device),
        inputs: channels(&inputs),
        outputs: channels(&outputs),
        rates: all().fold(None, |span: Option<(u32, u32)>, range| {
            let (lo, hi) = (range.min_sample_rate(), range.max_sample_rate());
            Some(span.map_or((lo, hi), |(low, high)| (low.min(lo), high.max(hi))))
        }),
        blocks: blocks.reduce(|(low, high), (lo, hi)| (low.min(lo), high.max(hi))),
    }
}

/// The device's name, by which it can be asked for.
fn name(device: &cpal::Device) -> String {
    let id = device.id().map(|id| id.id().to_owned());
    id.unwrap_or_else(|_| device.to_string())
}

/// The device of a name, or of which that is a part; else, `default` or nothing, the system's choice.
pub(super) fn find(
    host: &cpal::Host,
    wanted: Option<&str>,
    default: Option<cpal::Device>,
) -> Result<cpal::Device, BackendError> {
    let Some(wanted) = wanted.filter(|&name| name != "default") else {
        return default.ok_or_else(|| BackendError::NoDevice("the system names none".to_owned()));
    };
    let mut nearly = None;
    for device in host.devices().map_err(failed)? {
        if name(&device) == wanted || device.to_string() == wanted {
            return Ok(device);
        }
        if name(&device).contains(wanted) || device.to_string().contains(wanted) {
            nearly = nearly.or(Some(device));
        }
    }
    nearly.ok_or_else(|| {
        BackendError::NoDevice(format!("none is called `{wanted}`; see `sorl devices`"))
    })
}

impl Backend for Cpal {
    fn name(&self) -> &'static str {
        match self.host {
            Some(host) => host.name(),
            None => cpal::default_host().id().name(),
        }
    }

    fn driver(&self) -> &dyn Drive {
        self
    }

    fn capture(&self) -> Option<&dyn Capture> {
        Some(self)
    }

    fn playback(&self) -> Option<&dyn Playback> {
        Some(self)
    }
}

impl Drive for Cpal {
    fn start(&self, begin: &mut Begin<'_>) -> Result<Box<dyn Stream>, BackendError> {
        let request = begin.request().clone();
        quieten();
        let host = self.host()?;
        let device = find(
            &host,
            request.device.as_deref(),
            host.default_output_device(),
        )?;
        let ranges = device.supported_output_configs().map_err(failed)?;
        let wanted = request.channels.unwrap_or(2).clamp(1, MAX_CHANNELS);
        let offer = choose(ranges, &request, wanted)?;
        // A block that the device does not like is no reason to be silent: its own choice is the
        // second try.
        let mut sizes = vec![BufferSize::Default];
        if let Some(block) = offer.block {
            sizes.insert(0, BufferSize::Fixed(block));
        }
        let mut last = None;
        for size in sizes {
            match build(&device, &offer, size) {
                Ok(prepared) => return prepared.start(&device, &offer, begin),
                Err(error) => last = Some(error),
            }
        }
        Err(last.map_or_else(|| BackendError::NoDevice("no stream".to_owned()), failed))
    }
}

/// What is asked of the device.
pub(super) struct Offer {
    pub(super) format: SampleFormat,
    pub(super) channels: u16,
    pub(super) rate: u32,
    pub(super) block: Option<u32>,
}

/// The best of what a device supports: as many channels as are wanted, floats, the wanted rate or the nearest.
pub(super) fn choose(
    ranges: impl Iterator<Item = SupportedStreamConfigRange>,
    request: &Request,
    wanted: u16,
) -> Result<Offer, BackendError> {
    let rate = request.rate.unwrap_or(RATE);
    let best = ranges
        .filter_map(|range| {
            let nearest = rate.clamp(range.min_sample_rate(), range.max_sample_rate());
            let format = [SampleFormat::F32, SampleFormat::I32, SampleFormat::I16]
                .iter()
                .position(|&f| f == range.sample_format())?;
            // More channels than are wanted stay silent; with fewer some sound is lost, which comes last.
            let channels = match range.channels().checked_sub(wanted) {
                Some(more) => more,
                None => u16::MAX - range.channels(),
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

/// Takes a stream's troubles down. Runs on the audio thread too: no text, only atomics.
pub(super) fn notice(health: Arc<Health>) -> impl FnMut(cpal::Error) + Send + 'static {
    move |error: cpal::Error| match error.kind() {
        ErrorKind::Xrun => health.count_xrun(),
        ErrorKind::DeviceNotAvailable
        | ErrorKind::HostUnavailable
        | ErrorKind::StreamInvalidated => {
            health.set_gone();
        }
        _ => {}
    }
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
        health: Arc::clone(&health),
    };
    let stream = device.build_output_stream(
        config,
        move |data: &mut [W], _: &cpal::OutputCallbackInfo| player.play(data, channels),
        notice(Arc::clone(&health)),
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
    /// The rate and the block are known: gets the driver and lets the stream run.
    fn start(
        mut self,
        device: &cpal::Device,
        offer: &Offer,
        begin: &mut Begin<'_>,
    ) -> Result<Box<dyn Stream>, BackendError> {
        let block = self.stream.buffer_size().ok();
        let block = block.or(offer.block).unwrap_or(BLOCK);
        let channels = [0, offer.channels.min(MAX_CHANNELS)];
        let driver = begin.driver(offer.rate, block, channels, &self.health)?;
        let channels = [driver.channels()[0], channels[1]];
        // There is room for one, and this is the only one.
        let _ = self.send.push(driver);
        self.stream.play().map_err(failed)?;
        Ok(Box::new(CpalStream {
            info: StreamInfo {
                rate: offer.rate,
                block,
                device: device.to_string(),
                channels,
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
    health: Arc<Health>,
}

impl Player {
    fn play<W: Word>(&mut self, data: &mut [W], channels: usize) {
        if self.driver.is_none() {
            self.driver = self.receive.pop().ok();
        }
        match &mut self.driver {
            Some(driver) => {
                driver.interleaved(data, channels);
                let frames = data.len() / channels.max(1);
                self.health
                    .count_block(u32::try_from(frames).unwrap_or(u32::MAX));
            }
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

    fn block(&self) -> u32 {
        self.health.block().unwrap_or(self.info.block)
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

pub(super) fn failed(error: cpal::Error) -> BackendError {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::message::Setup;
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
                health: Arc::default(),
            };
            let mut data = [1i16; 64];
            player.play(&mut data, 2);
            assert_eq!(data, [0; 64], "silence until there is a driver");
            let driver = Driver::new(engine, &Request::default(), 32, [0, 2], Arc::default());
            assert!(send.push(driver).is_ok());
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
