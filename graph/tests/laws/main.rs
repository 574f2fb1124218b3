//! The laws of routing, levels, values, gates and edits, heard from outside.

mod edits;
mod gates;
mod hosts;
mod routing;
mod values;

use sorl_graph::{Block, Engine, HostTime, Session, Setup, TimedNote, When};

const RATE: u32 = 48000;

/// A session with its engine, and what came out so far.
struct Rig {
    session: Session,
    engine: Engine,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Rig {
    fn new(score: &str) -> Rig {
        let mut session = Session::new();
        session
            .evaluate(score, When::Now)
            .unwrap_or_else(|e| panic!("{}", e.render("", score)));
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        session.play();
        Rig {
            session,
            engine,
            left: Vec::new(),
            right: Vec::new(),
        }
    }

    fn edit(&mut self, score: &str) -> &mut Rig {
        self.session
            .evaluate(score, When::Now)
            .unwrap_or_else(|e| panic!("{}", e.render("", score)));
        self
    }

    fn run(&mut self, frames: usize) -> &mut Rig {
        self.block(frames, None, &[])
    }

    fn block(&mut self, frames: usize, host: Option<HostTime>, notes: &[TimedNote]) -> &mut Rig {
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        let outputs = &mut [&mut left[..], &mut right[..]];
        self.engine.process(Block {
            inputs: &[],
            outputs,
            frames,
            host,
            notes,
        });
        self.left.extend(left);
        self.right.extend(right);
        self.session.tick();
        self
    }
}

fn left(score: &str, frames: usize) -> Vec<f32> {
    std::mem::take(&mut Rig::new(score).run(frames).left)
}

/// Definitions that let one hear values as they are.
const TOOLS: &str = "
def one():
    return 1.0
def gate():
    return control('gate', 0, 0, 1) * 1.0
def value():
    gate = control('gate', 0, 0, 1)
    freq = control('freq', 5, 0, 1000)
    return control('x', 0.25, 0, 1) * 1.0
def same(inp):
    return inp
def half(inp):
    return inp * 0.5
def tone():
    return sine_osc(1000) * 0.5
tempo(120)
";

fn score(text: &str) -> String {
    format!("{TOOLS}{text}\n")
}

/// Runs of equal values: (value, from, to).
fn runs(sound: &[f32]) -> Vec<(f32, usize, usize)> {
    let mut found: Vec<(f32, usize, usize)> = Vec::new();
    for (i, &x) in sound.iter().enumerate() {
        match found.last_mut() {
            Some(last) if last.0 == x => last.2 = i + 1,
            _ => found.push((x, i, i + 1)),
        }
    }
    found
}

/// The largest bend: how far a sample is from the line through its neighbours.
fn bend(sound: &[f32]) -> f32 {
    sound
        .windows(3)
        .map(|w| (w[0] - 2.0 * w[1] + w[2]).abs())
        .fold(0.0, f32::max)
}
