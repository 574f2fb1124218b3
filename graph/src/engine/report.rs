//! News for the control thread, some thirty times a second.

use super::Engine;
use crate::message::{Report, Voice};
use crate::plan::{ControlIndex, PlanNode, PlanWire};
use std::time::Instant;

/// The peak of a step of the grid from which on a voice counts as sounding: −80 dB.
const AUDIBLE: f32 = 1e-4;

/// Within so many seconds the longest block is forgotten, to a third.
const WORST_FALL: f32 = 8.0;

/// When to report next, and the load so far.
pub struct Reporter {
    rate: u32,
    wait: u32,
    load: f32,
    /// The longest block of late, as a share of real time.
    worst: f32,
    /// The node whose peaks are told next, by place in the Plan.
    meter: usize,
    /// The MIDI controller that was moved last and is not told yet: channel, number, value.
    controller: Option<(u8, u8, f32)>,
}

impl Reporter {
    pub fn new(rate: u32) -> Reporter {
        Reporter {
            rate,
            wait: 0,
            load: 0.0,
            worst: 0.0,
            meter: 0,
            controller: None,
        }
    }

    /// A MIDI controller was moved. The fine half of one whose coarse half came just before is not a controller of its
    /// own. Real-time safe.
    pub fn hear_controller(&mut self, channel: u8, cc: u8, value: f32) {
        let coarse = self.controller.map(|(channel, cc, _)| (channel, cc + 32));
        if !(32..64).contains(&cc) || coarse != Some((channel, cc)) {
            self.controller = Some((channel, cc, value));
        }
    }
}

impl Engine {
    /// Takes the time of a block and, when it is due, tells where the song is, how loud the nodes are, what has
    /// faded and what broke. News that finds no room is told the next time: everything but peaks is a state,
    /// not an event.
    pub(super) fn report(&mut self, frames: usize, started: Instant) {
        let rate = self.reporter.rate as f32;
        let share = started.elapsed().as_secs_f32() * rate / frames as f32;
        // Smoothed over about a third of a second, whatever the block size.
        let weight = (frames as f32 / (rate * 0.3)).min(1.0);
        self.reporter.load += (share - self.reporter.load) * weight;
        let fall = 1.0 - (frames as f32 / (rate * WORST_FALL)).min(1.0);
        self.reporter.worst = share.max(self.reporter.worst * fall);
        self.reporter.wait = self.reporter.wait.saturating_sub(frames as u32);
        if self.reporter.wait > 0 {
            return;
        }
        self.reporter.wait = self.reporter.rate / 30;
        let position = Report::Position {
            frame: self.frame,
            beat: self.clock.beat(self.frame),
            playing: self.clock.playing(),
            hosted: self.clock.hosted(),
            jumps: self.clock.jumps(),
            jumped_to: self.clock.jumped_to(),
            tempo: self.clock.tempo(self.frame),
            meter: self.clock.meter(self.frame),
            cycle: self.clock.cycle(self.frame),
            load: self.reporter.load,
            worst: self.reporter.worst,
            peak: std::mem::take(&mut self.work.peak),
        };
        self.link.report(position);
        if let Some((channel, cc, value)) = self.reporter.controller
            && self.link.report(Report::Controller { channel, cc, value })
        {
            self.reporter.controller = None;
        }
        // What is waited for goes before what is only looked at.
        self.report_wires();
        self.report_nodes();
        self.report_meters();
    }

    fn report_nodes(&mut self) {
        let Some(plan) = &self.plan else {
            return;
        };
        for node in &plan.nodes {
            let Some(state) = self.table.at(node.slot) else {
                continue;
            };
            if node.leaving {
                if !state.open.moving() && state.open.target() == 0.0 {
                    self.link.report(Report::Gone(node.id));
                }
                continue;
            }
            if state.any_turned {
                let bases = state.bases.iter().zip(state.turned.iter_mut());
                for (i, (base, turned)) in bases.enumerate().filter(|(_, (_, turned))| **turned) {
                    let (id, value, control) = (node.id, base.target(), ControlIndex(i as u16));
                    *turned = !self.link.report(Report::Turned { id, control, value });
                }
                state.any_turned = state.turned.contains(&true);
            }
            if state.ended && node.ending.is_some() {
                self.link.report(Report::Ended(node.id));
            }
            if state.broken {
                self.link.report(Report::Broken(node.id));
            }
            if state.dropped > 0 && self.link.report(Report::Dropped(node.id)) {
                state.dropped = 0;
            }
        }
    }

    /// Peaks, as many as there is room for; the next report goes on with the node that found none.
    fn report_meters(&mut self) {
        let Some(plan) = &self.plan else {
            return;
        };
        let count = plan.nodes.len();
        for _ in 0..count {
            let at = self.reporter.meter % count;
            let node = &plan.nodes[at];
            if let Some(state) = self.table.at(node.slot)
                && !node.leaving
            {
                let (id, peak) = (node.id, state.peak);
                let sounds = |v: &&Voice| v.held.is_some() || v.level > AUDIBLE;
                let voices = state.voices.iter().filter(sounds).count() as u8;
                if !self.link.report(Report::Meter { id, peak, voices }) {
                    return;
                }
                state.peak = [0.0; 2];
            }
            self.reporter.meter = at + 1;
        }
    }

    fn report_wires(&mut self) {
        let Some(plan) = &self.plan else {
            return;
        };
        let wires = plan.nodes.iter().flat_map(wires_of);
        for wire in wires.filter(|w| w.leaving) {
            let level = &self.wires[wire.slot.0 as usize].level;
            if !level.moving() {
                self.link.report(Report::Cut(wire.slot));
            }
        }
    }
}

/// The wires into a node, and those from it to the outputs.
fn wires_of(node: &PlanNode) -> impl Iterator<Item = &PlanWire> {
    let outs = node.outs.iter().map(|(_, wire)| wire);
    node.wires.iter().chain(outs)
}
