//! What each unit generator and each signal function costs: `cargo bench -p sorl-graph --features jit,spectra`.
//!
//! A run is 4096 frames at 48 kHz in steps of the grid, as many as the slowest works up at once; items are frames, so
//! 10 Mitem/s are 100 ns a frame. `cargo xtask bench` writes nanoseconds a frame into `docs/performance.md`.

use divan::Bencher;
use divan::counter::ItemsCount;

mod subjects;

fn main() {
    divan::main();
}

/// Runs something over 4096 frames at a time.
fn run(bencher: Bencher<'_, '_>, mut step: subjects::Subject) {
    const STEPS: usize = 4096 / subjects::FRAMES;
    let frames = ItemsCount::new(STEPS * subjects::FRAMES);
    let run = || (0..STEPS).for_each(|_| step());
    bencher.counter(frames).bench_local(run);
}

#[divan::bench(args = subjects::units())]
fn unit(bencher: Bencher<'_, '_>, name: &str) {
    run(bencher, subjects::unit(name));
}

#[divan::bench(args = subjects::functions())]
fn signal(bencher: Bencher<'_, '_>, name: &str) {
    run(bencher, subjects::function(name));
}
