//! The latency as a CLAP host hears of it: where an instance is activated, and not at all while it is active, but for a
//! wish to be activated anew.
//!
//! The framework finds out too late that it was being activated: it would have a host begin anew each time that it loads
//! a project which is late. [`Latency::asks`] is the audio thread's and waits for nothing; the rest is the main thread's.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use clap_sys::ext::latency::clap_plugin_latency;
use clap_sys::plugin::clap_plugin;

use super::outer::outer;

/// What the host was told.
#[derive(Default)]
pub(super) struct Latency {
    frames: AtomicU32,
    /// It was asked to begin anew since.
    asked: AtomicBool,
}

impl Latency {
    /// The instance is being activated, so many frames late. Whether the host believes something else.
    pub(super) fn settle(&self, frames: u32) -> bool {
        self.asked.store(false, Ordering::Relaxed);
        self.frames.swap(frames, Ordering::Relaxed) != frames
    }

    /// Whether the host is to be asked to begin anew, as what it was told does not hold any more: once.
    pub(super) fn asks(&self, frames: u32) -> bool {
        frames != self.frames.load(Ordering::Relaxed) && !self.asked.swap(true, Ordering::Relaxed)
    }
}

/// What a host asks.
pub(super) static LATENCY: clap_plugin_latency = clap_plugin_latency { get: Some(get) };

unsafe extern "C" fn get(plugin: *const clap_plugin) -> u32 {
    // SAFETY: the host calls with what `around` gave it.
    let this = unsafe { outer(plugin) };
    this.latency().frames.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_told_of_a_change_and_asked_once_for_each() {
        let latency = Latency::default();
        assert!(!latency.settle(0) && !latency.asks(0));
        assert!(latency.asks(64) && !latency.asks(64) && !latency.asks(32));
        assert!(latency.settle(32) && !latency.asks(32));
        assert!(latency.asks(0) && !latency.settle(32));
    }
}
