//! A knob: an arc for the value that score or hand set, and outside it what moves that value now.

use std::f32::consts::PI;

use egui::{Align2, CursorIcon, Pos2, Response, Sense, Shape, Stroke, Ui, Vec2, vec2};

use super::edit::Edit;
use super::hand::{Hand, Handle};
use super::theme::{self, Palette};
use super::value::Range;

/// The room a knob takes with its value and name.
pub(crate) const SIZE: Vec2 = vec2(76.0, 82.0);
/// Radius of the arc.
const RADIUS: f32 = 19.0;
/// The arc leaves this much open at the foot, to each side.
const GAP: f32 = PI / 4.0;
/// How far to drag from one end to the other.
const TRAVEL: f32 = 180.0;

/// What a knob shows.
pub(crate) struct Knob<'a> {
    /// The address of its value.
    pub path: &'a str,
    /// The name written under it.
    pub name: &'a str,
    /// The range.
    pub range: &'a Range,
    /// What score or hand set.
    pub base: f32,
    /// What the score set.
    pub home: f32,
    /// Where it starts when nothing is said.
    pub start: f32,
    /// What a pattern makes of it now.
    pub driven: Option<f32>,
    /// What modulation makes of it now; the hand turns what it starts from.
    pub moved: Option<f32>,
}

impl Knob<'_> {
    /// Shows the knob; gives what the hand wants of it.
    pub fn show(&self, ui: &mut Ui, hand: &mut Hand) -> (Response, Option<Edit>) {
        let p = theme::palette(ui);
        // While a pattern plays it, the base value is not heard: there is nothing to turn.
        let sense = if self.driven.is_none() {
            Sense::click_and_drag()
        } else {
            Sense::hover()
        };
        let (rect, response) = ui.allocate_exact_size(SIZE, sense);
        let shown = self.driven.unwrap_or(self.base);
        let handle = Handle {
            path: self.path,
            range: self.range,
            value: self.base,
            shown,
            start: self.start,
            travel: TRAVEL,
            cursor: CursorIcon::ResizeVertical,
            field: egui::Rect::from_center_size(
                rect.center_top() + vec2(0.0, 57.0),
                vec2(SIZE.x - 4.0, 18.0),
            ),
        };
        let moved = hand.turn(ui, &response, &handle);
        let touched = response.hovered() || response.dragged() || response.has_focus();
        self.paint(ui, p, rect.center_top() + vec2(0.0, 25.0), touched);
        let at = rect.center_top() + vec2(0.0, 57.0);
        ui.painter().text(
            at,
            Align2::CENTER_CENTER,
            self.range.write(shown),
            theme::mono(11.0),
            p.text,
        );
        let ink = if touched { p.text } else { p.secondary };
        let at = at + vec2(0.0, 15.0);
        ui.painter().text(
            at,
            Align2::CENTER_CENTER,
            self.name,
            theme::words(11.0),
            ink,
        );
        (response, moved)
    }

    fn paint(&self, ui: &Ui, p: &Palette, centre: Pos2, touched: bool) {
        let painter = ui.painter();
        let body = if touched { p.line } else { p.raised };
        painter.circle(centre, RADIUS - 6.0, body, Stroke::new(1.0, p.line));
        let at = self.range.fraction(self.base);
        painter.add(arc(centre, RADIUS, 0.0, 1.0, Stroke::new(3.0, p.ground)));
        let colour = if self.base == self.home {
            p.audio
        } else {
            p.text
        };
        let origin = self.range.origin();
        let (from, to) = (origin.min(at), origin.max(at));
        painter.add(arc(centre, RADIUS, from, to, Stroke::new(3.0, colour)));
        if let Some(driven) = self.driven.or(self.moved) {
            let now = self.range.fraction(driven);
            let (from, to) = (at.min(now), at.max(now));
            painter.add(arc(
                centre,
                RADIUS + 4.0,
                from,
                to,
                Stroke::new(2.0, p.control),
            ));
        }
        let now = self.driven.or(self.moved).unwrap_or(self.base);
        let needle = direction(self.range.fraction(now));
        let line = [centre + needle * 5.0, centre + needle * (RADIUS - 8.0)];
        painter.line_segment(line, Stroke::new(2.0, p.text));
    }
}

/// The way from the centre to a fraction of the range; 0 is at the lower left.
fn direction(fraction: f32) -> Vec2 {
    Vec2::angled(PI / 2.0 + GAP + fraction * (2.0 * PI - 2.0 * GAP))
}

fn arc(centre: Pos2, radius: f32, from: f32, to: f32, stroke: Stroke) -> Shape {
    let steps = 2 + ((to - from) * 40.0) as usize;
    let point =
        |i: usize| centre + direction(from + (to - from) * i as f32 / steps as f32) * radius;
    Shape::line((0..=steps).map(point).collect(), stroke)
}
