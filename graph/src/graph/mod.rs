//! Graphs built in Rust: typed handles, and what can be said with them.
//!
//! A program changes what plays through [`crate::session::Edit`]: nodes are added, which gives handles; handles name
//! ports; ports are joined and set. Nothing is heard until [`crate::session::Edit::commit`]: an edit is one atomic
//! change.
//!
//! ```
//! use sorl_graph::graph::out;
//! use sorl_graph::signal::{Control, Op, function};
//! use sorl_graph::{Session, When};
//!
//! let tone = function(|b| {
//!     let freq = b.control(Control::new("freq", 440.0, 20.0, 20_000.0))?;
//!     b.add(Op::Sine(freq))
//! })?;
//! let ring = function(|b| {
//!     let (x, y) = (b.input("x")?, b.input("y")?);
//!     b.add(Op::Mul(x, y))
//! })?;
//!
//! let mut session = Session::new();
//! let mut edit = session.edit()?;
//! let (a, b) = (edit.add("a", tone.clone())?, edit.add("b", tone.clone())?);
//! let lfo = edit.add("lfo", tone)?;
//! let ring = edit.add("ring", ring)?;
//! edit.set(lfo.control("freq"), 20.0)?;
//! edit.wire(lfo.range(400.0, 480.0) >> b.control("freq"))?; // around 440 Hz
//! edit.wire(a >> ring.input("x"))?;
//! edit.wire((b * 0.5) >> ring.input("y"))?;
//! edit.wire((ring * 0.3 + a * b) >> out(1))?; // a product makes a node of its own
//! edit.commit(When::Now)?;
//!
//! let mut edit = session.edit()?;
//! edit.remove(a)?;
//! edit.commit(When::NextBar)?; // fades, no click
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Handles are plain values: they can be copied, kept and sent anywhere, and hold nothing alive. One whose node is
//! gone, or that belongs to another session, is refused with an error.
//!
//! The laws of routing are those of scores: a node that nothing leads out of plays on `out`; `a >> b` moves the sound
//! of `a`, `a >> (b, 0.4)` sends a copy of it at that level. There is one connection for a source and a target; the
//! last one said wins.
//!
//! Control thread only.

mod draft;
mod error;
mod handle;
mod operators;
mod route;
mod signal;
mod sound;
mod unit_macro;

pub use draft::{Draft, Home};
pub use error::EditError;
pub use handle::{Control, Input, Key, Node, Out, Port, out, out_channel};
pub use route::{Destination, Route};
pub use signal::Signal;
pub use sound::{HostInput, Made, Sound};
