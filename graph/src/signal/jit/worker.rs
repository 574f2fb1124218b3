//! The thread that compiles. It begins with the first function and ends with its [`Worker`]; between functions it
//! sleeps.

use super::growing::Growing;
use super::{Jit, Refused};
use crate::signal::Kernel;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, Weak};
use std::thread::{self, JoinHandle};

/// Something to compile; nothing if no one uses it any more by the time it is its turn.
struct Job {
    kernel: Weak<Growing>,
    /// For nodes of four voices or more.
    many: bool,
}

/// How much is left to compile, and whether something was done that nobody has asked for.
#[derive(Default)]
struct Count {
    left: usize,
    news: bool,
}

#[derive(Default)]
struct Shared {
    count: Mutex<Count>,
    done: Condvar,
}

/// Compiles one function after the other, elsewhere.
#[derive(Default)]
pub struct Worker {
    shared: Arc<Shared>,
    /// `None` where no thread could be made.
    thread: OnceLock<Option<(Sender<Job>, JoinHandle<()>)>>,
}

impl Worker {
    /// Has a kernel's function compiled, what of it is not yet: for one voice, and for `many` if four are to run at once.
    /// Returns at once.
    pub fn compile(&self, kernel: &Arc<Growing>, many: bool) {
        let thread = self.thread.get_or_init(|| {
            let (jobs, todo) = mpsc::channel();
            let shared = Arc::clone(&self.shared);
            let thread = thread::Builder::new().name("sorl-compile".to_owned());
            let thread = thread.spawn(move || work(&todo, &shared)).ok()?;
            Some((jobs, thread))
        });
        let job = Job {
            kernel: Arc::downgrade(kernel),
            many,
        };
        self.shared.with(|count| count.left += 1);
        let sent = thread
            .as_ref()
            .is_some_and(|(jobs, _)| jobs.send(job).is_ok());
        if !sent {
            // The interpreter goes on.
            kernel.grow(Err("the system gives no thread to compile on".to_owned()));
            self.shared.finish();
        }
    }

    /// Waits until nothing is left to compile.
    pub fn wait(&self) {
        let count = self
            .shared
            .count
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let left = self.shared.done.wait_while(count, |count| count.left > 0);
        drop(left.unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether something is left, or was done since this was asked last.
    pub fn take_news(&self) -> bool {
        self.shared
            .with(|count| std::mem::take(&mut count.news) || count.left > 0)
    }
}

impl Drop for Worker {
    /// The thread ends before the program may be unloaded: it only finishes what it is at, since what it would do next
    /// nobody uses.
    fn drop(&mut self) {
        if let Some(Some((jobs, thread))) = self.thread.take() {
            drop(jobs);
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn with<T>(&self, change: impl FnOnce(&mut Count) -> T) -> T {
        change(&mut self.count.lock().unwrap_or_else(PoisonError::into_inner))
    }
    fn finish(&self) {
        self.with(|count| {
            count.left -= 1;
            count.news = true;
        });
        self.done.notify_all();
    }
}

fn work(todo: &Receiver<Job>, shared: &Shared) {
    // Made with the first function: a session that is only looked at needs none. The machine that forbids it once will
    // forbid it again.
    let mut jit = None;
    while let Ok(job) = todo.recv() {
        if let Some(kernel) = job.kernel.upgrade() {
            let compile = AssertUnwindSafe(|| compile(&mut jit, &kernel, job.many));
            if let Err(why) = catch_unwind(compile)
                .unwrap_or_else(|_| Err("the code generator failed".to_owned()))
            {
                kernel.grow(Err(why));
            }
        }
        shared.finish();
    }
}

fn compile(
    jit: &mut Option<Result<Jit, Refused>>,
    kernel: &Growing,
    many: bool,
) -> Result<(), String> {
    let jit = jit.get_or_insert_with(Jit::new);
    let jit = jit.as_ref().map_err(Refused::to_string)?;
    let refused = |refused: Refused| refused.to_string();
    if !kernel.is_settled() {
        let machine = jit.compile_one(&kernel.function, kernel.rate);
        kernel.grow(Ok(machine.map_err(refused)?));
    }
    match kernel.machine() {
        Some(machine) if many => jit.widen(machine).map_err(refused),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Backend, Builder, Op};

    #[test]
    fn what_is_given_is_compiled_and_what_nobody_wants_is_not() {
        let worker = Worker::default();
        let mut b = Builder::new();
        let freq = b.constant(440.0).unwrap();
        let out = b.add(Op::Sine(freq)).unwrap();
        let function = Arc::new(b.finish(vec![out]));
        let new = || Arc::new(Growing::new(Arc::clone(&function), 48000));
        let (kept, dropped) = (new(), new());
        worker.compile(&dropped, false);
        drop(dropped);
        worker.compile(&kept, true);
        worker.wait();
        assert!(worker.take_news() && !worker.take_news());
        assert_eq!(kept.backend(), Backend::MachineCode);
        assert_eq!(Arc::strong_count(&kept), 1);
        let mut b = Builder::new();
        let mut x = b.constant(440.0).unwrap();
        for _ in 0..200 {
            x = b.add(Op::Lowpass(x, x, x)).unwrap();
        }
        let too_large = Arc::new(b.finish(vec![x]));
        let kernel = Arc::new(Growing::new(too_large, 48000));
        for many in [false, true] {
            worker.compile(&kernel, many);
            worker.wait();
            assert_eq!(kernel.backend(), Backend::Interpreter);
        }
    }
}
