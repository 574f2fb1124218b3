//! Limiter and compressor, measured.

use sorl_graph::signal::Control;
use sorl_graph::ugen::{Description, Feed, Limiter, Solo, Unit, UnitIo, unit};

const RATE: u32 = 48000;

fn sine(hertz: f64, level: f32, frames: usize) -> Vec<f32> {
    let at = |i: usize| (i as f64 * hertz / f64::from(RATE) * std::f64::consts::TAU).sin();
    (0..frames).map(|i| at(i) as f32 * level).collect()
}

#[test]
fn a_limiter_never_lets_a_sample_over_its_ceiling() {
    let mut limiter = Solo::new(&Limiter::new(), RATE, 0);
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
    let limiter = Limiter::new();
    for rate in [44100, 48000, 96000] {
        let late = limiter.latency(rate) as usize;
        assert!((0.004..0.0045).contains(&(late as f64 / f64::from(rate))));
        let input = sine(1000.0, 0.5, 5000);
        let output = Solo::new(&limiter, rate, 0).render(&input);
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
    let mut limiter = Solo::new(&Limiter::new(), RATE, 0);
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
    let mut limiter = Solo::new(&Limiter::new(), RATE, 0);
    let (mut left, mut right) = (vec![0.0; 20_000], vec![0.0; 20_000]);
    let inputs = &[[&loud[..], &soft[..]]];
    let controls = &[];
    limiter.run(Feed { inputs, controls }, &mut [&mut left, &mut right]);
    let ceiling = 10f32.powf(-1.0 / 20.0);
    // The loud side is turned down to the ceiling, the soft one by as much.
    let turned: f32 = right[10_000..].iter().sum::<f32>() / 10_000.0 / 0.25;
    assert!((turned - ceiling / 4.0).abs() < 0.04, "{turned}");
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
