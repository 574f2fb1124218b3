//! Files: saved, opened, dropped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Modifiers, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_graph::io::file::{Bits, SoundFile};
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;
use sorl_plugin::project::Project;

use super::hands::{BEAT, drawn, retyped, typed, undo};

/// An editor that has a file for its score, or none yet.
fn with_files(desk: &Arc<Desk>, score: Option<&Path>) -> Harness<'static> {
    let project = Project::of(desk, score);
    let editor = Editor::new(Arc::clone(desk)).standalone();
    drawn(editor.with_project(project))
}

#[test]
fn a_score_is_saved_under_a_name_and_opened_again() {
    let folder = std::env::temp_dir().join(format!("sorl-editor-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("song.sorl");
    let desk = Desk::new(BEAT);
    let mut harness = with_files(&desk, None);
    desk.place("hat", [5.0, 6.0]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    harness.run();
    harness.get_by_label("file name").focus();
    harness.run();
    retyped(&mut harness, path.to_str().expect("a plain name"));
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

/// A file that a hand let go over the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|why| why.to_string())
    }
}

/// Writes a short sound.
fn a_sound(path: &Path) {
    let mut file = SoundFile::create(path, 48_000, Bits::Int16, 64).expect("a file");
    file.write(&[0.5; 64], &[0.5; 64]).expect("frames");
    file.finish().expect("a whole file");
}

/// A hand lets a file go over a place of the window.
fn let_go(harness: &mut Harness<'_>, at: Pos2, file: PathBuf) {
    harness.hover_at(at);
    harness.run();
    harness
        .input_mut()
        .dropped_files
        .push(Arc::new(Dropped(file)));
    harness.run();
}

#[test]
fn a_dropped_sound_becomes_a_node_that_plays_it() {
    let folder = std::env::temp_dir().join(format!("sorl-drop-{}", std::process::id()));
    let score = folder.join("song.sorl");
    std::fs::create_dir_all(folder.join("else")).expect("a folder");
    std::fs::write(&score, BEAT).expect("a score");
    let wav = folder.join("else/bell.wav");
    a_sound(&wav);

    let desk = Desk::beside(BEAT, Some(&score));
    let mut harness = with_files(&desk, Some(&score));
    let below = harness
        .get_by_label("bass on the canvas")
        .rect()
        .center_bottom();
    let_go(&mut harness, below + Vec2::new(0.0, 40.0), wav);
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
fn a_sound_dropped_on_a_lane_is_what_the_lane_plays() {
    let folder = std::env::temp_dir().join(format!("sorl-lane-{}", std::process::id()));
    let score = folder.join("song.sorl");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(&score, BEAT).expect("a score");
    let wav = folder.join("thud.wav");
    a_sound(&wav);

    let desk = Desk::beside(BEAT, Some(&score));
    let mut harness = with_files(&desk, Some(&score));
    let lane = harness.get_by_label("kick lane").rect().center();
    let_go(&mut harness, lane, wav);
    let patch = desk.session().patch().clone();
    let text = desk.session().score().to_owned();
    let expected = BEAT.replace("\"kick\", kick,", "\"kick\", sampler(sample(\"thud\")),");
    assert_eq!(text, expected);
    assert_eq!(patch.nodes.len(), 4, "no node more");
    assert!(patch.bindings.iter().any(|b| b.node == "kick"));
    assert_eq!(desk.session().value("kick", "gain"), Some(0.8));
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT);
    std::fs::remove_dir_all(&folder).expect("our own folder");
}

#[test]
fn in_a_host_scores_come_in_and_go_out_and_saving_is_the_hosts() {
    let folder = std::env::temp_dir().join(format!("sorl-copy-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let desk = Desk::new(BEAT);
    let mut harness = drawn(Editor::new(Arc::clone(&desk)).with_exchange());
    // The host saves: its keys stay its own.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::N);
    harness.run();
    assert_eq!(desk.session().score(), BEAT);
    harness.get_by_label("file").click();
    harness.run();
    harness.get_by_label("save the score…").click();
    harness.run();
    harness.get_by_label("file name").focus();
    harness.run();
    let copy = folder.join("copy.sorl");
    retyped(&mut harness, copy.to_str().expect("a plain name"));
    assert_eq!(std::fs::read_to_string(&copy).expect("a score"), BEAT);
    std::fs::remove_dir_all(&folder).expect("our own folder");
}

#[test]
fn the_sound_is_exported_with_its_progress_and_recent_scores_are_offered() {
    let folder = std::env::temp_dir().join(format!("sorl-out-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("song.sorl");
    let tone = "def tone():\n    return sine_osc(440) * 0.5\n\nnode(\"tone\", tone)\n";
    std::fs::write(&path, tone).expect("a score");
    let desk = Desk::beside(tone, Some(&path));
    let project = Project::of(&desk, Some(&path)).remembering(Some(folder.clone()));
    let editor = Editor::new(Arc::clone(&desk)).standalone();
    let mut harness = drawn(editor.with_project(project));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run();
    harness.get_by_label("bars to export");
    harness.get_by_label("file name").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    let out = folder.join("out.wav");
    typed(&mut harness, out.to_str().expect("a plain name"));
    harness.key_press(Key::Enter);
    let mut told = None;
    while told.is_none() {
        harness.step();
        let writing = harness.query_by_label_contains("writing ").is_some();
        told = desk.message();
        assert!(writing || told.is_some() || desk.message().is_some() || !out.exists());
        std::thread::yield_now();
    }
    let told = told.unwrap_or_default();
    assert!(told.contains("32.0 s, peak -6.0 dBFS"), "{told}");
    harness.run();
    harness.get_by_label_contains("peak -6.0 dBFS");
    // Sixteen bars at 120 in two channels of floats.
    let length = std::fs::metadata(&out).expect("a file").len();
    assert!(length >= 32 * 48_000 * 8, "{length}");

    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::N);
    harness.run();
    assert_eq!(desk.session().score(), "");
    harness.get_by_label("file").click();
    harness.run();
    harness.get_by_label("song.sorl").click();
    harness.run();
    assert_eq!(desk.session().score(), tone);
    std::fs::remove_dir_all(&folder).expect("our own folder");
}
