//! Choosing what runs a function. Control side only.

use super::{Backend, Function, Interpreter, Kernel};
use std::sync::Arc;

/// Makes kernels: machine code where that is wanted and possible, else interpreters.
///
/// Without the feature `jit`, on a processor without a code generator, where the system gives no memory to execute,
/// and for functions beyond its bounds the interpreter plays, which sounds the same.
pub struct Maker {
    preferred: Backend,
    #[cfg(feature = "jit")]
    jit: Jit,
}

/// The compiler, once it was needed: making one costs time, and most sessions that are only looked at need none.
#[cfg(feature = "jit")]
enum Jit {
    NotYet,
    Ready(super::jit::Jit),
    /// There is none on this machine; it is not tried again.
    Never,
}

impl Maker {
    /// A maker that prefers this backend. Cheap: a compiler is made with the first kernel.
    pub fn new(preferred: Backend) -> Maker {
        Maker {
            preferred,
            #[cfg(feature = "jit")]
            jit: Jit::NotYet,
        }
    }

    /// Makes a verified function ready for a rate in Hz, for nodes of so many voices.
    ///
    /// # Panics
    /// If the function breaks a rule of [`super::verify`]; builders only make functions that keep them.
    pub fn make(&mut self, function: &Arc<Function>, rate: u32, voices: usize) -> Arc<dyn Kernel> {
        if self.preferred == Backend::MachineCode
            && let Some(machine) = self.machine(function, rate, voices)
        {
            return machine;
        }
        Arc::new(Interpreter::new(Arc::clone(function), rate))
    }

    #[cfg(feature = "jit")]
    fn machine(
        &mut self,
        function: &Arc<Function>,
        rate: u32,
        voices: usize,
    ) -> Option<Arc<dyn Kernel>> {
        use super::jit::{Jit as Compiler, Refused};
        if matches!(self.jit, Jit::NotYet) {
            self.jit = Compiler::new().map_or(Jit::Never, Jit::Ready);
        }
        let Jit::Ready(compiler) = &self.jit else {
            return None;
        };
        match compiler.compile(function, rate, voices) {
            Ok(machine) => Some(Arc::new(machine)),
            Err(Refused::TooLarge(_) | Refused::Function(_)) => None,
            Err(_) => {
                // The machine forbids it, and will forbid the next one.
                self.jit = Jit::Never;
                None
            }
        }
    }

    #[cfg(not(feature = "jit"))]
    fn machine(&mut self, _: &Arc<Function>, _: u32, _: usize) -> Option<Arc<dyn Kernel>> {
        None
    }
}
