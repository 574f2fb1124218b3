//! Machine code for signal functions, by Cranelift.
//!
//! `schedule` decides which part of a function runs in which stage, `split` builds the stages, and `staged` gives them
//! spans that they can run at once; `shape` builds one loop of everything; `lower` says what each operation is in
//! arithmetic; `emit` is that arithmetic in Cranelift's words, and `words` leads what the interpreter shares to them;
//! `hoist` keeps constants in registers; `called` is what finished code calls; `code` owns its memory. Only these two are
//! unsafe.
//!
//! Four voices ride in the lanes of vectors, in one loop over the span with the state in registers. One voice runs
//! in stages where that is worth it: four frames at once, then what goes from frame to frame; else in one loop. What
//! hangs on constants and controls alone is computed before the loop, and again each frame while a control moves.
//! Every sum and product is the [`super::Interpreter`]'s, in its order, so the output is the interpreter's bit for bit.
//!
//! Compiling and freeing is the control side's and its worker's (`worker`). [`Machine`]'s `run` and `init` are real-time safe.

mod called;
mod code;
mod emit;
mod growing;
mod hoist;
mod lower;
mod schedule;
mod shape;
mod split;
mod staged;
mod words;
mod worker;

use super::layout::Layout;
use super::{Backend, FOUR, Fault, FourIo, Function, GRID, Io, Kernel, Op, verify};
use code::Code;
use cranelift_codegen::CodegenError;
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable, SetError};
use cranelift_module::ModuleError;
pub(super) use growing::Growing;
use schedule::Schedule;
use staged::Staged;
use std::sync::{Arc, OnceLock};
pub(super) use worker::Worker;

/// The most instructions of a kernel before optimisation. Compile time grows faster than their number; this many
/// take some ten milliseconds.
pub const MAX_INSTRUCTIONS: usize = 3000;

/// Why a function has no machine code.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// A processor or system that the code generator does not know.
    #[error("there is no machine code for this processor: {0}")]
    Host(&'static str),
    /// A setting that the code generator does not know.
    #[error("the code generator refuses a setting: {0}")]
    Settings(#[from] SetError),
    /// The code generator could not be made.
    #[error("the code generator failed: {0}")]
    Codegen(#[from] CodegenError),
    /// Not a well-formed function.
    #[error("not a function: {0}")]
    Function(#[from] Fault),
    /// More than [`MAX_INSTRUCTIONS`].
    #[error(
        "the function has {0} instructions, more than {MAX_INSTRUCTIONS}; split it into several nodes"
    )]
    TooLarge(usize),
    /// Code that would call into something else.
    #[error("the code would need help from outside")]
    Outside,
    /// Compiling failed, or the system gives no memory to execute.
    #[error("no machine code: {0}")]
    Module(#[from] Box<ModuleError>),
}

/// Compiles functions. Control side only.
pub struct Jit {
    isa: OwnedTargetIsa,
}

impl Jit {
    /// A compiler for the processor that this runs on.
    pub fn new() -> Result<Jit, Refused> {
        Jit::with(cranelift_native::builder().map_err(Refused::Host)?)
    }

    /// A compiler that uses only what nearly every processor of this architecture has; on x86-64 that is SSE4.1, of 2008.
    /// What it makes is slower and gives the same bits: what is heard does not hang on the processor.
    pub fn plain() -> Result<Jit, Refused> {
        let mut host = cranelift_native::builder_with_options(false).map_err(Refused::Host)?;
        #[cfg(target_arch = "x86_64")]
        {
            if !std::is_x86_feature_detected!("sse4.1") {
                return Err(Refused::Host("it has no SSE4.1"));
            }
            for level in ["has_sse3", "has_ssse3", "has_sse41"] {
                host.enable(level)?;
            }
        }
        Jit::with(host)
    }

    fn with(host: isa::Builder) -> Result<Jit, Refused> {
        let mut flags = settings::builder();
        // What is invariant is written before the loops already. More would only hoist constants into registers that
        // are needed for other things: measured, it is slower code in twice the time.
        flags.set("opt_level", "none")?;
        flags.set("is_pic", "false")?;
        flags.set("use_colocated_libcalls", "false")?;
        // A large frame must not step over the stack's guard page.
        flags.set("enable_probestack", "true")?;
        flags.set("probestack_strategy", "inline")?;
        let verifier = cfg!(debug_assertions).to_string();
        flags.set("enable_verifier", &verifier)?;
        let isa = host.finish(settings::Flags::new(flags))?;
        // Indices are computed in 64 bits.
        if isa.pointer_bits() != 64 {
            return Err(Refused::Host("it has not 64 bits"));
        }
        Ok(Jit { isa })
    }

    /// Compiles a function for a rate in Hz. From [`FOUR`] voices on there is also code that runs four at once.
    pub fn compile(
        &self,
        function: &Arc<Function>,
        rate: u32,
        voices: usize,
    ) -> Result<Machine, Refused> {
        let machine = self.compile_one(function, rate)?;
        if voices >= FOUR {
            self.widen(&machine)?;
        }
        Ok(machine)
    }

    /// Code for one voice.
    fn compile_one(&self, function: &Arc<Function>, rate: u32) -> Result<Machine, Refused> {
        verify(function)?;
        let layout = Layout::new(function, rate);
        let config = self.isa.frontend_config();
        let code = || self.in_one_loop(1, function, &layout, rate);
        let in_stages = |schedule: Schedule| {
            let code = Code::new(&self.isa, |f, context| {
                split::build(function, &schedule, &layout, rate, config, f, context);
                hoist::hoist(f);
                within_bounds(f)
            })?;
            Ok::<_, Refused>(Staged::new(code, schedule, &layout))
        };
        let moves = function.ops.iter().filter_map(|op| match *op {
            Op::Control(c) => Some(c),
            _ => None,
        });
        let one = match schedule::plan(function, &layout, false) {
            None => One::Loop(Box::new(code()?)),
            Some(still) => One::Stages {
                still: in_stages(still)?,
                moving: match schedule::plan(function, &layout, true) {
                    _ if moves.clone().next().is_none() => None,
                    Some(moving) => Some(in_stages(moving)?),
                    None => Some(Staged::whole(code()?)),
                },
                controls: moves.collect(),
            },
        };
        Ok(Machine {
            function: Arc::clone(function),
            rate,
            layout,
            one,
            four: OnceLock::new(),
        })
    }

    /// Adds code that runs four voices at once, where there is none; voices may be running meanwhile.
    fn widen(&self, machine: &Machine) -> Result<(), Refused> {
        if machine.four.get().is_some() {
            return Ok(());
        }
        let four = self.in_one_loop(FOUR, &machine.function, &machine.layout, machine.rate);
        let four = match four {
            // It has more instructions; then voices run one by one.
            Err(Refused::TooLarge(_)) => None,
            four => Some(four?),
        };
        // A second one would be the same, and is dropped here.
        let _ = machine.four.set(four);
        Ok(())
    }

    fn in_one_loop(
        &self,
        lanes: usize,
        function: &Function,
        layout: &Layout,
        rate: u32,
    ) -> Result<Code, Refused> {
        let config = self.isa.frontend_config();
        Code::new(&self.isa, |f, context| {
            shape::build(lanes, function, layout, rate, config, f, context);
            hoist::hoist(f);
            within_bounds(f)
        })
    }
}

/// A function as machine code. The code is freed with it, so the last one to let go must be the control side:
/// Plans travel home for that.
pub struct Machine {
    function: Arc<Function>,
    rate: u32,
    layout: Layout,
    one: One,
    /// Four voices at once: nothing where that is not wanted, or they are better run one by one.
    four: OnceLock<Option<Code>>,
}

/// How one voice runs.
enum One {
    /// In one loop.
    Loop(Box<Code>),
    /// In stages.
    Stages {
        /// While no control moves.
        still: Staged,
        /// While one does.
        moving: Option<Staged>,
        /// The controls that are looked at.
        controls: Box<[u16]>,
    },
}

fn within_bounds(f: &cranelift_codegen::ir::Function) -> Result<(), Refused> {
    match f.dfg.num_insts() {
        n if n <= MAX_INSTRUCTIONS => Ok(()),
        n => Err(Refused::TooLarge(n)),
    }
}

impl Kernel for Machine {
    fn backend(&self) -> Backend {
        Backend::MachineCode
    }

    fn state_words(&self) -> usize {
        self.layout.words
    }

    fn hears_time(&self) -> bool {
        self.function.hears_time()
    }

    fn init(&self, state: &mut [u32], seed: u64) {
        self.layout.init(&self.function, state, seed);
    }

    fn run(&self, state: &mut [u32], io: Io<'_>) {
        let (controls, outputs) = (io.controls.len(), io.outputs.len());
        self.check(io.from, io.to, io.inputs.len(), &[state.len()], &[controls]);
        let enough = outputs >= self.function.outputs.len();
        assert!(enough, "a buffer for each output");
        if io.from == io.to {
            return;
        }
        match &self.one {
            One::Loop(code) => code.run(state, io),
            One::Stages {
                still,
                moving,
                controls,
            } => {
                let moves = |c: &u16| io.controls[usize::from(*c)].moving;
                match moving {
                    Some(moving) if controls.iter().any(moves) => moving.run(state, io),
                    _ => still.run(state, io),
                }
            }
        }
    }

    fn run_four(&self, states: [&mut [u32]; FOUR], io: FourIo<'_>) {
        let Some(Some(four)) = self.four.get() else {
            return io.one_by_one(self, states);
        };
        let words = states.each_ref().map(|s| s.len());
        let controls = io.controls.map(<[_]>::len);
        self.check(io.from, io.to, io.inputs.len(), &words, &controls);
        if io.from < io.to {
            four.run_four(states, io);
        }
    }
}

impl Machine {
    /// What the code relies on; a caller that breaks it is stopped here.
    fn check(&self, from: usize, to: usize, inputs: usize, words: &[usize], controls: &[usize]) {
        let f = &*self.function;
        let all = |have: &[usize], need| have.iter().all(|n| *n >= need);
        assert!(from <= to && to <= GRID, "a span of one grid step");
        assert!(all(words, self.layout.words), "the state's words");
        assert!(inputs >= f.inputs.len(), "a buffer for each input");
        assert!(all(controls, f.controls.len()), "a lane for each control");
    }
}
