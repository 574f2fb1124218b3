//! A unit from its parts: what the units of this folder are made with.

use super::{Description, Tail, UGen, Unit};
use crate::resource::Library;
use std::sync::Arc;

/// A description, a function that makes instances, and what there is to say of time.
#[derive(Clone)]
pub struct Recipe {
    about: Description,
    make: fn(rate: u32, seed: u64) -> Box<dyn UGen>,
    latency: fn(rate: u32) -> u32,
    tail: fn(rate: u32) -> Tail,
}

impl Recipe {
    /// A unit that answers at once and does not ring.
    pub fn new(about: Description, make: fn(u32, u64) -> Box<dyn UGen>) -> Recipe {
        Recipe {
            about,
            make,
            latency: |_| 0,
            tail: |_| Tail::None,
        }
    }
    /// With a latency in frames, for a rate in Hz; it rings on for so long.
    pub fn late(mut self, latency: fn(u32) -> u32, tail: fn(u32) -> Tail) -> Recipe {
        (self.latency, self.tail) = (latency, tail);
        self
    }
    /// One that sounds of itself or without end.
    pub fn endless(mut self) -> Recipe {
        self.tail = |_| Tail::Endless;
        self
    }
    pub fn done(self) -> Arc<dyn Unit> {
        Arc::new(self)
    }
}

impl Unit for Recipe {
    fn describe(&self) -> &Description {
        &self.about
    }
    fn make(&self, rate: u32, seed: u64) -> Box<dyn UGen> {
        (self.make)(rate, seed)
    }
    /// Its controls may start elsewhere.
    fn furnish(&self, about: &Description, _sounds: &Library) -> Option<Arc<dyn Unit>> {
        Some(Arc::new(Recipe {
            about: about.clone(),
            ..self.clone()
        }))
    }
    fn latency(&self, rate: u32) -> u32 {
        (self.latency)(rate)
    }
    fn tail(&self, rate: u32) -> Tail {
        (self.tail)(rate)
    }
}
