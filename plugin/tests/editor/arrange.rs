//! Where cards stand: in lines, and laid out anew.

use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, drag, header, menu, open, undo};

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
