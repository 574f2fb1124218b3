//! Scores and patterns: evaluation, rendering, a query.

use crate::measure::medians;
use crate::overhead::{FRAMES, RATE};
use sorl_graph::When;
use sorl_graph::io::offline::{Length, Options, render_to_memory};
use sorl_graph::pattern::Program;
use sorl_graph::score::evaluate;
use sorl_graph::session::Session;
use sorl_graph::time::Ratio;
use std::hint::black_box;
use std::time::Duration;

const BEAT: &str = include_str!("../../examples/five-minute-beat.sorl");

/// 64 events a cycle through ten transforms.
const DENSE: &str = "
def tick():
    return control(\"gate\", 0, 0, 1)

t = node(\"tick\", tick)
t @ (hit() * 4).fast(4).late(1/16).slow(2).fast(2).early(1/16).over(2).fast(2).late(1/3).early(1/3).fast(4)
";

/// A score of 160 statements: nodes, wires, values and patterns.
fn score(value: f32) -> String {
    let mut text = BEAT.to_owned();
    let statements = BEAT
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with([' ', '#', 'd']));
    for i in 0..(160 - statements.count()) / 4 {
        text.push_str(&format!(
            "n{i} = kr.node(\"n{i}\", bass, gain=0.1)\nn{i} >> (verb, 0.2)\nn{i}[\"cutoff\"] = {}\nn{i} @ \"a2 [d3 e3]*2 ~ <g2 a3>\"\n",
            400 + i
        ));
    }
    text.push_str(&format!("kr.set(\"n7/gain\", {value})\n"));
    text
}

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
    let long: [String; 2] = [0.25, 0.75].map(score);
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
    let patch = evaluate(DENSE).expect("the pattern is well");
    let program = Program::new(&patch.bindings[0].pattern);
    // A cycle of four beats at 120 bpm is two seconds; the grid's steps go through it.
    let steps = u64::from(RATE) as usize * 2 / FRAMES;
    let at = |step: usize| Ratio::new(step as i64, steps as i64);
    let mut query = || {
        for step in 0..steps {
            program.query(at(step), at(step + 1), &mut |event| {
                black_box(event);
            });
        }
    };
    let mut events = 0;
    program.query(at(0), at(steps), &mut |_| events += 1);
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
