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
//! let control = Control { name: "hold".into(), init: 8.0, lo: 1.0, hi: 64.0 };
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

mod closure;
mod io;
mod registry;

pub use closure::unit;
pub use io::UnitIo;
pub use registry::Units;

use crate::signal::Control;
use serde::{Deserialize, Serialize};

/// What a unit generator has, apart from its processor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The name by which scores call it.
    pub name: String,
    /// The names of its audio inputs, at most [`crate::signal::MAX_INPUTS`].
    pub inputs: Vec<String>,
    /// 1 (mono) or 2 (stereo).
    pub outputs: u8,
    /// Its controls, at most [`crate::signal::MAX_CONTROLS`].
    pub controls: Vec<Control>,
}

impl Description {
    /// A mono unit without inputs or controls.
    pub fn new(name: &str) -> Description {
        Description {
            name: name.to_owned(),
            inputs: Vec::new(),
            outputs: 1,
            controls: Vec::new(),
        }
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
    /// With a stereo output.
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
}
