//! The editor in a host's window.
//!
//! The host decides the thread: its main thread, or on X11 one that belongs to the window. Nothing
//! is built before a window is opened.

use std::sync::Arc;
use std::time::Duration;

use nice_plug::context::gui::GuiContext;
use nice_plug::editor::ResizeHint;
use nice_plug::editor::dpi::LogicalSize;
use nice_plug_egui::{
    EguiEditor, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, RepaintNotifier, baseview,
    create_egui_editor,
};

use crate::desk::{Desk, Word};
use crate::editor::Editor;
use crate::params::HostParams;

/// The editor type of both plugins.
pub type HostEditor = EguiEditor<HostWindow>;

/// How often the framework may ask for a frame of its own accord: not at all, since the editor asks
/// for each next frame itself. On X11 a request that comes before the window is mapped is answered
/// to nobody, and waiting for that answer would keep the window black for ever.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// The editor of an instance whose window is not open yet.
pub(crate) fn editor(title: &str, desk: Arc<Desk>, params: Arc<HostParams>) -> Option<HostEditor> {
    let [width, height] = Editor::DEFAULT_SIZE;
    let [least_width, least_height] = Editor::MIN_SIZE;
    let smallest = LogicalSize::new(least_width, least_height);
    let settings = EguiNiceSettings::new()
        .with_tile(title)
        .with_repaint_poll_interval(NEVER)
        .with_resize_hint(ResizeHint::resizable().with_min_logical_size(smallest));
    let window = HostWindow {
        desk,
        params,
        open: None,
        announced: false,
    };
    create_egui_editor(
        EguiEditorState::from_size(LogicalSize::new(width, height), 1.0),
        RepaintNotifier::new(),
        settings,
        window,
    )
}

/// What draws the editor inside a host.
pub struct HostWindow {
    desk: Arc<Desk>,
    params: Arc<HostParams>,
    /// There from the first opening on: what is selected and how far it is scrolled stays.
    open: Option<(Editor, GuiContext)>,
    /// The host knows already that there is something to save.
    announced: bool,
}

impl NiceEguiApp for HostWindow {
    fn build(
        &mut self,
        context: egui::Context,
        host: GuiContext,
        _: &mut Frame,
    ) -> Result<(), baseview::HandlerError> {
        Editor::setup(&context);
        let editor = match self.open.take() {
            Some((editor, _)) => editor,
            None => Editor::new(Arc::clone(&self.desk)),
        };
        self.open = Some((editor, host));
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut Frame) {
        if let Some((editor, host)) = &mut self.open {
            editor.show(ui);
            announce(&self.desk, &self.params, host, &mut self.announced);
        }
    }
}

/// Tells the host once that there is something to save. The framework has no word for it, so the entries do: that of
/// CLAP by itself, that of VST3 when it is asked to, since only here is a thread on which a host may be told. To a VST3
/// host that does not listen a hidden parameter is touched: one short gesture for all edits up to the next save. New names
/// of macros are told likewise.
fn announce(desk: &Desk, params: &HostParams, host: &GuiContext, announced: &mut bool) {
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
