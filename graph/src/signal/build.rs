//! Building a function: operations are shared where equal and folded where constant.

use super::{Control, Function, MAX_CONTROLS, MAX_INPUTS, MAX_OPS, Op, Sig};
use std::collections::HashMap;

/// Why an operation could not be added.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// More than [`MAX_OPS`] operations.
    #[error("this function has more than {MAX_OPS} operations; split it into several nodes")]
    TooLarge,
    /// More than [`MAX_CONTROLS`] controls.
    #[error("this function has more than {MAX_CONTROLS} controls")]
    TooManyControls,
    /// More than [`MAX_INPUTS`] inputs.
    #[error("this function has more than {MAX_INPUTS} inputs")]
    TooManyInputs,
    /// The same control with another range.
    #[error("control `{0}` is already there with another range")]
    ControlDiffers(String),
    /// An empty or endless range, or a start value outside it.
    #[error("control `{name}` starts at {init}, which is outside its range {lo} … {hi}")]
    BadRange {
        /// The control's name.
        name: String,
        /// Its start value.
        init: f32,
        /// Its lowest value.
        lo: f32,
        /// Its highest value.
        hi: f32,
    },
}

/// Collects operations into a [`Function`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    function: Function,
    known: HashMap<Op, Sig>,
    noises: u16,
}

impl Builder {
    /// An empty function.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// The function, with these outputs.
    pub fn finish(mut self, outputs: Vec<Sig>) -> Function {
        self.function.outputs = outputs;
        self.function
    }

    /// Adds an operation, or finds the equal one that is there.
    pub fn add(&mut self, op: Op) -> Result<Sig, BuildError> {
        let op = self.fold(op);
        if let Some(&sig) = self.known.get(&op) {
            return Ok(sig);
        }
        if self.function.ops.len() >= MAX_OPS {
            return Err(BuildError::TooLarge);
        }
        let sig = Sig(self.function.ops.len() as u16);
        self.function.ops.push(op);
        self.known.insert(op, sig);
        Ok(sig)
    }

    /// A constant.
    pub fn constant(&mut self, value: f32) -> Result<Sig, BuildError> {
        self.add(Op::constant(value))
    }

    /// A control; asked for twice with the same range it is the same one.
    pub fn control(&mut self, control: Control) -> Result<Sig, BuildError> {
        let Control { init, lo, hi, .. } = control;
        if !(lo <= hi && lo.is_finite() && hi.is_finite() && (lo..=hi).contains(&init)) {
            return Err(BuildError::BadRange {
                name: control.name,
                init,
                lo,
                hi,
            });
        }
        let index = match self.function.control(&control.name) {
            Some(i) if self.function.controls[i] == control => i,
            Some(_) => return Err(BuildError::ControlDiffers(control.name)),
            None if self.function.controls.len() == MAX_CONTROLS => {
                return Err(BuildError::TooManyControls);
            }
            None => {
                self.function.controls.push(control);
                self.function.controls.len() - 1
            }
        };
        self.add(Op::Control(index as u16))
    }

    /// An audio input with a name.
    pub fn input(&mut self, name: &str) -> Result<Sig, BuildError> {
        if self.function.inputs.len() == MAX_INPUTS {
            return Err(BuildError::TooManyInputs);
        }
        self.function.inputs.push(name.to_owned());
        self.add(Op::Input(self.function.inputs.len() as u16 - 1))
    }

    /// White noise of its own.
    pub fn noise(&mut self) -> Result<Sig, BuildError> {
        self.noises += 1;
        self.add(Op::Noise(self.noises))
    }

    fn value(&self, sig: Sig) -> Option<f32> {
        match self.function.ops[sig.0 as usize] {
            Op::Const(bits) => Some(f32::from_bits(bits)),
            _ => None,
        }
    }

    /// Computes what is constant, in the same precision in which it would run.
    fn fold(&self, op: Op) -> Op {
        let two =
            |a, b, f: fn(f32, f32) -> f32| Some(Op::constant(f(self.value(a)?, self.value(b)?)));
        match op {
            Op::Neg(a) => self.value(a).map(|x| Op::constant(-x)),
            Op::Add(a, b) => two(a, b, |x, y| x + y),
            Op::Sub(a, b) => two(a, b, |x, y| x - y),
            Op::Mul(a, b) => two(a, b, |x, y| x * y),
            Op::Div(a, b) => two(a, b, |x, y| x / y),
            _ => None,
        }
        .unwrap_or(op)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_operations_are_shared_and_constants_are_folded() {
        let mut b = Builder::new();
        let (two, three) = (b.constant(2.0).unwrap(), b.constant(3.0).unwrap());
        let six = b.add(Op::Mul(two, three)).unwrap();
        assert_eq!(b.value(six), Some(6.0));
        let (x, y) = (b.add(Op::Sine(two)).unwrap(), b.add(Op::Sine(two)).unwrap());
        assert_eq!(x, y);
        assert_ne!(b.noise().unwrap(), b.noise().unwrap());
    }

    #[test]
    fn a_control_asked_for_twice_is_one_and_never_two_ranges() {
        let mut b = Builder::new();
        let c = |hi| Control::new("x", 0.0, 0.0, hi);
        assert_eq!(b.control(c(1.0)), b.control(c(1.0)));
        assert_eq!(
            b.control(c(2.0)),
            Err(BuildError::ControlDiffers("x".into()))
        );
        assert!(matches!(
            b.control(Control::new("y", 5.0, 0.0, 1.0)),
            Err(BuildError::BadRange { .. })
        ));
    }

    #[test]
    fn a_function_without_end_is_refused() {
        let mut b = Builder::new();
        let mut x = b.constant(1.0).unwrap();
        let error = loop {
            match b.add(Op::Sine(x)) {
                Ok(y) => x = y,
                Err(e) => break e,
            }
        };
        assert_eq!(error, BuildError::TooLarge);
    }
}
