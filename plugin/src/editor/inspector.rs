//! The inspector: everything about the selected node, or the list of nodes to select one from.

use egui::accesskit::Role;
use egui::{Align, Align2, Layout, Response, RichText, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use sorl_graph::patch::{Node, within};

use super::card::{self, Row};
use super::choice::Choice;
use super::edit::Edit;
use super::focus;
use super::hand::Act;
use super::knob::{self, Knob};
use super::learn::Learn;
use super::make;
use super::module;
use super::moves::Moves;
use super::reach::Reach;
use super::score::line_of;
use super::sections;
use super::selection::Selection;
use super::theme::{self, Palette};
use super::value::meter_fraction;
use super::view::{View, path};

/// Its width.
pub(crate) const WIDTH: f32 = 262.0;
/// The height of a line of the list of nodes.
const NODE: f32 = 24.0;
// Three knobs stand side by side, within the margins of a pane.
const _: () = assert!(knob::SIZE.x * 3.0 + 2.0 * 14.0 < WIDTH);

/// One frame of it. `selection` is read, and changed when another node is chosen; `learn` is the control that waits for
/// a controller, `moves` what modulation makes of the selected node's controls, `nodes` the list of them all.
pub(crate) fn show(
    ui: &mut Ui,
    view: &View,
    selection: &mut Selection,
    (learn, moves): (&Learn, &Moves),
    nodes: &mut Reach,
    act: &mut Act<'_>,
) {
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
            let group = selection.group().map(str::to_owned);
            match (found, group) {
                (Some(index), _) => node(ui, view, index, selection, (learn, moves), act),
                (None, Some(path)) => group_of(ui, view, &path, selection, nodes, act.edits),
                (None, None) => {
                    list(ui, view, "", selection, nodes);
                    sections::macros(ui, view, act.edits);
                    sections::first_steps(ui, view, act.edits);
                }
            }
        });
}

/// A group: what it is, and its nodes.
fn group_of(
    ui: &mut Ui,
    view: &View,
    path: &str,
    selection: &mut Selection,
    nodes: &mut Reach,
    edits: &mut Vec<Edit>,
) {
    let p = theme::palette(ui);
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(path).font(theme::strong(14.0)).color(p.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let open = egui::Button::new("open").small();
            let open = ui.add(open).on_hover_text("look into it (Enter)");
            if open.accessible_name(format!("open {path}")).clicked() {
                edits.push(Edit::Open(path.to_owned()));
            }
            for (word, colour, solo) in [("solo", p.audio, true), ("mute", p.control, false)] {
                let on = make::is_flagged(&view.patch, path, solo);
                let ink = if on { colour } else { p.secondary };
                let button = egui::Button::new(RichText::new(word).color(ink)).small();
                let button = ui.add(button).accessible_name(format!("{word} it"));
                if button.clicked() {
                    edits.push(Edit::change(make::flag(&view.patch, &[path], solo)));
                }
            }
        });
    });
    let words = module::kind(view, path);
    ui.label(RichText::new(words).color(p.secondary));
    list(ui, view, path, selection, nodes);
}

/// All nodes of a group, to choose from; the score itself is the one without a name.
fn list(ui: &mut Ui, view: &View, path: &str, selection: &mut Selection, reach: &mut Reach) {
    let p = theme::palette(ui);
    heading(
        ui,
        p,
        if path.is_empty() {
            "in this score"
        } else {
            "in it"
        },
    );
    let nodes = view.patch.nodes.iter().zip(&view.marks).enumerate();
    let inside = |name: &str| path.is_empty() || within(name, path).is_some();
    let nodes = nodes.filter(|(_, (node, _))| inside(&node.name));
    // In a room of its own: what follows has the same ids whatever rows are left out.
    ui.push_id("nodes", |ui| {
        let id = ui.scope_id();
        reach.begin();
        for (row, (i, (node, mark))) in nodes.enumerate() {
            if !reach.shows(ui, row, NODE) {
                continue;
            }
            let size = vec2(ui.available_width(), NODE);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            let response = ui.interact(rect, id.with(&node.name), Sense::click());
            reach.keep(ui, row, &[response.id], rect);
            line(ui, p, (node, *mark), view.levels.get(i), &response);
            if response.clicked() {
                selection.only(&node.name);
            }
        }
        reach.end(ui);
    });
}

/// A node as a line of a list: its mark, its name, how loud it is.
fn line(
    ui: &Ui,
    p: &Palette,
    (node, mark): (&Node, egui::Color32),
    level: Option<&f32>,
    response: &Response,
) {
    let rect = response.rect;
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
    let level = meter_fraction(level.copied().unwrap_or(0.0));
    let track =
        egui::Rect::from_center_size(rect.right_center() - vec2(28.0, 0.0), vec2(40.0, 3.0));
    ui.painter().rect_filled(track, 1.5, p.ground);
    ui.painter().rect_filled(
        track.with_max_x(track.left() + track.width() * level),
        1.5,
        p.audio,
    );
}

/// One node: what it is, what can be turned, what drives it, where it leads.
fn node(
    ui: &mut Ui,
    view: &View,
    index: usize,
    selection: &mut Selection,
    (learn, moves): (&Learn, &Moves),
    act: &mut Act<'_>,
) {
    let p = theme::palette(ui);
    let node = &view.patch.nodes[index];
    let (rows, _) = card::rows(node, view, usize::MAX);
    title(ui, p, view, index, selection, act.edits);
    knobs(ui, view, index, &rows, moves, act);

    // The one that was touched last; before that the first of the function's own.
    let touched = |row: &&Row| act.hand.touched() == Some(path(&node.name, &row.control).as_str());
    let row = rows.iter().find(touched);
    let row = row.or_else(|| rows.iter().find(|row| row.control != "gain"));
    let row = row.or(rows.first());
    if let Some(row) = row {
        focus::show(ui, p, view, (node, row), learn, act.edits);
    }
    let rest = (node, row.map(|row| row.control.as_str()));
    sections::played_by(ui, p, view, rest, act.edits);
    sections::turned_by(ui, p, view, rest, act.edits);
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
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
        ui.painter().rect_filled(rect, 2.0, view.marks[index]);
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
                .on_hover_text("look at its sound (Shift+O)")
                .clicked()
            {
                edits.push(Edit::Scope(node.name.clone()));
            }
        });
    });
    let mut words = describe(node, &view.score);
    if let Some(sound) = view.voices.get(index).filter(|_| node.count > 1) {
        words = format!("{words} · {sound} sound");
    }
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

fn knobs(ui: &mut Ui, view: &View, index: usize, rows: &[Row], moves: &Moves, act: &mut Act<'_>) {
    let node = &view.patch.nodes[index];
    ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
    ui.horizontal_wrapped(|ui| {
        for row in rows.iter().filter(|row| row.range.labels.is_none()) {
            let base = view.base(index, &row.control).unwrap_or(row.range.lo);
            let knob = Knob {
                path: &path(&node.name, &row.control),
                name: &row.control,
                range: &row.range,
                base,
                home: view.home(index, &row.control).unwrap_or(base),
                start: view.start(index, &row.control).unwrap_or(base),
                driven: row.binding.and_then(|b| view.now.get(b).copied().flatten()),
                moved: moves.value(&row.control),
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
    for row in rows.iter().filter(|row| row.range.labels.is_some()) {
        let driven = row.binding.and_then(|b| view.now.get(b).copied().flatten());
        let base = view.base(index, &row.control).unwrap_or(row.range.lo);
        let path = path(&node.name, &row.control);
        let choice = Choice {
            path: &path,
            name: &row.control,
            range: &row.range,
            value: driven.unwrap_or(base),
            driven: driven.is_some(),
        };
        let (response, chosen) = choice.show(ui, theme::palette(ui));
        if chosen.is_some() || response.clicked() {
            act.hand.touch(&path);
        }
        act.edits.extend(chosen);
        let mut from_menu = None;
        response.context_menu(|ui| from_menu = sections::menu(ui, view, node, row));
        act.edits.extend(from_menu);
    }
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
