//! Nodes that are done: what their endings free falls silent, and what is to take its place opens.
//!
//! A unit generator may be done at any frame; what that does begins with the next step of the ring (at most 64 frames
//! later), a place that hangs on no block. The control thread is told and sends a Plan without what is gone: nothing
//! audible is left for that to do.

use super::stage::Stage;
use super::work::Piece;
use super::{Engine, FADE_MS};
use crate::plan::{Plan, PlanNode};
use crate::signal::GRID;
use std::sync::Arc;

impl Engine {
    /// Ends what has been done since the last step of the ring, if one begins here.
    pub(super) fn end_what_is_done(&mut self) {
        if !self.work.done || self.frame.rem_euclid(GRID as i64) != 0 {
            return;
        }
        self.work.done = false;
        let Some(plan) = self.plan.as_ref().map(Arc::clone) else {
            return;
        };
        for node in &plan.nodes {
            let state = self.table.at(node.slot);
            if state.is_some_and(|s| std::mem::take(&mut s.done) && !s.ended) {
                self.end_node(&plan, node);
            }
        }
    }

    /// Whatever a new Plan says of levels, what has ended stays ended.
    pub(super) fn keep_ended(&mut self, plan: &Plan) {
        for node in &plan.nodes {
            let state = self.table.get(node.slot);
            if node.ending.is_some() && !node.leaving && state.is_some_and(|s| s.ended) {
                self.end_node(plan, node);
            }
        }
    }

    fn end_node(&mut self, plan: &Plan, node: &PlanNode) {
        let Some(ending) = &node.ending else { return };
        let fade = self.setup.rate * FADE_MS / 1000;
        for index in &ending.closes {
            let node = &plan.nodes[index.0 as usize];
            if let Some(state) = self.table.wake(node.slot) {
                state.ended = true;
                state.open.go(0.0, fade * node.factor);
            }
        }
        for (slot, level, factor) in &ending.opens {
            let wire = &mut self.wires[slot.0 as usize];
            wire.level.go(*level, fade * factor);
        }
    }
}

impl Stage<'_> {
    /// Whether a node has ended and faded: then nothing of it runs.
    pub fn is_over(&mut self, node: &PlanNode, piece: &Piece) -> bool {
        let Some(state) = self.table.at(node.slot) else {
            return true;
        };
        let over = state.ended && !state.open.moving();
        if over {
            for channel in state.out.iter_mut() {
                channel[piece.from..piece.to].fill(0.0);
            }
        }
        over
    }
}
