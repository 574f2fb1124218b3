//! The main views as pictures. `UPDATE_SNAPSHOTS=1 cargo test -p sorl --test editor pictures` takes them anew; what
//! differs lies beside them as `NAME.diff.png` when a test fails.

use std::sync::Arc;

use egui::Vec2;
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotOptions};
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;

use super::hands::{BEAT, click, evaluate, header, write};
use super::paint::Painter;

/// An editor that can be painted, small enough for its pictures to be kept.
fn open(desk: &Arc<Desk>, theme: egui::Theme) -> Harness<'static> {
    let mut editor = Editor::new(Arc::clone(desk)).standalone();
    Harness::builder()
        .with_size(Vec2::new(1040.0, 620.0))
        .with_pixels_per_point(0.75)
        .with_theme(theme)
        .with_context_setup(Editor::setup)
        .renderer(Painter::default())
        .build_ui(move |ui| editor.show(ui))
}

fn picture(harness: &mut Harness<'_>, name: &str) {
    let options = SnapshotOptions::new()
        .output_path("tests/editor/pictures")
        // The last bits of a glyph's edge may be another's on another processor.
        .max_failed_pixels(10);
    harness.remove_cursor();
    harness.run();
    harness.snapshot_options(name, &options);
}

#[test]
fn the_beat() {
    let desk = Desk::new(BEAT);
    picture(&mut open(&desk, egui::Theme::Dark), "beat");
}

#[test]
fn a_selected_node_in_the_light() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk, egui::Theme::Light);
    let bass = header(&harness, "bass on the canvas");
    click(&mut harness, bass);
    picture(&mut harness, "node");
}

#[test]
fn a_mistake_in_a_pattern() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk, egui::Theme::Dark);
    write(&mut harness, &format!("{BEAT}k @ \"x [x x ~ x\"\n"));
    evaluate(&mut harness);
    harness.get_by_label_contains("line 37: ");
    // The caret blinks.
    harness.key_press(egui::Key::Escape);
    picture(&mut harness, "mistake");
}
