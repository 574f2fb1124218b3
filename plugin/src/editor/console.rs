//! The console: one statement into the score that sounds, with those that were before.

use egui::{Align, Frame, Key, Layout, Modifiers, RichText, TextEdit, Ui};

use super::edit::Edit;
use super::theme;
use super::view::View;

/// Its height.
pub(crate) const HEIGHT: f32 = 26.0;
/// The most statements that are remembered.
const MOST: usize = 100;

/// The console, apart from what it shows.
#[derive(Debug, Default)]
pub(crate) struct Console {
    text: String,
    history: Vec<String>,
    /// Which of them is shown, counted from the last; 0 is what is being written.
    back: usize,
}

impl Console {
    /// One frame.
    pub fn show(&mut self, ui: &mut Ui, view: &View, edits: &mut Vec<Edit>) {
        let p = theme::palette(ui);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.label(
                RichText::new("›")
                    .font(theme::mono(12.5))
                    .color(p.secondary),
            );
            let hint = "one statement into the score: fade(\"bass/gain\", 0, bars=4)";
            let told = view.printed.last().cloned();
            let room = ui.available_width() - if told.is_some() { 160.0 } else { 0.0 };
            let field = TextEdit::singleline(&mut self.text)
                .id(ui.scope_id().with("console"))
                .font(theme::mono(12.0))
                .hint_text(hint)
                .frame(Frame::NONE)
                .align(egui::Align2::LEFT_CENTER)
                .desired_width(room.max(60.0));
            let before = ui.input(|i| (i.key_pressed(Key::ArrowUp), i.key_pressed(Key::ArrowDown)));
            let response = ui.add(field).accessible_name("console");
            if response.has_focus() {
                self.browse(before);
            }
            let entered = response.lost_focus()
                && ui.input(|i| i.key_pressed(Key::Enter) && i.modifiers == Modifiers::NONE);
            if entered && !self.text.trim().is_empty() {
                let statement = std::mem::take(&mut self.text);
                if self.history.last() != Some(&statement) {
                    self.history.push(statement.clone());
                }
                if self.history.len() > MOST {
                    self.history.remove(0);
                }
                self.back = 0;
                edits.push(Edit::Run(statement));
                response.request_focus();
            }
            if let Some(told) = told {
                let words = RichText::new(&told).font(theme::mono(11.0)).color(p.string);
                let label = egui::Label::new(words).truncate();
                ui.add(label).on_hover_text(view.printed.join("\n"));
            }
        });
    }

    fn browse(&mut self, (up, down): (bool, bool)) {
        let back = match (up, down) {
            (true, false) => (self.back + 1).min(self.history.len()),
            (false, true) => self.back.saturating_sub(1),
            _ => return,
        };
        if back == self.back {
            return;
        }
        self.back = back;
        self.text = match back {
            0 => String::new(),
            back => self.history[self.history.len() - back].clone(),
        };
    }
}
