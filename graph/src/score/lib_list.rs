//! The methods of lists, tuples and dictionaries.

use super::args::{Args, wrong};
use super::collections::place;
use super::compare::{equal, sort};
use super::diagnostic::Diagnostic;
use super::dict::{Dict, key};
use super::eval::{Eval, Evaluator};
use super::value::{Builtin, Given, Value};
use crate::patch::Span;
use std::cell::RefCell;
use std::rc::Rc;

/// Every method of a list; the first parameter is the list itself.
pub const METHODS: &[Builtin] = &[
    Builtin {
        name: "append",
        params: &["self", "item"],
        run: |e, a| {
            e.hold(1, a.span)?;
            let item = a.need("item")?.value.clone().closed();
            list(a)?.borrow_mut().push(item);
            Ok(Value::None)
        },
    },
    Builtin {
        name: "extend",
        params: &["self", "items"],
        run: |e, a| {
            let items = e.collect(a.need("items")?)?;
            list(a)?.borrow_mut().extend(items);
            Ok(Value::None)
        },
    },
    Builtin {
        name: "insert",
        params: &["self", "index", "item"],
        run: insert,
    },
    Builtin {
        name: "pop",
        params: &["self", "index"],
        run: pop,
    },
    Builtin {
        name: "remove",
        params: &["self", "item"],
        run: |e, a| {
            let at = position(e, a)?;
            list(a)?.borrow_mut().remove(at);
            Ok(Value::None)
        },
    },
    Builtin {
        name: "index",
        params: &["self", "item"],
        run: |e, a| Ok(Value::Int(position(e, a)? as i64)),
    },
    Builtin {
        name: "count",
        params: &["self", "item"],
        run: count,
    },
    Builtin {
        name: "reverse",
        params: &["self"],
        run: |e, a| {
            let items = list(a)?;
            e.steps(items.borrow().len() / 16, a.span)?;
            items.borrow_mut().reverse();
            Ok(Value::None)
        },
    },
    Builtin {
        name: "sort",
        params: &["self", "*", "key", "reverse"],
        run: |e, a| {
            let items = list(a)?;
            let now = items.borrow().clone();
            let sorted = sorted(e, a, now)?;
            *items.borrow_mut() = sorted;
            Ok(Value::None)
        },
    },
    Builtin {
        name: "copy",
        params: &["self"],
        run: |e, a| {
            let items = list(a)?.borrow().clone();
            e.list(items, a.span)
        },
    },
    Builtin {
        name: "clear",
        params: &["self"],
        run: |_, a| {
            list(a)?.borrow_mut().clear();
            Ok(Value::None)
        },
    },
];

/// Every method of a tuple.
pub const TUPLE_METHODS: &[Builtin] = &[
    Builtin {
        name: "index",
        params: &["self", "item"],
        run: |e, a| Ok(Value::Int(position(e, a)? as i64)),
    },
    Builtin {
        name: "count",
        params: &["self", "item"],
        run: count,
    },
];

/// Every method of a dictionary.
pub const DICT_METHODS: &[Builtin] = &[
    Builtin {
        name: "get",
        params: &["self", "key", "default"],
        run: |e, a| {
            let wanted = a.need("key")?;
            let key = key(e, &wanted.value, wanted.span)?;
            let found = dict(a)?.borrow().get(&key).cloned();
            Ok(found.unwrap_or_else(|| default(a)))
        },
    },
    Builtin {
        name: "keys",
        params: &["self"],
        run: |e, a| {
            let keys: Vec<Value> = dict(a)?.borrow().iter().map(|x| x.0.clone()).collect();
            e.list(keys, a.span)
        },
    },
    Builtin {
        name: "values",
        params: &["self"],
        run: |e, a| {
            let values: Vec<Value> = dict(a)?.borrow().iter().map(|x| x.1.clone()).collect();
            e.list(values, a.span)
        },
    },
    Builtin {
        name: "items",
        params: &["self"],
        run: |e, a| {
            let pairs: Vec<_> = dict(a)?.borrow().iter().cloned().collect();
            e.steps(pairs.len(), a.span)?;
            let pairs = pairs
                .into_iter()
                .map(|(key, value)| e.tuple(vec![key, value], a.span))
                .collect::<Eval<Vec<_>>>()?;
            e.list(pairs, a.span)
        },
    },
    Builtin {
        name: "pop",
        params: &["self", "key", "default"],
        run: |e, a| {
            let wanted = a.need("key")?;
            let key = key(e, &wanted.value, wanted.span)?;
            match dict(a)?.borrow_mut().remove(&key) {
                Some(value) => Ok(value),
                None if a.get("default").is_some() => Ok(default(a)),
                None => Err(missing(wanted.span)),
            }
        },
    },
    Builtin {
        name: "setdefault",
        params: &["self", "key", "default"],
        run: |e, a| {
            let wanted = a.need("key")?;
            let place = key(e, &wanted.value, wanted.span)?;
            let entries = dict(a)?;
            if let Some(value) = entries.borrow().get(&place) {
                return Ok(value.clone());
            }
            e.enter(&mut entries.borrow_mut(), wanted, default(a))?;
            Ok(default(a))
        },
    },
    Builtin {
        name: "update",
        params: &["self", "other", "**entries"],
        run: |e, a| {
            let entries = dict(a)?;
            if let Some(other) = a.get("other") {
                for (written, value) in pairs(e, other)? {
                    e.enter(&mut entries.borrow_mut(), &written, value)?;
                }
            }
            for (name, given) in &a.named {
                let written = Given {
                    value: Value::Str(Rc::clone(name)),
                    span: given.span,
                };
                e.enter(&mut entries.borrow_mut(), &written, given.value.clone())?;
            }
            Ok(Value::None)
        },
    },
    Builtin {
        name: "copy",
        params: &["self"],
        run: |e, a| {
            let mut copy = Dict::default();
            for (written, value) in pairs(e, a.need("self")?)? {
                e.enter(&mut copy, &written, value)?;
            }
            e.dict(copy, a.span)
        },
    },
    Builtin {
        name: "clear",
        params: &["self"],
        run: |_, a| {
            dict(a)?.borrow_mut().clear();
            Ok(Value::None)
        },
    },
];

fn list(args: &Args) -> Eval<Rc<RefCell<Vec<Value>>>> {
    match &args.need("self")?.value {
        Value::List(items) => Ok(Rc::clone(items)),
        _ => Err(wrong(args.need("self")?, "self", "a list")),
    }
}

fn dict(args: &Args) -> Eval<Rc<RefCell<Dict>>> {
    match &args.need("self")?.value {
        Value::Dict(entries) => Ok(Rc::clone(entries)),
        _ => Err(wrong(args.need("self")?, "self", "a dictionary")),
    }
}

fn default(args: &Args) -> Value {
    args.get("default")
        .map_or(Value::None, |given| given.value.clone().closed())
}

fn missing(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(span, "it is not in there")
        .hint("`in` asks whether it is")
        .into()
}

/// Keys and values of a dictionary, or of pairs.
pub fn pairs(e: &mut Evaluator<'_>, given: &Given) -> Eval<Vec<(Given, Value)>> {
    let at = |value| Given {
        value,
        span: given.span,
    };
    if let Value::Dict(entries) = &given.value {
        e.steps(entries.borrow().len(), given.span)?;
        let entries = entries.borrow();
        return Ok(entries
            .iter()
            .map(|(written, value)| (at(written.clone()), value.clone()))
            .collect());
    }
    let mut pairs = Vec::new();
    let mut items = e.iterate(given)?;
    while let Some(item) = items.next(e, given.span)? {
        let pair = match &item {
            Value::Tuple(pair) if pair.len() == 2 => (pair[0].clone(), pair[1].clone()),
            Value::List(pair) if pair.borrow().len() == 2 => {
                (pair.borrow()[0].clone(), pair.borrow()[1].clone())
            }
            other => {
                return Err(Diagnostic::new(
                    given.span,
                    format!(
                        "a dictionary is made of pairs, and one of these is {}",
                        other.kind()
                    ),
                )
                .into());
            }
        };
        e.hold(1, given.span)?;
        pairs.push((at(pair.0), pair.1));
    }
    Ok(pairs)
}

fn insert(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    e.hold(1, args.span)?;
    let items = list(args)?;
    let len = items.borrow().len();
    e.steps(len / 16, args.span)?;
    let i = args.need_whole("index")?;
    let i = if i < 0 {
        i.saturating_add(len as i64)
    } else {
        i
    };
    let at = i.clamp(0, len as i64) as usize;
    let item = args.need("item")?.value.clone().closed();
    items.borrow_mut().insert(at, item);
    Ok(Value::None)
}

fn pop(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let items = list(args)?;
    let len = items.borrow().len();
    let i = match args.get("index") {
        Some(_) => args.need_whole("index")?,
        None => -1,
    };
    let at = place(i, len).ok_or_else(|| {
        Diagnostic::new(
            args.span,
            match len {
                0 => "there is nothing to take from an empty list".into(),
                _ => format!("index {i} is outside of {len} items"),
            },
        )
    })?;
    e.steps((len - at) / 16, args.span)?;
    let item = items.borrow_mut().remove(at);
    Ok(item)
}

/// Where an item is.
fn position(e: &mut Evaluator<'_>, args: &Args) -> Eval<usize> {
    let wanted = args.need("item")?;
    let mut items = e.iterate(args.need("self")?)?;
    let mut at = 0;
    while let Some(item) = items.next(e, args.span)? {
        if equal(e, &item, &wanted.value, args.span)? {
            return Ok(at);
        }
        at += 1;
    }
    Err(missing(wanted.span))
}

fn count(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let wanted = args.need("item")?;
    let mut items = e.iterate(args.need("self")?)?;
    let mut n = 0;
    while let Some(item) = items.next(e, args.span)? {
        n += i64::from(equal(e, &item, &wanted.value, args.span)?);
    }
    Ok(Value::Int(n))
}

/// Items in order, by `key` and `reverse`.
pub fn sorted(e: &mut Evaluator<'_>, args: &Args, items: Vec<Value>) -> Eval<Vec<Value>> {
    let reverse = args.get("reverse").is_some_and(|g| g.value.truth());
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        let key = by_key(e, args, &item)?;
        keyed.push((key, item));
    }
    // Equal ones keep their order also backwards.
    if reverse {
        keyed.reverse();
    }
    let mut sorted = sort(e, keyed, args.span)?;
    if reverse {
        sorted.reverse();
    }
    Ok(sorted)
}

/// What an item is ordered by.
pub fn by_key(e: &mut Evaluator<'_>, args: &Args, item: &Value) -> Eval<Value> {
    match args.get("key").cloned() {
        None
        | Some(Given {
            value: Value::None, ..
        }) => Ok(item.clone()),
        Some(function) => {
            let given = Given {
                value: item.clone(),
                span: args.span,
            };
            e.call(&function, vec![given], Vec::new(), args.span)
        }
    }
}
