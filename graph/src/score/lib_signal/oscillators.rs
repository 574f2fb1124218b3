//! Oscillators and noise.

use super::super::args::Args;
use super::super::diagnostic::Diagnostic;
use super::super::eval::{Eval, Evaluator};
use super::super::value::{Builtin, Value};
use super::core::numbers;
use super::{add, build, operand, operand_or, unary};
use crate::math::sin_turns;
use crate::signal::Op;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "sine_osc",
        params: &["freq"],
        run: |e, a| unary(e, a, "freq", Op::Sine),
    },
    Builtin {
        name: "phasor",
        params: &["freq"],
        run: |e, a| unary(e, a, "freq", Op::Phasor),
    },
    Builtin {
        name: "saw",
        params: &["freq"],
        run: |e, a| unary(e, a, "freq", Op::Saw),
    },
    Builtin {
        name: "triangle",
        params: &["freq"],
        run: |e, a| unary(e, a, "freq", Op::Triangle),
    },
    Builtin {
        name: "square",
        params: &["freq", "duty"],
        run: |e, a| {
            let (freq, duty) = (operand(e, a, "freq")?, operand_or(e, a, "duty", 0.5)?);
            add(e, Op::Square(freq, duty), a.span)
        },
    },
    Builtin {
        name: "pulse",
        params: &["freq", "width"],
        run: |e, a| {
            let (freq, width) = (operand(e, a, "freq")?, operand(e, a, "width")?);
            add(e, Op::Square(freq, width), a.span)
        },
    },
    Builtin {
        name: "lfo",
        params: &["freq", "lo", "hi"],
        run: |e, a| {
            let freq = operand(e, a, "freq")?;
            let (lo, hi) = (operand_or(e, a, "lo", 0.0)?, operand_or(e, a, "hi", 1.0)?);
            build(e, a, |b| b.lfo(freq, lo, hi))
        },
    },
    Builtin {
        name: "wavetable",
        params: &["data", "index"],
        run: |e, a| {
            let (data, index) = (numbers(e, a, "data")?, operand(e, a, "index")?);
            build(e, a, |b| b.wavetable(&data, index))
        },
    },
    Builtin {
        name: "wavetable_osc",
        params: &["data", "freq"],
        run: |e, a| {
            let (data, freq) = (numbers(e, a, "data")?, operand(e, a, "freq")?);
            // Its partials are found and its tables filled: that is work.
            e.steps(data.len().min(4096) * 64, a.span)?;
            build(e, a, |b| b.wavetable_osc(&data, freq))
        },
    },
    Builtin {
        name: "partials",
        params: &["amplitudes", "size"],
        run: partials,
    },
    Builtin {
        name: "white_noise",
        params: &[],
        run: |e, a| build(e, a, |b| b.noise()),
    },
    Builtin {
        name: "pink_noise",
        params: &[],
        run: |e, a| build(e, a, |b| b.pink_noise()),
    },
];

/// The most numbers of a turn that is made of partials.
const MAX_TURN: i64 = 4096;

/// One turn as a list, made of the amplitudes of sines from the first partial on.
fn partials(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let amplitudes = numbers(e, args, "amplitudes")?;
    let size = match args.get("size").map(|given| &given.value) {
        None => 2048,
        Some(Value::Int(size @ 2..=MAX_TURN)) => *size as usize,
        Some(_) => {
            let what = format!("`size` is a whole number from 2 to {MAX_TURN}");
            return Err(Diagnostic::new(args.span, what).into());
        }
    };
    e.steps(size * amplitudes.len() / 16, args.span)?;
    let turn = (0..size).map(|i| {
        let partial = |(n, amplitude): (usize, &f32)| {
            let at = i * (n + 1) % size;
            f64::from(*amplitude) * sin_turns(at as f64 / size as f64)
        };
        Value::Float(amplitudes.iter().enumerate().map(partial).sum())
    });
    let turn = turn.collect();
    e.list(turn, args.span)
}
