//! Where one looks on the canvas: aside, nearer and farther, at all of it, and by the map.

use std::fmt::Write;

use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, Rect, TouchPhase, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, drag, header, open};

/// Where the canvas is in the window, from top to bottom.
const CANVAS: std::ops::Range<f32> = 40.0..480.0;

fn card(harness: &Harness<'_>, node: &str) -> Rect {
    harness
        .get_by_label(&format!("{node} on the canvas"))
        .rect()
}

/// A place of the canvas where nothing is.
fn empty(harness: &Harness<'_>) -> Pos2 {
    card(harness, "kick").left_top() - Vec2::splat(30.0)
}

fn wheel(harness: &mut Harness<'_>, at: Pos2, delta: Vec2, modifiers: Modifiers) {
    harness.hover_at(at);
    harness.run();
    harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta,
        phase: TouchPhase::Move,
        source: MouseWheelSource::Unknown,
        modifiers,
    });
    // It comes to rest after some frames.
    harness.run_steps(40);
}

/// Sixteen nodes, more than are seen at once at natural size.
fn many() -> String {
    let mut score = "def one():\n    return saw(110)\n\n".to_owned();
    for i in 0..16 {
        // Writing to a String does not fail.
        let _ = writeln!(score, "node(\"n{i}\", one)");
    }
    score
}

#[test]
fn the_hand_and_the_wheel_look_aside_and_the_score_stays() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let before = card(&harness, "hat");
    let at = empty(&harness);
    drag(&mut harness, at, Vec2::new(40.0, 24.0));
    let dragged = card(&harness, "hat");
    let by = dragged.min - before.min;
    assert!((by - Vec2::new(40.0, 24.0)).length() < 1.0, "{by:?}");
    assert!((dragged.width() - before.width()).abs() < 0.1);

    let at = empty(&harness);
    wheel(&mut harness, at, Vec2::new(0.0, -50.0), Modifiers::NONE);
    let by = card(&harness, "hat").min - dragged.min;
    assert!((by - Vec2::new(0.0, -50.0)).length() < 1.0, "{by:?}");
    assert_eq!(desk.session().score(), BEAT);
    assert!(desk.positions().is_empty(), "nothing was moved");
}

#[test]
fn wheel_and_pinch_zoom_around_the_pointer() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let at = header(&harness, "hat on the canvas");
    let before = card(&harness, "hat");
    let share = |rect: Rect| (at - rect.min) / rect.size();
    wheel(&mut harness, at, Vec2::new(0.0, -60.0), Modifiers::COMMAND);
    let farther = card(&harness, "hat");
    assert!(farther.width() < 0.95 * before.width(), "{farther:?}");
    let slip = share(farther) - share(before);
    assert!(
        slip.length() < 0.02,
        "what is under the pointer stays: {slip:?}"
    );

    harness.hover_at(at);
    harness.event(Event::Zoom(1.5));
    harness.run();
    let nearer = card(&harness, "hat");
    assert!((nearer.width() / farther.width() - 1.5).abs() < 0.02);
    assert!((share(nearer) - share(before)).length() < 0.02);
}

#[test]
fn keys_lead_nearer_farther_aside_and_back_to_all_of_it() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let fitting = card(&harness, "hat");
    let mut press = |modifiers, key| {
        harness.key_press_modifiers(modifiers, key);
        harness.run();
        card(&harness, "hat")
    };
    let natural = press(Modifiers::NONE, Key::Num0);
    assert!((natural.width() - 176.0).abs() < 0.5, "{natural:?}");
    let nearer = press(Modifiers::NONE, Key::Plus);
    assert!((nearer.width() / natural.width() - 1.25).abs() < 0.01);
    let farther = press(Modifiers::NONE, Key::Minus);
    assert!((farther.width() - natural.width()).abs() < 0.5);
    let aside = press(Modifiers::SHIFT, Key::ArrowRight);
    assert!((farther.left() - aside.left() - 80.0).abs() < 1.0);
    let down = press(Modifiers::SHIFT, Key::ArrowDown);
    assert!((aside.top() - down.top() - 80.0).abs() < 1.0);
    let again = press(Modifiers::NONE, Key::F);
    assert!((again.min - fitting.min).length() < 0.5);
    assert!((again.size() - fitting.size()).length() < 0.5);
}

#[test]
fn the_zoom_is_told_and_a_click_on_it_shows_everything() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let fitting = card(&harness, "verb");
    harness.key_press(Key::Num0);
    harness.key_press(Key::Plus);
    harness.run();
    harness.get_by_label("125 %").click();
    harness.run();
    let again = card(&harness, "verb");
    assert!((again.min - fitting.min).length() < 0.5, "{again:?}");
    // What comes is seen too, as long as nobody looks elsewhere.
    desk.evaluate(&format!("{BEAT}kr.node(\"further\", hat)\n"))
        .expect("a good score");
    harness.run();
    let canvas = card(&harness, "verb").union(card(&harness, "kick"));
    let window = Rect::from_min_size(Pos2::ZERO, Vec2::new(1100.0, 700.0));
    assert!(window.contains_rect(canvas.union(card(&harness, "further"))));
}

#[test]
fn the_map_leads_where_one_points_and_follows_the_hand() {
    let desk = Desk::new(&many());
    let mut harness = open(&desk);
    harness.key_press(Key::Num0);
    harness.run();
    let map = harness.get_by_label("map of the canvas").rect();
    let centre = |h: &Harness<'_>, node: &str| card(h, node).center();
    // The first of the column stands at the upper end of the map.
    let at = map.center_top() + Vec2::new(0.0, 14.0);
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run();
    let up = centre(&harness, "n0");
    assert!(CANVAS.contains(&up.y), "the first is seen: {up:?}");
    // Down along the map, the last ones come.
    let last = centre(&harness, "n15");
    assert!(last.y > 700.0, "{last:?}");
    drag(&mut harness, at, Vec2::new(0.0, map.height() - 28.0));
    let last = centre(&harness, "n15");
    assert!(CANVAS.contains(&last.y), "the last is seen: {last:?}");
    assert!(desk.positions().is_empty());
}

#[test]
fn the_keyboard_brings_a_card_into_sight() {
    let desk = Desk::new(&many());
    let mut harness = open(&desk);
    harness.key_press(Key::Num0);
    harness.run();
    let before = card(&harness, "n15");
    assert!(before.top() > CANVAS.end, "{before:?}");
    harness.get_by_label("n15 on the canvas").focus();
    harness.run();
    let after = card(&harness, "n15");
    assert!(CANVAS.contains(&after.center().y), "{after:?}");
}
