//! Routing and levels: wires, sends, mute, solo, pan, feedback.

use super::{Rig, left, score};

#[test]
fn a_node_plays_on_out_until_a_plain_wire_moves_its_sound() {
    assert_eq!(left(&score("a = node('a', one)"), 10)[9], 1.0);
    let moved = "a = node('a', one)\nh = node('h', half)\na >> h";
    assert_eq!(left(&score(moved), 10)[9], 0.5);
    let sent = "a = node('a', one)\nh = node('h', half)\na >> (h, 0.5)";
    assert_eq!(left(&score(sent), 10)[9], 1.25);
    let both = "a = node('a', one)\nh = node('h', half)\na >> h\na >> out";
    assert_eq!(left(&score(both), 10)[9], 1.5);
}

#[test]
fn the_last_statement_for_a_source_and_a_target_wins() {
    let twice = "a = node('a', one)\nh = node('h', half)\na >> h\na >> (h, 0.5)";
    assert_eq!(left(&score(twice), 10)[9], 1.25);
    let by_name = "a = node('a', one)\nh = node('h', half)\nconnect('a', 'h', level=0.5)";
    assert_eq!(left(&score(by_name), 10)[9], 1.25);
}

#[test]
fn several_sources_are_summed_and_a_chain_goes_on() {
    let text = "a = node('a', one, gain=0.25)\nb = node('b', one)\nh = node('h', half)\ns = node('s', same)\n\
                a >> h >> s\nb >> h";
    assert_eq!(left(&score(text), 10)[9], 0.625);
}

#[test]
fn a_faded_node_takes_its_sends_along() {
    let text = "a = node('a', one, gain=0.5)\nh = node('h', half)\na >> (h, 0.5)";
    assert_eq!(left(&score(text), 10)[9], 0.625);
}

#[test]
fn mute_and_solo_are_heard() {
    let two = "a = node('a', one, gain=0.25)\nb = node('b', one)\nh = node('h', half)\nb >> h\n";
    assert_eq!(left(&score(&format!("{two}mute('a')")), 10)[9], 0.5);
    assert_eq!(left(&score(&format!("{two}solo(a)")), 10)[9], 0.25);
    assert_eq!(
        left(&score(&format!("{two}solo(b)")), 10)[9],
        0.5,
        "solo counts the path"
    );
    assert_eq!(
        left(
            &score(&format!("{two}solo(b)\nunsolo()\nmute(a)\nunmute(a)")),
            10
        )[9],
        0.75
    );
}

#[test]
fn pan_moves_a_mono_node_and_an_effect_keeps_the_sides() {
    let mut rig = Rig::new(&score(
        "a = node('a', one, pan=-1)\nh = node('h', half)\na >> h",
    ));
    rig.run(10);
    assert!((rig.left[9] - 0.5 * 2f32.sqrt()).abs() < 1e-6);
    assert!(rig.right[9].abs() < 1e-6);
}

#[test]
fn feedback_is_heard_one_grid_step_later_at_any_block_size() {
    let text = "a = node('a', one)\nb = node('b', same)\nc = node('c', same)\na >> b\nb >> c\nc >> b\nc >> out";
    for block in [1, 7, 64, 1000] {
        let mut rig = Rig::new(&score(text));
        while rig.left.len() < 640 {
            rig.run(block);
        }
        let steps: Vec<f32> = (0..640).map(|i| (i / 64 + 1) as f32).collect();
        assert_eq!(rig.left[..640], steps[..], "blocks of {block}");
    }
}
