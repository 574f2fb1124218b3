//! Units that make control signals, measured: triggers, sequencer, random values, envelopes, meters.

use proptest::prelude::*;
use sorl_graph::ugen::{
    EnvelopeShape, Segment, Shape, Solo, Unit, Units, counter, divider, envelope, interval,
    loudness, once, peak, random, random_walk, rms, sequencer,
};

const RATE: u32 = 48000;

/// A unit with some of its controls set.
fn solo(unit: &dyn Unit, controls: &[(&str, f32)]) -> Solo {
    let mut solo = Solo::new(unit, RATE, 1);
    controls.iter().for_each(|(k, v)| solo.set(k, *v));
    solo
}

/// Triggers at some frames.
fn clicks(frames: usize, at: &[usize]) -> Vec<f32> {
    let mut x = vec![0.0; frames];
    at.iter().for_each(|i| x[*i] = 1.0);
    x
}

fn places(x: &[f32]) -> Vec<usize> {
    (0..x.len()).filter(|&i| x[i] == 1.0).collect()
}

/// High from one frame to before another.
fn gate(frames: usize, from: usize, to: usize) -> Vec<f32> {
    (0..frames)
        .map(|i| f32::from((from..to).contains(&i)))
        .collect()
}

#[test]
fn triggers_come_at_their_frames() {
    let mut one = solo(&*once(), &[]);
    let again = one.index("again");
    let found = one.render_with(&[(again, &gate(1000, 700, 800))], &vec![0.0; 1000]);
    assert_eq!(places(&found), [0, 700]);

    // A third of a second at 48 kHz is 16000 frames; a seventh lies between frames and does not drift.
    let mut seventh = solo(&*interval(), &[("seconds", 1.0 / 7.0)]);
    let found = places(&seventh.render(&vec![0.0; 480_000]));
    let frames = |k: usize| (f64::from(1.0f32 / 7.0) * 48000.0 * k as f64).round() as usize;
    assert_eq!(found, (0..found.len()).map(frames).collect::<Vec<_>>());
    assert_eq!(found.len(), 70);
    let mut synced = solo(&*interval(), &[("seconds", 0.01)]);
    let sync = synced.index("sync");
    let found = synced.render_with(&[(sync, &gate(2000, 1000, 1100))], &vec![0.0; 2000]);
    assert_eq!(places(&found), [0, 480, 960, 1000, 1480, 1960]);

    let input = clicks(1000, &[10, 20, 30, 40, 50, 60, 70, 500]);
    let mut third = solo(&*divider(), &[("by", 3.0), ("offset", 1.0)]);
    assert_eq!(places(&third.render(&input)), [20, 50, 500]);

    let mut count = solo(&*counter(), &[("to", 3.0), ("scale", 10.0)]);
    let found = count.render(&input);
    let seen = [9, 10, 20, 29, 30, 40, 499, 500].map(|i| found[i]);
    assert_eq!(seen, [0.0, 10.0, 20.0, 20.0, 0.0, 10.0, 10.0, 20.0]);
}

#[test]
fn a_sequencer_steps_in_time_and_with_its_clock() {
    let steps = [("steps", 3.0), ("s1", 1.0), ("s2", 5.0), ("s3", 9.0)];
    let mut own = solo(&*sequencer(), &steps);
    own.set("rate", 100.0);
    let found = own.render(&vec![0.0; 48_000]);
    for (i, x) in found.iter().enumerate() {
        assert_eq!(*x, [1.0, 5.0, 9.0][(i / 480) % 3], "frame {i}");
    }
    // With a glide of one half the value has arrived in the middle of its step.
    own.reset();
    own.set("glide", 0.5);
    let found = own.render(&vec![0.0; 2000]);
    let at = [0, 479, 480, 600, 720, 959].map(|i| found[i]);
    assert_eq!(at, [1.0, 1.0, 1.0, 3.0, 5.0, 5.0]);

    let mut clocked = solo(&*sequencer(), &steps);
    clocked.set("rate", 0.0);
    let found = clocked.render(&clicks(1000, &[100, 300, 310, 700]));
    let at = [99, 100, 299, 300, 309, 310, 700, 999].map(|i| found[i]);
    assert_eq!(at, [1.0, 1.0, 1.0, 5.0, 5.0, 9.0, 1.0, 1.0]);
}

#[test]
fn random_values_fill_their_range_evenly_and_hang_on_the_seed() {
    let controls = [("rate", 1000.0), ("lo", -3.0), ("hi", 5.0), ("glide", 0.0)];
    let found = solo(&*random(), &controls).render(&vec![0.0; 480_000]);
    let drawn: Vec<f32> = found.chunks(48).map(|c| c[0]).collect();
    assert!(found.chunks(48).all(|c| c.iter().all(|x| *x == c[0])));
    // Ten thousand draws in eight bins: 1250 each, with a deviation of 33.
    for bin in 0..8 {
        let lo = bin as f32 - 3.0;
        let count = drawn.iter().filter(|x| (lo..lo + 1.0).contains(*x)).count();
        assert!((1100..1400).contains(&count), "{count} from {lo}");
    }
    // One says nothing of the next.
    let mean = |f: &dyn Fn(usize) -> f32| (0..9999).map(f).sum::<f32>() / 9999.0;
    let common = mean(&|i| (drawn[i] - 1.0) * (drawn[i + 1] - 1.0)) / (64.0 / 12.0);
    assert!(common.abs() < 0.04, "{common}");
    let mut other = Solo::new(&*random(), RATE, 2);
    controls.iter().for_each(|(k, v)| other.set(k, *v));
    assert!(other.render(&vec![0.0; 480]) != found[..480]);
    // Gliding, it is a line from one to the next.
    let mut glides = solo(&*random(), &controls);
    glides.set("glide", 1.0);
    let lines = glides.render(&vec![0.0; 4800]);
    for k in 1..99 {
        let middle = lines[k * 48 + 24];
        assert!((middle - (drawn[k - 1] + drawn[k]) / 2.0).abs() < 1e-4);
        let bends = lines[k * 48 + 1] - 2.0 * middle + lines[k * 48 + 47];
        assert!(bends.abs() < 1e-4, "{bends}");
    }
}

#[test]
fn a_walk_takes_steps_within_its_bounds() {
    let controls = [
        ("rate", 1000.0),
        ("lo", 0.0),
        ("hi", 1.0),
        ("glide", 0.0),
        ("step", 0.05),
    ];
    let found = solo(&*random_walk(), &controls).render(&vec![0.0; 480_000]);
    let drawn: Vec<f32> = found.chunks(48).map(|c| c[0]).collect();
    assert_eq!(drawn[0], 0.5);
    assert!(drawn.windows(2).all(|w| (w[0] - w[1]).abs() <= 0.0501));
    assert!(drawn.iter().all(|x| (0.0..=1.0).contains(x)));
    let (low, high) = drawn
        .iter()
        .fold((1.0f32, 0.0f32), |(l, h), x| (l.min(*x), h.max(*x)));
    assert!(low < 0.1 && high > 0.9, "it gets about: {low} to {high}");
}

fn shape(segments: &[(f32, f32, Shape)], sustain: usize, loops: usize) -> EnvelopeShape {
    let segment = |&(level, seconds, shape)| Segment {
        level,
        seconds,
        shape,
    };
    EnvelopeShape {
        name: "test".into(),
        start: 0.0,
        segments: segments.iter().map(segment).collect(),
        sustain,
        loops,
    }
}

fn play(shape: &EnvelopeShape, gate: &[f32]) -> (Vec<f32>, Option<u64>) {
    let mut solo = Solo::new(&*envelope(shape), RATE, 0);
    let control = solo.index("gate");
    let found = solo.render_with(&[(control, gate)], &vec![0.0; gate.len()]);
    (found, solo.finished())
}

#[test]
fn an_envelope_keeps_its_times_to_the_frame_and_says_when_it_is_done() {
    let s = shape(
        &[
            (1.0, 0.01, Shape::Line),
            (0.5, 0.02, Shape::Exponential),
            (0.0, 0.1, Shape::Curve(-4.0)),
        ],
        2,
        0,
    );
    let (x, done) = play(&s, &gate(20_000, 100, 5000));
    assert!(x[..=100].iter().all(|x| *x == 0.0));
    assert_eq!((x[100 + 240], x[100 + 480]), (0.5, 1.0));
    // Half way in time an exponential is at the geometric mean.
    let middle = x[580 + 480];
    assert!((middle - 0.5f32.sqrt()).abs() < 1e-6, "{middle}");
    assert!(x[1539] > 0.5 && x[1540..=5000].iter().all(|x| *x == 0.5));
    // SuperCollider's bend: b + (a − b)·(1 − e^(c·t))/(1 − e^c) backwards.
    let t = 0.25f32;
    let want = 0.5 - 0.5 * (1.0 - (-4.0 * t).exp()) / (1.0 - (-4.0f32).exp());
    assert!((x[5000 + 1200] - want).abs() < 1e-6);
    assert!(x[5000 + 4799] > 0.0 && x[9800..].iter().all(|x| *x == 0.0));
    assert_eq!(done, Some(9800));
    // A gate that falls before the sustain goes on from where it is.
    let (x, done) = play(&s, &gate(20_000, 100, 100 + 240));
    assert_eq!(x[340], 0.5);
    assert!(x[341] < 0.5 && x[340] - x[341] < 0.001);
    assert_eq!(done, Some(340 + 4800));
    // Without a sustain the gate only begins it.
    let s = shape(
        &[(1.0, 0.001, Shape::Line), (0.0, 0.001, Shape::Line)],
        0,
        0,
    );
    let (x, done) = play(&s, &gate(1000, 100, 110));
    assert_eq!((x[148], x[196], done), (1.0, 0.0, Some(196)));
}

#[test]
fn an_envelope_loops_while_the_gate_is_high() {
    let s = shape(
        &[
            (1.0, 0.001, Shape::Line),
            (0.2, 0.001, Shape::Line),
            (0.8, 0.001, Shape::Line),
            (0.0, 0.001, Shape::Line),
        ],
        3,
        2,
    );
    let (x, done) = play(&s, &gate(2000, 0, 1000));
    assert_eq!(
        [48, 96, 144, 192, 240, 288].map(|i| x[i]),
        [1.0, 0.2, 0.8, 0.2, 0.8, 0.2]
    );
    assert_eq!(done, Some(1048));
    assert!(x[1048..].iter().all(|x| *x == 0.0));
    // Segments of no time, looped: it ends all the same.
    let s = shape(&[(1.0, 0.0, Shape::Line), (0.5, 0.0, Shape::Line)], 2, 1);
    let (x, _) = play(&s, &gate(100, 10, 50));
    assert_eq!((x[9], x[10]), (0.0, 0.5));
}

proptest! {
    /// Whatever its shapes, an envelope stays between the levels it goes through.
    #[test]
    fn an_envelope_never_leaves_its_levels(
        levels in prop::collection::vec((0.0f32..1.0, 0.0f32..0.003, -20.0f32..20.0), 1..8),
        from in 0usize..100, to in 100usize..900,
    ) {
        let segments: Vec<_> = levels.iter().map(|&(l, t, c)| (l, t, Shape::Curve(c))).collect();
        let (x, _) = play(&shape(&segments, 0, 0), &gate(1500, from, to));
        let most = levels.iter().fold(0.0f32, |m, l| m.max(l.0));
        prop_assert!(x.iter().all(|x| (-1e-6..=most + 1e-6).contains(x)));
    }
}

fn sine(hertz: f64, level: f32, frames: usize) -> Vec<f32> {
    let at = |i: usize| (i as f64 * hertz / f64::from(RATE) * std::f64::consts::TAU).sin();
    (0..frames).map(|i| at(i) as f32 * level).collect()
}

#[test]
fn meters_read_what_the_textbook_says() {
    let tone = sine(997.0, 0.5, 48_000);
    let read = rms_of(&tone);
    assert!((read - 0.5 / 2f32.sqrt()).abs() < 1e-3, "{read}");
    assert_eq!(
        rms_of(&[vec![1.0; 10_000], vec![0.0; 10_000]].concat()),
        0.0
    );

    let mut meter = solo(&*peak(), &[("hold", 0.1), ("fall", 20.0)]);
    let mut input = vec![0.0; 48_000];
    input[1000] = -0.8;
    let found = meter.render(&input);
    assert_eq!([999, 1000, 1000 + 4800].map(|i| found[i]), [0.0, 0.8, 0.8]);
    let half = found[1000 + 4800 + 24_000];
    assert!((20.0 * (half / 0.8).log10() + 10.0).abs() < 0.01, "{half}");

    // BS.1770-4: a sine of 997 Hz at full scale on one channel reads −3.01 LKFS.
    for rate in [44100, 48000, 96000] {
        let at = |i: usize| (i as f64 * 997.0 / f64::from(rate) * std::f64::consts::TAU).sin();
        let x: Vec<f32> = (0..rate as usize).map(|i| at(i) as f32).collect();
        let silence = vec![0.0; x.len()];
        let mut meter = Solo::new(&*loudness(), rate, 0);
        let (mut left, mut right) = (silence.clone(), silence.clone());
        let inputs = &[[&x[..], &silence[..]]];
        let controls = &[];
        meter.run(
            sorl_graph::ugen::Feed { inputs, controls },
            &mut [&mut left, &mut right],
        );
        let read = left[x.len() - 1];
        assert!((read + 3.01).abs() < 0.02, "{rate}: {read}");
        assert_eq!(left, right);
        let both = Solo::new(&*loudness(), rate, 0).render(&x)[x.len() - 1];
        assert!((both - read - 3.01).abs() < 0.01, "{both}");
    }
}

fn rms_of(x: &[f32]) -> f32 {
    *solo(&*rms(), &[]).render(x).last().unwrap()
}

#[test]
fn the_envelope_of_the_library_is_an_adsr_until_told_otherwise() {
    let units = Units::standard();
    let mut e = Solo::new(&**units.get("envelope").unwrap(), RATE, 0);
    let control = e.index("gate");
    let g = gate(48_000, 0, 24_000);
    let x = e.render_with(&[(control, &g)], &vec![0.0; 48_000]);
    assert_eq!(
        (x[0], x[480], x[480 + 9600], x[24_000]),
        (0.0, 1.0, 0.5, 0.5)
    );
    assert_eq!(e.finished(), Some(24_000 + 14_400));
}
