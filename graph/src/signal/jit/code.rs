//! The memory of finished code, and the call into it.
#![allow(unsafe_code)]

use super::Refused;
use crate::signal::{FOUR, FourIo, Io};
use cranelift_codegen::ir;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Module, ModuleError, default_libcall_names};
use std::sync::{Arc, Mutex, PoisonError};

/// State, inputs, controls, outputs, the span's first frame and the one after its last, in bytes of a buffer, and what
/// the clock says.
type Entry =
    unsafe extern "C" fn(*const (), *const (), *const (), *mut (), usize, usize, *const ());

/// A compiled function. Its memory is writable while it is filled and executable from then on, never both.
pub struct Code {
    entry: Entry,
    /// Owns the memory. The lock is only there because a module may not be looked at by two threads; nobody does.
    module: Mutex<Option<JITModule>>,
}

impl Code {
    /// Compiles what `build` writes into an empty function with the signature of `Entry`.
    ///
    /// `build` must keep to the bounds that [`Code::run`] is given: it touches `from..to` of the buffers, and the
    /// words of the state that its layout counts.
    pub fn new(
        isa: &OwnedTargetIsa,
        build: impl FnOnce(&mut ir::Function, &mut FunctionBuilderContext) -> Result<(), Refused>,
    ) -> Result<Code, Refused> {
        let builder = JITBuilder::with_isa(Arc::clone(isa), default_libcall_names());
        // From here on its drop frees the memory, whatever goes wrong.
        let mut owner = Owner(Some(JITModule::new(builder)));
        let module = owner.0.as_mut().ok_or(Refused::Outside)?;
        let mut context = module.make_context();
        let pointer = module.target_config().pointer_type();
        context.func.signature.params = vec![ir::AbiParam::new(pointer); 7];
        build(&mut context.func, &mut FunctionBuilderContext::new())?;
        let failed = |error: ModuleError| Refused::Module(Box::new(error));
        let id = module
            .declare_anonymous_function(&context.func.signature)
            .map_err(failed)?;
        module.define_function(id, &mut context).map_err(failed)?;
        let outside = |code: &cranelift_codegen::CompiledCode| !code.buffer.relocs().is_empty();
        if context.compiled_code().is_none_or(outside) {
            return Err(Refused::Outside);
        }
        module.finalize_definitions().map_err(failed)?;
        let address = module.get_finalized_function(id);
        // SAFETY: `address` is the beginning of a function that was just compiled with the signature of `Entry`
        // (seven integers of a pointer's size, no result) in the host's own calling convention, which
        // `make_context` gives; it is executable since `finalize_definitions`.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(address) };
        let module = Mutex::new(owner.0.take());
        Ok(Code { entry, module })
    }

    /// Runs a span of one voice, with code that was built for one lane. Real-time safe.
    ///
    /// # How the code keeps to its memory
    ///
    /// The caller has seen to it that `from < to ≤ GRID`, that there are as many words, inputs, controls and outputs as
    /// the function has, and, of code in stages, that what each line of its schedule begins with lies behind its end,
    /// where it ends in the span.
    ///
    /// The code reads the fours of a grid step that hold `from..to` of the function's inputs, controls and clock, and reads
    /// and writes the words of the layout and those fours of the outputs; buffers are a grid step long. Places in delay
    /// lines are brought into their line before the loop and wrapped in it (`shapes::at_home`, `shapes::next_place`); a
    /// line of which four frames are read and written at once is read and written on behind its end (`Staged::run` sees to
    /// what is there), and the layout leaves room there for a span, and on either side for those of four frames that are
    /// not the span's (`layout::AFTER`, `layout::BESIDE`). Other indices are held to their line or table
    /// (`shapes::delayed`, `shapes::place`), and the tables are those of the function that `Machine` keeps beside its code.
    /// The code calls nothing but what `called` has, with frames that are its outputs' or on its own stack.
    pub fn run(&self, state: &mut [u32], io: Io<'_>) {
        // SAFETY: the code lives as long as `self`, and keeps to its memory as is said above; `Machine::run` has checked
        // that words, buffers and controls are there and that the span is within a grid step. State and outputs are
        // borrowed exclusively, the state is written through a pointer of that borrow, and the code does not unwind.
        unsafe {
            (self.entry)(
                state.as_mut_ptr().cast::<()>().cast_const(),
                io.inputs.as_ptr().cast(),
                io.controls.as_ptr().cast(),
                io.outputs.as_mut_ptr().cast(),
                io.from * size_of::<f32>(),
                io.to * size_of::<f32>(),
                io.scratch.time.as_ptr().cast(),
            );
        }
    }

    /// Runs a span of four voices, with code that was built for four lanes. Real-time safe; the same is asked of
    /// the caller for each voice.
    pub fn run_four(&self, states: [&mut [u32]; FOUR], io: FourIo<'_>) {
        let states = states.map(<[u32]>::as_mut_ptr);
        let controls = io.controls.map(<[_]>::as_ptr);
        // SAFETY: as in `run`, for each of the four voices. The code reads four addresses each of `states` and
        // `controls`, which live until it returns, and the four states are distinct, being borrowed exclusively.
        unsafe {
            (self.entry)(
                states.as_ptr().cast(),
                io.inputs.as_ptr().cast(),
                controls.as_ptr().cast(),
                io.outputs.as_mut_ptr().cast(),
                io.from * size_of::<f32>(),
                io.to * size_of::<f32>(),
                io.scratch.time.as_ptr().cast(),
            );
        }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        let module = self
            .module
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        drop(Owner(module.take()));
    }
}

/// Frees the memory of a module with it.
struct Owner(Option<JITModule>);

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(module) = self.0.take() {
            // SAFETY: the only pointer into this memory is `Code::entry`, which is private, is called only through
            // a borrow of its `Code`, and goes away with it: no call is running and none will follow.
            unsafe { module.free_memory() };
        }
    }
}
