//! Nodes that are done: what becomes of them, of their groups and of their connections.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sorl_graph::ugen::{Description, UnitIo, unit};
use sorl_graph::{Block, Engine, Session, Setup, When};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: u32 = 48000;
/// The frame at which the test's unit is done.
const DONE: usize = 1000;
/// Where that is heard: the next step of the ring.
const HEARD: usize = 1024;
const FADE: usize = 480;

struct Rig {
    session: Session,
    engine: Engine,
}

impl Rig {
    fn new(score: &str) -> Rig {
        let mut session = Session::new();
        let about = Description::new("once").input("inp");
        session.register(unit(about, |_, _| {
            let mut at = 0;
            move |io: &mut UnitIo<'_>| {
                for i in 0..io.frames() {
                    io.output(0)[i] = io.input(0)[i] * 0.5;
                    at += 1;
                    if at == DONE {
                        io.finish(i);
                    }
                }
            }
        }));
        session
            .evaluate(&format!("{HEAD}{score}"), When::Now)
            .unwrap();
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        Rig { session, engine }
    }

    /// The left output for an input of ones, in blocks of some size; the session ticks after every `tick` frames.
    fn run(&mut self, frames: usize, block: usize, tick: usize) -> Vec<f32> {
        let ones = vec![1.0; block];
        let (mut left, mut right) = (vec![0.0; block], vec![0.0; block]);
        let mut out = Vec::new();
        while out.len() < frames {
            let frames = block.min(frames - out.len());
            assert_no_alloc(|| {
                self.engine.process(Block {
                    inputs: &[&ones[..frames]],
                    outputs: &mut [&mut left, &mut right],
                    frames,
                    host: None,
                    notes: &[],
                })
            });
            let before = out.len() / tick;
            out.extend_from_slice(&left[..frames]);
            if out.len() / tick > before {
                self.session.tick();
            }
        }
        out
    }
}

const HEAD: &str = "def same(inp):\n    return inp\ni = input('in')\no = node('g/once', once)\n\
    b = node('g/b', same)\nc = node('c', same)\n";

fn settled(out: &[f32]) -> (f32, f32) {
    (out[HEARD - 1], out[HEARD + FADE])
}

#[test]
fn what_goes_on_goes_on() {
    let mut rig = Rig::new("i >> o\no >> c\nb >> c");
    assert_eq!(settled(&rig.run(3000, 64, 480)), (0.5, 0.5));
    assert!(rig.session.freed().is_empty());
}

#[test]
fn a_node_that_is_done_fades_and_comes_home() {
    let mut rig = Rig::new("i >> o\no >> c\nb >> c\nat_end(o, 'free')");
    let before = rig.session.running_nodes();
    let out = rig.run(9600, 64, 480);
    assert_eq!(settled(&out), (0.5, 0.0));
    let falls = out[HEARD..HEARD + FADE].windows(2).all(|w| w[1] < w[0]);
    assert!(falls, "it fades");
    assert!(
        out[HEARD + FADE..].iter().all(|x| *x == 0.0),
        "and the input is not heard instead"
    );
    assert_eq!(rig.session.freed(), ["g/once"]);
    assert_eq!(rig.session.running_nodes(), before - 1);
    // Said again, it stays gone; another function of that name is another node.
    let same = rig.session.score().to_owned();
    rig.session
        .evaluate(&format!("{same}\n# the same"), When::Now)
        .unwrap();
    assert_eq!(rig.run(960, 64, 480).last(), Some(&0.0));
    let other = same.replace("node('g/once', once)", "node('g/once', same)");
    rig.session.evaluate(&other, When::Now).unwrap();
    assert_eq!(rig.run(960, 64, 480).last(), Some(&1.0));
}

#[test]
fn mended_connections_take_over_while_it_fades() {
    let mut rig =
        Rig::new("i >> o\no >> (c, 0.5)\no >> (out, 0.0)\nc >> out\nat_end(o, 'free_mend')");
    let out = rig.run(9600, 64, 480);
    // Through it 1 · 0.5 · 0.5; then straight on at the product of the levels.
    assert_eq!(settled(&out), (0.25, 0.5));
    let rises = out[HEARD..HEARD + FADE]
        .windows(2)
        .all(|w| w[1] >= w[0] - 1e-6);
    assert!(rises);
    assert!(
        out[HEARD + FADE..].iter().all(|x| (*x - 0.5).abs() < 1e-6),
        "the new Plan changes nothing"
    );
}

#[test]
fn a_group_goes_with_the_node_and_is_mended_as_one() {
    let routes = "i >> b\nb >> o\no >> c\n";
    let mut rig = Rig::new(&format!("{routes}at_end(o, 'free_group')"));
    assert_eq!(settled(&rig.run(9600, 64, 480)), (0.5, 0.0));
    assert_eq!(rig.session.freed(), ["g/b", "g/once"]);
    let mut rig = Rig::new(&format!("{routes}at_end(o, 'free_group_mend')"));
    assert_eq!(settled(&rig.run(9600, 64, 480)), (0.5, 1.0));
    assert_eq!(rig.session.running_nodes(), 2);
    let mut rig = Rig::new(&format!("{routes}at_end(o, 'free_group_mend')\nkeep(b)"));
    assert_eq!(settled(&rig.run(9600, 64, 480)), (0.5, 1.0));
    assert_eq!(rig.session.freed(), ["g/once"]);
}

#[test]
fn an_ending_hangs_on_no_block_and_on_no_tick() {
    let score = "i >> o\no >> (c, 0.7)\nc >> out\nblock('g', 16)\noversample('g', 2)\nat_end(o, 'free_mend')";
    let whole = Rig::new(score).run(6000, 6000, 6000);
    for (block, tick) in [(1, 100), (17, 1000), (64, 64), (500, 6000)] {
        let cut = Rig::new(score).run(6000, block, tick);
        let near = whole.iter().zip(&cut).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near, "blocks of {block}, a tick after {tick}");
    }
}

#[test]
fn what_is_never_heard_can_be_freed() {
    let mut rig = Rig::new("i >> o\no >> out\nb >> c\nc >> b");
    assert_eq!(rig.session.free_disconnected(), 2);
    assert_eq!(rig.session.freed(), ["c", "g/b"]);
    rig.run(4800, 64, 480);
    assert_eq!(rig.session.running_nodes(), 2);
}

#[test]
fn a_wrong_word_names_the_right_ones() {
    let text = format!("{HEAD}at_end(o, 'die')");
    let found =
        sorl_graph::score::evaluate(&text.replace("node('g/once', once)", "node('g/once', same)"));
    let found = found.unwrap_err().to_string();
    assert!(found.contains("free_group_mend"), "{found}");
}
