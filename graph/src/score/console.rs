//! What a score prints.

use crate::patch::Span;

/// A line that a score printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleLine {
    /// The line, without its end.
    pub text: String,
    /// The call of `print` that began it.
    pub span: Span,
}

/// Collects lines.
#[derive(Debug, Default)]
pub struct Console {
    lines: Vec<ConsoleLine>,
    /// The last line has not ended yet.
    open: bool,
}

impl Console {
    /// Prints text, which may hold several lines or only a part of one.
    pub fn print(&mut self, text: &str, span: Span) {
        let mut rest = text;
        while !rest.is_empty() {
            let (line, ends, behind) = match rest.split_once('\n') {
                Some((line, behind)) => (line, true, behind),
                None => (rest, false, ""),
            };
            match self.lines.last_mut() {
                Some(last) if self.open => last.text.push_str(line),
                _ => self.lines.push(ConsoleLine {
                    text: line.to_owned(),
                    span,
                }),
            }
            self.open = !ends;
            rest = behind;
        }
    }

    /// All lines; none remain.
    pub fn take(&mut self) -> Vec<ConsoleLine> {
        std::mem::take(&mut self.lines)
    }
}
