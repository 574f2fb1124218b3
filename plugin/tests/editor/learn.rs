//! What is assigned with a click: macros and MIDI controllers; and values that have names.

use std::sync::Arc;

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_graph::{Block, Engine, NoteEvent, Setup, TimedNote};
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, click, header, open, undo};

/// An engine on a desk, to be run by hand.
pub fn engine(desk: &Arc<Desk>) -> Engine {
    let setup = Setup { rate: 48_000 };
    let end = desk.session().connect(setup);
    Engine::new(setup, end)
}

/// A tenth of a second, with these events at its beginning; the session hears of it.
pub fn run(desk: &Arc<Desk>, engine: &mut Engine, events: &[NoteEvent]) {
    let notes: Vec<TimedNote> = events
        .iter()
        .map(|event| TimedNote {
            frame: 0,
            event: *event,
        })
        .collect();
    for block in 0..10 {
        let notes = if block == 0 { &notes[..] } else { &[] };
        let (mut left, mut right) = ([0.0; 480], [0.0; 480]);
        engine.process(Block {
            inputs: &[],
            outputs: &mut [&mut left, &mut right],
            frames: 480,
            host: None,
            notes,
        });
    }
    desk.session().tick();
}

fn control(cc: u8) -> NoteEvent {
    NoteEvent::Control {
        channel: 2,
        cc,
        value: 0.5,
    }
}

fn select_verb(harness: &mut Harness<'_>) {
    let verb = header(harness, "verb on the canvas");
    click(harness, verb);
}

#[test]
fn a_control_learns_the_controller_that_is_moved_next() {
    let desk = Desk::new(BEAT);
    let mut engine = engine(&desk);
    // One that was moved before is not meant.
    run(&desk, &mut engine, &[control(7)]);
    let mut harness = open(&desk);
    select_verb(&mut harness);
    harness.get_by_label("learn a controller for room").click();
    harness.run();
    harness.get_by_label("stop learning");
    assert_eq!(desk.session().score(), BEAT);
    // The number of a parameter is no controller of its own.
    run(&desk, &mut engine, &[control(101)]);
    harness.run();
    assert_eq!(desk.session().score(), BEAT);
    run(&desk, &mut engine, &[control(74)]);
    harness.run();
    assert_eq!(
        desk.session().score(),
        format!("{BEAT}midi_map(74, \"verb/room\", 0, 1)\n")
    );
    // Now it turns it, and nothing waits any more.
    run(&desk, &mut engine, &[control(74)]);
    run(&desk, &mut engine, &[control(71)]);
    harness.run();
    let room = desk.session().value("verb", "room").expect("a room");
    assert!((room - 0.5).abs() < 0.01, "{room}");
    assert_eq!(desk.session().patch().mappings.len(), 1);
    harness.get_by_label("take off CC74 from room").click();
    harness.run();
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn escape_and_a_second_click_end_the_learning() {
    let desk = Desk::new(BEAT);
    let mut engine = engine(&desk);
    let mut harness = open(&desk);
    select_verb(&mut harness);
    for escape in [true, false] {
        harness.get_by_label("learn a controller for room").click();
        harness.run();
        match escape {
            true => harness.key_press(Key::Escape),
            false => harness.get_by_label("stop learning").click(),
        }
        harness.run();
        run(&desk, &mut engine, &[control(74)]);
        harness.run();
        assert_eq!(desk.session().score(), BEAT);
    }
}

#[test]
fn the_first_free_macro_is_one_click_away() {
    let desk = Desk::new(&format!("{BEAT}macro(1, \"bass/cutoff\", 200, 4000)\n"));
    let mut harness = open(&desk);
    select_verb(&mut harness);
    harness.get_by_label("assign macro 2 to room").click();
    harness.run();
    let score = desk.session().score().to_owned();
    assert!(
        score.ends_with("macro(2, \"verb/room\", 0, 1)\n"),
        "{score}"
    );
    undo(&mut harness);
    assert_eq!(desk.session().patch().mappings.len(), 1);
}

const CHOICE: &str = "def voice():
    wave = control(\"wave\", \"saw\", labels=[\"sine\", \"saw\", \"square\"])
    shift = control(\"shift\", 0, -12, 12, step=1, unit=\"st\")
    return saw(110 + wave + shift)

v = node(\"voice\", voice)
";

#[test]
fn a_choice_is_a_list_of_its_labels_and_steps_have_their_unit() {
    let desk = Desk::new(CHOICE);
    let mut harness = open(&desk);
    let voice = header(&harness, "voice on the canvas");
    click(&mut harness, voice);
    let wave = harness.get_by_label("voice wave").value();
    assert_eq!(wave.as_deref(), Some("saw"), "on the card too");
    harness.get_by_label("choose voice wave").click();
    harness.run();
    harness.get_by_label("square").click();
    harness.run();
    assert_eq!(
        desk.session().score(),
        format!("{CHOICE}set(\"voice/wave\", 2)\n")
    );
    let bar = harness
        .get_all_by_label("voice shift")
        .next()
        .expect("a bar");
    assert_eq!(bar.value().as_deref(), Some("0 st"));
    bar.focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(desk.session().value("voice", "shift"), Some(1.0));
}
