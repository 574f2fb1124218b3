//! One instance of Sorl in a host: both plugins share this, and differ by their [`Kind`].
//!
//! The host's main thread makes, activates and drops an instance; its audio thread resets and
//! processes. Being made is all that happens while a host scans: no sound, no file, no thread of
//! ours.

use std::marker::PhantomData;
use std::sync::Arc;

use nice_plug::prelude::*;

use crate::desk::Desk;
use crate::params::{HostParams, MACROS, Macro};
use crate::processor::Processor;
use crate::transport::host_time;
use crate::window::{self, HostEditor};
use crate::{handover, log};

/// What tells the plugins apart.
pub trait Kind: Send + Sync + 'static {
    /// The name that hosts show.
    const NAME: &'static str;
    /// The CLAP id, fixed for ever.
    const CLAP_ID: &'static str;
    /// One sentence for the plugin list.
    const DESCRIPTION: &'static str;
    /// CLAP's categories.
    const CLAP_FEATURES: &'static [ClapFeature];
    /// The VST3 class id, fixed for ever.
    const VST3_ID: [u8; 16];
    /// VST3's categories.
    const VST3_CATEGORIES: &'static [Vst3SubCategory];
    /// Channels in and out.
    const LAYOUTS: &'static [AudioIOLayout];
    /// Whether the host's input is played into the graph.
    const HAS_INPUT: bool;
    /// What a fresh instance plays.
    const SCORE: &'static str;
}

/// An instance of one of the plugins.
pub struct Instance<K: Kind> {
    desk: Arc<Desk>,
    params: Arc<HostParams>,
    /// There from activation to deactivation.
    processor: Option<Processor>,
    /// Where the macros stood for the last processor: what is moved between two of them is moved all the same.
    macros: Option<[Macro; MACROS]>,
    kind: PhantomData<K>,
}

impl<K: Kind> Default for Instance<K> {
    fn default() -> Self {
        let desk = Desk::new(K::SCORE);
        handover::leave(&desk);
        let params = Arc::new(HostParams::new(Arc::clone(&desk)));
        Instance {
            desk,
            params,
            processor: None,
            macros: None,
            kind: PhantomData,
        }
    }
}

impl<K: Kind> Instance<K> {
    /// Drops the processor, if there is one.
    fn let_go(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.macros = Some(processor.macros());
        }
    }
}

impl<K: Kind> Drop for Instance<K> {
    fn drop(&mut self) {
        // The host may unload the library next.
        self.desk.stop_ticking();
    }
}

impl<K: Kind> Plugin for Instance<K> {
    const NAME: &'static str = K::NAME;
    const VENDOR: &'static str = "Sorl";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = K::LAYOUTS;
    // Notes only: with controllers the VST3 side would get 2,080 parameters more.
    const MIDI_INPUT: MidiConfig = MidiConfig::Basic;
    // The host's blocks are cut where a macro moves.
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;

    type Editor = HostEditor;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, _: AsyncExecutor<Self>) -> Option<HostEditor> {
        window::editor(K::NAME, Arc::clone(&self.desk), Arc::clone(&self.params))
    }

    fn filter_state(state: &mut PluginState) {
        crate::state::filter(state);
    }

    fn activate(
        &mut self,
        _: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let (rate, block) = (
            config.sample_rate.round() as u32,
            config.max_buffer_size as usize,
        );
        log::line(format_args!(
            "{} is activated: {:?}, {rate} Hz, up to {block} frames, {:?}",
            K::NAME,
            context.plugin_api(),
            config.process_mode,
        ));
        // The old engine goes first, so that there is never more than one.
        self.let_go();
        let mut processor = Processor::new(&self.desk, rate, block, K::HAS_INPUT);
        processor.know_macros(self.macros.unwrap_or_else(|| self.params.macros.values()));
        self.processor = Some(processor);
        // The first block plays the Plan that waits.
        context.set_latency_samples(self.desk.session().latency());
        self.desk.start_ticking();
        true
    }

    fn reset(&mut self) {
        if let Some(processor) = &mut self.processor {
            processor.reset(self.params.levels());
        }
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let _here = log::OnAudio::enter();
        let frames = buffer.samples();
        let host = host_time(context.transport());
        let Some(processor) = &mut self.processor else {
            buffer
                .as_slice()
                .iter_mut()
                .for_each(|channel| channel.fill(0.0));
            return ProcessStatus::Normal;
        };
        processor.clear_notes();
        processor.turn_macros(self.params.macros.values());
        while let Some(event) = context.next_event() {
            processor.note(&event, frames);
        }
        processor.process(buffer.as_slice(), host, self.params.levels());
        // The framework tells the host only when it changes.
        context.set_latency_samples(processor.latency());
        // Patterns play without any input: a host must not put this to sleep.
        ProcessStatus::KeepAlive
    }

    fn deactivate(&mut self) {
        self.desk.stop_ticking();
        self.let_go();
        // What the engine sent home before it went is freed here.
        self.desk.session().tick();
    }

    fn setup_logger() -> Option<bool> {
        log::start("plugin");
        // No other: the framework's own can hang a host whose standard error is broken.
        Some(false)
    }
}

impl<K: Kind> ClapPlugin for Instance<K> {
    const CLAP_ID: &'static str = K::CLAP_ID;
    const CLAP_DESCRIPTION: Option<&'static str> = Some(K::DESCRIPTION);
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = K::CLAP_FEATURES;
}

impl<K: Kind> Vst3Plugin for Instance<K> {
    const VST3_CLASS_ID: [u8; 16] = K::VST3_ID;
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = K::VST3_CATEGORIES;
}
