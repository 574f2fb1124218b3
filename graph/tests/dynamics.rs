//! Limiter and compressor, measured.

use sorl_graph::signal::Control;
use sorl_graph::ugen::{Description, Feed, Solo, UnitIo, compressor, limiter, unit};

const RATE: u32 = 48000;

fn sine(hertz: f64, level: f32, frames: usize) -> Vec<f32> {
    let at = |i: usize| (i as f64 * hertz / f64::from(RATE) * std::f64::consts::TAU).sin();
    (0..frames).map(|i| at(i) as f32 * level).collect()
}

#[test]
fn a_limiter_never_lets_a_sample_over_its_ceiling() {
    let mut limiter = Solo::new(&*limiter(), RATE, 0);
    limiter.set("ceiling", -3.0);
    limiter.set("drive", 12.0);
    limiter.set("release", 0.005);
    // Bursts, clicks and silence.
    let mut seed = 1u32;
    let mut input = Vec::new();
    for i in 0..100_000 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (seed >> 8) as f32 / 8_388_608.0 - 1.0;
        let level = if i % 5000 < 2000 { 1.0 } else { 0.05 };
        input.push(if i % 7777 == 0 { 8.0 } else { noise * level });
    }
    let ceiling = 10f32.powf(-3.0 / 20.0);
    let output = limiter.render(&input);
    let most = output.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!(most <= ceiling * (1.0 + 1e-6), "{most} over {ceiling}");
    assert!(most > ceiling * 0.9, "it reaches the ceiling: {most}");
}

#[test]
fn what_lies_under_the_ceiling_goes_through_untouched_and_as_late_as_said() {
    let limiter = limiter();
    for rate in [44100, 48000, 96000] {
        let late = limiter.latency(rate) as usize;
        assert!((0.004..0.0045).contains(&(late as f64 / f64::from(rate))));
        let input = sine(1000.0, 0.5, 5000);
        let output = Solo::new(&*limiter, rate, 0).render(&input);
        assert_eq!(output[late..], input[..5000 - late]);
        assert!(output[..late].iter().all(|x| *x == 0.0));
    }
}

#[test]
fn a_limiter_keeps_peaks_between_the_samples_under_its_ceiling_too() {
    // Samples of a quarter of the rate lie 3 dB under its true peak.
    let input: Vec<f32> = (0..20_000)
        .map(|i| [1.0, 1.0, -1.0, -1.0][i % 4] * 0.9)
        .collect();
    let mut limiter = Solo::new(&*limiter(), RATE, 0);
    limiter.set("ceiling", -6.0);
    let output = limiter.render(&input);
    let most = output[5000..].iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let true_peak = 20.0 * (most * std::f32::consts::SQRT_2).log10();
    assert!((-6.2..-5.9).contains(&true_peak), "{true_peak} dB");
}

#[test]
fn one_gain_holds_for_both_sides() {
    let loud = sine(200.0, 4.0, 20_000);
    let soft = vec![0.25; 20_000];
    let mut limiter = Solo::new(&*limiter(), RATE, 0);
    let (mut left, mut right) = (vec![0.0; 20_000], vec![0.0; 20_000]);
    let inputs = &[[&loud[..], &soft[..]]];
    let controls = &[];
    limiter.run(Feed { inputs, controls }, &mut [&mut left, &mut right]);
    let ceiling = 10f32.powf(-1.0 / 20.0);
    // The loud side is turned down to the ceiling, the soft one by as much.
    let turned: f32 = right[10_000..].iter().sum::<f32>() / 10_000.0 / 0.25;
    assert!((turned - ceiling / 4.0).abs() < 0.04, "{turned}");
}

/// The gain in dB that a steady level in dB ends with.
fn compressed(controls: &[(&str, f32)], level: f32) -> f32 {
    let mut solo = Solo::new(&*compressor(), RATE, 0);
    solo.set("attack", 0.001);
    controls.iter().for_each(|(k, v)| solo.set(k, *v));
    let x = 10f32.powf(level / 20.0);
    let output = solo.render(&vec![x; 20_000]);
    20.0 * (output[19_999] / x).log10()
}

#[test]
fn a_compressor_follows_its_static_curve() {
    let (threshold, ratio, knee) = (-20.0f32, 4.0f32, 10.0f32);
    let controls = [("threshold", threshold), ("ratio", ratio), ("knee", knee)];
    for level in (-60..=6).map(|l| l as f32) {
        // Equation 4 of Giannoulis, Massberg and Reiss.
        let over = level - threshold;
        let out = if 2.0 * over < -knee {
            level
        } else if 2.0 * over > knee {
            threshold + over / ratio
        } else {
            level + (1.0 / ratio - 1.0) * (over + knee / 2.0).powi(2) / (2.0 * knee)
        };
        let gain = compressed(&controls, level);
        assert!((gain - (out - level)).abs() < 0.02, "{level} dB: {gain}");
    }
    // Without a knee, and as good as a limit, with makeup.
    let hard = [
        ("threshold", -10.0),
        ("ratio", 100.0),
        ("knee", 0.0),
        ("makeup", 5.0),
    ];
    assert!((compressed(&hard, -10.0) - 5.0).abs() < 0.02);
    assert!((compressed(&hard, 0.0) + 4.9).abs() < 0.02);
}

#[test]
fn attack_and_release_take_their_times() {
    let mut solo = Solo::new(&*compressor(), RATE, 0);
    for (k, v) in [
        ("attack", 0.02),
        ("release", 0.1),
        ("knee", 0.0),
        ("ratio", 100.0),
    ] {
        solo.set(k, v);
    }
    // From far below the threshold to 18 dB over it, and back.
    let mut input = vec![0.001f32; 144_000];
    input[24_000..72_000].fill(1.0);
    let output = solo.render(&input);
    let gain = |at: f32| {
        let i = (at * RATE as f32) as usize;
        20.0 * (output[i] / input[i]).log10()
    };
    let full = gain(1.49);
    assert!((full + 17.82).abs() < 0.02, "{full}");
    let share = gain(0.52) / full;
    assert!((share - 0.632).abs() < 0.01, "attack: {share}");
    // Attack and release in a row; after a time far longer than the attack the release alone is left.
    let ratio = gain(1.9) / gain(1.8);
    assert!((ratio - 0.368).abs() < 0.01, "release: {ratio}");
}

#[test]
fn the_side_chain_turns_down_what_it_does_not_sound_in() {
    let mut solo = Solo::new(&*compressor(), RATE, 0);
    solo.set("side", 1.0);
    solo.set("attack", 0.001);
    let tone = vec![0.1f32; 48_000];
    let mut key = vec![0.0f32; 48_000];
    key[24_000..].fill(1.0);
    let (mut left, mut right) = (vec![0.0; 48_000], vec![0.0; 48_000]);
    let inputs = &[[&tone[..], &tone[..]], [&key[..], &key[..]]];
    let controls = &[];
    solo.run(Feed { inputs, controls }, &mut [&mut left, &mut right]);
    assert_eq!(left[..24_000], tone[..24_000]);
    let down = 20.0 * (left[47_999] / 0.1).log10();
    assert!((down + 13.5).abs() < 0.02, "{down}");
    assert_eq!(left, right);
}

/// What a unit says of its end is kept for the engine to read.
#[test]
fn a_unit_says_at_which_frame_it_is_done() {
    let control = Control::new("for", 100.0, 1.0, 1000.0);
    let burst = unit(Description::new("burst").control(control), |_, _| {
        let mut at = 0.0;
        move |io: &mut UnitIo<'_>| {
            for i in 0..io.frames() {
                if at >= io.control(0, i) {
                    io.finish(i);
                } else {
                    io.output(0)[i] = 1.0;
                }
                at += 1.0;
            }
        }
    });
    for size in [1, 7, 64, 300] {
        let mut solo = Solo::new(&*burst, RATE, 0);
        let mut out = vec![0.0; size];
        for _ in 0..300 / size {
            solo.run(Feed::default(), &mut [&mut out]);
        }
        assert_eq!(solo.finished(), Some(100), "blocks of {size}");
    }
}
