//! What a CLAP host sees of presets and of edits: it lists presets, loads them, and learns that there is something to
//! save.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::sync::atomic::{AtomicUsize, Ordering};

use clack_extensions::preset_discovery::indexer::IndexerImpl;
use clack_extensions::preset_discovery::metadata_receiver::MetadataReceiverImpl;
use clack_extensions::preset_discovery::prelude::*;
use clack_extensions::preset_discovery::preset_data::Flags;
use clack_extensions::preset_discovery::{HostPresetLoadImpl, PluginPresetLoad};
use clack_extensions::state::{HostState, HostStateImpl, PluginState};
use clack_host::prelude::*;
use sorl_plugin::presets;
use sorl_tests::host::{EFFECT, INSTRUMENT, Library};

/// What the plugin asked the host for and told it.
#[derive(Default)]
struct Shared {
    callbacks: AtomicUsize,
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {
        self.callbacks.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Main {
    dirty: AtomicUsize,
    told: RefCell<Vec<String>>,
}

impl MainThreadHandler<'_> for Main {}

impl HostStateImpl for Main {
    fn mark_dirty(&self) {
        self.dirty.fetch_add(1, Ordering::Relaxed);
    }
}

impl HostPresetLoadImpl for Main {
    fn on_error(&self, _: Location, key: Option<&CStr>, _: i32, message: Option<&CStr>) {
        self.told
            .borrow_mut()
            .push(format!("{key:?} failed: {message:?}"));
    }

    fn loaded(&self, _: Location, key: Option<&CStr>) {
        let key = key.map(|key| key.to_string_lossy().into_owned());
        self.told.borrow_mut().push(key.unwrap_or_default());
    }
}

struct Host;

impl HostHandlers for Host {
    type Shared<'a> = Shared;
    type MainThread<'a> = Main;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _: &Shared) {
        builder.register::<HostState>().register::<HostPresetLoad>();
    }
}

fn info() -> HostInfo {
    HostInfo::new("Sorl's tests", "Sorl", "", "1").expect("plain words")
}

fn instance(library: &Library, id: &str) -> PluginInstance<Host> {
    let id = CString::new(id).expect("an id has no zero byte");
    PluginInstance::new(
        |_| Shared::default(),
        |_| Main::default(),
        library.entry(),
        &id,
        &info(),
    )
    .expect("an instance")
}

fn load(instance: &mut PluginInstance<Host>, location: Location, key: Option<&CStr>) -> bool {
    let handle = instance.plugin_handle();
    let presets: PluginPresetLoad = handle.get_extension().expect("presets can be loaded");
    presets.load_from_location(&handle, location, key).is_ok()
}

fn state(instance: &mut PluginInstance<Host>) -> String {
    let handle = instance.plugin_handle();
    let state: PluginState = handle.get_extension().expect("a state");
    let mut bytes = Vec::new();
    state.save(&handle, &mut bytes).expect("it can be saved");
    let whole: serde_json::Value = serde_json::from_slice(&bytes[8..]).expect("JSON");
    let document = whole["fields"]["document"].as_str().expect("a document");
    serde_json::from_str::<serde_json::Value>(document).expect("JSON")["score"]
        .as_str()
        .expect("a score")
        .to_owned()
}

/// Hears where presets are.
#[derive(Default)]
struct Indexer {
    kinds: Vec<String>,
    inside: usize,
}

impl IndexerImpl for Indexer {
    fn declare_filetype(&mut self, kind: FileType) -> Result<(), HostError> {
        let ending = kind.file_extension.unwrap_or(c"");
        self.kinds.push(ending.to_string_lossy().into_owned());
        Ok(())
    }

    fn declare_location(&mut self, place: LocationInfo) -> Result<(), HostError> {
        self.inside += usize::from(place.location == Location::Plugin);
        Ok(())
    }

    fn declare_soundpack(&mut self, _: Soundpack) -> Result<(), HostError> {
        Ok(())
    }
}

/// Hears what presets there are: name, plugin and features by key.
#[derive(Default)]
struct Receiver {
    found: BTreeMap<String, (String, String, Vec<String>)>,
    last: String,
}

impl MetadataReceiverImpl for Receiver {
    fn on_error(&mut self, _: i32, message: Option<&CStr>) {
        panic!("{message:?}");
    }

    fn begin_preset(&mut self, name: Option<&CStr>, key: Option<&CStr>) -> Result<(), HostError> {
        let text = |text: Option<&CStr>| text.unwrap_or(c"").to_string_lossy().into_owned();
        self.last = text(key);
        let entry = (text(name), String::new(), Vec::new());
        self.found.insert(self.last.clone(), entry);
        Ok(())
    }

    fn add_plugin_id(&mut self, id: UniversalPluginId) {
        let raw = id.to_raw();
        assert!(!raw.id.is_null());
        let wanted = [INSTRUMENT, EFFECT].into_iter().find(|known| {
            let known = CString::new(*known).expect("an id has no zero byte");
            UniversalPluginId::clap(&known) == id
        });
        let entry = self.found.get_mut(&self.last).expect("one has begun");
        entry.1 = wanted.expect("one of our plugins").to_owned();
    }

    fn set_soundpack_id(&mut self, _: &CStr) {}
    fn set_flags(&mut self, flags: Flags) {
        assert_eq!(flags, Flags::IS_FACTORY_CONTENT);
    }
    fn add_creator(&mut self, _: &CStr) {}
    fn set_description(&mut self, words: &CStr) {
        assert!(!words.is_empty());
    }
    fn set_timestamps(&mut self, _: Option<Timestamp>, _: Option<Timestamp>) {}
    fn add_feature(&mut self, feature: &CStr) {
        let entry = self.found.get_mut(&self.last).expect("one has begun");
        entry.2.push(feature.to_string_lossy().into_owned());
    }
    fn add_extra_info(&mut self, _: &CStr, _: &CStr) {}
}

#[test]
fn a_host_lists_every_factory_preset_for_its_plugin() {
    let library = Library::load();
    let factory: PresetDiscoveryFactory = library.entry().get_factory().expect("a list of presets");
    let ids: Vec<CString> = factory
        .provider_descriptors()
        .map(|one| one.id().expect("a provider has an id").to_owned())
        .collect();
    assert_eq!(ids.len(), 1);
    let mut provider =
        Provider::instantiate(Indexer::default(), library.entry(), &ids[0], &info()).unwrap();
    assert_eq!(provider.indexer().kinds, ["sorl"]);
    assert_eq!(provider.indexer().inside, 1);

    let mut receiver = Receiver::default();
    provider.get_metadata(Location::Plugin, &mut receiver);
    assert_eq!(receiver.found.len(), presets::factory().count());
    for preset in presets::factory() {
        let (name, plugin, features) = &receiver.found[&preset.id];
        assert_eq!(*name, preset.name);
        let wanted = if preset.is_effect() {
            EFFECT
        } else {
            INSTRUMENT
        };
        assert_eq!(plugin, wanted, "{}", preset.id);
        assert_eq!(features[0], preset.category);
        assert_eq!(features[1..], preset.tags);
    }
}

#[test]
fn a_preset_that_the_host_loads_is_the_score_and_wants_to_be_saved() {
    let library = Library::load();
    let mut plugin = instance(&library, INSTRUMENT);
    assert!(load(&mut plugin, Location::Plugin, Some(c"keys/organ")));
    let organ = presets::find("keys/organ").unwrap().text;
    assert_eq!(state(&mut plugin), organ);
    plugin.access_handler(|main| assert_eq!(*main.told.borrow(), ["keys/organ"]));

    assert!(!load(&mut plugin, Location::Plugin, Some(c"keys/nothing")));
    assert!(!load(
        &mut plugin,
        Location::File {
            path: c"/no/such.sorl"
        },
        None
    ));
    assert_eq!(state(&mut plugin), organ);
    plugin.access_handler(|main| {
        let told = main.told.borrow();
        assert!(
            told.len() == 3 && told[1].contains("no such preset"),
            "{told:?}"
        );
    });

    let file = std::env::temp_dir().join(format!("sorl-preset-{}.sorl", std::process::id()));
    let text = "# Mine\ntempo(99)\n";
    std::fs::write(&file, text).unwrap();
    let path = CString::new(file.to_str().unwrap()).unwrap();
    assert!(load(&mut plugin, Location::File { path: &path }, None));
    assert_eq!(state(&mut plugin), text);
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn an_edit_marks_the_project_as_changed_once_until_it_is_saved() {
    let library = Library::load();
    let mut plugin = instance(&library, INSTRUMENT);
    let callbacks = |plugin: &PluginInstance<Host>| {
        plugin.access_shared_handler(|shared| shared.callbacks.load(Ordering::Relaxed))
    };
    let dirty = |plugin: &PluginInstance<Host>| {
        plugin.access_handler(|main| main.dirty.load(Ordering::Relaxed))
    };
    let fresh = callbacks(&plugin);
    plugin.call_on_main_thread_callback();
    assert_eq!(dirty(&plugin), 0, "a fresh instance has nothing to save");

    load(&mut plugin, Location::Plugin, Some(c"bass/acid"));
    load(&mut plugin, Location::Plugin, Some(c"bass/reese"));
    assert_eq!(callbacks(&plugin), fresh + 1);
    plugin.call_on_main_thread_callback();
    plugin.call_on_main_thread_callback();
    assert_eq!(dirty(&plugin), 1);

    state(&mut plugin);
    load(&mut plugin, Location::Plugin, Some(c"bass/acid"));
    assert_eq!(callbacks(&plugin), fresh + 2);
    plugin.call_on_main_thread_callback();
    assert_eq!(dirty(&plugin), 2);
}
