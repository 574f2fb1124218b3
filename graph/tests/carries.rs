//! An edited function goes on where the one before it is: once the cross-over is done, what the edit did not touch
//! sounds to the bit as if the new function had played from the beginning.

#[path = "common/block.rs"]
mod block;

use block::block;
use sorl_graph::{Engine, Session, Setup, When};

const RATE: u32 = 48_000;
/// Frames of the cross-over between two functions.
const FADE: usize = 480;

/// What a score plays over so many frames; from a frame on it is another one.
fn play(score: &str, edit: Option<(&str, usize)>, frames: usize) -> Vec<f32> {
    let mut session = Session::new();
    session.evaluate(score, When::Now).unwrap();
    let setup = Setup { rate: RATE };
    let mut engine = Engine::new(setup, session.connect(setup));
    if let Some((text, at)) = edit {
        session.evaluate(text, When::Frame(at as i64)).unwrap();
    }
    session.play();
    let mut left = Vec::with_capacity(frames);
    while left.len() < frames {
        let [heard, _] = block(&mut engine, 500.min(frames - left.len()));
        left.extend(heard);
        session.tick();
    }
    left
}

fn score(body: &str, node: &str) -> String {
    format!(
        "def f():\n    freq = control('freq', 331, 20, 2000)\n    gate = control('gate', 0, 0, 1)\n    return {body}\n{node}\n"
    )
}

/// What an edit at frame 7001 leaves, and what the new function plays from the beginning, from `FADE` frames after.
fn both(before: &str, after: &str, node: &str) -> [Vec<f32>; 2] {
    let (before, after) = (score(before, node), score(after, node));
    let edited = play(&before, Some((&after, 7001)), 20_000);
    let whole = play(&after, None, 20_000);
    assert!(edited[..7001] != whole[..7001]);
    [edited, whole].map(|sound| sound[7001 + FADE..].to_vec())
}

#[track_caller]
fn goes_on(before: &str, after: &str, node: &str) {
    let [edited, whole] = both(before, after, node);
    assert!(edited.iter().any(|x| x.abs() > 0.01), "{after} is silent");
    let differs = edited.iter().zip(&whole).position(|(a, b)| a != b);
    assert_eq!(differs, None, "{before} and {after} on {node}");
}

#[test]
fn oscillators_filters_and_delays_that_an_edit_does_not_touch_go_on() {
    let node = "node('n', f)";
    goes_on(
        "sine_osc(freq) * 0.5",
        "tanh(sine_osc(freq) * 2) * 0.25",
        node,
    );
    goes_on(
        "lowpass(saw(freq), 900) * 0.5",
        "sine_osc(3) * 0 + fold(lowpass(saw(freq), 900))",
        node,
    );
    goes_on(
        "echo(triangle(freq), 50, 0.6)",
        "echo(triangle(freq), 50, 0.6) * (white_noise() * 0 + 0.5)",
        node,
    );
    goes_on(
        "reverb(white_noise(), 0.8)",
        "tanh(reverb(white_noise(), 0.8)) * 0.25 + highpass(reverb(sine_osc(50) * 0, 0.8), 100)",
        node,
    );
}

#[test]
fn whatever_remembers_goes_on_where_an_edit_turns_it_down() {
    for what in [
        "white_noise()",
        "pink_noise()",
        "phasor(freq)",
        "square(freq, 0.3)",
        "triangle(freq)",
        "lfo(3, -1, 1)",
        "wavetable_osc([0, 1, 0, -1], freq)",
        "onepole(saw(freq), 400)",
        "smooth(square(3), 200)",
        "dcblock(saw(freq))",
        "lowpass(saw(freq), 600, 5)",
        "highpass(saw(freq), 600, 4)",
        "bandpass(saw(freq), 600, 9)",
        "resonant(saw(freq), 600, 9)",
        "svf(saw(freq), 600, 9)[2]",
        "ladder(saw(freq), 600, 0.9)",
        "eq(saw(freq), 600, 12, 4)",
        "adsr(0.5, 1, 0.5, 1, 1)",
        "ar(0.2, 1, 1)",
        "decay(0.9999)",
        "latch(white_noise(), trigger(sine_osc(3)))",
        "trigger(sine_osc(90))",
        "mem(saw(freq))",
        "delay(white_noise(), 5000.5)",
        "echo(triangle(freq), 50, 0.6)",
        "chorus(saw(freq), 3, 0.01)",
        "flanger(saw(freq), 3, 0.01, 0.9)",
        "reverb(white_noise(), 0.9, 0.1)",
        "feedback(lambda y: (y * 1e-5, y + 1))",
        "rwtable(3000, phasor(16) * 3000, white_noise(), phasor(5) * 3000)",
    ] {
        let node = "node('n', f)";
        goes_on(what, &format!("({what}) * 0.25"), node);
    }
}

#[test]
fn sounding_notes_go_on_in_one_voice_and_in_many() {
    for count in [1, 2, 6] {
        let node = format!("n = node('n', f, count={count})\nn @ note('a3', 'e4', 'c5').over(0.5)");
        goes_on(
            "saw(freq) * adsr(0.01, 0.1, 0.5, 0.2, gate) * 0.5",
            "softclip(saw(freq) * adsr(0.01, 0.1, 0.5, 0.2, gate))",
            &node,
        );
    }
}

#[test]
fn a_changed_pitch_goes_on_from_the_phase_there_is() {
    // Half a turn a frame and a bit: one frame further, the old step; from the edit on, the new one.
    let (before, after) = (
        score("phasor(480)", "node('n', f)"),
        score("phasor(4.8)", "node('n', f)"),
    );
    let edited = play(&before, Some((&after, 7001)), 12_000);
    let at = 7001 + FADE;
    // 7001 frames at a hundredth of a turn, then a ten-thousandth each.
    let expected = (7001.0 * 0.01 + (FADE as f64) * 1e-4).fract();
    assert!(
        (f64::from(edited[at]) - expected).abs() < 1e-4,
        "{} {expected}",
        edited[at]
    );
}

#[test]
fn what_a_delay_holds_comes_out_after_an_edit_of_its_length() {
    let node = "node('n', f)";
    for (frames, heard) in [(12_000, 12_000), (15_000, 15_000)] {
        let before = score("delay(1 - mem(1), 12000)", node);
        let after = score(&format!("delay(1 - mem(1), {frames}) * 0.5"), node);
        let sound = play(&before, Some((&after, 7001)), 16_000);
        let loud: Vec<usize> = (0..sound.len()).filter(|i| sound[*i] != 0.0).collect();
        assert_eq!(loud, [heard]);
        assert_eq!(sound[heard], 0.5);
    }
}

#[test]
fn what_has_no_counterpart_starts_anew() {
    let node = "node('n', f)";
    // The loop counts frames; another loop counts from nought.
    let count = |by: &str| score(&format!("feedback(lambda y: y {by}) * 1e-5"), node);
    let sound = play(&count("+ 1"), Some((&count("+ 1 + mem(1)"), 7001)), 8000);
    let at = 7001 + FADE;
    assert!(
        (sound[at] - 2.0 * FADE as f32 * 1e-5).abs() < 1e-4,
        "{}",
        sound[at]
    );
    let sound = play(&count("+ 1"), Some((&count("+ 2"), 7001)), 8000);
    let on = (7001 + 2 * FADE) as f32 * 1e-5;
    assert!((sound[at] - on).abs() < 1e-4, "{} {on}", sound[at]);
}
