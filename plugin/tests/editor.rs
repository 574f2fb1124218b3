//! The editor without a window: what it shows, and what hands on it do to score and session.

use std::sync::Arc;

use egui::{Event, Key, Modifiers, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;

const BEAT: &str = include_str!("../../examples/five-minute-beat.sorl");

/// An editor on a desk, drawn into nothing.
fn open(desk: &Arc<Desk>) -> Harness<'static> {
    let mut editor = Editor::new(Arc::clone(desk)).standalone();
    Harness::builder()
        .with_size(Vec2::from(Editor::DEFAULT_SIZE))
        .with_context_setup(Editor::setup)
        .build_ui(move |ui| editor.show(ui))
}

/// Replaces the text of the score pane, by the keyboard.
fn write(harness: &mut Harness<'_>, text: &str) {
    harness.get_by_label("score").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(Event::Paste(text.to_owned()));
    harness.run();
}

fn evaluate(harness: &mut Harness<'_>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run();
}

/// Drags from one place to another, as a hand does: in steps.
fn drag(harness: &mut Harness<'_>, from: Pos2, by: Vec2) {
    harness.hover_at(from);
    harness.drag_at(from);
    harness.run();
    for step in 1..=4 {
        harness.hover_at(from + by * step as f32 / 4.0);
        harness.run();
    }
    harness.drop_at(from + by);
    harness.run();
}

fn centre(harness: &Harness<'_>, label: &str) -> Pos2 {
    harness.get_by_label(label).rect().center()
}

/// The upper edge of a card, where nothing but the card is.
fn header(harness: &Harness<'_>, label: &str) -> Pos2 {
    harness.get_by_label(label).rect().center_top() + Vec2::new(0.0, 10.0)
}

#[test]
fn all_of_the_beat_is_shown() {
    let desk = Desk::new(BEAT);
    let harness = open(&desk);
    for node in ["kick", "hat", "bass", "verb"] {
        harness.get_by_label(&format!("{node} on the canvas"));
        harness.get_by_label(node);
        harness.get_by_label(&format!("{node} gain"));
    }
    harness.get_by_label("out 1–2 on the canvas");
    harness.get_by_label("bass cutoff");
    assert_eq!(
        harness.get_by_label("verb room").value().as_deref(),
        Some("0.70")
    );
    assert_eq!(harness.get_by_label("score").value().as_deref(), Some(BEAT));
    harness.get_by_label("evaluated");
}

#[test]
fn a_card_tells_where_its_wires_lead() {
    let desk = Desk::new(BEAT);
    let harness = open(&desk);
    let wires = |label: &str| harness.get_by_label(label).value();
    assert_eq!(wires("kick on the canvas").as_deref(), Some("to out"));
    assert_eq!(
        wires("bass on the canvas").as_deref(),
        Some("to verb 0.40, out")
    );
}

#[test]
fn a_changed_score_sounds_after_ctrl_enter_and_not_before() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let before = desk.session().patch().clone();
    let changed = BEAT.replace("gain=0.8)", "gain=0.6)") + "t = kr.node(\"tick\", hat)\n";
    write(&mut harness, &changed);
    harness.get_by_label("edited, not heard yet");
    assert_eq!(*desk.session().patch(), before);
    assert_eq!(desk.draft(), changed);

    evaluate(&mut harness);
    assert_eq!(desk.session().score(), changed);
    assert_eq!(desk.session().value("kick", "gain"), Some(0.6));
    harness.get_by_label("evaluated");
    harness.get_by_label("tick on the canvas");
}

#[test]
fn the_button_evaluates_too() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    write(&mut harness, &BEAT.replace("tempo = 128", "tempo = 90"));
    harness.get_by_label("evaluate").click();
    harness.run();
    assert_eq!(desk.session().patch().tempo, Some(90.0));
}

#[test]
fn a_broken_score_says_why_and_leaves_the_sound() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let before = desk.session().patch().clone();
    write(
        &mut harness,
        &BEAT.replace("krs.saw(freq), cutoff)", "krs.saw(freq), cutof)"),
    );
    evaluate(&mut harness);
    assert_eq!(*desk.session().patch(), before);
    assert_eq!(desk.session().score(), BEAT);
    harness.get_by_label_contains("line 17: ");

    write(&mut harness, BEAT);
    let finding = harness.query_by_label_contains("line 17: ");
    assert!(
        finding.is_none(),
        "what was found belongs to the text it was found in"
    );
    evaluate(&mut harness);
    harness.get_by_label("evaluated");
}

#[test]
fn a_dragged_card_stays_where_it_was_put_and_the_others_where_they_were() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let apart = |harness: &Harness<'_>| {
        centre(harness, "hat on the canvas") - centre(harness, "verb on the canvas")
    };
    let before = apart(&harness);
    let by = Vec2::new(60.0, -12.0);
    let from = header(&harness, "hat on the canvas");
    drag(&mut harness, from, by);
    let placed = desk.positions();
    assert!(placed.contains_key("hat") && placed.contains_key("verb"));
    let moved = apart(&harness);
    assert!(
        (moved - before - by).length() < 2.0,
        "{before:?} became {moved:?}"
    );
    assert_eq!(
        desk.session().score(),
        BEAT,
        "places are no part of the score"
    );

    let again = open(&desk);
    assert!(
        (apart(&again) - moved).length() < 2.0,
        "a reopened window shows the same"
    );
}

#[test]
fn escape_takes_a_drag_back() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let from = header(&harness, "hat on the canvas");
    harness.hover_at(from);
    harness.drag_at(from);
    harness.run();
    harness.hover_at(from + Vec2::splat(40.0));
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    harness.hover_at(from + Vec2::splat(60.0));
    harness.drop_at(from + Vec2::splat(60.0));
    harness.run();
    assert!(desk.positions().is_empty());
}

#[test]
fn a_hand_on_a_bar_moves_the_value_and_not_the_score() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let gain = || {
        desk.session()
            .value("kick", "gain")
            .expect("every node has a gain")
    };
    let bar = centre(&harness, "kick gain");
    drag(&mut harness, bar, Vec2::new(-60.0, 0.0));
    let dragged = gain();
    assert!(dragged < 0.6, "{dragged}");
    assert_eq!(desk.session().score(), BEAT);

    harness.get_by_label("kick gain").focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert!(
        (gain() - dragged - 0.01).abs() < 1e-4,
        "{dragged} became {}",
        gain()
    );
}

#[test]
fn escape_gives_a_value_back() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let bar = centre(&harness, "kick gain");
    harness.hover_at(bar);
    harness.drag_at(bar);
    harness.run();
    harness.hover_at(bar - Vec2::new(50.0, 0.0));
    harness.run();
    assert!(desk.session().value("kick", "gain") < Some(0.6));
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(desk.session().value("kick", "gain"), Some(0.8));
}

#[test]
fn a_selected_node_shows_all_about_itself() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    harness.get_by_label("bass").click();
    harness.run();
    harness.get_by_label("LEADS TO");
    harness.get_by_label_contains("bass · 1 voice · line 27");
    harness.get_by_label_contains("kr.sine(200, 2000).over(4)");
    harness.get_by_label("×").click();
    harness.run();
    harness.get_by_label("IN THIS SCORE");

    let card = header(&harness, "verb on the canvas");
    harness.hover_at(card);
    harness.drag_at(card);
    harness.drop_at(card);
    harness.run();
    harness.get_by_label_contains("reverb_fx · ");
}

#[test]
fn space_belongs_to_the_text_while_somebody_writes() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    write(&mut harness, "# one");
    harness.key_down(Key::Space);
    harness.event(Event::Text(" ".to_owned()));
    harness.key_up(Key::Space);
    harness.run();
    assert_eq!(desk.draft(), "# one ");
}

#[test]
fn enter_and_tab_care_for_indentation() {
    let desk = Desk::new("");
    let mut harness = open(&desk);
    write(&mut harness, "def a():");
    harness.key_press(Key::Enter);
    harness.event(Event::Text("x".to_owned()));
    harness.run();
    assert_eq!(desk.draft(), "def a():\n    x");
    harness.key_press(Key::Enter);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
    harness.key_press(Key::Tab);
    harness.key_press(Key::Tab);
    harness.run();
    assert_eq!(desk.draft(), "def a():\n    x\n        ");
}

#[test]
fn keys_that_arrive_in_one_frame_act_in_their_order() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    write(&mut harness, "");
    let key = |key, modifiers| Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers,
    };
    let text = |text: &str| Event::Text(text.to_owned());
    // All at once, as on a machine that draws slowly.
    harness.input_mut().events.extend([
        text("if True:"),
        key(Key::Enter, Modifiers::NONE),
        text("tempo(90)"),
        key(Key::Enter, Modifiers::NONE),
        key(Key::Tab, Modifiers::SHIFT),
        text("# end"),
        key(Key::Enter, Modifiers::COMMAND),
    ]);
    harness.run();
    assert_eq!(desk.draft(), "if True:\n    tempo(90)\n# end");
    assert_eq!(desk.session().score(), desk.draft());
    assert_eq!(desk.session().patch().tempo, Some(90.0));
}

#[test]
fn what_another_hand_changes_is_seen() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let other = BEAT.replace("\"kick\", kick", "\"thump\", kick");
    desk.evaluate(&other).expect("a good score");
    harness.run();
    harness.get_by_label("thump on the canvas");
    assert!(harness.query_by_label("kick on the canvas").is_none());
    assert_eq!(harness.get_by_label("score").value(), Some(other));
}

#[test]
fn an_empty_score_invites_to_write_one() {
    let desk = Desk::new("");
    let harness = open(&desk);
    harness.get_by_label("out 1–2 on the canvas");
    harness.get_by_label("evaluated");
}
