//! Echoes, choirs and places between two loudspeakers, as compositions.

use super::terms::{Built, Term};
use super::{BuildError, Builder, Op, Sig, Unary};
use std::f32::consts::FRAC_PI_2;

impl Builder {
    /// Repeats a signal after so many milliseconds, each time by `feedback` (−0.999…0.999) softer; exact to the frame.
    pub fn echo(
        &mut self,
        x: Sig,
        milliseconds: impl Into<Term>,
        feedback: impl Into<Term>,
    ) -> Built {
        // Divided, so that whole frames stay whole: a thousandth is no number of floats.
        let seconds = self.over(milliseconds, 1000.0)?;
        let frames = self.frames(seconds)?;
        // The loop itself is a frame late.
        let frames = self.minus(frames, 1.0)?;
        let feedback = self.clip(feedback, -0.999, 0.999)?;
        self.returning(x, frames, feedback)
    }

    fn returning(&mut self, x: Sig, frames: Sig, feedback: Sig) -> Built {
        let last = self.open()?;
        let late = self.add(Op::Delay(last, frames))?;
        let back = self.times(late, feedback)?;
        let y = self.plus(x, back)?;
        self.close(last, y, y)
    }

    /// Frames that swing between 0 and a depth in seconds, so many times a second.
    fn swing(&mut self, rate: impl Into<Term>, depth: Sig) -> Built {
        let rate = self.term(rate)?;
        let sine = self.add(Op::Sine(rate))?;
        let up = self.plus(sine, 1.0)?;
        let half = self.times(up, 0.5)?;
        let frames = self.frames(depth)?;
        self.times(half, frames)
    }

    /// A signal and its double, whose delay swings between `depth` and twice that, in seconds, at a rate in Hz.
    pub fn chorus(&mut self, x: Sig, rate: impl Into<Term>, depth: impl Into<Term>) -> Built {
        let depth = self.term(depth)?;
        let (swing, least) = (self.swing(rate, depth)?, self.frames(depth)?);
        let frames = self.plus(least, swing)?;
        let double = self.add(Op::Delay(x, frames))?;
        let both = self.plus(x, double)?;
        self.times(both, 0.5)
    }

    /// A comb that sweeps: a loop whose delay swings between 0 and `depth` seconds at a rate in Hz; `feedback` is held
    /// to −0.95…0.95.
    pub fn flanger(
        &mut self,
        x: Sig,
        rate: impl Into<Term>,
        depth: impl Into<Term>,
        feedback: impl Into<Term>,
    ) -> Built {
        let depth = self.term(depth)?;
        let swing = self.swing(rate, depth)?;
        let feedback = self.clip(feedback, -0.95, 0.95)?;
        self.returning(x, swing, feedback)
    }

    /// A place between left (0) and right (1) with equal power: cosine and sine of a quarter turn.
    pub fn pan(&mut self, x: Sig, place: impl Into<Term>) -> Result<(Sig, Sig), BuildError> {
        let angle = self.times(place, FRAC_PI_2)?;
        let (cos, sin) = (
            self.unary(Unary::Cos, angle)?,
            self.unary(Unary::Sin, angle)?,
        );
        Ok((self.times(x, cos)?, self.times(x, sin)?))
    }

    /// Scales what differs between left and right: 0 is mono, 1 leaves all as it is.
    pub fn stereo_width(
        &mut self,
        left: Sig,
        right: Sig,
        width: Sig,
    ) -> Result<(Sig, Sig), BuildError> {
        let (sum, difference) = (self.plus(left, right)?, self.minus(left, right)?);
        let (middle, side) = (self.times(sum, 0.5)?, self.times(difference, 0.5)?);
        let side = self.times(side, width)?;
        Ok((self.plus(middle, side)?, self.minus(middle, side)?))
    }
}
