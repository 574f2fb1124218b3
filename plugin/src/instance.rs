//! One instance of Sorl in a host: both plugins share this, and differ by their [`Kind`].
//!
//! The host's main thread makes, activates and drops an instance; its audio thread resets and
//! processes. Being made is all that happens while a host scans: no sound, no file, no thread of
//! ours.

use std::marker::PhantomData;
use std::sync::Arc;

use nice_plug::prelude::*;
use rtrb::{Producer, RingBuffer};
use sorl_graph::TimedMidi;

use crate::desk::Desk;
use crate::handover::Fence;
use crate::params::{HostParams, MACROS, Macro};
use crate::processor::{CHANNELS, Processor, Terms, Told};
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
    /// The words of the song's MIDI clock, for which the framework has no event; where nobody takes them, it fills up.
    clock: Producer<TimedMidi>,
    /// Frames of the host's block before the part of it that comes next.
    before: u32,
    kind: PhantomData<K>,
}

impl<K: Kind> Default for Instance<K> {
    fn default() -> Self {
        let desk = Desk::new(K::SCORE);
        let params = Arc::new(HostParams::new(Arc::clone(&desk)));
        let (clock, heard) = RingBuffer::new(CLOCK);
        handover::leave(&desk, &params, heard);
        Instance {
            desk,
            params,
            processor: None,
            clock,
            before: 0,
            kind: PhantomData,
        }
    }
}

impl<K: Kind> Instance<K> {
    /// The macros as the session knows them. What stands elsewhere was moved while there was no processor to hear of
    /// it, or in a project whose plugin was never switched on, and counts as moved.
    fn known_macros(&self) -> [Macro; MACROS] {
        let heard = self.desk.session().state().macros;
        let mut macros = [Macro::default(); MACROS];
        for (index, of) in (1..).zip(&mut macros) {
            of.stands = heard.get(&index).copied().unwrap_or(0.0);
        }
        macros
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
    // The 2,080 parameters that the framework's VST3 side gets by this are kept from hosts by `vst3_entry`.
    const MIDI_INPUT: MidiConfig = MidiConfig::MidiCCs;
    const MIDI_OUTPUT: MidiConfig = MidiConfig::MidiCCs;
    // The host's blocks are cut where a macro moves.
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;

    type Editor = HostEditor;
    type SysExMessage = ();
    type BackgroundTask = Fence;

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, executor: AsyncExecutor<Self>) -> Option<HostEditor> {
        handover::leave_worker(Box::new(move |fence| executor.execute_background(fence)));
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
        self.processor = None;
        let terms = Terms {
            rate,
            block,
            has_input: K::HAS_INPUT,
            offline: config.process_mode == ProcessMode::Offline,
        };
        let mut processor = Processor::new(&self.desk, terms);
        processor.know(self.known_macros(), self.params.scene.value());
        self.processor = Some(processor);
        // The first block plays the Plan that waits.
        let late = self.desk.session().latency();
        self.desk.be_late(late);
        if context.plugin_api() != PluginApi::Clap {
            context.set_latency_samples(late);
        }
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
        aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let _here = log::OnAudio::enter();
        let frames = buffer.samples();
        let Some(processor) = &mut self.processor else {
            buffer
                .as_slice()
                .iter_mut()
                .for_each(|channel| channel.fill(0.0));
            return ProcessStatus::Normal;
        };
        processor.clear_notes();
        processor.turn_macros(self.params.macros.values());
        processor.choose_scene(self.params.scene.value());
        while let Some(event) = context.next_event() {
            processor.note(&event, frames);
            if let Some(end) = end_of_voice(&event, frames) {
                // A host whose list is full has other cares than this.
                let _ = context.try_send_event(end);
            }
        }
        let mut outs: [&mut [f32]; CHANNELS] = std::array::from_fn(|_| &mut [][..]);
        let mut count = 0;
        for (out, channel) in outs.iter_mut().zip(buffer.as_slice()) {
            *out = &mut **channel;
            count += 1;
        }
        let more = aux.outputs.iter_mut().flat_map(|pair| pair.as_slice());
        for (out, channel) in outs[count..].iter_mut().zip(more) {
            *out = &mut **channel;
            count += 1;
        }
        let side = match aux.inputs.first().map(|side| side.as_slice_immutable()) {
            Some([left, right]) => [&**left, &**right],
            _ => [&[][..]; 2],
        };
        let begins = self.desk.take_beginning();
        if begins {
            self.before = 0;
        }
        // Sent when the sound is made: the context tells the time until then.
        let mut sent = Sent::new();
        processor.process(
            &mut outs[..count],
            side,
            Told {
                transport: context.transport(),
                begins,
            },
            self.params.levels(),
            &mut |word| sent.push(word),
        );
        for word in sent.list() {
            if word.is_clock() {
                let frame = self.before + word.frame;
                // VST3 has no word for it either: there nobody listens.
                let _ = self.clock.push(TimedMidi { frame, ..*word });
            } else if let Ok(event) = NoteEvent::from_midi(word.frame, &word.bytes) {
                // A host without an output for MIDI does not want it.
                let _ = context.try_send_event(event);
            }
        }
        self.before += frames as u32;
        let late = processor.latency();
        self.desk.be_late(late);
        // A CLAP host is told by `clap_entry`, others by the framework: only when it changes.
        if context.plugin_api() != PluginApi::Clap {
            context.set_latency_samples(late);
        }
        // Patterns play without any input: a host must not put this to sleep.
        ProcessStatus::KeepAlive
    }

    fn deactivate(&mut self) {
        self.desk.stop_ticking();
        self.processor = None;
        // What the engine sent home before it went is freed here.
        self.desk.session().tick();
    }

    fn setup_logger() -> Option<bool> {
        log::start("plugin");
        // No other: the framework's own can hang a host whose standard error is broken.
        Some(false)
    }
}

/// Words of the MIDI clock that can wait for the end of a block: seconds of it.
const CLOCK: usize = 1024;

/// MIDI messages of one block, of which a host takes no more.
struct Sent {
    list: [TimedMidi; 1024],
    len: usize,
}

impl Sent {
    fn new() -> Sent {
        Sent {
            list: [TimedMidi {
                frame: 0,
                bytes: [0; 3],
            }; 1024],
            len: 0,
        }
    }

    fn push(&mut self, word: TimedMidi) {
        if let Some(place) = self.list.get_mut(self.len) {
            *place = word;
            self.len += 1;
        }
    }

    fn list(&self) -> &[TimedMidi] {
        &self.list[..self.len]
    }
}

/// What a host that modulates voices is told when one of its notes ends: it need not modulate that voice further.
fn end_of_voice<S>(event: &NoteEvent<S>, frames: usize) -> Option<NoteEvent<S>> {
    let (NoteEvent::NoteOff {
        timing,
        voice_id,
        channel,
        key,
        ..
    }
    | NoteEvent::Choke {
        timing,
        voice_id,
        channel,
        key,
    }) = *event
    else {
        return None;
    };
    Some(NoteEvent::VoiceTerminated {
        timing: timing.min(frames.saturating_sub(1) as u32),
        voice_id,
        channel,
        key,
    })
}

impl<K: Kind> ClapPlugin for Instance<K> {
    const CLAP_ID: &'static str = K::CLAP_ID;
    const CLAP_DESCRIPTION: Option<&'static str> = Some(K::DESCRIPTION);
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = K::CLAP_FEATURES;
    const CLAP_POLY_MODULATION_CONFIG: Option<PolyModulationConfig> = Some(PolyModulationConfig {
        max_voice_capacity: 64,
        supports_overlapping_voices: false,
    });
}

impl<K: Kind> Vst3Plugin for Instance<K> {
    const VST3_CLASS_ID: [u8; 16] = K::VST3_ID;
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = K::VST3_CATEGORIES;
}
