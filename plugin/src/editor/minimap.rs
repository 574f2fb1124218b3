//! A small picture of the whole canvas, where not all of it is seen.

use egui::accesskit::Role;
use egui::{CornerRadius, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::sheet::Sheet;
use super::theme;

/// Its largest size, in points.
const SIZE: egui::Vec2 = vec2(150.0, 96.0);
/// Fewer cards than this are found without it.
const LARGE: usize = 12;

/// Shows it in the lower left corner if it is of use; gives the place that somebody points at.
pub(crate) fn show(ui: &Ui, sheet: &Sheet, window: Rect, seen: Rect) -> Option<Pos2> {
    let content = sheet.bounds();
    if sheet.cards.len() < LARGE || seen.contains_rect(content) {
        return None;
    }
    let p = theme::palette(ui);
    let all = content.union(seen).expand(40.0);
    let scale = (SIZE / all.size()).min_elem();
    let size = all.size() * scale;
    let frame = Rect::from_min_size(window.left_bottom() + vec2(12.0, -size.y - 12.0), size);
    let on_map = |rect: Rect| {
        let corner = frame.min + (rect.min - all.min) * scale;
        Rect::from_min_size(corner, rect.size() * scale)
    };
    let response = ui.interact(
        frame,
        ui.scope_id().with("minimap"),
        Sense::click_and_drag(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "map of the canvas"));
    let painter = ui.painter_at(window);
    let line = Stroke::new(1.0, p.line);
    painter.rect(
        frame,
        CornerRadius::same(3),
        p.panel.gamma_multiply(0.9),
        line,
        StrokeKind::Inside,
    );
    for place in &sheet.places {
        painter.rect_filled(on_map(*place), 1.0, p.faint);
    }
    let line = Stroke::new(1.0, p.audio);
    painter.rect_stroke(on_map(seen).intersect(frame), 1.0, line, StrokeKind::Inside);
    let at = response
        .interact_pointer_pos()
        .filter(|_| response.dragged() || response.clicked())?;
    Some(all.min + (at - frame.min) / scale)
}
