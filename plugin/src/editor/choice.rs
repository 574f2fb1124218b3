//! A control whose steps have names, as a list to choose from.

use egui::{Align, ComboBox, Label, Layout, Response, RichText, Sense, Ui};

use super::edit::Edit;
use super::theme::Palette;
use super::value::Range;

/// What a choice shows.
pub(crate) struct Choice<'a> {
    /// The address of its value.
    pub path: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its range, with labels.
    pub range: &'a Range,
    /// What it is now.
    pub value: f32,
    /// Whether a pattern plays it: then there is nothing to choose.
    pub driven: bool,
}

impl Choice<'_> {
    /// Shows it; gives the response of its name, which may have a menu, and what was chosen.
    pub fn show(&self, ui: &mut Ui, p: &Palette) -> (Response, Option<Edit>) {
        let mut chosen = None;
        let shown = ui.horizontal(|ui| {
            let ink = if self.driven { p.control } else { p.text };
            let name = Label::new(RichText::new(self.name).color(p.secondary));
            let name = ui.add(name.sense(Sense::click()));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_enabled_ui(!self.driven, |ui| {
                    let words = RichText::new(self.range.write(self.value)).color(ink);
                    let list = ComboBox::from_id_salt(self.path)
                        .selected_text(words)
                        .width(132.0)
                        .show_ui(ui, |ui| self.list(ui, &mut chosen));
                    let name = format!("choose {}", self.path.replace('/', " "));
                    list.response.accessible_name(name);
                });
            });
            name
        });
        let edit = chosen.map(|value| Edit::Value {
            path: self.path.to_owned(),
            value,
        });
        (shown.inner, edit)
    }

    fn list(&self, ui: &mut Ui, chosen: &mut Option<f32>) {
        let labels = self.range.labels.iter().flat_map(|labels| labels.iter());
        for (index, label) in labels.enumerate() {
            let is = self.range.label(self.value) == Some(label);
            if ui.selectable_label(is, label).clicked() && !is {
                *chosen = Some(self.range.step_value(index));
            }
        }
    }
}
