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
use crate::plan::{Code, PlanNode, Port};
use crate::signal::{Io, Kernel};
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

/// After a piece: the node is steady if nothing moves.
pub fn settle(node: &PlanNode, state: &mut NodeState) {
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
    let [.., gain, pan] = *state.stills else {
        return;
    };
    state.plain = !node.is_doubled() && mix::is_unity(node, state.open, gain, pan);
    state.steady = true;
}

impl Stage<'_> {
    /// Runs a node that is steady, and adds it to the outputs; false if it is not.
    pub fn steady(&mut self, node: &PlanNode, piece: &Piece) -> bool {
        if node.inputs > 0 {
            if !self.table.get(node.slot).is_some_and(|state| state.steady) {
                return false;
            }
            self.gather(node, piece);
        }
        let (Code::Kernel(kernel), Some(state)) = (&node.code, self.table.at(node.slot)) else {
            return false;
        };
        if !state.steady {
            return false;
        }
        if !node.kept {
            std::mem::swap(&mut state.out, &mut self.work.lent);
        }
        let heed = !state.plain || self.taps.busy();
        run(node, &**kernel, state, self.work, heed, piece);
        self.taps.after(node, state, self.work, piece);
        mix::add_to_outputs(node, &state.out, self.wires, self.work, piece);
        if !node.kept {
            std::mem::swap(&mut state.out, &mut self.work.lent);
        }
        true
    }
}

/// `heed` says whether gain and pan change anything, or somebody looks at them.
fn run(
    node: &PlanNode,
    kernel: &dyn Kernel,
    state: &mut NodeState,
    work: &mut Work,
    heed: bool,
    piece: &Piece,
) {
    let Work {
        scratch,
        inputs,
        lanes,
        ..
    } = work;
    let (own, outputs) = (state.stills.len() - 2, usize::from(node.outputs));
    let read = if heed { own + 2 } else { own };
    for (lane, value) in lanes.iter_mut().zip(&state.stills[..read]) {
        (lane.moving, lane.value) = (false, *value);
    }
    let [voice] = &mut *state.voices else { return };
    let all = voice.words.iter_mut().zip(inputs.iter()).enumerate();
    for (instance, (words, inputs)) in all.take(node.instances.into()) {
        let io = Io {
            from: piece.from,
            to: piece.to,
            inputs: &inputs[..usize::from(node.inputs)],
            controls: &lanes[..own],
            outputs: &mut state.out[instance..instance + outputs],
            scratch: &mut *scratch,
        };
        kernel.run(words, io);
    }
    // From where a note would have to be led, if one came.
    let sides = outputs.max(node.instances.into());
    for (last, out) in voice.last.iter_mut().zip(state.out.iter()).take(sides) {
        *last = out[piece.to - 1];
    }
    if state.plain {
        mix::meter(state, usize::from(node.channels), piece);
    } else {
        if node.is_doubled() && node.spread {
            // No note says where it is.
            let [left, right] = &mut **state.out;
            right[piece.from..piece.to].copy_from_slice(&left[piece.from..piece.to]);
        }
        mix::shape(node, state, lanes, piece);
    }
    state.steady = !state.broken;
}
