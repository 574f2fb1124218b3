//! Closures as unit generators.

use super::{Description, UGen, Unit, UnitIo};
use std::sync::Arc;

struct Made<M> {
    about: Description,
    make: M,
}

struct Running<F> {
    run: F,
    /// As it was made, to begin anew.
    fresh: F,
}

/// A unit generator from a description and a closure that makes closures: `make(rate, seed)` gives one instance,
/// which is called for every span with what it has to read and write. The instance is copied to begin anew, so
/// its state is plain values and arrays; what needs a heap implements [`UGen`] itself.
pub fn unit<M, F>(about: Description, make: M) -> Arc<dyn Unit>
where
    M: Fn(u32, u64) -> F + Send + Sync + 'static,
    F: FnMut(&mut UnitIo<'_>) + Copy + Send + 'static,
{
    Arc::new(Made { about, make })
}

impl<M, F> Unit for Made<M>
where
    M: Fn(u32, u64) -> F + Send + Sync + 'static,
    F: FnMut(&mut UnitIo<'_>) + Copy + Send + 'static,
{
    fn describe(&self) -> &Description {
        &self.about
    }
    fn make(&self, rate: u32, seed: u64) -> Box<dyn UGen> {
        let run = (self.make)(rate, seed);
        Box::new(Running { run, fresh: run })
    }
}

impl<F: FnMut(&mut UnitIo<'_>) + Copy + Send> UGen for Running<F> {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        (self.run)(io);
    }
    fn reset(&mut self) {
        self.run = self.fresh;
    }
}
