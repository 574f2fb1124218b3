//! The transport bar, scenes, the computer's keyboard as a piano.

use egui::Key;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, click, header, open};

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
