//! The ports of a span taken apart: inputs, controls and outputs at once, each in its order.

use super::UnitIo;
use crate::signal::{GRID, Lane};
use std::iter::Zip;
use std::slice::{Iter, IterMut};

/// A control over a span. Real-time safe.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    lane: &'a Lane,
    from: usize,
}

impl Values<'_> {
    /// The value at a frame of the span.
    ///
    /// # Panics
    /// If the span has no such frame and the control moves.
    #[inline]
    pub fn at(&self, frame: usize) -> f32 {
        if self.lane.moving {
            self.lane.frames[self.from + frame]
        } else {
            self.lane.value
        }
    }
    /// The value, if it stays the same over the span.
    #[inline]
    pub fn steady(&self) -> Option<f32> {
        (!self.lane.moving).then_some(self.lane.value)
    }
}

/// The ports of a span, handed out one after the other. Real-time safe.
pub struct Ports<'a> {
    from: usize,
    to: usize,
    inputs: Zip<Iter<'a, [f32; GRID]>, Iter<'a, [f32; GRID]>>,
    controls: Iter<'a, Lane>,
    outputs: IterMut<'a, [f32; GRID]>,
}

impl<'a> Ports<'a> {
    pub(super) fn new(
        (from, to): (usize, usize),
        (left, right): (&'a [[f32; GRID]], &'a [[f32; GRID]]),
        controls: &'a [Lane],
        outputs: &'a mut [[f32; GRID]],
    ) -> Ports<'a> {
        Ports {
            from,
            to,
            inputs: left.iter().zip(right),
            controls: controls.iter(),
            outputs: outputs.iter_mut(),
        }
    }
    /// The next input, of a stereo unit the left side; empty after the last.
    pub fn input(&mut self) -> &'a [f32] {
        self.sides()[0]
    }
    /// Both sides of the next input of a stereo unit; empty after the last.
    pub fn sides(&mut self) -> [&'a [f32]; 2] {
        match self.inputs.next() {
            Some((left, right)) => [&left[self.from..self.to], &right[self.from..self.to]],
            None => [&[], &[]],
        }
    }
    /// The next control.
    ///
    /// # Panics
    /// After the last.
    pub fn control(&mut self) -> Values<'a> {
        let lane = self.controls.next();
        Values {
            lane: lane.expect("a control for each that was described"),
            from: self.from,
        }
    }
    /// The next output; empty after the last.
    pub fn output(&mut self) -> &'a mut [f32] {
        let next = self.outputs.next();
        next.map_or(&mut [], |buffer| &mut buffer[self.from..self.to])
    }
}

/// What a `process` method ends with: nothing, or the frame of the span from which on it is done.
pub trait Outcome {
    /// Tells it to the graph.
    fn tell(self, io: &mut UnitIo<'_>);
}
impl Outcome for () {
    fn tell(self, _: &mut UnitIo<'_>) {}
}
impl Outcome for Option<usize> {
    fn tell(self, io: &mut UnitIo<'_>) {
        if let Some(frame) = self {
            io.finish(frame);
        }
    }
}
