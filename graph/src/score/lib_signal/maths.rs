//! Mathematics of signals. The names that Python has too are Python's for numbers and these for signals.

use super::super::args::Args;
use super::super::diagnostic::Diagnostic;
use super::super::eval::{Eval, Evaluator};
use super::super::value::{Builtin, Value};
use super::{add, binary, signal, unary};
use crate::signal::{Binary, Op, Unary};

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "sin",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Sin, x)),
    },
    Builtin {
        name: "cos",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Cos, x)),
    },
    Builtin {
        name: "tan",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Tan, x)),
    },
    Builtin {
        name: "asin",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Asin, x)),
    },
    Builtin {
        name: "acos",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Acos, x)),
    },
    Builtin {
        name: "atan",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Atan, x)),
    },
    Builtin {
        name: "sinh",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Sinh, x)),
    },
    Builtin {
        name: "cosh",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Cosh, x)),
    },
    Builtin {
        name: "tanh",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Tanh, x)),
    },
    Builtin {
        name: "exp",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Exp, x)),
    },
    Builtin {
        name: "exp2",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Exp2, x)),
    },
    Builtin {
        name: "log",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Log, x)),
    },
    Builtin {
        name: "log2",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Log2, x)),
    },
    Builtin {
        name: "log10",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Log10, x)),
    },
    Builtin {
        name: "sqrt",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Sqrt, x)),
    },
    Builtin {
        name: "abs",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Abs, x)),
    },
    Builtin {
        name: "abs_",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Abs, x)),
    },
    Builtin {
        name: "floor",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Floor, x)),
    },
    Builtin {
        name: "ceil",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Ceil, x)),
    },
    Builtin {
        name: "round",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Round, x)),
    },
    Builtin {
        name: "round_",
        params: &["sig"],
        run: |e, a| unary(e, a, "sig", |x| Op::Unary(Unary::Round, x)),
    },
    Builtin {
        name: "fmod",
        params: &["a", "b"],
        run: |e, a| binary(e, a, Binary::Fmod),
    },
    Builtin {
        name: "remainder",
        params: &["a", "b"],
        run: |e, a| binary(e, a, Binary::Remainder),
    },
    Builtin {
        name: "atan2",
        params: &["y", "x"],
        run: |e, a| binary(e, a, Binary::Atan2),
    },
    Builtin {
        name: "pow",
        params: &["base", "exponent"],
        run: |e, a| binary(e, a, Binary::Pow),
    },
    Builtin {
        name: "pow_",
        params: &["base", "exponent"],
        run: |e, a| binary(e, a, Binary::Pow),
    },
    Builtin {
        name: "gt",
        params: &["a", "b"],
        run: |e, a| binary(e, a, Binary::Gt),
    },
    Builtin {
        name: "lt",
        params: &["a", "b"],
        run: |e, a| binary(e, a, Binary::Lt),
    },
    Builtin {
        name: "ge",
        params: &["a", "b"],
        run: |e, a| binary(e, a, Binary::Ge),
    },
    Builtin {
        name: "le",
        params: &["a", "b"],
        run: |e, a| binary(e, a, Binary::Le),
    },
    Builtin {
        name: "ne",
        params: &["a", "b"],
        run: |e, a| binary(e, a, Binary::Ne),
    },
    Builtin {
        name: "min",
        params: &["a", "b", "*more"],
        run: |e, a| extreme(e, a, Binary::Min),
    },
    Builtin {
        name: "min_",
        params: &["a", "b", "*more"],
        run: |e, a| extreme(e, a, Binary::Min),
    },
    Builtin {
        name: "max",
        params: &["a", "b", "*more"],
        run: |e, a| extreme(e, a, Binary::Max),
    },
    Builtin {
        name: "max_",
        params: &["a", "b", "*more"],
        run: |e, a| extreme(e, a, Binary::Max),
    },
];

/// The smallest or largest of several.
fn extreme(e: &mut Evaluator<'_>, args: &Args, kind: Binary) -> Eval<Value> {
    let mut so_far = binary(e, args, kind)?;
    for given in &args.rest {
        let first = super::operand_of(e, so_far, args)?;
        let other = signal(e, given, args.name())?;
        so_far = add(e, Op::Binary(kind, first, other), args.span)?;
    }
    Ok(so_far)
}

/// The smallest or largest of a list that holds signals.
pub fn extreme_of(
    e: &mut Evaluator<'_>,
    args: &Args,
    values: Vec<Value>,
    smallest: bool,
) -> Eval<Value> {
    let kind = if smallest { Binary::Min } else { Binary::Max };
    let mut so_far = None;
    for value in values {
        let other = super::operand_of(e, value, args)?;
        so_far = Some(match so_far {
            None => other,
            Some(first) => {
                let chosen = add(e, Op::Binary(kind, first, other), args.span)?;
                super::operand_of(e, chosen, args)?
            }
        });
    }
    match so_far {
        Some(sig) => Ok(super::value(e, sig)),
        None => Err(Diagnostic::new(args.span, "nothing is given to choose from").into()),
    }
}

/// The operation that a comparison of signals is.
pub fn comparison(op: &str) -> Option<Binary> {
    Some(match op {
        "<" => Binary::Lt,
        "<=" => Binary::Le,
        ">" => Binary::Gt,
        ">=" => Binary::Ge,
        "==" => Binary::Eq,
        "!=" => Binary::Ne,
        _ => return None,
    })
}
