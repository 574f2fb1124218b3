//! What each unit generator and each signal function costs: `cargo bench -p sorl-graph --features jit,spectra`.
//!
//! A run is one step of the grid, 64 frames at 48 kHz; `frames/s` is how many go by in a second, so 10 M is 100 ns a
//! frame. `cargo xtask bench` writes nanoseconds a frame into `docs/performance.md`.

use divan::Bencher;
use divan::counter::ItemsCount;

mod subjects;

fn main() {
    divan::main();
}

#[divan::bench(args = subjects::units())]
fn unit(bencher: Bencher<'_, '_>, name: &str) {
    let mut run = subjects::unit(name);
    let frames = ItemsCount::new(subjects::FRAMES);
    bencher.counter(frames).bench_local(&mut run);
}

#[divan::bench(args = subjects::functions())]
fn signal(bencher: Bencher<'_, '_>, name: &str) {
    let mut run = subjects::function(name);
    let frames = ItemsCount::new(subjects::FRAMES);
    bencher.counter(frames).bench_local(&mut run);
}
