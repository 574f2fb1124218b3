//! Filters.

use super::super::args::Args;
use super::super::eval::{Eval, Evaluator};
use super::super::value::{Builtin, Value};
use super::{add, builder, built, operand};
use crate::signal::{Op, Sig};

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "lowpass",
        params: &["sig", "freq"],
        run: |e, a| filter(e, a, Op::Lowpass),
    },
    Builtin {
        name: "highpass",
        params: &["sig", "freq"],
        run: |e, a| filter(e, a, Op::Highpass),
    },
];

/// Two poles without resonance: a Butterworth filter's damping.
const BUTTERWORTH: f32 = std::f32::consts::SQRT_2;

fn filter(e: &mut Evaluator<'_>, args: &Args, make: fn(Sig, Sig, Sig) -> Op) -> Eval<Value> {
    let (x, cutoff) = (operand(e, args, "sig")?, operand(e, args, "freq")?);
    let damping = builder(e, args.span, args.name())?.constant(BUTTERWORTH);
    let damping = built(damping, args.span)?;
    add(e, make(x, cutoff, damping), args.span)
}
