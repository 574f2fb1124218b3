//! A score's text as edits see it: its statements, what they mention, and where more can be written. A module is looked
//! at as a score of its own, within the function that makes it.

use super::put::place;
use super::ways::{literal, quoted};
use super::{Edit, Edits};
use crate::patch::{Patch, Span};
use crate::score::ast::{Expr, ExprKind, Stmt, StmtKind};
use crate::score::lexer::{Kind, tokens};
use crate::score::limits::Cancel;
use crate::score::parser::parse;

/// A score's text, and what of it is looked at.
pub struct Page<'t> {
    pub text: &'t str,
    module: Option<Module>,
}

/// The function that makes a module.
struct Module {
    definition: Span,
    /// Its statements.
    body: Span,
    /// The white space before each.
    indent: String,
    /// Where another one goes: at the beginning of a line.
    end: usize,
}

impl<'t> Page<'t> {
    /// All of a score.
    pub fn whole(text: &'t str) -> Page<'t> {
        Page { text, module: None }
    }

    /// The body of a function that makes a module; none if it is not written in lines of its own.
    pub fn of_module(text: &'t str, definition: Span) -> Option<Page<'t>> {
        let program = parse(text, &Cancel::new()).ok()?;
        let body = body_of(&program, definition)?;
        let (first, last) = (body.first()?, body.last()?);
        let (from, to) = (place(text, first), place(text, last));
        let start = from.start as usize;
        let line = line_start(text, start);
        let indent = &text[line..start];
        if indent.is_empty() || !indent.trim().is_empty() {
            return None;
        }
        let end = match last.kind {
            // Behind it nothing runs.
            StmtKind::Return(_) => line_start(text, to.start as usize),
            _ => line_end(text, to.end as usize),
        };
        Some(Page {
            text,
            module: Some(Module {
                definition,
                body: from.to(to),
                indent: indent.to_owned(),
                end,
            }),
        })
    }

    /// What stands before each statement.
    pub fn indent(&self) -> &str {
        self.module.as_ref().map_or("", |module| &module.indent)
    }

    /// The statements that are looked at, of the text's own.
    pub fn body<'p>(&self, program: &'p [Stmt]) -> &'p [Stmt] {
        match &self.module {
            None => program,
            Some(module) => body_of(program, module.definition).unwrap_or_default(),
        }
    }

    /// Further lines, behind all others.
    pub fn line(&self, lines: &str) -> Edits {
        let Some(module) = &self.module else {
            return Edit::append(self.text, lines).into();
        };
        let gap = if self.text[..module.end].ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let new: String = lines
            .trim_end()
            .lines()
            .map(|line| format!("{}{line}\n", module.indent))
            .collect();
        Edit {
            at: module.end,
            old: String::new(),
            new: format!("{gap}{new}"),
        }
        .into()
    }

    pub fn replaced(&self, span: Span, new: &str) -> Edits {
        Edit::replace(self.text, span, new).into()
    }

    pub fn at(&self, span: Span) -> &str {
        let stretch = self.text.get(span.start as usize..span.end as usize);
        stretch.unwrap_or_default()
    }

    /// A literal becomes another number.
    pub fn number(&self, span: Span, exact: f64, value: f32) -> Option<Edits> {
        let old = self.at(span);
        let digits = old.strip_prefix('-').unwrap_or(old).trim_start();
        let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && digits
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b))
            && digits.replace('_', "").parse::<f64>().is_ok();
        let mut new = match exact == f64::from(value) {
            true => literal(value),
            false => format!("{exact}"),
        };
        if old.contains('.') && !new.contains('.') {
            new.push_str(".0");
        }
        is_number.then(|| self.replaced(span, &new))
    }

    /// All statements, those within blocks too, the outer ones first.
    fn statements(&self) -> Vec<Span> {
        fn collect(text: &str, statements: &[Stmt], found: &mut Vec<Span>) {
            for s in statements {
                found.push(place(text, s));
                match &s.kind {
                    StmtKind::If { yes, no, .. } => {
                        collect(text, yes, found);
                        collect(text, no, found);
                    }
                    StmtKind::For { body, .. }
                    | StmtKind::While { body, .. }
                    | StmtKind::With { body, .. } => collect(text, body, found),
                    _ => {}
                }
            }
        }
        let mut found = Vec::new();
        if let Ok(program) = parse(self.text, &Cancel::new()) {
            collect(self.text, self.body(&program), &mut found);
        }
        found
    }

    /// The innermost statement around a place.
    fn around(&self, span: Span) -> Option<Span> {
        let all = self.statements().into_iter();
        let around = all.filter(|s| s.start <= span.start && span.end <= s.end);
        around.min_by_key(|s| s.end - s.start)
    }

    /// A statement becomes another.
    pub fn statement(&self, span: Span, new: &str) -> Option<Edits> {
        Some(self.replaced(self.around(span)?, new))
    }

    /// The text without the statement around a place; with the whole line, if nothing else is on it.
    pub fn without(&self, span: Span) -> Option<Edits> {
        Some(Edit::replace(self.text, self.with_line(self.around(span)?), "").into())
    }

    /// A span with its line, if it is all that is on it.
    pub fn with_line(&self, span: Span) -> Span {
        let (start, end) = (span.start as usize, span.end as usize);
        let before = &self.text[..start];
        let line = line_start(self.text, start);
        let rest = &self.text[end..];
        let blank = rest
            .find(|c: char| c != ' ' && c != '\t')
            .unwrap_or(rest.len());
        let ends = rest[blank..].starts_with('\n') || rest[blank..].is_empty();
        if !before[line..].trim().is_empty() || !ends {
            return span;
        }
        let end = end + blank + usize::from(rest[blank..].starts_with('\n'));
        Span {
            start: line as u32,
            end: end as u32,
        }
    }

    /// The spans of names and of strings that name a node or something of it.
    pub fn mentions(&self, names: &[&str], node: &str) -> Vec<Span> {
        let Ok(tokens) = tokens(self.text) else {
            return Vec::new();
        };
        let seen = |span: Span| {
            let module = self.module.as_ref();
            module.is_none_or(|m| m.body.start <= span.start && span.end <= m.body.end)
        };
        let tokens = tokens.into_iter().filter(|t| seen(t.span));
        let mentions = tokens.filter(|t| match &t.kind {
            Kind::Name(name) => names.contains(&name.as_str()),
            Kind::Str(_) => self.names(t.span, node).is_some(),
            _ => false,
        });
        mentions.map(|t| t.span).collect()
    }

    /// Where in a string's text a node's name stands, if the string is its name or a path of it.
    pub fn names(&self, string: Span, node: &str) -> Option<Span> {
        let written = self.at(string);
        let quote = written.find(['"', '\''])?;
        let inner = written[quote..].trim_matches(['"', '\'']);
        let rest = inner.strip_prefix(node)?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let start = string.start + written.find(inner)? as u32;
        Some(Span {
            start,
            end: start + node.len() as u32,
        })
    }

    /// What stands behind a node's name in the call of `node` that makes it.
    pub fn source(&self, node: &str) -> Option<Span> {
        let tokens = tokens(self.text).ok()?;
        let op = |kind: &Kind, wanted: &str| matches!(kind, Kind::Op(op) if *op == wanted);
        let seen = self.mentions(&[], node);
        let made = tokens.windows(4).position(|four| {
            matches!(&four[0].kind, Kind::Name(name) if name == "node")
                && op(&four[1].kind, "(")
                && matches!(&four[2].kind, Kind::Str(name) if name == node)
                && op(&four[3].kind, ",")
                && seen.contains(&four[2].span)
        })?;
        let mut depth = 0_i32;
        let behind = tokens[made + 4..].iter();
        let mut within = behind.take_while(|token| {
            if let Kind::Op(op) = token.kind {
                depth += i32::from("([{".contains(op));
                depth -= i32::from(")]}".contains(op));
            }
            depth > 0 || depth == 0 && !op(&token.kind, ",")
        });
        let first = within.next()?.span;
        let end = within.last().map_or(first.end, |token| token.span.end);
        Some(Span { end, ..first })
    }

    /// The names that statements of their own give a node to, or a group and what is taken out of it.
    pub fn variables(&self, patch: &Patch, node: &str) -> Vec<String> {
        let Ok(program) = parse(self.text, &Cancel::new()) else {
            return Vec::new();
        };
        let body = flat(self.body(&program));
        if let Some(node) = patch.node(node) {
            let made = node.span;
            let named = body
                .into_iter()
                .filter(|s| s.span.start <= made.start && made.end <= s.span.end);
            return named.filter_map(assigned).map(str::to_owned).collect();
        }
        let mut found: Vec<String> = Vec::new();
        loop {
            let names: Vec<&str> = found.iter().map(String::as_str).collect();
            let mentions = self.mentions(&names, node);
            let about = |s: &&Stmt| {
                let within = |m: &Span| s.span.start <= m.start && m.end <= s.span.end;
                mentions.iter().any(within)
            };
            let named = body.iter().copied().filter(about).filter_map(assigned);
            let mut new: Vec<String> = named.map(str::to_owned).collect();
            new.retain(|name| !found.contains(name));
            if new.is_empty() {
                return found;
            }
            found.extend(new);
        }
    }

    /// The text without every statement that mentions a node.
    pub fn without_mentions(&self, patch: &Patch, node: &str) -> Option<Edits> {
        let variables = self.variables(patch, node);
        let variables: Vec<&str> = variables.iter().map(String::as_str).collect();
        let mut gone: Vec<Span> = Vec::new();
        for mention in self.mentions(&variables, node) {
            let around = self.around(mention)?;
            if !gone.contains(&around) {
                gone.push(around);
            }
        }
        let edits = gone
            .into_iter()
            .map(|span| Edit::replace(self.text, self.with_line(span), ""));
        let edits: Vec<Edit> = edits.collect();
        (!edits.is_empty()).then(|| Edits::new(edits))
    }

    /// The text with names replaced in every string that is one or begins with it.
    pub fn renamed(&self, names: &[(&str, &str)]) -> Option<Edits> {
        let mut edits = Vec::new();
        for (node, to) in names {
            let strings = self.mentions(&[], node).into_iter();
            let all =
                strings.filter_map(|s| Some(Edit::replace(self.text, self.names(s, node)?, to)));
            edits.extend(all);
        }
        (!edits.is_empty()).then(|| Edits::new(edits))
    }

    /// A node is muted or soloed, or no longer.
    pub fn flag(&self, patch: &Patch, node: &str, word: &str, on: bool, ways: &mut Vec<Edits>) {
        let un = format!("un{word}");
        // What says the contrary may go.
        let contrary = if on { &*un } else { word };
        let variables = self.variables(patch, node);
        let mut variables: Vec<&str> = variables.iter().map(String::as_str).collect();
        for mention in self.mentions(&variables, node) {
            if let Some(around) = self.around(mention)
                && self.at(around).contains(contrary)
                && (on || !self.at(around).contains(&un))
            {
                ways.push(Edit::replace(self.text, self.with_line(around), "").into());
            }
        }
        variables.clear();
        let word = if on { word } else { &*un };
        ways.push(self.line(&format!("{word}({})", quoted(node))));
    }
}

/// Statements, with those of `with` blocks in their place: they run once, like all around them.
pub fn flat(body: &[Stmt]) -> Vec<&Stmt> {
    let mut found = Vec::new();
    for statement in body {
        match &statement.kind {
            StmtKind::With { body, .. } => found.extend(flat(body)),
            _ => found.push(statement),
        }
    }
    found
}

/// The name that a statement gives something to.
fn assigned(statement: &Stmt) -> Option<&str> {
    match &statement.kind {
        StmtKind::Assign {
            target:
                Expr {
                    kind: ExprKind::Name(name),
                    ..
                },
            ..
        } => Some(name),
        _ => None,
    }
}

/// The statements of a function, one within another too, by where it is written.
fn body_of(program: &[Stmt], definition: Span) -> Option<&[Stmt]> {
    program.iter().find_map(|s| match &s.kind {
        StmtKind::Def(d) | StmtKind::Decorated { definition: d, .. } => {
            if d.span == definition {
                return Some(&d.body[..]);
            }
            let around = d.span.start <= definition.start && definition.end <= d.span.end;
            around.then(|| body_of(&d.body, definition))?
        }
        _ => None,
    })
}

/// Where the line begins that a place is in.
pub fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |i| i + 1)
}

/// Where the next line begins, or the text ends.
pub fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |i| at + i + 1)
}
