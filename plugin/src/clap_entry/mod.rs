//! The CLAP entry of the library: the framework's plugins, and around them what it has no word for.
//!
//! The framework's own macro would export its entry alone. This one makes the same instances and stands between them
//! and the host ([`outer`]): it tells the host of edits, loads presets, hears of states that were refused, and completes
//! what a host left out of a block ([`ports`]) or gave without frames ([`held`]), and sends what the framework has no word
//! for in the order of time ([`sent`]), and tells of the latency in time ([`latency`]); beside them is the list of presets ([`presets`]). Hosts call here on their main threads, but for `process`. Unsafe, as the interface is C: pointers are
//! looked at in this folder and nowhere else in this crate but for the VST3 entry and what both share (`crate::pairs`).

#![allow(unsafe_code)]

mod held;
mod latency;
mod outer;
mod params;
mod ports;
mod presets;
mod sent;
#[cfg(test)]
mod tests;

use std::ffi::{CStr, c_char, c_void};
use std::sync::{Arc, OnceLock};

use clap_sys::entry::clap_plugin_entry;
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use clap_sys::plugin::{clap_plugin, clap_plugin_descriptor};
use clap_sys::version::CLAP_VERSION;
use nice_plug::prelude::ClapPlugin;
use nice_plug::wrapper::clap::{PluginDescriptor, Wrapper};
use nice_plug::wrapper::setup_logger;

use crate::{SorlEffect, SorlInstrument};

/// One of the plugins: what hosts read about it, and how an instance is made.
struct Made {
    descriptor: PluginDescriptor,
    make: unsafe fn(*const clap_host) -> *const clap_plugin,
}

impl Made {
    fn of<P: ClapPlugin>() -> Made {
        Made {
            descriptor: PluginDescriptor::for_plugin::<P>(),
            make: make::<P>,
        }
    }
}

/// # Safety
/// `host` is the host's own description of itself and outlives the instance.
unsafe fn make<P: ClapPlugin>(host: *const clap_host) -> *const clap_plugin {
    // SAFETY: as the caller promises. The count of references given up here is taken back by the framework when the
    // instance is destroyed.
    unsafe {
        (*Arc::into_raw(Wrapper::<P>::new(host)))
            .clap_plugin
            .as_ptr()
    }
}

fn plugins() -> &'static [Made] {
    static PLUGINS: OnceLock<[Made; 2]> = OnceLock::new();
    PLUGINS.get_or_init(|| [Made::of::<SorlInstrument>(), Made::of::<SorlEffect>()])
}

const PLUGIN_FACTORY: clap_plugin_factory = clap_plugin_factory {
    get_plugin_count: Some(count),
    get_plugin_descriptor: Some(descriptor),
    create_plugin: Some(create),
};

unsafe extern "C" fn count(_: *const clap_plugin_factory) -> u32 {
    plugins().len() as u32
}

unsafe extern "C" fn descriptor(
    _: *const clap_plugin_factory,
    index: u32,
) -> *const clap_plugin_descriptor {
    match plugins().get(index as usize) {
        Some(made) => made.descriptor.clap_plugin_descriptor(),
        None => std::ptr::null(),
    }
}

unsafe extern "C" fn create(
    _: *const clap_plugin_factory,
    host: *const clap_host,
    id: *const c_char,
) -> *const clap_plugin {
    if host.is_null() || id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: not null, and CLAP says that it is a string.
    let id = unsafe { CStr::from_ptr(id) };
    match plugins()
        .iter()
        .find(|made| made.descriptor.clap_id() == id)
    {
        // SAFETY: CLAP says that the host outlives its plugins.
        Some(made) => unsafe { outer::around((made.make)(host), host) },
        None => std::ptr::null(),
    }
}

unsafe extern "C" fn init(_: *const c_char) -> bool {
    setup_logger::<SorlInstrument>();
    true
}

unsafe extern "C" fn deinit() {}

unsafe extern "C" fn get_factory(id: *const c_char) -> *const c_void {
    if id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: not null, and CLAP says that it is a string.
    let id = unsafe { CStr::from_ptr(id) };
    if id == CLAP_PLUGIN_FACTORY_ID {
        (&raw const PLUGIN_FACTORY_PLACE.0).cast()
    } else {
        presets::factory(id)
    }
}

/// A table of functions at a place of its own.
struct Placed(clap_plugin_factory);
static PLUGIN_FACTORY_PLACE: Placed = Placed(PLUGIN_FACTORY);

/// What a CLAP host looks for in the library.
#[allow(non_upper_case_globals)]
#[unsafe(no_mangle)]
#[used]
pub static clap_entry: clap_plugin_entry = clap_plugin_entry {
    clap_version: CLAP_VERSION,
    init: Some(init),
    deinit: Some(deinit),
    get_factory: Some(get_factory),
};
