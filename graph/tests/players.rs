//! What plays sounds and cycles, measured: sampler, granular player, looper, recorder, wavetables.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sorl_graph::resource::{Sound, Wavetable};
use sorl_graph::ugen::{Feed, Looper, Recorder, Resource, Solo, Unit, Units, WavetableOscillator};
use std::collections::BTreeSet;
use std::f64::consts::TAU;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: u32 = 48_000;

fn noise(frames: usize, seed: u32) -> Vec<f32> {
    let mut x = seed;
    let mut next = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..frames).map(|_| next()).collect()
}

fn sine(hertz: f64, frames: usize) -> Vec<f32> {
    let w = TAU * hertz / f64::from(RATE);
    (0..frames).map(|i| (w * i as f64).sin() as f32).collect()
}

/// A unit that comes with Sorl, made with a sound that a program gave.
fn with(name: &str, sound: Vec<Vec<f32>>) -> Arc<dyn Unit> {
    let units = Units::standard();
    let library = units.sounds();
    library.add("given", Sound::new(RATE, sound).unwrap());
    library.set_rate(RATE);
    library.require(&BTreeSet::from(["given"]));
    library.wait();
    let mut about = units.get(name).unwrap().describe().clone();
    about.resources.push(Resource::Sound("given".into()));
    units.furnished(&about).unwrap()
}

/// Runs a unit in pieces of these sizes, without allocation, its `control` moving; both sides.
fn run(
    unit: &mut Solo,
    frames: usize,
    sizes: &[usize],
    controls: &[(usize, Vec<f32>)],
    input: Option<&[f32]>,
) -> [Vec<f32>; 2] {
    let mut out = [vec![0.0; frames], vec![0.0; frames]];
    let (mut at, mut turn) = (0, sizes.iter().cycle());
    while at < frames {
        let end = frames.min(at + turn.next().unwrap());
        let moved: Vec<(usize, &[f32])> = controls.iter().map(|(k, v)| (*k, &v[at..end])).collect();
        let inputs: Vec<[&[f32]; 2]> = input.iter().map(|x| [&x[at..end]; 2]).collect();
        let [left, right] = &mut out;
        let mut sides = [&mut left[at..end], &mut right[at..end]];
        assert_no_alloc(|| {
            let feed = Feed {
                inputs: &inputs,
                controls: &moved,
            };
            unit.run(feed, &mut sides);
        });
        at = end;
    }
    out
}

/// 1 in these stretches of frames, 0 elsewhere.
fn gate(frames: usize, high: &[(usize, usize)]) -> Vec<f32> {
    let is_high = |i: usize| high.iter().any(|(a, b)| (*a..*b).contains(&i));
    (0..frames).map(|i| f32::from(is_high(i))).collect()
}

/// The power of a sound, and of one frequency in it, over a whole number of its periods.
fn power(x: &[f32], hertz: f64) -> f64 {
    let w = TAU * hertz / f64::from(RATE);
    let (mut re, mut im) = (0.0, 0.0);
    for (i, x) in x.iter().enumerate() {
        re += f64::from(*x) * (w * i as f64).cos();
        im += f64::from(*x) * (w * i as f64).sin();
    }
    2.0 * (re * re + im * im) / (x.len() as f64).powi(2)
}

fn all_power(x: &[f32]) -> f64 {
    x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / x.len() as f64
}

fn db(x: f64) -> f64 {
    10.0 * x.log10()
}

#[test]
fn between_frames_a_sampler_errs_as_it_says() {
    for (hertz, most) in [(480.0, -105.0), (4800.0, -48.0)] {
        let mut solo = Solo::new(&*with("sampler", vec![sine(hertz, 60_000)]), RATE, 0);
        solo.set("gate", 1.0);
        // A speed at which every part of a frame comes by.
        solo.set("speed", 1.0 + 1.0 / 128.0);
        let [out, _] = run(&mut solo, 48_000, &[500], &[], None);
        let heard = hertz * (1.0 + 1.0 / 128.0);
        let x = &out[..128 * 300];
        let wrong = db((all_power(x) - power(x, heard)).max(1e-20) / all_power(x));
        assert!(wrong < most, "{hertz} Hz: {wrong} dB");
    }
}

#[test]
fn a_sampler_that_begins_anew_fades_what_was_there_and_a_release_takes_its_time() {
    let unit = with("sampler", vec![vec![0.5; 48_000]]);
    let mut solo = Solo::new(&*unit, RATE, 0);
    solo.set("gated", 1.0);
    solo.set("release", 0.1);
    solo.set("attack", 0.05);
    let about = unit.describe();
    let k = about
        .controls
        .iter()
        .position(|c| c.name == "gate")
        .unwrap();
    let gates = gate(20_000, &[(100, 5000), (6000, 6010)]);
    let [out, _] = run(&mut solo, 20_000, &[64], &[(k, gates)], None);
    assert!(out[..101].iter().all(|x| *x == 0.0));
    assert!((out[100 + 1200] - 0.25).abs() < 1e-3 && (out[3000] - 0.5).abs() < 1e-6);
    // Released for a thousand frames of 4800, then begun anew: 5 ms for the old one beside the new.
    assert!((out[5999] - 0.5 * (1.0 - 1000.0 / 4800.0)).abs() < 1e-3);
    assert!(
        out.windows(2).all(|w| (w[1] - w[0]).abs() < 0.003),
        "no click"
    );
    assert!(out[11_000..].iter().all(|x| *x == 0.0));
}

#[test]
fn an_oscillator_over_a_saw_has_its_pitch_its_partials_and_no_aliases() {
    let saw: Vec<f32> = (1..=1024).map(|h| 1.0 / h as f32).collect();
    let table = Arc::new(Wavetable::from_partials(&[&saw]).unwrap());
    for hertz in [24.0, 112.0, 1016.0, 2312.0, 5000.0, 9976.0, 19_992.0] {
        let mut solo = Solo::new(&WavetableOscillator::of("w", Arc::clone(&table)), RATE, 0);
        solo.set("freq", hertz);
        solo.set("gate", 1.0);
        solo.set("attack", 0.0);
        // Short enough that the last bit of the pitch does not count in the highest partials.
        let mut out = vec![0.0; 6000];
        assert_no_alloc(|| solo.run(Feed::default(), &mut [&mut out]));
        let hertz = f64::from(hertz);
        let partials = (24_000.0 / hertz) as usize;
        let of = |h: usize| power(&out, hertz * h as f64);
        let first = of(1);
        assert!(
            db(first / 0.5).abs() < 0.05,
            "{hertz} Hz: {} dB",
            db(first / 0.5)
        );
        // Those below a quarter of the rate are whole.
        for h in (2..=partials.min(1024))
            .filter(|h| hertz * *h as f64 <= 12_000.0)
            .step_by(7)
        {
            let want = 0.5 / (h * h) as f64;
            assert!(db(of(h) / want).abs() < 0.1, "{hertz} Hz, partial {h}");
        }
        let music: f64 = (1..=partials).map(of).sum();
        let rest = db((all_power(&out) - music).max(1e-20) / music);
        assert!(
            rest < -80.0,
            "{hertz} Hz: {rest} dB of what should not be there"
        );
    }
}

#[test]
fn a_glide_over_a_wavetable_has_no_seams() {
    let sine = Arc::new(Wavetable::from_function(|t| (TAU * t).sin()).unwrap());
    let mut solo = Solo::new(&WavetableOscillator::of("w", sine), RATE, 0);
    solo.set("gate", 1.0);
    solo.set("attack", 0.0);
    let freq = solo.index("freq");
    let up: Vec<f32> = (0..96_000)
        .map(|i| 20.0 * 1000f32.powf(i as f32 / 96_000.0))
        .collect();
    let zeros = vec![0.0; up.len()];
    let out = solo.render_with(&[(freq, &up)], &zeros);
    let mut phase = 0u32;
    for (i, (x, freq)) in out.iter().zip(&up).enumerate() {
        let want = (TAU * f64::from(phase) / 4_294_967_296.0).sin();
        assert!(
            (f64::from(*x) - want).abs() < 2e-4,
            "frame {i}, {freq} Hz: {x} {want}"
        );
        let turns = f64::from(*freq) / f64::from(RATE);
        phase = phase.wrapping_add((turns * 4_294_967_296.0).round() as u32);
    }
}

#[test]
fn a_file_of_cycles_is_a_wavetable_also_at_another_rate() {
    // Two cycles of 600 frames: a sine, and one of the third partial.
    let cycles: Vec<f32> = (0..1200)
        .map(|i| (TAU * f64::from(i % 600) / 600.0 * if i < 600 { 1.0 } else { 3.0 }).sin() as f32)
        .collect();
    let sound = Sound::new(44_100, vec![cycles]).unwrap();
    let table = Wavetable::from_sound(&sound, 600).unwrap();
    assert_eq!(table.cycles(), 2);
    let place = table.place(0.001);
    let at = |turns: f64, position| table.read(place, (turns * 4_294_967_296.0) as u32, position);
    assert!((at(0.25, 0.0) - 1.0).abs() < 1e-3 && (at(0.25, 1.0) + 1.0).abs() < 1e-3);
    assert_eq!(Wavetable::from_sound(&sound, 2048).unwrap().cycles(), 1);
}

#[test]
fn grains_begin_with_the_gate_hang_on_the_seed_and_are_bounded() {
    let unit = with("granular", vec![noise(48_000, 7)]);
    let play = |seed, sizes: &[usize]| {
        let mut solo = Solo::new(&*unit, RATE, seed);
        solo.set("attack", 0.0);
        solo.set("position", 0.5);
        solo.set("spread", 0.3);
        solo.set("detune", 7.0);
        solo.set("size", 0.05);
        solo.set("density", 120.0);
        let k = solo.index("gate");
        let gates = gate(30_000, &[(1000, 20_000)]);
        run(&mut solo, 30_000, sizes, &[(k, gates)], None)
    };
    let whole = play(1, &[30_000]);
    assert!(whole == play(1, &[1, 17, 64, 200]));
    assert!(whole != play(2, &[30_000]));
    let first = whole[0].iter().position(|x| *x != 0.0).unwrap();
    // A Hann window begins at nought.
    assert!((1000..1003).contains(&first), "{first}");
    assert!(whole[0] != whole[1], "grains are spread over the field");
    assert!(whole[0][20_000 + 4801..].iter().all(|x| *x == 0.0));
    // More than can be: what finds no place is left out, and nothing breaks.
    let mut solo = Solo::new(&*unit, RATE, 3);
    solo.set("density", 500.0);
    solo.set("size", 1.0);
    solo.set("gate", 1.0);
    let [out, _] = run(&mut solo, 60_000, &[512], &[], None);
    assert!(out.iter().all(|x| x.abs() < 4.0) && all_power(&out) > 1e-4);
}

#[test]
fn a_cloud_at_double_speed_is_an_octave_up() {
    let unit = with("granular", vec![sine(600.0, 96_000)]);
    let mut solo = Solo::new(&*unit, RATE, 5);
    for (control, value) in [
        ("gate", 1.0),
        ("speed", 2.0),
        ("width", 0.0),
        ("size", 0.2),
        ("spread", 0.3),
        ("position", 0.4),
        ("density", 40.0),
    ] {
        solo.set(control, value);
    }
    let [out, _] = run(&mut solo, 96_000, &[480], &[], None);
    let steady = &out[24_000..72_000];
    // A grain's window widens the line to about a tenth of a hundred Hz.
    let near = |hertz: f64| {
        (-10..=10)
            .map(|d| power(steady, hertz + f64::from(d)))
            .sum::<f64>()
    };
    let above = db(near(1200.0) / near(600.0));
    assert!(above > 50.0, "{above} dB");
    assert!(near(1200.0) / all_power(steady) > 0.9);
}

#[test]
fn a_loop_is_what_was_recorded_from_the_very_frame_on() {
    let input = noise(9000, 9);
    for sizes in [&[9000][..], &[1, 63, 128]] {
        let mut solo = Solo::new(&Looper::new(), RATE, 0);
        solo.set("through", 0.0);
        solo.set("fade", 0.0);
        let (record, overdub) = (solo.index("record"), solo.index("overdub"));
        let controls = [
            (record, gate(9000, &[(100, 1100)])),
            (overdub, gate(9000, &[(4100, 4600)])),
        ];
        let [out, right] = run(&mut solo, 9000, sizes, &controls, Some(&input));
        assert_eq!(out, right);
        let take = &input[100..1100];
        assert!(out[..1100].iter().all(|x| *x == 0.0));
        for round in 0..3 {
            assert_eq!(out[1100 + round * 1000..][..1000], *take, "round {round}");
        }
        assert_eq!(
            out[4100..5100],
            *take,
            "what is added is heard from the next round on"
        );
        for (i, x) in out[5100..6100].iter().enumerate() {
            let added = if i < 500 { input[4100 + i] } else { 0.0 };
            assert_eq!(*x, take[i] + added, "frame {i}");
        }
    }
}

#[test]
fn the_seam_of_a_loop_does_not_click_and_its_room_ends_a_recording() {
    let input = sine(100.0, 40_000);
    let units = Units::standard();
    let mut about = Looper::new().describe().clone();
    about.resources.push(Resource::Number(0.25));
    let looper = units.furnished(&about).unwrap();
    let mut solo = Solo::new(&*looper, RATE, 0);
    solo.set("through", 0.0);
    let record = solo.index("record");
    // 12,120 frames would be recorded, which is no whole number of periods; the room is 12,000.
    let controls = [(record, gate(40_000, &[(0, 12_120)]))];
    let [out, _] = run(&mut solo, 40_000, &[100], &controls, Some(&input));
    assert!(out[..12_000].iter().all(|x| *x == 0.0) && out[12_100..].iter().any(|x| *x > 0.9));
    let mut solo = Solo::new(&*looper, RATE, 0);
    solo.set("through", 0.0);
    let controls = [(record, gate(40_000, &[(0, 5120)]))];
    let [out, _] = run(&mut solo, 40_000, &[100], &controls, Some(&input));
    let steepest = |x: &[f32]| {
        x.windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max)
    };
    assert!(steepest(&out[5121..]) < 0.03, "{}", steepest(&out[5121..]));
}

#[test]
fn a_recorder_keeps_the_frames_while_it_records_and_tells_what_found_no_room() {
    let input = noise(5000, 3);
    let (recorder, mut recording) = Recorder::new("tape", 2000);
    assert!(recording.take().is_err(), "no instance, no rate");
    let mut solo = Solo::new(&*recorder, RATE, 0);
    let record = solo.index("record");
    let controls = [(record, gate(5000, &[(10, 1510), (2000, 3000)]))];
    let [out, _] = run(&mut solo, 5000, &[333], &controls, Some(&input));
    assert_eq!(out, input);
    let sound = recording.take().unwrap();
    assert_eq!(sound.channels()[0][..1500], input[10..1510]);
    assert_eq!(sound.channels()[1][1500..], input[2000..2500]);
    assert_eq!((recording.lost(), recording.lost()), (500, 0));
}
