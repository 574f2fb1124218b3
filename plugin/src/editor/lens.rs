//! The lens over the canvas: pan and zoom, and painting through them.
//!
//! Written by hand rather than shown through `egui::Scene`, because a scene's layer scales the
//! pixels of finished text and tells assistive tools the places before scaling. Here text is laid
//! out at the size at which it is seen. Scene's own handling of wheel and pinch is used as it is.

use std::ops::RangeInclusive;
use std::sync::Arc;

use egui::emath::TSTransform;
use egui::{
    Align2, Color32, FontId, Galley, Painter, PointerButton, Pos2, Rect, Response, Scene, Ui, Vec2,
};

/// How far one can zoom.
const ZOOM: RangeInclusive<f32> = 0.08..=2.0;
/// Below this zoom a card is a shape: its words are too small to be read.
const FAR: f32 = 0.38;
/// Text smaller than this on the screen is left out.
const LEGIBLE: f32 = 4.5;

/// Where one looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Gaze {
    /// The point of the canvas in the middle of the window.
    centre: Pos2,
    /// Screen points for a point of the canvas.
    zoom: f32,
    /// Whether the hand chose this; until then it follows what there is to see.
    chosen: bool,
}

impl Default for Gaze {
    fn default() -> Self {
        Gaze {
            centre: Pos2::ZERO,
            zoom: 1.0,
            chosen: false,
        }
    }
}

impl Gaze {
    /// The zoom, 1 is natural size.
    pub fn zoom(self) -> f32 {
        self.zoom
    }

    /// Looks at a point, as near as before.
    pub fn look_at(&mut self, at: Pos2) {
        self.centre = at;
        self.chosen = true;
    }

    /// Looks from nearer or farther, at the same point.
    pub fn zoom_by(&mut self, factor: f32) {
        self.zoom = (self.zoom * factor).clamp(*ZOOM.start(), *ZOOM.end());
        self.chosen = true;
    }

    /// Looks at the same point at natural size.
    pub fn natural(&mut self) {
        (self.zoom, self.chosen) = (1.0, true);
    }

    /// Looks so many screen points further.
    pub fn pan(&mut self, by: Vec2) {
        self.centre += by / self.zoom;
        self.chosen = true;
    }

    /// Shows all of `content`, never larger than natural size; from now on it follows the content.
    pub fn fit(&mut self, window: Rect, content: Rect) {
        let margin = (window.size() * 0.12).min(Vec2::splat(64.0));
        let room = (window.size() - margin).max(Vec2::splat(1.0));
        let ratio = (room / content.size().max(Vec2::splat(1.0))).min_elem();
        self.zoom = ratio.clamp(*ZOOM.start(), 1.0);
        self.centre = content.center();
        self.chosen = false;
    }

    /// Stays where it is, whatever becomes of the content.
    pub fn hold(&mut self) {
        self.chosen = true;
    }

    /// Pan and zoom by the pointer over `window`, else follow the content.
    pub fn update(&mut self, ui: &Ui, background: &Response, window: Rect, content: Rect) {
        if !self.chosen {
            self.fit(window, content);
        }
        let before = self.to_screen(window);
        let mut transform = before;
        // With Shift the pointer draws a frame around what is to be selected.
        let primary = background.dragged_by(PointerButton::Primary);
        if (primary && !ui.input(|i| i.modifiers.shift))
            || background.dragged_by(PointerButton::Middle)
        {
            transform.translation += background.drag_delta();
        }
        let scene = Scene::new()
            .zoom_range(ZOOM)
            .drag_pan_buttons(egui::containers::DragPanButtons::empty());
        scene.register_pan_and_zoom(ui, &mut background.clone(), &mut transform);
        if transform != before {
            self.zoom = transform.scaling;
            self.centre = transform.inverse() * window.center();
            self.chosen = true;
        }
    }

    /// The way from canvas to screen.
    pub fn to_screen(self, window: Rect) -> TSTransform {
        let translation = window.center().to_vec2() - self.centre.to_vec2() * self.zoom;
        TSTransform::new(translation, self.zoom)
    }
}

/// A painter that takes places of the canvas.
pub(crate) struct Lens {
    painter: Painter,
    to_screen: TSTransform,
}

impl Lens {
    /// A lens for one frame.
    pub fn new(painter: Painter, to_screen: TSTransform) -> Lens {
        Lens { painter, to_screen }
    }

    /// The painter, in screen points.
    pub fn painter(&self) -> &Painter {
        &self.painter
    }

    /// Screen points for a point of the canvas.
    pub fn zoom(&self) -> f32 {
        self.to_screen.scaling
    }

    /// Whether all is seen from so far that the words on cards cannot be read, nor their values be taken.
    pub fn is_far(&self) -> bool {
        self.to_screen.scaling < FAR / self.sharpness()
    }

    /// How much smaller words can be on this screen than on one with a pixel for each point.
    fn sharpness(&self) -> f32 {
        self.painter.pixels_per_point().clamp(1.0, 1.6)
    }

    /// A point of the canvas on the screen.
    pub fn pos(&self, at: Pos2) -> Pos2 {
        self.to_screen * at
    }

    /// A rectangle of the canvas on the screen.
    pub fn rect(&self, rect: Rect) -> Rect {
        self.to_screen * rect
    }

    /// A point of the screen on the canvas.
    pub fn on_canvas(&self, at: Pos2) -> Pos2 {
        self.to_screen.inverse() * at
    }

    /// What of the canvas is on the screen.
    pub fn visible(&self) -> Rect {
        self.to_screen.inverse() * self.painter.clip_rect()
    }

    /// Whether a rectangle of the screen can be seen.
    pub fn sees(&self, rect: Rect) -> bool {
        self.painter.clip_rect().intersects(rect)
    }

    /// Text at the size at which it is seen; none if it were too small to read.
    pub fn galley(&self, text: String, font: FontId, colour: Color32) -> Option<Arc<Galley>> {
        let font = self.font(font)?;
        Some(self.painter.layout_no_wrap(text, font, colour))
    }

    /// Writes text with its anchor at a place of the canvas; gives what it covers on the screen.
    pub fn text(
        &self,
        at: Pos2,
        anchor: Align2,
        text: impl ToString,
        font: FontId,
        colour: Color32,
    ) -> Rect {
        match self.font(font) {
            Some(font) => self.painter.text(self.pos(at), anchor, text, font, colour),
            None => Rect::NOTHING,
        }
    }

    /// Sizes go in quarter points, so that zooming does not fill the font texture with sizes.
    fn font(&self, font: FontId) -> Option<FontId> {
        let size = (font.size * self.zoom() * 4.0).round() / 4.0;
        (size >= LEGIBLE / self.sharpness()).then_some(FontId { size, ..font })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    #[test]
    fn all_content_is_inside_the_window_after_fitting() {
        let window = Rect::from_min_size(pos2(200.0, 40.0), vec2(800.0, 500.0));
        for size in [vec2(100.0, 80.0), vec2(1500.0, 300.0), vec2(600.0, 1900.0)] {
            let content = Rect::from_min_size(pos2(-300.0, 70.0), size);
            let mut gaze = Gaze::default();
            gaze.fit(window, content);
            assert!(window.contains_rect(gaze.to_screen(window) * content));
            assert!(gaze.zoom() <= 1.0);
        }
    }
}
