//! Where the state of each operation lies: shared by everything that runs a function, so that one can take over
//! from the other in the middle of a sound.

use super::range::{delay_frames, ranges};
use super::{Function, GRID, Op};
use crate::math;

/// Words of an envelope: frames since the gate turned, where it turned, level now, gate.
pub const ENVELOPE_WORDS: usize = 4;
/// Words of a comb before its delay line: the place in the line, the low pass; the rest is room.
pub const COMB_WORDS: usize = 4;
/// Words of an all-pass before its delay line: the place in the line; the rest is room.
pub const ALLPASS_WORDS: usize = 4;
/// Where four frames are computed at once and only some of them belong to the span, so many others lie on either side.
const BESIDE: usize = 3;
const _: () = assert!(COMB_WORDS >= BESIDE && ALLPASS_WORDS >= BESIDE);
/// Words after the line of either that mean nothing between two spans: in one the line may go on behind its end
/// (`jit/staged.rs`).
const AFTER: usize = GRID + BESIDE;

/// Words of a delay before its line: the place in the line.
pub const DELAY_WORDS: usize = 1;
/// Frames that a delay line has beyond its longest delay: what a cubic reads around it.
const DELAY_MORE: usize = 3;

/// A stretch of memory that an operation reads and writes by place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The words of the operation's state before it.
    pub first: usize,
    /// Its length in words.
    pub length: u32,
}

impl Line {
    /// The most frames that a delay with this line can be late.
    pub fn longest_delay(self) -> u32 {
        self.length - DELAY_MORE as u32
    }
}

/// The places of all states of a function at a sample rate.
pub struct Layout {
    /// First word of each operation's state.
    pub places: Box<[u32]>,
    /// The line of each operation that has one.
    pub lines: Box<[Option<Line>]>,
    /// All words together.
    pub words: usize,
}

impl Layout {
    /// The layout of a verified function for a rate in Hz. Allocates.
    pub fn new(function: &Function, rate: u32) -> Layout {
        let ranges = ranges(function, rate);
        let (mut words, mut places, mut lines) = (0, Vec::new(), Vec::new());
        for op in &function.ops {
            let line = |first, length: usize| {
                let length = length as u32;
                Some(Line { first, length })
            };
            let line = match *op {
                Op::Comb(.., delay) => line(COMB_WORDS, frames_of(delay, rate)),
                Op::Allpass(_, delay) => line(ALLPASS_WORDS, frames_of(delay, rate)),
                Op::Delay(_, time) => {
                    let longest = delay_frames(ranges[time.0 as usize], rate);
                    line(DELAY_WORDS, longest + DELAY_MORE)
                }
                Op::RwTable(table, ..) => line(0, function.tables[table as usize].len()),
                _ => None,
            };
            places.push(words as u32);
            words += match (op, line) {
                (Op::Comb(..) | Op::Allpass(..), Some(line)) => {
                    line.first + line.length as usize + AFTER
                }
                (_, Some(line)) => line.first + line.length as usize,
                (Op::Sine(_) | Op::Saw(_) | Op::Mem(_) | Op::Last(_) | Op::Recur(..), _) => 1,
                (Op::Phasor(_) | Op::Square(..) | Op::Triangle(_), _) => 1,
                (Op::Noise(_) | Op::Lowpass(..) | Op::Highpass(..) | Op::Bandpass(..), _) => 2,
                (Op::Adsr { .. }, _) => ENVELOPE_WORDS,
                _ => 0,
            };
            lines.push(line);
        }
        Layout {
            places: places.into(),
            lines: lines.into(),
            words,
        }
    }

    /// Puts the state at its beginning; what is random is seeded. Real-time safe.
    pub fn init(&self, function: &Function, state: &mut [u32], seed: u64) {
        state.fill(0);
        for (op, &place) in function.ops.iter().zip(&self.places) {
            let place = place as usize;
            match *op {
                Op::Noise(call) => {
                    let seed =
                        math::mix(seed as u32 ^ math::mix((seed >> 32) as u32 ^ u32::from(call)));
                    state[place + 1] = seed;
                }
                Op::RwTable(table, ..) => {
                    let numbers = &function.tables[table as usize];
                    for (word, number) in state[place..].iter_mut().zip(numbers) {
                        *word = number.to_bits();
                    }
                }
                _ => {}
            }
        }
    }
}

/// A delay in frames at 44.1 kHz, at another rate.
pub fn frames_of(delay: u16, rate: u32) -> usize {
    ((u64::from(delay) * u64::from(rate) + 22050) / 44100).max(1) as usize
}
