//! What is measured of scores and patterns. `cargo bench -p sorl-graph` and `cargo xtask bench` share it.

use sorl_graph::pattern::Program;
use sorl_graph::score::evaluate;
use sorl_graph::time::Ratio;
use std::hint::black_box;

/// A song of five minutes.
pub const BEAT: &str = include_str!("../../examples/five-minute-beat.sorl");

/// 64 events a cycle through ten transforms: of time, of values, by chance, by cycles, beside itself.
const DENSE: &str = "
def tick():
    return control(\"gate\", 0, 0, 1) * control(\"freq\", 440, 20, 9000)

t = node(\"tick\", tick)
t @ (note(\"c3 [e3 g3]*2 <a3 b3> [c4 e4]\").fast(4).late(1/16).every(3, rev).add(\"<0 12 7>\").linger(0.5)
     .sometimesBy(0.3, add(12)).ply(2).legato(0.5).iter(4).set(pan=\"<-0.5 0.5>*4\"))
";

/// A score of 160 statements: nodes, wires, values and patterns; `value` is what its last line sets.
pub fn long(value: f32) -> String {
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

/// A dense pattern, to be asked for one step of the grid after the other.
pub struct Dense {
    program: Program,
    steps: usize,
}

impl Dense {
    /// The pattern at 120 bpm: a cycle of four beats is two seconds, in steps of so many frames.
    pub fn new(rate: u32, frames: usize) -> Dense {
        let patch = evaluate(DENSE).expect("the pattern is well");
        Dense {
            program: Program::new(&patch.bindings[0].pattern),
            steps: rate as usize * 2 / frames,
        }
    }

    /// How many steps make a cycle.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Asks for a step of some cycle.
    pub fn step(&self, step: usize) -> usize {
        let at = |step: usize| Ratio::new(step as i64, self.steps as i64);
        let mut events = 0;
        self.program.query(at(step), at(step + 1), &mut |event| {
            black_box(event);
            events += usize::from(event.onset().is_some());
        });
        events
    }
}
