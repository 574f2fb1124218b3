//! A spectral freeze: one moment of sound, held.
//!
//! While it is held, each bin keeps its magnitude, and its phase runs on by as much a hop as it did between the last
//! two spectra (the phase vocoder's instantaneous frequency, Flanagan and Golden 1966), so that tones stay in tune.

use super::level::Edge;
use super::recipe::Recipe;
use super::stft::{Bin, Stft, angle, size, unit_at};
use super::window::Late;
use super::{Description, Tail, UGen, Unit, UnitIo};
use crate::math;
use std::sync::Arc;

/// `freeze`: while `gate` is high, the moment at which it rose sounds on without end; while it is low the signal goes
/// through. The gate is looked at once a hop, every 21 ms. `blur` (0…1) lets the phases wander by as much as half a turn
/// a hop, so that what is held shimmers. `mix` (0…1) with the dry signal on time. Stereo; late by one spectrum (4096
/// frames up to 50 kHz), as [`Unit::latency`] says.
pub fn freeze() -> Arc<dyn Unit> {
    let about = Description::new("freeze")
        .help(
            "holds a moment of sound while gate is high; blur 0 to 1 makes it shimmer; 85 ms late",
        )
        .input("inp")
        .stereo()
        .value("gate", 0.0, 0.0, 1.0)
        .stepped()
        .value("blur", 0.0, 0.0, 1.0)
        .value("mix", 1.0, 0.0, 1.0);
    Recipe::new(about, |rate, seed| Box::new(Running::new(rate, seed)))
        .late(|rate| size(rate) as u32, |_| Tail::Endless)
        .done()
}

struct Running {
    stft: Stft,
    dry: [Late; 2],
    held: Held,
}

/// What is held, and what may be.
struct Held {
    seed: u32,
    gate: Edge,
    /// The last spectra, and the ones that are held.
    last: [Box<[Bin]>; 2],
    kept: [Box<[Bin]>; 2],
    /// How far each bin has turned since, and turns each hop, in 2⁻³² turns.
    turned: Box<[u32]>,
    turns: Box<[u32]>,
    hops: u32,
}

impl Held {
    fn hold(&mut self, spectra: &[&mut [Bin]; 2]) {
        for (k, turns) in self.turns.iter_mut().enumerate() {
            let louder = usize::from(spectra[1][k].norm_sqr() > spectra[0][k].norm_sqr());
            *turns = angle(spectra[louder][k] * self.last[louder][k].conj());
        }
        for (kept, now) in self.kept.iter_mut().zip(spectra) {
            kept.copy_from_slice(now);
        }
        self.turned.fill(0);
    }

    fn change(&mut self, gate: f32, blur: f32, mut spectra: [&mut [Bin]; 2]) {
        self.hops = self.hops.wrapping_add(1);
        let rises = self.gate.rises(gate);
        if rises {
            self.hold(&spectra);
        }
        for (last, now) in self.last.iter_mut().zip(&spectra) {
            last.copy_from_slice(now);
        }
        if rises || !self.gate.is_high() {
            return;
        }
        let hop = math::mix(self.seed ^ self.hops);
        let reach = (blur * 2_147_483_648.0) as i64;
        for (k, turned) in self.turned.iter_mut().enumerate() {
            let random = i64::from(math::mix(hop ^ k as u32) as i32);
            let wanders = ((random * reach) >> 31) as u32;
            *turned = turned.wrapping_add(self.turns[k]).wrapping_add(wanders);
            let turn = unit_at(*turned);
            for (spectrum, kept) in spectra.iter_mut().zip(&self.kept) {
                spectrum[k] = kept[k] * turn;
            }
        }
    }
}

impl Running {
    fn new(rate: u32, seed: u64) -> Running {
        let size = size(rate);
        let bins = size / 2 + 1;
        let spectrum = || vec![Bin::default(); bins].into_boxed_slice();
        Running {
            stft: Stft::new(size),
            dry: [Late::new(size), Late::new(size)],
            held: Held {
                seed: math::mix((seed ^ (seed >> 32)) as u32),
                gate: Edge::default(),
                last: [spectrum(), spectrum()],
                kept: [spectrum(), spectrum()],
                turned: vec![0; bins].into(),
                turns: vec![0; bins].into(),
                hops: 0,
            },
        }
    }
}

impl UGen for Running {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let dry = [io.input(0)[i], io.right(0)[i]];
            let (gate, blur, mix) = (io.control(0, i), io.control(1, i), io.control(2, i));
            let held = &mut self.held;
            let change = |spectra: [&mut [Bin]; 2]| held.change(gate, blur, spectra);
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
        let held = &mut self.held;
        (held.gate, held.hops) = (Edge::default(), 0);
        held.last.iter_mut().for_each(|s| s.fill(Bin::default()));
    }
}
