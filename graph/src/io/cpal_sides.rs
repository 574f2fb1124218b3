//! Devices of `cpal` that are heard or played beside the back end that drives, on clocks of their own: bridged.
//!
//! Control threads but for the callbacks of `cpal`, which move frames between the device and a [`bridge`].

use std::sync::Arc;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, FromSample, SampleFormat, SizedSample, StreamConfig};

use super::backend::{BackendError, Fault, Health, MAX_CHANNELS, Request};
use super::bridge::{BridgeFigures, BridgeIn, BridgeOut, bridge};
use super::cpal::{BLOCK, Cpal, Offer, choose, failed, find, notice};
use super::driver::Word;
use super::quiet::quieten;
use super::sides::{Aside, Capture, Heard, Playback, Played, Sink, Source};

/// Frames that are taken out of a bridge at a time.
const PIECE: usize = 256;

impl Capture for Cpal {
    fn hear(&self, request: &Request, rate: u32, block: u32) -> Result<Heard, BackendError> {
        quieten();
        let host = self.host()?;
        let named = request.in_device.as_deref();
        let device = find(&host, named, host.default_input_device())?;
        let ranges = device.supported_input_configs().map_err(failed)?;
        let wanted = request.inputs.unwrap_or(2).clamp(1, MAX_CHANNELS);
        let offer = choose(ranges, &at(rate, request.block), wanted)?;
        let (push, source, figures) = bridged(offer.channels, [offer.rate, rate], &offer, block)?;
        let (config, health) = (config(&offer), Arc::new(Health::default()));
        let stream = match offer.format {
            SampleFormat::I16 => hear_as::<i16>(&device, config, push, &health),
            SampleFormat::I32 => hear_as::<i32>(&device, config, push, &health),
            _ => hear_as::<f32>(&device, config, push, &health),
        };
        let aside = Box::new(Bridged::start(stream, figures, health, true)?);
        Ok(Heard {
            source: Box::new(source),
            channels: offer.channels.min(MAX_CHANNELS),
            aside,
        })
    }
}

impl Playback for Cpal {
    fn play(&self, device: Option<&str>, rate: u32, block: u32) -> Result<Played, BackendError> {
        quieten();
        let host = self.host()?;
        let device = find(&host, device, host.default_output_device())?;
        let ranges = device.supported_output_configs().map_err(failed)?;
        let offer = choose(ranges, &at(rate, None), 2)?;
        let (push, from, figures) = bridged(2, [rate, offer.rate], &offer, block)?;
        let (config, health) = (config(&offer), Arc::new(Health::default()));
        let from = Along {
            from,
            piece: vec![0.0; 2 * PIECE].into(),
        };
        let stream = match offer.format {
            SampleFormat::I16 => play_as::<i16>(&device, config, from, &health),
            SampleFormat::I32 => play_as::<i32>(&device, config, from, &health),
            _ => play_as::<f32>(&device, config, from, &health),
        };
        let aside = Box::new(Bridged::start(stream, figures, health, false)?);
        Ok(Played {
            sink: Box::new(push),
            aside,
        })
    }
}

/// What a device is asked for.
fn at(rate: u32, block: Option<u32>) -> Request {
    Request {
        rate: Some(rate),
        block,
        ..Request::default()
    }
}

fn config(offer: &Offer) -> StreamConfig {
    StreamConfig {
        channels: offer.channels,
        sample_rate: offer.rate,
        buffer_size: offer.block.map_or(BufferSize::Default, BufferSize::Fixed),
    }
}

fn bridged(
    channels: u16,
    rates: [u32; 2],
    offer: &Offer,
    block: u32,
) -> Result<(BridgeIn, BridgeOut, Arc<BridgeFigures>), BackendError> {
    let block = offer.block.unwrap_or(BLOCK).max(block);
    bridge(channels.into(), rates, block).ok_or_else(|| BackendError::Refused {
        backend: "the sound device",
        reason: format!("its rate of {} Hz cannot be bridged", offer.rate),
    })
}

fn hear_as<W: SizedSample + Send + 'static>(
    device: &cpal::Device,
    config: StreamConfig,
    mut push: BridgeIn,
    health: &Arc<Health>,
) -> Result<cpal::Stream, cpal::Error>
where
    f32: FromSample<W>,
{
    device.build_input_stream(
        config,
        move |data: &[W], _: &cpal::InputCallbackInfo| {
            push.push(data.iter().map(|&x| f32::from_sample_(x)));
        },
        notice(Arc::clone(health)),
        None,
    )
}

fn play_as<W: Word + SizedSample + Send + 'static>(
    device: &cpal::Device,
    config: StreamConfig,
    mut from: Along,
    health: &Arc<Health>,
) -> Result<cpal::Stream, cpal::Error> {
    let channels = usize::from(config.channels);
    device.build_output_stream(
        config,
        move |data: &mut [W], _: &cpal::OutputCallbackInfo| from.fill(data, channels),
        notice(Arc::clone(health)),
        None,
    )
}

/// What the callback of a device that plays along owns.
struct Along {
    from: BridgeOut,
    /// Left and right of a piece.
    piece: Box<[f32]>,
}

impl Along {
    /// Fills interleaved frames; a mono device plays the mean of both sides, channels beyond the second are silent.
    fn fill<W: Word>(&mut self, data: &mut [W], channels: usize) {
        let channels = channels.max(1);
        for data in data.chunks_mut(PIECE * channels) {
            let frames = data.len() / channels;
            self.from.feed(&mut self.piece, PIECE, frames);
            let (left, right) = self.piece.split_at(PIECE);
            for (frame, (l, r)) in data.chunks_mut(channels).zip(left.iter().zip(right)) {
                match frame {
                    [only] => *only = W::from_f32((l + r) * 0.5),
                    [left, right, others @ ..] => {
                        (*left, *right) = (W::from_f32(*l), W::from_f32(*r));
                        others.fill(W::from_f32(0.0));
                    }
                    [] => {}
                }
            }
        }
    }
}

impl Source for BridgeOut {
    fn feed(&mut self, input: &mut [f32], size: usize, frames: usize) {
        BridgeOut::feed(self, input, size, frames);
    }
}

impl Sink for BridgeIn {
    fn take(&mut self, left: &[f32], right: &[f32]) {
        self.push_stereo(left, right);
    }
}

/// A device behind a bridge.
struct Bridged {
    /// Runs until it is dropped.
    _stream: cpal::Stream,
    figures: Arc<BridgeFigures>,
    health: Arc<Health>,
    /// It is heard, and not played.
    heard: bool,
}

impl Bridged {
    fn start(
        stream: Result<cpal::Stream, cpal::Error>,
        figures: Arc<BridgeFigures>,
        health: Arc<Health>,
        heard: bool,
    ) -> Result<Bridged, BackendError> {
        let stream = stream.map_err(failed)?;
        stream.play().map_err(failed)?;
        Ok(Bridged {
            _stream: stream,
            figures,
            health,
            heard,
        })
    }
}

impl Aside for Bridged {
    fn xruns(&self) -> u64 {
        self.health.xruns() + self.figures.gaps()
    }

    fn latency(&self) -> Option<u32> {
        self.heard.then(|| self.figures.latency())
    }

    fn drift(&self) -> Option<f32> {
        self.heard.then(|| self.figures.drift())
    }

    fn fault(&self) -> Option<Fault> {
        self.health.fault(Fault::DeviceGone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_plays_along_is_the_main_output_on_any_number_of_channels() {
        for channels in 1..=4 {
            let (mut push, from, _) = bridge(2, [48_000; 2], 64).unwrap();
            let piece = vec![0.0; 2 * PIECE].into();
            let mut along = Along { from, piece };
            let mut heard = vec![0.0f32; 300 * channels];
            for _ in 0..40 {
                Sink::take(&mut push, &[0.5; 300], &[-0.25; 300]);
                along.fill(&mut heard, channels);
            }
            let near = |x: f32, y: f32| (x - y).abs() < 1e-3;
            for frame in heard.chunks(channels) {
                match *frame {
                    [only] => assert!(near(only, 0.125)),
                    [l, r, ref others @ ..] => {
                        assert!(near(l, 0.5) && near(r, -0.25), "{frame:?}");
                        assert!(others.iter().all(|x| *x == 0.0));
                    }
                    [] => {}
                }
            }
        }
    }
}
