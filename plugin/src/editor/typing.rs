//! Enter, Tab, Shift+Tab and Ctrl+/ in the score, taken before egui's own idea of them.
//!
//! A slow frame may bring several keys at once. They act in the order in which they were pressed:
//! what was typed before one of ours goes into the text first, and the rest waits a frame.

use std::ops::Range;

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{Event, Id, Key, Modifiers, Ui};

use super::indent;

/// What a key does to a text and a selection in it.
type Press = fn(&mut String, Range<usize>) -> Range<usize>;

/// The keys that could not act yet.
#[derive(Default)]
pub(crate) struct Typing {
    waiting: Vec<Event>,
}

impl Typing {
    /// Whether keys wait for the next frame: the text is not yet what was typed.
    pub fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Lets our keys act on the text of the field `id`, as far as it is their turn.
    pub fn act(&mut self, ui: &Ui, id: Id, text: &mut String) {
        if !ui.memory(|memory| memory.has_focus(id)) {
            self.waiting.clear();
            return;
        }
        ui.input_mut(|i| drop(i.events.splice(0..0, self.waiting.drain(..))));
        loop {
            let (next, first) = ui.input(|i| {
                let next = i.events.iter().position(|event| ours(event).is_some());
                let typed = i.events.iter().position(writes);
                (next, typed)
            });
            let Some(next) = next else { return };
            if first.is_some_and(|first| first < next) {
                self.waiting = ui.input_mut(|i| i.events.split_off(next));
                ui.request_repaint();
                return;
            }
            let event = ui.input_mut(|i| i.events.remove(next));
            if let Some(press) = ours(&event) {
                apply(ui, id, text, press);
            }
        }
    }
}

/// What one of our keys does.
fn ours(event: &Event) -> Option<Press> {
    let Event::Key {
        key,
        pressed: true,
        modifiers,
        ..
    } = event
    else {
        return None;
    };
    match (*key, *modifiers) {
        (Key::Enter, Modifiers::NONE) => Some(indent::newline),
        (Key::Tab, Modifiers::NONE) => Some(indent::deeper),
        (Key::Tab, Modifiers::SHIFT) => Some(indent::shallower),
        (Key::Slash | Key::K, m) if m.command && !m.shift && !m.alt => Some(indent::comment),
        _ => None,
    }
}

/// Whether an event changes the text or moves the caret.
fn writes(event: &Event) -> bool {
    match event {
        Event::Text(_) | Event::Paste(_) | Event::Cut | Event::Ime(_) => true,
        Event::Key { pressed, .. } => *pressed && ours(event).is_none(),
        _ => false,
    }
}

fn apply(ui: &Ui, id: Id, text: &mut String, press: Press) {
    let Some(mut state) = TextEditState::load(ui.ctx(), id) else {
        return;
    };
    let Some(range) = state.cursor.char_range() else {
        return;
    };
    let selection = range.as_sorted_char_range();
    let after = press(text, selection.start.0..selection.end.0);
    let cursor = CCursorRange::two(CCursor::new(after.start), CCursor::new(after.end));
    state.cursor.set_char_range(Some(cursor));
    state.store(ui.ctx(), id);
}
