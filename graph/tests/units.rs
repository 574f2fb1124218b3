//! The laws that every unit generator of Sorl's own keeps, one test for all of them.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use sorl_graph::ugen::{Feed, Solo, Unit, Units};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: u32 = 48000;

/// What is played to a unit: inputs and moving controls, all drawn from one seed.
struct Part {
    inputs: Vec<[Vec<f32>; 2]>,
    controls: Vec<(usize, Vec<f32>)>,
}

fn random(seed: &mut u64) -> f32 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 40) as f32 / (1u64 << 24) as f32
}

/// Noise in bursts, with silences and full-scale clicks; each control stands, steps or glides anywhere in its range.
fn part(unit: &dyn Unit, frames: usize, mut seed: u64) -> Part {
    let about = unit.describe();
    let mut channel = |_| -> Vec<f32> {
        let mut loud = 0.0;
        (0..frames)
            .map(|i| {
                if i % 700 == 0 {
                    loud = random(&mut seed).powi(3) * 4.0;
                }
                let click = random(&mut seed) < 0.001;
                (random(&mut seed) * 2.0 - 1.0) * if click { 4.0 } else { loud }
            })
            .collect()
    };
    let inputs = about
        .inputs
        .iter()
        .map(|_| [channel(0), channel(1)])
        .collect();
    let mut controls = Vec::new();
    for (k, control) in about.controls.iter().enumerate() {
        let (lo, hi) = (control.lo, control.hi);
        let any = |seed: &mut u64| lo + (hi - lo) * random(seed);
        let (a, b, kind) = (any(&mut seed), any(&mut seed), random(&mut seed));
        let values = match kind {
            // As it starts: what many controls need to be heard at all.
            k if k < 0.4 => vec![control.init; frames],
            k if k < 0.6 => vec![a; frames],
            k if k < 0.8 => {
                let glide = |i| a + (b - a) * (i as f32 / frames as f32);
                (0..frames).map(glide).collect()
            }
            _ => {
                let every = 50 + (random(&mut seed) * 3000.0) as usize;
                (0..frames)
                    .map(|i| {
                        if (i / every).is_multiple_of(2) {
                            lo
                        } else {
                            hi
                        }
                    })
                    .collect()
            }
        };
        controls.push((k, values));
    }
    Part { inputs, controls }
}

/// Runs a unit over its part in blocks of given sizes, without allocation; a block of nought is left out.
fn run(solo: &mut Solo, outputs: usize, part: &Part, sizes: &[usize]) -> Vec<Vec<u32>> {
    let frames = part
        .inputs
        .first()
        .map(|i| i[0].len())
        .or(part.controls.first().map(|c| c.1.len()))
        .unwrap_or(FRAMES);
    let mut found = vec![Vec::with_capacity(frames); outputs];
    let mut sizes = sizes.iter().cycle();
    let mut at = 0;
    let mut out = vec![vec![0.0; frames]; outputs];
    while at < frames {
        let size = (*sizes.next().unwrap()).min(frames - at);
        let span = at..at + size;
        let inputs: Vec<[&[f32]; 2]> = part
            .inputs
            .iter()
            .map(|i| [&i[0][span.clone()], &i[1][span.clone()]])
            .collect();
        let controls: Vec<(usize, &[f32])> = part
            .controls
            .iter()
            .map(|(k, v)| (*k, &v[span.clone()]))
            .collect();
        let mut given: Vec<&mut [f32]> = out.iter_mut().map(|o| &mut o[..size]).collect();
        assert_no_alloc(|| {
            let feed = Feed {
                inputs: &inputs,
                controls: &controls,
            };
            solo.run(feed, &mut given);
        });
        for (found, out) in found.iter_mut().zip(&out) {
            found.extend(out[..size].iter().map(|x| x.to_bits()));
        }
        at += size;
    }
    found
}

const FRAMES: usize = 9000;

fn holds(unit: &dyn Unit, seed: u64, sizes: &[usize]) {
    let about = unit.describe();
    let name = &about.name;
    let part = part(unit, FRAMES, seed);
    let outputs = usize::from(about.outputs);
    let mut solo = Solo::new(unit, RATE, seed);
    let whole = run(&mut solo, outputs, &part, &[FRAMES]);
    let done = solo.finished();
    for (frame, bits) in whole.iter().flat_map(|o| o.iter().enumerate()) {
        let x = f32::from_bits(*bits);
        assert!(x.is_finite(), "{name}: {x} at {frame}, seed {seed}");
        assert!(!x.is_subnormal(), "{name}: {x} at {frame}, seed {seed}");
    }
    let mut other = Solo::new(unit, RATE, seed);
    let cut = run(&mut other, outputs, &part, sizes);
    for (whole, cut) in whole.iter().zip(&cut) {
        let differs = (0..FRAMES).find(|&i| whole[i] != cut[i]);
        assert_eq!(differs, None, "{name} in blocks of {sizes:?}, seed {seed}");
    }
    assert_eq!(other.finished(), done, "{name} ends elsewhere in {sizes:?}");
    assert_no_alloc(|| solo.reset());
    let again = run(&mut solo, outputs, &part, &[FRAMES]);
    assert!(again == whole, "{name} does not begin anew, seed {seed}");
}

#[test]
fn every_unit_gives_the_same_bits_in_any_blocks_without_allocation_or_nan() {
    for unit in Units::standard().all() {
        for (seed, sizes) in [(1, &[1][..]), (2, &[17]), (3, &[64, 1, 63]), (4, &[500, 3])] {
            holds(&**unit, seed, sizes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn so_it_does_for_random_controls_and_blocks(
        seed: u64, sizes in prop::collection::vec(1usize..300, 1..12),
    ) {
        for unit in Units::standard().all() {
            holds(&**unit, seed, &sizes);
        }
    }
}

#[test]
fn every_unit_can_be_named_by_a_score() {
    for name in Units::standard().names() {
        let text = format!("n = node('n', {name})\n");
        let patch = sorl_graph::score::evaluate(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        match &patch.nodes[0].source {
            sorl_graph::patch::Source::Unit(about) => assert_eq!(about.name, name),
            other => panic!("`{name}` is something else: {other:?}"),
        }
    }
}

#[test]
fn every_unit_says_what_it_is() {
    for unit in Units::standard().all() {
        let about = unit.describe();
        let name = &about.name;
        assert!(!about.help.is_empty(), "`{name}` has no help");
        assert_eq!(about.check(), Ok(()), "{name}");
    }
}
