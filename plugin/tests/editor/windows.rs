//! Windows: the first opening, two at once, many one after the other.

use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;

use super::hands::{BEAT, open, undo};

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
fn a_window_looks_as_the_last_one_did() {
    use egui::{Key, Modifiers, Vec2};
    use sorl_plugin::preferences::{Look, Preferences};
    let folder = std::env::temp_dir().join(format!("sorl-window-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let desk = Desk::new(BEAT);
    let window = || {
        let editor = Editor::new(Arc::clone(&desk))
            .standalone()
            .remembering(Some(folder.clone()));
        let editor = std::rc::Rc::new(std::cell::RefCell::new(editor));
        let (shown, entered) = (editor.clone(), editor.clone());
        let harness = Harness::builder()
            .with_size(Vec2::new(1000.0, 700.0))
            .with_context_setup(move |ctx| entered.borrow().enter(ctx))
            .build_ui(move |ui| shown.borrow_mut().show(ui));
        (harness, editor)
    };
    let (mut harness, editor) = window();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    harness.get_by_label("larger text").click();
    harness.run();
    harness.get_by_label("view").click();
    harness.run();
    harness.get_by_label("light").click();
    harness.run();
    editor.borrow_mut().close();
    let kept = Preferences::read(Some(&folder));
    assert_eq!((kept.size, kept.theme), ([1000.0, 700.0], Look::Light));
    assert_eq!(kept.score_size, Preferences::default().score_size + 1.0);
    assert!(!kept.rooms.inspector && kept.rooms.library);

    let (harness, _) = window();
    assert!(harness.query_by_label("IN THIS SCORE").is_none());
    // Before the first frame, so that nothing flickers.
    let ctx = egui::Context::default();
    Editor::new(Arc::clone(&desk))
        .remembering(Some(folder.clone()))
        .enter(&ctx);
    let preference = ctx.options(|options| options.theme_preference);
    assert_eq!(preference, egui::ThemePreference::Light);
    std::fs::remove_dir_all(&folder).expect("our own folder");
}

#[test]
fn the_window_is_shown_from_three_quarters_to_two_and_a_half_times_its_size() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    for (words, factor) in [("75 %", 0.75), ("250 %", 2.5), ("100 %", 1.0)] {
        harness.get_by_label("view").click();
        harness.run();
        harness.get_by_label(words).click();
        harness.run();
        assert_eq!(harness.ctx.zoom_factor(), factor);
        harness.get_by_label("kick on the canvas");
    }
}

#[test]
fn a_window_that_opens_at_another_scale_has_its_rooms_in_proportion() {
    use egui::Vec2;
    use sorl_plugin::preferences::Preferences;
    let folder = std::env::temp_dir().join(format!("sorl-scale-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    for scale in [0.75, 1.25] {
        let looks = Preferences {
            scale,
            ..Preferences::default()
        };
        looks.write(&folder);
        let desk = Desk::new(BEAT);
        let editor = Editor::new(Arc::clone(&desk))
            .standalone()
            .remembering(Some(folder.clone()));
        let editor = std::rc::Rc::new(std::cell::RefCell::new(editor));
        let entered = editor.clone();
        let mut harness = Harness::builder()
            .with_size(Vec2::new(1200.0, 800.0))
            .with_context_setup(move |ctx| entered.borrow().enter(ctx))
            .build_ui(move |ui| editor.borrow_mut().show(ui));
        harness.run();
        let text = harness.get_by_label("score").rect().width();
        let lane = harness.get_by_label("kick lane").rect();
        assert!(text > 400.0, "{text} at {scale}");
        assert!(
            (300.0..600.0).contains(&lane.width()),
            "{lane:?} at {scale}"
        );
    }
    std::fs::remove_dir_all(&folder).expect("our own folder");
}
