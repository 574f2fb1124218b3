//! A pitch shifter in the spectrum.
//!
//! Laroche and Dolson, "New Phase-Vocoder Techniques for Pitch-Shifting, Harmonizing and Other Exotic Effects"
//! (WASPAA 1999): the peaks of the spectrum, each with the bins around it up to the valleys, are moved as they are to
//! their new places, and turned so that their phases run on at the new frequency. The frequency of a peak is that by
//! which its phase moved since the last spectrum. Both sides are moved by the same, so that the picture stays.

use super::level::exp2;
use super::recipe::Recipe;
use super::stft::{Bin, OVERLAP, Stft, angle, size, unit_at};
use super::window::Late;
use super::{Description, Tail, UGen, Unit, UnitIo};
use std::sync::Arc;

/// `pitch_shift`: the signal `shift` semitones (−24…24) higher, its times as they are; `mix` (0…1) with the dry signal
/// on time. Steady tones come within a cent; formants move along. Stereo; late by one spectrum (4096 frames up to
/// 50 kHz), as [`Unit::latency`] says.
pub fn pitch_shift() -> Arc<dyn Unit> {
    let about = Description::new("pitch_shift")
        .help("a signal so many semitones higher or lower, as long as before; 85 ms late")
        .input("inp")
        .stereo()
        .value("shift", 0.0, -24.0, 24.0)
        .unit("st")
        .value("mix", 1.0, 0.0, 1.0);
    Recipe::new(about, |rate, _| Box::new(Running::new(rate)))
        .late(
            |rate| size(rate) as u32,
            |rate| Tail::Seconds(2.0 * size(rate) as f32 / rate as f32),
        )
        .done()
}

struct Running {
    stft: Stft,
    dry: [Late; 2],
    mover: Mover,
}

/// Moves the peaks of two sides' spectra.
struct Mover {
    /// The spectra before, as they came, and as they are now.
    last: [Box<[Bin]>; 2],
    now: [Box<[Bin]>; 2],
    /// The power of both sides in each bin.
    power: Box<[f32]>,
    /// How far the phase of each bin has been turned, in 2⁻³² turns; and in the spectrum that is being made.
    turned: Box<[u32]>,
    turning: Box<[u32]>,
    peaks: Vec<usize>,
}

impl Mover {
    fn new(bins: usize) -> Mover {
        let spectrum = || vec![Bin::default(); bins].into_boxed_slice();
        Mover {
            last: [spectrum(), spectrum()],
            now: [spectrum(), spectrum()],
            power: vec![0.0; bins].into(),
            turned: vec![0; bins].into(),
            turning: vec![0; bins].into(),
            peaks: Vec::with_capacity(bins),
        }
    }

    fn reset(&mut self) {
        self.last.iter_mut().for_each(|s| s.fill(Bin::default()));
        self.turned.fill(0);
    }

    /// Finds what stands out over two bins on either side.
    fn find_peaks(&mut self) {
        let p = &self.power;
        self.peaks.clear();
        for k in 2..p.len() - 2 {
            if p[k] > p[k - 1] && p[k] > p[k - 2] && p[k] >= p[k + 1] && p[k] >= p[k + 2] {
                self.peaks.push(k);
            }
        }
    }

    /// The lowest bin between two peaks.
    fn valley(&self, from: usize, to: usize) -> usize {
        let mut lowest = from + 1;
        for k in from + 1..to {
            if self.power[k] < self.power[lowest] {
                lowest = k;
            }
        }
        lowest
    }

    /// The frequency of a peak in bins, by the side that is louder there.
    fn frequency(&self, peak: usize) -> f32 {
        let louder = usize::from(self.now[1][peak].norm_sqr() > self.now[0][peak].norm_sqr());
        let moved = angle(self.now[louder][peak] * self.last[louder][peak].conj());
        // A bin moves on by its number of turns in a whole spectrum.
        let expected = (peak as u32).wrapping_mul(u32::MAX / OVERLAP as u32 + 1);
        let off = moved.wrapping_sub(expected) as i32;
        peak as f32 + off as f32 * (OVERLAP as f32 / 4_294_967_296.0)
    }

    fn change(&mut self, ratio: f32, spectra: [&mut [Bin]; 2]) {
        for (now, spectrum) in self.now.iter_mut().zip(&spectra) {
            now.copy_from_slice(spectrum);
        }
        let [left, right] = spectra;
        let bins = left.len();
        for k in 0..bins {
            self.power[k] = left[k].norm_sqr() + right[k].norm_sqr();
        }
        left.fill(Bin::default());
        right.fill(Bin::default());
        self.find_peaks();
        let mut from = 0;
        for n in 0..self.peaks.len() {
            let peak = self.peaks[n];
            let to = match self.peaks.get(n + 1) {
                Some(&next) => self.valley(peak, next),
                None => bins,
            };
            let frequency = self.frequency(peak);
            let up = frequency * (ratio - 1.0);
            let whole = up.round();
            let hop = (f64::from(up) / OVERLAP as f64).rem_euclid(1.0) * 4_294_967_296.0;
            let turned = self.turned[peak].wrapping_add(hop as i64 as u32);
            let turn = unit_at(turned);
            for k in from..to {
                self.turning[k] = turned;
                let at = k as i32 + whole as i32;
                if (0..bins as i32).contains(&at) {
                    left[at as usize] += self.now[0][k] * turn;
                    right[at as usize] += self.now[1][k] * turn;
                }
            }
            from = to;
        }
        std::mem::swap(&mut self.last, &mut self.now);
        std::mem::swap(&mut self.turned, &mut self.turning);
    }
}

impl Running {
    fn new(rate: u32) -> Running {
        let size = size(rate);
        Running {
            stft: Stft::new(size),
            dry: [Late::new(size), Late::new(size)],
            mover: Mover::new(size / 2 + 1),
        }
    }
}

impl UGen for Running {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let dry = [io.input(0)[i], io.right(0)[i]];
            let (shift, mix) = (io.control(0, i), io.control(1, i));
            let mover = &mut self.mover;
            let change = |spectra: [&mut [Bin]; 2]| mover.change(exp2(shift / 12.0), spectra);
            let wet = self.stft.next(dry, change);
            for side in 0..2 {
                let dry = self.dry[side].next(dry[side]);
                io.output(side)[i] = dry + (wet[side] - dry) * mix;
            }
        }
    }

    fn reset(&mut self) {
        self.stft.reset();
        self.dry.iter_mut().for_each(Late::reset);
        self.mover.reset();
    }
}
