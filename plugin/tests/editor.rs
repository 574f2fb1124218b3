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
fn a_hand_on_a_bar_moves_the_value_and_writes_it_when_it_lets_go() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let gain = || {
        desk.session()
            .value("kick", "gain")
            .expect("every node has a gain")
    };
    let bar = centre(&harness, "kick gain");
    harness.hover_at(bar);
    harness.drag_at(bar);
    harness.run();
    harness.hover_at(bar - Vec2::new(60.0, 0.0));
    harness.run();
    let dragged = gain();
    assert!(dragged < 0.6, "heard while it moves: {dragged}");
    assert_eq!(desk.session().score(), BEAT);
    harness.drop_at(bar - Vec2::new(60.0, 0.0));
    harness.run();
    let written = BEAT.replace("gain=0.8", &format!("gain={dragged}"));
    assert_eq!(
        desk.session().score(),
        written,
        "the literal that said it, and no more"
    );
    assert_eq!(desk.draft(), written);

    harness.get_by_label("kick gain").focus();
    harness.run();
    for _ in 0..3 {
        harness.key_press(Key::ArrowRight);
    }
    harness.run();
    assert!(
        (gain() - dragged - 0.03).abs() < 1e-3,
        "{dragged} became {}",
        gain()
    );
    undo(&mut harness);
    assert_eq!(
        desk.session().score(),
        written,
        "small steps that follow each other are one"
    );
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);
    assert_eq!(gain(), 0.8);
    assert_eq!(harness.get_by_label("score").value().as_deref(), Some(BEAT));
}

fn undo(harness: &mut Harness<'_>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
}

fn typed(harness: &mut Harness<'_>, text: &str) {
    harness.event(Event::Text(text.to_owned()));
    harness.run();
}

#[test]
fn a_value_is_typed_with_its_unit() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let verb = header(&harness, "verb on the canvas");
    click(&mut harness, verb);
    harness
        .get_all_by_label("verb gain")
        .last()
        .expect("a knob")
        .focus();
    harness.run();
    typed(&mut harness, "-");
    typed(&mut harness, "6 dB");
    harness.key_press(Key::Enter);
    harness.run();
    let gain = desk.session().value("verb", "gain").expect("a gain");
    assert!((gain - 0.501).abs() < 1e-3, "{gain}");
    assert!(desk.session().score().contains("reverb_fx, gain=0.50"));
}

fn click(harness: &mut Harness<'_>, at: Pos2) {
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run();
}

#[test]
fn a_wire_is_drawn_from_an_output_to_a_node() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let from = centre(&harness, "hat output");
    let to = centre(&harness, "verb input 1");
    drag(&mut harness, from, to - from);
    let expected = format!("{BEAT}connect(\"hat\", \"verb\")\n");
    assert_eq!(desk.session().score(), expected);
    assert_eq!(
        harness.get_by_label("hat on the canvas").value().as_deref(),
        Some("to verb")
    );
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn a_wire_to_the_right_half_of_a_row_moves_that_control() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let from = centre(&harness, "hat output");
    let row = harness.get_by_label("verb room").rect();
    drag(
        &mut harness,
        from,
        row.right_center() - Vec2::new(20.0, 0.0) - from,
    );
    let expected = format!("{BEAT}connect(\"hat\", \"verb/room\", level=0.25)\n");
    assert_eq!(desk.session().score(), expected);
}

#[test]
fn a_wire_dropped_on_empty_space_asks_for_a_node_and_joins_it() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let from = centre(&harness, "hat output");
    let below = harness
        .get_by_label("verb on the canvas")
        .rect()
        .center_bottom();
    drag(&mut harness, from, below + Vec2::new(0.0, 30.0) - from);
    harness.get_by_label("search nodes");
    typed(&mut harness, "echo");
    harness.key_press(Key::Enter);
    harness.run();
    let patch = desk.session().patch().clone();
    assert!(patch.node("echo").is_some());
    let led = patch.wires().into_iter().filter(|w| w.from == "hat");
    let ends: Vec<Option<String>> = led.map(|w| w.to.node().map(str::to_owned)).collect();
    assert_eq!(ends, [Some("echo".to_owned())]);
    assert!(desk.positions().contains_key("echo"));
    assert!(desk.session().score().contains("def echo_line(inp):"));
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT, "one step");
    assert!(!desk.positions().contains_key("echo"));
}

#[test]
fn a_level_on_a_wire_is_dragged_and_typed() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let level = centre(&harness, "bass to verb level");
    drag(&mut harness, level, Vec2::new(0.0, -16.0));
    let dragged = desk.session().patch().connections[0].level;
    assert!((0.5..=0.6).contains(&dragged), "{dragged}");
    let score = desk.session().score().to_owned();
    assert_eq!(
        score,
        BEAT.replace("(verb, 0.4)", &format!("(verb, {dragged})"))
    );
    harness.get_by_label("bass to verb level").focus();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    typed(&mut harness, "0.25");
    harness.key_press(Key::Enter);
    harness.run();
    let score = desk.session().score().to_owned();
    assert_eq!(score, BEAT.replace("(verb, 0.4)", "(verb, 0.25)"));
}

#[test]
fn a_selected_wire_is_cut_and_a_selected_node_goes() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let level = centre(&harness, "bass to verb level");
    click(&mut harness, level);
    harness.key_press(Key::Delete);
    harness.run();
    assert!(desk.session().patch().connections.is_empty());
    assert!(!desk.session().score().contains(">>"));

    let hat = header(&harness, "hat on the canvas");
    click(&mut harness, hat);
    harness.key_press(Key::Delete);
    harness.run();
    assert!(desk.session().patch().node("hat").is_none());
    undo(&mut harness);
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn a_wire_taken_off_its_input_and_let_go_is_cut() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let input = centre(&harness, "verb input 1");
    let below = harness
        .get_by_label("bass on the canvas")
        .rect()
        .center_bottom();
    drag(&mut harness, input, below + Vec2::new(0.0, 30.0) - input);
    assert!(desk.session().patch().connections.is_empty());
}

#[test]
fn a_node_is_renamed_on_the_canvas_and_keeps_its_place() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let from = header(&harness, "hat on the canvas");
    drag(&mut harness, from, Vec2::new(20.0, 10.0));
    let place = desk.positions()["hat"];
    harness.key_press(Key::F2);
    harness.run();
    typed(&mut harness, "ride");
    harness.key_press(Key::Enter);
    harness.run();
    let score = desk.session().score().to_owned();
    assert_eq!(score, BEAT.replace("kr.node(\"hat\"", "kr.node(\"ride\""));
    assert_eq!(desk.positions().get("ride"), Some(&place));
    harness.get_by_label("ride on the canvas");
}

#[test]
fn nodes_are_muted_soloed_and_doubled_by_keys() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    harness.get_by_label("kick mute").click();
    harness.run();
    let score = desk.session().score().to_owned();
    assert_eq!(score, format!("{BEAT}mute(\"kick\")\n"));
    harness.get_by_label("kick mute").click();
    harness.run();
    assert_eq!(desk.session().score(), BEAT);

    let bass = header(&harness, "bass on the canvas");
    click(&mut harness, bass);
    harness.key_press(Key::S);
    harness.run();
    assert!(desk.session().patch().node("bass").is_some_and(|n| n.solo));
    harness.key_press(Key::S);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::D);
    harness.run();
    let patch = desk.session().patch().clone();
    let twin = patch.node("bass2").expect("a second bass");
    let bass = patch.node("bass").expect("the first");
    assert_eq!((&twin.source, &twin.values), (&bass.source, &bass.values));
    let of = |name: &str| {
        let all = patch.bindings.iter().filter(|b| b.node == name);
        all.map(|b| b.pattern.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("bass").len(), 2);
    assert_eq!(of("bass"), of("bass2"));
    assert_eq!(patch.connections.len(), 2);
}

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
fn a_node_goes_into_the_middle_of_a_wire() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let level = centre(&harness, "bass to verb level");
    click(&mut harness, level);
    harness.key_press(Key::I);
    harness.run();
    harness.get_by_label("search nodes");
    typed(&mut harness, "chorus");
    harness.key_press(Key::Enter);
    harness.run();
    let patch = desk.session().patch().clone();
    let wires: Vec<(String, String, f32, bool)> = patch
        .wires()
        .into_iter()
        .filter(|w| ["bass", "chorus"].contains(&&*w.from))
        .map(|w| {
            (
                w.from.clone(),
                w.to.node().unwrap_or("out").to_owned(),
                w.level,
                w.send,
            )
        })
        .collect();
    let wire = |from: &str, to: &str, level, send| (from.to_owned(), to.to_owned(), level, send);
    assert!(
        wires.contains(&wire("bass", "chorus", 0.4, true)),
        "{wires:?}"
    );
    assert!(
        wires.contains(&wire("chorus", "verb", 1.0, false)),
        "{wires:?}"
    );
    assert!(
        !wires.iter().any(|w| w.0 == "bass" && w.1 == "verb"),
        "{wires:?}"
    );
}

#[test]
fn what_is_typed_and_not_evaluated_stays_while_hands_change_the_score() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let half = BEAT.replace("kr.tempo = 128", "kr.tempo = 12");
    write(&mut harness, &half);
    harness.get_by_label("hat mute").click();
    harness.run();
    assert_eq!(desk.session().score(), format!("{BEAT}mute(\"hat\")\n"));
    assert_eq!(desk.draft(), format!("{half}mute(\"hat\")\n"));
    assert_eq!(desk.session().patch().tempo, Some(128.0));
}

#[test]
fn several_nodes_are_framed_moved_and_grouped_together() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    let kick = header(&harness, "kick on the canvas");
    let apart = |h: &Harness<'_>| centre(h, "hat on the canvas") - centre(h, "kick on the canvas");
    let before = apart(&harness);
    drag(&mut harness, kick, Vec2::new(24.0, 12.0));
    assert!((apart(&harness) - before).length() < 1.0);
    assert_eq!(desk.positions().len(), 5, "with the output");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::G);
    harness.run();
    let names: Vec<String> = desk
        .session()
        .patch()
        .nodes
        .iter()
        .map(|n| n.name.clone())
        .collect();
    assert_eq!(
        names,
        ["group1/kick", "group1/hat", "group1/bass", "group1/verb"]
    );
    assert!(desk.positions().contains_key("group1/verb"));
    let ground = header(&harness, "out 1–2 on the canvas") - Vec2::new(0.0, 60.0);
    click(&mut harness, ground);
    harness.get_by_label("group group1").click();
    harness.run();
    harness.key_press(Key::M);
    harness.run();
    assert!(
        desk.session().patch().nodes.iter().all(|node| node.mute),
        "its name selects all of it"
    );
    undo(&mut harness);
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);
}

/// Where a step of a lane is, of the 32 that two bars have.
fn step(harness: &Harness<'_>, lane: &str, step: f32) -> Pos2 {
    let rect = harness.get_by_label(lane).rect();
    Pos2::new(
        rect.left() + rect.width() * (step + 0.5) / 32.0,
        rect.center().y,
    )
}

#[test]
fn a_computed_pattern_is_frozen_and_then_changed_on_the_grid() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let sounds = |desk: &Desk| onsets(desk, "kick");
    let before = sounds(&desk);
    harness.get_by_label("freeze kick to notes").click();
    harness.run();
    assert_eq!(sounds(&desk), before, "frozen, it sounds as before");
    let frozen = BEAT.replace("(kr.hit() * 4)\nh", "\"x x x x\"\nh");
    let written = desk
        .session()
        .score()
        .replace("(\"x x x x\")", "\"x x x x\"");
    assert_eq!(written, frozen);

    let at = step(&harness, "kick lane", 2.0);
    click(&mut harness, at);
    assert!(
        desk.session().score().contains("\"x@2 x ~ x@4 x@4 x@4\""),
        "{}",
        desk.session().score()
    );
    let at = step(&harness, "kick lane", 16.0);
    click(&mut harness, at);
    assert!(
        desk.session().score().contains("\"~@2 x ~ x@4 x@4 x@4\""),
        "the second bar is the first again: {}",
        desk.session().score()
    );
    undo(&mut harness);
    undo(&mut harness);
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);
}

/// When the notes of a node begin in the first two bars, in sixty-fourths.
fn onsets(desk: &Desk, node: &str) -> Vec<i64> {
    use sorl_graph::pattern::Program;
    use sorl_graph::time::Ratio;
    let session = desk.session();
    let bindings = &session.patch().bindings;
    let Some(binding) = bindings
        .iter()
        .find(|b| b.node == node && b.control.is_none())
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    Program::new(&binding.pattern).query(Ratio::ZERO, Ratio::whole(2), &mut |event| {
        let begin = event.whole.map_or(Ratio::ZERO, |whole| whole.0);
        if begin == event.part.0 {
            found.push((begin * Ratio::whole(64)).floor());
        }
    });
    found.sort_unstable();
    found
}

#[test]
fn whoever_never_types_makes_a_beat() {
    let score = "def kick():\n    return sine_osc(55) * adsr(0.001, 0.2, 0, 0.05, control(\"gate\", 0, 0, 1))\n\nk = node(\"kick\", kick)\n";
    let desk = Desk::new(score);
    let mut harness = open(&desk);
    for cell in [0.0, 4.0, 8.0, 12.0] {
        let at = step(&harness, "kick lane", cell);
        click(&mut harness, at);
    }
    assert_eq!(
        desk.session().score(),
        format!("{score}play(\"kick\", \"x ~ ~ ~ x ~ ~ ~ x ~ ~ ~ x ~ ~ ~\")\n")
    );
    assert_eq!(onsets(&desk, "kick"), [0, 16, 32, 48, 64, 80, 96, 112]);
    // By the keyboard: the step that the arrows lead to.
    harness.get_by_label("kick lane").focus();
    harness.run();
    for key in [Key::ArrowRight, Key::ArrowRight, Key::Enter] {
        harness.key_press(key);
        harness.run();
    }
    assert_eq!(onsets(&desk, "kick")[..3], [0, 8, 16]);
}

#[test]
fn notes_are_drawn_on_the_roll_of_the_selected_node() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let bass = header(&harness, "bass on the canvas");
    click(&mut harness, bass);
    assert_eq!(onsets(&desk, "bass"), [0, 32, 96]);
    let lane = harness.get_by_label("bass lane").rect();
    assert!(lane.height() > 100.0, "{lane:?}");
    // The third note is a rest: there is nothing in the way.
    let at = Pos2::new(lane.left() + lane.width() * 16.5 / 32.0, lane.top() + 20.0);
    drag(&mut harness, at, Vec2::new(lane.width() * 3.0 / 32.0, 0.0));
    assert_eq!(onsets(&desk, "bass"), [0, 32, 64, 96]);
    let score = desk.session().score().to_owned();
    let line = score
        .lines()
        .find(|line| line.starts_with("b @ \""))
        .expect("a literal");
    assert!(line.starts_with("b @ \"[a2@2 d3@2 "), "{line}");
    assert!(line.ends_with(" ~ e2@2]/2\""), "{line}");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn one_statement_sounds_while_another_is_half_written() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let text = format!("x = (\n\n{BEAT}mute(k)");
    write(&mut harness, &text.replace("x = (\n\n", "x = 'half\n\n"));
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    harness.run();
    assert_eq!(desk.session().score(), format!("{BEAT}mute(k)\n"));
    assert!(desk.session().patch().node("kick").is_some_and(|n| n.mute));
    assert!(
        desk.draft().starts_with("x = 'half"),
        "what is being written stays"
    );
}

#[test]
fn names_are_completed_and_explained() {
    let desk = Desk::new("");
    let mut harness = open(&desk);
    write(&mut harness, "def a(inp):\n    return ");
    typed(&mut harness, "low");
    harness.get_by_label("complete lowpass");
    harness.key_press(Key::Tab);
    harness.run();
    typed(&mut harness, "(");
    assert_eq!(desk.draft(), "def a(inp):\n    return lowpass(");
    harness.get_by_label_contains("lowpass(sig, freq");
    assert!(harness.query_by_label("complete lowpass").is_none());
}

#[test]
fn lines_are_commented_found_and_replaced() {
    let desk = Desk::new("");
    let mut harness = open(&desk);
    write(&mut harness, "a = 1\nb = 1");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Slash);
    harness.run();
    assert_eq!(desk.draft(), "a = 1\n# b = 1");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    typed(&mut harness, "1");
    harness.get_by_label("2 places");
    harness.get_by_label("replace by").focus();
    harness.run();
    typed(&mut harness, "22");
    harness.get_by_label("replace all").click();
    harness.run();
    assert_eq!(desk.draft(), "a = 22\n# b = 22");
}

#[test]
fn the_console_takes_one_statement_and_remembers_it() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    harness.get_by_label("console").focus();
    harness.run();
    typed(&mut harness, "mute(\"hat\")");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(desk.session().score(), format!("{BEAT}mute(\"hat\")\n"));
    assert_eq!(desk.draft(), desk.session().score());
    harness.key_press(Key::ArrowUp);
    harness.run();
    assert_eq!(
        harness.get_by_label("console").value().as_deref(),
        Some("mute(\"hat\")")
    );
}

/// Presses and lets go the other button of the mouse.
fn menu(harness: &mut Harness<'_>, at: Pos2) {
    harness.hover_at(at);
    harness.run();
    for pressed in [true, false] {
        harness.event(Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    harness.run();
}

#[test]
fn a_control_goes_to_a_macro_with_a_click_and_off_again() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let verb = header(&harness, "verb on the canvas");
    click(&mut harness, verb);
    let both = harness
        .get_all_by_label("verb room")
        .map(|node| node.rect());
    let knob = both
        .max_by(|a, b| a.left().total_cmp(&b.left()))
        .expect("a knob, right of the card");
    menu(&mut harness, knob.center());
    harness.get_by_label("macro 3").click();
    harness.run();
    assert_eq!(
        desk.session().score(),
        format!("{BEAT}macro(3, \"verb/room\", 0, 1)\n")
    );
    desk.session().set_macro(3, 0.25).expect("a macro");
    assert_eq!(desk.session().value("verb", "room"), Some(0.25));
    harness.get_by_label("take off M3 from room").click();
    harness.run();
    assert!(desk.session().patch().mappings.is_empty());
}

#[test]
fn what_plays_a_control_is_taken_off_in_the_inspector_and_its_wires_are_cut() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let bass = header(&harness, "bass on the canvas");
    click(&mut harness, bass);
    harness.get_by_label("take off what plays cutoff").click();
    harness.run();
    let bindings = desk.session().patch().bindings.len();
    assert_eq!(bindings, 3);
    harness.get_by_label("cut the wire to verb").click();
    harness.run();
    assert!(desk.session().patch().connections.is_empty());
    harness.get_by_label("undo").click();
    harness.run();
    harness.get_by_label("undo").click();
    harness.run();
    assert_eq!(desk.session().score(), BEAT);
    harness.get_by_label("redo").click();
    harness.run();
    assert_eq!(desk.session().patch().bindings.len(), 3);
}

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
fn the_first_opening_tells_what_to_do_and_a_beat_is_one_click_away() {
    let desk = Desk::new(sorl_plugin::INSTRUMENT_SCORE);
    let mut harness = open(&desk);
    harness.get_by_label("FIRST STEPS");
    harness.get_by_label("play a demo beat").click();
    harness.run();
    let patch = desk.session().patch().clone();
    let played: Vec<&str> = patch.bindings.iter().map(|b| &*b.node).collect();
    assert_eq!(played, ["kick", "hat", "bass"]);
    assert_eq!(patch.nodes[0].name, "synth", "keys play what they played");
    assert!(harness.query_by_label("FIRST STEPS").is_none());
    undo(&mut harness);
    assert_eq!(desk.session().score(), sorl_plugin::INSTRUMENT_SCORE);
}

#[test]
fn a_score_is_saved_under_a_name_and_opened_again() {
    let folder = std::env::temp_dir().join(format!("sorl-editor-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("song.sorl");
    let desk = Desk::new(BEAT);
    let project = sorl_plugin::project::Project::of(&desk, None);
    let mut editor = Editor::new(Arc::clone(&desk))
        .standalone()
        .with_project(project);
    let mut harness = Harness::builder()
        .with_size(Vec2::from(Editor::DEFAULT_SIZE))
        .with_context_setup(Editor::setup)
        .build_ui(move |ui| editor.show(ui));
    desk.place("hat", [5.0, 6.0]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    harness.run();
    harness.get_by_label("file name").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    typed(&mut harness, path.to_str().expect("a plain name"));
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(std::fs::read_to_string(&path).expect("a score"), BEAT);
    assert!(
        folder.join("song.sorl.json").exists(),
        "places lie beside it"
    );

    harness.key_press_modifiers(Modifiers::COMMAND, Key::N);
    harness.run();
    assert_eq!(desk.session().score(), "");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run();
    harness.get_by_label("file name").focus();
    harness.run();
    typed(&mut harness, path.to_str().expect("a plain name"));
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(desk.session().score(), BEAT);
    assert_eq!(desk.positions().get("hat"), Some(&[5.0, 6.0]));
    std::fs::remove_dir_all(&folder).expect("our own folder");
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

/// A file that a hand let go over the window.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|why| why.to_string())
    }
}

#[test]
fn a_dropped_sound_becomes_a_node_that_plays_it() {
    use sorl_graph::io::wav::{Bits, WavFile};
    let folder = std::env::temp_dir().join(format!("sorl-drop-{}", std::process::id()));
    let score = folder.join("song.sorl");
    std::fs::create_dir_all(folder.join("else")).expect("a folder");
    std::fs::write(&score, BEAT).expect("a score");
    let wav = folder.join("else/bell.wav");
    let mut file = WavFile::create(&wav, 48_000, Bits::Int16, 64).expect("a file");
    file.write(&[0.5; 64], &[0.5; 64]).expect("frames");
    file.finish().expect("a whole file");

    let desk = Desk::beside(BEAT, Some(&score));
    let project = sorl_plugin::project::Project::of(&desk, Some(&score));
    let mut editor = Editor::new(Arc::clone(&desk))
        .standalone()
        .with_project(project);
    let mut harness = Harness::builder()
        .with_size(Vec2::from(Editor::DEFAULT_SIZE))
        .with_context_setup(Editor::setup)
        .build_ui(move |ui| editor.show(ui));
    let below = harness
        .get_by_label("bass on the canvas")
        .rect()
        .center_bottom();
    harness.hover_at(below + Vec2::new(0.0, 40.0));
    harness.run();
    harness
        .input_mut()
        .dropped_files
        .push(Arc::new(Dropped(wav)));
    harness.run();
    let text = desk.session().score().to_owned();
    assert_eq!(
        text,
        format!("{BEAT}node(\"bell\", sampler(sample(\"bell\")))\n")
    );
    assert!(desk.positions().contains_key("bell"));
    assert!(
        folder.join("bell.wav").exists(),
        "it lies where the score looks"
    );
    std::fs::remove_dir_all(&folder).expect("our own folder");
}

#[test]
fn two_editors_of_one_desk_show_the_same() {
    let desk = Desk::new(BEAT);
    let (mut one, mut other) = (open(&desk), open(&desk));
    one.get_by_label("hat mute").click();
    one.run();
    other.run();
    let text = other.get_by_label("score").value();
    assert_eq!(text, Some(format!("{BEAT}mute(\"hat\")\n")));
    undo(&mut other);
    one.run();
    assert_eq!(one.get_by_label("score").value().as_deref(), Some(BEAT));
}

#[test]
fn opened_and_closed_a_hundred_times_nothing_is_left() {
    let desk = Desk::new("");
    let (strong, weak) = (Arc::strong_count(&desk), Arc::weak_count(&desk));
    let ctx = egui::Context::default();
    Editor::setup(&ctx);
    for _ in 0..100 {
        let mut editor = Editor::new(Arc::clone(&desk));
        let mut shown = ctx.run_ui(egui::RawInput::default(), |ui| editor.show(ui));
        assert!(!shown.shapes.is_empty());
        shown.textures_delta.clear();
    }
    assert_eq!(
        (Arc::strong_count(&desk), Arc::weak_count(&desk)),
        (strong, weak)
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
    harness.run_steps(8);
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
