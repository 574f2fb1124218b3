//! The seam between a function and what runs it.

use super::{MAX_OPS, Rest, Time};
use std::ops::{Deref, DerefMut};

/// Frames in one step of the grid: the longest span that a kernel runs at once.
pub const GRID: usize = 64;

/// Buffers that begin where a line of the processor's memory does, so that no vector lies across two of them.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Aligned<T>(pub T);

impl<T> Deref for Aligned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// A control over one piece of the grid: one value, or one for each frame where it moves.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Whether `frames` counts; otherwise `value` holds for the whole piece.
    pub moving: bool,
    /// The value while it does not move.
    pub value: f32,
    /// The values while it moves.
    pub frames: [f32; GRID],
}

impl Default for Lane {
    fn default() -> Self {
        Lane {
            moving: false,
            value: 0.0,
            frames: [0.0; GRID],
        }
    }
}

impl Lane {
    /// The value at a frame.
    pub fn at(&self, frame: usize) -> f32 {
        if self.moving {
            self.frames[frame]
        } else {
            self.value
        }
    }
}

/// What a kernel reads and writes: buffers of one grid step, of which it runs `from..to`.
pub struct Io<'a> {
    /// The first frame to run.
    pub from: usize,
    /// The frame after the last; at most [`GRID`].
    pub to: usize,
    /// One buffer for each input.
    pub inputs: &'a [[f32; GRID]],
    /// One lane for each control.
    pub controls: &'a [Lane],
    /// One buffer for each output; only `from..to` is written.
    pub outputs: &'a mut [[f32; GRID]],
    /// Working memory, of no meaning between calls.
    pub scratch: &'a mut Scratch,
}

/// Voices that run at once where they can.
pub const FOUR: usize = 4;

/// One voice's outputs of one grid step.
pub type VoiceOut = [[f32; GRID]; 2];

/// What [`Kernel::run_four`] reads and writes: as [`Io`], the inputs shared by the voices.
pub struct FourIo<'a> {
    /// The first frame to run.
    pub from: usize,
    /// The frame after the last; at most [`GRID`].
    pub to: usize,
    /// One buffer for each input.
    pub inputs: &'a [[f32; GRID]],
    /// For each voice one lane for each control.
    pub controls: [&'a [Lane]; FOUR],
    /// Each voice's outputs; only `from..to` of those that the function has is written.
    pub outputs: &'a mut [VoiceOut; FOUR],
    /// Working memory, of no meaning between calls.
    pub scratch: &'a mut Scratch,
}

impl FourIo<'_> {
    /// Runs the four voices one after the other.
    pub(super) fn one_by_one(self, kernel: &(impl Kernel + ?Sized), states: [&mut [u32]; FOUR]) {
        let voices = states.into_iter().zip(self.controls).zip(self.outputs);
        for ((state, controls), outputs) in voices {
            let io = Io {
                from: self.from,
                to: self.to,
                inputs: self.inputs,
                controls,
                outputs,
                scratch: &mut *self.scratch,
            };
            kernel.run(state, io);
        }
    }
}

/// Working memory shared by all kernels of an engine, and what its clock says.
pub struct Scratch {
    /// For each [`Time`] a buffer of one grid step: what kernels that hear the clock read of `from..to`.
    pub time: [[f32; GRID]; Time::COUNT],
    pub(super) registers: Box<[[f32; GRID]]>,
    pub(super) uniform: Box<[bool]>,
    /// The value of a register that is uniform.
    pub(super) values: Box<[f32]>,
}

impl Scratch {
    /// Enough for the largest function. Allocates.
    pub fn new() -> Scratch {
        Scratch {
            time: [[0.0; GRID]; Time::COUNT],
            registers: vec![[0.0; GRID]; MAX_OPS].into_boxed_slice(),
            uniform: vec![false; MAX_OPS].into_boxed_slice(),
            values: vec![0.0; MAX_OPS].into_boxed_slice(),
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch::new()
    }
}

/// What runs a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// Machine code made for it.
    #[default]
    MachineCode,
    /// The reference interpreter: the same sound, several times slower.
    Interpreter,
}

/// A function made ready to run at a sample rate. Immutable; the running state is the caller's, in words.
///
/// [`Kernel::run`] and [`Kernel::init`] are real-time safe. Running a span in pieces gives the same bits as
/// running it at once.
pub trait Kernel: Send + Sync {
    /// What runs it.
    fn backend(&self) -> Backend;
    /// Why there is no machine code for it, in words for the user; `None` where there is or will be, and where the
    /// interpreter was asked for.
    fn why_interpreted(&self) -> Option<&str> {
        None
    }
    /// Whether it stays as it is: nothing is left to be compiled for it. Control side only.
    fn is_settled(&self) -> bool {
        true
    }
    /// How many words of state one instance has.
    fn state_words(&self) -> usize;
    /// Whether it hears the song's clock: then [`Scratch::time`] must say it.
    fn hears_time(&self) -> bool;
    /// Puts the state at its beginning; what is random is seeded.
    fn init(&self, state: &mut [u32], seed: u64);
    /// Runs a span of frames.
    fn run(&self, state: &mut [u32], io: Io<'_>);
    /// When an instance is silent until a gate turns, and need not run; `None` if that cannot be said.
    fn rest(&self) -> Option<&Rest> {
        None
    }
    /// Brings an instance that rested for so many frames to where its oscillators would be, their frequencies being
    /// what the controls say at frame `at`. A kernel that never rests need not.
    fn wake(&self, _state: &mut [u32], _frames: u32, _controls: &[Lane], _at: usize) {}
    /// Runs the same span of four voices, with the same bits as one after the other.
    fn run_four(&self, states: [&mut [u32]; FOUR], io: FourIo<'_>) {
        io.one_by_one(self, states);
    }
}
