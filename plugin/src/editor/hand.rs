//! The hand on a value: dragging, arrow keys, typing, double-click for where it starts, Esc to let go.
//!
//! While it is dragged a value is heard at once; when the hand lets go it is written into the score,
//! as one step.

use egui::accesskit::Role;
use egui::{
    CursorIcon, Event, EventFilter, Id, Key, Modifiers, Rect, Response, TextEdit, Ui, WidgetInfo,
};

use super::edit::Edit;
use super::theme;
use super::value::Range;

/// How far an arrow key goes, of the whole range.
const STEP: f32 = 0.01;
/// With Shift, everything is this much finer.
const FINE: f32 = 0.1;

/// A value that can be moved.
pub(crate) struct Handle<'a> {
    /// Its address, `node/control`.
    pub path: &'a str,
    /// Its range.
    pub range: &'a Range,
    /// What it is now.
    pub value: f32,
    /// What a pattern makes of it now, else the same.
    pub shown: f32,
    /// Where it starts when nothing is said.
    pub start: f32,
    /// How many points of dragging go from one end to the other.
    pub travel: f32,
    /// What the pointer looks like over it.
    pub cursor: CursorIcon,
    /// Where one types it.
    pub field: Rect,
}

/// What a view may act with.
pub(crate) struct Act<'a> {
    /// The hand on a value.
    pub hand: &'a mut Hand,
    /// What is wanted, in order.
    pub edits: &'a mut Vec<Edit>,
}

/// What the hand holds, if anything.
#[derive(Debug, Default)]
pub(crate) struct Hand {
    /// The value that was touched last.
    touched: Option<String>,
    grip: Option<Grip>,
    typing: Option<Typing>,
}

#[derive(Debug)]
struct Grip {
    path: String,
    start: f32,
    fraction: f32,
}

#[derive(Debug)]
struct Typing {
    field: Id,
    text: String,
    fresh: bool,
}

impl Hand {
    /// One frame of a value's bar or knob. Gives what the hand wants of it; one that senses no drags
    /// is only told to assistive tools.
    pub fn turn(&mut self, ui: &mut Ui, response: &Response, handle: &Handle<'_>) -> Option<Edit> {
        let name = handle.path.replace('/', " ");
        let free = response.sense.senses_drag();
        response.widget_info(|| WidgetInfo {
            current_text_value: Some(handle.range.write(handle.shown)),
            value: Some(f64::from(handle.shown)),
            ..WidgetInfo::labeled(Role::Slider, free, &name)
        });
        if !free {
            return None;
        }
        if let Some(edit) = self.type_value(ui, response, handle) {
            return edit;
        }
        if response.hovered() || response.dragged() {
            ui.set_cursor_icon(handle.cursor);
        }
        if response.clicked() {
            response.request_focus();
        }
        if response.gained_focus() || response.clicked() || response.drag_started() {
            self.touch(handle.path);
        }
        let fine = if ui.input(|i| i.modifiers.shift) {
            FINE
        } else {
            1.0
        };
        let path = || handle.path.to_owned();

        if response.drag_started() {
            let fraction = handle.range.fraction(handle.value);
            self.grip = Some(Grip {
                path: path(),
                start: handle.value,
                fraction,
            });
        }
        if let Some(grip) = self.grip.as_mut().filter(|grip| grip.path == handle.path) {
            if ui.input(|i| i.key_pressed(Key::Escape)) {
                let value = grip.start;
                self.grip = None;
                return Some(Edit::Set {
                    path: path(),
                    value,
                });
            }
            let delta = response.drag_delta();
            grip.fraction += (delta.x - delta.y) / handle.travel.max(1.0) * fine;
            let value = handle.range.round(handle.range.value(grip.fraction));
            if response.drag_stopped() {
                let moved = value != grip.start;
                self.grip = None;
                return moved.then(|| Edit::Value {
                    path: path(),
                    value,
                });
            }
            return (value != handle.value).then(|| Edit::Set {
                path: path(),
                value,
            });
        }
        if response.double_clicked() {
            let value = handle.start;
            return (handle.value != value).then(|| Edit::Value {
                path: path(),
                value,
            });
        }
        let value = self.arrow_keys(ui, response, handle, fine)?;
        Some(Edit::Value {
            path: path(),
            value,
        })
    }

    /// The address of the value that was touched last.
    pub fn touched(&self) -> Option<&str> {
        self.touched.as_deref()
    }

    /// This value is touched.
    pub fn touch(&mut self, path: &str) {
        if self.touched() != Some(path) {
            self.touched = Some(path.to_owned());
        }
    }

    /// Whether somebody types a value.
    pub fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    /// Typing begins with Enter or a digit on a value that has the focus, and ends with Enter; Esc
    /// leaves the value as it was. Gives nothing where nobody types.
    fn type_value(
        &mut self,
        ui: &mut Ui,
        response: &Response,
        handle: &Handle<'_>,
    ) -> Option<Option<Edit>> {
        let field = response.id.with("typed");
        if self.typing.as_ref().is_none_or(|t| t.field != field) {
            if !response.has_focus() {
                return None;
            }
            let begun = ui.input_mut(|i| {
                if i.consume_key(Modifiers::NONE, Key::Enter) {
                    return Some(handle.range.write(handle.value));
                }
                let digit = |event: &Event| match event {
                    Event::Text(text) => {
                        text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
                    }
                    _ => false,
                };
                let at = i.events.iter().position(digit)?;
                match i.events.remove(at) {
                    Event::Text(text) => Some(text),
                    _ => None,
                }
            });
            self.typing = Some(Typing {
                field,
                text: begun?,
                fresh: true,
            });
        }
        let typing = self.typing.as_mut()?;
        let edit = TextEdit::singleline(&mut typing.text)
            .id(field)
            .font(theme::mono(11.0))
            .margin(egui::Margin::symmetric(4, 1));
        let shown = ui.put(handle.field, edit).accessible_name("value");
        if typing.fresh {
            typing.fresh = false;
            shown.request_focus();
            return Some(None);
        }
        if !shown.lost_focus() {
            return Some(None);
        }
        let read = handle.range.read(&typing.text);
        self.typing = None;
        if ui.input(|i| i.key_pressed(Key::Escape)) {
            return Some(None);
        }
        let path = handle.path.to_owned();
        Some(match read {
            Some(value) if value != handle.value => Some(Edit::Value { path, value }),
            Some(_) => None,
            None => Some(Edit::Say(format!(
                "that is no value for {path}; it goes from {}",
                handle.range.write_ends()
            ))),
        })
    }

    fn arrow_keys(
        &self,
        ui: &Ui,
        response: &Response,
        handle: &Handle<'_>,
        fine: f32,
    ) -> Option<f32> {
        if !response.has_focus() {
            return None;
        }
        // Left and right turn the value; up and down go on to the next one.
        let filter = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let steps = ui.input_mut(|i| {
            let mut count = |key| i.count_and_consume_key(Modifiers::NONE, key) as f32;
            count(Key::ArrowRight) - count(Key::ArrowLeft)
        });
        let way = steps * handle.range.stride(STEP * fine);
        let to = handle.range.fraction(handle.value) + way;
        let moved = handle.range.round(handle.range.value(to));
        (steps != 0.0 && moved != handle.value).then_some(moved)
    }
}
