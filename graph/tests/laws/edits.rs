//! Edits while it plays: nothing clicks, nothing is lost, mistakes change nothing.

use super::{Rig, bend, left, score};
use sorl_graph::{Engine, Setup, When};

#[test]
fn an_edit_elsewhere_changes_no_sample() {
    let plain = left(&score("t = node('t', tone)"), 20_000);
    let mut rig = Rig::new(&score("t = node('t', tone)"));
    rig.run(7000).edit(&score(
        "t = node('t', tone)\nh = node('h', half)\nx = node('x', same)\nh >> x",
    ));
    rig.run(6000).edit(&score("t = node('t', tone)")).run(7000);
    assert_eq!(rig.left, plain);
}

#[test]
fn no_edit_clicks() {
    let mut calm = Rig::new(&score("t = node('t', tone)"));
    let sine = bend(&calm.run(48_000).left);
    let edits = [
        "t = node('t', tone, gain=0.2)",
        "t = node('t', tone, pan=0.7)",
        "t = node('t', tone)\nh = node('h', half)\nt >> h",
        "t = node('t', tone)\nh = node('h', half)\nt >> (h, 0.5)",
        "t = node('t', tone)\nt2 = node('t2', tone)",
        "t = node('t', tone)\nmute(t)",
        "",
    ];
    for edit in edits {
        let mut rig = Rig::new(&score("t = node('t', tone)"));
        rig.run(10_013)
            .edit(&score(edit))
            .run(5000)
            .edit(&score("t = node('t', tone)"))
            .run(5000);
        assert!(
            bend(&rig.left) < 1.6 * sine + 1e-4,
            "{edit}: {} {sine}",
            bend(&rig.left)
        );
    }
    // Another function: the two cross over.
    let mut rig = Rig::new(&score("t = node('t', tone)"));
    rig.run(10_013)
        .edit(&score("t = node('t', tone)").replace("sine_osc(1000)", "sine_osc(900)"))
        .run(5000);
    assert!(bend(&rig.left) < 1.6 * sine, "{} {sine}", bend(&rig.left));
}

#[test]
fn a_new_function_takes_over_the_note_that_sounds() {
    let text = score("g = node('g', gate)\ng @ hit()");
    let mut rig = Rig::new(&text);
    rig.run(10_000)
        .edit(&text.replace("* 1.0", "* 2.0"))
        .run(10_000);
    assert_eq!(*rig.left.last().unwrap(), 2.0);
}

#[test]
fn a_removed_node_fades_and_comes_home() {
    let mut rig = Rig::new(&score("a = node('a', one)"));
    rig.run(1000).edit(&score("")).run(1000);
    assert!(
        rig.left
            .windows(2)
            .all(|w| (w[1] - w[0]).abs() < 1.1 / 480.0)
    );
    assert_eq!((rig.left[1000], rig.left[1480]), (1.0, 0.0));
    for _ in 0..10 {
        rig.run(2000);
    }
    assert_eq!(rig.session.running_nodes(), 0);
}

#[test]
fn a_plan_begins_on_the_bar_it_was_asked_for() {
    let mut rig = Rig::new(&score("a = node('a', one)"));
    rig.run(1000);
    rig.session
        .evaluate(&score("a = node('a', one, gain=0.5)"), When::NextBar)
        .unwrap();
    rig.run(97_000);
    let change = rig.left.iter().position(|x| *x != 1.0);
    assert_eq!(
        change,
        Some(96_001),
        "the ramp's first step is one frame after the bar"
    );
}

#[test]
fn a_score_with_an_error_changes_nothing() {
    let mut rig = Rig::new(&score("a = node('a', one)"));
    let before = rig.session.patch().clone();
    assert!(rig.session.evaluate("a = nod('a')", When::Now).is_err());
    assert_eq!(rig.session.patch(), &before);
    assert_eq!(rig.run(100).left, [1.0; 100]);
}

#[test]
fn a_node_that_gives_nan_is_silenced_and_named_and_the_rest_plays_on() {
    let text = score("a = node('a', one)\nb = node('b', bad)").replace(
        "tempo(120)",
        "
def bad():
    return sine_osc(100) / 0.0
tempo(120)",
    );
    let mut rig = Rig::new(&text);
    rig.run(2000).run(2000);
    assert_eq!(rig.left, [1.0; 4000]);
    assert!(
        rig.session
            .status()
            .problems
            .iter()
            .any(|p| p.contains("`b`")),
        "{:?}",
        rig.session.status()
    );
}

#[test]
fn a_session_whose_engine_was_dropped_goes_on_and_connects_again() {
    let Rig {
        mut session,
        engine,
        ..
    } = Rig::new(&score("a = node('a', one)"));
    drop(engine);
    session
        .evaluate(&score("a = node('a', one, gain=0.5)"), When::Now)
        .unwrap();
    session.tick();
    assert!(!session.status().connected);
    let setup = Setup { rate: 96000 };
    let engine = Engine::new(setup, session.connect(setup));
    let mut rig = Rig {
        session,
        engine,
        left: Vec::new(),
        right: Vec::new(),
    };
    assert_eq!(rig.run(10).left, [0.5; 10]);
}
