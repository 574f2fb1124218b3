//! Wavetables: single cycles, kept once for each octave with no more partials than fit there.
//!
//! Every cycle is taken apart into partials and put together again eleven times, with 1024, 512, … 1 of them, each in a
//! table of sixteen samples or more to its highest partial. Which of these is read hangs on the pitch, so that nothing
//! lies beyond half the rate; in the upper half of each octave the next table fades in, so that a glide has no seams.
//! (Multi-rate wavetables, as in Robert Bristow-Johnson, "Wavetable Synthesis 101", AES 1996.) Built with our own
//! arithmetic: the same bits everywhere. Building is the control thread's; reading is real-time safe.

use super::Sound;
use crate::math::sin_turns;

/// Frames of one cycle in a file, unless said.
pub const CYCLE: usize = 2048;
/// The most cycles of a wavetable.
pub const MAX_CYCLES: usize = 256;

/// The most partials.
const PARTIALS: usize = 1 << (LEVELS - 1);
/// Octaves, each with half the partials of the one before.
const LEVELS: usize = 11;
/// Samples of the largest table: sixteen for its highest partial.
const LARGEST: usize = 16 * PARTIALS;
/// Samples of the smallest.
const SMALLEST: usize = 256;

/// Why there is no wavetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WavetableError {
    /// No cycle, or too many.
    #[error("a wavetable has 1 to {MAX_CYCLES} cycles, not {0}")]
    Cycles(usize),
    /// A cycle that is none.
    #[error("a cycle has at least 2 frames and at most 65536, not {0}")]
    Length(usize),
    /// Only silence.
    #[error("this wavetable has no partial: it is silent")]
    Silent,
}

/// The tables of one octave, cycle after cycle.
struct Level {
    /// Samples of a cycle: a power of two.
    size: usize,
    samples: Box<[f32]>,
}

/// Single cycles, band-limited for each octave. Immutable.
pub struct Wavetable {
    cycles: usize,
    levels: Vec<Level>,
}

impl std::fmt::Debug for Wavetable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wavetable({} cycles)", self.cycles)
    }
}

/// The partials of a cycle from the first: weights of its cosines and sines.
type Partials = Vec<[f64; 2]>;

impl Wavetable {
    /// From the weights of sines, the first partial first: `[1.0, 0.5, 0.25]`. Of each cycle one list; all together are
    /// as loud as they are, their peaks unchanged.
    ///
    /// # Errors
    /// [`WavetableError::Cycles`] and [`WavetableError::Silent`].
    pub fn from_partials(cycles: &[&[f32]]) -> Result<Wavetable, WavetableError> {
        let partials = |weights: &&[f32]| {
            let few = weights.iter().take(PARTIALS);
            few.map(|w| [0.0, f64::from(*w)]).collect()
        };
        Wavetable::new(cycles.iter().map(partials).collect())
    }

    /// From a function of the phase, 0…1: one cycle.
    ///
    /// # Errors
    /// [`WavetableError::Silent`].
    pub fn from_function(f: impl Fn(f64) -> f64) -> Result<Wavetable, WavetableError> {
        let phase = |i: usize| i as f64 / (2 * CYCLE) as f64;
        let cycle: Vec<f64> = (0..2 * CYCLE).map(|i| f(phase(i))).collect();
        Wavetable::new(vec![analysed(&cycle)])
    }

    /// From samples: of each cycle one list, of any length.
    ///
    /// # Errors
    /// [`WavetableError`].
    pub fn from_cycles(cycles: &[&[f32]]) -> Result<Wavetable, WavetableError> {
        let partials = |samples: &&[f32]| match samples.len() {
            2..=65_536 => {
                let samples: Vec<f64> = samples.iter().map(|x| f64::from(*x)).collect();
                Ok(analysed(&samples))
            }
            other => Err(WavetableError::Length(other)),
        };
        Wavetable::new(cycles.iter().map(partials).collect::<Result<_, _>>()?)
    }

    /// From a file's first channel, cut into cycles of so many frames at the rate at which it was recorded; a shorter
    /// one is a single cycle.
    ///
    /// # Errors
    /// [`WavetableError`].
    pub fn from_sound(sound: &Sound, frames: usize) -> Result<Wavetable, WavetableError> {
        if !(2..=65_536).contains(&frames) {
            return Err(WavetableError::Length(frames));
        }
        let channel = &sound.channels()[0];
        let stretch = f64::from(sound.rate()) / f64::from(sound.recorded_rate());
        let recorded = (channel.len() as f64 / stretch).round() as usize;
        let count = (recorded / frames).clamp(1, MAX_CYCLES);
        let frames = frames.min(recorded.max(2));
        let cycle = |c: usize| {
            let at = |i: usize| {
                let place = (c * frames + i) as f64 * stretch;
                let (whole, part) = (place as usize, place.fract() as f32);
                let get = |k: isize| {
                    let i = whole.checked_add_signed(k);
                    i.and_then(|i| channel.get(i)).copied().unwrap_or(0.0)
                };
                f64::from(super::cubic([get(-1), get(0), get(1), get(2)], part))
            };
            analysed(&(0..frames).map(at).collect::<Vec<_>>())
        };
        Wavetable::new((0..count).map(cycle).collect())
    }

    fn new(cycles: Vec<Partials>) -> Result<Wavetable, WavetableError> {
        if !(1..=MAX_CYCLES).contains(&cycles.len()) {
            return Err(WavetableError::Cycles(cycles.len()));
        }
        if cycles.iter().flatten().flatten().all(|w| w.abs() < 1e-9) {
            return Err(WavetableError::Silent);
        }
        let level = |l: usize| {
            let partials = PARTIALS >> l;
            let size = (LARGEST >> l).max(SMALLEST);
            let samples = cycles.iter().flat_map(|c| {
                let few = &c[..c.len().min(partials)];
                synthesised(few, size)
            });
            Level {
                size,
                samples: samples.collect(),
            }
        };
        Ok(Wavetable {
            cycles: cycles.len(),
            levels: (0..LEVELS).map(level).collect(),
        })
    }

    /// How many cycles it has.
    pub fn cycles(&self) -> usize {
        self.cycles
    }

    /// Where to read at a pitch, as a share of the sample rate (frequency over rate).
    #[inline]
    pub fn place(&self, pitch: f32) -> Place {
        // At 1 the highest partial of the largest table is at half the rate; each doubling is an octave above.
        let above = (pitch.abs() * (2 * PARTIALS) as f32).max(f32::MIN_POSITIVE);
        let bits = above.to_bits();
        let octave = (bits >> 23) as i32 - 127;
        if octave < 0 {
            return Place {
                level: 0,
                fade: 0.0,
            };
        }
        // How far into the octave; in its upper half the next table comes.
        let into = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000) - 1.0;
        Place {
            level: (octave as usize + 1).min(LEVELS - 1),
            fade: (2.0 * into - 1.0).max(0.0),
        }
    }

    /// The value at a phase in 2⁻³² turns and a position among the cycles, 0 (the first) to 1 (the last). Between
    /// samples a cubic, between cycles a straight line. Real-time safe.
    #[inline]
    pub fn read(&self, place: Place, phase: u32, position: f32) -> f32 {
        let along = position.clamp(0.0, 1.0) * (self.cycles - 1) as f32;
        let (cycle, part) = (along as usize, along.fract());
        let at = |level: usize| {
            let one = self.levels[level].read(cycle, phase);
            if part == 0.0 {
                one
            } else {
                one + (self.levels[level].read(cycle + 1, phase) - one) * part
            }
        };
        let value = at(place.level);
        if place.fade == 0.0 {
            return value;
        }
        match place.level + 1 {
            // The first partial alone: it stays up to half the rate.
            LEVELS => value,
            next => value + (at(next) - value) * place.fade,
        }
    }
}

/// Which of the octaves is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    level: usize,
    /// How much of the next one, 0…1.
    fade: f32,
}

impl Level {
    #[inline]
    fn read(&self, cycle: usize, phase: u32) -> f32 {
        let bits = self.size.trailing_zeros();
        let (i, mask) = ((phase >> (32 - bits)) as usize, self.size - 1);
        let part = (phase << bits) as f32 * (1.0 / (1u64 << 32) as f32);
        let table = &self.samples[cycle * self.size..][..self.size];
        let at = |k: usize| table[(i + k) & mask];
        super::cubic([at(mask), at(0), at(1), at(2)], part)
    }
}

/// The partials of a cycle, by a discrete Fourier transform.
fn analysed(cycle: &[f64]) -> Partials {
    let n = cycle.len();
    let sines: Vec<f64> = (0..n).map(|i| sin_turns(i as f64 / n as f64)).collect();
    let highest = ((n - 1) / 2).min(PARTIALS);
    let partial = |h: usize| {
        let (mut cosine, mut sine) = (0.0, 0.0);
        // The cosine is the sine a quarter of a turn later, where there is such a sample.
        for (i, x) in cycle.iter().enumerate() {
            let at = h * i % n;
            sine += x * sines[at];
            cosine += x * match n % 4 {
                0 => sines[(at + n / 4) % n],
                _ => sin_turns(at as f64 / n as f64 + 0.25),
            };
        }
        [2.0 * cosine / n as f64, 2.0 * sine / n as f64]
    };
    (1..=highest).map(partial).collect()
}

/// A cycle of so many samples, a power of two, from its partials, by an inverse fast Fourier transform (Cooley and
/// Tukey 1965, radix 2).
fn synthesised(partials: &[[f64; 2]], size: usize) -> Vec<f32> {
    // The sum of c·cos(hx) + s·sin(hx) is the real part of the sum of (c − i·s)·exp(ihx).
    let mut z = vec![[0.0f64; 2]; size];
    let bits = size.trailing_zeros();
    for (h, [cosine, sine]) in partials.iter().enumerate() {
        let at = (h + 1).reverse_bits() >> (usize::BITS - bits);
        z[at] = [*cosine, -sine];
    }
    let mut half = 1;
    while half < size {
        let turns = |k: usize| k as f64 / (2 * half) as f64;
        let roots: Vec<[f64; 2]> = (0..half)
            .map(|k| [sin_turns(turns(k) + 0.25), sin_turns(turns(k))])
            .collect();
        for block in z.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((a, b), [re, im]) in low.iter_mut().zip(high).zip(&roots) {
                let turned = [b[0] * re - b[1] * im, b[0] * im + b[1] * re];
                *b = [a[0] - turned[0], a[1] - turned[1]];
                *a = [a[0] + turned[0], a[1] + turned[1]];
            }
        }
        half *= 2;
    }
    z.into_iter().map(|[re, _]| re as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_taken_apart_and_put_together_is_itself() {
        let samples: Vec<f32> = (0..600)
            .map(|i| {
                let t = f64::from(i) / 600.0;
                (0.5 * sin_turns(t) + 0.25 * sin_turns(7.0 * t + 0.1)) as f32
            })
            .collect();
        let table = Wavetable::from_cycles(&[&samples]).unwrap();
        let place = table.place(1e-5);
        for (i, want) in samples.iter().enumerate() {
            let phase = ((i as f64 / 600.0) * 4_294_967_296.0).round() as u64 as u32;
            let got = table.read(place, phase, 0.0);
            assert!((got - want).abs() < 1e-5, "{i}: {got} {want}");
        }
    }

    #[test]
    fn the_position_goes_from_the_first_cycle_to_the_last() {
        let table = Wavetable::from_partials(&[&[1.0], &[0.0, 1.0], &[0.5]]).unwrap();
        let at = |position| table.read(table.place(0.001), 1 << 30, position);
        assert!((at(0.0) - 1.0).abs() < 1e-4 && at(0.5).abs() < 1e-4);
        assert!((at(1.0) - 0.5).abs() < 1e-4 && (at(0.25) - 0.5).abs() < 1e-4);
    }

    #[test]
    fn what_is_no_wavetable_is_refused() {
        use WavetableError::{Cycles, Length, Silent};
        assert_eq!(Wavetable::from_partials(&[]).unwrap_err(), Cycles(0));
        assert_eq!(Wavetable::from_partials(&[&[0.0]]).unwrap_err(), Silent);
        assert_eq!(Wavetable::from_cycles(&[&[1.0]]).unwrap_err(), Length(1));
        assert_eq!(Wavetable::from_function(|_| 1.0).unwrap_err(), Silent);
    }
}
