//! Each operation, measured against analysis: pitch, times, filter responses, statistics.

use sorl_graph::signal::{
    Builder, Control, Function, GRID, Interpreter, Io, Kernel, Lane, Op, Scratch, Sig,
};
use std::f64::consts::PI;
use std::sync::Arc;

const RATE: u32 = 48000;

fn function(build: impl FnOnce(&mut Builder) -> Sig) -> Arc<Function> {
    let mut b = Builder::new();
    let out = build(&mut b);
    Arc::new(b.finish(vec![out]))
}

/// Runs a function, its one input and its one control given frame by frame, in spans of `span` frames.
fn run(
    f: &Arc<Function>,
    frames: usize,
    input: impl Fn(usize) -> f32,
    control: impl Fn(usize) -> f32,
    span: usize,
) -> Vec<f32> {
    let kernel = Interpreter::new(Arc::clone(f), RATE);
    let mut state = vec![0; kernel.state_words()];
    kernel.init(&mut state, 1234);
    let mut scratch = Scratch::new();
    let mut lane = Lane {
        moving: true,
        ..Lane::default()
    };
    let (mut inputs, mut outputs) = ([[0.0; GRID]], [[0.0; GRID]]);
    let mut sound = Vec::with_capacity(frames);
    while sound.len() < frames {
        let len = span.min(frames - sound.len());
        for (i, x) in inputs[0][..len].iter_mut().enumerate() {
            *x = input(sound.len() + i);
            lane.frames[i] = control(sound.len() + i);
        }
        let io = Io {
            from: 0,
            to: len,
            inputs: &inputs,
            controls: std::slice::from_ref(&lane),
            outputs: &mut outputs,
            scratch: &mut scratch,
        };
        kernel.run(&mut state, io);
        sound.extend_from_slice(&outputs[0][..len]);
    }
    sound
}

fn gate(b: &mut Builder) -> Sig {
    b.control(Control::new("gate", 0.0, 0.0, 1.0)).unwrap()
}

/// Amplitude and phase (in turns) of a frequency in a sound, by correlation with a whole number of periods.
fn partial(sound: &[f32], hertz: f64) -> (f64, f64) {
    let w = 2.0 * PI * hertz / f64::from(RATE);
    let (mut re, mut im) = (0.0, 0.0);
    for (i, x) in sound.iter().enumerate() {
        re += f64::from(*x) * (w * i as f64).cos();
        im -= f64::from(*x) * (w * i as f64).sin();
    }
    let n = sound.len() as f64 / 2.0;
    ((re * re + im * im).sqrt() / n, im.atan2(re) / (2.0 * PI))
}

fn db(x: f64) -> f64 {
    20.0 * x.log10()
}

#[test]
fn a_sine_has_its_pitch_within_a_hundredth_of_a_cent() {
    for hertz in [27.5f32, 440.0, 1234.5, 11111.0] {
        let f = function(|b| {
            let freq = b.constant(hertz).unwrap();
            b.add(Op::Sine(freq)).unwrap()
        });
        // The phase drift of a partial over ten seconds tells the frequency.
        let sound = run(&f, 480_000, |_| 0.0, |_| 0.0, GRID);
        let (a, p) = partial(&sound[..48_000], f64::from(hertz));
        let (b, q) = partial(&sound[432_000..], f64::from(hertz));
        let turns = (q - p + 432_000.0 / 48_000.0 * f64::from(hertz)).rem_euclid(1.0);
        let drift = (turns - 2.0 * f64::from(hertz) * 9.0).rem_euclid(1.0);
        let drift = if drift > 0.5 { drift - 1.0 } else { drift };
        let cents = 1200.0 * (1.0 + drift / 9.0 / f64::from(hertz)).log2();
        assert!(cents.abs() < 0.01, "{hertz} Hz: {cents} cents");
        assert!(
            (a - 1.0).abs() < 0.03 && (b - 1.0).abs() < 0.03,
            "{hertz}: {a} {b}"
        );
    }
}

#[test]
fn a_saw_falls_as_one_over_n_and_its_aliases_are_low() {
    let hertz = 500.0;
    let f = function(|b| {
        let freq = b.constant(hertz as f32).unwrap();
        b.add(Op::Saw(freq)).unwrap()
    });
    let sound = run(&f, 48_000, |_| 0.0, |_| 0.0, GRID);
    let (first, _) = partial(&sound, hertz);
    assert!((first - 2.0 / PI).abs() < 0.01, "{first}");
    for n in 2..10 {
        let (a, _) = partial(&sound, hertz * f64::from(n));
        assert!(
            (db(a * f64::from(n)) - db(first)).abs() < 0.5,
            "partial {n}"
        );
    }
    // Where a bare saw's 97th partial folds back: 48500 → 500 is hidden; 95.5 kHz images sit between partials.
    let f = function(|b| {
        let freq = b.constant(1009.0).unwrap();
        b.add(Op::Saw(freq)).unwrap()
    });
    let sound = run(&f, 48_000, |_| 0.0, |_| 0.0, GRID);
    let (first, _) = partial(&sound, 1009.0);
    let bare = db(1.0 / 47.0);
    let (alias, _) = partial(&sound, 48_000.0 - 47.0 * 1009.0);
    assert!(
        db(alias / first) < bare - 15.0,
        "{} dB, a bare saw has {bare}",
        db(alias / first)
    );
}

#[test]
fn an_envelope_is_exact_to_the_frame() {
    let f = function(|b| {
        let gate = gate(b);
        let (attack, decay) = (b.constant(0.01).unwrap(), b.constant(0.02).unwrap());
        let (sustain, release) = (b.constant(0.25).unwrap(), b.constant(0.05).unwrap());
        b.add(Op::Adsr {
            attack,
            decay,
            sustain,
            release,
            gate,
        })
        .unwrap()
    });
    let high = |i: usize| f32::from(u8::from((100..5100).contains(&i)));
    let env = run(&f, 9000, |_| 0.0, high, 50);
    assert!(env[..101].iter().all(|x| *x == 0.0));
    assert!((env[100 + 240] - 0.5).abs() < 1e-5);
    assert!(
        (env[100 + 480] - 1.0).abs() < 1e-5 && env[100 + 479] < 1.0,
        "attack: 480 frames"
    );
    assert!(
        (env[100 + 480 + 480] - 0.625).abs() < 1e-4,
        "half the decay"
    );
    assert!(
        env[100 + 480 + 959] > 0.25 && (env[100 + 480 + 961] - 0.25).abs() < 1e-6,
        "decay: 960 frames"
    );
    assert!(env[2000..5100].iter().all(|x| (x - 0.25).abs() < 1e-6));
    assert!((env[5099 + 1200] - 0.125).abs() < 1e-5 && env[5099 + 2399] > 0.0);
    assert_eq!(env[5099 + 2401], 0.0, "release: 2400 frames");
}

#[test]
fn an_envelope_goes_on_from_where_it_is() {
    let f = function(|b| {
        let gate = gate(b);
        let (attack, rest) = (b.constant(0.01).unwrap(), b.constant(0.1).unwrap());
        b.add(Op::Adsr {
            attack,
            decay: rest,
            sustain: rest,
            release: rest,
            gate,
        })
        .unwrap()
    });
    // Released in the attack, struck again in the release: no jump anywhere.
    let high = |i: usize| f32::from(u8::from(!(300..700).contains(&i)));
    let env = run(&f, 2000, |_| 0.0, high, 64);
    assert!(env.windows(2).all(|w| (w[1] - w[0]).abs() < 1.01 / 480.0));
}

/// The analog prototype at the warped frequency: what the bilinear transform makes of a Butterworth filter.
fn butterworth(hertz: f64, cutoff: f64, high: bool) -> f64 {
    let tan = |f: f64| (PI * f / f64::from(RATE)).tan();
    let w = if high {
        tan(cutoff) / tan(hertz)
    } else {
        tan(hertz) / tan(cutoff)
    };
    1.0 / (1.0 + w.powi(4)).sqrt()
}

#[test]
fn filters_have_the_response_of_the_textbook() {
    for high in [false, true] {
        for cutoff in [100.0, 1000.0, 8000.0, 18000.0] {
            let f = function(|b| {
                let (x, c) = (b.input("inp").unwrap(), b.constant(cutoff as f32).unwrap());
                let damping = b.constant(std::f32::consts::SQRT_2).unwrap();
                b.add(if high {
                    Op::Highpass(x, c, damping)
                } else {
                    Op::Lowpass(x, c, damping)
                })
                .unwrap()
            });
            let response = run(&f, 48_000, |i| f32::from(u8::from(i == 0)), |_| 0.0, GRID);
            for hertz in [20.0, 100.0, 500.0, 1000.0, 3000.0, 8000.0, 15000.0, 20000.0] {
                let want = db(butterworth(hertz, cutoff, high));
                if want < -70.0 {
                    continue;
                }
                let got = db(partial(&response, hertz).0 * response.len() as f64 / 2.0);
                assert!(
                    (got - want).abs() < 0.1,
                    "{high} {cutoff} at {hertz} Hz: {got} dB, not {want}"
                );
            }
        }
    }
}

#[test]
fn noise_is_white_even_and_its_own() {
    let f = function(|b| b.noise().unwrap());
    let sound = run(&f, 480_000, |_| 0.0, |_| 0.0, GRID);
    let n = sound.len() as f64;
    let mean = sound.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
    let power = sound.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / n;
    assert!(
        mean.abs() < 0.005 && (power - 1.0 / 3.0).abs() < 0.003,
        "{mean} {power}"
    );
    assert!(sound.iter().all(|x| (-1.0..=1.0).contains(x)));
    for lag in [1, 2, 3, 64, 1000] {
        let c: f64 = sound
            .windows(lag + 1)
            .map(|w| f64::from(w[0]) * f64::from(w[lag]))
            .sum::<f64>()
            / n
            / power;
        assert!(c.abs() < 0.008, "lag {lag}: {c}");
    }
    let two = function(|b| {
        let (x, y) = (b.noise().unwrap(), b.noise().unwrap());
        b.add(Op::Sub(x, y)).unwrap()
    });
    let difference = run(&two, 48_000, |_| 0.0, |_| 0.0, GRID);
    let power = difference
        .iter()
        .map(|x| f64::from(*x).powi(2))
        .sum::<f64>()
        / 48_000.0;
    assert!(
        (power - 2.0 / 3.0).abs() < 0.02,
        "two calls are two noises: {power}"
    );
}

#[test]
fn a_reverb_decays_and_a_larger_room_rings_longer() {
    let tail = |room: f32| {
        let f = function(|b| {
            let (x, room) = (b.input("inp").unwrap(), b.constant(room).unwrap());
            let damping = b.constant(0.5).unwrap();
            b.reverb(x, room, damping).unwrap()
        });
        let sound = run(&f, 96_000, |i| f32::from(u8::from(i == 0)), |_| 0.0, GRID);
        let energy = |from: usize| {
            sound[from..from + 9600]
                .iter()
                .map(|x| f64::from(*x).powi(2))
                .sum::<f64>()
        };
        assert!(sound.iter().all(|x| x.is_finite()));
        db((energy(48_000) / energy(4800)).sqrt())
    };
    let (small, large) = (tail(0.2), tail(0.9));
    assert!(small < large - 10.0 && large < -3.0, "{small} {large}");
}

#[test]
fn spans_of_any_length_give_the_same_bits() {
    let f = function(|b| {
        let gate = gate(b);
        let (x, freq) = (b.input("inp").unwrap(), b.constant(333.0).unwrap());
        let (saw, noise) = (b.add(Op::Saw(freq)).unwrap(), b.noise().unwrap());
        let (time, damping) = (b.constant(0.01).unwrap(), b.constant(1.2).unwrap());
        let env = b
            .add(Op::Adsr {
                attack: time,
                decay: time,
                sustain: time,
                release: time,
                gate,
            })
            .unwrap();
        let sum = b.add(Op::Add(saw, noise)).unwrap();
        let sum = b.add(Op::Add(sum, x)).unwrap();
        let (scale, base) = (b.constant(3000.0).unwrap(), b.constant(200.0).unwrap());
        let sweep = b.add(Op::Mul(env, scale)).unwrap();
        let cutoff = b.add(Op::Add(sweep, base)).unwrap();
        let low = b.add(Op::Lowpass(sum, cutoff, damping)).unwrap();
        let high = b.add(Op::Highpass(low, base, damping)).unwrap();
        b.reverb(high, time, time).unwrap()
    });
    let input = |i: usize| (i % 97) as f32 * 0.01;
    let gate = |i: usize| f32::from(u8::from((i / 700).is_multiple_of(2)));
    let whole = run(&f, 6000, input, gate, GRID);
    for span in [1, 3, 17, 63] {
        assert_eq!(run(&f, 6000, input, gate, span), whole, "spans of {span}");
    }
}
