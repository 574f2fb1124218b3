//! The score pane: the text, its line numbers, what is wrong with it, and the keys of a code editor.
//!
//! Its text is the desk's draft. Ctrl+Enter hands it over to be evaluated, Shift+Enter one statement
//! of it; nothing else does. What sounds is lit in the text.

use std::ops::Range;
use std::sync::Arc;

use egui::text::CCursor;
use egui::{
    Align2, Frame, Galley, Id, Painter, Pos2, ScrollArea, Shape, Stroke, TextBuffer, TextEdit, Ui,
    UiBuilder, Vec2, pos2, vec2,
};
use sorl_graph::patch::Span;
use sorl_graph::score::edit::Edits;
use sorl_graph::score::{Diagnostic, Diagnostics};

use super::complete::{self, Complete, Keys, Known};
use super::edit::Edit;
use super::find::{Find, Wish};
use super::statement;
use super::theme::{self, Palette};
use super::typeset::Typeset;
use super::typing::Typing;
use super::view::View;
use crate::preferences::{Preferences, SCORE_SIZES};

/// Width of the line numbers.
const GUTTER: f32 = 44.0;

/// The score pane, apart from what it shows.
pub(crate) struct ScorePane {
    text: String,
    /// The draft as the desk knows it.
    known: String,
    /// What was found wrong, and the text in which it was found.
    findings: Option<(Arc<Diagnostics>, String)>,
    /// The first finding is new: it is to be brought into sight.
    reveal: bool,
    typing: Typing,
    typeset: Typeset,
    id: Option<Id>,
    complete: Complete,
    find: Find,
    /// The names of the language, and those of the text as it was when they were collected.
    library: Vec<Known>,
    own: (String, Vec<Known>),
    /// Where the caret is, in bytes, and what is selected.
    caret: usize,
    selected: Range<usize>,
    /// A statement is to be put into what sounds as soon as all that was typed is in the text.
    run: bool,
    /// The size of the text.
    size: f32,
}

impl Default for ScorePane {
    fn default() -> ScorePane {
        ScorePane {
            text: String::new(),
            known: String::new(),
            findings: None,
            reveal: false,
            typing: Typing::default(),
            typeset: Typeset::default(),
            id: None,
            complete: Complete::default(),
            find: Find::default(),
            library: complete::library(),
            own: Default::default(),
            caret: 0,
            selected: 0..0,
            run: false,
            size: Preferences::default().score_size,
        }
    }
}

impl ScorePane {
    /// The text as it stands.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether somebody writes in it.
    pub fn has_focus(&self, ui: &Ui) -> bool {
        self.id
            .is_some_and(|id| ui.memory(|memory| memory.has_focus(id)))
    }

    /// Whether keys are still to go into the text.
    pub fn is_behind(&self) -> bool {
        self.typing.is_behind()
    }

    /// How the function is called whose brackets the caret is in, and what it does.
    pub fn hint(&self) -> Option<String> {
        let name = statement::call_around(&self.text, self.caret)?;
        let known = self.library.iter().find(|known| known.name == name)?;
        Some(format!("{}: {}", known.usage, known.help))
    }

    /// The size of the text, in points.
    pub fn size(&self) -> f32 {
        self.size
    }

    /// Makes the text larger or smaller.
    pub fn set_size(&mut self, size: f32) {
        self.size = size.clamp(*SCORE_SIZES.start(), *SCORE_SIZES.end());
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
    pub fn show(&mut self, ui: &mut Ui, view: &View, edits: &mut Vec<Edit>) {
        let p = theme::palette(ui);
        ui.painter().rect_filled(ui.max_rect(), 0.0, p.panel);
        let id = ui.scope_id().with("score");
        self.id = Some(id);
        let focused = ui.memory(|memory| memory.has_focus(id));
        let mut keys = Keys::default();
        if focused {
            let selected = self.text.get(self.selected.clone()).unwrap_or_default();
            self.find.key(ui, selected);
            keys = self.complete.keys(ui);
            self.run |= ui.input_mut(|i| i.consume_key(egui::Modifiers::SHIFT, egui::Key::Enter));
        } else {
            self.complete.close();
        }
        match self.find.show(ui, &self.text) {
            Some(Wish::Select(place)) => self.select(ui, id, place),
            Some(Wish::Write(text)) => self.text = text,
            None => {}
        }
        let window = ui.available_rect_before_wrap();
        let page = window.with_min_x(window.left() + GUTTER);
        if ui.rect_contains_pointer(page) {
            let zoom = ui.input(egui::InputState::zoom_delta);
            if zoom != 1.0 {
                self.set_size(self.size * zoom);
            }
        }
        let mut page_ui = ui.new_child(UiBuilder::new().max_rect(page));
        page_ui.set_clip_rect(page.intersect(ui.clip_rect()));

        self.typing.act(&page_ui, id, &mut self.text);
        let font = theme::mono(self.size);
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
        let paper = Paper {
            painter: &painter,
            galley: &galley,
            at,
            text: &self.text,
        };
        for place in self.sounding(view) {
            paper.light(place, p.audio.gamma_multiply(0.25), p.audio);
        }
        for place in self.find.matches(&self.text) {
            paper.light(place, p.control.gamma_multiply(0.2), p.control);
        }
        if focused && let Some((open, close)) = statement::brackets(&self.text, self.caret) {
            for place in [open, close] {
                paper.light(place..place + 1, egui::Color32::TRANSPARENT, p.secondary);
            }
        }
        for finding in self.findings() {
            mark(&painter, &galley, at, &self.text, finding, p);
        }
        if focused {
            self.offer(ui, id, &galley, at, keys);
        }
        if self.run && !self.typing.is_behind() {
            self.run = false;
            if let Some(statement) = self.statement() {
                edits.push(Edit::Run(statement));
            }
        }
        if self.text != self.known {
            self.known.clone_from(&self.text);
            edits.push(Edit::Draft(self.text.clone()));
        }
    }

    /// What is selected, else the statement around the caret.
    fn statement(&self) -> Option<String> {
        let place = match self.selected.is_empty() {
            true => statement::statement_at(&self.text, self.caret)?,
            false => self.selected.clone(),
        };
        self.text.get(place).map(str::to_owned)
    }

    /// Where the steps that sound now stand in the text, which may be ahead of the score.
    fn sounding(&self, view: &View) -> Vec<Range<usize>> {
        let places = view
            .sounding
            .iter()
            .map(|s| s.start as usize..s.end as usize);
        if self.text == view.score {
            return places.collect();
        }
        let edits = Edits::between(&view.score, &self.text);
        let Some(typed) = edits.iter().next() else {
            return Vec::new();
        };
        let old_end = typed.at + typed.old.len();
        let new_end = typed.at + typed.new.len();
        let moved = |place: Range<usize>| {
            if place.end <= typed.at {
                Some(place)
            } else if place.start >= old_end {
                Some(place.start - old_end + new_end..place.end - old_end + new_end)
            } else {
                None
            }
        };
        places.filter_map(moved).collect()
    }

    /// Offers names for the word before the caret, and writes the one that is taken.
    fn offer(&mut self, ui: &Ui, id: Id, galley: &Galley, at: Pos2, keys: Keys) {
        let word = statement::word_before(&self.text, self.caret);
        let written = self.text[word.clone()].to_owned();
        if !self.selected.is_empty() || !self.complete.wants(&written) {
            self.complete.close();
            return;
        }
        if self.own.0 != self.text {
            // The word that is being written is no name yet.
            let mut others = self.text.clone();
            others.replace_range(word.clone(), "");
            self.own = (self.text.clone(), complete::own(&others));
        }
        let known = self.own.1.iter().chain(&self.library);
        let offers = complete::offers(known, &written);
        let start = self.text[..word.start].chars().count();
        let row = galley
            .pos_from_cursor(CCursor::new(start))
            .translate(at.to_vec2());
        let taken = self
            .complete
            .show(ui, row.left_bottom() + vec2(-6.0, 3.0), &offers, keys);
        if let Some(name) = taken {
            self.text.replace_range(word.clone(), &name);
            let end = word.start + name.len();
            self.select(ui, id, end..end);
        }
    }

    /// Selects a stretch of the text, in bytes, and writes on there.
    fn select(&mut self, ui: &Ui, id: Id, place: Range<usize>) {
        let index = |byte: usize| self.text[..byte].chars().count();
        let (start, end) = (index(place.start), index(place.end));
        let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
        let range = egui::text::CCursorRange::two(CCursor::new(start), CCursor::new(end));
        state.cursor.set_char_range(Some(range));
        state.store(ui.ctx(), id);
        ui.memory_mut(|memory| memory.request_focus(id));
        (self.caret, self.selected) = (place.end, place);
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
        let mut layouter =
            |ui: &Ui, text: &dyn TextBuffer, _: f32| self.typeset.lay(ui, text.as_str(), font, p);
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
        if let Some(range) = output.cursor_range {
            let byte = |at: usize| {
                let mut letters = self.text.char_indices();
                letters.nth(at).map_or(self.text.len(), |(byte, _)| byte)
            };
            let sorted = range.as_sorted_char_range();
            self.selected = byte(sorted.start.0)..byte(sorted.end.0);
            self.caret = byte(range.primary.index.0);
        }
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

/// The text where it is laid out, to paint on.
struct Paper<'a> {
    painter: &'a Painter,
    galley: &'a Galley,
    at: Pos2,
    text: &'a str,
}

impl Paper<'_> {
    /// Lights up a stretch of the text, in bytes, within its first line.
    fn light(&self, place: Range<usize>, fill: egui::Color32, line: egui::Color32) {
        let span = Span {
            start: place.start as u32,
            end: place.end as u32,
        };
        let Range { start, end } = chars(self.text, span);
        let cursor = |index| {
            let place = self.galley.pos_from_cursor(CCursor::new(index));
            place.translate(self.at.to_vec2())
        };
        let (from, to) = (cursor(start), cursor(end));
        if to.top() > from.top() + 1.0 || end <= start {
            return;
        }
        let rect = egui::Rect::from_min_max(from.left_top(), to.right_bottom());
        let rect = rect.shrink2(vec2(-1.0, 1.5));
        if self.painter.clip_rect().intersects(rect) {
            let line = Stroke::new(1.0, line);
            self.painter
                .rect(rect, 3.0, fill, line, egui::StrokeKind::Inside);
        }
    }
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
