//! A signal function opened on the canvas: the graph of its operations with the values in them, its text beside it.
//! Only to be looked at; the text is where it is changed.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{
    Align2, Button, Color32, Frame, Key, Margin, Panel, Rect, RichText, ScrollArea, Sense, Stroke,
    StrokeKind, Ui, UiBuilder, WidgetInfo, vec2,
};
use sorl_graph::patch::{Node, Source};
use sorl_graph::signal::Function;

use super::board::{Board, Kind, Operation, number};
use super::highlight;
use super::lens::{Gaze, Lens};
use super::shadow::Shadow;
use super::stock;
use super::theme::{self, Palette};
use super::view::View;
use super::wire;
use crate::desk::Desk;

/// The width of the text.
const TEXT: f32 = 280.0;
/// Narrower canvases show the graph alone.
const ROOM_FOR_TEXT: f32 = 560.0;

/// A function that is open, by the node it belongs to.
pub(crate) struct Operations {
    node: String,
    gaze: Gaze,
    board: Board,
    /// Its text, and the text of its operations.
    texts: [String; 2],
    listed: bool,
    /// The Patch that all of it is of.
    generation: Option<u64>,
    shadow: Option<Shadow>,
    values: Vec<f32>,
}

impl Operations {
    /// The operations of a node.
    pub fn new(node: &str) -> Operations {
        Operations {
            node: node.to_owned(),
            gaze: Gaze::default(),
            board: Board::default(),
            texts: Default::default(),
            listed: false,
            generation: None,
            shadow: None,
            values: Vec::new(),
        }
    }

    /// Goes to another node, if that is one of a function; says whether it is open for this node then.
    pub fn follow_selection(&mut self, view: &View, selected: &str) -> bool {
        if self.node == selected {
            return true;
        }
        let node = view.patch.node(selected);
        let function = node.is_some_and(|n| matches!(n.source, Source::Function(_)));
        if function {
            *self = Operations::new(selected);
        }
        function
    }

    /// One frame in the place of the canvas; says whether it stays open.
    pub fn show(&mut self, ui: &mut Ui, desk: &Desk, view: &View) -> bool {
        let p = theme::palette(ui);
        let index = view.patch.nodes.iter().position(|n| n.name == self.node);
        let Some((index, node)) = index.map(|i| (i, &view.patch.nodes[i])) else {
            return false;
        };
        let Source::Function(function) = &node.source else {
            desk.say(&format!(
                "`{}` is no function of operations: it is made by the unit `{}`",
                node.name, node.label
            ));
            return false;
        };
        self.follow(desk, view, (index, node), function);
        if ui.available_width() > ROOM_FOR_TEXT {
            let pane = Frame::NONE
                .fill(p.panel)
                .inner_margin(Margin::symmetric(10, 6));
            Panel::right("operations text")
                .exact_size(TEXT)
                .resizable(false)
                .frame(pane)
                .show(ui, |ui| self.text(ui, p));
        }
        self.graph(ui, p, function);
        let closed = crumbs(ui, p, node);
        let escape = !ui.text_edit_focused()
            && ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Escape));
        !closed && !escape
    }

    /// Follows the Patch, and the values of what runs.
    fn follow(
        &mut self,
        desk: &Desk,
        view: &View,
        (index, node): (usize, &Node),
        function: &Arc<Function>,
    ) {
        if self.generation != view.generation {
            self.generation = view.generation;
            self.board = Board::of(function);
            let own = stock::definition(&view.score, &node.label);
            self.texts = [own.unwrap_or_default(), function.to_string()];
            self.listed |= self.texts[0].is_empty();
        }
        if self
            .shadow
            .as_ref()
            .is_none_or(|shadow| !shadow.is_of(node))
        {
            self.shadow = Some(Shadow::new(&mut desk.session(), node, function, view));
        }
        self.values.clear();
        for control in &function.controls {
            let binding = view.binding(&node.name, Some(&control.name));
            let driven = binding.and_then(|b| view.now.get(b).copied().flatten());
            let base = view.base(index, &control.name);
            self.values.push(driven.or(base).unwrap_or(control.init));
        }
        if let Some(shadow) = &mut self.shadow {
            if view.status.connected && shadow.is_starved() {
                // An engine has come since.
                *shadow = Shadow::new(&mut desk.session(), node, function, view);
            }
            shadow.run(&self.values, view);
        }
    }

    fn text(&mut self, ui: &mut Ui, p: &Palette) {
        ui.horizontal(|ui| {
            let own = !self.texts[0].is_empty();
            ui.add_enabled_ui(own, |ui| {
                ui.selectable_value(&mut self.listed, false, "text");
            });
            ui.selectable_value(&mut self.listed, true, "operations");
        });
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            let font = theme::mono(11.5);
            let words = match self.listed {
                true => egui::WidgetText::from(
                    RichText::new(&self.texts[1]).font(font).color(p.secondary),
                ),
                false => highlight::job(&self.texts[0], &font, p).into(),
            };
            ui.add(egui::Label::new(words).selectable(true).extend());
        });
    }

    fn graph(&mut self, ui: &mut Ui, p: &'static Palette, function: &Function) {
        let window = ui.available_rect_before_wrap();
        let painter = ui.painter_at(window);
        painter.rect_filled(window, 0.0, p.ground);
        let id = ui.scope_id().with("operations");
        let background = ui.interact(window, id, Sense::click_and_drag());
        let content = self.board.bounds().expand(12.0);
        self.gaze.update(ui, &background, window, content);
        let lens = Lens::new(painter, self.gaze.to_screen(window));
        for (from, to, back) in &self.board.wires {
            let (from, to) = (self.board.places[*from], self.board.places[*to]);
            let colour = if *back { p.event } else { p.audio };
            let colour = colour.gamma_multiply(0.55);
            wire::draw(&lens, from.right_center(), to.left_center(), colour);
        }
        for (at, place) in self.board.places.iter().enumerate() {
            let operation = &self.board.boxes[at];
            let rect = lens.rect(*place);
            let response = ui.interact(rect, id.with(at), Sense::hover());
            let value = self.value(operation);
            response.widget_info(|| WidgetInfo {
                current_text_value: Some(value.clone()),
                ..WidgetInfo::labeled(
                    Role::GraphicsObject,
                    true,
                    format!("operation {}: {}", operation.index, operation.title),
                )
            });
            if !lens.sees(rect) {
                continue;
            }
            paint(&lens, p, operation, *place, &value, response.hovered());
            response.on_hover_ui(|ui| self.explain(ui, operation, function));
        }
    }

    /// The value of an operation as it is shown.
    fn value(&self, operation: &Operation) -> String {
        let seen = self.shadow.as_ref().and_then(|s| s.seen(operation.index));
        match seen {
            None => String::new(),
            // What runs through its range faster than one can read is told by its ends.
            Some(seen) if seen.hi - seen.lo > 0.02 * seen.hi.abs().max(seen.lo.abs()) => {
                format!("{} … {}", number(short(seen.lo)), number(short(seen.hi)))
            }
            Some(seen) => number(seen.last),
        }
    }

    fn explain(&self, ui: &mut Ui, operation: &Operation, function: &Function) {
        let is = format!("%{} = ", operation.index);
        let text = self.texts[1].lines().find(|line| line.starts_with(&is));
        if let Some(line) = text {
            ui.label(RichText::new(line).font(theme::mono(11.0)));
        }
        let words = match operation.kind {
            Kind::Control(index) => match function.controls.get(index) {
                Some(c) => format!("a control, {} to {} {}", c.lo, c.hi, c.unit),
                None => String::new(),
            },
            Kind::Input(_) => "an audio input".to_owned(),
            Kind::State => "keeps something from frame to frame".to_owned(),
            Kind::Pure => "hangs on what it is given alone".to_owned(),
            Kind::Output => "what the node gives, before its gain and pan".to_owned(),
        };
        ui.weak(words);
    }
}

/// Two digits that count, so that ends that wander do not flicker.
fn short(x: f32) -> f32 {
    let step = 10_f32.powf(x.abs().log10().floor() - 1.0);
    if step.is_finite() && step > 0.0 {
        (x / step).round() * step
    } else {
        x
    }
}

fn paint(lens: &Lens, p: &Palette, operation: &Operation, place: Rect, value: &str, touched: bool) {
    let colour: Color32 = match operation.kind {
        Kind::Control(_) => p.control,
        Kind::Input(_) | Kind::Output => p.audio,
        Kind::State => p.text,
        Kind::Pure => p.secondary,
    };
    let line = Stroke::new(1.0, if touched { p.faint } else { p.line });
    let round = match operation.kind {
        Kind::Control(_) | Kind::Input(_) | Kind::Output => 9.0,
        Kind::State | Kind::Pure => 4.0,
    } * lens.zoom();
    let fill = match operation.kind {
        Kind::Pure => p.panel,
        _ => p.raised,
    };
    lens.painter()
        .rect(lens.rect(place), round, fill, line, StrokeKind::Inside);
    let top = place.center_top() + vec2(0.0, 12.0);
    lens.text(
        top,
        Align2::CENTER_CENTER,
        &operation.title,
        theme::strong(11.0),
        colour,
    );
    let foot = place.center_bottom() - vec2(0.0, 10.0);
    lens.text(
        foot,
        Align2::CENTER_CENTER,
        value,
        theme::mono(10.0),
        p.secondary,
    );
}

/// The way back; says whether somebody wants to go it.
fn crumbs(ui: &mut Ui, p: &Palette, node: &Node) -> bool {
    let place = Rect::from_min_size(
        ui.max_rect().left_top() + vec2(12.0, 8.0),
        vec2(ui.max_rect().width() - 24.0, 22.0),
    );
    let mut bar = ui.new_child(UiBuilder::new().max_rect(place));
    let mut back = false;
    bar.horizontal(|ui| {
        let around = node
            .name
            .rsplit_once('/')
            .map_or("score", |(around, _)| around);
        let button = Button::new(RichText::new(around).color(p.secondary)).frame(false);
        let button = ui.add(button).on_hover_text("back (Esc)");
        back = button
            .accessible_name(format!("back to {around}"))
            .clicked();
        ui.label(RichText::new("›").color(p.faint));
        let name = node.name.rsplit('/').next().unwrap_or_default();
        let here = ui.label(RichText::new(name).font(theme::strong(12.5)).color(p.text));
        here.widget_info(|| {
            WidgetInfo::labeled(Role::Label, true, format!("operations of {}", node.name))
        });
        ui.label(RichText::new(format!("the function {}", node.label)).color(p.secondary));
    });
    back
}
