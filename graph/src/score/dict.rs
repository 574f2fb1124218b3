//! Dictionaries: entries in the order in which they came, found by key.

use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::value::Value;
use crate::patch::Span;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// What a key is equal by: 1, 1.0 and True are one key, as in Python.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    None,
    Int(i64),
    /// Its bits; whole numbers are `Int`.
    Float(u64),
    Str(Rc<str>),
    Node(Rc<str>),
    Tuple(Vec<Key>),
}

/// A dictionary.
#[derive(Default)]
pub struct Dict {
    places: HashMap<Key, u64>,
    /// Key and value by the number of their arrival.
    entries: BTreeMap<u64, (Value, Value)>,
    next: u64,
}

impl Dict {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.entries.get(self.places.get(key)?).map(|e| &e.1)
    }

    /// Sets an entry; one that was there keeps its place.
    pub fn insert(&mut self, key: Key, written: Value, value: Value) {
        if let Some(entry) = self.places.get(&key).and_then(|p| self.entries.get_mut(p)) {
            entry.1 = value;
            return;
        }
        self.places.insert(key, self.next);
        self.entries.insert(self.next, (written, value));
        self.next += 1;
    }

    pub fn remove(&mut self, key: &Key) -> Option<Value> {
        let place = self.places.remove(key)?;
        self.entries.remove(&place).map(|e| e.1)
    }

    pub fn clear(&mut self) {
        self.places.clear();
        self.entries.clear();
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = &(Value, Value)> {
        self.entries.values()
    }

    /// The first key whose number is not below one, and the number behind it.
    pub fn key_from(&self, number: u64) -> Option<(u64, Value)> {
        let (n, (key, _)) = self.entries.range(number..).next()?;
        Some((n + 1, key.clone()))
    }
}

/// Tuples in tuples as a key, at most.
const MAX_KEY: usize = 16;

/// What a value is as a key.
pub fn key(e: &mut Evaluator<'_>, value: &Value, span: Span) -> Eval<Key> {
    key_within(e, value, span, MAX_KEY)
}

fn key_within(e: &mut Evaluator<'_>, value: &Value, span: Span, depth: usize) -> Eval<Key> {
    e.step(span)?;
    Ok(match value {
        Value::None => Key::None,
        Value::Bool(b) => Key::Int(i64::from(*b)),
        Value::Int(n) => Key::Int(*n),
        Value::Float(x) if x.fract() == 0.0 && x.abs() < 9e18 => Key::Int(*x as i64),
        Value::Float(x) => Key::Float(x.to_bits()),
        Value::Str(s) => Key::Str(Rc::clone(s)),
        Value::Node(name) => Key::Node(Rc::clone(name)),
        Value::Tuple(items) if depth > 0 => Key::Tuple(
            items
                .iter()
                .map(|x| key_within(e, x, span, depth - 1))
                .collect::<Eval<_>>()?,
        ),
        other => {
            let d = Diagnostic::new(
                span,
                format!("{} cannot be a dictionary's key", other.kind()),
            );
            return Err(match other {
                Value::List(_) => d.hint("a tuple can: tuple(items)"),
                _ => d.hint("a string, a number or a tuple of them can"),
            }
            .into());
        }
    })
}
