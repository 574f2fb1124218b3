//! When a voice rests: its output is nought and stays so until a gate turns, so it is not run.
//!
//! The state alone says so. An envelope whose gate is low and whose level is nought gives nought until the gate rises;
//! so does one that sustains at nought and has decayed, until the gate falls and rises; so does a stroke that is over
//! ([`strikes`]). Nought times anything is nought; a filter behind it gives nought when it has rung out, and a delay when
//! its whole line has. [`Rest::of`] finds out once which envelopes and memories a function is silent by; [`Rest::holds`]
//! looks at their words.
//!
//! What rest means is part of what a function means, whatever runs it. It begins where a step of the grid ends and the
//! words are nought; what has rung out to below −300 dB counts, in lines to below −200 dB. While a voice rests,
//! oscillators and noise run on: at a steady frequency they are to the bit where they would be (one that a control says
//! counts as what it is when the voice wakes, [`super::Kernel::wake`]); all else, filters before the envelope among it,
//! waits as it is. So a function with memory whose waiting would be heard never rests: delays and combs before the
//! envelope, tables that are written, and loops that are no filters, unless what wakes the voice begins them anew.

mod cause;
mod gates;
mod lines;
mod loops;
mod run_on;
mod strikes;
#[cfg(test)]
mod tests;

use super::layout::Layout;
use super::{Function, Op, Sig};
use cause::{Cause, causes};
use gates::Envelope;
pub use gates::Gate;
use lines::Line;
pub use run_on::run_on;
use std::collections::BTreeSet;
use strikes::{Count, Strike, Strikes};

/// What is below has rung out: −300 dB.
const RUNG_OUT: f32 = 1e-15;

/// What must hold for a voice to rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    envelopes: Box<[Envelope]>,
    strikes: Box<[Strike]>,
    counts: Box<[Count]>,
    /// The words that must have rung out.
    memories: Box<[u32]>,
    /// The lines that must have.
    lines: Box<[Line]>,
}

impl Rest {
    /// Finds out what must hold in a layout of a verified function for a rate in Hz; `None` if nothing that is known of
    /// it makes it silent, or its memory must not wait. Control side only.
    pub(super) fn of(function: &Function, layout: &Layout, rate: u32) -> Option<Rest> {
        let written = |op: &Op| matches!(op, Op::RwTable(..));
        let loops = loops::of(function);
        let strikes = Strikes::of(function, layout, &loops, rate);
        let gated = function.ops.iter().any(|op| matches!(op, Op::Adsr { .. }));
        if !(gated || strikes.any()) || function.ops.iter().any(written) {
            return None;
        }
        // Loops that hold nought as long as nought goes in: all of them, until it turns out otherwise.
        let mut quiet: BTreeSet<Sig> = loops.iter().map(|l| l.0).collect();
        let causes = loop {
            let causes = causes(function, layout, rate, &quiet, &strikes);
            let loud = |l: &&(Sig, Sig)| quiet.contains(&l.0) && causes[at(l.1)].is_none();
            let loud: Vec<Sig> = loops.iter().filter(loud).map(|l| l.0).collect();
            if loud.is_empty() {
                break causes;
            }
            loud.iter().for_each(|last| {
                quiet.remove(last);
            });
        };
        let outputs = function.outputs.iter();
        let all = outputs.map(|s| causes[at(*s)].clone());
        let mut all = all.reduce(|a, b| Some(a?.and(b?)))??;
        let rings = |all: &Cause, last: Sig| all.memories.contains(&layout.places[at(last)]);
        for _ in &loops {
            // What comes out of a loop is nought by what goes in.
            for (last, next) in &loops {
                if rings(&all, *last)
                    && let Some(cause) = causes[at(*next)].clone()
                {
                    all = all.and(cause);
                }
            }
        }
        let filters = loops::filters(function, &loops, rate, &strikes);
        for ((last, next), is_filter) in loops.iter().zip(filters) {
            let counted = all
                .counts
                .iter()
                .any(|c| c.place == layout.places[at(*last)]);
            if rings(&all, *last) || is_filter || counted {
                continue;
            }
            // One that is begun anew may wait, if what begins it wakes the voice.
            all.strikes.insert(strikes.begins(function, *last, *next)?);
        }
        let lines = function.ops.iter().enumerate();
        let mut lines = lines.filter_map(|(k, op)| Line::of(op, k, layout));
        if !lines.all(|line| all.lines.contains(&line)) {
            return None;
        }
        // What is always nought has no gate to wait for.
        let gated = !all.envelopes.is_empty() || !all.strikes.is_empty();
        let words: u32 = all.lines.iter().map(|line| line.count).sum();
        (gated && words <= lines::MOST_WORDS).then(|| Rest {
            envelopes: all.envelopes.into_iter().collect(),
            strikes: all.strikes.into_iter().collect(),
            counts: all.counts.into_iter().collect(),
            memories: all.memories.into_iter().collect(),
            lines: all.lines.into_iter().collect(),
        })
    }

    /// Whether it is time to look where a step of the grid ends, of so many times [`super::GRID`] frames, before a frame: where
    /// there are lines to look through not each time. Real-time safe.
    pub fn is_due(&self, frame: i64, factor: u32) -> bool {
        self.lines.is_empty() || lines::is_due(frame, factor)
    }

    /// Whether a voice with this state is silent until one of its gates turns. Real-time safe.
    pub fn holds(&self, state: &[u32]) -> bool {
        // NaN has not rung out.
        let rung_out = |word: &u32| f32::from_bits(state[*word as usize]).abs() < RUNG_OUT;
        self.envelopes.iter().all(|e| e.rests(state))
            && self.counts.iter().all(|c| c.is_over(state))
            && self.memories.iter().all(rung_out)
            && self.lines.iter().all(|line| line.is_quiet(state))
    }

    /// What has rung out is nought from here on. Real-time safe.
    pub fn begin(&self, state: &mut [u32]) {
        for word in &self.memories {
            state[*word as usize] = 0;
        }
        for line in &self.lines {
            line.clear(state);
        }
    }

    /// The controls that are gates, as the voice with this state saw them when it was run last: where one turns it
    /// wakes. Real-time safe.
    pub fn gates(&self, state: &[u32]) -> impl Iterator<Item = Gate> {
        let envelopes = self.envelopes.iter().map(|e| Gate {
            control: usize::from(e.gate),
            edge: 0.5,
            above: false,
            high: e.is_open(state),
        });
        envelopes.chain(self.strikes.iter().map(|s| s.gate(state)))
    }
}

fn at(sig: Sig) -> usize {
    usize::from(sig.0)
}

fn constant(function: &Function, sig: Sig) -> Option<f32> {
    match function.ops[at(sig)] {
        Op::Const(bits) => Some(f32::from_bits(bits)),
        _ => None,
    }
}
