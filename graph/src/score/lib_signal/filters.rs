//! Filters.

use super::super::args::{Args, wrong};
use super::super::eval::{Eval, Evaluator};
use super::super::value::{Builtin, Value};
use super::{build, build_several, operand, operand_or};
use crate::signal::{Binary, Builder, Built, MAX_ORDER, Op, Sig};

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "onepole",
        params: &["sig", "cutoff"],
        run: |e, a| {
            let (x, cutoff) = (operand(e, a, "sig")?, operand(e, a, "cutoff")?);
            build(e, a, |b| b.onepole(x, cutoff))
        },
    },
    Builtin {
        name: "dcblock",
        params: &["sig", "coeff"],
        run: |e, a| {
            let (x, keep) = (operand(e, a, "sig")?, operand_or(e, a, "coeff", 0.995)?);
            build(e, a, |b| b.dcblock(x, keep))
        },
    },
    Builtin {
        name: "lowpass",
        params: &["sig", "freq", "order"],
        run: |e, a| filter(e, a, |b, x, freq, order| b.lowpass(x, freq, order)),
    },
    Builtin {
        name: "highpass",
        params: &["sig", "freq", "order"],
        run: |e, a| filter(e, a, |b, x, freq, order| b.highpass(x, freq, order)),
    },
    Builtin {
        name: "bandpass",
        params: &["sig", "freq", "q"],
        run: |e, a| {
            let (x, freq) = (operand(e, a, "sig")?, operand(e, a, "freq")?);
            let q = operand(e, a, "q")?;
            build(e, a, |b| b.bandpass(x, freq, q))
        },
    },
    Builtin {
        name: "resonant",
        params: &["sig", "freq", "q"],
        run: |e, a| {
            let (x, freq) = (operand(e, a, "sig")?, operand(e, a, "freq")?);
            let q = operand(e, a, "q")?;
            build(e, a, |b| b.resonant(x, freq, q))
        },
    },
    Builtin {
        name: "svf",
        params: &["sig", "freq", "q"],
        run: |e, a| {
            let (x, freq) = (operand(e, a, "sig")?, operand(e, a, "freq")?);
            let q = operand_or(e, a, "q", std::f32::consts::FRAC_1_SQRT_2)?;
            build_several(e, a, |b| b.svf(x, freq, q))
        },
    },
    Builtin {
        name: "ladder",
        params: &["sig", "freq", "resonance"],
        run: |e, a| {
            let (x, freq) = (operand(e, a, "sig")?, operand(e, a, "freq")?);
            let resonance = operand_or(e, a, "resonance", 0.0)?;
            build(e, a, |b| b.ladder(x, freq, resonance))
        },
    },
    Builtin {
        name: "eq",
        params: &["sig", "freq", "gain_db", "q"],
        run: |e, a| {
            let (x, freq) = (operand(e, a, "sig")?, operand(e, a, "freq")?);
            if a.get("gain_db").is_none() && a.get("q").is_none() {
                // krach's comparison has the same name.
                return build(e, a, |b| b.add(Op::Binary(Binary::Eq, x, freq)));
            }
            let gain = operand(e, a, "gain_db")?;
            let q = operand_or(e, a, "q", 1.0)?;
            build(e, a, |b| b.eq(x, freq, gain, q))
        },
    },
    Builtin {
        name: "smooth",
        params: &["sig", "time_ms"],
        run: |e, a| {
            let (x, time) = (operand(e, a, "sig")?, operand_or(e, a, "time_ms", 10.0)?);
            build(e, a, |b| b.smooth(x, time))
        },
    },
];

fn filter(
    e: &mut Evaluator<'_>,
    args: &Args,
    make: fn(&mut Builder, Sig, Sig, usize) -> Built,
) -> Eval<Value> {
    let (x, freq) = (operand(e, args, "sig")?, operand(e, args, "freq")?);
    let order = match args.get("order") {
        None => 2,
        Some(given) => match given.value {
            Value::Int(order) if (1..=MAX_ORDER as i64).contains(&order) => order as usize,
            _ => return Err(wrong(given, "order", "a whole number from 1 to 8")),
        },
    };
    build(e, args, |b| make(b, x, freq, order))
}
