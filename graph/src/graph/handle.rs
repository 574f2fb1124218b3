//! Handles: names of nodes and ports, checked when they are used.

use crate::signal::Outlet;
use std::fmt;
use std::marker::PhantomData;

/// Which node of which session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The session's graph; no other has the same.
    pub(super) home: u64,
    pub(super) number: u64,
}

/// A node that a Rust program made. `K` is what it is, where its type says so (see [`crate::unit_generator!`]).
pub struct Node<K = ()> {
    pub(super) key: Key,
    kind: PhantomData<fn() -> K>,
}

impl<K> Node<K> {
    pub(super) fn new(key: Key) -> Node<K> {
        Node {
            key,
            kind: PhantomData,
        }
    }
    /// An audio input, by name or by index from 0.
    pub fn input<'a>(self, port: impl Into<Port<'a>>) -> Input<'a> {
        Input {
            node: self.key,
            port: port.into(),
        }
    }
    /// A control, by name (`gain` and `pan` included) or by index from 0.
    pub fn control<'a>(self, port: impl Into<Port<'a>>) -> Control<'a> {
        Control {
            node: self.key,
            port: port.into(),
        }
    }
    /// Its gain, a linear factor of 0…4.
    pub fn gain(self) -> Control<'static> {
        self.control(crate::patch::GAIN)
    }
    /// Its place between left (−1) and right (1).
    pub fn pan(self) -> Control<'static> {
        self.control(crate::patch::PAN)
    }
    /// The same handle without what its type says.
    pub fn untyped(self) -> Node {
        Node::new(self.key)
    }
    /// Which node it is.
    pub fn key(self) -> Key {
        self.key
    }
}

// Derived, these would ask the same of `K`.
impl<K> Clone for Node<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Node<K> {}
impl<K> PartialEq for Node<K> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl<K> Eq for Node<K> {}
impl<K> std::hash::Hash for Node<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}
impl<K> fmt::Debug for Node<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {}", self.number)
    }
}

/// A port, by name or by index from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port<'a> {
    /// The port with this name.
    Name(&'a str),
    /// The port at this place.
    Index(usize),
}

impl<'a> From<&'a str> for Port<'a> {
    fn from(name: &'a str) -> Port<'a> {
        Port::Name(name)
    }
}
impl<'a> From<&'a String> for Port<'a> {
    fn from(name: &'a String) -> Port<'a> {
        Port::Name(name)
    }
}
impl From<usize> for Port<'_> {
    fn from(index: usize) -> Self {
        Port::Index(index)
    }
}
impl fmt::Display for Port<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Port::Name(name) => write!(f, "`{name}`"),
            Port::Index(index) => write!(f, "number {index}"),
        }
    }
}

/// An audio input of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input<'a> {
    pub(super) node: Key,
    pub(super) port: Port<'a>,
}

/// A control of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control<'a> {
    pub(super) node: Key,
    pub(super) port: Port<'a>,
}

/// A stereo pair of the engine's outputs, or one of its channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Out(pub(super) u16);

/// The stereo pair of outputs with this number, from 1; 1 is the main output.
pub fn out(pair: u16) -> Out {
    Out(pair)
}

/// The channel of outputs with this number, from 1: it gets the mean of both sides.
pub fn out_channel(channel: u16) -> Out {
    // What is no channel is no outlet either, and is refused where it is used.
    Out(Outlet::Channel(channel).number().unwrap_or(0))
}
