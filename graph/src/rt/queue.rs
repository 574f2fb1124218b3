//! The queues and counters that cross threads. The queues have one producer and one consumer, are wait-free and of
//! fixed size.
//!
//! They are `rtrb`'s and the standard library's. Under `--cfg loom` a small ring of the same shape and loom's atomics
//! take their place, so that a model check can try every order in which the threads may act. What is checked is our use
//! of them (the tests of [`super::link()`], of the post and of scopes); `rtrb` checks itself.

#[cfg(not(loom))]
pub use rtrb::{Consumer, Producer, PushError, RingBuffer};
#[cfg(not(loom))]
pub use std::sync::atomic;

#[cfg(loom)]
pub use loom::sync::atomic;
#[cfg(loom)]
pub use model::{Consumer, Producer, PushError, RingBuffer};

/// What a model check shares between its threads; the standard library's where nothing is checked.
#[cfg(loom)]
pub use loom::sync::Arc;
#[cfg(not(loom))]
pub use std::sync::Arc;

/// Runs a test: under loom in every order in which its threads may act, else once.
#[cfg(test)]
pub fn every_order(run: impl Fn() + Send + Sync + 'static) {
    #[cfg(loom)]
    loom::model(run);
    #[cfg(not(loom))]
    run();
}

/// How often a thread of a test acts: a model check tries every order of few steps, other runs do many.
#[cfg(test)]
pub const TURNS: usize = if cfg!(loom) { 2 } else { 200 };

#[cfg(all(test, loom))]
pub use loom::thread;
#[cfg(all(test, not(loom)))]
pub use std::thread;

#[cfg(loom)]
mod model {
    #![allow(unsafe_code)]

    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicUsize, Ordering};

    /// The ring. `head` is the consumer's count of what it has taken, `tail` the producer's of what it has put in.
    pub struct RingBuffer<T> {
        slots: Box<[UnsafeCell<Option<T>>]>,
        head: AtomicUsize,
        tail: AtomicUsize,
    }

    // SAFETY: a slot between `head` and `tail` is the consumer's alone, every other the producer's alone; the counts
    // hand slots over with release and acquire. There is one of each, and neither can be cloned.
    unsafe impl<T: Send> Sync for RingBuffer<T> {}
    // SAFETY: it owns what is in it.
    unsafe impl<T: Send> Send for RingBuffer<T> {}

    pub struct Producer<T>(Arc<RingBuffer<T>>);
    pub struct Consumer<T>(Arc<RingBuffer<T>>);

    #[derive(Debug)]
    pub enum PushError<T> {
        Full(T),
    }

    /// Places that are filled and handed over at once.
    pub struct WriteChunkUninit<'a, T>(&'a mut Producer<T>, usize);

    impl<T> RingBuffer<T> {
        #[expect(clippy::new_ret_no_self, reason = "as rtrb has it")]
        pub fn new(capacity: usize) -> (Producer<T>, Consumer<T>) {
            let ring = Arc::new(RingBuffer {
                slots: (0..capacity).map(|_| UnsafeCell::new(None)).collect(),
                head: AtomicUsize::new(0),
                tail: AtomicUsize::new(0),
            });
            (Producer(Arc::clone(&ring)), Consumer(ring))
        }
    }

    impl<T> Producer<T> {
        pub fn push(&mut self, value: T) -> Result<(), PushError<T>> {
            if self.is_full() {
                return Err(PushError::Full(value));
            }
            self.put(std::iter::once(value));
            Ok(())
        }
        pub fn push_entire_slice(&mut self, slice: &[T]) -> Result<(), ()>
        where
            T: Copy,
        {
            if self.slots() < slice.len() {
                return Err(());
            }
            self.put(slice.iter().copied());
            Ok(())
        }
        pub fn write_chunk_uninit(&mut self, n: usize) -> Result<WriteChunkUninit<'_, T>, ()> {
            if self.slots() < n {
                return Err(());
            }
            Ok(WriteChunkUninit(self, n))
        }
        pub fn is_full(&self) -> bool {
            self.slots() == 0
        }
        pub fn slots(&self) -> usize {
            let used = self.0.tail.load(Ordering::Relaxed) - self.0.head.load(Ordering::Acquire);
            self.0.slots.len() - used
        }
        pub fn is_abandoned(&self) -> bool {
            Arc::strong_count(&self.0) == 1
        }
        /// Fills the next places, for which there is room, and then hands all of them over.
        fn put(&mut self, values: impl Iterator<Item = T>) -> usize {
            let first = self.0.tail.load(Ordering::Relaxed);
            let mut tail = first;
            for value in values {
                let slot = &self.0.slots[tail % self.0.slots.len()];
                // SAFETY: the slot is not between `head` and `tail`, so it is this producer's.
                slot.with_mut(|slot| unsafe { *slot = Some(value) });
                tail += 1;
            }
            self.0.tail.store(tail, Ordering::Release);
            tail - first
        }
    }

    impl<T> WriteChunkUninit<'_, T> {
        pub fn fill_from_iter(self, values: impl IntoIterator<Item = T>) -> usize {
            self.0.put(values.into_iter().take(self.1))
        }
    }

    impl<T> Consumer<T> {
        pub fn pop(&mut self) -> Result<T, ()> {
            if self.slots() == 0 {
                return Err(());
            }
            let head = self.0.head.load(Ordering::Relaxed);
            let slot = &self.0.slots[head % self.0.slots.len()];
            // SAFETY: the slot is between `head` and `tail`, so it is this consumer's.
            let value = slot.with_mut(|slot| unsafe { (*slot).take() });
            self.0.head.store(head + 1, Ordering::Release);
            value.ok_or(())
        }
        pub fn slots(&self) -> usize {
            self.0.tail.load(Ordering::Acquire) - self.0.head.load(Ordering::Relaxed)
        }
        pub fn is_abandoned(&self) -> bool {
            Arc::strong_count(&self.0) == 1
        }
    }
}
