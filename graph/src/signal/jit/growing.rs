//! A kernel that the interpreter plays until there is machine code.
//!
//! Both keep their state in the same words and give the same bits, so the machine code takes over between two spans
//! and nothing is heard of it. The worker puts it in its place; the audio thread only looks whether it is there, which
//! is one atomic load.

use super::Machine;
use crate::signal::{Backend, FOUR, FourIo, Function, Interpreter, Io, Kernel, Lane, Rest};
use std::sync::{Arc, OnceLock};

/// A function that runs at once, and faster later.
pub struct Growing {
    pub(super) function: Arc<Function>,
    pub(super) rate: u32,
    interpreter: Interpreter,
    /// Nothing while it is compiled; why it cannot be, if so.
    code: OnceLock<Result<Machine, String>>,
}

impl Growing {
    /// A function for a rate in Hz.
    pub fn new(function: Arc<Function>, rate: u32) -> Growing {
        Growing {
            interpreter: Interpreter::new(Arc::clone(&function), rate),
            function,
            rate,
            code: OnceLock::new(),
        }
    }

    /// Machine code takes over, or never will, and why. The first word counts.
    pub(super) fn grow(&self, code: Result<Machine, String>) {
        // A second word is dropped where it was said, which is not the audio thread.
        let _ = self.code.set(code);
    }

    /// The machine code that has taken over.
    pub(super) fn machine(&self) -> Option<&Machine> {
        self.code.get()?.as_ref().ok()
    }

    fn playing(&self) -> &dyn Kernel {
        match self.machine() {
            Some(machine) => machine,
            None => &self.interpreter,
        }
    }
}

impl Kernel for Growing {
    fn backend(&self) -> Backend {
        match self.code.get() {
            Some(Err(_)) => Backend::Interpreter,
            _ => Backend::MachineCode,
        }
    }
    fn is_settled(&self) -> bool {
        self.code.get().is_some()
    }
    fn why_interpreted(&self) -> Option<&str> {
        self.code.get()?.as_ref().err().map(String::as_str)
    }
    fn hears_time(&self) -> bool {
        self.interpreter.hears_time()
    }
    fn state_words(&self) -> usize {
        self.interpreter.state_words()
    }
    fn init(&self, state: &mut [u32], seed: u64) {
        self.interpreter.init(state, seed);
    }
    fn rest(&self) -> Option<&Rest> {
        self.interpreter.rest()
    }
    fn wake(&self, state: &mut [u32], frames: u32, controls: &[Lane], at: usize) {
        self.interpreter.wake(state, frames, controls, at);
    }
    fn run(&self, state: &mut [u32], io: Io<'_>) {
        self.playing().run(state, io);
    }
    fn run_four(&self, states: [&mut [u32]; FOUR], io: FourIo<'_>) {
        self.playing().run_four(states, io);
    }
}
