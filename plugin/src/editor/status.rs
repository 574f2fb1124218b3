//! The line under the score: whether what is written is what is heard, what is wrong, and the
//! button that makes the one the other.

use egui::{Align, Color32, Layout, RichText, Sense, Stroke, Ui, vec2};

use sorl_graph::signal::Backend;

use super::edit::Edit;
use super::score::{ScorePane, line_of, sentence};
use super::theme;
use super::view::View;

/// Its height.
pub(crate) const HEIGHT: f32 = 30.0;

/// One frame of the line.
pub(crate) fn show(ui: &mut Ui, view: &View, score: &mut ScorePane, edits: &mut Vec<Edit>) {
    let p = theme::palette(ui);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if ui
            .button("evaluate")
            .on_hover_text("make the text sound (Ctrl+Enter)")
            .clicked()
        {
            edits.push(Edit::Evaluate);
        }
        ui.label(RichText::new("Ctrl+Enter all · Shift+Enter line").color(p.secondary));
        for (words, name, by) in [("A+", "larger text", 1.0), ("A−", "smaller text", -1.0)] {
            let button = egui::Button::new(RichText::new(words).color(p.secondary)).frame(false);
            let button = ui.add(button).on_hover_text(name).accessible_name(name);
            if button.clicked() {
                score.set_size(score.size() + by);
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            match score.findings() {
                [] if score.text() == view.score => {
                    let words = match (&view.status.interpreted, view.status.backend) {
                        (Some(why), _) => &format!("evaluated; slower than it could be: {why}"),
                        (None, Some(Backend::Interpreter)) => "evaluated, interpreted (slower)",
                        (None, _) => "evaluated",
                    };
                    say(ui, p.audio, true, words, p.secondary)
                }
                [] => say(ui, p.secondary, false, "edited, not heard yet", p.secondary),
                [first, rest @ ..] => {
                    let line = line_of(score.text(), first.span);
                    let more = if rest.is_empty() {
                        String::new()
                    } else {
                        format!(" (and {} more)", rest.len())
                    };
                    let words = format!("line {line}: {}{more}", sentence(first));
                    say(ui, p.error, true, &words, p.error);
                }
            }
            if let Some(message) = &view.message {
                ui.separator();
                if ui.small_button("×").on_hover_text("dismiss").clicked() {
                    edits.push(Edit::Dismiss);
                }
                truncated(ui, message, p.error);
            } else if let Some(problem) = view.status.problems.last() {
                ui.separator();
                truncated(ui, problem, p.error);
            } else if let Some(hint) = score.hint() {
                ui.separator();
                truncated(ui, &hint, p.secondary);
            }
        });
    });
}

/// A dot, full or hollow, and words.
fn say(ui: &mut Ui, mark: Color32, full: bool, words: &str, ink: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
    if full {
        ui.painter().circle_filled(rect.center(), 3.5, mark);
    } else {
        ui.painter()
            .circle_stroke(rect.center(), 3.0, Stroke::new(1.0, mark));
    }
    truncated(ui, words, ink);
}

/// One line, whole on hover.
fn truncated(ui: &mut Ui, words: &str, ink: Color32) {
    ui.add(egui::Label::new(RichText::new(words).color(ink)).truncate());
}
