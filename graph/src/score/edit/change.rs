//! Replaced stretches of a text, there and back.

use crate::patch::Span;

/// One stretch of a text that becomes another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where it begins, in bytes of the text before.
    pub at: usize,
    /// What is there.
    pub old: String,
    /// What comes there.
    pub new: String,
}

impl Edit {
    /// Puts `new` in the place of a span.
    pub fn replace(text: &str, span: Span, new: &str) -> Edit {
        let (start, end) = (span.start as usize, span.end as usize);
        Edit {
            at: start,
            old: text.get(start..end).unwrap_or_default().to_owned(),
            new: new.to_owned(),
        }
    }

    /// Adds a line at the end.
    pub fn append(text: &str, line: &str) -> Edit {
        let gap = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        Edit {
            at: text.len(),
            old: String::new(),
            new: format!("{gap}{line}\n"),
        }
    }
}

/// Edits of one text, from its beginning to its end, apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits(Vec<Edit>);

impl From<Edit> for Edits {
    fn from(edit: Edit) -> Edits {
        Edits(vec![edit])
    }
}

impl Edits {
    /// Several edits, in any order; of two that overlap the first one counts.
    pub fn new(mut edits: Vec<Edit>) -> Edits {
        edits.sort_by_key(|e| e.at);
        let mut end = 0;
        edits.retain(|e| {
            let fits = e.at >= end;
            end = end.max(e.at + e.old.len());
            fits
        });
        Edits(edits)
    }

    /// Each edit, from the beginning to the end.
    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.0.iter()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text after them. What does not lie within the text is left out.
    pub fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 64);
        let mut from = 0;
        for edit in &self.0 {
            let Some(between) = text.get(from..edit.at) else {
                continue;
            };
            out.push_str(between);
            out.push_str(&edit.new);
            from = edit.at + edit.old.len();
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out
    }

    /// The edits that lead back from the text after to the text before, byte for byte.
    pub fn undo(&self) -> Edits {
        let mut shift = 0isize;
        let back = self.0.iter().map(|edit| {
            let at = edit.at.saturating_add_signed(shift);
            shift += edit.new.len() as isize - edit.old.len() as isize;
            Edit {
                at,
                old: edit.new.clone(),
                new: edit.old.clone(),
            }
        });
        Edits(back.collect())
    }
}
