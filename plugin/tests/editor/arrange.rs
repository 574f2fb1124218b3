//! Where cards stand: in lines, and laid out anew.

use egui::{Event, Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, drag, header, menu, open, undo};

#[test]
fn a_frame_drawn_with_shift_selects_what_it_touches() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let kick = harness.get_by_label("kick on the canvas").rect();
    let hat = harness.get_by_label("hat on the canvas").rect();
    let from = kick.left_top() - Vec2::new(30.0, 20.0);
    let to = hat.center();
    harness.event(Event::ModifiersChanged(Modifiers::SHIFT));
    drag(&mut harness, from, to - from);
    harness.event(Event::ModifiersChanged(Modifiers::NONE));
    harness.run();
    harness.key_press(Key::M);
    harness.run();
    assert_eq!(
        desk.session().score(),
        format!("{BEAT}mute(\"kick\")\nmute(\"hat\")\n")
    );
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT, "one step");
}

#[test]
fn selected_cards_are_put_into_a_line_as_one_step() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let hat = header(&harness, "hat on the canvas");
    drag(&mut harness, hat, Vec2::new(30.0, 8.0));
    let before = desk.positions();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    let nodes = ["kick", "hat", "bass", "verb"];
    for (words, axis) in [("align left edges", 0), ("align upper edges", 1)] {
        let card = header(&harness, "hat on the canvas");
        menu(&mut harness, card);
        harness.get_by_label_contains(words).click();
        harness.run();
        let places = desk.positions();
        let first = nodes
            .iter()
            .map(|n| before[*n][axis])
            .fold(f32::MAX, f32::min);
        assert!(
            nodes.iter().all(|n| places[*n][axis] == first),
            "{words}: {places:?}"
        );
        assert_eq!(places["out"], before["out"], "what is not selected stays");
        undo(&mut harness);
        assert_eq!(desk.positions(), before);
    }
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn cards_are_laid_out_anew_and_that_can_be_taken_back() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let hat = header(&harness, "hat on the canvas");
    drag(&mut harness, hat, Vec2::new(40.0, 30.0));
    let placed = desk.positions();
    harness.key_press(Key::L);
    harness.run();
    assert!(desk.positions().is_empty());
    undo(&mut harness);
    assert_eq!(desk.positions(), placed);
}
