//! `math`: Python's module as far as music needs it. The transcendental functions are our own, so that a score gives
//! the same numbers on every machine.

use super::args::{Args, number};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::value::{Builtin, Value};
use crate::math;
use std::f64::consts::{E, PI, TAU};

/// Every function of `math`.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "sin",
        params: &["x"],
        run: |_, a| float(a, |x| math::sin_turns(x / TAU)),
    },
    Builtin {
        name: "cos",
        params: &["x"],
        run: |_, a| float(a, |x| math::sin_turns(x / TAU + 0.25)),
    },
    Builtin {
        name: "tan",
        params: &["x"],
        run: |_, a| {
            float(a, |x| {
                math::sin_turns(x / TAU) / math::sin_turns(x / TAU + 0.25)
            })
        },
    },
    Builtin {
        name: "sqrt",
        params: &["x"],
        run: |_, a| float(a, f64::sqrt),
    },
    Builtin {
        name: "exp",
        params: &["x"],
        run: |_, a| float(a, |x| math::pow(E, x)),
    },
    Builtin {
        name: "log",
        params: &["x", "base"],
        run: log,
    },
    Builtin {
        name: "log2",
        params: &["x"],
        run: |_, a| above_nought(a, math::log2),
    },
    Builtin {
        name: "log10",
        params: &["x"],
        run: |_, a| above_nought(a, |x| math::ln(x) / std::f64::consts::LN_10),
    },
    Builtin {
        name: "pow",
        params: &["x", "y"],
        run: pow,
    },
    Builtin {
        name: "floor",
        params: &["x"],
        run: |_, a| whole(a, f64::floor),
    },
    Builtin {
        name: "ceil",
        params: &["x"],
        run: |_, a| whole(a, f64::ceil),
    },
    Builtin {
        name: "trunc",
        params: &["x"],
        run: |_, a| whole(a, f64::trunc),
    },
    Builtin {
        name: "fabs",
        params: &["x"],
        run: |_, a| float(a, f64::abs),
    },
    Builtin {
        name: "gcd",
        params: &["a", "b"],
        run: gcd,
    },
];

/// A number of `math` by its name.
pub fn constant(name: &str) -> Option<f64> {
    Some(match name {
        "pi" => PI,
        "tau" => TAU,
        "e" => E,
        "inf" => f64::INFINITY,
        "nan" => f64::NAN,
        _ => return None,
    })
}

fn first(args: &Args) -> Eval<f64> {
    args.need_number(args.first_name())
}

fn float(args: &Args, f: fn(f64) -> f64) -> Eval<Value> {
    real(f(first(args)?), args)
}

/// A result that must be a number.
fn real(result: f64, args: &Args) -> Eval<Value> {
    if result.is_nan() {
        return Err(Diagnostic::new(args.span, "this has no real result").into());
    }
    if result.is_infinite() {
        return Err(Diagnostic::new(args.span, "this number is too large").into());
    }
    Ok(Value::Float(result))
}

fn above_nought(args: &Args, f: fn(f64) -> f64) -> Eval<Value> {
    let x = first(args)?;
    if x <= 0.0 {
        return Err(Diagnostic::new(args.span, "a logarithm is of a number above 0").into());
    }
    real(f(x), args)
}

fn log(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let of_x = above_nought(args, math::ln)?;
    let (Some(base), Some(of_x)) = (args.get("base"), of_x.number()) else {
        return Ok(of_x);
    };
    let base = number(base, "base")?;
    if base <= 0.0 || base == 1.0 {
        return Err(Diagnostic::new(args.span, "a logarithm's base is above 0 and not 1").into());
    }
    real(of_x / math::ln(base), args)
}

fn pow(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    real(math::pow(first(args)?, args.need_number("y")?), args)
}

fn whole(args: &Args, f: fn(f64) -> f64) -> Eval<Value> {
    let given = args.need("x")?;
    if let Value::Int(_) = given.value {
        return Ok(given.value.clone());
    }
    to_int(f(first(args)?), args)
}

/// A float without a fraction as an integer.
pub fn to_int(x: f64, args: &Args) -> Eval<Value> {
    if x.abs() < 9.2e18 {
        return Ok(Value::Int(x as i64));
    }
    Err(Diagnostic::new(args.span, "this number is too large for a whole one").into())
}

fn gcd(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let (mut a, mut b) = (args.need_whole("a")?, args.need_whole("b")?);
    while b != 0 {
        (a, b) = (b, a.wrapping_rem(b));
    }
    Ok(Value::Int(a.saturating_abs()))
}
