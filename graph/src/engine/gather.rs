//! What reaches a node in a piece: audio, control signals, events of its patterns.

use super::clock::Clock;
use super::stage::Stage;
use super::table::Table;
use super::work::{Onset, Piece, Step, Work};
use crate::message::WireState;
use crate::pattern::{Event, Program, Value};
use crate::plan::{Drives, Nudge, Plan, PlanBinding, PlanControl, PlanNode, PlanWire, Port};
use crate::signal::GRID;
use crate::time::{Bars, Boundary, Ramp, Ratio, Segment};
use multiversion::multiversion;

/// Adds a wire's signal, times its level, to a buffer; the level's ramp moves on with the piece.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub fn add_scaled(to: &mut [f32], from: &[f32], level: &Ramp) {
    if level.moving() {
        for (i, (to, from)) in to.iter_mut().zip(from).enumerate() {
            *to += from * level.ahead(i as u32);
        }
    } else if level.target() == 1.0 {
        match (to.as_mut_array::<GRID>(), from.as_array::<GRID>()) {
            // A whole step needs no loop.
            (Some(to), Some(from)) => to.iter_mut().zip(from).for_each(|(to, from)| *to += from),
            _ => to.iter_mut().zip(from).for_each(|(to, from)| *to += from),
        }
    } else if level.target() != 0.0 {
        let level = level.target();
        to.iter_mut()
            .zip(from)
            .for_each(|(to, from)| *to += from * level);
    }
}

/// What a wire brings in a piece, one stretch for each channel it has.
pub struct Brought<'a> {
    channels: [&'a [f32]; 2],
    count: usize,
}

impl<'a> Brought<'a> {
    /// The signal for one channel of the end; mono is the same on both.
    pub fn channel(&self, channel: usize) -> &'a [f32] {
        self.channels[channel.min(self.count - 1)]
    }
    pub fn is_stereo(&self) -> bool {
        self.count == 2
    }
    /// Both sides at half, so that the centre keeps its level.
    pub fn middle(&self, buffer: &mut [f32; GRID]) -> usize {
        let [left, right] = self.channels;
        for ((middle, left), right) in buffer.iter_mut().zip(left).zip(right) {
            *middle = (left + right) * 0.5;
        }
        left.len()
    }
}

/// What a wire into a node brings in a piece.
fn bring<'a>(
    plan: &Plan,
    table: &'a Table,
    wire: &PlanWire,
    state: &mut WireState,
    carried: &'a mut [[f32; GRID]; 2],
    piece: &Piece,
) -> Option<Brought<'a>> {
    let node = plan.nodes.get(wire.from.0 as usize)?;
    let out = &table.get(node.slot)?.out;
    Some(carry(node, out, wire, state, carried, piece))
}

/// What a wire brings in a piece: the output of the node it comes from, late where it leads back in the order, held
/// back where it waits for longer paths.
#[inline(always)]
pub fn carry<'a>(
    node: &PlanNode,
    out: &'a [[f32; GRID]; 2],
    wire: &PlanWire,
    state: &mut WireState,
    carried: &'a mut [[f32; GRID]; 2],
    piece: &Piece,
) -> Brought<'a> {
    let count = usize::from(node.channels);
    // A block back, which a piece never crosses the border of.
    let from = (piece.from + GRID - usize::from(wire.back)) % GRID;
    let channels = out.each_ref().map(|out| &out[from..][..piece.frames()]);
    let channels = match &mut state.line {
        None => channels,
        Some(line) => {
            // Both channels are kept, so that a node that becomes stereo has its past.
            for (channel, carried) in carried.iter_mut().enumerate() {
                let carried = &mut carried[..piece.frames()];
                carried.copy_from_slice(channels[channel.min(count - 1)]);
                line.pass(channel, piece.local, wire.delay, carried);
            }
            carried.each_ref().map(|c| &c[..piece.frames()])
        }
    };
    Brought { channels, count }
}

impl Stage<'_> {
    /// Sums the node's wires into its input buffers and its controls' additions.
    pub fn gather(&mut self, node: &PlanNode, piece: &Piece) {
        let span = piece.from..piece.to;
        let inputs = usize::from(node.inputs);
        let sides = usize::from(node.sides());
        let work = &mut *self.work;
        for instance in work.inputs.iter_mut().take(sides) {
            instance[..inputs]
                .iter_mut()
                .for_each(|buffer| buffer[span.clone()].fill(0.0));
        }
        work.added[..node.controls.len()].fill(false);
        let mut middle = [0.0; GRID];
        for wire in &node.wires {
            let state = &mut self.wires[wire.slot.0 as usize];
            let carried = &mut work.carried;
            let brought = bring(self.plan, self.table, wire, state, carried, piece);
            let level = &mut state.level;
            if let Some(brought) = brought {
                match wire.port {
                    Port::Input(port) if usize::from(port) < inputs => {
                        let port = usize::from(port);
                        if brought.is_stereo() && sides == 1 {
                            let frames = brought.middle(&mut middle);
                            let to = &mut work.inputs[0][port][span.clone()];
                            add_scaled(to, &middle[..frames], level);
                        } else {
                            let inputs = work.inputs.iter_mut().take(sides);
                            for (side, buffers) in inputs.enumerate() {
                                let to = &mut buffers[port][span.clone()];
                                add_scaled(to, brought.channel(side), level);
                            }
                        }
                    }
                    Port::Control(control) if usize::from(control.0) < node.controls.len() => {
                        let control = usize::from(control.0);
                        let buffer = &mut work.adds[control][span.clone()];
                        if !work.added[control] {
                            buffer.fill(0.0);
                            work.added[control] = true;
                        }
                        if brought.is_stereo() {
                            let frames = brought.middle(&mut middle);
                            add_scaled(buffer, &middle[..frames], level);
                        } else {
                            add_scaled(buffer, brought.channel(0), level);
                        }
                    }
                    _ => {}
                }
            }
            level.advance(piece.frames() as u32);
        }
    }
}

/// Which events of a pattern begin in a stretch of frames, and where.
pub struct Window<'a> {
    segment: &'a Segment,
    bars: &'a Bars,
    mark: Option<Boundary>,
    from: i64,
    to: i64,
    /// What the mark has left over has not sounded yet.
    begins: bool,
    /// The song begins here, or went here from elsewhere.
    starts: bool,
    rate: u32,
}

/// The window of a piece and so many frames further; none while the song stands still, or where no frame of the
/// engine's begins in the piece.
pub fn window(clock: &Clock, piece: Piece, further: i64) -> Option<Window<'_>> {
    (piece.frame < piece.end()).then_some(())?;
    Some(Window {
        segment: clock.segment()?,
        bars: clock.bars(),
        mark: clock.mark(),
        from: piece.frame,
        to: piece.end() + further,
        begins: piece.begins,
        starts: piece.jumped,
        rate: clock.rate(),
    })
}

impl Window<'_> {
    /// The frame of a cycle.
    pub fn frame_of_cycle(&self, cycle: Ratio) -> i64 {
        self.segment.frame_of_cycle(cycle, self.bars)
    }

    /// How many seconds lie between two cycles.
    fn seconds(&self, begin: Ratio, end: Ratio) -> f32 {
        let frames = self.frame_of_cycle(end) - self.frame_of_cycle(begin);
        frames as f32 / self.rate as f32
    }

    /// The frame at which an event begins, if it does so here and has not sounded yet. What a new anchor
    /// skipped sounds at the first frame.
    fn frame_of(&self, event: &Event) -> Option<i64> {
        self.frame_of_place(event.onset()?)
    }

    /// The same for any place in the song, in cycles.
    pub fn frame_of_place(&self, onset: Ratio) -> Option<i64> {
        let frame = self.segment.frame_of_cycle(onset, self.bars);
        match self.mark {
            Some(mark) => {
                let due = frame < self.to && (frame >= self.from || self.begins);
                (due && !mark.is_after(onset, self.bars)).then(|| frame.max(self.from))
            }
            None => (self.from..self.to).contains(&frame).then_some(frame),
        }
    }

    /// Every event that begins here, with its frame.
    pub fn query(&self, program: &Program, sink: &mut dyn FnMut(i64, &Event)) {
        self.query_around(program, (0, 0), &mut |event| {
            if let Some(frame) = self.frame_of(event) {
                sink(frame, event);
            }
        });
    }

    /// Asks for what begins here, or would if it were so many frames later or earlier.
    fn query_around(&self, program: &Program, by: (i64, i64), sink: &mut dyn FnMut(&Event)) {
        let (from, to) = (self.from - by.1, self.to - by.0);
        let (mut begin, end) = self.segment.cycles_around(from, to, self.bars);
        if let Some(mark) = self.mark {
            // From a little before the mark, if that is earlier.
            let marked = self.segment.frame_of(mark.beat()) - by.1;
            begin = begin.min(self.segment.cycles_around(marked, marked, self.bars).0);
        }
        program.query(begin, end, &mut |event| sink(&event));
    }

    /// Every event that sounds from here on, with its frame and by how many frames it is nudged; `says` is by how many
    /// seconds a step says it is.
    pub fn nudged(
        &self,
        program: &Program,
        nudge: &Option<Nudge>,
        says: &dyn Fn(usize) -> f64,
        sink: &mut dyn FnMut(i64, i64, &Event),
    ) {
        let Some(nudge) = nudge else {
            return self.query(program, &mut |frame, event| sink(frame, 0, event));
        };
        let frames = |seconds: f64| (seconds * f64::from(self.rate)).round() as i64;
        let around = (frames(nudge.lo), frames(nudge.hi));
        self.query_around(program, around, &mut |event| {
            let said = match event.value {
                Value::Atom(atom) => says(atom as usize),
                Value::Number(_) => 0.0,
            };
            let mut carried = event.carried.iter();
            let carried = carried.find(|c| Some(c.0) == nudge.carried);
            // NaN nudges nothing.
            let by = carried.map_or(said, |c| f64::from(c.1).max(nudge.lo).min(nudge.hi));
            let by = frames(by);
            if let Some(frame) = event
                .onset()
                .and_then(|onset| self.frame_so_late(onset, by))
            {
                sink(frame, by, event);
            }
        });
    }

    /// The frame at which what is so many frames late sounds, if it does so here and has not sounded yet. What would
    /// have sounded before the song began here sounds at the first frame.
    fn frame_so_late(&self, onset: Ratio, by: i64) -> Option<i64> {
        if by == 0 {
            return self.frame_of_place(onset);
        }
        let own = self.frame_of_cycle(onset);
        let frame = own + by;
        if let Some(mark) = self.mark {
            let marked = self.segment.frame_of(mark.beat()) - by;
            let due = frame < self.to && (frame >= self.from || self.begins);
            let sounded = self.segment.boundary(marked).is_after(onset, self.bars);
            return (due && !sounded).then(|| frame.max(self.from));
        }
        if self.starts && self.begins && own >= self.from && frame < self.from {
            return Some(self.from);
        }
        (self.from..self.to).contains(&frame).then_some(frame)
    }
}

/// The value that an event of a pattern on a control says, within the control's range.
fn value_of(binding: &PlanBinding, control: &PlanControl, event: &Event) -> Option<f32> {
    let number = match event.value {
        Value::Number(x) => x as f32,
        Value::Atom(atom) => binding.atoms[atom as usize].number?,
    };
    let value = number + binding.program.added(event) as f32;
    value
        .is_finite()
        .then(|| value.max(control.lo).min(control.hi))
}

/// Collects the onsets and steps of the node's patterns. Onsets reach one frame further than the piece, so that
/// a gate can fall one frame before the next note.
pub fn events(node: &PlanNode, clock: &Clock, work: &mut Work, piece: Piece) {
    work.onsets.clear();
    work.steps.clear();
    if node.bindings.is_empty() {
        return;
    }
    let (Some(here), Some(beyond)) = (window(clock, piece, 0), window(clock, piece, 1)) else {
        return;
    };
    for (index, binding) in node.bindings.iter().enumerate() {
        let says = |atom: usize| binding.atoms[atom].nudge;
        match binding.drives {
            Drives::Notes => {
                let onsets = &mut work.onsets;
                beyond.nudged(
                    &binding.program,
                    &binding.nudge,
                    &says,
                    &mut |frame, nudge, event| {
                        let atom = match event.value {
                            Value::Atom(atom) => Some(&binding.atoms[atom as usize]),
                            Value::Number(_) => None,
                        };
                        let legato = atom.and_then(|a| a.legato).unwrap_or(Ratio::ONE);
                        let (begin, end) = event.whole.unwrap_or(event.part);
                        let lasts = match atom.and_then(|a| a.fit) {
                            Some(_) => here.seconds(begin, end),
                            None => 0.0,
                        };
                        let onset = Onset {
                            frame,
                            binding: index as u16,
                            value: event.value,
                            carried: event.carried,
                            step: (begin / (end - begin)).floor(),
                            off: begin + (end - begin) * legato,
                            detached: legato <= Ratio::ONE,
                            nudge,
                            lasts,
                        };
                        onsets.insert_by(onset, |o| o.frame);
                    },
                );
            }
            Drives::Control(control) if !binding.program.is_continuous() => {
                let steps = &mut work.steps;
                let range = &node.controls[usize::from(control.0)];
                here.nudged(
                    &binding.program,
                    &binding.nudge,
                    &says,
                    &mut |frame, _, event| {
                        if let Some(value) = value_of(binding, range, event) {
                            steps.insert_by(
                                Step {
                                    frame,
                                    control,
                                    value,
                                },
                                |s| s.frame,
                            );
                        }
                    },
                );
            }
            Drives::Control(_) => {}
        }
    }
}
