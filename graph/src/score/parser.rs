//! Tokens → syntax tree, by recursive descent with precedence climbing.

use super::ast::{Arg, Definition, Expr, ExprKind, Param, Stmt, StmtKind};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::lexer::{Kind, Token, tokens};
use crate::patch::Span;
use std::rc::Rc;

/// The deepest nesting of expressions and blocks.
const MAX_NESTING: usize = 60;

type Result<T> = std::result::Result<T, Diagnostic>;

/// Binary operators from the loosest to the tightest. `@` and `>>` are looser than in Python, so that patterns
/// and routes need no brackets.
const LEVELS: [&[&str]; 6] = [
    &["@"],
    &[">>"],
    &["or", "and", "not", "<"],
    &["|"],
    &["+", "-"],
    &["*", "/", "//", "%"],
];
const LOGIC: usize = 2;
const KEYWORDS: [&str; 20] = [
    "def", "return", "if", "elif", "else", "for", "while", "in", "with", "as", "lambda", "and",
    "or", "not", "None", "True", "False", "pass", "break", "continue",
];

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// Parses a whole score.
pub fn parse(text: &str) -> std::result::Result<Vec<Stmt>, Diagnostics> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let mut program = Vec::new();
    while parser.peek() != &Kind::End {
        parser.statement(&mut program)?;
    }
    Ok(program)
}

impl Parser {
    fn peek(&self) -> &Kind {
        &self.tokens[self.at].kind
    }
    fn span(&self) -> Span {
        self.tokens[self.at].span
    }
    /// The last token that is written, ends of lines and blocks aside.
    fn last_span(&self) -> Span {
        let written = |t: &&Token| !matches!(t.kind, Kind::Newline | Kind::Indent | Kind::Dedent);
        self.tokens[..self.at]
            .iter()
            .rev()
            .find(written)
            .map_or_else(Span::default, |t| t.span)
    }
    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }
    fn is(&self, op: &str) -> bool {
        match self.peek() {
            Kind::Op(o) => *o == op,
            Kind::Name(n) => n == op,
            _ => false,
        }
    }
    fn take(&mut self, op: &str) -> bool {
        let found = self.is(op);
        if found {
            self.next();
        }
        found
    }
    fn expect(&mut self, op: &str, after: &str) -> Result<()> {
        if self.take(op) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{op}` {after}")))
    }
    fn unexpected(&self, wanted: &str) -> Diagnostic {
        let found = match self.peek() {
            Kind::Name(n) => format!("`{n}`"),
            Kind::Op(o) => format!("`{o}`"),
            Kind::Int(_) | Kind::Float(_) => "a number".into(),
            Kind::Str(_) => "a string".into(),
            Kind::Newline => "the end of the line".into(),
            Kind::Indent => "an indented line".into(),
            Kind::Dedent => "the end of the block".into(),
            Kind::End => "the end of the score".into(),
        };
        Diagnostic::new(self.span(), format!("expected {wanted}, found {found}"))
    }
    fn name(&mut self, wanted: &str) -> Result<Rc<str>> {
        match self.peek() {
            Kind::Name(n) if !KEYWORDS.contains(&n.as_str()) => {
                let name = Rc::from(n.as_str());
                self.next();
                Ok(name)
            }
            _ => Err(self.unexpected(wanted)),
        }
    }
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Parser) -> Result<T>) -> Result<T> {
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
            "def" => self.definition()?,
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
                }
            }
            "while" => {
                self.next();
                let test = self.expression()?;
                StmtKind::While {
                    test,
                    body: self.block()?,
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
            // Everything that may be imported is there already.
            while !matches!(self.peek(), Kind::Newline | Kind::End) {
                self.next();
            }
            return Ok(StmtKind::Nothing);
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
            return Ok(StmtKind::Assign {
                target,
                value: self.expressions()?,
            });
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

    fn definition(&mut self) -> Result<StmtKind> {
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
        Ok(StmtKind::Def(Rc::new(Definition {
            name,
            params,
            body,
            span,
        })))
    }

    fn params(&mut self, end: &str, hints: bool) -> Result<Vec<Param>> {
        let mut params: Vec<Param> = Vec::new();
        while !self.is(end) {
            let span = self.span();
            let name = self.name("a parameter's name")?;
            if params.iter().any(|p| p.name == name) {
                return Err(Diagnostic::new(
                    span,
                    format!("parameter `{name}` is there twice"),
                ));
            }
            if hints && self.take(":") {
                self.expression()?;
            }
            let default = if self.take("=") {
                Some(self.expression()?)
            } else {
                None
            };
            params.push(Param { name, default });
            if !self.take(",") {
                break;
            }
        }
        Ok(params)
    }

    fn condition(&mut self) -> Result<StmtKind> {
        self.next();
        let test = self.expression()?;
        let yes = self.block()?;
        let mut no = Vec::new();
        if self.is("elif") {
            let from = self.span();
            let kind = self.deeper(Parser::condition)?;
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
    fn targets(&mut self) -> Result<Expr> {
        let from = self.span();
        let mut names = vec![self.target_name()?];
        while self.take(",") {
            names.push(self.target_name()?);
        }
        if names.len() == 1 {
            return Ok(names.remove(0));
        }
        Ok(Expr {
            kind: ExprKind::Tuple(names),
            span: from.to(self.last_span()),
        })
    }
    fn target_name(&mut self) -> Result<Expr> {
        let span = self.span();
        Ok(Expr {
            kind: ExprKind::Name(self.name("a name")?),
            span,
        })
    }

    /// One expression, or a tuple without brackets.
    fn expressions(&mut self) -> Result<Expr> {
        let first = self.expression()?;
        if !self.is(",") {
            return Ok(first);
        }
        let from = first.span;
        let mut items = vec![first];
        while self.take(",") {
            if matches!(self.peek(), Kind::Newline | Kind::End) || self.is("=") {
                break;
            }
            items.push(self.expression()?);
        }
        Ok(Expr {
            kind: ExprKind::Tuple(items),
            span: from.to(self.last_span()),
        })
    }

    fn expression(&mut self) -> Result<Expr> {
        self.deeper(|p| {
            if p.is("lambda") {
                return p.lambda();
            }
            let yes = p.binary(0)?;
            if !p.is("if") {
                return Ok(yes);
            }
            p.next();
            let test = p.binary(0)?;
            p.expect("else", "in a conditional expression")?;
            let no = p.expression()?;
            let span = yes.span.to(no.span);
            let kind = ExprKind::IfElse {
                test: Box::new(test),
                yes: Box::new(yes),
                no: Box::new(no),
            };
            Ok(Expr { kind, span })
        })
    }

    fn lambda(&mut self) -> Result<Expr> {
        let from = self.span();
        self.next();
        let params = self.params(":", false)?;
        self.expect(":", "after the parameters")?;
        let value = self.expression()?;
        let span = from.to(value.span);
        let body = vec![Stmt {
            span: value.span,
            kind: StmtKind::Return(Some(value)),
        }];
        let definition = Definition {
            name: Rc::from("lambda"),
            params,
            body,
            span,
        };
        Ok(Expr {
            kind: ExprKind::Lambda(Rc::new(definition)),
            span,
        })
    }

    fn binary(&mut self, level: usize) -> Result<Expr> {
        if level == LOGIC {
            return self.or();
        }
        let Some(ops) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        while let Kind::Op(op) = *self.peek() {
            if !ops.contains(&op) {
                break;
            }
            self.next();
            let right = self.binary(level + 1)?;
            let span = left.span.to(right.span);
            left = Expr {
                kind: ExprKind::Binary {
                    op,
                    left: Box::new(left),
                    right: Box::new(right),
                },
                span,
            };
        }
        Ok(left)
    }

    fn or(&mut self) -> Result<Expr> {
        let mut left = self.and()?;
        while self.take("or") {
            let right = self.and()?;
            let span = left.span.to(right.span);
            left = Expr {
                kind: ExprKind::Or(Box::new(left), Box::new(right)),
                span,
            };
        }
        Ok(left)
    }
    fn and(&mut self) -> Result<Expr> {
        let mut left = self.not()?;
        while self.take("and") {
            let right = self.not()?;
            let span = left.span.to(right.span);
            left = Expr {
                kind: ExprKind::And(Box::new(left), Box::new(right)),
                span,
            };
        }
        Ok(left)
    }
    fn not(&mut self) -> Result<Expr> {
        let from = self.span();
        if self.take("not") {
            let inner = self.deeper(Parser::not)?;
            let span = from.to(inner.span);
            return Ok(Expr {
                kind: ExprKind::Not(Box::new(inner)),
                span,
            });
        }
        let first = self.binary(LOGIC + 1)?;
        let mut rest = Vec::new();
        while let Kind::Op(op @ ("==" | "!=" | "<" | "<=" | ">" | ">=")) = *self.peek() {
            self.next();
            rest.push((op, self.binary(LOGIC + 1)?));
        }
        match rest.last() {
            None => Ok(first),
            Some((_, last)) => {
                let span = first.span.to(last.span);
                Ok(Expr {
                    kind: ExprKind::Compare {
                        first: Box::new(first),
                        rest,
                    },
                    span,
                })
            }
        }
    }

    fn unary(&mut self) -> Result<Expr> {
        let from = self.span();
        if self.take("-") {
            let inner = self.deeper(Parser::unary)?;
            let span = from.to(inner.span);
            return Ok(Expr {
                kind: ExprKind::Negate(Box::new(inner)),
                span,
            });
        }
        if self.take("+") {
            return self.deeper(Parser::unary);
        }
        let base = self.postfix()?;
        if !self.take("**") {
            return Ok(base);
        }
        let power = self.deeper(Parser::unary)?;
        let span = base.span.to(power.span);
        Ok(Expr {
            kind: ExprKind::Binary {
                op: "**",
                left: Box::new(base),
                right: Box::new(power),
            },
            span,
        })
    }

    fn postfix(&mut self) -> Result<Expr> {
        let mut object = self.atom()?;
        // Each call, index or attribute wraps the one before: a chain is as deep as it is long.
        let mut links = 0;
        loop {
            let from = object.span;
            let kind = if self.take("(") {
                let args = self.args()?;
                self.expect(")", "after the arguments")?;
                ExprKind::Call {
                    callee: Box::new(object),
                    args,
                }
            } else if self.take("[") {
                let index = self.expressions()?;
                self.expect("]", "after the index")?;
                ExprKind::Index {
                    object: Box::new(object),
                    index: Box::new(index),
                }
            } else if self.take(".") {
                let name_span = self.span();
                let name = self.name("a name after `.`")?;
                ExprKind::Attr {
                    object: Box::new(object),
                    name,
                    name_span,
                }
            } else {
                return Ok(object);
            };
            links += 1;
            object = Expr {
                kind,
                span: from.to(self.last_span()),
            };
            if self.depth + links > MAX_NESTING {
                return Err(Diagnostic::new(
                    object.span,
                    format!("this chain has more than {MAX_NESTING} links"),
                ));
            }
        }
    }

    fn args(&mut self) -> Result<Vec<Arg>> {
        let mut args: Vec<Arg> = Vec::new();
        while !self.is(")") {
            let value = self.expression()?;
            let arg = match value.kind {
                ExprKind::Name(name) if self.take("=") => Arg {
                    name: Some((name, value.span)),
                    value: self.expression()?,
                },
                _ => Arg { name: None, value },
            };
            if arg.name.is_none() && args.iter().any(|a| a.name.is_some()) {
                return Err(Diagnostic::new(
                    arg.value.span,
                    "an argument without a name follows one with a name",
                ));
            }
            args.push(arg);
            if !self.take(",") {
                break;
            }
        }
        Ok(args)
    }

    fn atom(&mut self) -> Result<Expr> {
        let span = self.span();
        let kind = match self.peek().clone() {
            Kind::Int(n) => ExprKind::Int(n),
            Kind::Float(x) => ExprKind::Float(x),
            Kind::Str(s) => {
                self.next();
                let mut whole = s;
                // Strings side by side are one, as in Python.
                while let Kind::Str(more) = self.peek().clone() {
                    whole.push_str(&more);
                    self.next();
                }
                return Ok(Expr {
                    kind: ExprKind::Str(whole.into()),
                    span: span.to(self.last_span()),
                });
            }
            Kind::Name(n) => match n.as_str() {
                "None" => ExprKind::None,
                "True" => ExprKind::Bool(true),
                "False" => ExprKind::Bool(false),
                keyword if KEYWORDS.contains(&keyword) => return Err(self.unexpected("a value")),
                name => ExprKind::Name(name.into()),
            },
            Kind::Op("(") => return self.bracketed(")"),
            Kind::Op("[") => return self.bracketed("]"),
            _ => return Err(self.unexpected("a value")),
        };
        self.next();
        Ok(Expr { kind, span })
    }

    fn bracketed(&mut self, close: &'static str) -> Result<Expr> {
        let from = self.span();
        self.next();
        let mut items = Vec::new();
        let mut comma = false;
        while !self.is(close) {
            items.push(self.expression()?);
            if !self.take(",") {
                break;
            }
            comma = true;
        }
        self.expect(close, "here")?;
        let kind = match items.len() {
            _ if close == "]" => ExprKind::List(items),
            1 if !comma => ExprKind::Paren(Box::new(items.remove(0))),
            _ => ExprKind::Tuple(items),
        };
        Ok(Expr {
            kind,
            span: from.to(self.last_span()),
        })
    }
}

fn check_target(target: &Expr) -> Result<()> {
    match &target.kind {
        ExprKind::Name(_) | ExprKind::Attr { .. } | ExprKind::Index { .. } => Ok(()),
        ExprKind::Paren(inner) => check_target(inner),
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().try_for_each(check_target),
        _ => Err(Diagnostic::new(target.span, "this cannot be assigned to")
            .hint("to compare, write `==`")),
    }
}
