//! Convolution with an impulse response, without latency.
//!
//! Gardner, "Efficient Convolution without Input-Output Delay" (JAES 43, 1995), with two sizes of partitions: the
//! first 64 frames directly, the next by transforms of 128, everything from 512 on by transforms of 1024, whose
//! spectra are kept and added (overlap-save). What older blocks give is added up bit by bit while the next block comes
//! in, so that no frame has all of the work. Transforms are `realfft`'s.

use super::{Description, Resource, Tail, UGen, Unit, UnitIo};
use crate::resource::{Library, Sound};
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Frames done directly.
const DIRECT: usize = 64;
/// Frames in a block of the small and of the large partitions.
const SMALL: usize = 64;
const LARGE: usize = 512;

/// `convolve("hall.wav")`: the signal as it would sound in the place whose impulse response the sound is, in mono or in
/// stereo (left with left, right with right). `mix` (0…1) goes from the dry signal to that alone, where it starts. The
/// level is the impulse response's own. Without a sound, and while it is not there, the signal goes through. Stereo;
/// no latency. Equal to the direct sum within the rounding of `f32`.
pub struct Convolver {
    about: Description,
    impulse: Option<Arc<Sound>>,
}

impl Convolver {
    /// The one that scores make theirs of, by the name of a sound.
    pub fn new() -> Convolver {
        let about = Description::new("convolve")
            .help("convolution with a sound, convolve(\"hall.wav\"): rooms, cabinets, spaces; no latency")
            .input("inp")
            .stereo()
            .value("mix", 1.0, 0.0, 1.0);
        Convolver {
            about,
            impulse: None,
        }
    }

    /// One with an impulse response, under a name of its own, to be registered. The sound must be at the engine's
    /// rate already.
    pub fn with(name: &str, impulse: Arc<Sound>) -> Convolver {
        let mut made = Convolver::new();
        name.clone_into(&mut made.about.name);
        made.impulse = Some(impulse);
        made
    }
}

impl Default for Convolver {
    fn default() -> Convolver {
        Convolver::new()
    }
}

impl Unit for Convolver {
    fn describe(&self) -> &Description {
        &self.about
    }
    fn make(&self, _rate: u32, _seed: u64) -> Box<dyn UGen> {
        let mut planner = RealFftPlanner::new();
        let stereo = self.impulse.as_ref().map(|sound| sound.to_stereo());
        let mut channel = |side: usize| match &stereo {
            Some(sound) => {
                let channels = sound.channels();
                Channel::new(&channels[side.min(channels.len() - 1)], &mut planner)
            }
            None => Channel::new(&[1.0], &mut planner),
        };
        Box::new(Running([channel(0), channel(1)]))
    }
    fn tail(&self, _rate: u32) -> Tail {
        match &self.impulse {
            Some(sound) => Tail::Seconds(sound.seconds() as f32),
            None => Tail::None,
        }
    }
    fn accepts(&self, resources: &[Resource]) -> Result<(), &'static str> {
        match resources {
            [] | [Resource::Sound(_)] => Ok(()),
            _ => Err("the name of one sound"),
        }
    }
    fn furnish(&self, about: &Description, sounds: &Library) -> Option<Arc<dyn Unit>> {
        let name = about.sounds().first().copied();
        Some(Arc::new(Convolver {
            about: about.clone(),
            impulse: name.and_then(|name| sounds.get(name)),
        }))
    }
}

/// The running state of a stretch of an impulse response, cut in partitions of one size. It answers to blocks that
/// are complete, so its first partition lies one block after the beginning of the impulse response.
struct Level {
    block: usize,
    bins: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    /// The spectra of the partitions, one after the other.
    parts: Box<[Complex<f32>]>,
    /// The spectra of as many blocks of input, a ring; `newest` is where the last one lies.
    blocks: Box<[Complex<f32>]>,
    newest: usize,
    /// The sum for the block that comes next, and how many partitions are in it.
    sum: Box<[Complex<f32>]>,
    summed: usize,
    /// The block before and this one.
    input: Box<[f32]>,
    /// What the last block gave.
    output: Box<[f32]>,
    time: Box<[f32]>,
    scratch: Box<[Complex<f32>]>,
    at: usize,
}

impl Level {
    /// For a stretch of an impulse response; none if it is empty. Allocates.
    fn new(stretch: &[f32], block: usize, planner: &mut RealFftPlanner<f32>) -> Option<Level> {
        let count = stretch.len().div_ceil(block);
        if count == 0 {
            return None;
        }
        let (forward, inverse) = (
            planner.plan_fft_forward(2 * block),
            planner.plan_fft_inverse(2 * block),
        );
        let bins = block + 1;
        let spectra = || vec![Complex::default(); count * bins].into_boxed_slice();
        let scratch = forward.get_scratch_len().max(inverse.get_scratch_len());
        let mut made = Level {
            block,
            bins,
            forward,
            inverse,
            parts: spectra(),
            blocks: spectra(),
            newest: 0,
            sum: vec![Complex::default(); bins].into(),
            summed: 1,
            input: vec![0.0; 2 * block].into(),
            output: vec![0.0; block].into(),
            time: vec![0.0; 2 * block].into(),
            scratch: vec![Complex::default(); scratch].into(),
            at: 0,
        };
        // The transforms there and back give the length; it is taken off here once.
        let scale = 1.0 / (2 * block) as f32;
        let spectra = made.parts.chunks_exact_mut(bins);
        for (part, spectrum) in stretch.chunks(block).zip(spectra) {
            made.time.fill(0.0);
            made.time
                .iter_mut()
                .zip(part)
                .for_each(|(t, p)| *t = p * scale);
            // The lengths are those of the plan, so it cannot fail.
            let _ = made
                .forward
                .process_with_scratch(&mut made.time, spectrum, &mut made.scratch);
        }
        Some(made)
    }

    fn count(&self) -> usize {
        self.parts.len() / self.bins
    }

    #[inline]
    fn next(&mut self, x: f32) -> f32 {
        let y = self.output[self.at];
        self.input[self.block + self.at] = x;
        self.at += 1;
        if self.at == self.block {
            self.at = 0;
            self.turn();
        } else if self.at.is_multiple_of(SMALL) {
            // As large a share of the older blocks as is gone of this one.
            self.sum_to(1 + (self.count() - 1) * self.at / self.block);
        }
        y
    }

    /// Adds up what partitions up to (without) one give, each with the block that is as old: the second with the
    /// newest that is complete, because one more will be when the sum is heard.
    fn sum_to(&mut self, end: usize) {
        let (bins, count) = (self.bins, self.count());
        for part in self.summed..end {
            let block = (self.newest + count - (part - 1)) % count;
            multiply(
                &mut self.sum,
                &self.parts[part * bins..][..bins],
                &self.blocks[block * bins..][..bins],
            );
        }
        self.summed = self.summed.max(end);
    }

    /// A block is complete.
    fn turn(&mut self) {
        let (bins, count) = (self.bins, self.count());
        self.sum_to(count);
        self.newest = (self.newest + 1) % count;
        let newest = &mut self.blocks[self.newest * bins..][..bins];
        self.time.copy_from_slice(&self.input);
        let _ = self
            .forward
            .process_with_scratch(&mut self.time, newest, &mut self.scratch);
        multiply(&mut self.sum, &self.parts[..bins], newest);
        (self.sum[0].im, self.sum[bins - 1].im) = (0.0, 0.0);
        let _ = self
            .inverse
            .process_with_scratch(&mut self.sum, &mut self.time, &mut self.scratch);
        self.output.copy_from_slice(&self.time[self.block..]);
        self.input.copy_within(self.block.., 0);
        self.sum.fill(Complex::default());
        self.summed = 1;
    }

    fn reset(&mut self) {
        self.blocks.fill(Complex::default());
        self.sum.fill(Complex::default());
        self.input.fill(0.0);
        self.output.fill(0.0);
        (self.newest, self.summed, self.at) = (0, 1, 0);
    }
}

/// Adds the products of two spectra to a third.
#[inline]
fn multiply(sum: &mut [Complex<f32>], a: &[Complex<f32>], b: &[Complex<f32>]) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        sum.re += a.re * b.re - a.im * b.im;
        sum.im += a.re * b.im + a.im * b.re;
    }
}

/// One channel of an impulse response, running.
struct Channel {
    /// The first frames, the last first.
    direct: Box<[f32; DIRECT]>,
    /// The last frames of input, twice, so that they lie in a row.
    seen: Box<[f32; 2 * DIRECT]>,
    at: usize,
    levels: [Option<Level>; 2],
}

impl Channel {
    fn new(impulse: &[f32], planner: &mut RealFftPlanner<f32>) -> Channel {
        let mut direct = Box::new([0.0; DIRECT]);
        let first = impulse.iter().take(DIRECT);
        direct
            .iter_mut()
            .rev()
            .zip(first)
            .for_each(|(d, x)| *d = *x);
        let part =
            |from: usize, to: usize| &impulse[from.min(impulse.len())..to.min(impulse.len())];
        Channel {
            direct,
            seen: Box::new([0.0; 2 * DIRECT]),
            at: 0,
            levels: [
                Level::new(part(SMALL, LARGE), SMALL, planner),
                Level::new(part(LARGE, usize::MAX), LARGE, planner),
            ],
        }
    }

    #[inline]
    fn next(&mut self, x: f32) -> f32 {
        (self.seen[self.at], self.seen[self.at + DIRECT]) = (x, x);
        self.at = (self.at + 1) % DIRECT;
        // Eight sums that the processor can add at once, always in the same order.
        let mut sums = [0.0f32; 8];
        let seen = self.seen[self.at..self.at + DIRECT].chunks_exact(8);
        for (h, x) in self.direct.chunks_exact(8).zip(seen) {
            for (sum, (h, x)) in sums.iter_mut().zip(h.iter().zip(x)) {
                *sum += h * x;
            }
        }
        let [a, b, c, d, e, f, g, h] = sums;
        let mut y = ((a + b) + (c + d)) + ((e + f) + (g + h));
        for level in self.levels.iter_mut().flatten() {
            y += level.next(x);
        }
        y
    }

    fn reset(&mut self) {
        self.seen.fill(0.0);
        self.at = 0;
        self.levels.iter_mut().flatten().for_each(Level::reset);
    }
}

/// Both sides.
struct Running([Channel; 2]);

impl UGen for Running {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let dry = [io.input(0)[i], io.right(0)[i]];
            let mix = io.control(0, i);
            for (side, (channel, dry)) in self.0.iter_mut().zip(dry).enumerate() {
                io.output(side)[i] = dry + (channel.next(dry) - dry) * mix;
            }
        }
    }

    fn reset(&mut self) {
        self.0.iter_mut().for_each(Channel::reset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_equals_the_direct_sum_for_impulses_of_any_length() {
        let noise = |seed: u32, i: usize| {
            let bits = crate::math::mix(seed ^ crate::math::mix(i as u32));
            (bits >> 8) as f32 / 8_388_608.0 - 1.0
        };
        let input: Vec<f32> = (0..9000).map(|i| noise(1, i)).collect();
        let mut planner = RealFftPlanner::new();
        for length in [0, 1, 63, 64, 65, 128, 511, 512, 513, 1024, 1025, 5000] {
            let decay = |i: usize| (-(i as f32) / 1500.0).exp();
            let impulse: Vec<f32> = (0..length).map(|i| noise(2, i) * decay(i)).collect();
            let mut channel = Channel::new(&impulse, &mut planner);
            for n in 0..input.len() {
                let found = channel.next(input[n]);
                if n % 37 != 0 && n > 600 {
                    continue;
                }
                let pairs = impulse.iter().enumerate().take(n + 1);
                let want: f64 = pairs
                    .map(|(k, h)| f64::from(*h) * f64::from(input[n - k]))
                    .sum();
                let off = (f64::from(found) - want).abs();
                assert!(off < 2e-5, "length {length}, frame {n}: {off}");
            }
        }
    }
}
