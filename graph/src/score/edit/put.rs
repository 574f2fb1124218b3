//! One statement into a score.

use super::{Edit, Edits};
use crate::patch::Span;
use crate::score::Diagnostics;
use crate::score::ast::{Expr, ExprKind, Stmt, StmtKind};
use crate::score::limits::Cancel;
use crate::score::parser::parse;

/// The score with a statement (or a few) put into it: a definition takes the place of the one of its name, a
/// statement that is there already stays, anything else goes to the end.
///
/// # Errors
/// What is wrong with the grammar of either.
pub fn put(score: &str, statement: &str) -> Result<String, Diagnostics> {
    let cancel = Cancel::new();
    let mut text = score.to_owned();
    let new = parse(statement, &cancel)?;
    for wanted in &new {
        let there = parse(&text, &cancel)?;
        let written = written(statement, wanted);
        let mut twins = there
            .iter()
            .filter(|s| makes(s).is_some() && makes(s) == makes(wanted));
        let edit = match (twins.next(), twins.next()) {
            (Some(twin), None) => Edit::replace(&text, place(&text, twin), written),
            _ if there.iter().any(|s| self::written(&text, s) == written) => continue,
            _ => Edit::append(&text, written),
        };
        text = Edits::from(edit).apply(&text);
    }
    Ok(text)
}

/// Whether a text defines functions and nothing else.
///
/// # Errors
/// What is wrong with its grammar.
pub fn defines(text: &str) -> Result<bool, Diagnostics> {
    let is = |s: &Stmt| matches!(s.kind, StmtKind::Def(_) | StmtKind::Decorated { .. });
    Ok(parse(text, &Cancel::new())?.iter().all(is))
}

/// Where a statement stands, without the white space behind it.
pub fn place(text: &str, statement: &Stmt) -> Span {
    let written = written(text, statement);
    Span {
        start: statement.span.start,
        end: statement.span.start + written.len() as u32,
    }
}

fn written<'t>(text: &'t str, statement: &Stmt) -> &'t str {
    let Span { start, end } = statement.span;
    let stretch = text.get(start as usize..end as usize);
    stretch.unwrap_or_default().trim_end()
}

/// The name that a statement gives something to, and whether that is a function.
fn makes(statement: &Stmt) -> Option<(&str, bool)> {
    match &statement.kind {
        StmtKind::Def(d) | StmtKind::Decorated { definition: d, .. } => Some((&*d.name, true)),
        StmtKind::Assign {
            target:
                Expr {
                    kind: ExprKind::Name(name),
                    ..
                },
            ..
        } => Some((&**name, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_finds_its_place() {
        let score = "def one():\n    return saw(100)  # low\n\n# a comment\na = node(\"a\", one)\nmute(a)\n";
        let put = |statement: &str| put(score, statement).unwrap();
        assert_eq!(put("mute(a)"), score);
        assert_eq!(put("solo(a)"), format!("{score}solo(a)\n"));
        assert_eq!(
            put("a = node(\"b\", one)\n"),
            score.replace("node(\"a\", one)", "node(\"b\", one)")
        );
        assert_eq!(
            put("def one():\n    return saw(50)\n\n"),
            score.replace("saw(100)", "saw(50)")
        );
        assert!(super::put(score, "mute(").is_err());
    }
}
