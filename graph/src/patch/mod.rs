//! The Patch: what a score says, as plain data.
//!
//! Nodes with their signal functions, connections with levels, patterns bound to controls, values, tempo and
//! metre. Every item knows the span of text it came from. Control side only; serde in and out.

mod acts;
mod course;
mod ending;
mod graph;
mod model;
mod rename;
mod routing;

pub use acts::{Act, Deed, Keys, Mapping, Modulation, Scene, SceneNode, Soon};
pub use course::{Course, MeterChange, RubatoChange, TempoChange};
pub use ending::Ending;
pub use graph::{Graph, MAX_DEPTH, MAX_FACTOR};
pub use model::{Binding, Connection, Node, Patch, Source, Span, Target, within};
pub use routing::{DEFAULT_GAIN, DEFAULT_PAN, GAIN, NODE_CONTROLS, PAN};
