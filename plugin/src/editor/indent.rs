//! Keys that care for indentation: Enter carries it on, Tab and Shift+Tab change it.
//!
//! Plain functions over text and a selection in characters, as egui counts.

use std::ops::Range;

/// One level, in spaces.
const LEVEL: usize = 4;

/// Breaks the line at the selection; the new line is indented as the old one, and one level more
/// after a colon. Gives the selection that follows.
pub(crate) fn newline(text: &mut String, selection: Range<usize>) -> Range<usize> {
    let (start, end) = (byte(text, selection.start), byte(text, selection.end));
    let line = &text[line_start(text, start)..start];
    let spaces = line.len() - line.trim_start_matches(' ').len();
    let code = line.split('#').next().unwrap_or(line);
    let deeper = if code.trim_end().ends_with(':') {
        LEVEL
    } else {
        0
    };
    let indent = spaces + deeper;
    text.replace_range(start..end, &format!("\n{}", " ".repeat(indent)));
    let at = selection.start + 1 + indent;
    at..at
}

/// Without a selection, spaces up to the next level; with one, its lines a level deeper.
pub(crate) fn deeper(text: &mut String, selection: Range<usize>) -> Range<usize> {
    if !selection.is_empty() {
        return shift(text, selection, |line| {
            format!("{}{line}", " ".repeat(LEVEL))
        });
    }
    let at = byte(text, selection.start);
    let column = text[line_start(text, at)..at].chars().count();
    let spaces = LEVEL - column % LEVEL;
    text.insert_str(at, &" ".repeat(spaces));
    selection.start + spaces..selection.start + spaces
}

/// The lines of the selection a level less deep, as far as they are indented.
pub(crate) fn shallower(text: &mut String, selection: Range<usize>) -> Range<usize> {
    shift(text, selection, |line| {
        let spaces = line.bytes().take(LEVEL).take_while(|b| *b == b' ').count();
        line[spaces..].to_owned()
    })
}

/// Makes the lines of the selection comments, or what they were if all of them are.
pub(crate) fn comment(text: &mut String, selection: Range<usize>) -> Range<usize> {
    let (start, end) = (byte(text, selection.start), byte(text, selection.end));
    let lines = &text[line_start(text, start)..end];
    let lines: Vec<&str> = lines.split('\n').collect();
    let rest = text[end..].split('\n').next().unwrap_or_default();
    let whole = |i: usize| match i + 1 == lines.len() {
        true => format!("{}{rest}", lines[i]),
        false => lines[i].to_owned(),
    };
    let mut written = (0..lines.len()).map(whole).filter(|l| !l.trim().is_empty());
    let off = written.clone().count() > 0 && written.all(|l| l.trim_start().starts_with('#'));
    shift(text, selection, |line| {
        let indent = line.len() - line.trim_start().len();
        let (space, code) = line.split_at(indent);
        match (off, code.is_empty()) {
            (_, true) => line.to_owned(),
            (true, _) => {
                let code = code.strip_prefix('#').unwrap_or(code);
                format!("{space}{}", code.strip_prefix(' ').unwrap_or(code))
            }
            (false, _) => format!("{space}# {code}"),
        }
    })
}

/// Changes each line that the selection touches; the selection then covers all of them, a caret
/// stays with its character.
fn shift(
    text: &mut String,
    selection: Range<usize>,
    change: impl Fn(&str) -> String,
) -> Range<usize> {
    let start = line_start(text, byte(text, selection.start));
    let caret = byte(text, selection.end);
    // A selection that ends at the beginning of a line does not mean that line.
    let last = if selection.is_empty() || !text[..caret].ends_with('\n') {
        caret
    } else {
        caret - 1
    };
    let end = last + text[last..].find('\n').unwrap_or(text.len() - last);
    let lines: Vec<String> = text[start..end].split('\n').map(change).collect();
    let changed = lines.join("\n");
    let first = text[..start].chars().count();
    let (before, after) = (text[start..end].chars().count(), changed.chars().count());
    text.replace_range(start..end, &changed);
    if selection.is_empty() {
        let at = (selection.start + after).saturating_sub(before).max(first);
        at..at
    } else {
        first..first + after
    }
}

fn byte(text: &str, index: usize) -> usize {
    text.char_indices()
        .nth(index)
        .map_or(text.len(), |(at, _)| at)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_comments_and_what_they_were() {
        let before = "a = 1\n    b()\n\nc";
        let mut text = before.to_owned();
        let all = 0..text.len();
        let selection = comment(&mut text, all);
        assert_eq!(text, "# a = 1\n    # b()\n\n# c");
        comment(&mut text, selection);
        assert_eq!(text, before);
        comment(&mut text, 1..1);
        assert_eq!(text, "# a = 1\n    b()\n\nc");
    }

    /// Runs a key on text in which `|` marks the ends of the selection.
    fn press(marked: &str, key: impl Fn(&mut String, Range<usize>) -> Range<usize>) -> String {
        let marks: Vec<usize> = marked
            .chars()
            .enumerate()
            .filter(|c| c.1 == '|')
            .map(|c| c.0)
            .collect();
        let start = marks[0];
        let end = marks.get(1).map_or(start, |end| end - 1);
        let mut text = marked.replace('|', "");
        let selection = key(&mut text, start..end);
        let mut chars: Vec<char> = text.chars().collect();
        chars.insert(selection.end, '|');
        if !selection.is_empty() {
            chars.insert(selection.start, '|');
        }
        chars.into_iter().collect()
    }

    #[test]
    fn enter_carries_the_indentation_on() {
        assert_eq!(press("    gate = 1|", newline), "    gate = 1\n    |");
        assert_eq!(press("def kick():|", newline), "def kick():\n    |");
        assert_eq!(press("if x:  # so|", newline), "if x:  # so\n    |");
        assert_eq!(press("ä|öü|x", newline), "ä\n|x");
        assert_eq!(press("|", newline), "\n|");
    }

    #[test]
    fn tab_goes_to_the_next_level() {
        assert_eq!(press("a|b", deeper), "a   |b");
        assert_eq!(press("|", deeper), "    |");
        assert_eq!(press("a\nb|b\nc|c", deeper), "a\n|    bb\n    cc|");
        assert_eq!(press("|a\n|b", deeper), "|    a|\nb");
    }

    #[test]
    fn shift_tab_goes_back_as_far_as_there_is_indentation() {
        assert_eq!(press("      a|b", shallower), "  a|b");
        assert_eq!(press("  |ab", shallower), "|ab");
        assert_eq!(press("|    a\n  b\nc|", shallower), "|a\nb\nc|");
        assert_eq!(press("ab|", shallower), "ab|");
    }
}
