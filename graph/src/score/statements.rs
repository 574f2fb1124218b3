//! Statements.

use super::ast::{Expr, ExprKind, Stmt, StmtKind};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_session;
use super::operators;
use super::value::{Given, Module, Value};

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
            StmtKind::If { test, yes, no } => {
                let branch = if self.truth(test)? { yes } else { no };
                return self.block(branch);
            }
            StmtKind::While { test, body } => {
                while self.truth(test)? {
                    match self.block(body)? {
                        Flow::Break => break,
                        Flow::Return(value) => return Ok(Flow::Return(value)),
                        Flow::On | Flow::Continue => {}
                    }
                }
            }
            StmtKind::For { target, over, body } => return self.for_loop(target, over, body),
            StmtKind::With { context, body } => {
                // Evaluation as a whole is all or nothing, so a batch needs no more than its body.
                self.expr(context)?;
                return self.block(body);
            }
        }
        Ok(Flow::On)
    }

    fn for_loop(&mut self, target: &Expr, over: &Expr, body: &[Stmt]) -> Eval<Flow> {
        let items = match self.expr(over)? {
            Value::List(items) => items.borrow().clone(),
            Value::Tuple(items) => items.to_vec(),
            other => {
                return Err(Diagnostic::new(
                    over.span,
                    format!("a loop cannot run over {}", other.kind()),
                )
                .into());
            }
        };
        for value in items {
            self.step(over.span)?;
            self.assign_to(
                target,
                Given {
                    value,
                    span: over.span,
                },
            )?;
            match self.block(body)? {
                Flow::Break => break,
                Flow::Return(value) => return Ok(Flow::Return(value)),
                Flow::On | Flow::Continue => {}
            }
        }
        Ok(Flow::On)
    }

    fn assign_to(&mut self, target: &Expr, given: Given) -> Eval<()> {
        match &target.kind {
            ExprKind::Name(name) => self.assign(name, given.value, target.span),
            ExprKind::Paren(inner) => self.assign_to(inner, given),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let items = match &given.value {
                    Value::Tuple(items) => items.to_vec(),
                    Value::List(items) => items.borrow().clone(),
                    other => {
                        return Err(Diagnostic::new(
                            given.span,
                            format!("{} has no parts to take", other.kind()),
                        )
                        .into());
                    }
                };
                if items.len() != targets.len() {
                    let message = format!("{} names for {} values", targets.len(), items.len());
                    return Err(Diagnostic::new(target.span, message).into());
                }
                for (target, value) in targets.iter().zip(items) {
                    self.assign_to(
                        target,
                        Given {
                            value,
                            span: given.span,
                        },
                    )?;
                }
                Ok(())
            }
            ExprKind::Attr {
                object,
                name,
                name_span,
            } => match self.expr(object)? {
                Value::Module(Module::Session) => {
                    lib_session::assign(self, name, *name_span, &given)
                }
                other => Err(Diagnostic::new(
                    *name_span,
                    format!("`{name}` of {} cannot be set", other.kind()),
                )
                .into()),
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
                lib_session::set_value(self, node, control, index.span, &given)
            }
            (Value::List(items), Value::Int(i)) => {
                let mut items = items.borrow_mut();
                let at = if *i < 0 { *i + items.len() as i64 } else { *i };
                match usize::try_from(at).ok().and_then(|at| items.get_mut(at)) {
                    Some(item) => {
                        *item = given.value.closed();
                        Ok(())
                    }
                    None => Err(Diagnostic::new(
                        index.span,
                        format!("index {i} is outside of the list"),
                    )
                    .into()),
                }
            }
            _ => Err(Diagnostic::new(
                object.span,
                format!("{} has no items that can be set", object.value.kind()),
            )
            .into()),
        }
    }
}
