//! What stands between a CLAP host and an instance of the framework's.
//!
//! A copy of the framework's table of functions with some of them exchanged; all others find the instance through the
//! same `plugin_data`. Main thread, but for [`Doorbell::ring`], which any control thread may call, and `process`, which
//! completes what the host gives for a block; `reset` is the framework's own.

use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::{Arc, Mutex};

use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_host_latency};
use clap_sys::ext::params::{
    CLAP_EXT_PARAMS, CLAP_PARAM_RESCAN_INFO, CLAP_PARAM_RESCAN_TEXT, clap_host_params,
};
use clap_sys::ext::preset_load::{
    CLAP_EXT_PRESET_LOAD, CLAP_EXT_PRESET_LOAD_COMPAT, clap_host_preset_load,
    clap_plugin_preset_load,
};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_host_state, clap_plugin_state};
use clap_sys::factory::preset_discovery::{
    CLAP_PRESET_DISCOVERY_LOCATION_FILE, CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN,
};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{
    CLAP_PROCESS_CONTINUE, CLAP_PROCESS_ERROR, clap_process, clap_process_status,
};
use clap_sys::stream::{clap_istream, clap_ostream};
use rtrb::Consumer;
use sorl_graph::TimedMidi;

use super::held::Held;
use super::latency::{LATENCY, Latency};
use super::ports::Ports;
use super::sent::Sent;
use crate::desk::Desk;
use crate::params::HostParams;
use crate::presets::{self, Preset, Shelf};
use crate::state::StateError;
use crate::{handover, log};

/// An instance as the host sees it.
#[repr(C)]
pub(super) struct Outer {
    /// First, so that the host's pointer to it is one to the whole.
    table: clap_plugin,
    inner: *const clap_plugin,
    host: *const clap_host,
    desk: Arc<Desk>,
    params: Arc<HostParams>,
    /// There from the first activation on, and made anew with each. `process` never waits for it: hosts do not call both
    /// at once.
    block: Mutex<Option<Block>>,
    /// The song's clock, as the instance tells it.
    clock: Mutex<Consumer<TimedMidi>>,
    latency: Latency,
}

/// What a block needs besides what the host gives.
struct Block {
    ports: Ports,
    held: Held,
    sent: Sent,
}

/// Wraps an instance that was just made on this thread. A null pointer stays one.
///
/// # Safety
/// `inner` is null or an instance of the framework's that nothing else owns; `host` outlives it.
pub unsafe fn around(inner: *const clap_plugin, host: *const clap_host) -> *const clap_plugin {
    let Some(taken) = handover::take().filter(|_| !inner.is_null()) else {
        return inner;
    };
    // SAFETY: not null, and the host's description has strings or null.
    let (table, name, version) = unsafe { (*inner, text((*host).name), text((*host).version)) };
    log::line(format_args!("an instance for CLAP in {name} {version}"));
    let outer = Outer {
        table: clap_plugin {
            init: Some(init),
            destroy: Some(destroy),
            activate: Some(activate),
            process: Some(process),
            get_extension: Some(get_extension),
            on_main_thread: Some(on_main_thread),
            ..table
        },
        inner,
        host,
        desk: taken.desk,
        params: taken.params,
        block: Mutex::new(None),
        clock: Mutex::new(taken.clock),
        latency: Latency::default(),
    };
    // The host gives it back in `destroy`.
    Box::into_raw(Box::new(outer)).cast()
}

/// # Safety
/// `plugin` came from [`around`] and was not destroyed.
pub(super) unsafe fn outer<'a>(plugin: *const clap_plugin) -> &'a Outer {
    // SAFETY: the table is the first field of an `Outer` on the heap.
    unsafe { &*plugin.cast::<Outer>() }
}

/// # Safety
/// `pointer` is null or a string.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(pointer) }
        .to_string_lossy()
        .into_owned()
}

/// The host, as far as any thread may speak to it.
struct Doorbell(*const clap_host);

// SAFETY: the only use of the pointer is `request_callback`, which CLAP lets any thread call, for as long as the
// instance lives; it is taken from the desk before the instance goes.
unsafe impl Send for Doorbell {}
// SAFETY: as above.
unsafe impl Sync for Doorbell {}

impl Doorbell {
    /// Asks the host for a call on its main thread.
    fn ring(&self) {
        // SAFETY: see above; a host without the function is left alone.
        unsafe {
            if let Some(request) = (*self.0).request_callback {
                request(self.0);
            }
        }
    }
}

unsafe extern "C" fn init(plugin: *const clap_plugin) -> bool {
    // SAFETY: the host calls with what `around` gave it.
    let this = unsafe { outer(plugin) };
    let bell = Doorbell(this.host);
    this.desk.listen(Box::new(move || bell.ring()));
    // SAFETY: the framework's function finds its instance through `plugin_data`.
    unsafe { this.table_of_inner().init.is_none_or(|init| init(plugin)) }
}

impl Outer {
    fn table_of_inner(&self) -> &clap_plugin {
        // SAFETY: it lives until `destroy`.
        unsafe { &*self.inner }
    }

    /// An extension of the host's.
    ///
    /// # Safety
    /// `T` is the type that CLAP gives to `id`.
    unsafe fn host_extension<T>(&self, id: &CStr) -> Option<&T> {
        // SAFETY: the host outlives its plugins, and what it returns is null or a `T`.
        unsafe {
            (*self.host).get_extension?(self.host, id.as_ptr())
                .cast::<T>()
                .as_ref()
        }
    }

    /// What the instance is about.
    pub(super) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// What the host was told of its latency.
    pub(super) fn latency(&self) -> &Latency {
        &self.latency
    }

    /// Its parameters.
    pub(super) fn params(&self) -> &HostParams {
        &self.params
    }

    /// An extension of the framework's.
    ///
    /// # Safety
    /// `T` is the type that CLAP gives to `id`.
    pub(super) unsafe fn extension<'a, T>(&self, id: &CStr) -> Option<&'a T> {
        // SAFETY: the framework returns null or a `T`, which lives as long as the instance.
        unsafe {
            self.table_of_inner().get_extension?(self.inner, id.as_ptr())
                .cast::<T>()
                .as_ref()
        }
    }

    /// The framework's extension for states.
    fn state(&self) -> Option<&clap_plugin_state> {
        // SAFETY: the framework returns null or what CLAP says that this is, which lives as long as the instance.
        unsafe {
            self.table_of_inner().get_extension?(self.inner, CLAP_EXT_STATE.as_ptr())
                .cast::<clap_plugin_state>()
                .as_ref()
        }
    }
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    // SAFETY: the host gives back what `around` gave it, once.
    let this = unsafe { Box::from_raw(plugin.cast_mut().cast::<Outer>()) };
    this.desk.stop_listening();
    // SAFETY: the framework's instance is given back once, too.
    unsafe {
        if let Some(destroy) = this.table_of_inner().destroy {
            destroy(this.inner);
        }
    }
}

unsafe extern "C" fn on_main_thread(plugin: *const clap_plugin) {
    // SAFETY: the host calls with what `around` gave it.
    let this = unsafe { outer(plugin) };
    if this.desk.take_news() {
        // SAFETY: the type is that of the id, and this is the main thread, as `mark_dirty` wants.
        unsafe {
            if let Some(state) = this.host_extension::<clap_host_state>(CLAP_EXT_STATE)
                && let Some(mark_dirty) = state.mark_dirty
            {
                mark_dirty(this.host);
            }
        }
    }
    if this.desk.take_new_names() {
        // SAFETY: the type is that of the id, and this is the main thread, as `rescan` wants.
        unsafe {
            if let Some(params) = this.host_extension::<clap_host_params>(CLAP_EXT_PARAMS)
                && let Some(rescan) = params.rescan
            {
                rescan(this.host, CLAP_PARAM_RESCAN_INFO | CLAP_PARAM_RESCAN_TEXT);
            }
        }
    }
    // SAFETY: the framework's function finds its instance through `plugin_data`.
    unsafe {
        if let Some(call) = this.table_of_inner().on_main_thread {
            call(plugin);
        }
    }
}

unsafe extern "C" fn activate(
    plugin: *const clap_plugin,
    rate: f64,
    least: u32,
    most: u32,
) -> bool {
    // SAFETY: the host calls with what `around` gave it; the rest is the framework's.
    unsafe {
        let this = outer(plugin);
        if let Ok(mut block) = this.block.lock() {
            *block = Some(Block {
                ports: Ports::new(most as usize),
                held: Held::new(),
                sent: Sent::new(),
            });
        }
        let activate = this.table_of_inner().activate;
        if !activate.is_some_and(|activate| activate(plugin, rate, least, most)) {
            return false;
        }
        // Now and at no other time CLAP wants to hear of it.
        if this.latency.settle(this.desk.lateness())
            && let Some(latency) = this.host_extension::<clap_host_latency>(CLAP_EXT_LATENCY)
            && let Some(changed) = latency.changed
        {
            changed(this.host);
        }
        true
    }
}

/// Audio thread: completes the block, notes that it begins (the framework cuts it without a word), and sorts what it
/// sends.
unsafe extern "C" fn process(
    plugin: *const clap_plugin,
    data: *const clap_process,
) -> clap_process_status {
    // SAFETY: the host calls with what `around` gave it and a block of its own; what completes it lives until the call
    // is over; the rest is the framework's.
    unsafe {
        let this = outer(plugin);
        let (Some(process), Some(given)) = (this.table_of_inner().process, data.as_ref()) else {
            return CLAP_PROCESS_ERROR;
        };
        let (Ok(mut block), Ok(mut clock)) = (this.block.try_lock(), this.clock.try_lock()) else {
            return CLAP_PROCESS_ERROR;
        };
        let Some(block) = &mut *block else {
            return CLAP_PROCESS_ERROR;
        };
        let Some(mut whole) = block.ports.complete(given) else {
            return CLAP_PROCESS_CONTINUE;
        };
        let gathers = Sent::list(&raw mut block.sent);
        whole.out_events = &gathers;
        let status = if given.frames_count == 0 {
            block.held.keep(given.in_events);
            process(plugin, &whole)
        } else {
            this.desk.begin_block();
            let both = block.held.before(given.in_events);
            let list = both.list();
            if !block.held.is_empty() {
                whole.in_events = &list;
            }
            let status = process(plugin, &whole);
            block.held.forget();
            status
        };
        let frames = given.frames_count;
        block.sent.give(given.out_events, frames, &mut clock);
        if this.latency.asks(this.desk.lateness())
            && let Some(request_restart) = (*this.host).request_restart
        {
            request_restart(this.host);
        }
        status
    }
}

static STATE: clap_plugin_state = clap_plugin_state {
    save: Some(save),
    load: Some(load),
};

static PRESET_LOAD: clap_plugin_preset_load = clap_plugin_preset_load {
    from_location: Some(from_location),
};

unsafe extern "C" fn get_extension(plugin: *const clap_plugin, id: *const c_char) -> *const c_void {
    if plugin.is_null() || id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: not null; the host calls with what `around` gave it and a string.
    let (this, name) = unsafe { (outer(plugin), CStr::from_ptr(id)) };
    if name == CLAP_EXT_PRESET_LOAD || name == CLAP_EXT_PRESET_LOAD_COMPAT {
        return (&raw const PRESET_LOAD).cast();
    }
    if name == CLAP_EXT_LATENCY {
        return (&raw const LATENCY).cast();
    }
    if name == CLAP_EXT_PARAMS {
        return (&raw const super::params::PARAMS).cast();
    }
    if name == CLAP_EXT_STATE && this.state().is_some() {
        return (&raw const STATE).cast();
    }
    // SAFETY: the framework's function finds its instance through `plugin_data`.
    unsafe {
        match this.table_of_inner().get_extension {
            Some(get) => get(plugin, id),
            None => std::ptr::null(),
        }
    }
}

unsafe extern "C" fn save(plugin: *const clap_plugin, stream: *const clap_ostream) -> bool {
    // SAFETY: the host calls with what `around` gave it; the rest is the framework's.
    unsafe {
        let save = outer(plugin).state().and_then(|state| state.save);
        save.is_some_and(|save| save(plugin, stream))
    }
}

/// The framework turns down what it cannot read at all without a word; the editor says it.
unsafe extern "C" fn load(plugin: *const clap_plugin, stream: *const clap_istream) -> bool {
    // SAFETY: the host calls with what `around` gave it; the rest is the framework's.
    let (this, loaded) = unsafe {
        let this = outer(plugin);
        let load = this.state().and_then(|state| state.load);
        (this, load.is_some_and(|load| load(plugin, stream)))
    };
    if !loaded {
        this.desk.refuse(&StateError::Foreign);
    }
    loaded
}

/// Loads a preset that the host found through [`super::presets`], or any score file that it was given.
unsafe extern "C" fn from_location(
    plugin: *const clap_plugin,
    kind: u32,
    location: *const c_char,
    key: *const c_char,
) -> bool {
    // SAFETY: the host calls with what `around` gave it, and strings or null.
    let (this, place, name) = unsafe { (outer(plugin), text(location), text(key)) };
    let found = match kind {
        CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN => presets::factory().find(|p| p.id == name),
        CLAP_PRESET_DISCOVERY_LOCATION_FILE => Shelf::open(place.as_ref()),
        _ => None,
    };
    let refused = match found {
        None => Some("there is no such preset".to_owned()),
        Some(preset) => load_preset(&this.desk, &preset).err(),
    };
    // SAFETY: the type is that of the id, and this is the main thread.
    unsafe {
        let host = this
            .host_extension::<clap_host_preset_load>(CLAP_EXT_PRESET_LOAD)
            .or_else(|| this.host_extension(CLAP_EXT_PRESET_LOAD_COMPAT));
        match (host, &refused) {
            (Some(host), None) => {
                if let Some(loaded) = host.loaded {
                    loaded(this.host, kind, location, key);
                }
            }
            (Some(host), Some(reason)) => {
                let reason = CString::new(reason.as_str()).unwrap_or_default();
                if let Some(on_error) = host.on_error {
                    on_error(this.host, kind, location, key, 0, reason.as_ptr());
                }
            }
            (None, _) => {}
        }
    }
    refused.is_none()
}

fn load_preset(desk: &Desk, preset: &Preset) -> Result<(), String> {
    let outcome = desk.load_preset(preset);
    outcome.map_err(|diagnostics| format!("the preset has an error: {diagnostics}"))
}
