//! Where the state of each operation lies: shared by everything that runs a function, so that one can take over
//! from the other in the middle of a sound.

use super::{Function, Op};
use crate::math;

/// Words of an envelope: frames since the gate turned, where it turned, level now, gate.
pub const ENVELOPE_WORDS: usize = 4;
/// Words of a comb before its delay line: the place in the line, the low pass.
pub const COMB_WORDS: usize = 2;
/// Words of an all-pass before its delay line: the place in the line.
pub const ALLPASS_WORDS: usize = 1;

/// The places of all states of a function at a sample rate.
pub struct Layout {
    /// First word of each operation's state.
    pub places: Box<[u32]>,
    /// All words together.
    pub words: usize,
}

impl Layout {
    /// The layout of a verified function for a rate in Hz. Allocates.
    pub fn new(function: &Function, rate: u32) -> Layout {
        let mut words = 0;
        let places = function.ops.iter().map(|op| {
            let place = words as u32;
            words += match *op {
                Op::Sine(_) | Op::Saw(_) => 1,
                Op::Noise(_) | Op::Lowpass(..) | Op::Highpass(..) => 2,
                Op::Adsr { .. } => ENVELOPE_WORDS,
                Op::Comb(.., delay) => COMB_WORDS + frames_of(delay, rate),
                Op::Allpass(_, delay) => ALLPASS_WORDS + frames_of(delay, rate),
                _ => 0,
            };
            place
        });
        Layout {
            places: places.collect(),
            words,
        }
    }

    /// Puts the state at its beginning; what is random is seeded. Real-time safe.
    pub fn init(&self, function: &Function, state: &mut [u32], seed: u64) {
        state.fill(0);
        for (op, &place) in function.ops.iter().zip(&self.places) {
            if let Op::Noise(call) = *op {
                let seed =
                    math::mix(seed as u32 ^ math::mix((seed >> 32) as u32 ^ u32::from(call)));
                state[place as usize + 1] = seed;
            }
        }
    }
}

/// A delay in frames at 44.1 kHz, at another rate.
pub fn frames_of(delay: u16, rate: u32) -> usize {
    ((u64::from(delay) * u64::from(rate) + 22050) / 44100).max(1) as usize
}
