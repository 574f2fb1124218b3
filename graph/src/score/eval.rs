//! The evaluator: walks the tree, within bounds.

use super::ast::{Expr, ExprKind, Stmt};
use super::console::{Console, ConsoleLine};
use super::diagnostic::{Diagnostic, nearest};
use super::dict::Dict;
use super::lib_acts::Within;
use super::lib_load::Loaded;
use super::lib_module::Ends;
use super::limits::{Cancel, Used};
use super::names;
use super::origins::Origins;
use super::value::{Builtin, Closure, Given, Module, Place, ScopeId, Value};
use super::{
    bind, compare, lib_handle, lib_list, lib_math, lib_pattern, lib_signal, lib_text, operators,
    paths,
};
use crate::patch::{Node, Patch, Span};
use crate::resource::Library;
use crate::signal::Builder;
use crate::ugen::Units;
use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

/// The result of evaluating; the error is boxed because it is rare and large.
pub type Eval<T> = Result<T, Box<Diagnostic>>;

#[derive(Default)]
pub struct Scope {
    pub parent: Option<ScopeId>,
    pub names: HashMap<Rc<str>, Value>,
    /// Names that `global` and `nonlocal` say live elsewhere.
    pub elsewhere: Vec<(Rc<str>, ScopeId)>,
}

/// A signal function that is being built.
pub struct Trace {
    pub builder: Builder,
    pub number: u32,
}

/// The state of an evaluation.
pub struct Evaluator<'t> {
    /// The score, and behind it what it loaded.
    pub text: Cow<'t, str>,
    pub loaded: Vec<Loaded>,
    pub units: &'t Units,
    pub patch: Patch,
    pub trace: Option<Trace>,
    pub traces: u32,
    /// The simple statement that runs.
    pub statement: Span,
    pub scopes: Vec<Scope>,
    pub scope: ScopeId,
    /// The functions that run, by name, the innermost last.
    pub calls: Vec<Rc<str>>,
    pub console: Console,
    pub used: Used,
    /// What stands behind the `with` that are open.
    pub contexts: Vec<Within>,
    /// The ends of the module that is being made.
    pub ends: Ends,
    /// Where items were said, if somebody wants to know.
    pub origins: Option<Origins>,
    /// Where the level stands of the connection that is being made, if it is written out.
    pub level: Option<Span>,
    pub cancel: &'t Cancel,
    /// Every list, tuple, dictionary and function that was made. As long as they are held here, dropping one never
    /// drops another inside of it: nesting of any depth is freed flat, and so are circles.
    kept: Vec<Value>,
}

impl Drop for Evaluator<'_> {
    fn drop(&mut self) {
        self.scopes.clear();
        for value in &self.kept {
            match value {
                Value::List(items) => drop(items.take()),
                Value::Dict(entries) => drop(entries.take()),
                _ => {}
            }
        }
        // What is made later may hold what was made before, and not the other way about.
        while self.kept.pop().is_some() {}
    }
}

impl<'t> Evaluator<'t> {
    fn new(text: &'t str, units: &'t Units, cancel: &'t Cancel) -> Evaluator<'t> {
        Evaluator {
            text: Cow::Borrowed(text),
            loaded: Vec::new(),
            units,
            patch: Patch::default(),
            trace: None,
            traces: 0,
            statement: Span::default(),
            scopes: vec![Scope::default()],
            scope: ScopeId(0),
            calls: Vec::new(),
            console: Console::default(),
            used: Used::default(),
            contexts: Vec::new(),
            ends: Ends::default(),
            cancel,
            kept: Vec::new(),
            origins: None,
            level: None,
        }
    }

    /// Runs a program from nothing. What was printed is told also when there is an error.
    pub fn run(
        text: &'t str,
        program: &[Stmt],
        units: &'t Units,
        cancel: &'t Cancel,
    ) -> (Eval<Patch>, Vec<ConsoleLine>) {
        let mut e = Evaluator::new(text, units, cancel);
        let result = program.iter().try_for_each(|s| e.top_level(s));
        let result = result.map_err(|error| e.at_home(error));
        let patch = std::mem::take(&mut e.patch);
        (result.map(|()| patch), e.console.take())
    }

    /// Runs a program, and remembers where its items were said.
    pub fn trace(
        text: &'t str,
        program: &[Stmt],
        units: &'t Units,
        cancel: &'t Cancel,
    ) -> Eval<(Patch, Origins)> {
        let mut e = Evaluator::new(text, units, cancel);
        e.origins = Some(Origins::default());
        let result = program.iter().try_for_each(|s| e.top_level(s));
        result.map_err(|error| e.at_home(error))?;
        let origins = e.origins.take().unwrap_or_default();
        Ok((std::mem::take(&mut e.patch), origins))
    }

    /// Where sounds and texts are looked for.
    pub fn library(&self) -> &'t Library {
        self.units.sounds()
    }

    /// A new list.
    pub fn list(&mut self, items: Vec<Value>, span: Span) -> Eval<Value> {
        self.hold(items.len() + 2, span)?;
        Ok(self.keep(Value::List(Rc::new(items.into()))))
    }

    /// A new tuple.
    pub fn tuple(&mut self, items: impl Into<Rc<[Value]>>, span: Span) -> Eval<Value> {
        let items = items.into();
        self.hold(items.len() + 2, span)?;
        Ok(self.keep(Value::Tuple(items)))
    }

    /// A new dictionary; its entries have been counted.
    pub fn dict(&mut self, entries: Dict, span: Span) -> Eval<Value> {
        self.hold(4, span)?;
        Ok(self.keep(Value::Dict(Rc::new(entries.into()))))
    }

    /// A new string.
    pub fn string(&mut self, text: String, span: Span) -> Eval<Value> {
        self.steps(text.len() / 256, span)?;
        self.hold_bytes(text.len() + 16, span)?;
        Ok(Value::Str(text.into()))
    }

    fn keep(&mut self, value: Value) -> Value {
        self.kept.push(value.clone());
        value
    }

    /// What is written in a span.
    pub fn text(&self, span: Span) -> String {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
            .to_owned()
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
                let items = self.items(items)?;
                self.list(items, expr.span)?
            }
            ExprKind::Tuple(items) => {
                let items = self.items(items)?;
                self.tuple(items, expr.span)?
            }
            ExprKind::Dict(entries) => self.dict_expr(entries, expr.span)?,
            ExprKind::Comprehension(c) => self.comprehension(c, expr.span)?,
            ExprKind::Format(pieces) => {
                let text = self.format_pieces(pieces, expr.span)?;
                self.string(text, expr.span)?
            }
            ExprKind::Star(_) => {
                return Err(Diagnostic::new(expr.span, "a `*` has no meaning here").into());
            }
            ExprKind::Call { callee, args } => return self.call_expr(callee, args, expr.span),
            ExprKind::Attr {
                object,
                name,
                name_span,
            } => {
                let value = self.attr(object, name, *name_span)?;
                paths::read(self, value, *name_span)?
            }
            ExprKind::Index { object, index } => {
                let (object, index) = (self.given(object)?, self.given(index)?);
                self.index(&object, &index)?
            }
            ExprKind::Slice { object, parts } => self.slice_expr(object, parts)?,
            ExprKind::Negate(inner) => {
                let inner = self.given(inner)?;
                operators::negate(self, &inner)?
            }
            ExprKind::Not(inner) => Value::Bool(!self.truth(inner)?),
            ExprKind::And(left, right) => {
                let left = self.decided(left, "where both are 1 their product is: a * b")?;
                if left.truth() {
                    self.expr(right)?
                } else {
                    left
                }
            }
            ExprKind::Or(left, right) => {
                let left = self.decided(left, "where one of two is 1 max(a, b) is")?;
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
                let left = self.given(left)?;
                if let ("@", Value::Node(node), ExprKind::Tuple(parts)) =
                    (*op, &left.value, &right.kind)
                    && let [name, pattern] = &parts[..]
                {
                    // Written out, name and pattern each have a place of their own.
                    let (name, pattern) = (self.given(name)?, self.given(pattern)?);
                    return bind::on_control(self, node, &name, &pattern);
                }
                let wire = *op == ">>";
                let level = right_level(right).filter(|_| wire);
                let right = self.given(right)?;
                self.level = level;
                let value = operators::binary(self, op, &left, &right, expr.span)?;
                self.level = None;
                value
            }
            ExprKind::Compare { first, rest } => self.compare_expr(first, rest)?,
            ExprKind::Lambda(definition) => self.closure(definition)?,
        })
    }

    fn compare_expr(&mut self, first: &Expr, rest: &[(&'static str, Expr)]) -> Eval<Value> {
        let mut left = self.given(first)?;
        let mut signal: Option<Given> = None;
        for (op, right) in rest {
            let right = self.given(right)?;
            let (a, b) = (&left.value, &right.value);
            let signals = matches!(a, Value::Signal(..)) || matches!(b, Value::Signal(..));
            if let (true, Some(kind)) = (signals, lib_signal::comparison(op)) {
                // All of a chain must hold: 1 or 0 each, their product.
                let span = left.span.to(right.span);
                let value = lib_signal::compare(self, kind, &left, &right)?;
                let one = Given { value, span };
                signal = Some(match signal {
                    None => one,
                    Some(before) => Given {
                        value: operators::binary(self, "*", &before, &one, span)?,
                        span,
                    },
                });
            } else if !compare::compare(self, op, &left, &right)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(signal.map_or(Value::Bool(true), |given| given.value))
    }

    pub fn truth(&mut self, expr: &Expr) -> Eval<bool> {
        let hint = "select2(test, when_zero, when_one) chooses while it runs";
        Ok(self.decided(expr, hint)?.truth())
    }

    /// What an expression is worth, if that is true or false already; for a signal, what to write instead.
    fn decided(&mut self, expr: &Expr, instead: &str) -> Eval<Value> {
        let value = self.expr(expr)?;
        is_decided(&value, expr.span, instead)?;
        Ok(value)
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
        let unit = self.units.get(name);
        let builtin = names::bare(name, self.trace.is_some());
        // Outside of signal functions a unit of the program's own comes before a signal of its name.
        match (builtin, unit) {
            (Some(b), Some(unit)) if self.trace.is_none() && names::is_signal(b) => {
                return Ok(Value::Unit(Rc::new(unit.describe().clone())));
            }
            (Some(builtin), _) => return Ok(Value::Builtin(builtin)),
            _ => {}
        }
        if &**name == "out" {
            return Ok(Value::Place(Place::Out(1)));
        }
        if let Some(unit) = unit {
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
        if let Some(instead) = names::instead(name) {
            return Err(d.hint(instead).into());
        }
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
        let here = &self.scopes[self.scope.0];
        let elsewhere = here.elsewhere.iter().find(|(n, _)| n == name);
        let at = elsewhere.map_or(self.scope, |(_, scope)| *scope);
        self.scopes[at.0]
            .names
            .insert(Rc::clone(name), value.closed());
        Ok(())
    }

    /// What is called: of `kr.tempo(120)` the function, where `kr.tempo` alone is a number.
    pub fn callee(&mut self, expr: &Expr) -> Eval<Given> {
        let ExprKind::Attr {
            object,
            name,
            name_span,
        } = &expr.kind
        else {
            return self.given(expr);
        };
        self.step(expr.span)?;
        let value = self.deeper(expr.span, |e| e.attr(object, name, *name_span))?;
        let span = expr.span;
        Ok(Given { value, span })
    }

    fn attr(&mut self, object: &Expr, name: &Rc<str>, span: Span) -> Eval<Value> {
        let mut object = self.expr(object)?;
        // A curve's name is the curve: `sine.range(200, 800)`.
        if let Some(curve) = super::lib_curve::named(&object) {
            object = curve.into();
        }
        let (found, known): (_, Vec<&str>) = match &object {
            Value::Module(module) => {
                if let (Module::Session, Some(inner)) = (module, names::module(name)) {
                    return Ok(Value::Module(inner));
                }
                if let (Module::Math, Some(number)) = (module, lib_math::constant(name)) {
                    return Ok(Value::Float(number));
                }
                if (&**name, *module) == ("Signal", Module::Signal)
                    || (&**name, *module) == ("out", Module::Session)
                {
                    // A type hint, or the output.
                    return Ok(Value::Place(Place::Out(1)));
                }
                // krach's `kr.saw` is its pattern.
                let prefixed = match module {
                    Module::Session => super::lib_curve::PREFIXED,
                    _ => &[],
                };
                let found = names::functions(*module)
                    .chain(prefixed)
                    .find(|b| b.name == &**name)
                    .map(Value::Builtin);
                (found, names::functions(*module).map(|b| b.name).collect())
            }
            Value::Pattern(_) => {
                let found = lib_pattern::methods().find(|m| m.name == &**name);
                let method = found.map(|m| Value::Method(Rc::new(object.clone()), m));
                (method, lib_pattern::methods().map(|m| m.name).collect())
            }
            // `add.out`: where the rhythm comes from.
            Value::Method(of, first) if matches!(**of, Value::Pattern(_) | Value::Str(_)) => {
                let own = |m: &&Builtin| m.name.strip_prefix(first.name)?.strip_prefix('.');
                let found = lib_pattern::methods().find(|m| own(m) == Some(name));
                let method = found.map(|m| Value::Method(Rc::clone(of), m));
                let known = lib_pattern::methods().filter_map(|m| own(&m)).collect();
                (method, known)
            }
            _ => {
                let methods = match &object {
                    Value::Node(_) => lib_handle::METHODS,
                    Value::Str(_) => lib_text::METHODS,
                    Value::List(_) => lib_list::METHODS,
                    Value::Tuple(_) => lib_list::TUPLE_METHODS,
                    Value::Dict(_) => lib_list::DICT_METHODS,
                    _ => &[],
                };
                let mut found = methods.iter().find(|m| m.name == &**name);
                if found.is_none() && matches!(object, Value::Str(_)) {
                    // Mini-notation, as Strudel has it: "c3 e3".fast(2).
                    found = lib_pattern::methods().find(|m| m.name == &**name);
                }
                let method = found.map(|m| Value::Method(Rc::new(object.clone()), m));
                (method, methods.iter().map(|m| m.name).collect())
            }
        };
        found.ok_or_else(|| {
            let d = Diagnostic::new(span, format!("{} has no `{name}`", object.kind()));
            match (nearest(name, known), &object) {
                (Some(near), _) => d.hint(format!("did you mean `{near}`?")),
                (None, Value::Pattern(_)) => {
                    d.hint(format!("a control of each step is set: .set({name}=…)"))
                }
                (None, Value::Node(_)) => {
                    d.hint(format!("a control of it is written node[\"{name}\"]"))
                }
                (None, _) => d,
            }
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
        self.hold(4 + definition.params.len(), definition.span)?;
        Ok(self.keep(Value::Closure(Rc::new(Closure {
            definition: Rc::clone(definition),
            defaults,
            scope: self.scope,
        }))))
    }
}

/// Where the level stands on the right of `>> (node, level)`.
fn right_level(right: &Expr) -> Option<Span> {
    match &right.kind {
        ExprKind::Paren(inner) => right_level(inner),
        ExprKind::Tuple(parts) if matches!(parts.len(), 2 | 3) => Some(parts[1].span),
        _ => None,
    }
}

/// Sees to it that a value is true or false already; for a signal, says what to write instead.
pub fn is_decided(value: &Value, span: Span, instead: &str) -> Eval<()> {
    match value {
        Value::Signal(..) => {
            let message = "a signal is not true or false: it has not run yet";
            Err(Diagnostic::new(span, message).hint(instead).into())
        }
        _ => Ok(()),
    }
}
