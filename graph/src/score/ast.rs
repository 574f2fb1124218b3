//! The syntax tree of a score. Every item knows its span.

use crate::patch::Span;
use std::rc::Rc;

#[derive(Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug)]
pub enum ExprKind {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Rc<str>),
    Name(Rc<str>),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    /// Round brackets around one expression: they keep a sum of patterns apart.
    Paren(Box<Expr>),
    Call {
        callee: Box<Expr>,
        args: Vec<Arg>,
    },
    Attr {
        object: Box<Expr>,
        name: Rc<str>,
        name_span: Span,
    },
    Index {
        object: Box<Expr>,
        index: Box<Expr>,
    },
    Negate(Box<Expr>),
    Not(Box<Expr>),
    Binary {
        op: &'static str,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `a < b <= c`
    Compare {
        first: Box<Expr>,
        rest: Vec<(&'static str, Expr)>,
    },
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    IfElse {
        test: Box<Expr>,
        yes: Box<Expr>,
        no: Box<Expr>,
    },
    Lambda(Rc<Definition>),
}

#[derive(Debug)]
pub struct Arg {
    pub name: Option<(Rc<str>, Span)>,
    pub value: Expr,
}

#[derive(Debug)]
pub struct Param {
    pub name: Rc<str>,
    pub default: Option<Expr>,
}

/// A function's text.
#[derive(Debug)]
pub struct Definition {
    pub name: Rc<str>,
    pub params: Vec<Param>,
    pub body: Vec<Stmt>,
    pub span: Span,
}

#[derive(Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

#[derive(Debug)]
pub enum StmtKind {
    Expr(Expr),
    Assign {
        target: Expr,
        value: Expr,
    },
    Augment {
        target: Expr,
        op: &'static str,
        value: Expr,
    },
    Def(Rc<Definition>),
    Return(Option<Expr>),
    If {
        test: Expr,
        yes: Vec<Stmt>,
        no: Vec<Stmt>,
    },
    For {
        target: Expr,
        over: Expr,
        body: Vec<Stmt>,
    },
    While {
        test: Expr,
        body: Vec<Stmt>,
    },
    With {
        context: Expr,
        body: Vec<Stmt>,
    },
    Break,
    Continue,
    /// `pass`, `import …`: nothing happens.
    Nothing,
}
