//! What a unit generator reads and writes.

use crate::signal::{GRID, Io};

/// The span that a unit generator runs: slices of its inputs, controls and outputs. Real-time safe.
pub struct UnitIo<'a>(Io<'a>);

impl<'a> UnitIo<'a> {
    pub(crate) fn new(io: Io<'a>) -> UnitIo<'a> {
        UnitIo(io)
    }

    /// How many frames there are, 1…64.
    pub fn frames(&self) -> usize {
        self.0.to - self.0.from
    }
    /// An audio input, [`UnitIo::frames`] long.
    ///
    /// # Panics
    /// If there is no such input.
    pub fn input(&self, index: usize) -> &[f32] {
        &self.0.inputs[index][self.0.from..self.0.to]
    }
    /// An output, [`UnitIo::frames`] long; what is not written is nought.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn output(&mut self, index: usize) -> &mut [f32] {
        &mut self.0.outputs[index][self.0.from..self.0.to]
    }
    /// The value of a control at a frame of the span.
    ///
    /// # Panics
    /// If there is no such control or frame.
    #[inline]
    pub fn control(&self, index: usize, frame: usize) -> f32 {
        let lane = &self.0.controls[index];
        if lane.moving {
            lane.frames[self.0.from + frame]
        } else {
            lane.value
        }
    }
    /// Whether a control stays the same over the span.
    pub fn is_steady(&self, index: usize) -> bool {
        !self.0.controls[index].moving
    }
}

const _: () = assert!(GRID == 64, "the documentation of `UnitIo::frames` says 64");
