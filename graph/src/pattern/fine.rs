//! How finely a pattern divides its cycles, known without walking it. Control side.
//!
//! All times of a pattern's events are multiples of one fraction of a cycle. As long as its denominator stays below
//! [`MAX_FINE`], every time that a question can meet fits [`Ratio`] exactly, or misses by less than 10⁻¹⁸ cycles late in
//! a very long song.

use super::Pattern;
use super::tree::{Join, Node};
use crate::time::Ratio;

/// The finest division of a cycle: 2⁴⁰ parts.
pub const MAX_FINE: u64 = 1 << 40;

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// The least common multiple of two divisions, saturating; nought counts as one.
fn both(a: u64, b: u64) -> u64 {
    let (a, b) = (a.max(1), b.max(1));
    (a / gcd(a, b)).saturating_mul(b)
}

fn den(r: Ratio) -> u64 {
    r.den().unsigned_abs()
}

/// A division whose times are all multiplied by a ratio.
fn scaled(fine: u64, by: Ratio) -> u64 {
    let fine = fine.max(1);
    (fine / gcd(fine, by.num().unsigned_abs())).saturating_mul(den(by))
}

fn all<'a>(patterns: impl Iterator<Item = &'a Pattern>) -> u64 {
    patterns.fold(1, |fine, p| both(fine, p.fine()))
}

/// Into how many parts a node divides a cycle, its children's divisions known; `voices` is how many notes its chords
/// may have.
pub fn of(node: &Node, voices: u64) -> u64 {
    match node {
        Node::Silence | Node::Atom(_) | Node::Wave { .. } | Node::Noise { .. } | Node::Pick(..) => {
            1
        }
        Node::Shuffle { count, .. } => u64::from(*count),
        Node::Seq(steps) => {
            let total = steps.iter().fold(Ratio::ZERO, |sum, (w, _)| sum + *w);
            let mut at = Ratio::ZERO;
            steps.iter().fold(1, |fine, (weight, step)| {
                let length = *weight / total;
                let own = both(den(at), scaled(step.fine(), length));
                at = at + length;
                both(fine, own)
            })
        }
        Node::Stack(many) | Node::Switch(many) | Node::Choose(_, many) => all(many.iter()),
        Node::Fast(factor, p) => scaled(p.fine(), Ratio::ONE / *factor),
        Node::Late(by, p) => both(p.fine(), den(*by)),
        Node::Zoom(begin, end, p) => {
            scaled(both(p.fine(), den(*begin)), Ratio::ONE / (*end - *begin))
        }
        Node::Loop(from, cycles, p) => both(p.fine(), both(den(*from), den(*cycles))),
        Node::Repeat(_, p)
        | Node::Rev(p)
        | Node::Degrade { of: p, .. }
        | Node::Within { of: p, .. }
        | Node::Lookup { of: p, .. }
        | Node::Carry { of: p, .. } => p.fine(),
        // A chord of n notes is cut into n parts, or twice as many there and back.
        Node::Arp(_, p) => p.fine().saturating_mul(2 * voices.max(1)),
        Node::ArpBy(p, by) => both(p.fine(), by.fine()),
        Node::Compute { left, right, .. } | Node::Apply { left, right, .. } => {
            both(left.fine(), right.fine())
        }
        Node::With { of, value, .. } => both(of.fine(), value.fine()),
        Node::Bind {
            join,
            selector,
            choices,
        } => {
            let inner = all(choices.iter());
            match join {
                // A cycle of each lies in an event of the selector.
                Join::Squeeze => selector.fine().saturating_mul(inner),
                Join::Inner | Join::Outer | Join::Both => both(selector.fine(), inner),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Atom, PatternError};
    use super::*;

    fn step() -> Pattern {
        Pattern::atom(Atom::of_number(1.0))
    }

    #[test]
    fn divisions_are_those_of_the_events() {
        let r = Ratio::new;
        let thirds = Pattern::seq(vec![step(); 3]).unwrap();
        assert_eq!(thirds.fine(), 3);
        let nested = Pattern::seq(vec![thirds.clone(), step()]).unwrap();
        assert_eq!(nested.fine(), 6);
        assert_eq!(nested.clone().fast(r(3, 2)).unwrap().fine(), 9);
        assert_eq!(nested.clone().over(r(6, 1)).unwrap().fine(), 1);
        assert_eq!(thirds.clone().late(r(1, 4)).unwrap().fine(), 12);
        assert_eq!(Pattern::stack(vec![thirds, step()]).unwrap().fine(), 3);
    }

    #[test]
    fn times_that_could_not_be_told_apart_exactly_are_refused_while_building() {
        let mut p = Ok(step());
        let mut steps = 0;
        for prime in [9973, 9967, 9949, 9941, 9931] {
            p = p.and_then(|p: Pattern| p.late(Ratio::new(1, prime)));
            steps += usize::from(p.is_ok());
        }
        assert_eq!(p, Err(PatternError::TooFine));
        assert_eq!(steps, 3);
        let far = step().late(Ratio::whole(1_000_000_000));
        assert_eq!(far, Err(PatternError::TooFar));
    }
}
