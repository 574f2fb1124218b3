//! The MIDI ports of the system, through `midir` (ALSA's sequencer, CoreMIDI, WinMM), plugged into a [`Hub`].
//!
//! Control threads only. What comes in is handed to the hub on `midir`'s own thread; what goes out is sent by a thread of
//! this module when its time has come. [`MidiPorts::look`], called now and then, opens what was plugged in since and lets
//! go of what is gone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use midir::{
    Ignore, MidiInput, MidiInputConnection, MidiOutput, MidiOutputConnection, MidiOutputPort,
};

use super::super::hub::Hub;
use super::super::quiet::quieten;

/// Names that are never opened by themselves: they lead back to whoever opens them.
const LOOPS: [&str; 3] = ["Midi Through", "sorl", "Sorl"];
/// How often it is looked for what is to go out, when there is nothing.
const IDLE: Duration = Duration::from_millis(1);

/// Which ports are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// None.
    #[default]
    None,
    /// All that there are, but for those that lead back.
    All,
    /// Those whose names have this in them.
    Named(String),
}

impl Wanted {
    /// A word of the command line: `none`, `all`, or a part of a name.
    pub fn of(word: &str) -> Wanted {
        match word {
            "none" | "off" => Wanted::None,
            "all" => Wanted::All,
            name => Wanted::Named(name.to_owned()),
        }
    }

    fn takes(&self, port: &str) -> bool {
        match self {
            Wanted::None => false,
            Wanted::All => !LOOPS.iter().any(|name| port.contains(name)),
            Wanted::Named(name) => port.contains(name.as_str()),
        }
    }
}

/// What a look has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortChange {
    /// A port is heard.
    In(String),
    /// A port is played.
    Out(String),
    /// A port is gone.
    Gone(String),
}

type Outputs = Arc<Mutex<BTreeMap<String, MidiOutputConnection>>>;

/// The open ports. Dropping this closes them.
pub struct MidiPorts {
    hub: Arc<Hub>,
    wanted: [Wanted; 2],
    inputs: BTreeMap<String, MidiInputConnection<()>>,
    outputs: Outputs,
    sender: Option<Sender>,
    /// The system has no MIDI: it is not asked again.
    without: bool,
}

/// The thread that sends.
struct Sender {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl MidiPorts {
    /// Ports to hear and to play, none open yet.
    pub fn new(hub: &Arc<Hub>, hear: Wanted, play: Wanted) -> MidiPorts {
        MidiPorts {
            hub: Arc::clone(hub),
            wanted: [hear, play],
            inputs: BTreeMap::new(),
            outputs: Outputs::default(),
            sender: None,
            without: false,
        }
    }

    /// The names of all ports of the system, to hear and to play; none where it has no MIDI.
    pub fn names() -> [Vec<String>; 2] {
        quieten();
        let inputs = MidiInput::new("sorl").map(|input| {
            let ports = input.ports();
            ports
                .iter()
                .filter_map(|port| input.port_name(port).ok())
                .collect()
        });
        let outputs = MidiOutput::new("sorl").map(|output| {
            let ports = output.ports();
            ports
                .iter()
                .filter_map(|port| output.port_name(port).ok())
                .collect()
        });
        [inputs.unwrap_or_default(), outputs.unwrap_or_default()]
    }

    /// Opens what is there and wanted, lets go of what is gone, and says so. A port that refuses is tried again.
    pub fn look(&mut self) -> Vec<PortChange> {
        let mut changes = Vec::new();
        quieten();
        if self.wanted[0] != Wanted::None && !self.without {
            self.look_in(&mut changes);
        }
        if self.wanted[1] != Wanted::None && !self.without {
            self.look_out(&mut changes);
        }
        changes
    }

    fn look_in(&mut self, changes: &mut Vec<PortChange>) {
        let Ok(input) = MidiInput::new("sorl") else {
            self.without = true;
            return;
        };
        let ports = input.ports();
        let named = ports
            .iter()
            .filter_map(|port| Some((input.port_name(port).ok()?, port)));
        let there: BTreeMap<String, _> = named.collect();
        self.inputs.retain(|name, _| {
            let stays = there.contains_key(name);
            if !stays {
                changes.push(PortChange::Gone(name.clone()));
            }
            stays
        });
        for (name, port) in &there {
            if self.inputs.contains_key(name) || !self.wanted[0].takes(name) {
                continue;
            }
            let Ok(mut input) = MidiInput::new("sorl") else {
                return;
            };
            // System exclusive means nothing here; clocks do.
            input.ignore(Ignore::SysexAndActiveSense);
            let hub = Arc::clone(&self.hub);
            let hear = move |_: u64, bytes: &[u8], (): &mut ()| {
                // What finds no room is lost: thousands have come since the last block.
                let _ = hub.hear(bytes);
            };
            if let Ok(connection) = input.connect(port, "in", hear, ()) {
                self.inputs.insert(name.clone(), connection);
                changes.push(PortChange::In(name.clone()));
            }
        }
    }

    fn look_out(&mut self, changes: &mut Vec<PortChange>) {
        let Ok(output) = MidiOutput::new("sorl") else {
            self.without = true;
            return;
        };
        let ports = output.ports();
        let named = ports
            .iter()
            .filter_map(|port| Some((output.port_name(port).ok()?, port)));
        let there: BTreeMap<String, &MidiOutputPort> = named.collect();
        let mut open = lock(&self.outputs);
        open.retain(|name, _| {
            let stays = there.contains_key(name);
            if !stays {
                changes.push(PortChange::Gone(name.clone()));
            }
            stays
        });
        for (name, port) in &there {
            if open.contains_key(name) || !self.wanted[1].takes(name) {
                continue;
            }
            let Ok(output) = MidiOutput::new("sorl") else {
                break;
            };
            if let Ok(connection) = output.connect(port, "out") {
                open.insert(name.clone(), connection);
                changes.push(PortChange::Out(name.clone()));
            }
        }
        if !open.is_empty() && self.sender.is_none() {
            self.sender = Sender::start(&self.hub, &self.outputs);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sender {
    fn start(hub: &Arc<Hub>, outputs: &Outputs) -> Option<Sender> {
        let stop = Arc::new(AtomicBool::new(false));
        let (hub, outputs) = (Arc::clone(hub), Arc::clone(outputs));
        let thread = {
            let stop = Arc::clone(&stop);
            thread::Builder::new()
                .name("sorl-midi".to_owned())
                .spawn(move || {
                    while !stop.load(Ordering::Acquire) {
                        let Some((due, bytes, length)) = hub.next_out() else {
                            thread::sleep(IDLE);
                            continue;
                        };
                        thread::sleep(due);
                        for output in lock(&outputs).values_mut() {
                            // A port that is gone is let go at the next look.
                            let _ = output.send(&bytes[..length]);
                        }
                    }
                })
        };
        Some(Sender {
            stop,
            thread: thread.ok(),
        })
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A panic was told of already.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_back_is_opened_only_by_name() {
        assert!(Wanted::of("all").takes("Keystation 49:Keystation 49 MIDI 1 20:0"));
        assert!(!Wanted::of("all").takes("Midi Through:Midi Through Port-0 14:0"));
        assert!(Wanted::of("Through").takes("Midi Through:Midi Through Port-0 14:0"));
        assert!(!Wanted::of("none").takes("Keystation"));
    }

    #[test]
    fn a_machine_without_midi_has_no_ports_and_no_faults() {
        let hub = Hub::new(super::super::super::hub::Sync::Own, false);
        let nobody = Wanted::Named("there is no port of this name".to_owned());
        let mut ports = MidiPorts::new(&hub, nobody.clone(), nobody);
        assert!(ports.look().is_empty());
    }
}
