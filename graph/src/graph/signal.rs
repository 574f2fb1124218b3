//! What can be led somewhere: a sum of nodes and products, each with a factor, and a constant.

use super::Node;
use super::handle::Key;

/// A sum of nodes' outputs and products of signals, each with a level, and a constant. Made with `+ - *` and
/// [`Signal::range`] from [`Node`]s and numbers; nothing runs until it is led somewhere.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a signal is not heard until it is led somewhere: `edit.wire(signal >> target)`"]
pub struct Signal {
    pub(super) terms: Vec<(Term, f32)>,
    pub(super) constant: f32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    Node(Key),
    Product(Box<(Signal, Signal)>),
}

impl Signal {
    /// Maps −1…1 to `lo`…`hi`: `lfo.range(200.0, 2000.0) >> synth.control("cutoff")`.
    pub fn range(self, lo: f32, hi: f32) -> Signal {
        let mut signal = self.scaled((hi - lo) * 0.5);
        signal.constant += (hi + lo) * 0.5;
        signal
    }

    pub(super) fn scaled(mut self, factor: f32) -> Signal {
        self.terms
            .iter_mut()
            .for_each(|(_, level)| *level *= factor);
        self.constant *= factor;
        self
    }

    /// One term for each source: levels of the same add up.
    pub(super) fn plus(mut self, other: Signal) -> Signal {
        for (term, level) in other.terms {
            match self.terms.iter_mut().find(|(t, _)| *t == term) {
                Some((_, sum)) => *sum += level,
                None => self.terms.push((term, level)),
            }
        }
        self.constant += other.constant;
        self
    }

    pub(super) fn times(self, other: Signal) -> Signal {
        match (self.terms.is_empty(), other.terms.is_empty()) {
            (_, true) => self.scaled(other.constant),
            (true, _) => other.scaled(self.constant),
            _ => Signal {
                terms: vec![(Term::Product(Box::new((self, other))), 1.0)],
                constant: 0.0,
            },
        }
    }
}

impl<K> Node<K> {
    /// Maps −1…1 to `lo`…`hi`; see [`Signal::range`].
    pub fn range(self, lo: f32, hi: f32) -> Signal {
        Signal::from(self).range(lo, hi)
    }
}

impl<K> From<Node<K>> for Signal {
    fn from(node: Node<K>) -> Signal {
        Signal {
            terms: vec![(Term::Node(node.key), 1.0)],
            constant: 0.0,
        }
    }
}

impl From<f32> for Signal {
    fn from(constant: f32) -> Signal {
        Signal {
            terms: Vec::new(),
            constant,
        }
    }
}
