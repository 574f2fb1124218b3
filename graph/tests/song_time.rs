//! `beat()` and `bpm()`: signals that hear the song's clock.

use sorl_graph::io::offline::{Blocks, Length, Options, render};
use sorl_graph::signal::Backend;
use sorl_graph::{Session, When};
use std::ops::ControlFlow;

fn play(expression: &str, tempo: u32, blocks: Blocks, backend: Backend) -> Vec<f32> {
    let score = format!("tempo({tempo})\ndef f():\n    return {expression}\nnode('n', f) >> out\n");
    let mut session = Session::new();
    session.set_backend(backend);
    session.evaluate(&score, When::Now).unwrap();
    let options = Options {
        length: Length::Bars(2),
        blocks,
        ..Options::default()
    };
    let mut left = Vec::new();
    render(&mut session, &options, &mut |piece| {
        left.extend_from_slice(piece.left);
        ControlFlow::Continue(())
    })
    .unwrap();
    left
}

#[test]
fn a_beat_rises_with_the_song_and_hangs_on_no_block() {
    let backend = Backend::Interpreter;
    let one = play("1.0", 120, Blocks::Fixed(512), backend)[0];
    for (expression, at) in [
        ("beat() * 0.1", (|b| b * 0.1) as fn(f64) -> f64),
        ("beat(4) * 0.1", |b| b % 4.0 * 0.1),
        ("beat(0.5)", |b| b % 0.5),
        ("bpm() / 1000", |_| 0.12),
        ("beats(3) / 10", |_| 0.15),
    ] {
        let whole = play(expression, 120, Blocks::Fixed(512), backend);
        for frame in [0usize, 1, 1000, 11_999, 24_000, 77_777, 150_000] {
            let want = at(frame as f64 / 24_000.0) as f32 * one;
            let got = whole[frame];
            assert!(
                (got - want).abs() < 1e-5,
                "{expression} at {frame}: {got}, not {want}"
            );
        }
        for blocks in [Blocks::Fixed(37), Blocks::Random(5)] {
            assert!(
                play(expression, 120, blocks, backend) == whole,
                "{expression}"
            );
        }
        assert!(play(expression, 120, Blocks::Fixed(64), Backend::MachineCode) == whole);
    }
}
