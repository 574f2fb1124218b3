//! Looking into the engine that runs: what there is, and on demand what it costs and what it sounds like.

use super::{Live, Session};
use crate::inspect::{Inspection, Names, describe};
use crate::plan::{NodeId, Plan};
use crate::rt::{Measure, Probe, ScopePort, ScopeReader, scope};
use std::collections::HashMap;
use std::sync::Arc;

/// Why nothing can be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// No engine is connected, or it has not run a block yet.
    #[error("there is no engine that runs; connect one and let it run a block")]
    NoEngine,
    /// No such node runs.
    #[error("no node `{0}` runs")]
    NoNode(String),
    /// The node has no such port.
    #[error("node `{node}` has no {port}")]
    NoPort {
        /// The node.
        node: String,
        /// The port asked for.
        port: String,
    },
    /// As much as possible is looked at already.
    #[error("too much is looked at already; drop a scope, or wait for the measurement")]
    Busy,
}

/// What a scope looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look<'a> {
    /// What the node gives, after its gain and pan.
    Output,
    /// What reaches an audio input, by name.
    Input(&'a str),
    /// The value of a control, by name, with all that moves it; where notes speak to it, what the newest one says.
    Control(&'a str),
}

/// What a session keeps of what it saw.
#[derive(Default)]
pub(super) struct Seen {
    /// The Plan that the engine adopted last.
    pub running: Option<Arc<Plan>>,
    /// The measurement that came home last.
    measure: Option<Box<Probe>>,
    /// One is out.
    measuring: bool,
}

impl Live {
    /// Takes in the probes that have come home.
    pub(super) fn take_probes(&mut self) {
        while let Some(probe) = self.end.receive_probe() {
            if let Probe::Measure(_) = &*probe {
                (self.seen.measure, self.seen.measuring) = (Some(probe), false);
            }
        }
    }

    fn names(&self) -> HashMap<NodeId, Names> {
        let names = self.compiler.describe().map(|n| {
            let names = Names {
                node: n.name.to_owned(),
                inputs: n.inputs.to_vec(),
                controls: n.controls.to_vec(),
                own: n.own.to_vec(),
            };
            (n.id, names)
        });
        names.collect()
    }
}

impl Session {
    /// What the engine runs: the Plan that it adopted last, as of the last [`Session::tick`], with the measurement
    /// that [`Session::measure`] asked for last. The engine has no part in this. `None` until one has run.
    pub fn inspect(&self) -> Option<Inspection> {
        let live = self.live.as_ref()?;
        let plan = live.seen.running.as_ref()?;
        let measure = live.seen.measure.as_deref().and_then(|probe| match probe {
            Probe::Measure(measure) => Some(measure),
            Probe::Scope(_) | Probe::Track(_) => None,
        });
        let mut found = describe(plan, live.setup.rate, &live.names(), measure);
        found.pending.plans = (live.compiler.serial() - plan.serial) as usize;
        found.pending.states = live.compiler.unreturned();
        Some(found)
    }

    /// Asks the engine to measure every node and port over at least so many frames, once: [`Session::inspect`] tells
    /// it when [`Session::is_measuring`] has become false. Until then the audio thread reads the clock once a node
    /// and piece.
    ///
    /// # Errors
    /// [`InspectError::NoEngine`], [`InspectError::Busy`].
    pub fn measure(&mut self, frames: u32) -> Result<(), InspectError> {
        let live = self.live.as_mut().ok_or(InspectError::NoEngine)?;
        let plan = live.seen.running.as_ref().ok_or(InspectError::NoEngine)?;
        if live.seen.measuring {
            return Err(InspectError::Busy);
        }
        let probe = Box::new(Probe::Measure(Measure::new(plan, frames)));
        live.end.send_probe(probe).map_err(|_| InspectError::Busy)?;
        live.seen.measuring = true;
        Ok(())
    }

    /// Whether a measurement is under way.
    pub fn is_measuring(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.seen.measuring)
    }

    /// Opens a scope on a port of a node that runs. From the next block on its frames come, left and right (the same
    /// twice for mono), as long as the reader lives; it has room for `room` frames and is to be read before they are
    /// full. It looks at this instance: when the node is removed or its function changes, it is over.
    ///
    /// # Errors
    /// [`InspectError`]; more than 16 scopes at once are over at once.
    pub fn scope(
        &mut self,
        node: &str,
        look: Look<'_>,
        room: usize,
    ) -> Result<ScopeReader, InspectError> {
        let live = self.live.as_mut().ok_or(InspectError::NoEngine)?;
        let plan = live.seen.running.as_ref().ok_or(InspectError::NoEngine)?;
        let names = live.names();
        let found = plan.nodes.iter().filter(|n| !n.leaving).find_map(|n| {
            names
                .get(&n.id)
                .filter(|names| names.node == node)
                .map(|names| (n, names))
        });
        let Some((found, names)) = found else {
            return Err(InspectError::NoNode(node.to_owned()));
        };
        let place = |list: &[String], kind: &str, name: &str| {
            let place = list.iter().position(|n| n == name);
            place
                .map(|at| at as u16)
                .ok_or_else(|| InspectError::NoPort {
                    node: node.to_owned(),
                    port: format!("{kind} `{name}`"),
                })
        };
        let port = match look {
            Look::Output => ScopePort::Output,
            Look::Input(name) => ScopePort::Input(place(&names.inputs, "input", name)?),
            Look::Control(name) => {
                let at = place(&names.controls, "control", name)?;
                ScopePort::Control(crate::plan::ControlIndex(at))
            }
        };
        let (probe, reader) = scope(Some((found.id, found.slot)), port, room);
        let probe = Box::new(Probe::Scope(probe));
        live.end.send_probe(probe).map_err(|_| InspectError::Busy)?;
        Ok(reader)
    }

    /// Opens a scope on the main pair as it goes out, with room for `room` frames. Like [`Session::scope`], and never
    /// over as long as the engine runs.
    ///
    /// # Errors
    /// [`InspectError::NoEngine`], [`InspectError::Busy`].
    pub fn scope_of_main(&mut self, room: usize) -> Result<ScopeReader, InspectError> {
        let live = self.live.as_mut().ok_or(InspectError::NoEngine)?;
        let (probe, reader) = scope(None, ScopePort::Main, room);
        let probe = Box::new(Probe::Scope(probe));
        live.end.send_probe(probe).map_err(|_| InspectError::Busy)?;
        Ok(reader)
    }

    /// The name of a node that Rust made.
    pub fn name_of<K>(&self, node: crate::graph::Node<K>) -> Option<&str> {
        self.home.as_ref()?.name(node)
    }
}
