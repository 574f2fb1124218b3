//! The menus of the bar: presets, and how the window looks (its own, never the score's).

use egui::{RichText, ThemePreference, Ui};

use super::theme;
use crate::preferences::Rooms;
use crate::presets::{self, Preset};

/// The sizes that the window can have, in parts of the system's own.
const SCALES: [f32; 7] = [0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5];

/// The factory's presets and the user's own, by category; gives the one that was chosen.
pub(crate) fn presets(ui: &mut Ui) -> Option<Preset> {
    let p = theme::palette(ui);
    let words = RichText::new("presets").color(p.secondary);
    let mut chosen = None;
    ui.menu_button(words, |ui| {
        let own = presets::Shelf::user().map(|shelf| shelf.list());
        let all: Vec<Preset> = presets::factory()
            .chain(own.into_iter().flatten())
            .collect();
        let mut categories: Vec<&str> = all.iter().map(|one| &*one.category).collect();
        categories.dedup();
        for category in categories {
            ui.menu_button(category, |ui| {
                for one in all.iter().filter(|one| one.category == category) {
                    if ui
                        .button(one.name.as_str())
                        .on_hover_text(&one.description)
                        .clicked()
                    {
                        chosen = Some(one.clone());
                        ui.close();
                    }
                }
            });
        }
    });
    chosen
}

/// How the window looks.
pub(crate) fn menu(ui: &mut Ui, rooms: &mut Rooms) {
    let p = theme::palette(ui);
    let words = RichText::new("view").color(p.secondary);
    ui.menu_button(words, |ui| {
        let mut preference = ui.ctx().options(|options| options.theme_preference);
        let before = preference;
        for (one, words) in [
            (ThemePreference::System, "as the system"),
            (ThemePreference::Dark, "dark"),
            (ThemePreference::Light, "light"),
        ] {
            ui.selectable_value(&mut preference, one, words);
        }
        if preference != before {
            ui.ctx().set_theme(preference);
        }
        ui.separator();
        for (shown, words, key) in [
            (&mut rooms.library, "library", "Ctrl+1"),
            (&mut rooms.inspector, "inspector", "Ctrl+2"),
            (&mut rooms.score, "score", "Ctrl+3"),
            (&mut rooms.timeline, "timeline", "Ctrl+4"),
        ] {
            ui.horizontal(|ui| {
                ui.checkbox(shown, words);
                ui.label(RichText::new(key).color(p.secondary));
            });
        }
        ui.separator();
        let mut scale = ui.ctx().zoom_factor();
        for one in SCALES {
            let words = format!("{:.0} %", one * 100.0);
            if ui.selectable_value(&mut scale, one, words).clicked() {
                ui.ctx().set_zoom_factor(one);
                ui.close();
            }
        }
    });
}
