//! Recursions: frame by frame, with the state in registers.

use super::super::lower::{self};
use super::super::schedule::{Home, Way};
use super::{FRAME, LOW_PASS, Writer, inside, leave_loop, narrow};
use crate::signal::{Op, Sig};
use cranelift_codegen::ir::InstBuilder;
use cranelift_frontend::FunctionBuilder;
use std::ops::Range;

impl Writer<'_> {
    /// A loop from frame to frame.
    pub(super) fn recursion(&mut self, b: &mut FunctionBuilder<'_>, stage: usize) {
        self.begin(b, stage);
        let function = self.function;
        let mine: Vec<usize> = (0..function.ops.len())
            .filter(|k| self.schedule.states[*k] == Home::Stage(stage))
            .collect();
        if mine.is_empty() {
            return;
        }
        let mut first = vec![self.span.from];
        for &k in &mine {
            let carried = &self.registers[k][self.carried(k)];
            first.extend(carried.iter().map(|r| r.value));
        }
        let (block, now) = self.enter_loop(b, &first);
        let i = now[0];
        let mut next = vec![i];
        for &k in &mine {
            let op = &function.ops[k];
            if let Op::Comb(_, _, damp, _) = *op
                && self.schedule.ways[k] == Way::Comb
            {
                let damp = self.fetch(b, damp, stage, i);
                let fresh = self.load(b, (k, LOW_PASS), false);
                let store = lower::comb_store(&mut narrow(b), damp, [fresh, now[next.len()]]);
                self.hand_over(b, (k, LOW_PASS), store);
                next.push(store);
                continue;
            }
            for sig in lower::fast_operands(op) {
                self.fetch(b, sig, stage, i);
            }
            let prepared = self.prepared(b, k, stage);
            let here = &self.here;
            let of = |s: Sig| here[usize::from(s.0)].expect("operands were fetched");
            let value = if self.schedule.ways[k] == Way::Recursion {
                let own = next.len()..next.len() + self.registers[k].len();
                let mut state = now[own].to_vec();
                let line = self.lines[k].as_ref().map(|(at, line)| (at, *line));
                let value = lower::frame(&mut narrow(b), op, prepared, &mut state, line, of);
                next.extend(state);
                value
            } else {
                lower::pure(&mut narrow(b), op, self.rate, of)
            };
            self.done(b, k, value.expect("every operation has a lowering"));
        }
        for (value, buffer) in self.given_by(stage) {
            let at = b.ins().iadd(self.outputs, i);
            b.ins().store(inside(), value, at, buffer);
        }
        next[0] = b.ins().iadd_imm_s(i, FRAME);
        leave_loop(b, block, &next, self.span.to);
        let mut values = next[1..].iter();
        for &k in &mine {
            let carried = self.carried(k);
            for (register, value) in self.registers[k][carried].iter_mut().zip(&mut values) {
                register.value = *value;
            }
        }
    }

    /// The registers of an operation that go from frame to frame.
    pub(super) fn carried(&self, k: usize) -> Range<usize> {
        match self.schedule.ways[k] {
            Way::Recursion => 0..self.registers[k].len(),
            Way::Strided if self.schedule.prepared[k] != Home::Once => 0..self.registers[k].len(),
            // All but its place.
            Way::Comb => 1..self.registers[k].len(),
            _ => 0..0,
        }
    }
}
