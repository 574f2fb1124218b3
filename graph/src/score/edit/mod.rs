//! Text edits: the smallest change of a score that says what a hand did.
//!
//! A [`Gesture`] is what somebody does to the picture of a score. [`write`] finds the edit: where a value comes from a
//! literal, the literal is rewritten; where a statement says it alone, the statement goes; otherwise a line is added at
//! the end. Each way is tried by evaluating the text it gives, and only one that says exactly what was meant is taken.
//! Pure; control side only.

mod change;
mod gesture;
mod put;
mod same;
mod ways;

pub use change::{Edit, Edits};
pub use gesture::{EditError, Gesture};
pub use put::put;
pub use same::same;

use super::eval::Evaluator;
use super::limits::Cancel;
use super::origins::Origins;
use super::{Diagnostics, parser};
use crate::patch::Patch;
use crate::ugen::Units;

/// The edit of a score by which it says what a gesture means; comments and layout elsewhere stay as they are.
///
/// # Errors
/// [`EditError`] where the score has a mistake, where the gesture names what is not there, or where no edit says it.
pub fn write(text: &str, gesture: &Gesture, units: &Units) -> Result<Edits, EditError> {
    let (patch, origins) = trace(text, units)?;
    let meant = gesture.of(&patch)?;
    for edits in ways::ways(text, &patch, &origins, gesture) {
        let evaluated = trace(&edits.apply(text), units);
        if evaluated.is_ok_and(|(patch, _)| meant.is(&patch)) {
            return Ok(edits);
        }
    }
    Err(EditError::NoWay)
}

fn trace(text: &str, units: &Units) -> Result<(Patch, Origins), Diagnostics> {
    let cancel = Cancel::new();
    let program = parser::parse(text, &cancel)?;
    Evaluator::trace(text, &program, units, &cancel).map_err(|error| Diagnostics::from(*error))
}
