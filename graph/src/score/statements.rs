//! Statements.

use super::ast::{Expr, ExprKind, Stmt, StmtKind};
use super::collections::place;
use super::diagnostic::Diagnostic;
use super::dict::key;
use super::eval::{Eval, Evaluator};
use super::operators;
use super::paths;
use super::value::{Given, Module, Place, ScopeId, Value};
use crate::patch::Span;
use std::rc::Rc;

/// How a statement ended.
enum Flow {
    On,
    Break,
    Continue,
    Return(Value),
}

impl Evaluator<'_> {
    /// A statement outside of any function.
    pub fn top_level(&mut self, statement: &Stmt) -> Eval<()> {
        match self.stmt(statement)? {
            Flow::On => Ok(()),
            Flow::Return(_) => {
                Err(Diagnostic::new(statement.span, "`return` outside of a function").into())
            }
            Flow::Break | Flow::Continue => {
                Err(Diagnostic::new(statement.span, "this is only for loops").into())
            }
        }
    }

    /// A function's body.
    pub fn body(&mut self, body: &[Stmt]) -> Eval<Value> {
        match self.block(body)? {
            Flow::Return(value) => Ok(value),
            _ => Ok(Value::None),
        }
    }

    fn block(&mut self, body: &[Stmt]) -> Eval<Flow> {
        for statement in body {
            match self.stmt(statement)? {
                Flow::On => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::On)
    }

    fn stmt(&mut self, statement: &Stmt) -> Eval<Flow> {
        self.step(statement.span)?;
        let simple = matches!(
            statement.kind,
            StmtKind::Expr(_) | StmtKind::Assign { .. } | StmtKind::Augment { .. }
        );
        if simple && self.trace.is_none() {
            self.statement = statement.span;
        }
        match &statement.kind {
            StmtKind::Nothing => {}
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
            StmtKind::Expr(expr) => drop(self.expr(expr)?),
            StmtKind::Return(None) => return Ok(Flow::Return(Value::None)),
            StmtKind::Return(Some(expr)) => return Ok(Flow::Return(self.expr(expr)?.closed())),
            StmtKind::Def(definition) => {
                let function = self.closure(definition)?;
                self.assign(&definition.name, function, definition.span)?;
            }
            StmtKind::Assign { target, value } => {
                let value = self.given(value)?;
                self.assign_to(target, value)?;
            }
            StmtKind::Decorated {
                decorators,
                definition,
            } => {
                let mut value = self.closure(definition)?;
                for decorator in decorators.iter().rev() {
                    let function = self.given(decorator)?;
                    let span = definition.span;
                    value = self.call(&function, vec![Given { value, span }], Vec::new(), span)?;
                }
                self.assign(&definition.name, value, definition.span)?;
            }
            StmtKind::Augment { target, op, value } => {
                let (old, value) = (self.given(target)?, self.given(value)?);
                let new = operators::binary(self, op, &old, &value, statement.span)?;
                self.assign_to(
                    target,
                    Given {
                        value: new,
                        span: statement.span,
                    },
                )?;
            }
            StmtKind::Assert { test, message } => self.assert(test, message.as_ref())?,
            StmtKind::Delete(targets) => {
                for target in targets {
                    self.delete(target)?;
                }
            }
            StmtKind::Outer { names, global } => {
                for (name, span) in names {
                    self.outer(name, *span, *global)?;
                }
            }
            // Blocks count for the depth: a function can call itself from deep within them.
            _ => return self.deeper(statement.span, |e| e.compound(statement)),
        }
        Ok(Flow::On)
    }

    fn compound(&mut self, statement: &Stmt) -> Eval<Flow> {
        match &statement.kind {
            StmtKind::If { test, yes, no } => {
                let branch = if self.truth(test)? { yes } else { no };
                self.block(branch)
            }
            StmtKind::While {
                test,
                body,
                otherwise,
            } => {
                while self.truth(test)? {
                    match self.block(body)? {
                        Flow::Break => return Ok(Flow::On),
                        Flow::Return(value) => return Ok(Flow::Return(value)),
                        Flow::On | Flow::Continue => {}
                    }
                }
                self.block(otherwise)
            }
            StmtKind::For {
                target,
                over,
                body,
                otherwise,
            } => {
                let over = self.given(over)?;
                let mut items = self.iterate(&over)?;
                while let Some(value) = items.next(self, over.span)? {
                    let given = Given {
                        value,
                        span: over.span,
                    };
                    self.assign_to(target, given)?;
                    match self.block(body)? {
                        Flow::Break => return Ok(Flow::On),
                        Flow::Return(value) => return Ok(Flow::Return(value)),
                        Flow::On | Flow::Continue => {}
                    }
                }
                self.block(otherwise)
            }
            StmtKind::With { context, body } => {
                // Evaluation as a whole is all or nothing, so a batch needs no more than its body.
                let given = self.given(context)?;
                let entered = self.enter_context(&given)?;
                let flow = self.block(body);
                if entered {
                    self.leave_context();
                }
                flow
            }
            _ => Ok(Flow::On),
        }
    }

    fn assert(&mut self, test: &Expr, message: Option<&Expr>) -> Eval<()> {
        if self.truth(test)? {
            return Ok(());
        }
        let said = match message {
            Some(message) => {
                let given = self.given(message)?;
                self.text_of(&given.value, given.span)?
            }
            None => format!("`{}` does not hold", self.text(test.span)),
        };
        Err(Diagnostic::new(test.span, said).into())
    }

    fn delete(&mut self, target: &Expr) -> Eval<()> {
        match &target.kind {
            ExprKind::Name(name) => {
                let scope = &mut self.scopes[self.scope.0];
                if scope.names.remove(name).is_none() {
                    let message = format!("there is no name `{name}` here to delete");
                    return Err(Diagnostic::new(target.span, message).into());
                }
                Ok(())
            }
            ExprKind::Index { object, index } => {
                let (object, index) = (self.given(object)?, self.given(index)?);
                // The same mistakes as for reading it.
                self.index(&object, &index)?;
                match (&object.value, &index.value) {
                    (Value::List(items), Value::Int(i)) => {
                        let len = items.borrow().len();
                        if let Some(at) = place(*i, len) {
                            self.steps((len - at) / 16, target.span)?;
                            items.borrow_mut().remove(at);
                        }
                        Ok(())
                    }
                    (Value::Dict(entries), _) => {
                        let key = key(self, &index.value, index.span)?;
                        entries.borrow_mut().remove(&key);
                        Ok(())
                    }
                    (other, _) => Err(Diagnostic::new(
                        target.span,
                        format!("{} has no items that can be deleted", other.kind()),
                    )
                    .into()),
                }
            }
            _ => Err(Diagnostic::new(target.span, "this cannot be deleted").into()),
        }
    }

    /// `global` and `nonlocal`: where a name lives that this function assigns to.
    fn outer(&mut self, name: &Rc<str>, span: Span, global: bool) -> Eval<()> {
        let here = self.scope;
        if here == ScopeId(0) {
            let word = if global { "global" } else { "nonlocal" };
            let message = format!("`{word}` stands inside functions");
            return Err(Diagnostic::new(span, message).into());
        }
        let mut home = Some(ScopeId(0));
        if !global {
            home = self.scopes[here.0].parent;
            while let Some(ScopeId(i)) = home {
                if i != 0 && self.scopes[i].names.contains_key(name) {
                    break;
                }
                home = self.scopes[i].parent;
            }
        }
        let Some(home) = home else {
            let message = format!("no function around this one has a name `{name}`");
            return Err(Diagnostic::new(span, message)
                .hint("`global` is for names outside of all functions")
                .into());
        };
        if self.scopes[here.0].names.contains_key(name) {
            let message = format!("`{name}` has a value in this function already");
            return Err(Diagnostic::new(span, message).into());
        }
        self.scopes[here.0].elsewhere.push((Rc::clone(name), home));
        Ok(())
    }

    pub fn assign_to(&mut self, target: &Expr, given: Given) -> Eval<()> {
        match &target.kind {
            ExprKind::Name(name) => self.assign(name, given.value, target.span),
            ExprKind::Paren(inner) => self.assign_to(inner, given),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                self.unpack(targets, target.span, &given)
            }
            ExprKind::Attr {
                object,
                name,
                name_span,
            } => match self.expr(object)? {
                Value::Module(Module::Session) => paths::assign(self, name, *name_span, &given),
                other => {
                    let message = format!("`{name}` of {} cannot be set", other.kind());
                    let d = Diagnostic::new(*name_span, message);
                    Err(match other {
                        Value::Node(_) => {
                            d.hint(format!("a control of it is written node[\"{name}\"] = …"))
                        }
                        _ => d,
                    }
                    .into())
                }
            },
            ExprKind::Index { object, index } => {
                let (object, index) = (self.given(object)?, self.given(index)?);
                self.assign_item(&object, &index, given)
            }
            _ => Err(Diagnostic::new(target.span, "this cannot be assigned to").into()),
        }
    }

    fn assign_item(&mut self, object: &Given, index: &Given, given: Given) -> Eval<()> {
        match (&object.value, &index.value) {
            (Value::Node(node), Value::Str(control)) => {
                paths::set_value(self, node, control, index.span, &given)
            }
            (Value::Module(Module::Session), Value::Str(_)) => paths::set_path(self, index, &given),
            (Value::Group(_), Value::Str(_)) => {
                let (node, control) = match self.index(object, index)? {
                    Value::Node(node) => (node, Rc::from(crate::patch::GAIN)),
                    Value::Place(Place::Control { node, control, .. }) => (node, control),
                    other => {
                        let message = format!("{} cannot be set", other.kind());
                        return Err(Diagnostic::new(index.span, message).into());
                    }
                };
                paths::set_value(self, &node, &control, index.span, &given)
            }
            (Value::List(items), Value::Int(i)) => {
                let mut items = items.borrow_mut();
                let len = items.len();
                match place(*i, len).and_then(|at| items.get_mut(at)) {
                    Some(item) => {
                        *item = given.value.closed();
                        Ok(())
                    }
                    None => Err(Diagnostic::new(
                        index.span,
                        format!("index {i} is outside of {len} items"),
                    )
                    .hint("append adds an item: items.append(x)")
                    .into()),
                }
            }
            (Value::Dict(entries), _) => self.enter(&mut entries.borrow_mut(), index, given.value),
            _ => Err(Diagnostic::new(
                object.span,
                format!("{} has no items that can be set", object.value.kind()),
            )
            .into()),
        }
    }

    /// `a, *b, c = items`
    fn unpack(&mut self, targets: &[Expr], span: Span, given: &Given) -> Eval<()> {
        if !matches!(
            given.value,
            Value::Tuple(_) | Value::List(_) | Value::Dict(_) | Value::Str(_) | Value::Range(_)
        ) {
            return Err(Diagnostic::new(
                given.span,
                format!("{} has no parts to take", given.value.kind()),
            )
            .into());
        }
        let mut items = self.collect(given)?;
        let rest = targets
            .iter()
            .position(|t| matches!(t.kind, ExprKind::Star(_)));
        let fits = match rest {
            Some(_) => items.len() + 1 >= targets.len(),
            None => items.len() == targets.len(),
        };
        if !fits {
            let message = format!("{} names for {} values", targets.len(), items.len());
            return Err(Diagnostic::new(span, message).into());
        }
        if let Some(at) = rest {
            let taken = items.len() + 1 - targets.len();
            let taken: Vec<Value> = items.splice(at..at + taken, [Value::None]).collect();
            items[at] = self.list(taken, span)?;
        }
        for (target, value) in targets.iter().zip(items) {
            let target = match &target.kind {
                ExprKind::Star(inner) => inner,
                _ => target,
            };
            let given = Given {
                value,
                span: given.span,
            };
            self.assign_to(target, given)?;
        }
        Ok(())
    }
}
