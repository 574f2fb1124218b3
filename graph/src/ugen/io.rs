//! What a unit generator reads and writes.

use super::Ports;
use crate::signal::{GRID, Io};

/// The span that a unit generator runs: slices of its inputs, controls and outputs. Real-time safe.
pub struct UnitIo<'a> {
    io: Io<'a>,
    /// The right side of each input; the same as the left where there is but one.
    right: &'a [[f32; GRID]],
    finished: Option<usize>,
}

impl<'a> UnitIo<'a> {
    pub(crate) fn new(io: Io<'a>) -> UnitIo<'a> {
        let right = io.inputs;
        UnitIo::stereo(io, right)
    }

    /// With the right side of each input apart.
    pub(crate) fn stereo(io: Io<'a>, right: &'a [[f32; GRID]]) -> UnitIo<'a> {
        UnitIo {
            io,
            right,
            finished: None,
        }
    }

    /// How many frames there are, 1…64.
    pub fn frames(&self) -> usize {
        self.io.to - self.io.from
    }
    /// An audio input, [`UnitIo::frames`] long. A unit with a stereo output has here the left side of what comes,
    /// and the right side in [`UnitIo::right`].
    ///
    /// # Panics
    /// If there is no such input.
    pub fn input(&self, index: usize) -> &[f32] {
        &self.io.inputs[index][self.io.from..self.io.to]
    }
    /// The right side of an audio input of a unit with a stereo output; what is fed in mono is the same on both
    /// sides. A mono unit has one instance a channel, and finds here what [`UnitIo::input`] has.
    ///
    /// # Panics
    /// If there is no such input.
    pub fn right(&self, index: usize) -> &[f32] {
        &self.right[index][self.io.from..self.io.to]
    }
    /// An output, [`UnitIo::frames`] long; what is not written is nought.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn output(&mut self, index: usize) -> &mut [f32] {
        &mut self.io.outputs[index][self.io.from..self.io.to]
    }
    /// Inputs, controls and outputs at once, each in its order.
    pub fn ports(&mut self) -> Ports<'_> {
        let io = &mut self.io;
        let inputs = (io.inputs, self.right);
        Ports::new((io.from, io.to), inputs, io.controls, io.outputs)
    }
    /// The value of a control at a frame of the span.
    ///
    /// # Panics
    /// If there is no such control or frame.
    #[inline]
    pub fn control(&self, index: usize, frame: usize) -> f32 {
        let lane = &self.io.controls[index];
        if lane.moving {
            lane.frames[self.io.from + frame]
        } else {
            lane.value
        }
    }
    /// Whether a control stays the same over the span.
    pub fn is_steady(&self, index: usize) -> bool {
        !self.io.controls[index].moving
    }

    /// Says that the unit has done its work and gives nothing but silence from this frame of the span on. The
    /// first word of a span counts. What becomes of the node then is the graph's to say, not the unit's: a unit
    /// that runs on nevertheless gives silence, or begins anew with the next trigger.
    pub fn finish(&mut self, frame: usize) {
        self.finished.get_or_insert(frame);
    }
    /// The first frame of the span at which the unit was done, if it said so.
    pub fn finished(&self) -> Option<usize> {
        self.finished
    }
}

const _: () = assert!(GRID == 64, "the documentation of `UnitIo::frames` says 64");
