//! Rooms, measured: the hall's decay, density and sides.

use sorl_graph::ugen::{Feed, Solo, hall};

const RATE: u32 = 48000;

/// The impulse response of the left side to both, with its controls.
fn impulse(seconds: f32, controls: &[(&str, f32)]) -> [Vec<f32>; 2] {
    let mut solo = Solo::new(&*hall(), RATE, 7);
    controls
        .iter()
        .for_each(|(name, value)| solo.set(name, *value));
    let frames = (seconds * RATE as f32) as usize;
    let mut click = vec![0.0; frames];
    click[0] = 1.0;
    let silence = vec![0.0; frames];
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    let feed = Feed {
        inputs: &[[&click, &silence]],
        controls: &[],
    };
    solo.run(feed, &mut [&mut left, &mut right]);
    [left, right]
}

/// A band around a frequency in Hz: the state variable filter of the textbook in double precision, twice.
fn band(x: &[f32], hertz: f64) -> Vec<f64> {
    let mut y: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
    let w = std::f64::consts::TAU * hertz / f64::from(RATE);
    let (a, q) = (w.sin() / 2.0 / 3.0, w.cos());
    for _ in 0..2 {
        let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
        for x in &mut y {
            let out = (a * (*x - x2) + 2.0 * q * y1 - (1.0 - a) * y2) / (1.0 + a);
            (x2, x1, y2, y1) = (x1, *x, y1, out);
            *x = out;
        }
    }
    y
}

/// The time of decay by 60 dB: Schroeder's backward integral, a line from −5 to −35 dB (ISO 3382, T30).
fn t60(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    let mut left: Vec<f64> = x
        .iter()
        .rev()
        .map(|x| {
            sum += x * x;
            sum
        })
        .collect();
    left.reverse();
    let at = |db: f64| {
        let level = left[0] * 10f64.powf(db / 10.0);
        left.partition_point(|e| *e > level) as f64 / f64::from(RATE)
    };
    (at(-35.0) - at(-5.0)) * 2.0
}

#[test]
fn a_hall_decays_in_its_time_and_twice_as_fast_where_it_damps() {
    for (decay, damp, size) in [
        (1.0f32, 4000.0f32, 1.0),
        (2.5, 6000.0, 0.6),
        (3.0, 3000.0, 1.8),
    ] {
        let controls = [
            ("decay", decay),
            ("damp", damp),
            ("size", size),
            ("motion", 0.2),
        ];
        let [left, _] = impulse(decay * 1.2 + 0.3, &controls);
        let low = t60(&band(&left, 250.0)) / f64::from(decay);
        assert!((0.92..1.08).contains(&low), "decay {decay}: {low} of it");
        let high = t60(&band(&left, f64::from(damp))) / f64::from(decay);
        assert!((0.44..0.56).contains(&high), "damp {damp}: {high} of it");
    }
}

#[test]
fn a_hall_is_soon_as_dense_as_noise_and_wide() {
    let [left, right] = impulse(1.0, &[("decay", 3.0), ("damp", 20000.0)]);
    // Abel and Huang's echo density (AES 121, 2006): the share of frames beyond one deviation in 20 ms, over that of
    // Gaussian noise.
    let density = |from: f32| {
        let at = (from * RATE as f32) as usize;
        let window = &left[at..at + 960];
        let power: f32 = window.iter().map(|x| x * x).sum::<f32>() / 960.0;
        let beyond = window.iter().filter(|x| x.abs() > power.sqrt()).count();
        beyond as f32 / 960.0 / 0.3173
    };
    let tenth = density(0.15);
    assert!(tenth > 0.8, "after 150 ms {tenth}");
    assert!((0.9..1.1).contains(&density(0.4)), "{}", density(0.4));
    // The sides have nothing in common but their decay.
    let of = |a: &[f32], b: &[f32]| -> f64 {
        let pairs = a[9600..].iter().zip(&b[9600..]);
        pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let common = of(&left, &right) / (of(&left, &left) * of(&right, &right)).sqrt();
    assert!(common.abs() < 0.1, "{common}");
}

#[test]
fn a_hall_comes_after_its_predelay_and_lets_the_dry_signal_through() {
    let [left, _] = impulse(0.5, &[("predelay", 0.1)]);
    let first = left.iter().position(|x| x.abs() > 1e-6).unwrap() as f32 / RATE as f32;
    assert!((0.1..0.16).contains(&first), "{first} s");
    let [left, right] = impulse(0.5, &[("mix", 0.0)]);
    assert_eq!((left[0], right[0]), (1.0, 0.0));
    assert!(left[1..].iter().all(|x| *x == 0.0));
}

#[test]
fn the_longest_decay_stays_where_it_is() {
    let [left, _] = impulse(6.0, &[("decay", 60.0), ("damp", 20000.0), ("motion", 1.0)]);
    let power = |from: usize| -> f32 {
        let window = &left[from * RATE as usize..(from + 1) * RATE as usize];
        window.iter().map(|x| x * x).sum()
    };
    // 60 dB in 60 s are 4 dB in 4 s; what the interpolation takes at high frequencies comes on top.
    let falls = 10.0 * (power(1) / power(5)).log10();
    assert!((3.0..12.0).contains(&falls), "{falls} dB in 4 s");
}
