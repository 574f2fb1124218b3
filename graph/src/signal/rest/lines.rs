//! The lines of delays, combs and all-passes, which are looked through for what still rings. What looks is real-time
//! safe.

use crate::signal::layout::{ALLPASS_WORDS, COMB_WORDS, DELAY_WORDS, Layout};
use crate::signal::{GRID, Op};

/// What is below in a line that is read again and again has rung out: −200 dB.
const RUNG_OUT: f32 = 1e-10;
/// The most words of all lines that are looked through.
pub const MOST_WORDS: u32 = 1 << 16;
/// Frames from one look through the lines to the next, so that it costs next to nothing.
pub const LOOK: i64 = 1024;

/// A line: its first word, and how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub first: u32,
    pub count: u32,
}

impl Line {
    /// The line of the operation at place `k` that has one and is heard by it alone.
    pub fn of(op: &Op, k: usize, layout: &Layout) -> Option<Line> {
        let first = match op {
            Op::Delay(..) => DELAY_WORDS,
            Op::Comb(..) => COMB_WORDS,
            Op::Allpass(..) => ALLPASS_WORDS,
            _ => return None,
        };
        Some(Line {
            first: layout.places[k] + first as u32,
            count: layout.lines[k]?.length,
        })
    }

    /// Whether all its numbers have rung out. Stretch by stretch: most lines that have not are known by the first.
    pub fn is_quiet(self, state: &[u32]) -> bool {
        // Without their signs numbers are ordered as their bits are, and NaN is above all.
        let edge = RUNG_OUT.to_bits() << 1;
        let words = &state[self.first as usize..][..self.count as usize];
        let most = |words: &[u32]| words.iter().fold(0, |most, word| most.max(word << 1));
        words.chunks(64).all(|words| most(words) < edge)
    }

    /// What it holds is nought from here on.
    pub fn clear(self, state: &mut [u32]) {
        state[self.first as usize..][..self.count as usize].fill(0);
    }
}

/// Whether a step of the grid of so many times [`GRID`] frames that ends before a frame is one after which lines are
/// looked through.
pub fn is_due(frame: i64, factor: u32) -> bool {
    let before = frame - i64::from(factor) * GRID as i64;
    frame.div_euclid(LOOK) != before.div_euclid(LOOK)
}
