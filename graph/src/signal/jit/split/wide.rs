//! Wide stages: four frames at a time.

use super::super::lower::{self};
use super::super::schedule::{Home, Way};
use super::{FOUR, LOW_PASS, Writer, inside, leave_loop, narrow, wide};
use crate::signal::{Op, Sig};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I32;
use cranelift_codegen::ir::{self, InstBuilder, Value};
use cranelift_frontend::FunctionBuilder;

impl Writer<'_> {
    /// Writes what an operation prepares in this stage.
    fn prepare(&mut self, b: &mut FunctionBuilder<'_>, k: usize, stage: usize, i: Value) {
        if self.schedule.prepared[k] != Home::Stage(stage) {
            return;
        }
        let op = &self.function.ops[k];
        for sig in lower::slow_operands(op) {
            self.fetch(b, sig, stage, i);
        }
        let here = &self.here;
        let of = |s: Sig| here[usize::from(s.0)].expect("operands were fetched");
        let prepared = lower::prepare(&mut wide(b), op, self.rate, of);
        self.prepared_here[k] = Some(prepared);
        if self.schedule.handed[k].prepared {
            self.prepared_once[k] = prepared;
            let mut n = 0;
            prepared.map(|value| {
                n += 1;
                self.hand_over(b, (k, n), value);
                value
            });
        }
    }

    /// A loop over fours of frames.
    pub(super) fn wide_stage(&mut self, b: &mut FunctionBuilder<'_>, stage: usize) {
        self.begin(b, stage);
        let function = self.function;
        let mine: Vec<usize> = (0..function.ops.len())
            .filter(|k| self.schedule.values[*k] == Home::Stage(stage))
            .collect();
        // What goes on from four frames to the next: registers in lanes, sums, envelopes' counts.
        let mut first = vec![self.span.first];
        let mut advances: Vec<Option<Value>> = vec![None];
        // Sums: the operation, its register, where it goes on.
        let mut moving: Vec<(usize, usize, usize)> = Vec::new();
        for &k in &mine {
            match self.schedule.ways[k] {
                Way::Strided if self.schedule.prepared[k] == Home::Once => {
                    let strides = lower::strides(&mut narrow(b), self.prepared_once[k]);
                    for (register, stride) in self.registers[k].clone().into_iter().zip(strides) {
                        let all = b.ins().imul(stride, self.span.frames);
                        let after = b.ins().iadd(register.value, all);
                        self.store(b, register.word, after);
                        let skipped = b.ins().imul(stride, self.span.skipped);
                        let start = b.ins().isub(register.value, skipped);
                        let four = b.ins().imul_imm_s(stride, 4);
                        first.push(wide(b).ramp(start, stride));
                        advances.push(Some(four));
                    }
                }
                Way::Strided => {
                    for (n, register) in self.registers[k].iter().enumerate() {
                        moving.push((k, n, first.len()));
                        first.push(wide(b).spread(register.value));
                        advances.push(None);
                    }
                }
                Way::Settled => {
                    first.push(self.settled[k].expect("it has settled").count);
                    advances.push(None);
                }
                _ => {}
            }
        }
        let (block, now) = self.enter_loop(b, &first);
        let i = now[0];
        let mut next = now.clone();
        let mut at = 1;
        let mut inside = None;
        for k in 0..function.ops.len() {
            self.prepare(b, k, stage, i);
            self.comb_ends(b, k, stage, i);
            if self.schedule.values[k] != Home::Stage(stage) {
                continue;
            }
            let op = &function.ops[k];
            if self.schedule.ways[k] == Way::Comb {
                let value = self.line_value(b, k, i);
                self.done(b, k, value);
                continue;
            }
            if self.schedule.ways[k] != Way::Settled {
                for sig in lower::fast_operands(op) {
                    self.fetch(b, sig, stage, i);
                }
            }
            let prepared = self.prepared(b, k, stage);
            let value = match self.schedule.ways[k] {
                Way::Lined => {
                    let delayed = self.out_of_line(b, k, ir::types::F32X4, i);
                    let Op::Allpass(x, _) = *op else {
                        unreachable!("only all-passes do all of their work so");
                    };
                    let x = self.here[usize::from(x.0)].expect("operands were fetched");
                    let (value, back) = lower::allpass(&mut wide(b), x, delayed);
                    let line = self.rounds[k].expect("its line has a place");
                    self.given.push((back, line, 0));
                    value
                }
                Way::Pure => {
                    let here = &self.here;
                    let of = |s: Sig| here[usize::from(s.0)].expect("operands were fetched");
                    lower::pure(&mut wide(b), op, self.rate, of).expect("it is pure")
                }
                Way::Strided => {
                    let registers = self.registers[k].len();
                    let own = at..at + registers;
                    at += registers;
                    let mut state = now[own.clone()].to_vec();
                    let still = self.schedule.prepared[k] == Home::Once;
                    if !still {
                        let strides = lower::strides(&mut wide(b), prepared);
                        let inside = *inside.get_or_insert_with(|| self.is_inside(b, i));
                        for (n, stride) in own.clone().zip(strides) {
                            let stride = b.ins().band(stride, inside);
                            let (phases, sum) = wide(b).summed(now[n], stride);
                            state[n - own.start] = phases;
                            next[n] = sum;
                        }
                    }
                    let here = &self.here;
                    let of = |s: Sig| here[usize::from(s.0)].expect("operands were fetched");
                    let value = lower::frame(&mut wide(b), op, prepared, &mut state, None, of);
                    if still {
                        // Last, so that the register is the next four's.
                        for n in own {
                            let four = advances[n].expect("its stride stands still");
                            let four = self.four_times(b, four);
                            next[n] = b.ins().iadd(now[n], four);
                        }
                    }
                    value.expect("what has state has a lowering")
                }
                Way::Settled => {
                    let settled = self.settled[k].expect("it has settled");
                    let [on, start] =
                        [settled.mask, settled.start].map(|value| self.four_times(b, value));
                    let mut e = wide(b);
                    let (nought, four) = (e.real(0.0), e.real(4.0));
                    let t = lower::later(&mut e, now[at], nought);
                    next[at] = e.add(now[at], four);
                    at += 1;
                    lower::level_at(&mut e, on, prepared, t, start).expect("it is an envelope")
                }
                Way::Recursion | Way::Comb | Way::Called => {
                    unreachable!("neither is computed in a wide stage")
                }
            };
            self.done(b, k, value);
        }
        self.give_four(b, stage, i);
        next[0] = b.ins().iadd_imm_s(i, FOUR);
        leave_loop(b, block, &next, self.span.to);
        for (k, n, at) in moving {
            self.registers[k][n].value = b.ins().extractlane(next[at], 0);
        }
    }

    /// What comes out of a comb's line, in a wide stage.
    fn line_value(&mut self, b: &mut FunctionBuilder<'_>, k: usize, i: Value) -> Value {
        if let Some(value) = self.here[k] {
            return value;
        }
        let value = self.out_of_line(b, k, ir::types::F32X4, i);
        self.here[k] = Some(value);
        value
    }

    /// What goes from a comb's line into its low pass, and from there into the line, where this stage computes it.
    fn comb_ends(&mut self, b: &mut FunctionBuilder<'_>, k: usize, stage: usize, i: Value) {
        let (Some([fresh, back]), Op::Comb(x, feedback, ..)) =
            (self.schedule.combs[k], self.function.ops[k])
        else {
            return;
        };
        if fresh == Home::Stage(stage) {
            let y = self.line_value(b, k, i);
            let prepared = self.prepared(b, k, stage);
            let fresh = lower::comb_fresh(&mut wide(b), prepared, y).expect("it is prepared");
            self.hand_over(b, (k, LOW_PASS), fresh);
        }
        if back == Home::Stage(stage) {
            let store = self.load(b, (k, LOW_PASS), true);
            let operands = [x, feedback].map(|sig| self.fetch(b, sig, stage, i));
            let back = lower::comb_back(&mut wide(b), operands, store);
            let line = self.rounds[k].expect("its line has a place");
            self.given.push((back, line, 0));
        }
    }

    /// What comes out of a line that goes on behind its end.
    fn out_of_line(&self, b: &mut FunctionBuilder<'_>, k: usize, ty: ir::Type, i: Value) -> Value {
        let line = self.rounds[k].expect("its line has a place");
        let at = b.ins().iadd(line, i);
        b.ins().load(ty, inside(), at, 0)
    }

    /// All ones in the lanes of four frames that belong to the span.
    fn is_inside(&mut self, b: &mut FunctionBuilder<'_>, i: Value) -> Value {
        let [before, to] = self.span.ends.map(|word| self.four_times(b, word));
        let word = b.ins().ireduce(I32, i);
        let mut e = wide(b);
        let (first, frames) = (e.spread(word), e.byte_steps());
        let at = b.ins().iadd(first, frames);
        let begun = b.ins().icmp(IntCC::SignedGreaterThan, at, before);
        let open = b.ins().icmp(IntCC::SignedGreaterThan, to, at);
        b.ins().band(begun, open)
    }

    /// Writes four frames of the outputs and lines that this stage computes: those that belong to the span.
    fn give_four(&mut self, b: &mut FunctionBuilder<'_>, stage: usize, i: Value) {
        let mut mine = std::mem::take(&mut self.given);
        let outputs = self.given_by(stage).into_iter();
        mine.extend(outputs.map(|(value, buffer)| (value, self.outputs, buffer)));
        if mine.is_empty() {
            return;
        }
        let [whole, part, on] = std::array::from_fn(|_| b.create_block());
        // Before `from` this wraps to far beyond.
        let after = b.ins().isub(i, self.span.from);
        let all = b
            .ins()
            .icmp(IntCC::UnsignedLessThan, after, self.span.whole);
        b.set_cold_block(part);
        b.ins().brif(all, whole, &[], part, &[]);
        b.switch_to_block(whole);
        for &(value, base, buffer) in &mine {
            let at = b.ins().iadd(base, i);
            b.ins().store(inside(), value, at, buffer);
        }
        b.ins().jump(on, &[]);
        b.switch_to_block(part);
        let mask = self.is_inside(b, i);
        for &(value, base, buffer) in &mine {
            let at = b.ins().iadd(base, i);
            let there = b.ins().load(ir::types::F32X4, inside(), at, buffer);
            let mixed = wide(b).select(mask, value, there);
            b.ins().store(inside(), mixed, at, buffer);
        }
        b.ins().jump(on, &[]);
        b.switch_to_block(on);
    }
}
