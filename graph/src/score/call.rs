//! Calls: arguments with `*` and `**`, functions of the score and of the language.

use super::args::Args;
use super::ast::{Arg, ArgKind, Expr, ParamKind};
use super::diagnostic::{Diagnostic, nearest};
use super::dict::{Dict, Key};
use super::eval::{Eval, Evaluator, Scope};
use super::value::{Closure, Given, Module, Named, Place, ScopeId, Transform, Value};
use super::{lib_pattern, lib_phrase, names};
use crate::patch::Span;
use crate::signal::{Inlet, MAX_PAIRS, Outlet};
use std::rc::Rc;

/// The deepest nesting of transforms in each other's arguments.
const MAX_TRANSFORMS: u32 = 32;

/// Calls a transform's methods on a pattern, one after the other.
fn apply(e: &mut Evaluator<'_>, transform: &Transform, on: Given, span: Span) -> Eval<Value> {
    let mut on = on;
    for (method, given, named) in &transform.steps {
        let positional = std::iter::once(on).chain(given.iter().cloned()).collect();
        let args = Args::bind(method, span, positional, named.clone())?;
        let value = (method.run)(e, &args)?;
        on = Given { value, span };
    }
    Ok(on.value)
}

/// What runs when a transform is called as a function: with a pattern at the end it is applied, else it waits.
pub fn transform(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let name = args.builtin().name;
    let found = lib_pattern::methods().find(|m| m.name == name);
    let Some(method) = found else {
        return Err(Diagnostic::new(args.span, format!("there is no transform `{name}`")).into());
    };
    let mut given = args.rest.clone();
    let last = given.pop_if(|g| matches!(g.value, Value::Pattern(_)));
    let all = given.iter().chain(args.named.iter().map(|n| &n.1));
    let depth = all.map(|g| match &g.value {
        Value::Transform(inner) => inner.depth + 1,
        _ => 0,
    });
    let depth = depth.max().unwrap_or(0);
    if depth > MAX_TRANSFORMS {
        let message = format!("transforms are nested more than {MAX_TRANSFORMS} deep");
        return Err(Diagnostic::new(args.span, message).into());
    }
    e.hold(2 + given.len() + args.named.len(), args.span)?;
    let transform = Transform {
        steps: vec![(method, given, args.named.clone())],
        depth,
    };
    match last {
        Some(pattern) => apply(e, &transform, pattern, args.span),
        None => Ok(Value::Transform(Rc::new(transform))),
    }
}

/// The transform that a value is: one that waits, or the name of one.
pub fn as_transform(e: &mut Evaluator<'_>, given: &Given) -> Eval<Option<Rc<Transform>>> {
    let value = match &given.value {
        Value::Builtin(b) if lib_phrase::is_transform(b) => {
            e.call(given, Vec::new(), Vec::new(), given.span)?
        }
        other => other.clone(),
    };
    Ok(match value {
        Value::Transform(transform) => Some(transform),
        _ => None,
    })
}

/// What `out(2)` and `out(channel=5)` mean.
fn outlet(positional: &[Given], named: &Named) -> Option<u16> {
    let number = |given: &Given| match given.value {
        Value::Int(number) => u16::try_from(number).ok(),
        _ => None,
    };
    match (positional, &named[..]) {
        ([pair], []) => Outlet::Pair(number(pair)?).number(),
        ([], [(name, channel)]) if &**name == "channel" => {
            Outlet::Channel(number(channel)?).number()
        }
        _ => None,
    }
}

fn add_named(named: &mut Named, name: Rc<str>, given: Given, span: Span) -> Eval<()> {
    if named.iter().any(|(n, _)| *n == name) {
        return Err(Diagnostic::new(span, format!("argument `{name}` is given twice")).into());
    }
    named.push((name, given));
    Ok(())
}

impl Evaluator<'_> {
    pub fn call_expr(&mut self, callee: &Expr, args: &[Arg], span: Span) -> Eval<Value> {
        let function = self.callee(callee)?;
        let mut positional = Vec::new();
        let mut named = Named::new();
        for arg in args {
            let mut given = self.given(&arg.value)?;
            given.value = given.value.closed();
            match &arg.kind {
                ArgKind::Plain => positional.push(given),
                ArgKind::Named(name, name_span) => {
                    add_named(&mut named, Rc::clone(name), given, *name_span)?;
                }
                ArgKind::Star => {
                    let span = given.span;
                    let mut items = self.iterate(&given)?;
                    while let Some(value) = items.next(self, span)? {
                        self.hold(1, span)?;
                        positional.push(Given { value, span });
                    }
                }
                ArgKind::StarStar => self.spread_named(&given, &mut named)?,
            }
        }
        self.call(&function, positional, named, span)
    }

    /// `**entries` in a call.
    fn spread_named(&mut self, given: &Given, named: &mut Named) -> Eval<()> {
        let Value::Dict(entries) = &given.value else {
            return Err(Diagnostic::new(
                given.span,
                format!("`**` takes a dictionary, not {}", given.value.kind()),
            )
            .into());
        };
        for (key, value) in entries.borrow().iter() {
            self.step(given.span)?;
            let Value::Str(name) = key else {
                return Err(Diagnostic::new(
                    given.span,
                    format!("an argument's name is a string, not {}", key.kind()),
                )
                .into());
            };
            let value = Given {
                value: value.clone(),
                span: given.span,
            };
            add_named(named, Rc::clone(name), value, given.span)?;
        }
        Ok(())
    }

    /// Calls a function of the score or of the language.
    pub fn call(
        &mut self,
        function: &Given,
        positional: Vec<Given>,
        named: Named,
        span: Span,
    ) -> Eval<Value> {
        match &function.value {
            Value::Builtin(builtin) => {
                let mut builtin = *builtin;
                // Some names are Python's and a signal's: what is given decides.
                let signals = |g: &Given| matches!(g.value, Value::Signal(..));
                if self.trace.is_some()
                    && (positional.iter().any(signals) || named.iter().any(|n| signals(&n.1)))
                {
                    builtin = names::for_signals(builtin);
                }
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
            Value::Transform(transform) => {
                let transform = Rc::clone(transform);
                let [given] = &positional[..] else {
                    let message = "a transform takes one pattern";
                    return Err(Diagnostic::new(span, message).into());
                };
                self.deeper(span, |e| apply(e, &transform, given.clone(), span))
            }
            Value::Closure(closure) => {
                let closure = Rc::clone(closure);
                self.call_closure(&closure, positional, named, span)
            }
            Value::Unit(about) => super::lib_sound::furnish(self, about, &positional, &named, span),
            Value::Graph(closure) => {
                let closure = Rc::clone(closure);
                super::lib_module::build(self, &closure, positional, named, span)
            }
            Value::Place(Place::Out(_)) => outlet(&positional, &named)
                .map(|number| Value::Place(Place::Out(number)))
                .ok_or_else(|| {
                    let takes = format!(
                        "`out` takes the number of a stereo pair, 1 to {MAX_PAIRS}, or `channel=` 1 to {}",
                        Inlet::MOST
                    );
                    Diagnostic::new(span, takes).into()
                }),
            other => {
                let d =
                    Diagnostic::new(function.span, format!("{} cannot be called", other.kind()));
                Err(match other {
                    Value::Module(Module::Session) => d.hint("name a function of it: kr.node(…)"),
                    _ => d,
                }
                .into())
            }
        }
    }

    fn call_closure(
        &mut self,
        closure: &Closure,
        positional: Vec<Given>,
        named: Named,
        span: Span,
    ) -> Eval<Value> {
        let values = self.arguments(closure, positional, named, span)?;
        let definition = &closure.definition;
        let scope = self.new_scope(closure.scope, span)?;
        for (param, value) in definition.params.iter().zip(values) {
            self.scopes[scope.0]
                .names
                .insert(Rc::clone(&param.name), value);
        }
        let outer = std::mem::replace(&mut self.scope, scope);
        self.calls.push(Rc::clone(&definition.name));
        let result = self.deeper(span, |e| e.body(&definition.body));
        self.calls.pop();
        self.scope = outer;
        result.map_err(|mut d| {
            d.called_from(span, &self.text);
            d
        })
    }

    /// A scope inside of another.
    pub fn new_scope(&mut self, parent: ScopeId, span: Span) -> Eval<ScopeId> {
        self.hold(4, span)?;
        self.scopes.push(Scope {
            parent: Some(parent),
            ..Scope::default()
        });
        Ok(ScopeId(self.scopes.len() - 1))
    }

    /// The value of each parameter.
    fn arguments(
        &mut self,
        closure: &Closure,
        positional: Vec<Given>,
        named: Named,
        span: Span,
    ) -> Eval<Vec<Value>> {
        let params = &closure.definition.params;
        let name = &closure.definition.name;
        self.hold(params.len() + 1, span)?;
        let by_place = params.iter().filter(|p| p.kind == ParamKind::Plain).count();
        let takes_rest = params.iter().any(|p| p.kind == ParamKind::Rest);
        if positional.len() > by_place && !takes_rest {
            return Err(Diagnostic::new(
                span,
                format!(
                    "`{name}` takes {by_place} arguments, not {}",
                    positional.len()
                ),
            )
            .into());
        }
        let mut values: Vec<Option<Value>> = vec![None; params.len()];
        let mut positional = positional.into_iter().map(|g| g.value);
        for (slot, value) in values.iter_mut().zip(positional.by_ref().take(by_place)) {
            *slot = Some(value);
        }
        let rest: Vec<Value> = positional.collect();
        let mut further = Dict::default();
        for (key, given) in named {
            let by_name = |p: &super::ast::Param| {
                matches!(p.kind, ParamKind::Plain | ParamKind::Named) && p.name == key
            };
            match params.iter().position(by_name) {
                Some(i) if values[i].is_none() => values[i] = Some(given.value),
                Some(_) => {
                    return Err(Diagnostic::new(
                        given.span,
                        format!("argument `{key}` is given twice"),
                    )
                    .into());
                }
                None if params.iter().any(|p| p.kind == ParamKind::Names) => {
                    self.hold(2, span)?;
                    let written = Value::Str(Rc::clone(&key));
                    further.insert(Key::Str(key), written, given.value);
                }
                None => {
                    let d =
                        Diagnostic::new(given.span, format!("`{name}` has no argument `{key}`"));
                    return Err(match nearest(&key, params.iter().map(|p| &*p.name)) {
                        Some(near) => d.hint(format!("did you mean `{near}`?")),
                        None => d,
                    }
                    .into());
                }
            }
        }
        let (mut rest, mut further) = (Some(rest), Some(further));
        let mut all = Vec::with_capacity(params.len());
        for (i, param) in params.iter().enumerate() {
            all.push(match param.kind {
                ParamKind::Rest => self.tuple(rest.take().unwrap_or_default(), span)?,
                ParamKind::Names => self.dict(further.take().unwrap_or_default(), span)?,
                ParamKind::Plain | ParamKind::Named => values[i]
                    .take()
                    .or_else(|| closure.defaults[i].clone())
                    .ok_or_else(|| {
                        Box::new(Diagnostic::new(
                            span,
                            format!("`{name}` needs an argument `{}`", param.name),
                        ))
                    })?,
            });
        }
        Ok(all)
    }
}
