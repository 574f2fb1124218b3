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
    /// A string with values in it: `f"{x:.2f} Hz"`.
    Format(Vec<Piece>),
    Name(Rc<str>),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    /// A dictionary's entries; without a key, another dictionary's (`**other`).
    Dict(Vec<(Option<Expr>, Expr)>),
    /// `[x for y in z if w]` and its like.
    Comprehension(Box<Comprehension>),
    /// `*items`, in a list, a tuple or on the left of an assignment.
    Star(Box<Expr>),
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
    /// `object[start:stop:step]`
    Slice {
        object: Box<Expr>,
        parts: Box<[Option<Expr>; 3]>,
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

/// A piece of a string with values in it.
#[derive(Debug)]
pub enum Piece {
    Text(Rc<str>),
    Value {
        value: Expr,
        /// `s`, `r` or `a`, from `!r`.
        conversion: Option<char>,
        /// What stands behind the `:`, which may hold values itself.
        spec: Vec<Piece>,
    },
}

#[derive(Debug)]
pub struct Comprehension {
    /// Of a dictionary: the key of each entry.
    pub key: Option<Expr>,
    pub value: Expr,
    pub clauses: Vec<Clause>,
}

/// `for target in over if … if …`
#[derive(Debug)]
pub struct Clause {
    pub target: Expr,
    pub over: Expr,
    pub tests: Vec<Expr>,
}

/// How an argument is given.
#[derive(Debug, Clone)]
pub enum ArgKind {
    Plain,
    Named(Rc<str>, Span),
    /// `*items`
    Star,
    /// `**entries`
    StarStar,
}

#[derive(Debug)]
pub struct Arg {
    pub kind: ArgKind,
    pub value: Expr,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// By position or by name.
    Plain,
    /// By name alone: it stands behind a `*`.
    Named,
    /// `*rest`: all further positions.
    Rest,
    /// `**names`: all further names.
    Names,
}

#[derive(Debug)]
pub struct Param {
    pub name: Rc<str>,
    pub kind: ParamKind,
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
    /// `@name` above a `def`, the topmost first.
    Decorated {
        decorators: Vec<Expr>,
        definition: Rc<Definition>,
    },
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
        /// What runs when the loop was not left by `break`.
        otherwise: Vec<Stmt>,
    },
    While {
        test: Expr,
        body: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    With {
        context: Expr,
        body: Vec<Stmt>,
    },
    Assert {
        test: Expr,
        message: Option<Expr>,
    },
    Delete(Vec<Expr>),
    /// `global a, b` or `nonlocal a, b`.
    Outer {
        names: Vec<(Rc<str>, Span)>,
        global: bool,
    },
    Break,
    Continue,
    /// `pass`, `import …`: nothing happens.
    Nothing,
}
