//! A window onto any port of any node: its waveform, standing still at a trigger, and its spectrum.
//!
//! The frames come from the session's scope, by a queue; nothing here is waited for.

use std::sync::Arc;

use egui::{
    Color32, ComboBox, Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, Vec2, Window, pos2, vec2,
};
use realfft::{RealFftPlanner, RealToComplex};
use sorl_graph::session::Look;
use sorl_graph::session::ScopeReader;

use super::inspector;
use super::theme::{self, Palette};
use super::transport;
use super::view::View;
use crate::desk::Desk;

/// Frames of the spectrum, and the most that are kept.
const FRAMES: usize = 8192;
/// Room for what comes between two frames of the window.
const ROOM: usize = 1 << 15;
/// The lowest level of the spectrum, in dB.
const FLOOR: f32 = -96.0;
/// The ends of the spectrum, in Hz.
const ENDS: (f32, f32) = (20.0, 20_000.0);

/// Its size at first.
const SIZE: Vec2 = vec2(380.0, 240.0);

/// What the main pair of outputs is called; no node can be called so.
const MAIN: &str = "out";

/// Where it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Port {
    Output,
    Input(String),
    Control(String),
}

impl Port {
    fn name(&self) -> String {
        match self {
            Port::Output => "output".to_owned(),
            Port::Input(name) => format!("input {name}"),
            Port::Control(name) => name.clone(),
        }
    }
}

/// The scope window.
pub(crate) struct Scope {
    node: String,
    port: Port,
    reader: Option<ScopeReader>,
    /// The last frames, oldest first.
    frames: Vec<[f32; 2]>,
    frozen: bool,
    spectrum: bool,
    /// How many frames are seen as a waveform.
    span: usize,
    fft: Arc<dyn RealToComplex<f32>>,
}

impl Scope {
    /// A scope at a node's output.
    pub fn new(node: &str) -> Scope {
        Scope {
            node: node.to_owned(),
            port: Port::Output,
            reader: None,
            frames: Vec::new(),
            frozen: false,
            spectrum: false,
            span: 1024,
            fft: RealFftPlanner::new().plan_fft_forward(FRAMES),
        }
    }

    /// Looks at another node.
    pub fn watch(&mut self, node: &str) {
        if self.node != node {
            (self.node, self.port) = (node.to_owned(), Port::Output);
            self.reader = None;
            self.frames.clear();
        }
    }

    /// Takes what has come since the last frame; opens the scope anew where the node was replaced.
    fn refresh(&mut self, desk: &Desk) {
        if self.reader.as_ref().is_none_or(ScopeReader::is_over) {
            let look = match &self.port {
                Port::Output => Look::Output,
                Port::Input(name) => Look::Input(name),
                Port::Control(name) => Look::Control(name),
            };
            let mut session = desk.session();
            // Without an engine there is nothing to see yet.
            self.reader = match self.node.as_str() {
                MAIN => session.scope_of_main(ROOM).ok(),
                node => session.scope(node, look, ROOM).ok(),
            };
        }
        let Some(reader) = &mut self.reader else {
            return;
        };
        let frozen = self.frozen;
        let frames = reader.read(ROOM).filter(|_| !frozen);
        self.frames.extend(frames);
        let extra = self.frames.len().saturating_sub(FRAMES);
        self.frames.drain(..extra);
    }

    /// One frame of the window; says whether it is still open.
    pub fn show(&mut self, ui: &mut Ui, desk: &Desk, view: &View) -> bool {
        self.refresh(desk);
        let mut open = true;
        let id = ui.scope_id().with("scope");
        // Under the bar, beside the inspector.
        let window = ui.ctx().content_rect();
        let below = window.with_min_y(window.top() + transport::HEIGHT);
        let left = window.right() - inspector::WIDTH - SIZE.x - 40.0;
        Window::new("scope")
            .id(id)
            .open(&mut open)
            .default_pos(pos2(left.max(8.0), below.top() + 12.0))
            .constrain_to(below)
            .default_size(SIZE)
            .resizable(true)
            .show(ui.ctx(), |ui| {
                self.tools(ui, view);
                let size = vec2(
                    ui.available_width().max(200.0),
                    ui.available_height().max(140.0),
                );
                let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                let p = theme::palette(ui);
                ui.painter().rect_filled(rect, 4.0, p.ground);
                if self.frames.is_empty() {
                    let words = "nothing runs here yet";
                    ui.painter().text(
                        rect.center(),
                        egui::Align2::CENTER_CENTER,
                        words,
                        theme::words(12.0),
                        p.secondary,
                    );
                } else if self.spectrum {
                    self.show_spectrum(ui, p, rect, view.status.rate as f32);
                } else {
                    self.show_wave(ui, p, rect);
                }
            });
        open
    }

    fn tools(&mut self, ui: &mut Ui, view: &View) {
        ui.horizontal(|ui| {
            let mut seen = self.node.clone();
            ComboBox::from_id_salt("node")
                .selected_text(&seen)
                .show_ui(ui, |ui| {
                    let nodes = view.patch.nodes.iter().map(|node| node.name.as_str());
                    for name in nodes.chain([MAIN]) {
                        ui.selectable_value(&mut seen, name.to_owned(), name);
                    }
                })
                .response
                .accessible_name("node to look at");
            self.watch(&seen);
            let node = view.patch.node(&self.node);
            let inputs = node.into_iter().flat_map(|node| node.inputs());
            let inputs = inputs.cloned().map(Port::Input);
            let own = node.into_iter().flat_map(|node| node.controls());
            let own = own.map(|c| Port::Control(c.name.clone()));
            let mut port = self.port.clone();
            ComboBox::from_id_salt("port")
                .selected_text(port.name())
                .show_ui(ui, |ui| {
                    for one in std::iter::once(Port::Output).chain(inputs).chain(own) {
                        let name = one.name();
                        ui.selectable_value(&mut port, one, name);
                    }
                })
                .response
                .accessible_name("port to look at");
            if port != self.port {
                (self.port, self.reader) = (port, None);
                self.frames.clear();
            }
            ui.selectable_value(&mut self.spectrum, false, "wave");
            ui.selectable_value(&mut self.spectrum, true, "spectrum");
            ui.toggle_value(&mut self.frozen, "freeze");
            if !self.spectrum {
                for (words, shorter) in [("−", false), ("+", true)] {
                    let name = if shorter {
                        "see less time"
                    } else {
                        "see more time"
                    };
                    if ui
                        .small_button(words)
                        .on_hover_text(name)
                        .accessible_name(name)
                        .clicked()
                    {
                        let span = if shorter {
                            self.span / 2
                        } else {
                            self.span * 2
                        };
                        self.span = span.clamp(64, FRAMES / 2);
                    }
                }
            }
        });
    }

    fn show_wave(&self, ui: &Ui, p: &Palette, rect: Rect) {
        let start = trigger(&self.frames, self.span);
        let seen = &self.frames[start..(start + self.span).min(self.frames.len())];
        let (mut lo, mut hi) = (-1.0_f32, 1.0_f32);
        for frame in seen {
            for x in frame {
                (lo, hi) = (lo.min(*x), hi.max(*x));
            }
        }
        let painter = ui.painter_at(rect);
        let y = |x: f32| rect.bottom() - (x - lo) / (hi - lo) * rect.height();
        painter.hline(rect.x_range(), y(0.0), Stroke::new(1.0, p.line));
        let stereo = seen.iter().any(|frame| frame[0] != frame[1]);
        let step = rect.width() / self.span.max(2) as f32;
        let line = |channel: usize, colour: Color32| {
            let points = seen.iter().enumerate();
            let points: Vec<Pos2> = points
                .map(|(i, frame)| pos2(rect.left() + i as f32 * step, y(frame[channel])))
                .collect();
            Shape::line(points, Stroke::new(1.2, colour))
        };
        if stereo {
            painter.add(line(1, p.event));
        }
        painter.add(line(0, p.audio));
        let ends = format!("{hi:.2} … {lo:.2}");
        let ends = RichText::new(ends).font(theme::mono(10.0));
        painter.text(
            rect.left_top() + vec2(4.0, 3.0),
            egui::Align2::LEFT_TOP,
            ends.text(),
            theme::mono(10.0),
            p.secondary,
        );
    }

    fn show_spectrum(&self, ui: &Ui, p: &Palette, rect: Rect, rate: f32) {
        let painter = ui.painter_at(rect);
        let x = |hz: f32| {
            let way = (hz / ENDS.0).ln() / (ENDS.1 / ENDS.0).ln();
            rect.left() + way * rect.width()
        };
        for hz in [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0] {
            painter.vline(x(hz), rect.y_range(), Stroke::new(1.0, p.line));
            let words = if hz < 1000.0 {
                format!("{hz}")
            } else {
                format!("{}k", hz / 1000.0)
            };
            painter.text(
                pos2(x(hz) + 2.0, rect.bottom() - 2.0),
                egui::Align2::LEFT_BOTTOM,
                words,
                theme::mono(9.0),
                p.secondary,
            );
        }
        let levels = self.levels();
        let step = rate.max(1.0) / FRAMES as f32;
        // One point for each column of the screen: the loudest of its bins.
        let mut points: Vec<Pos2> = Vec::new();
        for (bin, level) in levels.iter().enumerate().skip(1) {
            let at = x(bin as f32 * step);
            if !rect.x_range().contains(at) {
                continue;
            }
            let y = rect.top() + (level / FLOOR).clamp(0.0, 1.0) * rect.height();
            match points.last_mut() {
                Some(last) if at - last.x < 1.0 => last.y = last.y.min(y),
                _ => points.push(pos2(at, y)),
            }
        }
        painter.add(Shape::line(points, Stroke::new(1.2, p.audio)));
    }

    /// The level of each bin in dB; a full sine is at 0.
    fn levels(&self) -> Vec<f32> {
        let mut input = self.fft.make_input_vec();
        let missing = FRAMES - self.frames.len().min(FRAMES);
        for (i, frame) in self.frames.iter().enumerate() {
            let at = missing + i;
            // Hann: side lobes fall fast, which is what one looks at over 96 dB.
            let turn = std::f32::consts::TAU * at as f32 / FRAMES as f32;
            input[at] = 0.5 * (frame[0] + frame[1]) * (0.5 - 0.5 * turn.cos());
        }
        let mut output = self.fft.make_output_vec();
        if self.fft.process(&mut input, &mut output).is_err() {
            return Vec::new();
        }
        let whole = FRAMES as f32 / 4.0;
        let level = |size: f32| 20.0 * (size / whole).max(1e-9).log10();
        output.iter().map(|bin| level(bin.norm())).collect()
    }
}

/// Where the waveform begins so that it stands still: at the last rise through the middle that leaves
/// room for all that is seen.
fn trigger(frames: &[[f32; 2]], span: usize) -> usize {
    let last = frames.len().saturating_sub(span);
    let mid = |i: usize| frames[i][0] + frames[i][1];
    (1..=last.min(frames.len().saturating_sub(1)))
        .rev()
        .find(|&i| mid(i - 1) <= 0.0 && mid(i) > 0.0)
        .unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::played::{BLOCK, Played};

    fn sine(hz: f32, frames: usize) -> Vec<[f32; 2]> {
        let turn = |i: usize| (std::f32::consts::TAU * hz * i as f32 / 48_000.0).sin();
        (0..frames).map(|i| [turn(i); 2]).collect()
    }

    #[test]
    fn a_frozen_scope_keeps_what_it_shows_and_then_goes_on() {
        let mut played =
            Played::new("def tone():\n    return sine_osc(100)\n\nnode(\"tone\", tone)\n");
        let desk = Arc::clone(&played.desk);
        let mut run = || played.block();
        run();
        let mut scope = Scope::new("tone");
        scope.refresh(&desk);
        run();
        run();
        scope.refresh(&desk);
        assert!(scope.frames.len() >= BLOCK, "{}", scope.frames.len());
        scope.frozen = true;
        let seen = scope.frames.clone();
        run();
        scope.refresh(&desk);
        assert_eq!(scope.frames, seen);
        scope.frozen = false;
        run();
        scope.refresh(&desk);
        assert_eq!(
            scope.frames.len(),
            seen.len() + BLOCK,
            "what passed meanwhile is gone"
        );
    }

    #[test]
    fn the_trigger_finds_the_same_phase_whenever_one_looks() {
        for from in 0..100 {
            let frames = &sine(440.0, 4096 + from)[from..];
            let at = trigger(frames, 1024);
            assert!(
                frames[at][0] > 0.0 && frames[at][0] < 0.06,
                "{}",
                frames[at][0]
            );
            assert!(at + 1024 <= frames.len());
        }
        assert_eq!(trigger(&[[1.0; 2]; 8], 64), 0);
    }

    #[test]
    fn a_full_sine_is_at_nought_decibels_and_at_its_place() {
        let mut scope = Scope::new("x");
        // In the middle of a bin.
        let bin = 100;
        scope.frames = sine(bin as f32 * 48_000.0 / FRAMES as f32, FRAMES);
        let levels = scope.levels();
        assert!(levels[bin].abs() < 0.1, "{}", levels[bin]);
        assert!(levels[bin + 10] < -80.0 && levels[bin - 10] < -80.0);
    }
}
