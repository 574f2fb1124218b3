//! The levels on the wires, where they stand: to be dragged and typed.

use egui::{CursorIcon, Rect, Sense, Ui, vec2};
use sorl_graph::patch::{Connection, Target};

use super::super::edit::Edit;
use super::super::hand::{Act, Handle};
use super::super::make;
use super::super::value::{Range, Unit};
use super::super::wire;
use super::{Canvas, Frame};

impl Canvas {
    /// The levels on the wires, to be dragged and typed.
    pub(super) fn show_levels(
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
}

/// How far a wire's level goes under the hand.
fn level_range(wire: &Connection) -> Range {
    let size = wire.level.abs();
    let (lo, hi) = match wire.to {
        Target::Control { .. } => (-4.0 * size.max(1.0), 4.0 * size.max(1.0)),
        _ if wire.level < 0.0 || wire.level > 2.0 => (-4.0, 4.0),
        _ => (0.0, 2.0),
    };
    Range::plain(lo, hi, Unit::Gain)
}
