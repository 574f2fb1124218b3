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

    /// The one stretch in which two texts differ; nothing if they are equal.
    pub fn between(text: &str, other: &str) -> Edits {
        let same = |(a, b): &(char, char)| a == b;
        let ahead = text.chars().zip(other.chars()).take_while(same);
        let ahead: usize = ahead.map(|(c, _)| c.len_utf8()).sum();
        let (old, new) = (&text[ahead..], &other[ahead..]);
        let behind = old.chars().rev().zip(new.chars().rev()).take_while(same);
        let behind: usize = behind.map(|(c, _)| c.len_utf8()).sum();
        let edit = Edit {
            at: ahead,
            old: old[..old.len() - behind].to_owned(),
            new: new[..new.len() - behind].to_owned(),
        };
        Edits(vec![edit].into_iter().filter(|e| e.old != e.new).collect())
    }

    /// The same edits for another version of the text that they are for, one that somebody writes in: `None` where
    /// they meet the stretch in which the two differ.
    pub fn carried(&self, text: &str, other: &str) -> Option<Edits> {
        let Some(typed) = Edits::between(text, other).0.pop() else {
            return Some(self.clone());
        };
        let shift = typed.new.len() as isize - typed.old.len() as isize;
        let carried = self.0.iter().map(|edit| {
            let behind = edit.at >= typed.at + typed.old.len();
            let ahead = edit.at + edit.old.len() <= typed.at;
            let at = match (behind, ahead) {
                // What goes to the end goes to the end of the other one too.
                (true, _) => edit.at.checked_add_signed(shift)?,
                (false, true) => edit.at,
                (false, false) => return None,
            };
            Some(Edit { at, ..edit.clone() })
        });
        Some(Edits(carried.collect::<Option<_>>()?))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_two_texts_leads_from_one_to_the_other_and_back() {
        for (a, b) in [
            ("", ""),
            ("aa", "aaa"),
            ("gain=0.3 # ö", "gain=0.35 # ö"),
            ("é", "è"),
            ("one\ntwo\n", "one\n"),
        ] {
            let edits = Edits::between(a, b);
            assert_eq!(edits.is_empty(), a == b);
            assert_eq!(edits.apply(a), b);
            assert_eq!(edits.undo().apply(b), a);
        }
    }

    #[test]
    fn an_edit_is_carried_around_what_is_being_typed_and_never_into_it() {
        let text = "a = 1\nb = 2\nc = 3\n";
        let typed = "a = 1\nb = 2 + (\nc = 3\n";
        let at = |place: usize| {
            let span = Span {
                start: place as u32,
                end: place as u32 + 1,
            };
            Edits::from(Edit::replace(text, span, "9"))
        };
        let carried = |edits: Edits| Some(edits.carried(text, typed)?.apply(typed));
        assert_eq!(carried(at(4)).as_deref(), Some("a = 9\nb = 2 + (\nc = 3\n"));
        assert_eq!(
            carried(at(16)).as_deref(),
            Some("a = 1\nb = 2 + (\nc = 9\n")
        );
        let line = Edit::append(text, "d = 4").into();
        assert_eq!(carried(line), Some(format!("{typed}d = 4\n")));
        let gone = "a = 1\nc = 3\n";
        assert_eq!(at(10).carried(text, gone), None);
    }
}
