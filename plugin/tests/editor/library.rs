//! The library and the picker: what can become a node.

use std::sync::Arc;

use egui::{Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;

use super::hands::{BEAT, click, header, open, typed, undo};
use super::learn::{engine, run};

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

#[test]
fn a_sound_of_the_library_is_heard_beside_what_plays_and_leaves_no_trace() {
    let desk = Desk::new(BEAT);
    let mut harness = open_wide(&desk);
    harness.get_by_label("search library").focus();
    harness.run();
    typed(&mut harness, "acid");
    let hear = |harness: &mut Harness<'_>| {
        // One is the library's own, another a preset's.
        let mut all = harness.get_all_by_label("hear acid");
        all.next().expect("an acid line").click();
        drop(all);
        harness.run();
    };
    hear(&mut harness);
    harness.get_by_label_contains("nothing can be heard yet");

    let mut engine = engine(&desk);
    run(&desk, &mut engine, &[]);
    let before = (desk.session().patch().clone(), desk.revision());
    hear(&mut harness);
    assert!(desk.session().is_auditioning());
    run(&desk, &mut engine, &[]);
    run(&desk, &mut engine, &[]);
    assert!(desk.session().status().peak[0] > 0.02);
    assert_eq!(
        (desk.session().score(), desk.draft()),
        (BEAT, BEAT.to_owned())
    );
    assert_eq!(*desk.session().patch(), before.0);
    harness.run();
    assert!(harness.query_by_label("it on the canvas").is_none());
    for _ in 0..18 {
        run(&desk, &mut engine, &[]);
    }
    assert!(!desk.session().is_auditioning());

    // From the keyboard, while one chooses.
    let hat = header(&harness, "hat on the canvas");
    click(&mut harness, hat);
    harness.key_press(Key::N);
    harness.run();
    typed(&mut harness, "reverb");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Space);
    harness.run();
    assert!(desk.session().is_auditioning());
    harness.get_by_label("search nodes");
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn a_node_from_a_preset_has_the_voices_and_values_it_has_there() {
    use sorl_graph::score::evaluate_with;
    use sorl_graph::ugen::Units;
    // The first of the factory's with a played node of many voices.
    let found = sorl_plugin::presets::factory().find_map(|preset| {
        let patch = evaluate_with(&preset.text, &Units::standard(), &Default::default());
        let mut nodes = patch.patch.ok()?.nodes.into_iter();
        let node = nodes.find(|node| node.count > 1 && !node.values.is_empty())?;
        Some((preset, node))
    });
    let (preset, node) = found.expect("a preset with voices");
    let desk = Desk::new("");
    let mut harness = open(&desk);
    harness.key_press(Key::N);
    harness.run();
    typed(&mut harness, &preset.name);
    harness.key_press(Key::Enter);
    harness.run();
    let patch = desk.session().patch().clone();
    let made = &patch.nodes[0];
    assert_eq!((made.count, &made.values), (node.count, &node.values));
    let score = desk.session().score().to_owned();
    assert!(score.contains(&format!("count={})", node.count)), "{score}");
    undo(&mut harness);
    assert_eq!(desk.session().score(), "");
}

/// An editor that has room for the library at its side.
fn open_wide(desk: &Arc<Desk>) -> Harness<'static> {
    let mut editor = Editor::new(Arc::clone(desk)).standalone();
    Harness::builder()
        .with_size(Vec2::new(1400.0, 900.0))
        .with_context_setup(Editor::setup)
        .build_ui(move |ui| editor.show(ui))
}
