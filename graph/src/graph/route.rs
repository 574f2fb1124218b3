//! Where signals lead: `a >> b >> out(1)`.

use super::handle::Key;
use super::{Control, Input, Node, Out, Port, Signal};

/// Where a signal can lead, and whether a copy of it is sent there.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    pub(super) end: End,
    /// The level of a send; a plain wire moves the sound instead.
    pub(super) send: Option<f32>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// The first input.
    Node(Key),
    Input(Key, OwnPort),
    Control(Key, OwnPort),
    Out(Out),
}

/// A [`Port`] that holds its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum OwnPort {
    Name(String),
    Index(usize),
}

impl From<Port<'_>> for OwnPort {
    fn from(port: Port<'_>) -> OwnPort {
        match port {
            Port::Name(name) => OwnPort::Name(name.to_owned()),
            Port::Index(index) => OwnPort::Index(index),
        }
    }
}
impl OwnPort {
    pub(super) fn port(&self) -> Port<'_> {
        match self {
            OwnPort::Name(name) => Port::Name(name),
            OwnPort::Index(index) => Port::Index(*index),
        }
    }
}

impl End {
    /// The node whose sound goes on from here; a control's does not.
    fn onward(&self) -> Option<Key> {
        match *self {
            End::Node(key) => Some(key),
            End::Input(key, _) => Some(key),
            End::Control(..) | End::Out(_) => None,
        }
    }
}

impl<K> From<Node<K>> for Destination {
    fn from(node: Node<K>) -> Self {
        End::Node(node.key).into()
    }
}
impl From<Input<'_>> for Destination {
    fn from(input: Input<'_>) -> Self {
        End::Input(input.node, input.port.into()).into()
    }
}
impl From<Control<'_>> for Destination {
    fn from(control: Control<'_>) -> Self {
        End::Control(control.node, control.port.into()).into()
    }
}
impl From<Out> for Destination {
    fn from(out: Out) -> Self {
        End::Out(out).into()
    }
}
impl From<End> for Destination {
    fn from(end: End) -> Self {
        Destination { end, send: None }
    }
}
/// `a >> (b, 0.4)` sends a copy at a level.
impl<D: Into<Destination>> From<(D, f32)> for Destination {
    fn from((to, level): (D, f32)) -> Self {
        Destination {
            send: Some(level),
            ..to.into()
        }
    }
}

/// Signals and where they lead, not yet in effect.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a route has no effect until it is made: `edit.wire(route)`"]
pub struct Route {
    pub(super) legs: Vec<(Signal, Destination)>,
    /// It went on from where nothing goes on.
    pub(super) broken: bool,
}

impl Route {
    pub(super) fn new(from: Signal, to: Destination) -> Route {
        Route {
            legs: vec![(from, to)],
            broken: false,
        }
    }

    /// Goes on from the node that it has led to.
    pub(super) fn then(mut self, to: Destination) -> Route {
        match self.legs.last().and_then(|(_, last)| last.end.onward()) {
            Some(key) => self.legs.push((Node::<()>::new(key).into(), to)),
            None => self.broken = true,
        }
        self
    }
}
