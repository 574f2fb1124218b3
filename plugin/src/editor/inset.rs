//! A small scope or spectrum in a card, on demand. The frames come as they come to the scope window.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Pos2, Rect, Shape, Stroke, pos2};
use realfft::{RealFftPlanner, RealToComplex};
use sorl_graph::session::{Look, ScopeReader};

use super::lens::Lens;
use super::theme::Palette;
use super::view::View;
use crate::desk::Desk;

/// Frames of the spectrum, and the most that are kept.
const FRAMES: usize = 2048;
/// Frames that are seen as a wave.
const SEEN: usize = 512;
/// Room for what comes between two frames of the window.
const ROOM: usize = 1 << 13;
/// As many are open at most: the engine has sixteen scopes, and others may look too.
const MOST: usize = 5;
/// Frames of the window between two tries to open one.
const PAUSE: u32 = 15;
/// The lowest level of the spectrum, in dB, and its ends in Hz.
const FLOOR: f32 = -84.0;
const ENDS: (f32, f32) = (30.0, 18_000.0);

/// What a card shows of its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The wave.
    Wave,
    /// The spectrum.
    Spectrum,
}

struct Inset {
    shown: Shown,
    reader: Option<ScopeReader>,
    /// Frames of the window since it was tried to open it.
    tried: u32,
    frames: Vec<f32>,
}

/// The small scopes that are open, by node.
pub(crate) struct Insets {
    open: BTreeMap<String, Inset>,
    fft: Arc<dyn RealToComplex<f32>>,
    /// Counts what was opened and closed.
    pub revision: u64,
}

impl Default for Insets {
    fn default() -> Insets {
        Insets {
            open: BTreeMap::new(),
            fft: RealFftPlanner::new().plan_fft_forward(FRAMES),
            revision: 0,
        }
    }
}

impl Insets {
    /// What a node shows.
    pub fn of(&self, node: &str) -> Option<Shown> {
        Some(self.open.get(node)?.shown)
    }

    /// From nothing to the wave, to the spectrum, to nothing.
    pub fn turn(&mut self, node: &str) {
        self.revision += 1;
        let room = self.open.len() < MOST;
        match self.open.get_mut(node) {
            Some(inset) if inset.shown == Shown::Wave => inset.shown = Shown::Spectrum,
            Some(_) => drop(self.open.remove(node)),
            None if room => {
                let inset = Inset {
                    shown: Shown::Wave,
                    reader: None,
                    tried: PAUSE,
                    frames: Vec::new(),
                };
                self.open.insert(node.to_owned(), inset);
            }
            None => {}
        }
    }

    /// Takes what has come since the last frame, and forgets the nodes that are gone.
    pub fn refresh(&mut self, desk: &Desk, view: &View) {
        let before = self.open.len();
        self.open.retain(|node, _| view.patch.node(node).is_some());
        self.revision += u64::from(self.open.len() != before);
        for (node, inset) in &mut self.open {
            inset.tried += 1;
            if inset.reader.as_ref().is_none_or(ScopeReader::is_over) && inset.tried > PAUSE {
                inset.tried = 0;
                // Without an engine there is nothing to see yet.
                inset.reader = desk.session().scope(node, Look::Output, ROOM).ok();
            }
            let Some(reader) = &mut inset.reader else {
                continue;
            };
            let frames = reader.read(ROOM).map(|[left, right]| 0.5 * (left + right));
            inset.frames.extend(frames);
            let extra = inset.frames.len().saturating_sub(FRAMES);
            inset.frames.drain(..extra);
        }
    }

    /// Paints what a node shows into a place of the canvas.
    pub fn paint(&self, lens: &Lens, p: &Palette, view: &View, node: &str, place: Rect) {
        let Some(inset) = self.open.get(node) else {
            return;
        };
        let rect = lens.rect(place);
        lens.painter()
            .rect_filled(rect, 3.0 * lens.zoom(), p.ground);
        let rect = rect.shrink(2.0);
        if inset.frames.len() < 2 {
            return;
        }
        let points = match inset.shown {
            Shown::Wave => wave(&inset.frames, rect),
            Shown::Spectrum => self.spectrum(&inset.frames, rect, view.status.rate.max(1) as f32),
        };
        let line = Stroke::new(1.1, p.audio);
        lens.painter()
            .with_clip_rect(rect.intersect(lens.painter().clip_rect()))
            .add(Shape::line(points, line));
    }

    /// One point for each of some columns: the loudest of its bins.
    fn spectrum(&self, frames: &[f32], rect: Rect, rate: f32) -> Vec<Pos2> {
        let mut input = self.fft.make_input_vec();
        let missing = FRAMES - frames.len().min(FRAMES);
        for (i, frame) in frames.iter().enumerate() {
            let turn = std::f32::consts::TAU * (missing + i) as f32 / FRAMES as f32;
            input[missing + i] = frame * (0.5 - 0.5 * turn.cos());
        }
        let mut output = self.fft.make_output_vec();
        if self.fft.process(&mut input, &mut output).is_err() {
            return Vec::new();
        }
        let mut points: Vec<Pos2> = Vec::new();
        for (bin, value) in output.iter().enumerate().skip(1) {
            let hz = bin as f32 * rate / FRAMES as f32;
            let way = (hz / ENDS.0).ln() / (ENDS.1 / ENDS.0).ln();
            if !(0.0..=1.0).contains(&way) {
                continue;
            }
            let level = 20.0 * (value.norm() / (FRAMES as f32 / 4.0)).max(1e-9).log10();
            let y = rect.top() + (level / FLOOR).clamp(0.0, 1.0) * rect.height();
            let x = rect.left() + way * rect.width();
            match points.last_mut() {
                Some(last) if x - last.x < 1.5 => last.y = last.y.min(y),
                _ => points.push(pos2(x, y)),
            }
        }
        points
    }
}

/// The wave from its last rise through the middle that leaves room for all that is seen, as high as it is loud.
fn wave(frames: &[f32], rect: Rect) -> Vec<Pos2> {
    let seen = SEEN.min(frames.len());
    let last = frames.len() - seen;
    let rise = (1..=last)
        .rev()
        .find(|&i| frames[i - 1] <= 0.0 && frames[i] > 0.0);
    let start = rise.unwrap_or(last);
    let frames = &frames[start..start + seen];
    // Quiet sounds have a shape too; silence is a line.
    let size = frames.iter().fold(0.02_f32, |m, x| m.max(x.abs()));
    let step = rect.width() / (seen - 1) as f32;
    let point = |(i, x): (usize, &f32)| {
        let y = rect.center().y - x / size * rect.height() * 0.45;
        pos2(rect.left() + i as f32 * step, y)
    };
    frames.iter().enumerate().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_fills_its_room_and_begins_at_a_rise() {
        let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 40.0));
        let turn = |i: usize| (i as f32 * 0.05 + 1.0).sin() * 0.1;
        let frames: Vec<f32> = (0..FRAMES).map(turn).collect();
        let points = wave(&frames, rect);
        assert_eq!(points.len(), SEEN);
        assert!((points[0].y - 20.0).abs() < 2.0 && points[1].y < points[0].y);
        let top = points.iter().fold(40.0_f32, |m, p| m.min(p.y));
        assert!((top - 2.0).abs() < 0.5, "{top}");
        assert_eq!(
            wave(&[0.0, 0.0], rect)[0].y,
            20.0,
            "silence lies in the middle"
        );
    }

    #[test]
    fn a_small_scope_goes_from_wave_to_spectrum_to_nothing() {
        let mut insets = Insets::default();
        insets.turn("a");
        assert_eq!(insets.of("a"), Some(Shown::Wave));
        insets.turn("a");
        assert_eq!(insets.of("a"), Some(Shown::Spectrum));
        insets.turn("a");
        assert_eq!(insets.of("a"), None);
        assert_eq!(insets.revision, 3);
    }

    #[test]
    fn a_tone_is_at_its_place_in_the_spectrum() {
        let insets = Insets::default();
        let hz = 1000.0;
        let turn = |i: usize| (std::f32::consts::TAU * hz * i as f32 / 48_000.0).sin();
        let frames: Vec<f32> = (0..FRAMES).map(turn).collect();
        let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(200.0, 40.0));
        let points = insets.spectrum(&frames, rect, 48_000.0);
        let top = points
            .iter()
            .min_by(|a, b| a.y.total_cmp(&b.y))
            .expect("points");
        let way = (hz / ENDS.0).ln() / (ENDS.1 / ENDS.0).ln() * 200.0;
        assert!((top.x - way).abs() < 4.0 && top.y < 1.0, "{top:?} {way}");
    }
}
