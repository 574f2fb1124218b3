//! How long a unit generator rings on.

use serde::{Deserialize, Serialize};

/// How long a unit generator still sounds after its inputs have fallen silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Tail {
    /// Not at all: silence in, silence out.
    #[default]
    None,
    /// At most so many seconds, its latency included.
    Seconds(f32),
    /// Without end, or of itself: oscillators, sequencers, a frozen spectrum.
    Endless,
}
