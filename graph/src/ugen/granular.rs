//! The granular player: a cloud of short pieces of a sound.

use super::playhead::{self, Ends, Playhead};
use super::swell::Swell;
use super::{Description, Resource, UGen, Unit, UnitIo};
use crate::math;
use crate::resource::{Library, Sound};
use crate::signal::Control;
use std::any::Any;
use std::sync::Arc;

// The controls, in order.
const FREQ: usize = 0;
const GATE: usize = 1;
const VEL: usize = 2;
const POSITION: usize = 3;
const SPREAD: usize = 4;
const SIZE: usize = 5;
const DENSITY: usize = 6;
const SPEED: usize = 7;
const DETUNE: usize = 8;
const WIDTH: usize = 9;
const ATTACK: usize = 10;
const RELEASE: usize = 11;

/// The most grains of a voice at once; one that finds no place is left out.
pub const MAX_GRAINS: usize = 64;

/// The granular player: `granular("pad")`.
///
/// While the gate is high, `density` (0.5…500) grains a second, the first at the gate's frame; each is `size` seconds
/// (0.002…1) of the sound from around `position` (0…1 of its length, off by at most `spread` of it either way), at
/// `speed` (−16…16) times `freq` over 261.63 Hz (C4), off by at most `detune` semitones either way, placed within
/// `width` of the stereo field (equal power), under a Hann window. Chance is a function of the seed and the grain's
/// number. Their level is that of one over the root of how many overlap, times `vel`; the cloud opens in `attack` and
/// closes in `release` seconds. At most [`MAX_GRAINS`] sound at once in a voice.
pub struct Granular {
    about: Description,
    sound: Option<Arc<Sound>>,
}

/// Middle C in Hz.
const C4: f32 = 261.625_58;

impl Granular {
    /// Without a sound, to be registered or furnished.
    pub fn new() -> Granular {
        let about = Description::new("granular")
            .help("a cloud of grains of a sound: size in seconds, density in grains a second, position 0 to 1")
            .stereo()
            .value("freq", C4, 1.0, 20_000.0)
            .value("gate", 0.0, 0.0, 1.0)
            .value("vel", 1.0, 0.0, 1.0)
            .value("position", 0.0, 0.0, 1.0)
            .value("spread", 0.02, 0.0, 1.0)
            .control(Control::new("size", 0.1, 0.002, 1.0).unit("s"))
            .control(Control::new("density", 20.0, 0.5, 500.0).unit("Hz"))
            .value("speed", 1.0, -16.0, 16.0)
            .value("detune", 0.0, 0.0, 12.0)
            .value("width", 0.5, 0.0, 1.0)
            .control(Control::new("attack", 0.01, 0.0, 10.0).unit("s"))
            .control(Control::new("release", 0.1, 0.0, 10.0).unit("s"));
        Granular { about, sound: None }
    }
}

impl Default for Granular {
    fn default() -> Granular {
        Granular::new()
    }
}

impl Unit for Granular {
    fn describe(&self) -> &Description {
        &self.about
    }
    fn accepts(&self, resources: &[Resource]) -> Result<(), &'static str> {
        match resources {
            [] | [Resource::Sound(_)] => Ok(()),
            _ => Err("the name of a sound"),
        }
    }
    fn furnish(&self, about: &Description, sounds: &Library) -> Option<Arc<dyn Unit>> {
        let sound = about.sounds().first().and_then(|name| sounds.get(name));
        Some(Arc::new(Granular {
            about: about.clone(),
            sound,
        }))
    }
    fn make(&self, rate: u32, seed: u64) -> Box<dyn UGen> {
        Box::new(Cloud {
            sound: self.sound.clone(),
            rate: rate as f32,
            seed: (seed ^ (seed >> 32)) as u32,
            state: State::default(),
        })
    }
}

#[derive(Clone, Copy)]
struct Grain {
    head: Playhead,
    step: i64,
    /// Its window: a phase in 2⁻³² turns, over when it comes round.
    age: u32,
    pace: u32,
    sides: [f32; 2],
}

struct Cloud {
    sound: Option<Arc<Sound>>,
    rate: f32,
    seed: u32,
    state: State,
}

#[derive(Clone)]
struct State {
    grains: [Option<Grain>; MAX_GRAINS],
    /// Grains so far: chance hangs on it.
    count: u32,
    /// Frames until the next one.
    until: f32,
    high: bool,
    swell: Swell,
}

impl Default for State {
    fn default() -> State {
        State {
            grains: [None; MAX_GRAINS],
            count: 0,
            until: 0.0,
            high: false,
            swell: Swell::default(),
        }
    }
}

impl UGen for Cloud {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        let state = &mut self.state;
        let steady = io.is_steady(GATE);
        if steady && io.control(GATE, 0) < 0.5 && !state.high && state.swell.is_over() {
            return;
        }
        let Some(sound) = self.sound.as_deref() else {
            return;
        };
        for i in 0..io.frames() {
            if i == 0 || !steady {
                state.listen(io, i, self.rate);
            }
            if state.swell.is_over() {
                state.grains.fill(None);
                continue;
            }
            if state.until <= 0.0 {
                state.begin(sound, io, i, self.rate, self.seed);
                state.until += self.rate / io.control(DENSITY, i);
            }
            state.until -= 1.0;
            let sum = state.sum(sound);
            let overlap = (io.control(DENSITY, i) * io.control(SIZE, i)).max(1.0);
            let level = state.swell.next() * io.control(VEL, i) / overlap.sqrt();
            io.output(0)[i] = sum[0] * level;
            io.output(1)[i] = sum[1] * level;
        }
    }
    fn reset(&mut self) {
        self.state = State::default();
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
    fn take_over(&mut self, before: &dyn Any) {
        if let Some(old) = before.downcast_ref::<Cloud>() {
            self.state = old.state.clone();
            let sounds = old.sound.as_deref().zip(self.sound.as_deref());
            for grain in &mut self.state.grains {
                *grain = grain.and_then(|g| {
                    let (from, to) = sounds?;
                    let head = g.head.moved(from, to)?;
                    Some(Grain { head, ..g })
                });
            }
        }
    }
}

impl State {
    fn listen(&mut self, io: &UnitIo<'_>, i: usize, rate: f32) {
        let high = io.control(GATE, i) >= 0.5;
        if high && !self.high {
            if self.swell.is_over() {
                self.until = 0.0;
            }
            self.swell.rise(io.control(ATTACK, i), rate);
        } else if !high && self.high {
            self.swell.fall(io.control(RELEASE, i), rate);
        }
        self.high = high;
    }

    /// The next grain, if there is a place for it.
    fn begin(&mut self, sound: &Sound, io: &UnitIo<'_>, i: usize, rate: f32, seed: u32) {
        let number = self.count;
        self.count = self.count.wrapping_add(1);
        let Some(slot) = self.grains.iter_mut().find(|g| g.is_none()) else {
            return;
        };
        // Three throws of each grain's own, −1…1.
        let throw = |k: u32| {
            let n = number.wrapping_mul(3).wrapping_add(k);
            let bits = math::mix(n ^ math::mix(seed));
            bits as f32 * (1.0 / (1u32 << 31) as f32) - 1.0
        };
        let around = io.control(POSITION, i) + io.control(SPREAD, i) * throw(0);
        let detune = f64::from(io.control(DETUNE, i) * throw(1)) / 12.0;
        let pan = io.control(WIDTH, i) * throw(2);
        let pitch = f64::from(io.control(FREQ, i)) / f64::from(C4) * math::exp2(detune);
        let speed = f64::from(io.control(SPEED, i)) * pitch;
        let begin = around.clamp(0.0, 1.0);
        let stretch = if speed < 0.0 {
            (0.0, begin)
        } else {
            (begin, 1.0)
        };
        let Some(head) = Playhead::new(sound, stretch, Ends::Stop, speed < 0.0) else {
            return;
        };
        // An eighth of a turn is the middle.
        let turn = ((1.0 + pan) * (1u32 << 29) as f32) as u32;
        let side = |phase: u32| std::f32::consts::SQRT_2 * math::sin_phase(phase);
        let frames = (io.control(SIZE, i) * rate).max(2.0);
        *slot = Some(Grain {
            head,
            step: playhead::step(speed * f64::from(sound.rate()) / f64::from(rate)),
            age: 0,
            pace: (4_294_967_296.0 / f64::from(frames)) as u32,
            sides: [side((1u32 << 30).wrapping_sub(turn)), side(turn)],
        });
    }

    /// All grains at this frame, and on to the next.
    fn sum(&mut self, sound: &Sound) -> [f32; 2] {
        let mut sum = [0.0f32; 2];
        for slot in &mut self.grains {
            let Some(grain) = slot else { continue };
            let window = 0.5 - 0.5 * math::sin_phase(grain.age.wrapping_add(1 << 30));
            let [left, right] = grain.head.read(sound);
            sum[0] += left * window * grain.sides[0];
            sum[1] += right * window * grain.sides[1];
            grain.head.advance(grain.step);
            let (age, over) = grain.age.overflowing_add(grain.pace);
            grain.age = age;
            if over || grain.head.has_ended() {
                *slot = None;
            }
        }
        sum
    }
}
