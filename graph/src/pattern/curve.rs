//! Curves in patterns: steps taken from them, numbers worked out with them, controls that follow them. Control side.

use super::{Arithmetic, Atom, Node, Pattern, PatternError, Structure};
use crate::time::Ratio;

impl Pattern {
    /// A random curve: at every time another value, or with `smooth` a slope from cycle to cycle.
    pub fn noise(seed: u32, smooth: bool, lo: f64, hi: f64) -> Pattern {
        Pattern::leaf(Node::Noise {
            seed,
            smooth,
            lo,
            hi,
        })
    }

    /// At every time one of several steps by chance; each says how likely it is against the others.
    pub fn pick(seed: u32, choices: Vec<(f64, Atom)>) -> Result<Pattern, PatternError> {
        Node::Pick(seed, choices).try_into()
    }

    /// So many steps a cycle, each with the value that there is at its beginning.
    pub fn segment(&self, rate: Ratio) -> Result<Pattern, PatternError> {
        self.in_rhythm(&Pattern::atom(Atom::of_number(1.0)).fast(rate)?)
    }

    /// The numbers of two patterns together, of which one at least is a curve or was taken from one.
    pub fn compute(
        &self,
        structure: Structure,
        op: Arithmetic,
        other: &Pattern,
    ) -> Result<Pattern, PatternError> {
        Node::Compute {
            structure,
            op,
            left: self.clone(),
            right: other.clone(),
        }
        .try_into()
    }

    /// Steps from a table, by the numbers of this pattern; the first step is for `first` and what is below it.
    pub fn lookup(&self, first: i64, steps: Vec<Atom>) -> Result<Pattern, PatternError> {
        Node::Lookup {
            first,
            steps,
            of: self.clone(),
        }
        .try_into()
    }

    /// A step wherever this pattern has a number; its pitch is so many semitones higher.
    pub fn carry(&self, step: Atom) -> Result<Pattern, PatternError> {
        self.carry_to("", step)
    }

    /// A step wherever this pattern has a number, which is the value of one of its controls.
    pub fn carry_to(&self, control: &str, step: Atom) -> Result<Pattern, PatternError> {
        Node::Carry {
            control: control.to_owned(),
            step,
            of: self.clone(),
        }
        .try_into()
    }

    /// Every step with what another pattern says of a control at its onset, in the rhythm of this one. Without a
    /// name it is added to pitch and number.
    pub fn with(&self, control: &str, value: &Pattern) -> Result<Pattern, PatternError> {
        Node::With {
            control: control.to_owned(),
            of: self.clone(),
            value: value.clone(),
        }
        .try_into()
    }
}
