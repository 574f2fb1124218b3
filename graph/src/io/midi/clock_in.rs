//! A song position that follows somebody else's MIDI clock.
//!
//! Audio thread, without allocation: [`ClockIn`] takes what came in with the frame at which it came, and tells for the
//! first frame of a block what a host's transport would.
//!
//! The ticks (24 a beat) come late and early by milliseconds. They are filtered by the straight line through the last
//! ticks that fits best: an alpha-beta filter whose gains are those of least squares while its memory grows, and stay
//! when it is [`MEMORY`] ticks long (R. G. Brown, *Smoothing, Forecasting and Prediction*, 1963; the steady state is the
//! delay-locked loop of F. Adriaensen, *Using a DLL to filter time*, 2005). Several ticks in a row that all miss the line
//! on the same side are another tempo: the line begins anew.

use crate::time::{Beats, HostTime, Tempo};

/// Ticks a beat.
const TICKS: f64 = 24.0;
/// Ticks of a step of the song position pointer, a sixteenth.
const STEP: i64 = 6;
/// Ticks that the line remembers: at 120 bpm four seconds.
const MEMORY: u32 = 192;
/// A line through fewer ticks than this may miss them by anything.
const YOUNG: u32 = 12;
/// Seconds by which a tick may miss the line and still be mere jitter.
const JITTER: f64 = 0.005;
/// So many ticks in a row that miss it on one side are another tempo.
const MISSES: u32 = 4;
/// Seconds without a tick after which the clock is gone and the song stands still.
const LOST: f64 = 1.0;

/// Follows a clock.
#[derive(Clone, Debug)]
pub struct ClockIn {
    rate: f64,
    playing: bool,
    /// A start or continue came; the next tick is where it begins.
    armed: bool,
    /// The number of the last tick, from the beginning of the song.
    tick: i64,
    /// The line: at which frame that tick is, and how many frames there are between two.
    line: Option<Line>,
    /// At which frame the last tick came.
    heard: f64,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    at: f64,
    period: f64,
    /// Ticks that made it.
    age: u32,
    misses: i32,
}

/// What a clock says, in one byte (and two more for the position).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockWord {
    /// A twenty-fourth of a beat has passed.
    Tick,
    /// The song begins with the next tick.
    Start,
    /// The song goes on where it is with the next tick.
    Continue,
    /// The song stands still.
    Stop,
    /// The song goes to this sixteenth.
    Position(u16),
}

impl ClockWord {
    /// What a MIDI message says of the clock, if anything. Real-time safe.
    pub fn of(bytes: &[u8]) -> Option<ClockWord> {
        Some(match *bytes {
            [0xf8, ..] => ClockWord::Tick,
            [0xfa, ..] => ClockWord::Start,
            [0xfb, ..] => ClockWord::Continue,
            [0xfc, ..] => ClockWord::Stop,
            [0xf2, low, high, ..] => {
                ClockWord::Position(u16::from(low & 0x7f) | u16::from(high & 0x7f) << 7)
            }
            _ => return None,
        })
    }
}

impl ClockIn {
    /// A song that stands at its beginning, for frames at `rate` Hz.
    pub fn new(rate: u32) -> ClockIn {
        ClockIn {
            rate: f64::from(rate),
            playing: false,
            armed: false,
            tick: 0,
            line: None,
            heard: 0.0,
        }
    }

    /// Takes a word that came at a frame. Real-time safe.
    pub fn take(&mut self, word: ClockWord, frame: f64) {
        match word {
            ClockWord::Tick => self.tick(frame),
            ClockWord::Start => {
                self.tick = 0;
                (self.playing, self.armed) = (false, true);
            }
            ClockWord::Continue => (self.playing, self.armed) = (false, true),
            ClockWord::Stop => {
                if self.playing {
                    // Going on begins with the tick after the last that was heard.
                    self.tick += 1;
                }
                (self.playing, self.armed) = (false, false);
            }
            ClockWord::Position(step) => self.tick = i64::from(step) * STEP,
        }
    }

    fn tick(&mut self, frame: f64) {
        if self.armed {
            (self.playing, self.armed) = (true, false);
        } else if self.playing {
            self.tick += 1;
        }
        let gap = frame - self.heard;
        self.heard = frame;
        if gap > LOST * self.rate {
            self.line = None;
        }
        let Some(line) = &mut self.line else {
            // What the period is, the next tick will tell.
            self.line = Some(Line {
                at: frame,
                period: 0.0,
                age: 1,
                misses: 0,
            });
            return;
        };
        if line.age == 1 {
            *line = Line {
                at: frame,
                period: gap.max(1.0),
                age: 2,
                misses: 0,
            };
            return;
        }
        let error = frame - (line.at + line.period);
        let wild = line.age >= YOUNG && error.abs() > JITTER * self.rate;
        line.misses = match (wild, error > 0.0) {
            (false, _) => 0,
            (true, true) => line.misses.max(0) + 1,
            (true, false) => line.misses.min(0) - 1,
        };
        if line.misses.unsigned_abs() >= MISSES {
            // Another tempo, from about here on.
            *line = Line {
                at: frame,
                period: gap.max(1.0),
                age: 2,
                misses: 0,
            };
            return;
        }
        line.age = (line.age + 1).min(MEMORY);
        let k = f64::from(line.age);
        let alpha = 2.0 * (2.0 * k - 1.0) / (k * (k + 1.0));
        let beta = 6.0 / (k * (k + 1.0));
        line.at += line.period + alpha * error;
        line.period = (line.period + beta * error).max(1.0);
    }

    /// The tempo, in bpm, once two ticks have come.
    pub fn tempo(&self) -> Option<f64> {
        let line = self.line.filter(|line| line.age >= 2)?;
        Some(60.0 * self.rate / (line.period * TICKS))
    }

    /// What holds at a frame, as a host's transport would tell it. Real-time safe.
    pub fn at(&self, frame: f64) -> HostTime {
        let gone = frame - self.heard > LOST * self.rate;
        let tempo = self.tempo();
        let steady = self
            .line
            .filter(|line| line.age >= 2 && self.playing && !gone);
        let ticks = match steady {
            Some(line) => self.tick as f64 + (frame - line.at) / line.period,
            None => self.tick as f64,
        };
        HostTime {
            // Without a tempo there is no telling how it goes on: the song waits for the second tick.
            playing: steady.is_some(),
            beat: Some(Beats::from_f64(ticks / TICKS)),
            tempo: tempo.map(Tempo::from_bpm),
            meter: None,
            bar: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    /// Jitter of ±2 ms, the same each time.
    fn jitter(seed: &mut u64) -> f64 {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((*seed >> 11) as f64 / (1u64 << 53) as f64 - 0.5) * 0.004 * f64::from(RATE)
    }

    /// Frames between two ticks.
    fn period(bpm: f64) -> f64 {
        f64::from(RATE) * 60.0 / bpm / TICKS
    }

    #[test]
    fn a_clock_that_shakes_is_followed_without_drift_for_ten_minutes() {
        for bpm in [60.0, 77.7, 120.0, 133.3, 174.0, 200.0] {
            let mut clock = ClockIn::new(RATE);
            let mut seed = bpm as u64;
            clock.take(ClockWord::Start, 0.0);
            let period = period(bpm);
            let ticks = (600.0 * f64::from(RATE) / period) as i64;
            for tick in 0..=ticks {
                let frame = 10_000.0 + tick as f64 * period;
                clock.take(ClockWord::Tick, frame + jitter(&mut seed));
                if tick < 2 * MEMORY as i64 {
                    continue;
                }
                let tempo = clock.tempo().unwrap();
                assert!(
                    (tempo / bpm - 1.0).abs() < 0.001,
                    "{bpm}: {tempo} at tick {tick}"
                );
                let time = clock.at(frame);
                let off = time.beat.unwrap().to_f64() - tick as f64 / TICKS;
                let ms = off * 60_000.0 / bpm;
                assert!(
                    time.playing && ms.abs() < 1.0,
                    "{bpm}: {ms} ms off at tick {tick}"
                );
            }
        }
    }

    #[test]
    fn a_new_tempo_is_taken_up_within_two_beats() {
        let mut clock = ClockIn::new(RATE);
        let mut seed = 7;
        let mut frame = 0.0;
        clock.take(ClockWord::Start, 0.0);
        for (bpm, ticks) in [(100.0, 480), (140.0, 480), (90.0, 480)] {
            for tick in 0..ticks {
                frame += period(bpm);
                clock.take(ClockWord::Tick, frame + jitter(&mut seed));
                if tick > 48 {
                    let tempo = clock.tempo().unwrap();
                    assert!((tempo / bpm - 1.0).abs() < 0.02, "{tempo} instead of {bpm}");
                }
            }
        }
    }

    #[test]
    fn the_song_starts_stops_goes_on_and_goes_elsewhere() {
        let mut clock = ClockIn::new(RATE);
        let mut frame = 0.0;
        let mut ticks = |clock: &mut ClockIn, n: u32| {
            for _ in 0..n {
                frame += 1000.0;
                clock.take(ClockWord::Tick, frame);
            }
            frame
        };
        // A clock that ticks does not yet play.
        let now = ticks(&mut clock, 30);
        assert!(!clock.at(now).playing);
        assert_eq!(clock.tempo(), Some(120.0));
        clock.take(ClockWord::Start, now + 1.0);
        let now = ticks(&mut clock, 25);
        let time = clock.at(now);
        assert!(
            time.playing && (time.beat.unwrap().to_f64() - 1.0).abs() < 1e-6,
            "{time:?}"
        );
        clock.take(ClockWord::Stop, now + 1.0);
        let now = ticks(&mut clock, 10);
        assert!(!clock.at(now).playing);
        clock.take(ClockWord::Continue, now + 1.0);
        let now = ticks(&mut clock, 1);
        assert!((clock.at(now).beat.unwrap().to_f64() - 25.0 / 24.0).abs() < 1e-6);
        clock.take(ClockWord::Stop, now);
        clock.take(ClockWord::Position(32), now);
        clock.take(ClockWord::Continue, now);
        let now = ticks(&mut clock, 1);
        assert!((clock.at(now).beat.unwrap().to_f64() - 8.0).abs() < 1e-6);
        // Between two ticks it goes on.
        assert!((clock.at(now + 500.0).beat.unwrap().to_f64() - 8.0 - 0.5 / 24.0).abs() < 1e-6);
        // Nobody ticks any more: it stands.
        assert!(!clock.at(now + 60_000.0).playing);
    }

    #[test]
    fn words_are_told_from_other_messages() {
        assert_eq!(ClockWord::of(&[0xf8]), Some(ClockWord::Tick));
        assert_eq!(ClockWord::of(&[0xf2, 5, 1]), Some(ClockWord::Position(133)));
        assert_eq!(ClockWord::of(&[0xf2, 5]), None);
        assert_eq!(ClockWord::of(&[0x90, 60, 100]), None);
        assert_eq!(ClockWord::of(&[]), None);
    }
}
