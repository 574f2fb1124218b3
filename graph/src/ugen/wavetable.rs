//! An oscillator over a wavetable, played by notes.

use super::swell::Swell;
use super::{Description, Resource, Tail, UGen, Unit, UnitIo};
use crate::resource::{CYCLE, Library, MAX_CYCLES, Sound, Wavetable};
use crate::signal::Control;
use std::any::Any;
use std::sync::{Arc, OnceLock};

// The controls, in order.
const FREQ: usize = 0;
const GATE: usize = 1;
const VEL: usize = 2;
const POSITION: usize = 3;
const ATTACK: usize = 4;
const RELEASE: usize = 5;

/// The wavetable oscillator: `wavetable([1, 0, 0.3], [1, 0.5])` from the weights of sines, a list for each cycle;
/// `wavetable("pad", 2048)` from a file of cycles of so many frames (2048 unless said, at the rate at which it was
/// recorded); `wavetable()` goes from a sine over triangle and square to a saw.
///
/// While the gate is high it sounds at `freq` in Hz and at the level `vel`, opening in `attack` and closing in
/// `release` seconds. `position`, 0…1, goes through the cycles. Each begins at phase 0. The phase is a wrapping 32-bit
/// integer: the pitch is exact to rate/2³² Hz. No partial lies beyond half the rate; in the upper half of an octave
/// those of the upper half of the spectrum fade, as [`Wavetable`] says. What interpolation adds is 80 dB below.
pub struct WavetableOscillator {
    about: Description,
    source: Source,
    /// Made when it is first wanted: a score that is only looked at makes none.
    table: Arc<OnceLock<Option<Arc<Wavetable>>>>,
}

enum Source {
    Shapes,
    Partials(Vec<Vec<f32>>),
    Sound(Option<Arc<Sound>>, usize),
    Made(Arc<Wavetable>),
}

impl WavetableOscillator {
    /// Over sine, triangle, square and saw; to be registered or furnished.
    pub fn new() -> WavetableOscillator {
        WavetableOscillator::with("wavetable", Source::Shapes)
    }

    /// A unit of a name of its own over a wavetable that a program made.
    pub fn of(name: &str, table: Arc<Wavetable>) -> WavetableOscillator {
        WavetableOscillator::with(name, Source::Made(table))
    }

    fn with(name: &str, source: Source) -> WavetableOscillator {
        let about = Description::new(name)
            .help("an oscillator over single cycles, from partials or a file, without aliases; position goes through them")
            .value("freq", 220.0, 1.0, 20_000.0)
            .value("gate", 0.0, 0.0, 1.0)
            .value("vel", 1.0, 0.0, 1.0)
            .value("position", 0.0, 0.0, 1.0)
            .control(Control::new("attack", 0.005, 0.0, 10.0).unit("s"))
            .control(Control::new("release", 0.05, 0.0, 10.0).unit("s"));
        WavetableOscillator {
            about,
            source,
            table: Arc::default(),
        }
    }
}

impl Default for WavetableOscillator {
    fn default() -> WavetableOscillator {
        WavetableOscillator::new()
    }
}

impl Source {
    fn make(&self) -> Option<Arc<Wavetable>> {
        let made = match self {
            Source::Made(table) => return Some(Arc::clone(table)),
            Source::Partials(cycles) => {
                let cycles: Vec<&[f32]> = cycles.iter().map(|c| &c[..]).collect();
                Wavetable::from_partials(&cycles)
            }
            Source::Sound(sound, frames) => Wavetable::from_sound(sound.as_deref()?, *frames),
            Source::Shapes => Wavetable::from_partials(&[&[1.0], &triangle(), &square(), &saw()]),
        };
        // What cannot be made, a silent file, is silent.
        made.ok().map(Arc::new)
    }
}

/// The weights of the partials of a shape, as many as a wavetable can have.
fn weights(of: impl Fn(u32) -> f32) -> Vec<f32> {
    (1..=1024).map(of).collect()
}

fn saw() -> Vec<f32> {
    weights(|h| std::f32::consts::FRAC_2_PI / h as f32)
}

fn square() -> Vec<f32> {
    weights(|h| 2.0 * std::f32::consts::FRAC_2_PI * (h % 2) as f32 / h as f32)
}

fn triangle() -> Vec<f32> {
    let level = 2.0 * std::f32::consts::FRAC_2_PI * std::f32::consts::FRAC_2_PI;
    let sign = |h: u32| [0.0, 1.0, 0.0, -1.0][(h % 4) as usize];
    weights(|h| level * sign(h) / (h * h) as f32)
}

impl Unit for WavetableOscillator {
    fn describe(&self) -> &Description {
        &self.about
    }
    fn accepts(&self, resources: &[Resource]) -> Result<(), &'static str> {
        let lists = resources
            .iter()
            .all(|r| matches!(r, Resource::Numbers(w) if w.iter().any(|x| *x != 0.0)));
        let fits = match resources {
            [Resource::Sound(_)] => true,
            [Resource::Sound(_), Resource::Number(n)] => (2.0..=65_536.0).contains(n),
            all => lists && all.len() <= MAX_CYCLES,
        };
        if fits {
            Ok(())
        } else {
            Err("lists of partials, or a sound and the frames of a cycle")
        }
    }
    fn furnish(&self, about: &Description, sounds: &Library) -> Option<Arc<dyn Unit>> {
        let source = match &about.resources[..] {
            [] => Source::Shapes,
            [Resource::Sound(name)] => Source::Sound(sounds.get(name), CYCLE),
            [Resource::Sound(name), Resource::Number(frames)] => {
                Source::Sound(sounds.get(name), *frames as usize)
            }
            lists => {
                let weights = lists.iter().filter_map(|r| match r {
                    Resource::Numbers(weights) => Some(weights.clone()),
                    _ => None,
                });
                Source::Partials(weights.collect())
            }
        };
        Some(Arc::new(WavetableOscillator {
            about: about.clone(),
            source,
            table: Arc::default(),
        }))
    }
    fn make(&self, rate: u32, _seed: u64) -> Box<dyn UGen> {
        let table = self.table.get_or_init(|| self.source.make());
        Box::new(Running {
            table: table.clone(),
            rate: rate as f32,
            phase: 0,
            high: false,
            swell: Swell::default(),
        })
    }
    fn tail(&self, _rate: u32) -> Tail {
        Tail::Endless
    }
}

struct Running {
    table: Option<Arc<Wavetable>>,
    rate: f32,
    phase: u32,
    high: bool,
    swell: Swell,
}

impl UGen for Running {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        let steady = io.is_steady(GATE);
        let low = steady && io.control(GATE, 0) < 0.5;
        if low && !self.high && self.swell.is_over() {
            return;
        }
        let Some(table) = &self.table else { return };
        for i in 0..io.frames() {
            if i == 0 || !steady {
                let high = io.control(GATE, i) >= 0.5;
                if high && !self.high {
                    if self.swell.is_over() {
                        self.phase = 0;
                    }
                    self.swell.rise(io.control(ATTACK, i), self.rate);
                } else if !high && self.high {
                    self.swell.fall(io.control(RELEASE, i), self.rate);
                }
                self.high = high;
            }
            if self.swell.is_over() {
                continue;
            }
            let pitch = io.control(FREQ, i) / self.rate;
            let place = table.place(pitch);
            let value = table.read(place, self.phase, io.control(POSITION, i));
            io.output(0)[i] = value * self.swell.next() * io.control(VEL, i);
            // Half the rate at most: beyond it there is nothing to hear.
            let turns = f64::from(io.control(FREQ, i)) / f64::from(self.rate);
            self.phase = self
                .phase
                .wrapping_add((turns.min(0.5) * 4_294_967_296.0).round() as u32);
        }
    }
    fn reset(&mut self) {
        (self.phase, self.high, self.swell) = (0, false, Swell::default());
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
    fn take_over(&mut self, before: &dyn Any) {
        if let Some(old) = before.downcast_ref::<Running>() {
            (self.phase, self.high, self.swell) = (old.phase, old.high, old.swell);
        }
    }
}
