//! The evaluator: walks the tree, within bounds.

use super::args::Args;
use super::ast::{Arg, Expr, ExprKind, Stmt};
use super::diagnostic::{Diagnostic, nearest};
use super::names;
use super::value::{Closure, Given, Module, Place, ScopeId, Value};
use super::{lib_pattern, operators};
use crate::patch::{Node, Patch, Span};
use crate::signal::Builder;
use crate::ugen::Units;
use std::collections::HashMap;
use std::rc::Rc;

/// The result of evaluating; the error is boxed because it is rare and large.
pub type Eval<T> = Result<T, Box<Diagnostic>>;

/// Most steps (expressions and statements) that a score may take.
const MAX_STEPS: u32 = 2_000_000;
/// Deepest nesting of calls and expressions together.
const MAX_DEPTH: u32 = 200;
/// Most items that all lists and scopes together may come to hold.
const MAX_ITEMS: usize = 1_000_000;

#[derive(Default)]
struct Scope {
    parent: Option<ScopeId>,
    names: HashMap<Rc<str>, Value>,
}

/// A signal function that is being built.
pub struct Trace {
    pub builder: Builder,
    pub number: u32,
}

/// The state of an evaluation.
pub struct Evaluator<'t> {
    text: &'t str,
    units: &'t Units,
    pub patch: Patch,
    pub trace: Option<Trace>,
    pub traces: u32,
    /// The simple statement that runs.
    pub statement: Span,
    scopes: Vec<Scope>,
    pub scope: ScopeId,
    steps: u32,
    depth: u32,
    items: usize,
}

impl<'t> Evaluator<'t> {
    /// Runs a program from nothing.
    pub fn run(text: &'t str, program: &[Stmt], units: &'t Units) -> Eval<Patch> {
        let mut e = Evaluator {
            text,
            units,
            patch: Patch::default(),
            trace: None,
            traces: 0,
            statement: Span::default(),
            scopes: vec![Scope::default()],
            scope: ScopeId(0),
            steps: 0,
            depth: 0,
            items: 0,
        };
        for statement in program {
            e.top_level(statement)?;
        }
        Ok(e.patch)
    }

    /// What is written in a span.
    pub fn text(&self, span: Span) -> String {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
            .to_owned()
    }

    /// Counts a step; a score without end is stopped.
    pub fn step(&mut self, span: Span) -> Eval<()> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Diagnostic::new(
                span,
                "this score takes too long: it was stopped after two million steps",
            )
            .hint("is there a loop that never ends?")
            .into());
        }
        Ok(())
    }

    /// Counts items that come to be held.
    pub fn hold(&mut self, items: usize, span: Span) -> Eval<()> {
        self.items = self.items.saturating_add(items);
        if self.items > MAX_ITEMS {
            return Err(Diagnostic::new(span, "this score needs too much memory").into());
        }
        Ok(())
    }

    fn deeper<T>(&mut self, span: Span, inner: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Diagnostic::new(span, "this is nested too deep")
                .hint("does a function call itself without end?")
                .into());
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    pub fn expr(&mut self, expr: &Expr) -> Eval<Value> {
        self.step(expr.span)?;
        self.deeper(expr.span, |e| e.any_expr(expr))
    }

    pub fn given(&mut self, expr: &Expr) -> Eval<Given> {
        Ok(Given {
            value: self.expr(expr)?,
            span: expr.span,
        })
    }

    fn any_expr(&mut self, expr: &Expr) -> Eval<Value> {
        Ok(match &expr.kind {
            ExprKind::None => Value::None,
            ExprKind::Bool(b) => Value::Bool(*b),
            ExprKind::Int(n) => Value::Int(*n),
            ExprKind::Float(x) => Value::Float(*x),
            ExprKind::Str(s) => Value::Str(Rc::clone(s)),
            ExprKind::Name(name) => self.lookup(name, expr.span)?,
            ExprKind::Paren(inner) => self.expr(inner)?.closed(),
            ExprKind::List(items) => {
                self.hold(items.len(), expr.span)?;
                let items = items
                    .iter()
                    .map(|x| self.expr(x))
                    .collect::<Eval<Vec<_>>>()?;
                Value::List(Rc::new(items.into()))
            }
            ExprKind::Tuple(items) => {
                self.hold(items.len(), expr.span)?;
                Value::Tuple(items.iter().map(|x| self.expr(x)).collect::<Eval<_>>()?)
            }
            ExprKind::Call { callee, args } => return self.call_expr(callee, args, expr.span),
            ExprKind::Attr {
                object,
                name,
                name_span,
            } => self.attr(object, name, *name_span)?,
            ExprKind::Index { object, index } => {
                let (object, index) = (self.given(object)?, self.given(index)?);
                self.index(&object, &index)?
            }
            ExprKind::Negate(inner) => {
                let inner = self.given(inner)?;
                operators::negate(self, &inner)?
            }
            ExprKind::Not(inner) => Value::Bool(!self.truth(inner)?),
            ExprKind::And(left, right) => {
                let left = self.expr(left)?;
                if left.truth() {
                    self.expr(right)?
                } else {
                    left
                }
            }
            ExprKind::Or(left, right) => {
                let left = self.expr(left)?;
                if left.truth() {
                    left
                } else {
                    self.expr(right)?
                }
            }
            ExprKind::IfElse { test, yes, no } => {
                if self.truth(test)? {
                    self.expr(yes)?
                } else {
                    self.expr(no)?
                }
            }
            ExprKind::Binary { op, left, right } => {
                let (left, right) = (self.given(left)?, self.given(right)?);
                operators::binary(self, op, &left, &right, expr.span)?
            }
            ExprKind::Compare { first, rest } => {
                let mut left = self.given(first)?;
                for (op, right) in rest {
                    let right = self.given(right)?;
                    if !operators::compare(op, &left, &right)? {
                        return Ok(Value::Bool(false));
                    }
                    left = right;
                }
                Value::Bool(true)
            }
            ExprKind::Lambda(definition) => self.closure(definition)?,
        })
    }

    pub fn truth(&mut self, expr: &Expr) -> Eval<bool> {
        match self.expr(expr)? {
            Value::Signal(..) => Err(Diagnostic::new(
                expr.span,
                "a signal is not true or false: it has not run yet",
            )
            .into()),
            value => Ok(value.truth()),
        }
    }

    fn lookup(&mut self, name: &Rc<str>, span: Span) -> Eval<Value> {
        let mut at = Some(self.scope);
        while let Some(ScopeId(i)) = at {
            if let Some(value) = self.scopes[i].names.get(name) {
                return Ok(value.clone());
            }
            at = self.scopes[i].parent;
        }
        if let Some(module) = names::module(name) {
            return Ok(Value::Module(module));
        }
        if let Some(builtin) = names::bare(name, self.trace.is_some()) {
            return Ok(Value::Builtin(builtin));
        }
        if &**name == "out" {
            return Ok(Value::Place(Place::Out(1)));
        }
        if let Some(unit) = self.units.get(name) {
            return Ok(Value::Unit(Rc::new(unit.describe().clone())));
        }
        let mut known: Vec<&str> = names::all().collect();
        known.extend(self.units.names());
        let mut at = Some(self.scope);
        while let Some(ScopeId(i)) = at {
            known.extend(self.scopes[i].names.keys().map(|n| &**n));
            at = self.scopes[i].parent;
        }
        let d = Diagnostic::new(span, format!("there is no name `{name}` here"));
        Err(match nearest(name, known) {
            Some(near) => d.hint(format!("did you mean `{near}`?")),
            None => d,
        }
        .into())
    }

    pub fn assign(&mut self, name: &Rc<str>, value: Value, span: Span) -> Eval<()> {
        if names::module(name).is_some() {
            return Err(
                Diagnostic::new(span, format!("`{name}` is a module and stays one")).into(),
            );
        }
        self.hold(1, span)?;
        self.scopes[self.scope.0]
            .names
            .insert(Rc::clone(name), value.closed());
        Ok(())
    }

    fn attr(&mut self, object: &Expr, name: &Rc<str>, span: Span) -> Eval<Value> {
        let object = self.expr(object)?;
        let (found, known): (_, Vec<&str>) = match &object {
            Value::Module(module) => {
                if let (Module::Session, Some(inner)) = (module, names::module(name)) {
                    return Ok(Value::Module(inner));
                }
                if (&**name, *module) == ("Signal", Module::Signal)
                    || (&**name, *module) == ("out", Module::Session)
                {
                    // A type hint, or the output.
                    return Ok(Value::Place(Place::Out(1)));
                }
                let found = names::functions(*module)
                    .find(|b| b.name == &**name)
                    .map(Value::Builtin);
                (found, names::functions(*module).map(|b| b.name).collect())
            }
            Value::Pattern(_) => {
                let found = lib_pattern::METHODS.iter().find(|m| m.name == &**name);
                let method = found.map(|m| Value::Method(Rc::new(object.clone()), m));
                (
                    method,
                    lib_pattern::METHODS.iter().map(|m| m.name).collect(),
                )
            }
            _ => (None, Vec::new()),
        };
        found.ok_or_else(|| {
            let d = Diagnostic::new(span, format!("{} has no `{name}`", object.kind()));
            match nearest(name, known) {
                Some(near) => d.hint(format!("did you mean `{near}`?")),
                None => d,
            }
            .into()
        })
    }

    fn index(&mut self, object: &Given, index: &Given) -> Eval<Value> {
        let items: Vec<Value> = match (&object.value, &index.value) {
            (Value::Node(node), Value::Str(control)) => {
                self.control_of(node, control, index.span)?;
                return Ok(Value::Place(Place::Control {
                    node: Rc::clone(node),
                    control: Rc::clone(control),
                }));
            }
            (Value::List(items), _) => items.borrow().clone(),
            (Value::Tuple(items), _) => items.to_vec(),
            _ => {
                return Err(Diagnostic::new(
                    object.span,
                    format!("{} has no items", object.value.kind()),
                )
                .into());
            }
        };
        let Value::Int(i) = index.value else {
            return Err(Diagnostic::new(index.span, "an index must be a whole number").into());
        };
        let at = if i < 0 { i + items.len() as i64 } else { i };
        usize::try_from(at)
            .ok()
            .and_then(|at| items.get(at).cloned())
            .ok_or_else(|| {
                Diagnostic::new(
                    index.span,
                    format!("index {i} is outside of {} items", items.len()),
                )
                .into()
            })
    }

    /// The node with a name, or a diagnostic that offers the nearest.
    pub fn node(&self, name: &str, span: Span) -> Eval<&Node> {
        self.patch.node(name).ok_or_else(|| {
            let d = Diagnostic::new(span, format!("there is no node `{name}`"));
            match nearest(name, self.patch.nodes.iter().map(|n| n.name.as_str())) {
                Some(near) => d.hint(format!("did you mean `{near}`?")),
                None => d.hint("make it with node(\"name\", function)"),
            }
            .into()
        })
    }

    /// Start value and range of a node's control, or a diagnostic that offers the nearest.
    pub fn control_of(&self, node: &str, control: &str, span: Span) -> Eval<(f32, f32, f32)> {
        let described = self.node(node, span)?;
        described.range(control).ok_or_else(|| {
            let d = Diagnostic::new(span, format!("node `{node}` has no control `{control}`"));
            let known: Vec<&str> = described
                .controls()
                .iter()
                .map(|c| c.name.as_str())
                .chain([crate::patch::GAIN, crate::patch::PAN])
                .collect();
            match nearest(control, known.iter().copied()) {
                Some(near) => d.hint(format!("did you mean `{near}`?")),
                None => d.hint(format!("it has {}", known.join(", "))),
            }
            .into()
        })
    }

    fn call_expr(&mut self, callee: &Expr, args: &[Arg], span: Span) -> Eval<Value> {
        let function = self.given(callee)?;
        let mut positional = Vec::new();
        let mut named: Vec<(Rc<str>, Given)> = Vec::new();
        for arg in args {
            let mut given = self.given(&arg.value)?;
            given.value = given.value.closed();
            match &arg.name {
                None => positional.push(given),
                Some((name, name_span)) if named.iter().any(|(n, _)| n == name) => {
                    return Err(Diagnostic::new(
                        *name_span,
                        format!("argument `{name}` is given twice"),
                    )
                    .into());
                }
                Some((name, _)) => named.push((Rc::clone(name), given)),
            }
        }
        self.call(&function, positional, named, span)
    }

    /// Calls a function of the score or of the language.
    pub fn call(
        &mut self,
        function: &Given,
        positional: Vec<Given>,
        named: Vec<(Rc<str>, Given)>,
        span: Span,
    ) -> Eval<Value> {
        match &function.value {
            Value::Builtin(builtin) => {
                let args = Args::bind(builtin, span, positional, named)?;
                (builtin.run)(self, &args)
            }
            Value::Method(object, builtin) => {
                let object = Given {
                    value: (**object).clone(),
                    span: function.span,
                };
                let positional = std::iter::once(object).chain(positional).collect();
                let args = Args::bind(builtin, span, positional, named)?;
                (builtin.run)(self, &args)
            }
            Value::Closure(closure) => {
                let closure = Rc::clone(closure);
                self.call_closure(&closure, positional, named, span)
            }
            Value::Place(Place::Out(_)) => match &positional[..] {
                [
                    Given {
                        value: Value::Int(pair @ 1..=9),
                        ..
                    },
                ] => Ok(Value::Place(Place::Out(*pair as u16))),
                _ => Err(
                    Diagnostic::new(span, "`out` takes the number of a stereo pair, 1 to 9").into(),
                ),
            },
            other => Err(Diagnostic::new(
                function.span,
                format!("{} cannot be called", other.kind()),
            )
            .into()),
        }
    }

    fn call_closure(
        &mut self,
        closure: &Closure,
        positional: Vec<Given>,
        named: Vec<(Rc<str>, Given)>,
        span: Span,
    ) -> Eval<Value> {
        let params = &closure.definition.params;
        let name = &closure.definition.name;
        if positional.len() > params.len() {
            return Err(Diagnostic::new(
                span,
                format!(
                    "`{name}` takes {} arguments, not {}",
                    params.len(),
                    positional.len()
                ),
            )
            .into());
        }
        let mut values: Vec<Option<Value>> =
            positional.into_iter().map(|g| Some(g.value)).collect();
        values.resize(params.len(), None);
        for (key, given) in named {
            match params.iter().position(|p| p.name == key) {
                Some(i) if values[i].is_none() => values[i] = Some(given.value),
                Some(_) => {
                    return Err(Diagnostic::new(
                        given.span,
                        format!("argument `{key}` is given twice"),
                    )
                    .into());
                }
                None => {
                    return Err(Diagnostic::new(
                        given.span,
                        format!("`{name}` has no argument `{key}`"),
                    )
                    .into());
                }
            }
        }
        self.hold(params.len() + 1, span)?;
        let scope = ScopeId(self.scopes.len());
        self.scopes.push(Scope {
            parent: Some(closure.scope),
            names: HashMap::new(),
        });
        for (i, param) in params.iter().enumerate() {
            let value = values[i]
                .take()
                .or_else(|| closure.defaults[i].clone())
                .ok_or_else(|| {
                    Box::new(Diagnostic::new(
                        span,
                        format!("`{name}` needs an argument `{}`", param.name),
                    ))
                })?;
            self.scopes[scope.0]
                .names
                .insert(Rc::clone(&param.name), value);
        }
        let outer = std::mem::replace(&mut self.scope, scope);
        let result = self.deeper(span, |e| e.body(&closure.definition.body));
        self.scope = outer;
        result
    }

    /// A function with its defaults, which are evaluated once, where it is defined.
    pub fn closure(&mut self, definition: &Rc<super::ast::Definition>) -> Eval<Value> {
        let defaults = definition
            .params
            .iter()
            .map(|p| {
                p.default
                    .as_ref()
                    .map(|d| self.expr(d).map(Value::closed))
                    .transpose()
            })
            .collect::<Eval<_>>()?;
        Ok(Value::Closure(Rc::new(Closure {
            definition: Rc::clone(definition),
            defaults,
            scope: self.scope,
        })))
    }
}
