//! The nodes of a Plan over one piece: in order, graphs within the graph in steps of their own.

use super::clock::Clock;
use super::table::Table;
use super::taps::Taps;
use super::work::{Piece, Work};
use crate::message::{NodeState, Resampler, WireState};
use crate::plan::{Plan, PlanGraph, PlanNode};
use std::ops::Range;

/// The engine's parts that a node works with, borrowed apart.
pub struct Stage<'a> {
    pub plan: &'a Plan,
    pub table: &'a mut Table,
    pub wires: &'a mut [WireState],
    pub clock: &'a Clock,
    pub work: &'a mut Work,
    pub taps: &'a mut Taps,
}

impl Stage<'_> {
    /// Runs a stretch of nodes; `graphs` are those in it. (Calls itself for graphs within graphs, as deep as they
    /// are: [`crate::patch::MAX_DEPTH`].)
    pub fn run(&mut self, nodes: Range<usize>, graphs: &[PlanGraph], piece: &Piece) {
        let (mut at, mut graphs) = (nodes.start, graphs);
        while at < nodes.end {
            match graphs {
                [graph, rest @ ..] if graph.first.0 as usize == at => {
                    let (inside, after) = rest.split_at(usize::from(graph.inside));
                    self.run_graph(graph, inside, piece);
                    (at, graphs) = (graph.end.0 as usize, after);
                }
                _ => {
                    self.node(at, piece);
                    at += 1;
                }
            }
        }
    }

    /// Runs a graph within the graph over a piece of the graph it is in, in steps of its own.
    fn run_graph(&mut self, graph: &PlanGraph, inside: &[PlanGraph], piece: &Piece) {
        let (factor, block) = (i64::from(graph.oversample), i64::from(graph.block));
        let mut at = piece.local * factor;
        let end = at + piece.frames() as i64 * factor;
        while at < end {
            let to = end.min(at - at.rem_euclid(block) + block);
            let nodes = graph.first.0 as usize..graph.end.0 as usize;
            self.run(nodes, inside, &piece.faster(at, to, factor));
            at = to;
        }
    }

    /// Takes a node's signal into a graph of a higher rate: `piece` is that graph's.
    pub fn up(&mut self, node: &PlanNode, factor: u8, piece: &Piece) {
        let factor = i64::from(factor);
        let outside = piece.slower(factor, false);
        self.gather(node, &outside);
        let Some(state) = self.table.at(node.slot) else {
            return;
        };
        let NodeState {
            resamplers, out, ..
        } = state;
        for (channel, resampler) in resamplers
            .iter_mut()
            .flat_map(|both| both.iter_mut())
            .enumerate()
        {
            let (Resampler::Up(up), true) = (resampler, channel < usize::from(node.instances))
            else {
                continue;
            };
            let mut input = self.work.inputs[channel][0][outside.from..outside.to].iter();
            for i in 0..piece.frames() {
                let phase = (piece.local + i as i64).rem_euclid(factor);
                if phase == 0
                    && let Some(x) = input.next()
                {
                    up.push(*x);
                }
                out[channel][piece.from + i] = up.frame(phase as usize);
            }
        }
        state.open.advance(outside.frames() as u32);
    }

    /// Takes a node's signal out of a graph of a higher rate: `piece` is that graph's.
    pub fn down(&mut self, node: &PlanNode, factor: u8, piece: &Piece) {
        self.gather(node, piece);
        let factor = i64::from(factor);
        let outside = piece.slower(factor, true);
        let Some(state) = self.table.at(node.slot) else {
            return;
        };
        let NodeState {
            resamplers, out, ..
        } = state;
        for (channel, resampler) in resamplers
            .iter_mut()
            .flat_map(|both| both.iter_mut())
            .enumerate()
        {
            let (Resampler::Down(down), true) = (resampler, channel < usize::from(node.instances))
            else {
                continue;
            };
            let input = &self.work.inputs[channel][0][piece.from..piece.to];
            let mut output = out[channel][outside.from..outside.to].iter_mut();
            for (i, x) in input.iter().enumerate() {
                let phase = (piece.local + i as i64).rem_euclid(factor);
                down.keep(phase as usize, *x);
                if phase == factor - 1
                    && let Some(y) = output.next()
                {
                    *y = down.pull();
                }
            }
        }
        state.open.advance(piece.frames() as u32);
    }
}
