//! The shape of a kernel's code:
//!
//! ```text
//! entry:           what is constant; load state; where does each control lie, does one move?
//! head(i, state):  controls at frame i, and what hangs on them alone; stop = one moves ? i + 1 : to
//! body(i, state):  everything else for frame i; i + 1 < stop → body, i + 1 < to → head, else exit
//! exit:            store state
//! ```
//!
//! So with controls at rest `head` runs once a call, and with a moving one it runs each frame: the same
//! instructions on the same values, so it cannot be heard which.

use super::emit::{ADDRESS, Address, Emit, Kind};
use super::lower::{self, Prepared};
use crate::signal::layout::{Layout, Line};
use crate::signal::passes::{Rate, rates};
use crate::signal::{Function, GRID, Lane, Op, Sig, VoiceOut, shapes};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I8;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, MemFlagsData, Value};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use std::mem::offset_of;

/// When each operation's value, and what it prepares, is known.
fn paces(function: &Function) -> (Vec<Rate>, Vec<Rate>) {
    let values = rates(function);
    let prepared = function.ops.iter().map(|op| {
        let slow = lower::slow_operands(op);
        let slowest = slow.iter().map(|s| values[usize::from(s.0)]).max();
        slowest.unwrap_or(Rate::Constant)
    });
    let prepared = prepared.collect();
    (values, prepared)
}

/// A function while it is written.
struct Writer<'a> {
    function: &'a Function,
    rate: u32,
    paces: (Vec<Rate>, Vec<Rate>),
    values: Vec<Option<Value>>,
    prepared: Vec<Prepared>,
    /// Address and extent of each operation's line, or of the table that it reads.
    lines: Vec<Option<(Address, Line)>>,
    /// The first of the controls' lanes.
    controls: Address,
    /// Of each control that the function reads: in each lane all ones if it moves.
    moves: Vec<Option<Vec<Value>>>,
}

/// Writes a verified function with the seven parameters of an entry: state, inputs, controls, outputs, the
/// span's first frame and the one after its last, in bytes of a buffer, and the clock. For four voices state and controls are the
/// addresses of four addresses, and outputs that of [`VoiceOut`]s, one after the other; the inputs are shared.
pub fn build(
    lanes: usize,
    function: &Function,
    layout: &Layout,
    rate: u32,
    config: TargetFrontendConfig,
    code: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) {
    let mut b = FunctionBuilder::new(code, context);
    let [entry, head, body, turn, exit] = std::array::from_fn(|_| b.create_block());
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let parameters = b.block_params(entry).to_vec();
    let [state, inputs, controls, outputs, from, to, time] = parameters[..] else {
        unreachable!("the signature has seven parameters");
    };
    let count = function.ops.len();
    let mut e = Emit { b: &mut b, lanes };
    let state = bases(&mut e, state);
    let mut w = Writer {
        function,
        rate,
        paces: paces(function),
        values: vec![None; count],
        prepared: vec![Prepared::Nothing; count],
        lines: vec![None; count],
        controls: bases(&mut e, controls),
        moves: vec![None; function.controls.len()],
    };
    w.slow(&mut e, Rate::Constant, from);
    let (registers, mut first) = w.load_state(&mut e, layout, &state);
    let moving = w.find_controls(&mut e);
    first.insert(0, from);
    jump(&mut e, head, &first);

    let now = enter(&mut e, head, &first);
    let (i, states) = (now[0], &now[1..]);
    w.slow(&mut e, Rate::Control, i);
    let frame = size_of::<f32>() as i64;
    let stop = match moving {
        Some(moving) => {
            let next = e.b.ins().iadd_imm_s(i, frame);
            e.b.ins().select(moving, next, to)
        }
        None => to,
    };
    let mut arguments = vec![i];
    arguments.extend(states);
    jump(&mut e, body, &arguments);

    let now = enter(&mut e, body, &arguments);
    let (i, mut states) = (now[0], now[1..].to_vec());
    w.frame(&mut e, i, [inputs, time], &mut states, &registers);
    let here = e.b.ins().iadd(outputs, i);
    let here = each(&mut e, here, size_of::<VoiceOut>());
    for (k, sig) in function.outputs.iter().enumerate() {
        let address = e.further(&here, k * size_of::<[f32; GRID]>());
        e.store(w.value(*sig), &address);
    }
    let next = e.b.ins().iadd_imm_s(i, frame);
    let mut arguments = vec![next];
    arguments.extend(&states);
    let again = blocks(&arguments);
    let more = e.b.ins().icmp(IntCC::UnsignedLessThan, next, stop);
    e.b.ins().brif(more, body, &again, turn, &[]);

    e.b.switch_to_block(turn);
    if moving.is_some() {
        let more = e.b.ins().icmp(IntCC::UnsignedLessThan, next, to);
        e.b.ins().brif(more, head, &again, exit, &[]);
    } else {
        e.b.ins().jump(exit, &[]);
    }

    e.b.switch_to_block(exit);
    for (&(word, _), value) in registers.iter().zip(states) {
        let address = e.further(&state, word * size_of::<u32>());
        e.store(value, &address);
    }
    e.b.ins().return_(&[]);
    b.seal_all_blocks();
    b.finalize(config);
}

/// The address in each lane: the one there is, or those that lie there.
fn bases(e: &mut Emit<'_, '_>, at: Value) -> Address {
    if e.lanes == 1 {
        return Address(vec![at]);
    }
    let places = each(e, at, size_of::<usize>()).0.into_iter();
    let bases = places.map(|a| e.b.ins().load(ADDRESS, MemFlagsData::trusted(), a, 0));
    Address(bases.collect())
}

/// A frame of one of several buffers.
fn at_frame(e: &mut Emit<'_, '_>, buffers: Value, n: usize, i: Value) -> Value {
    let at = e.b.ins().iadd(buffers, i);
    let at = e.further(&Address(vec![at]), n * size_of::<[f32; GRID]>());
    e.load(Kind::Real, &at)
}

/// An address for each lane, so many bytes apart.
fn each(e: &mut Emit<'_, '_>, first: Value, apart: usize) -> Address {
    let places = (0..e.lanes).map(|n| e.b.ins().iadd_imm_s(first, (n * apart) as i64));
    Address(places.collect())
}

fn blocks(values: &[Value]) -> Vec<BlockArg> {
    values.iter().map(|v| BlockArg::from(*v)).collect()
}

fn jump(e: &mut Emit<'_, '_>, block: ir::Block, values: &[Value]) {
    let arguments = blocks(values);
    e.b.ins().jump(block, &arguments);
}

/// Goes on in a block, with parameters for values like these.
fn enter(e: &mut Emit<'_, '_>, block: ir::Block, like: &[Value]) -> Vec<Value> {
    for value in like {
        let ty = e.b.func.dfg.value_type(*value);
        e.b.append_block_param(block, ty);
    }
    e.b.switch_to_block(block);
    e.b.block_params(block).to_vec()
}

impl Writer<'_> {
    /// The value of an operation that has been written: operands come first in a verified function, and every pace
    /// is written before the next.
    fn value(&self, sig: Sig) -> Value {
        self.values[sig.0 as usize].expect("operands are written before their use")
    }

    /// Writes what has this pace, all but the frame's.
    fn slow(&mut self, e: &mut Emit<'_, '_>, pace: Rate, i: Value) {
        for (k, op) in self.function.ops.iter().enumerate() {
            if self.paces.0[k] == pace {
                self.values[k] = Some(match *op {
                    Op::Control(c) => self.control(e, c, i),
                    _ => self.pure(e, op),
                });
            }
            self.prepare(e, k, pace);
        }
    }

    fn pure(&self, e: &mut Emit<'_, '_>, op: &Op) -> Value {
        lower::pure(e, op, self.rate, |s| self.value(s))
            .expect("what is slower than frames is pure")
    }

    fn prepare(&mut self, e: &mut Emit<'_, '_>, k: usize, pace: Rate) {
        if self.paces.1[k] == pace {
            let op = &self.function.ops[k];
            self.prepared[k] = lower::prepare(e, op, self.rate, |s| self.value(s));
        }
    }

    /// Writes all that runs each frame.
    fn frame(
        &mut self,
        e: &mut Emit<'_, '_>,
        i: Value,
        [inputs, time]: [Value; 2],
        states: &mut [Value],
        registers: &[(usize, usize)],
    ) {
        for (k, op) in self.function.ops.iter().enumerate() {
            if self.paces.0[k] != Rate::Frame {
                continue;
            }
            self.prepare(e, k, Rate::Frame);
            op.each_operand(|sig| {
                let value = &mut self.values[usize::from(sig.0)];
                *value = value.map(|value| e.anew(value));
            });
            let value = match *op {
                Op::Input(n) => at_frame(e, inputs, usize::from(n), i),
                Op::Time(kind) => at_frame(e, time, kind.index(), i),
                _ if op.is_pure() => self.pure(e, op),
                _ => {
                    let first = registers.partition_point(|r| r.1 < k);
                    let own = &mut states[first..first + lower::registers(op).len()];
                    let prepared = self.prepared[k].map(|value| e.anew(value));
                    let line = self.lines[k].as_ref().map(|(at, line)| (at, *line));
                    lower::frame(e, op, prepared, own, line, |s| self.value(s))
                        .expect("every operation with state has a lowering")
                }
            };
            if let Op::Feed(last, next, _) = *op {
                // The loop's state is that of its beginning.
                let first = registers.partition_point(|r| r.1 < usize::from(last.0));
                states[first] = self.value(next);
            }
            self.values[k] = Some(value);
        }
    }

    /// Loads what is kept in registers: word and operation of each, and the values.
    fn load_state(
        &mut self,
        e: &mut Emit<'_, '_>,
        layout: &Layout,
        state: &Address,
    ) -> (Vec<(usize, usize)>, Vec<Value>) {
        let (mut registers, mut values) = (Vec::new(), Vec::new());
        for (k, op) in self.function.ops.iter().enumerate() {
            let place = layout.places[k] as usize;
            let own = values.len();
            for (n, kind) in lower::registers(op).iter().enumerate() {
                let address = e.further(state, (place + n) * size_of::<u32>());
                registers.push((place + n, k));
                values.push(e.load(*kind, &address));
            }
            if let Some(line) = layout.lines[k] {
                let address = e.further(state, (place + line.first) * size_of::<u32>());
                self.lines[k] = Some((address, line));
                // What goes around in its line keeps its place as its first word.
                if line.first > 0 {
                    values[own] = shapes::at_home(e, values[own], line.length);
                }
            }
            self.lines[k] = self.lines[k].take().or(lower::table(e, self.function, op));
        }
        (registers, values)
    }

    /// Finds out which of the controls that the function reads move; whether one does, if there are any.
    fn find_controls(&mut self, e: &mut Emit<'_, '_>) -> Option<Value> {
        let mut any: Option<Value> = None;
        for op in &self.function.ops {
            let Op::Control(c) = *op else { continue };
            let moves = &mut self.moves[usize::from(c)];
            if moves.is_some() {
                continue;
            }
            let flag = in_lane(c, offset_of!(Lane, moving));
            let flags = self.controls.0.iter().map(|lanes| {
                let flags = MemFlagsData::trusted();
                let flag = e.b.ins().load(I8, flags, *lanes, flag);
                any = Some(any.map_or(flag, |any| e.b.ins().bor(any, flag)));
                e.b.ins().bmask(ADDRESS, flag)
            });
            *moves = Some(flags.collect());
        }
        any
    }

    /// The value of a control at byte `i` of its frames, or its one value.
    fn control(&self, e: &mut Emit<'_, '_>, c: u16, i: Value) -> Value {
        let value = offset_of!(Lane, value);
        let frames = offset_of!(Lane, frames) as i64 - value as i64;
        let frame = e.b.ins().iadd_imm_s(i, frames);
        let moves = self.moves[usize::from(c)].as_ref();
        let moves = moves.expect("every control was found");
        let addresses = self.controls.0.iter().zip(moves).map(|(lanes, moves)| {
            let offset = e.b.ins().band(frame, *moves);
            let at = e.b.ins().iadd(*lanes, offset);
            e.b.ins().iadd_imm_s(at, i64::from(in_lane(c, value)))
        });
        let addresses = Address(addresses.collect());
        e.load(Kind::Real, &addresses)
    }
}

/// How far behind the first lane something of a control's lane lies.
fn in_lane(c: u16, field: usize) -> i32 {
    (usize::from(c) * size_of::<Lane>() + field) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Builder, Control};

    #[test]
    fn what_hangs_on_controls_alone_is_not_computed_each_frame() {
        let mut b = Builder::new();
        let freq = Control::new("freq", 1.0, 0.0, 2.0);
        let freq = b.control(freq).unwrap();
        let two = b.constant(2.0).unwrap();
        let higher = b.add(Op::Mul(freq, two)).unwrap();
        let slow = b.add(Op::Sine(two)).unwrap();
        let cutoff = b.add(Op::Mul(slow, freq)).unwrap();
        let saw = b.add(Op::Saw(higher)).unwrap();
        let out = b.add(Op::Lowpass(saw, cutoff, two)).unwrap();
        let (values, prepared) = paces(&b.finish(vec![out]));
        let at = |s: Sig| (values[s.0 as usize], prepared[s.0 as usize]);
        assert_eq!(at(two).0, Rate::Constant);
        assert_eq!(at(higher).0, Rate::Control);
        assert_eq!(at(slow), (Rate::Frame, Rate::Constant));
        assert_eq!(at(saw), (Rate::Frame, Rate::Control));
        assert_eq!(at(out), (Rate::Frame, Rate::Frame));
    }
}
