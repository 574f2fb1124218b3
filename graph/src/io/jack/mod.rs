//! The JACK back end: the server's rate, the server's block, ports that others may rewire.
//!
//! libjack is opened when it is first asked for, so that a machine without it runs the same
//! program. The process callback runs on JACK's thread and does nothing but call the driver;
//! notices are single atomic stores. That the server died, or threw a client out, is seen by its
//! calls ceasing.

mod lead;
mod timebase;

use std::sync::Arc;

use jack::{
    AsyncClient, AudioIn, AudioOut, Client, ClientOptions, ClientStatus, Control, Frames,
    LatencyType, MidiIn, MidiOut, NotificationHandler, Port, PortFlags, PortSpec, ProcessHandler,
    ProcessScope, RawMidi, TransportState,
};

use crate::io::backend::{
    Backend, BackendError, Calls, Drive, Fault, Health, MAX_CHANNELS, Request, Stream, StreamInfo,
};
use crate::io::driver::Driver;
use crate::io::hub::Sync;
use crate::io::sides::Begin;
use crate::time::{Beats, HostTime, Meter, Tempo};
use lead::Lead;
use timebase::Told;

/// The most channels, each way.
const MAX: usize = MAX_CHANNELS as usize;
/// What JACK calls ports of sound.
const SOUND: &str = "32 bit float mono audio";

/// A client of a running JACK server. Never starts a server itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jack;

impl Backend for Jack {
    fn name(&self) -> &'static str {
        "JACK"
    }

    fn driver(&self) -> &dyn Drive {
        self
    }
}

impl Drive for Jack {
    fn start(&self, begin: &mut Begin<'_>) -> Result<Box<dyn Stream>, BackendError> {
        let request = begin.request().clone();
        let client = open_client()?;
        let (rate, block) = (client.sample_rate(), client.buffer_size());
        let channels = [
            request.inputs.unwrap_or(2).min(MAX_CHANNELS),
            request.channels.unwrap_or(2).clamp(1, MAX_CHANNELS),
        ];
        let ports = Ports::register(&client, channels)?;
        let names = ports.names()?;

        let health = Arc::new(Health::default());
        let notices = Notices {
            rate,
            health: Arc::clone(&health),
        };
        let driver = begin.driver(rate, block, channels, &health)?;
        let channels = [driver.channels()[0], channels[1]];
        let sync = request.hub.as_ref().map_or(Sync::Own, |hub| hub.sync());
        let told = Arc::new(Told::default());
        let transport = match sync {
            Sync::Jack => Role::Follows,
            Sync::JackLead => Role::Leads(Lead::new(Arc::clone(&told), driver.engine())),
            Sync::Own | Sync::Midi => Role::Own,
        };
        let process = Process {
            driver,
            transport,
            ports,
            health: Arc::clone(&health),
        };
        let client = client.activate_async(notices, process).map_err(refused)?;
        if sync == Sync::JackLead {
            timebase::lead(client.as_client(), &told).map_err(refused)?;
        }
        let device = connect(client.as_client(), &names, &request);
        Ok(Box::new(JackStream {
            info: StreamInfo {
                rate,
                block,
                device,
                channels,
            },
            health,
            names,
            calls: Calls::new(),
            client,
        }))
    }
}

/// The server that runs, if one does: its rate, its block and its physical ports, in and out.
pub(super) fn server() -> Option<(u32, u32, [usize; 2])> {
    let client = open_client().ok()?;
    let count = |flags| {
        client
            .ports(None, Some(SOUND), flags | PortFlags::IS_PHYSICAL)
            .len()
    };
    // What is an output of the machine is where its sound comes in.
    let ports = [count(PortFlags::IS_OUTPUT), count(PortFlags::IS_INPUT)];
    Some((client.sample_rate(), client.buffer_size(), ports))
}

fn open_client() -> Result<Client, BackendError> {
    match Client::new("sorl", ClientOptions::NO_START_SERVER) {
        Ok((client, _)) => Ok(client),
        Err(jack::Error::LibraryError(_)) => Err(BackendError::NoServer(
            "libjack is not installed".to_owned(),
        )),
        Err(jack::Error::ClientError(status)) if status.contains(ClientStatus::SERVER_FAILED) => {
            Err(BackendError::NoServer("none answered".to_owned()))
        }
        Err(error) => Err(refused(error)),
    }
}

fn refused(error: jack::Error) -> BackendError {
    BackendError::Refused {
        backend: "JACK",
        reason: error.to_string(),
    }
}

/// Our ports.
struct Ports {
    inputs: Vec<Port<AudioIn>>,
    outputs: Vec<Port<AudioOut>>,
    midi_in: Port<MidiIn>,
    midi_out: Port<MidiOut>,
}

/// Their whole names.
struct Names {
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Ports {
    fn register(client: &Client, [inputs, outputs]: [u16; 2]) -> Result<Ports, BackendError> {
        let out = |i: u16| match i {
            0 => "left".to_owned(),
            1 => "right".to_owned(),
            i => format!("out_{}", i + 1),
        };
        let register = |name: String| client.register_port(&name, AudioIn::default());
        let inputs = (1..=inputs).map(|i| register(format!("in_{i}")));
        let register = |name: String| client.register_port(&name, AudioOut::default());
        let outputs = (0..outputs).map(|i| register(out(i)));
        Ok(Ports {
            inputs: inputs.collect::<Result<_, _>>().map_err(refused)?,
            outputs: outputs.collect::<Result<_, _>>().map_err(refused)?,
            midi_in: client
                .register_port("midi_in", MidiIn::default())
                .map_err(refused)?,
            midi_out: client
                .register_port("midi_out", MidiOut::default())
                .map_err(refused)?,
        })
    }

    fn names(&self) -> Result<Names, BackendError> {
        Ok(Names {
            inputs: names_of(&self.inputs)?,
            outputs: names_of(&self.outputs)?,
        })
    }
}

fn names_of<S: PortSpec>(ports: &[Port<S>]) -> Result<Vec<String>, BackendError> {
    let names = ports.iter().map(|port| port.name().map_err(refused));
    names.collect()
}

/// Connects our outputs to those that were named, else to the first physical ones, and says where; a lone output hears
/// both sides. The same for inputs, but only where some were named: a microphone that nobody asked for is no friend. That
/// nothing could be connected is no error: a patch bay may do it later.
fn connect(client: &Client, ours: &Names, request: &Request) -> String {
    let find = |wanted: Option<&str>, flags: PortFlags| match wanted {
        Some("none") => Vec::new(),
        // A pattern of JACK's own: the beginning of a port's name.
        Some(name) => {
            let ports = client.ports(None, Some(SOUND), flags);
            ports
                .into_iter()
                .filter(|port| port.starts_with(name))
                .collect()
        }
        None => client.ports(None, Some(SOUND), flags | PortFlags::IS_PHYSICAL),
    };
    if let Some(name) = &request.in_device {
        let theirs = find(
            Some(name)
                .filter(|name| *name != "default")
                .map(String::as_str),
            PortFlags::IS_OUTPUT,
        );
        for (port, theirs) in ours.inputs.iter().zip(&theirs) {
            // See above.
            let _ = client.connect_ports_by_name(theirs, port);
        }
    }
    let theirs = find(request.device.as_deref(), PortFlags::IS_INPUT);
    let mut connected: Vec<&str> = Vec::new();
    for (i, port) in ours.outputs.iter().enumerate() {
        let lone = theirs.first().filter(|_| i < 2);
        if let Some(theirs) = theirs.get(i).or(lone)
            && client.connect_ports_by_name(port, theirs).is_ok()
        {
            connected.push(theirs);
        }
    }
    if connected.is_empty() {
        "ports not connected".to_owned()
    } else {
        connected.join(" and ")
    }
}

/// What JACK's process thread owns. It comes back to the control thread when the client is
/// deactivated.
struct Process {
    driver: Driver,
    ports: Ports,
    transport: Role,
    health: Arc<Health>,
}

impl ProcessHandler for Process {
    fn process(&mut self, client: &Client, scope: &ProcessScope) -> Control {
        let Ports {
            inputs,
            outputs,
            midi_in,
            midi_out,
        } = &mut self.ports;
        for message in midi_in.iter(scope) {
            self.driver.hear(message.time, message.bytes);
        }
        let ins: [&[f32]; MAX] = std::array::from_fn(|i| match inputs.get(i) {
            Some(port) => port.as_slice(scope),
            None => &[],
        });
        let (count, mut ports) = (outputs.len(), outputs.iter_mut());
        let mut outs: [&mut [f32]; MAX] = std::array::from_fn(|_| match ports.next() {
            Some(port) => port.as_mut_slice(scope),
            None => &mut [],
        });
        let host = match &mut self.transport {
            Role::Own => None,
            Role::Follows => transport(client),
            Role::Leads(lead) => Some(lead.host(client, self.driver.engine(), scope.n_frames())),
        };
        // Blocks of any size are welcome, so a changed block size needs no word here.
        self.driver
            .planar(&ins[..inputs.len()], &mut outs[..count], host);
        if let Role::Leads(lead) = &mut self.transport {
            lead.after(client, self.driver.engine());
        }
        let mut writer = midi_out.writer(scope);
        for word in self.driver.sent() {
            let (time, bytes) = (word.frame, word.as_bytes());
            // What the port has no room for is lost, as JACK has it.
            let _ = writer.write(&RawMidi { time, bytes });
        }
        self.health.count_block(scope.n_frames());
        Control::Continue
    }
}

/// What Sorl has to do with JACK's transport.
enum Role {
    /// Nothing.
    Own,
    /// It rules the song.
    Follows,
    /// Sorl tells it what to do.
    Leads(Lead),
}

/// Where JACK's transport is. Where whoever leads it tells no bars and tempo, it starts and stops the song, from the
/// beginning if it is at its own, and tempo and metre are the score's.
fn transport(client: &Client) -> Option<HostTime> {
    let now = client.transport().query().ok()?;
    let playing = now.state == TransportState::Rolling;
    let Some(bbt) = now.pos.bbt().filter(|bbt| bbt.ticks_per_beat > 0.0) else {
        return Some(HostTime {
            playing,
            beat: (now.pos.frame() == 0).then_some(Beats::ZERO),
            tempo: None,
            meter: None,
            bar: None,
        });
    };
    let bars = bbt.bar.saturating_sub(1) as f64 * f64::from(bbt.sig_num);
    let notes = bars + bbt.beat.saturating_sub(1) as f64 + bbt.tick as f64 / bbt.ticks_per_beat;
    let beat = notes * 4.0 / f64::from(bbt.sig_denom).max(1.0);
    Some(HostTime {
        playing,
        beat: Some(Beats::from_f64(beat)),
        tempo: Some(Tempo::from_bpm(bbt.bpm)),
        meter: Meter::new(bbt.sig_num as i64, bbt.sig_denom as i64),
        bar: None,
    })
}

/// What JACK's notification thread owns.
struct Notices {
    rate: Frames,
    health: Arc<Health>,
}

impl NotificationHandler for Notices {
    fn sample_rate(&mut self, _: &Client, rate: Frames) -> Control {
        // Also called once at the start, with the rate that is known.
        if rate != self.rate {
            self.health.set_rate_changed(rate);
        }
        Control::Continue
    }

    fn xrun(&mut self, _: &Client) -> Control {
        self.health.count_xrun();
        Control::Continue
    }
}

/// A running client; its own drop deactivates, waits, and brings the process side back to this
/// thread.
struct JackStream {
    info: StreamInfo,
    health: Arc<Health>,
    names: Names,
    calls: Calls,
    client: AsyncClient<Notices, Process>,
}

impl Stream for JackStream {
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
        let client = self.client.as_client();
        let latency = |name: Option<&String>, mode| {
            let port = client.port_by_name(name?)?;
            Some(port.get_latency_range(mode).1)
        };
        let before = latency(self.names.inputs.first(), LatencyType::Capture)?;
        let after = latency(self.names.outputs.first(), LatencyType::Playback)?;
        Some(before + after)
    }

    fn fault(&self) -> Option<Fault> {
        if self.calls.have_ceased(&self.health) {
            return Some(Fault::ServerGone);
        }
        self.health.fault(Fault::ServerGone)
    }
}
