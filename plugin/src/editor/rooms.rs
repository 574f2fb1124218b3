//! The rooms of the editor, for the keyboard: F6 or Ctrl+Tab leads to the next one, with Shift back, Tab through what
//! is in it. (In a host the window system tells of no F keys.)
//!
//! Inside the score Tab belongs to the text, so there has to be another way from one room to the next.

use egui::accesskit::Role;
use egui::{Id, Key, Modifiers, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use super::theme;

/// The rooms that are there, and the one that the keyboard was led to last.
#[derive(Debug, Default)]
pub(crate) struct Doors {
    /// In the order in which they are drawn; first those of this frame, then those of the last.
    now: Vec<Id>,
    last: Vec<Id>,
    at: Option<Id>,
}

impl Doors {
    /// A frame begins: leads the keyboard to another room, if that is asked for.
    pub fn keys(&mut self, ui: &Ui) {
        self.last = std::mem::take(&mut self.now);
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        // Shift first: a key alone is also meant by one with Shift.
        let way = |extra: Modifiers| {
            pressed(extra, Key::F6) || pressed(Modifiers::COMMAND | extra, Key::Tab)
        };
        let back = way(Modifiers::SHIFT);
        if !back && !way(Modifiers::NONE) || self.last.is_empty() {
            return;
        }
        let count = self.last.len();
        let at = self
            .at
            .and_then(|at| self.last.iter().position(|id| *id == at));
        let next = match (at, back) {
            (Some(at), true) => (at + count - 1) % count,
            (Some(at), false) => (at + 1) % count,
            (None, true) => count - 1,
            (None, false) => 0,
        };
        self.at = Some(self.last[next]);
        ui.memory_mut(|memory| memory.request_focus(self.last[next]));
    }

    /// A room is drawn: here the keyboard enters it. To be called before anything that is in it.
    pub fn room(&mut self, ui: &Ui, name: &str) {
        let id = Id::unique(("room", name));
        let room = ui.max_rect();
        let door = Rect::from_min_size(room.min, Vec2::splat(1.0));
        let response = ui.interact(door, id, Sense::focusable_noninteractive());
        response.widget_info(|| WidgetInfo::labeled(Role::Group, true, name));
        if response.has_focus() {
            let line = Stroke::new(1.0, theme::palette(ui).audio);
            ui.painter()
                .rect_stroke(room.shrink(1.0), 4.0, line, StrokeKind::Inside);
        }
        self.now.push(id);
    }
}
