//! What is said of each function of signals, its range and unit, its error and its source: that it is said, and that the
//! errors that are numbers are true. They are measured against double precision over dense sweeps of the whole range.

mod common;

use common::{Run, first, function, sound};
use sorl_graph::score::signal_functions;
use std::collections::BTreeSet;
use std::f64::consts::PI;

/// Numbers of a sweep.
const SWEEP: usize = 20_000;

/// The largest difference between an expression of `x` and what it should be, for x from `lo` to `hi`, as a part of
/// `scale` of the result.
fn worst(
    expression: &str,
    (lo, hi): (f64, f64),
    wanted: impl Fn(f64) -> f64,
    scale: impl Fn(f64, f64) -> f64,
) -> f64 {
    let x = |i: usize| (lo + (hi - lo) * i as f64 / (SWEEP - 1) as f64) as f32;
    let text = format!("def f(x):\n    return {expression}\n");
    let got = sound(&text, SWEEP, |_, i| Some(x(i)));
    let each = got.iter().enumerate().map(|(i, got)| {
        let x = f64::from(x(i));
        let wanted = wanted(x);
        (f64::from(*got) - wanted).abs() / scale(x, wanted)
    });
    each.fold(0.0, f64::max)
}

fn absolute(_: f64, _: f64) -> f64 {
    1.0
}

/// Of the result.
fn relative(_: f64, wanted: f64) -> f64 {
    wanted.abs().max(f64::from(f32::MIN_POSITIVE))
}

/// Of the result or of one, whichever is larger.
fn mixed(_: f64, wanted: f64) -> f64 {
    wanted.abs().max(1.0)
}

/// The largest difference between a wave at 437 Hz and what it should be at each part of a turn.
fn worst_of_wave(expression: &str, wanted: impl Fn(f64) -> f64) -> f64 {
    let text = format!("def f():\n    return {expression}\n");
    // The phase goes in steps of 2⁻³² turns: what it is, and not what the frequency would make of it.
    let step = (437.0f64 / f64::from(common::RATE) * 4_294_967_296.0).round();
    let each = first(&text, SWEEP).into_iter().enumerate().map(|(i, got)| {
        let turns = (step * i as f64 / 4_294_967_296.0).rem_euclid(1.0);
        (f64::from(got) - wanted(turns)).abs()
    });
    each.fold(0.0, f64::max)
}

/// The measured error of an operation whose error is a number, in the unit in which that is said.
fn measured(name: &str) -> Option<f64> {
    let turns = 2.0 * PI * 1000.0;
    let all = (-200.0, 200.0);
    let positive = |x: f64| x.max(f64::from(f32::MIN_POSITIVE));
    Some(match name {
        "sin" => worst("sin(x)", (-turns, turns), f64::sin, absolute),
        "cos" => worst("cos(x)", (-turns, turns), f64::cos, absolute),
        "tan" => worst("tan(x)", (-1.35, 1.35), f64::tan, mixed),
        "asin" => worst(
            "asin(x)",
            (-1.2, 1.2),
            |x| x.clamp(-1.0, 1.0).asin(),
            absolute,
        ),
        "acos" => worst(
            "acos(x)",
            (-1.2, 1.2),
            |x| x.clamp(-1.0, 1.0).acos(),
            absolute,
        ),
        "atan" => worst("atan(x)", (-40.0, 40.0), f64::atan, absolute),
        "atan2" => {
            let along = |y: f64| {
                let expression = format!("atan2(x, {y})");
                worst(&expression, (-3.0, 3.0), |x| x.atan2(y), absolute)
            };
            [-2.0, -0.01, 0.5, 3.0]
                .into_iter()
                .map(along)
                .fold(0.0, f64::max)
        }
        "sinh" => worst("sinh(x)", (-88.0, 88.0), f64::sinh, mixed),
        "cosh" => worst("cosh(x)", (-88.0, 88.0), f64::cosh, relative),
        "tanh" => worst("tanh(x)", (-10.0, 10.0), f64::tanh, absolute),
        "exp" => worst("exp(x)", (-80.0, 88.0), f64::exp, relative),
        "exp2" => worst("exp2(x)", (-120.0, 127.9), f64::exp2, relative),
        "log" => worst("log(x)", (0.0, 50.0), |x| positive(x).ln(), mixed),
        "log2" => worst("log2(x)", (0.0, 50.0), |x| positive(x).log2(), mixed),
        "log10" => worst("log10(x)", (0.0, 50.0), |x| positive(x).log10(), mixed),
        "fmod" => worst("fmod(x, 1.3)", all, |x| x % f64::from(1.3f32), first_of),
        "remainder" => {
            let by = f64::from(0.7f32);
            let rest = |x: f64| x - by * (x / by).round_ties_even();
            // A quotient in the middle between two whole numbers may go to either.
            let expression = "remainder(x, 0.7)";
            let near = |x: f64| (x / by).fract().abs();
            let scale = |x: f64, wanted: f64| match (near(x) - 0.5).abs() < 1e-4 {
                true => f64::INFINITY,
                false => first_of(x, wanted),
            };
            worst(expression, all, rest, scale)
        }
        "pow" => {
            let one = |exponent: f64| {
                let expression = format!("pow(x, {exponent})");
                let exponent = f64::from(exponent as f32);
                let scale = move |x: f64, wanted: f64| {
                    relative(x, wanted) * (1.0 + (exponent * x.log2()).abs())
                };
                worst(&expression, (0.01, 50.0), |x| x.powf(exponent), scale)
            };
            [-3.0, -0.3, 0.5, 2.7, 10.0]
                .into_iter()
                .map(one)
                .fold(0.0, f64::max)
        }
        "sine_osc" => worst_of_wave("sine_osc(437)", |turns| (2.0 * PI * turns).sin()),
        "phasor" => worst_of_wave("phasor(437)", |turns| turns),
        "lfo" => worst_of_wave("lfo(437, 2, 3)", |turns| {
            2.5 + 0.5 * (2.0 * PI * turns).sin()
        }),
        "midi_to_freq" => {
            let text = "def f(x):\n    return midi_to_freq(x)\n";
            let note = |i: usize| i as f32 * 0.0128 - 60.0;
            let each = sound(text, SWEEP, |_, i| Some(note(i)))
                .into_iter()
                .enumerate();
            let off = each.map(|(i, got)| {
                let wanted = 440.0 * ((f64::from(note(i)) - 69.0) / 12.0).exp2();
                1200.0 * (f64::from(got) / wanted).log2().abs()
            });
            off.fold(0.0, f64::max)
        }
        "freq_to_midi" => {
            let note = |x: f64| 69.0 + 12.0 * (x / 440.0).log2();
            worst("freq_to_midi(x)", (1.0, 24_000.0), note, absolute)
        }
        "db_to_linear" => {
            let factor = |x: f64| 10f64.powf(x / 20.0);
            worst("db_to_linear(x)", (-120.0, 60.0), factor, relative)
        }
        "linear_to_db" => {
            let decibels = |x: f64| 20.0 * x.log10();
            worst("linear_to_db(x)", (1e-4, 20.0), decibels, absolute)
        }
        "fold" => {
            let folded = |x: f64| ((x - 1.0).rem_euclid(4.0) - 2.0).abs() - 1.0;
            worst("fold(x)", (-50.0, 50.0), folded, mixed_with_first)
        }
        "pan" => {
            let f = function("def f(x):\n    return pan(1, x)\n");
            let place = |i: usize| i as f32 / SWEEP as f32;
            let [left, right] = Run::new(&f, 1).frames(SWEEP, 64, |_, i| Some(place(i)));
            let power = left.iter().zip(&right);
            let power = power.map(|(l, r)| f64::from(*l).powi(2) + f64::from(*r).powi(2));
            power.map(|p| (p - 1.0).abs()).fold(0.0, f64::max)
        }
        _ => return None,
    })
}

/// Of what goes in.
fn first_of(x: f64, _: f64) -> f64 {
    x.abs().max(f64::from(f32::MIN_POSITIVE))
}

/// Of what goes in or of one.
fn mixed_with_first(x: f64, _: f64) -> f64 {
    x.abs().max(1.0)
}

#[test]
fn every_function_of_signals_says_what_it_does_its_range_its_error_and_its_source() {
    for entry in signal_functions() {
        let name = entry.name;
        assert!(!entry.help.is_empty(), "write help for `{name}`");
        let facts = entry
            .facts
            .unwrap_or_else(|| panic!("write facts for `{name}`"));
        for (said, what) in [
            (facts.range, "range"),
            (facts.error, "error"),
            (facts.source, "source"),
        ] {
            assert!(!said.is_empty(), "say the {what} of `{name}`");
        }
    }
}

#[test]
fn errors_that_are_numbers_are_no_larger_than_said_and_not_much_smaller() {
    let (mut looked, mut faults) = (0, Vec::new());
    let entries = signal_functions();
    let own = entries
        .iter()
        .filter(|e| !e.help.starts_with("the same as"));
    for entry in own {
        let facts = entry.facts.expect("there are facts of all");
        let head = facts.error.split([' ', ';']).next().unwrap_or_default();
        let Ok(said) = head.parse::<f64>() else {
            continue;
        };
        let name = entry.name;
        let found = measured(name).unwrap_or_else(|| panic!("measure the error of `{name}`"));
        if found > said || found < said / 100.0 {
            faults.push(format!("`{name}` says {said:e}, and it is {found:e}"));
        }
        looked += 1;
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(looked > 20, "{looked}");
}

#[test]
fn a_delay_between_frames_is_as_near_as_said() {
    // Half a frame: the worst place.
    for (part, said) in [(0.1, 0.004), (0.05, 0.0003)] {
        let text = "def f(x):\n    return delay(x, 10.5)\n";
        let at = |i: f64| (2.0 * PI * part * i).sin();
        let late = sound(text, 2_000, |_, i| Some(at(i as f64) as f32));
        let each = late.iter().enumerate().skip(20);
        let off = each.map(|(i, y)| (f64::from(*y) - at(i as f64 - 10.5)).abs());
        let off = off.fold(0.0, f64::max);
        assert!(off <= said && off > said / 4.0, "{part}: {off}");
    }
}

#[test]
fn the_readme_names_every_function_of_signals() {
    let readme = include_str!("../../README.md");
    let words = readme.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let said: BTreeSet<&str> = words.collect();
    // Other names of the same, and comparisons, which are signs there.
    let signs = ["gt", "ge", "le", "ne", "lt"];
    let entries = signal_functions();
    let own = entries
        .iter()
        .filter(|e| !e.help.starts_with("the same as") && !signs.contains(&e.name));
    let left: Vec<&str> = own.map(|e| e.name).filter(|n| !said.contains(n)).collect();
    assert!(left.is_empty(), "README.md lacks {left:?}");
}
