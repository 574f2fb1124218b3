//! The text form of signal functions: what compiles is what can be read.
//!
//! ```text
//! ; a filtered saw
//! control name="freq" init=110.0 lo=20.0 hi=2000.0
//! %0 = control "freq"
//! %1 = saw %0
//! %2 = const 800.0
//! %3 = const 1.4142135
//! %4 = lowpass %1 %2 %3
//! out %4
//! ```
//!
//! A line declares a control (`control`), an audio input (`input "inp"`), a table (`table [ 0.0 1.0 ]`), an operation (`%n =`, counted from 0), or
//! the outputs (`out`); `;` begins a comment. An operation is its name and its parts, in the order of its fields or as
//! `field=…`: results (`%3`), numbers, names. Names of operations and fields are those of [`Op`], which tells its form
//! through serde, so an operation that is added there can be written and read at once.
//!
//! Printing and parsing give back the same function, bit for bit. Control side only.

mod read;
mod write;

use super::{Control, Function, Op, Sig};
use read::Line;
use std::fmt::{self, Display, Write};

/// What cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct TextError {
    /// The line, counted from 1.
    pub line: usize,
    /// What was expected.
    pub message: String,
}

impl Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for control in &self.controls {
            writeln!(f, "control {}", write::words(control)?)?;
        }
        for input in &self.inputs {
            writeln!(f, "input {}", write::words(input)?)?;
        }
        for table in &self.tables {
            writeln!(f, "table {}", write::words(table)?)?;
        }
        for (i, op) in self.ops.iter().enumerate() {
            writeln!(f, "%{i} = {}", self.operation(op)?)?;
        }
        let outputs = self.outputs.iter().fold(String::new(), |mut all, sig| {
            let _ = write!(all, " %{}", sig.0);
            all
        });
        writeln!(f, "out{outputs}")
    }
}

impl Function {
    /// Constants are told as numbers, controls and inputs by name; the rest as serde has it.
    fn operation(&self, op: &Op) -> Result<String, fmt::Error> {
        let named = match *op {
            Op::Const(bits) => return Ok(format!("const {}", write::real(f32::from_bits(bits)))),
            Op::Control(c) => self
                .controls
                .get(usize::from(c))
                .map(|c| ("control", &c.name)),
            Op::Input(n) => self.inputs.get(usize::from(n)).map(|n| ("input", n)),
            _ => None,
        };
        match named {
            Some((what, name)) => Ok(format!("{what} {}", write::words(name)?)),
            None => write::words(op),
        }
    }
}

/// Reads a function.
///
/// # Errors
/// What is not of the form above. Whether the function is well-formed is for [`super::verify`] to say.
pub fn parse(text: &str) -> Result<Function, TextError> {
    let mut f = Function::default();
    for (n, line) in text.lines().enumerate() {
        let fault = |message: String| TextError {
            line: n + 1,
            message,
        };
        let mut line = Line::new(line).map_err(fault)?;
        if !line.is_done() {
            declare(&mut f, &mut line).map_err(|e| fault(e.0))?;
            line.end().map_err(|e| fault(e.0))?;
        }
    }
    Ok(f)
}

fn declare(f: &mut Function, line: &mut Line) -> Result<(), read::Fault> {
    if let Some(sig) = line.take_definition()? {
        if usize::from(sig.0) != f.ops.len() {
            return Err(read::Fault(format!(
                "results are counted: this one is %{}",
                f.ops.len()
            )));
        }
        let op = operation(f, line)?;
        f.ops.push(op);
        return Ok(());
    }
    match line.word()?.as_str() {
        "control" => f.controls.push(line.value::<Control>()?),
        "input" => f.inputs.push(line.value::<String>()?),
        "table" => f.tables.push(line.value::<Box<[f32]>>()?),
        "out" => {
            while !line.is_done() {
                f.outputs.push(line.value::<Sig>()?);
            }
        }
        other => {
            return Err(read::Fault(format!(
                "`{other}` is neither `control`, `input`, `table`, `out` nor `%n =`"
            )));
        }
    }
    Ok(())
}

fn operation(f: &Function, line: &mut Line) -> Result<Op, read::Fault> {
    let by_name = |found: Option<usize>, name: &str| match found {
        Some(i) => Ok(i as u16),
        None => Err(read::Fault(format!("there is no `{name}` above"))),
    };
    match line.peek_word() {
        Some("const") => {
            line.word()?;
            Ok(Op::constant(line.value::<f32>()?))
        }
        Some("control") => {
            line.word()?;
            let name = line.value::<String>()?;
            by_name(f.control(&name), &name).map(Op::Control)
        }
        Some("input") => {
            line.word()?;
            let name = line.value::<String>()?;
            let found = f.inputs.iter().position(|input| *input == name);
            by_name(found, &name).map(Op::Input)
        }
        _ => line.value::<Op>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Builder, Unary};

    #[test]
    fn what_is_printed_is_read_back() {
        let mut b = Builder::new();
        let freq = b
            .control(Control::new("a \"b\" \\ ; c", 0.1, -1e-9, 3e8))
            .unwrap();
        let x = b.input("inp").unwrap();
        let odd = b.add(Op::Const(0x7fc0_0001)).unwrap();
        let noise = b.noise().unwrap();
        let saw = b.add(Op::Saw(freq)).unwrap();
        let low = b.add(Op::Lowpass(saw, x, odd)).unwrap();
        let env = b
            .add(Op::Adsr {
                attack: x,
                decay: x,
                sustain: noise,
                release: x,
                gate: freq,
            })
            .unwrap();
        let comb = b.add(Op::Comb(low, env, env, 12)).unwrap();
        let bent = b.add(Op::Unary(Unary::Tanh, comb)).unwrap();
        let mut f = b.finish(vec![bent, low]);
        f.tables = vec![[0.5, -0.0, f32::INFINITY].into()];
        let text = f.to_string();
        assert_eq!(parse(&text), Ok(f), "{text}");
        assert!(text.contains("= adsr attack=%1 decay=%1"), "{text}");
        assert!(text.contains("= const 0x7fc00001"), "{text}");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let said = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(
            said("; nothing\n%1 = noise 1"),
            "line 2: results are counted: this one is %0"
        );
        assert_eq!(said("%0 = control \"x\""), "line 1: there is no `x` above");
        assert!(said("%0 = nose 1").starts_with("line 1: unknown variant `nose`"));
        assert_eq!(
            said("%0 = neg 3"),
            "line 1: expected a result like %3, not `3`"
        );
        assert_eq!(
            said("out %0 %1 x"),
            "line 1: expected a result like %3, not `x`"
        );
        assert_eq!(said("%0 = noise 1 2"), "line 1: `2` is too much");
        assert_eq!(said("input \"x"), "line 1: a `\"` is missing at the end");
    }
}
