//! The part of the inspector about one control, the one that was touched last: what drives it now, the macro and the
//! MIDI controller that turn it, each with a click to assign, its range.

use egui::{Align, Button, Layout, RichText, Ui};
use sorl_graph::patch::{Mapping, Node, Target};
use sorl_graph::score::edit::Gesture;
use sorl_graph::signal::Knob;
use sorl_graph::time::Curve;

use super::card::Row;
use super::edit::Edit;
use super::inspector::{heading, pair};
use super::learn::Learn;
use super::make;
use super::sections::{self, line};
use super::theme::{self, Palette};
use super::value;
use super::view::View;

/// A mapping of a knob to a control over its whole range, along its curve.
pub(crate) fn mapping(node: &Node, row: &Row, knob: Knob) -> Mapping {
    Mapping {
        knob,
        node: node.name.clone(),
        control: row.control.clone(),
        lo: row.range.lo,
        hi: row.range.hi,
        curve: match row.range.log {
            true => Curve::Exp,
            false => Curve::Linear,
        },
        span: Default::default(),
    }
}

/// A knob is mapped to a control.
pub(crate) fn map(node: &Node, row: &Row, knob: Knob) -> Edit {
    Edit::gesture(Gesture::Map {
        instead_of: None,
        mapping: mapping(node, row, knob),
    })
}

/// A control is to wait for a controller, or no longer.
pub(crate) fn learn(node: &Node, row: &Row) -> Edit {
    let any = Knob::Controller {
        cc: 0,
        channel: None,
    };
    Edit::Learn(mapping(node, row, any))
}

/// The first macro that turns nothing yet; the first of all if there is none.
pub(crate) fn free_macro(view: &View) -> u8 {
    let used = |index: &u8| {
        let turns = |m: &Mapping| m.knob == Knob::Macro(*index);
        view.patch.mappings.iter().any(turns)
    };
    (1..=Knob::MACROS).find(|i| !used(i)).unwrap_or(1)
}

/// Shows it.
pub(crate) fn show(
    ui: &mut Ui,
    p: &Palette,
    view: &View,
    (node, row): (&Node, &Row),
    waits: &Learn,
    edits: &mut Vec<Edit>,
) {
    let control = row.control.as_str();
    heading(ui, p, control);
    driven_by(ui, p, view, (node, control), edits);

    let own = |m: &&Mapping| m.node == node.name && m.control == control;
    let all: Vec<&Mapping> = view.patch.mappings.iter().filter(own).collect();
    let (macros, controllers): (Vec<&Mapping>, Vec<&Mapping>) = all
        .into_iter()
        .partition(|m| matches!(m.knob, Knob::Macro(_)));
    turned_by(ui, p, "macro", &macros, edits);
    if macros.is_empty() {
        let free = free_macro(view);
        let name = format!("assign macro {free} to {control}");
        if offer(ui, p, "macro", &format!("assign M{free}"), &name, false) {
            edits.push(map(node, row, Knob::Macro(free)));
        }
    }
    pair(
        ui,
        p,
        "range",
        RichText::new(row.range.write_ends()).font(theme::mono(11.0)),
    );
    turned_by(ui, p, "midi", &controllers, edits);
    let waiting = waits.is_for(&node.name, control);
    let (words, name) = match waiting {
        true => ("move a controller…", "stop learning".to_owned()),
        false => ("learn", format!("learn a controller for {control}")),
    };
    let label = if controllers.is_empty() { "midi" } else { "" };
    if (controllers.is_empty() || waiting) && offer(ui, p, label, words, &name, waiting) {
        edits.push(learn(node, row));
    }
}

/// The patterns, modulations and wires that move a control, each to be taken off.
fn driven_by(
    ui: &mut Ui,
    p: &Palette,
    view: &View,
    (node, control): (&Node, &str),
    edits: &mut Vec<Edit>,
) {
    if let Some((text, ink)) = sections::player(view, node, Some(control), p) {
        let words = RichText::new(text).font(theme::mono(11.0)).color(ink);
        let off = format!("take off what plays {control}");
        if line(ui, p, "driven by", words, &off) {
            edits.push(Edit::gesture(Gesture::Unbind {
                node: node.name.clone(),
                control: Some(control.to_owned()),
            }));
        }
    }
    let to = Target::Control {
        node: node.name.clone(),
        control: control.to_owned(),
    };
    for wire in view.wires.iter().filter(|wire| wire.to == to) {
        let words = format!("{} · {}", wire.from, value::level(wire.level));
        let words = RichText::new(words)
            .font(theme::mono(11.0))
            .color(p.control);
        let off = format!("cut the wire from {} to {control}", wire.from);
        if line(ui, p, "moved by", words, &off) {
            edits.push(Edit::change(vec![make::cut(&view.patch, wire)]));
        }
    }
}

fn turned_by(ui: &mut Ui, p: &Palette, label: &str, all: &[&Mapping], edits: &mut Vec<Edit>) {
    for mapping in all {
        let words = sections::mapped(mapping);
        let words = RichText::new(words).font(theme::mono(11.0)).color(p.text);
        let knob = sections::name(mapping.knob);
        let off = format!("take off {knob} from {}", mapping.control);
        if line(ui, p, label, words, &off) {
            edits.push(sections::unmap(mapping));
        }
    }
}

/// A name, and at the right a button.
fn offer(ui: &mut Ui, p: &Palette, label: &str, words: &str, name: &str, lit: bool) -> bool {
    let mut clicked = false;
    ui.horizontal(|ui| {
        ui.label(RichText::new(label).color(p.secondary));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let ink = if lit { p.control } else { p.text };
            let button = Button::new(RichText::new(words).color(ink)).small();
            let button = ui.add(button).on_hover_text(name).accessible_name(name);
            clicked = button.clicked();
        });
    });
    clicked
}
