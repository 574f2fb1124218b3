//! The JACK back end: the server's rate, the server's block, ports that others may rewire.
//!
//! libjack is opened when it is first asked for, so that a machine without it runs the same
//! program. The process callback runs on JACK's thread and does nothing but call the driver;
//! notices are single atomic stores. That the server died, or threw a client out, is seen by its
//! calls ceasing.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jack::{
    AsyncClient, AudioOut, Client, ClientOptions, ClientStatus, Control, Frames,
    NotificationHandler, Port, PortFlags, ProcessHandler, ProcessScope,
};

use super::backend::{Backend, BackendError, Fault, Health, Request, Stream, StreamInfo};
use super::driver::Driver;
use crate::engine::Engine;
use crate::message::Setup;

/// A server that has not called for so long is gone.
const SILENCE: Duration = Duration::from_secs(2);

/// A client of a running JACK server. Never starts a server itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jack;

impl Backend for Jack {
    fn name(&self) -> &'static str {
        "JACK"
    }

    fn start(
        &self,
        _request: &Request,
        make: &mut dyn FnMut(Setup) -> Engine,
    ) -> Result<Box<dyn Stream>, BackendError> {
        let client = open_client()?;
        let (rate, block) = (client.sample_rate(), client.buffer_size());
        let left = client
            .register_port("left", AudioOut::default())
            .map_err(refused)?;
        let right = client
            .register_port("right", AudioOut::default())
            .map_err(refused)?;
        let names = [
            left.name().map_err(refused)?,
            right.name().map_err(refused)?,
        ];

        let health = Arc::new(Health::default());
        let notices = Notices {
            rate,
            health: Arc::clone(&health),
        };
        let driver = Driver::new(make(Setup { rate }), block, Arc::clone(&health));
        let process = Process {
            driver,
            left,
            right,
            health: Arc::clone(&health),
        };
        let client = client.activate_async(notices, process).map_err(refused)?;
        let device = connect(client.as_client(), &names);
        Ok(Box::new(JackStream {
            info: StreamInfo {
                rate,
                block,
                device,
            },
            health,
            seen: Cell::new((0, Instant::now())),
            _client: client,
        }))
    }
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

/// Connects both ports to the first physical outputs and says where; a lone output hears both
/// sides. That nothing could be connected is no error: a patch bay may do it later.
fn connect(client: &Client, ours: &[String; 2]) -> String {
    let theirs = client.ports(
        None,
        Some("32 bit float mono audio"),
        PortFlags::IS_INPUT | PortFlags::IS_PHYSICAL,
    );
    let mut connected: Vec<&str> = Vec::new();
    for (i, port) in ours.iter().enumerate() {
        if let Some(theirs) = theirs.get(i).or(theirs.first())
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
    left: Port<AudioOut>,
    right: Port<AudioOut>,
    health: Arc<Health>,
}

impl ProcessHandler for Process {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        // Blocks of any size are welcome, so a changed block size needs no word here.
        self.driver.planar(
            self.left.as_mut_slice(scope),
            self.right.as_mut_slice(scope),
        );
        self.health.count_block();
        Control::Continue
    }
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
    /// How many blocks had been played when last asked, and when that number was new.
    seen: Cell<(u64, Instant)>,
    _client: AsyncClient<Notices, Process>,
}

impl Stream for JackStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn xruns(&self) -> u64 {
        self.health.xruns()
    }

    fn fault(&self) -> Option<Fault> {
        let (blocks, now) = (self.health.blocks(), Instant::now());
        let (known, since) = self.seen.get();
        if blocks != known {
            self.seen.set((blocks, now));
        } else if now.duration_since(since) > SILENCE {
            return Some(Fault::ServerGone);
        }
        self.health.fault(Fault::ServerGone)
    }
}
