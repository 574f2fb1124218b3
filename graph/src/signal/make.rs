//! Making kernels: what runs a function is chosen here, made once, and shared. Control side only; machine code is
//! compiled by a worker thread.

#[cfg(feature = "jit")]
use super::FOUR;
#[cfg(feature = "jit")]
use super::jit::Growing;
use super::{Backend, Function, Interpreter, Kernel, passes};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Weak};

/// Makes kernels: machine code where that is wanted and possible, else interpreters.
///
/// Equal functions get the same kernel, as long as anything uses it and for a while after: the code of the last few that
/// nothing uses any more is kept, so that taking an edit back compiles nothing. A new kernel is there at once and is
/// played by the interpreter until a worker has compiled it; the state is the same and so are the bits, so the change
/// cannot be heard.
/// Without the feature `jit`, on a processor without a code generator, where the system gives no memory to execute,
/// and for functions beyond its bounds the interpreter goes on playing.
pub struct Maker {
    preferred: Backend,
    known: HashMap<u64, Vec<Made>>,
    /// How many there may be before what nothing uses is forgotten.
    room: usize,
    /// Counts what was asked for.
    asked: u64,
    /// Something that used kernels may be gone since what nothing uses was looked for.
    returned: bool,
    #[cfg(feature = "jit")]
    worker: super::jit::Worker,
}

/// A function and what was made of it.
struct Made {
    function: Arc<Function>,
    rate: u32,
    kernel: Weak<dyn Kernel>,
    /// The same, where it is compiled, and whether nodes of four voices or more want it.
    #[cfg(feature = "jit")]
    growing: Option<(Weak<Growing>, bool)>,
    /// The same, from when it was compiled until it is one of too many that nothing uses.
    kept: Option<Arc<dyn Kernel>>,
    /// When it was asked for last.
    asked: u64,
}

/// How many kernels that nothing uses keep their code.
const KEPT: usize = 16;

impl Maker {
    /// A maker that prefers this backend. Cheap: a compiler is made with the first kernel.
    pub fn new(preferred: Backend) -> Maker {
        Maker {
            preferred,
            known: HashMap::new(),
            room: 64,
            asked: 0,
            returned: false,
            #[cfg(feature = "jit")]
            worker: super::jit::Worker::default(),
        }
    }

    /// Makes a verified function ready for a rate in Hz, for nodes of so many voices. Does not wait for machine code.
    ///
    /// # Panics
    /// If the function breaks a rule of [`super::verify`]; builders only make functions that keep them.
    pub fn make(&mut self, function: &Arc<Function>, rate: u32, voices: usize) -> Arc<dyn Kernel> {
        #[cfg(feature = "jit")]
        let many = voices >= FOUR;
        #[cfg(not(feature = "jit"))]
        let _ = voices;
        let hash = fingerprint(function, rate);
        self.asked += 1;
        let known = self.known.get_mut(&hash).into_iter().flatten();
        let equal = known.into_iter().find_map(|made| {
            let serves = made.rate == rate
                && (Arc::ptr_eq(&made.function, function)
                    || is_same_code(&made.function, function));
            let kernel = serves.then(|| made.kernel.upgrade()).flatten()?;
            Some((made, kernel))
        });
        if let Some((made, kernel)) = equal {
            made.asked = self.asked;
            #[cfg(feature = "jit")]
            made.want(&self.worker, many);
            return kernel;
        }
        self.forget();
        let optimised = Arc::new(passes::optimise(function));
        #[cfg(feature = "jit")]
        let mut growing = None;
        let kernel: Arc<dyn Kernel> = match self.preferred {
            #[cfg(feature = "jit")]
            Backend::MachineCode => {
                let kernel = Arc::new(Growing::new(optimised, rate));
                self.worker.compile(&kernel, many);
                growing = Some((Arc::downgrade(&kernel), many));
                kernel
            }
            _ => Arc::new(Interpreter::new(optimised, rate)),
        };
        self.known.entry(hash).or_default().push(Made {
            function: Arc::clone(function),
            rate,
            kernel: Arc::downgrade(&kernel),
            #[cfg(feature = "jit")]
            growing,
            kept: None,
            asked: self.asked,
        });
        kernel
    }

    /// Waits until everything made so far is compiled. Not for a thread that must not wait.
    pub fn wait(&self) {
        #[cfg(feature = "jit")]
        self.worker.wait();
    }

    /// Whether something is compiled at this moment, or was since this was asked last. Part of the regular work: what was
    /// compiled is kept from here on.
    pub fn take_news(&mut self) -> bool {
        #[cfg(feature = "jit")]
        let news = self.worker.take_news();
        #[cfg(not(feature = "jit"))]
        let news = false;
        if news {
            self.keep();
        }
        if std::mem::take(&mut self.returned) || news {
            self.let_go();
        }
        news
    }

    /// A Plan came home: kernels may have lost their last user. The next [`Maker::take_news`] sees to it.
    pub fn came_home(&mut self) {
        self.returned = true;
    }

    /// Keeps what is in use for when nothing uses it any more; of that, what was asked for last.
    fn keep(&mut self) {
        for made in self.known.values_mut().flatten() {
            // What is still to be compiled may be let go: then it is not.
            let kernel = made.kernel.upgrade();
            made.kept = kernel.filter(|kernel| kernel.is_settled());
        }
    }

    /// Lets go of kernels that nothing uses, but for those that were asked for last.
    fn let_go(&mut self) {
        let unused = |made: &&mut Made| {
            let kept = made.kept.as_ref();
            kept.is_some_and(|kernel| Arc::strong_count(kernel) == 1)
        };
        let all = self.known.values_mut().flatten();
        let mut unused: Vec<&mut Made> = all.filter(unused).collect();
        unused.sort_by_key(|made| Reverse(made.asked));
        for made in unused.into_iter().skip(KEPT) {
            made.kept = None;
        }
    }

    /// Forgets what nothing uses any more, now and then: all of it is looked through only when it has doubled.
    fn forget(&mut self) {
        if self.known.len() < self.room {
            return;
        }
        self.let_go();
        self.known.retain(|_, made| {
            made.retain(|m| m.kernel.strong_count() > 0);
            !made.is_empty()
        });
        self.room = (2 * self.known.len()).max(64);
    }
}

#[cfg(feature = "jit")]
impl Made {
    /// Has what is compiled so far for one voice compiled for `many`, too.
    fn want(&mut self, worker: &super::jit::Worker, many: bool) {
        if let Some((growing, wanted)) = &mut self.growing
            && many
            && !*wanted
            && let Some(kernel) = growing.upgrade()
        {
            worker.compile(&kernel, true);
            *wanted = true;
        }
    }
}

/// A hash of what makes a function's code, to find its equals quickly.
fn fingerprint(function: &Function, rate: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&function.ops, &function.outputs, rate).hash(&mut hasher);
    hasher.finish()
}

/// Whether two functions have the same code: names and start values are not part of it, ranges are.
fn is_same_code(a: &Function, b: &Function) -> bool {
    fn numbers(f: &Function) -> impl Iterator<Item = Vec<u32>> {
        let bits = |table: &[f32]| table.iter().map(|x| x.to_bits()).collect();
        f.tables.iter().map(move |table| bits(table))
    }
    let ranges = |f: &Function| -> Vec<[u32; 2]> {
        let bits = f.controls.iter().map(|c| [c.lo.to_bits(), c.hi.to_bits()]);
        bits.collect()
    };
    a.ops == b.ops
        && a.outputs == b.outputs
        && a.inputs.len() == b.inputs.len()
        && numbers(a).eq(numbers(b))
        && ranges(a) == ranges(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Builder, Control, Op};

    fn tone(name: &str, hi: f32) -> Arc<Function> {
        let mut b = Builder::new();
        let freq = b.control(Control::new(name, 1.0, 0.0, hi)).unwrap();
        let out = b.add(Op::Sine(freq)).unwrap();
        Arc::new(b.finish(vec![out]))
    }

    #[test]
    fn equal_functions_share_a_kernel_as_long_as_it_is_used() {
        let mut maker = Maker::new(Backend::MachineCode);
        let first = maker.make(&tone("a", 9.0), 48000, 8);
        let other_name = maker.make(&tone("b", 9.0), 48000, 1);
        assert!(Arc::ptr_eq(&first, &other_name));
        let one = maker.make(&tone("a", 7.0), 48000, 1);
        assert!(Arc::ptr_eq(&one, &maker.make(&tone("a", 7.0), 48000, 8)));
        assert!(!Arc::ptr_eq(&first, &maker.make(&tone("a", 8.0), 48000, 1)));
        assert!(!Arc::ptr_eq(&first, &maker.make(&tone("a", 9.0), 44100, 1)));
        let used = Arc::downgrade(&first);
        maker.wait();
        drop((first, other_name));
        assert_eq!(used.strong_count(), 0);
    }

    #[cfg(feature = "jit")]
    #[test]
    fn what_was_compiled_lately_is_not_compiled_again() {
        let mut maker = Maker::new(Backend::MachineCode);
        let mut compiled = |hi: f32| {
            let kernel = maker.make(&tone("a", hi), 48000, 1);
            maker.wait();
            assert!(maker.take_news());
            Arc::downgrade(&kernel)
        };
        let first = compiled(1.0);
        let others: Vec<_> = (2..40).map(|i| compiled(i as f32)).collect();
        let there = |kernel: &Weak<dyn Kernel>| kernel.strong_count() > 0;
        assert!(!there(&first));
        // The newest is counted before it is let go.
        assert_eq!(others.iter().filter(|k| there(k)).count(), KEPT + 1);
        let last = maker.make(&tone("a", 39.0), 48000, 1);
        assert!(Weak::ptr_eq(&Arc::downgrade(&last), &others[37]));
        assert!(!maker.take_news(), "nothing was compiled");
    }

    #[test]
    fn what_nothing_uses_is_forgotten() {
        let mut maker = Maker::new(Backend::Interpreter);
        for i in 0..1000 {
            drop(maker.make(&tone("a", 1.0 + i as f32), 48000 + i, 1));
        }
        assert!(maker.known.len() <= 64);
    }
}
