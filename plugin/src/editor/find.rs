//! Find and replace in the score: a strip above the text.

use std::ops::Range;

use egui::{Key, Modifiers, RichText, TextEdit, Ui};

use super::theme;

/// The strip, apart from the text.
#[derive(Debug, Default)]
pub(crate) struct Find {
    open: bool,
    fresh: bool,
    sought: String,
    instead: String,
    at: usize,
}

/// What is wanted of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Select this, in bytes.
    Select(Range<usize>),
    /// The text becomes this.
    Write(String),
}

impl Find {
    /// Opens by Ctrl+F, with what is selected.
    pub fn key(&mut self, ui: &Ui, selected: &str) {
        if ui.input_mut(|i| i.consume_key(Modifiers::COMMAND, Key::F)) {
            (self.open, self.fresh) = (true, true);
            if !selected.is_empty() && !selected.contains('\n') {
                self.sought = selected.to_owned();
            }
        }
    }

    /// Where what is sought stands; nothing while the strip is closed.
    pub fn matches(&self, text: &str) -> Vec<Range<usize>> {
        if !self.open || self.sought.is_empty() {
            return Vec::new();
        }
        let found = text.match_indices(&*self.sought);
        found.map(|(at, found)| at..at + found.len()).collect()
    }

    /// One frame of the strip, if it is open.
    pub fn show(&mut self, ui: &mut Ui, text: &str) -> Option<Wish> {
        if !self.open {
            return None;
        }
        let p = theme::palette(ui);
        let matches = self.matches(text);
        let mut wish = None;
        ui.add_space(5.0);
        ui.horizontal(|ui| {
            ui.add_space(8.0);
            let sought = ui
                .add(field(&mut self.sought, "find"))
                .accessible_name("find");
            if self.fresh {
                sought.request_focus();
                self.fresh = false;
            }
            let again = sought.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            ui.add(field(&mut self.instead, "replace by"))
                .accessible_name("replace by");
            let count = matches.len();
            let back = ui
                .small_button("↑")
                .accessible_name("find previous")
                .clicked();
            let next = ui.small_button("↓").accessible_name("find next").clicked() || again;
            if count > 0 && (next || back) {
                let step = if back { count - 1 } else { 1 };
                self.at = if again && self.at >= count {
                    0
                } else {
                    (self.at + step) % count
                };
                wish = Some(Wish::Select(matches[self.at].clone()));
                if again {
                    sought.request_focus();
                }
            }
            if ui.small_button("replace").clicked() && count > 0 {
                let place = matches[self.at.min(count - 1)].clone();
                let mut after = text.to_owned();
                after.replace_range(place, &self.instead);
                wish = Some(Wish::Write(after));
            }
            if ui.small_button("replace all").clicked() && count > 0 {
                wish = Some(Wish::Write(text.replace(&*self.sought, &self.instead)));
            }
            let words = match (self.sought.is_empty(), count) {
                (true, _) => String::new(),
                (false, 0) => "not here".to_owned(),
                (false, 1) => "1 place".to_owned(),
                (false, n) => format!("{n} places"),
            };
            ui.label(RichText::new(words).color(p.secondary));
            let close = ui.small_button("×").accessible_name("close find").clicked();
            if close || ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
                self.open = false;
            }
        });
        wish
    }
}

fn field<'t>(words: &'t mut String, hint: &'static str) -> TextEdit<'t> {
    let field = TextEdit::singleline(words).hint_text(hint);
    field.desired_width(150.0).font(theme::mono(12.0))
}
