//! Passes: each takes a function and gives another that sounds the same, bit for bit, for less work. (What is not a
//! number stays so; which one it is, is left to the processor.)
//!
//! [`optimise`] is the whole pipeline, in order; [`rates`] says how often each operation has to run at all, which is
//! what hoisting goes by. [`super::verify`] holds after every pass. Control side only.

use super::arith::Plain;
use super::{Binary, Function, MAX_OPS, Op, Sig, maths};
use std::collections::HashMap;

/// A step of the pipeline.
pub struct Pass {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub run: fn(&Function) -> Function,
}

/// All passes in order.
pub const PASSES: [Pass; 4] = [
    Pass {
        name: "fold",
        run: fold_all,
    },
    Pass {
        name: "reduce",
        run: reduce_all,
    },
    Pass {
        name: "share",
        run: share,
    },
    Pass {
        name: "dead",
        run: remove_dead,
    },
];

/// Runs all passes over a verified function until nothing changes; a few rounds at most.
pub fn optimise(function: &Function) -> Function {
    let mut best = function.clone();
    for _ in 0..4 {
        let next = PASSES.iter().fold(best.clone(), |f, pass| (pass.run)(&f));
        // A division that became a product has a constant more, until it is shared.
        if next.ops == best.ops || next.ops.len() > MAX_OPS {
            break;
        }
        best = next;
    }
    best
}

/// Computes an operation on constants, in the precision in which it would run; makes choices that are settled. `ops` are
/// the operations before it.
pub fn fold(op: &Op, ops: &[Op]) -> Op {
    if !op.is_pure() {
        return *op;
    }
    let (mut constant, mut any) = (true, false);
    op.each_operand(|s| {
        any = true;
        constant &= value(s, ops).is_some();
    });
    if any && constant {
        // The rate is no operand and is not known here.
        let folded = maths::pure(&mut Plain, op, 0, |s| value(s, ops).unwrap_or_default());
        return folded.map_or(*op, Op::constant);
    }
    match *op {
        Op::Binary(Binary::Pow, x, y) if value(y, ops) == Some(2.0) => Op::Mul(x, x),
        Op::Select(which, zero, one) => match value(which, ops) {
            // A choice that is made needs no operation; adding nought would turn −0 into 0.
            Some(which) => ops[usize::from(if which == 0.0 { zero } else { one }.0)],
            None => *op,
        },
        _ => *op,
    }
}

fn value(sig: Sig, ops: &[Op]) -> Option<f32> {
    match ops[usize::from(sig.0)] {
        Op::Const(bits) => Some(f32::from_bits(bits)),
        _ => None,
    }
}

/// What an operation becomes.
enum Becomes {
    /// This operation.
    Op(Op),
    /// A result that is there already.
    Sig(Sig),
}

/// Rewrites one operation after the other; `each` sees it with the operands that it has by then, and the operations
/// written so far, to which it may add.
fn rewrite(function: &Function, mut each: impl FnMut(Op, &mut Vec<Op>) -> Becomes) -> Function {
    let mut ops = Vec::with_capacity(function.ops.len());
    let mut places: Vec<Sig> = Vec::with_capacity(function.ops.len());
    for op in &function.ops {
        let op = op.with_operands(|s| places[usize::from(s.0)]);
        places.push(match each(op, &mut ops) {
            Becomes::Sig(sig) => sig,
            Becomes::Op(op) => {
                ops.push(op);
                Sig(ops.len() as u16 - 1)
            }
        });
    }
    Function {
        ops,
        outputs: function
            .outputs
            .iter()
            .map(|s| places[usize::from(s.0)])
            .collect(),
        ..function.clone()
    }
}

fn fold_all(function: &Function) -> Function {
    rewrite(function, |op, ops| {
        if let Op::Select(which, zero, one) = op
            && let Some(which) = value(which, ops)
        {
            return Becomes::Sig(if which == 0.0 { zero } else { one });
        }
        Becomes::Op(fold(&op, ops))
    })
}

/// Cheaper operations with the same bits: only what is exact for every number.
fn reduce_all(function: &Function) -> Function {
    rewrite(function, |op, ops| {
        let value = |s| value(s, ops);
        let negated = |s: Sig| match ops[usize::from(s.0)] {
            Op::Neg(x) => Some(x),
            _ => None,
        };
        let reduced = match op {
            Op::Neg(x) => match negated(x) {
                Some(x) => return Becomes::Sig(x),
                None => op,
            },
            Op::Mul(x, y) => match (value(x), value(y)) {
                (_, Some(1.0)) => return Becomes::Sig(x),
                (Some(1.0), _) => return Becomes::Sig(y),
                (_, Some(-1.0)) => Op::Neg(x),
                (Some(-1.0), _) => Op::Neg(y),
                (_, Some(2.0)) => Op::Add(x, x),
                (Some(2.0), _) => Op::Add(y, y),
                _ => op,
            },
            Op::Add(x, y) => match (value(x), value(y)) {
                // 0 added to −0 is 0; −0 added to anything is that.
                (_, Some(zero)) if zero.to_bits() == (-0.0f32).to_bits() => return Becomes::Sig(x),
                (Some(zero), _) if zero.to_bits() == (-0.0f32).to_bits() => return Becomes::Sig(y),
                _ => match (negated(x), negated(y)) {
                    (_, Some(y)) => Op::Sub(x, y),
                    (Some(x), None) => Op::Sub(y, x),
                    _ => op,
                },
            },
            Op::Sub(x, y) => match (value(y), negated(y)) {
                (Some(zero), _) if zero.to_bits() == 0 => return Becomes::Sig(x),
                (_, Some(y)) => Op::Add(x, y),
                _ => op,
            },
            Op::Div(x, y) => match value(y) {
                Some(1.0) => return Becomes::Sig(x),
                Some(by) if is_power_of_two(by) => {
                    ops.push(Op::constant(1.0 / by));
                    Op::Mul(x, Sig(ops.len() as u16 - 1))
                }
                _ => op,
            },
            _ => op,
        };
        Becomes::Op(reduced)
    })
}

/// Whether its reciprocal is exact, and neither it nor the reciprocal is denormal.
fn is_power_of_two(x: f32) -> bool {
    let mantissa = x.to_bits() & 0x007f_ffff;
    mantissa == 0 && x.is_normal() && (1.0 / x).is_normal()
}

/// Equal operations are one: what is computed from the same, or began alike and is fed the same, is the same.
fn share(function: &Function) -> Function {
    let mut known = HashMap::new();
    rewrite(function, |op, ops| match known.get(&op) {
        Some(&sig) => Becomes::Sig(sig),
        None => {
            known.insert(op, Sig(ops.len() as u16));
            Becomes::Op(op)
        }
    })
}

/// Leaves out what no output hangs on. Controls and inputs stay declared: they are what the outside knows.
fn remove_dead(function: &Function) -> Function {
    let mut live = vec![false; function.ops.len()];
    let mut todo: Vec<Sig> = function.outputs.clone();
    while let Some(sig) = todo.pop() {
        if std::mem::replace(&mut live[usize::from(sig.0)], true) {
            continue;
        }
        let op = &function.ops[usize::from(sig.0)];
        op.each_operand(|s| todo.push(s));
        if let Op::Last(_) = op {
            // What comes out of a loop hangs on what goes in.
            let closes = |op: &Op| matches!(op, Op::Feed(last, ..) if *last == sig);
            todo.extend(function.ops.iter().position(closes).map(|i| Sig(i as u16)));
        }
    }
    let mut place = 0;
    let mut live = live.into_iter();
    let mut places = Vec::with_capacity(function.ops.len());
    let mut ops = Vec::new();
    for op in &function.ops {
        places.push(Sig(place));
        if live.next() == Some(true) {
            ops.push(op.with_operands(|s| places[usize::from(s.0)]));
            place += 1;
        }
    }
    Function {
        ops,
        outputs: function
            .outputs
            .iter()
            .map(|s| places[usize::from(s.0)])
            .collect(),
        ..function.clone()
    }
}

/// How often a value changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rate {
    /// Never.
    Constant,
    /// With a control: once a call, or each frame while one moves.
    Control,
    /// Each frame.
    Frame,
}

/// The rate of each operation's value.
pub fn rates(function: &Function) -> Vec<Rate> {
    let mut rates: Vec<Rate> = Vec::with_capacity(function.ops.len());
    for op in &function.ops {
        let mut rate = match op {
            Op::Control(_) => Rate::Control,
            _ if op.is_pure() => Rate::Constant,
            _ => Rate::Frame,
        };
        op.each_operand(|s| rate = rate.max(rates[usize::from(s.0)]));
        rates.push(rate);
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::text::parse;

    fn optimised(text: &str) -> String {
        optimise(&parse(text).unwrap()).to_string()
    }

    #[test]
    fn what_is_constant_is_computed_and_what_nothing_uses_goes() {
        let text = "input \"x\"\n%0 = const 3.0\n%1 = const 0.5\n%2 = add %0 %1\n%3 = input \"x\"\n%4 = saw %3\n\
                    %5 = mul %3 %2\n%6 = select %1 %4 %5\nout %6";
        let short = "input \"x\"\n%0 = const 3.5\n%1 = input \"x\"\n%2 = mul %1 %0\nout %2\n";
        assert_eq!(optimised(text), short);
    }

    #[test]
    fn only_what_is_exact_becomes_cheaper() {
        let becomes = |op: &str| {
            let text = format!(
                "input \"x\"\n%0 = input \"x\"\n%1 = sine %0\n%2 = const {}\n%3 = {}\nout %3",
                op.rsplit(' ').next().unwrap(),
                op.rsplit_once(' ').unwrap().0
            );
            let short = optimised(&text);
            let ops = short.lines().filter(|line| line.starts_with('%')).skip(2);
            let ops: Vec<&str> = ops.map(|line| line.split_once("= ").unwrap().1).collect();
            ops.join("; ")
        };
        assert_eq!(becomes("mul %1 %2 1.0"), "");
        assert_eq!(becomes("mul %2 %1 -1.0"), "neg %1");
        assert_eq!(becomes("mul %1 %2 2.0"), "add %1 %1");
        assert_eq!(becomes("div %1 %2 8.0"), "const 0.125; mul %1 %2");
        assert_eq!(becomes("div %1 %2 3.0"), "const 3.0; div %1 %2");
        assert_eq!(becomes("sub %1 %2 0.0"), "");
        assert_eq!(becomes("add %1 %2 0.0"), "const 0.0; add %1 %2");
        assert_eq!(becomes("add %1 %2 -0.0"), "");
    }

    #[test]
    fn a_loop_is_kept_whole_or_not_at_all() {
        let with = |out: &str| {
            format!(
                "%0 = last 1\n%1 = const 0.5\n%2 = mul %0 %1\n%3 = noise 1\n%4 = add %2 %3\n%5 = feed %0 %4 %4\nout {out}"
            )
        };
        assert_eq!(optimised(&with("%2")).lines().count(), 7);
        assert_eq!(optimised(&with("%3")), "%0 = noise 1\nout %0\n");
    }

    #[test]
    fn rates_say_what_can_be_hoisted() {
        let text = "control name=\"c\" init=0.0 lo=0.0 hi=1.0\n%0 = control \"c\"\n%1 = const 2.0\n%2 = mul %0 %1\n\
                    %3 = sine %2\n%4 = mul %3 %2\nout %4";
        let rates = rates(&parse(text).unwrap());
        let [control, constant, hoisted, sine, out] = rates[..] else {
            panic!("five operations");
        };
        assert_eq!(
            (constant, control, hoisted),
            (Rate::Constant, Rate::Control, Rate::Control)
        );
        assert_eq!((sine, out), (Rate::Frame, Rate::Frame));
    }
}
