//! Expressions, by precedence.

use super::ast::{Definition, Expr, ExprKind, Stmt, StmtKind};
use super::diagnostic::Diagnostic;
use super::lexer::Kind;
use super::parser::{KEYWORDS, MAX_NESTING, Parser, Result};
use crate::patch::Span;
use std::rc::Rc;

/// The most operands that one operator joins without brackets: the tree is as deep as the chain is long.
const MAX_CHAIN: usize = 120;
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

impl Parser<'_> {
    /// One expression, or a tuple without brackets.
    pub fn expressions(&mut self) -> Result<Expr> {
        let first = self.item()?;
        if !self.is(",") {
            if let ExprKind::Star(_) = first.kind {
                return Err(Diagnostic::new(
                    first.span,
                    "a `*` stands in a list, a tuple or a call",
                ));
            }
            return Ok(first);
        }
        let from = first.span;
        let mut items = vec![first];
        while self.take(",") {
            if matches!(
                self.peek(),
                Kind::Newline | Kind::End | Kind::Op("=" | ")" | "]" | "}" | ":")
            ) {
                break;
            }
            items.push(self.item()?);
        }
        Ok(Expr {
            kind: ExprKind::Tuple(items),
            span: from.to(self.last_span()),
        })
    }

    pub fn expression(&mut self) -> Result<Expr> {
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

    pub fn binary(&mut self, level: usize) -> Result<Expr> {
        if level == LOGIC {
            return self.or();
        }
        let Some(ops) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        let mut links = 0;
        while let Kind::Op(op) = *self.peek() {
            if !ops.contains(&op) {
                break;
            }
            self.next();
            let right = self.binary(level + 1)?;
            let span = left.span.to(right.span);
            links += 1;
            self.check_chain(links, span)?;
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

    fn check_chain(&self, links: usize, span: Span) -> Result<()> {
        if links < MAX_CHAIN {
            return Ok(());
        }
        Err(Diagnostic::new(
            span,
            format!("more than {MAX_CHAIN} operands stand in one row"),
        )
        .hint("write them as a list, and join that: seq(*steps), sum(numbers)"))
    }

    fn or(&mut self) -> Result<Expr> {
        let mut left = self.and()?;
        let mut links = 0;
        while self.take("or") {
            let right = self.and()?;
            let span = left.span.to(right.span);
            links += 1;
            self.check_chain(links, span)?;
            left = Expr {
                kind: ExprKind::Or(Box::new(left), Box::new(right)),
                span,
            };
        }
        Ok(left)
    }
    fn and(&mut self) -> Result<Expr> {
        let mut left = self.not()?;
        let mut links = 0;
        while self.take("and") {
            let right = self.not()?;
            let span = left.span.to(right.span);
            links += 1;
            self.check_chain(links, span)?;
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
            let inner = self.deeper(Self::not)?;
            let span = from.to(inner.span);
            return Ok(Expr {
                kind: ExprKind::Not(Box::new(inner)),
                span,
            });
        }
        let first = self.binary(LOGIC + 1)?;
        let mut rest = Vec::new();
        while let Some(op) = self.comparison() {
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

    /// Takes an operator that compares.
    fn comparison(&mut self) -> Option<&'static str> {
        if let Kind::Op(op @ ("==" | "!=" | "<" | "<=" | ">" | ">=")) = *self.peek() {
            self.next();
            return Some(op);
        }
        if self.take("in") {
            return Some("in");
        }
        if self.take("is") {
            return Some(if self.take("not") { "is not" } else { "is" });
        }
        let next = self.tokens.get(self.at + 1).map(|t| &t.kind);
        if self.is("not") && matches!(next, Some(Kind::Name(n)) if n == "in") {
            self.next();
            self.next();
            return Some("not in");
        }
        None
    }

    fn unary(&mut self) -> Result<Expr> {
        let from = self.span();
        if self.take("-") {
            let inner = self.deeper(Self::unary)?;
            let span = from.to(inner.span);
            return Ok(Expr {
                kind: ExprKind::Negate(Box::new(inner)),
                span,
            });
        }
        if self.take("+") {
            return self.deeper(Self::unary);
        }
        let base = self.postfix()?;
        if !self.take("**") {
            return Ok(base);
        }
        let power = self.deeper(Self::unary)?;
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
                let kind = self.index(object)?;
                self.expect("]", "after the index")?;
                kind
            } else if self.take(".") {
                let name_span = self.span();
                let name = self.attribute()?;
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

    /// A name after a dot. `add.in(…)` is no Python, and Strudel's name.
    fn attribute(&mut self) -> Result<Rc<str>> {
        if *self.peek() == Kind::Name("in".into()) {
            self.next();
            return Ok("in".into());
        }
        self.name("a name after `.`")
    }

    fn atom(&mut self) -> Result<Expr> {
        let span = self.span();
        let kind = match self.peek().clone() {
            Kind::Int(n) => ExprKind::Int(n),
            Kind::Float(x) => ExprKind::Float(x),
            Kind::Str(_) | Kind::Format(_) => return self.strings(),
            Kind::Name(n) => match n.as_str() {
                "None" => ExprKind::None,
                "True" => ExprKind::Bool(true),
                "False" => ExprKind::Bool(false),
                keyword if KEYWORDS.contains(&keyword) => return Err(self.unexpected("a value")),
                name => ExprKind::Name(name.into()),
            },
            Kind::Op("(") => return self.bracketed(")"),
            Kind::Op("[") => return self.bracketed("]"),
            Kind::Op("{") => return self.braced(),
            _ => return Err(self.unexpected("a value")),
        };
        self.next();
        Ok(Expr { kind, span })
    }
}
