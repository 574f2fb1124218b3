//! From a function's output to the node's, and from the nodes to the outputs.

use super::gather::{add_scaled, carry};
use super::work::{PAIRS, Piece, Work};
use crate::math;
use crate::message::{NodeState, WireState};
use crate::plan::{PlanNode, PlanWire};
use crate::signal::{GRID, Lane};
use crate::time::Ramp;
use multiversion::multiversion;
use std::ops::Range;

/// Gain, pan, and whether the node is open; then the guard against NaN and the meter. The second channel of a
/// mono node is silent from the beginning, and nobody reads it.
pub fn shape(node: &PlanNode, state: &mut NodeState, lanes: &[Lane], piece: &Piece) {
    let span = piece.from..piece.to;
    let channels = usize::from(node.channels);
    if node.is_doubled() && !node.spread {
        let [left, right] = &mut **state.out;
        right[span.clone()].copy_from_slice(&left[span.clone()]);
    }
    let gain = &lanes[usize::from(node.gain().0)];
    let pan = &lanes[usize::from(node.pan().0)];
    let still = !gain.moving && !pan.moving;
    if !still || !is_unity(node, state.open, gain.value, pan.value) {
        for (channel, out) in state.out.iter_mut().enumerate().take(channels) {
            let out = &mut out[span.clone()];
            level(out, channel, node, state.open, [gain, pan], span.clone());
        }
    }
    meter(state, channels, piece);
}

/// Whether gain, pan and openness change nothing.
pub fn is_unity(node: &PlanNode, open: Ramp, gain: f32, pan: f32) -> bool {
    let centred = node.channels == 1 || pan == 0.0;
    gain == 1.0 && centred && !open.moving() && open.target() == 1.0
}

/// The guard against NaN, and the meter.
pub fn meter(state: &mut NodeState, channels: usize, piece: &Piece) {
    if !measure(state, channels, piece) {
        guard(state, channels, piece);
        measure(state, channels, piece);
    }
}

/// Takes the peaks; whether all frames are finite.
fn measure(state: &mut NodeState, channels: usize, piece: &Piece) -> bool {
    let mut all = state.out.iter().zip(&mut state.peak).take(channels);
    all.all(|(out, most)| match peak_of(&out[piece.from..piece.to]) {
        Some(peak) => {
            *most = math::max(*most, peak);
            true
        }
        None => false,
    })
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

/// The largest magnitude; none if one of them is NaN or infinite.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub fn peak_of(frames: &[f32]) -> Option<f32> {
    // Magnitudes are in the order of their bits, and behind the numbers come infinity and NaN.
    let size = |x: &f32| x.abs().to_bits() as i32;
    let most = match frames.as_array::<GRID>() {
        // A whole step needs no loop.
        Some(all) => {
            let (quarters, _) = all.as_chunks::<{ GRID / 4 }>();
            let of = |quarter: usize, i: usize| size(&quarters[quarter][i]);
            let most = |i| of(0, i).max(of(1, i)).max(of(2, i).max(of(3, i)));
            std::array::from_fn::<i32, { GRID / 4 }, _>(most)
                .into_iter()
                .fold(0, i32::max)
        }
        None => frames.iter().map(size).fold(0, i32::max),
    };
    let peak = f32::from_bits(most as u32);
    peak.is_finite().then_some(peak)
}

/// The factor of one side for a pan of −1 (left) … 1 (right): equal power, 1 in the centre.
pub fn side(pan: f32, channel: usize) -> f32 {
    let turn = f64::from(if channel == 0 { 1.0 - pan } else { 1.0 + pan }) / 8.0;
    (std::f64::consts::SQRT_2 * math::sin_turns(turn)) as f32
}

/// From the first frame that is NaN or infinite on, the node is silent until it is replaced or reset.
#[cold]
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

/// Adds what a node has left to the outputs.
pub fn add_to_outputs(
    node: &PlanNode,
    out: &[[f32; GRID]; 2],
    wires: &mut [WireState],
    work: &mut Work,
    piece: &Piece,
) {
    for (pair, wire) in &node.outs {
        let (pair, state) = (usize::from(*pair), &mut wires[wire.slot.0 as usize]);
        match work.outs.get_mut(pair) {
            // What waits for nothing is added as it lies.
            Some([left, right]) if state.line.is_none() => {
                let span = piece.from..piece.to;
                add_scaled(&mut left[span.clone()], &out[0][span.clone()], &state.level);
                if work.stereo[pair] {
                    let side = usize::from(node.channels - 1);
                    add_scaled(&mut right[span.clone()], &out[side][span], &state.level);
                }
            }
            _ => add_carried(node, out, pair, (wire, &mut *state), work, piece),
        }
        state.level.advance(piece.frames() as u32);
    }
}

/// The same for a wire that waits, or leads to a single channel.
#[inline(never)]
fn add_carried(
    node: &PlanNode,
    out: &[[f32; GRID]; 2],
    pair: usize,
    (wire, state): (&PlanWire, &mut WireState),
    work: &mut Work,
    piece: &Piece,
) {
    let brought = carry(node, out, wire, state, &mut work.carried, piece);
    let (level, span) = (&state.level, piece.from..piece.to);
    let Some(channel) = pair.checked_sub(PAIRS) else {
        let [left, right] = &mut work.outs[pair];
        add_scaled(&mut left[span.clone()], brought.channel(0), level);
        if work.stereo[pair] {
            add_scaled(&mut right[span], brought.channel(1), level);
        }
        return;
    };
    let mut middle = [0.0; GRID];
    let from = match brought.is_stereo() {
        true => {
            let frames = brought.middle(&mut middle);
            &middle[..frames]
        }
        false => brought.channel(0),
    };
    if let Some(to) = work.outs.as_flattened_mut().get_mut(channel) {
        add_scaled(&mut to[span], from, level);
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
    /// Whether what it gives on one side belongs on both: so with all but the stereo inputs.
    pub(super) fn is_doubled(&self) -> bool {
        let gives_one = self.channels == 2 && self.instances == 1 && self.outputs == 1;
        gives_one && !matches!(self.code, crate::plan::Code::Input(_))
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
            assert_eq!(peak_of(&frames), Some(want));
            for at in 0..len {
                for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    let good = std::mem::replace(&mut frames[at], bad);
                    assert_eq!(peak_of(&frames), None);
                    frames[at] = good;
                }
            }
            let loud: Vec<f32> = vec![f32::MAX; len];
            let most = if len > 0 { f32::MAX } else { 0.0 };
            assert_eq!(peak_of(&loud), Some(most), "large numbers are numbers");
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
