//! The song as a MIDI clock for others: 24 pulses a beat, start, stop, continue and song position.
//!
//! Audio thread, without allocation. Pulses are worked out from the engine's own line from frames to beats, each on
//! the nearest frame, so no error adds up and no block matters.

use crate::time::{Beats, Segment};

/// Pulses a beat.
const PULSES: i64 = 24;
/// Pulses of a step of the song position pointer.
const STEP: i64 = 6;
/// Steps that the pointer can say.
const STEPS: i64 = 1 << 14;
/// The most pulses of one piece. No tempo comes near it; a song that is beyond all bounds does.
const MOST: usize = 256;

/// Sends a clock.
#[derive(Clone, Debug, Default)]
pub struct ClockOut {
    /// The song's jumps when last looked at.
    jumps: u32,
    running: bool,
    /// The next pulse.
    next: i64,
    /// The pulse with which the others go on, after they were told the position.
    joins: Option<i64>,
}

impl ClockOut {
    /// Tells `send` what belongs to the frames from `from` to `to`, each message with its frame: nothing more once there
    /// is no segment, as the song stands still or nobody wants a clock. The song may jump (of which `jumps` is the
    /// count) at the first of these frames and nowhere else.
    pub fn run(
        &mut self,
        segment: Option<&Segment>,
        jumps: u32,
        from: i64,
        to: i64,
        mut send: impl FnMut(i64, [u8; 3]),
    ) {
        let Some(segment) = segment else {
            if std::mem::take(&mut self.running) {
                send(from, [0xfc, 0, 0]);
            }
            return;
        };
        if !self.running || self.jumps != jumps {
            if std::mem::replace(&mut self.running, true) {
                send(from, [0xfc, 0, 0]);
            }
            self.next = pulse_from(segment, from);
            // Before the beginning nothing ticks: there is no position for it.
            self.next = self.next.max(0);
            let step = (self.next + STEP - 1).div_euclid(STEP);
            self.joins = Some(step * STEP);
            if step > 0 {
                let step = step.rem_euclid(STEPS);
                send(from, [0xf2, (step & 0x7f) as u8, (step >> 7) as u8]);
            }
        }
        self.jumps = jumps;
        for _ in 0..MOST {
            let frame = segment.frame_of(beat_of(self.next));
            if frame >= to {
                return;
            }
            // A line that was anchored anew may have left it behind.
            let frame = frame.max(from);
            if self.joins.take_if(|joins| *joins == self.next).is_some() {
                let word = if self.next == 0 { 0xfa } else { 0xfb };
                send(frame, [word, 0, 0]);
            }
            send(frame, [0xf8, 0, 0]);
            self.next = self.next.saturating_add(1);
        }
    }
}

fn beat_of(pulse: i64) -> Beats {
    Beats::from_units(pulse.saturating_mul(Beats::UNITS / PULSES))
}

/// The first pulse that is not before a frame.
fn pulse_from(segment: &Segment, frame: i64) -> i64 {
    let unit = Beats::UNITS / PULSES;
    let pulse = segment.beat_of(frame).units().div_euclid(unit);
    // The frame nearest to a pulse may be one that lies after it.
    match segment.frame_of(beat_of(pulse)) >= frame {
        true => pulse,
        false => pulse + 1,
    }
}
