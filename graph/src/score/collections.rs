//! Lists, tuples, dictionaries, ranges: going through them, indices, slices, comprehensions.

use super::ast::{Clause, Comprehension, Expr, ExprKind};
use super::diagnostic::{Diagnostic, nearest};
use super::dict::{Dict, key};
use super::eval::{Eval, Evaluator};
use super::paths;
use super::routes;
use super::value::{Given, Module, Range, Value};
use crate::patch::Span;
use std::cell::RefCell;
use std::rc::Rc;

/// Goes through the items of a value; what is added to a list on the way is met too, as in Python.
pub enum Items {
    List(Rc<RefCell<Vec<Value>>>, usize),
    Tuple(Rc<[Value]>, usize),
    /// Keys, from a number on, of a dictionary that may not change its size.
    Dict(Rc<RefCell<Dict>>, u64, usize),
    /// Letters, from a byte on.
    Str(Rc<str>, usize),
    Range(Range, i64),
}

impl Items {
    /// The next item. Takes a step.
    pub fn next(&mut self, e: &mut Evaluator<'_>, span: Span) -> Eval<Option<Value>> {
        e.step(span)?;
        Ok(match self {
            Items::List(items, at) => {
                *at += 1;
                items.borrow().get(*at - 1).cloned()
            }
            Items::Tuple(items, at) => {
                *at += 1;
                items.get(*at - 1).cloned()
            }
            Items::Dict(entries, at, len) => {
                let entries = entries.borrow();
                if entries.len() != *len {
                    return Err(Diagnostic::new(
                        span,
                        "this dictionary changed its size while a loop went through it",
                    )
                    .hint("go through a copy: for k in list(d)")
                    .into());
                }
                entries.key_from(*at).map(|(next, key)| {
                    *at = next;
                    key
                })
            }
            Items::Str(text, at) => text[*at..].chars().next().map(|c| {
                *at += c.len_utf8();
                Value::Str(c.to_string().into())
            }),
            Items::Range(range, at) => {
                *at += 1;
                range.at(*at - 1).map(Value::Int)
            }
        })
    }
}

/// The place of an index, which counts from the end if it is negative.
pub fn place(i: i64, len: usize) -> Option<usize> {
    let at = if i < 0 { i.checked_add(len as i64)? } else { i };
    usize::try_from(at).ok().filter(|at| *at < len)
}

/// A whole number, a truth value taken as 0 or 1.
pub fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) => Some(*n),
        Value::Bool(b) => Some(i64::from(*b)),
        _ => None,
    }
}

impl Evaluator<'_> {
    /// The items of a value, if it has any.
    pub fn iterate(&mut self, given: &Given) -> Eval<Items> {
        Ok(match &given.value {
            Value::List(items) => Items::List(Rc::clone(items), 0),
            Value::Tuple(items) => Items::Tuple(Rc::clone(items), 0),
            Value::Dict(entries) => {
                let len = entries.borrow().len();
                Items::Dict(Rc::clone(entries), 0, len)
            }
            Value::Str(text) => Items::Str(Rc::clone(text), 0),
            Value::Range(range) => Items::Range(*range, 0),
            other => {
                let d = Diagnostic::new(
                    given.span,
                    format!("{} has no items to go through", other.kind()),
                );
                return Err(match other {
                    Value::Int(n) => d.hint(format!("to count, write range({n})")),
                    _ => d,
                }
                .into());
            }
        })
    }

    /// All items of a value, counted as held.
    pub fn collect(&mut self, given: &Given) -> Eval<Vec<Value>> {
        let mut items = self.iterate(given)?;
        let mut all = Vec::new();
        while let Some(value) = items.next(self, given.span)? {
            self.hold(1, given.span)?;
            all.push(value);
        }
        Ok(all)
    }

    /// The items of a list or a tuple as written, `*items` spread.
    pub fn items(&mut self, items: &[Expr]) -> Eval<Vec<Value>> {
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                ExprKind::Star(inner) => {
                    let given = self.given(inner)?;
                    all.extend(self.collect(&given)?);
                }
                _ => all.push(self.expr(item)?.closed()),
            }
        }
        Ok(all)
    }

    pub fn dict_expr(&mut self, entries: &[(Option<Expr>, Expr)], span: Span) -> Eval<Value> {
        let mut dict = Dict::default();
        for (written, value) in entries {
            match written {
                Some(written) => {
                    let written = self.given(written)?;
                    let value = self.expr(value)?;
                    self.enter(&mut dict, &written, value)?;
                }
                None => {
                    let other = self.given(value)?;
                    let Value::Dict(other_entries) = &other.value else {
                        let message =
                            format!("`**` takes a dictionary, not {}", other.value.kind());
                        return Err(Diagnostic::new(other.span, message).into());
                    };
                    for (written, value) in other_entries.borrow().iter() {
                        let written = Given {
                            value: written.clone(),
                            span: other.span,
                        };
                        self.enter(&mut dict, &written, value.clone())?;
                    }
                }
            }
        }
        self.dict(dict, span)
    }

    /// Sets an entry of a dictionary.
    pub fn enter(&mut self, dict: &mut Dict, written: &Given, value: Value) -> Eval<()> {
        self.hold(3, written.span)?;
        let key = key(self, &written.value, written.span)?;
        dict.insert(key, written.value.clone(), value.closed());
        Ok(())
    }

    pub fn comprehension(&mut self, c: &Comprehension, span: Span) -> Eval<Value> {
        let outer = self.scope;
        let scope = self.new_scope(outer, span)?;
        let mut list = Vec::new();
        let mut dict = Dict::default();
        // What is gone through first belongs to the scope outside.
        let first = self.given(&c.clauses[0].over)?;
        self.scope = scope;
        let result = self.clause(&c.clauses, Some(first), &mut |e| match &c.key {
            Some(key) => {
                let key = e.given(key)?;
                let value = e.expr(&c.value)?;
                e.enter(&mut dict, &key, value)
            }
            None => {
                e.hold(1, c.value.span)?;
                list.push(e.expr(&c.value)?.closed());
                Ok(())
            }
        });
        self.scope = outer;
        result?;
        match c.key {
            Some(_) => self.dict(dict, span),
            None => self.list(list, span),
        }
    }

    fn clause(
        &mut self,
        clauses: &[Clause],
        over: Option<Given>,
        each: &mut dyn FnMut(&mut Self) -> Eval<()>,
    ) -> Eval<()> {
        let Some((clause, inner)) = clauses.split_first() else {
            return each(self);
        };
        let over = match over {
            Some(over) => over,
            None => self.given(&clause.over)?,
        };
        let mut items = self.iterate(&over)?;
        'items: while let Some(value) = items.next(self, over.span)? {
            let given = Given {
                value,
                span: over.span,
            };
            self.assign_to(&clause.target, given)?;
            for test in &clause.tests {
                if !self.truth(test)? {
                    continue 'items;
                }
            }
            self.deeper(over.span, |e| e.clause(inner, None, each))?;
        }
        Ok(())
    }

    pub fn index(&mut self, object: &Given, index: &Given) -> Eval<Value> {
        if let (Value::Node(node), Value::Str(control)) = (&object.value, &index.value) {
            return paths::control_place(self, node, control, index.span);
        }
        if let Value::Group(group) = &object.value {
            return super::lib_module::index(self, group, index);
        }
        if let (Value::Module(Module::Session), Value::Str(name)) = (&object.value, &index.value) {
            // krach's `kr["bass"]` and `kr["bass/cutoff"]`.
            return match self.patch.node(name) {
                Some(_) => Ok(Value::Node(Rc::clone(name))),
                None => Ok(routes::target(self, index)?.value),
            };
        }
        if let Value::Dict(entries) = &object.value {
            let key = key(self, &index.value, index.span)?;
            let found = entries.borrow().get(&key).cloned();
            return found.ok_or_else(|| no_key(&entries.borrow(), index));
        }
        let len = self.length(object, "items")?;
        let i = whole(&index.value).ok_or_else(|| {
            Diagnostic::new(
                index.span,
                format!("an index is a whole number, not {}", index.value.kind()),
            )
        })?;
        let outside = || {
            Box::new(Diagnostic::new(
                index.span,
                format!("index {i} is outside of {len} items"),
            ))
        };
        let at = place(i, len).ok_or_else(outside)?;
        let item = match &object.value {
            Value::List(items) => items.borrow().get(at).cloned(),
            Value::Tuple(items) => items.get(at).cloned(),
            Value::Range(range) => range.at(at as i64).map(Value::Int),
            Value::Str(text) => {
                self.steps(text.len() / 64, object.span)?;
                let letter = text.chars().nth(at);
                letter.map(|c| Value::Str(c.to_string().into()))
            }
            _ => None,
        };
        item.ok_or_else(outside)
    }

    /// The number of items, letters or entries.
    pub fn length(&mut self, of: &Given, what: &str) -> Eval<usize> {
        Ok(match &of.value {
            Value::List(items) => items.borrow().len(),
            Value::Tuple(items) => items.len(),
            Value::Dict(entries) => entries.borrow().len(),
            Value::Range(range) => range.len as usize,
            Value::Str(text) => {
                self.steps(text.len() / 64, of.span)?;
                text.chars().count()
            }
            other => {
                return Err(
                    Diagnostic::new(of.span, format!("{} has no {what}", other.kind())).into(),
                );
            }
        })
    }

    pub fn slice_expr(&mut self, object: &Expr, parts: &[Option<Expr>; 3]) -> Eval<Value> {
        let object = self.given(object)?;
        let mut bounds = [None; 3];
        let mut last = object.span;
        for (bound, part) in bounds.iter_mut().zip(parts) {
            let Some(part) = part else { continue };
            last = part.span;
            *bound = match self.expr(part)? {
                Value::None => None,
                value => Some(whole(&value).ok_or_else(|| {
                    Diagnostic::new(
                        part.span,
                        format!("a slice goes by whole numbers, not by {}", value.kind()),
                    )
                })?),
            };
        }
        if let Value::Dict(_) | Value::Node(_) = object.value {
            let message = format!("{} cannot be sliced", object.value.kind());
            return Err(Diagnostic::new(object.span, message).into());
        }
        let len = self.length(&object, "parts")?;
        if bounds[2] == Some(0) {
            return Err(Diagnostic::new(last, "a slice cannot go in steps of 0").into());
        }
        let span = object.span.to(last);
        let places = slice(bounds, len as i64);
        if let Value::Range(range) = object.value {
            return Ok(Value::Range(Range {
                start: range
                    .start
                    .saturating_add(range.step.saturating_mul(places.start)),
                step: range.step.saturating_mul(places.step),
                len: places.len,
            }));
        }
        self.steps(places.len as usize, span)?;
        let taken = (0..places.len)
            .filter_map(|i| places.at(i))
            .map(|i| i as usize);
        match &object.value {
            Value::List(items) => {
                let items = taken.map(|i| items.borrow()[i].clone()).collect();
                self.list(items, span)
            }
            Value::Tuple(items) => {
                let items: Vec<Value> = taken.map(|i| items[i].clone()).collect();
                self.tuple(items, span)
            }
            Value::Str(text) => {
                let letters: Vec<char> = text.chars().collect();
                let text = taken.map(|i| letters[i]).collect();
                self.string(text, span)
            }
            _ => Ok(Value::None),
        }
    }
}

/// The places that a slice takes, all of them inside.
fn slice([start, stop, step]: [Option<i64>; 3], len: i64) -> Range {
    let step = step.unwrap_or(1);
    // What lies before the first and behind the last place, in the slice's direction.
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let inside = |i: i64| {
        let i = if i < 0 { i.saturating_add(len) } else { i };
        i.clamp(low, high)
    };
    let (first, end) = if step > 0 { (low, high) } else { (high, low) };
    let (start, stop) = (start.map_or(first, inside), stop.map_or(end, inside));
    range(start, stop, step).unwrap_or(Range {
        start,
        step: 1,
        len: 0,
    })
}

/// From a number towards another in steps; nothing if it has more numbers than can be counted.
pub fn range(start: i64, stop: i64, step: i64) -> Option<Range> {
    let (from, to, by) = (i128::from(start), i128::from(stop), i128::from(step));
    let len = ((to - from + by - by.signum()) / by).max(0);
    let len = i64::try_from(len).ok()?;
    // The last one must be a number too, and so must what a slice may ask for.
    Some(Range { start, step, len })
}

fn no_key(entries: &Dict, index: &Given) -> Box<Diagnostic> {
    let shown = match &index.value {
        Value::Str(s) => format!("there is no entry `{s}`"),
        other => format!("there is no entry for {}", other.kind()),
    };
    let d = Diagnostic::new(index.span, shown);
    let mut names: Vec<Rc<str>> = Vec::new();
    for (key, _) in entries.iter().take(50) {
        if let Value::Str(name) = key {
            names.push(Rc::clone(name));
        }
    }
    let near = match &index.value {
        Value::Str(s) => nearest(s, names.iter().map(|n| &**n)),
        _ => None,
    };
    match near {
        Some(near) => d.hint(format!("did you mean `{near}`?")),
        None => d.hint("`in` asks whether there is one, .get(key, default) does without"),
    }
    .into()
}
