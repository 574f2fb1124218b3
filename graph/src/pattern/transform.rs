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

    /// Which of `n` parts of a cycle is chunk `i` in cycle `i`, or with `back` counted from the end: true there, else
    /// false.
    pub fn chunks(n: u32, back: bool) -> Result<Pattern, PatternError> {
        parts(n)?;
        let step = |i| Pattern::atom(Atom::of_number(f64::from(u8::from(i == 0))));
        let first = Pattern::weighted((0..n).map(|i| (Ratio::ONE, step(i))).collect())?;
        first.iter(n, !back)
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

    /// The events that begin in a part of the cycle, both ends included, or with `outside` those that do not.
    pub fn during(self, begin: Ratio, end: Ratio, outside: bool) -> Result<Pattern, PatternError> {
        Node::Within {
            begin,
            end,
            inverted: outside,
            of: self,
        }
        .try_into()
    }

    /// Drops whole cycles by chance, `amount` of them (0…1); inverted it plays those that are dropped otherwise.
    pub fn degrade_cycles(
        self,
        seed: u32,
        amount: f64,
        inverted: bool,
    ) -> Result<Pattern, PatternError> {
        Node::Degrade {
            seed,
            amount,
            inverted,
            cycles: true,
            of: self,
        }
        .try_into()
    }

    /// So many cycles from a position on, again and again.
    pub fn ribbon(self, from: Ratio, cycles: Ratio) -> Result<Pattern, PatternError> {
        Node::Loop(from, cycles, self).try_into()
    }

    /// The `n` parts of each cycle in another order each time, with `again` drawn each by itself.
    pub fn shuffle(&self, seed: u32, n: u32, again: bool) -> Result<Pattern, PatternError> {
        let count = parts(n)?;
        let choice = |i: u32| {
            let from = Ratio::whole(i64::from(i)) / count;
            let part = self.zoom(from, from + Ratio::ONE / count)?;
            part.repeat(n)?.fast(count)
        };
        Node::Bind {
            join: Join::Inner,
            selector: Node::Shuffle {
                seed,
                count: n,
                again,
            }
            .try_into()?,
            choices: (0..n).map(choice).collect::<Result<_, _>>()?,
        }
        .try_into()
    }

    /// Each event in `n` pieces of the sound, one after the other in its place: they set `begin` and `end`, as
    /// parts of what was set before.
    pub fn chop(&self, n: u32) -> Result<Pattern, PatternError> {
        parts(n)?;
        self.bind_cut(Join::Squeeze, &mut |atom| {
            Pattern::seq((0..n).map(|i| Pattern::atom(slice(atom, i, n))).collect())
        })
    }

    /// `n` times as fast, each time with the next of `n` pieces of the sound.
    pub fn striate(&self, n: u32) -> Result<Pattern, PatternError> {
        let count = parts(n)?;
        let steps = (0..n).map(|i| Pattern::atom(Atom::of_number(f64::from(i))));
        let pieces = Pattern::slowcat(steps.collect())?;
        self.apply(super::Structure::Left, &pieces, &mut |atom, i| {
            Some(slice(atom, i.number? as u32, n))
        })?
        .fast(count)
    }

    /// Sections of so many cycles each, one after the other.
    pub fn arrange(sections: Vec<(u32, Pattern)>) -> Result<Pattern, PatternError> {
        let total = sections.iter().fold(0i64, |sum, s| sum + i64::from(s.0));
        let whole = |n: u32| Ratio::whole(i64::from(n));
        let steps = sections
            .into_iter()
            .filter(|s| s.0 > 0)
            .map(|(n, p)| Ok((whole(n), p.fast(whole(n))?)));
        Pattern::weighted(steps.collect::<Result<_, PatternError>>()?)?.over(Ratio::whole(total))
    }

    /// The notes of each chord one after the other.
    pub fn arp(self, order: super::Order) -> Result<Pattern, PatternError> {
        Node::Arp(order, self).try_into()
    }

    /// Of each chord the notes that the numbers of another pattern say, in its rhythm.
    pub fn arp_by(self, by: Pattern) -> Result<Pattern, PatternError> {
        Node::ArpBy(self, by).try_into()
    }

    /// How many steps a cycle of it has where that is written: a sequence's weights, else one.
    pub fn steps(&self) -> Ratio {
        match self.node() {
            Node::Seq(steps) => steps.iter().fold(Ratio::ZERO, |sum, (w, _)| sum + *w),
            _ => Ratio::ONE,
        }
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

/// A step that plays piece `i` of `n` of what it played.
fn slice(atom: &Atom, i: u32, n: u32) -> Atom {
    let set = |name: &str, default| {
        let found = atom.sets.iter().rev().find(|s| s.0 == name);
        found.map_or(default, |s| s.1)
    };
    let (begin, end) = (set("begin", 0.0), set("end", 1.0));
    let at = |i: u32| begin + (end - begin) * f64::from(i) / f64::from(n);
    atom.clone().set("begin", at(i)).set("end", at(i + 1))
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
