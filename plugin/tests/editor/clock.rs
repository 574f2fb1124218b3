//! The clock on the bar of Sorl's own window: play and stop, tempo, metre, tapping, panic, recording.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use sorl_graph::NoteEvent;
use sorl_graph::time::Meter;
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;
use sorl_plugin::project::Project;

use super::hands::{BEAT, centre, drag, drawn, open, retyped, undo};
use super::learn::{engine, run};

/// Types a number into a field of the bar.
fn type_into(harness: &mut Harness<'_>, label: &str, words: &str) {
    harness.get_by_label(label).focus();
    harness.run();
    retyped(harness, words);
}

#[test]
fn the_clock_plays_and_stops_by_hand_and_by_the_space_bar() {
    let desk = Desk::new(BEAT);
    let mut engine = engine(&desk);
    run(&desk, &mut engine, &[]);
    let mut harness = open(&desk);
    let mut playing = |harness: &mut Harness<'_>| {
        harness.run();
        run(&desk, &mut engine, &[]);
        harness.run();
        desk.session().status().playing
    };
    let before = playing(&mut harness);
    harness.key_press(Key::Space);
    assert_eq!(playing(&mut harness), !before);
    harness.get_by_label("play").click();
    assert!(playing(&mut harness));
    harness.get_by_label("stop").click();
    assert!(!playing(&mut harness));
    assert!(desk.session().status().cycle.to_f64() > 0.0);
    // Once more, and it goes back to the beginning.
    harness.get_by_label("stop").click();
    assert!(!playing(&mut harness));
    assert_eq!(desk.session().status().cycle.to_f64(), 0.0);
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn a_tempo_is_typed_and_dragged_and_written_once() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    type_into(&mut harness, "tempo", "96");
    assert_eq!(
        desk.session().score(),
        BEAT.replace("tempo = 128", "tempo = 96")
    );
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);

    let at = centre(&harness, "tempo");
    drag(&mut harness, at, Vec2::new(40.0, 0.0));
    let tempo = desk.session().patch().tempo.expect("a tempo");
    assert!((136.0..140.0).contains(&tempo), "{tempo}");
    assert_eq!(
        desk.session().score(),
        BEAT.replace("tempo = 128", &format!("tempo = {tempo}"))
    );
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT, "a drag is one step");
}

#[test]
fn three_taps_in_time_are_a_tempo() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    for _ in 0..3 {
        harness.key_press(Key::T);
        // Pressed and let go: two frames of a quarter of a second.
        harness.run_steps(1);
    }
    harness.run();
    assert_eq!(desk.session().patch().tempo, Some(120.0));
    assert_eq!(
        desk.session().score(),
        BEAT.replace("tempo = 128", "tempo = 120")
    );
}

#[test]
fn the_metre_is_typed_and_written_where_it_was_said() {
    let score = format!("meter(3, 4)  # a waltz\n{BEAT}");
    let desk = Desk::new(&score);
    let mut harness = open(&desk);
    type_into(&mut harness, "beats of a bar", "7");
    assert_eq!(
        desk.session().score(),
        score.replace("meter(3, 4)", "meter(7, 4)")
    );
    type_into(&mut harness, "unit of the metre", "8");
    assert_eq!(
        desk.session().score(),
        score.replace("meter(3, 4)", "meter(7, 8)")
    );
    let said = desk.session().patch().meter;
    assert_eq!(said, Some(Meter { beats: 7, unit: 8 }));
    // No metre has sevenths.
    type_into(&mut harness, "unit of the metre", "7");
    assert_eq!(desk.session().patch().meter, said);
    undo(&mut harness);
    assert_eq!(desk.session().score(), score, "small steps are one");
}

#[test]
fn a_dragged_metre_is_one_step_and_a_score_without_one_gets_a_line() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let at = centre(&harness, "beats of a bar");
    drag(&mut harness, at, Vec2::new(40.0, 0.0));
    let meter = desk.session().patch().meter.expect("a metre");
    assert_eq!(meter, Meter { beats: 6, unit: 4 });
    assert_eq!(desk.session().score(), format!("{BEAT}meter(6, 4)\n"));
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn where_the_metre_changes_on_the_way_the_bar_only_tells_it() {
    let desk = Desk::new(&format!("{BEAT}meter(3, 4, at=8)\n"));
    let harness = open(&desk);
    assert!(harness.query_by_label("beats of a bar").is_none());
    harness.get_by_label("4/4");
}

#[test]
fn panic_lets_all_keys_come_up_and_stops_the_clock() {
    let desk = Desk::new(sorl_plugin::INSTRUMENT_SCORE);
    let mut engine = engine(&desk);
    let on = NoteEvent::On {
        channel: 0,
        key: 60,
        velocity: 0.8,
    };
    run(&desk, &mut engine, &[]);
    desk.session().play();
    run(&desk, &mut engine, &[on]);
    run(&desk, &mut engine, &[]);
    let held = desk.session().status().peak[0];
    assert!(held > 0.01, "{held}");
    let mut harness = open(&desk);
    for by_key in [false, true] {
        desk.session().play();
        run(&desk, &mut engine, &[on]);
        assert!(desk.session().status().playing);
        match by_key {
            true => harness.key_press_modifiers(Modifiers::COMMAND, Key::Period),
            false => harness.get_by_label("panic").click(),
        }
        harness.run();
        for _ in 0..20 {
            run(&desk, &mut engine, &[]);
        }
        assert!(!desk.session().status().playing);
        let rest = desk.session().status().peak[0];
        assert!(rest < held / 100.0, "{held} {rest}");
    }
}

#[test]
fn the_computers_keys_play_at_once_where_no_score_was_given() {
    let desk = Desk::new(sorl_plugin::INSTRUMENT_SCORE);
    let mut engine = engine(&desk);
    run(&desk, &mut engine, &[]);
    let project = Project::of(&desk, None);
    let editor = Editor::new(std::sync::Arc::clone(&desk)).standalone();
    let mut harness = drawn(editor.with_project(project));
    harness.run();
    harness.key_down(Key::A);
    harness.run();
    run(&desk, &mut engine, &[]);
    run(&desk, &mut engine, &[]);
    assert!(desk.session().status().peak[0] > 0.01);
    harness.key_up(Key::A);
    harness.run();
    for _ in 0..20 {
        run(&desk, &mut engine, &[]);
    }
    assert!(desk.session().status().peak[0] < 1e-3);
}

#[test]
fn what_is_heard_is_recorded_beside_the_score_from_click_to_click() {
    let folder = std::env::temp_dir().join(format!("sorl-recorder-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let score = folder.join("song.sorl");
    let tone = "def tone():\n    return sine_osc(440) * 0.5\n\nnode(\"tone\", tone)\n";
    std::fs::write(&score, tone).expect("a score");
    let desk = Desk::beside(tone, Some(&score));
    let mut engine = engine(&desk);
    run(&desk, &mut engine, &[]);
    let project = Project::of(&desk, Some(&score));
    let editor = Editor::new(std::sync::Arc::clone(&desk)).standalone();
    let mut harness = drawn(editor.with_project(project));
    harness.get_by_label("record").click();
    harness.run();
    assert_eq!(desk.recordings().len(), 1);
    for _ in 0..15 {
        run(&desk, &mut engine, &[]);
    }
    // The disk's own thread writes it.
    while desk.recordings()[0].seconds < 1.2 {
        std::thread::yield_now();
    }
    harness.run();
    let time = harness.get_by_label("record").value();
    assert_eq!(time.as_deref(), Some("0:01"));
    harness.get_by_label("record").click();
    harness.run();
    assert!(desk.recordings().is_empty());
    harness.get_by_label_contains("recorded: ");
    assert_eq!(harness.get_by_label("record").value(), None);
    let file = folder.join("song-take-1.wav");
    // A second and a half of two channels of floats.
    let length = std::fs::metadata(&file).expect("a file").len();
    assert!(length >= 2 * 4 * 72_000, "{length}");
    assert_eq!(desk.session().score(), tone);
    std::fs::remove_dir_all(&folder).expect("our own folder");
}

#[test]
fn the_bar_fits_into_every_window_and_nothing_on_it_lies_on_another() {
    let mut scenes = BEAT.to_owned();
    for name in ["verse", "chorus", "break", "a long coda"] {
        scenes.push_str(&format!("save(\"{name}\")\n"));
    }
    for score in [BEAT, &scenes] {
        let desk = Desk::new(score);
        for width in [640.0, 720.0, 800.0, 900.0, 1000.0, 1180.0, 1440.0] {
            let project = Project::of(&desk, None);
            let mut editor = Editor::new(std::sync::Arc::clone(&desk))
                .standalone()
                .with_project(project);
            let harness = Harness::builder()
                .with_size(Vec2::new(width, 500.0))
                .with_context_setup(Editor::setup)
                .build_ui(move |ui| editor.show(ui));
            let root = harness.root();
            let names = root.children_recursive().filter_map(|node| {
                let inner = node.accesskit_node();
                let worked = [Role::Button, Role::SpinButton].contains(&inner.role());
                let place = worked.then(|| node.rect())?;
                let there = place.center().y < 40.0;
                there.then(|| (inner.label().unwrap_or_default(), place))
            });
            let all: Vec<(String, egui::Rect)> = names.collect();
            for name in ["play", "stop", "record", "tempo", "highest true peak"] {
                assert!(all.iter().any(|one| one.0 == name), "{name} at {width}");
            }
            for (i, (name, rect)) in all.iter().enumerate() {
                assert!(rect.right() <= width, "{name} at {width}: {rect:?}");
                for (other, place) in &all[..i] {
                    let apart = !rect.shrink(0.5).intersects(place.shrink(0.5));
                    assert!(apart, "{name} {rect:?} on {other} {place:?} at {width}");
                }
            }
        }
    }
}

#[test]
fn where_scenes_have_no_room_side_by_side_they_are_a_list() {
    let names = ["verse", "chorus", "break", "bridge", "a long coda"];
    let save = names.map(|name| format!("save(\"{name}\")\n")).concat();
    let desk = Desk::new(&format!("{BEAT}{save}"));
    let mut harness = open(&desk);
    harness.get_by_label("scenes").click();
    harness.run();
    harness.get_by_label("scene bridge").click();
    harness.run();
    assert_eq!(desk.session().scene(), 4);
}
