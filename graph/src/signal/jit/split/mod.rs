//! The code of a voice that runs in stages ([`super::schedule`]):
//!
//! ```text
//! entry:    what is known once a call
//! stage 0:  load its state; four frames at a time, results into buffers on the stack; store its state
//! stage 1:  the same for recursions, frame by frame, state in registers
//! …
//! ```
//!
//! What `called` has functions for is computed before them, for the whole span. A wide stage goes by whole fours of the
//! grid, whatever part of them the span takes: every buffer is a grid step long, so that lanes outside the span are
//! computed in vain, but never outside memory; only results are held to the span. Each lane is the arithmetic of one
//! frame, so the bits are those of one loop, and a span may be cut anywhere.

mod memory;
mod recursion;
mod state;
mod wide;

use super::called;
use super::emit::{ADDRESS, Address, Emit, FOUR_FRAMES, Kind};
use super::lower::{self, Prepared};
use super::schedule::{self, Home, Schedule, Way};
use crate::signal::layout::{Layout, Line};
use crate::signal::{Function, GRID, Lane, Op, Sig};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I32;
use cranelift_codegen::ir::{
    self, BlockArg, InstBuilder, MemFlagsData, StackSlot, StackSlotData, StackSlotKind, Value,
};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use std::collections::HashMap;
use std::mem::offset_of;

/// The number of a comb's buffer: what goes into its low pass, then what comes out of it.
const LOW_PASS: usize = usize::MAX;
/// Bytes of a frame in a buffer, of four, and of a grid step.
const FRAME: i64 = size_of::<f32>() as i64;
const FOUR: i64 = 4 * FRAME;
const STEP: u32 = (GRID * size_of::<f32>()) as u32;

/// A register of state while it is written.
#[derive(Clone, Copy)]
struct Register {
    word: usize,
    /// At its stage's beginning; when that is over, at its end.
    value: Value,
}

/// An envelope whose gate stands still.
#[derive(Clone, Copy)]
struct Settled {
    /// All ones where it is high.
    mask: Value,
    start: Value,
    /// The count at each of the first four frames.
    count: Value,
}

/// A function while it is written.
struct Writer<'a> {
    function: &'a Function,
    schedule: &'a Schedule,
    layout: &'a Layout,
    rate: u32,
    state: Value,
    /// What is known once a call.
    once: Vec<Option<Value>>,
    prepared_once: Vec<Prepared>,
    /// In the stage that is written: values, what is prepared.
    here: Vec<Option<Value>>,
    prepared_here: Vec<Option<Prepared>>,
    /// What goes from one stage to another lies in this memory, a grid step each.
    stack: StackSlot,
    /// Where in it, by operation and number: its own value is number 0.
    buffers: HashMap<(usize, usize), (i32, ir::Type)>,
    /// The address of the frame that is computed in the first of them.
    here_stack: Option<Value>,
    /// What is known before a wide loop lies here four times over: read from memory it leaves the registers to what
    /// changes.
    spreads: StackSlot,
    /// Where in it, by the value.
    spread: HashMap<Value, i32>,
    /// Its address, in the loop that is written.
    here_spreads: Option<Value>,
    /// The block in which all that is known once a call is known.
    entry: ir::Block,
    registers: Vec<Vec<Register>>,
    /// Address and extent of each operation's line, or of the table that it reads.
    lines: Vec<Option<(Address, Line)>>,
    /// Where frame 0 of the grid step would lie in a line that goes on behind its end.
    rounds: Vec<Option<Value>>,
    /// What the wide stage that is written leaves in memory: the value, the address of frame 0, an offset.
    given: Vec<(Value, Value, i32)>,
    settled: Vec<Option<Settled>>,
    /// Where what was called for lies: the address of frame 0, and an offset.
    called: Vec<Option<(Value, i32)>>,
    /// The first of the controls' lanes.
    controls: Value,
    /// Of a control that may move: all ones where it does, and the value that it else has.
    stills: Vec<Option<[Value; 2]>>,
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
    /// The byte before `from`, and `to`: words.
    ends: [Value; 2],
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
        ends: [(from, -1), (to, 0)].map(|(end, bytes)| {
            let end = b.ins().ireduce(I32, end);
            b.ins().iadd_imm_s(end, bytes)
        }),
    };
    let count = function.ops.len();
    let mut w = Writer {
        function,
        schedule,
        layout,
        rate,
        state,
        once: vec![None; count],
        prepared_once: vec![Prepared::Nothing; count],
        here: vec![None; count],
        prepared_here: vec![None; count],
        stack: b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 0, 4)),
        buffers: HashMap::new(),
        here_stack: None,
        spreads: b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 0, 4)),
        spread: HashMap::new(),
        here_spreads: None,
        entry,
        registers: vec![Vec::new(); count],
        lines: vec![None; count],
        rounds: vec![None; count],
        given: Vec::new(),
        settled: vec![None; count],
        called: vec![None; count],
        controls,
        stills: vec![None; function.controls.len()],
        inputs,
        outputs,
        time,
        span,
    };
    w.enter(&mut b);
    w.entry = b.current_block().unwrap_or(entry);
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
    b.func.sized_stack_slots[w.spreads].size = w.spread.len() as u32 * FOUR as u32;
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

/// How far behind the first control its frames, its one value, and whether it moves lie.
fn lane(c: u16) -> [i32; 3] {
    let fields = [
        offset_of!(Lane, frames),
        offset_of!(Lane, value),
        offset_of!(Lane, moving),
    ];
    fields.map(|field| (usize::from(c) * size_of::<Lane>() + field) as i32)
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
    fn enter(&mut self, b: &mut FunctionBuilder<'_>) {
        for (k, op) in self.function.ops.iter().enumerate() {
            if let Op::Control(c) = *op {
                if self.schedule.values[k] == Home::Once {
                    let [_, value, _] = lane(c);
                    let value = b.ins().load(ir::types::F32, inside(), self.controls, value);
                    self.once[k] = Some(value);
                }
            } else if self.schedule.values[k] == Home::Once {
                let value = lower::pure(&mut narrow(b), op, self.rate, |s| self.once_of(s))
                    .expect("what is known once is pure");
                self.once[k] = Some(value);
            }
            if self.schedule.prepared[k] == Home::Once {
                self.prepared_once[k] = self.prepare_once(b, k);
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

    fn once_of(&self, sig: Sig) -> Value {
        self.once[usize::from(sig.0)].expect("operands are known before their use")
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
