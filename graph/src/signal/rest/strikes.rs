//! What strikes a function anew: the frame in which a control rises, and the loops that begin with it.
//!
//! [`Builder::trigger`](crate::signal::Builder::trigger) of a control, or of a comparison of one, is nought as long as
//! that does not turn. So a loop that goes on unless it is struck goes on alone meanwhile; one that counts frames
//! ([`Builder::ar`](crate::signal::Builder::ar)) only counts up, and what is nought for every count from some number on
//! is nought from there on. Control side, but for the methods that look at words, which are real-time safe.

use super::super::layout::Layout;
use super::super::range::{Range, ranges_where};
use super::super::{Binary, Function, Op, Sig};
use super::{Gate, at, constant};
use std::collections::BTreeSet;

/// The most that a loop counts, as [`Builder::ar`](crate::signal::Builder::ar) does: whole numbers that single precision
/// still has.
const LONGEST: f32 = 16_000_000.0;

/// A signal that is 1 in the frame in which a control rises, else 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Strike {
    control: u16,
    /// Where the control turns, as bits, and whether it must be above that.
    edge: u32,
    above: bool,
    /// The word that holds what rose, as it was in the frame before: above nought if it was high.
    place: u32,
}

impl Strike {
    /// Its control as a voice with this state saw it last.
    pub fn gate(&self, state: &[u32]) -> Gate {
        Gate {
            control: usize::from(self.control),
            edge: f32::from_bits(self.edge),
            above: self.above,
            high: f32::from_bits(state[self.place as usize]) > 0.0,
        }
    }
}

/// A loop that counts frames, by which a value is nought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// Its word.
    pub place: u32,
    /// From this number on, as bits, or at 0: then it never began.
    pub from: u32,
}

impl Count {
    /// Whether the value is nought from here on.
    pub fn is_over(&self, state: &[u32]) -> bool {
        let count = f32::from_bits(state[self.place as usize]);
        count == 0.0 || count >= f32::from_bits(self.from)
    }
}

/// What strikes in a function.
pub struct Strikes {
    /// The strike that an operation is.
    strikes: Vec<Option<Strike>>,
    /// The operations that strikes are made of.
    parts: BTreeSet<usize>,
    /// The strike and the count by which an operation is nought.
    counts: Vec<Option<(Strike, Count)>>,
}

impl Strikes {
    /// Finds them. `loops` are where each begins, and what comes back.
    pub fn of(function: &Function, layout: &Layout, loops: &[(Sig, Sig)], rate: u32) -> Strikes {
        let mut found = Strikes {
            strikes: vec![None; function.ops.len()],
            parts: BTreeSet::new(),
            counts: vec![None; function.ops.len()],
        };
        for k in 0..function.ops.len() {
            if let Some((strike, parts)) = strike(function, layout, k) {
                found.strikes[k] = Some(strike);
                found.parts.extend(parts);
            }
        }
        for (last, next) in loops {
            if let Some(strike) = found.counter(function, *last, *next) {
                let place = layout.places[at(*last)];
                for (k, from) in over(function, rate, *last, *next) {
                    let from = from.to_bits();
                    found.counts[k] = Some((strike, Count { place, from }));
                }
            }
        }
        found
    }

    /// Whether there are any.
    pub fn any(&self) -> bool {
        self.strikes.iter().any(Option::is_some)
    }

    /// The strike that an operation is.
    pub fn at(&self, k: usize) -> Option<Strike> {
        self.strikes[k]
    }

    /// What an operation is nought by, if it is the first that a count makes so.
    pub fn count(&self, k: usize) -> Option<(Strike, Count)> {
        self.counts[k]
    }

    /// Whether an operation that chooses is settled while no control turns: it is a part of a strike, or chooses by one.
    pub fn settles(&self, function: &Function, k: usize) -> bool {
        let by_one = |op: &Op| matches!(op, Op::Select(which, ..) if self.at(at(*which)).is_some());
        self.parts.contains(&k) || by_one(&function.ops[k])
    }

    /// What begins a loop anew, whatever it held: or it holds what it has until then.
    pub fn begins(&self, function: &Function, last: Sig, next: Sig) -> Option<Strike> {
        let Op::Select(which, zero, one) = function.ops[at(next)] else {
            return None;
        };
        let anew = constant(function, one).is_some() || zero == last;
        self.at(at(which)).filter(|_| anew)
    }

    /// What strikes a loop that counts frames: from 1, up to the longest; 0 stays 0.
    fn counter(&self, function: &Function, last: Sig, next: Sig) -> Option<Strike> {
        let strike = self.begins(function, last, next)?;
        let Op::Select(_, counts, one) = function.ops[at(next)] else {
            return None;
        };
        let is = |s: Sig, x: f32| constant(function, s) == Some(x);
        let ways = |op: Op| match op {
            Op::Add(a, b) | Op::Mul(a, b) | Op::Binary(Binary::Min, a, b) => [(a, b), (b, a)],
            _ => [(last, last); 2],
        };
        let op = |s: Sig| function.ops[at(s)];
        let least = |s: Sig, x: f32| {
            let is_min = matches!(op(s), Op::Binary(Binary::Min, ..));
            let other = ways(op(s)).into_iter().find(|(_, b)| is(*b, x));
            other.filter(|_| is_min).map(|(a, _)| a)
        };
        let next_one = |s: Sig| {
            let is_sum = matches!(op(s), Op::Add(..));
            is_sum
                && ways(op(s))
                    .into_iter()
                    .any(|(a, b)| a == last && is(b, 1.0))
        };
        let product = least(counts, LONGEST)?;
        let is_product = matches!(op(product), Op::Mul(..));
        let begun = |s: Sig| least(s, 1.0) == Some(last);
        let goes_on = ways(op(product))
            .into_iter()
            .any(|(a, b)| next_one(a) && begun(b));
        (is_product && goes_on && is(one, 1.0)).then_some(strike)
    }
}

/// The strike that an operation is, and what it is made of: a signal is above nought, and was not a frame ago.
fn strike(function: &Function, layout: &Layout, k: usize) -> Option<(Strike, Vec<usize>)> {
    let Op::Mul(a, b) = function.ops[k] else {
        return None;
    };
    let nought = |s: Sig| constant(function, s) == Some(0.0);
    [(a, b), (b, a)].into_iter().find_map(|(now, before)| {
        let (Op::Binary(Binary::Gt, x, zero), Op::Binary(Binary::Le, memory, also)) =
            (function.ops[at(now)], function.ops[at(before)])
        else {
            return None;
        };
        let Op::Mem(was) = function.ops[at(memory)] else {
            return None;
        };
        let control = |s: Sig| match function.ops[at(s)] {
            Op::Control(control) => Some(control),
            _ => None,
        };
        let (control, edge, above) = match function.ops[at(x)] {
            Op::Control(control) => (control, 0.0, true),
            Op::Binary(Binary::Ge, c, edge) => (control(c)?, constant(function, edge)?, false),
            Op::Binary(Binary::Gt, c, edge) => (control(c)?, constant(function, edge)?, true),
            _ => return None,
        };
        let strike = Strike {
            control,
            edge: edge.to_bits(),
            above,
            place: layout.places[at(memory)],
        };
        let parts = vec![k, at(now), at(before), at(x), at(memory)];
        (was == x && nought(zero) && nought(also)).then_some((strike, parts))
    })
}

/// The first operations that are nought for every count from some number on and for a count of 0, and that number.
fn over(function: &Function, rate: u32, last: Sig, next: Sig) -> Vec<(usize, f32)> {
    let is_count = |k: usize| {
        let feeds = matches!(function.ops[k], Op::Feed(begins, ..) if begins == last);
        feeds || k == at(last) || k == at(next)
    };
    let noughts = |counts: Range| -> Vec<bool> {
        let ranges = ranges_where(function, rate, |k| is_count(k).then_some(counts));
        ranges.into_iter().map(|r| r == (0.0, 0.0)).collect()
    };
    let (always, unbegun) = (noughts((0.0, LONGEST)), noughts((0.0, 0.0)));
    let late = noughts((LONGEST, LONGEST));
    let comes = |k: usize| late[k] && unbegun[k] && !always[k] && !is_count(k);
    let first = |k: usize| {
        let mut earlier = false;
        function.ops[k].each_operand(|s| earlier |= comes(at(s)));
        comes(k) && !earlier
    };
    let all = (0..function.ops.len()).filter(|k| first(*k));
    all.map(|k| {
        let (mut lo, mut hi) = (0u32, LONGEST as u32);
        // Above `lo` it is not known, from `hi` on it is.
        while hi - lo > 1 {
            let middle = lo + (hi - lo) / 2;
            match noughts((middle as f32, LONGEST))[k] {
                true => hi = middle,
                false => lo = middle,
            }
        }
        (k, hi as f32)
    })
    .collect()
}
