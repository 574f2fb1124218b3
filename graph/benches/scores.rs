//! What evaluating a score and asking a pattern cost: `cargo bench -p sorl-graph --bench scores`.

use divan::Bencher;
use sorl_graph::When;
use sorl_graph::score::evaluate;
use sorl_graph::session::Session;
use std::hint::black_box;

mod score_subjects;

use score_subjects::{BEAT, Dense, long};

fn main() {
    divan::main();
}

/// The five-minute beat; its aim is 300 µs.
#[divan::bench]
fn evaluate_the_beat(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| evaluate(black_box(BEAT)).expect("the beat is well"));
}

/// 160 statements evaluated, the difference to what is said applied; its aim is 2 ms.
#[divan::bench]
fn evaluate_and_apply_160_statements(bencher: Bencher<'_, '_>) {
    let scores = [0.25, 0.75].map(long);
    let mut session = Session::new();
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        session
            .evaluate(black_box(&scores[turn % 2]), When::Now)
            .expect("it is well");
    });
}

/// One step of the grid of a dense pattern (64 events a cycle, ten transforms); its aim is 5 µs.
#[divan::bench]
fn ask_a_dense_pattern(bencher: Bencher<'_, '_>) {
    let dense = Dense::new(48_000, 64);
    let mut step = 0;
    bencher.bench_local(|| {
        step += 1;
        dense.step(step % (12 * dense.steps()))
    });
}
