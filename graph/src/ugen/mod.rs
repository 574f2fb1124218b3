//! Unit generators: what makes or changes sound and cannot be said as a signal function.
//!
//! A [`Unit`] is the description and the factory; a [`UGen`] is one running instance, made on the control
//! thread, run on the audio thread, and dropped on the control thread again. A unit that is registered with a
//! session ([`crate::Session::register`]) can be named by scores: `node("c", crusher)`.
//!
//! ```
//! use sorl_graph::signal::Control;
//! use sorl_graph::ugen::{Description, UnitIo, unit};
//! use sorl_graph::{Session, When};
//!
//! // Sample and hold: takes every n-th frame.
//! let control = Control::new("hold", 8.0, 1.0, 64.0).unit("frames").smooth(0);
//! let about = Description::new("crusher").input("inp").control(control);
//! let crusher = unit(about, |_rate, _seed| {
//!     let (mut held, mut left) = (0.0, 0.0f32);
//!     move |io: &mut UnitIo<'_>| {
//!         for i in 0..io.frames() {
//!             if left <= 0.0 {
//!                 (held, left) = (io.input(0)[i], io.control(0, i));
//!             }
//!             left -= 1.0;
//!             io.output(0)[i] = held;
//!         }
//!     }
//! });
//! let mut session = Session::new();
//! session.register(crusher);
//! session.evaluate("def tone():\n    return saw(110)\nt = node('t', tone)\nc = node('c', crusher, hold=20)\nt >> c\n", When::Now)?;
//! # Ok::<(), sorl_graph::Diagnostics>(())
//! ```
//!
//! # Beside knyst
//!
//! What the generators of knyst 0.5 (`gen/`, `envelope`, `trig`) are here. What can be said with operations is a signal
//! function, which scores call by the name shown and Rust by the builders of [`crate::graph`]; the rest is a unit of
//! [`Units::standard`].
//!
//! | knyst | here | as |
//! |---|---|---|
//! | `SubGen`, `MulGen`, `PowfGen` | `a - b`, `a * b`, `a ** b` | operators |
//! | `RangeGen` | `lfo(freq, lo, hi)`; `range` in Rust | function |
//! | `Bus` | any node: several wires into one input are summed; [`unit`] for a bus of one's own | graph |
//! | graph input and output | `input()`, `out`, `out(3)` | graph |
//! | `PanMonoToStereo` | `pan` of every node; `pan(sig, pos)` | graph, function |
//! | `LineSegment`, `ExpLineSegment`, `EnvelopeGen` | [`envelope`](fn@envelope): lines, exponentials, bends, sustain, loop, end | unit |
//! | `Lag` | `smooth(sig, time_ms)` | function |
//! | `Ramp` | every control moves in 20 ms to what it is set to ([`Control::smooth`]); `fade` | graph |
//! | `RandjaCompressor` | [`compressor`](fn@compressor), with knee and side chain | unit |
//! | `WhiteNoise`, `PinkNoise` | `white_noise()`, `pink_noise()` | function |
//! | `BrownNoise` | `onepole(white_noise(), 20)` | function |
//! | `RandomLin` | [`random`](fn@random) | unit |
//! | `Oscillator`, `WavetableOscillatorOwned` | `sine_osc(freq)`, `wavetable_osc(data, freq)` | function |
//! | `Phasor`, `AliasingSaw` | `phasor(freq)`, `saw(freq)` (without the aliases) | function |
//! | `BufferReader`, `BufferReaderMulti` | [`Sampler`] | unit |
//! | `SampleDelay`, `StaticSampleDelay`, `AllpassInterpolator` | `delay(sig, n)`, between frames too | function |
//! | `AllpassDelay`, `AllpassFeedbackDelay` | `feedback(lambda y: delay(inp - 0.5 * y, 1000))` and the like | function |
//! | `SvfFilter`, `SvfDynamic`, `SvfHighShelf` | `svf`, `lowpass`, `highpass`, `bandpass`, `resonant`, `eq` | function |
//! | `OnePoleLpf`, `OnePoleHpf` | `onepole(sig, cutoff)`, `highpass(sig, freq, 1)` | function |
//! | `OnceTrig`, `IntervalTrig` | [`once`](fn@once), [`interval`](fn@interval), and [`divider`](fn@divider), [`counter`](fn@counter) | unit |
//!
//! Beyond it: [`hall`](fn@hall), [`limiter`](fn@limiter), [`sequencer`](fn@sequencer), [`random_walk`](fn@random_walk), the meters [`peak`](fn@peak),
//! [`rms`](fn@rms) and [`loudness`](fn@loudness), and with the feature `spectra` `convolve`, `pitch_shift` and `freeze`.
//!
//! Notes, host parameters and controllers come as controls, so whatever reads one is their source: the node that notes
//! play (the first with both `freq` and `gate`) may be a function that returns `control("freq", 440, 20, 20000)` and so
//! gives the key's pitch as a signal, and a control that a macro is mapped to gives the macro's value.

mod check;
mod closure;
mod compressor;
#[cfg(feature = "spectra")]
mod convolver;
mod envelope;
#[cfg(feature = "spectra")]
mod freeze;
mod generator;
mod granular;
mod hall;
mod io;
mod level;
mod limiter;
mod looper;
mod meter;
#[cfg(feature = "spectra")]
mod pitch_shift;
mod playhead;
mod ports;
mod random;
mod recipe;
mod recorder;
mod registry;
mod sampler;
mod sequencer;
mod solo;
#[cfg(feature = "spectra")]
mod stft;
mod swell;
mod tail;
mod trigger;
mod true_peak;
mod wavetable;
mod window;

pub use check::Fault;
pub use closure::unit;
pub use compressor::compressor;
#[cfg(feature = "spectra")]
pub use convolver::Convolver;
pub use envelope::{EnvelopeShape, MAX_SEGMENTS, Segment, Shape, envelope};
#[cfg(feature = "spectra")]
pub use freeze::freeze;
pub use generator::{Generator, Kind, kind};
pub use granular::Granular;
pub use hall::hall;
pub use io::UnitIo;
pub use limiter::limiter;
pub use looper::Looper;
pub use meter::{loudness, peak, rms};
#[cfg(feature = "spectra")]
pub use pitch_shift::pitch_shift;
pub use ports::{Outcome, Ports, Values};
pub use random::{random, random_walk};
pub use recorder::{Recorder, Recording};
pub use registry::Units;
pub use sampler::Sampler;
pub use sequencer::{STEPS, sequencer};
pub use solo::{Feed, Solo};
pub use tail::Tail;
pub use trigger::{counter, divider, interval, once};
pub use true_peak::TruePeak;
pub use wavetable::WavetableOscillator;

use crate::resource::Library;
use crate::signal::{Control, Curve};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::sync::Arc;

/// Something that a unit generator is made with, besides its controls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Resource {
    /// A sound of the session's [`Library`], by its full name.
    Sound(String),
    /// A number.
    Number(f32),
    /// Numbers in a row.
    Numbers(Vec<f32>),
}

/// What a unit generator has, apart from its processor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The name by which scores call it.
    pub name: String,
    /// What it does, in a line, with units.
    #[serde(default)]
    pub help: String,
    /// The names of its audio inputs, at most [`crate::signal::MAX_INPUTS`].
    pub inputs: Vec<String>,
    /// 1 (mono) or 2 (stereo). A mono unit that is fed with stereo runs once a channel; a stereo unit runs once
    /// and has both sides of every input.
    pub outputs: u8,
    /// Its controls, at most [`crate::signal::MAX_CONTROLS`].
    pub controls: Vec<Control>,
    /// How many voices a node of it has unless said, 1…64.
    #[serde(default = "one")]
    pub voices: u16,
    /// What it is made with: what a score gives in brackets, `sampler("kit/bd")`. Empty for most.
    #[serde(default)]
    pub resources: Vec<Resource>,
}

fn one() -> u16 {
    1
}

impl Description {
    /// A mono unit without inputs or controls.
    pub fn new(name: &str) -> Description {
        Description {
            name: name.to_owned(),
            help: String::new(),
            inputs: Vec::new(),
            outputs: 1,
            controls: Vec::new(),
            voices: 1,
            resources: Vec::new(),
        }
    }
    /// With a line of help.
    pub fn help(mut self, help: &str) -> Description {
        self.help = help.to_owned();
        self
    }
    /// With one more input.
    pub fn input(mut self, name: &str) -> Description {
        self.inputs.push(name.to_owned());
        self
    }
    /// With one more control.
    pub fn control(mut self, control: Control) -> Description {
        self.controls.push(control);
        self
    }
    /// With one more control, from its name, start, lowest and highest value.
    pub fn value(self, name: &str, init: f32, lo: f32, hi: f32) -> Description {
        self.control(Control::new(name, init, lo, hi))
    }
    /// With a unit for the control before: `Hz`, `s`, `dB`.
    pub fn unit(mut self, unit: &str) -> Description {
        if let Some(control) = self.controls.last_mut() {
            unit.clone_into(&mut control.unit);
        }
        self
    }
    /// The control before is logarithmic: equal ratios are equal distances of its knob.
    pub fn logarithmic(mut self) -> Description {
        if let Some(control) = self.controls.last_mut() {
            control.curve = Curve::Logarithmic;
        }
        self
    }
    /// The control before steps at once instead of moving to what it is set to: numbers, choices, gates.
    pub fn stepped(mut self) -> Description {
        if let Some(control) = self.controls.last_mut() {
            control.smooth = 0;
        }
        self
    }
    /// With more voices than one, unless a node says how many.
    pub fn voices(mut self, voices: u16) -> Description {
        self.voices = voices;
        self
    }
    /// The names of the sounds it is made with, in order.
    pub fn sounds(&self) -> Vec<&str> {
        let names = self.resources.iter().filter_map(|r| match r {
            Resource::Sound(name) => Some(&**name),
            _ => None,
        });
        names.collect()
    }
    /// With a stereo output, and so with both sides of every input.
    pub fn stereo(mut self) -> Description {
        self.outputs = 2;
        self
    }
}

/// A kind of unit generator: its description, and how to make one.
pub trait Unit: Send + Sync {
    /// What it has. The same every time.
    fn describe(&self) -> &Description;
    /// One instance, for a sample rate in Hz; what is random in it hangs on the seed. Control thread.
    fn make(&self, rate: u32, seed: u64) -> Box<dyn UGen>;
    /// How many frames later than its input its output comes, at a sample rate in Hz. The same every time.
    fn latency(&self, rate: u32) -> u32 {
        let _ = rate;
        0
    }
    /// How long it rings on, at a sample rate in Hz and whatever its controls say.
    fn tail(&self, rate: u32) -> Tail {
        let _ = rate;
        Tail::None
    }
    /// Whether it can be made with these, or what it wants instead: "a sound", "up to 16 numbers".
    fn accepts(&self, resources: &[Resource]) -> Result<(), &'static str> {
        match resources {
            [] => Ok(()),
            _ => Err("nothing in brackets"),
        }
    }
    /// The unit of this kind that a description asks for which differs in its [`Description::resources`] and in
    /// where its controls start; none if it is of one kind only. A sound that the library has not loaded is silent.
    /// Control thread.
    fn furnish(&self, about: &Description, sounds: &Library) -> Option<Arc<dyn Unit>> {
        let _ = (about, sounds);
        None
    }
}

/// A running unit generator.
///
/// Both calls happen on the audio thread: no allocation, no lock, no system call, bounded work. A mono unit that
/// is fed with stereo has one instance for each channel.
pub trait UGen: Send {
    /// Runs a span of at most [`crate::signal::GRID`] frames. The result must not depend on how spans are cut:
    /// count frames, not calls.
    fn process(&mut self, io: &mut UnitIo<'_>);
    /// Back to the beginning, as if new.
    fn reset(&mut self);
    /// This instance as what it is, for the one that follows it; none if nothing is to be taken over.
    fn as_any(&self) -> Option<&dyn Any> {
        None
    }
    /// Called once, before its first span, where this instance takes the place of another in a node of the same
    /// name: it may go on where that one is, which fades out meanwhile.
    fn take_over(&mut self, before: &dyn Any) {
        let _ = before;
    }
}
