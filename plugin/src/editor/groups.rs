//! Frames around nodes of one group: those whose names begin with the group's.

use std::collections::BTreeMap;

use egui::accesskit::Role;
use egui::{Align2, Id, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use sorl_graph::patch::Patch;

use super::lens::Lens;
use super::sheet::Sheet;
use super::theme::{self, Palette};

/// The room around the cards of a group, and of its name above them.
const ROOM: f32 = 14.0;
const NAME: f32 = 18.0;

/// Paints a frame around each group, the outer ones first; gives the names of the nodes in a group whose
/// name was clicked.
pub(crate) fn show(
    ui: &Ui,
    id: Id,
    lens: &Lens,
    p: &Palette,
    (sheet, places): (&Sheet, &[Rect]),
    patch: &Patch,
) -> Option<Vec<String>> {
    let mut frames: BTreeMap<&str, Rect> = BTreeMap::new();
    for (card, place) in sheet.cards.iter().zip(places) {
        let ends = card.key.match_indices('/').map(|(at, _)| at);
        for (depth, end) in ends.rev().enumerate() {
            let room = ROOM * (depth + 1) as f32;
            let mut around = place.expand(room);
            around.min.y -= NAME;
            let frame = frames.entry(&card.key[..end]).or_insert(Rect::NOTHING);
            *frame = frame.union(around);
        }
    }
    let mut chosen = None;
    for (name, frame) in frames {
        let rect = lens.rect(frame);
        let line = Stroke::new(1.0, p.line);
        let fill = p.panel.gamma_multiply(0.5);
        lens.painter()
            .rect(rect, 10.0 * lens.zoom(), fill, line, StrokeKind::Inside);
        let about = match patch.graphs.get(name) {
            Some(graph) => format!("{name} · {}× · {}", graph.oversample, graph.block),
            None => name.to_owned(),
        };
        let at = frame.left_top() + vec2(10.0, NAME / 2.0 + 3.0);
        let words = lens.text(
            at,
            Align2::LEFT_CENTER,
            about,
            theme::words(10.5),
            p.secondary,
        );
        let title = Rect::from_min_max(
            pos2(rect.left(), rect.top()),
            pos2(
                words.right().max(rect.left() + 24.0),
                words.bottom().max(rect.top() + 12.0),
            ),
        );
        let response = ui.interact(title, id.with(("group", name)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("group {name}")));
        if response.clicked() {
            let inside = |key: &&str| {
                key.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            let names = patch.nodes.iter().map(|node| node.name.as_str());
            chosen = Some(names.filter(inside).map(str::to_owned).collect());
        }
    }
    chosen
}
