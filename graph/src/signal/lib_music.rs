//! Envelopes, triggers, and what musicians count in, as compositions.

use super::terms::{Built, Term};
use super::{Binary, Builder, Op, Sig, Time, Unary};

/// The most frames that an envelope counts: whole numbers that single precision still has.
const LONGEST: f32 = 16_000_000.0;

impl Builder {
    /// 1 in the frame in which a signal rises above 0, else 0.
    pub fn trigger(&mut self, x: Sig) -> Built {
        let before = self.add(Op::Mem(x))?;
        let (above, below) = (
            self.binary(Binary::Gt, x, 0.0)?,
            self.binary(Binary::Le, before, 0.0)?,
        );
        self.times(above, below)
    }

    /// What a signal was in the last frame in which the other was not 0; 0 before the first.
    pub fn latch(&mut self, x: Sig, trigger: Sig) -> Built {
        let last = self.open()?;
        let now = self.select(trigger, last, x)?;
        self.close(last, now, now)
    }

    /// A stroke, from a gate that rises through 0.5: up to 1 in the attack and down to 0 in the release, linear, times
    /// in seconds, exact to the frame. The gate's fall is not waited for; a new stroke begins at 0.
    pub fn ar(&mut self, attack: Sig, release: Sig, gate: Sig) -> Built {
        let high = self.binary(Binary::Ge, gate, 0.5)?;
        let strike = self.trigger(high)?;
        // Frames since the stroke and one; 0 before the first.
        let last = self.open()?;
        let (begun, next) = (self.min(last, 1.0)?, self.plus(last, 1.0)?);
        let next = self.times(next, begun)?;
        let next = self.min(next, LONGEST)?;
        let count = self.select(strike, next, 1.0)?;
        let count = self.close(last, count, count)?;
        let at = self.minus(count, 1.0)?;
        let (attack, release) = (self.frames(attack)?, self.frames(release)?);
        let (attack, release) = (self.max(attack, 1e-3)?, self.max(release, 1e-3)?);
        let rise = self.over(at, attack)?;
        let end = self.plus(attack, release)?;
        let left = self.minus(end, at)?;
        let fall = self.over(left, release)?;
        let level = self.min(rise, fall)?;
        self.clip(level, 0.0, 1.0)
    }

    /// 1 at first, then the factor `rate` smaller from frame to frame; with a trigger it begins wherever that rises
    /// above 0, and is 0 before.
    pub fn decay(&mut self, rate: Sig, trigger: Option<Sig>) -> Built {
        let struck = match trigger {
            Some(trigger) => self.trigger(trigger)?,
            None => {
                let one = self.constant(1.0)?;
                let before = self.add(Op::Mem(one))?;
                self.minus(1.0, before)?
            }
        };
        let last = self.open()?;
        let less = self.times(last, rate)?;
        let now = self.select(struck, less, 1.0)?;
        self.close(last, now, now)
    }

    /// A MIDI note as a frequency in Hz: 440 at 69, twelve to an octave.
    pub fn midi_to_freq(&mut self, note: impl Into<Term>) -> Built {
        let note = self.minus(note, 69.0)?;
        let octaves = self.over(note, 12.0)?;
        let factor = self.unary(Unary::Exp2, octaves)?;
        self.times(factor, 440.0)
    }

    /// A frequency in Hz as a MIDI note.
    pub fn freq_to_midi(&mut self, freq: impl Into<Term>) -> Built {
        let factor = self.over(freq, 440.0)?;
        let octaves = self.unary(Unary::Log2, factor)?;
        let notes = self.times(octaves, 12.0)?;
        self.plus(notes, 69.0)
    }

    /// Decibels as a factor.
    pub fn db_to_linear(&mut self, decibels: impl Into<Term>) -> Built {
        let tens = self.over(decibels, 20.0)?;
        self.binary(Binary::Pow, 10.0, tens)
    }

    /// A factor as decibels; what is below 10⁻³⁰ counts as −600 dB.
    pub fn linear_to_db(&mut self, factor: impl Into<Term>) -> Built {
        let factor = self.max(factor, 1e-30)?;
        let tens = self.unary(Unary::Log10, factor)?;
        self.times(tens, 20.0)
    }

    /// From `a` (t = 0) to `b` (t = 1).
    pub fn lerp(&mut self, a: Sig, b: Sig, t: Sig) -> Built {
        let rest = self.minus(1.0, t)?;
        let (a, b) = (self.times(a, rest)?, self.times(b, t)?);
        self.plus(a, b)
    }

    /// Brought into `lo`…`hi` by going round.
    pub fn wrap(&mut self, x: Sig, lo: Sig, hi: Sig) -> Built {
        let width = self.minus(hi, lo)?;
        let width = self.max(width, 1e-30)?;
        let from = self.minus(x, lo)?;
        let from = self.binary(Binary::Mod, from, width)?;
        self.plus(from, lo)
    }

    /// A cubic saturation: nearly straight in the middle (1.5·x), flat at −1 and 1.
    pub fn softclip(&mut self, x: Sig) -> Built {
        let x = self.clip(x, -1.0, 1.0)?;
        let square = self.times(x, x)?;
        let less = self.times(square, 0.5)?;
        let factor = self.minus(1.5, less)?;
        self.times(x, factor)
    }

    /// What is beyond −1 and 1 is folded back, again and again.
    pub fn fold(&mut self, x: Sig) -> Built {
        let turned = self.minus(x, 1.0)?;
        let round = self.binary(Binary::Mod, turned, 4.0)?;
        let from_top = self.minus(round, 2.0)?;
        let size = self.unary(Unary::Abs, from_top)?;
        self.minus(size, 1.0)
    }

    /// The song's position in beats. A number of single precision has a 4096th of a beat left after some hours; within
    /// `every` beats it is exact however long the song is, if that is a whole number.
    pub fn beat(&mut self, every: Option<Sig>) -> Built {
        let (whole, part) = (
            self.add(Op::Time(Time::Beat))?,
            self.add(Op::Time(Time::Part))?,
        );
        let Some(every) = every else {
            return self.plus(whole, part);
        };
        let within = self.binary(Binary::Mod, whole, every)?;
        let within = self.plus(within, part)?;
        self.binary(Binary::Mod, within, every)
    }

    /// So many beats in seconds, at the tempo there is.
    pub fn beats(&mut self, count: impl Into<Term>) -> Built {
        let tempo = self.add(Op::Time(Time::Tempo))?;
        let seconds = self.times(count, 60.0)?;
        self.over(seconds, tempo)
    }
}
