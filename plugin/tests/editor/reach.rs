//! Long lists: what is not seen is not laid out, and the keyboard leads there all the same.

use std::fmt::Write;

use egui::{Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;

use super::hands::open;

/// What has the keyboard.
fn focused(harness: &Harness<'_>) -> Option<String> {
    let mut all = harness.root().children_recursive();
    all.find_map(|node| {
        node.is_focused()
            .then(|| node.accesskit_node().label())
            .flatten()
    })
}

/// Sixteen nodes with a lane each: more than are seen.
fn many() -> String {
    let mut score = "def one():\n    return saw(110) * control(\"gate\", 0, 0, 1)\n\n".to_owned();
    for i in 0..16 {
        // Writing to a String does not fail.
        let _ = writeln!(score, "node(\"n{i}\", one)");
    }
    score
}

/// Presses a key until something has the keyboard; what had it on the way.
fn lead(harness: &mut Harness<'_>, modifiers: Modifiers, to: &str) -> Vec<String> {
    let mut way = Vec::new();
    for _ in 0..400 {
        harness.key_press_modifiers(modifiers, Key::Tab);
        harness.step();
        let Some(at) = focused(harness) else { continue };
        if way.last() != Some(&at) {
            way.push(at.clone());
        }
        if at == to {
            return way;
        }
    }
    panic!("{to} was not reached by {way:?}");
}

#[test]
fn the_keyboard_leads_through_all_lanes_and_brings_them_into_sight() {
    let desk = Desk::new(&many());
    let mut harness = open(&desk);
    assert!(harness.query_by_label("n0 lane").is_some());
    assert!(
        harness.query_by_label("n15 lane").is_none(),
        "what is not seen costs nothing"
    );
    harness.get_by_label("n0 lane name").focus();
    harness.run();
    let way = lead(&mut harness, Modifiers::NONE, "n15 lane");
    for i in 0..16 {
        for part in ["name", "mute", "solo"] {
            let name = format!("n{i} lane {part}");
            let first = i == 0 && part == "name";
            assert!(first || way.contains(&name), "{name} in {way:?}");
        }
        assert!(way.contains(&format!("n{i} lane")));
    }
    harness.run();
    let window = Vec2::from(Editor::DEFAULT_SIZE);
    let last = harness.get_by_label("n15 lane").rect();
    assert!(last.bottom() < window.y - 30.0, "{last:?}");
    assert!(harness.query_by_label("n0 lane").is_none());
    // What has the keyboard works.
    harness.key_press(Key::Enter);
    harness.run();
    let patch = desk.session().patch().clone();
    assert_eq!(patch.bindings[0].node, "n15");
    // And back.
    lead(&mut harness, Modifiers::SHIFT, "n0 lane name");
}

#[test]
fn the_keyboard_leads_through_all_nodes_of_the_inspector() {
    let desk = Desk::new(&many());
    let mut harness = open(&desk);
    assert!(harness.query_by_label("n15").is_none());
    harness.get_by_label("n0").focus();
    harness.run();
    lead(&mut harness, Modifiers::NONE, "n15");
    harness.run();
    let last = harness.get_by_label("n15").rect();
    assert!(last.bottom() < 480.0, "{last:?}");
    lead(&mut harness, Modifiers::SHIFT, "n0");
}

#[test]
fn the_keyboard_leads_through_all_of_the_library() {
    let desk = Desk::new(&many());
    let mut editor = Editor::new(std::sync::Arc::clone(&desk)).standalone();
    let mut harness = Harness::builder()
        .with_size(Vec2::new(1400.0, 900.0))
        .with_context_setup(Editor::setup)
        .build_ui(move |ui| editor.show(ui));
    harness.get_by_label("search library").focus();
    harness.run();
    // Further down than is seen, with the headings of some groups on the way.
    let way = lead(&mut harness, Modifiers::NONE, "hear limiter");
    let adds = way.iter().filter_map(|name| name.strip_prefix("add "));
    let entries: Vec<&str> = adds.collect();
    assert!(entries[0].starts_with("one: "), "{}", entries[0]);
    for part in ["saw: ", "kick: ", "drift: ", "compressor: ", "limiter: "] {
        let found = entries.iter().any(|entry| entry.starts_with(part));
        assert!(found, "{part} in {entries:?}");
    }
    harness.run();
    let last = harness.get_by_label("hear limiter").rect();
    assert!(last.bottom() < 650.0, "{last:?}");
    // What has the keyboard works.
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert!(desk.session().patch().node("limiter").is_some());
}
