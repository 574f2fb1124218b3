//! Envelopes and what turns notes into numbers.

use super::super::args::Args;
use super::super::eval::{Eval, Evaluator};
use super::super::value::{Builtin, Value};
use super::{add, operand};
use crate::signal::Op;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[Builtin {
    name: "adsr",
    params: &["attack", "decay", "sustain", "release", "gate"],
    run: adsr,
}];

fn adsr(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let (attack, decay) = (operand(e, args, "attack")?, operand(e, args, "decay")?);
    let (sustain, release) = (operand(e, args, "sustain")?, operand(e, args, "release")?);
    let gate = operand(e, args, "gate")?;
    add(
        e,
        Op::Adsr {
            attack,
            decay,
            sustain,
            release,
            gate,
        },
        args.span,
    )
}
