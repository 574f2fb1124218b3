//! Edits that a Rust program makes of what plays, and who may make them.

use super::{Session, SetError};
use crate::compile::CompileError;
use crate::graph::{Control, Draft, EditError, Home};
use crate::message::Moment;
use std::hash::{BuildHasher, RandomState};
use std::ops::{Deref, DerefMut};

/// Who writes a session's Patch: the first who does, until [`Session::clear`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writer {
    /// Nobody yet.
    #[default]
    None,
    /// A score: [`Session::evaluate`].
    Score,
    /// A Rust program: [`Session::edit`] and [`Session::apply`].
    Program,
}

/// The session plays a score, which alone says what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this session plays a score; build graphs in a session of their own, or clear this one first"
)]
pub struct PlaysAScore;

/// Several changes that are heard as one, from [`Edit::commit`] on. Dropped without it, nothing has changed.
///
/// What can be said is in [`Draft`], to which this derefs.
#[must_use = "nothing changes until `commit`"]
pub struct Edit<'a> {
    session: &'a mut Session,
    draft: Draft,
}

impl Deref for Edit<'_> {
    type Target = Draft;
    fn deref(&self) -> &Draft {
        &self.draft
    }
}
impl DerefMut for Edit<'_> {
    fn deref_mut(&mut self) -> &mut Draft {
        &mut self.draft
    }
}

impl Edit<'_> {
    /// Makes it heard, all at once, at `when`. Without an engine it waits for one.
    ///
    /// # Errors
    /// [`CompileError`]; then nothing has changed. What [`Draft`] has accepted compiles, as long as no unit is
    /// registered again as another.
    pub fn commit(self, when: impl Into<Moment>) -> Result<(), CompileError> {
        let Edit { session, draft } = self;
        let (patch, home, units) = draft.finish();
        let before = (!units.is_empty()).then(|| session.units.clone());
        units.into_iter().for_each(|unit| session.units.add(unit));
        if let Err(error) = session.put(patch, when.into()) {
            if let Some(before) = before {
                session.units = before;
            }
            return Err(error);
        }
        (session.writer, session.home) = (Writer::Program, Some(home));
        Ok(())
    }
}

impl Session {
    /// Begins an edit of the graph that Rust made; see [`crate::graph`].
    ///
    /// # Errors
    /// [`PlaysAScore`]: a session has one writer, and what a score says is only its own to change.
    pub fn edit(&mut self) -> Result<Edit<'_>, PlaysAScore> {
        if self.writer == Writer::Score {
            return Err(PlaysAScore);
        }
        // Not for security: two sessions must not take each other's handles for their own.
        let home = self.home.clone();
        let home = home.unwrap_or_else(|| Home::new(RandomState::new().hash_one(0)));
        let draft = Draft::new(self.said().clone(), home);
        Ok(Edit {
            session: self,
            draft,
        })
    }

    /// Turns a control of a node that Rust made, as a hand would: smoothed, at once, without a new Plan, and until
    /// an edit states another value.
    ///
    /// # Errors
    /// [`EditError::Gone`], [`EditError::NoControl`], [`EditError::Range`].
    pub fn turn(&mut self, control: Control<'_>, value: f32) -> Result<(), EditError> {
        let home = self.home.as_ref();
        let (node, control) = home
            .ok_or_else(|| EditError::Gone(format!("{control:?}")))?
            .resolve(&self.patch, control)?;
        self.set(&format!("{node}/{control}"), value)
            .map_err(|error| match error {
                SetError::Range { value, lo, hi, .. } => EditError::Range {
                    node,
                    control,
                    value,
                    lo,
                    hi,
                },
                _ => EditError::Gone(node),
            })
    }

    /// Takes everything away, at `when`; then a score or a program may begin anew.
    ///
    /// # Errors
    /// As [`Session::apply`].
    pub fn clear(&mut self, when: impl Into<Moment>) -> Result<(), CompileError> {
        self.put(Default::default(), when.into())?;
        self.writer = Writer::None;
        Ok(())
    }

    /// Who writes this session's Patch.
    pub fn writer(&self) -> Writer {
        self.writer
    }
}
