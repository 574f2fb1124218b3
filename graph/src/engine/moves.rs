//! What moves a control by itself: fades, modulations, and knobs outside of the score.

use super::clock::Clock;
use super::gather;
use super::touch;
use super::work::{Piece, Work};
use super::{Block, Engine};
use crate::message::{Fade, NodeState, NoteEvent};
use crate::plan::{ControlIndex, PlanFade, PlanMapping, PlanMod, PlanNode};
use crate::signal::{Knob, Lane};
use crate::time::{Meter, Ramp, Ratio};
use std::ops::Range;

/// So much before a place in the song (in bars) it counts as reached: the rounding of floats must not put an edge
/// one frame late.
const NEAR: f64 = 1e-9;

/// Begins a fade at a frame: from where the control is now.
pub fn begin(fade: &PlanFade, state: &mut NodeState, from: Option<f32>, beats: f64, meter: Meter) {
    let k = usize::from(fade.control.0);
    let now = match state.fades[k] {
        Some(running) => running.at(beats),
        None => state.bases[k].value(),
    };
    start(fade, state, from.unwrap_or(now), beats, meter);
    forget(state, k);
}

fn start(fade: &PlanFade, state: &mut NodeState, from: f32, beats: f64, meter: Meter) {
    let k = usize::from(fade.control.0);
    state.fades[k] = Some(Fade {
        from,
        to: fade.to,
        curve: fade.curve,
        start: beats,
        beats: fade.bars.to_f64() * meter.bar().to_f64(),
    });
}

/// After a jump: the fades with a place in the song are where the song is. Before the first of them the control has
/// its stated value again.
pub fn jump(node: &PlanNode, state: &mut NodeState, clock: &Clock, piece: Piece) {
    let (cycle, meter) = (clock.cycle(piece.frame), clock.meter(piece.frame));
    let beats = |at: Ratio| (clock.beat(piece.frame) - clock.bars().beat_of_cycle(at)).to_f64();
    for (i, (_, first)) in node.timed.iter().enumerate() {
        let k = usize::from(first.control.0);
        if node.timed[..i].iter().any(|t| t.1.control == first.control) {
            continue;
        }
        let mut value = state.stated[k];
        let mut last: Option<(f64, Fade)> = None;
        for (at, fade) in node.timed.iter().filter(|t| t.1.control == first.control) {
            if *at > cycle {
                break;
            }
            // Each begins where the one before it was by then.
            if let Some((began, before)) = last {
                value = before.at(began - beats(*at));
            }
            let fade = Fade {
                from: value,
                to: fade.to,
                curve: fade.curve,
                start: 0.0,
                beats: fade.bars.to_f64() * meter.bar().to_f64(),
            };
            last = Some((beats(*at), fade));
        }
        state.fades[k] = last.map(|(gone, fade)| Fade {
            start: piece.gone.at(piece.frame as f64) - gone,
            ..fade
        });
        if state.fades[k].is_none() {
            state.bases[k].jump(state.stated[k]);
        }
    }
}

/// Works out a control's base over the piece, its fades included.
pub fn base(
    node: &PlanNode,
    state: &mut NodeState,
    k: usize,
    lane: &mut Lane,
    clock: &Clock,
    piece: Piece,
) {
    let window = match node.timed.is_empty() {
        true => None,
        false => gather::window(clock, piece, 0),
    };
    let own = |t: &&(Ratio, PlanFade)| usize::from(t.1.control.0) == k;
    let begins = |t: &(Ratio, PlanFade)| Some((window.as_ref()?.frame_of_place(t.0)?, t.1));
    // Several in one piece are taken in their order; each is heard from its own frame on.
    let mut starts = node.timed.iter().filter(own).filter_map(begins).peekable();
    if state.fades[k].is_none() && starts.peek().is_none() {
        stand(&state.bases[k], lane, piece);
        return;
    }
    let mut at = piece.from;
    loop {
        let until = starts
            .peek()
            .map_or(piece.to, |(frame, _)| piece.at(*frame));
        fill(state, k, lane, at..until, piece);
        at = until;
        let Some((frame, fade)) = starts.next() else {
            break;
        };
        let beats = piece.gone.at(frame as f64);
        let now = match state.fades[k] {
            Some(running) => running.at(beats),
            None => state.bases[k].ahead((at - piece.from) as u32),
        };
        start(&fade, state, now, beats, clock.meter(frame));
    }
    if let Some(fade) = state.fades[k]
        && fade.is_over(piece.gone.at(piece.moment(piece.to - 1)))
    {
        state.bases[k].jump(fade.to);
        state.fades[k] = None;
    }
}

/// The base without a fade.
fn stand(base: &Ramp, lane: &mut Lane, piece: Piece) {
    (lane.moving, lane.value) = (base.moving(), base.value());
    if lane.moving {
        for (i, value) in lane.frames[piece.from..piece.to].iter_mut().enumerate() {
            *value = base.ahead(i as u32);
        }
    }
}

/// The base over a part of the piece, on the fade it is on.
fn fill(state: &NodeState, k: usize, lane: &mut Lane, part: Range<usize>, piece: Piece) {
    lane.moving = true;
    for at in part {
        lane.frames[at] = match &state.fades[k] {
            Some(fade) => fade.at(piece.gone.at(piece.moment(at))),
            None => state.bases[k].ahead((at - piece.from) as u32),
        };
    }
}

/// A modulation over the piece, worked out for every frame: its edges are where they belong.
pub fn shape(by: &PlanMod, lane: &mut Lane, piece: Piece) {
    let turn = by.bars.to_f64();
    lane.moving = true;
    for at in piece.from..piece.to {
        let cycle = piece.song.at(piece.moment(at)) + NEAR;
        let place = by.shape.at(cycle / turn) as f32;
        lane.frames[at] = by.lo + (by.hi - by.lo) * place;
    }
}

impl Engine {
    /// Turns the knobs that are due at a frame of the block; keys of the window come with its first.
    pub(super) fn turn_knobs(&mut self, block: &Block<'_, '_>, done: usize) {
        if done == 0 {
            for i in 0..self.key_count {
                self.turn(self.keys[i]);
            }
        }
        for note in block.notes {
            if (note.frame as usize).min(block.frames - 1) == done {
                self.turn(note.event);
            }
        }
    }

    /// How far it is from a frame of the block to the next one at which a knob turns.
    pub(super) fn next_turn(&self, block: &Block<'_, '_>, done: usize) -> Option<usize> {
        let turns = block.notes.iter();
        let turns = turns.filter(|n| n.event.is_of_knobs());
        let frames = turns.map(|n| (n.frame as usize).min(block.frames - 1));
        frames.filter(|frame| *frame > done).min().map(|f| f - done)
    }

    pub(super) fn turn(&mut self, event: NoteEvent) {
        let (knob, value) = match event {
            NoteEvent::Turn { knob, value } => (knob, value),
            NoteEvent::Control { channel, cc, value } => {
                self.reporter.hear_controller(channel, cc, value);
                let channel = Some(channel);
                (Knob::Controller { cc, channel }, value)
            }
            NoteEvent::Modulate {
                index,
                stands,
                amount,
            } => return self.modulate(index, stands, amount),
            _ => return,
        };
        let Some(plan) = self.plan.as_ref().filter(|_| value.is_finite()) else {
            return;
        };
        let beats = self.pulse.beats(&self.clock, self.frame).to_f64();
        for mapping in plan.mappings.iter().filter(|m| m.knob.is(knob)) {
            let node = &plan.nodes[mapping.node.0 as usize];
            let k = usize::from(mapping.control.0);
            if let Some(state) = self.table.wake(node.slot) {
                let to = mapping.curve.between(mapping.lo, mapping.hi, value);
                let range = &node.controls[k];
                let smooth = state.smooth[k];
                speak(state, k, to.clamp(range.lo, range.hi), beats, smooth);
                (state.turned[k], state.any_turned) = (true, true);
            }
        }
    }

    /// The host modulates a macro: what it is mapped to is added to, and its base stays.
    fn modulate(&mut self, index: u8, stands: f32, amount: f32) {
        let Some(plan) = self.plan.as_ref().filter(|_| (stands + amount).is_finite()) else {
            return;
        };
        let own = |m: &&PlanMapping| m.knob.is(Knob::Macro(index));
        for mapping in plan.mappings.iter().filter(own) {
            let node = &plan.nodes[mapping.node.0 as usize];
            let k = usize::from(mapping.control.0);
            if let Some(state) = self.table.wake(node.slot) {
                let by = touch::modulation(mapping, stands, amount);
                state.added[k].go(by, state.smooth[k]);
                state.modulated = true;
            }
        }
    }
}

/// What a host's modulation adds to a control over the piece, put to what wires add.
pub fn add_modulation(state: &NodeState, k: usize, work: &mut Work, piece: Piece) {
    let added = &state.added[k];
    if !added.moving() && added.target() == 0.0 {
        return;
    }
    let adds = &mut work.adds[k][piece.from..piece.to];
    if !std::mem::replace(&mut work.added[k], true) {
        adds.fill(0.0);
    }
    for (i, x) in adds.iter_mut().enumerate() {
        *x += added.ahead(i as u32);
    }
}

/// Somebody speaks to a control's base: it goes there, fades end, and what notes said is over.
pub fn speak(state: &mut NodeState, k: usize, value: f32, beats: f64, smooth: u32) {
    leave(state, ControlIndex(k as u16), beats);
    state.bases[k].go(value, smooth);
    forget(state, k);
}

/// The base speaks: what notes said of the control is over. Level and place of a note are on top of the node's, and
/// stay.
fn forget(state: &mut NodeState, k: usize) {
    if k + 2 < state.bases.len() {
        for voice in &mut state.voices {
            voice.values[k] = None;
        }
    }
}

/// Ends a control's fade where it is.
pub fn leave(state: &mut NodeState, control: ControlIndex, beats: f64) {
    let k = usize::from(control.0);
    if let Some(fade) = state.fades[k].take() {
        state.bases[k].jump(fade.at(beats));
    }
}
