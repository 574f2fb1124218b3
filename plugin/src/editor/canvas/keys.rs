//! The keys of the canvas: those that act on what is selected, and those for where one looks.

use egui::{Key, Modifiers, Rect, Ui, Vec2, vec2};

use super::super::edit::{Edit, Then, Wanted};
use super::super::hand::Act;
use super::super::rename::Rename;
use super::super::{make, menu, wire};
use super::{Canvas, Frame, renames};

/// How much nearer a key leads.
const NEARER: f32 = 1.25;
/// How far aside one does, in points of the screen.
const ASIDE: f32 = 80.0;

impl Canvas {
    /// Keys that act on what is selected, unless somebody writes.
    pub(super) fn keys(&mut self, ui: &Ui, frame: &Frame<'_>, act: &mut Act<'_>) {
        if ui.text_edit_focused() || act.hand.is_typing() || self.rename.is_some() {
            return;
        }
        let (view, patch) = (frame.view, &frame.view.patch);
        let nodes = self.selection.nodes();
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        let command = |key| ui.input_mut(|i| i.consume_key(Modifiers::COMMAND, key));
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
            if ui.input_mut(|i| i.consume_key(Modifiers::SHIFT, Key::O)) {
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

    /// Keys for where one looks: all of it, nearer, farther, natural size, aside.
    pub(super) fn look(&mut self, ui: &Ui, window: Rect, content: Rect, act: &Act<'_>) {
        if ui.text_edit_focused() || act.hand.is_typing() || self.rename.is_some() {
            return;
        }
        let before = self.gaze;
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        if pressed(Key::F) {
            self.gaze.fit(window, content);
        }
        if pressed(Key::Plus) || pressed(Key::Equals) {
            self.gaze.zoom_by(NEARER);
        }
        if pressed(Key::Minus) {
            self.gaze.zoom_by(1.0 / NEARER);
        }
        if pressed(Key::Num0) {
            self.gaze.natural();
        }
        for (key, way) in [
            (Key::ArrowLeft, -Vec2::X),
            (Key::ArrowRight, Vec2::X),
            (Key::ArrowUp, -Vec2::Y),
            (Key::ArrowDown, Vec2::Y),
        ] {
            if ui.input_mut(|i| i.consume_key(Modifiers::SHIFT, key)) {
                self.gaze.pan(way * ASIDE);
            }
        }
        if self.gaze != before {
            ui.ctx().request_repaint();
        }
    }
}
