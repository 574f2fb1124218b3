//! How loud the main output is: its true peak, falling like a needle, and the highest it has been.
//!
//! The frames come from the engine through a scope, and only while the editor is drawn: the audio thread copies them
//! and computes nothing for it.

use sorl_graph::session::{ScopeReader, Session};
use sorl_graph::ugen::TruePeak;

/// Room for what comes between two frames of the window.
const ROOM: usize = 1 << 15;
/// How fast the meter falls: after this many seconds it has lost two thirds.
const FALL: f32 = 0.22;

/// The meter of the main output.
pub(crate) struct Master {
    reader: Option<ScopeReader>,
    channels: [TruePeak; 2],
    /// What is shown of each channel, linear.
    shown: [f32; 2],
    /// The highest true peak since somebody looked, linear.
    highest: f32,
}

impl Default for Master {
    fn default() -> Master {
        Master {
            reader: None,
            channels: [TruePeak::new(), TruePeak::new()],
            shown: [0.0; 2],
            highest: 0.0,
        }
    }
}

impl Master {
    /// Opens the scope where there is none, or another engine.
    pub fn watch(&mut self, session: &mut Session) {
        if self.reader.as_ref().is_none_or(ScopeReader::is_over) {
            // Without an engine there is nothing to measure yet.
            self.reader = session.scope_of_main(ROOM).ok();
            self.channels.iter_mut().for_each(TruePeak::reset);
        }
    }

    /// Takes in what came since the last frame, `dt` seconds ago. `samples` are the peaks that the engine told: they
    /// count where there is no scope.
    pub fn refresh(&mut self, samples: [f32; 2], dt: f32) {
        let mut peak = samples;
        if let Some(reader) = &mut self.reader {
            peak = [0.0; 2];
            for frame in reader.read(ROOM) {
                for ((channel, most), x) in self.channels.iter_mut().zip(&mut peak).zip(frame) {
                    *most = most.max(channel.next(x));
                }
            }
        }
        let fall = (-dt / FALL).exp();
        for (shown, peak) in self.shown.iter_mut().zip(peak) {
            *shown = peak.max(*shown * fall);
            self.highest = self.highest.max(peak);
        }
    }

    /// Lets go of the engine: nobody looks.
    pub fn rest(&mut self) {
        self.reader = None;
    }

    /// What is shown of left and right, linear.
    pub fn shown(&self) -> [f32; 2] {
        self.shown
    }

    /// The highest it has been, linear, until it is forgotten.
    pub fn highest(&self) -> f32 {
        self.highest
    }

    /// Whether it went over full scale since somebody looked.
    pub fn clipped(&self) -> bool {
        self.highest > 1.0
    }

    /// Somebody has looked.
    pub fn forget(&mut self) {
        self.highest = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_stays_until_somebody_has_seen_it() {
        let mut master = Master::default();
        master.refresh([0.5, 1.25], 0.03);
        assert_eq!((master.shown(), master.clipped()), ([0.5, 1.25], true));
        master.refresh([0.0, 0.0], 1.0);
        assert!(master.shown()[1] < 0.1);
        assert_eq!(master.highest(), 1.25);
        master.forget();
        master.refresh([0.25, 0.0], 0.03);
        assert_eq!((master.highest(), master.clipped()), (0.25, false));
    }
}
