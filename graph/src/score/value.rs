//! What expressions are worth.

use super::args::Args;
use super::ast::Definition;
use super::dict::Dict;
use super::eval::{Eval, Evaluator};
use super::lib_acts::Context;
use super::lib_module::{Blueprint, Group};
use crate::patch::Span;
use crate::pattern::Pattern;
use crate::signal::Sig;
use crate::ugen::Description;
use std::cell::RefCell;
use std::rc::Rc;

/// A scope, by its place in the evaluator's list: scopes may name each other, so none owns another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeId(pub usize);

/// A function of the score.
#[derive(Debug)]
pub struct Closure {
    pub definition: Rc<Definition>,
    /// The values of the parameters' defaults.
    pub defaults: Vec<Option<Value>>,
    pub scope: ScopeId,
}

/// A function of the language.
pub struct Builtin {
    pub name: &'static str,
    /// The parameters in order; a `*` before the name takes all that follow, `**` any names.
    pub params: &'static [&'static str],
    pub run: fn(&mut Evaluator<'_>, &Args) -> Eval<Value>,
}

/// Arguments with names.
pub type Named = Vec<(Rc<str>, Given)>;

/// Methods of patterns with their arguments, to be called one after the other on what a pattern becomes.
#[derive(Clone)]
pub struct Transform {
    pub steps: Vec<(&'static Builtin, Vec<Given>, Named)>,
    /// How deep transforms stand in the arguments of transforms.
    pub depth: u32,
}

/// The modules that are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// `kr`: nodes, routing, patterns.
    Session,
    /// `krs`: signals.
    Signal,
    /// `krp`: patterns.
    Pattern,
    /// `math`: Python's, as far as music needs it.
    Math,
}

/// Where a wire may end besides a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A control of a node, and what the score has set it to so far.
    Control {
        node: Rc<str>,
        control: Rc<str>,
        value: f64,
    },
    /// A stereo pair of outputs, from 1.
    Out(u16),
    /// MIDI out: the channel of notes that say none, and under which name its pattern plays.
    Midi { channel: u8, name: Rc<str> },
}

/// Whole numbers at equal distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub step: i64,
    pub len: i64,
}

impl Range {
    /// The number at a place, if it is there.
    pub fn at(self, i: i64) -> Option<i64> {
        let distance = self.step.saturating_mul(i);
        (0..self.len)
            .contains(&i)
            .then(|| self.start.saturating_add(distance))
    }
}

#[derive(Clone)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Rc<str>),
    List(Rc<RefCell<Vec<Value>>>),
    Tuple(Rc<[Value]>),
    Dict(Rc<RefCell<Dict>>),
    Range(Range),
    Closure(Rc<Closure>),
    Builtin(&'static Builtin),
    /// A method of an object.
    Method(Rc<Value>, &'static Builtin),
    /// A transform of patterns that waits for one.
    Transform(Rc<Transform>),
    Module(Module),
    /// A signal of the function that is being built; the number tells which.
    Signal(Sig, u32),
    Pattern(Sequence),
    Node(Rc<str>),
    /// A unit generator that the session knows.
    Unit(Rc<Description>),
    Place(Place),
    /// The acts that a call noted, from … up to (by their places).
    Acts(usize, usize),
    /// What stands behind `with`.
    Context(Context),
    /// A function whose calls make modules.
    Graph(Rc<Closure>),
    /// A module.
    Blueprint(Rc<Blueprint>),
    /// A module that was put into the score.
    Group(Rc<Group>),
}

/// A pattern, and whether it is an open sum: `a + b + c` is one sequence of three.
#[derive(Clone, Debug)]
pub struct Sequence {
    pub pattern: Pattern,
    /// The steps of a sum that the next `+` extends; brackets and names close it.
    pub open: Option<Rc<Vec<Pattern>>>,
}

impl From<Pattern> for Value {
    fn from(pattern: Pattern) -> Value {
        Value::Pattern(Sequence {
            pattern,
            open: None,
        })
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.kind())
    }
}

impl Value {
    /// What it is, for messages.
    pub fn kind(&self) -> String {
        match self {
            Value::None => "None".into(),
            Value::Bool(_) => "a truth value".into(),
            Value::Int(n) => format!("the number {n}"),
            Value::Float(x) => format!("the number {x}"),
            Value::Str(_) => "a string".into(),
            Value::List(_) => "a list".into(),
            Value::Tuple(_) => "a tuple".into(),
            Value::Dict(_) => "a dictionary".into(),
            Value::Range(_) => "a range".into(),
            Value::Closure(c) => format!("the function `{}`", c.definition.name),
            Value::Builtin(b) | Value::Method(_, b) => format!("the function `{}`", b.name),
            Value::Transform(_) => "a transform of patterns".into(),
            Value::Module(_) => "a module".into(),
            Value::Signal(..) => "a signal".into(),
            Value::Pattern(_) => "a pattern".into(),
            Value::Node(name) => format!("the node `{name}`"),
            Value::Unit(about) => format!("the unit generator `{}`", about.name),
            Value::Place(Place::Out(_)) => "an output".into(),
            Value::Place(Place::Midi { .. }) => "MIDI out".into(),
            Value::Place(Place::Control { control, .. }) => format!("the control `{control}`"),
            Value::Acts(..) => "an act".into(),
            Value::Context(_) => "what stands behind `with`".into(),
            Value::Graph(c) => format!("the module function `{}`", c.definition.name),
            Value::Blueprint(_) => "a module".into(),
            Value::Group(group) => format!("the module `{}`", group.name),
        }
    }

    /// Python's truth.
    pub fn truth(&self) -> bool {
        match self {
            Value::None | Value::Bool(false) | Value::Int(0) => false,
            Value::Float(x) => *x != 0.0,
            Value::Str(s) => !s.is_empty(),
            Value::List(items) => !items.borrow().is_empty(),
            Value::Tuple(items) => !items.is_empty(),
            Value::Dict(entries) => entries.borrow().len() > 0,
            Value::Range(range) => range.len > 0,
            Value::Place(Place::Control { value, .. }) => *value != 0.0,
            _ => true,
        }
    }

    /// A number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Int(n) => Some(*n as f64),
            Value::Float(x) => Some(*x),
            Value::Bool(b) => Some(f64::from(u8::from(*b))),
            Value::Place(Place::Control { value, .. }) => Some(*value),
            _ => None,
        }
    }

    /// As it is in arithmetic: a control is what it is set to.
    pub fn counted(&self) -> Value {
        match self {
            Value::Place(Place::Control { value, .. }) => Value::Float(*value),
            other => other.clone(),
        }
    }

    /// As it is once it has a name or brackets: a sum is no longer open.
    pub fn closed(self) -> Value {
        match self {
            Value::Pattern(s) => s.pattern.into(),
            other => other,
        }
    }
}

/// An argument and where it was written.
#[derive(Clone, Debug)]
pub struct Given {
    pub value: Value,
    pub span: Span,
}
