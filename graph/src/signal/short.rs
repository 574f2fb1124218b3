//! A function in one expression.

use super::{BuildError, Builder, Function, Sig};

/// What a function can end with: one output or two.
pub trait Outputs {
    /// The outputs in order.
    fn outputs(self) -> Vec<Sig>;
}
impl Outputs for Sig {
    fn outputs(self) -> Vec<Sig> {
        vec![self]
    }
}
impl Outputs for (Sig, Sig) {
    fn outputs(self) -> Vec<Sig> {
        vec![self.0, self.1]
    }
}

/// A function from a closure that builds it and ends with its output, or with two for stereo.
///
/// ```
/// use sorl_graph::signal::{Control, Op, function};
///
/// let tone = function(|b| {
///     let freq = b.control(Control::new("freq", 440.0, 20.0, 20_000.0))?;
///     b.add(Op::Sine(freq))
/// })?;
/// assert_eq!(tone.controls[0].unit, "Hz");
/// # Ok::<(), sorl_graph::signal::BuildError>(())
/// ```
///
/// # Errors
/// What the closure met.
pub fn function<O: Outputs>(
    build: impl FnOnce(&mut Builder) -> Result<O, BuildError>,
) -> Result<Function, BuildError> {
    let mut builder = Builder::new();
    let outputs = build(&mut builder)?.outputs();
    Ok(builder.finish(outputs))
}
