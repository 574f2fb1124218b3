//! Voices that rest: when they begin to, and when they wake. Audio thread.
//!
//! [`crate::signal::Rest`] says what rest is. It begins only where a step of the grid ends and ends at the very frame at
//! which a gate turns, so that nothing of it hangs on where a host's blocks end.

use super::node::Rig;
use crate::message::{NodeState, Voice};
use crate::plan::{Code, PlanNode};
use crate::signal::Gate;
use crate::time::Ramp;

/// At the end of a step of the grid, which is before `frame` of the node's own: voices that are silent until their gates
/// turn rest from there on.
pub fn begin(node: &PlanNode, state: &mut NodeState, frame: i64) {
    let Code::Kernel(kernel) = &node.code else {
        return;
    };
    let Some(rest) = kernel.rest().filter(|rest| rest.is_due(frame, node.factor)) else {
        return;
    };
    for voice in state.voices.iter_mut().filter(|v| v.rests.is_none()) {
        if voice.cut.moving() || voice.bridge.iter().any(Ramp::moving) {
            continue;
        }
        let sides = &mut voice.words[..usize::from(node.instances)];
        if sides.iter().all(|words| rest.holds(words)) {
            sides.iter_mut().for_each(|words| rest.begin(words));
            (voice.rests, voice.last) = (Some(frame), [0.0; 2]);
        }
    }
}

/// A voice whose state went over to a new instance rests on, if that is silent too; `carried` says whether it did. Where
/// the new one never rests, it wakes with its first frame.
pub fn inherit(node: &PlanNode, new: &mut Voice, old: &Voice, carried: bool) {
    if let Code::Kernel(kernel) = &node.code {
        let sides = &new.words[..usize::from(node.instances)];
        let rests = |words: &[u32]| kernel.rest().is_none_or(|rest| rest.holds(words));
        let all = || carried && sides.iter().all(|words| rests(words));
        new.rests = old.rests.filter(|_| all());
    }
}

impl Rig<'_> {
    /// Wakes the voices whose gate turns at place `from` of the ring, and says at which place before `to` the next one
    /// is to wake; `to` if there is none.
    pub fn wake(&mut self, state: &mut NodeState, from: usize, to: usize) -> usize {
        let Code::Kernel(kernel) = &self.node.code else {
            return to;
        };
        let rest = kernel.rest();
        let mut next = to;
        for voice in &mut state.voices {
            let Some(since) = voice.rests else { continue };
            let turn = match rest {
                Some(rest) => {
                    let gates = rest.gates(&voice.words[0]);
                    let turns = gates.filter_map(|gate| self.turn(gate, voice, from, to));
                    turns.min()
                }
                None => Some(from),
            };
            match turn {
                Some(at) if at == from => {
                    let frames = (self.start + from as i64 - since) as u32;
                    let own = self.lanes_of(0, voice, from, from + 1);
                    let sides = &mut voice.words[..usize::from(self.node.instances)];
                    for words in sides {
                        kernel.wake(words, frames, &self.voice_lanes[0][..own], from);
                    }
                    voice.rests = None;
                }
                Some(at) => next = next.min(at),
                None => {}
            }
        }
        next
    }

    /// The first place at which a gate of a voice turns.
    fn turn(&mut self, gate: Gate, voice: &Voice, from: usize, to: usize) -> Option<usize> {
        self.lane(0, gate.control, voice, from, to);
        let lane = &self.voice_lanes[0][gate.control];
        match lane.moving {
            true => (from..to).find(|i| gate.turns(lane.frames[*i])),
            false => gate.turns(lane.value).then_some(from),
        }
    }
}
