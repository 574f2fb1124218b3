//! Steady nodes: what is left of a node's piece while nothing moves it.
//!
//! Most nodes of a large graph do the same from piece to piece: no pattern speaks to them, no key plays them, no
//! control is on its way. After a piece in which that was so a node is *steady*: its controls are known, and its code
//! runs with them and nothing else. Whoever changes its state from outside wakes it ([`super::table::Table::wake`]), and
//! a Plan that says something else of it does. What is left out would have changed nothing, so the bits are those of a
//! node that is not steady, and it cannot be heard when one became so. (It sounds: voices that are silent *rest*, see
//! `rest`, and code that may rest is left to that.)

use super::mix;
use super::stage::Stage;
use super::work::{Piece, Work};
use crate::message::NodeState;
use crate::plan::{Code, PlanControl, PlanNode, Port};
use crate::signal::Io;
use crate::time::Ramp;

/// Whether nothing but a change from outside could move a node: it has no patterns, modulations, keys or control
/// wires, does not hear the clock and never rests. `named` nodes are played by MIDI.
pub fn may_be(node: &PlanNode, named: bool) -> bool {
    let Code::Kernel(kernel) = &node.code else {
        return false;
    };
    let moved = named
        || !node.keys.is_empty()
        || !node.bindings.is_empty()
        || !node.mods.is_empty()
        || !node.timed.is_empty();
    let audio = |wire: &crate::plan::PlanWire| matches!(wire.port, Port::Input(_));
    let free = !kernel.hears_time() && kernel.rest().is_none();
    !moved && free && node.count == 1 && node.wires.iter().all(audio)
}

/// Whether a steady node, which the Plan before had, stays as it is in this one, which says that it may.
pub fn goes_on(node: &PlanNode, state: &NodeState) -> bool {
    let said =
        |(control, stated): (&PlanControl, &f32)| control.value.to_bits() == stated.to_bits();
    state.steady
        && node.birth.is_none()
        && node.fades.is_empty()
        && state.open.target() == f32::from(node.open)
        && (state.instances, state.kept) == (node.instances, node.kept)
        && node.controls.iter().zip(&state.stated).all(said)
}

/// After a piece: the node is steady if nothing moves.
pub fn settle(state: &mut NodeState) {
    let moved = state.broken || state.ended || state.modulated || state.open.moving();
    if !state.may_be_steady || moved {
        return;
    }
    let [voice] = &*state.voices else { return };
    let led = voice.cut != Ramp::at(1.0) || voice.bridge.iter().any(Ramp::moving);
    let noted = voice.held.is_some() || voice.rise.is_some() || voice.off.is_some();
    let rests = voice.rests.is_some();
    let quiet = !led && !noted && !rests && !voice.joins && !voice.shifted;
    let spoken = voice.values.iter().any(Option::is_some);
    let moving = state.bases.iter().any(|base| base.moving());
    let bound = state.fades.iter().any(Option::is_some) || state.steps.iter().any(Option::is_some);
    if !quiet || spoken || moving || bound {
        return;
    }
    for (value, base) in state.stills.iter_mut().zip(&state.bases) {
        *value = base.target();
    }
    state.steady = true;
}

impl Stage<'_> {
    /// Runs a node that is steady; false if it is not.
    pub fn steady(&mut self, node: &PlanNode, piece: &Piece) -> bool {
        if !self.table.get(node.slot).is_some_and(|state| state.steady) {
            return false;
        }
        if node.inputs > 0 {
            self.gather(node, piece);
        }
        let (Code::Kernel(kernel), Some(state)) = (&node.code, self.table.at(node.slot)) else {
            return false;
        };
        let Work {
            scratch,
            inputs,
            lanes,
            ..
        } = &mut *self.work;
        for (lane, value) in lanes.iter_mut().zip(&state.stills) {
            (lane.moving, lane.value) = (false, *value);
        }
        let (own, outputs) = (state.stills.len() - 2, usize::from(node.outputs));
        for voice in &mut state.voices {
            for instance in 0..usize::from(node.instances) {
                let io = Io {
                    from: piece.from,
                    to: piece.to,
                    inputs: &inputs[instance][..usize::from(node.inputs)],
                    controls: &lanes[..own],
                    outputs: &mut state.out[instance..instance + outputs],
                    scratch: &mut *scratch,
                };
                kernel.run(&mut voice.words[instance], io);
                // From where a note would have to be led, if one came.
                for (k, out) in state.out[instance..instance + outputs].iter().enumerate() {
                    voice.last[instance + k] = out[piece.to - 1];
                }
            }
        }
        if node.spread && node.instances == 1 && node.outputs == 1 {
            // No note says where it is.
            let [left, right] = &mut *state.out;
            right[piece.from..piece.to].copy_from_slice(&left[piece.from..piece.to]);
        }
        mix::shape(node, state, lanes, piece);
        state.steady = !state.broken;
        true
    }
}
