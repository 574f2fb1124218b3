//! What each unit generator and each signal function costs.

// The same that `cargo bench -p sorl-graph` measures: one list for both.
#[path = "../../graph/benches/subjects.rs"]
mod subjects;

use crate::measure::medians;
use subjects::{FRAMES, Subject};

/// Steps of the grid in a round: long enough that work of every 4096 frames is spread.
const STEPS: u32 = 512;

/// A name and the time of one frame.
pub struct Cost {
    /// The name in scores.
    pub name: String,
    /// Nanoseconds a frame.
    pub nanos: f64,
}

/// The figures.
pub struct Sounds {
    /// Unit generators.
    pub units: Vec<Cost>,
    /// Signal functions.
    pub functions: Vec<Cost>,
}

/// Measures all of them.
pub fn measure() -> Sounds {
    Sounds {
        units: costs(subjects::units(), subjects::unit),
        functions: costs(subjects::functions(), subjects::function),
    }
}

fn costs(names: Vec<String>, make: fn(&str) -> Subject) -> Vec<Cost> {
    let cost = |name: String| {
        let mut run = make(&name);
        let [round] = medians(1, [&mut || (0..STEPS).for_each(|_| run())]);
        let nanos = round.as_secs_f64() * 1e9 / f64::from(STEPS) / FRAMES as f64;
        Cost { name, nanos }
    };
    names.into_iter().map(cost).collect()
}
