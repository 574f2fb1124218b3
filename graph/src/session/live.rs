//! The session and the engine that runs: Plans go there, and what comes back is taken.

use super::{Sent, Session, audition, freed, inspect};
use crate::compile::{self, CompileError, Compiler};
use crate::message::{Adoption, Moment, Report, Setup};
use crate::plan::{Plan, When};
use crate::rt::ControlEnd;
use crate::signal::Backend;
use std::collections::VecDeque;
use std::sync::Arc;

/// The most messages that wait to be taken.
const MAX_SENT: usize = 4096;

/// The running engine, seen from here.
pub(super) struct Live {
    pub setup: Setup,
    pub end: ControlEnd,
    pub compiler: Compiler,
    /// Plans that found no room in the queue, in order.
    pub waiting: VecDeque<Box<Adoption>>,
    /// Something has faded: the next Plan does without it.
    pub tidy: bool,
    /// The Patch waits for sounds that are being loaded; then it begins at this time.
    pub awaits_sounds: Option<Moment>,
    /// How late the outputs are with the Plan made last.
    pub latency: u32,
    /// What has been seen of it.
    pub seen: inspect::Seen,
    /// The Plan that was made last.
    pub sent: Option<Arc<Plan>>,
}

impl Session {
    /// The regular work, some thirty to sixty times a second: frees what came home, takes the engine's news,
    /// sends what waits, takes the sounds that were loaded.
    pub fn tick(&mut self) {
        let changed = self.units.sounds().collect();
        self.take_sounds(changed);
        let Some(live) = &mut self.live else {
            self.run_agenda();
            return;
        };
        while let Some(adoption) = live.end.receive() {
            live.compiler.take_home(&adoption);
            live.seen.running = Some(Arc::clone(&adoption.plan));
        }
        live.take_probes();
        let (mut turned, mut ended) = (Vec::new(), Vec::new());
        while let Some(report) = live.end.report() {
            live.tidy |= live.compiler.take_report(&report);
            if let (Report::Position { frame, jumps, .. }, Some((jump, soon))) =
                (&report, self.foreseen)
            {
                // Told before the engine heard of the seek?
                if *frame < soon && (jumps.wrapping_sub(jump) as i32) < 0 {
                    continue;
                }
                self.foreseen = None;
            }
            self.status.take(&report, |id| live.compiler.name_of(id));
            if let Report::Turned { id, control, value } = report
                && let Some((node, control)) = live.compiler.control_name(id, control)
            {
                turned.push((node.to_owned(), control.to_owned(), value));
            }
            if let Report::Ended(id) = report
                && let Some(name) = live.compiler.name_of(id)
            {
                ended.push(name.to_owned());
            }
            if let Report::Sent {
                message,
                value,
                frame,
            } = report
                && let Some(message) = live.compiler.message(message)
                && self.sent.len() < MAX_SENT
            {
                let message = message.clone();
                self.sent.push(Sent {
                    message,
                    value,
                    frame,
                });
            }
            if let Report::Meter { id, peak, voices } = report
                && let Some(name) = live.compiler.name_of(id)
            {
                let told = (peak, voices);
                match self.meters.get_mut(name) {
                    Some(meter) => *meter = told,
                    None => drop(self.meters.insert(name.to_owned(), told)),
                }
            }
        }
        live.flush();
        let (tidy, compiled) = (
            std::mem::take(&mut live.tidy) || !ended.is_empty(),
            live.compiler.has_new_code(),
        );
        for name in ended {
            self.free(&name, self.patch.ending(&name));
        }
        for (node, control, value) in turned {
            self.note_turned(&node, &control, value);
        }
        if compiled {
            self.look_what_plays();
        }
        if tidy {
            // The same Patch, without what has faded: nothing audible changes.
            let sent = self.send_patch(When::Now);
            debug_assert!(sent.is_ok(), "{sent:?}");
        }
        self.run_audition();
        self.tend_tracks();
        self.run_beats();
        self.run_places();
        self.run_agenda();
    }

    pub(super) fn send_patch(&mut self, when: impl Into<Moment>) -> Result<(), CompileError> {
        let when = when.into();
        self.let_go_of_a_dropped_engine();
        let Some(live) = &mut self.live else {
            // No engine yet: still find out whether the Patch holds together. No kernels are made: a plugin
            // that is only scanned does no such work.
            return compile::check(&self.patch, &self.units);
        };
        self.units.sounds().require(&self.patch.sounds());
        if self.units.sounds().is_loading() {
            // What sounded before goes on until everything is there; then the whole Patch begins at once.
            compile::check(&self.patch, &self.units)?;
            live.awaits_sounds = Some(when);
            return Ok(());
        }
        live.awaits_sounds = None;
        live.compiler.begin(self.stage.take_begins());
        let patch = freed::without(&mut self.freed, &self.patch);
        let patch = audition::beside(self.audition.as_ref(), patch);
        let mut adoption = live
            .compiler
            .compile(&patch, &self.hand, &self.units, when)?;
        live.latency = adoption.plan.latency;
        let mut shared = self.scheduler.lock();
        for node in &adoption.plan.nodes {
            if node.leaving {
                shared.remove(node.id);
            } else if node.birth.is_some()
                && let Some((name, address, controls)) = live.compiler.address_of(node.id)
            {
                shared.add(name, address, &controls);
            }
        }
        match self.rest.take().map(|rest| rest.commands(&mut shared)) {
            Some(Ok(commands)) => adoption.commands = commands,
            Some(Err(why)) => self.refused = Some(why),
            None => {}
        }
        drop(shared);
        live.sent = Some(Arc::clone(&adoption.plan));
        Self::tell_tracks(&mut self.tracks, live, &adoption.plan);
        live.waiting.push_back(adoption);
        live.flush();
        self.look_what_plays();
        Ok(())
    }

    /// An engine that was dropped (a host deactivated the plugin) needs no more Plans.
    fn let_go_of_a_dropped_engine(&mut self) {
        if let Some(live) = self.live.take_if(|live| live.end.is_abandoned()) {
            self.next_id = live.compiler.next_id();
            (self.status.connected, self.status.backend) = (false, None);
            self.status.interpreted = None;
        }
    }

    /// What plays the functions, and if it is the interpreter because it must, why.
    pub(super) fn look_what_plays(&mut self) {
        self.status.backend = self.backend();
        let interpreted = self.status.backend == Some(Backend::Interpreter);
        let why = |name: &str| self.live.as_ref()?.compiler.why_interpreted(name);
        let mut names = self.patch.nodes.iter().map(|n| n.name.as_str());
        self.status.interpreted = names
            .find_map(|name| Some(format!("`{name}` plays interpreted: {}", why(name)?)))
            .filter(|_| interpreted);
    }

    /// How many nodes the engine runs, those on their way out included.
    pub fn running_nodes(&self) -> usize {
        self.live.as_ref().map_or(0, |live| live.compiler.running())
    }
    /// By how many frames the outputs are late with the Plan made last: what its longest path of nodes with a latency
    /// adds up to. A host makes up for it; [`crate::Engine::latency`] says from when on.
    pub fn latency(&self) -> u32 {
        self.live.as_ref().map_or(0, |live| live.latency)
    }
    /// The setup of the engine that is connected.
    pub fn setup(&self) -> Option<Setup> {
        self.live.as_ref().map(|live| live.setup)
    }
    /// What the functions of the next engine shall run on, from [`Session::connect`] on: machine code, unless
    /// said. The sound is the same.
    pub fn set_backend(&mut self, preferred: Backend) {
        self.preferred = preferred;
    }
    /// What runs a node's function: the interpreter where there can be no machine code. (Where there will be, it plays
    /// until a worker has compiled it.) `None` without an engine,
    /// and for a node without a function.
    pub fn backend_of(&self, node: &str) -> Option<Backend> {
        self.live.as_ref()?.compiler.backend_of(node)
    }
    /// What plays: the interpreter, if it runs any node of the Patch. `None` without an engine or any function.
    pub fn backend(&self) -> Option<Backend> {
        let nodes = self.patch.nodes.iter();
        let backends = nodes.filter_map(|n| self.backend_of(&n.name));
        backends.reduce(|all, one| match one {
            Backend::Interpreter => one,
            Backend::MachineCode => all,
        })
    }
}

impl Live {
    /// Sends waiting Plans as far as there is room, in order.
    fn flush(&mut self) {
        while let Some(adoption) = self.waiting.pop_front() {
            if let Err(adoption) = self.end.send_plan(adoption) {
                self.waiting.push_front(adoption);
                return;
            }
        }
    }
}
