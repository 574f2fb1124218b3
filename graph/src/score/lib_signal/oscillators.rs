//! Oscillators and noise.

use super::super::value::Builtin;
use super::{build, unary};
use crate::signal::Op;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "sine_osc",
        params: &["freq"],
        run: |e, a| unary(e, a, "freq", Op::Sine),
    },
    Builtin {
        name: "saw",
        params: &["freq"],
        run: |e, a| unary(e, a, "freq", Op::Saw),
    },
    Builtin {
        name: "white_noise",
        params: &[],
        run: |e, a| build(e, a, |b| b.noise()),
    },
];
