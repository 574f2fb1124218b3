//! The code of a voice that runs in stages ([`super::schedule`]):
//!
//! ```text
//! entry:    what is known once a call
//! stage 0:  load its state; four frames at a time, results into buffers on the stack; store its state
//! stage 1:  the same for recursions, frame by frame, state in registers
//! …
//! ```
//!
//! A wide stage goes by whole fours of the grid, whatever part of them the span takes: every buffer is a grid step
//! long, so that lanes outside the span are computed in vain, but never outside memory; only results are held to the
//! span. Each lane is the arithmetic of one frame, so the bits are those of one loop, and a span may be cut anywhere.

use super::called;
use super::emit::{ADDRESS, Address, Emit, FOUR_FRAMES, Kind};
use super::lower::{self, Prepared};
use super::schedule::{self, Home, Schedule, Way};
use crate::signal::layout::{Layout, Line};
use crate::signal::{Function, GRID, Lane, Op, Sig, shapes};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I32};
use cranelift_codegen::ir::{
    self, BlockArg, InstBuilder, MemFlagsData, StackSlot, StackSlotData, StackSlotKind, Value,
};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use std::collections::HashMap;
use std::mem::offset_of;
use std::ops::Range;

/// The number of a comb's buffer: what goes into its low pass, then what comes out of it.
const LOW_PASS: usize = usize::MAX;
/// Bytes of a frame in a buffer, of four, and of a grid step.
const FRAME: i64 = size_of::<f32>() as i64;
const FOUR: i64 = 4 * FRAME;
const STEP: u32 = (GRID * size_of::<f32>()) as u32;

/// A control that may move: where its frames and its one value lie, and whether it moves.
#[derive(Clone, Copy)]
struct Place {
    frames: Value,
    value: Value,
    moves: Value,
}

/// A register of state while it is written.
#[derive(Clone, Copy)]
struct Register {
    word: usize,
    /// At its stage's beginning; when that is over, at its end.
    value: Value,
}

/// An envelope whose gate stands still: whether it is high, the count at the span's first frame, and its start.
#[derive(Clone, Copy)]
struct Settled {
    on: Value,
    t: Value,
    start: Value,
    /// The same for four frames; the count is that of the first four.
    wide: [Value; 3],
}

/// A function while it is written.
struct Writer<'a> {
    function: &'a Function,
    schedule: &'a Schedule,
    layout: &'a Layout,
    rate: u32,
    state: Value,
    /// What is known once a call, and the same four times over.
    once: Vec<Option<Value>>,
    once_wide: Vec<Option<Value>>,
    prepared_once: Vec<Prepared>,
    prepared_wide: Vec<Prepared>,
    /// In the stage that is written: values, what is prepared.
    here: Vec<Option<Value>>,
    prepared_here: Vec<Option<Prepared>>,
    /// What goes from one stage to another lies in this memory, a grid step each.
    stack: StackSlot,
    /// Where in it, by operation and number: its own value is number 0.
    buffers: HashMap<(usize, usize), (i32, ir::Type)>,
    /// The address of the frame that is computed in the first of them.
    here_stack: Option<Value>,
    registers: Vec<Vec<Register>>,
    /// Address and extent of each operation's line, or of the table that it reads.
    lines: Vec<Option<(Address, Line)>>,
    /// Where frame 0 of the grid step would lie in a line that does not begin anew inside the span.
    rounds: Vec<Option<Value>>,
    /// What the wide stage that is written leaves in memory: the value, the address of frame 0, an offset.
    given: Vec<(Value, Value, i32)>,
    settled: Vec<Option<Settled>>,
    /// Where what was called for lies: the address of frame 0, and an offset.
    called: Vec<Option<(Value, i32)>>,
    controls: Vec<Option<Place>>,
    inputs: Value,
    outputs: Value,
    time: Value,
    span: Span,
}

/// The span in bytes of a buffer and in frames.
#[derive(Clone, Copy)]
struct Span {
    from: Value,
    to: Value,
    /// The first of the four frames that `from` is one of.
    first: Value,
    /// Four frames lie wholly in the span if they begin less than so many bytes after `from`.
    whole: Value,
    /// Frames from there to `from`, and the span's length: words.
    skipped: Value,
    frames: Value,
}

/// Writes a verified function as planned, with the seven parameters of an entry (`shape::build`).
pub fn build(
    function: &Function,
    schedule: &Schedule,
    layout: &Layout,
    rate: u32,
    config: TargetFrontendConfig,
    code: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) {
    let mut b = FunctionBuilder::new(code, context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let parameters = b.block_params(entry).to_vec();
    let [state, inputs, controls, outputs, from, to, time] = parameters[..] else {
        unreachable!("the signature has seven parameters");
    };
    let first = b.ins().band_imm_s(from, -FOUR);
    let frames_between = |b: &mut FunctionBuilder<'_>, from, to| {
        let bytes = b.ins().isub(to, from);
        let frames = b.ins().ushr_imm_u(bytes, 2);
        b.ins().ireduce(I32, frames)
    };
    let bytes = b.ins().isub(to, from);
    let (beyond, none) = (
        b.ins().iadd_imm_s(bytes, 1 - FOUR),
        b.ins().iconst(ADDRESS, 0),
    );
    let has_four = b
        .ins()
        .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, bytes, FOUR);
    let span = Span {
        from,
        to,
        first,
        whole: b.ins().select(has_four, beyond, none),
        skipped: frames_between(&mut b, first, from),
        frames: frames_between(&mut b, from, to),
    };
    let count = function.ops.len();
    let mut w = Writer {
        function,
        schedule,
        layout,
        rate,
        state,
        once: vec![None; count],
        once_wide: vec![None; count],
        prepared_once: vec![Prepared::Nothing; count],
        prepared_wide: vec![Prepared::Nothing; count],
        here: vec![None; count],
        prepared_here: vec![None; count],
        stack: b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 0, 4)),
        buffers: HashMap::new(),
        here_stack: None,
        registers: vec![Vec::new(); count],
        lines: vec![None; count],
        rounds: vec![None; count],
        given: Vec::new(),
        settled: vec![None; count],
        called: vec![None; count],
        controls: vec![None; function.controls.len()],
        inputs,
        outputs,
        time,
        span,
    };
    w.enter(&mut b, controls);
    for stage in 0..schedule.stages {
        if schedule::is_wide(stage) {
            w.wide_stage(&mut b, stage);
        } else {
            w.recursion(&mut b, stage);
        }
        w.end(&mut b, stage);
    }
    let buffers = w.buffers.len() as u32;
    b.func.sized_stack_slots[w.stack].size = buffers * STEP;
    b.ins().return_(&[]);
    b.seal_all_blocks();
    b.finalize(config);
}

fn narrow<'a, 'b>(b: &'a mut FunctionBuilder<'b>) -> Emit<'a, 'b> {
    Emit { b, lanes: 1 }
}

fn wide<'a, 'b>(b: &'a mut FunctionBuilder<'b>) -> Emit<'a, 'b> {
    Emit {
        b,
        lanes: FOUR_FRAMES,
    }
}

/// What a load or store within a grid step may rely on.
fn inside() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

/// How far behind the first of several buffers one of them lies.
fn buffer_of(n: usize) -> i32 {
    (n * size_of::<[f32; GRID]>()) as i32
}

/// A number, or four.
fn real(is_wide: bool) -> ir::Type {
    if is_wide {
        ir::types::F32X4
    } else {
        ir::types::F32
    }
}

fn arguments(values: &[Value]) -> Vec<BlockArg> {
    values.iter().map(|v| BlockArg::from(*v)).collect()
}

impl Writer<'_> {
    /// What is known once a call.
    fn enter(&mut self, b: &mut FunctionBuilder<'_>, controls: Value) {
        for (k, op) in self.function.ops.iter().enumerate() {
            if let Op::Control(c) = *op {
                let lane = b
                    .ins()
                    .iadd_imm_s(controls, (usize::from(c) * size_of::<Lane>()) as i64);
                let offset = |offset: usize| offset as i32;
                let value = b.ins().load(
                    ir::types::F32,
                    MemFlagsData::trusted(),
                    lane,
                    offset(offset_of!(Lane, value)),
                );
                if self.schedule.values[k] == Home::Once {
                    self.keep(b, k, value);
                } else {
                    let flag = offset(offset_of!(Lane, moving));
                    let moves = b.ins().load(I8, MemFlagsData::trusted(), lane, flag);
                    let frames = b.ins().iadd_imm_s(lane, offset_of!(Lane, frames) as i64);
                    self.controls[usize::from(c)] = Some(Place {
                        frames,
                        value,
                        moves,
                    });
                }
            } else if self.schedule.values[k] == Home::Once {
                let value = lower::pure(&mut narrow(b), op, self.rate, |s| self.once_of(s))
                    .expect("what is known once is pure");
                self.keep(b, k, value);
            }
            if self.schedule.prepared[k] == Home::Once {
                let prepared = self.prepare_once(b, k);
                self.prepared_once[k] = prepared;
                self.prepared_wide[k] = match self.schedule.ways[k] {
                    Way::Strided | Way::Settled | Way::Comb => prepared.map(|v| wide(b).spread(v)),
                    _ => Prepared::Nothing,
                };
            }
            if self.schedule.ways[k] == Way::Called {
                self.call(b, k);
            }
        }
    }

    /// Has a sine computed for the whole span: into the outputs that it is, or else into a buffer.
    fn call(&mut self, b: &mut FunctionBuilder<'_>, k: usize) {
        let Prepared::Sine { step } = self.prepared_once[k] else {
            unreachable!("sines are what is called for");
        };
        let outputs = self.function.outputs.iter().enumerate();
        let mine = outputs.filter(|(_, sig)| usize::from(sig.0) == k);
        let mut places: Vec<(Value, i32)> =
            mine.map(|(n, _)| (self.outputs, buffer_of(n))).collect();
        if places.is_empty() {
            let offset = self.buffer((k, 0), ir::types::F32);
            places.push((b.ins().stack_addr(ADDRESS, self.stack, 0), offset));
        }
        self.called[k] = Some(places[0]);
        let word = state_address(b, self.state, self.layout.places[k] as usize);
        let phase = narrow(b).load(Kind::Word, &Address(vec![word]));
        let tone = called::sine as called::Tone as usize;
        let tone = b.ins().iconst(ADDRESS, tone as i64);
        let mut signature = ir::Signature::new(b.func.signature.call_conv);
        signature.params = [I32, I32, ADDRESS, ADDRESS].map(ir::AbiParam::new).to_vec();
        let signature = b.import_signature(signature);
        let frames = b.ins().uextend(ADDRESS, self.span.frames);
        for (base, offset) in places {
            let frame_0 = b.ins().iadd_imm_s(base, i64::from(offset));
            let to = b.ins().iadd(frame_0, self.span.from);
            b.ins()
                .call_indirect(signature, tone, &[phase, step, frames, to]);
        }
        let all = b.ins().imul(step, self.span.frames);
        let after = b.ins().iadd(phase, all);
        narrow(b).store(after, &Address(vec![word]));
    }

    /// What an operation prepares once a call: often what another one like it did, of the same operands.
    fn prepare_once(&self, b: &mut FunctionBuilder<'_>, k: usize) -> Prepared {
        let ops = &self.function.ops;
        let (op, slow) = (&ops[k], lower::slow_operands(&ops[k]));
        let kind = std::mem::discriminant(op);
        let same = |j: &usize| {
            std::mem::discriminant(&ops[*j]) == kind && lower::slow_operands(&ops[*j]) == slow
        };
        match (0..k).find(same) {
            Some(j) if !slow.is_empty() => self.prepared_once[j],
            _ => lower::prepare(&mut narrow(b), op, self.rate, |s| self.once_of(s)),
        }
    }

    /// Loads the state that a stage works on, and sees where everything that goes by itself begins. Only now: what is
    /// known from the beginning would stand in the way of the stages before.
    fn begin(&mut self, b: &mut FunctionBuilder<'_>, stage: usize) {
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
            if way == Way::Settled {
                self.settle(b, k, op);
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

    /// Stores the state that a stage worked on.
    fn end(&self, b: &mut FunctionBuilder<'_>, stage: usize) {
        for (k, registers) in self.registers.iter().enumerate() {
            let own = self.schedule.states[k] == Home::Stage(stage);
            // A comb's place goes on where its line is filled.
            let mine = match self.schedule.combs[k] {
                Some([_, back]) if back == Home::Stage(stage) => &registers[..1],
                Some(_) if own => &registers[1..],
                None if own => registers,
                _ => continue,
            };
            for register in mine {
                let place = state_address(b, self.state, register.word);
                narrow(b).store(register.value, &Address(vec![place]));
            }
        }
    }

    /// Keeps what is known once a call, for one frame and for four.
    fn keep(&mut self, b: &mut FunctionBuilder<'_>, k: usize, value: Value) {
        self.once[k] = Some(value);
        self.once_wide[k] = Some(match self.function.ops[k] {
            Op::Const(bits) => wide(b).real(f32::from_bits(bits)),
            _ => wide(b).spread(value),
        });
    }

    fn once_of(&self, sig: Sig) -> Value {
        self.once[usize::from(sig.0)].expect("operands are known before their use")
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
        self.settled[k] = Some(Settled {
            on,
            t,
            start,
            wide: [e.spread(mask), e.add(count, frames), e.spread(start)],
        });
    }

    fn state_of(&self, k: usize) -> Vec<Value> {
        self.registers[k].iter().map(|r| r.value).collect()
    }

    /// A control's value at a frame.
    fn control_at(&self, b: &mut FunctionBuilder<'_>, c: u16, i: Value) -> Value {
        let place = self.controls[usize::from(c)].expect("controls come before their use");
        let at = b.ins().iadd(place.frames, i);
        let moving = b.ins().load(ir::types::F32, inside(), at, 0);
        b.ins().select(place.moves, moving, place.value)
    }

    /// Loads what an operation of this stage needs from elsewhere, or finds it here.
    fn fetch(&mut self, b: &mut FunctionBuilder<'_>, sig: Sig, stage: usize, i: Value) -> Value {
        let k = usize::from(sig.0);
        let is_wide = schedule::is_wide(stage);
        if let Some(value) = self.here[k] {
            return value;
        }
        let value = match (self.schedule.values[k], self.function.ops[k]) {
            (Home::Once, _) => {
                let known = if is_wide { &self.once_wide } else { &self.once };
                known[k].expect("what is known once comes first")
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
    fn prepared(&mut self, b: &mut FunctionBuilder<'_>, k: usize, stage: usize) -> Prepared {
        let is_wide = schedule::is_wide(stage);
        if let Some(prepared) = self.prepared_here[k] {
            return prepared;
        }
        if self.schedule.prepared[k] == Home::Once {
            return if is_wide {
                self.prepared_wide[k]
            } else {
                self.prepared_once[k]
            };
        }
        // Its form is that of what another stage prepared; the values are loaded.
        let mut n = 0;
        let form = self.prepared_once[k];
        form.map(|_| {
            n += 1;
            self.load(b, (k, n), is_wide)
        })
    }

    fn load(&self, b: &mut FunctionBuilder<'_>, key: (usize, usize), is_wide: bool) -> Value {
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
    fn buffer(&mut self, key: (usize, usize), ty: ir::Type) -> i32 {
        let next = (self.buffers.len() as u32 * STEP) as i32;
        self.buffers.entry(key).or_insert((next, ty)).0
    }

    /// Leaves a value for another stage.
    fn hand_over(&mut self, b: &mut FunctionBuilder<'_>, key: (usize, usize), value: Value) {
        let ty = b.func.dfg.value_type(value).lane_type();
        let offset = self.buffer(key, ty);
        let here = self.here_stack.expect("a loop is being written");
        b.ins().store(inside(), value, here, offset);
    }

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

    /// Notes a value of this stage, and leaves it for others.
    fn done(&mut self, b: &mut FunctionBuilder<'_>, k: usize, value: Value) {
        self.here[k] = Some(value);
        if self.schedule.handed[k].value {
            self.hand_over(b, (k, 0), value);
        }
    }

    /// A loop over fours of frames.
    fn wide_stage(&mut self, b: &mut FunctionBuilder<'_>, stage: usize) {
        self.begin(b, stage);
        let function = self.function;
        let mine: Vec<usize> = (0..function.ops.len())
            .filter(|k| self.schedule.values[*k] == Home::Stage(stage))
            .collect();
        // What goes on from four frames to the next: registers in lanes, sums, envelopes' counts.
        let mut first = vec![self.span.first];
        let mut advances: Vec<Option<Value>> = vec![None];
        for &k in &mine {
            match self.schedule.ways[k] {
                Way::Strided if self.schedule.prepared[k] == Home::Once => {
                    let strides = lower::strides(&mut narrow(b), self.prepared_once[k]);
                    for (register, stride) in self.registers[k].clone().into_iter().zip(strides) {
                        let skipped = b.ins().imul(stride, self.span.skipped);
                        let start = b.ins().isub(register.value, skipped);
                        let four = b.ins().imul_imm_s(stride, 4);
                        let mut e = wide(b);
                        first.push(e.ramp(start, stride));
                        advances.push(Some(e.spread(four)));
                    }
                }
                Way::Strided => {
                    for register in &self.registers[k] {
                        first.push(register.value);
                        advances.push(None);
                    }
                }
                Way::Settled => {
                    first.push(self.settled[k].expect("it has settled").wide[1]);
                    advances.push(None);
                }
                _ => {}
            }
        }
        let (block, now) = self.enter_loop(b, &first);
        let i = now[0];
        let mut next = now.clone();
        let mut at = 1;
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
            op.each_operand(|sig| {
                self.fetch(b, sig, stage, i);
            });
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
                        let inside = self.is_inside(b, i);
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
                            next[n] = b.ins().iadd(now[n], four);
                        }
                    }
                    value.expect("what has state has a lowering")
                }
                Way::Settled => {
                    let settled = self.settled[k].expect("it has settled");
                    let [on, _, start] = settled.wide;
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
        // What the registers are after the span.
        for k in 0..function.ops.len() {
            let fills = |[_, back]: [Home; 2]| back == Home::Stage(stage);
            if self.schedule.combs[k].is_some_and(fills) {
                self.end_line(b, k);
            }
        }
        let mut at = 1;
        for &k in &mine {
            match self.schedule.ways[k] {
                Way::Strided if self.schedule.prepared[k] == Home::Once => {
                    let strides = lower::strides(&mut narrow(b), self.prepared_once[k]);
                    for (register, stride) in self.registers[k].iter_mut().zip(strides) {
                        let all = b.ins().imul(stride, self.span.frames);
                        register.value = b.ins().iadd(register.value, all);
                        at += 1;
                    }
                }
                Way::Strided => {
                    for register in &mut self.registers[k] {
                        register.value = next[at];
                        at += 1;
                    }
                }
                Way::Settled => {
                    self.end_envelope(b, k);
                    at += 1;
                }
                Way::Lined => self.end_line(b, k),
                Way::Pure | Way::Recursion | Way::Comb | Way::Called => {}
            }
        }
    }

    /// What comes out of a line that does not begin anew inside the span.
    fn out_of_line(&self, b: &mut FunctionBuilder<'_>, k: usize, ty: ir::Type, i: Value) -> Value {
        let line = self.rounds[k].expect("its line has a place");
        let at = b.ins().iadd(line, i);
        b.ins().load(ty, inside(), at, 0)
    }

    /// The place in such a line after the span.
    fn end_line(&mut self, b: &mut FunctionBuilder<'_>, k: usize) {
        let Some((_, line)) = self.lines[k] else {
            unreachable!("it has a line");
        };
        let place = &mut self.registers[k][0].value;
        let after = b.ins().iadd(*place, self.span.frames);
        *place = shapes::at_home(&mut narrow(b), after, line.length);
    }

    /// An envelope's registers after a span in which its gate did not turn.
    fn end_envelope(&mut self, b: &mut FunctionBuilder<'_>, k: usize) {
        let Settled { on, t, start, .. } = self.settled[k].expect("it has settled");
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
        for (register, value) in self.registers[k].iter_mut().zip(values) {
            register.value = value;
        }
    }

    /// All ones in the lanes of four frames that belong to the span.
    fn is_inside(&self, b: &mut FunctionBuilder<'_>, i: Value) -> Value {
        let frame = |b: &mut FunctionBuilder<'_>, bytes| {
            let frames = b.ins().ushr_imm_u(bytes, 2);
            b.ins().ireduce(I32, frames)
        };
        let (i, from) = (frame(b, i), frame(b, self.span.from));
        let to = frame(b, self.span.to);
        let mut e = wide(b);
        let one = e.b.ins().iconst(I32, 1);
        let (index, from, to) = (e.ramp(i, one), e.spread(from), e.spread(to));
        let begun = b.ins().icmp(IntCC::SignedGreaterThanOrEqual, index, from);
        let open = b.ins().icmp(IntCC::SignedLessThan, index, to);
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

    /// The outputs that a stage computes: the value, and where its buffer lies.
    fn given_by(&self, stage: usize) -> Vec<(Value, i32)> {
        let outputs = self.function.outputs.iter().enumerate();
        let mine =
            outputs.filter(|(_, s)| self.schedule.values[usize::from(s.0)] == Home::Stage(stage));
        mine.map(|(n, sig)| {
            let value = self.here[usize::from(sig.0)].expect("outputs were computed");
            (value, buffer_of(n))
        })
        .collect()
    }

    /// A loop from frame to frame.
    fn recursion(&mut self, b: &mut FunctionBuilder<'_>, stage: usize) {
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
            op.each_operand(|sig| {
                self.fetch(b, sig, stage, i);
            });
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
    fn carried(&self, k: usize) -> Range<usize> {
        match self.schedule.ways[k] {
            Way::Recursion => 0..self.registers[k].len(),
            // All but its place.
            Way::Comb => 1..self.registers[k].len(),
            _ => 0..0,
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

    /// Goes into a loop with these values at first, of which the first is the place; gives its block and its parameters.
    fn enter_loop(
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
        let stack = b.ins().stack_addr(ADDRESS, self.stack, 0);
        self.here_stack = Some(b.ins().iadd(stack, now[0]));
        (block, now)
    }
}

fn state_address(b: &mut FunctionBuilder<'_>, state: Value, word: usize) -> Value {
    b.ins().iadd_imm_s(state, (word * size_of::<u32>()) as i64)
}

/// Goes round with these values, the first of which is the place, until that is past `to`; then goes on.
fn leave_loop(b: &mut FunctionBuilder<'_>, block: ir::Block, next: &[Value], to: Value) {
    let on = b.create_block();
    let more = b.ins().icmp(IntCC::UnsignedLessThan, next[0], to);
    b.ins().brif(more, block, &arguments(next), on, &[]);
    b.switch_to_block(on);
}
