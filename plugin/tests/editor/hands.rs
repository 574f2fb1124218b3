//! What the tests have in common: an editor without a window, and hands on it.

use std::sync::Arc;

use egui::{Event, Key, Modifiers, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;

pub const BEAT: &str = include_str!("../../../examples/five-minute-beat.sorl");

/// An editor on a desk, drawn into nothing.
pub fn open(desk: &Arc<Desk>) -> Harness<'static> {
    drawn(Editor::new(Arc::clone(desk)).standalone())
}

/// An editor, drawn into nothing.
pub fn drawn(mut editor: Editor) -> Harness<'static> {
    Harness::builder()
        .with_size(Vec2::from(Editor::DEFAULT_SIZE))
        .with_context_setup(Editor::setup)
        .build_ui(move |ui| editor.show(ui))
}

/// Replaces the text of the score pane, by the keyboard.
pub fn write(harness: &mut Harness<'_>, text: &str) {
    harness.get_by_label("score").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(Event::Paste(text.to_owned()));
    harness.run();
}

pub fn evaluate(harness: &mut Harness<'_>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run();
}

/// Drags from one place to another, as a hand does: in steps.
pub fn drag(harness: &mut Harness<'_>, from: Pos2, by: Vec2) {
    harness.hover_at(from);
    harness.drag_at(from);
    harness.run();
    for step in 1..=4 {
        harness.hover_at(from + by * step as f32 / 4.0);
        harness.run();
    }
    harness.drop_at(from + by);
    harness.run();
}

pub fn centre(harness: &Harness<'_>, label: &str) -> Pos2 {
    harness.get_by_label(label).rect().center()
}

/// The upper edge of a card, where nothing but the card is.
pub fn header(harness: &Harness<'_>, label: &str) -> Pos2 {
    harness.get_by_label(label).rect().center_top() + Vec2::new(0.0, 10.0)
}

pub fn undo(harness: &mut Harness<'_>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
}

pub fn typed(harness: &mut Harness<'_>, text: &str) {
    harness.event(Event::Text(text.to_owned()));
    harness.run();
}

/// Types over all that stands in the field that has the keyboard.
pub fn retyped(harness: &mut Harness<'_>, text: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    typed(harness, text);
    harness.key_press(Key::Enter);
    harness.run();
}

pub fn click(harness: &mut Harness<'_>, at: Pos2) {
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run();
}

/// Presses and lets go the other button of the mouse.
pub fn menu(harness: &mut Harness<'_>, at: Pos2) {
    harness.hover_at(at);
    harness.run();
    for pressed in [true, false] {
        harness.event(Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    harness.run();
}
