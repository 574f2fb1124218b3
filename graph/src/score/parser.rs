//! Tokens → syntax tree, by recursive descent with precedence climbing. Here: statements. Expressions are
//! read in `parse_expr`, what stands in brackets in `parse_items`, imports in `parse_import`.

use super::ast::{Definition, Expr, ExprKind, Stmt, StmtKind};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::lexer::{Kind, Token, tokens};
use super::limits::Cancel;
use crate::patch::Span;
use std::rc::Rc;

/// The deepest nesting of expressions and blocks.
pub const MAX_NESTING: usize = 60;
pub type Result<T> = std::result::Result<T, Diagnostic>;

pub const KEYWORDS: [&str; 25] = [
    "def", "return", "if", "elif", "else", "for", "while", "in", "is", "with", "as", "lambda",
    "and", "or", "not", "None", "True", "False", "pass", "break", "continue", "assert", "del",
    "global", "nonlocal",
];
/// Python's statements that scores do without, and what to do instead.
const NOT_HERE: [(&str, &str); 8] = [
    (
        "class",
        "a function that returns functions keeps things together",
    ),
    (
        "try",
        "a mistake ends the evaluation and the last good sound goes on",
    ),
    (
        "except",
        "a mistake ends the evaluation and the last good sound goes on",
    ),
    (
        "finally",
        "a mistake ends the evaluation and the last good sound goes on",
    ),
    ("raise", "say it with `assert test, \"message\"`"),
    ("yield", "return a list"),
    ("async", "patterns and `fade` say when things happen"),
    ("await", "patterns and `fade` say when things happen"),
];

pub struct Parser<'c> {
    pub tokens: Vec<Token>,
    pub at: usize,
    pub depth: usize,
    pub cancel: &'c Cancel,
}

/// Parses a whole score.
pub fn parse(text: &str, cancel: &Cancel) -> std::result::Result<Vec<Stmt>, Diagnostics> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
        cancel,
    };
    let mut program = Vec::new();
    while parser.peek() != &Kind::End {
        parser.statement(&mut program)?;
    }
    Ok(program)
}

impl Parser<'_> {
    pub fn peek(&self) -> &Kind {
        &self.tokens[self.at].kind
    }
    pub fn span(&self) -> Span {
        self.tokens[self.at].span
    }
    /// The last token that is written, ends of lines and blocks aside.
    pub fn last_span(&self) -> Span {
        let written = |t: &&Token| !matches!(t.kind, Kind::Newline | Kind::Indent | Kind::Dedent);
        self.tokens[..self.at]
            .iter()
            .rev()
            .find(written)
            .map_or_else(Span::default, |t| t.span)
    }
    pub fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }
    pub fn is(&self, op: &str) -> bool {
        match self.peek() {
            Kind::Op(o) => *o == op,
            Kind::Name(n) => n == op,
            _ => false,
        }
    }
    pub fn take(&mut self, op: &str) -> bool {
        let found = self.is(op);
        if found {
            self.next();
        }
        found
    }
    pub fn expect(&mut self, op: &str, after: &str) -> Result<()> {
        if self.take(op) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{op}` {after}")))
    }
    pub fn unexpected(&self, wanted: &str) -> Diagnostic {
        let found = match self.peek() {
            Kind::Name(n) => format!("`{n}`"),
            Kind::Op(o) => format!("`{o}`"),
            Kind::Int(_) | Kind::Float(_) => "a number".into(),
            Kind::Str(_) | Kind::Format(_) => "a string".into(),
            Kind::Newline => "the end of the line".into(),
            Kind::Indent => "an indented line".into(),
            Kind::Dedent => "the end of the block".into(),
            Kind::End => "the end of the score".into(),
        };
        Diagnostic::new(self.span(), format!("expected {wanted}, found {found}"))
    }
    pub fn name(&mut self, wanted: &str) -> Result<Rc<str>> {
        match self.peek() {
            Kind::Name(n) if !KEYWORDS.contains(&n.as_str()) => {
                let name = Rc::from(n.as_str());
                self.next();
                Ok(name)
            }
            _ => Err(self.unexpected(wanted)),
        }
    }
    pub fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_NESTING {
            return Err(Diagnostic::new(
                self.span(),
                format!("this is nested more than {MAX_NESTING} deep"),
            ));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn statement(&mut self, into: &mut Vec<Stmt>) -> Result<()> {
        self.deeper(|p| p.any_statement(into))
    }

    fn any_statement(&mut self, into: &mut Vec<Stmt>) -> Result<()> {
        self.cancel.check(self.span())?;
        if self.peek() == &Kind::Indent {
            return Err(Diagnostic::new(
                self.span(),
                "this line is indented, but no block begins above it",
            ));
        }
        let from = self.span();
        let keyword = match self.peek() {
            Kind::Name(n) => n.clone(),
            _ => String::new(),
        };
        let kind = match keyword.as_str() {
            "def" => StmtKind::Def(self.definition()?),
            _ if self.is("@") => self.decorated()?,
            "if" => self.condition()?,
            "for" => {
                self.next();
                let target = self.targets()?;
                self.expect("in", "after what the loop names")?;
                let over = self.expressions()?;
                StmtKind::For {
                    target,
                    over,
                    body: self.block()?,
                    otherwise: self.otherwise()?,
                }
            }
            "while" => {
                self.next();
                let test = self.expression()?;
                StmtKind::While {
                    test,
                    body: self.block()?,
                    otherwise: self.otherwise()?,
                }
            }
            "with" => {
                self.next();
                let context = self.expression()?;
                if self.take("as") {
                    self.name("a name after `as`")?;
                }
                StmtKind::With {
                    context,
                    body: self.block()?,
                }
            }
            _ => return self.simple_line(into),
        };
        let span = from.to(self.last_span());
        into.push(Stmt { kind, span });
        Ok(())
    }

    /// Simple statements, several with `;`, to the end of the line.
    fn simple_line(&mut self, into: &mut Vec<Stmt>) -> Result<()> {
        loop {
            let from = self.span();
            let kind = self.simple()?;
            let span = from.to(self.last_span());
            into.push(Stmt { kind, span });
            if self.take(";") && self.peek() != &Kind::Newline {
                continue;
            }
            return match self.peek() {
                Kind::Newline => {
                    self.next();
                    Ok(())
                }
                Kind::End => Ok(()),
                _ => Err(self.unexpected("the end of the line")),
            };
        }
    }

    fn simple(&mut self) -> Result<StmtKind> {
        if self.take("pass") {
            return Ok(StmtKind::Nothing);
        }
        if self.take("break") {
            return Ok(StmtKind::Break);
        }
        if self.take("continue") {
            return Ok(StmtKind::Continue);
        }
        if self.is("import") || self.is("from") {
            return self.import();
        }
        if self.take("assert") {
            let test = self.expression()?;
            let message = if self.take(",") {
                Some(self.expression()?)
            } else {
                None
            };
            return Ok(StmtKind::Assert { test, message });
        }
        if self.take("del") {
            let target = self.expressions()?;
            check_target(&target)?;
            return Ok(StmtKind::Delete(match target.kind {
                ExprKind::Tuple(targets) => targets,
                _ => vec![target],
            }));
        }
        if self.is("global") || self.is("nonlocal") {
            let global = self.is("global");
            self.next();
            let mut names = Vec::new();
            loop {
                let span = self.span();
                names.push((self.name("a name")?, span));
                if !self.take(",") {
                    return Ok(StmtKind::Outer { names, global });
                }
            }
        }
        if let Kind::Name(word) = self.peek()
            && let Some((word, instead)) = NOT_HERE.iter().find(|(w, _)| w == word)
            && !matches!(self.tokens.get(self.at + 1).map(|t| &t.kind), Some(Kind::Op(op)) if *op != "(" && *op != ":")
        {
            return Err(
                Diagnostic::new(self.span(), format!("scores have no `{word}`")).hint(*instead),
            );
        }
        if self.take("return") {
            let value = match self.peek() {
                Kind::Newline | Kind::End | Kind::Op(";") => None,
                _ => Some(self.expressions()?),
            };
            return Ok(StmtKind::Return(value));
        }
        let target = self.expressions()?;
        if self.take(":") {
            // A type hint is accepted and does nothing.
            self.expression()?;
            if !self.is("=") {
                return Ok(StmtKind::Nothing);
            }
        }
        if self.take("=") {
            check_target(&target)?;
            let value = self.expressions()?;
            if self.is("=") {
                return Err(
                    Diagnostic::new(self.span(), "one assignment to a statement")
                        .hint("give the second name its value in a line of its own"),
                );
            }
            return Ok(StmtKind::Assign { target, value });
        }
        for (augmented, op) in [
            ("+=", "+"),
            ("-=", "-"),
            ("*=", "*"),
            ("/=", "/"),
            ("//=", "//"),
            ("%=", "%"),
            ("**=", "**"),
            ("|=", "|"),
            (">>=", ">>"),
        ] {
            if self.take(augmented) {
                check_target(&target)?;
                return Ok(StmtKind::Augment {
                    target,
                    op,
                    value: self.expressions()?,
                });
            }
        }
        Ok(StmtKind::Expr(target))
    }

    fn block(&mut self) -> Result<Vec<Stmt>> {
        let colon = self.span();
        self.expect(":", "before the block")?;
        let mut body = Vec::new();
        if self.peek() != &Kind::Newline {
            self.simple_line(&mut body)?;
            return Ok(body);
        }
        self.next();
        if self.peek() != &Kind::Indent {
            return Err(Diagnostic::new(colon, "a block must follow this `:`")
                .hint("indent the lines that belong to it"));
        }
        self.next();
        while self.peek() != &Kind::Dedent {
            self.statement(&mut body)?;
        }
        self.next();
        Ok(body)
    }

    /// The `else` of a loop.
    fn otherwise(&mut self) -> Result<Vec<Stmt>> {
        if self.take("else") {
            return self.block();
        }
        Ok(Vec::new())
    }

    /// `@name` lines and the function under them.
    fn decorated(&mut self) -> Result<StmtKind> {
        let mut decorators = Vec::new();
        while self.take("@") {
            decorators.push(self.binary(1)?);
            if self.peek() != &Kind::Newline {
                return Err(self.unexpected("the end of the line"));
            }
            self.next();
        }
        if !self.is("def") {
            return Err(self.unexpected("a `def` under this `@`"));
        }
        Ok(StmtKind::Decorated {
            decorators,
            definition: self.definition()?,
        })
    }

    fn definition(&mut self) -> Result<Rc<Definition>> {
        let from = self.span();
        self.next();
        let name = self.name("a name after `def`")?;
        self.expect("(", "after the function's name")?;
        let params = self.params(")", true)?;
        self.expect(")", "after the parameters")?;
        if self.take("->") {
            self.expression()?;
        }
        let span = from.to(self.last_span());
        let body = self.block()?;
        Ok(Rc::new(Definition {
            name,
            params,
            body,
            span,
        }))
    }

    fn condition(&mut self) -> Result<StmtKind> {
        self.next();
        let test = self.expression()?;
        let yes = self.block()?;
        let mut no = Vec::new();
        if self.is("elif") {
            let from = self.span();
            let kind = self.deeper(Self::condition)?;
            no.push(Stmt {
                kind,
                span: from.to(self.last_span()),
            });
        } else if self.take("else") {
            no = self.block()?;
        }
        Ok(StmtKind::If { test, yes, no })
    }

    /// What a loop or an assignment names: names and tuples of them.
    pub fn targets(&mut self) -> Result<Expr> {
        let from = self.span();
        let mut names = vec![self.target_name()?];
        let mut comma = false;
        while self.take(",") {
            comma = true;
            if self.is("in") || self.is(")") {
                break;
            }
            names.push(self.target_name()?);
        }
        if names.len() == 1 && !comma {
            return Ok(names.remove(0));
        }
        Ok(Expr {
            kind: ExprKind::Tuple(names),
            span: from.to(self.last_span()),
        })
    }
    fn target_name(&mut self) -> Result<Expr> {
        let span = self.span();
        if self.take("(") {
            let inner = self.deeper(Self::targets)?;
            self.expect(")", "after these names")?;
            return Ok(inner);
        }
        if self.take("*") {
            let name_span = self.span();
            let name = self.name("a name after `*`")?;
            let inner = Expr {
                kind: ExprKind::Name(name),
                span: name_span,
            };
            return Ok(Expr {
                kind: ExprKind::Star(Box::new(inner)),
                span: span.to(name_span),
            });
        }
        Ok(Expr {
            kind: ExprKind::Name(self.name("a name")?),
            span,
        })
    }
}

fn check_target(target: &Expr) -> Result<()> {
    match &target.kind {
        ExprKind::Name(_) | ExprKind::Attr { .. } | ExprKind::Index { .. } => Ok(()),
        ExprKind::Paren(inner) => check_target(inner),
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().try_for_each(|x| {
            check_target(match &x.kind {
                ExprKind::Star(inner) => inner,
                _ => x,
            })
        }),
        ExprKind::Slice { .. } => Err(Diagnostic::new(
            target.span,
            "a slice cannot be assigned to",
        )
        .hint("make a new list of its parts: x[:2] + new + x[4:]")),
        _ => Err(Diagnostic::new(target.span, "this cannot be assigned to")
            .hint("to compare, write `==`")),
    }
}
