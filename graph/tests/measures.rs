//! Signals measured: filters against scipy's numbers, oscillators and envelopes against analysis.

mod common;

use common::{RATE, Run, first, function, sound};
use sorl_graph::signal::{Function, GRID, Op};
use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::sync::Arc;

/// What scipy says, written by `filters.py` beside it.
const FILTERS: &str = include_str!("data/filters.csv");

/// The size of a frequency in a sound: the sum of its frames turned by it.
fn size(sound: &[f32], hertz: f64) -> f64 {
    let w = 2.0 * PI * hertz / f64::from(RATE);
    let (mut re, mut im) = (0.0, 0.0);
    let (step, mut at) = ((w.cos(), w.sin()), (1.0, 0.0));
    for x in sound {
        re += f64::from(*x) * at.0;
        im -= f64::from(*x) * at.1;
        at = (at.0 * step.0 - at.1 * step.1, at.0 * step.1 + at.1 * step.0);
    }
    (re * re + im * im).sqrt()
}

fn db(x: f64) -> f64 {
    20.0 * x.max(1e-12).log10()
}

#[test]
fn filters_pass_what_scipy_says_within_a_tenth_of_a_decibel() {
    let mut wanted: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for line in FILTERS.lines() {
        let mut parts = line.split(';');
        let mut part = || parts.next().expect("three parts");
        let expression = part();
        let row = (part().parse().unwrap(), part().parse().unwrap());
        wanted.entry(expression).or_default().push(row);
    }
    assert!(wanted.len() > 60);
    for (expression, rows) in wanted {
        let text = format!("def f(x):\n    return {expression}\n");
        let response = sound(&text, 12_000, |_, i| Some(f32::from(u8::from(i == 0))));
        for (hertz, want) in rows {
            let got = db(size(&response, hertz));
            // What is 70 dB down and more is lost among the roundings of a sum of thousands.
            let right = (got - want).abs() < 0.1 || (want < -70.0 && got < -65.0);
            assert!(right, "{expression} at {hertz} Hz: {got} dB, not {want}");
        }
    }
}

#[test]
fn aliases_below_ten_kilohertz_lie_ninety_decibels_under_the_fundamental() {
    // A tenth of a second holds whole periods of tens of hertz, so that aliases and partials stay apart.
    for wave in ["saw", "square", "triangle"] {
        for hertz in [1010, 1570, 2030, 2990, 3490, 4210, 4750, 4990] {
            let text = format!("def f():\n    return {wave}({hertz})\n");
            let mut run = Run::new(&function(&text), 1);
            run.frames(4800, GRID, |_, _| None);
            let [sound, _] = run.frames(4800, GRID, |_, _| None);
            let fundamental = size(&sound, f64::from(hertz));
            for n in 2..300 {
                let folded = (n * hertz) % 48_000;
                let folded = folded.min(48_000 - folded);
                if n * hertz < 24_000 || folded >= 10_000 || folded % hertz == 0 {
                    continue;
                }
                let alias = db(size(&sound, f64::from(folded)) / fundamental);
                assert!(alias < -90.0, "{wave} {hertz}: {alias} dB at {folded} Hz");
            }
        }
    }
}

#[test]
fn partials_of_waves_are_those_of_the_series() {
    let check = |expression: &str, amplitude: fn(f64) -> f64| {
        let text = format!("def f():\n    return {expression}\n");
        let sound = first(&text, 4800);
        for n in 1..=20 {
            let want = amplitude(f64::from(n));
            let got = size(&sound, 500.0 * f64::from(n)) / 2400.0;
            let right = if want < 1e-9 {
                got < 1e-3
            } else {
                (db(got) - db(want)).abs() < 0.4
            };
            assert!(right, "{expression}, partial {n}: {got}, not {want}");
        }
    };
    check("saw(500)", |n| 2.0 / PI / n);
    check("square(500)", |n| {
        if n % 2.0 == 1.0 { 4.0 / PI / n } else { 0.0 }
    });
    check("pulse(500, 0.25)", |n| {
        4.0 / PI / n * (PI * n * 0.25).sin().abs()
    });
    check("triangle(500)", |n| {
        if n % 2.0 == 1.0 {
            8.0 / PI / PI / n / n
        } else {
            0.0
        }
    });
    check("wavetable_osc(partials([0, 1, 0, 0.5]), 500)", |n| {
        match n as u32 {
            2 => 1.0,
            4 => 0.5,
            _ => 0.0,
        }
    });
}

#[test]
fn a_wave_table_has_no_partial_above_half_the_rate() {
    // A saw of a thousand partials, high up: what would fold back is not there.
    let text = "def f():\n    return wavetable_osc(partials([1 / n for n in range(1, 300)], 1024), 3010)\n";
    let sound = first(text, 4800);
    let fundamental = size(&sound, 3010.0);
    // An octave's table has the partials that fit its highest pitch.
    for n in 2..5 {
        let partial = size(&sound, 3010.0 * f64::from(n)) / fundamental;
        assert!(partial > 0.05, "partial {n} is there: {partial}");
    }
    for n in 8..60 {
        let folded = (n * 3010) % 48_000;
        let folded = folded.min(48_000 - folded);
        let alias = db(size(&sound, f64::from(folded)) / fundamental);
        assert!(
            folded % 3010 == 0 || alias < -70.0,
            "{alias} dB at {folded} Hz"
        );
    }
}

/// Phase in turns of a frequency in a tenth of a second.
fn phase(sound: &[f32], hertz: f64) -> f64 {
    let w = 2.0 * PI * hertz / f64::from(RATE);
    let part = |f: fn(f64) -> f64| {
        let frames = sound.iter().enumerate();
        frames
            .map(|(i, x)| f64::from(*x) * f(w * i as f64))
            .sum::<f64>()
    };
    (-part(f64::sin)).atan2(part(f64::cos)) / (2.0 * PI)
}

#[test]
fn oscillators_have_their_pitch_within_a_hundredth_of_a_cent() {
    for wave in ["sine_osc", "saw", "square", "triangle", "phasor"] {
        for hertz in [40.0, 440.0, 3520.0] {
            let text = format!("def f():\n    return {wave}({hertz})\n");
            let sound = first(&text, 100_800);
            // Two seconds apart, whole periods of every one of these frequencies.
            let drift = phase(&sound[96_000..], hertz) - phase(&sound[..4800], hertz);
            let drift = drift - drift.round();
            let cents = 1200.0 * (1.0 + drift / 2.0 / hertz).log2();
            assert!(cents.abs() < 0.01, "{wave} {hertz}: {cents} cents");
        }
    }
}

#[test]
fn envelopes_end_their_stages_on_their_frames() {
    let gate = |i: usize| f32::from(u8::from((10..4010).contains(&i)));
    for (attack, decay, release) in [
        (1, 1, 1),
        (48, 96, 480),
        (333, 777, 1001),
        (1440, 2000, 2999),
    ] {
        let seconds = |frames: i32| f64::from(frames) / f64::from(RATE);
        let text = format!(
            "def f(gate):\n    return adsr({}, {}, 0.25, {}, gate)\n",
            seconds(attack),
            seconds(decay),
            seconds(release)
        );
        let env = sound(&text, 8000, |_, i| Some(gate(i)));
        let at = |frame: i32| f64::from(env[frame as usize]);
        let a = 10 + attack;
        assert!((at(a) - 1.0).abs() < 1e-6, "the attack ends: {}", at(a));
        let (attack, decay, release) = (f64::from(attack), f64::from(decay), f64::from(release));
        assert!((at(a - 1) - (1.0 - 1.0 / attack)).abs() < 1e-6);
        let d = a + decay as i32;
        assert!((at(d) - 0.25).abs() < 1e-6, "the decay ends: {}", at(d));
        assert!((at(d - 1) - (0.25 + 0.75 / decay)).abs() < 1e-6);
        let r = 4009 + release as i32;
        assert!(at(r).abs() < 1e-6, "the release ends: {}", at(r));
        assert!((at(r - 1) - 0.25 / release).abs() < 1e-6);
        assert!(env[r as usize + 1..].iter().all(|x| *x == 0.0));
    }
    // A stroke rises and falls whatever the gate does.
    let stroke = sound(
        "def f(gate):\n    return ar(0.01, 0.02, gate)\n",
        3000,
        |_, i| Some(f32::from(u8::from((100..110).contains(&i)))),
    );
    assert!(stroke[..=100].iter().all(|x| *x == 0.0));
    assert_eq!(
        (stroke[340], stroke[580], stroke[1060], stroke[1540]),
        (0.5, 1.0, 0.5, 0.0)
    );
    assert!(stroke[1539] > 0.0 && stroke[1541..].iter().all(|x| *x == 0.0));
}

#[test]
fn triggers_and_what_hangs_on_them_come_in_their_frame() {
    let x = |i: usize| [0.0, 1.0, 1.0, 0.0, 0.5, 0.0, 2.0][i];
    let of = |expression: &str| {
        sound(
            &format!("def f(x):\n    return {expression}\n"),
            7,
            |_, i| Some(x(i)),
        )
    };
    assert_eq!(of("trigger(x)"), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
    assert_eq!(
        of("latch(x * 10, x > 0.7)"),
        [0.0, 10.0, 10.0, 10.0, 10.0, 10.0, 20.0]
    );
    assert_eq!(of("decay(0.5, x)"), [0.0, 1.0, 0.5, 0.25, 1.0, 0.5, 1.0]);
    assert_eq!(of("decay(0.5) + x * 0")[..4], [1.0, 0.5, 0.25, 0.125]);
}

#[test]
fn notes_decibels_and_ranges_are_turned_into_each_other() {
    let of = |expression: &str, x: f32| {
        let text = format!("def f(x):\n    return {expression}\n");
        f64::from(sound(&text, 1, |_, _| Some(x))[0])
    };
    for note in [0.0f32, 21.0, 60.0, 69.0, 69.5, 127.0] {
        let hertz = 440.0 * 2f64.powf((f64::from(note) - 69.0) / 12.0);
        let cents = 1200.0 * (of("midi_to_freq(x)", note) / hertz).log2();
        assert!(cents.abs() < 0.01, "{note}: {cents} cents");
        assert!((of("freq_to_midi(x)", hertz as f32) - f64::from(note)).abs() < 1e-4);
    }
    for decibels in [-60.0f32, -6.0, 0.0, 12.0] {
        let factor = 10f64.powf(f64::from(decibels) / 20.0);
        assert!((of("db_to_linear(x)", decibels) / factor - 1.0).abs() < 1e-6);
        assert!((of("linear_to_db(x)", factor as f32) - f64::from(decibels)).abs() < 1e-4);
    }
    assert_eq!(
        (of("clip(x, -1, 2)", 5.0), of("lerp(10, 20, x)", 0.25)),
        (2.0, 12.5)
    );
    assert_eq!(
        (of("wrap(x, 1, 3)", 3.5), of("wrap(x, 1, 3)", -0.5)),
        (1.5, 1.5)
    );
    for (x, y) in [
        (0.3, 0.3),
        (1.25, 0.75),
        (-1.5, -0.5),
        (3.0, -1.0),
        (4.25, 0.25),
    ] {
        assert!((of("fold(x)", x) - f64::from(y as f32)).abs() < 1e-6, "{x}");
    }
    assert_eq!(
        (of("softclip(x)", 9.0), of("softclip(x)", -9.0)),
        (1.0, -1.0)
    );
}

#[test]
fn echoes_come_when_they_should_and_pans_keep_their_power() {
    let impulse = |_: &str, i: usize| Some(f32::from(u8::from(i == 0)));
    let echo = sound("def f(x):\n    return echo(x, 10, 0.5)\n", 2000, impulse);
    for (i, y) in echo.iter().enumerate() {
        let want = match i {
            0 => 1.0,
            480 => 0.5,
            960 => 0.25,
            1440 => 0.125,
            1920 => 0.0625,
            _ => 0.0,
        };
        assert!((y - want).abs() < 1e-6, "{i}: {y}");
    }
    let f = function("def f(x):\n    return pan(x, 0.3)\n");
    let [left, right] = Run::new(&f, 1).frames(1, 1, |_, _| Some(1.0));
    assert!((left[0] * left[0] + right[0] * right[0] - 1.0).abs() < 1e-6 && left[0] > right[0]);
    let f = function("def f(a, b):\n    return stereo_width(a, b, 0)\n");
    let [left, right] =
        Run::new(&f, 1).frames(1, 1, |name, _| Some(if name == "a" { 1.0 } else { 0.5 }));
    assert_eq!((left[0], right[0]), (0.75, 0.75));
    for effect in ["chorus(x)", "flanger(x)"] {
        let text = format!("def f(x):\n    return {effect}\n");
        let wet = sound(&text, 9600, |_, i| Some((i as f32 * 0.1).sin()));
        assert!(wet.iter().all(|y| y.abs() < 4.0) && wet[5000..].iter().any(|y| y.abs() > 0.1));
    }
}

#[test]
fn pink_noise_lies_on_its_line_at_any_rate() {
    // Its filter alone: an impulse in place of the noise.
    let mut f = Function::clone(&function("def f():\n    return pink_noise()\n"));
    let noise = f.ops.iter().position(|op| matches!(op, Op::Noise(_)));
    f.ops[noise.expect("it has noise")] = Op::Input(0);
    f.inputs.push("x".to_owned());
    let impulse = |_: &str, i: usize| Some(f32::from(u8::from(i == 0)));
    for rate in [32_000, 44_100, 48_000, 96_000, 192_000, 384_000] {
        let mut run = Run::at(&Arc::new(f.clone()), rate, 1);
        let [response, _] = run.frames(50_000, GRID, impulse);
        let highest = (0.45 * f64::from(rate)).min(20_000.0);
        let hertz = (0..60).map(|i| 20.0 * (highest / 20.0).powf(f64::from(i) / 59.0));
        for hertz in hertz {
            // Per hertz: the white noise that goes in is spread over half the rate.
            let part = hertz / f64::from(rate);
            let level = db(size(&response, part * f64::from(RATE))) + 10.0 * part.log10();
            assert!(
                (level + 22.12).abs() < 0.15,
                "{rate}, {hertz} Hz: {level} dB"
            );
        }
    }
}

#[test]
fn pink_noise_falls_three_decibels_an_octave() {
    let f = function("def f():\n    return pink_noise()\n");
    let [noise, _] = Run::new(&f, 7).frames(120_000, GRID, |_, _| None);
    // The power in octaves: by frequencies spread through each.
    let power = |low: f64| -> f64 {
        let all =
            (0..60).map(|i| size(&noise, low * 2f64.powf((f64::from(i) + 0.5) / 60.0)).powi(2));
        all.sum::<f64>() / 60.0
    };
    let octaves: Vec<f64> = (0..7)
        .map(|k| 10.0 * power(80.0 * 2f64.powi(k)).log10())
        .collect();
    let fall = (octaves[6] - octaves[0]) / 6.0;
    assert!(
        (fall + 3.01).abs() < 0.5,
        "{fall} dB an octave: {octaves:?}"
    );
    assert!(noise.iter().all(|x| x.abs() < 1.5));
}

#[test]
fn a_ladder_sings_by_itself_and_stays_within_bounds() {
    let text = "def f(x):\n    return ladder(x, 1000, 1.0)\n";
    let song = sound(text, 48_000, |_, i| Some(if i < 10 { 1.0 } else { 0.0 }));
    let late = &song[36_000..];
    assert!(late.iter().any(|y| y.abs() > 0.05) && late.iter().all(|y| y.abs() < 2.0));
    let loudest = (1..40).max_by_key(|k| (size(late, 50.0 * f64::from(*k)) * 1e6) as u64);
    assert_eq!(loudest, Some(20), "it sings at its frequency");
}

#[test]
fn waves_go_beyond_one_no_further_than_is_said() {
    for (wave, most) in [("saw", 1.14), ("square", 1.28), ("triangle", 1.0)] {
        let mut highest = 0.0f32;
        for hertz in [20, 331, 777, 2000, 4000, 7000, 8500, 10_000, 12_000, 16_000] {
            let text = format!("def f():\n    return {wave}({hertz}.37)\n");
            let sound = first(&text, 9600);
            highest = sound.iter().fold(highest, |most, x| most.max(x.abs()));
        }
        assert!(
            highest <= most && highest > most - 0.02,
            "{wave}: {highest}"
        );
    }
}
