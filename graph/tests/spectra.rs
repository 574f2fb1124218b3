//! Units that work on spectra, measured: pitch, sides, what is held.

#[path = "common/block.rs"]
mod block;

use assert_no_alloc::AllocDisabler;
use block::block;
use proptest::prelude::*;
use sorl_graph::resource::Sound;
use sorl_graph::ugen::{Convolver, Feed, Solo, Tail, Unit, freeze, pitch_shift};
use sorl_graph::{Engine, Session, Setup, When};
use std::f64::consts::TAU;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: u32 = 48000;

fn sine(hertz: f64, level: f32, frames: usize) -> Vec<f32> {
    let at = |i: usize| (i as f64 * hertz / f64::from(RATE) * TAU).sin();
    (0..frames).map(|i| at(i) as f32 * level).collect()
}

/// Amplitude and phase in turns of a frequency in a stretch, under a Hann window.
fn line(x: &[f32], hertz: f64) -> (f64, f64) {
    let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
    let n = x.len() as f64;
    for (i, x) in x.iter().enumerate() {
        let window = 0.5 - 0.5 * (TAU * i as f64 / n).cos();
        let at = TAU * hertz * i as f64 / f64::from(RATE);
        re += f64::from(*x) * at.cos() * window;
        im -= f64::from(*x) * at.sin() * window;
        sum += window;
    }
    (2.0 * re.hypot(im) / sum, im.atan2(re) / TAU)
}

/// The frequency within 2 Hz of one that is expected, by how far the phase moves in a quarter of a second.
fn frequency(x: &[f32], near: f64) -> f64 {
    let apart = RATE as usize / 4;
    let (_, first) = line(&x[..apart], near);
    let (_, second) = line(&x[apart..2 * apart], near);
    let off = second - first - near * 0.25;
    near + (off - off.round()) * 4.0
}

fn shifted(input: &[f32], semitones: f32) -> Vec<f32> {
    let mut solo = Solo::new(&*pitch_shift(), RATE, 0);
    solo.set("shift", semitones);
    solo.render(input)
}

#[test]
fn a_tone_is_shifted_within_a_cent_and_keeps_its_level() {
    for hertz in [110.0, 440.0, 1234.5, 5000.0] {
        let input = sine(hertz, 0.5, 48_000);
        for semitones in [-12.0f32, -5.0, -0.3, 0.5, 3.0, 7.0, 12.0, 19.0] {
            let want = hertz * 2f64.powf(f64::from(semitones) / 12.0);
            let output = shifted(&input, semitones);
            let steady = &output[12_000..];
            let cents = 1200.0 * (frequency(steady, want) / want).log2();
            assert!(cents.abs() < 1.0, "{hertz} Hz {semitones}: {cents} cents");
            let level = 20.0 * (line(&steady[..24_000], want).0 / 0.5).log10();
            assert!(level.abs() < 1.0, "{hertz} Hz {semitones}: {level} dB");
        }
    }
}

#[test]
fn a_chord_is_shifted_note_by_note() {
    let notes = [220.0, 277.18, 329.63, 440.0];
    let mut input = vec![0.0; 72_000];
    for note in notes {
        input
            .iter_mut()
            .zip(sine(note, 0.2, 72_000))
            .for_each(|(x, y)| *x += y);
    }
    let output = shifted(&input, 4.0);
    for note in notes {
        let want = note * 2f64.powf(4.0 / 12.0);
        let (level, _) = line(&output[12_000..60_000], want);
        let db = 20.0 * (level / 0.2).log10();
        assert!(db.abs() < 1.5, "{note}: {db} dB");
        // Nothing is left where it was, unless a note came there.
        let (level, _) = line(&output[12_000..60_000], note);
        let came = notes
            .iter()
            .any(|n| (n * 2f64.powf(4.0 / 12.0) / note - 1.0).abs() < 0.01);
        assert!(came || level < 0.02, "{note}: {level}");
    }
}

#[test]
fn without_a_shift_and_dry_the_signal_comes_as_late_as_said() {
    let unit = pitch_shift();
    for rate in [44_100, 96_000] {
        let late = unit.latency(rate) as usize;
        assert_eq!(late, if rate == 44_100 { 4096 } else { 8192 });
        let input: Vec<f32> = (0..30_000).map(|i| ((i * i) as f32 * 1e-4).sin()).collect();
        for mix in [0.0, 0.5, 1.0] {
            let mut solo = Solo::new(&*unit, rate, 0);
            solo.set("mix", mix);
            let output = solo.render(&input);
            for i in 3 * late..30_000 {
                let off = (output[i] - input[i - late]).abs();
                assert!(off < 1e-3, "{rate} Hz, mix {mix}, frame {i}: {off}");
            }
        }
    }
}

/// Level and phase between the sides stay.
#[test]
fn the_picture_stays_where_it_is() {
    let left = sine(500.0, 0.4, 48_000);
    let right: Vec<f32> = (0..48_000)
        .map(|i| 0.2 * ((i as f64 * 500.0 / 48_000.0 - 0.25) * TAU).sin() as f32)
        .collect();
    let mut solo = Solo::new(&*pitch_shift(), RATE, 0);
    solo.set("shift", 7.0);
    let (mut l, mut r) = (vec![0.0; 48_000], vec![0.0; 48_000]);
    let feed = Feed {
        inputs: &[[&left, &right]],
        controls: &[],
    };
    solo.run(feed, &mut [&mut l, &mut r]);
    let want = 500.0 * 2f64.powf(7.0 / 12.0);
    let (a, b) = (
        line(&l[12_000..36_000], want),
        line(&r[12_000..36_000], want),
    );
    assert!((a.0 / b.0 - 2.0).abs() < 0.02, "{} {}", a.0, b.0);
    let apart = (a.1 - b.1).rem_euclid(1.0);
    assert!((apart - 0.25).abs() < 0.005, "{apart}");
}

#[test]
fn a_frozen_tone_sounds_on_in_tune_when_the_input_is_gone() {
    let mut input = sine(1000.0, 0.5, 96_000);
    input[24_000..].fill(0.0);
    let gate: Vec<f32> = (0..96_000)
        .map(|i| f32::from((20_000..90_000).contains(&i)))
        .collect();
    for blur in [0.0, 0.5] {
        let mut solo = Solo::new(&*freeze(), RATE, 3);
        solo.set("blur", blur);
        let index = solo.index("gate");
        let output = solo.render_with(&[(index, &gate)], &input);
        let power: f32 = output[60_000..84_000].iter().map(|x| x * x).sum::<f32>() / 24_000.0;
        if blur == 0.0 {
            let held = &output[40_000..];
            assert!((frequency(held, 1000.0) - 1000.0).abs() < 0.2);
            let (level, _) = line(&output[60_000..84_000], 1000.0);
            assert!((level - 0.5).abs() < 0.02, "{level}");
        } else {
            assert!(power > 0.005, "what is blurred still sounds: {power}");
        }
        // The gate falls, and what was held is gone a spectrum later.
        assert!(output[95_000..].iter().all(|x| x.abs() < 1e-3));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    /// Noise shifted is as loud as noise, whatever the shift, as long as it stays in the band.
    #[test]
    fn no_shift_makes_it_loud(semitones in -24.0f32..24.0, seed in 1u32..1000) {
        let mut x = seed;
        let noise: Vec<f32> = (0..30_000)
            .map(|_| {
                x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (x >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect();
        let power = |x: &[f32]| x.iter().map(|x| f64::from(x * x)).sum::<f64>() / x.len() as f64;
        let output = shifted(&noise, semitones);
        let ratio = power(&output[10_000..]) / power(&noise);
        prop_assert!(ratio < 2.0, "{} times the power", ratio);
    }
}

/// A place whose left side answers after 1000 frames and whose right side after 3000, as a sound of the session.
#[test]
fn a_score_convolves_with_a_sound_by_its_name() {
    let mut sides = vec![vec![0.0; 4000]; 2];
    (sides[0][1000], sides[1][3000]) = (0.5, 0.25);
    let sound = Sound::new(RATE, sides).unwrap();
    let unit = Convolver::with("place", std::sync::Arc::new(sound.clone()));
    assert_eq!(unit.latency(RATE), 0);
    assert_eq!(unit.tail(RATE), Tail::Seconds(4000.0 / 48_000.0));
    let mut session = Session::new();
    session.add_sound("place", sound);
    let score = "
def tone():
    return sine_osc(440) * 0.5
t = node('t', tone)
c = node('c', convolve('place'))
t >> c
";
    session.evaluate(score, When::Now).unwrap();
    let setup = Setup { rate: RATE };
    let mut engine = Engine::new(setup, session.connect(setup));
    session.play();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while left.len() < 12_000 {
        session.finish_loading();
        session.tick();
        let [l, r] = block(&mut engine, 500);
        left.extend(l);
        right.extend(r);
    }
    let tone = sine(440.0, 0.5, 12_000);
    for i in 8000..12_000 {
        assert!((left[i] - tone[i - 1000] * 0.5).abs() < 1e-4, "{i}");
        assert!((right[i] - tone[i - 3000] * 0.25).abs() < 1e-4, "{i}");
    }
}
