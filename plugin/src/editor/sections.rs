//! The parts of the inspector under the knobs: what plays a node, what turns it, where it leads, and
//! what the macros and the first steps are where no node is selected.

use egui::{Align, Color32, Layout, RichText, Slider, Ui};
use sorl_graph::patch::{Mapping, Node};
use sorl_graph::score::edit::Gesture;
use sorl_graph::session::Change;
use sorl_graph::signal::Knob;

use super::card::Row;
use super::edit::Edit;
use super::focus;
use super::inspector::{heading, pair};
use super::make;
use super::theme::{self, Palette};
use super::value;
use super::view::View;
use super::wire;

/// The macros that a knob's menu offers at once.
const OFFERED: u8 = 8;

/// A beat over whatever the score says: its nodes, its patterns.
const BEAT: &[(&str, &str)] = &[
    ("kick", "x x x x"),
    ("hat", "~ x ~ x ~ x ~ x"),
    ("bass", "[a1 ~ a2 a1 c2 ~ g1 a1]"),
];

/// What plays a node's notes and its controls but the one in focus, each to be taken off.
pub(crate) fn played_by(
    ui: &mut Ui,
    p: &Palette,
    view: &View,
    (node, focus): (&Node, Option<&str>),
    edits: &mut Vec<Edit>,
) {
    let patterns = view.patch.bindings.iter().filter(|b| b.node == node.name);
    let mods = view.patch.mods.iter().filter(|m| m.node == node.name);
    let mods = mods.map(|m| Some(m.control.as_str()));
    let all = patterns.map(|b| b.control.as_deref()).chain(mods);
    let all: Vec<Option<&str>> = all.filter(|c| c.is_none() || *c != focus).collect();
    if !all.is_empty() {
        heading(ui, p, "played by");
    }
    for control in all {
        let Some((text, ink)) = player(view, node, control, p) else {
            continue;
        };
        let what = control.unwrap_or("notes");
        let words = RichText::new(text).font(theme::mono(11.0)).color(ink);
        let off = format!("take off what plays {what}");
        if line(ui, p, what, words, &off) {
            edits.push(Edit::gesture(Gesture::Unbind {
                node: node.name.clone(),
                control: control.map(str::to_owned),
            }));
        }
    }
}

/// What plays a node's notes or one of its controls, as written, and the colour of its kind.
pub(crate) fn player(
    view: &View,
    node: &Node,
    control: Option<&str>,
    p: &Palette,
) -> Option<(String, Color32)> {
    let ink = if control.is_some() {
        p.control
    } else {
        p.event
    };
    if let Some(binding) = view.binding(&node.name, control) {
        return Some((view.patch.bindings[binding].text.clone(), ink));
    }
    let mut mods = view.patch.mods.iter();
    let found = mods.find(|m| m.node == node.name && Some(m.control.as_str()) == control)?;
    let words = format!("mod {}…{} in {} bars", found.lo, found.hi, found.bars);
    Some((words, ink))
}

/// The macros and controllers that turn a node's controls but the one in focus, each to be taken off.
pub(crate) fn turned_by(
    ui: &mut Ui,
    p: &Palette,
    view: &View,
    (node, focus): (&Node, Option<&str>),
    edits: &mut Vec<Edit>,
) {
    let own = |m: &&Mapping| m.node == node.name && Some(m.control.as_str()) != focus;
    let own: Vec<&Mapping> = view.patch.mappings.iter().filter(own).collect();
    if !own.is_empty() {
        heading(ui, p, "turned by");
    }
    for mapping in own {
        let words = RichText::new(mapped(mapping))
            .font(theme::mono(11.0))
            .color(p.text);
        let off = format!("take off {} from {}", name(mapping.knob), mapping.control);
        if line(ui, p, &mapping.control, words, &off) {
            edits.push(unmap(mapping));
        }
    }
}

/// A mapping in a few words.
pub(crate) fn mapped(mapping: &Mapping) -> String {
    format!("{} · {}…{}", name(mapping.knob), mapping.lo, mapping.hi)
}

/// A mapping goes.
pub(crate) fn unmap(mapping: &Mapping) -> Edit {
    Edit::gesture(Gesture::Unmap {
        knob: mapping.knob,
        node: mapping.node.clone(),
        control: mapping.control.clone(),
    })
}

/// Where a node's wires lead, each to be cut.
pub(crate) fn leads_to(ui: &mut Ui, p: &Palette, view: &View, node: &Node, edits: &mut Vec<Edit>) {
    heading(ui, p, "leads to");
    for wire in view.wires.iter().filter(|wire| wire.from == node.name) {
        let level = RichText::new(value::level(wire.level))
            .font(theme::mono(11.0))
            .color(p.text);
        let end = wire::end_name(wire);
        if line(ui, p, &end, level, &format!("cut the wire to {end}")) {
            edits.push(Edit::change(vec![make::cut(&view.patch, wire)]));
        }
    }
}

/// The menu of a knob: macros, controllers, patterns.
pub(crate) fn menu(ui: &mut Ui, view: &View, node: &Node, row: &Row) -> Option<Edit> {
    let mut chosen = None;
    for index in 1..=OFFERED {
        let others = view
            .patch
            .mappings
            .iter()
            .filter(|m| m.knob == Knob::Macro(index))
            .count();
        let note = match others {
            0 => String::new(),
            n => format!(" (turns {n} already)"),
        };
        if ui.button(format!("macro {index}{note}")).clicked() {
            chosen = Some(focus::map(node, row, Knob::Macro(index)));
            ui.close();
        }
    }
    if ui.button("learn a MIDI controller").clicked() {
        chosen = Some(focus::learn(node, row));
        ui.close();
    }
    ui.menu_button("MIDI controller", |ui| {
        for (cc, words) in [
            (1, "1 modulation"),
            (2, "2 breath"),
            (7, "7 volume"),
            (11, "11 expression"),
            (71, "71"),
            (74, "74 brightness"),
        ] {
            if ui.button(words).clicked() {
                let channel = None;
                chosen = Some(focus::map(node, row, Knob::Controller { cc, channel }));
                ui.close();
            }
        }
    });
    if row.binding.is_some() && ui.button("take the pattern off").clicked() {
        chosen = Some(Edit::gesture(Gesture::Unbind {
            node: node.name.clone(),
            control: Some(row.control.clone()),
        }));
        ui.close();
    }
    chosen
}

/// The macros that turn something, to be turned here too.
pub(crate) fn macros(ui: &mut Ui, view: &View, edits: &mut Vec<Edit>) {
    let p = theme::palette(ui);
    let mut used: Vec<u8> = Vec::new();
    for mapping in &view.patch.mappings {
        if let Knob::Macro(index) = mapping.knob
            && !used.contains(&index)
        {
            used.push(index);
        }
    }
    used.sort_unstable();
    if !used.is_empty() {
        heading(ui, p, "macros");
    }
    for index in used {
        let turns = view
            .patch
            .mappings
            .iter()
            .filter(|m| m.knob == Knob::Macro(index));
        let turns: Vec<String> = turns.map(|m| format!("{}/{}", m.node, m.control)).collect();
        let mut stands = view.macros.get(&index).copied().unwrap_or(0.0);
        pair(
            ui,
            p,
            &format!("M{index}"),
            RichText::new(turns.join(", ")).color(p.secondary),
        );
        let slider = Slider::new(&mut stands, 0.0..=1.0).show_value(false);
        let slider = ui.add(slider).accessible_name(format!("macro {index}"));
        if slider.changed() {
            edits.push(Edit::Macro(index, stands));
        }
    }
}

/// What to do first: three lines and a beat, as long as nothing is played by a pattern.
pub(crate) fn first_steps(ui: &mut Ui, view: &View, edits: &mut Vec<Edit>) {
    if !view.patch.bindings.is_empty() {
        return;
    }
    let p = theme::palette(ui);
    heading(ui, p, "first steps");
    for words in [
        "Play: MIDI goes to the first synth, A S D … too where “keys” is lit.",
        "Build: N or a double-click on the canvas for a node; drag from its right edge to join.",
        "Beat: click in the lanes below, or take this one to change it.",
    ] {
        ui.label(RichText::new(words).color(p.secondary));
        ui.add_space(2.0);
    }
    if ui.button("play a demo beat").clicked() {
        edits.push(beat(view));
        edits.push(Edit::Play);
    }
}

fn beat(view: &View) -> Edit {
    let ready = super::stock::fixed(&Default::default(), None);
    let mut patch = view.patch.clone();
    let mut changes = Vec::new();
    for (wish, pattern) in BEAT {
        let Some(entry) = ready.iter().find(|entry| entry.name == *wish) else {
            continue;
        };
        let (name, added) = make::add(
            entry,
            super::stock::Said::default(),
            &patch,
            &view.score,
            "",
        );
        // Only its name has to be known to the next one.
        if let Some(first) = patch.nodes.first().cloned() {
            patch.nodes.push(Node {
                name: name.clone(),
                ..first
            });
        }
        changes.extend(added);
        changes.push(Change::Gesture(Gesture::Bind {
            node: name,
            control: None,
            pattern: (*pattern).to_owned(),
        }));
    }
    Edit::change(changes)
}

/// A name, what belongs to it, and at the end a cross that takes it away.
pub(crate) fn line(ui: &mut Ui, p: &Palette, name: &str, what: RichText, off: &str) -> bool {
    let mut gone = false;
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(p.secondary));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let cross = egui::Button::new(RichText::new("×").color(p.secondary)).frame(false);
            gone = ui
                .add(cross)
                .on_hover_text(off)
                .accessible_name(off)
                .clicked();
            ui.add(egui::Label::new(what).truncate());
        });
    });
    gone
}

/// A knob's short name.
pub(crate) fn name(knob: Knob) -> String {
    match knob {
        Knob::Macro(index) => format!("M{index}"),
        Knob::Controller { cc, channel: None } => format!("CC{cc}"),
        Knob::Controller {
            cc,
            channel: Some(channel),
        } => format!("CC{cc} ch {}", channel + 1),
    }
}
