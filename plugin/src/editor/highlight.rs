//! Colours for the text of a score: Python's syntax, told apart by a small scanner of its own.
//!
//! It never fails: half-written text gets colours too. The evaluator has the say about meaning.

use std::ops::Range;

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontId};

use super::theme::Palette;

/// What a stretch of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Names, signs, spaces.
    Plain,
    /// From `#` to the end of the line.
    Comment,
    /// A word of the language.
    Keyword,
    /// A name that is called or defined.
    Call,
    /// A string with its quotes.
    String,
    /// A number.
    Number,
}

const KEYWORDS: [&str; 22] = [
    "and", "as", "def", "elif", "else", "False", "for", "from", "if", "import", "in", "is",
    "lambda", "None", "not", "or", "pass", "return", "True", "while", "with", "yield",
];

/// The score as coloured text, one row for each line.
pub(crate) fn job(text: &str, font: &FontId, p: &Palette) -> LayoutJob {
    let mut job = LayoutJob {
        keep_trailing_whitespace: true,
        ..LayoutJob::default()
    };
    job.wrap.max_width = f32::INFINITY;
    let line_height = Some((font.size * 1.5).round());
    for (range, kind) in tokens(text) {
        let format = TextFormat {
            line_height,
            ..TextFormat::simple(font.clone(), ink(kind, p))
        };
        job.append(&text[range], 0.0, format);
    }
    if job.sections.is_empty() {
        job.append(
            "",
            0.0,
            TextFormat {
                line_height,
                ..TextFormat::simple(font.clone(), p.text)
            },
        );
    }
    job
}

fn ink(kind: Kind, p: &Palette) -> Color32 {
    match kind {
        Kind::Plain => p.text,
        Kind::Comment => p.secondary,
        Kind::Keyword => p.keyword,
        Kind::Call => p.call,
        Kind::String => p.string,
        Kind::Number => p.number,
    }
}

/// Cuts text into stretches that cover it without gaps, in order.
pub(crate) fn tokens(text: &str) -> Vec<(Range<usize>, Kind)> {
    let mut found: Vec<(Range<usize>, Kind)> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (length, kind) = match first {
            '#' => (rest.find('\n').unwrap_or(rest.len()), Kind::Comment),
            '"' | '\'' => (string(rest, first), Kind::String),
            c if c.is_ascii_digit() => (number(rest), Kind::Number),
            c if c.is_alphabetic() || c == '_' => word(rest),
            c => (c.len_utf8(), Kind::Plain),
        };
        let range = at..at + length;
        at = range.end;
        match found.last_mut() {
            // Plain stretches are joined, so that the text is laid out in few pieces.
            Some((last, Kind::Plain)) if kind == Kind::Plain => last.end = range.end,
            _ => found.push((range, kind)),
        }
    }
    found
}

/// The length of a string that `text` begins with; without an end it ends with the line, or with
/// the text if it has three quotes.
fn string(text: &str, quote: char) -> usize {
    let triple: String = [quote; 3].iter().collect();
    if text.starts_with(&triple) {
        return text[3..].find(&triple).map_or(text.len(), |end| end + 6);
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn number(text: &str) -> usize {
    let mut before = '0';
    let part = |c: char| {
        let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
        before = c;
        sign || c.is_ascii_alphanumeric() || c == '.' || c == '_'
    };
    let mut part = part;
    text.find(|c| !part(c)).unwrap_or(text.len())
}

fn word(text: &str) -> (usize, Kind) {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let kind = if KEYWORDS.contains(&&text[..end]) {
        Kind::Keyword
    } else if text[end..].trim_start_matches(' ').starts_with('(') {
        Kind::Call
    } else {
        Kind::Plain
    };
    (end, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(&str, Kind)> {
        tokens(text)
            .into_iter()
            .filter(|t| t.1 != Kind::Plain)
            .map(|(r, k)| (&text[r], k))
            .collect()
    }

    #[test]
    fn a_line_of_score_gets_its_colours() {
        assert_eq!(
            kinds("b = node(\"bass\", bass, gain=0.3)  # low"),
            [
                ("node", Kind::Call),
                ("\"bass\"", Kind::String),
                ("0.3", Kind::Number),
                ("# low", Kind::Comment)
            ]
        );
        assert_eq!(
            kinds("def f(x): return None"),
            [
                ("def", Kind::Keyword),
                ("f", Kind::Call),
                ("return", Kind::Keyword),
                ("None", Kind::Keyword)
            ]
        );
        assert_eq!(
            kinds("1e-3 - 2"),
            [("1e-3", Kind::Number), ("2", Kind::Number)]
        );
    }

    #[test]
    fn a_string_without_an_end_stops_at_its_line() {
        assert_eq!(
            kinds("\"x . x\nrest()"),
            [("\"x . x", Kind::String), ("rest", Kind::Call)]
        );
        assert_eq!(
            kinds(r#"'it\'s' 2"#),
            [(r"'it\'s'", Kind::String), ("2", Kind::Number)]
        );
        assert_eq!(
            kinds("\"\"\"a\nb\"\"\" 1"),
            [("\"\"\"a\nb\"\"\"", Kind::String), ("1", Kind::Number)]
        );
    }

    #[test]
    fn any_text_is_covered_without_gaps() {
        for text in [
            "",
            "\"",
            "'\\",
            "ö = ä(\"ü\")",
            "\"\"\"",
            "9.e+",
            "#",
            "🎵 = \"🎵",
            "a\r\nb",
        ] {
            let mut at = 0;
            for (range, _) in tokens(text) {
                assert_eq!(range.start, at);
                assert!(range.end > range.start);
                at = range.end;
            }
            assert_eq!(at, text.len());
        }
    }
}
