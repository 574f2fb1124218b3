//! What patterns send out: MIDI to the host, messages to the control thread. Audio thread; of fixed size, no
//! allocation. Everything stands at its frame, whatever the blocks.

use super::clock::Clock;
use super::gather::{self, Window};
use super::work::{Bounded, Piece};
use crate::message::{Report, TimedMidi};
use crate::pattern::{Event, Value};
use crate::plan::{Plan, PlanOutgoing, PlanSend, SendCarry};
use crate::rt::AudioEnd;
use crate::time::Ratio;

/// MIDI messages of one block.
const MIDI: usize = 1024;
/// Steps of all patterns in one piece.
const STEPS: usize = 256;
/// Notes that sound at once.
const NOTES: usize = 128;

/// A MIDI note that has begun.
#[derive(Clone, Copy)]
struct Sounding {
    /// The cycle at which it ends, and by how many frames it is nudged.
    off: Ratio,
    nudge: i64,
    channel: u8,
    key: u8,
}

/// A step that begins in the piece.
#[derive(Clone, Copy)]
struct Step {
    frame: i64,
    /// By how many frames it is nudged.
    nudge: i64,
    pattern: u16,
    event: Event,
}

/// What patterns send out, and the notes of theirs that sound.
pub struct Outgoing {
    midi: Bounded<TimedMidi>,
    steps: Bounded<Step>,
    sounding: Vec<Sounding>,
}

impl Outgoing {
    /// Allocates: for the control thread.
    pub fn new() -> Outgoing {
        Outgoing {
            midi: Bounded::new(MIDI),
            steps: Bounded::new(STEPS),
            sounding: Vec::with_capacity(NOTES),
        }
    }

    /// The MIDI of the block so far, in the order of time.
    pub fn midi(&self) -> &[TimedMidi] {
        self.midi.as_slice()
    }

    /// A new block begins.
    pub fn begin(&mut self) {
        self.midi.clear();
    }

    /// Ends every note, at a frame of the block.
    pub fn release(&mut self, frame: u32) {
        while let Some(note) = self.sounding.pop() {
            self.send(frame, [0x80 | note.channel, note.key, 0]);
        }
    }

    /// Sends a message at a frame of the block, after those of that frame so far.
    pub fn send(&mut self, frame: u32, bytes: [u8; 3]) {
        let message = TimedMidi { frame, bytes };
        self.midi.insert_by(message, |m| i64::from(m.frame));
    }

    /// Sends what is due in a piece that begins `done` frames into the block.
    pub fn run(
        &mut self,
        plan: &Plan,
        clock: &Clock,
        link: &mut AudioEnd,
        piece: Piece,
        done: usize,
    ) {
        let Some(window) = gather::window(clock, piece, 0) else {
            return;
        };
        let at = |frame: i64| (done as i64 + frame.max(piece.frame) - piece.frame) as u32;
        self.steps.clear();
        for (index, pattern) in plan.outgoing.iter().enumerate() {
            let says = |step: usize| pattern.steps[step].nudge;
            window.nudged(
                &pattern.program,
                &pattern.nudge,
                &says,
                &mut |frame, nudge, event| {
                    let step = Step {
                        frame,
                        nudge,
                        pattern: index as u16,
                        event: *event,
                    };
                    self.steps.insert_by(step, |s| s.frame);
                },
            );
        }
        for i in 0..self.steps.as_slice().len() {
            let step = self.steps.as_slice()[i];
            let pattern = &plan.outgoing[usize::from(step.pattern)];
            self.end_notes(&window, step.frame, at);
            let Some(note) = self.step(pattern, &step, link, at(step.frame)) else {
                continue;
            };
            if self.sounding.len() < NOTES {
                self.sounding.push(note);
            } else {
                // No room to remember when it ends: it ends at once.
                self.send(at(step.frame), [0x80 | note.channel, note.key, 0]);
            }
        }
        self.end_notes(&window, piece.end() - 1, at);
    }

    /// Ends the notes that end by a frame, in the order of time; of the same frame in that of their beginnings.
    fn end_notes(&mut self, window: &Window<'_>, until: i64, at: impl Fn(i64) -> u32) {
        loop {
            let end = |n: &Sounding| window.frame_of_cycle(n.off) + n.nudge;
            let ends = self.sounding.iter().map(end);
            let first = ends.enumerate().min_by_key(|(i, end)| (*end, *i));
            let Some((i, end)) = first.filter(|(_, end)| *end <= until) else {
                return;
            };
            let note = self.sounding.remove(i);
            self.send(at(end), [0x80 | note.channel, note.key, 0]);
        }
    }

    /// Sends a step; gives the note that it begins.
    fn step(
        &mut self,
        pattern: &PlanOutgoing,
        step: &Step,
        link: &mut AudioEnd,
        at: u32,
    ) -> Option<Sounding> {
        let computed = PlanSend::default();
        let (said, note) = match step.event.value {
            Value::Atom(atom) => {
                let said = &pattern.steps[atom as usize];
                (said, said.note)
            }
            // A number that was worked out is a MIDI note.
            Value::Number(x) => (&computed, Some(x)),
        };
        let added = pattern.program.added(&step.event);
        let mut velocity = if said.velocity == 0 {
            100
        } else {
            said.velocity
        };
        let byte = |x: f32| x.round().clamp(0.0, 127.0) as u8;
        for (name, value) in step.event.carried.iter() {
            match pattern.carries.get(name) {
                Some(SendCarry::Velocity) => velocity = byte(value * 127.0).max(1),
                Some(SendCarry::Controller(number)) => {
                    self.send(at, [0xb0 | said.channel, *number, byte(value)]);
                }
                _ => {}
            }
        }
        for (number, value) in &said.controllers {
            self.send(at, [0xb0 | said.channel, *number, *value]);
        }
        if let Some(message) = said.message {
            // A full queue means that nobody has listened for thousands of them.
            link.report(Report::Sent {
                message,
                value: said.value + added as f32,
                frame: step.frame,
            });
        }
        let key = (note? + added).round();
        if !(0.0..=127.0).contains(&key) {
            return None;
        }
        let (key, channel) = (key as u8, said.channel);
        // A key that still sounds ends before it begins again.
        let same = |n: &Sounding| (n.key, n.channel) == (key, channel);
        if let Some(i) = self.sounding.iter().position(same) {
            self.sounding.remove(i);
            self.send(at, [0x80 | channel, key, 0]);
        }
        self.send(at, [0x90 | channel, key, velocity]);
        let (begin, end) = step.event.whole.unwrap_or(step.event.part);
        let legato = said.legato.unwrap_or(Ratio::ONE);
        Some(Sounding {
            off: begin + (end - begin) * legato,
            nudge: step.nudge,
            channel,
            key,
        })
    }
}
