//! The hand on a value: dragging, arrow keys, double-click for the score's value, Esc to let go.
//!
//! A value moved here is heard at once and stays until the score is evaluated anew; it is not
//! written into the score.

use egui::accesskit::Role;
use egui::{CursorIcon, EventFilter, Key, Modifiers, Response, Ui, WidgetInfo};

use super::edit::Edit;
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
    pub range: Range,
    /// What it is now.
    pub value: f32,
    /// What a pattern makes of it now, else the same.
    pub shown: f32,
    /// What the score says it is.
    pub home: f32,
    /// How many points of dragging go from one end to the other.
    pub travel: f32,
    /// What the pointer looks like over it.
    pub cursor: CursorIcon,
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
    grip: Option<Grip>,
}

#[derive(Debug)]
struct Grip {
    path: String,
    start: f32,
    fraction: f32,
}

impl Hand {
    /// One frame of a value's bar or knob. Gives the new value if the hand moved it; one that
    /// senses no drags is only told to assistive tools.
    pub fn turn(&mut self, ui: &Ui, response: &Response, handle: &Handle<'_>) -> Option<f32> {
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
        if response.hovered() || response.dragged() {
            ui.set_cursor_icon(handle.cursor);
        }
        if response.clicked() {
            response.request_focus();
        }
        let fine = if ui.input(|i| i.modifiers.shift) {
            FINE
        } else {
            1.0
        };

        if response.drag_started() {
            let fraction = handle.range.fraction(handle.value);
            self.grip = Some(Grip {
                path: handle.path.to_owned(),
                start: handle.value,
                fraction,
            });
        }
        if let Some(grip) = self.grip.as_mut().filter(|grip| grip.path == handle.path) {
            if ui.input(|i| i.key_pressed(Key::Escape)) {
                let start = grip.start;
                self.grip = None;
                return Some(start);
            }
            let delta = response.drag_delta();
            grip.fraction += (delta.x - delta.y) / handle.travel.max(1.0) * fine;
            let moved = handle.range.value(grip.fraction);
            if response.drag_stopped() {
                self.grip = None;
            }
            return (moved != handle.value).then_some(moved);
        }
        if response.double_clicked() {
            return (handle.value != handle.home).then_some(handle.home);
        }
        self.arrow_keys(ui, response, handle, fine)
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
        let moved = handle
            .range
            .value(handle.range.fraction(handle.value) + steps * STEP * fine);
        (steps != 0.0 && moved != handle.value).then_some(moved)
    }
}
