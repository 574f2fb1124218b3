//! When what waits is due, and when what was begun ends: moments as frames and beats. Every call is real-time safe.

use super::Clock;
use crate::message::{Moment, Span};
use crate::plan::When;
use crate::time::{Beats, Seconds, Segment};

/// When something that waits is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At a frame.
    Frame(i64),
    /// At a beat.
    Beat(Beats),
}

impl Clock {
    /// When a moment is, as far as it can be said at a frame.
    pub fn due(&self, moment: Moment, frame: i64) -> Due {
        let beat = self.beat(frame);
        let due = match moment.when {
            When::Now => Due::Frame(frame),
            When::Frame(at) => Due::Frame(at),
            When::Seconds(at) => Due::Frame(self.frames_of(at)),
            When::After(time) => Due::Frame(frame.saturating_add(self.frames_of(time))),
            When::Beat(at) => Due::Beat(at),
            When::AfterBeats(beats) => Due::Beat(beat + beats),
            When::NextBeat | When::NextBar => return self.next(moment, frame),
        };
        match moment.offset {
            Some(offset) => self.shift(due, offset, frame),
            None => due,
        }
    }

    /// The next beat or bar that is, with its offset, not over yet.
    fn next(&self, moment: Moment, frame: i64) -> Due {
        let Some(segment) = &self.segment else {
            return match moment.offset {
                Some(offset) => self.shift(Due::Frame(frame), offset, frame),
                None => Due::Frame(frame),
            };
        };
        let shift = |beat: Beats| match moment.offset {
            Some(offset) => self.shift(Due::Beat(beat), offset, frame),
            None => Due::Beat(beat),
        };
        // Where the song would have to be now for the moment to be now.
        let now = segment.beat_of(frame);
        let back = match moment.offset {
            Some(Span::Beats(beats)) => now - beats,
            Some(Span::Seconds(time)) => {
                segment.beat_of(frame.saturating_sub(self.frames_of(time)))
            }
            None => now,
        };
        // From the point before on: the first that does not come earlier than this frame.
        let first = match moment.when {
            When::NextBar => self.bars.bar_of(back),
            _ => back.units().div_euclid(Beats::UNITS),
        };
        let point = |n: i64| match moment.when {
            When::NextBar => self.bars.beat_of_bar(n),
            _ => Beats::whole(n),
        };
        let points = (first.saturating_sub(1)..=first.saturating_add(1)).map(|n| shift(point(n)));
        let mut ahead = points.filter(|due| self.frame_of_due(*due, frame) >= frame);
        ahead
            .next()
            .unwrap_or_else(|| shift(point(first.saturating_add(2))))
    }

    /// So much after something, or before.
    fn shift(&self, due: Due, offset: Span, frame: i64) -> Due {
        match (due, offset) {
            (Due::Frame(at), Span::Seconds(time)) => {
                Due::Frame(at.saturating_add(self.frames_of(time)))
            }
            (Due::Beat(beat), Span::Beats(beats)) => Due::Beat(beat + beats),
            (Due::Frame(at), Span::Beats(beats)) => {
                let line = self.line(frame);
                Due::Frame(line.frame_of(line.beat_of(at) + beats))
            }
            (Due::Beat(beat), Span::Seconds(time)) => {
                let line = self.line(frame);
                let at = line.frame_of(beat).saturating_add(self.frames_of(time));
                Due::Beat(line.beat_of(at))
            }
        }
    }

    /// When something that begins at a frame and is so long ends.
    pub fn end(&self, frame: i64, length: Span) -> Due {
        let end = match length {
            // While the song stands still there are no beats to count: by its tempo.
            Span::Beats(beats) if self.playing() => Due::Beat(self.beat(frame) + beats),
            length => self.shift(Due::Frame(frame), length, frame),
        };
        if self.frame_of_due(end, frame) > frame {
            end
        } else {
            Due::Frame(frame.saturating_add(1))
        }
    }

    /// The segment, or where the song stands still the one it would have.
    fn line(&self, frame: i64) -> Segment {
        match &self.segment {
            Some(segment) => segment.clone(),
            None => Segment::paced(frame, self.beat, &self.pace, self.rate),
        }
    }

    fn frames_of(&self, time: Seconds) -> i64 {
        let num = i128::from(time.units()) * i128::from(self.rate);
        let unit = i128::from(Seconds::UNITS);
        (num + unit / 2).div_euclid(unit) as i64
    }

    /// The frame at which that is.
    pub fn frame_of_due(&self, due: Due, frame: i64) -> i64 {
        match (due, &self.segment) {
            (Due::Frame(at), _) => at,
            (Due::Beat(beat), Some(segment)) => segment.frame_of(beat),
            (Due::Beat(_), None) => frame,
        }
    }
}
