//! What a node that runs is to the Plans that it is in.

use super::graphs;
use super::latency::Lateness;
use super::nodes::Running;
use crate::patch::Source;
use crate::plan::{Birth, Code, ControlIndex, NoteControls};
use crate::signal::{carry, oversampling_latency};

impl Running {
    /// The index of a control in its Plans.
    pub fn control(&self, name: &str) -> Option<ControlIndex> {
        let index = self.control_names.iter().position(|n| n == name)?;
        Some(ControlIndex(index as u16))
    }

    /// Frames of its inputs and controls to one of the engine's.
    pub fn input_factor(&self) -> u32 {
        let inside = graphs::factor(&self.home);
        match self.code {
            Code::Up(factor) => inside / u32::from(factor),
            _ => inside,
        }
    }

    /// What it does to the time of what passes it, in an engine of a rate.
    pub fn lateness(&self, rate: u32) -> Lateness {
        let crossing = |up, down| Lateness {
            frames: oversampling_latency(usize::from(up | down)),
            up,
            down,
        };
        match &self.code {
            Code::Up(factor) => crossing(*factor, 0),
            Code::Down(factor) => crossing(0, *factor),
            Code::Unit(unit) => Lateness {
                frames: unit.latency(rate.saturating_mul(graphs::factor(&self.home))),
                ..Lateness::default()
            },
            Code::Kernel(_) | Code::Input(_) => Lateness::default(),
        }
    }

    /// The controls that notes speak to.
    pub fn note_controls(&self) -> NoteControls {
        NoteControls {
            freq: self.control("freq"),
            gate: self.control("gate"),
            vel: self.control("vel"),
            bend: self.control("bend"),
            pressure: self.control("pressure"),
            timbre: self.control("timbre"),
        }
    }

    /// What a new one takes over in an engine of a rate.
    pub fn birth(&self, old: Option<&Running>, rate: u32) -> Birth {
        let Some(old) = old else {
            return Birth::default();
        };
        let takes = self
            .control_names
            .iter()
            .enumerate()
            .filter_map(|(i, name)| Some((ControlIndex(i as u16), old.control(name)?)));
        let carries = match (&old.source, &self.source) {
            (Source::Function(before), Source::Function(now))
                if graphs::is_same_rate(&old.home, &self.home) =>
            {
                carry(before, now, rate.saturating_mul(graphs::factor(&self.home)))
            }
            _ => Box::default(),
        };
        Birth {
            replaces: Some(old.slot),
            takes: takes.collect(),
            carries,
        }
    }
}
