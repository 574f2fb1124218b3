//! The transport bar, scenes, the computer's keyboard as a piano.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, click, header, open};
use super::learn::{engine, run};

#[test]
fn scenes_are_kept_and_recalled_on_the_bar() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    harness.get_by_label("keep as a scene").click();
    harness.run();
    assert_eq!(desk.session().score(), format!("{BEAT}save(\"scene 1\")\n"));
    assert_eq!(desk.session().scene(), 0);
    harness.get_by_label("scene scene 1").click();
    harness.run();
    assert_eq!(desk.session().scene(), 1);
    harness.get_by_label("scene score").click();
    harness.run();
    assert_eq!(desk.session().scene(), 0);
}

#[test]
fn the_letters_are_a_piano_while_the_keyboard_is_lit() {
    let desk = Desk::new(sorl_plugin::INSTRUMENT_SCORE);
    let mut harness = open(&desk);
    let synth = header(&harness, "synth on the canvas");
    click(&mut harness, synth);
    harness.get_by_label("computer keyboard").click();
    harness.run();
    harness.key_press(Key::S);
    harness.run();
    assert!(!desk.session().patch().nodes[0].solo, "S is a note now");
    harness.get_by_label("computer keyboard").click();
    harness.run();
    harness.key_press(Key::S);
    harness.run();
    assert!(desk.session().patch().nodes[0].solo);
}

#[test]
fn where_there_is_no_machine_code_the_interpreter_plays_and_the_editor_says_so() {
    use sorl_graph::signal::Backend;
    use sorl_graph::{Engine, Setup};
    // More instructions than are compiled.
    let large = "def f():\n    x = saw(110)\n    for i in range(200):\n        x = lowpass(x, 100 + i)\n    return x\nnode('large', f)\n";
    let desk = Desk::new(large);
    let setup = Setup { rate: 48_000 };
    let _engine = {
        let mut session = desk.session();
        let end = session.connect(setup);
        Engine::new(setup, end)
    };
    let mut harness = open(&desk);
    harness.run();
    harness.get_by_label_contains("evaluated; slower than it could be: `large` plays interpreted");
    // Where it was asked for, there is nothing to explain.
    let _engine = {
        let mut session = desk.session();
        session.set_backend(Backend::Interpreter);
        let end = session.connect(setup);
        Engine::new(setup, end)
    };
    harness.run();
    harness.get_by_label("evaluated, interpreted (slower)");
}

#[test]
fn the_master_tells_the_highest_true_peak_until_it_is_seen() {
    let tone = "def tone():\n    return sine_osc(1000) * 1.2\nnode('tone', tone)\n";
    let desk = Desk::new(tone);
    let mut engine = engine(&desk);
    let mut harness = open(&desk);
    harness.run();
    run(&desk, &mut engine, &[]);
    harness.run();
    let highest = harness.get_by_label("highest true peak");
    let told = highest.value().unwrap_or_default();
    let decibels: f32 = told.trim_end_matches(" dB").parse().expect("a level");
    assert!((1.2..=1.8).contains(&decibels), "{told}");
    highest.click();
    harness.run();
    let told = harness.get_by_label("highest true peak").value();
    assert_eq!(told.as_deref(), Some("−∞ dB"));
}

#[test]
fn rooms_are_put_away_and_brought_back_by_keys() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    for (key, within) in [
        (Key::Num1, "search library"),
        (Key::Num2, "IN THIS SCORE"),
        (Key::Num3, "score"),
        (Key::Num4, "kick lane"),
    ] {
        let there = |h: &egui_kittest::Harness<'_>| h.query_all_by_label(within).count() > 0;
        assert!(there(&harness), "{within}");
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run();
        assert!(!there(&harness), "{within}");
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run();
        assert!(there(&harness), "{within}");
    }
    for key in [Key::Num3, Key::Num4] {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
    }
    harness.run();
    harness.get_by_label("evaluate");
    harness.get_by_label("kick on the canvas");
}

#[test]
fn the_space_bar_is_the_hosts_in_a_host() {
    let desk = Desk::new(BEAT);
    let mut editor = sorl_plugin::editor::Editor::new(std::sync::Arc::clone(&desk));
    let mut harness = egui_kittest::Harness::builder()
        .with_context_setup(sorl_plugin::editor::Editor::setup)
        .build_ui(move |ui| editor.show(ui));
    let playing = desk.session().status().playing;
    harness.key_press(Key::Space);
    harness.run();
    assert_eq!(desk.session().status().playing, playing);
    assert!(harness.query_by_label("play").is_none(), "its clock rules");
}
