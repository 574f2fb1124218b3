//! The framework's parameters with the names that the score gives to macros, and with values as the user set them.
//!
//! Main thread, but for `flush`, which is handed on as it comes.

use std::ffi::{CStr, c_char};

use clap_sys::events::{clap_input_events, clap_output_events};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_param_info, clap_plugin_params};
use clap_sys::id::clap_id;
use clap_sys::plugin::clap_plugin;

use super::outer::outer;
use crate::labels;

pub(super) static PARAMS: clap_plugin_params = clap_plugin_params {
    count: Some(count),
    get_info: Some(get_info),
    get_value: Some(get_value),
    value_to_text: Some(value_to_text),
    text_to_value: Some(text_to_value),
    flush: Some(flush),
};

/// The framework's own.
///
/// # Safety
/// `plugin` came from [`super::outer::around`] and was not destroyed.
unsafe fn own<'a>(plugin: *const clap_plugin) -> Option<&'a clap_plugin_params> {
    // SAFETY: as the caller promises; what the framework returns is null or lives as long as the instance.
    unsafe { outer(plugin).extension(CLAP_EXT_PARAMS) }
}

unsafe extern "C" fn count(plugin: *const clap_plugin) -> u32 {
    // SAFETY: the host calls with what it was given.
    unsafe {
        own(plugin)
            .and_then(|own| own.count)
            .map_or(0, |f| f(plugin))
    }
}

unsafe extern "C" fn get_info(
    plugin: *const clap_plugin,
    index: u32,
    info: *mut clap_param_info,
) -> bool {
    // SAFETY: the host calls with what it was given, and a place for the answer.
    unsafe {
        let own = own(plugin).and_then(|own| own.get_info);
        if !own.is_some_and(|f| f(plugin, index, info)) {
            return false;
        }
        let info = &mut *info;
        let name = CStr::from_ptr(info.name.as_ptr()).to_string_lossy();
        let number = name.strip_prefix("Macro ").and_then(|n| n.parse().ok());
        if let Some(number) = number {
            write(
                &mut info.name,
                &labels::macro_name(outer(plugin).desk(), number),
            );
        }
    }
    true
}

/// Writes text that ends with nought, cut where there is no more room, between letters.
fn write(to: &mut [c_char], text: &str) {
    let mut end = text.len().min(to.len() - 1);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    to.fill(0);
    for (to, byte) in to.iter_mut().zip(text[..end].bytes()) {
        *to = byte as c_char;
    }
}

/// Where a parameter stands. The framework would say where its modulation has moved it, which is the host's own doing and
/// nothing to show or to save.
unsafe extern "C" fn get_value(plugin: *const clap_plugin, id: clap_id, value: *mut f64) -> bool {
    // SAFETY: the host calls with what it was given, and a place for the answer.
    let set = unsafe { outer(plugin) }.params().set_value(id);
    match set {
        Some(set) if !value.is_null() => {
            // SAFETY: as above.
            unsafe { value.write(set) };
            true
        }
        _ => false,
    }
}

unsafe extern "C" fn value_to_text(
    plugin: *const clap_plugin,
    id: clap_id,
    value: f64,
    text: *mut c_char,
    room: u32,
) -> bool {
    // SAFETY: the host calls with what it was given.
    unsafe {
        let own = own(plugin).and_then(|own| own.value_to_text);
        own.is_some_and(|f| f(plugin, id, value, text, room))
    }
}

unsafe extern "C" fn text_to_value(
    plugin: *const clap_plugin,
    id: clap_id,
    text: *const c_char,
    value: *mut f64,
) -> bool {
    // SAFETY: the host calls with what it was given.
    unsafe {
        let own = own(plugin).and_then(|own| own.text_to_value);
        own.is_some_and(|f| f(plugin, id, text, value))
    }
}

unsafe extern "C" fn flush(
    plugin: *const clap_plugin,
    input: *const clap_input_events,
    output: *const clap_output_events,
) {
    // SAFETY: the host calls with what it was given.
    unsafe {
        if let Some(flush) = own(plugin).and_then(|own| own.flush) {
            flush(plugin, input, output);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_between_letters() {
        let mut to = [1 as c_char; 6];
        write(&mut to, "abcd\u{e9}");
        assert_eq!(to.map(|c| c as u8), *b"abcd\0\0");
        write(&mut to, "ab");
        assert_eq!(to.map(|c| c as u8), *b"ab\0\0\0\0");
    }
}
