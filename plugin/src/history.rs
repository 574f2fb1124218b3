//! One undo and one redo for everything that hands do: typing, evaluating, gestures, placing.
//!
//! Plain data on the control side. A step is what the desk held before it; texts and places that did
//! not change are shared between steps.

use std::sync::Arc;

use crate::desk::Positions;

/// The most steps that are kept.
const DEPTH: usize = 300;

/// What a desk holds at one time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    /// The score that sounds.
    pub score: Arc<str>,
    /// The text of the score pane.
    pub draft: Arc<str>,
    /// Where nodes stand.
    pub positions: Arc<Positions>,
}

/// What a step was, so that small ones that follow each other become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Typing, up to a pause or an evaluation.
    Typing,
    /// The text was made to sound.
    Evaluation,
    /// A value moved in small steps.
    Value(String),
    /// Anything else: a step of its own.
    Single,
}

#[derive(Debug)]
struct Step {
    before: Held,
    kind: Kind,
    /// Whether a further step of this kind would be the same step.
    open: bool,
}

/// What was, and what was taken back.
#[derive(Debug, Default)]
pub(crate) struct History {
    past: Vec<Step>,
    future: Vec<Held>,
}

impl History {
    /// Notes that `before` became `after`.
    pub fn note(&mut self, before: Held, after: &Held, kind: Kind) {
        let last = self.past.last_mut().filter(|step| step.open);
        if let Some(step) = last {
            let typed = step.kind == Kind::Typing;
            // What was typed and then made to sound is one thing.
            if typed && kind == Kind::Evaluation {
                (step.kind, step.open) = (kind, false);
                return;
            }
            if step.kind == kind && before != *after {
                self.future.clear();
                return;
            }
        }
        if before == *after {
            return;
        }
        self.future.clear();
        let open = matches!(kind, Kind::Typing | Kind::Value(_));
        self.past.push(Step { before, kind, open });
        if self.past.len() > DEPTH {
            self.past.remove(0);
        }
    }

    /// What comes next is a step of its own.
    pub fn pause(&mut self) {
        if let Some(step) = self.past.last_mut() {
            step.open = false;
        }
    }

    /// What was before the last step; `now` can be had again.
    pub fn undo(&mut self, now: Held) -> Option<Held> {
        let step = self.past.pop()?;
        self.future.push(now);
        self.pause();
        Some(step.before)
    }

    /// What was taken back last.
    pub fn redo(&mut self, now: Held) -> Option<Held> {
        let after = self.future.pop()?;
        self.past.push(Step {
            before: now,
            kind: Kind::Single,
            open: false,
        });
        Some(after)
    }

    /// Whether something can be taken back, and whether something can be had again.
    pub fn reach(&self) -> (bool, bool) {
        (!self.past.is_empty(), !self.future.is_empty())
    }

    /// Forgets everything: another document.
    pub fn clear(&mut self) {
        *self = History::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(draft: &str) -> Held {
        Held {
            score: "".into(),
            draft: draft.into(),
            positions: Arc::default(),
        }
    }

    #[test]
    fn a_burst_of_small_steps_is_one_and_a_pause_ends_it() {
        let mut history = History::default();
        history.note(held(""), &held("a"), Kind::Typing);
        history.note(held("a"), &held("ab"), Kind::Typing);
        history.pause();
        history.note(held("ab"), &held("abc"), Kind::Typing);
        assert_eq!(history.undo(held("abc")), Some(held("ab")));
        assert_eq!(history.undo(held("ab")), Some(held("")));
        assert_eq!(history.undo(held("")), None);
        assert_eq!(history.redo(held("")), Some(held("ab")));
        assert_eq!(history.redo(held("ab")), Some(held("abc")));
        assert_eq!(history.reach(), (true, false));
    }

    #[test]
    fn values_of_two_controls_are_two_steps_and_nothing_is_none() {
        let mut history = History::default();
        let value = |path: &str| Kind::Value(path.to_owned());
        history.note(held("0"), &held("0"), Kind::Single);
        assert_eq!(history.reach(), (false, false));
        history.note(held("0"), &held("1"), value("a/gain"));
        history.note(held("1"), &held("2"), value("a/gain"));
        history.note(held("2"), &held("3"), value("b/gain"));
        assert_eq!(history.undo(held("3")), Some(held("2")));
        assert_eq!(history.undo(held("2")), Some(held("0")));
        history.note(held("0"), &held("9"), Kind::Single);
        assert_eq!(
            history.reach(),
            (true, false),
            "what was taken back is over"
        );
    }
}
