//! One statement into the session as it stands.

use super::{Session, Writer};
use crate::plan::When;
use crate::score::edit::{self, EditError, Edits, Gesture};
use crate::score::{self, Cancel, Diagnostic, Diagnostics};

impl Session {
    /// Puts one statement (or a few) into the last good score and evaluates that, so that a mistake elsewhere in what
    /// is being written is no hindrance. A definition takes the place of the one of its name; a statement that is
    /// there already stays where it is; anything else goes to the end. What acts runs again.
    ///
    /// # Errors
    /// What is wrong with the statement; then nothing has changed. Places count in the score as it would have been.
    pub fn run(&mut self, statement: &str, when: When) -> Result<(), Diagnostics> {
        self.open_to_scores()?;
        let text = score::edit::put(&self.score, statement)?;
        let evaluation = score::evaluate_with(&text, &self.units, &Cancel::new());
        self.console = evaluation.console;
        let patch = evaluation.patch?;
        self.adopt(patch, Some(statement.trim()), when)
            .map_err(|error| Diagnostic::new(Default::default(), error.to_string()))?;
        self.writer = Writer::Score;
        self.score = text;
        Ok(())
    }

    /// Writes a gesture into the score and applies the difference. No act runs for it. Gives the edit, whose
    /// [`Edits::undo`] leads back.
    ///
    /// # Errors
    /// What [`edit::write`] says; then nothing has changed.
    pub fn write(&mut self, gesture: &Gesture, when: When) -> Result<Edits, EditError> {
        self.open_to_scores()?;
        let edits = edit::write(&self.score, gesture, &self.units)?;
        let text = edits.apply(&self.score);
        let patch = score::evaluate_with(&text, &self.units, &Cancel::new()).patch?;
        // Its acts have another text, perhaps, and are the same acts all the same.
        self.have_run(&patch);
        self.adopt(patch, None, when).map_err(|error| {
            Diagnostics::from(Diagnostic::new(Default::default(), error.to_string()))
        })?;
        self.score = text;
        Ok(edits)
    }
}
