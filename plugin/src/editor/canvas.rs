//! The canvas: cards and wires of the Patch, and the hand that moves, joins and changes them.
//!
//! What is selected, and where one looks, is kept here and nowhere else; what the hand does leaves
//! as edits.

use egui::{
    Align2, CursorIcon, Id, Key, PointerButton, Pos2, Rect, Response, Sense, Stroke, StrokeKind,
    Ui, Vec2, pos2, vec2,
};
use sorl_graph::patch::Connection;

use super::card::{Card, HEADER, Kind, WIDTH};
use super::edit::{Edit, Then, Wanted};
use super::hand::{Act, Handle};
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
use super::value::{Range, Unit};
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
        if fit_key(ui) {
            self.gaze.fit(window, content);
        }
        let lens = Lens::new(painter, self.gaze.to_screen(window));
        dots(&lens, p);
        let places = self.places_now();
        let routes = wire::routes(&view.wires, &self.sheet, &places);
        let frame = Frame {
            id,
            lens,
            p,
            view,
            places,
            routes,
        };
        let near = self.wire_under(ui, &background, &frame);
        self.show_wires(&frame, near);
        self.show_cards(ui, &frame, act);
        self.show_levels(ui, &frame, near, act);
        self.touch(ui, &background, &frame, near, act);
        self.carry(ui, &frame, act);
        if self.drag.is_none() && self.link.is_none() {
            self.keys(ui, &frame, act);
        }
        if view.patch.nodes.is_empty() {
            invite(ui, window, p);
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
        if node {
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

    /// The levels on the wires, to be dragged and typed.
    fn show_levels(
        &mut self,
        ui: &mut Ui,
        frame: &Frame<'_>,
        near: Option<usize>,
        act: &mut Act<'_>,
    ) {
        let mut held = None;
        for (i, route) in frame.routes.iter().enumerate() {
            let connection = &frame.view.wires[route.wire];
            let selected = self.selection.has_wire(connection) || near == Some(i);
            if !wire::tells_level(connection) && !selected {
                continue;
            }
            let dragged = self.level.as_ref().filter(|(wire, _)| wire == connection);
            let level = dragged.map_or(connection.level, |(_, level)| *level);
            let place = wire::label_place(&frame.lens, route, level);
            if !frame.lens.sees(place) {
                continue;
            }
            let id = frame.id.with(("level", &connection.from, &connection.to));
            let response = ui.interact(place, id, Sense::click_and_drag());
            let path = format!(
                "{} to {} level",
                connection.from,
                wire::end_name(connection)
            );
            let handle = Handle {
                path: &path,
                range: &level_range(connection),
                value: level,
                shown: level,
                start: 1.0,
                travel: 160.0,
                cursor: CursorIcon::ResizeVertical,
                field: Rect::from_center_size(place.center(), vec2(64.0, 18.0)),
            };
            let touched = response.hovered() || response.has_focus() || response.dragged();
            wire::label(&frame.lens, frame.p, place, level, touched);
            match act.hand.turn(ui, &response, &handle) {
                Some(Edit::Set { value, .. }) => held = Some((connection.clone(), value)),
                Some(Edit::Value { value, .. }) => {
                    act.edits
                        .push(Edit::change(vec![make::relevel(connection, value)]));
                }
                Some(other) => act.edits.push(other),
                None if dragged.is_some() && response.dragged() => held = self.level.clone(),
                None => {}
            }
            if response.clicked() {
                self.selection.wire(connection);
            }
        }
        self.level = held;
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

    /// Keys that act on what is selected, unless somebody writes.
    fn keys(&mut self, ui: &Ui, frame: &Frame<'_>, act: &mut Act<'_>) {
        if ui.text_edit_focused() || act.hand.is_typing() || self.rename.is_some() {
            return;
        }
        let (view, patch) = (frame.view, &frame.view.patch);
        let nodes = self.selection.nodes();
        let pressed = |key| ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, key));
        let command = |key| ui.input_mut(|i| i.consume_key(egui::Modifiers::COMMAND, key));
        let mut chosen = Vec::new();
        if pressed(Key::Delete) || pressed(Key::Backspace) {
            let wire = view.wires.iter().find(|wire| self.selection.has_wire(wire));
            match wire {
                Some(wire) => chosen.push(make::cut(patch, wire)),
                None => chosen.extend(make::remove(&nodes)),
            }
        }
        if !nodes.is_empty() {
            if pressed(Key::M) {
                chosen.extend(make::flag(patch, &nodes, false));
            }
            if pressed(Key::S) {
                chosen.extend(make::flag(patch, &nodes, true));
            }
        }
        if !chosen.is_empty() {
            act.edits.push(Edit::change(chosen));
        }
        if command(Key::D) && !nodes.is_empty() {
            act.edits.push(menu::duplicate(view, &nodes));
        }
        if command(Key::G) {
            act.edits.extend(self.grouped(frame));
        }
        if pressed(Key::F2)
            && let [node] = self.selection.nodes()[..]
        {
            self.rename = Some(Rename::new(node));
        }
        if command(Key::A) {
            let all = self.sheet.cards.iter().filter(|card| renames(card));
            self.selection.all(all.map(|card| card.key.clone()));
        }
        // What has the focus elsewhere is pressed by Enter itself.
        let mut cards = self.sheet.cards.iter();
        let chosen = cards.find(|card| self.selection.has(&card.key));
        let focus = ui.memory(|memory| memory.focused());
        let here = chosen.map(|card| frame.id.with(&card.key));
        if (focus.is_none() || focus == here) && pressed(Key::Enter) {
            act.edits
                .extend(chosen.and_then(|card| self.inside(card, view)));
        }
        if !self.at.is_empty() && pressed(Key::Escape) {
            let around = self.at.rsplit_once('/').map_or("", |(around, _)| around);
            act.edits.push(Edit::Open(around.to_owned()));
        }
        if let Some(node) = self.selection.primary() {
            if ui.input_mut(|i| i.consume_key(egui::Modifiers::SHIFT, Key::O)) {
                act.edits.push(Edit::Scope(node.to_owned()));
            } else if pressed(Key::O) {
                self.insets.turn(node);
            }
        }
        if pressed(Key::L) {
            act.edits.push(menu::tidy(view));
        }
        if pressed(Key::I)
            && let Some(wire) = view.wires.iter().find(|wire| self.selection.has_wire(wire))
            && let Some(route) = frame.routes.iter().find(|r| view.wires[r.wire] == *wire)
        {
            let screen = frame.lens.pos(wire::middle(route));
            act.edits.push(menu::insert(wire, screen, &frame.lens));
        }
        if pressed(Key::N) {
            let then = match self.selection.primary() {
                Some(node) => Then::From(node.to_owned()),
                None => Then::Nothing,
            };
            act.edits.push(Edit::Choose(Wanted {
                at: None,
                screen: frame.lens.painter().clip_rect().center() - vec2(140.0, 120.0),
                then,
            }));
        }
    }

    /// How large things are shown, and a way back to all of them.
    fn show_zoom(&mut self, ui: &mut Ui, window: Rect, content: Rect) {
        let place = Rect::from_min_size(window.right_bottom() - vec2(70.0, 32.0), vec2(60.0, 22.0));
        let words = format!("{:.0} %", self.gaze.zoom() * 100.0);
        let button =
            egui::Button::new(egui::RichText::new(words).font(theme::mono(10.5))).frame(false);
        let response = ui.put(place, button).on_hover_text("show everything (F)");
        if response.clicked() {
            self.gaze.fit(window, content);
        }
    }
}

/// Whether a card stands for something that has a name of its own here: a node or a group.
fn renames(card: &Card) -> bool {
    matches!(card.kind, Kind::Node(_) | Kind::Group)
}

/// How far a wire's level goes under the hand.
fn level_range(wire: &Connection) -> Range {
    let size = wire.level.abs();
    let (lo, hi) = match wire.to {
        sorl_graph::patch::Target::Control { .. } => (-4.0 * size.max(1.0), 4.0 * size.max(1.0)),
        _ if wire.level < 0.0 || wire.level > 2.0 => (-4.0, 4.0),
        _ => (0.0, 2.0),
    };
    Range::plain(lo, hi, Unit::Gain)
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
    let lines = [
        "Nothing plays yet.",
        "Press N or double-click here for a node; drag from its right edge to another to join them.",
        "Click in the lanes below for a beat, or write a score and press Ctrl+Enter.",
    ];
    for (i, words) in lines.into_iter().enumerate() {
        let at = window.center_top() + vec2(0.0, 48.0 + 22.0 * i as f32);
        let ink = if i == 0 { p.text } else { p.secondary };
        ui.painter_at(window)
            .text(at, Align2::CENTER_CENTER, words, theme::words(13.0), ink);
    }
}
