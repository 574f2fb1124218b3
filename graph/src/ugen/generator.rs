//! Unit generators from plain structs: a type that says itself what it has.

use super::{Description, Tail, UGen, Unit, UnitIo};
use std::marker::PhantomData;
use std::sync::Arc;

/// A type of which every instance is a running unit generator. [`crate::unit_generator!`] writes this for a plain
/// struct with a `process` method; [`kind`] makes a [`Unit`] of it.
pub trait Generator: Send + Sized + 'static {
    /// What it has. The same every time; control thread.
    fn description() -> Description;
    /// One instance, for a sample rate in Hz; what is random in it hangs on the seed. Control thread.
    fn make(rate: u32, seed: u64) -> Self;
    /// Runs a span; see [`UGen::process`]. Audio thread.
    fn run(&mut self, io: &mut UnitIo<'_>);
    /// Back to the beginning, as if new. Audio thread.
    fn restart(&mut self);
    /// How many frames later than its input its output comes, at a sample rate in Hz. The same every time.
    fn latency(_rate: u32) -> u32 {
        0
    }
    /// How long it rings on, at a sample rate in Hz and whatever its controls say.
    fn tail(_rate: u32) -> Tail {
        Tail::None
    }
}

/// The [`Unit`] of a [`Generator`].
pub struct Kind<G> {
    about: Description,
    made: PhantomData<fn() -> G>,
}

/// The kind of unit generator that `G` is, to be registered with a session or made a node of.
pub fn kind<G: Generator>() -> Arc<Kind<G>> {
    Arc::new(Kind {
        about: G::description(),
        made: PhantomData,
    })
}

struct Running<G>(G);

impl<G: Generator> Unit for Kind<G> {
    fn describe(&self) -> &Description {
        &self.about
    }
    fn make(&self, rate: u32, seed: u64) -> Box<dyn UGen> {
        Box::new(Running(G::make(rate, seed)))
    }
    fn latency(&self, rate: u32) -> u32 {
        G::latency(rate)
    }
    fn tail(&self, rate: u32) -> Tail {
        G::tail(rate)
    }
}

impl<G: Generator> UGen for Running<G> {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        self.0.run(io);
    }
    fn reset(&mut self) {
        self.0.restart();
    }
}
