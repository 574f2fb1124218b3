//! The library and the picker: what can become a node.

use egui::Key;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, click, header, open, typed};

#[test]
fn a_node_comes_from_the_library_by_keyboard_and_goes_behind_what_is_selected() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let hat = header(&harness, "hat on the canvas");
    click(&mut harness, hat);
    harness.key_press(Key::N);
    harness.run();
    typed(&mut harness, "drv");
    harness.key_press(Key::Enter);
    harness.run();
    let patch = desk.session().patch().clone();
    let ends = |name: &str| {
        let wires = patch.wires().into_iter().filter(|w| w.from == name);
        wires
            .map(|w| w.to.node().unwrap_or("out").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (ends("hat"), ends("drive")),
        (vec!["drive".to_owned()], vec!["out".to_owned()])
    );

    harness.key_press(Key::N);
    harness.run();
    typed(&mut harness, "zzz");
    harness.get_by_label("nothing of that name");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("search nodes").is_none());
}
