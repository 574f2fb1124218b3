//! Choosing a node: a list that a few letters narrow down, at the place where it is wanted.
//!
//! Written by the keyboard alone: type, up and down, Enter; Esc leaves everything as it was.

use egui::text::LayoutJob;
use egui::{
    Align, Align2, Area, Frame, Id, Key, Layout, Modifiers, Order, Rect, RichText, ScrollArea,
    Sense, TextEdit, Ui, UiBuilder, vec2,
};

use super::edit::{Then, Wanted};
use super::stock::{self, Entry};
use super::theme::{self, Palette};

/// Its width.
const WIDTH: f32 = 290.0;
/// The height of its list.
const HEIGHT: f32 = 260.0;

/// A choice that is being made.
#[derive(Debug)]
pub(crate) struct Picker {
    /// What the node is wanted for.
    pub wanted: Wanted,
    typed: String,
    chosen: usize,
    fresh: bool,
}

/// How a frame of it ended.
pub(crate) enum Picked {
    /// Still choosing.
    Open,
    /// Nothing was chosen.
    Nothing,
    /// This.
    Entry(Entry),
    /// This is to be heard, and one goes on choosing.
    Heard(Entry),
}

impl Picker {
    /// Nothing typed yet.
    pub fn new(wanted: Wanted) -> Picker {
        Picker {
            wanted,
            typed: String::new(),
            chosen: 0,
            fresh: true,
        }
    }

    /// One frame, above everything else.
    pub fn show(&mut self, ui: &mut Ui, entries: &[Entry]) -> Picked {
        let window = ui.max_rect();
        let id = ui.scope_id().with("picker");
        let area = Area::new(id)
            .order(Order::Foreground)
            .fixed_pos(self.wanted.screen)
            .constrain_to(window);
        let shown = area.show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(WIDTH);
                self.choose(ui, id, entries)
            })
        });
        let outside = shown.response.clicked_elsewhere() && !self.fresh;
        self.fresh = false;
        match shown.inner.inner {
            Picked::Open | Picked::Heard(_) if outside => Picked::Nothing,
            picked => picked,
        }
    }

    fn choose(&mut self, ui: &mut Ui, id: Id, entries: &[Entry]) -> Picked {
        let p = theme::palette(ui);
        let hear = ui.input_mut(|i| i.consume_key(Modifiers::COMMAND, Key::Space));
        let (up, down, enter, escape) = ui.input_mut(|i| {
            let mut key = |key| i.consume_key(Modifiers::NONE, key);
            (
                key(Key::ArrowUp),
                key(Key::ArrowDown),
                key(Key::Enter),
                key(Key::Escape),
            )
        });
        if escape {
            return Picked::Nothing;
        }
        let before = self.typed.clone();
        let hint = self.hint();
        let field = TextEdit::singleline(&mut self.typed)
            .id(id.with("typed"))
            .hint_text(hint)
            .desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name("search nodes");
        if self.fresh {
            field.request_focus();
        }
        if self.typed != before {
            self.chosen = 0;
        }
        // Into the middle of a wire only what has an input can go.
        let within = matches!(self.wanted.then, Then::Within(..));
        let found = stock::search(entries, &self.typed);
        let found: Vec<&Entry> = found
            .into_iter()
            .filter(|e| e.has_input || !within)
            .collect();
        if found.is_empty() {
            ui.label(RichText::new("nothing of that name").color(p.secondary));
            return Picked::Open;
        }
        let last = found.len() - 1;
        self.chosen = match (up, down) {
            (true, false) => self.chosen.saturating_sub(1),
            (false, true) => (self.chosen + 1).min(last),
            _ => self.chosen.min(last),
        };
        if enter {
            return Picked::Entry(found[self.chosen].clone());
        }
        let grouped = self.typed.trim().is_empty();
        let mut picked = match hear {
            true => Picked::Heard(found[self.chosen].clone()),
            false => Picked::Open,
        };
        ScrollArea::vertical().max_height(HEIGHT).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let mut group = "";
            for (i, entry) in found.iter().enumerate() {
                if grouped && entry.group != group {
                    group = &entry.group;
                    heading(ui, p, group);
                }
                let own = id.with(("entry", i));
                let (response, heard) = row(ui, p, entry, i == self.chosen, own);
                if heard {
                    picked = Picked::Heard((*entry).clone());
                }
                if i == self.chosen && (up || down) {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    picked = Picked::Entry((*entry).clone());
                }
            }
        });
        picked
    }

    fn hint(&self) -> String {
        match &self.wanted.then {
            Then::Nothing => "a node…".to_owned(),
            Then::From(node) => format!("a node for {node} to lead into…"),
            Then::Within(from, _) => format!("a node behind {from}…"),
        }
    }
}

/// The height of an entry, and of the heading of a group.
pub(crate) const ROW: f32 = 22.0;
/// The same of a group's heading.
pub(crate) const HEADING: f32 = 21.0;

/// The heading of a group.
pub(crate) fn heading(ui: &mut Ui, p: &Palette, words: &str) {
    let size = vec2(ui.available_width(), HEADING);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let words = RichText::new(words.to_uppercase()).font(theme::words(10.0));
    let words = words.extra_letter_spacing(0.8).color(p.secondary);
    let place = UiBuilder::new()
        .max_rect(rect.with_min_y(rect.top() + 6.0))
        .layout(Layout::left_to_right(Align::Center));
    ui.new_child(place).label(words);
}

/// An entry with its line of help, and at its end, when it is touched, a place to hear it; says whether that was pressed.
/// `id` is its own, whatever rows are left out before it.
pub(crate) fn row(
    ui: &mut Ui,
    p: &Palette,
    entry: &Entry,
    chosen: bool,
    id: Id,
) -> (egui::Response, bool) {
    let size = vec2(ui.available_width(), ROW);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| {
        let role = egui::accesskit::Role::Button;
        let words = format!("add {}: {}", entry.name, entry.help);
        egui::WidgetInfo::selected(role, true, chosen, words)
    });
    let place = rect.with_min_x(rect.right() - 22.0);
    let hear = ui.interact(place, response.id.with("hear"), Sense::click());
    hear.widget_info(|| {
        let words = format!("hear {}", entry.name);
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, words)
    });
    let touched = response.hovered() || response.has_focus() || hear.hovered() || hear.has_focus();
    if chosen || touched {
        ui.painter().rect_filled(rect, 4.0, p.line);
    }
    let name = ui.painter().text(
        rect.left_center() + vec2(8.0, 0.0),
        Align2::LEFT_CENTER,
        &entry.name,
        theme::words(theme::BASE),
        p.text,
    );
    let end = if touched { place.left() } else { rect.right() };
    let room = Rect::from_min_max(
        name.right_top() + vec2(10.0, -8.0),
        egui::pos2(end, rect.bottom()),
    );
    if room.width() > 40.0 {
        let (font, ink) = (theme::words(10.5), p.secondary);
        let mut job = LayoutJob::simple(entry.help.clone(), font, ink, room.width() - 2.0);
        job.wrap.max_rows = 1;
        job.wrap.break_anywhere = true;
        let galley = ui.painter().layout_job(job);
        let at = egui::pos2(room.left(), rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
    }
    if touched {
        let ink = if hear.hovered() || hear.has_focus() {
            p.audio
        } else {
            p.secondary
        };
        let (c, r) = (place.center(), 4.5);
        let arrow = vec![
            c + vec2(-r * 0.7, -r),
            c + vec2(r, 0.0),
            c + vec2(-r * 0.7, r),
        ];
        ui.painter()
            .add(egui::Shape::convex_polygon(arrow, ink, egui::Stroke::NONE));
    }
    let heard = hear.clicked();
    if hear.hovered() {
        hear.on_hover_text("hear it (Ctrl+Space)");
    }
    (response, heard)
}
