//! What reaches a node in a piece: audio, control signals, events of its patterns.

use super::clock::Clock;
use super::work::{Onset, Piece, Step, Work};
use crate::message::NodeState;
use crate::pattern::{Event, Value};
use crate::plan::{Drives, Plan, PlanBinding, PlanNode, PlanWire, Port};
use crate::signal::GRID;
use crate::time::{Bars, Boundary, Ramp, Ratio, Segment};

/// Adds a wire's signal, times its level, to a buffer; the level's ramp moves on with the piece.
pub fn add_scaled(to: &mut [f32], from: &[f32], level: &Ramp) {
    if level.moving() {
        for (i, (to, from)) in to.iter_mut().zip(from).enumerate() {
            *to += from * level.ahead(i as u32);
        }
    } else if level.target() == 1.0 {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
    } else if level.target() != 0.0 {
        let level = level.target();
        to.iter_mut()
            .zip(from)
            .for_each(|(to, from)| *to += from * level);
    }
}

/// The state of the node a wire comes from, and how many channels it has.
pub fn source<'a>(
    plan: &Plan,
    table: &'a [Option<Box<NodeState>>],
    wire: &PlanWire,
) -> Option<(&'a [[f32; GRID]; 2], u8)> {
    let node = plan.nodes.get(wire.from.0 as usize)?;
    table[node.slot.0 as usize]
        .as_ref()
        .map(|state| (&*state.out, node.channels))
}

/// Sums the node's wires into its input buffers and its controls' additions.
pub fn wires(
    plan: &Plan,
    node: &PlanNode,
    table: &[Option<Box<NodeState>>],
    levels: &mut [Ramp],
    work: &mut Work,
    piece: Piece,
) {
    let span = piece.from..piece.to;
    let inputs = usize::from(node.inputs);
    let sides = usize::from(node.sides());
    for instance in work.inputs.iter_mut().take(sides) {
        instance[..inputs]
            .iter_mut()
            .for_each(|buffer| buffer[span.clone()].fill(0.0));
    }
    work.added[..node.controls.len()].fill(false);
    for wire in &node.wires {
        let level = &mut levels[wire.slot.0 as usize];
        if let Some((out, channels)) = source(plan, table, wire) {
            match wire.port {
                Port::Input(port) if usize::from(port) < inputs => {
                    let port = usize::from(port);
                    if channels == 2 && sides == 1 {
                        // Stereo into one side: both sides at half, so that the centre keeps its level.
                        let middle = mean(out, piece);
                        add_scaled(
                            &mut work.inputs[0][port][span.clone()],
                            &middle[span.clone()],
                            level,
                        );
                    } else {
                        for (instance, buffers) in work.inputs.iter_mut().take(sides).enumerate() {
                            let from = &out[instance.min(usize::from(channels) - 1)][span.clone()];
                            add_scaled(&mut buffers[port][span.clone()], from, level);
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
                    if channels == 2 {
                        add_scaled(buffer, &mean(out, piece)[span.clone()], level);
                    } else {
                        add_scaled(buffer, &out[0][span.clone()], level);
                    }
                }
                _ => {}
            }
        }
        level.advance((piece.to - piece.from) as u32);
    }
}

fn mean(out: &[[f32; GRID]; 2], piece: Piece) -> [f32; GRID] {
    let mut middle = [0.0; GRID];
    for i in piece.from..piece.to {
        middle[i] = (out[0][i] + out[1][i]) * 0.5;
    }
    middle
}

/// Which events of a pattern begin in a stretch of frames, and where.
pub struct Window<'a> {
    segment: &'a Segment,
    bars: &'a Bars,
    mark: Option<Boundary>,
    from: i64,
    to: i64,
}

/// The window of a piece and so many frames further; none while the song stands still.
pub fn window(clock: &Clock, piece: Piece, further: i64) -> Option<Window<'_>> {
    Some(Window {
        segment: clock.segment()?,
        bars: clock.bars(),
        mark: clock.mark(),
        from: piece.frame,
        to: piece.end() + further,
    })
}

impl Window<'_> {
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
                (frame < self.to && !mark.is_after(onset, self.bars)).then(|| frame.max(self.from))
            }
            None => (self.from..self.to).contains(&frame).then_some(frame),
        }
    }

    fn query(&self, binding: &PlanBinding, sink: &mut dyn FnMut(i64, &Event, u32)) {
        let (mut begin, end) = self.segment.cycles_around(self.from, self.to, self.bars);
        if let Some(mark) = self.mark {
            // From a little before the mark, if that is earlier.
            let marked = self.segment.frame_of(mark.beat());
            begin = begin.min(self.segment.cycles_around(marked, marked, self.bars).0);
        }
        binding.program.query(begin, end, &mut |event| {
            if let (Some(frame), Value::Atom(atom)) = (self.frame_of(&event), event.value) {
                sink(frame, &event, atom);
            }
        });
    }
}

/// Collects the onsets and steps of the node's patterns. Onsets reach one frame further than the piece, so that
/// a gate can fall one frame before the next note.
pub fn events(node: &PlanNode, clock: &Clock, work: &mut Work, piece: Piece) {
    work.onsets.clear();
    work.steps.clear();
    let (Some(here), Some(beyond)) = (window(clock, piece, 0), window(clock, piece, 1)) else {
        return;
    };
    for (index, binding) in node.bindings.iter().enumerate() {
        match binding.drives {
            Drives::Notes => {
                let onsets = &mut work.onsets;
                beyond.query(binding, &mut |frame, event, atom| {
                    let legato = binding.atoms[atom as usize].legato.unwrap_or(Ratio::ONE);
                    let (begin, end) = event.whole.unwrap_or(event.part);
                    let onset = Onset {
                        frame,
                        binding: index as u16,
                        atom,
                        off: begin + (end - begin) * legato,
                        detached: legato <= Ratio::ONE,
                    };
                    onsets.insert_by(onset, |o| o.frame);
                });
            }
            Drives::Control(control) if !binding.program.is_continuous() => {
                let steps = &mut work.steps;
                here.query(binding, &mut |frame, _, atom| {
                    if let Some(value) = binding.atoms[atom as usize].number {
                        steps.insert_by(
                            Step {
                                frame,
                                control,
                                value,
                            },
                            |s| s.frame,
                        );
                    }
                });
            }
            Drives::Control(_) => {}
        }
    }
}
