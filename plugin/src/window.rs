//! The editor in a host's window.
//!
//! The host decides the thread: its main thread, or on X11 one that belongs to the window. Nothing
//! is built, and no file is read, before a window is asked for.

mod frame;
mod host;
mod keys;
#[cfg(target_os = "linux")]
mod x11;

pub use host::HostEditor;

use std::sync::Arc;

use nice_plug::context::gui::GuiContext;

use crate::desk::{Desk, Word};
use crate::params::HostParams;

/// The editor of an instance whose window is not open yet.
pub(crate) fn editor(title: &str, desk: Arc<Desk>, params: Arc<HostParams>) -> Option<HostEditor> {
    Some(HostEditor::new(title, desk, params))
}

/// Tells the host once that there is something to save. The framework has no word for it, so the entries do: that of
/// CLAP by itself, that of VST3 when it is asked to, since only here is a thread on which a host may be told. To a VST3
/// host that does not listen a hidden parameter is touched: one short gesture for all edits up to the next save. New names
/// of macros are told likewise.
pub(crate) fn announce(desk: &Desk, params: &HostParams, host: &GuiContext, announced: &mut bool) {
    desk.tell_host();
    if desk.is_listened_to() {
        return;
    }
    if desk.take_new_names() {
        desk.tell(Word::Names);
    }
    let changed = desk.is_changed();
    if changed && !*announced && !desk.tell(Word::Changed) {
        let setter = host.param_setter();
        setter.begin_set_parameter(&params.edited);
        setter.set_parameter(&params.edited, !params.edited.value());
        setter.end_set_parameter(&params.edited);
    }
    *announced = changed;
}
