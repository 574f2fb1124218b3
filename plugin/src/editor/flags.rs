//! Mute and solo in a card's title: there when the card is touched, selected, or when they are on.

use egui::accesskit::Role;
use egui::{Align2, Id, Rect, Sense, Ui, WidgetInfo, vec2};

use super::card::HEADER;
use super::edit::Edit;
use super::lens::Lens;
use super::make;
use super::theme::{self, Palette};
use super::view::View;

/// The room of one of the two.
const SIZE: egui::Vec2 = vec2(16.0, 16.0);

/// Shows both at the right end of the title of the card of a node or group at `place`; says whether anything was painted.
pub(crate) fn show(
    ui: &Ui,
    (id, lens, p): (Id, &Lens, &Palette),
    view: &View,
    (name, solo, mute): (&str, bool, bool),
    (place, touched): (Rect, bool),
    edits: &mut Vec<Edit>,
) -> bool {
    let mut painted = false;
    let flags = [("S", "solo", solo, p.audio), ("M", "mute", mute, p.control)];
    for (i, (letter, word, on, colour)) in flags.into_iter().enumerate() {
        let centre = place.right_top() + vec2(-15.0 - 17.0 * i as f32, HEADER / 2.0);
        let rect = Rect::from_center_size(centre, SIZE);
        let response = ui.interact(lens.rect(rect), id.with(word), Sense::click());
        response
            .widget_info(|| WidgetInfo::selected(Role::Button, true, on, format!("{name} {word}")));
        if response.clicked() {
            edits.push(Edit::change(make::flag(
                &view.patch,
                &[name],
                word == "solo",
            )));
        }
        if on || touched || response.hovered() || response.has_focus() {
            painted = true;
            let ink = match (on, response.hovered() || response.has_focus()) {
                (true, _) => colour,
                (false, true) => p.text,
                (false, false) => p.secondary,
            };
            lens.text(
                rect.center(),
                Align2::CENTER_CENTER,
                letter,
                theme::strong(10.5),
                ink,
            );
        }
    }
    painted
}
