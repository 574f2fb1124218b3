//! What a node can be made of.

use crate::signal::Function;
use crate::ugen::{Generator, Kind, Unit};
use std::sync::Arc;

/// What a node can be made of: a [`Function`] (see [`crate::signal::function`]), a [`Unit`] (from a struct with
/// [`crate::ugen::kind`], from a closure with [`crate::ugen::unit`]), or [`HostInput`].
pub trait Sound {
    /// What the type of its node's handle says.
    type Kind;
    /// What it is.
    fn made(self) -> Made;
}

/// What makes a node's sound.
#[derive(Clone)]
pub enum Made {
    /// A signal function.
    Function(Arc<Function>),
    /// A unit generator.
    Unit(Arc<dyn Unit>),
    /// The engine's main input.
    Input,
}

/// The engine's main input, as a node.
#[derive(Clone, Copy, Debug)]
pub struct HostInput;

impl Sound for HostInput {
    type Kind = ();
    fn made(self) -> Made {
        Made::Input
    }
}
impl Sound for Function {
    type Kind = ();
    fn made(self) -> Made {
        Made::Function(Arc::new(self))
    }
}
impl Sound for Arc<Function> {
    type Kind = ();
    fn made(self) -> Made {
        Made::Function(self)
    }
}
impl Sound for Arc<dyn Unit> {
    type Kind = ();
    fn made(self) -> Made {
        Made::Unit(self)
    }
}
impl<G: Generator> Sound for Arc<Kind<G>> {
    type Kind = G;
    fn made(self) -> Made {
        Made::Unit(self)
    }
}
impl Sound for Made {
    type Kind = ();
    fn made(self) -> Made {
        self
    }
}
