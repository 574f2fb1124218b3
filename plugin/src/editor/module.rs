//! The card of a group, and the way back out of one that is open.

use egui::accesskit::Role;
use egui::{Align2, Button, Rect, RichText, Ui, WidgetInfo, pos2, vec2};

use super::card::{Card, FOOT, HEADER};
use super::lens::Lens;
use super::theme::{self, Palette};
use super::value::meter_fraction;
use super::view::View;

/// The lines of a group's card: its nodes, each with its level, and lit while a pattern plays it.
pub(crate) fn members(lens: &Lens, p: &Palette, view: &View, card: &Card, place: Rect) {
    let corner = place.min.to_vec2();
    for (i, member) in card.shown().iter().enumerate() {
        let line = card.line(i).translate(corner);
        let nodes = member.nodes.iter();
        let level = nodes.map(|i| view.levels.get(*i).copied().unwrap_or(0.0));
        let level = level.fold(0.0, f32::max);
        let name = member.name.rsplit('/').next().unwrap_or_default();
        let words = match &member.nodes[..] {
            [_] => name.to_owned(),
            more => format!("{name} · {}", more.len()),
        };
        let words_at = line.left_center() + vec2(13.0, 0.0);
        let ink = p.secondary;
        lens.text(
            words_at,
            Align2::LEFT_CENTER,
            words,
            theme::words(11.0),
            ink,
        );
        let track = Rect::from_center_size(line.right_center() - vec2(33.0, 0.0), vec2(40.0, 3.0));
        let reach = track.left() + track.width() * meter_fraction(level);
        lens.painter().rect_filled(lens.rect(track), 1.5, p.ground);
        lens.painter()
            .rect_filled(lens.rect(track.with_max_x(reach)), 1.5, p.audio);
    }
    if card.more > 0 {
        let at = place.left_bottom() + vec2(13.0, -FOOT - 9.0);
        let words = format!("+ {} more", card.more);
        lens.text(
            at,
            Align2::LEFT_CENTER,
            words,
            theme::words(10.5),
            p.secondary,
        );
    }
}

/// What is told in a group's title: how many nodes, how it runs where that is not as outside, what it costs.
pub(crate) fn told(view: &View, card: &Card) -> String {
    let nodes = || card.members.iter().flat_map(|m| &m.nodes);
    let mut told = vec![format!("{}", nodes().count())];
    if let Some(graph) = view.patch.graphs.get(card.path()) {
        told.push(format!("{}×", graph.oversample));
    }
    let loads = nodes().filter_map(|i| view.loads.get(*i).copied().flatten());
    let loads: Vec<f32> = loads.collect();
    if !loads.is_empty() {
        told.push(format!("{:.1} %", loads.iter().sum::<f32>() * 100.0));
    }
    told.join(" · ")
}

/// Two sheets, one behind the other, in place of a node's mark.
pub(crate) fn mark(lens: &Lens, p: &Palette, card: &Card, place: Rect) {
    let centre = place.min + vec2(14.0, HEADER / 2.0);
    for (by, colour) in [(2.0, p.faint), (-1.0, card.mark)] {
        let sheet = Rect::from_center_size(centre + vec2(by, -by), vec2(7.0, 7.0));
        lens.painter()
            .rect_filled(lens.rect(sheet), 1.5 * lens.zoom(), colour);
    }
}

/// The groups around the one that is open, each a click away; gives where somebody wants to go.
pub(crate) fn crumbs(ui: &mut Ui, p: &Palette, view: &View, at: &str) -> Option<String> {
    if at.is_empty() {
        return None;
    }
    let place = Rect::from_min_size(
        ui.max_rect().left_top() + vec2(12.0, 8.0),
        vec2(ui.max_rect().width() - 24.0, 22.0),
    );
    let mut chosen = None;
    let ends = at.match_indices('/').map(|(end, _)| &at[..end]);
    let paths: Vec<&str> = std::iter::once("").chain(ends).collect();
    let mut bar = ui.new_child(egui::UiBuilder::new().max_rect(place));
    bar.horizontal(|ui| {
        for path in paths {
            let name = path.rsplit('/').next().unwrap_or_default();
            let name = if name.is_empty() { "score" } else { name };
            let button = Button::new(RichText::new(name).color(p.secondary)).frame(false);
            let button = ui
                .add(button)
                .on_hover_text("back (Esc)")
                .accessible_name(format!("back to {name}"));
            if button.clicked() {
                chosen = Some(path.to_owned());
            }
            ui.label(RichText::new("›").color(p.faint));
        }
        let name = at.rsplit('/').next().unwrap_or_default();
        let here = ui.label(RichText::new(name).font(theme::strong(12.5)).color(p.text));
        here.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("in {at}")));
        ui.label(RichText::new(kind(view, at)).color(p.secondary));
    });
    chosen
}

/// What a group is, and who hears of what is done in it.
pub(crate) fn kind(view: &View, path: &str) -> String {
    let modules = &view.patch.modules;
    let Some(definition) = modules.get(path) else {
        return "nodes of one name".to_owned();
    };
    let line = super::score::line_of(&view.score, *definition);
    match modules.values().filter(|d| *d == definition).count() {
        1 => format!("module · line {line}"),
        n => format!("module · line {line} · put in {n} times: what is done here is done in all"),
    }
}

/// Where the ports of something beyond an open group are told.
pub(crate) fn beyond(lens: &Lens, p: &Palette, card: &Card, place: Rect, source: bool) {
    let words = if source {
        format!("{} →", card.title)
    } else {
        format!("→ {}", card.title)
    };
    let at = pos2(place.center().x, place.center().y);
    lens.text(
        at,
        Align2::CENTER_CENTER,
        words,
        theme::words(11.0),
        p.secondary,
    );
}
