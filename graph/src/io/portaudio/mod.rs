//! PortAudio: whatever the library of the machine reaches, in and out in one callback where it can.
//!
//! The library is opened when it is first asked for, so that a machine without it runs the same program. Control threads
//! only; the callback is PortAudio's and does nothing but call the driver.

mod library;

use std::sync::Arc;

use self::library::{PaDevice, PaStream, PortAudio, Sides};
use super::backend::{Backend, BackendError, Calls, Drive, Fault, Health, Stream, StreamInfo};
use super::devices::Device;
use super::quiet::quieten;
use super::sides::Begin;

/// What is taken when the user leaves it open.
const BLOCK: u32 = 512;

/// The PortAudio of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pa;

/// What there is to play on and to hear; why there is nothing.
pub(super) fn devices() -> Result<Vec<Device>, String> {
    quieten();
    let library = PortAudio::open()?;
    let describe = |device: PaDevice| Device {
        name: device.name,
        inputs: device.inputs,
        outputs: device.outputs,
        rates: Some((device.rate, device.rate)),
        blocks: None,
    };
    Ok(library.devices().into_iter().map(describe).collect())
}

/// The device of a name, or of which that is a part, on a side; else the preferred one.
fn find(
    library: &PortAudio,
    wanted: Option<&str>,
    preferred: Option<PaDevice>,
    has: impl Fn(&PaDevice) -> bool,
) -> Result<PaDevice, BackendError> {
    let Some(wanted) = wanted.filter(|&name| name != "default") else {
        let none = || BackendError::NoDevice("PortAudio names none".to_owned());
        return preferred.filter(has).ok_or_else(none);
    };
    let devices = library.devices();
    let exact = devices.iter().find(|d| d.name == wanted && has(d));
    let nearly = || devices.iter().find(|d| d.name.contains(wanted) && has(d));
    exact.or_else(nearly).cloned().ok_or_else(|| {
        BackendError::NoDevice(format!("none is called `{wanted}`; see `sorl devices`"))
    })
}

fn refused(reason: String) -> BackendError {
    BackendError::Refused {
        backend: "PortAudio",
        reason,
    }
}

impl Backend for Pa {
    fn name(&self) -> &'static str {
        "PortAudio"
    }

    fn driver(&self) -> &dyn Drive {
        self
    }
}

impl Drive for Pa {
    fn start(&self, begin: &mut Begin<'_>) -> Result<Box<dyn Stream>, BackendError> {
        let request = begin.request().clone();
        quieten();
        let library = PortAudio::open().map_err(|reason| {
            BackendError::NoDevice(format!("PortAudio cannot be opened: {reason}"))
        })?;
        let [hear, play] = library.preferred();
        let output = find(&library, request.device.as_deref(), play, |d| d.outputs > 0)?;
        let outputs = request.channels.unwrap_or(2).clamp(1, output.outputs);
        let hears = request.inputs.unwrap_or(0) > 0 || request.in_device.is_some();
        let input = match hears {
            true => Some(find(&library, request.in_device.as_deref(), hear, |d| {
                d.inputs > 0
            })?),
            false => None,
        };
        let inputs = |d: &PaDevice| request.inputs.unwrap_or(2).clamp(1, d.inputs);
        let sides = Sides {
            input: input.as_ref().map(|device| (device, inputs(device))),
            output: (&output, outputs),
        };
        let rates = [request.rate.unwrap_or(48_000), output.rate, 48_000, 44_100];
        let rate = rates.into_iter().find(|&rate| library.takes(&sides, rate));
        let rate = rate.ok_or_else(|| refused("it takes no rate that was tried".to_owned()))?;
        let block = request.block.unwrap_or(BLOCK);
        let mut stream = library.stream(&sides, rate, block).map_err(refused)?;
        let (real, latency) = stream.figures();
        let rate = if real > 0.0 {
            real.round() as u32
        } else {
            rate
        };
        let health = Arc::new(Health::default());
        let channels = [sides.input.map_or(0, |(_, channels)| channels), outputs];
        let mut driver = begin.driver(rate, block, channels, &health)?;
        let channels = [driver.channels()[0], outputs];
        let count = Arc::clone(&health);
        let play = move |ins: &[&[f32]], outs: &mut [&mut [f32]], late: bool| {
            driver.planar(ins, outs, None);
            let frames = outs.first().map_or(0, |channel| channel.len());
            count.count_block(u32::try_from(frames).unwrap_or(u32::MAX));
            if late {
                count.count_xrun();
            }
        };
        stream.start(Box::new(play)).map_err(refused)?;
        let heard = sides.input.is_some();
        Ok(Box::new(Running {
            info: StreamInfo {
                rate,
                block,
                device: output.name.clone(),
                channels,
            },
            health,
            calls: Calls::new(),
            round_trip: heard.then(|| ((latency[0] + latency[1]) * f64::from(rate)) as u32),
            stream,
        }))
    }
}

/// A running stream; its own drop waits for the callback and drops the driver.
struct Running {
    info: StreamInfo,
    health: Arc<Health>,
    calls: Calls,
    round_trip: Option<u32>,
    stream: PaStream,
}

impl Stream for Running {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn block(&self) -> u32 {
        self.health.block().unwrap_or(self.info.block)
    }

    fn xruns(&self) -> u64 {
        self.health.xruns()
    }

    fn round_trip(&self) -> Option<u32> {
        self.round_trip
    }

    fn fault(&self) -> Option<Fault> {
        if !self.stream.is_active() || self.calls.have_ceased(&self.health) {
            return Some(Fault::DeviceGone);
        }
        self.health.fault(Fault::DeviceGone)
    }
}
