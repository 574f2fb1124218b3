//! One frame of the editor in a host's window, and whose each key is.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use nice_plug::context::gui::GuiContext;
use nice_plug_egui::{Frame, NiceEguiApp, baseview};

use super::announce;
use super::host::{Room, lock};
use super::keys::Keys;
use crate::editor::Editor;
use crate::folders;

/// What draws the editor inside a host.
pub struct HostFrame {
    room: Arc<Room>,
    keys: Keys,
    host: Option<GuiContext>,
    /// The host knows already that there is something to save.
    announced: bool,
}

impl HostFrame {
    pub(super) fn new(room: Arc<Room>) -> HostFrame {
        HostFrame {
            room,
            keys: Keys::default(),
            host: None,
            announced: false,
        }
    }
}

impl NiceEguiApp for HostFrame {
    fn build(
        &mut self,
        context: egui::Context,
        host: GuiContext,
        _: &mut Frame,
    ) -> Result<(), baseview::HandlerError> {
        let desk = &self.room.desk;
        let mut editor = lock(&self.room.editor);
        let editor = editor.get_or_insert_with(|| {
            Editor::new(Arc::clone(desk))
                .with_exchange()
                .remembering(folders::settings())
        });
        editor.enter(&context);
        self.host = Some(host);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut Frame) {
        let mut held = lock(&self.room.editor);
        // Looked at while the editor is held: whoever closes it waits for this frame, and none comes after.
        if !self.room.open.load(Ordering::Acquire) {
            return;
        }
        let Some(editor) = held.as_mut() else {
            return;
        };
        #[cfg(target_os = "linux")]
        self.keys.meet(*lock(&self.room.parent));
        self.keys.before(ui, lock(&self.room.given).drain(..));
        editor.show(ui);
        // The host is told without it: it may be closing the window meanwhile.
        drop(held);
        let writing = self.keys.after(ui);
        self.room.writing.store(writing, Ordering::Release);
        frame.set_key_capture(self.keys.capture(ui));
        *lock(&self.room.size) = Some(frame.baseview_window().size());
        if let Some(host) = &self.host {
            announce(
                &self.room.desk,
                &self.room.params,
                host,
                &mut self.announced,
            );
        }
    }
}
