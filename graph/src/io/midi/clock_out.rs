//! Sorl's song as a MIDI clock for others: 24 ticks a beat, start, stop, continue and song position.
//!
//! Audio thread, without allocation. Ticks are worked out from the engine's own line from frames to beats, each on
//! the nearest frame, so no error adds up.

use crate::time::{Beats, Segment};

/// Ticks a beat.
const TICKS: i64 = 24;
/// Ticks of a step of the song position pointer.
const STEP: i64 = 6;
/// Steps that the pointer can say.
const STEPS: i64 = 1 << 14;

/// Sends a clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClockOut {
    /// The song's jumps when last looked at.
    jumps: Option<u32>,
    running: bool,
    /// The next tick.
    next: i64,
    /// The tick with which the others go on, after they were told the position.
    joins: Option<i64>,
}

impl ClockOut {
    /// Tells `send` what belongs to the frames from `from` to `to`, counted from `from`.
    pub(crate) fn run(
        &mut self,
        segment: Option<&Segment>,
        (jumps, jumped_to): (u32, Beats),
        from: i64,
        to: i64,
        mut send: impl FnMut(u32, &[u8]),
    ) {
        let at = |frame: i64| (frame.clamp(from, (to - 1).max(from)) - from) as u32;
        let Some(segment) = segment else {
            if std::mem::take(&mut self.running) {
                send(0, &[0xfc]);
            }
            self.jumps = Some(jumps);
            return;
        };
        if !self.running || self.jumps != Some(jumps) {
            // Joined in the middle, the song goes on from here; else from where it went.
            let begin = match self.jumps {
                Some(before) if before != jumps => segment.frame_of(jumped_to).max(from),
                _ => from,
            };
            if std::mem::replace(&mut self.running, true) {
                send(at(begin), &[0xfc]);
            }
            self.next = tick_from(segment.beat_of(begin));
            // Before the beginning nothing ticks: there is no position for it.
            self.next = self.next.max(0);
            let step = (self.next + STEP - 1).div_euclid(STEP);
            if step == 0 {
                self.joins = Some(0);
            } else {
                let step = step.rem_euclid(STEPS);
                send(at(begin), &[0xf2, (step & 0x7f) as u8, (step >> 7) as u8]);
                self.joins = Some((self.next + STEP - 1).div_euclid(STEP) * STEP);
            }
        }
        self.jumps = Some(jumps);
        loop {
            let frame = segment.frame_of(beat_of(self.next));
            if frame >= to {
                return;
            }
            if self.joins == Some(self.next) {
                send(at(frame), if self.next == 0 { &[0xfa] } else { &[0xfb] });
                self.joins = None;
            }
            send(at(frame), &[0xf8]);
            self.next += 1;
        }
    }
}

fn beat_of(tick: i64) -> Beats {
    Beats::from_units(tick.saturating_mul(Beats::UNITS / TICKS))
}

/// The first tick that is not before a beat.
fn tick_from(beat: Beats) -> i64 {
    let unit = Beats::UNITS / TICKS;
    beat.units().div_euclid(unit) + i64::from(beat.units().rem_euclid(unit) != 0)
}

#[cfg(test)]
mod tests {
    use super::super::clock_in::{ClockIn, ClockWord};
    use super::*;
    use crate::time::Tempo;

    /// What is sent while `blocks` of 480 frames go by, with its frames.
    fn sent(
        clock: &mut ClockOut,
        segment: Option<&Segment>,
        jump: (u32, Beats),
        blocks: std::ops::Range<i64>,
    ) -> Vec<(i64, Vec<u8>)> {
        let mut all = Vec::new();
        for block in blocks {
            clock.run(
                segment,
                jump,
                block * 480,
                (block + 1) * 480,
                |frame, bytes| {
                    all.push((block * 480 + i64::from(frame), bytes.to_vec()));
                },
            );
        }
        all
    }

    #[test]
    fn who_follows_the_clock_is_where_the_song_is() {
        let tempo = Tempo::from_bpm(133.0);
        let segment = Segment::new(100, Beats::ZERO, tempo, 48_000);
        let mut out = ClockOut::default();
        assert!(sent(&mut out, None, (0, Beats::ZERO), 0..1).is_empty());
        let words = sent(&mut out, Some(&segment), (1, Beats::ZERO), 0..1000);
        assert_eq!(words[0], (100, vec![0xfa]));
        assert_eq!(words[1], (100, vec![0xf8]));
        let mut follower = ClockIn::new(48_000);
        for (frame, bytes) in &words {
            follower.take(ClockWord::of(bytes).unwrap(), *frame as f64);
        }
        let off = follower.at(480_000.0).beat.unwrap().to_f64() - segment.beat_of(480_000).to_f64();
        assert!(off.abs() < 1e-3, "{off}");
        assert_eq!(
            sent(&mut out, None, (2, Beats::ZERO), 1000..1001),
            [(480_000, vec![0xfc])]
        );
    }

    #[test]
    fn a_song_that_begins_elsewhere_says_where_and_joins_on_a_sixteenth() {
        let at = Beats::from_f64(8.1);
        let segment = Segment::new(0, at, Tempo::from_bpm(120.0), 48_000);
        let mut out = ClockOut::default();
        sent(&mut out, None, (0, Beats::ZERO), 0..1);
        let words = sent(&mut out, Some(&segment), (1, at), 0..100);
        assert_eq!(words[0], (0, vec![0xf2, 33, 0]));
        // Beat 8.25 is 3600 frames later.
        let joins = words.iter().find(|(_, bytes)| bytes == &[0xfb]).unwrap();
        assert_eq!(joins.0, 3600);
    }
}
