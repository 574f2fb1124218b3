//! How long one frame of the editor takes without the graphics card: `cargo xtask bench frame` writes the table into
//! `docs/performance.md`.

use std::fmt::Write;
use std::time::{Duration, Instant};

use egui::{Context, RawInput, Rect, Vec2};
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;

/// Frames that are measured.
const FRAMES: u32 = 100;

fn score(nodes: usize) -> String {
    let mut text = String::from(
        "def one(inp):\n    return lowpass(inp, control(\"cutoff\", 800, 100, 4000)) * control(\"gate\", 0, 0, 1)\n\n",
    );
    for i in 0..nodes {
        // Writing to a String does not fail.
        let _ = writeln!(text, "n{i} = node(\"n{i}\", one, gain=0.5)");
        if i % 4 != 0 {
            let _ = writeln!(text, "n{} >> n{i}", i - 1);
        }
        if i % 8 == 0 {
            let _ = writeln!(text, "n{i} @ \"x ~ x x\"");
        }
    }
    text
}

fn main() {
    println!(
        "All views of a window of 1440 × 900 points are laid out, drawn and cut into triangles, without the graphics \
         card, of a score of so many nodes, as it opens: all of them in sight; {FRAMES} frames after ten to warm up.\n"
    );
    println!("| nodes | a frame | the worst |\n|---|---|---|");
    for nodes in [20, 200, 1000] {
        let desk = Desk::new(&score(nodes));
        let mut editor = Editor::new(desk);
        let ctx = Context::default();
        Editor::setup(&ctx);
        let mut times: Vec<Duration> = Vec::new();
        for frame in 0..FRAMES + 10 {
            let input = RawInput {
                screen_rect: Some(Rect::from_min_size(
                    Default::default(),
                    Vec2::new(1440.0, 900.0),
                )),
                time: Some(f64::from(frame) / 60.0),
                ..RawInput::default()
            };
            let begun = Instant::now();
            let mut output = ctx.run_ui(input, |ui| editor.show(ui));
            let shapes = ctx.tessellate(output.shapes, output.pixels_per_point);
            times.push(begun.elapsed());
            output.textures_delta.clear();
            assert!(!shapes.is_empty());
        }
        // The first ones lay out and fill caches.
        let mut times = times.split_off(10);
        times.sort_unstable();
        let middle = times[times.len() / 2].as_secs_f64() * 1e3;
        let worst = times[times.len() - 1].as_secs_f64() * 1e3;
        println!("| {nodes} | {middle:.2} ms | {worst:.2} ms |");
    }
}
