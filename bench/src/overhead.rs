//! What a node costs: 2,000 nodes of one sine each, summed into an output, 48 kHz, blocks of 64 frames.
//!
//! Each engine gets the shape that suits it. Sorl and knyst sum any number of nodes into an output, and get
//! 2,000 nodes that lead there (knyst's is the oscillator of its own benchmark). An input of fundsp's `Net` has
//! one source, so its nodes stand in a chain and each adds its sine to what comes in: that needs no further
//! nodes, where the sums of `Net`'s `+` would be 1,999 more. Frequencies differ from node to node everywhere.
//! Sorl runs as it does in a plugin, with meters, the guard against NaN, and the whole of a callback.

use crate::measure::medians;
use fundsp::prelude32::{AudioUnit, BufferVec, Net, pass, sine_hz};
use knyst::graph::{RunGraph, RunGraphSettings};
use knyst::prelude::*;
use sorl_graph::patch::{Node, Source, Span};
use sorl_graph::signal::{Builder, Control, Op};
use sorl_graph::{Block, Engine, Patch, Session, Setup, When};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

/// Nodes of the comparison.
pub const NODES: usize = 2000;
/// Sample rate in Hz.
pub const RATE: u32 = 48_000;
/// Frames in a block.
pub const FRAMES: usize = 64;
/// Blocks in a round.
const BLOCKS: u32 = 200;

/// The time of one block.
pub struct Overhead {
    /// An engine with an empty score.
    pub empty: Duration,
    /// Sorl.
    pub sorl: Duration,
    /// fundsp.
    pub fundsp: Duration,
    /// knyst.
    pub knyst: Duration,
}

/// Measures all of them in turns.
pub fn measure() -> Overhead {
    let (_session, mut engine) = engine(Patch::default());
    let mut empty = || (0..BLOCKS).for_each(|_| block(&mut engine));
    let (_session, mut engine) = self::engine(patch(NODES));
    let mut sorl = || (0..BLOCKS).for_each(|_| block(&mut engine));
    let (mut net, mut buffer) = (net(), BufferVec::new(1));
    let input = BufferVec::new(0);
    let mut fundsp = || {
        for _ in 0..BLOCKS {
            net.process(FRAMES, &input.buffer_ref(), &mut buffer.buffer_mut());
            black_box(buffer.at_f32(0, 0));
        }
    };
    let (_graph, mut run) = knyst_graph();
    let mut knyst = || {
        for _ in 0..BLOCKS {
            run.process_block();
            black_box(run.graph_output_buffers().get_channel(0));
        }
    };
    let [empty, sorl, fundsp, knyst] =
        medians(BLOCKS, [&mut empty, &mut sorl, &mut fundsp, &mut knyst]);
    Overhead {
        empty,
        sorl,
        fundsp,
        knyst,
    }
}

fn hertz(i: usize) -> f32 {
    100.0 + i as f32 * 0.5
}

/// A Patch of so many nodes, each `sine(freq)`, that play on `out`.
pub fn patch(nodes: usize) -> Patch {
    let tone = tone(1.0);
    let node = |i| Node {
        name: format!("tone{i}"),
        source: Source::Function(Arc::clone(&tone)),
        label: "tone".to_owned(),
        count: 1,
        values: [("freq".to_owned(), hertz(i))].into(),
        mute: false,
        solo: false,
        span: Span::default(),
    };
    Patch {
        nodes: (0..nodes).map(node).collect(),
        ..Patch::default()
    }
}

/// A sine whose frequency is a control. A level other than 1 makes another function.
pub fn tone(level: f32) -> Arc<sorl_graph::signal::Function> {
    let mut b = Builder::new();
    let freq = Control::new("freq", 440.0, 20.0, 20_000.0);
    let freq = b.control(freq).expect("one control");
    let mut out = b.add(Op::Sine(freq)).expect("few operations");
    if level != 1.0 {
        let level = b.constant(level).expect("few operations");
        out = b.add(Op::Mul(out, level)).expect("few operations");
    }
    Arc::new(b.finish(vec![out]))
}

/// An engine that has adopted a Patch and run for a tenth of a second.
pub fn engine(patch: Patch) -> (Session, Engine) {
    let mut session = Session::new();
    session
        .apply(patch, When::Now)
        .expect("the patch holds together");
    let setup = Setup { rate: RATE };
    let mut engine = Engine::new(setup, session.connect(setup));
    session.play();
    for _ in 0..100 {
        block(&mut engine);
        session.tick();
    }
    (session, engine)
}

/// Runs one block.
pub fn block(engine: &mut Engine) {
    let (mut left, mut right) = ([0.0; FRAMES], [0.0; FRAMES]);
    engine.process(Block {
        inputs: &[],
        outputs: &mut [&mut left, &mut right],
        frames: FRAMES,
        host: None,
        notes: &[],
    });
    black_box((left, right));
}

fn net() -> Net {
    let mut net = Net::new(0, 1);
    let mut last = net.push(Box::new(sine_hz(hertz(0))));
    for i in 1..NODES {
        let next = net.push(Box::new(pass() + sine_hz(hertz(i))));
        net.connect(last, 0, next, 0);
        last = next;
    }
    net.pipe_output(last);
    net.set_sample_rate(f64::from(RATE));
    net.allocate();
    net
}

fn knyst_graph() -> (Graph, RunGraph) {
    let mut graph = Graph::new(GraphSettings {
        block_size: FRAMES,
        sample_rate: RATE as f32,
        num_outputs: 2,
        num_nodes: NODES + 8,
        ..GraphSettings::default()
    });
    for i in 0..NODES {
        let sine = graph.push(WavetableOscillatorOwned::new(Wavetable::sine()));
        graph
            .connect(constant(hertz(i)).to(sine).to_label("freq"))
            .expect("it has that input");
        graph
            .connect(sine.to_graph_out())
            .expect("it has an output");
    }
    graph.update();
    let resources = Resources::new(ResourcesSettings::default());
    let (run, ..) = RunGraph::new(&mut graph, resources, RunGraphSettings::default())
        .expect("there is one RunGraph");
    (graph, run)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is compared must do the work: each sounds like 2,000 sines, whose power is the half of their number.
    #[test]
    fn every_engine_sounds_like_two_thousand_sines() {
        let power = |blocks: &mut dyn FnMut() -> [f32; FRAMES]| {
            let sum: f32 = (0..2000).flat_map(|_| blocks()).map(|x| x * x).sum();
            sum / (2000 * FRAMES) as f32
        };
        let close = |power: f32| (power / NODES as f32 * 2.0 - 1.0).abs() < 0.3;
        let (_session, mut engine) = engine(patch(NODES));
        let sorl = power(&mut || {
            let mut left = [0.0; FRAMES];
            engine.process(Block {
                inputs: &[],
                outputs: &mut [&mut left],
                frames: FRAMES,
                host: None,
                notes: &[],
            });
            left
        });
        assert!(close(sorl), "{sorl}");
        let (mut net, mut buffer) = (net(), BufferVec::new(1));
        let fundsp = power(&mut || {
            let input = BufferVec::new(0);
            net.process(FRAMES, &input.buffer_ref(), &mut buffer.buffer_mut());
            std::array::from_fn(|i| buffer.at_f32(0, i))
        });
        assert!(close(fundsp), "{fundsp}");
        let (_graph, mut run) = knyst_graph();
        let knyst = power(&mut || {
            run.process_block();
            let channel = run.graph_output_buffers().get_channel(0);
            std::array::from_fn(|i| channel[i])
        });
        assert!(close(knyst), "{knyst}");
    }
}
