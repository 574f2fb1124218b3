//! Code in stages, and what it may be given at once: a span in which no gate turns and no line begins anew. Real-time
//! safe.

use super::code::Code;
use super::schedule::Schedule;
use crate::signal::layout::Layout;
use crate::signal::{Io, Lane};

/// A line that goes round, by the word of the state that says where it is.
struct Round {
    place: usize,
    length: usize,
}

/// Code in stages.
pub struct Staged {
    code: Box<Code>,
    /// The controls whose rise and fall must not lie inside a span.
    gates: Box<[u16]>,
    rounds: Box<[Round]>,
}

impl Staged {
    /// Code that was built by a schedule.
    pub fn new(code: Code, schedule: Schedule, layout: &Layout) -> Staged {
        let rounds = schedule.lines.iter().filter_map(|&k| {
            Some(Round {
                place: layout.places[k] as usize,
                length: layout.lines[k]?.length as usize,
            })
        });
        Staged {
            code: Box::new(code),
            gates: schedule.gates.into(),
            rounds: rounds.collect(),
        }
    }

    /// Code that takes any span.
    pub fn whole(code: Code) -> Staged {
        Staged {
            code: Box::new(code),
            gates: Box::default(),
            rounds: Box::default(),
        }
    }

    /// Runs a span of one voice. Asks of the caller what [`Code::run`] does.
    #[inline]
    pub fn run(&self, state: &mut [u32], io: Io<'_>) {
        if self.gates.is_empty() && self.rounds.is_empty() {
            self.code.run(state, io);
        } else {
            self.run_in_parts(state, io);
        }
    }

    fn run_in_parts(&self, state: &mut [u32], io: Io<'_>) {
        let mut from = io.from;
        while from < io.to {
            let to = self.end(state, io.controls, from, io.to);
            self.code.run(
                state,
                Io {
                    from,
                    to,
                    inputs: io.inputs,
                    controls: io.controls,
                    outputs: &mut *io.outputs,
                    scratch: &mut *io.scratch,
                },
            );
            from = to;
        }
    }

    /// How far the code may go from a frame on.
    fn end(&self, state: &[u32], controls: &[Lane], from: usize, to: usize) -> usize {
        let mut end = to;
        for round in &self.rounds {
            // A place outside of the line counts as its first (`shapes::at_home`).
            let place = Some(state[round.place] as usize).filter(|place| *place < round.length);
            end = end.min(from + round.length - place.unwrap_or(0));
        }
        let is_high = |lane: &Lane, i: usize| lane.frames[i] >= 0.5;
        for gate in &self.gates {
            let lane = &controls[usize::from(*gate)];
            if lane.moving {
                let turned = |i: &usize| is_high(lane, *i) != is_high(lane, from);
                end = (from + 1..end).find(turned).unwrap_or(end);
            }
        }
        end
    }
}
