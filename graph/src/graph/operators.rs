//! `+ - *` and `>>` on nodes, signals and numbers.

use super::{Destination, Node, Route, Signal};
use std::ops::{Add, Mul, Neg, Shr, Sub};

impl<R: Into<Signal>> Add<R> for Signal {
    type Output = Signal;
    fn add(self, other: R) -> Signal {
        self.plus(other.into())
    }
}
impl<R: Into<Signal>> Sub<R> for Signal {
    type Output = Signal;
    fn sub(self, other: R) -> Signal {
        self.plus(other.into().scaled(-1.0))
    }
}
impl<R: Into<Signal>> Mul<R> for Signal {
    type Output = Signal;
    fn mul(self, other: R) -> Signal {
        self.times(other.into())
    }
}
impl Neg for Signal {
    type Output = Signal;
    fn neg(self) -> Signal {
        self.scaled(-1.0)
    }
}

impl<K, R: Into<Signal>> Add<R> for Node<K> {
    type Output = Signal;
    fn add(self, other: R) -> Signal {
        Signal::from(self).plus(other.into())
    }
}
impl<K, R: Into<Signal>> Sub<R> for Node<K> {
    type Output = Signal;
    fn sub(self, other: R) -> Signal {
        Signal::from(self) - other
    }
}
impl<K, R: Into<Signal>> Mul<R> for Node<K> {
    type Output = Signal;
    fn mul(self, other: R) -> Signal {
        Signal::from(self).times(other.into())
    }
}
impl<K> Neg for Node<K> {
    type Output = Signal;
    fn neg(self) -> Signal {
        -Signal::from(self)
    }
}

/// A number on the left.
macro_rules! from_the_left {
    ([$($k:ident)?] $type:ty) => {
        impl$(<$k>)? Add<$type> for f32 {
            type Output = Signal;
            fn add(self, other: $type) -> Signal {
                Signal::from(self) + other
            }
        }
        impl$(<$k>)? Sub<$type> for f32 {
            type Output = Signal;
            fn sub(self, other: $type) -> Signal {
                Signal::from(self) - other
            }
        }
        impl$(<$k>)? Mul<$type> for f32 {
            type Output = Signal;
            fn mul(self, other: $type) -> Signal {
                Signal::from(self) * other
            }
        }
    };
}
from_the_left!([] Signal);
from_the_left!([K] Node<K>);

impl<D: Into<Destination>> Shr<D> for Signal {
    type Output = Route;
    fn shr(self, to: D) -> Route {
        Route::new(self, to.into())
    }
}
impl<K, D: Into<Destination>> Shr<D> for Node<K> {
    type Output = Route;
    fn shr(self, to: D) -> Route {
        Route::new(self.into(), to.into())
    }
}
impl<D: Into<Destination>> Shr<D> for Route {
    type Output = Route;
    fn shr(self, to: D) -> Route {
        self.then(to.into())
    }
}
