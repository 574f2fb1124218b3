//! A sound is tried beside what plays, and nothing is left of it.

#[path = "common/block.rs"]
mod block;

use block::block;
use sorl_graph::score::evaluate;
use sorl_graph::{Engine, Patch, Session, Setup, When};

const SETUP: Setup = Setup { rate: 48_000 };

const SONG: &str = "def tone():
    return sine_osc(control(\"freq\", 440, 20, 2000)) * 0.25

t = node(\"tone\", tone)
";

fn tried() -> Patch {
    let score = "def ping():
    gate = control(\"gate\", 0, 0, 1)
    return saw(control(\"freq\", 110, 20, 2000)) * adsr(0.001, 0.1, 0.5, 0.05, gate)

def double(inp):
    return inp * 0.5

p = node(\"tone\", ping)
d = node(\"double\", double)
p >> d
p @ \"c2*8\"
";
    evaluate(score).unwrap()
}

/// Runs and ticks; gives the left output.
fn run(session: &mut Session, engine: &mut Engine, blocks: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for _ in 0..blocks {
        let [left, _] = block(engine, 480);
        out.extend(left);
        session.tick();
    }
    out
}

fn connected(score: &str) -> (Session, Engine) {
    let mut session = Session::new();
    session.evaluate(score, When::Now).unwrap();
    let engine = Engine::new(SETUP, session.connect(SETUP));
    (session, engine)
}

#[test]
fn a_sound_is_tried_beside_what_plays_and_nothing_is_left_of_it() {
    let (mut session, mut engine) = connected(SONG);
    let (mut other, mut alone) = connected(SONG);
    run(&mut session, &mut engine, 10);
    run(&mut other, &mut alone, 10);
    let (patch, revision) = (session.patch().clone(), session.revision());
    session.audition(&tried(), 0.2, 0.2).unwrap();
    assert!(session.is_auditioning());
    let both = run(&mut session, &mut engine, 20);
    let plain = run(&mut other, &mut alone, 20);
    let differs = |a: &[f32], b: &[f32]| a.iter().zip(b).any(|(a, b)| (a - b).abs() > 0.01);
    assert!(differs(&both[..4800], &plain[..4800]), "it is heard");
    assert_eq!((session.patch(), session.score()), (&patch, SONG));
    assert_eq!(session.revision(), revision);
    run(&mut session, &mut engine, 40);
    run(&mut other, &mut alone, 40);
    assert!(!session.is_auditioning());
    assert_eq!(session.running_nodes(), 1, "its nodes are gone");
    let (after, plain) = (
        run(&mut session, &mut engine, 5),
        run(&mut other, &mut alone, 5),
    );
    assert_eq!(after, plain, "what plays has gone on, bit for bit");
}

#[test]
fn its_gate_falls_when_it_was_held_long_enough() {
    let (mut session, mut engine) = connected("");
    run(&mut session, &mut engine, 4);
    session.audition(&tried(), 0.1, 0.3).unwrap();
    let out = run(&mut session, &mut engine, 40);
    let loud = |from: usize| {
        out[from..from + 480]
            .iter()
            .fold(0.0f32, |m, x| m.max(x.abs()))
    };
    assert!(loud(1440) > 0.05, "{}", loud(1440));
    // Held a tenth of a second, released in a twentieth; a tick is late by a report.
    assert!(loud(14_400) < 1e-4, "{}", loud(14_400));
}

#[test]
fn another_sound_ends_the_one_before_and_an_edit_ends_none() {
    let (mut session, mut engine) = connected(SONG);
    run(&mut session, &mut engine, 4);
    session.audition(&tried(), 2.0, 1.0).unwrap();
    run(&mut session, &mut engine, 8);
    session.audition(&tried(), 2.0, 1.0).unwrap();
    run(&mut session, &mut engine, 8);
    assert_eq!(session.running_nodes(), 3);
    session
        .evaluate(&format!("{SONG}u = node(\"u\", tone)\n"), When::Now)
        .unwrap();
    run(&mut session, &mut engine, 8);
    assert_eq!(session.running_nodes(), 4);
    session.end_audition();
    run(&mut session, &mut engine, 8);
    assert_eq!(session.running_nodes(), 2);
    // Where others are soloed it is heard.
    session
        .evaluate(
            &format!("{SONG}mute(t)\ns = node(\"s\", tone, gain=0)\nsolo(s)\n"),
            When::Now,
        )
        .unwrap();
    session.audition(&tried(), 1.0, 1.0).unwrap();
    let out = run(&mut session, &mut engine, 10);
    assert!(out.iter().any(|x| x.abs() > 0.05));
}

#[test]
fn without_an_engine_nothing_happens() {
    let mut session = Session::new();
    session.evaluate(SONG, When::Now).unwrap();
    session.audition(&tried(), 1.0, 1.0).unwrap();
    assert!(!session.is_auditioning());
}
