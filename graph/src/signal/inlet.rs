//! Which of the channels that come in an input node hears.

use serde::{Deserialize, Serialize};

/// Channels that come in from the host or the sound card: one, or two that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inlet {
    /// The first, from 0.
    pub first: u16,
    /// How many: 1 or 2.
    pub channels: u8,
}

/// The most stereo pairs that go out: as many channels as come in.
pub const MAX_PAIRS: u16 = Inlet::MOST / 2;

impl Inlet {
    /// The most channels that come in.
    pub const MOST: u16 = 32;
    /// The main input: the first two.
    pub const MAIN: Inlet = Inlet {
        first: 0,
        channels: 2,
    };

    /// A pair, counted from 1.
    pub fn pair(number: u16) -> Inlet {
        Inlet {
            first: number.saturating_sub(1).saturating_mul(2),
            channels: 2,
        }
    }

    /// A single channel, counted from 1.
    pub fn channel(number: u16) -> Inlet {
        Inlet {
            first: number.saturating_sub(1),
            channels: 1,
        }
    }
}
