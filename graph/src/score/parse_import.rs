//! `import` and `from … import …`: everything there is is there already, so an import only gives it another name.

use super::ast::{Expr, ExprKind, StmtKind};
use super::diagnostic::Diagnostic;
use super::lexer::Kind;
use super::names;
use super::parser::{Parser, Result};
use crate::patch::Span;
use std::rc::Rc;

/// What is imported from: a module of scores, or one that means nothing here.
enum From {
    Module(&'static str),
    Nothing,
}

/// A module by the path that Python code names it by.
fn module(path: &[Rc<str>]) -> Option<From> {
    let path: Vec<&str> = path.iter().map(|part| &**part).collect();
    Some(match path[..] {
        ["math"] => From::Module("math"),
        ["krs"] | ["krach" | "kr" | "sorl", "signal" | "krs", ..] => From::Module("krs"),
        ["krp"] | ["krach" | "kr" | "sorl", "pattern" | "krp", ..] => From::Module("krp"),
        ["krach" | "kr" | "sorl", ..] => From::Module("kr"),
        ["typing" | "__future__", ..] => From::Nothing,
        _ => return None,
    })
}

impl Parser<'_> {
    /// An import, as the assignment that it is.
    pub fn import(&mut self) -> Result<StmtKind> {
        let from = self.take("from");
        if !from {
            self.next();
        }
        let mut bound: Vec<(Expr, Expr)> = Vec::new();
        loop {
            let span = self.span();
            let path = self.path()?;
            let span = span.to(self.last_span());
            let found = module(&path).ok_or_else(|| {
                Diagnostic::new(span, format!("scores cannot import `{}`", path.join("."))).hint(
                    "there are `math` and `krach`, and what they hold is there without an import",
                )
            })?;
            if from {
                self.expect("import", "after the module")?;
                self.imported(&found, &mut bound)?;
                break;
            }
            if self.take("as") {
                let at = self.span();
                let alias = self.name("a name after `as`")?;
                if let From::Module(module) = found {
                    bind(&mut bound, alias, at, name(module.into(), span));
                }
            }
            if !self.take(",") {
                break;
            }
        }
        let span = self.last_span();
        let (targets, values): (Vec<Expr>, Vec<Expr>) = bound.into_iter().unzip();
        if targets.is_empty() {
            return Ok(StmtKind::Nothing);
        }
        let tuple = |items| Expr {
            kind: ExprKind::Tuple(items),
            span,
        };
        Ok(StmtKind::Assign {
            target: tuple(targets),
            value: tuple(values),
        })
    }

    fn path(&mut self) -> Result<Vec<Rc<str>>> {
        let mut path = vec![self.name("a module's name")?];
        while self.take(".") {
            path.push(self.name("a name after `.`")?);
        }
        Ok(path)
    }

    /// What stands behind `from … import`.
    fn imported(&mut self, from: &From, bound: &mut Vec<(Expr, Expr)>) -> Result<()> {
        let star = self.span();
        if self.take("*") {
            return match from {
                From::Module("math") => Err(Diagnostic::new(star, "name what is needed of `math`")
                    .hint("from math import pi, sin")),
                _ => Ok(()),
            };
        }
        let bracket = self.take("(");
        while !matches!(self.peek(), Kind::Newline | Kind::End | Kind::Op(")" | ";")) {
            let span = self.span();
            let what = self.name("a name to import")?;
            let (mut alias, mut at) = (Rc::clone(&what), span);
            let renamed = self.take("as");
            if renamed {
                at = self.span();
                alias = self.name("a name after `as`")?;
            }
            match from {
                // Only `math` has names that are not there bare.
                From::Module("math") => bind(bound, alias, at, attr("math", what, span)),
                From::Module(module) if renamed => {
                    let inner = match &*what {
                        "signal" => "krs",
                        "pattern" => "krp",
                        other => other,
                    };
                    let value = match names::module(inner) {
                        Some(_) => name(inner.into(), span),
                        None => attr(module, what, span),
                    };
                    bind(bound, alias, at, value);
                }
                _ => {}
            }
            if !self.take(",") {
                break;
            }
        }
        if bracket {
            self.expect(")", "after the imported names")?;
        }
        Ok(())
    }
}

fn name(name: Rc<str>, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Name(name),
        span,
    }
}

fn attr(module: &str, what: Rc<str>, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Attr {
            object: Box::new(name(module.into(), span)),
            name: what,
            name_span: span,
        },
        span,
    }
}

/// Modules have their names already.
fn bind(bound: &mut Vec<(Expr, Expr)>, alias: Rc<str>, at: Span, value: Expr) {
    if names::module(&alias).is_none() {
        bound.push((name(alias, at), value));
    }
}
