//! A CLAP host in this process, for tests: it loads the built library as any host would.
//!
//! One type per thread: [`Plugin`] is the main thread's half of an instance, [`Audio`] the audio
//! thread's. A test may keep both on its own thread or send the second away.

use std::ffi::CString;
use std::path::PathBuf;

use clack_extensions::params::{ParamInfoBuffer, ParamInfoFlags, PluginParams};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_host::entry::EntryDescriptor;
use clack_host::events::Pckn;
use clack_host::events::event_types::{
    MidiEvent, NoteChokeEvent, NoteExpressionEvent, NoteExpressionType, NoteOffEvent, NoteOnEvent,
    ParamModEvent, ParamValueEvent, TransportEvent, TransportFlags,
};
use clack_host::events::spaces::CoreEventSpace;
use clack_host::events::{EventFlags, EventHeader};
use clack_host::prelude::*;
use clack_host::utils::ClapId;
use serde_json::{Value, json};

/// The instrument's CLAP id.
pub const INSTRUMENT: &str = "org.sorl.instrument";
/// The effect's CLAP id.
pub const EFFECT: &str = "org.sorl.effect";

/// The built library, loaded.
pub struct Library(PluginEntry);

/// Where the library may be: where the environment says, else beside this test's executable. Cargo
/// builds it there as a dependency of the tests, and one directory up when it is asked for.
fn candidates() -> Vec<PathBuf> {
    if let Some(path) = std::env::var_os("SORL_PLUGIN_LIBRARY") {
        return vec![path.into()];
    }
    let name = format!(
        "{}sorl_plugin{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let test = std::env::current_exe().expect("a running test has an executable");
    test.ancestors()
        .skip(1)
        .take(2)
        .map(|directory| directory.join(&name))
        .collect()
}

impl Library {
    /// Loads the library.
    ///
    /// # Panics
    /// If it was not built.
    pub fn load() -> Library {
        let candidates = candidates();
        let path = candidates.iter().find(|path| path.is_file()).unwrap_or_else(|| {
            panic!("no plugin library at {candidates:?}; `cargo xtask test` builds it and then runs this")
        });
        // SAFETY: the library was built from this workspace, and its CLAP entry by the framework.
        let entry = unsafe { PluginEntry::load(path) };
        Library(entry.unwrap_or_else(|error| panic!("{} does not load: {error}", path.display())))
    }

    /// The plugin as it is linked into this program, whose allocator it then has.
    pub fn linked() -> Library {
        unsafe extern "C" {
            static clap_entry: EntryDescriptor;
        }
        // SAFETY: the entry of the crate that is linked here, made once and for ever.
        let entry = unsafe { PluginEntry::load_from_raw(&clap_entry, c"") };
        // So that it is linked at all.
        assert!(!sorl_plugin::INSTRUMENT_SCORE.is_empty());
        Library(entry.unwrap_or_else(|error| panic!("the linked plugin does not load: {error}")))
    }

    /// The ids and names of all plugins in it.
    pub fn plugins(&self) -> Vec<(String, String)> {
        let text = |text: Option<&std::ffi::CStr>| {
            text.expect("a descriptor is complete")
                .to_string_lossy()
                .into_owned()
        };
        let factory = self
            .0
            .get_plugin_factory()
            .expect("the library has a plugin factory");
        factory
            .plugin_descriptors()
            .map(|plugin| (text(plugin.id()), text(plugin.name())))
            .collect()
    }

    /// The library's CLAP entry, for tests that want a host of their own.
    pub fn entry(&self) -> &PluginEntry {
        &self.0
    }

    /// A new instance of the plugin with this id.
    pub fn instance(&self, id: &str) -> Plugin {
        let (ins, outs) = match id {
            EFFECT => (2, 1),
            _ => (0, 9),
        };
        let id = CString::new(id).expect("an id has no zero byte");
        let host = HostInfo::new("Sorl's tests", "Sorl", "", "1").expect("plain words");
        let instance = PluginInstance::new(|_| Shared, |_| (), &self.0, &id, &host);
        let instance = instance.unwrap_or_else(|error| panic!("no instance of {id:?}: {error}"));
        Plugin(instance, Pairs { ins, outs })
    }
}

/// Hears the callbacks of a plugin, and has no need of them.
pub struct Shared;

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

/// The host's types.
pub struct Host;

impl HostHandlers for Host {
    type Shared<'a> = Shared;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();
}

/// What a plugin says about a parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Lowest, highest and first value.
    pub range: [f64; 3],
    /// Whether a host may automate it.
    pub automatable: bool,
}

/// The main thread's half of an instance.
pub struct Plugin(PluginInstance<Host>, Pairs);

/// How many stereo pairs a plugin has.
#[derive(Debug, Clone, Copy)]
struct Pairs {
    ins: usize,
    outs: usize,
}

impl Plugin {
    fn extension<
        E: clack_host::extensions::Extension<
                ExtensionSide = clack_host::extensions::PluginExtensionSide,
            >,
    >(
        &mut self,
    ) -> E {
        self.0
            .plugin_handle()
            .get_extension()
            .expect("the plugin has this extension")
    }

    /// All parameters, in the plugin's order.
    pub fn parameters(&mut self) -> Vec<Parameter> {
        let params: PluginParams = self.extension();
        let handle = self.0.plugin_handle();
        let mut buffer = ParamInfoBuffer::new();
        (0..params.count(&handle))
            .map(|index| {
                let info = params
                    .get_info(&handle, index, &mut buffer)
                    .expect("it was counted");
                Parameter {
                    id: info.id.get(),
                    name: String::from_utf8_lossy(info.name).into_owned(),
                    range: [info.min_value, info.max_value, info.default_value],
                    automatable: info.flags.contains(ParamInfoFlags::IS_AUTOMATABLE),
                }
            })
            .collect()
    }

    /// The present value of a parameter.
    pub fn value(&mut self, id: u32) -> f64 {
        let params: PluginParams = self.extension();
        let id = ClapId::new(id);
        params
            .get_value(&self.0.plugin_handle(), id)
            .expect("the parameter exists")
    }

    /// What the plugin shows for a value of a parameter.
    pub fn text(&mut self, id: u32, value: f64) -> String {
        let params: PluginParams = self.extension();
        let (id, mut buffer) = (ClapId::new(id), [0; 256]);
        let text = params.value_to_text(&self.0.plugin_handle(), id, value, &mut buffer);
        String::from_utf8_lossy(text.expect("every value has a text")).into_owned()
    }

    /// The state, as the plugin writes it.
    pub fn save(&mut self) -> Vec<u8> {
        let state: PluginState = self.extension();
        let mut bytes = Vec::new();
        state
            .save(&self.0.plugin_handle(), &mut bytes)
            .expect("a state can always be saved");
        bytes
    }

    /// Gives the plugin a state; `false` if it was refused as a whole.
    pub fn load(&mut self, bytes: &[u8]) -> bool {
        let state: PluginState = self.extension();
        let mut rest = bytes;
        state.load(&self.0.plugin_handle(), &mut rest).is_ok()
    }

    /// Gives the plugin a state with this score and nothing else.
    pub fn load_score(&mut self, score: &str) {
        let document = json!({ "version": 1, "score": score, "positions": {} });
        assert!(self.load(&state(&document.to_string(), json!({}))));
    }

    /// The document in the state.
    pub fn document(&mut self) -> Value {
        let bytes = self.save();
        let state: Value = serde_json::from_slice(&bytes[8..]).expect("a state is JSON");
        let document = state["fields"]["document"]
            .as_str()
            .expect("a state has a document");
        serde_json::from_str(document).expect("a document is JSON")
    }

    /// From the next activation on the host renders offline: blocks may take their time.
    pub fn render_offline(&mut self) {
        let render: PluginRender = self.extension();
        let set = render.set(&self.0.plugin_handle(), RenderMode::Offline);
        set.expect("every plugin can be rendered");
    }

    /// Activates the plugin and starts processing.
    pub fn activate(&mut self, rate: f64) -> Audio {
        let configuration = PluginAudioConfiguration {
            sample_rate: rate,
            min_frames_count: 1,
            max_frames_count: MOST_FRAMES as u32,
        };
        let stopped = self
            .0
            .activate(|_, _| (), configuration)
            .expect("activation succeeds");
        let started = stopped.start_processing().expect("processing starts");
        let Pairs { ins, outs } = self.1;
        let buffers = |pairs| vec![vec![0.0; MOST_FRAMES]; 2 * pairs];
        Audio {
            processor: started,
            input: buffers(ins),
            output: buffers(outs),
            ports: [
                AudioPorts::with_capacity(2 * ins, ins),
                AudioPorts::with_capacity(2 * outs, outs),
            ],
            sent: EventBuffer::with_capacity(4096),
        }
    }

    /// Stops processing and deactivates the plugin.
    pub fn deactivate(&mut self, audio: Audio) {
        self.0.deactivate(audio.processor.stop_processing());
    }
}

/// A state as the plugin's framework writes it, around a document.
pub fn state(document: &str, params: Value) -> Vec<u8> {
    let state = json!({ "version": "", "params": params, "fields": { "document": document } });
    let text = state.to_string();
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// The largest block a test may process.
pub const MOST_FRAMES: usize = 8192;

/// The audio thread's half of an active instance.
pub struct Audio {
    processor: StartedPluginAudioProcessor<Host>,
    /// All channels, pair after pair.
    input: Vec<Vec<f32>>,
    output: Vec<Vec<f32>>,
    ports: [AudioPorts; 2],
    /// What the plugin sent in the last block.
    sent: EventBuffer,
}

/// What a host gives for one block.
#[derive(Default)]
pub struct Call<'a> {
    /// The sound that comes in, for the effect: left and right.
    pub input: Option<[&'a [f32]; 2]>,
    /// The side chain, for the effect.
    pub side: Option<[&'a [f32]; 2]>,
    /// Where the song is.
    pub transport: Option<TransportEvent>,
    /// What happens in the block.
    pub events: EventBuffer,
}

impl Audio {
    /// Processes one block of `frames` frames and returns left and right.
    pub fn process(&mut self, frames: usize, call: &Call<'_>) -> [&[f32]; 2] {
        self.process_by(frames, call, |process| process())
    }

    /// The same, the plugin's own work done inside of `by`: nothing but that is.
    pub fn process_by(
        &mut self,
        frames: usize,
        call: &Call<'_>,
        by: impl FnOnce(&mut dyn FnMut()),
    ) -> [&[f32]; 2] {
        let silence = [0.0; MOST_FRAMES];
        let main = call.input.unwrap_or([&silence[..frames]; 2]);
        let side = call.side.unwrap_or([&silence[..frames]; 2]);
        for (buffer, channel) in self.input.iter_mut().zip(main.iter().chain(&side)) {
            buffer[..frames].copy_from_slice(channel);
        }
        let [in_ports, out_ports] = &mut self.ports;
        let pairs = self.input.chunks_exact_mut(2).map(|pair| {
            let channels = pair.iter_mut();
            let channels = channels.map(|c| InputChannel::variable(&mut c[..frames]));
            AudioPortBuffer {
                latency: 0,
                channels: AudioPortBufferType::f32_input_only(channels),
            }
        });
        let inputs = if call.input.is_some() {
            in_ports.with_input_buffers(pairs)
        } else {
            InputAudioBuffers::empty()
        };
        // What a host leaves in its buffers is anything but silence.
        self.output
            .iter_mut()
            .for_each(|channel| channel[..frames].fill(777.0));
        let pairs = self.output.chunks_exact_mut(2).map(|pair| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(
                pair.iter_mut().map(|channel| &mut channel[..frames]),
            ),
        });
        let mut outputs = out_ports.with_output_buffers(pairs);
        self.sent.clear();
        let (events, mut sent) = (call.events.as_input(), self.sent.as_output());
        let processor = &mut self.processor;
        by(&mut || {
            processor
                .process(
                    &inputs,
                    &mut outputs,
                    &events,
                    &mut sent,
                    None,
                    call.transport.as_ref(),
                )
                .expect("processing succeeds");
        });
        [&self.output[0][..frames], &self.output[1][..frames]]
    }

    /// The first frames of an output pair, 1 being the main one, as the last block left them.
    pub fn pair(&self, pair: usize, frames: usize) -> [&[f32]; 2] {
        let channel = |side: usize| &self.output[2 * (pair - 1) + side][..frames];
        [channel(0), channel(1)]
    }

    /// The frames of all that the plugin sent in the last block, as it was sent.
    pub fn times_sent(&self) -> Vec<u32> {
        self.sent
            .iter()
            .map(|event| event.header().time())
            .collect()
    }

    /// The MIDI that the plugin sent in the last block, each message with its frame; notes are written as MIDI.
    pub fn midi_sent(&self) -> Vec<(u32, [u8; 3])> {
        let mut all = Vec::new();
        for event in self.sent.iter() {
            let of = |pckn: Pckn, status: u8, velocity: f64| {
                let number = |part: Option<&u16>| part.map_or(0, |n| *n as u8);
                let channel = number(pckn.channel.as_specific());
                let key = number(pckn.key.as_specific());
                [status | channel, key, (velocity * 127.0).round() as u8]
            };
            let bytes = match event.as_core_event() {
                Some(CoreEventSpace::NoteOn(on)) => of(on.pckn(), 0x90, on.velocity()),
                Some(CoreEventSpace::NoteOff(off)) => of(off.pckn(), 0x80, off.velocity()),
                Some(CoreEventSpace::Midi(midi)) => midi.data(),
                _ => continue,
            };
            all.push((event.header().time(), bytes));
        }
        all
    }

    /// Processes `frames` frames in blocks of the given sizes, over and over, and returns all of it.
    /// `call` says what the host gives for the block that begins at a frame and has so many.
    pub fn run<'a>(
        &mut self,
        frames: usize,
        blocks: &[usize],
        mut call: impl FnMut(usize, usize) -> Call<'a>,
    ) -> [Vec<f32>; 2] {
        let mut out = [Vec::with_capacity(frames), Vec::with_capacity(frames)];
        for size in blocks.iter().copied().cycle() {
            let start = out[0].len();
            let size = size.min(frames - start);
            if start == frames {
                break;
            }
            let block = self.process(size, &call(start, size));
            out.iter_mut()
                .zip(block)
                .for_each(|(out, block)| out.extend_from_slice(block));
        }
        out
    }
}

/// A song position that moves steadily.
#[derive(Debug, Clone, Copy)]
pub struct Song {
    /// Frames a second.
    pub rate: f64,
    /// Beats a minute.
    pub tempo: f64,
    /// The beat at frame 0.
    pub beat: f64,
}

impl Song {
    /// What the host says at a frame while it plays.
    pub fn playing(self, frame: usize) -> TransportEvent {
        let beats = self.beat + frame as f64 * self.tempo / (60.0 * self.rate);
        self.at(beats, TransportFlags::IS_PLAYING)
    }

    /// What the host says while it stands still at frame 0 of this song.
    pub fn stopped(self) -> TransportEvent {
        self.at(self.beat, TransportFlags::empty())
    }

    /// What the host says at a beat.
    pub fn at(self, beats: f64, flags: TransportFlags) -> TransportEvent {
        TransportEvent {
            header: EventHeader::new_core(0, EventFlags::empty()),
            flags: flags
                | TransportFlags::HAS_TEMPO
                | TransportFlags::HAS_BEATS_TIMELINE
                | TransportFlags::HAS_SECONDS_TIMELINE
                | TransportFlags::HAS_TIME_SIGNATURE,
            song_pos_beats: beats.into(),
            song_pos_seconds: (beats * 60.0 / self.tempo).into(),
            tempo: self.tempo,
            tempo_inc: 0.0,
            loop_start_beats: 0.0.into(),
            loop_end_beats: 0.0.into(),
            loop_start_seconds: 0.0.into(),
            loop_end_seconds: 0.0.into(),
            bar_start: ((beats / 4.0).floor() * 4.0).into(),
            bar_number: (beats / 4.0).floor() as i32,
            time_signature_numerator: 4,
            time_signature_denominator: 4,
        }
    }
}

/// A transport event in the middle of a block.
pub fn at_frame(frame: u32, transport: TransportEvent) -> TransportEvent {
    TransportEvent {
        header: EventHeader::new_core(frame, EventFlags::empty()),
        ..transport
    }
}

/// A key that goes down.
pub fn note_on(frame: u32, key: u16, velocity: f64) -> NoteOnEvent {
    NoteOnEvent::new(frame, Pckn::new(0u16, 0u16, key, u32::from(key)), velocity)
}

/// A key that comes up.
pub fn note_off(frame: u32, key: u16) -> NoteOffEvent {
    NoteOffEvent::new(frame, Pckn::new(0u16, 0u16, key, u32::from(key)), 0.0)
}

/// A parameter that the host moves.
pub fn parameter(frame: u32, id: u32, value: f64) -> ParamValueEvent {
    ParamValueEvent::new(frame, ClapId::new(id), Pckn::match_all(), value)
}

/// The CLAP id that belongs to a parameter's name in the plugin: fixed for ever, since projects
/// and automation refer to it.
pub fn parameter_id(name: &str) -> u32 {
    let hash = name
        .bytes()
        .fold(0u32, |hash, b| hash.wrapping_mul(31).wrapping_add(b.into()));
    hash & !(1 << 31)
}

/// A note that is cut off.
pub fn choke(frame: u32, key: u16) -> NoteChokeEvent {
    NoteChokeEvent::new(frame, Pckn::new(0u16, 0u16, key, u32::from(key)))
}

/// Three bytes of MIDI.
pub fn midi(frame: u32, data: [u8; 3]) -> MidiEvent {
    MidiEvent::new(frame, 0, data)
}

/// What is said of one note that sounds.
pub fn expression(
    frame: u32,
    key: u16,
    what: NoteExpressionType,
    value: f64,
) -> NoteExpressionEvent {
    let note = Pckn::new(0u16, 0u16, key, u32::from(key));
    NoteExpressionEvent::new(frame, note, what, value)
}

/// A parameter that the host modulates, for all notes.
pub fn modulation(frame: u32, id: u32, amount: f64) -> ParamModEvent {
    ParamModEvent::new(frame, ClapId::new(id), Pckn::match_all(), amount)
}

/// A parameter that the host modulates for one note.
pub fn voice_modulation(frame: u32, id: u32, key: u16, amount: f64) -> ParamModEvent {
    let note = Pckn::new(0u16, 0u16, key, u32::from(key));
    ParamModEvent::new(frame, ClapId::new(id), note, amount)
}
