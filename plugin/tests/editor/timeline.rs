//! The timeline: lanes that hands change.

use egui::{Event, Key, Modifiers, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, click, drag, header, open, undo};

/// Where a step of a lane is, of the 32 that two bars have.
fn step(harness: &Harness<'_>, lane: &str, step: f32) -> Pos2 {
    let rect = harness.get_by_label(lane).rect();
    Pos2::new(
        rect.left() + rect.width() * (step + 0.5) / 32.0,
        rect.center().y,
    )
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
fn the_wheel_with_ctrl_shows_more_bars_or_fewer() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let at = harness.get_by_label("bass lane").rect().center();
    harness.hover_at(at);
    harness.event(Event::Zoom(0.5));
    harness.run();
    // Four bars now: what was step 16 of 32 is step 8 of 16 a bar.
    harness.get_by_label("freeze kick to notes").click();
    harness.run();
    let lane = harness.get_by_label("kick lane").rect();
    let third = Pos2::new(lane.left() + lane.width() * 2.5 / 64.0, lane.center().y);
    click(&mut harness, third);
    let score = desk.session().score().to_owned();
    assert!(score.contains("\"x@2 x ~ x@4 x@4 x@4\""), "{score}");
}

#[test]
fn a_bass_line_is_written_by_keyboard() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let bass = header(&harness, "bass on the canvas");
    click(&mut harness, bass);
    harness.get_by_label("bass lane").focus();
    harness.run();
    // From the first note, an A, a bar on and a third up: there is a rest.
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    for key in [
        Key::ArrowUp,
        Key::ArrowUp,
        Key::ArrowUp,
        Key::Enter,
        Key::Plus,
    ] {
        harness.key_press(key);
        harness.run();
    }
    assert_eq!(onsets(&desk, "bass"), [0, 32, 64, 96]);
    let score = desk.session().score().to_owned();
    let line = score.lines().find(|line| line.starts_with("b @ \""));
    assert!(line.is_some_and(|line| line.contains("c3")), "{score}");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(onsets(&desk, "bass"), [0, 32, 96]);
}

#[test]
fn a_lane_is_muted_and_soloed_where_it_stands() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    harness.get_by_label("hat lane mute").click();
    harness.run();
    assert_eq!(desk.session().score(), format!("{BEAT}mute(\"hat\")\n"));
    undo(&mut harness);
    harness.get_by_label("kick lane solo").click();
    harness.run();
    assert_eq!(desk.session().score(), format!("{BEAT}solo(\"kick\")\n"));
    assert!(desk.session().patch().nodes[0].solo);
    harness.get_by_label("kick lane solo").click();
    harness.run();
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn the_roll_rewrites_a_literal_of_mini_notation_in_its_place() {
    let score = "def tone():
    freq = control(\"freq\", 110, 20, 2000)
    return saw(freq) * control(\"gate\", 0, 0, 1)

t = node(\"tone\", tone)
t @ \"c2 ~ e2 ~\"  # a line
";
    let desk = Desk::new(score);
    let mut harness = open(&desk);
    let card = header(&harness, "tone on the canvas");
    click(&mut harness, card);
    harness.get_by_label("tone lane").focus();
    harness.run();
    // The cursor stands on the first note: it goes.
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(onsets(&desk, "tone"), [32, 96]);
    let text = desk.session().score().to_owned();
    assert!(text.ends_with("\"  # a line\n"), "{text}");
    assert_eq!(text.lines().count(), score.lines().count());
    undo(&mut harness);
    assert_eq!(desk.session().score(), score);
}
