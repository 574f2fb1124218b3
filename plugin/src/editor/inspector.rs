//! The inspector: everything about the selected node, or the list of nodes to select one from.

use egui::accesskit::Role;
use egui::{Align, Align2, Layout, Response, RichText, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use sorl_graph::patch::Node;

use super::card;
use super::edit::Edit;
use super::hand::Act;
use super::knob::{self, Knob};
use super::make;
use super::score::line_of;
use super::sections;
use super::selection::Selection;
use super::theme::{self, Palette};
use super::value::meter_fraction;
use super::view::{View, path};

/// Its width.
pub(crate) const WIDTH: f32 = 262.0;
// Three knobs stand side by side, within the margins of a pane.
const _: () = assert!(knob::SIZE.x * 3.0 + 2.0 * 14.0 < WIDTH);

/// One frame of it. `selection` is read, and changed when another node is chosen.
pub(crate) fn show(ui: &mut Ui, view: &View, selection: &mut Selection, act: &mut Act<'_>) {
    ScrollArea::vertical()
        .id_salt("inspector")
        .auto_shrink(false)
        .show(ui, |ui| {
            let name = selection.primary();
            let found = view
                .patch
                .nodes
                .iter()
                .position(|node| Some(node.name.as_str()) == name);
            match found {
                Some(index) => node(ui, view, index, selection, act),
                None => {
                    list(ui, view, selection);
                    sections::macros(ui, view, act.edits);
                    sections::first_steps(ui, view, act.edits);
                }
            }
        });
}

/// All nodes, to choose from.
fn list(ui: &mut Ui, view: &View, selection: &mut Selection) {
    let p = theme::palette(ui);
    heading(ui, p, "in this score");
    let marks = theme::marks(view.patch.nodes.iter().map(|node| node.name.as_str()));
    for (i, (node, mark)) in view.patch.nodes.iter().zip(marks).enumerate() {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &node.name));
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, 4.0, p.raised);
        }
        let middle = rect.left_center();
        let square = egui::Rect::from_center_size(middle + vec2(10.0, 0.0), vec2(8.0, 8.0));
        ui.painter().rect_filled(square, 2.0, mark);
        ui.painter().text(
            middle + vec2(22.0, 0.0),
            Align2::LEFT_CENTER,
            &node.name,
            theme::words(theme::BASE),
            p.text,
        );
        let level = meter_fraction(view.levels.get(i).copied().unwrap_or(0.0));
        let track =
            egui::Rect::from_center_size(rect.right_center() - vec2(28.0, 0.0), vec2(40.0, 3.0));
        ui.painter().rect_filled(track, 1.5, p.ground);
        ui.painter().rect_filled(
            track.with_max_x(track.left() + track.width() * level),
            1.5,
            p.audio,
        );
        if response.clicked() {
            selection.only(&node.name);
        }
    }
}

/// One node: what it is, what can be turned, what drives it, where it leads.
fn node(ui: &mut Ui, view: &View, index: usize, selection: &mut Selection, act: &mut Act<'_>) {
    let p = theme::palette(ui);
    let node = &view.patch.nodes[index];
    title(ui, p, view, index, selection, act.edits);
    knobs(ui, view, index, act);

    sections::played_by(ui, p, view, node, act.edits);
    sections::turned_by(ui, p, view, node, act.edits);
    sections::leads_to(ui, p, view, node, act.edits);
}

fn title(
    ui: &mut Ui,
    p: &Palette,
    view: &View,
    index: usize,
    selection: &mut Selection,
    edits: &mut Vec<Edit>,
) {
    let node = &view.patch.nodes[index];
    let marks = theme::marks(view.patch.nodes.iter().map(|node| node.name.as_str()));
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
        ui.painter().rect_filled(rect, 2.0, marks[index]);
        ui.label(
            RichText::new(&node.name)
                .font(theme::strong(14.0))
                .color(p.text),
        );
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = ui
                .add(egui::Button::new("×").frame(false))
                .on_hover_text("back to all nodes");
            if close.clicked() {
                selection.clear();
            }
            let flags = [
                ("solo", node.solo, p.audio, true),
                ("mute", node.mute, p.control, false),
            ];
            for (word, on, colour, solo) in flags {
                let ink = if on { colour } else { p.secondary };
                let button = egui::Button::new(RichText::new(word).color(ink)).small();
                let button = ui.add(button).accessible_name(format!("{word} it"));
                if button.clicked() {
                    edits.push(Edit::change(make::flag(&view.patch, &[&node.name], solo)));
                }
            }
            let scope = egui::Button::new(RichText::new("scope").color(p.secondary)).small();
            if ui
                .add(scope)
                .on_hover_text("look at its sound (O)")
                .clicked()
            {
                edits.push(Edit::Scope(node.name.clone()));
            }
        });
    });
    let mut words = describe(node, &view.score);
    if let Some(load) = view.load(index) {
        words = format!("{words} · {load}");
    }
    ui.label(RichText::new(words).color(p.secondary));
    ui.add_space(6.0);
}

/// What a node is, in a few words.
fn describe(node: &Node, score: &str) -> String {
    let voices = if node.count == 1 {
        "1 voice".to_owned()
    } else {
        format!("{} voices", node.count)
    };
    format!(
        "{} · {voices} · line {}",
        node.label,
        line_of(score, node.span)
    )
}

fn knobs(ui: &mut Ui, view: &View, index: usize, act: &mut Act<'_>) {
    let node = &view.patch.nodes[index];
    let (rows, _) = card::rows(node, view, usize::MAX);
    ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
    ui.horizontal_wrapped(|ui| {
        for row in &rows {
            let base = view.base(index, &row.control).unwrap_or(row.range.lo);
            let knob = Knob {
                path: &path(&node.name, &row.control),
                name: &row.control,
                range: row.range,
                base,
                home: view.home(index, &row.control).unwrap_or(base),
                start: view.start(index, &row.control).unwrap_or(base),
                driven: row.binding.and_then(|b| view.now.get(b).copied().flatten()),
            };
            let (response, wanted) = knob.show(ui, act.hand);
            act.edits.extend(wanted);
            let mut chosen = None;
            response.context_menu(|ui| chosen = sections::menu(ui, view, node, row));
            act.edits.extend(chosen);
            explain(response, view, row, &knob);
        }
    });
    ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
}

/// A faint word over what follows.
pub(crate) fn heading(ui: &mut Ui, p: &Palette, words: &str) {
    ui.add_space(10.0);
    ui.label(
        RichText::new(words.to_uppercase())
            .font(theme::words(10.0))
            .extra_letter_spacing(0.8)
            .color(p.secondary),
    );
    ui.add_space(2.0);
}

/// A name, and at the right what belongs to it.
pub(crate) fn pair(ui: &mut Ui, p: &Palette, name: &str, what: RichText) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(p.secondary));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add(egui::Label::new(what).truncate());
        });
    });
}

fn explain(response: Response, view: &View, row: &card::Row, knob: &Knob<'_>) {
    let held = (knob.base != knob.home).then_some(knob.home);
    response.on_hover_ui(|ui| card::explain(ui, view, row, held));
}
