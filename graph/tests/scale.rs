//! Patches of a thousand and of ten thousand nodes compile, run, sound and are edited.

use sorl_graph::patch::{Connection, Node, Source, Span, Target};
use sorl_graph::signal::{Builder, Control, Function, Op};
use sorl_graph::{Block, Engine, Patch, Session, Setup, When};
use std::sync::Arc;

const RATE: u32 = 48_000;

fn tone() -> Function {
    let mut b = Builder::new();
    let freq = Control::new("freq", 440.0, 20.0, 20_000.0);
    let freq = b.control(freq).unwrap();
    let sine = b.add(Op::Sine(freq)).unwrap();
    b.finish(vec![sine])
}

/// Passes its input on, twice as quiet.
fn half() -> Function {
    let mut b = Builder::new();
    let (input, half) = (b.input("inp").unwrap(), b.constant(0.5).unwrap());
    let out = b.add(Op::Mul(input, half)).unwrap();
    b.finish(vec![out])
}

fn node(name: String, function: &Arc<Function>) -> Node {
    Node {
        name,
        source: Source::Function(Arc::clone(function)),
        label: String::new(),
        count: 1,
        values: Default::default(),
        mute: false,
        solo: false,
        span: Span::default(),
    }
}

fn wire(from: usize, to: usize) -> Connection {
    Connection {
        from: format!("n{from}"),
        to: Target::Input {
            node: format!("n{to}"),
            port: 0,
        },
        level: 1.0,
        send: false,
        span: Span::default(),
    }
}

/// So many sources, each of another pitch.
fn choir(count: usize) -> Patch {
    let tone = Arc::new(tone());
    let voice = |i: usize| Node {
        values: [("freq".into(), 100.0 + i as f32)].into(),
        ..node(format!("n{i}"), &tone)
    };
    Patch {
        nodes: (0..count).map(voice).collect(),
        ..Patch::default()
    }
}

/// A panned source, and effects in a chain, written from its end to its beginning.
fn chain(count: usize) -> Patch {
    let half = Arc::new(half());
    let mut nodes: Vec<Node> = (0..count - 1)
        .map(|i| node(format!("n{i}"), &half))
        .collect();
    let mut source = node(format!("n{}", count - 1), &Arc::new(tone()));
    source.values.insert("pan".into(), -1.0);
    nodes.push(source);
    Patch {
        nodes,
        connections: (1..count).map(|i| wire(i, i - 1)).collect(),
        ..Patch::default()
    }
}

struct Rig {
    session: Session,
    engine: Engine,
}

impl Rig {
    fn new(patch: Patch) -> Rig {
        let mut session = Session::new();
        session.apply(patch, When::Now).unwrap();
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        Rig { session, engine }
    }

    /// The power of so many frames on both sides.
    fn run(&mut self, frames: usize) -> [f32; 2] {
        let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
        let mut power = [0.0; 2];
        for _ in 0..frames / 64 {
            self.engine.process(Block {
                inputs: &[],
                outputs: &mut [&mut left, &mut right],
                frames: 64,
                host: None,
                notes: &[],
            });
            for (power, channel) in power.iter_mut().zip([&left, &right]) {
                *power += channel.iter().map(|x| x * x).sum::<f32>();
            }
            self.session.tick();
        }
        power.map(|p| p / frames as f32)
    }
}

#[test]
fn a_thousand_and_ten_thousand_nodes_sound_like_so_many_sines() {
    for count in [1000, 10_000] {
        let mut rig = Rig::new(choir(count));
        let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
        rig.engine.process(Block {
            inputs: &[],
            outputs: &mut [&mut left, &mut right],
            frames: 64,
            host: None,
            notes: &[],
        });
        assert_eq!(left, right);
        for (i, sum) in left.iter().enumerate() {
            let turns = |k: usize| (100.0 + k as f64) * i as f64 / f64::from(RATE);
            let want: f64 = (0..count)
                .map(|k| (turns(k) * std::f64::consts::TAU).sin())
                .sum();
            assert!(
                (f64::from(*sum) - want).abs() < count as f64 * 1e-5,
                "{i}: {sum} {want}"
            );
        }
    }
}

#[test]
fn every_meter_of_ten_thousand_is_told_in_its_turn() {
    let mut rig = Rig::new(choir(10_000));
    rig.run(16_000);
    for i in [0, 4999, 9999] {
        let [left, _] = rig.session.meter(&format!("n{i}"));
        assert!(left > 0.9, "n{i}: {left}");
    }
}

#[test]
fn an_edit_among_ten_thousand_nodes_replaces_one_and_lets_it_go() {
    let mut patch = choir(10_000);
    let mut rig = Rig::new(patch.clone());
    rig.run(640);
    assert_eq!(rig.session.running_nodes(), 10_000);
    patch.nodes[777].source = Source::Function(Arc::new(Function {
        outputs: vec![sorl_graph::signal::Sig(0)],
        ..tone()
    }));
    rig.session.apply(patch.clone(), When::Now).unwrap();
    assert_eq!(rig.session.running_nodes(), 10_001);
    rig.run(6400);
    assert_eq!(rig.session.running_nodes(), 10_000);
    patch.nodes.truncate(5000);
    rig.session.apply(patch, When::Now).unwrap();
    rig.run(12_800);
    assert_eq!(rig.session.running_nodes(), 5000);
}

#[test]
fn a_chain_of_ten_thousand_effects_runs_in_one_block_and_in_stereo_throughout() {
    // Nothing is left after so many halvings: what arrives early in the chain is what counts.
    for count in [1000, 10_000] {
        let mut patch = chain(count);
        let near = count - 5;
        patch.connections.push(Connection {
            to: Target::Out(1),
            send: true,
            ..wire(near, 0)
        });
        let [left, right] = Rig::new(patch).run(640);
        // Four effects, each a factor of one half; all of it on the left.
        let expected = 0.5f32.powi(8);
        assert!((left / expected - 1.0).abs() < 0.1, "{left} {expected}");
        assert!(right < 1e-9, "{right}");
    }
}
