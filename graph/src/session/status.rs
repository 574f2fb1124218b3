//! What the engine told last.

use crate::message::Report;
use crate::plan::NodeId;
use crate::signal::Backend;
use crate::time::{Beats, Meter, Ratio, Tempo};

/// A MIDI controller that was moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard {
    /// Its channel, 0…15.
    pub channel: u8,
    /// Its number, 0…127.
    pub cc: u8,
    /// Where it stands, 0…1.
    pub value: f32,
    /// How many were heard of before: another number is another move.
    pub count: u32,
}

/// The engine's news, as of the last [`super::Session::tick`].
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Whether the transport runs: the host's, or Sorl's own.
    pub playing: bool,
    /// Whether a host's transport rules.
    pub hosted: bool,
    /// How often the transport has started, stopped or jumped, …
    pub jumps: u32,
    /// … and where it went when it last did.
    pub jumped_to: Beats,
    /// Song position in beats.
    pub beat: f64,
    /// Song position in bars, which are the cycles of patterns.
    pub cycle: Ratio,
    /// The tempo in force, in bpm.
    pub tempo: f64,
    /// The metre in force.
    pub meter: Meter,
    /// Frames since the engine's beginning or last reset.
    pub frame: i64,
    /// The share of real time that processing takes, smoothed; 1 is all of it.
    pub load: f32,
    /// The share of real time that the longest block of the last seconds took; 1 and more is too late.
    pub worst: f32,
    /// The main output's peaks since the report before, linear.
    pub peak: [f32; 2],
    /// The engine's sample rate in Hz.
    pub rate: u32,
    /// Whether an engine is connected.
    pub connected: bool,
    /// The MIDI controller that was moved last, from whatever port: what a control that learns is mapped to.
    pub controller: Option<Heard>,
    /// What plays the functions: the interpreter, if it plays one of them. `None` without an engine or a function.
    pub backend: Option<Backend>,
    /// Why the interpreter plays, and which node, in a sentence; `None` where machine code does, and where the
    /// interpreter was asked for.
    pub interpreted: Option<String>,
    /// What the user should know, such as a node that was silenced.
    pub problems: Vec<String>,
}

impl Default for Status {
    fn default() -> Self {
        Status {
            playing: false,
            hosted: false,
            jumps: 0,
            jumped_to: Beats::ZERO,
            beat: 0.0,
            cycle: Ratio::ZERO,
            tempo: Tempo::default().bpm(),
            meter: Meter::default(),
            frame: 0,
            load: 0.0,
            worst: 0.0,
            peak: [0.0; 2],
            rate: 0,
            connected: false,
            controller: None,
            backend: None,
            interpreted: None,
            problems: Vec::new(),
        }
    }
}

impl Status {
    pub(super) fn take<'a>(&mut self, report: &Report, name: impl Fn(NodeId) -> Option<&'a str>) {
        let problem = match *report {
            Report::Position { frame, beat, playing, tempo, meter, cycle, load, worst, peak, hosted, jumps, jumped_to } => {
                (self.playing, self.beat, self.tempo) = (playing, beat.to_f64(), tempo.bpm());
                (self.meter, self.cycle, self.frame) = (meter, cycle, frame);
                (self.load, self.worst, self.peak) = (load, worst, peak);
                (self.hosted, self.jumps, self.jumped_to) = (hosted, jumps, jumped_to);
                None
            }
            Report::Controller { channel, cc, value } => {
                let count = self.controller.map_or(0, |before| before.count.wrapping_add(1));
                self.controller = Some(Heard { channel, cc, value, count });
                None
            }
            Report::Broken(id) => name(id).map(|n| {
                format!("node `{n}` gave a value that is no number and is silent until its function changes")
            }),
            Report::Dropped(id) => {
                name(id).map(|n| format!("node `{n}` has more events at once than it can take; some were left out"))
            }
            Report::Meter { .. }
            | Report::Ended(_)
            | Report::Gone(_)
            | Report::Cut(_)
            | Report::Turned { .. }
            | Report::Sent { .. } => None,
        };
        if let Some(problem) = problem {
            self.tell(problem);
        }
    }

    /// Tells of a problem, unless it is known.
    pub(super) fn tell(&mut self, problem: String) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    pub(super) fn forget_problems(&mut self) {
        self.problems.clear();
    }
}
