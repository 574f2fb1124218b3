//! How what stands around an instance reaches into it.
//!
//! The framework makes an instance inside a call of ours and keeps it to itself. The instance leaves here its desk, its
//! parameters, what it tells of the song's clock and the way to the framework's worker, and whoever asked for it on the same
//! thread takes them, at once. Main thread; no instance is kept alive by this.

use std::cell::RefCell;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Weak};
use std::time::Duration;

use rtrb::Consumer;
use sorl_graph::TimedMidi;

use crate::desk::Desk;
use crate::params::HostParams;

/// What an instance leaves.
#[derive(Default)]
struct Left {
    desk: Weak<Desk>,
    params: Weak<HostParams>,
    clock: Option<Consumer<TimedMidi>>,
    worker: Option<Worker>,
}

/// The way to the framework's worker: what is given here is dropped by it, after all that it was asked for before.
pub(crate) type Worker = Box<dyn Fn(Fence)>;

thread_local! {
    static LEFT: RefCell<Left> = RefCell::default();
}

/// Leaves desk, parameters and clock of the instance that is being made.
pub(crate) fn leave(desk: &Arc<Desk>, params: &Arc<HostParams>, clock: Consumer<TimedMidi>) {
    let left = Left {
        desk: Arc::downgrade(desk),
        params: Arc::downgrade(params),
        clock: Some(clock),
        worker: None,
    };
    LEFT.with(|all| all.replace(left));
}

/// Leaves the way to its worker, too.
pub(crate) fn leave_worker(worker: Worker) {
    LEFT.with(|all| all.borrow_mut().worker = Some(worker));
}

/// What the instance left that was made last on this thread, once.
pub(crate) fn take() -> Option<Taken> {
    let left = LEFT.with(RefCell::take);
    Some(Taken {
        desk: left.desk.upgrade()?,
        params: left.params.upgrade()?,
        clock: left.clock?,
        worker: left.worker,
    })
}

/// What was taken.
pub(crate) struct Taken {
    pub(crate) desk: Arc<Desk>,
    pub(crate) params: Arc<HostParams>,
    /// The words of the song's MIDI clock, each with its frame in the host's block. Audio thread.
    pub(crate) clock: Consumer<TimedMidi>,
    /// None where the framework did not offer it.
    pub(crate) worker: Option<Worker>,
}

/// What a worker is given to find out where it is. Its disappearance is the sign.
pub struct Fence(#[allow(dead_code)] Sender<()>);

impl Fence {
    /// The longest that is waited for.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// Waits until a worker has done all that it was asked for.
    pub(crate) fn wait_for(worker: &Worker) {
        let (fence, passed) = mpsc::channel();
        worker(Fence(fence));
        // Nothing is ever sent: this ends with the fence, or the patience.
        let _ = passed.recv_timeout(Fence::PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtrb::RingBuffer;
    use std::thread;

    #[test]
    fn a_fence_comes_back_behind_what_was_asked_for_before() {
        let (ask, asked) = mpsc::channel::<(u32, Option<Fence>)>();
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            for (what, fence) in asked {
                tell.send(what).expect("the test listens");
                drop(fence);
            }
        });
        for what in 0..100 {
            ask.send((what, None)).expect("the thread listens");
        }
        let worker: Worker = Box::new(move |fence| {
            ask.send((100, Some(fence))).expect("the thread listens");
        });
        Fence::wait_for(&worker);
        assert_eq!(told.try_iter().last(), Some(100));
        drop(worker);
        thread.join().expect("the thread ends");
    }

    #[test]
    fn what_is_left_is_taken_once() {
        let desk = Desk::new("");
        let params = Arc::new(HostParams::new(Arc::clone(&desk)));
        leave(&desk, &params, RingBuffer::new(1).1);
        leave_worker(Box::new(drop));
        let taken = take().expect("it was just left");
        assert!(Arc::ptr_eq(&taken.desk, &desk) && taken.worker.is_some());
        assert!(take().is_none());
        leave(&desk, &params, RingBuffer::new(1).1);
        drop((desk, params, taken));
        assert!(take().is_none(), "nothing is kept alive");
    }
}
