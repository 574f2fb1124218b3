//! Changes at their time: to the sample, in order, all or nothing, from any thread.

mod batches;
mod deeds;
mod moments;

use sorl_graph::session::Batch;
use sorl_graph::{Block, Engine, HostTime, Session, Setup, When};

/// `x` and `y` are heard as they are, left and right; `g` plays its gate and its pitch.
const SCORE: &str = r#"
def probe():
    x = control("x", 0, 0, 1)
    y = control("y", 0, 0, 1)
    return (x, y)
def gated():
    freq = control("freq", 100, 20, 2000)
    gate = control("gate", 0, 0, 1)
    return gate * freq / 1000
tempo(120)
meter(3, 4)
p = node("p", probe, gain=1)
"#;

const RATE: u32 = 48_000;
/// A beat at 120 bpm.
const BEAT: i64 = 24_000;

struct Rig {
    session: Session,
    engine: Engine,
    block: usize,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Rig {
    fn new(score: &str, block: usize) -> Rig {
        let mut session = Session::new();
        session.evaluate(score, When::Now).unwrap();
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        session.play();
        Rig {
            session,
            engine,
            block,
            left: Vec::new(),
            right: Vec::new(),
        }
    }

    fn probe(block: usize) -> Rig {
        Rig::new(SCORE, block)
    }

    fn gated(block: usize) -> Rig {
        Rig::new(
            &format!("{SCORE}g = node(\"g\", gated, gain=1, count=3)"),
            block,
        )
    }

    fn host(&mut self, frames: usize, host: Option<HostTime>) {
        let at = self.left.len();
        self.left.resize(at + frames, 0.0);
        self.right.resize(at + frames, 0.0);
        self.engine.process(Block {
            inputs: &[],
            outputs: &mut [&mut self.left[at..], &mut self.right[at..]],
            frames,
            host,
            notes: &[],
        });
    }

    /// Runs up to a frame, ticking after each block.
    fn until(&mut self, frame: i64) {
        while self.left.len() < frame as usize {
            let frames = self.block.min(frame as usize - self.left.len());
            self.host(frames, None);
            self.session.tick();
        }
    }

    fn send(&mut self, batch: Batch) -> sorl_graph::message::Ticket {
        self.session.send(batch).unwrap()
    }
}

/// The frames at which a sound changes, with the new value.
fn changes(sound: &[f32]) -> Vec<(i64, f32)> {
    let mut last = 0.0;
    let changed = |(i, x): (usize, &f32)| {
        let new = *x != std::mem::replace(&mut last, *x);
        new.then_some((i as i64, *x))
    };
    sound.iter().enumerate().filter_map(changed).collect()
}

fn first_change(sound: &[f32]) -> Option<i64> {
    changes(sound).first().map(|(frame, _)| *frame)
}
