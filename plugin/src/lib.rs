//! Sorl as a plugin: the instrument and the effect, in VST3 and CLAP, and what the standalone
//! program shares with them.
//!
//! The engine is the crate `sorl-graph`. Here is what stands between it and a person: the
//! [`desk`] that editor and host work at, the [`editor`], and the host's side of an instance.

#![deny(missing_docs, unsafe_code)]

/// Lets tests hold the audio path to its word: inside `assert_no_alloc` every allocation aborts.
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

mod clap_entry;
mod delay;
pub mod desk;
pub mod editor;
pub mod export;
pub mod folders;
mod glide;
mod handover;
mod history;
mod instance;
pub mod labels;
pub mod log;
mod notes;
pub mod osc;
mod pairs;
pub mod params;
pub mod preferences;
pub mod presets;
mod processor;
pub mod project;
pub mod remote;
mod scene;
pub mod sounds;
pub mod state;
mod take_in;
mod ticking;
mod transport;
mod vst3_entry;
mod window;

use nice_plug::prelude::*;

pub use instance::{Instance, Kind};

/// The score that a fresh instrument plays: a polyphonic synth.
pub const INSTRUMENT_SCORE: &str = include_str!("../scores/instrument.sorl");
/// The score that a fresh effect plays: what comes in goes out.
pub const EFFECT_SCORE: &str = include_str!("../scores/effect.sorl");

/// The plugin that is played with notes.
pub struct Instrument;

impl Kind for Instrument {
    const NAME: &'static str = "Sorl";
    const CLAP_ID: &'static str = "org.sorl.instrument";
    const DESCRIPTION: &'static str = "A live, programmable audio graph, played with notes";
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::Instrument,
        ClapFeature::Synthesizer,
        ClapFeature::Stereo,
    ];
    const VST3_ID: [u8; 16] = *b"SorlInstrument01";
    const VST3_CATEGORIES: &'static [Vst3SubCategory] = &[
        Vst3SubCategory::Instrument,
        Vst3SubCategory::Synth,
        Vst3SubCategory::Stereo,
    ];
    const LAYOUTS: &'static [AudioIOLayout] = &[
        AudioIOLayout {
            main_output_channels: NonZeroU32::new(2),
            aux_output_ports: &[new_nonzero_u32(2); 8],
            names: PortNames {
                layout: Some("Stereo and eight more"),
                main_output: Some("Out 1"),
                aux_outputs: &[
                    "Out 2", "Out 3", "Out 4", "Out 5", "Out 6", "Out 7", "Out 8", "Out 9",
                ],
                ..PortNames::const_default()
            },
            ..AudioIOLayout::const_default()
        },
        AudioIOLayout {
            main_output_channels: NonZeroU32::new(2),
            names: PortNames {
                layout: Some("Stereo"),
                ..PortNames::const_default()
            },
            ..AudioIOLayout::const_default()
        },
    ];
    const HAS_INPUT: bool = false;
    const SCORE: &'static str = INSTRUMENT_SCORE;
}

/// The plugin that sound goes through.
pub struct Effect;

impl Kind for Effect {
    const NAME: &'static str = "Sorl FX";
    const CLAP_ID: &'static str = "org.sorl.effect";
    const DESCRIPTION: &'static str = "A live, programmable audio graph for the sound of a track";
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::MultiEffects,
        ClapFeature::Stereo,
    ];
    const VST3_ID: [u8; 16] = *b"SorlEffectFX0001";
    const VST3_CATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Stereo];
    const LAYOUTS: &'static [AudioIOLayout] = &[
        AudioIOLayout {
            main_input_channels: NonZeroU32::new(2),
            main_output_channels: NonZeroU32::new(2),
            aux_input_ports: &[new_nonzero_u32(2)],
            names: PortNames {
                layout: Some("Stereo with side chain"),
                aux_inputs: &["Side chain"],
                ..PortNames::const_default()
            },
            ..AudioIOLayout::const_default()
        },
        AudioIOLayout {
            main_input_channels: NonZeroU32::new(2),
            main_output_channels: NonZeroU32::new(2),
            names: PortNames {
                layout: Some("Stereo"),
                ..PortNames::const_default()
            },
            ..AudioIOLayout::const_default()
        },
    ];
    const HAS_INPUT: bool = true;
    const SCORE: &'static str = EFFECT_SCORE;
}

type SorlInstrument = Instance<Instrument>;
type SorlEffect = Instance<Effect>;

// For CLAP there is `clap_entry`, for VST3 `vst3_entry`.
