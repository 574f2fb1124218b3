//! The queues between the control thread and the engine.

use super::Probe;
use super::post::{Inbox, Post, post};
use super::queue::{Consumer, Producer, PushError, RingBuffer};
use crate::message::{Adoption, Report};

/// Plans that may be under way to the engine, or home from it.
const PLANS: usize = if cfg!(loom) { 2 } else { 64 };
/// News that may wait; what finds no room is told again later.
const REPORTS: usize = if cfg!(loom) { 2 } else { 4096 };

/// Probes that may be out at once: as many find room on the way home.
const PROBES: usize = if cfg!(loom) { 2 } else { 32 };

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

#[cfg(test)]
mod tests {
    use super::super::queue::{TURNS, every_order, thread};
    use super::*;
    use crate::message::Moment;
    use crate::plan::Plan;
    use crate::rt::Measure;
    use std::sync::Arc;

    /// One more than there is room for on the way.
    const SENT: u64 = PLANS as u64 + 1;

    fn plan(serial: u64) -> Arc<Plan> {
        Arc::new(Plan {
            serial,
            nodes: Box::default(),
            graphs: Box::default(),
            latency: 0,
            outgoing: Box::default(),
            midi_clock: false,
            free_run: false,
            instrument: None,
            mappings: Box::default(),
            master: 1.0,
            map: Arc::default(),
            bars: crate::time::Bars::default(),
        })
    }

    fn adoption(serial: u64) -> Box<Adoption> {
        Box::new(Adoption {
            plan: plan(serial),
            when: Moment::default(),
            commands: Box::default(),
            fresh: Vec::new(),
            table: None,
            wires: None,
            lines: Vec::new(),
            release: Vec::new(),
            returned: Vec::new(),
            retired: None,
        })
    }

    /// The engine takes a Plan, if there is one and it could go home, and sends it there.
    fn turn(audio: &mut AudioEnd, taken: &mut Vec<u64>) -> bool {
        let Some(adoption) = audio.receive_plan() else {
            return false;
        };
        taken.push(adoption.plan.serial);
        audio.send_home(adoption);
        true
    }

    #[test]
    fn plans_come_home_in_order_and_none_is_lost_whatever_the_threads_do() {
        every_order(|| {
            let (mut control, mut audio) = link();
            let engine = thread::spawn(move || {
                let mut taken = Vec::new();
                for _ in 0..TURNS {
                    turn(&mut audio, &mut taken);
                    thread::yield_now();
                }
                (taken, audio)
            });
            let (mut refused, mut home) = (0, Vec::new());
            for serial in 0..SENT {
                refused += usize::from(control.send_plan(adoption(serial)).is_err());
                home.extend(control.receive());
            }
            let (mut taken, mut audio) = engine.join().unwrap();
            // What is still under way.
            loop {
                home.extend(std::iter::from_fn(|| control.receive()));
                if !turn(&mut audio, &mut taken) {
                    break;
                }
            }
            let home: Vec<u64> = home.iter().map(|a| a.plan.serial).collect();
            assert_eq!(home, taken);
            assert!(taken.is_sorted(), "{taken:?}");
            assert_eq!(home.len() + refused, SENT as usize);
        });
    }

    #[test]
    fn a_plan_is_not_taken_while_it_could_not_go_home() {
        every_order(|| {
            let (mut control, mut audio) = link();
            let mut taken = Vec::new();
            for serial in 0..PLANS as u64 {
                assert!(control.send_plan(adoption(serial)).is_ok());
            }
            while turn(&mut audio, &mut taken) {}
            assert_eq!(taken.len(), PLANS);
            assert!(control.send_plan(adoption(100)).is_ok());
            assert!(!turn(&mut audio, &mut taken), "there is no place at home");
            let engine = thread::spawn(move || {
                turn(&mut audio, &mut taken);
                (audio, taken)
            });
            assert_eq!(control.receive().map(|a| a.plan.serial), Some(0));
            let (mut audio, mut taken) = engine.join().unwrap();
            turn(&mut audio, &mut taken);
            assert_eq!(taken.last(), Some(&100));
        });
    }

    #[test]
    fn probes_always_find_room_on_the_way_home() {
        every_order(|| {
            let (mut control, mut audio) = link();
            let engine = thread::spawn(move || {
                for _ in 0..TURNS {
                    if let Some(probe) = audio.receive_probe() {
                        assert!(!audio.probes_home.is_full());
                        audio.send_probe_home(probe);
                    }
                    thread::yield_now();
                }
                audio
            });
            let (mut sent, mut home) = (0, 0);
            for _ in 0..=PROBES {
                let probe = Box::new(Probe::Measure(Measure::new(&plan(0), 1)));
                sent += usize::from(control.send_probe(probe).is_ok());
                home += usize::from(control.receive_probe().is_some());
            }
            let mut audio = engine.join().unwrap();
            while let Some(probe) = audio.receive_probe() {
                audio.send_probe_home(probe);
            }
            home += std::iter::from_fn(|| control.receive_probe()).count();
            assert_eq!((home, control.out), (sent, 0));
        });
    }

    #[test]
    fn an_engine_that_is_gone_is_noticed() {
        every_order(|| {
            let (control, audio) = link();
            assert!(!control.is_abandoned());
            thread::spawn(move || drop(audio)).join().unwrap();
            assert!(control.is_abandoned());
        });
    }
}
