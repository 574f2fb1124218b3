//! The edits that may say what a gesture means, the smallest first.

use super::gesture::is;
use super::{Edit, Edits, Gesture};
use crate::patch::{Mapping, Patch, Span, Target};
use crate::score::ast::{Expr, ExprKind, Stmt, StmtKind};
use crate::score::lexer::{Kind, tokens};
use crate::score::limits::Cancel;
use crate::score::origins::Origins;
use crate::score::parser::parse;
use crate::signal::Knob;

/// All ways to try, in order.
pub fn ways(text: &str, patch: &Patch, origins: &Origins, gesture: &Gesture) -> Vec<Edits> {
    let mut ways = Vec::new();
    let page = Page { text };
    match gesture {
        Gesture::Set {
            node,
            control,
            value,
        } => {
            let origin = origins.values.get(&(node.clone(), control.clone()));
            ways.extend(origin.and_then(|span| page.number(*span, f64::from(*value), *value)));
            let value = literal(*value);
            ways.push(page.line(&format!("set({}, {value})", path(node, control))));
        }
        Gesture::Add { name, function } => {
            ways.push(page.line(&format!("node({}, {function})", quoted(name))));
        }
        Gesture::Remove { node } => {
            ways.extend(page.without_mentions(patch, node));
            ways.push(page.line(&format!("remove({})", quoted(node))));
        }
        Gesture::Rename { node, to } => {
            ways.extend(page.renamed(node, to));
            ways.push(page.line(&format!("rename({}, {})", quoted(node), quoted(to))));
        }
        Gesture::Connect { from, to, level } => {
            if let Some(level) = level
                && let Some(span) = origins.levels.get(&(from.clone(), to.clone()))
            {
                ways.extend(page.number(*span, f64::from(*level), *level));
            }
            let level = level.map_or_else(String::new, |l| format!(", level={}", literal(l)));
            let (target, port) = target(to);
            ways.push(page.line(&format!("connect({}, {target}{level}{port})", quoted(from))));
        }
        Gesture::Disconnect { from, to } => {
            let made = patch
                .connections
                .iter()
                .find(|c| c.from == *from && c.to == *to);
            ways.extend(made.and_then(|c| page.without(c.span)));
            let (target, port) = target(to);
            ways.push(page.line(&format!("unsend({}, {target}{port})", quoted(from))));
        }
        Gesture::Bind {
            node,
            control,
            pattern,
        } => {
            let mut bound = patch.bindings.iter();
            let bound = bound.find(|b| b.node == *node && b.control == *control);
            ways.extend(bound.map(|b| page.replaced(b.span, &quoted(pattern))));
            ways.push(page.line(&play(node, control.as_deref(), &quoted(pattern))));
        }
        Gesture::Unbind { node, control } => {
            let bindings = patch.bindings.iter();
            let bindings = bindings.filter(|b| b.node == *node && b.control == *control);
            let mods = patch.mods.iter();
            let mods = mods.filter(|m| m.node == *node && Some(&m.control) == control.as_ref());
            let spans = bindings.map(|b| b.span).chain(mods.map(|m| m.span));
            ways.extend(spans.filter_map(|span| page.without(span)));
            ways.push(page.line(&play(node, control.as_deref(), "None")));
        }
        Gesture::Map {
            instead_of,
            mapping,
        } => {
            let said = map(mapping);
            let old = match instead_of {
                Some((knob, node, control)) => (*knob, &**node, &**control),
                None => (mapping.knob, &*mapping.node, &*mapping.control),
            };
            let old = patch.mappings.iter().find(|m| is(m, old.0, old.1, old.2));
            ways.extend(old.and_then(|m| page.statement(m.span, &said)));
            let off = match (instead_of, old) {
                (Some(_), Some(old)) => format!("{}\n", unmap(old.knob, &old.node, &old.control)),
                _ => String::new(),
            };
            ways.push(page.line(&format!("{off}{said}")));
        }
        Gesture::Unmap {
            knob,
            node,
            control,
        } => {
            let old = patch.mappings.iter().find(|m| is(m, *knob, node, control));
            ways.extend(old.and_then(|m| page.without(m.span)));
            ways.push(page.line(&unmap(*knob, node, control)));
        }
        Gesture::Mute { node, on } => page.flag(patch, node, "mute", *on, &mut ways),
        Gesture::Solo { node, on } => page.flag(patch, node, "solo", *on, &mut ways),
        Gesture::Tempo(bpm) => {
            let way = |span: Span| page.number(span, *bpm, *bpm as f32);
            ways.extend(origins.tempo.and_then(way));
            ways.push(page.line(&format!("tempo({bpm})")));
        }
    }
    ways
}

/// A number as it is written: the shortest that reads back equal.
fn literal(value: f32) -> String {
    format!("{value}")
}

/// A string as it is written.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn path(node: &str, control: &str) -> String {
    quoted(&format!("{node}/{control}"))
}

/// A target as `connect` and `unsend` take it, and its port.
fn target(to: &Target) -> (String, String) {
    match to {
        Target::Input { node, port: 0 } => (quoted(node), String::new()),
        Target::Input { node, port } => (quoted(node), format!(", port={port}")),
        Target::Control { node, control } => (path(node, control), String::new()),
        Target::Out(1) => ("out".into(), String::new()),
        Target::Out(pair) => (format!("out({pair})"), String::new()),
    }
}

fn play(node: &str, control: Option<&str>, pattern: &str) -> String {
    match control {
        None => format!("play({}, {pattern})", quoted(node)),
        Some(control) => format!("play({}, {pattern}, {})", quoted(node), quoted(control)),
    }
}

fn map(m: &Mapping) -> String {
    let curve = match m.curve.name() {
        "linear" => String::new(),
        name => format!(", curve={}", quoted(name)),
    };
    let ends = format!(
        "{}, {}, {}",
        path(&m.node, &m.control),
        literal(m.lo),
        literal(m.hi)
    );
    match m.knob {
        Knob::Macro(index) => format!("macro({index}, {ends}{curve})"),
        Knob::Controller { cc, channel } => {
            let channel = channel.map_or_else(String::new, |c| format!(", channel={}", c + 1));
            format!("midi_map({cc}, {ends}{channel}{curve})")
        }
    }
}

fn unmap(knob: Knob, node: &str, control: &str) -> String {
    let path = path(node, control);
    match knob {
        Knob::Macro(index) => format!("unmap({path}, index={index})"),
        Knob::Controller { cc, channel: None } => format!("unmap({path}, cc={cc})"),
        Knob::Controller {
            cc,
            channel: Some(channel),
        } => {
            format!("unmap({path}, cc={cc}, channel={})", channel + 1)
        }
    }
}

/// A score's text.
struct Page<'t> {
    text: &'t str,
}

impl Page<'_> {
    fn line(&self, line: &str) -> Edits {
        Edit::append(self.text, line).into()
    }

    fn replaced(&self, span: Span, new: &str) -> Edits {
        Edit::replace(self.text, span, new).into()
    }

    fn at(&self, span: Span) -> &str {
        let stretch = self.text.get(span.start as usize..span.end as usize);
        stretch.unwrap_or_default()
    }

    /// A literal becomes another number.
    fn number(&self, span: Span, exact: f64, value: f32) -> Option<Edits> {
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
                found.push(super::put::place(text, s));
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
            collect(self.text, &program, &mut found);
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
    fn statement(&self, span: Span, new: &str) -> Option<Edits> {
        Some(self.replaced(self.around(span)?, new))
    }

    /// The text without the statement around a place; with the whole line, if nothing else is on it.
    fn without(&self, span: Span) -> Option<Edits> {
        Some(Edit::replace(self.text, self.with_line(self.around(span)?), "").into())
    }

    /// A span with its line, if it is all that is on it.
    fn with_line(&self, span: Span) -> Span {
        let (start, end) = (span.start as usize, span.end as usize);
        let before = &self.text[..start];
        let line = before.rfind('\n').map_or(0, |i| i + 1);
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
    fn mentions(&self, names: &[&str], node: &str) -> Vec<Span> {
        let Ok(tokens) = tokens(self.text) else {
            return Vec::new();
        };
        let mentions = tokens.into_iter().filter(|t| match &t.kind {
            Kind::Name(name) => names.contains(&name.as_str()),
            Kind::Str(_) => self.names(t.span, node).is_some(),
            _ => false,
        });
        mentions.map(|t| t.span).collect()
    }

    /// Where in a string's text a node's name stands, if the string is its name or a path of it.
    fn names(&self, string: Span, node: &str) -> Option<Span> {
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

    /// The names that top-level statements give a node to.
    fn variables(&self, patch: &Patch, node: &str) -> Vec<String> {
        let made = patch.node(node).map(|n| n.span).unwrap_or_default();
        let Ok(program) = parse(self.text, &Cancel::new()) else {
            return Vec::new();
        };
        let named = program
            .iter()
            .filter(|s| s.span.start <= made.start && made.end <= s.span.end);
        let named = named.filter_map(|s| match &s.kind {
            StmtKind::Assign {
                target:
                    Expr {
                        kind: ExprKind::Name(name),
                        ..
                    },
                ..
            } => Some(name.to_string()),
            _ => None,
        });
        named.collect()
    }

    /// The text without every statement that mentions a node.
    fn without_mentions(&self, patch: &Patch, node: &str) -> Option<Edits> {
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

    /// The text with a node's name replaced in every string that is or begins with it.
    fn renamed(&self, node: &str, to: &str) -> Option<Edits> {
        let strings = self.mentions(&[], node).into_iter();
        let edits =
            strings.filter_map(|s| Some(Edit::replace(self.text, self.names(s, node)?, to)));
        let edits: Vec<Edit> = edits.collect();
        (!edits.is_empty()).then(|| Edits::new(edits))
    }

    /// A node is muted or soloed, or no longer.
    fn flag(&self, patch: &Patch, node: &str, word: &str, on: bool, ways: &mut Vec<Edits>) {
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
