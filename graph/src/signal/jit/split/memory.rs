//! What goes from one stage to another, and where a loop finds what it reads: buffers on the stack, inputs, controls.

use super::super::emit::ADDRESS;
use super::super::lower::Prepared;
use super::super::schedule::{self, Home};
use super::{FOUR, STEP, Writer, arguments, buffer_of, inside, real, wide};
use crate::signal::{Op, Sig};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::types::I32;
use cranelift_codegen::ir::{self, InstBuilder, Value};
use cranelift_frontend::FunctionBuilder;

impl Writer<'_> {
    /// A control's value at a frame.
    pub(super) fn control_at(&self, b: &mut FunctionBuilder<'_>, c: u16, i: Value) -> Value {
        let place = self.controls[usize::from(c)].expect("controls come before their use");
        let at = b.ins().iadd(place.frames, i);
        let moving = b.ins().load(ir::types::F32, inside(), at, 0);
        b.ins().select(place.moves, moving, place.value)
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
            (Home::Memory, Op::Control(c)) if is_wide => {
                let place = self.controls[usize::from(c)].expect("controls come first");
                let at = b.ins().iadd(place.frames, i);
                let moving = b.ins().load(ir::types::F32X4, inside(), at, 0);
                let mask = b.ins().bmask(I32, place.moves);
                let mut e = wide(b);
                let (mask, still) = (e.spread(mask), e.spread(place.value));
                e.select(mask, moving, still)
            }
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
        let ty = b.func.dfg.value_type(value);
        let ty = ty.by(4).expect("there are vectors of four");
        if !self.spread.contains_key(&value) {
            // Before the way into the first loop.
            let last = b.func.layout.last_inst(self.entry);
            let last = last.expect("a loop follows it");
            self.spread_at(FuncCursor::new(b.func).at_inst(last), value);
        }
        let here = self.here_spreads.expect("a loop is being written");
        b.ins().load(ty, inside(), here, self.spread[&value])
    }

    /// Writes a value into memory four times.
    pub(super) fn spread_at(&mut self, mut at: FuncCursor<'_>, value: Value) {
        let ty = at.func.dfg.value_type(value);
        let ty = ty.by(4).expect("there are vectors of four");
        let offset = (self.spread.len() * FOUR as usize) as i32;
        let four = at.ins().splat(ty, value);
        at.ins().stack_store(ADDRESS, four, self.spreads, offset);
        self.spread.insert(value, offset);
    }

    pub(super) fn load(
        &self,
        b: &mut FunctionBuilder<'_>,
        key: (usize, usize),
        is_wide: bool,
    ) -> Value {
        let (offset, ty) = self.buffers[&key];
        let ty = if is_wide {
            ty.by(4).expect("there are vectors of four")
        } else {
            ty
        };
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
