//! What the host asks of the window: to open it, its size, and keys that it caught itself.
//!
//! The framework's adapter does the work; around it stands what it leaves out. Its window would forget its size, it is
//! never told that it was closed, and keys that a VST3 host hands over would be lost.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{LogicalSize, NativeSize};
use nice_plug::editor::{
    Editor as _, EditorHandle, HostMethods, Modifiers, ParentWindowHandle, ResizeHint,
    SpawnedEditor, VirtualKeyCode,
};
use nice_plug_egui::baseview::{self, WindowSize};
use nice_plug_egui::{
    EguiEditor, EguiEditorHandle, EguiEditorState, EguiNiceSettings, RepaintNotifier,
    create_egui_editor,
};

use super::frame::HostFrame;
use super::keys;
use crate::desk::Desk;
use crate::editor::Editor;
use crate::folders;
use crate::params::HostParams;
use crate::preferences::Preferences;

/// How often the framework may ask for a frame of its own accord: not at all, since the editor asks
/// for each next frame itself. On X11 a request that comes before the window is mapped is answered
/// to nobody, and waiting for that answer would keep the window black for ever.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// What the host's calls and the window's frames share.
pub(super) struct Room {
    pub desk: Arc<Desk>,
    pub params: Arc<HostParams>,
    /// There from the first opening on: what is selected and how far it is scrolled stays.
    pub editor: Mutex<Option<Editor>>,
    /// Whether there is a window.
    pub open: AtomicBool,
    /// Whether somebody writes in a field of it.
    pub writing: AtomicBool,
    /// The size that it had last.
    pub size: Mutex<Option<WindowSize>>,
    /// The host's window under X11, by its number; hosts may tell it only after ours is made.
    pub parent: Mutex<Option<u32>>,
    /// Keys that the host caught and gave back.
    pub given: Mutex<Vec<egui::Event>>,
    repaint: RepaintNotifier,
}

impl Room {
    /// The size of a window that opens now, in the system's points, and the scale of what is in it.
    fn opening(&self) -> (LogicalSize<f32>, f32) {
        let kept = Preferences::read(folders::settings().as_deref());
        let [width, height] = kept.size;
        let first = LogicalSize::new(width, height);
        let last = lock(&self.size).map(|size| size.logical);
        let last = last.map(|size| LogicalSize::new(size.width as f32, size.height as f32));
        (last.unwrap_or(first), kept.scale)
    }
}

/// A lock that a panic elsewhere does not take away.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A window of X11 by its number.
fn number(window: &ParentWindowHandle) -> Option<u32> {
    match window {
        ParentWindowHandle::XcbWindow(id) => Some(id.get()),
        ParentWindowHandle::XlibWindow(id) => u32::try_from(*id).ok(),
        _ => None,
    }
}

/// The editor of both plugins, as the framework wants it.
pub struct HostEditor {
    title: String,
    room: Arc<Room>,
}

impl HostEditor {
    pub(super) fn new(title: &str, desk: Arc<Desk>, params: Arc<HostParams>) -> HostEditor {
        HostEditor {
            title: title.to_owned(),
            room: Arc::new(Room {
                desk,
                params,
                editor: Mutex::new(None),
                open: AtomicBool::new(false),
                writing: AtomicBool::new(false),
                size: Mutex::new(None),
                parent: Mutex::new(None),
                given: Mutex::new(Vec::new()),
                repaint: RepaintNotifier::new(),
            }),
        }
    }

    /// The framework's editor, for one opening of the window.
    fn build(&self) -> Option<EguiEditor<HostFrame>> {
        let (size, scale) = self.room.opening();
        // The adapter multiplies by the scale.
        let size = LogicalSize::new(size.width / scale, size.height / scale);
        let settings = EguiNiceSettings::new()
            .with_tile(self.title.as_str())
            .with_repaint_poll_interval(NEVER)
            .with_resize_hint(self.resize_hint());
        create_egui_editor(
            EguiEditorState::from_size(size, scale),
            self.room.repaint.clone(),
            settings,
            HostFrame::new(Arc::clone(&self.room)),
        )
    }
}

impl nice_plug::editor::Editor for HostEditor {
    type Handle = HostHandle;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<HostHandle>, Box<dyn Error>> {
        let editor = self
            .build()
            .ok_or("this system has no windows for plugins")?;
        self.room.open.store(true, Ordering::Release);
        *lock(&self.room.parent) = parent.as_ref().and_then(number);
        let SpawnedEditor { handle, window } = editor.spawn(
            parent,
            wait_for_parent,
            fallback_scale_factor,
            gui_context,
            host,
        )?;
        let room = Arc::clone(&self.room);
        Ok(SpawnedEditor {
            handle: HostHandle { handle, room },
            window,
        })
    }

    fn size(&self) -> NativeSize<u32> {
        match *lock(&self.room.size) {
            Some(size) => NativeSize::from_logical_or_physical(size.logical, size.physical),
            None => {
                let kept = Preferences::read(folders::settings().as_deref());
                let [width, height] = kept.size;
                NativeSize::from_size(LogicalSize::new(width, height).into(), 1.0)
            }
        }
    }

    fn resize_hint(&self) -> ResizeHint {
        let [width, height] = Editor::MIN_SIZE;
        ResizeHint::resizable().with_min_logical_size(LogicalSize::new(width, height))
    }
}

/// An open window.
pub struct HostHandle {
    handle: EguiEditorHandle,
    room: Arc<Room>,
}

impl EditorHandle for HostHandle {
    type Window = baseview::Window;
    type Error = baseview::Error;

    fn run_until_closed(window: Self::Window) -> Result<(), Self::Error> {
        EguiEditorHandle::run_until_closed(window)
    }

    fn set_parent(
        &self,
        parent: ParentWindowHandle,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        *lock(&self.room.parent) = number(&parent);
        self.handle.set_parent(parent, window)
    }

    fn show(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.handle.show(window)
    }

    fn hide(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.handle.hide(window)
    }

    fn set_size(
        &self,
        new_size: NativeSize<u32>,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        self.handle.set_size(new_size, window)
    }

    fn host_main_thread_callback(&self, window: &Self::Window) {
        self.handle.host_main_thread_callback(window);
    }

    fn adjust_size(
        &self,
        new_size: NativeSize<u32>,
        window: &Self::Window,
    ) -> Option<NativeSize<u32>> {
        self.handle.adjust_size(new_size, window)
    }

    fn set_fallback_scale_factor(
        &self,
        scale_factor: f64,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        self.handle.set_fallback_scale_factor(scale_factor, window)
    }

    fn on_virtual_key_from_host(
        &self,
        key_code: VirtualKeyCode,
        is_down: bool,
        modifiers: Modifiers,
    ) -> bool {
        // Where nobody writes, keys are the host's.
        if !self.room.writing.load(Ordering::Acquire) {
            return false;
        }
        let Some(event) = keys::given(key_code, is_down, modifiers) else {
            return false;
        };
        lock(&self.room.given).push(event);
        self.room.repaint.request_repaint();
        true
    }

    fn state_changed(&self) {
        self.handle.state_changed();
    }

    fn param_value_changed(&self, id: &str, normalized_value: f32) {
        self.handle.param_value_changed(id, normalized_value);
    }

    fn param_modulation_changed(&self, id: &str, modulation_offset: f32) {
        self.handle.param_modulation_changed(id, modulation_offset);
    }
}

impl Drop for HostHandle {
    /// The window goes. A frame that is being drawn is waited for; none comes after it.
    fn drop(&mut self) {
        self.room.open.store(false, Ordering::Release);
        self.room.writing.store(false, Ordering::Release);
        if let Some(editor) = lock(&self.room.editor).as_mut() {
            editor.close();
        }
    }
}
