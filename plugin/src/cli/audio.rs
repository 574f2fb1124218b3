//! A desk's engine on a real-time back end, and what a playing program has beside it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use sorl_graph::engine::Engine;
use sorl_graph::io::midi::ports::{MidiPorts, PortChange, Wanted};
use sorl_graph::io::{self, Change, Fault, Hub, Request};
use sorl_graph::message::Setup;
use sorl_graph::time::Beats;
use sorl_plugin::desk::{Desk, Take, TakeError, Taken};
use sorl_plugin::osc::Osc;
use sorl_plugin::remote::{Server, SoundFigures};

use super::{SoundArgs, remote};

/// How often new MIDI ports are looked for.
const PORTS: Duration = Duration::from_secs(2);

/// A score that sounds. Dropping it ends the sound and brings the engine home while the session is still there.
pub struct Sound {
    sound: io::Sound<'static>,
    desk: Arc<Desk>,
    ports: MidiPorts,
    looked: Instant,
    _osc: [Option<Osc>; 2],
    _server: Option<Server>,
}

impl Sound {
    /// Starts the desk's score playing on the back end that was asked for, and says which in one line.
    pub fn start(
        desk: &Arc<Desk>,
        args: &SoundArgs,
        score: Option<&Path>,
    ) -> Result<Sound, Box<dyn std::error::Error>> {
        desk.session().set_tempo_override(args.tempo);
        let hub = Hub::new(args.sync, args.clock_out);
        let request = Request {
            rate: args.rate,
            block: args.block,
            device: args.device.clone(),
            in_device: args.in_device.clone(),
            in_backend: args.in_backend,
            monitor: args.monitor.clone(),
            channels: args.channels,
            inputs: args.inputs,
            hub: Some(Arc::clone(&hub)),
        };
        let mut first = true;
        let played = Arc::clone(desk);
        let mut takes = takes(args);
        let refused: Arc<Mutex<Option<TakeError>>> = Arc::default();
        let refusal = Arc::clone(&refused);
        let make = move |setup: Setup| {
            let mut session = played.session();
            let (beat, playing) = (session.status().beat, session.status().playing);
            let end = session.connect(setup);
            // Said before the first block is played, so that the first beat is at frame 0.
            if std::mem::take(&mut first) {
                session.rewind();
                session.play();
            } else {
                // A later engine goes on where the one before it was.
                session.seek(Beats::from_f64(beat));
                if playing {
                    session.play();
                }
            }
            drop(session);
            // From the first frame on: what is recorded is on its way before the engine runs.
            let begun = takes.drain(..).try_for_each(|take| played.record(take));
            if let Err(error) = begun {
                *refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
            Engine::new(setup, end)
        };
        let sound = io::Sound::start(args.backend, request, Box::new(make))?;
        desk.start_ticking();
        eprintln!("audio: {}", sound.opened());
        let refused = refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        refused.map_or(Ok(()), Err)?;
        for take in desk.recordings() {
            let node = take
                .node
                .map_or(String::new(), |node| format!("{node} to "));
            eprintln!("recording: {node}{}", take.file.display());
        }
        let osc = [
            args.osc
                .as_deref()
                .map(|at| Osc::hear(desk, at))
                .transpose()?,
            args.osc_out
                .as_deref()
                .map(|to| Osc::speak(desk, to))
                .transpose()?,
        ];
        if let [Some(hears), _] = &osc {
            eprintln!("osc: {}", hears.address());
        }
        let name = score.map(|path| path.display().to_string());
        let server = remote::listen(desk, &args.listen, &name.unwrap_or_default());
        let mut sound = Sound {
            sound,
            desk: Arc::clone(desk),
            ports: MidiPorts::new(&hub, Wanted::of(&args.midi_in), Wanted::of(&args.midi_out)),
            looked: Instant::now(),
            _osc: osc,
            _server: server,
        };
        sound.look_at_ports();
        sound.take_down();
        Ok(sound)
    }

    /// Looks after the sound, and tells what has happened to it; to be called now and then. Why it plays no more,
    /// once.
    pub fn look(&mut self) -> Option<Fault> {
        let now = Instant::now();
        let change = self.sound.look(now);
        if change.is_some() {
            // Whoever reads the line below may ask at once.
            self.take_down();
        }
        let ended = match &change {
            Some(Change::Ended(fault)) => Some(*fault),
            _ => None,
        };
        match change {
            Some(Change::Ended(fault)) => eprintln!("audio: {fault}"),
            Some(Change::Followed(fault) | Change::Lost(fault)) => {
                eprintln!("audio: {fault}; {}", self.sound.opened());
            }
            Some(Change::Back) => eprintln!("audio: {}", self.sound.opened()),
            None => {}
        }
        if now.saturating_duration_since(self.looked) >= PORTS {
            self.looked = now;
            self.look_at_ports();
        }
        self.desk.ended_recordings().iter().for_each(tell);
        self.take_down();
        ended
    }

    fn look_at_ports(&mut self) {
        for change in self.ports.look() {
            match change {
                PortChange::In(name) => eprintln!("midi: hears {name}"),
                PortChange::Out(name) => eprintln!("midi: plays {name}"),
                PortChange::Gone(name) => eprintln!("midi: {name} is gone"),
            }
        }
    }

    /// Takes down how the sound is, for the window and for whoever asks.
    fn take_down(&self) {
        let (opened, stream) = (self.sound.opened(), self.sound.stream());
        let info = stream.info();
        self.desk.set_sound(SoundFigures {
            backend: opened.backend.to_owned(),
            device: info.device.clone(),
            rate: info.rate,
            block: stream.block(),
            channels: info.channels,
            xruns: stream.xruns(),
            round_trip: stream.round_trip(),
            drift: stream.drift(),
            reason: opened.reason.clone(),
        });
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.desk.end_recordings(None).iter().for_each(tell);
    }
}

/// What the command line wants recorded.
fn takes(args: &SoundArgs) -> Vec<Take> {
    let minutes = args.record_limit;
    let take = |(node, file): &(Option<String>, PathBuf)| Take {
        file: file.clone(),
        node: node.clone(),
        bits: args.record_bits,
        limit: minutes.map(|minutes| Duration::from_secs_f64(minutes * 60.0)),
    };
    args.record.iter().map(take).collect()
}

/// Says how a recording ended.
fn tell(taken: &Taken) {
    eprint!("recorded: {}", remote::recorded(&json!(taken)));
}
