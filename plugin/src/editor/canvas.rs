//! The canvas: cards and wires of the Patch, and the hand that moves them.
//!
//! What is selected, and where one looks, is kept here and nowhere else.

use std::collections::HashSet;

use egui::{Align2, Id, Key, Pos2, Rect, Sense, Ui, Vec2, pos2, vec2};

use super::card::{Card, Kind};
use super::edit::Edit;
use super::hand::Act;
use super::lens::{Gaze, Lens};
use super::node::{self, Look, Touched};
use super::sheet::Sheet;
use super::theme::{self, Palette};
use super::view::View;
use super::wire;

/// The canvas, apart from what it shows.
#[derive(Default)]
pub(crate) struct Canvas {
    gaze: Gaze,
    selected: Option<String>,
    drag: Option<Drag>,
    sheet: Sheet,
}

/// A card on its way.
struct Drag {
    key: String,
    by: Vec2,
}

impl Canvas {
    /// The name of the selected node.
    pub fn selected(&self) -> Option<&str> {
        self.selected.as_deref()
    }

    /// The selection, to be changed from elsewhere.
    pub fn selection(&mut self) -> &mut Option<String> {
        &mut self.selected
    }

    /// One frame of the canvas, over all the room there is.
    pub fn show(&mut self, ui: &mut Ui, view: &View, act: &mut Act<'_>) {
        self.refresh(view);
        let p = theme::palette(ui);
        let window = ui.max_rect();
        let painter = ui.painter_at(window);
        painter.rect_filled(window, 0.0, p.ground);
        let id = ui.scope_id().with("canvas");
        let background = ui.interact(window, id, Sense::click_and_drag());

        let mut content = self.sheet.bounds();
        // Room for what sticks out on the left: events and patterns.
        content.min.x -= 40.0;
        self.gaze.update(ui, &background, window, content);
        if background.clicked() {
            self.selected = None;
        }
        if background.double_clicked() || fit_key(ui) {
            self.gaze.fit(window, content);
        }

        let lens = Lens::new(painter, self.gaze.to_screen(window));
        dots(&lens, p);
        let places = self.places_now();
        self.show_wires(&lens, p, view, &places);
        self.show_cards(ui, id, &lens, view, &places, act);
        if view.patch.nodes.is_empty() {
            invite(ui, window, p);
        }
        self.show_zoom(ui, window, content);
    }

    /// Follows the view; a node that is gone is not selected any more.
    fn refresh(&mut self, view: &View) {
        let gone = |name: &String| view.patch.node(name).is_none();
        if self.sheet.refresh(view) && self.selected.as_ref().is_some_and(gone) {
            self.selected = None;
        }
    }

    /// The places with the card that is being dragged where the hand is.
    fn places_now(&self) -> Vec<Rect> {
        let mut places = self.sheet.places.clone();
        if let Some(drag) = &self.drag
            && let Some(at) = self
                .sheet
                .cards
                .iter()
                .position(|card| card.key == drag.key)
        {
            places[at] = places[at].translate(drag.by);
        }
        places
    }

    fn show_wires(&self, lens: &Lens, p: &Palette, view: &View, places: &[Rect]) {
        let audible = view.patch.audible();
        for route in wire::routes(&view.wires, &self.sheet, places) {
            let connection = &view.wires[route.wire];
            let ends = [Some(connection.from.as_str()), connection.to.node()];
            let look = wire::Look {
                signal: view.levels.get(route.source).copied().unwrap_or(0.0),
                selected: self.selected.is_some() && ends.contains(&self.selected()),
                silent: !audible.contains(connection.from.as_str()),
            };
            wire::paint(lens, p, &route, connection, look);
        }
        for (card, place) in self.sheet.cards.iter().zip(places) {
            for row in card.rows.iter().filter(|row| row.binding.is_some()) {
                wire::pattern_lead(lens, p, card.control(&row.control) + place.min.to_vec2());
            }
        }
    }

    fn show_cards(
        &mut self,
        ui: &mut Ui,
        id: Id,
        lens: &Lens,
        view: &View,
        places: &[Rect],
        act: &mut Act<'_>,
    ) {
        let audible: HashSet<&str> = view.patch.audible();
        let p = theme::palette(ui);
        let cards = std::mem::take(&mut self.sheet.cards);
        for (card, &place) in cards.iter().zip(places) {
            let selected = self.selected() == Some(card.key.as_str());
            let heard = matches!(card.kind, Kind::Out(_)) || audible.contains(card.key.as_str());
            let look = Look {
                view,
                lens,
                p,
                selected,
                audible: heard,
            };
            let touched = node::show(ui, id.with(&card.key), &look, card, place, act);
            self.handle(ui, card, &cards, &touched, lens.zoom(), act.edits);
        }
        self.sheet.cards = cards;
    }

    /// Selecting and dragging a card.
    fn handle(
        &mut self,
        ui: &Ui,
        card: &Card,
        cards: &[Card],
        touched: &Touched,
        zoom: f32,
        edits: &mut Vec<Edit>,
    ) {
        let response = &touched.body;
        if (touched.clicked || response.drag_started()) && matches!(card.kind, Kind::Node(_)) {
            self.selected = Some(card.key.clone());
        }
        if response.drag_started() {
            // Nothing may slip away under the hand.
            self.gaze.hold();
            self.drag = Some(Drag {
                key: card.key.clone(),
                by: Vec2::ZERO,
            });
        }
        let Some(drag) = self.drag.as_mut().filter(|drag| drag.key == card.key) else {
            return;
        };
        if ui.input(|i| i.key_pressed(Key::Escape)) {
            self.drag = None;
            return;
        }
        if let Some(way) = response.total_drag_delta() {
            drag.by = way / zoom;
        }
        if response.drag_stopped() {
            let by = drag.by.round();
            // Whoever moves one card wants the others to stay: all places are kept from now on.
            let places = cards.iter().zip(&self.sheet.places).map(|(other, place)| {
                let by = if other.key == card.key {
                    by
                } else {
                    Vec2::ZERO
                };
                let at = place.min + by;
                (other.key.clone(), [at.x, at.y])
            });
            edits.push(Edit::Place(places.collect()));
            self.drag = None;
        }
    }

    /// How large things are shown, and a way back to all of them.
    fn show_zoom(&mut self, ui: &mut Ui, window: Rect, content: Rect) {
        let place = Rect::from_min_size(window.right_bottom() - vec2(70.0, 32.0), vec2(60.0, 22.0));
        let words = format!("{:.0} %", self.gaze.zoom() * 100.0);
        let button =
            egui::Button::new(egui::RichText::new(words).font(theme::mono(10.5))).frame(false);
        let response = ui
            .put(place, button)
            .on_hover_text("show everything (F, or double-click)");
        if response.clicked() {
            self.gaze.fit(window, content);
        }
    }
}

/// F fits, unless somebody is typing.
fn fit_key(ui: &Ui) -> bool {
    !ui.text_edit_focused() && ui.input(|i| i.modifiers.is_none() && i.key_pressed(Key::F))
}

/// The grid of dots; it thins out rather than become a pattern of its own.
fn dots(lens: &Lens, p: &Palette) {
    let mut step = 24.0;
    while step * lens.zoom() < 18.0 {
        step *= 2.0;
    }
    let seen = lens.visible();
    let first = |from: f32| (from / step).ceil() as i64;
    for column in first(seen.left())..=first(seen.right()) {
        for row in first(seen.top())..=first(seen.bottom()) {
            let at: Pos2 = lens.pos(pos2(column as f32 * step, row as f32 * step));
            lens.painter()
                .rect_filled(Rect::from_center_size(at, Vec2::splat(1.5)), 0.0, p.line);
        }
    }
}

/// What to do where nothing is yet.
fn invite(ui: &Ui, window: Rect, p: &Palette) {
    let at = window.center_top() + vec2(0.0, 48.0);
    let words = "Nothing plays yet. Write a score below and press Ctrl+Enter.";
    ui.painter_at(window).text(
        at,
        Align2::CENTER_CENTER,
        words,
        theme::words(13.0),
        p.secondary,
    );
}
