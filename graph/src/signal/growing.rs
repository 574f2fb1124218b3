//! A kernel that the interpreter plays until there is machine code.
//!
//! Both keep their state in the same words and give the same bits, so the machine code takes over between two spans
//! and nothing is heard of it. The worker puts it in its place; the audio thread only looks whether it is there, which
//! is one atomic load.

use super::{Backend, FOUR, FourIo, Interpreter, Io, Kernel};
use std::sync::OnceLock;

/// A function that runs at once, and faster later.
pub struct Growing {
    interpreter: Interpreter,
    /// Nothing while it is compiled; nothing in it if it cannot be.
    code: OnceLock<Option<Box<dyn Kernel>>>,
}

impl Growing {
    pub fn new(interpreter: Interpreter) -> Growing {
        Growing {
            interpreter,
            code: OnceLock::new(),
        }
    }

    /// Machine code takes over, or never will. The first word counts.
    #[cfg_attr(not(feature = "jit"), expect(dead_code, reason = "nothing compiles"))]
    pub fn grow(&self, code: Option<Box<dyn Kernel>>) {
        // A second word is dropped where it was said, which is not the audio thread.
        let _ = self.code.set(code);
    }

    fn playing(&self) -> &dyn Kernel {
        match self.code.get() {
            Some(Some(code)) => &**code,
            _ => &self.interpreter,
        }
    }
}

impl Kernel for Growing {
    fn backend(&self) -> Backend {
        match self.code.get() {
            Some(None) => Backend::Interpreter,
            _ => Backend::MachineCode,
        }
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
    fn run(&self, state: &mut [u32], io: Io<'_>) {
        self.playing().run(state, io);
    }
    fn run_four(&self, states: [&mut [u32]; FOUR], io: FourIo<'_>) {
        self.playing().run_four(states, io);
    }
}
