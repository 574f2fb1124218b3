//! Sorl's own clock: play, stop, places and tempo. Without effect while a host rules.

use super::Session;
use crate::message::Command;
use crate::time::{Beats, Tempo};

impl Session {
    /// Sorl's own clock runs. Without effect while a host rules.
    pub fn play(&mut self) {
        self.playing = true;
        self.command(Command::Play(true));
    }
    /// Sorl's own clock stands still where it is.
    pub fn stop(&mut self) {
        self.playing = false;
        self.command(Command::Play(false));
    }
    /// Sorl's own clock goes back to beat 0.
    pub fn rewind(&mut self) {
        self.seek(Beats::ZERO);
    }
    /// Sorl's own clock goes to a beat, before the beginning too.
    pub fn seek(&mut self, beat: Beats) {
        if !self.status.hosted {
            // As the engine will tell.
            if self.status.playing || self.status.beat != beat.to_f64() {
                self.status.jumps = self.status.jumps.wrapping_add(1);
                let soon = self.status.frame + i64::from(self.status.rate / 4);
                self.foreseen = Some((self.status.jumps, soon));
            }
            (self.status.beat, self.status.jumped_to) = (beat.to_f64(), beat);
        }
        self.command(Command::Seek(beat));
    }
    /// A tempo that rules over the score's, where no host does; `None` gives the score its say back.
    pub fn set_tempo_override(&mut self, bpm: Option<f64>) {
        self.tempo = bpm.map(Tempo::from_bpm);
        self.command(Command::Tempo(self.tempo));
    }
    /// The tempo in force where no host rules: the override, else the score's, else 120.
    pub fn tempo(&self) -> Tempo {
        self.tempo
            .or(self.patch.tempo.map(Tempo::from_bpm))
            .unwrap_or_default()
    }
}
