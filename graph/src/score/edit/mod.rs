//! Text edits: the smallest change of a score that says what a hand did.
//!
//! A [`Gesture`] is what somebody does to the picture of a score. [`write`] finds the edit: where a value comes from a
//! literal, the literal is rewritten; where a statement says it alone, the statement goes; otherwise a line is added at
//! the end. Each way is tried by evaluating the text it gives, and only one that says exactly what was meant is taken.
//! Pure; control side only.

mod change;
mod gesture;
mod group;
mod meant;
mod page;
mod put;
mod same;
mod ways;

pub use change::{Edit, Edits};
pub use gesture::{EditError, Gesture};
pub use put::put;
pub use same::same;

use meant::Meant;
use page::Page;

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
    let meant = Meant::after(&patch, gesture)?;
    let ways = ways::ways(&Page::whole(text), &patch, &origins, gesture);
    first_that_says(text, ways, &meant, units).ok_or(EditError::NoWay)
}

/// The same for a gesture in a group, by the names that nodes have in it. What is done in a module is written into the
/// function that made it, and so done to every one that it made; where that cannot be, and in a group that is only
/// names, it is done to this one.
///
/// # Errors
/// As [`write`].
pub fn write_within(
    text: &str,
    path: &str,
    gesture: &Gesture,
    units: &Units,
) -> Result<Edits, EditError> {
    let (patch, origins) = trace(text, units)?;
    let definition = patch.modules.get(path).copied();
    if let Some(definition) = definition
        && let Some(page) = Page::of_module(text, definition)
    {
        let mut meant = Meant::new(patch.clone());
        meant.any_order = true;
        let twins = patch.modules.iter().filter(|(_, d)| **d == definition);
        for (twin, _) in twins {
            gesture
                .renamed(|name| format!("{twin}/{name}"))
                .apply(&mut meant)?;
        }
        let inner = patch.within(path);
        let ways = ways::ways(&page, &inner, &origins.within(path), gesture);
        if let Some(edits) = first_that_says(text, ways, &meant, units) {
            return Ok(edits);
        }
    }
    write(
        text,
        &gesture.renamed(|name| format!("{path}/{name}")),
        units,
    )
}

/// A statement put into the function that makes a module; one that defines goes where [`put`] puts it, as does any where
/// the group is no module.
///
/// # Errors
/// As [`put`].
pub fn put_within(
    text: &str,
    path: &str,
    statement: &str,
    units: &Units,
) -> Result<Edits, Diagnostics> {
    let defines = put::defines(statement)?;
    let (patch, _) = trace(text, units)?;
    let page = patch.modules.get(path).filter(|_| !defines);
    match page.and_then(|definition| Page::of_module(text, *definition)) {
        Some(page) => Ok(page.line(statement)),
        None => Ok(Edits::between(text, &put(text, statement)?)),
    }
}

/// The first edits after which the text says what is meant.
fn first_that_says(text: &str, ways: Vec<Edits>, meant: &Meant, units: &Units) -> Option<Edits> {
    ways.into_iter().find(|edits| {
        let evaluated = trace(&edits.apply(text), units);
        evaluated.is_ok_and(|(patch, _)| meant.is(&patch))
    })
}

fn trace(text: &str, units: &Units) -> Result<(Patch, Origins), Diagnostics> {
    let cancel = Cancel::new();
    let program = parser::parse(text, &cancel)?;
    Evaluator::trace(text, &program, units, &cancel).map_err(|error| Diagnostics::from(*error))
}
