//! One card on the canvas: painted, and answering the pointer.

use egui::accesskit::Role;
use egui::{
    Align2, CursorIcon, Id, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::card::{self, Card, HEADER, Kind};
use super::flags;
use super::hand::{Act, Handle};
use super::inset::Insets;
use super::lens::Lens;
use super::module;
use super::theme::{self, Palette};
use super::value::{decibels, meter_fraction};
use super::view::{View, path};
use super::wire;
use sorl_graph::patch::Node;

/// What a card needs to be shown.
pub(crate) struct Look<'a> {
    /// Everything there is.
    pub view: &'a View,
    /// The lens of this frame.
    pub lens: &'a Lens,
    /// The small scopes.
    pub insets: &'a Insets,
    /// The colours.
    pub p: &'static Palette,
    /// Whether the card is selected.
    pub selected: bool,
    /// Whether mute and solo let it be heard.
    pub audible: bool,
}

/// What happened to a card.
pub(crate) struct Touched {
    /// The response of its body, for dragging.
    pub body: Response,
    /// Whether it was clicked, anywhere.
    pub clicked: bool,
}

/// Shows a card at its place.
pub(crate) fn show(
    ui: &mut Ui,
    id: Id,
    look: &Look<'_>,
    card: &Card,
    place: Rect,
    act: &mut Act<'_>,
) -> Touched {
    let rect = look.lens.rect(place);
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(wires_in_words(card, look.view)),
        ..WidgetInfo::selected(
            Role::Button,
            true,
            look.selected,
            format!("{} on the canvas", card.title),
        )
    });
    let mut clicked = response.clicked();
    if !look.lens.sees(rect.expand(16.0)) {
        return Touched {
            body: response,
            clicked,
        };
    }
    if response.dragged() {
        ui.set_cursor_icon(CursorIcon::Grabbing);
    } else if response.hovered() {
        ui.set_cursor_icon(CursorIcon::Grab);
    }
    body(
        look,
        card,
        place,
        response.hovered() || response.has_focus(),
    );
    if look.lens.is_far() {
        from_afar(look, card, place);
        return Touched {
            body: response,
            clicked,
        };
    }
    match card.kind {
        Kind::Node(node) => {
            let near = ui.rect_contains_pointer(rect) || look.selected;
            let tools = (id, look.lens, look.p);
            let flags = {
                let about = &look.view.patch.nodes[node];
                let about = (card.key.as_str(), about.solo, about.mute);
                flags::show(ui, tools, look.view, about, (place, near), act.edits)
            };
            header(look, card, place, Some(node).filter(|_| !flags));
            for row in 0..card.rows.len() {
                clicked |= show_row(ui, id, look, (node, card), place, row, act);
            }
            if card.more > 0 {
                let rows = card
                    .inset
                    .map_or(place.bottom(), |inset| place.top() + inset.top() - 2.0);
                let at = pos2(place.left() + 10.0, rows - card::FOOT - 9.0);
                let words = format!("+ {} more", card.more);
                look.lens.text(
                    at,
                    Align2::LEFT_CENTER,
                    words,
                    theme::words(10.5),
                    look.p.secondary,
                );
            }
            if let Some(inset) = card.inset {
                let inset = inset.translate(place.min.to_vec2());
                look.insets
                    .paint(look.lens, look.p, look.view, &card.key, inset);
            }
            meter(
                look,
                card,
                place,
                look.view.levels.get(node).copied().unwrap_or(0.0),
            );
        }
        Kind::Group => {
            let near = ui.rect_contains_pointer(rect) || look.selected;
            let tools = (id, look.lens, look.p);
            let flags = {
                let all = |is: fn(&Node) -> bool| {
                    let mut nodes = card.members.iter().flat_map(|m| &m.nodes);
                    nodes.all(|i| look.view.patch.nodes.get(*i).is_some_and(is))
                };
                let about = (card.path(), all(|n| n.solo), all(|n| n.mute));
                flags::show(ui, tools, look.view, about, (place, near), act.edits)
            };
            group_header(look, card, place, !flags);
            module::members(look.lens, look.p, look.view, card, place);
        }
        Kind::Beyond { source } => module::beyond(look.lens, look.p, card, place, source),
        Kind::Out(pair) => {
            header(look, card, place, None);
            output(look, place, pair);
        }
    }
    let sounds = card
        .notes
        .and_then(|binding| look.view.now.get(binding).copied().flatten());
    wire::ports(look.lens, look.p, card, place, sounds == Some(1.0));
    Touched {
        body: response,
        clicked,
    }
}

fn body(look: &Look<'_>, card: &Card, place: Rect, touched: bool) {
    let (lens, p, zoom) = (look.lens, look.p, look.lens.zoom());
    let rect = lens.rect(place);
    let corner = 6.0 * zoom;
    let shadow = rect.translate(vec2(0.0, 3.0 * zoom)).expand(1.0);
    lens.painter().rect_filled(shadow, corner + 1.0, p.shadow);
    if let Kind::Beyond { .. } = card.kind {
        let line = Stroke::new(1.0, if touched { p.faint } else { p.line });
        lens.painter()
            .rect(rect, rect.height() / 2.0, p.panel, line, StrokeKind::Inside);
        return;
    }
    let line = match (look.selected, touched) {
        (true, _) => Stroke::new(1.5, p.audio),
        (false, true) => Stroke::new(1.0, p.faint),
        (false, false) => Stroke::new(1.0, p.line),
    };
    lens.painter()
        .rect(rect, corner, p.raised, line, StrokeKind::Inside);
    if !card.rows.is_empty() || matches!(card.kind, Kind::Out(_) | Kind::Group) {
        let y = lens.pos(place.min + vec2(0.0, HEADER)).y;
        lens.painter()
            .hline(rect.x_range().shrink(1.0), y, Stroke::new(1.0, p.line));
    }
}

/// What of a card can be told from afar: its mark, where its values stand, how loud it is.
fn from_afar(look: &Look<'_>, card: &Card, place: Rect) {
    let (lens, p) = (look.lens, look.p);
    let Kind::Node(node) = card.kind else {
        if let Kind::Out(pair) = card.kind {
            output(look, place, pair);
        }
        return;
    };
    let centre = place.min + vec2(14.0, HEADER / 2.0);
    let mark = Rect::from_center_size(centre, vec2(12.0, 12.0));
    let shade = if look.audible { 1.0 } else { 0.4 };
    lens.painter()
        .rect_filled(lens.rect(mark), 0.0, card.mark.gamma_multiply(shade));
    for (i, row) in card.rows.iter().enumerate() {
        let base = look.view.base(node, &row.control).unwrap_or(row.range.lo);
        let driven = row.binding.is_some();
        let now = row.binding.and_then(|b| look.view.now.get(b).copied());
        let now = now.flatten();
        let bar = card.bar(i).translate(place.min.to_vec2());
        let fill = if driven { p.control } else { p.faint };
        let share = row.range.fraction(now.unwrap_or(base)).clamp(0.0, 1.0);
        let filled = bar
            .with_max_x(bar.left() + bar.width() * share)
            .expand2(vec2(0.0, 2.0));
        lens.painter().rect_filled(lens.rect(filled), 0.0, fill);
    }
    let level = look.view.levels.get(node).copied().unwrap_or(0.0);
    if level > 0.0 {
        meter(look, card, place, level);
    }
}

/// The title; `tell` is the node of which there is room to tell more.
fn header(look: &Look<'_>, card: &Card, place: Rect, tell: Option<usize>) {
    let (lens, p) = (look.lens, look.p);
    let middle = place.min + vec2(0.0, HEADER / 2.0);
    let Kind::Node(_) = card.kind else {
        lens.text(
            middle + vec2(10.0, 0.0),
            Align2::LEFT_CENTER,
            &card.title,
            theme::strong(11.5),
            p.text,
        );
        return;
    };
    let ink = if look.audible { p.text } else { p.secondary };
    let mark = Rect::from_center_size(middle + vec2(14.0, 0.0), vec2(8.0, 8.0));
    let mark_colour = if look.audible {
        card.mark
    } else {
        card.mark.gamma_multiply(0.4)
    };
    lens.painter()
        .rect_filled(lens.rect(mark), 2.0 * lens.zoom(), mark_colour);
    let name = middle + vec2(25.0, 0.0);
    let covered = lens.text(
        name,
        Align2::LEFT_CENTER,
        &card.title,
        theme::strong(12.0),
        ink,
    );
    let Some((index, node)) = tell.and_then(|i| Some((i, look.view.patch.nodes.get(i)?))) else {
        return;
    };
    // The function's name only where it says more than the node's, the voices that sound where there are several, what
    // it costs where that is known; all of it only where there is room.
    let label = Some(node.label.clone()).filter(|label| *label != node.name);
    let voices = look.view.voices(index);
    let told = label.into_iter().chain(voices);
    let told: Vec<String> = told.chain(look.view.load(index)).collect();
    if !told.is_empty() {
        let right = place.right_top() + vec2(-11.0, HEADER / 2.0);
        let words = told.join(" · ");
        let Some(galley) = lens.galley(words, theme::words(10.5), p.secondary) else {
            return;
        };
        let at = Align2::RIGHT_CENTER.anchor_size(lens.pos(right), galley.size());
        if at.left() > covered.right() + 8.0 * lens.zoom() {
            lens.painter().galley(at.min, galley, p.secondary);
        }
    }
}

/// The title of a group; `tell` where there is room to tell more.
fn group_header(look: &Look<'_>, card: &Card, place: Rect, tell: bool) {
    let (lens, p) = (look.lens, look.p);
    module::mark(lens, p, card, place);
    let ink = if look.audible { p.text } else { p.secondary };
    let name = place.min + vec2(25.0, HEADER / 2.0);
    lens.text(
        name,
        Align2::LEFT_CENTER,
        &card.title,
        theme::strong(12.0),
        ink,
    );
    if tell {
        let right = place.right_top() + vec2(-11.0, HEADER / 2.0);
        let told = module::told(look.view, card);
        lens.text(
            right,
            Align2::RIGHT_CENTER,
            told,
            theme::words(10.5),
            p.secondary,
        );
    }
}

/// One control; says whether it was clicked.
fn show_row(
    ui: &mut Ui,
    id: Id,
    look: &Look<'_>,
    (node, card): (usize, &Card),
    place: Rect,
    index: usize,
    act: &mut Act<'_>,
) -> bool {
    let (lens, p, view) = (look.lens, look.p, look.view);
    let row = &card.rows[index];
    let base = view.base(node, &row.control).unwrap_or(row.range.lo);
    let driven = row.binding.and_then(|b| view.now.get(b).copied().flatten());
    let shown = driven.map_or(base, |value| value.clamp(row.range.lo, row.range.hi));

    let offset = place.min.to_vec2();
    let words = card.words(index).translate(offset);
    let bar = card.bar(index).translate(offset);
    let place = lens.rect(words.union(bar).expand2(vec2(3.0, 1.0)));
    // While a pattern plays it, the base value is not heard: there is nothing to turn.
    let sense = if driven.is_none() {
        Sense::click_and_drag()
    } else {
        Sense::hover()
    };
    let response = ui.interact(place, id.with(&row.control), sense);
    let path = path(&card.key, &row.control);
    let home = view.home(node, &row.control).unwrap_or(base);
    let travel = bar.width() * lens.zoom();
    let handle = Handle {
        path: &path,
        range: &row.range,
        value: base,
        shown,
        start: view.start(node, &row.control).unwrap_or(home),
        travel,
        cursor: CursorIcon::ResizeHorizontal,
        field: place.with_min_x(place.center().x),
    };
    act.edits.extend(act.hand.turn(ui, &response, &handle));
    let held = base != home;
    let touched = response.hovered() || response.dragged() || response.has_focus();

    let ink = if touched { p.text } else { p.secondary };
    lens.text(
        words.left_center(),
        Align2::LEFT_CENTER,
        &row.control,
        theme::words(11.5),
        ink,
    );
    let value = row.range.write(shown);
    lens.text(
        words.right_center(),
        Align2::RIGHT_CENTER,
        value,
        theme::mono(11.0),
        p.text,
    );
    let corner = 1.5 * lens.zoom();
    lens.painter().rect_filled(lens.rect(bar), corner, p.ground);
    let fill = match (driven.is_some() || row.binding.is_some(), held || touched) {
        (true, _) => p.control,
        (false, true) => p.audio,
        (false, false) => p.faint,
    };
    let at = |fraction: f32| bar.left() + bar.width() * fraction;
    let (from, to) = (at(row.range.origin()), at(row.range.fraction(shown)));
    let filled = bar.with_min_x(from.min(to)).with_max_x(from.max(to));
    lens.painter().rect_filled(lens.rect(filled), corner, fill);
    let clicked = response.clicked();
    response.on_hover_ui(|ui| card::explain(ui, view, row, held.then_some(home)));
    clicked
}

/// The level at the right edge, from −60 dB.
fn meter(look: &Look<'_>, card: &Card, place: Rect, level: f32) {
    let track = card.meter().translate(place.min.to_vec2());
    if track.height() < 4.0 {
        return;
    }
    let corner = 1.5 * look.lens.zoom();
    let top = track.bottom() - track.height() * meter_fraction(level);
    look.lens
        .painter()
        .rect_filled(look.lens.rect(track), corner, look.p.ground);
    look.lens
        .painter()
        .rect_filled(look.lens.rect(track.with_min_y(top)), corner, look.p.audio);
}

/// The inside of an output: what leaves through it.
fn output(look: &Look<'_>, place: Rect, pair: u16) {
    // Only the main pair is metered.
    if pair != 1 {
        return;
    }
    let (lens, p) = (look.lens, look.p);
    let left = place.left() + 12.0;
    for (channel, peak) in look.view.peak.into_iter().enumerate() {
        let y = place.top() + HEADER + 13.0 + 9.0 * channel as f32;
        let track = Rect::from_min_max(pos2(left, y), pos2(place.right() - 12.0, y + 5.0));
        level_bar(lens, p, track, peak);
    }
    let at = pos2(left, place.bottom() - 15.0);
    let loudest = look.view.peak[0].max(look.view.peak[1]);
    lens.text(
        at,
        Align2::LEFT_CENTER,
        decibels(loudest),
        theme::mono(10.5),
        p.secondary,
    );
}

fn level_bar(lens: &Lens, p: &Palette, track: Rect, peak: f32) {
    let reach = track.left() + track.width() * meter_fraction(peak);
    let corner = 2.0 * lens.zoom();
    lens.painter()
        .rect_filled(lens.rect(track), corner, p.ground);
    let colour = if peak > 1.0 { p.error } else { p.audio };
    lens.painter()
        .rect_filled(lens.rect(track.with_max_x(reach)), corner, colour);
}

/// Where a card's wires lead, for those who cannot see them.
fn wires_in_words(card: &Card, view: &View) -> String {
    if let Kind::Group = card.kind {
        let names = card.members.iter();
        let names: Vec<&str> = names
            .map(|m| m.name.rsplit('/').next().unwrap_or(""))
            .collect();
        return format!("of {}", names.join(", "));
    }
    let Kind::Node(_) = card.kind else {
        return String::new();
    };
    let own = view.wires.iter().filter(|wire| wire.from == card.key);
    let ends: Vec<String> = own.map(wire::describe).collect();
    format!("to {}", ends.join(", "))
}
