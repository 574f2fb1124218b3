//! Code in stages, and what it may be given at once: a span in which no gate turns, and lines that do not begin anew in
//! it. Real-time safe.

use super::code::Code;
use super::schedule::Schedule;
use crate::signal::layout::Layout;
use crate::signal::{Io, Lane};

/// A line that goes round. Where its end lies inside a span its beginning is copied behind it before, and back after.
struct Round {
    /// The word of the state that says where it is.
    place: usize,
    /// Its first word.
    first: usize,
    length: usize,
}

impl Round {
    /// Before a span of so many frames.
    fn open(&self, state: &mut [u32], frames: usize) {
        // A place outside of the line counts as its first (`shapes::at_home`).
        let place = Some(state[self.place] as usize).filter(|place| *place < self.length);
        let over = (place.unwrap_or(0) + frames).saturating_sub(self.length);
        if over == 0 {
            return;
        }
        state.copy_within(self.first..self.first + over, self.first + self.length);
    }

    /// After it: the place is below the number of frames only if the span went over the end, and by so many.
    fn close(&self, state: &mut [u32], frames: usize) {
        let over = state[self.place] as usize;
        if over >= frames {
            return;
        }
        let behind = self.first + self.length;
        let behind = behind..behind + over;
        state.copy_within(behind.clone(), self.first);
        state[behind].fill(0);
    }
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
            let (place, line) = (layout.places[k] as usize, layout.lines[k]?);
            Some(Round {
                place,
                first: place + line.first,
                length: line.length as usize,
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
            let to = self.end(io.controls, from, io.to);
            self.rounds.iter().for_each(|r| r.open(state, to - from));
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
            self.rounds.iter().for_each(|r| r.close(state, to - from));
            from = to;
        }
    }

    /// How far the code may go from a frame on.
    fn end(&self, controls: &[Lane], from: usize, to: usize) -> usize {
        let mut end = to;
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
