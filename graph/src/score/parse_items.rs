//! What stands in brackets: lists, tuples, dictionaries, comprehensions, slices, arguments, parameters; and strings.

use super::ast::{Arg, ArgKind, Clause, Comprehension, Expr, ExprKind, Param, ParamKind, Piece};
use super::diagnostic::Diagnostic;
use super::lexer::{Kind, Token};
use super::parser::{Parser, Result};
use super::strings::Part;
use crate::patch::Span;
use std::rc::Rc;

impl Parser<'_> {
    /// An item of a list or a tuple: an expression, or `*items`.
    pub fn item(&mut self) -> Result<Expr> {
        let from = self.span();
        if !self.take("*") {
            return self.expression();
        }
        let inner = self.binary(0)?;
        let span = from.to(inner.span);
        Ok(Expr {
            kind: ExprKind::Star(Box::new(inner)),
            span,
        })
    }

    /// `for … in … if …`, once or more, if they follow.
    fn clauses(&mut self) -> Result<Vec<Clause>> {
        let mut clauses = Vec::new();
        while self.take("for") {
            let target = self.targets()?;
            self.expect("in", "after what the loop names")?;
            let over = self.binary(0)?;
            let mut tests = Vec::new();
            while self.take("if") {
                tests.push(self.binary(0)?);
            }
            clauses.push(Clause {
                target,
                over,
                tests,
            });
        }
        Ok(clauses)
    }

    /// Round and square brackets.
    pub fn bracketed(&mut self, close: &'static str) -> Result<Expr> {
        let from = self.span();
        self.next();
        let mut items = Vec::new();
        let mut comma = false;
        while !self.is(close) {
            items.push(self.item()?);
            if self.is("for") && items.len() == 1 && !comma {
                let value = items.remove(0);
                return self.comprehension(None, value, close, from);
            }
            if !self.take(",") {
                break;
            }
            comma = true;
        }
        self.expect(close, "here")?;
        let kind = match items.len() {
            _ if close == "]" => ExprKind::List(items),
            1 if !comma => {
                let inner = items.remove(0);
                if let ExprKind::Star(_) = inner.kind {
                    return Err(Diagnostic::new(
                        inner.span,
                        "a `*` stands in a list, a tuple or a call",
                    )
                    .hint("a tuple of one has a comma: (*items,)"));
                }
                ExprKind::Paren(Box::new(inner))
            }
            _ => ExprKind::Tuple(items),
        };
        Ok(Expr {
            kind,
            span: from.to(self.last_span()),
        })
    }

    fn comprehension(
        &mut self,
        key: Option<Expr>,
        value: Expr,
        close: &'static str,
        from: Span,
    ) -> Result<Expr> {
        if let ExprKind::Star(_) = value.kind {
            return Err(Diagnostic::new(
                value.span,
                "a comprehension makes its items one by one, without `*`",
            ));
        }
        let clauses = self.clauses()?;
        self.expect(close, "after the comprehension")?;
        Ok(Expr {
            kind: ExprKind::Comprehension(Box::new(Comprehension {
                key,
                value,
                clauses,
            })),
            span: from.to(self.last_span()),
        })
    }

    /// A dictionary.
    pub fn braced(&mut self) -> Result<Expr> {
        let from = self.span();
        self.next();
        let mut entries = Vec::new();
        while !self.is("}") {
            if self.take("**") {
                entries.push((None, self.binary(0)?));
            } else {
                let key = self.expression()?;
                if self.is(",") || self.is("}") || self.is("for") {
                    return Err(Diagnostic::new(from.to(key.span), "scores have no sets")
                        .hint("a list is written [1, 2], a dictionary {\"a\": 1}"));
                }
                self.expect(":", "after the key")?;
                let value = self.expression()?;
                if self.is("for") && entries.is_empty() {
                    return self.comprehension(Some(key), value, "}", from);
                }
                entries.push((Some(key), value));
            }
            if !self.take(",") {
                break;
            }
        }
        self.expect("}", "after the dictionary")?;
        Ok(Expr {
            kind: ExprKind::Dict(entries),
            span: from.to(self.last_span()),
        })
    }

    /// What stands in the square brackets behind an object, up to the closing one.
    pub fn index(&mut self, object: Expr) -> Result<ExprKind> {
        let object = Box::new(object);
        let mut parts = [None, None, None];
        let mut colons = 0;
        loop {
            if self.take(":") {
                colons += 1;
                if colons > 2 {
                    return Err(self.unexpected("`]` after start:stop:step"));
                }
            } else if self.is("]") {
                break;
            } else if parts[colons].is_none() {
                let index = if colons == 0 {
                    self.expressions()?
                } else {
                    self.expression()?
                };
                parts[colons] = Some(index);
            } else {
                break;
            }
        }
        if colons > 0 {
            return Ok(ExprKind::Slice {
                object,
                parts: Box::new(parts),
            });
        }
        match parts {
            [Some(index), ..] => Ok(ExprKind::Index {
                object,
                index: Box::new(index),
            }),
            _ => Err(self.unexpected("an index")),
        }
    }

    /// Arguments up to the closing bracket.
    pub fn args(&mut self) -> Result<Vec<Arg>> {
        let mut args: Vec<Arg> = Vec::new();
        while !self.is(")") {
            let arg = self.arg(args.is_empty())?;
            let named = |a: &Arg| matches!(a.kind, ArgKind::Named(..) | ArgKind::StarStar);
            if matches!(arg.kind, ArgKind::Plain | ArgKind::Star) && args.iter().any(named) {
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

    fn arg(&mut self, first: bool) -> Result<Arg> {
        for (stars, kind) in [("**", ArgKind::StarStar), ("*", ArgKind::Star)] {
            if self.take(stars) {
                let value = self.expression()?;
                return Ok(Arg { kind, value });
            }
        }
        let value = self.expression()?;
        match value.kind {
            ExprKind::Name(name) if self.take("=") => Ok(Arg {
                kind: ArgKind::Named(name, value.span),
                value: self.expression()?,
            }),
            _ if self.is("for") => {
                let from = value.span;
                let clauses = self.clauses()?;
                let span = from.to(self.last_span());
                if !first || self.is(",") {
                    return Err(Diagnostic::new(
                        span,
                        "beside other arguments this needs brackets of its own",
                    )
                    .hint("write [… for … in …]"));
                }
                let comprehension = Comprehension {
                    key: None,
                    value,
                    clauses,
                };
                Ok(Arg {
                    kind: ArgKind::Plain,
                    value: Expr {
                        kind: ExprKind::Comprehension(Box::new(comprehension)),
                        span,
                    },
                })
            }
            _ => Ok(Arg {
                kind: ArgKind::Plain,
                value,
            }),
        }
    }

    /// Parameters up to what ends them.
    pub fn params(&mut self, end: &str, hints: bool) -> Result<Vec<Param>> {
        let mut params: Vec<Param> = Vec::new();
        let mut kind = ParamKind::Plain;
        while !self.is(end) {
            let span = self.span();
            let mut this = kind;
            if self.take("*") {
                if kind != ParamKind::Plain {
                    return Err(Diagnostic::new(span, "there is a `*` already"));
                }
                kind = ParamKind::Named;
                if self.take(",") {
                    continue;
                }
                this = ParamKind::Rest;
            } else if self.take("**") {
                this = ParamKind::Names;
            }
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
            let default = if matches!(this, ParamKind::Plain | ParamKind::Named) && self.take("=") {
                Some(self.expression()?)
            } else {
                None
            };
            params.push(Param {
                name,
                kind: this,
                default,
            });
            let more = self.take(",");
            if this == ParamKind::Names && !self.is(end) {
                return Err(self.unexpected(&format!("`{end}` after a `**` parameter")));
            }
            if !more {
                break;
            }
        }
        Ok(params)
    }

    /// Strings side by side, which are one, as in Python.
    pub fn strings(&mut self) -> Result<Expr> {
        let span = self.span();
        let mut pieces: Vec<Piece> = Vec::new();
        let mut text = String::new();
        let flush = |text: &mut String, pieces: &mut Vec<Piece>| {
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(text).into()));
            }
        };
        loop {
            match self.peek().clone() {
                Kind::Str(more) => text.push_str(&more),
                Kind::Format(parts) => {
                    flush(&mut text, &mut pieces);
                    pieces.extend(self.pieces(parts)?);
                }
                _ => break,
            }
            self.next();
        }
        let kind = if pieces.is_empty() {
            ExprKind::Str(text.into())
        } else {
            flush(&mut text, &mut pieces);
            ExprKind::Format(pieces)
        };
        Ok(Expr {
            kind,
            span: span.to(self.last_span()),
        })
    }

    fn pieces(&mut self, parts: Vec<Part>) -> Result<Vec<Piece>> {
        parts
            .into_iter()
            .map(|part| {
                Ok(match part {
                    Part::Text(text) => Piece::Text(Rc::from(text)),
                    Part::Value {
                        tokens,
                        conversion,
                        spec,
                    } => Piece::Value {
                        value: self.inside_string(tokens)?,
                        conversion,
                        spec: self.pieces(spec)?,
                    },
                })
            })
            .collect()
    }

    fn inside_string(&mut self, tokens: Vec<Token>) -> Result<Expr> {
        let mut parser = Parser {
            tokens,
            at: 0,
            depth: self.depth,
            cancel: self.cancel,
        };
        let value = parser.expressions()?;
        match parser.peek() {
            Kind::End => Ok(value),
            _ => Err(parser.unexpected("`}` after the value")),
        }
    }
}
