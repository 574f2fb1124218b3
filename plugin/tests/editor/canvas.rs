//! The canvas: cards, their values and places, several at once.

use egui::{Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_graph::NoteEvent;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, centre, click, drag, header, open, typed, undo};
use super::learn::{engine, run};

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
    harness.key_press(Key::M);
    harness.run();
    assert!(
        desk.session().patch().nodes.iter().all(|node| node.mute),
        "the group is selected"
    );
    undo(&mut harness);
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);
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
fn a_small_scope_opens_in_a_node_and_goes_on_to_the_spectrum() {
    let desk = Desk::new(BEAT);
    let mut engine = engine(&desk);
    let mut harness = open(&desk);
    let height = |h: &Harness<'_>| h.get_by_label("kick on the canvas").rect().height();
    let hat = header(&harness, "hat on the canvas");
    // Whoever moves a card keeps the zoom.
    drag(&mut harness, hat, Vec2::new(4.0, 4.0));
    let before = height(&harness);
    let kick = header(&harness, "kick on the canvas");
    click(&mut harness, kick);
    let mut turn = |harness: &mut Harness<'_>| {
        harness.key_press(Key::O);
        harness.run();
        run(&desk, &mut engine, &[]);
        harness.run();
        height(harness)
    };
    let open = turn(&mut harness);
    assert!(open > before + 10.0, "{before} {open}");
    assert_eq!(turn(&mut harness), open, "the spectrum is as high");
    assert_eq!(turn(&mut harness), before);
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn the_voices_that_sound_are_counted() {
    let desk = Desk::new(
        "def tone():\n    freq = control(\"freq\", 110, 20, 2000)\n    return saw(freq) * adsr(0.01, 0.1, 0.5, 0.1, control(\"gate\", 0, 0, 1))\n\nnode(\"keys\", tone, count=4)\n",
    );
    let mut engine = engine(&desk);
    let on = |key| NoteEvent::On {
        channel: 0,
        key,
        velocity: 0.8,
    };
    run(&desk, &mut engine, &[]);
    run(&desk, &mut engine, &[on(60), on(64)]);
    run(&desk, &mut engine, &[]);
    let mut harness = open(&desk);
    let keys = header(&harness, "keys on the canvas");
    click(&mut harness, keys);
    harness.get_by_label_contains("4 voices · line 5 · 2 sound");
}
