//! The five-minute beat sounds where the score puts it.

use sorl_graph::io::offline::{Length, Options, render_to_memory};

const SCORE: &str = include_str!("../../examples/five-minute-beat.sorl");
/// A bar at 128 bpm and 48 kHz.
const BAR: usize = 90_000;

fn render(score: &str, bars: u32) -> [Vec<f32>; 2] {
    let options = Options {
        length: Length::Bars(bars),
        ..Options::default()
    };
    render_to_memory(score, &options).unwrap()
}

fn solo(node: &str) -> Vec<f32> {
    let [left, _] = render(&format!("{SCORE}\nkr.solo(\"{node}\")\n"), 2);
    left
}

/// Frames at which sound begins after at least 500 frames of silence.
fn onsets(sound: &[f32]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut silent = 500;
    for (i, x) in sound.iter().enumerate() {
        if *x == 0.0 {
            silent += 1;
        } else {
            if silent >= 500 {
                found.push(i);
            }
            silent = 0;
        }
    }
    found
}

/// The envelope is 0 at its very first frame, so what is heard begins one later.
fn assert_onsets(sound: &[f32], expected: &[usize]) {
    let found = onsets(sound);
    let near = |(f, e): (&usize, &usize)| (e + 1..=e + 2).contains(f);
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(near),
        "{found:?} instead of {expected:?}"
    );
}

/// Mean power.
fn power(sound: &[f32]) -> f64 {
    sound.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / sound.len() as f64
}

/// Zero crossings upwards a second.
fn pitch(sound: &[f32]) -> f64 {
    let crossings = sound
        .windows(2)
        .filter(|w| w[0] <= 0.0 && w[1] > 0.0)
        .count();
    crossings as f64 * 48000.0 / sound.len() as f64
}

/// Power above a frequency, by a one-pole filter's remainder: rough, but enough to tell dull from bright.
fn brightness(sound: &[f32]) -> f64 {
    let highs: Vec<f32> = sound.windows(2).map(|w| w[1] - w[0]).collect();
    power(&highs) / power(sound).max(1e-12)
}

#[test]
fn eight_bars_at_128_bpm_are_fifteen_seconds() {
    let [left, right] = render(SCORE, 8);
    assert_eq!((left.len(), right.len()), (720_000, 720_000));
    assert!(
        left.iter()
            .chain(&right)
            .all(|x| x.is_finite() && x.abs() < 1.0)
    );
    assert!(power(&left) > 1e-3);
}

#[test]
fn the_kick_is_on_every_beat_and_falls_in_pitch() {
    let kick = solo("kick");
    assert_onsets(
        &kick,
        &[0, 22500, 45000, 67500, 90000, 112500, 135000, 157500],
    );
    assert!(pitch(&kick[200..1400]) > 180.0 && pitch(&kick[9000..11500]) < 110.0);
}

#[test]
fn the_hat_is_between_the_beats_and_bright() {
    let hat = solo("hat");
    let expected: Vec<usize> = (0..8).map(|i| 11250 + i * 22500).collect();
    assert_onsets(&hat, &expected);
    assert!(brightness(&hat[11250..13000]) > 1.0);
}

#[test]
fn the_bass_plays_its_notes_and_rests() {
    // Without the sends its gaps are silent.
    let [bass, _] = render(
        &format!("{SCORE}\nkr.mute(\"verb\")\nkr.solo(\"bass\")\n"),
        4,
    );
    // The others follow at once.
    assert_onsets(&bass, &[0, 135000, 315000]);
    for (from, hertz) in [(0, 110.0), (45000, 146.83), (135000, 82.41)] {
        let heard = pitch(&bass[from + 10_000..from + 40_000]);
        assert!((heard - hertz).abs() < 2.5, "{heard} Hz instead of {hertz}");
    }
}

#[test]
fn the_cutoff_sweeps_over_four_bars() {
    let [bass, _] = render(
        &format!("{SCORE}\nkr.mute(\"verb\")\nkr.solo(\"bass\")\n"),
        5,
    );
    // The same note with the sweep at its middle (bar 0, rising), and near its lowest (bar 2.5… bar 3).
    let open = brightness(&bass[BAR / 2 + 10_000..BAR / 2 + 40_000]);
    let closed = brightness(&bass[5 * BAR / 2 + 10_000..5 * BAR / 2 + 40_000]);
    assert!(open > 4.0 * closed, "{open} {closed}");
}

#[test]
fn the_bass_is_sent_to_the_reverb() {
    // In the bass's rest (bar 1, first half) the reverb rings on.
    let rest = |score: &str| {
        let [left, _] = render(
            &format!("{score}\nkr.hush(\"kick\")\nkr.hush(\"hat\")\n"),
            2,
        );
        power(&left[BAR + 6000..BAR + 20_000])
    };
    assert!(rest(SCORE) > 1e-8);
    assert_eq!(rest(&SCORE.replace("b >> (verb, 0.4)", "")), 0.0);
}

#[test]
fn the_score_in_the_examples_is_the_guide_s() {
    assert!(SCORE.contains("k @ (kr.hit() * 4)") && SCORE.contains("kr.tempo = 128"));
}
