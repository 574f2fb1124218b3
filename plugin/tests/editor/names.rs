//! Everything that can be worked has a name for those who cannot see it, and can be reached by keyboard.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, click, header, menu, open, write};

/// What hands work with.
const WORKED: [Role; 9] = [
    Role::Button,
    Role::CheckBox,
    Role::ComboBox,
    Role::RadioButton,
    Role::Slider,
    Role::SpinButton,
    Role::TextInput,
    Role::MultilineTextInput,
    Role::ColorWell,
];

/// The controls that have no name: their role and place.
fn unnamed(harness: &Harness<'_>) -> Vec<String> {
    let all = harness.root().children_recursive();
    let nameless = all.filter(|node| {
        let node = node.accesskit_node();
        WORKED.contains(&node.role()) && node.label().is_none_or(|name| name.trim().is_empty())
    });
    let told =
        nameless.map(|node| format!("{:?} at {}", node.accesskit_node().role(), node.rect()));
    told.collect()
}

fn all_have_names(harness: &Harness<'_>, view: &str) {
    let found = unnamed(harness);
    assert!(found.is_empty(), "{view}: {found:#?}");
}

#[test]
fn every_control_of_every_view_has_a_name() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    all_have_names(&harness, "all rooms");
    let bass = header(&harness, "bass on the canvas");
    click(&mut harness, bass);
    all_have_names(&harness, "the inspector and the roll");
    harness.get_by_label("scope").click();
    harness.run();
    harness.get_by_label("freeze");
    all_have_names(&harness, "the scope");
    menu(&mut harness, bass);
    all_have_names(&harness, "a node's menu");
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::N);
    harness.run();
    harness.get_by_label("search nodes");
    all_have_names(&harness, "the picker");
    harness.key_press(Key::Escape);
    harness.run();
    for word in ["view", "presets"] {
        harness.get_by_label(word).click();
        harness.run();
        all_have_names(&harness, word);
        harness.key_press(Key::Escape);
        harness.run();
    }
    write(&mut harness, "a = lo");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    harness.get_by_label("replace by");
    all_have_names(&harness, "find and replace");
}

/// What has the keyboard.
fn focused(harness: &Harness<'_>) -> Option<String> {
    let mut all = harness.root().children_recursive();
    all.find_map(|node| {
        node.is_focused()
            .then(|| node.accesskit_node().label())
            .flatten()
    })
}

#[test]
fn the_keyboard_leads_to_every_room_and_through_it() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let mut rooms = Vec::new();
    for _ in 0..7 {
        harness.key_press(Key::F6);
        harness.step();
        let room = focused(&harness).expect("a room");
        let seek = match room.as_str() {
            "transport" => "play",
            "timeline" => "grid 1/16",
            "one statement" => "console",
            "text" => "score",
            "library" => "search library",
            "inspector" => "kick",
            "canvas" => "kick gain",
            other => panic!("a room called {other}"),
        };
        rooms.push(room);
        let found = (0..12).any(|_| {
            harness.key_press(Key::Tab);
            harness.step();
            focused(&harness).as_deref() == Some(seek)
        });
        assert!(found, "{seek} is in {rooms:?}");
    }
    harness.key_press(Key::F6);
    harness.step();
    assert_eq!(focused(&harness).as_ref(), rooms.first());
    harness.key_press_modifiers(Modifiers::SHIFT, Key::F6);
    harness.step();
    assert_eq!(focused(&harness).as_ref(), rooms.last());
}
