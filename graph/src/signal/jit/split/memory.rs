//! What goes from one stage to another, and where a loop finds what it reads: buffers on the stack, inputs, controls.

use super::super::emit::{ADDRESS, four_of};
use super::super::lower::Prepared;
use super::super::schedule::{self, Home};
use super::{FOUR, STEP, Writer, arguments, buffer_of, inside, lane, real, wide};
use crate::signal::{Op, Sig};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::types::{I8, I32};
use cranelift_codegen::ir::{self, InstBuilder, Value, ValueDef};
use cranelift_frontend::FunctionBuilder;

impl Writer<'_> {
    /// A control's value at a frame.
    pub(super) fn control_at(&self, b: &mut FunctionBuilder<'_>, c: u16, i: Value) -> Value {
        let [frames, value, moves] = lane(c);
        let at = b.ins().iadd(self.controls, i);
        let moving = b.ins().load(ir::types::F32, inside(), at, frames);
        let still = b.ins().load(ir::types::F32, inside(), self.controls, value);
        let moves = b.ins().load(I8, inside(), self.controls, moves);
        b.ins().select(moves, moving, still)
    }

    /// A control's values at four frames.
    fn control_at_four(&mut self, b: &mut FunctionBuilder<'_>, c: u16, i: Value) -> Value {
        let [frames, value, moves] = lane(c);
        let [mask, still] = match self.stills[usize::from(c)] {
            Some(known) => known,
            None => {
                let mut at = self.before_loops(b);
                let still = at
                    .ins()
                    .load(ir::types::F32, inside(), self.controls, value);
                let moves = at.ins().load(I8, inside(), self.controls, moves);
                let mask = at.ins().bmask(I32, moves);
                *self.stills[usize::from(c)].insert([mask, still])
            }
        };
        let [mask, still] = [mask, still].map(|value| self.four_times(b, value));
        let at = b.ins().iadd(self.controls, i);
        let moving = b.ins().load(ir::types::F32X4, inside(), at, frames);
        wide(b).select(mask, moving, still)
    }

    /// Loads what an operation of this stage needs from elsewhere, or finds it here.
    pub(super) fn fetch(
        &mut self,
        b: &mut FunctionBuilder<'_>,
        sig: Sig,
        stage: usize,
        i: Value,
    ) -> Value {
        let k = usize::from(sig.0);
        let is_wide = schedule::is_wide(stage);
        if let Some(value) = self.here[k] {
            return value;
        }
        let value = match (self.schedule.values[k], self.function.ops[k]) {
            (Home::Once, Op::Const(bits)) if is_wide => wide(b).real(f32::from_bits(bits)),
            (Home::Once, _) => {
                let known = self.once[k].expect("what is known once comes first");
                if is_wide {
                    self.four_times(b, known)
                } else {
                    known
                }
            }
            (Home::Memory, op @ (Op::Input(_) | Op::Time(_))) => {
                let (base, n) = match op {
                    Op::Time(kind) => (self.time, kind.index()),
                    Op::Input(n) => (self.inputs, usize::from(n)),
                    _ => unreachable!("these two"),
                };
                let buffer = buffer_of(n);
                let at = b.ins().iadd(base, i);
                b.ins().load(real(is_wide), inside(), at, buffer)
            }
            (Home::Memory, Op::Control(c)) if is_wide => self.control_at_four(b, c, i),
            (Home::Memory, Op::Control(c)) => self.control_at(b, c, i),
            (Home::Memory, _) => {
                let (base, offset) = self.called[k].expect("it was called for");
                let at = b.ins().iadd(base, i);
                b.ins().load(real(is_wide), inside(), at, offset)
            }
            (Home::Stage(_), _) => self.load(b, (k, 0), is_wide),
        };
        self.here[k] = Some(value);
        value
    }

    /// What an operation prepares, in this stage.
    pub(super) fn prepared(
        &mut self,
        b: &mut FunctionBuilder<'_>,
        k: usize,
        stage: usize,
    ) -> Prepared {
        let is_wide = schedule::is_wide(stage);
        if let Some(prepared) = self.prepared_here[k] {
            return prepared;
        }
        if self.schedule.prepared[k] == Home::Once {
            let once = self.prepared_once[k];
            if !is_wide {
                return once;
            }
            let prepared = once.map(|value| self.four_times(b, value));
            self.prepared_here[k] = Some(prepared);
            return prepared;
        }
        // Its form is that of what another stage prepared; the values are loaded.
        let mut n = 0;
        let form = self.prepared_once[k];
        form.map(|_| {
            n += 1;
            self.load(b, (k, n), is_wide)
        })
    }

    /// What is known before a wide loop, in that loop.
    pub(super) fn four_times(&mut self, b: &mut FunctionBuilder<'_>, value: Value) -> Value {
        if wide(b).known_bits(value).is_some() {
            return wide(b).spread(value);
        }
        let ty = four_of(b.func.dfg.value_type(value));
        let offset = match self.spread.get(&value) {
            Some(offset) => *offset,
            None => self.spread(b, value),
        };
        let here = self.here_spreads.expect("a loop is being written");
        b.ins().load(ty, inside(), here, offset)
    }

    /// Has a value written into memory four times, as soon as it is known; gives the place.
    fn spread(&mut self, b: &mut FunctionBuilder<'_>, value: Value) -> i32 {
        let ty = four_of(b.func.dfg.value_type(value));
        let offset = (self.spread.len() * FOUR as usize) as i32;
        let at = FuncCursor::new(b.func);
        let mut at = match at.func.dfg.value_def(value) {
            ValueDef::Result(inst, _) => at.after_inst(inst),
            ValueDef::Param(block, _) => at.at_first_insertion_point(block),
            ValueDef::Union(..) => unreachable!("nothing has been optimised"),
        };
        let four = at.ins().splat(ty, value);
        at.ins().stack_store(ADDRESS, four, self.spreads, offset);
        self.spread.insert(value, offset);
        offset
    }

    /// Behind all that is known once a call, before the way into the first loop.
    fn before_loops<'f>(&self, b: &'f mut FunctionBuilder<'_>) -> FuncCursor<'f> {
        let last = b.func.layout.last_inst(self.entry);
        FuncCursor::new(b.func).at_inst(last.expect("a loop follows it"))
    }

    pub(super) fn load(
        &self,
        b: &mut FunctionBuilder<'_>,
        key: (usize, usize),
        is_wide: bool,
    ) -> Value {
        let (offset, ty) = self.buffers[&key];
        let ty = if is_wide { four_of(ty) } else { ty };
        let here = self.here_stack.expect("a loop is being written");
        b.ins().load(ty, inside(), here, offset)
    }

    /// Where a buffer lies on the stack: made where there is none yet.
    pub(super) fn buffer(&mut self, key: (usize, usize), ty: ir::Type) -> i32 {
        let next = (self.buffers.len() as u32 * STEP) as i32;
        self.buffers.entry(key).or_insert((next, ty)).0
    }

    /// Leaves a value for another stage.
    pub(super) fn hand_over(
        &mut self,
        b: &mut FunctionBuilder<'_>,
        key: (usize, usize),
        value: Value,
    ) {
        let ty = b.func.dfg.value_type(value).lane_type();
        let offset = self.buffer(key, ty);
        let here = self.here_stack.expect("a loop is being written");
        b.ins().store(inside(), value, here, offset);
    }

    /// Notes a value of this stage, and leaves it for others.
    pub(super) fn done(&mut self, b: &mut FunctionBuilder<'_>, k: usize, value: Value) {
        self.here[k] = Some(value);
        if self.schedule.handed[k].value {
            self.hand_over(b, (k, 0), value);
        }
    }

    /// The outputs that a stage computes: the value, and where its buffer lies.
    pub(super) fn given_by(&self, stage: usize) -> Vec<(Value, i32)> {
        let outputs = self.function.outputs.iter().enumerate();
        let mine =
            outputs.filter(|(_, s)| self.schedule.values[usize::from(s.0)] == Home::Stage(stage));
        mine.map(|(n, sig)| {
            let value = self.here[usize::from(sig.0)].expect("outputs were computed");
            (value, buffer_of(n))
        })
        .collect()
    }

    /// Goes into a loop with these values at first, of which the first is the place; gives its block and its parameters.
    pub(super) fn enter_loop(
        &mut self,
        b: &mut FunctionBuilder<'_>,
        first: &[Value],
    ) -> (ir::Block, Vec<Value>) {
        let block = b.create_block();
        for value in first {
            let ty = b.func.dfg.value_type(*value);
            b.append_block_param(block, ty);
        }
        b.ins().jump(block, &arguments(first));
        b.switch_to_block(block);
        let now = b.block_params(block).to_vec();
        self.here_spreads = Some(b.ins().stack_addr(ADDRESS, self.spreads, 0));
        let stack = b.ins().stack_addr(ADDRESS, self.stack, 0);
        self.here_stack = Some(b.ins().iadd(stack, now[0]));
        (block, now)
    }
}
