//! When something happens: a place in time or in the song, and how far around it.

use super::When;
use crate::time::{Beats, Seconds};

/// A length of time, or of the song.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// In seconds, by the engine's frames.
    Seconds(Seconds),
    /// In beats, as the song goes.
    Beats(Beats),
}

impl Span {
    /// So many seconds.
    pub fn seconds(seconds: f64) -> Span {
        Span::Seconds(Seconds::from_f64(seconds))
    }
    /// So many beats.
    pub fn beats(beats: f64) -> Span {
        Span::Beats(Beats::from_f64(beats))
    }
}

/// When something happens: at a place, or before or after it.
///
/// The engine finds the frame. What names a beat follows every change of tempo until it comes. An offset of the other
/// kind (seconds from a beat, beats from a frame) is turned at the tempo in force when the engine hears of it. What is
/// over already happens at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The place.
    pub when: When,
    /// How long after it, or before it where negative. With [`When::NextBeat`] and [`When::NextBar`] the moment is the
    /// next one that is not over yet.
    pub offset: Option<Span>,
}

impl From<When> for Moment {
    fn from(when: When) -> Moment {
        Moment { when, offset: None }
    }
}

impl When {
    /// So long after, or before where `offset` is negative.
    pub fn shifted(self, offset: Span) -> Moment {
        Moment {
            when: self,
            offset: Some(offset),
        }
    }
}
