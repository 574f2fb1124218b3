//! A signal function opened as the graph of its operations.

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, click, header, open};
use super::learn::{engine, run};
use super::modules::double_click;

/// What an operation shows, by how its title begins.
fn value(harness: &Harness<'_>, title: &str) -> String {
    let label = format!(": {title}");
    let node = harness
        .get_all_by_label_contains(&label)
        .next()
        .expect("an operation");
    node.value().unwrap_or_default()
}

#[test]
fn a_function_is_opened_as_its_operations_with_its_text_beside_it() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let bass = header(&harness, "bass on the canvas");
    double_click(&mut harness, bass);
    harness.get_by_label("operations of bass");
    harness.get_by_label_contains(": lowpass");
    harness.get_by_label_contains(": out");
    harness.get_by_label_contains("def bass() -> krs.Signal:");
    assert!(harness.query_by_label("kick on the canvas").is_none());
    // Without an engine what hangs on values alone is known.
    assert_eq!(value(&harness, "cutoff"), "800");
    harness.get_by_label("operations").click();
    harness.run();
    harness.get_by_label_contains("= lowpass %");
    harness.key_press(Key::Escape);
    harness.run();
    harness.get_by_label("kick on the canvas");
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn the_values_in_a_running_function_are_those_that_sound() {
    let score = "def tone(inp):\n    return (inp + control(\"level\", 0.25, 0, 1)) * 0.5\n\nnode(\"tone\", tone)\n";
    let desk = Desk::new(score);
    let mut engine = engine(&desk);
    run(&desk, &mut engine, &[]);
    let mut harness = open(&desk);
    let tone = header(&harness, "tone on the canvas");
    click(&mut harness, tone);
    harness.key_press(Key::Enter);
    harness.run();
    let mut after = |level: f32| {
        desk.session().set("tone/level", level).expect("a level");
        for _ in 0..4 {
            run(&desk, &mut engine, &[]);
            harness.run();
        }
        (value(&harness, "level"), value(&harness, "× 0.5"))
    };
    assert_eq!(after(0.5), ("0.5".to_owned(), "0.25".to_owned()));
    assert_eq!(after(1.0), ("1".to_owned(), "0.5".to_owned()));
}
