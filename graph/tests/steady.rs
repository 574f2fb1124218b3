//! Steady nodes: whatever speaks to one is heard at its frame, and it cannot be heard that it was steady.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sorl_graph::message::Span;
use sorl_graph::session::Batch;
use sorl_graph::signal::Knob;
use sorl_graph::time::Seconds;
use sorl_graph::{Block, Engine, NoteEvent, Session, Setup, TimedNote, When};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const SCORE: &str = r#"
def tone():
    pitch = control("pitch", 330, 20, 2000)
    opened = control("opened", 1, 0, 1)
    return saw(pitch) * opened
def dim(inp):
    cutoff = control("cutoff", 900, 100, 8000)
    return lowpass(inp, cutoff)
def both():
    return (saw(110), saw(111))
def nought():
    return control("v", 0, 0, 1)
a = node("a", tone, gain=0.5)
b = node("b", dim, gain=0.4, pan=0.3)
c = node("c", tone, pitch=150, gain=0.2)
d = node("d", both, gain=0.1)
e = node("e", dim, gain=0.3)
macro(1, "c/pitch", 100, 900)
a >> (b, 0.7)
d >> e
"#;

/// Wires that add nothing, but let no node be steady: their end might move at every frame.
const MOVED: &str = r#"
z = node("z", nought)
z >> (a["pitch"], 0)
z >> (b["cutoff"], 0)
z >> (c["opened"], 0)
z >> (d["gain"], 0)
z >> (e["cutoff"], 0)
"#;

const RATE: u32 = 48_000;
const FRAMES: usize = 24_000;
/// The frame at which a macro turns.
const TURN: usize = 7_777;

/// What is said while it plays, each at its frame: a command, or statements more than the score.
fn said() -> Vec<(i64, Said)> {
    let command = |frame, say: fn(Batch) -> Batch| (frame, Said::Command(say));
    vec![
        command(1_500, |at| at.set("a/pitch", 440.0)),
        command(3_001, |at| at.step("b/cutoff", 2_500.0)),
        command(4_100, |at| at.glide("e/gain", 0.9, Seconds::from_f64(0.01))),
        command(5_555, |at| at.step("c/opened", 0.0)),
        command(6_400, |at| {
            at.trigger("c/opened", Span::Seconds(Seconds::from_f64(0.5)))
        }),
        (9_000, Said::Statements("mute(\"a\")\n")),
        // A connection more: what it reads is kept from here on.
        (11_003, Said::Statements("b >> (e, 0.5)\n")),
        command(15_000, |at| at.step("b/pan", -0.8)),
    ]
}

enum Said {
    Command(fn(Batch) -> Batch),
    Statements(&'static str),
}

/// A session and an engine that play a score, and the first `count` of what is said.
fn playing(score: &str, count: usize) -> (Session, Engine) {
    let mut session = Session::new();
    session.evaluate(score, When::Now).unwrap();
    let setup = Setup { rate: RATE };
    let engine = Engine::new(setup, session.connect(setup));
    session.play();
    for (frame, said) in said().into_iter().take(count) {
        match said {
            Said::Command(say) => {
                session.send(say(Batch::at(When::Frame(frame)))).unwrap();
            }
            Said::Statements(more) => {
                let score = format!("{score}{more}");
                session.evaluate(&score, When::Frame(frame)).unwrap();
            }
        }
    }
    (session, engine)
}

/// Runs a block that begins at a frame, the turn of a macro in it.
fn block(engine: &mut Engine, at: usize, left: &mut [f32], right: &mut [f32]) {
    let frames = left.len();
    let turn = TimedNote {
        frame: TURN.saturating_sub(at) as u32,
        event: NoteEvent::Turn {
            knob: Knob::Macro(1),
            value: 0.8,
        },
    };
    let turns = [turn];
    let notes = match (at..at + frames).contains(&TURN) {
        true => &turns[..],
        false => &[],
    };
    assert_no_alloc(|| {
        engine.process(Block {
            inputs: &[],
            outputs: &mut [left, right],
            frames,
            host: None,
            notes,
        });
    });
}

/// Both channels' bits, in blocks of these sizes.
fn render(
    (mut session, mut engine): (Session, Engine),
    mut sizes: impl Iterator<Item = usize>,
    until: usize,
) -> Vec<[u32; 2]> {
    let (mut left, mut right) = (vec![0.0; 4096], vec![0.0; 4096]);
    let mut out = Vec::with_capacity(until);
    while out.len() < until {
        let frames = sizes.next().unwrap().min(until - out.len());
        let (left, right) = (&mut left[..frames], &mut right[..frames]);
        block(&mut engine, out.len(), left, right);
        session.tick();
        let both = left.iter().zip(&*right);
        out.extend(both.map(|(l, r)| [l.to_bits(), r.to_bits()]));
    }
    out
}

fn by(size: usize) -> impl Iterator<Item = usize> {
    std::iter::repeat(size)
}

fn first_difference(a: &[[u32; 2]], b: &[[u32; 2]]) -> Option<usize> {
    (0..a.len().min(b.len())).find(|&i| a[i] != b[i])
}

#[test]
fn steady_nodes_sound_as_if_they_were_not() {
    let all = said().len();
    let steady = render(playing(SCORE, all), by(64), FRAMES);
    let moved = playing(&format!("{SCORE}{MOVED}"), all);
    let moved = render(moved, by(64), FRAMES);
    assert_eq!(first_difference(&steady, &moved), None);
    for size in [1, 17, 500, 4096] {
        let cut = render(playing(SCORE, all), by(size), FRAMES);
        assert_eq!(first_difference(&steady, &cut), None, "blocks of {size}");
    }
}

#[test]
fn whatever_is_said_to_a_steady_node_is_heard_at_its_frame() {
    let all = render(playing(SCORE, said().len()), by(64), FRAMES);
    for (count, (frame, _)) in said().into_iter().enumerate() {
        // Up to that frame it is the same without; from there on, or soon after, it is not.
        let until = frame as usize + 640;
        let without = render(playing(SCORE, count), by(64), until);
        let differs = first_difference(&without, &all).expect("it changes something") as i64;
        let soon = frame..frame + 200;
        assert!(
            soon.contains(&differs),
            "number {count}: {differs} for {frame}"
        );
    }
    // The macro is turned in both; it must be heard too.
    let before = render(playing(SCORE, 5), by(64), TURN);
    let (session, engine) = playing(&SCORE.replace("macro(1, \"c/pitch\", 100, 900)\n", ""), 5);
    let without = render((session, engine), by(64), TURN + 640);
    let differs = first_difference(&all[..TURN + 640], &without).expect("it turns something");
    assert_eq!(first_difference(&before, &without), None);
    assert!((TURN..TURN + 200).contains(&differs), "{differs}");
}

#[test]
fn a_node_is_silenced_at_its_first_bad_frame_whatever_else_its_buffer_held() {
    const LOUD: &str = "d = node('d', both, gain=0.1)\n";
    // A note four times as loud, alone with what a stereo node left in the second channel; an infinity in mid-grid.
    const SCORE: &str = r#"
def both():
    return (saw(110), saw(111))
def tone():
    freq = control("freq", 220, 20, 2000)
    gate = control("gate", 0, 0, 1)
    return saw(freq) * gate * 0.01
def pole():
    x = control("x", 1, 0, 1)
    return 0.1 / x
m = node("m", tone)
p = node("p", pole)
m @ note("c4").gain(4)
p @ ("x", seq(1, 1, 1, 1, 1, 0, 1).over(1/3))
"#;
    let play = |size| {
        let (mut session, engine) = playing(&format!("{SCORE}{LOUD}"), 0);
        session.evaluate(SCORE, When::Frame(2_000)).unwrap();
        render((session, engine), by(size), FRAMES)
    };
    let whole = play(64);
    // Five sevenths of a third of a bar.
    let bad = 22_857;
    assert!(f32::from_bits(whole[bad - 1][0]).abs() > 0.05);
    assert!(f32::from_bits(whole[bad][0]).abs() < 0.05);
    assert_eq!(first_difference(&whole, &play(1)), None);
}

#[test]
fn outputs_sum_in_the_order_of_the_score_however_it_came_about() {
    // Numbers whose sum hangs on the order.
    let score = |names: &[&str]| {
        let large = "def a():\n    return control('x', 1e8, 0, 1e9)\n";
        let small = "def b():\n    return control('x', 1, 0, 1e9)\n";
        let less = "def c():\n    return control('x', -1e8, -1e9, 0)\n";
        let nodes: String = names
            .iter()
            .map(|n| format!("node('{n}', {n})\n"))
            .collect();
        format!("{large}{small}{less}{nodes}")
    };
    let last = |scores: &[String]| {
        let mut session = Session::new();
        let setup = Setup { rate: RATE };
        let mut engine = Engine::new(setup, session.connect(setup));
        let mut last = f32::NAN;
        for score in scores {
            session.evaluate(score, When::Now).unwrap();
            for _ in 0..100 {
                let mut left = [0.0; 64];
                engine.process(Block {
                    inputs: &[],
                    outputs: &mut [&mut left],
                    frames: 64,
                    host: None,
                    notes: &[],
                });
                session.tick();
                last = left[63];
            }
        }
        last
    };
    let at_once = last(&[score(&["a", "b", "c"])]);
    let step_by_step = last(&[score(&["a", "c"]), score(&["a", "b", "c"])]);
    assert_eq!(at_once, (1e8f32 + 1.0) - 1e8);
    assert_ne!(at_once, (1e8f32 - 1e8) + 1.0);
    assert_eq!(step_by_step, at_once);
}
