//! Working memory of the engine, allocated once, and what a piece of a block is.

use super::Block;
use super::channels::Channels;
use super::down::Down;
use super::pulse::Line;
use crate::message::{NoteEvent, TimedNote};
use crate::pattern::{Carried, Value};
use crate::plan::ControlIndex;
use crate::signal::{
    Aligned, FOUR, GRID, Inlet, Lane, MAX_CONTROLS, MAX_INPUTS, MAX_PAIRS, Scratch, VoiceOut,
};
use crate::time::Ratio;

/// Stereo pairs of outputs.
pub const PAIRS: usize = MAX_PAIRS as usize;
/// Onsets of one node in one piece.
const ONSETS: usize = 256;
/// Notes from outside in one piece.
const NOTES: usize = 256;

/// A stretch of frames within one step of the grid and of the ring. In a graph of a higher rate it is counted in that
/// rate's frames, and may lie between two frames of the engine.
#[derive(Clone, Copy)]
pub struct Piece {
    /// The first of the engine's frames that begins in it, since the beginning.
    pub frame: i64,
    /// Frames of its own rate to one of the engine's.
    pub factor: i64,
    /// Its first frame at its own rate.
    pub local: i64,
    /// Its place in the ring of 64 frames: from …
    pub from: usize,
    /// … to the one after the last.
    pub to: usize,
    /// The frame at which this step of the grid began.
    pub grid: i64,
    /// Whether a step of the grid ends with it.
    pub ends_step: bool,
    /// Whether the engine's piece begins with it: what came before has not been asked for yet.
    pub begins: bool,
    /// Stepped controls look up the step that sounds now.
    pub look_up: bool,
    /// The song went elsewhere before it.
    pub jumped: bool,
    /// The beats that have gone by.
    pub gone: Line,
    /// The beats of the song.
    pub song: Line,
}

impl Piece {
    /// The engine's frame after the last that begins in it.
    pub fn end(&self) -> i64 {
        first_from(self.local + self.frames() as i64, self.factor)
    }
    /// How many frames of its own rate it has.
    pub fn frames(&self) -> usize {
        self.to - self.from
    }
    /// The moment of a place in the ring, in the engine's frames.
    pub fn moment(&self, at: usize) -> f64 {
        // The factor is a power of two: exact.
        (self.local + (at - self.from) as i64) as f64 / self.factor as f64
    }
    /// The place in the ring of a frame of the engine's that begins in it, or of its end.
    pub fn at(&self, frame: i64) -> usize {
        self.to
            .min(self.from + (frame * self.factor - self.local) as usize)
    }
    /// A stretch of it at `factor` times its rate, given by the first frame and the one after the last at that rate.
    pub fn faster(&self, from: i64, to: i64, factor: i64) -> Piece {
        let end = (self.local + self.frames() as i64) * factor;
        let ring = from.rem_euclid(GRID as i64) as usize;
        Piece {
            frame: first_from(from, self.factor * factor),
            factor: self.factor * factor,
            local: from,
            from: ring,
            to: ring + (to - from) as usize,
            ends_step: self.ends_step && to == end,
            begins: self.begins && from == self.local * factor,
            look_up: self.look_up && from == self.local * factor,
            jumped: self.jumped && from == self.local * factor,
            ..*self
        }
    }
    /// The frames of a rate that is `factor` times lower in which it begins: those whose first (or, `last`, whose
    /// last) frame of its own lies in it. May be none.
    pub fn slower(&self, factor: i64, last: bool) -> Piece {
        let (from, to) = (self.local, self.local + self.frames() as i64);
        let (from, to) = match last {
            true => (from.div_euclid(factor), to.div_euclid(factor)),
            false => (first_from(from, factor), first_from(to, factor)),
        };
        let ring = from.rem_euclid(GRID as i64) as usize;
        Piece {
            factor: self.factor / factor,
            local: from,
            from: ring,
            to: ring + (to - from) as usize,
            ..*self
        }
    }
}

/// The first frame of a rate that is `factor` times lower that begins at a frame or after it.
fn first_from(frame: i64, factor: i64) -> i64 {
    -(-frame).div_euclid(factor)
}

/// An event of a pattern that begins in the piece.
#[derive(Clone, Copy)]
pub struct Onset {
    pub frame: i64,
    pub binding: u16,
    pub value: Value,
    pub carried: Carried,
    /// The cycle at which its gate falls, and whether another onset may cut it short before (legato above 1
    /// ties over instead).
    pub off: Ratio,
    /// Which step of its length it is, counted from the beginning of the song.
    pub step: i64,
    pub detached: bool,
    /// How many frames later it sounds than it is said to, its end too.
    pub nudge: i64,
    /// How many seconds the event lasts, where a control wants to know.
    pub lasts: f32,
}

/// A step of a pattern on a control.
#[derive(Clone, Copy)]
pub struct Step {
    pub frame: i64,
    pub control: ControlIndex,
    pub value: f32,
}

/// A list of bounded length that never allocates; what does not fit is counted.
pub struct Bounded<T> {
    items: Vec<T>,
    pub left_out: u32,
}

impl<T: Copy> Bounded<T> {
    pub fn new(room: usize) -> Bounded<T> {
        Bounded {
            items: Vec::with_capacity(room),
            left_out: 0,
        }
    }
    pub fn clear(&mut self) {
        self.items.clear();
        self.left_out = 0;
    }
    /// Inserts in the order of frames, after the ones of the same frame.
    pub fn insert_by(&mut self, item: T, frame_of: impl Fn(&T) -> i64) {
        if self.items.len() == self.items.capacity() {
            self.left_out += 1;
            return;
        }
        let at = self
            .items
            .partition_point(|other| frame_of(other) <= frame_of(&item));
        self.items.insert(at, item);
    }
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }
}

/// One node's buffers in one grid step.
pub type Buffers = [[f32; GRID]; MAX_INPUTS];

/// Working memory shared by all nodes.
pub struct Work {
    pub scratch: Scratch,
    /// Audio inputs of the node, by channel instance.
    pub inputs: Box<[Buffers; 2]>,
    /// Each control over the piece, for the whole node.
    pub lanes: Box<[Lane]>,
    /// What control wires add.
    pub adds: Box<[[f32; GRID]]>,
    pub added: [bool; MAX_CONTROLS + 2],
    /// Each control over the piece, for each of four voices.
    pub voice_lanes: [Box<[Lane]>; FOUR],
    pub voice_outs: [VoiceOut; FOUR],
    pub onsets: Bounded<Onset>,
    pub steps: Bounded<Step>,
    pub notes: Bounded<(i64, NoteEvent)>,
    /// The keys that were down before the piece.
    pub down: Down,
    /// Where the channels' controllers stood before the piece.
    pub channels: Channels,
    /// The channels that come in: as many as can be, silent where there are none; and those that may not be silent.
    pub ins: Box<[[f32; GRID]]>,
    heard: usize,
    /// A wire's signal that has to be made before it can be added.
    pub carried: [[f32; GRID]; 2],
    pub outs: Box<Aligned<[[[f32; GRID]; 2]; PAIRS]>>,
    /// The first pairs, as many as the Plan leads anything to; the others are silent.
    pub pairs: usize,
    /// The pairs that something stereo leads to. On the others both sides are the same, and one sum is enough.
    pub stereo: [bool; PAIRS],
    /// The output of a node that no node reads, while it is added to the outputs.
    pub lent: Box<Aligned<[[f32; GRID]; 2]>>,
    /// Peaks of the main output since the last report.
    pub peak: [f32; 2],
    /// A node is done.
    pub done: bool,
}

impl Work {
    pub fn new() -> Work {
        let lanes = || vec![Lane::default(); MAX_CONTROLS + 2].into_boxed_slice();
        Work {
            scratch: Scratch::new(),
            inputs: Box::new([[[0.0; GRID]; MAX_INPUTS]; 2]),
            lanes: lanes(),
            adds: vec![[0.0; GRID]; MAX_CONTROLS + 2].into_boxed_slice(),
            added: [false; MAX_CONTROLS + 2],
            voice_lanes: std::array::from_fn(|_| lanes()),
            voice_outs: [[[0.0; GRID]; 2]; FOUR],
            onsets: Bounded::new(ONSETS),
            steps: Bounded::new(ONSETS),
            notes: Bounded::new(NOTES),
            down: Down::NONE,
            channels: Channels::REST,
            ins: vec![[0.0; GRID]; usize::from(Inlet::MOST)].into(),
            heard: 0,
            carried: [[0.0; GRID]; 2],
            outs: Box::new(Aligned([[[0.0; GRID]; 2]; PAIRS])),
            pairs: 1,
            stereo: [false; PAIRS],
            lent: Box::new(Aligned([[0.0; GRID]; 2])),
            peak: [0.0; 2],
            done: false,
        }
    }

    /// Copies the piece's stretch of the inputs; mono is heard in the centre. NaN and infinities count as
    /// nought: a broken input must not break the graph.
    pub fn take_input(&mut self, block: &Block<'_, '_>, done: usize, piece: Piece) {
        // A lone channel is heard on both sides of its pair.
        let come = block.inputs.len().next_multiple_of(2).min(self.ins.len());
        // What came with an earlier block is not to be heard again, anywhere in the ring.
        if come < self.heard {
            self.ins[come..self.heard].as_flattened_mut().fill(0.0);
        }
        self.heard = come;
        for (channel, buffer) in self.ins[..come].iter_mut().enumerate() {
            let buffer = &mut buffer[piece.from..piece.to];
            // The first channel of its pair, where it has no other.
            let first = channel - channel % 2;
            if let Some(input) = block.inputs.get(channel).or(block.inputs.get(first)) {
                let input = &input[done..done + buffer.len()];
                for (to, from) in buffer.iter_mut().zip(input) {
                    *to = if from.is_finite() { *from } else { 0.0 };
                }
            }
        }
    }

    /// Collects the notes that fall into the piece: the keyboard's at the block's first frame, the host's at
    /// their own; late ones at the last.
    pub fn take_notes(
        &mut self,
        block: &Block<'_, '_>,
        keys: &[NoteEvent],
        done: usize,
        piece: Piece,
    ) {
        self.notes.clear();
        if done == 0 {
            for &key in keys.iter().filter(|key| key.is_of_notes()) {
                self.notes.insert_by((piece.frame, key), |n| n.0);
            }
        }
        let until = done + (piece.to - piece.from);
        for &TimedNote { frame, event } in block.notes.iter().filter(|n| n.event.is_of_notes()) {
            let at = (frame as usize).min(block.frames - 1);
            if (done..until).contains(&at) {
                self.notes
                    .insert_by((piece.frame + (at - done) as i64, event), |n| n.0);
            }
        }
    }

    /// The keys that are down after the piece, and where the controllers stand.
    pub fn keep_keys(&mut self) {
        for (_, event) in self.notes.as_slice() {
            self.down.take(*event);
            self.channels.take(*event);
        }
    }

    /// From here on so many pairs are led to, at least the main one.
    pub fn use_pairs(&mut self, pairs: usize) {
        self.outs[pairs..]
            .as_flattened_mut()
            .as_flattened_mut()
            .fill(0.0);
        self.pairs = pairs;
    }

    pub fn clear_outputs(&mut self, piece: Piece) {
        for channel in self.outs[..self.pairs].iter_mut().flatten() {
            channel[piece.from..piece.to].fill(0.0);
        }
    }

    /// Hands the piece's stretch of the outputs over. A single channel gets the main pair in mono.
    pub fn give_output(&mut self, block: &mut Block<'_, '_>, done: usize, piece: Piece) {
        let frames = piece.to - piece.from;
        for (peak, channel) in self.peak.iter_mut().zip(&self.outs[0]) {
            *peak = channel[piece.from..piece.to]
                .iter()
                .fold(*peak, |p, x| p.max(x.abs()));
        }
        if let [only] = block.outputs {
            let [left, right] = &self.outs[0];
            for (i, to) in only[done..done + frames].iter_mut().enumerate() {
                *to = (left[piece.from + i] + right[piece.from + i]) * 0.5;
            }
            return;
        }
        for (channel, output) in block.outputs.iter_mut().enumerate() {
            let output = &mut output[done..done + frames];
            match self.outs.get(channel / 2) {
                Some(pair) => output.copy_from_slice(&pair[channel % 2][piece.from..piece.to]),
                None => output.fill(0.0),
            }
        }
    }
}
