//! Wires: drawn, cut, their levels, and nodes put on them.

use egui::{Key, Vec2};
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, centre, click, drag, header, open, retyped, typed, undo};

#[test]
fn a_wire_is_drawn_from_an_output_to_a_node() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let from = centre(&harness, "hat output");
    let to = centre(&harness, "verb input 1");
    drag(&mut harness, from, to - from);
    let expected = format!("{BEAT}connect(\"hat\", \"verb\")\n");
    assert_eq!(desk.session().score(), expected);
    assert_eq!(
        harness.get_by_label("hat on the canvas").value().as_deref(),
        Some("to verb")
    );
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn a_wire_to_the_right_half_of_a_row_moves_that_control() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let from = centre(&harness, "hat output");
    let row = harness.get_by_label("verb room").rect();
    drag(
        &mut harness,
        from,
        row.right_center() - Vec2::new(20.0, 0.0) - from,
    );
    let expected = format!("{BEAT}connect(\"hat\", \"verb/room\", level=0.25)\n");
    assert_eq!(desk.session().score(), expected);
}

#[test]
fn a_wire_dropped_on_empty_space_asks_for_a_node_and_joins_it() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let from = centre(&harness, "hat output");
    let below = harness
        .get_by_label("verb on the canvas")
        .rect()
        .center_bottom();
    drag(&mut harness, from, below + Vec2::new(0.0, 30.0) - from);
    harness.get_by_label("search nodes");
    typed(&mut harness, "echo");
    harness.key_press(Key::Enter);
    harness.run();
    let patch = desk.session().patch().clone();
    assert!(patch.node("echo").is_some());
    let led = patch.wires().into_iter().filter(|w| w.from == "hat");
    let ends: Vec<Option<String>> = led.map(|w| w.to.node().map(str::to_owned)).collect();
    assert_eq!(ends, [Some("echo".to_owned())]);
    assert!(desk.positions().contains_key("echo"));
    assert!(desk.session().score().contains("def echo_line(inp):"));
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT, "one step");
    assert!(!desk.positions().contains_key("echo"));
}

#[test]
fn a_level_on_a_wire_is_dragged_and_typed() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let level = centre(&harness, "bass to verb level");
    drag(&mut harness, level, Vec2::new(0.0, -16.0));
    let dragged = desk.session().patch().connections[0].level;
    assert!((0.5..=0.6).contains(&dragged), "{dragged}");
    let score = desk.session().score().to_owned();
    assert_eq!(
        score,
        BEAT.replace("(verb, 0.4)", &format!("(verb, {dragged})"))
    );
    harness.get_by_label("bass to verb level").focus();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    retyped(&mut harness, "0.25");
    let score = desk.session().score().to_owned();
    assert_eq!(score, BEAT.replace("(verb, 0.4)", "(verb, 0.25)"));
}

#[test]
fn a_selected_wire_is_cut_and_a_selected_node_goes() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let level = centre(&harness, "bass to verb level");
    click(&mut harness, level);
    harness.key_press(Key::Delete);
    harness.run();
    assert!(desk.session().patch().connections.is_empty());
    assert!(!desk.session().score().contains(">>"));

    let hat = header(&harness, "hat on the canvas");
    click(&mut harness, hat);
    harness.key_press(Key::Delete);
    harness.run();
    assert!(desk.session().patch().node("hat").is_none());
    undo(&mut harness);
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn a_wire_taken_off_its_input_and_let_go_is_cut() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let input = centre(&harness, "verb input 1");
    let below = harness
        .get_by_label("bass on the canvas")
        .rect()
        .center_bottom();
    drag(&mut harness, input, below + Vec2::new(0.0, 30.0) - input);
    assert!(desk.session().patch().connections.is_empty());
}

#[test]
fn a_node_goes_into_the_middle_of_a_wire() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let level = centre(&harness, "bass to verb level");
    click(&mut harness, level);
    harness.key_press(Key::I);
    harness.run();
    harness.get_by_label("search nodes");
    typed(&mut harness, "chorus");
    harness.key_press(Key::Enter);
    harness.run();
    let patch = desk.session().patch().clone();
    let wires: Vec<(String, String, f32, bool)> = patch
        .wires()
        .into_iter()
        .filter(|w| ["bass", "chorus"].contains(&&*w.from))
        .map(|w| {
            (
                w.from.clone(),
                w.to.node().unwrap_or("out").to_owned(),
                w.level,
                w.send,
            )
        })
        .collect();
    let wire = |from: &str, to: &str, level, send| (from.to_owned(), to.to_owned(), level, send);
    assert!(
        wires.contains(&wire("bass", "chorus", 0.4, true)),
        "{wires:?}"
    );
    assert!(
        wires.contains(&wire("chorus", "verb", 1.0, false)),
        "{wires:?}"
    );
    assert!(
        !wires.iter().any(|w| w.0 == "bass" && w.1 == "verb"),
        "{wires:?}"
    );
}
