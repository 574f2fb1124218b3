//! From a function's output to the node's, and from the nodes to the outputs.

use super::gather::{add_scaled, carry};
use super::stage::Stage;
use super::work::{PAIRS, Piece, Work};
use crate::math;
use crate::message::NodeState;
use crate::plan::PlanNode;
use crate::signal::{GRID, Lane};
use crate::time::Ramp;
use std::ops::Range;

/// Gain, pan, and whether the node is open; then the guard against NaN and the meter. The second channel of a
/// mono node is silent from the beginning, and nobody reads it.
pub fn shape(node: &PlanNode, state: &mut NodeState, lanes: &[Lane], piece: &Piece) {
    let span = piece.from..piece.to;
    let channels = usize::from(node.channels);
    if channels == 2
        && node.instances == 1
        && node.outputs == 1
        && node.inputs_are_code()
        && !node.spread
    {
        let [left, right] = &mut *state.out;
        right[span.clone()].copy_from_slice(&left[span.clone()]);
    }
    let gain = &lanes[usize::from(node.gain().0)];
    let pan = &lanes[usize::from(node.pan().0)];
    let as_is = |lane: &Lane, value| !lane.moving && lane.value == value;
    let open = !state.open.moving() && state.open.target() == 1.0;
    let unchanged = open && as_is(gain, 1.0) && (channels == 1 || as_is(pan, 0.0));
    let mut peaks = [0.0; 2];
    let mut finite = true;
    for (channel, out) in state.out.iter_mut().enumerate().take(channels) {
        let out = &mut out[span.clone()];
        if !unchanged {
            level(out, channel, node, state.open, [gain, pan], span.clone());
        }
        let (peak, all_finite) = peak_of(out);
        peaks[channel] = peak;
        finite &= all_finite;
    }
    if !finite {
        guard(state, channels, piece);
        for (peak, out) in peaks.iter_mut().zip(state.out.iter()).take(channels) {
            *peak = peak_of(&out[span.clone()]).0;
        }
    }
    for (most, peak) in state.peak.iter_mut().zip(peaks) {
        *most = larger(*most, peak);
    }
}

/// Gain, pan, and whether the node is open, on one channel.
fn level(
    out: &mut [f32],
    channel: usize,
    node: &PlanNode,
    open: Ramp,
    [gain, pan]: [&Lane; 2],
    span: Range<usize>,
) {
    if gain.moving {
        out.iter_mut()
            .zip(&gain.frames[span.clone()])
            .for_each(|(x, g)| *x *= g);
    } else if gain.value != 1.0 {
        out.iter_mut().for_each(|x| *x *= gain.value);
    }
    if node.channels == 2 && (pan.moving || pan.value != 0.0) {
        if pan.moving {
            out.iter_mut()
                .zip(&pan.frames[span])
                .for_each(|(x, p)| *x *= side(*p, channel));
        } else {
            let side = side(pan.value, channel);
            out.iter_mut().for_each(|x| *x *= side);
        }
    }
    if open.moving() {
        out.iter_mut()
            .enumerate()
            .for_each(|(i, x)| *x *= open.ahead(i as u32));
    } else if open.target() != 1.0 {
        out.iter_mut().for_each(|x| *x *= open.target());
    }
}

/// The largest magnitude, NaN left out, and whether all are finite. In lanes, so that it is a few vector
/// operations; a maximum does not hang on the order.
pub fn peak_of(frames: &[f32]) -> (f32, bool) {
    const LANES: usize = 8;
    let (mut peaks, mut sums) = ([0.0f32; LANES], [0.0f32; LANES]);
    let mut take = |chunk: &[f32; LANES]| {
        for ((peak, sum), x) in peaks.iter_mut().zip(&mut sums).zip(chunk) {
            let size = x.abs();
            *peak = larger(*peak, size);
            *sum += size;
        }
    };
    let (chunks, rest) = frames.as_chunks();
    chunks.iter().for_each(&mut take);
    if !rest.is_empty() {
        let mut last = [0.0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        take(&last);
    }
    let peak = peaks.into_iter().fold(0.0, larger);
    // Infinity and NaN stay in a sum; numbers may become infinite in it, if they are huge.
    let all_finite = sums.iter().all(|sum| sum.is_finite());
    (peak, all_finite || frames.iter().all(|x| x.is_finite()))
}

/// The larger one; `new` only if it is a number.
fn larger(old: f32, new: f32) -> f32 {
    if new > old { new } else { old }
}

/// The factor of one side for a pan of −1 (left) … 1 (right): equal power, 1 in the centre.
pub fn side(pan: f32, channel: usize) -> f32 {
    let turn = f64::from(if channel == 0 { 1.0 - pan } else { 1.0 + pan }) / 8.0;
    (std::f64::consts::SQRT_2 * math::sin_turns(turn)) as f32
}

/// From the first frame that is NaN or infinite on, the node is silent until it is replaced or reset.
fn guard(state: &mut NodeState, channels: usize, piece: &Piece) {
    // What else lies in a lent buffer is not the node's.
    let out = &state.out[..channels];
    let bad = (piece.from..piece.to).find(|&i| out.iter().any(|channel| !channel[i].is_finite()));
    if let Some(from) = bad {
        state
            .out
            .iter_mut()
            .for_each(|out| out[from..piece.to].fill(0.0));
        state.broken = true;
    }
}

impl Stage<'_> {
    /// Adds a node that has run to the outputs.
    pub fn add_to_outputs(&mut self, node: &PlanNode, piece: &Piece) {
        let Some(state) = self.table.get(node.slot) else {
            return;
        };
        let work = &mut *self.work;
        let out = &state.out;
        let span = piece.from..piece.to;
        for (pair, wire) in &node.outs {
            let (pair, state) = (usize::from(*pair), &mut self.wires[wire.slot.0 as usize]);
            let brought = carry(node, out, wire, state, &mut work.carried, piece);
            let level = &mut state.level;
            if let Some(channel) = pair.checked_sub(PAIRS) {
                let mut middle = [0.0; GRID];
                let from = match brought.is_stereo() {
                    true => {
                        let frames = brought.middle(&mut middle);
                        &middle[..frames]
                    }
                    false => brought.channel(0),
                };
                if let Some(to) = work.outs.as_flattened_mut().get_mut(channel) {
                    add_scaled(&mut to[span.clone()], from, level);
                }
            } else {
                let [left, right] = &mut work.outs[pair];
                add_scaled(&mut left[span.clone()], brought.channel(0), level);
                if work.stereo[pair] {
                    add_scaled(&mut right[span.clone()], brought.channel(1), level);
                }
            }
            level.advance(piece.frames() as u32);
        }
    }
}

impl Work {
    /// When all nodes have run: a sum beyond the range of numbers counts as nought.
    pub fn finish_outputs(&mut self, piece: Piece) {
        let span = piece.from..piece.to;
        let outs = &mut self.outs[..self.pairs];
        for ([left, right], stereo) in outs.iter_mut().zip(self.stereo) {
            if !stereo {
                right[span.clone()].copy_from_slice(&left[span.clone()]);
            }
        }
        for channel in outs.iter_mut().flatten() {
            for x in &mut channel[span.clone()] {
                if !x.is_finite() {
                    *x = 0.0;
                }
            }
        }
    }
}

/// Multiplies the outputs by the master's factor.
pub fn master(master: &mut Ramp, work: &mut Work, piece: Piece) {
    if master.moving() || master.target() != 1.0 {
        for channel in work.outs[..work.pairs].iter_mut().flatten() {
            let frames = channel[piece.from..piece.to].iter_mut().enumerate();
            frames.for_each(|(i, x)| *x *= master.ahead(i as u32));
        }
    }
    master.advance((piece.to - piece.from) as u32);
}

impl PlanNode {
    /// Whether its one output must be copied to both sides: all but the stereo inputs.
    fn inputs_are_code(&self) -> bool {
        !matches!(self.code, crate::plan::Code::Input(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_the_largest_magnitude_and_what_is_not_finite_is_noticed_anywhere() {
        for len in 0..=64 {
            let mut frames: Vec<f32> = (0..len).map(|i| (i as f32 * 0.7).sin()).collect();
            let want = frames.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            assert_eq!(peak_of(&frames), (want, true));
            for at in 0..len {
                for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    let good = std::mem::replace(&mut frames[at], bad);
                    assert!(!peak_of(&frames).1);
                    frames[at] = good;
                }
            }
            let loud: Vec<f32> = vec![f32::MAX; len];
            assert!(peak_of(&loud).1, "large numbers are numbers");
            let mixed = [-0.5, f32::NAN, 0.25];
            assert_eq!(peak_of(&mixed), (0.5, false));
        }
    }

    #[test]
    fn pan_has_equal_power_and_leaves_the_centre_alone() {
        assert_eq!((side(0.0, 0), side(0.0, 1)), (1.0, 1.0));
        assert!(
            side(-1.0, 1).abs() < 1e-7 && (side(-1.0, 0) - std::f32::consts::SQRT_2).abs() < 1e-6
        );
        for i in -10..=10 {
            let p = i as f32 / 10.0;
            assert!((side(p, 0).powi(2) + side(p, 1).powi(2) - 2.0).abs() < 1e-5);
        }
    }
}
