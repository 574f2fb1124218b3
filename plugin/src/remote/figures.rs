//! What the sound runs on, in figures.

use serde::{Deserialize, Serialize};

/// What a back end told of itself last. Plain data for people and programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SoundFigures {
    /// The back end: `JACK`, `ALSA`, `null`.
    pub backend: String,
    /// Where the sound comes out; empty where there is nothing to say.
    pub device: String,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Frames a block.
    pub block: u32,
    /// Channels that come in and go out.
    pub channels: [u16; 2],
    /// How often the sound came too late since the start.
    pub xruns: u64,
    /// Frames from a sound at the input to its being heard, as far as the system tells.
    pub round_trip: Option<u32>,
    /// How far the rate of the input is from that of the output in parts per million, where two clocks are bridged.
    pub drift: Option<f32>,
    /// Why it is not the one that was asked for, if so.
    pub reason: Option<String>,
}
