//! Transforms that need no more than what patterns are made of, named as in Tidal and Strudel. Control side.

use super::tree::Join;
use super::{Atom, Node, Pattern, PatternError};
use crate::time::Ratio;

/// The most parts that a transform divides a pattern into.
const MAX_PARTS: u32 = 256;

fn parts(n: u32) -> Result<Ratio, PatternError> {
    if !(1..=MAX_PARTS).contains(&n) {
        return Err(PatternError::BadCount);
    }
    Ok(Ratio::whole(i64::from(n)))
}

impl Pattern {
    /// Each cycle backwards.
    pub fn rev(self) -> Result<Pattern, PatternError> {
        Node::Rev(self).try_into()
    }

    /// In cycle `n` the pattern `n` modulo their number, at its own time.
    pub fn switch(choices: Vec<Pattern>) -> Result<Pattern, PatternError> {
        Node::Switch(choices).try_into()
    }

    /// One cycle of each pattern after the other.
    pub fn slowcat(patterns: Vec<Pattern>) -> Result<Pattern, PatternError> {
        let cycles = Ratio::whole(patterns.len() as i64);
        Pattern::seq(patterns)?.over(cycles)
    }

    /// Every event so many times in its place.
    pub fn ply(&self, factor: Ratio) -> Result<Pattern, PatternError> {
        self.bind_cut(Join::Squeeze, &mut |atom| {
            Pattern::atom(atom.clone()).fast(factor)
        })
    }

    /// Begins one of `n` parts later each cycle, or with `back` one earlier.
    pub fn iter(&self, n: u32, back: bool) -> Result<Pattern, PatternError> {
        let count = parts(n)?;
        let turned = (0..n).map(|i| {
            let by = Ratio::whole(i64::from(i)) / count;
            self.clone().late(if back { by } else { -by })
        });
        Pattern::slowcat(turned.collect::<Result<_, _>>()?)
    }

    /// `changed` in the first of every `n` cycles (with `last` in the last), this one in the others.
    pub fn every(&self, n: u32, last: bool, changed: Pattern) -> Result<Pattern, PatternError> {
        parts(n)?;
        let mut cycles = vec![self.clone(); n as usize];
        cycles[if last { n as usize - 1 } else { 0 }] = changed;
        Pattern::switch(cycles)
    }

    /// `changed` while `on` is true, this one while it is false.
    pub fn when(&self, on: &Pattern, changed: &Pattern) -> Result<Pattern, PatternError> {
        on.bind(Join::Inner, &mut |atom| {
            let on = atom.number.is_none_or(|x| x != 0.0);
            Ok(if on { changed.clone() } else { self.clone() })
        })
    }

    /// Which of `n` parts of a cycle is chunk `i` in cycle `i`: true there, else false.
    pub fn chunks(n: u32) -> Result<Pattern, PatternError> {
        parts(n)?;
        let step = |i| Pattern::atom(Atom::of_number(f64::from(u8::from(i == 0))));
        let first = Pattern::weighted((0..n).map(|i| (Ratio::ONE, step(i))).collect())?;
        first.iter(n, true)
    }

    /// Every other cycle squeezed into its half and a quarter late: a breakbeat.
    pub fn brak(&self) -> Result<Pattern, PatternError> {
        let on = [0.0, 1.0].map(|x| Pattern::atom(Atom::of_number(x)));
        let halved = Pattern::seq(vec![self.clone(), Pattern::silence()])?;
        self.when(
            &Pattern::slowcat(on.into())?,
            &halved.late(Ratio::new(1, 4))?,
        )
    }

    /// Each cycle within a part of it, 0 ≤ `begin` < `end` ≤ 1; else silence.
    pub fn compress(&self, begin: Ratio, end: Ratio) -> Result<Pattern, PatternError> {
        if begin < Ratio::ZERO || end > Ratio::ONE || begin >= end {
            return Ok(Pattern::silence());
        }
        let gap = |len: Ratio| (len, Pattern::silence());
        let slots = [
            gap(begin),
            (end - begin, self.clone()),
            gap(Ratio::ONE - end),
        ];
        let slots = slots.into_iter().filter(|s| s.0 > Ratio::ZERO).collect();
        Node::Seq(slots).try_into()
    }

    /// A part of each cycle, 0 ≤ `begin` < `end` ≤ 1, stretched over the cycle.
    pub fn zoom(&self, begin: Ratio, end: Ratio) -> Result<Pattern, PatternError> {
        Node::Zoom(begin, end, self.clone()).try_into()
    }

    /// The second half of each of `n` parts of a cycle later, by so much of a half part (1/3 swings).
    pub fn swing(&self, by: Ratio, n: u32) -> Result<Pattern, PatternError> {
        let count = parts(n)?;
        let slow = self.clone().over(count)?;
        let late = slow.clone().late(by / Ratio::whole(2))?;
        let halves = [0.0, 1.0].map(|x| Pattern::atom(Atom::of_number(x)));
        slow.when(&Pattern::seq(halves.into())?, &late)?.fast(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_beyond_reason_are_refused() {
        let p = Pattern::atom(Atom::of_number(1.0));
        assert_eq!(p.iter(0, false), Err(PatternError::BadCount));
        assert_eq!(p.every(1000, false, p.clone()), Err(PatternError::BadCount));
        assert!(p.iter(MAX_PARTS, true).is_ok());
        assert_eq!(
            p.compress(Ratio::new(1, 2), Ratio::new(1, 4)),
            Ok(Pattern::silence())
        );
    }
}
