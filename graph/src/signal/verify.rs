//! The rules of a well-formed function, checked after building and, in tests, after every pass.

use super::layout::Layout;
use super::{Function, MAX_CONTROLS, MAX_DELAY_SECONDS, MAX_INPUTS, MAX_OPS, Op};

/// What is wrong with a function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An operand that does not come before its use.
    #[error("operation {0} uses a result that is not there yet")]
    Order(usize),
    /// A control, input or output that does not exist.
    #[error("operation {0} names a control or input that the function does not have")]
    Index(usize),
    /// An output that is not an operation, or not one or two of them.
    #[error("a function has one output (mono) or two (stereo)")]
    Outputs,
    /// Beyond a bound.
    #[error(
        "a function has at most {MAX_OPS} operations, {MAX_CONTROLS} controls and {MAX_INPUTS} inputs"
    )]
    Size,
    /// An empty table, or a number in one that is not finite.
    #[error("table {0} is empty or holds what is not a finite number")]
    Table(usize),
    /// A loop that is not closed, is closed twice, or is there twice.
    #[error("operation {0} is a loop that is not opened and closed once")]
    Loop(usize),
    /// Delay lines beyond the bound.
    #[error(
        "the delay lines of a function hold at most {MAX_DELAY_SECONDS} seconds; this one's hold {0}"
    )]
    Memory(usize),
    /// Two controls with one name, or a range that is empty.
    #[error("control `{0}` is there twice or its range is empty")]
    Control(String),
}

/// Checks every rule; an [`super::Interpreter`] or a compiler may rely on them.
pub fn verify(f: &Function) -> Result<(), Fault> {
    if f.ops.len() > MAX_OPS || f.controls.len() > MAX_CONTROLS || f.inputs.len() > MAX_INPUTS {
        return Err(Fault::Size);
    }
    for (i, op) in f.ops.iter().enumerate() {
        let mut fault = None;
        op.each_operand(|s| {
            if s.0 as usize >= i {
                fault = Some(Fault::Order(i));
            }
        });
        match *op {
            Op::Control(c) if c as usize >= f.controls.len() => fault = Some(Fault::Index(i)),
            Op::Input(k) if k as usize >= f.inputs.len() => fault = Some(Fault::Index(i)),
            Op::Comb(.., 0) | Op::Allpass(_, 0) => fault = Some(Fault::Index(i)),
            Op::Table(t, _) | Op::RwTable(t, ..) if t as usize >= f.tables.len() => {
                fault = Some(Fault::Index(i));
            }
            Op::Last(number) => {
                let again = f.ops[..i].contains(&Op::Last(number));
                let closes = |op: &&Op| matches!(op, Op::Feed(last, ..) if last.0 as usize == i);
                if again || f.ops.iter().filter(closes).count() != 1 {
                    fault = Some(Fault::Loop(i));
                }
            }
            Op::Feed(last, ..) if !matches!(f.ops.get(last.0 as usize), Some(Op::Last(_))) => {
                fault = Some(Fault::Loop(i));
            }
            _ => {}
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
    }
    if !(1..=2).contains(&f.outputs.len()) || f.outputs.iter().any(|s| s.0 as usize >= f.ops.len())
    {
        return Err(Fault::Outputs);
    }
    for (i, table) in f.tables.iter().enumerate() {
        if table.is_empty() || !table.iter().all(|x| x.is_finite()) {
            return Err(Fault::Table(i));
        }
    }
    // The lines grow with the rate as seconds do.
    let rate = 48_000;
    let seconds = Layout::new(f, rate as u32).words.div_ceil(rate);
    if seconds > MAX_DELAY_SECONDS {
        return Err(Fault::Memory(seconds));
    }
    for (i, c) in f.controls.iter().enumerate() {
        let twice = f.controls[..i].iter().any(|other| other.name == c.name);
        let sane =
            c.lo <= c.hi && (c.lo..=c.hi).contains(&c.init) && c.lo.is_finite() && c.hi.is_finite();
        if twice || !sane {
            return Err(Fault::Control(c.name.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Sig;

    #[test]
    fn broken_functions_are_told_apart() {
        let ok = Function {
            ops: vec![Op::constant(1.0)],
            outputs: vec![Sig(0)],
            ..Function::default()
        };
        assert_eq!(verify(&ok), Ok(()));
        let order = Function {
            ops: vec![Op::Neg(Sig(0))],
            ..ok.clone()
        };
        assert_eq!(verify(&order), Err(Fault::Order(0)));
        let index = Function {
            ops: vec![Op::Control(0)],
            ..ok.clone()
        };
        assert_eq!(verify(&index), Err(Fault::Index(0)));
        assert_eq!(
            verify(&Function {
                outputs: vec![Sig(1)],
                ..ok.clone()
            }),
            Err(Fault::Outputs)
        );
        assert_eq!(
            verify(&Function {
                outputs: vec![Sig(0); 3],
                ..ok.clone()
            }),
            Err(Fault::Outputs)
        );
        assert_eq!(
            verify(&Function {
                ops: vec![Op::constant(0.0); 1025],
                ..ok
            }),
            Err(Fault::Size)
        );
    }
}
