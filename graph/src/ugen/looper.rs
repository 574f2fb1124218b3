//! The looper: records what comes, plays it round, takes more on top.

use super::{Description, Resource, Tail, UGen, Unit, UnitIo};
use crate::resource::Library;
use crate::signal::Control;
use std::sync::Arc;

// The controls, in order.
const RECORD: usize = 0;
const OVERDUB: usize = 1;
const PLAY: usize = 2;
const SPEED: usize = 3;
const FEEDBACK: usize = 4;
const THROUGH: usize = 5;
const FADE: usize = 6;

/// Seconds of memory unless said.
const SECONDS: f32 = 16.0;
/// The most seconds of memory.
const MAX_SECONDS: f32 = 300.0;

/// The looper: `looper(16)`, with room for so many seconds, taken when the node is made.
///
/// While `record` is high (0.5 and above) it records, from the first frame to the last; where it falls, or the room ends,
/// the loop begins: the frame recorded first is heard at that very frame, and again after each round. `record` rising
/// anew begins another loop. While `overdub` is high, what comes is added to the loop, of which the share `feedback`
/// (0…1) stays. `play` at 0 keeps the loop silent, going on. `speed` (−4…4) changes how fast it goes round; between
/// frames a straight line, written to the nearest. What comes in passes by the share `through` (0…1). The seam is
/// blended over `fade` seconds (0…0.1) with what came after the end; at 0 the loop is what was recorded, bit for bit.
pub struct Looper {
    about: Description,
    seconds: f32,
}

impl Looper {
    /// With room for 16 seconds.
    pub fn new() -> Looper {
        let gate = |name: &str, init: f32| Control::new(name, init, 0.0, 1.0).smooth(0);
        let about = Description::new("looper")
            .help("records while record is high, then plays that round; overdub adds to it; seconds of room in brackets")
            .input("inp")
            .stereo()
            .control(gate("record", 0.0))
            .control(gate("overdub", 0.0))
            .control(gate("play", 1.0))
            .value("speed", 1.0, -4.0, 4.0)
            .value("feedback", 1.0, 0.0, 1.0)
            .value("through", 1.0, 0.0, 1.0)
            .control(Control::new("fade", 0.005, 0.0, 0.1).unit("s").smooth(0));
        Looper {
            about,
            seconds: SECONDS,
        }
    }
}

impl Default for Looper {
    fn default() -> Looper {
        Looper::new()
    }
}

impl Unit for Looper {
    fn describe(&self) -> &Description {
        &self.about
    }
    fn accepts(&self, resources: &[Resource]) -> Result<(), &'static str> {
        match resources {
            [] => Ok(()),
            [Resource::Number(seconds)] if (0.01..=MAX_SECONDS).contains(seconds) => Ok(()),
            _ => Err("the seconds that it has room for, 0.01 to 300"),
        }
    }
    fn furnish(&self, about: &Description, _: &Library) -> Option<Arc<dyn Unit>> {
        let seconds = match about.resources[..] {
            [Resource::Number(seconds)] => seconds,
            _ => SECONDS,
        };
        Some(Arc::new(Looper {
            about: about.clone(),
            seconds,
        }))
    }
    fn make(&self, rate: u32, _seed: u64) -> Box<dyn UGen> {
        let room = (f64::from(self.seconds) * f64::from(rate)).ceil() as usize;
        Box::new(Tape {
            frames: vec![[0.0; 2]; room.max(1)].into(),
            rate: rate as f32,
            state: State::default(),
        })
    }
    fn tail(&self, _rate: u32) -> Tail {
        Tail::Endless
    }
}

#[derive(Clone, Copy, Default)]
struct State {
    /// Whether `record` was high a frame ago.
    high: bool,
    recording: bool,
    /// Frames of the loop, or recorded so far.
    length: usize,
    /// Where it plays, in frames.
    at: f64,
    /// The frame that was added to last.
    added: Option<usize>,
    /// Frames of the seam: how many have been blended, of how many.
    seam: (usize, usize),
}

struct Tape {
    frames: Box<[[f32; 2]]>,
    rate: f32,
    state: State,
}

impl UGen for Tape {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let input = [io.input(0)[i], io.right(0)[i]];
            let high = io.control(RECORD, i) >= 0.5;
            if high && !self.state.high {
                self.state = State {
                    recording: true,
                    ..State::default()
                };
            }
            self.state.high = high;
            if self.state.recording && (!high || self.state.length == self.frames.len()) {
                self.close(io.control(FADE, i));
            }
            let through = io.control(THROUGH, i);
            let mut out = input.map(|x| x * through);
            if self.state.recording {
                self.frames[self.state.length] = input;
                self.state.length += 1;
            } else if self.state.length > 0 {
                let looped = self.round(input, io, i);
                if io.control(PLAY, i) >= 0.5 {
                    out[0] += looped[0];
                    out[1] += looped[1];
                }
            }
            io.output(0)[i] = out[0];
            io.output(1)[i] = out[1];
        }
    }
    fn reset(&mut self) {
        // What lies beyond the length is never read.
        self.state = State::default();
    }
}

impl Tape {
    /// What was recorded becomes the loop.
    fn close(&mut self, fade: f32) {
        let seam = ((fade * self.rate) as usize).min(self.state.length / 2);
        self.state.recording = false;
        self.state.seam = (0, seam);
    }

    /// A frame of the loop, and on to the next.
    fn round(&mut self, input: [f32; 2], io: &UnitIo<'_>, i: usize) -> [f32; 2] {
        let state = &mut self.state;
        let tape = &mut self.frames[..state.length];
        let (done, all) = state.seam;
        if done < all {
            // What comes after the end turns into the beginning.
            let begun = done as f32 / all as f32;
            for (x, input) in tape[done].iter_mut().zip(input) {
                *x = *x * begun + input * (1.0 - begun);
            }
            state.seam.0 += 1;
        }
        let (now, part) = (state.at as usize, state.at.fract() as f32);
        let next = if now + 1 == tape.len() { 0 } else { now + 1 };
        let (a, b) = (tape[now], tape[next]);
        let heard = if part == 0.0 {
            a
        } else {
            [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]
        };
        let nearest = if part < 0.5 { now } else { next };
        if io.control(OVERDUB, i) < 0.5 {
            state.added = None;
        } else if state.added != Some(nearest) {
            let stays = io.control(FEEDBACK, i);
            for (x, input) in tape[nearest].iter_mut().zip(input) {
                *x = *x * stays + input;
            }
            state.added = Some(nearest);
        }
        let at = state.at + f64::from(io.control(SPEED, i));
        let length = tape.len() as f64;
        state.at = if (0.0..length).contains(&at) {
            at
        } else {
            at.rem_euclid(length)
        };
        if state.at >= length {
            // A tiny step back from the beginning rounds to the end.
            state.at = 0.0;
        }
        heard
    }
}
