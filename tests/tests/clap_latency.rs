//! What a CLAP host hears of the plugin's latency: once for each change, and nothing else.

use std::ffi::CString;
use std::sync::atomic::{AtomicUsize, Ordering};

use clack_extensions::latency::{HostLatency, HostLatencyImpl, PluginLatency};
use clack_extensions::preset_discovery::PluginPresetLoad;
use clack_extensions::preset_discovery::prelude::Location;
use clack_host::prelude::*;
use sorl_tests::host::{EFFECT, Library};

const FRAMES: usize = 64;

#[derive(Default)]
struct Shared {
    restarts: AtomicUsize,
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
    }
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

#[derive(Default)]
struct Main {
    changes: AtomicUsize,
}

impl MainThreadHandler<'_> for Main {}

impl HostLatencyImpl for Main {
    fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }
}

struct Host;

impl HostHandlers for Host {
    type Shared<'a> = Shared;
    type MainThread<'a> = Main;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _: &Shared) {
        builder.register::<HostLatency>();
    }
}

/// An instance of the effect, and what its host heard.
struct Rig {
    plugin: PluginInstance<Host>,
    folder: std::path::PathBuf,
}

impl Rig {
    fn new() -> Rig {
        let id = CString::new(EFFECT).expect("an id has no zero byte");
        let host = HostInfo::new("Sorl's tests", "Sorl", "", "1").expect("plain words");
        let library = Library::load();
        let plugin = PluginInstance::new(
            |_| Shared::default(),
            |_| Main::default(),
            library.entry(),
            &id,
            &host,
        );
        let folder = std::env::temp_dir().join(format!("sorl-latency-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("there is room for a score");
        Rig {
            plugin: plugin.expect("an instance"),
            folder,
        }
    }

    /// Another score, as a preset file.
    fn score(&mut self, text: &str) {
        let file = self.folder.join("score.sorl");
        std::fs::write(&file, text).expect("there is room for a score");
        let path = CString::new(file.to_str().expect("a plain path")).expect("a plain path");
        let handle = self.plugin.plugin_handle();
        let presets: PluginPresetLoad = handle.get_extension().expect("presets can be loaded");
        let place = Location::File { path: &path };
        assert!(presets.load_from_location(&handle, place, None).is_ok());
    }

    /// Activates it and plays so many blocks.
    fn play(&mut self, blocks: usize, mut between: impl FnMut(&mut Rig, usize)) {
        let configuration = PluginAudioConfiguration {
            sample_rate: 48_000.0,
            min_frames_count: 1,
            max_frames_count: FRAMES as u32,
        };
        let active = self.plugin.activate(|_, _| (), configuration);
        let mut active = active
            .expect("activation")
            .start_processing()
            .expect("it starts");
        let mut out = [[0.0f32; FRAMES]; 2];
        let mut ports = AudioPorts::with_capacity(2, 1);
        for block in 0..blocks {
            let mut outputs = ports.with_output_buffers([AudioPortBuffer {
                latency: 0,
                channels: AudioPortBufferType::f32_output_only(out.iter_mut().map(|c| &mut c[..])),
            }]);
            let (inputs, events) = (InputAudioBuffers::empty(), InputEvents::empty());
            let mut sent = OutputEvents::void();
            active
                .process(&inputs, &mut outputs, &events, &mut sent, None, None)
                .expect("processing succeeds");
            self.plugin.call_on_main_thread_callback();
            between(self, block);
        }
        self.plugin.deactivate(active.stop_processing());
        self.plugin.call_on_main_thread_callback();
    }

    /// How often the host was asked for a restart, and was told of another latency; and what that is.
    fn heard(&mut self) -> (usize, usize, u32) {
        let shared = |shared: &Shared| shared.restarts.load(Ordering::Relaxed);
        let main = |main: &Main| main.changes.load(Ordering::Relaxed);
        let (restarts, changes) = (
            self.plugin.access_shared_handler(shared),
            self.plugin.access_handler(main),
        );
        let handle = self.plugin.plugin_handle();
        let latency: PluginLatency = handle.get_extension().expect("a latency");
        (restarts, changes, latency.get(&handle))
    }
}

#[test]
fn a_latency_is_told_when_it_changes_and_then_no_more() {
    let mut rig = Rig::new();
    rig.play(20, |_, _| {});
    assert_eq!(rig.heard(), (0, 0, 0));
    let late = "i = input()\nl = node(\"l\", limiter)\ni >> l\n";
    // While it plays: the host is asked to begin anew, once, and told then.
    rig.play(60, |rig, block| {
        if block == 20 {
            rig.score(late);
        }
    });
    assert_eq!(rig.heard(), (1, 0, 0), "not while it is active");
    rig.play(20, |_, _| {});
    let (restarts, changes, latency) = rig.heard();
    assert!((restarts, changes) == (1, 1) && latency > 0);
    // Another score that is as late, and one that is not, chosen before it plays: no host has to begin anew for it.
    rig.score(&late.replace("\"l\"", "\"m\""));
    rig.play(20, |_, _| {});
    assert_eq!(rig.heard(), (1, 1, latency));
    rig.score("i = input()\n");
    rig.play(20, |_, _| {});
    assert_eq!(rig.heard(), (1, 2, 0));
    std::fs::remove_dir_all(&rig.folder).expect("it is there");
}
