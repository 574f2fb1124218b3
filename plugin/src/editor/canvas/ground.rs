//! What the canvas is where nothing stands on it: a grid of dots, and what to do first.

use egui::{Align2, Mesh, Pos2, Rect, Shape, Ui, Vec2, pos2, vec2};

use super::super::lens::Lens;
use super::super::theme::{self, Palette};

/// The grid of dots; it thins out rather than become a pattern of its own.
pub(super) fn dots(lens: &Lens, p: &Palette) {
    let mut step = 24.0;
    while step * lens.zoom() < 18.0 {
        step *= 2.0;
    }
    let seen = lens.visible();
    let first = |from: f32| (from / step).ceil() as i64;
    // One mesh for all: each as a shape of its own would cost more than the rest of an empty canvas.
    let mut dots = Mesh::default();
    for column in first(seen.left())..=first(seen.right()) {
        for row in first(seen.top())..=first(seen.bottom()) {
            let at: Pos2 = lens.pos(pos2(column as f32 * step, row as f32 * step));
            dots.add_colored_rect(Rect::from_center_size(at, Vec2::splat(1.5)), p.line);
        }
    }
    lens.painter().add(Shape::mesh(dots));
}

/// What to do where nothing is yet.
pub(super) fn invite(ui: &Ui, window: Rect, p: &Palette) {
    let lines = [
        "Nothing plays yet.",
        "Press N or double-click here for a node; drag from its right edge to another to join them.",
        "Click in the lanes below for a beat, or write a score and press Ctrl+Enter.",
    ];
    for (i, words) in lines.into_iter().enumerate() {
        let at = window.center_top() + vec2(0.0, 48.0 + 22.0 * i as f32);
        let ink = if i == 0 { p.text } else { p.secondary };
        ui.painter_at(window)
            .text(at, Align2::CENTER_CENTER, words, theme::words(13.0), ink);
    }
}
