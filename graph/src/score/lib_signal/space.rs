//! Echoes and rooms.

use super::super::args::Args;
use super::super::eval::{Eval, Evaluator};
use super::super::value::{Builtin, Value};
use super::{build, operand, operand_or};

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[Builtin {
    name: "reverb",
    params: &["sig", "room", "damping"],
    run: reverb,
}];

fn reverb(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let x = operand(e, args, "sig")?;
    let (room, damping) = (
        operand_or(e, args, "room", 0.5)?,
        operand_or(e, args, "damping", 0.5)?,
    );
    build(e, args, |b| b.reverb(x, room, damping))
}
