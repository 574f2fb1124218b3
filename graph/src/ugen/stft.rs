//! Short-time Fourier transform: a signal of two sides in overlapping frames of spectrum and back.
//!
//! Hann windows before and after (as in Griffin and Lim, IEEE ASSP 32, 1984), four frames over each other, which add
//! up to one. Hops are counted in frames since the beginning, so that nothing depends on how spans are cut.
//! Transforms are `realfft`'s, planned on the control thread; running allocates nothing.

use crate::math;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// A bin of a spectrum.
pub type Bin = Complex<f32>;
/// Frames over each other.
pub const OVERLAP: usize = 4;

/// Frames of a spectrum at a sample rate: some 85 ms, a power of two; semitones lie apart from 200 Hz up.
pub fn size(rate: u32) -> usize {
    4096 * (rate as usize).div_ceil(50_000).next_power_of_two()
}

/// One side's signal before and after.
struct Side {
    input: Box<[f32]>,
    output: Box<[f32]>,
}

/// Both sides' transforms. Late by one spectrum.
pub struct Stft {
    size: usize,
    at: usize,
    window: Box<[f32]>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    sides: [Side; 2],
    spectra: [Box<[Bin]>; 2],
    time: Box<[f32]>,
    scratch: Box<[Bin]>,
}

impl Stft {
    /// For spectra of so many frames, a power of two. Allocates.
    pub fn new(size: usize) -> Stft {
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(size);
        let inverse = planner.plan_fft_inverse(size);
        let scratch = forward.get_scratch_len().max(inverse.get_scratch_len());
        let hann = |i| {
            let turns = (i as f64 + 0.5) / size as f64;
            (0.5 - 0.5 * math::sin_turns(turns + 0.25)) as f32
        };
        let side = || Side {
            input: vec![0.0; size].into(),
            output: vec![0.0; size].into(),
        };
        let spectrum = || vec![Bin::default(); size / 2 + 1].into_boxed_slice();
        Stft {
            size,
            at: 0,
            window: (0..size).map(hann).collect(),
            forward,
            inverse,
            sides: [side(), side()],
            spectra: [spectrum(), spectrum()],
            time: vec![0.0; size].into(),
            scratch: vec![Bin::default(); scratch].into(),
        }
    }

    /// Frames from a spectrum to the next.
    pub fn hop(&self) -> usize {
        self.size / OVERLAP
    }

    /// Takes the next frame of both sides and gives the one that is due. Every hop `change` gets the spectra of the
    /// sides, to be changed in place.
    #[inline]
    pub fn next(&mut self, x: [f32; 2], change: impl FnOnce([&mut [Bin]; 2])) -> [f32; 2] {
        let at = self.at;
        let mut due = [0.0; 2];
        for ((side, x), due) in self.sides.iter_mut().zip(x).zip(&mut due) {
            side.input[at] = x;
            *due = std::mem::take(&mut side.output[at]);
        }
        self.at = (at + 1) % self.size;
        if self.at.is_multiple_of(self.hop()) {
            self.turn(change);
        }
        due
    }

    /// One hop: the last frames to spectra, changed, and back onto what comes out next.
    fn turn(&mut self, change: impl FnOnce([&mut [Bin]; 2])) {
        let (at, size) = (self.at, self.size);
        // The oldest frame lies where the next will be written, and so does what is due first.
        let place = |i: usize| (at + i) & (size - 1);
        for (side, spectrum) in self.sides.iter().zip(&mut self.spectra) {
            for (i, (x, w)) in self.time.iter_mut().zip(&self.window).enumerate() {
                *x = side.input[place(i)] * w;
            }
            // The lengths are those of the plan, so it cannot fail.
            let _ = self
                .forward
                .process_with_scratch(&mut self.time, spectrum, &mut self.scratch);
        }
        let [left, right] = &mut self.spectra;
        change([left, right]);
        // Four squared Hann windows add up to 3/2, and the transforms there and back to the length.
        let scale = 2.0 / (3.0 * size as f32);
        for (side, spectrum) in self.sides.iter_mut().zip(&mut self.spectra) {
            spectrum[0].im = 0.0;
            spectrum[size / 2].im = 0.0;
            let _ = self
                .inverse
                .process_with_scratch(spectrum, &mut self.time, &mut self.scratch);
            for (i, (x, w)) in self.time.iter().zip(&self.window).enumerate() {
                let out = &mut side.output[place(i)];
                *out += x * w * scale;
                // A tail below hearing must not become a denormal.
                if out.abs() < 1e-20 {
                    *out = 0.0;
                }
            }
        }
    }

    /// Silent again.
    pub fn reset(&mut self) {
        self.at = 0;
        for side in &mut self.sides {
            side.input.fill(0.0);
            side.output.fill(0.0);
        }
    }
}

/// The angle of a complex number in 2⁻³² turns; error below 2e-6 turns. (A minimax polynomial of the arc tangent on
/// an eighth of a turn.)
pub fn angle(z: Bin) -> u32 {
    let (x, y) = (z.re.abs(), z.im.abs());
    let most = math::max(x, y);
    if most == 0.0 {
        return 0;
    }
    let t = math::min(x, y) / most;
    let q = t * t;
    let radians = t
        * (0.999_977_26
            + q * (-0.332_623_47
                + q * (0.193_543_46 + q * (-0.116_432_87 + q * (0.052_653_32 - q * 0.011_721_2)))));
    let eighth = radians * (1.0 / std::f32::consts::TAU);
    let quarter = if y > x { 0.25 - eighth } else { eighth };
    let half = if z.re < 0.0 { 0.5 - quarter } else { quarter };
    let turns = (half * 4_294_967_296.0) as i64 as u32;
    if z.im < 0.0 {
        turns.wrapping_neg()
    } else {
        turns
    }
}

/// The complex number of magnitude 1 at an angle in 2⁻³² turns.
#[inline]
pub fn unit_at(angle: u32) -> Bin {
    let quarter = 1 << 30;
    Bin::new(
        math::sin_phase(angle.wrapping_add(quarter)),
        math::sin_phase(angle),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_those_of_the_system_s_arc_tangent() {
        for i in 0..1000 {
            let turns = f64::from(i) / 1000.0;
            let radians = turns * std::f64::consts::TAU;
            let z = Bin::new(radians.cos() as f32 * 3.0, radians.sin() as f32 * 3.0);
            let off = angle(z).wrapping_sub((turns * 4_294_967_296.0) as u32) as i32;
            assert!(f64::from(off.abs()) / 4_294_967_296.0 < 3e-6, "{turns}");
            let back = unit_at(angle(z));
            assert!((back * 3.0 - z).norm() < 1e-4);
        }
        assert_eq!(angle(Bin::new(0.0, 0.0)), 0);
    }

    #[test]
    fn what_is_not_changed_comes_back_late() {
        let mut stft = Stft::new(256);
        let x = |i: usize| ((i * i) as f32 * 0.01).sin();
        for i in 0..4000 {
            let [left, right] = stft.next([x(i), -x(i)], |_| {});
            let want = if i < 256 { 0.0 } else { x(i - 256) };
            // The first frames lack the windows before them.
            if i >= 512 {
                assert!((left - want).abs() < 1e-5, "{i}: {left} for {want}");
                assert_eq!(left, -right);
            }
        }
    }
}
