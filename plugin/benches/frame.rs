//! How long one frame of the editor takes without the graphics card: `cargo xtask bench frame` writes the table into
//! `docs/performance.md`.

use std::fmt::Write;
use std::time::{Duration, Instant};

use egui::{Context, Event, Key, Modifiers, RawInput, Rect, Vec2};
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;

/// Frames that are measured.
const FRAMES: u32 = 100;
/// Frames before them.
const WARM: u32 = 10;

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

/// The middle and the worst of the frames of a score with so many nodes, in milliseconds: all of them in sight, or at
/// natural size.
fn measure(nodes: usize, natural: bool) -> (f64, f64) {
    let desk = Desk::new(&score(nodes));
    let mut editor = Editor::new(desk);
    let ctx = Context::default();
    Editor::setup(&ctx);
    let mut times: Vec<Duration> = Vec::new();
    for frame in 0..FRAMES + WARM {
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(
                Default::default(),
                Vec2::new(1440.0, 900.0),
            )),
            time: Some(f64::from(frame) / 60.0),
            ..RawInput::default()
        };
        if natural && frame == 2 {
            input.events.push(Event::Key {
                key: Key::Num0,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: Modifiers::NONE,
            });
        }
        let begun = Instant::now();
        let mut output = ctx.run_ui(input, |ui| editor.show(ui));
        let shapes = ctx.tessellate(output.shapes, output.pixels_per_point);
        times.push(begun.elapsed());
        output.textures_delta.clear();
        assert!(!shapes.is_empty());
    }
    // The first ones lay out and fill caches.
    let mut times = times.split_off(WARM as usize);
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let middle = milliseconds(times[times.len() / 2]);
    (middle, milliseconds(times[times.len() - 1]))
}

fn main() {
    println!(
        "All views of a window of 1440 × 900 points are laid out, drawn and cut into triangles, without the graphics \
         card, of a score of so many nodes: as it opens, all of them in sight, and with the canvas at natural size; \
         {FRAMES} frames after {WARM} to warm up.\n"
    );
    println!(
        "| nodes | all in sight | the worst | natural size | the worst |\n|---|---|---|---|---|"
    );
    for nodes in [20, 200, 1000] {
        let (all, worst) = measure(nodes, false);
        let (near, worst_near) = measure(nodes, true);
        println!("| {nodes} | {all:.2} ms | {worst:.2} ms | {near:.2} ms | {worst_near:.2} ms |");
    }
}
