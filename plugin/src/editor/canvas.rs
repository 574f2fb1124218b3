//! The canvas: cards and wires of the Patch, and the hand that moves, joins and changes them.
//!
//! What is selected, and where one looks, is kept here and nowhere else; what the hand does leaves
//! as edits.

use egui::{
    CursorIcon, Id, Key, PointerButton, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2,
    vec2,
};
use sorl_graph::patch::Connection;

mod ground;
mod keys;
mod levels;

use super::card::{Card, HEADER, Kind, WIDTH};
use super::edit::{Edit, Then, Wanted};
use super::hand::Act;
use super::inset::Insets;
use super::lens::{Gaze, Lens};
use super::link::{self, Link};
use super::make;
use super::menu;
use super::minimap;
use super::module;
use super::node::{self, Look, Touched};
use super::rename::Rename;
use super::selection::Selection;
use super::sheet::Sheet;
use super::theme::{self, Palette};
use super::view::View;
use super::wire::{self, Route};
use crate::desk::Desk;

/// How near to a wire the pointer takes it, in points of the screen.
const NEAR: f32 = 7.0;

/// The canvas, apart from what it shows.
#[derive(Default)]
pub(crate) struct Canvas {
    gaze: Gaze,
    selection: Selection,
    drag: Option<Drag>,
    link: Option<Link>,
    band: Option<Pos2>,
    rename: Option<Rename>,
    /// A level that is being dragged: heard when it is let go.
    level: Option<(Connection, f32)>,
    sheet: Sheet,
    insets: Insets,
    /// The path of the group that is open; empty for the score itself.
    at: String,
    /// Where it was drawn last, on the screen.
    window: Option<Rect>,
}

/// Cards on their way.
struct Drag {
    key: String,
    by: Vec2,
}

/// What a frame of the canvas is drawn with.
struct Frame<'a> {
    id: Id,
    lens: Lens,
    p: &'static Palette,
    view: &'a View,
    places: Vec<Rect>,
    routes: Vec<Route>,
    /// Whether a menu is open anywhere: then each card has to look whether it is its own.
    menus: bool,
}

impl Canvas {
    /// What is selected, to be changed from elsewhere.
    pub fn selection(&mut self) -> &mut Selection {
        &mut self.selection
    }

    /// The path of the group that is open; empty for the score itself.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Looks into a group, all of it.
    pub fn open(&mut self, path: &str) {
        if self.at != path {
            self.at = path.to_owned();
            self.selection.clear();
            (self.gaze, self.rename, self.band) = (Gaze::default(), None, None);
        }
    }

    /// What a new node is wanted for that is let go at a place of the screen; `None` beside the
    /// canvas.
    pub fn wanted_at(&self, view: &View, screen: Pos2) -> Option<Wanted> {
        let window = self.window.filter(|window| window.contains(screen))?;
        let at = self.gaze.to_screen(window).inverse() * screen;
        let routes = wire::routes(&view.wires, &self.sheet, &self.sheet.places);
        let near = |route: &&Route| wire::distance(route, at) * self.gaze.zoom() < 2.0 * NEAR;
        let wire = routes
            .iter()
            .find(near)
            .map(|route| &view.wires[route.wire]);
        Some(Wanted {
            at: Some([at.x.round(), at.y.round()]),
            screen,
            then: wire.map_or(Then::Nothing, |w| {
                Then::Within(w.from.clone(), w.to.clone())
            }),
        })
    }

    /// One frame of the canvas, over all the room there is.
    pub fn show(&mut self, ui: &mut Ui, desk: &Desk, view: &View, act: &mut Act<'_>) {
        self.insets.refresh(desk, view);
        // A group that is gone is not open.
        while !self.at.is_empty() && view.patch.members(&self.at).next().is_none() {
            let around = self.at.rsplit_once('/').map_or("", |(around, _)| around);
            let around = around.to_owned();
            self.open(&around);
        }
        if self.sheet.refresh(view, &self.at, &self.insets) {
            self.selection.keep(&view.patch, &view.wires);
        }
        let p = theme::palette(ui);
        let window = ui.max_rect();
        self.window = Some(window);
        let painter = ui.painter_at(window);
        painter.rect_filled(window, 0.0, p.ground);
        let id = ui.scope_id().with("canvas");
        let background = ui.interact(window, id, Sense::click_and_drag());

        let mut content = self.sheet.bounds();
        // Room for what sticks out on the left: events and patterns.
        content.min.x -= 40.0;
        self.gaze.update(ui, &background, window, content);
        let lens = Lens::new(painter, self.gaze.to_screen(window));
        ground::dots(&lens, p);
        let places = self.places_now();
        let routes = wire::routes(&view.wires, &self.sheet, &places);
        let frame = Frame {
            id,
            lens,
            p,
            view,
            places,
            routes,
            menus: egui::Popup::is_any_open(ui.ctx()),
        };
        let near = self.wire_under(ui, &background, &frame);
        self.show_wires(&frame, near);
        self.show_cards(ui, &frame, act);
        self.show_levels(ui, &frame, near, act);
        self.touch(ui, &background, &frame, near, act);
        self.carry(ui, &frame, act);
        if self.drag.is_none() && self.link.is_none() {
            self.keys(ui, &frame, act);
            self.look(ui, window, content, act);
        }
        if view.patch.nodes.is_empty() {
            ground::invite(ui, window, p);
        }
        if let Some(at) = minimap::show(ui, &self.sheet, window, frame.lens.visible()) {
            self.gaze.look_at(at);
        }
        self.show_zoom(ui, window, content);
        if let Some(path) = module::crumbs(ui, p, view, &self.at) {
            self.open(&path);
        }
    }

    /// The places with the cards that are being dragged where the hand is.
    fn places_now(&self) -> Vec<Rect> {
        let mut places = self.sheet.places.clone();
        if let Some(drag) = &self.drag {
            for (card, place) in self.sheet.cards.iter().zip(&mut places) {
                if self.goes_with(drag, &card.key) {
                    *place = place.translate(drag.by);
                }
            }
        }
        places
    }

    /// Whether a card moves with what is dragged: itself, and all that is selected with it.
    fn goes_with(&self, drag: &Drag, key: &str) -> bool {
        drag.key == key || (self.selection.has(&drag.key) && self.selection.has(key))
    }

    /// The wire under the pointer, by its index among the routes.
    fn wire_under(&self, ui: &Ui, background: &Response, frame: &Frame<'_>) -> Option<usize> {
        let at = background.hover_pos().filter(|_| background.hovered())?;
        if self.link.is_some() || ui.input(|i| i.pointer.is_decidedly_dragging()) {
            return None;
        }
        let at = frame.lens.on_canvas(at);
        let distances = frame.routes.iter().map(|route| wire::distance(route, at));
        let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        let (route, _) = nearest.filter(|(_, d)| d * frame.lens.zoom() < NEAR)?;
        ui.set_cursor_icon(CursorIcon::PointingHand);
        Some(route)
    }

    fn show_wires(&self, frame: &Frame<'_>, near: Option<usize>) {
        let Frame { lens, p, view, .. } = frame;
        let audible = &view.audible;
        let primary = self.selection.primary();
        for (i, route) in frame.routes.iter().enumerate() {
            let connection = &view.wires[route.wire];
            if self.link.as_ref().is_some_and(|link| link.is(connection)) {
                continue;
            }
            let ends = [Some(connection.from.as_str()), connection.to.node()];
            let joined = primary.is_some() && ends.contains(&primary);
            let look = wire::Look {
                signal: view.levels.get(route.node).copied().unwrap_or(0.0),
                selected: joined || near == Some(i) || self.selection.has_wire(connection),
                silent: !audible.contains(connection.from.as_str()),
            };
            wire::paint(lens, p, route, connection, look);
        }
        for (card, place) in self.sheet.cards.iter().zip(&frame.places) {
            for row in card.rows.iter().filter(|row| row.binding.is_some()) {
                wire::pattern_lead(lens, p, card.control(&row.control) + place.min.to_vec2());
            }
        }
    }

    fn show_cards(&mut self, ui: &mut Ui, frame: &Frame<'_>, act: &mut Act<'_>) {
        let audible = &frame.view.audible;
        let cards = std::mem::take(&mut self.sheet.cards);
        for (card, &place) in cards.iter().zip(&frame.places) {
            let heard = match card.kind {
                Kind::Node(_) => audible.contains(card.key.as_str()),
                Kind::Group => card.members.iter().flat_map(|m| &m.nodes).any(|i| {
                    let node = frame.view.patch.nodes.get(*i);
                    node.is_some_and(|node| audible.contains(node.name.as_str()))
                }),
                Kind::Beyond { .. } | Kind::Out(_) => true,
            };
            let look = Look {
                view: frame.view,
                lens: &frame.lens,
                insets: &self.insets,
                p: frame.p,
                selected: self.selection.has(&card.key),
                audible: heard,
            };
            let id = frame.id.with(&card.key);
            let touched = node::show(ui, id, &look, card, place, act);
            link::grasp(
                ui,
                id,
                &frame.lens,
                frame.view,
                (card, place),
                &mut self.link,
            );
            self.handle(ui, card, &cards, &touched, frame, act);
            if let Some(rename) = self
                .rename
                .as_mut()
                .filter(|r| r.node == card.path() && renames(card))
            {
                let title = place
                    .with_max_y(place.top() + HEADER)
                    .shrink2(vec2(20.0, 4.0));
                if let Some(edit) = rename.show(ui, frame.lens.rect(title)) {
                    self.rename = None;
                    if let Some((edit, to)) = edit {
                        act.edits.push(edit);
                        self.selection.only(&match card.kind {
                            Kind::Group => format!("{to}/"),
                            _ => to,
                        });
                    }
                }
            }
        }
        self.sheet.cards = cards;
    }

    /// Selecting, dragging and naming a card, and its menu.
    fn handle(
        &mut self,
        ui: &Ui,
        card: &Card,
        cards: &[Card],
        touched: &Touched,
        frame: &Frame<'_>,
        act: &mut Act<'_>,
    ) {
        let response = &touched.body;
        let node = renames(card);
        if node && (touched.clicked || response.drag_started() || response.secondary_clicked()) {
            let more = ui.input(|i| i.modifiers.command || i.modifiers.shift);
            match touched.clicked && more {
                true => self.selection.toggle(&card.key),
                false if touched.clicked || !self.selection.has(&card.key) => {
                    self.selection.only(&card.key);
                }
                false => {}
            }
        }
        if response.double_clicked() {
            act.edits.extend(self.inside(card, frame.view));
        }
        // The keyboard leads to cards that are not seen, too.
        let by_keyboard = response.gained_focus() && !ui.input(|i| i.pointer.any_down());
        if by_keyboard && !ui.clip_rect().intersects(response.rect) {
            let index = cards.iter().position(|other| other.key == card.key);
            if let Some(index) = index {
                self.gaze.look_at(frame.places[index].center());
            }
        }
        if node && (frame.menus || response.secondary_clicked()) {
            let mut chosen = None;
            response.context_menu(|ui| chosen = menu::of_nodes(ui, frame.view, &self.selection));
            match chosen {
                Some(menu::Chosen::Edit(edit)) => act.edits.push(edit),
                Some(menu::Chosen::Rename) => self.rename = Some(Rename::new(&card.key)),
                Some(menu::Chosen::Inset) => self.insets.turn(&card.key),
                Some(menu::Chosen::Group) => act.edits.extend(self.grouped(frame)),
                Some(menu::Chosen::Align(way)) => act.edits.extend(self.aligned(cards, way)),
                None => {}
            }
        }
        if response.drag_started_by(PointerButton::Primary) {
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
            drag.by = way / frame.lens.zoom();
        }
        if response.drag_stopped()
            && let Some(drag) = self.drag.take()
        {
            let by = drag.by.round();
            // Whoever moves one card wants the others to stay: all places are kept from now on.
            let places = cards.iter().zip(&self.sheet.places).map(|(other, place)| {
                let moved = if self.goes_with(&drag, &other.key) {
                    by
                } else {
                    Vec2::ZERO
                };
                let at = place.min + moved;
                (other.key.clone(), Some([at.x, at.y]))
            });
            act.edits.push(Edit::Place(places.collect()));
        }
    }

    /// What opens a card: a group, the operations of a node's function, what is around the group that is open.
    fn inside(&self, card: &Card, view: &View) -> Option<Edit> {
        match card.kind {
            Kind::Group => Some(Edit::Open(card.path().to_owned())),
            Kind::Node(index) => {
                let node = view.patch.nodes.get(index)?;
                Some(Edit::Operations(node.name.clone()))
            }
            Kind::Beyond { .. } => {
                let around = self.at.rsplit_once('/').map_or("", |(around, _)| around);
                Some(Edit::Open(around.to_owned()))
            }
            Kind::Out(_) => None,
        }
    }

    /// The selected nodes become a module, which stands where they stood and is selected.
    fn grouped(&mut self, frame: &Frame<'_>) -> Option<Edit> {
        let nodes = self.selection.nodes();
        if nodes.is_empty() {
            return None;
        }
        let (path, change) = make::group(&frame.view.patch, &nodes, &self.at);
        let cards = self.sheet.cards.iter().zip(&frame.places);
        let chosen = cards.filter(|(card, _)| self.selection.has(&card.key));
        let around = chosen.fold(Rect::NOTHING, |all, (_, place)| all.union(*place));
        let key = format!("{path}/");
        let at = (around.center() - vec2(WIDTH / 2.0, HEADER)).round();
        self.selection.all([key.clone()]);
        Some(Edit::Change(vec![change], vec![(key, [at.x, at.y])]))
    }

    /// The selected cards in one line.
    fn aligned(&self, cards: &[Card], way: menu::Way) -> Option<Edit> {
        let all = cards.iter().zip(&self.sheet.places);
        let chosen = all
            .clone()
            .filter(|(card, _)| self.selection.has(&card.key));
        let line = menu::line(chosen.map(|(_, place)| *place), way)?;
        let places = all.map(|(card, place)| {
            let at = match self.selection.has(&card.key) {
                true => way.put(*place, line),
                false => place.min,
            };
            (card.key.clone(), Some([at.x, at.y]))
        });
        Some(Edit::Place(places.collect()))
    }

    /// What the pointer does where there is no card: selecting a wire, framing, menus.
    fn touch(
        &mut self,
        ui: &Ui,
        background: &Response,
        frame: &Frame<'_>,
        near: Option<usize>,
        act: &mut Act<'_>,
    ) {
        let wire = near.map(|i| &frame.view.wires[frame.routes[i].wire]);
        let pointer = background.interact_pointer_pos();
        if background.clicked() || background.secondary_clicked() {
            match wire {
                Some(wire) => self.selection.wire(wire),
                None if background.clicked() => self.selection.clear(),
                None => {}
            }
        }
        if background.double_clicked()
            && let Some(screen) = pointer
        {
            act.edits.push(match wire {
                Some(wire) => menu::insert(wire, screen, &frame.lens),
                None => menu::add(screen, &frame.lens),
            });
        }
        background.context_menu(|ui| {
            let at = ui.min_rect().min;
            let chosen = frame
                .view
                .wires
                .iter()
                .find(|wire| self.selection.has_wire(wire));
            let edit = match chosen {
                Some(wire) => menu::of_wire(ui, frame.view, wire, at, &frame.lens),
                None => menu::of_ground(ui, frame.view, at, &frame.lens),
            };
            act.edits.extend(edit);
        });
        if background.drag_started_by(PointerButton::Primary) && ui.input(|i| i.modifiers.shift) {
            self.band = pointer.map(|at| frame.lens.on_canvas(at));
        }
        let Some(from) = self.band else { return };
        let to = ui.input(|i| i.pointer.latest_pos());
        let band = Rect::from_two_pos(from, to.map_or(from, |at| frame.lens.on_canvas(at)));
        let line = Stroke::new(1.0, frame.p.audio);
        let fill = frame.p.audio.gamma_multiply(0.08);
        let painter = frame.lens.painter();
        painter.rect(frame.lens.rect(band), 2.0, fill, line, StrokeKind::Inside);
        if background.drag_stopped() || !ui.input(|i| i.pointer.any_down()) {
            self.band = None;
            let inside = self.sheet.cards.iter().zip(&frame.places);
            let inside = inside.filter(|(card, place)| renames(card) && place.intersects(band));
            self.selection.all(inside.map(|(card, _)| card.key.clone()));
        }
    }

    /// A wire in the hand.
    fn carry(&mut self, ui: &Ui, frame: &Frame<'_>, act: &mut Act<'_>) {
        let Some(link) = &mut self.link else { return };
        self.gaze.hold();
        let sheet = (&self.sheet, &frame.places[..]);
        if let Some(edits) = link.carry(ui, &frame.lens, frame.p, frame.view, sheet) {
            self.link = None;
            act.edits.extend(edits);
        }
    }

    /// How large things are shown, and a way back to all of them.
    fn show_zoom(&mut self, ui: &mut Ui, window: Rect, content: Rect) {
        let place = Rect::from_min_size(window.right_bottom() - vec2(70.0, 32.0), vec2(60.0, 22.0));
        let words = format!("{:.0} %", self.gaze.zoom() * 100.0);
        let words = egui::RichText::new(words).font(theme::mono(10.5));
        let button = egui::Button::new(words).frame(false);
        let response = ui
            .put(place, button)
            .on_hover_text("show everything (F); nearer and farther with + and −");
        if response.clicked() {
            self.gaze.fit(window, content);
        }
    }
}

/// Whether a card stands for something that has a name of its own here: a node or a group.
fn renames(card: &Card) -> bool {
    matches!(card.kind, Kind::Node(_) | Kind::Group)
}
