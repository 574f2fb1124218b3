//! From a function's output to the node's, and from the nodes to the outputs.

use super::gather::{add_scaled, source};
use super::work::{PAIRS, Piece, Work};
use crate::math;
use crate::message::NodeState;
use crate::plan::{Plan, PlanNode};
use crate::signal::{GRID, Lane};
use crate::time::Ramp;

/// Gain, pan, and whether the node is open; then the guard against NaN and the meter.
pub fn shape(node: &PlanNode, state: &mut NodeState, lanes: &[Lane], piece: Piece) {
    let span = piece.from..piece.to;
    if node.channels == 2 && node.instances == 1 && node.outputs == 1 && node.inputs_are_code() {
        let [left, right] = &mut *state.out;
        right[span.clone()].copy_from_slice(&left[span.clone()]);
    }
    let gain = &lanes[usize::from(node.gain().0)];
    let pan = &lanes[usize::from(node.pan().0)];
    for (channel, out) in state
        .out
        .iter_mut()
        .enumerate()
        .take(usize::from(node.channels))
    {
        let out = &mut out[span.clone()];
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
                    .zip(&pan.frames[span.clone()])
                    .for_each(|(x, p)| *x *= side(*p, channel));
            } else {
                let side = side(pan.value, channel);
                out.iter_mut().for_each(|x| *x *= side);
            }
        }
        if state.open.moving() {
            out.iter_mut()
                .enumerate()
                .for_each(|(i, x)| *x *= state.open.ahead(i as u32));
        } else if state.open.target() != 1.0 {
            out.iter_mut().for_each(|x| *x *= state.open.target());
        }
    }
    guard(state, piece);
    for (peak, out) in state.peak.iter_mut().zip(state.out.iter()) {
        *peak = out[span.clone()].iter().fold(*peak, |p, x| p.max(x.abs()));
    }
}

/// The factor of one side for a pan of −1 (left) … 1 (right): equal power, 1 in the centre.
fn side(pan: f32, channel: usize) -> f32 {
    let turn = f64::from(if channel == 0 { 1.0 - pan } else { 1.0 + pan }) / 8.0;
    (std::f64::consts::SQRT_2 * math::sin_turns(turn)) as f32
}

/// From the first frame that is NaN or infinite on, the node is silent until it is replaced or reset.
fn guard(state: &mut NodeState, piece: Piece) {
    let bad = (piece.from..piece.to)
        .find(|&i| !state.out[0][i].is_finite() || !state.out[1][i].is_finite());
    if let Some(from) = bad {
        state
            .out
            .iter_mut()
            .for_each(|out| out[from..piece.to].fill(0.0));
        state.broken = true;
    }
}

/// Sums the wires to the outputs. A sum beyond the range of numbers counts as nought.
pub fn outputs(
    plan: &Plan,
    table: &[Option<Box<NodeState>>],
    levels: &mut [Ramp],
    work: &mut Work,
    piece: Piece,
) {
    work.clear_outputs(piece);
    let span = piece.from..piece.to;
    for (pair, wire) in &plan.outs {
        let level = &mut levels[wire.slot.0 as usize];
        if let (Some((out, channels)), true) =
            (source(plan, table, wire), usize::from(*pair) < PAIRS)
        {
            for (channel, to) in work.outs[usize::from(*pair)].iter_mut().enumerate() {
                let from: &[f32; GRID] = &out[channel.min(usize::from(channels) - 1)];
                add_scaled(&mut to[span.clone()], &from[span.clone()], level);
            }
        }
        level.advance((piece.to - piece.from) as u32);
    }
    for channel in work.outs.iter_mut().flatten() {
        for x in &mut channel[span.clone()] {
            if !x.is_finite() {
                *x = 0.0;
            }
        }
    }
}

impl PlanNode {
    /// Whether its one output must be copied to both sides: all but the stereo input.
    fn inputs_are_code(&self) -> bool {
        !matches!(self.code, crate::plan::Code::Input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
