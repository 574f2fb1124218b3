//! Oscillators and noise that are compositions.

use super::terms::{Built, Term};
use super::{Binary, BuildError, Builder, Op, Sig, Unary};
use crate::math::sin_turns;

/// Numbers of a band-limited table: one turn.
const TURN: usize = 2048;

/// Pink noise by poles side by side, as Paul Kellet's filter (1999) has them: how much each keeps from frame to frame, and how
/// much of the noise it adds. What falls by 3 dB in every octave looks the same at any rate, so the poles hang on none:
/// fitted from 20 Hz at 384 kHz to 20 kHz at 44.1 kHz, they stay within 0.15 dB of that line, at one level.
const PINK: [(f32, f32); 5] = [
    (0.999_617, 0.003_857_8),
    (0.996_799_3, 0.007_201_4),
    (0.977_052_2, 0.018_817_7),
    (0.845_374_1, 0.049_273_6),
    (0.259_201_7, 0.140_266_5),
];
/// How much of the noise goes by them.
const WHITE: f32 = -0.036_312_8;

impl Builder {
    /// A slow sine between two values, so many times a second; it begins in the middle and rises.
    pub fn lfo(&mut self, freq: Sig, lo: Sig, hi: Sig) -> Built {
        let sine = self.add(Op::Sine(freq))?;
        let up = self.plus(sine, 1.0)?;
        let (share, width) = (self.times(up, 0.5)?, self.minus(hi, lo)?);
        let above = self.times(share, width)?;
        self.plus(lo, above)
    }

    /// Noise with equal power in each octave (−3 dB an octave from 20 Hz to 20 kHz, within 0.15 dB), about −1…1, of its own.
    pub fn pink_noise(&mut self) -> Built {
        let white = self.noise()?;
        let mut sum = self.times(white, WHITE)?;
        for (keep, share) in PINK {
            let (fresh, keep) = (self.times(white, share)?, self.constant(keep)?);
            let low = self.add(Op::Recur(fresh, keep))?;
            sum = self.plus(sum, low)?;
        }
        Ok(sum)
    }

    /// A list as one turn, read at an index in numbers that goes round: between them a cubic (Hermite), at whole
    /// indices the number itself.
    pub fn wavetable(&mut self, numbers: &[f32], index: impl Into<Term>) -> Built {
        let count = numbers.len();
        // One number before and two after the turn, so that the cubic needs no going round.
        let around: Vec<f32> = match numbers {
            [] => Vec::new(),
            _ => (0..count + 3)
                .map(|i| numbers[(i + count - 1) % count])
                .collect(),
        };
        let table = self.table(&around)?;
        let index = self.binary(Binary::Mod, index, count as f32)?;
        self.cubic_of(table, index)
    }

    /// The cubic of a table at an index whose number stands one further.
    fn cubic_of(&mut self, table: u16, index: Sig) -> Built {
        let whole = self.unary(Unary::Floor, index)?;
        let t = self.minus(index, whole)?;
        let mut x = [t; 4];
        for (i, x) in x.iter_mut().enumerate() {
            let place = self.plus(whole, i as f32)?;
            *x = self.add(Op::Table(table, place))?;
        }
        let [x0, x1, x2, x3] = x;
        let rise = self.minus(x2, x0)?;
        let c1 = self.times(rise, 0.5)?;
        let (middle, outer) = (self.minus(x1, x2)?, self.minus(x3, x0)?);
        let (middle, outer) = (self.times(middle, 1.5)?, self.times(outer, 0.5)?);
        let c3 = self.plus(middle, outer)?;
        let step = self.minus(x2, x1)?;
        let c2 = self.minus(step, c1)?;
        let c2 = self.minus(c2, c3)?;
        let mut y = c3;
        for c in [c2, c1, x1] {
            y = self.times(y, t)?;
            y = self.plus(y, c)?;
        }
        Ok(y)
    }

    /// A list as one turn, played so many times a second without aliases: tables of fewer and fewer partials, an octave
    /// apart, with a crossing between them, so that nothing above half the rate sounds. Of lists up to 2048 numbers; in
    /// longer ones the partials above 1024 are left out. What stands still in the list is left out too.
    pub fn wavetable_osc(&mut self, numbers: &[f32], freq: Sig) -> Built {
        if numbers.is_empty() {
            return Err(BuildError::Tables);
        }
        let partials = partials_of(numbers);
        if partials.is_empty() {
            // Nothing in the list moves.
            return self.constant(0.0);
        }
        // Each level is a turn with three numbers more, as for the cubic; the last has the first partial alone.
        let levels = (partials.len().ilog2() + 1) as usize;
        let (mut tables, sines) = (Vec::new(), sines(TURN));
        for level in 0..levels {
            let turn = turn_of(&partials[..partials.len() >> level], &sines);
            tables.extend((0..TURN + 3).map(|i| turn[(i + TURN - 1) % TURN]));
        }
        let table = self.table(&tables)?;
        // At level l the highest partial lies below half the rate if freq · partials / 2ˡ does.
        let rate = self.rate()?;
        let size = self.unary(Unary::Abs, freq)?;
        let top = self.times(size, 2.0 * partials.len() as f32)?;
        let over = self.over(top, rate)?;
        let level = self.unary(Unary::Log2, over)?;
        let level = self.plus(level, 1.0)?;
        let level = self.clip(level, 0.0, (levels - 1) as f32)?;
        let whole = self.unary(Unary::Floor, level)?;
        let share = self.minus(level, whole)?;
        let upper = self.plus(whole, 1.0)?;
        let upper = self.min(upper, (levels - 1) as f32)?;
        let phase = self.add(Op::Phasor(freq))?;
        let index = self.times(phase, TURN as f32)?;
        let of = |b: &mut Builder, level: Sig| {
            let first = b.times(level, (TURN + 3) as f32)?;
            let place = b.plus(index, first)?;
            b.cubic_of(table, place)
        };
        let (more, fewer) = (of(self, whole)?, of(self, upper)?);
        self.lerp(more, fewer, share)
    }
}

/// The sine of each part of a turn in so many parts.
fn sines(parts: usize) -> Vec<f64> {
    (0..parts)
        .map(|i| sin_turns(i as f64 / parts as f64))
        .collect()
}

/// Cosine and sine of each partial of one turn, from the first on; at most 1024 of them.
fn partials_of(numbers: &[f32]) -> Vec<(f64, f64)> {
    let count = numbers.len().min(2 * TURN);
    let highest = (count / 2).min(TURN / 2);
    // In quarters of parts, so that a cosine is a sine a quarter of a turn on.
    let sines = sines(4 * count);
    let mut partials: Vec<(f64, f64)> = (1..=highest)
        .map(|n| {
            let (mut cos, mut sin) = (0.0, 0.0);
            for (i, x) in numbers[..count].iter().enumerate() {
                let at = 4 * (i * n % count);
                cos += f64::from(*x) * sines[(at + count) % (4 * count)];
                sin += f64::from(*x) * sines[at];
            }
            // The highest of an even count is there once, not twice.
            let scale = if 2 * n == count { 1.0 } else { 2.0 } / count as f64;
            (cos * scale, sin * scale)
        })
        .collect();
    let heard = partials.iter().rposition(|(c, s)| c.abs() + s.abs() > 1e-6);
    partials.truncate(heard.map_or(0, |last| last + 1));
    if !partials.is_empty() {
        // A whole number of octaves.
        partials.resize(partials.len().next_power_of_two(), (0.0, 0.0));
    }
    partials
}

/// One turn of so many partials.
fn turn_of(partials: &[(f64, f64)], sines: &[f64]) -> Vec<f32> {
    let mut turn = vec![0.0; TURN];
    for (n, (cos, sin)) in partials.iter().enumerate() {
        for (i, sum) in turn.iter_mut().enumerate() {
            let at = i * (n + 1);
            *sum += cos * sines[(at + TURN / 4) % TURN] + sin * sines[at % TURN];
        }
    }
    turn.into_iter().map(|sum| sum as f32).collect()
}
