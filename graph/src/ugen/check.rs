//! What a description must keep to, checked before anything is made of it.

use super::Description;
use crate::signal::{MAX_CONTROLS, MAX_INPUTS};
use std::collections::HashSet;

/// What is wrong with a description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not mono nor stereo.
    #[error("it has {0} outputs; 1 is mono, 2 are stereo")]
    Outputs(u8),
    /// Too many inputs.
    #[error("it has {0} inputs; {MAX_INPUTS} are the most")]
    Inputs(usize),
    /// Too many controls.
    #[error("it has {0} controls; {MAX_CONTROLS} are the most")]
    Controls(usize),
    /// Two inputs or two controls of one name.
    #[error("it has two ports `{0}`")]
    Twice(String),
    /// An empty or endless range, or a start value outside it.
    #[error(
        "its control `{0}` has no range from a lowest to a highest value with the start value in it"
    )]
    Range(String),
}

impl Description {
    /// Whether a unit can be as it is described.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn check(&self) -> Result<(), Fault> {
        if !(1..=2).contains(&self.outputs) {
            return Err(Fault::Outputs(self.outputs));
        }
        if self.inputs.len() > MAX_INPUTS {
            return Err(Fault::Inputs(self.inputs.len()));
        }
        if self.controls.len() > MAX_CONTROLS {
            return Err(Fault::Controls(self.controls.len()));
        }
        let mut names = HashSet::new();
        if let Some(name) = self.inputs.iter().find(|name| !names.insert(name.as_str())) {
            return Err(Fault::Twice(name.clone()));
        }
        names.clear();
        for control in &self.controls {
            if !names.insert(control.name.as_str()) {
                return Err(Fault::Twice(control.name.clone()));
            }
            let (lo, hi) = (control.lo, control.hi);
            if !(lo.is_finite() && hi.is_finite() && (lo..=hi).contains(&control.init)) {
                return Err(Fault::Range(control.name.clone()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Control;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let x = |lo, hi| Control::new("x", 0.0, lo, hi);
        let about = || Description::new("u");
        assert_eq!(about().input("a").control(x(-1.0, 1.0)).check(), Ok(()));
        assert_eq!(
            about().input("a").input("a").check(),
            Err(Fault::Twice("a".into()))
        );
        for (lo, hi) in [
            (1.0, 2.0),
            (0.0, f32::INFINITY),
            (f32::NAN, 1.0),
            (1.0, -1.0),
        ] {
            assert_eq!(
                about().control(x(lo, hi)).check(),
                Err(Fault::Range("x".into()))
            );
        }
        let none = Description {
            outputs: 0,
            ..about()
        };
        assert_eq!(none.check(), Err(Fault::Outputs(0)));
        let many = (0..9).fold(about(), |about, i| about.input(&i.to_string()));
        assert_eq!(many.check(), Err(Fault::Inputs(9)));
    }
}
