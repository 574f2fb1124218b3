//! The state that a stage works on: loaded where the stage begins, stored where it ends.

use super::super::emit::{Address, Emit};
use super::super::lower::{self, Prepared};
use super::super::schedule::{Home, Way};
use super::{Register, Settled, Writer, narrow, state_address, wide};
use crate::signal::arith::Arith;
use crate::signal::layout::Line;
use crate::signal::{Op, shapes};
use cranelift_codegen::ir::types::I32;
use cranelift_codegen::ir::{InstBuilder, Value};
use cranelift_frontend::FunctionBuilder;

impl Writer<'_> {
    /// Loads the state that a stage works on, and sees where everything that goes by itself begins and ends; what it is at
    /// the end is stored at once. Only now: what is known from the beginning would stand in the way of the stages before.
    pub(super) fn begin(&mut self, b: &mut FunctionBuilder<'_>, stage: usize) {
        self.here.fill(None);
        self.prepared_here.fill(None);
        for (k, op) in self.function.ops.iter().enumerate() {
            let (way, stage) = (self.schedule.ways[k], Home::Stage(stage));
            let ends = self.schedule.combs[k].into_iter().flatten();
            let mut touched = ends.chain([self.schedule.states[k]]);
            let is_read = way == Way::Comb && self.schedule.values[k] == stage;
            if !is_read && !touched.any(|home| home == stage) {
                continue;
            }
            let first = self.layout.places[k] as usize;
            self.registers[k].clear();
            for (n, kind) in lower::registers(op).iter().enumerate() {
                let word = first + n;
                let place = state_address(b, self.state, word);
                let value = narrow(b).load(*kind, &Address(vec![place]));
                self.registers[k].push(Register { word, value });
            }
            self.lines[k] = self.line(b, k);
            match way {
                Way::Settled => self.settle(b, k, op),
                Way::Lined => self.end_line(b, k),
                // Stages before have read where it was.
                Way::Comb if self.schedule.combs[k].is_some_and(|[_, back]| back == stage) => {
                    self.end_line(b, k);
                }
                _ => {}
            }
        }
    }

    /// The line of an operation, or the table that it reads; brings its place into it.
    fn line(&mut self, b: &mut FunctionBuilder<'_>, k: usize) -> Option<(Address, Line)> {
        let op = &self.function.ops[k];
        let Some(line) = self.layout.lines[k] else {
            return lower::table(&mut narrow(b), self.function, op);
        };
        let first = self.layout.places[k] as usize + line.first;
        let address = Address(vec![state_address(b, self.state, first)]);
        // What goes around in its line keeps its place as its first word.
        if line.first > 0 {
            let place = &mut self.registers[k][0].value;
            *place = shapes::at_home(&mut narrow(b), *place, line.length);
        }
        if matches!(self.schedule.ways[k], Way::Lined | Way::Comb) {
            let begin = narrow(b).element(&address, self.registers[k][0].value).0[0];
            self.rounds[k] = Some(b.ins().isub(begin, self.span.from));
        }
        Some((address, line))
    }

    /// Stores the state that a stage worked on from frame to frame.
    pub(super) fn end(&self, b: &mut FunctionBuilder<'_>, stage: usize) {
        for k in 0..self.registers.len() {
            if self.schedule.states[k] != Home::Stage(stage) {
                continue;
            }
            for register in &self.registers[k][self.carried(k)] {
                self.store(b, register.word, register.value);
            }
        }
    }

    /// Stores a word of the state.
    pub(super) fn store(&self, b: &mut FunctionBuilder<'_>, word: usize, value: Value) {
        let place = state_address(b, self.state, word);
        narrow(b).store(value, &Address(vec![place]));
    }

    fn state_of(&self, k: usize) -> Vec<Value> {
        self.registers[k].iter().map(|r| r.value).collect()
    }

    /// Sees the gate of an envelope that does not turn in this span.
    fn settle(&mut self, b: &mut FunctionBuilder<'_>, k: usize, op: &Op) {
        let Op::Adsr { gate, .. } = *op else {
            unreachable!("only envelopes settle");
        };
        let gate = match (
            self.function.ops[usize::from(gate.0)],
            self.once[usize::from(gate.0)],
        ) {
            (_, Some(gate)) => gate,
            (Op::Control(c), None) => self.control_at(b, c, self.span.from),
            _ => unreachable!("the gate is a control or known once"),
        };
        let Prepared::Shape { attack, .. } = self.prepared_once[k] else {
            unreachable!("an envelope prepares its shape");
        };
        let mut e = narrow(b);
        let [t, start, level, high] = self.state_of(k)[..] else {
            unreachable!("an envelope has four registers");
        };
        let (on, was_on) = (lower::is_high(&mut e, gate), e.is_set(high));
        let (t, start) = lower::turn(&mut e, on, was_on, attack, [t, start, level]);
        let skipped = e.real_of_signed(self.span.skipped);
        let before = e.sub(t, skipped);
        let mask = e.b.ins().bmask(I32, on);
        let mut e = wide(b);
        let (count, frames) = (e.spread(before), e.real_steps());
        let count = e.add(count, frames);
        self.settled[k] = Some(Settled { mask, start, count });
        self.end_envelope(b, k, [on, t, start]);
    }

    /// Stores the place in a line after the span.
    fn end_line(&mut self, b: &mut FunctionBuilder<'_>, k: usize) {
        let Some((_, line)) = self.lines[k] else {
            unreachable!("it has a line");
        };
        let Register { word, value } = self.registers[k][0];
        let place = later_place(&mut narrow(b), value, self.span.frames, line.length);
        self.store(b, word, place);
    }

    /// Stores an envelope's registers after a span in which its gate did not turn: whether it is high, the count at the
    /// span's first frame, and its start.
    fn end_envelope(&mut self, b: &mut FunctionBuilder<'_>, k: usize, [on, t, start]: [Value; 3]) {
        let mut e = narrow(b);
        let frames = e.real_of_signed(self.span.frames);
        let one = e.real(1.0);
        let before = e.sub(frames, one);
        let last = lower::later(&mut e, t, before);
        let level = lower::level_at(&mut e, on, self.prepared_once[k], last, start);
        let (yes, no) = (e.word(1), e.word(0));
        let values = [
            lower::later(&mut e, t, frames),
            start,
            level.expect("it is an envelope"),
            e.select(on, yes, no),
        ];
        for (register, value) in self.registers[k].iter().zip(values) {
            self.store(b, register.word, value);
        }
    }
}

/// The place so many frames after one in a line that is at least as long.
fn later_place(e: &mut Emit<'_, '_>, at: Value, frames: Value, length: u32) -> Value {
    let later = e.word_add(at, frames);
    let (end, back) = (e.word(length), e.word(length.wrapping_neg()));
    let (inside, wrapped) = (e.is_below(later, end), e.word_add(later, back));
    e.select(inside, later, wrapped)
}
