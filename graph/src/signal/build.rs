//! Building a function: operations are shared where equal and folded where constant.

use super::function::{MAX_TABLE_NUMBERS, MAX_TABLES};
use super::passes::fold;
use super::{Control, ControlFault, Function, MAX_CONTROLS, MAX_INPUTS, MAX_OPS, Op, Sig};
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
    /// More than [`MAX_TABLES`] tables, more than [`MAX_TABLE_NUMBERS`] in them, or an empty one.
    #[error(
        "a function has at most {MAX_TABLES} tables with {MAX_TABLE_NUMBERS} numbers in all, and none is empty"
    )]
    Tables,
    /// What has no derivative here.
    #[error("there is no derivative by {0}")]
    NoDerivative(&'static str),
    /// A number in a table that is not finite.
    #[error("the numbers of a table must be finite")]
    NotFinite,
    /// The same control with another range.
    #[error("control `{0}` is already there with another range")]
    ControlDiffers(String),
    /// A control whose steps or labels do not go with its range.
    #[error("control `{name}`: {fault}")]
    Control {
        /// The control's name.
        name: String,
        /// What does not.
        fault: ControlFault,
    },
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
    loops: u16,
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
        let op = self.folded(op);
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

    /// The operations so far.
    pub(super) fn ops(&self) -> &[Op] {
        &self.function.ops
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
        if let Err(fault) = control.check() {
            let name = control.name;
            return Err(BuildError::Control { name, fault });
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

    /// A table of numbers; an equal one is shared.
    pub fn table(&mut self, numbers: &[f32]) -> Result<u16, BuildError> {
        if !numbers.iter().all(|x| x.is_finite()) {
            return Err(BuildError::NotFinite);
        }
        let tables = &mut self.function.tables;
        if let Some(known) = tables.iter().position(|t| **t == *numbers) {
            return Ok(known as u16);
        }
        let held: usize = tables.iter().map(|t| t.len()).sum();
        if numbers.is_empty()
            || tables.len() == MAX_TABLES
            || held + numbers.len() > MAX_TABLE_NUMBERS
        {
            return Err(BuildError::Tables);
        }
        tables.push(numbers.into());
        Ok(tables.len() as u16 - 1)
    }

    /// Opens a loop: what its [`Builder::close`] will be given, one frame ago.
    pub fn open(&mut self) -> Result<Sig, BuildError> {
        self.loops += 1;
        self.add(Op::Last(self.loops))
    }

    /// Closes a loop that [`Builder::open`] opened, once: `next` comes back one frame later. The result is `out`.
    pub fn close(&mut self, last: Sig, next: Sig, out: Sig) -> Result<Sig, BuildError> {
        self.add(Op::Feed(last, next, out))
    }

    /// Computes what is constant, in the same precision in which it would run, and takes simpler operations where
    /// they give the same.
    fn folded(&self, op: Op) -> Op {
        fold(&op, &self.function.ops)
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
        assert_eq!(b.function.ops[six.0 as usize], Op::constant(6.0));
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
