//! The library at the left edge: search, all that can become a node, and the way onto the canvas.
//!
//! A click puts a node where there is room, behind what is selected; a drag puts it where it is let
//! go, onto a wire if there is one.

use egui::{Key, RichText, ScrollArea, TextEdit, Ui};

use super::picker;
use super::reach::Reach;
use super::stock::{self, Entry};
use super::theme;

/// Its width.
pub(crate) const WIDTH: f32 = 190.0;

/// The library, apart from what it shows.
#[derive(Default)]
pub(crate) struct Shelf {
    typed: String,
    dragged: Option<Entry>,
    reach: Reach,
}

/// What was taken from it.
pub(crate) enum Taken {
    /// This, wherever there is room.
    Clicked(Entry),
    /// This is to be heard.
    Heard(Entry),
    /// This, let go at this place of the screen.
    Dropped(Entry, egui::Pos2),
}

impl Shelf {
    /// One frame.
    pub fn show(&mut self, ui: &mut Ui, entries: &[Entry]) -> Option<Taken> {
        let p = theme::palette(ui);
        ui.add_space(8.0);
        let field = TextEdit::singleline(&mut self.typed)
            .hint_text("Search nodes and functions")
            .desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name("search library");
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        let found = stock::search(entries, &self.typed);
        let command = egui::Modifiers::COMMAND;
        if (field.has_focus() || entered)
            && let Some(first) = found.first()
            && ui.input_mut(|i| i.consume_key(command, Key::Space))
        {
            return Some(Taken::Heard((*first).clone()));
        }
        if entered && let Some(first) = found.first() {
            return Some(Taken::Clicked((*first).clone()));
        }
        let mut taken = None;
        ScrollArea::vertical()
            .id_salt("shelf")
            .auto_shrink(false)
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let id = ui.scope_id();
                let grouped = self.typed.trim().is_empty();
                let mut group = "";
                self.reach.begin();
                for (i, entry) in found.iter().enumerate() {
                    if grouped && entry.group != group {
                        group = &entry.group;
                        if self.reach.shows(ui, usize::MAX, picker::HEADING) {
                            picker::heading(ui, p, group);
                        }
                    }
                    if !self.reach.shows(ui, i, picker::ROW) {
                        continue;
                    }
                    let own = id.with(("entry", i));
                    let (response, heard) = picker::row(ui, p, entry, false, own);
                    let parts = [own, own.with("hear")];
                    self.reach.keep(ui, i, &parts, response.rect);
                    if heard {
                        taken = Some(Taken::Heard((*entry).clone()));
                    }
                    if response.drag_started() {
                        self.dragged = Some((*entry).clone());
                    }
                    if response.clicked() {
                        taken = Some(Taken::Clicked((*entry).clone()));
                    }
                    if response.hovered() {
                        response.on_hover_ui(|ui| {
                            ui.label(RichText::new(&entry.name).font(theme::strong(12.0)));
                            ui.label(&entry.help);
                            ui.weak("click, or drag it onto the canvas or a wire");
                        });
                    }
                }
                self.reach.end(ui);
                if found.is_empty() {
                    ui.label(RichText::new("nothing of that name").color(p.secondary));
                }
            });
        if self.dragged.is_none() {
            return taken;
        }
        let entry = self.dragged.as_ref()?;
        let (at, down) = ui.input(|i| (i.pointer.latest_pos(), i.pointer.any_down()));
        let at = at?;
        if down {
            ui.set_cursor_icon(egui::CursorIcon::Grabbing);
            let layer = egui::LayerId::new(egui::Order::Tooltip, ui.scope_id());
            let painter = ui.ctx().layer_painter(layer);
            let place = at + egui::vec2(12.0, 4.0);
            painter.text(
                place,
                egui::Align2::LEFT_TOP,
                &entry.name,
                theme::strong(12.0),
                p.text,
            );
            return taken;
        }
        let entry = self.dragged.take()?;
        // Let go over the library itself, it was not meant.
        if ui.max_rect().contains(at) {
            return taken;
        }
        Some(Taken::Dropped(entry, at))
    }
}
