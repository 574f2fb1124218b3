//! Scores and patterns: evaluation, rendering, a query.

// The same that `cargo bench -p sorl-graph` measures.
#[path = "../../graph/benches/score_subjects.rs"]
mod score_subjects;

use crate::measure::medians;
use crate::overhead::{FRAMES, RATE};
use score_subjects::{BEAT, Dense, long};
use sorl_graph::When;
use sorl_graph::io::offline::{Length, Options, render_to_memory};
use sorl_graph::score::evaluate;
use sorl_graph::session::Session;
use std::hint::black_box;
use std::time::Duration;

/// Seconds of sound in a rendering.
const SECONDS: f64 = 15.0;

/// The figures.
pub struct Scores {
    /// Evaluating the five-minute beat.
    pub evaluate: Duration,
    /// Evaluating a score of 160 statements, and applying it with one value changed.
    pub edit: Duration,
    /// How many times faster than real time it renders.
    pub speed: f64,
    /// Asking the dense pattern for one step of the grid, at 120 bpm.
    pub query: Duration,
    /// The events that a whole cycle of it has.
    pub events: usize,
}

/// Measures them.
pub fn measure() -> Scores {
    let mut beat = || {
        for _ in 0..20 {
            drop(black_box(
                evaluate(black_box(BEAT)).expect("the beat is well"),
            ));
        }
    };
    let long: [String; 2] = [0.25, 0.75].map(long);
    let mut session = Session::new();
    session.evaluate(&long[1], When::Now).expect("it is well");
    let mut edit = || {
        for text in &long {
            session
                .evaluate(black_box(text), When::Now)
                .expect("it is well");
        }
    };
    let options = Options {
        length: Length::Seconds(SECONDS),
        ..Options::default()
    };
    let mut render = || {
        drop(black_box(
            render_to_memory(BEAT, &options).expect("it renders"),
        ))
    };
    let dense = Dense::new(RATE, FRAMES);
    let steps = dense.steps();
    let mut query = || {
        for step in 0..steps {
            black_box(dense.step(step));
        }
    };
    let events = (0..steps).map(|step| dense.step(step)).sum();
    let [evaluate] = medians(20, [&mut beat]);
    let [edit] = medians(2, [&mut edit]);
    let [render] = medians(1, [&mut render]);
    let [query] = medians(steps as u32, [&mut query]);
    Scores {
        evaluate,
        edit,
        speed: SECONDS / render.as_secs_f64(),
        query,
        events,
    }
}
