//! The inspector: one node, its controls and what drives them.

use std::sync::Arc;

use egui::{Event, Key, Modifiers, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, click, drag, header, menu, open, retyped, typed, undo};
use super::learn::{engine, run};
use super::modules::double_click;

/// A voice with a control in hertz, and a slow wave that could move it.
const VOICE: &str = "def voice():
    return lowpass(saw(110), control(\"cutoff\", 800, 100, 4000))

def slow():
    return sine_osc(0.5)

v = node(\"voice\", voice)
l = node(\"lfo\", slow)
";

/// An editor with a node selected.
fn selected(desk: &Arc<Desk>, node: &str) -> Harness<'static> {
    let mut harness = open(desk);
    let card = header(&harness, &format!("{node} on the canvas"));
    click(&mut harness, card);
    harness
}

/// The middle of a knob: it stands right of the card.
fn knob(harness: &Harness<'_>, label: &str) -> Pos2 {
    let all = harness.get_all_by_label(label).map(|node| node.rect());
    let last = all.max_by(|a, b| a.left().total_cmp(&b.left()));
    last.expect("a knob").center_top() + Vec2::new(0.0, 25.0)
}

/// Types into a knob, from Enter to Enter.
fn type_into(harness: &mut Harness<'_>, label: &str, words: &str) {
    let all = harness.get_all_by_label(label);
    let last = all.max_by(|a, b| a.rect().left().total_cmp(&b.rect().left()));
    last.expect("a knob").focus();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    retyped(harness, words);
}

#[test]
fn hertz_are_typed_in_thousands_and_by_the_names_of_notes() {
    let desk = Desk::new(VOICE);
    let mut harness = selected(&desk, "voice");
    type_into(&mut harness, "voice cutoff", "1.2k");
    assert_eq!(
        desk.session().score(),
        format!("{VOICE}set(\"voice/cutoff\", 1200)\n")
    );
    type_into(&mut harness, "voice cutoff", "C4");
    let cutoff = desk.session().value("voice", "cutoff").expect("a cutoff");
    assert!((cutoff - 261.63).abs() < 0.01, "{cutoff}");
    assert_eq!(
        desk.session().score(),
        format!("{VOICE}set(\"voice/cutoff\", {cutoff})\n"),
        "in the place of the other"
    );
    type_into(&mut harness, "voice cutoff", "loud");
    harness.get_by_label_contains("that is no value for voice/cutoff");
    assert_eq!(desk.session().value("voice", "cutoff"), Some(cutoff));
}

#[test]
fn a_double_click_on_a_knob_puts_it_where_it_starts() {
    let score = format!("{VOICE}v[\"cutoff\"] = 2000\n");
    let desk = Desk::new(&score);
    let mut harness = selected(&desk, "voice");
    let at = knob(&harness, "voice cutoff");
    double_click(&mut harness, at);
    assert_eq!(desk.session().score(), score.replace("= 2000", "= 800"));
    undo(&mut harness);
    assert_eq!(desk.session().score(), score);
}

#[test]
fn with_shift_a_knob_turns_ten_times_finer() {
    let turned = |shift: bool| {
        let desk = Desk::new(BEAT);
        let mut harness = selected(&desk, "verb");
        let at = knob(&harness, "verb room");
        if shift {
            harness.event(Event::ModifiersChanged(Modifiers::SHIFT));
        }
        drag(&mut harness, at, Vec2::new(-40.0, 0.0));
        let room = desk.session().value("verb", "room").expect("a room");
        let score = desk.session().score().to_owned();
        assert_eq!(
            score,
            format!("{BEAT}set(\"verb/room\", {room})\n"),
            "one step, one line"
        );
        undo(&mut harness);
        assert_eq!(desk.session().score(), BEAT);
        0.7 - room
    };
    let (coarse, fine) = (turned(false), turned(true));
    assert!((coarse / fine - 10.0).abs() < 0.6, "{coarse} {fine}");
}

#[test]
fn a_wave_that_moves_a_control_is_told_and_cut_in_the_inspector() {
    let score = format!("{VOICE}l >> (v[\"cutoff\"], 400)\n");
    let desk = Desk::new(&score);
    let mut harness = selected(&desk, "voice");
    harness.get_by_label("moved by");
    harness.get_by_label("lfo · 400");
    harness
        .get_by_label("cut the wire from lfo to cutoff")
        .click();
    harness.run();
    assert!(desk.session().patch().connections.is_empty());
    assert_eq!(desk.session().score(), VOICE);
}

#[test]
fn what_a_node_costs_is_told_while_it_runs() {
    let desk = Desk::new(BEAT);
    let mut engine = engine(&desk);
    run(&desk, &mut engine, &[]);
    let mut harness = selected(&desk, "bass");
    let mut told = false;
    for _ in 0..20 {
        harness.step();
        run(&desk, &mut engine, &[]);
        let line = harness.query_by_label_contains("bass · 1 voice · line 27");
        let words = line.and_then(|line| line.value().or(line.accesskit_node().label()));
        told |= words.is_some_and(|words| words.ends_with(" %"));
    }
    assert!(told);
}

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
