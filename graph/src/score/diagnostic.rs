//! What is wrong, where, and what to do.

use crate::patch::Span;
use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes of the score.
    pub span: Span,
    /// What to do, if there is a guess.
    pub hint: Option<String>,
    /// The line of the call that was noted last, and how many were.
    pub(super) calls: (usize, usize),
}

/// The most calls that a hint tells of.
const MAX_CALLS: usize = 3;

/// Everything that is wrong with a score; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostic {
    /// Something wrong at a place.
    pub fn new(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            message: message.into(),
            span,
            hint: None,
            calls: (0, 0),
        }
    }
    /// With what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }
    /// Says in the hint that this happened in a function that was called from somewhere. Called from the inside to
    /// the outside.
    pub(super) fn called_from(&mut self, call: Span, text: &str) {
        let line = place(text, call.start as usize).0;
        let (last, count) = self.calls;
        let last = match count {
            0 => self.place(text).0,
            _ => last,
        };
        if line == last || count >= MAX_CALLS {
            return;
        }
        self.calls = (line, count + 1);
        let said = self.hint.take().unwrap_or_default();
        self.hint = Some(match (count, said.is_empty()) {
            (0, true) => format!("called from line {line}"),
            (0, false) => format!("{said}; called from line {line}"),
            _ => format!("{said}, from line {line}"),
        });
    }
    /// Line and column (in characters) of its beginning, both from 1.
    pub fn place(&self, text: &str) -> (usize, usize) {
        place(text, self.span.start as usize)
    }
}

/// Line and column of a byte, both from 1; beyond the end it is the end.
fn place(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    (
        text[..at].matches('\n').count() + 1,
        text[start..at].chars().count() + 1,
    )
}

impl Diagnostics {
    /// For people: each message with its file, line and column, the line itself and carets under the place.
    pub fn render(&self, file: &str, text: &str) -> String {
        let mut out = String::new();
        for d in &self.0 {
            let (line, column) = d.place(text);
            let source = text.lines().nth(line - 1).unwrap_or("").replace('\t', " ");
            let start = d.span.start as usize;
            let end = (d.span.end as usize).clamp(start.min(text.len()), text.len());
            let (end_line, end_column) = place(text, end);
            let until = if end_line == line {
                end_column
            } else {
                source.chars().count() + 1
            };
            let carets = "^".repeat(until.saturating_sub(column).max(1));
            let gutter = " ".repeat(line.to_string().len());
            out.push_str(&format!("{file}:{line}:{column}: error: {}\n", d.message));
            out.push_str(&format!("{gutter} |\n{line} | {source}\n"));
            out.push_str(&format!("{gutter} | {}{carets}\n", " ".repeat(column - 1)));
            if let Some(hint) = &d.hint {
                out.push_str(&format!("{gutter} = {hint}\n"));
            }
        }
        out
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, d) in self.0.iter().enumerate() {
            write!(f, "{}{d}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}
impl std::error::Error for Diagnostics {}
impl From<Diagnostic> for Diagnostics {
    fn from(d: Diagnostic) -> Diagnostics {
        Diagnostics(vec![d])
    }
}

/// The known name nearest to a wrong one, if it is near.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let score = |name: &str| strsim::damerau_levenshtein(wrong, name);
    let best = known.into_iter().min_by_key(|name| score(name))?;
    (score(best) <= 1 + wrong.chars().count() / 4).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place_also_after_wide_letters() {
        let text = "x = 1\nå = cutof + 2\n";
        let at = text.find("cutof").unwrap() as u32;
        let d = Diagnostic::new(
            Span {
                start: at,
                end: at + 5,
            },
            "no name `cutof`",
        )
        .hint("did you mean `cutoff`?");
        let shown = Diagnostics::from(d).render("a.sorl", text);
        assert_eq!(
            shown,
            "a.sorl:2:5: error: no name `cutof`\n  |\n2 | å = cutof + 2\n  |     ^^^^^\n  = did you mean `cutoff`?\n"
        );
    }

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        assert_eq!(nearest("cutof", ["room", "cutoff"]), Some("cutoff"));
        assert_eq!(nearest("xyz", ["room", "cutoff"]), None);
    }

    #[test]
    fn a_place_beyond_the_text_is_its_end() {
        let d = Diagnostic::new(Span { start: 90, end: 99 }, "x");
        assert!(Diagnostics::from(d).render("f", "ab").starts_with("f:1:3"));
    }
}
