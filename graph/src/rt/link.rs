//! The queues between the control thread and the engine.

use super::Probe;
use super::post::{Inbox, Post, post};
use crate::message::{Adoption, Report};
use rtrb::{Consumer, Producer, PushError, RingBuffer};

/// Plans that may be under way to the engine, or home from it.
const PLANS: usize = 64;
/// News that may wait; what finds no room is told again later.
const REPORTS: usize = 4096;

/// Probes that may be out at once: as many find room on the way home.
const PROBES: usize = 32;

/// The control thread's end.
pub struct ControlEnd {
    plans: Producer<Box<Adoption>>,
    home: Consumer<Box<Adoption>>,
    post: Option<Post>,
    reports: Consumer<Report>,
    probes: Producer<Box<Probe>>,
    probes_home: Consumer<Box<Probe>>,
    /// Probes that are out.
    out: usize,
}

/// The audio thread's end. Every call is real-time safe.
pub struct AudioEnd {
    plans: Consumer<Box<Adoption>>,
    home: Producer<Box<Adoption>>,
    pub(crate) inbox: Inbox,
    reports: Producer<Report>,
    probes: Consumer<Box<Probe>>,
    probes_home: Producer<Box<Probe>>,
}

/// The two ends of a new link. Allocates.
pub fn link() -> (ControlEnd, AudioEnd) {
    let (plans_in, plans) = RingBuffer::new(PLANS);
    let (home_in, home) = RingBuffer::new(PLANS);
    let (post, inbox) = post();
    let (reports_in, reports) = RingBuffer::new(REPORTS);
    let (probes_in, probes) = RingBuffer::new(PROBES);
    let (probes_home_in, probes_home) = RingBuffer::new(PROBES);
    (
        ControlEnd {
            plans: plans_in,
            home,
            post: Some(post),
            reports,
            probes: probes_in,
            probes_home,
            out: 0,
        },
        AudioEnd {
            plans,
            home: home_in,
            inbox,
            reports: reports_in,
            probes,
            probes_home: probes_home_in,
        },
    )
}

impl ControlEnd {
    /// Sends a Plan, or hands it back if the queue is full.
    pub fn send_plan(&mut self, adoption: Box<Adoption>) -> Result<(), Box<Adoption>> {
        self.plans
            .push(adoption)
            .map_err(|PushError::Full(adoption)| adoption)
    }
    /// The way for commands; it is there once.
    pub fn post(&mut self) -> Option<Post> {
        self.post.take()
    }
    /// What came home, to be dropped here.
    pub fn receive(&mut self) -> Option<Box<Adoption>> {
        self.home.pop().ok()
    }
    /// The next news.
    pub fn report(&mut self) -> Option<Report> {
        self.reports.pop().ok()
    }
    /// Sends a probe, or hands it back if [`PROBES`] are out already.
    pub fn send_probe(&mut self, probe: Box<Probe>) -> Result<(), Box<Probe>> {
        if self.out == PROBES {
            return Err(probe);
        }
        self.probes
            .push(probe)
            .map_err(|PushError::Full(probe)| probe)?;
        self.out += 1;
        Ok(())
    }
    /// A probe that came home.
    pub fn receive_probe(&mut self) -> Option<Box<Probe>> {
        let probe = self.probes_home.pop().ok()?;
        self.out -= 1;
        Some(probe)
    }
    /// Whether the engine is gone.
    pub fn is_abandoned(&self) -> bool {
        self.plans.is_abandoned()
    }
}

impl AudioEnd {
    /// The next Plan, but only if it has a place on the way home: what is accepted can always go back.
    pub(crate) fn receive_plan(&mut self) -> Option<Box<Adoption>> {
        if self.home.is_full() {
            None
        } else {
            self.plans.pop().ok()
        }
    }
    /// Sends an adoption home into the place that was kept for it.
    pub(crate) fn send_home(&mut self, adoption: Box<Adoption>) {
        if let Err(PushError::Full(adoption)) = self.home.push(adoption) {
            // Cannot happen: one adoption is out at a time and its place was free. To free memory here would
            // still be the worse fault, so it is leaked.
            std::mem::forget(adoption);
        }
    }
    /// The next probe.
    pub(crate) fn receive_probe(&mut self) -> Option<Box<Probe>> {
        self.probes.pop().ok()
    }
    /// Sends a probe home.
    pub(crate) fn send_probe_home(&mut self, probe: Box<Probe>) {
        if let Err(PushError::Full(probe)) = self.probes_home.push(probe) {
            // Cannot happen: no more are out than there is room for. As above.
            std::mem::forget(probe);
        }
    }
    /// Tells news; false if there is no room now.
    pub(crate) fn report(&mut self, report: Report) -> bool {
        self.reports.push(report).is_ok()
    }
}
