//! How the window looks: theme and size. Its own, never the score's.

use egui::{RichText, ThemePreference, Ui};

use super::theme;

/// The sizes that the window can have, in parts of the system's own.
const SCALES: [f32; 7] = [0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5];

/// The menu on the bar.
pub(crate) fn menu(ui: &mut Ui) {
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
