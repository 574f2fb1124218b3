//! The inspector: one node, its controls and what drives them.

use egui::Key;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, click, header, menu, open, typed};

#[test]
fn a_value_is_typed_with_its_unit() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let verb = header(&harness, "verb on the canvas");
    click(&mut harness, verb);
    harness
        .get_all_by_label("verb gain")
        .last()
        .expect("a knob")
        .focus();
    harness.run();
    typed(&mut harness, "-");
    typed(&mut harness, "6 dB");
    harness.key_press(Key::Enter);
    harness.run();
    let gain = desk.session().value("verb", "gain").expect("a gain");
    assert!((gain - 0.501).abs() < 1e-3, "{gain}");
    assert!(desk.session().score().contains("reverb_fx, gain=0.50"));
}

#[test]
fn a_control_goes_to_a_macro_with_a_click_and_off_again() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let verb = header(&harness, "verb on the canvas");
    click(&mut harness, verb);
    let both = harness
        .get_all_by_label("verb room")
        .map(|node| node.rect());
    let knob = both
        .max_by(|a, b| a.left().total_cmp(&b.left()))
        .expect("a knob, right of the card");
    menu(&mut harness, knob.center());
    harness.get_by_label("macro 3").click();
    harness.run();
    assert_eq!(
        desk.session().score(),
        format!("{BEAT}macro(3, \"verb/room\", 0, 1)\n")
    );
    desk.session().set_macro(3, 0.25).expect("a macro");
    assert_eq!(desk.session().value("verb", "room"), Some(0.25));
    harness.get_by_label("take off M3 from room").click();
    harness.run();
    assert!(desk.session().patch().mappings.is_empty());
}

#[test]
fn what_plays_a_control_is_taken_off_in_the_inspector_and_its_wires_are_cut() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let bass = header(&harness, "bass on the canvas");
    click(&mut harness, bass);
    harness.get_by_label("take off what plays cutoff").click();
    harness.run();
    let bindings = desk.session().patch().bindings.len();
    assert_eq!(bindings, 3);
    harness.get_by_label("cut the wire to verb").click();
    harness.run();
    assert!(desk.session().patch().connections.is_empty());
    harness.get_by_label("undo").click();
    harness.run();
    harness.get_by_label("undo").click();
    harness.run();
    assert_eq!(desk.session().score(), BEAT);
    harness.get_by_label("redo").click();
    harness.run();
    assert_eq!(desk.session().patch().bindings.len(), 3);
}

#[test]
fn a_selected_node_shows_all_about_itself() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    harness.get_by_label("bass").click();
    harness.run();
    harness.get_by_label("LEADS TO");
    harness.get_by_label_contains("bass · 1 voice · line 27");
    harness.get_by_label_contains("kr.sine(200, 2000).over(4)");
    harness.get_by_label("×").click();
    harness.run();
    harness.get_by_label("IN THIS SCORE");

    let card = header(&harness, "verb on the canvas");
    harness.hover_at(card);
    harness.drag_at(card);
    harness.drop_at(card);
    harness.run();
    harness.get_by_label_contains("reverb_fx · ");
}
