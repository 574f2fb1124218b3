//! The loops of a function, and which of them are filters. Control side only.

use super::cause::stays_nought;
use super::strikes::Strikes;
use super::{at, constant};
use crate::signal::{Binary, Function, Op, Sig, Unary};

/// The loops of a function: where each begins, and what comes back.
pub fn of(function: &Function) -> Vec<(Sig, Sig)> {
    let ends = function.ops.iter().filter_map(|op| match *op {
        Op::Feed(last, next, _) => Some((last, next)),
        _ => None,
    });
    ends.collect()
}

/// Which loops are filters, whose memory may wait as a filter's: where nothing goes in nothing comes out, and nothing
/// in all they hang on chooses, compares or counts.
pub fn filters(
    function: &Function,
    loops: &[(Sig, Sig)],
    rate: u32,
    strikes: &Strikes,
) -> Vec<bool> {
    // What strikes is settled as long as no gate turns.
    let picks = function.ops.iter().enumerate();
    let mut picks: Vec<bool> = picks
        .map(|(k, op)| chooses(op) && !strikes.settles(function, k))
        .collect();
    let mut still = false;
    while !std::mem::replace(&mut still, true) {
        for (k, op) in function.ops.iter().enumerate() {
            let mut any = picks[k];
            op.each_operand(|s| any |= picks[at(s)]);
            if let Op::Last(_) = op {
                let own = loops.iter().find(|l| at(l.0) == k);
                any |= own.is_some_and(|l| picks[at(l.1)]);
            }
            still &= any == picks[k];
            picks[k] = any;
        }
    }
    // Whether each value is nought where all that sounds is.
    let mut nought: Vec<bool> = Vec::with_capacity(function.ops.len());
    for op in &function.ops {
        let of = |s: Sig| nought[at(s)];
        let is_nought = match *op {
            Op::Mul(a, b) => of(a) || of(b),
            Op::Div(a, _) | Op::Mem(a) | Op::Recur(a, _) | Op::Feed(_, _, a) => of(a),
            Op::Lowpass(x, ..) | Op::Highpass(x, ..) | Op::Bandpass(x, ..) => of(x),
            Op::Const(bits) => f32::from_bits(bits) == 0.0,
            Op::Control(_) | Op::Rate | Op::Time(_) | Op::Table(..) => false,
            _ if op.is_pure() => {
                let mut all = stays_nought(op, function, rate);
                op.each_operand(|s| all &= constant(function, s).is_some() || of(s));
                all
            }
            _ => true,
        };
        nought.push(is_nought);
    }
    let is_filter = |l: &(Sig, Sig)| nought[at(l.1)] && !picks[at(l.1)];
    loops.iter().map(is_filter).collect()
}

/// Operations that choose, compare or count.
fn chooses(op: &Op) -> bool {
    match *op {
        Op::Select(..) | Op::Table(..) | Op::Time(_) => true,
        Op::Unary(kind, _) => matches!(kind, Unary::Floor | Unary::Ceil | Unary::Round),
        Op::Binary(kind, ..) => !matches!(
            kind,
            Binary::Min | Binary::Max | Binary::Pow | Binary::Atan2
        ),
        _ => false,
    }
}
