//! One statement into the session as it stands.

use super::{Session, Writer};
use crate::message::Moment;
use crate::patch::Deed;
use crate::score::edit::{self, EditError, Edits, Gesture};
use crate::score::{self, Cancel, Diagnostic, Diagnostics};
use crate::ugen::Units;
use std::collections::BTreeSet;

/// One part of what a hand does to a score.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A gesture, written as [`edit::write`] does.
    Gesture(Gesture),
    /// A statement or a definition, put where [`edit::put`] puts it.
    Statement(String),
    /// This in the group of that path, by the names that nodes have there: [`edit::write_within`] and
    /// [`edit::put_within`].
    Within(String, Box<Change>),
}

impl Change {
    /// The edit of a score by which it says this too.
    ///
    /// # Errors
    /// What [`edit::write`] and [`edit::put`] say.
    pub fn edits(&self, text: &str, units: &Units) -> Result<Edits, EditError> {
        match self {
            Change::Gesture(gesture) => edit::write(text, gesture, units),
            Change::Statement(statement) => Ok(Edits::between(text, &edit::put(text, statement)?)),
            Change::Within(path, change) => match &**change {
                Change::Gesture(gesture) => edit::write_within(text, path, gesture, units),
                Change::Statement(text_of_it) => {
                    Ok(edit::put_within(text, path, text_of_it, units)?)
                }
                Change::Within(inner, change) => {
                    let path = format!("{path}/{inner}");
                    Change::Within(path, change.clone()).edits(text, units)
                }
            },
        }
    }
}

impl Session {
    /// Puts one statement (or a few) into the last good score and evaluates that, so that a mistake elsewhere in what
    /// is being written is no hindrance. A definition takes the place of the one of its name; a statement that is
    /// there already stays where it is; anything else goes to the end. What acts runs again.
    ///
    /// # Errors
    /// What is wrong with the statement; then nothing has changed. Places count in the score as it would have been.
    pub fn run(&mut self, statement: &str, when: impl Into<Moment>) -> Result<(), Diagnostics> {
        self.open_to_scores()?;
        let text = edit::put(&self.score, statement)?;
        let evaluation = score::evaluate_with(&text, &self.units, &Cancel::new());
        self.console = evaluation.console;
        let patch = evaluation.patch?;
        self.adopt(patch, Some(statement.trim()), when.into())
            .map_err(|error| Diagnostic::new(Default::default(), error.to_string()))?;
        self.writer = Writer::Score;
        self.score = text;
        Ok(())
    }

    /// The session as a score that says what is heard now: the score's text, and lines for what hands, fades and
    /// knobs have left and for the scene that is chosen.
    ///
    /// # Errors
    /// [`EditError::NoWay`] for what a program built: there is no text of it.
    pub fn export(&self) -> Result<String, EditError> {
        if self.writer == Writer::Program {
            return Err(EditError::NoWay);
        }
        let mut text = self.score.clone();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        if let Some(scene) = self.scene().checked_sub(1) {
            let call = format!("recall(\"{}\")\n", self.said().scenes[scene].name);
            text.push_str(&call);
        }
        // What acts runs again where the text is evaluated anew, and so the last word is with an act too.
        let mut faded = BTreeSet::new();
        let line = |node: &str, control: &str, value: f32| {
            format!("fade(\"{node}/{control}\", {value}, bars=0)\n")
        };
        for act in &self.said().acts {
            if let (Deed::Fade { node, control, .. }, None) = (&act.deed, act.at)
                && faded.insert((node.clone(), control.clone()))
                && let Some(value) = self.value(node, control)
            {
                text.push_str(&line(node, control, value));
            }
        }
        if self.scene() > 0 {
            // Nor would a statement be heard under a scene that says something else.
            for ((node, control), value) in &self.hand {
                if faded.insert((node.clone(), control.clone())) {
                    text.push_str(&line(node, control, *value));
                }
            }
        }
        let others = self.hand.iter().filter(|(path, _)| !faded.contains(*path));
        for ((node, control), value) in others {
            let gesture = Gesture::Set {
                node: node.clone(),
                control: control.clone(),
                value: *value,
            };
            text = edit::write(&text, &gesture, &self.units)?.apply(&text);
        }
        Ok(text)
    }

    /// Writes a gesture into the score and applies the difference. No act runs for it. Gives the edit, whose
    /// [`Edits::undo`] leads back.
    ///
    /// # Errors
    /// What [`edit::write`] says; then nothing has changed.
    pub fn write(
        &mut self,
        gesture: &Gesture,
        when: impl Into<Moment>,
    ) -> Result<Edits, EditError> {
        let edits = edit::write(&self.score, gesture, &self.units)?;
        let text = edits.apply(&self.score);
        self.retake(&text, when)?;
        Ok(edits)
    }

    /// Puts a text in the place of the score and applies the difference, as a gesture or its undo does: no act runs for
    /// it.
    ///
    /// # Errors
    /// What is wrong with the text; then nothing has changed.
    pub fn retake(&mut self, text: &str, when: impl Into<Moment>) -> Result<(), Diagnostics> {
        self.open_to_scores()?;
        let patch = score::evaluate_with(text, &self.units, &Cancel::new()).patch?;
        // Its acts have another text, perhaps, and are the same acts all the same.
        self.have_run(&patch);
        self.adopt(patch, None, when.into())
            .map_err(|error| Diagnostic::new(Default::default(), error.to_string()))?;
        self.writer = Writer::Score;
        self.score = text.to_owned();
        Ok(())
    }

    /// The unit generators and sounds that scores may name here.
    pub fn units(&self) -> &Units {
        &self.units
    }
}
