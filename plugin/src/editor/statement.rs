//! Finding one's way in the text of a score without understanding it: statements, brackets, words,
//! the call that a place is in. Works on half-written text too.

use std::ops::Range;

use super::highlight::{Kind, tokens};

/// The top-level statement around a byte, without white space behind it; `None` on empty lines
/// between statements.
pub(crate) fn statement_at(text: &str, at: usize) -> Option<Range<usize>> {
    let starts = starts(text);
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let index = starts
        .partition_point(|start| *start <= line)
        .checked_sub(1)?;
    let start = starts[index];
    let end = starts.get(index + 1).copied().unwrap_or(text.len());
    let found = start..start + text[start..end].trim_end().len();
    // Behind the end of one and before the next there is none.
    let between = text[line..line_end].trim().is_empty() && found.end < line;
    (!found.is_empty() && !between).then_some(found)
}

/// Where top-level statements begin: at lines that are not indented, not within brackets or strings,
/// and do not carry on what stands before (`else:`, a comment before a `def` stays with what follows).
fn starts(text: &str) -> Vec<usize> {
    let mut starts: Vec<usize> = Vec::new();
    let (mut depth, mut decorated) = (0_i32, false);
    for (range, kind) in tokens(text) {
        let words = &text[range.clone()];
        let line_begins = range.start == 0 || text[..range.start].ends_with('\n');
        if kind == Kind::Plain {
            for (offset, c) in words.char_indices() {
                let at = range.start + offset;
                let first = at == 0 || text[..at].ends_with('\n');
                if first && depth == 0 && !c.is_whitespace() {
                    begin(text, at, &mut starts, &mut decorated);
                }
                match c {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = (depth - 1).max(0),
                    _ => {}
                }
            }
        } else if line_begins && depth == 0 && kind != Kind::Comment {
            begin(text, range.start, &mut starts, &mut decorated);
        }
    }
    starts
}

fn begin(text: &str, at: usize, starts: &mut Vec<usize>, decorated: &mut bool) {
    let rest = &text[at..];
    let carries_on = ["else", "elif"].iter().any(|word| rest.starts_with(word));
    if !carries_on && !*decorated {
        starts.push(at);
    }
    *decorated = rest.starts_with('@');
}

/// The brackets that belong together where one of them stands before or behind a byte.
pub(crate) fn brackets(text: &str, at: usize) -> Option<(usize, usize)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (range, kind) in tokens(text) {
        if kind != Kind::Plain {
            continue;
        }
        for (offset, c) in text[range.clone()].char_indices() {
            let place = range.start + offset;
            match c {
                '(' | '[' | '{' => open.push((place, c)),
                ')' | ']' | '}' => {
                    let wanted = match c {
                        ')' => '(',
                        ']' => '[',
                        _ => '{',
                    };
                    if let Some((start, _)) = open.pop_if(|(_, c)| *c == wanted) {
                        pairs.push((start, place));
                    }
                }
                _ => {}
            }
        }
    }
    let touches = |place: usize| place == at || place + 1 == at;
    pairs
        .into_iter()
        .rev()
        .find(|(a, b)| touches(*a) || touches(*b))
}

/// The name that ends at a byte, without a prefix like `kr.`; empty within strings and comments.
pub(crate) fn word_before(text: &str, at: usize) -> Range<usize> {
    let quiet = tokens(text).into_iter().any(|(range, kind)| {
        matches!(kind, Kind::String | Kind::Comment | Kind::Number)
            && range.start < at
            && at <= range.end
    });
    if quiet || !text.is_char_boundary(at) {
        return at..at;
    }
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let start = text[..at].trim_end_matches(part).len();
    start..at
}

/// The name of the innermost call whose brackets a byte is in.
pub(crate) fn call_around(text: &str, at: usize) -> Option<&str> {
    let mut open: Vec<usize> = Vec::new();
    for (range, kind) in tokens(text.get(..at)?) {
        if kind != Kind::Plain {
            continue;
        }
        for (offset, c) in text[range.clone()].char_indices() {
            let place = range.start + offset;
            match c {
                '(' | '[' | '{' => open.push(place),
                ')' | ']' | '}' => drop(open.pop()),
                _ => {}
            }
        }
    }
    open.into_iter().rev().find_map(|place| {
        let before = &text[..place];
        let start = before
            .trim_end_matches(|c: char| c.is_alphanumeric() || c == '_')
            .len();
        Some(&before[start..]).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# head\ndef one(a):\n    x = (1 +\n2)\n\n    return x\n\n@graph\ndef two():\n    pass\nif a:\n    b()\nelse:\n    c()\nnode(\"x\",\n  one)  # tail\n";

    fn at(place: &str) -> Option<&'static str> {
        let at = TEXT.find(place).expect("it is there");
        Some(&TEXT[statement_at(TEXT, at)?])
    }

    #[test]
    fn a_statement_is_found_from_any_place_in_it() {
        let one = "def one(a):\n    x = (1 +\n2)\n\n    return x";
        assert_eq!(at("def one"), Some(one));
        assert_eq!(at("2)"), Some(one));
        assert_eq!(at("return"), Some(one));
        assert_eq!(at("pass"), Some("@graph\ndef two():\n    pass"));
        assert_eq!(at("c()"), Some("if a:\n    b()\nelse:\n    c()"));
        assert_eq!(at("  one)"), Some("node(\"x\",\n  one)  # tail"));
        assert_eq!(statement_at("", 0), None);
        assert_eq!(statement_at("a\n\n\nb", 2), None);
    }

    #[test]
    fn brackets_find_each_other_and_leave_strings_alone() {
        let text = "f(\"(\", [1, 2])";
        assert_eq!(brackets(text, 1), Some((1, 13)));
        assert_eq!(brackets(text, 14), Some((1, 13)));
        assert_eq!(brackets(text, 7), Some((7, 12)));
        assert_eq!(brackets("(]", 0), None);
    }

    #[test]
    fn words_and_calls_are_found_in_half_written_text() {
        let text = "b = lowpass(kr.sa";
        assert_eq!(&text[word_before(text, text.len())], "sa");
        assert_eq!(call_around(text, text.len()), Some("lowpass"));
        assert_eq!(call_around("a(b(1), ", 8), Some("a"));
        assert_eq!(word_before("\"low", 4), 4..4, "not in a string");
        assert_eq!(word_before("# low", 5), 5..5);
    }
}
