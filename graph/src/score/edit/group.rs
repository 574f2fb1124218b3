//! Putting nodes into a group of their own: a module, into whose function the statements go that are about them alone.

use super::page::{Page, flat, line_end, line_start};
use super::put::place;
use super::ways::{quoted, rename};
use super::{Edit, Edits};
use crate::patch::{Patch, Span, within};
use crate::score::ast::{Stmt, StmtKind};
use crate::score::limits::Cancel;
use crate::score::parser::parse;

/// One level of a function's body.
const INDENT: &str = "    ";

/// The ways to try: a module, put where the last of its nodes was made, where its last statement was, where its first
/// was; then names that begin with the group's.
pub fn ways(page: &Page<'_>, patch: &Patch, nodes: &[String], name: &str) -> Vec<Edits> {
    let (outer, short) = match name.rsplit_once('/') {
        Some((outer, short)) => (outer, short),
        None => ("", name),
    };
    let own = |node: &str| within(node, outer).unwrap_or(node).to_owned();
    let mut ways = Vec::new();
    if let Ok(program) = parse(page.text, &Cancel::new())
        && let Some(module) = Module::of(page, page.body(&program), patch, nodes)
    {
        let mut places = vec![module.last_made, module.moved.len() - 1, 0];
        places.dedup();
        ways.extend(places.into_iter().map(|at| module.write(page, short, at)));
    }
    let names: Vec<(String, String)> = nodes
        .iter()
        .map(|node| (node.clone(), format!("{name}/{}", own(node))))
        .collect();
    let pairs: Vec<(&str, &str)> = names.iter().map(|(a, b)| (&**a, &**b)).collect();
    ways.extend(page.renamed(&pairs));
    let lines: Vec<String> = pairs.iter().map(|(a, b)| rename(a, b)).collect();
    ways.push(page.line(&lines.join("\n")));
    ways
}

/// What goes into the function.
struct Module {
    /// The statements that are about these nodes alone, in order: their lines.
    moved: Vec<Span>,
    /// For each of them, where the function can stand in its place.
    places: Vec<usize>,
    /// Which of them makes the last node.
    last_made: usize,
    /// Variables that statements elsewhere use, with the nodes they stand for.
    used: Vec<(String, String)>,
    /// Strings elsewhere that name one of the nodes.
    named: Vec<(Span, String)>,
}

impl Module {
    /// `None` where a node is not made by a statement that is about these nodes alone.
    fn of(page: &Page<'_>, body: &[Stmt], patch: &Patch, nodes: &[String]) -> Option<Module> {
        let variables: Vec<(String, String)> = nodes
            .iter()
            .flat_map(|n| page.variables(patch, n).into_iter().map(|v| (v, n.clone())))
            .collect();
        let others = patch.nodes.iter().map(|n| n.name.as_str());
        let others: Vec<&str> = others.filter(|n| !nodes.iter().any(|m| m == n)).collect();
        let mut foreign: Vec<Span> = Vec::new();
        for other in &others {
            let theirs = page.variables(patch, other);
            let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
            foreign.extend(page.mentions(&theirs, other));
        }
        let mut mentions: Vec<Span> = Vec::new();
        for node in nodes {
            let own = variables.iter().filter(|(_, n)| n == node);
            let own: Vec<&str> = own.map(|(v, _)| v.as_str()).collect();
            mentions.extend(page.mentions(&own, node));
        }
        let holds = |s: &Stmt, all: &[Span]| {
            let inside = |m: &Span| s.span.start <= m.start && m.end <= s.span.end;
            all.iter().any(inside)
        };
        let is_function =
            |s: &Stmt| matches!(s.kind, StmtKind::Def(_) | StmtKind::Decorated { .. });
        let goes = |s: &&Stmt| !is_function(s) && holds(s, &mentions) && !holds(s, &foreign);
        let (mut moved, mut rest, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for outer in body {
            let inner = flat(std::slice::from_ref(outer));
            // A block goes as a whole if nothing is left in it.
            let inner = match inner.iter().all(goes) {
                true if !inner.is_empty() => vec![outer],
                _ => inner,
            };
            for s in inner {
                if !std::ptr::eq(s, outer) && goes(&s) {
                    places.push(line_end(page.text, place(page.text, outer).end as usize));
                    moved.push(s);
                } else if goes(&s) {
                    places.push(lines_of(page.text, s).start as usize);
                    moved.push(s);
                } else {
                    rest.push(s);
                }
            }
        }

        let made = nodes.iter().map(|n| patch.node(n).map(|n| n.span));
        let mut last_made = 0;
        for span in made {
            let span = span?;
            let by = |s: &&Stmt| s.span.start <= span.start && span.end <= s.span.end;
            last_made = last_made.max(moved.iter().position(by)?);
        }
        let rest: Vec<&Stmt> = rest.into_iter().filter(|s| !is_function(s)).collect();
        let elsewhere = |span: &Span| {
            let mut rest = rest.iter();
            rest.any(|s| s.span.start <= span.start && span.end <= s.span.end)
        };
        let mut used = Vec::new();
        for (variable, node) in &variables {
            // A name that no node has: then only the variable is found.
            let mut found = page.mentions(&[variable], "").into_iter();
            if found.any(|m| elsewhere(&m)) {
                used.push((variable.clone(), node.clone()));
            }
        }
        let mut named = Vec::new();
        for node in nodes {
            let strings = page.mentions(&[], node).into_iter().filter(elsewhere);
            named.extend(strings.filter_map(|s| Some((page.names(s, node)?, node.clone()))));
        }
        Some(Module {
            moved: moved.iter().map(|s| lines_of(page.text, s)).collect(),
            places,
            last_made,
            used,
            named,
        })
    }

    /// The text with the module where the moved statement of this number was.
    fn write(&self, page: &Page<'_>, name: &str, at: usize) -> Edits {
        let indent = page.indent();
        let mut text = String::new();
        let ahead = &page.text[..self.places[at]];
        if !ahead.is_empty() && !ahead.ends_with("\n\n") {
            text.push('\n');
        }
        text.push_str(&format!("{indent}@graph\n{indent}def {name}():\n"));
        for span in &self.moved {
            let lines = page.at(*span);
            let own = &lines[..lines.len() - lines.trim_start().len()];
            for line in lines.lines() {
                let line = line.strip_prefix(own).unwrap_or(line);
                match line.trim().is_empty() {
                    true => text.push('\n'),
                    false => text.push_str(&format!("{indent}{INDENT}{line}\n")),
                }
            }
        }
        let put = format!("sub({}, {name})", quoted(name));
        if self.used.is_empty() {
            text.push_str(&format!("\n{indent}{put}\n"));
        } else {
            text.push_str(&format!("\n{indent}{name}_ = {put}\n"));
            for (variable, node) in &self.used {
                text.push_str(&format!("{indent}{variable} = {name}_[{}]\n", quoted(node)));
            }
        }
        let module = Edit {
            at: self.places[at],
            old: String::new(),
            new: text,
        };
        let moved = self
            .moved
            .iter()
            .map(|span| Edit::replace(page.text, *span, ""));
        let named = self
            .named
            .iter()
            .map(|(span, node)| Edit::replace(page.text, *span, &format!("{name}/{node}")));
        Edits::new(std::iter::once(module).chain(moved).chain(named).collect())
    }
}

/// The whole lines of a statement, with a remark behind it; the statement alone where others share them.
fn lines_of(text: &str, statement: &Stmt) -> Span {
    let span = place(text, statement);
    let (start, end) = (span.start as usize, span.end as usize);
    let (first, last) = (line_start(text, start), line_end(text, end));
    let alone = text[first..start].trim().is_empty();
    let behind = text[end..last].trim();
    if alone && (behind.is_empty() || behind.starts_with('#')) {
        return Span {
            start: first as u32,
            end: last as u32,
        };
    }
    span
}
