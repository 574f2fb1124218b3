//! Filters that are compositions. A cutoff is in Hz, and held to 1e-5…0.49 of the rate unless told; it may move.

use super::terms::{Built, Term};
use super::{Binary, Builder, Op, Sig, Unary};
use std::f32::consts::{PI, TAU};

/// The highest order of a Butterworth filter.
pub const MAX_ORDER: usize = 8;

impl Builder {
    /// A one-pole low pass, `y = x·(1 − a) + a·y`, with a = e^(−2π·cutoff/rate): 6 dB an octave. The cutoff is held to at
    /// least 1e-5 of the rate; the higher it is, the less the filter does.
    pub fn onepole(&mut self, x: Sig, cutoff: impl Into<Term>) -> Built {
        let (turns, rate) = (self.times(cutoff, -TAU)?, self.rate()?);
        let turns = self.over(turns, rate)?;
        // A pole outside the circle would grow by itself.
        let turns = self.min(turns, -TAU * 1e-5)?;
        let keep = self.unary(Unary::Exp, turns)?;
        self.smoothed(x, keep)
    }

    /// Follows a signal with a time constant in milliseconds: after it 63 % of a step are done. 0 follows at once.
    pub fn smooth(&mut self, x: Sig, milliseconds: impl Into<Term>) -> Built {
        let seconds = self.times(milliseconds, 0.001)?;
        let frames = self.frames(seconds)?;
        let frames = self.max(frames, 1e-3)?;
        let per_frame = self.over(-1.0, frames)?;
        let keep = self.unary(Unary::Exp, per_frame)?;
        self.smoothed(x, keep)
    }

    fn smoothed(&mut self, x: Sig, keep: Sig) -> Built {
        let fresh = self.minus(1.0, keep)?;
        let fresh = self.times(x, fresh)?;
        self.add(Op::Recur(fresh, keep))
    }

    /// Takes away what stands still: `y = x − x₋₁ + keep·y₋₁`; `keep` a little below 1 (0.995 passes from 38 Hz at
    /// 48 kHz).
    pub fn dcblock(&mut self, x: Sig, keep: impl Into<Term>) -> Built {
        let before = self.add(Op::Mem(x))?;
        let (change, keep) = (self.minus(x, before)?, self.term(keep)?);
        self.add(Op::Recur(change, keep))
    }

    /// A Butterworth low pass of an order from 1 to [`MAX_ORDER`] (others are held to that): −3 dB at the cutoff,
    /// 6 dB an octave for each order. State-variable filters in a row, and one pole for an odd order.
    pub fn lowpass(&mut self, x: Sig, cutoff: impl Into<Term>, order: usize) -> Built {
        self.butterworth(x, cutoff, order, false)
    }

    /// A Butterworth high pass, as [`Builder::lowpass`].
    pub fn highpass(&mut self, x: Sig, cutoff: impl Into<Term>, order: usize) -> Built {
        self.butterworth(x, cutoff, order, true)
    }

    fn butterworth(&mut self, x: Sig, cutoff: impl Into<Term>, order: usize, high: bool) -> Built {
        let order = order.clamp(1, MAX_ORDER);
        let cutoff = self.term(cutoff)?;
        let mut y = x;
        if order % 2 == 1 {
            // One pole by the bilinear transform.
            let g = self.warped(cutoff)?;
            let (less, more) = (self.minus(1.0, g)?, self.plus(1.0, g)?);
            let keep = self.over(less, more)?;
            let before = self.add(Op::Mem(y))?;
            let fed = if high {
                let change = self.minus(y, before)?;
                self.over(change, more)?
            } else {
                let (sum, share) = (self.plus(y, before)?, self.over(g, more)?);
                self.times(sum, share)?
            };
            y = self.add(Op::Recur(fed, keep))?;
        }
        for k in 0..order / 2 {
            // The pairs of poles lie at equal angles on a circle.
            let angle = std::f64::consts::PI * (2 * k + 1) as f64 / (2 * order) as f64;
            let damping = self
                .constant((2.0 * crate::math::sin_turns(angle / std::f64::consts::TAU)) as f32)?;
            let make = if high { Op::Highpass } else { Op::Lowpass };
            y = self.add(make(y, cutoff, damping))?;
        }
        Ok(y)
    }

    /// tan(π·cutoff/rate): a cutoff as the bilinear transform has it.
    fn warped(&mut self, cutoff: Sig) -> Built {
        let rate = self.rate()?;
        let turns = self.over(cutoff, rate)?;
        let turns = self.clip(turns, 1e-5, 0.49)?;
        let angle = self.times(turns, PI)?;
        self.unary(Unary::Tan, angle)
    }

    /// The damping of a quality factor, which is held to at least 0.025.
    fn damping(&mut self, q: impl Into<Term>) -> Built {
        let q = self.max(q, 0.025)?;
        self.over(1.0, q)
    }

    /// A two-pole band pass, `s / (s² + s/q + 1)`: its width is the cutoff / q, its peak the factor q.
    pub fn bandpass(&mut self, x: Sig, freq: impl Into<Term>, q: impl Into<Term>) -> Built {
        let (freq, damping) = (self.term(freq)?, self.damping(q)?);
        self.add(Op::Bandpass(x, freq, damping))
    }

    /// A two-pole low pass with resonance, `1 / (s² + s/q + 1)`: a factor q at its frequency.
    pub fn resonant(&mut self, x: Sig, freq: impl Into<Term>, q: impl Into<Term>) -> Built {
        let (freq, damping) = (self.term(freq)?, self.damping(q)?);
        self.add(Op::Lowpass(x, freq, damping))
    }

    /// A state-variable filter: low pass, band pass and high pass of the same frequency and quality. Their sum, the
    /// band pass divided by q, is the input.
    pub fn svf(
        &mut self,
        x: Sig,
        freq: impl Into<Term>,
        q: impl Into<Term>,
    ) -> Result<[Sig; 3], super::BuildError> {
        let (freq, damping) = (self.term(freq)?, self.damping(q)?);
        let low = self.add(Op::Lowpass(x, freq, damping))?;
        let band = self.add(Op::Bandpass(x, freq, damping))?;
        let high = self.add(Op::Highpass(x, freq, damping))?;
        Ok([low, band, high])
    }

    /// A ladder of four poles with feedback, 24 dB an octave: resonance 0…1 (held), which sings by itself at 1. What
    /// goes in is saturated, and the loop has no delay (Zavalishin, "The Art of VA Filter Design", 2018, chapter 5: the
    /// loop is solved as if it were linear, then saturated).
    pub fn ladder(&mut self, x: Sig, freq: impl Into<Term>, resonance: impl Into<Term>) -> Built {
        let freq = self.term(freq)?;
        let g = self.warped(freq)?;
        let more = self.plus(1.0, g)?;
        let (pass, keep) = (self.over(g, more)?, self.over(1.0, more)?);
        let amount = self.clip(resonance, 0.0, 1.0)?;
        // At 4 the loop would just not die away; what saturates takes a little more.
        let amount = self.times(amount, 4.3)?;
        let states = [self.open()?, self.open()?, self.open()?, self.open()?];
        // What the states alone would give at the end.
        let mut rest = self.term(0.0)?;
        for state in states {
            let (passed, kept) = (self.times(rest, pass)?, self.times(state, keep)?);
            rest = self.plus(passed, kept)?;
        }
        let square = self.times(pass, pass)?;
        let all = self.times(square, square)?;
        let through = self.times(all, x)?;
        let end = self.plus(through, rest)?;
        let around = self.times(amount, all)?;
        let around = self.plus(1.0, around)?;
        let end = self.over(end, around)?;
        let back = self.times(amount, end)?;
        let input = self.minus(x, back)?;
        let mut stage = self.unary(Unary::Tanh, input)?;
        let mut next = [stage; 4];
        for (state, next) in states.iter().zip(&mut next) {
            let change = self.minus(stage, *state)?;
            let change = self.times(change, pass)?;
            stage = self.plus(change, *state)?;
            *next = self.plus(stage, change)?;
        }
        for (state, next) in states.into_iter().zip(next) {
            stage = self.close(state, next, stage)?;
        }
        Ok(stage)
    }

    /// A bell of an equaliser: a frequency in Hz, a gain in dB, and a quality, its width as in Robert
    /// Bristow-Johnson's "Cookbook formulae for audio equalizer biquad filter coefficients".
    pub fn eq(
        &mut self,
        x: Sig,
        freq: impl Into<Term>,
        gain: impl Into<Term>,
        q: impl Into<Term>,
    ) -> Built {
        // (s² + s·a/q + 1) / (s² + s/(a·q) + 1), with a² the gain: the input and some of its band.
        let root = self.over(gain, 40.0)?;
        let root = self.binary(Binary::Pow, 10.0, root)?;
        let q = self.max(q, 0.025)?;
        let width = self.times(q, root)?;
        let (freq, damping) = (self.term(freq)?, self.over(1.0, width)?);
        let band = self.add(Op::Bandpass(x, freq, damping))?;
        let gain = self.times(root, root)?;
        let more = self.minus(gain, 1.0)?;
        let share = self.times(damping, more)?;
        let band = self.times(band, share)?;
        self.plus(x, band)
    }
}
