//! Why the values of a function are nought: the envelopes, strikes, memories and lines that they are nought by. Control side
//! only.

use super::gates::Envelope;
use super::lines::Line;
use super::strikes::{Count, Strike, Strikes};
use super::{at, constant};
use crate::signal::arith::Plain;
use crate::signal::layout::Layout;
use crate::signal::{Function, Op, Sig, maths};
use std::collections::BTreeSet;

/// Why a value is nought.
#[derive(Clone, Default)]
pub struct Cause {
    pub envelopes: BTreeSet<Envelope>,
    pub strikes: BTreeSet<Strike>,
    pub counts: BTreeSet<Count>,
    pub memories: BTreeSet<u32>,
    pub lines: BTreeSet<Line>,
}

impl Cause {
    fn size(&self) -> usize {
        self.envelopes.len() + self.strikes.len() + self.counts.len() + self.memories.len()
    }
    pub fn and(mut self, other: Cause) -> Cause {
        self.envelopes.extend(other.envelopes);
        self.strikes.extend(other.strikes);
        self.counts.extend(other.counts);
        self.memories.extend(other.memories);
        self.lines.extend(other.lines);
        self
    }
    /// Of two that are enough by themselves: the one that says more of lines, which must all have rung out, then the
    /// one that asks for less.
    fn or(self, other: Cause) -> Cause {
        let rank = |c: &Cause| (std::cmp::Reverse(c.lines.len()), c.size());
        if rank(&other) < rank(&self) {
            other
        } else {
            self
        }
    }
    fn remembering(mut self, words: impl IntoIterator<Item = u32>) -> Cause {
        self.memories.extend(words);
        self
    }
    fn in_lines(mut self, lines: impl IntoIterator<Item = Line>) -> Cause {
        self.lines.extend(lines);
        self
    }
}

/// Why each value is nought, where `quiet` loops hold nought.
pub fn causes(
    function: &Function,
    layout: &Layout,
    rate: u32,
    quiet: &BTreeSet<Sig>,
    strikes: &Strikes,
) -> Vec<Option<Cause>> {
    let mut causes: Vec<Option<Cause>> = Vec::with_capacity(function.ops.len());
    for (k, (op, &place)) in function.ops.iter().zip(&layout.places).enumerate() {
        let of = |s: Sig| causes[at(s)].clone();
        let struck = |strike: Strike| Cause {
            strikes: [strike].into(),
            ..Cause::default()
        };
        if let Some((strike, count)) = strikes.count(k) {
            let mut cause = struck(strike);
            cause.counts.insert(count);
            causes.push(Some(cause));
            continue;
        }
        let cause = match *op {
            _ if strikes.at(k).is_some() => strikes.at(k).map(struck),
            Op::Mul(a, b) => match (of(a), of(b)) {
                (Some(a), Some(b)) => Some(a.or(b)),
                (a, b) => a.or(b),
            },
            Op::Div(a, b) if of(b).is_none() => of(a),
            Op::Select(which, a, b) => match of(which) {
                Some(which) => of(a).map(|a| which.and(a)),
                None => of(a).zip(of(b)).map(|(a, b)| a.and(b)),
            },
            Op::Delay(x, _) | Op::Allpass(x, _) => {
                of(x).map(|cause| cause.in_lines(Line::of(op, k, layout)))
            }
            Op::Comb(x, ..) => of(x).map(|cause| {
                let line = Line::of(op, k, layout).into_iter();
                // The low pass in its loop is as a line of one word.
                let damped = Line {
                    first: place + 1,
                    count: 1,
                };
                cause.in_lines(line.chain([damped]))
            }),
            Op::Lowpass(x, ..) | Op::Highpass(x, ..) | Op::Bandpass(x, ..) => {
                of(x).map(|cause| cause.remembering([place, place + 1]))
            }
            Op::Mem(x) | Op::Recur(x, _) => of(x).map(|cause| cause.remembering([place])),
            Op::Last(_) => {
                let quiet = quiet.contains(&Sig(k as u16));
                quiet.then(|| Cause::default().remembering([place]))
            }
            Op::Feed(_, _, out) => of(out),
            Op::Adsr { gate, sustain, .. } => match function.ops[at(gate)] {
                Op::Control(gate) => {
                    let sustain = function.ops[at(sustain)];
                    let fades = matches!(sustain, Op::Const(x) if f32::from_bits(x) <= 0.0);
                    let envelope = Envelope { gate, place, fades };
                    Some(Cause {
                        envelopes: [envelope].into(),
                        ..Cause::default()
                    })
                }
                _ => None,
            },
            _ => {
                let mut cause = stays_nought(op, function, rate).then(Cause::default);
                op.each_operand(|s| {
                    if constant(function, s).is_none() {
                        cause = cause.take().zip(of(s)).map(|(a, b)| a.and(b));
                    }
                });
                cause
            }
        };
        causes.push(cause);
    }
    causes
}

/// Whether a pure operation gives nought where its operands that are not constant are nought.
pub fn stays_nought(op: &Op, function: &Function, rate: u32) -> bool {
    let gives = |nought: f32| {
        let of = |s| constant(function, s).unwrap_or(nought);
        maths::pure(&mut Plain, op, rate, of) == Some(0.0)
    };
    op.is_pure() && !matches!(op, Op::Control(_)) && gives(0.0) && gives(-0.0)
}
