//! The score pane: the text, its line numbers, what is wrong with it, and the keys of a code editor.
//!
//! Its text is the desk's draft. Ctrl+Enter hands it over to be evaluated; nothing else does.

use std::ops::Range;
use std::sync::Arc;

use egui::text::CCursor;
use egui::{
    Align2, Frame, Galley, Id, Painter, Pos2, ScrollArea, Shape, Stroke, TextBuffer, TextEdit, Ui,
    UiBuilder, Vec2, pos2, vec2,
};
use sorl_graph::patch::Span;
use sorl_graph::score::{Diagnostic, Diagnostics};

use super::edit::Edit;
use super::highlight;
use super::theme::{self, Palette};
use super::typing::Typing;
use super::view::View;

/// Width of the line numbers.
const GUTTER: f32 = 44.0;
/// Size of the score's text.
const SIZE: f32 = 12.5;

/// The score pane, apart from what it shows.
#[derive(Default)]
pub(crate) struct ScorePane {
    text: String,
    /// The draft as the desk knows it.
    known: String,
    /// What was found wrong, and the text in which it was found.
    findings: Option<(Arc<Diagnostics>, String)>,
    /// The first finding is new: it is to be brought into sight.
    reveal: bool,
    typing: Typing,
}

impl ScorePane {
    /// The text as it stands.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether keys are still to go into the text.
    pub fn is_behind(&self) -> bool {
        self.typing.is_behind()
    }

    /// What is wrong with the text, as long as it is the text in which it was found.
    pub fn findings(&self) -> &[Diagnostic] {
        match &self.findings {
            Some((found, text)) if *text == self.text => &found.0,
            _ => &[],
        }
    }

    /// Takes over what changed on the desk: another draft, other findings.
    pub fn refresh(&mut self, view: &View) {
        if view.draft != self.known {
            self.known.clone_from(&view.draft);
            self.text.clone_from(&view.draft);
        }
        let same = match (&self.findings, &view.diagnostics) {
            (Some((shown, _)), Some(found)) => Arc::ptr_eq(shown, found),
            (shown, found) => shown.is_none() && found.is_none(),
        };
        if !same {
            self.reveal = view.diagnostics.is_some();
            self.findings = view
                .diagnostics
                .clone()
                .map(|found| (found, view.draft.clone()));
        }
    }

    /// One frame of the text, over all the room there is.
    pub fn show(&mut self, ui: &mut Ui, edits: &mut Vec<Edit>) {
        let p = theme::palette(ui);
        let window = ui.max_rect();
        ui.painter().rect_filled(window, 0.0, p.panel);
        let page = window.with_min_x(window.left() + GUTTER);
        let mut page_ui = ui.new_child(UiBuilder::new().max_rect(page));
        page_ui.set_clip_rect(page.intersect(ui.clip_rect()));

        let id = ui.scope_id().with("score");
        self.typing.act(&page_ui, id, &mut self.text);
        let font = theme::mono(SIZE);
        let shown = ScrollArea::both()
            .id_salt("score")
            .auto_shrink(false)
            .show(&mut page_ui, |ui| self.edit(ui, id, &font, p, page.size()));
        let Page { galley, at, line } = shown.inner;

        let gutter = ui.painter_at(window);
        numbers(
            &gutter,
            &galley,
            pos2(window.left() + GUTTER - 12.0, at.y),
            line,
            p,
        );
        let painter = ui.painter_at(page);
        for finding in self.findings() {
            mark(&painter, &galley, at, &self.text, finding, p);
        }
        if self.text != self.known {
            self.known.clone_from(&self.text);
            edits.push(Edit::Draft(self.text.clone()));
        }
    }

    fn edit(
        &mut self,
        ui: &mut Ui,
        id: Id,
        font: &egui::FontId,
        p: &'static Palette,
        room: Vec2,
    ) -> Page {
        // Lines do not wrap: the page is as wide as its longest line.
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, _: f32| {
            let job = highlight::job(text.as_str(), font, p);
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let margin = egui::Margin {
            left: 4,
            right: 24,
            top: 10,
            bottom: 10,
        };
        let width = layouter(ui, &self.text, f32::INFINITY).size().x + margin.sum().x + 4.0;
        let output = TextEdit::multiline(&mut self.text)
            .id(id)
            .font(font.clone())
            .frame(Frame::NONE.inner_margin(margin))
            .lock_focus(true)
            .desired_width(width.max(room.x))
            .min_size(vec2(width.max(room.x), room.y))
            .layouter(&mut layouter)
            .show(ui);
        if let Some(first) = self.findings().first().filter(|_| self.reveal) {
            let start = CCursor::new(chars(&self.text, first.span).start);
            let row = output.galley.pos_from_cursor(start);
            let row = row.translate(output.galley_pos.to_vec2());
            ui.scroll_to_rect(row.expand(row.height()), None);
        }
        self.reveal = false;
        let response = output.response.response.accessible_name("score");
        let caret = output
            .cursor_range
            .filter(|_| response.has_focus())
            .map(|range| range.primary);
        let line = caret.map(|caret| {
            self.text
                .chars()
                .take(caret.index.0)
                .filter(|c| *c == '\n')
                .count()
        });
        Page {
            galley: output.galley,
            at: output.galley_pos,
            line,
        }
    }
}

/// What was laid out.
struct Page {
    galley: Arc<Galley>,
    at: Pos2,
    line: Option<usize>,
}

/// Line numbers, the caret's own brighter.
fn numbers(painter: &Painter, galley: &Galley, at: Pos2, caret: Option<usize>, p: &Palette) {
    let seen = painter.clip_rect();
    let mut line = 0;
    for row in &galley.rows {
        let y = at.y + row.rect().center().y;
        if y > seen.top() - 20.0 && y < seen.bottom() + 20.0 {
            let colour = if caret == Some(line) { p.text } else { p.faint };
            painter.text(
                pos2(at.x, y),
                Align2::RIGHT_CENTER,
                line + 1,
                theme::mono(11.0),
                colour,
            );
        }
        line += usize::from(row.ends_with_newline);
    }
}

/// Underlines a finding and puts its message behind the line.
fn mark(
    painter: &Painter,
    galley: &Galley,
    at: Pos2,
    text: &str,
    finding: &Diagnostic,
    p: &Palette,
) {
    let Range { start, end } = chars(text, finding.span);
    let cursor = |index| {
        galley
            .pos_from_cursor(CCursor::new(index))
            .translate(at.to_vec2())
    };
    let (from, to) = (cursor(start), cursor(end));
    let row = galley.rows.iter().find(|row| {
        row.rect()
            .translate(at.to_vec2())
            .y_range()
            .contains(from.center().y)
    });
    let Some(row) = row else { return };
    let line_end = at.x + row.rect().right();
    let right = if to.top() > from.top() {
        line_end
    } else {
        to.left()
    }
    .max(from.left() + 6.0);
    let y = from.bottom() - 2.0;
    let steps = ((right - from.left()) / 2.0).ceil() as usize;
    let zigzag = (0..=steps).map(|i| {
        pos2(
            from.left() + 2.0 * i as f32,
            y + if i % 2 == 0 { 0.0 } else { 2.0 },
        )
    });
    painter.add(Shape::line(zigzag.collect(), Stroke::new(1.0, p.error)));
    let message = pos2(line_end + 24.0, from.center().y);
    painter.text(
        message,
        Align2::LEFT_CENTER,
        sentence(finding),
        theme::words(11.5),
        p.error,
    );
}

/// What is wrong, and what could be meant, in one line.
pub(crate) fn sentence(finding: &Diagnostic) -> String {
    match &finding.hint {
        Some(hint) => format!("{} — {hint}", finding.message),
        None => finding.message.clone(),
    }
}

/// The line of a place in a score, from 1.
pub(crate) fn line_of(text: &str, span: Span) -> usize {
    let start = (span.start as usize).min(text.len());
    text.as_bytes()[..start]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

/// A span of bytes in characters; one that does not fit the text is cut to it.
fn chars(text: &str, span: Span) -> Range<usize> {
    let index = |byte: u32| {
        text.char_indices()
            .take_while(|(at, _)| *at < byte as usize)
            .count()
    };
    let start = index(span.start);
    start..index(span.end).max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_bytes_become_characters_and_lines() {
        let text = "ä = 1\nö(x)\n";
        assert_eq!(chars(text, Span { start: 7, end: 9 }), 6..7);
        assert_eq!(line_of(text, Span { start: 7, end: 9 }), 2);
        assert_eq!(chars(text, Span { start: 90, end: 99 }), 11..11);
        assert_eq!(line_of(text, Span { start: 90, end: 99 }), 3);
    }
}
