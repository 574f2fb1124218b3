//! The VST3 entry of the library: the framework's plugins, and around them what hosts need of them besides.
//!
//! The framework's own macro would export its factory alone. This one makes the same instances, each in a [`shell`] that
//! stands between it and the host: it shows only the MIDI controllers that somebody turns ([`controllers`]) instead of
//! 2,080 parameters, names macros as the score does, marks the project as changed ([`ear`]), and completes what a host
//! left out of a block ([`buses`]) or gave without frames ([`held`]).
//! Hosts call here on their main threads, but for `process`. Unsafe, as the interface is C: pointers are looked at in
//! this folder, and nowhere else in this crate but for the CLAP entry and what both share (`crate::pairs`).

#![allow(unsafe_code, non_snake_case)]

mod buses;
mod controllers;
mod ear;
mod held;
mod shell;
#[cfg(test)]
mod tests;

use std::ffi::c_void;

use nice_plug::prelude::Vst3Plugin;
use nice_plug::wrapper::setup_logger;
use nice_plug::wrapper::vst3::PluginInfo;
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, FUnknown, IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactory3,
    IPluginFactory3Trait, IPluginFactoryTrait, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo,
    TUID, int32, kInvalidArgument, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};

use crate::{SorlEffect, SorlInstrument};
use shell::Shell;

/// One of the plugins: what hosts read about it, and how an instance is made.
struct Made {
    info: PluginInfo,
    make: unsafe fn(FIDString, *mut *mut c_void) -> tresult,
}

impl Made {
    fn of<P: Vst3Plugin>() -> Made {
        Made {
            info: PluginInfo::for_plugin::<P>(),
            make: make::<P>,
        }
    }
}

/// # Safety
/// `interface` is the id of an interface, and what is found may be written to `object`.
unsafe fn make<P: Vst3Plugin>(interface: FIDString, object: *mut *mut c_void) -> tresult {
    let wrapper = ComWrapper::new(Shell::<P>::new());
    let Some(unknown) = wrapper.as_com_ref::<FUnknown>() else {
        return kInvalidArgument;
    };
    let unknown = unknown.as_ptr();
    // SAFETY: the object lives here, and counts the reference that it gives away; the rest is as the caller promises.
    unsafe { ((*(*unknown).vtbl).queryInterface)(unknown, interface as *const TUID, object) }
}

struct Factory {
    plugins: [Made; 2],
}

impl Class for Factory {
    type Interfaces = (IPluginFactory, IPluginFactory2, IPluginFactory3);
}

impl Factory {
    fn new() -> Factory {
        Factory {
            plugins: [Made::of::<SorlInstrument>(), Made::of::<SorlEffect>()],
        }
    }

    /// Writes what a host wants to know about a plugin.
    ///
    /// # Safety
    /// `to` is null or may be written to.
    unsafe fn tell<T>(&self, index: int32, to: *mut T, of: impl Fn(&PluginInfo) -> T) -> tresult {
        let made = usize::try_from(index)
            .ok()
            .and_then(|index| self.plugins.get(index));
        match made {
            Some(made) if !to.is_null() => {
                // SAFETY: not null, and as the caller promises.
                unsafe { to.write(of(&made.info)) };
                kResultOk
            }
            _ => kInvalidArgument,
        }
    }
}

impl IPluginFactoryTrait for Factory {
    unsafe fn getFactoryInfo(&self, info: *mut PFactoryInfo) -> tresult {
        // SAFETY: VST3 says that the host's pointer is for this.
        unsafe { self.tell(0, info, PluginInfo::create_factory_info) }
    }

    unsafe fn countClasses(&self) -> int32 {
        self.plugins.len() as int32
    }

    unsafe fn getClassInfo(&self, index: int32, info: *mut PClassInfo) -> tresult {
        // SAFETY: VST3 says that the host's pointer is for this.
        unsafe { self.tell(index, info, PluginInfo::create_class_info) }
    }

    unsafe fn createInstance(
        &self,
        class: FIDString,
        interface: FIDString,
        object: *mut *mut c_void,
    ) -> tresult {
        if class.is_null() || interface.is_null() || object.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: not null, and VST3 says that ids have 16 bytes.
        let class = unsafe { &*class.cast::<[u8; 16]>() };
        match self.plugins.iter().find(|made| made.info.cid == class) {
            // SAFETY: not null, and VST3 says what they are.
            Some(made) => unsafe { (made.make)(interface, object) },
            None => kInvalidArgument,
        }
    }
}

impl IPluginFactory2Trait for Factory {
    unsafe fn getClassInfo2(&self, index: int32, info: *mut PClassInfo2) -> tresult {
        // SAFETY: VST3 says that the host's pointer is for this.
        unsafe { self.tell(index, info, PluginInfo::create_class_info_2) }
    }
}

impl IPluginFactory3Trait for Factory {
    unsafe fn getClassInfoUnicode(&self, index: int32, info: *mut PClassInfoW) -> tresult {
        // SAFETY: VST3 says that the host's pointer is for this.
        unsafe { self.tell(index, info, PluginInfo::create_class_info_unicode) }
    }

    unsafe fn setHostContext(&self, _: *mut FUnknown) -> tresult {
        kResultOk
    }
}

/// What a VST3 host asks the library for.
#[unsafe(no_mangle)]
pub extern "system" fn GetPluginFactory() -> *mut c_void {
    let factory = ComWrapper::new(Factory::new()).to_com_ptr::<IPluginFactory>();
    factory.map_or(std::ptr::null_mut(), |factory| factory.into_raw().cast())
}

/// The library was loaded. Nothing is done but setting up the log.
fn enter() -> bool {
    setup_logger::<SorlInstrument>();
    true
}

/// What hosts call first on Linux.
#[cfg(all(target_family = "unix", not(target_os = "macos")))]
#[unsafe(no_mangle)]
pub extern "C" fn ModuleEntry(_: *mut c_void) -> bool {
    enter()
}

/// What hosts call last on Linux.
#[cfg(all(target_family = "unix", not(target_os = "macos")))]
#[unsafe(no_mangle)]
pub extern "C" fn ModuleExit() -> bool {
    true
}

/// What hosts call first on macOS.
#[cfg(target_os = "macos")]
#[unsafe(no_mangle)]
pub extern "C" fn bundleEntry(_: *mut c_void) -> bool {
    enter()
}

/// What hosts call last on macOS.
#[cfg(target_os = "macos")]
#[unsafe(no_mangle)]
pub extern "C" fn bundleExit() -> bool {
    true
}

/// What hosts call first on Windows.
#[cfg(target_os = "windows")]
#[unsafe(no_mangle)]
pub extern "system" fn InitDll() -> bool {
    enter()
}

/// What hosts call last on Windows.
#[cfg(target_os = "windows")]
#[unsafe(no_mangle)]
pub extern "system" fn ExitDll() -> bool {
    true
}
