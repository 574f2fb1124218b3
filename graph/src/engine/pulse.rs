//! Musical time that only goes on: the beats that have gone by, whether the song plays, stands or jumps.
//!
//! Fades count in it. While the song plays it runs with the song; while that stands still it runs at the tempo in
//! force. Real-time safe. Nothing here depends on how blocks are cut: whole numbers are added up.

use super::clock::Clock;
use crate::signal::GRID;
use crate::time::{Beats, Segment, Tempo};

/// Counts the beats that go by.
pub struct Pulse {
    rate: u32,
    /// Where it has come to: a frame, and the beats that had gone by there.
    frame: i64,
    gone: Beats,
    /// What it runs by while the song stands still: never a line with a map.
    still: Segment,
    tempo: Tempo,
    playing: bool,
}

impl Pulse {
    pub fn new(rate: u32) -> Pulse {
        let tempo = Tempo::default();
        Pulse {
            rate,
            frame: 0,
            gone: Beats::ZERO,
            still: Segment::new(0, Beats::ZERO, tempo, rate),
            tempo,
            playing: false,
        }
    }

    /// Looks at the clock before a piece begins at a frame; the clock does not change within one.
    pub fn follow(&mut self, clock: &Clock, frame: i64) {
        let (playing, tempo) = (clock.playing(), clock.tempo(frame));
        if !playing && (self.playing || tempo != self.tempo) {
            self.still = Segment::new(frame, Beats::ZERO, tempo, self.rate);
        }
        (self.frame, self.playing, self.tempo) = (frame, playing, tempo);
    }

    /// The beats that have gone by at a frame in or near the piece that was begun.
    pub fn beats(&self, clock: &Clock, frame: i64) -> Beats {
        let beat = |frame| match clock.segment() {
            Some(segment) => segment.beat_of(frame),
            None => self.still.beat_of(frame),
        };
        self.gone + (beat(frame) - beat(self.frame))
    }

    /// The piece has come to its end.
    pub fn advance(&mut self, clock: &Clock, frame: i64) {
        (self.gone, self.frame) = (self.beats(clock, frame), frame);
    }
}

/// A number over the frames of a grid step: a straight line, the same in every piece of the step.
#[derive(Clone, Copy)]
pub struct Line {
    grid: i64,
    first: f64,
    rise: f64,
}

impl Line {
    /// Through what it is at the step's beginning and at its end.
    pub fn new(grid: i64, at: impl Fn(i64) -> f64) -> Line {
        let first = at(grid);
        Line {
            grid,
            first,
            rise: (at(grid + GRID as i64) - first) / GRID as f64,
        }
    }

    /// What it is at a frame, or between two.
    pub fn at(&self, frame: f64) -> f64 {
        self.first + self.rise * (frame - self.grid as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_go_by_while_the_song_stands_and_when_it_jumps() {
        let (mut clock, mut pulse) = (Clock::new(48_000), Pulse::new(48_000));
        let mut run = |clock: &Clock, from: i64, to: i64| {
            pulse.follow(clock, from);
            pulse.advance(clock, to);
            pulse.beats(clock, to)
        };
        clock.follow(0, None, None);
        assert_eq!(run(&clock, 0, 24_000), Beats::whole(1));
        clock.play(24_000, true);
        clock.follow(24_000, None, None);
        assert_eq!(run(&clock, 24_000, 48_000), Beats::whole(2));
        clock.seek(48_000, Beats::whole(1000));
        clock.follow(48_000, None, None);
        assert_eq!(run(&clock, 48_000, 60_000), Beats::from_f64(2.5));
        assert_eq!(run(&clock, 60_000, 72_000), Beats::whole(3));
        let line = Line::new(72_000, |frame| pulse.beats(&clock, frame).to_f64());
        assert!((line.at(72_048.0) - 3.002).abs() < 1e-8);
    }
}
