//! Taking times.

use std::time::{Duration, Instant};

/// Rounds of every measurement.
pub const ROUNDS: usize = 31;

/// How long something takes.
pub fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

/// The median of [`ROUNDS`] rounds of each, in turns, divided by `times`: how often one round does it. A first
/// round warms up and does not count.
pub fn medians<const N: usize>(times: u32, mut runs: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut found = [const { Vec::new() }; N];
    for round in 0..=ROUNDS {
        for (run, found) in runs.iter_mut().zip(&mut found) {
            let taken = time(&mut **run) / times;
            if round > 0 {
                found.push(taken);
            }
        }
    }
    found.map(median)
}

/// The middle one.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
