//! Every function of signals that scores may call is machine code, one voice and four, with the interpreter's bits.

use super::*;
use sorl_graph::patch::Source;
use sorl_graph::score::{evaluate, signal_functions};

/// Calls of functions: `a` and `b` are sounds, other names are the controls that are driven.
const CALLS: &[&str] = &[
    "a * sr() + sample_rate() * level",
    "mem(a) + unit_delay(b * level)",
    "delay(a, time * sr()) + delay(b, 90.25)",
    "feedback(lambda y: (y * 0.5 + a, mem(y) * 0.3 + b * level))",
    "select2(level, a, b)",
    "rdtable([1, 2, 4, 8], level * 3)",
    "rwtable(7, a * 9, b, level * 5)",
    "sin(freq) + cos(a * 9) + tan(b) + asin(level) + acos(a) + atan(freq)",
    "sinh(level) + cosh(a) + tanh(b) + exp(level) + exp2(a) + sqrt(b)",
    "log(cutoff) + log2(a + 1) + log10(b + 1) + abs(a) + abs_(b)",
    "floor(a * 5) + ceil(b * 5) + round(level * 5) + round_(a * 7)",
    "fmod(freq, 7) + remainder(a, 0.3) + atan2(a, b) + pow(a, 3) + pow_(cutoff, 0.5)",
    "gt(a, b) + lt(a, level) * 2 + ge(a, b) * 4 + le(b, 0.5) * 8 + ne(a, b) * 16",
    "min(a, b, level) + max(a, b, 0.1) + min_(a, b) + max_(level, b)",
    "sine_osc(freq) + sine_osc(220) + lfo(5, a, b)",
    "phasor(freq) * level + phasor(a * 300)",
    "saw(freq) + saw(440)",
    "triangle(freq) + triangle(b * 900)",
    "square(freq, gate) + pulse(440, 0.3)",
    "wavetable([0, 1, 0.5, -1], freq / 90)",
    "wavetable_osc(partials([1, 0.5, 0, 0.2], 64), freq)",
    "white_noise() + pink_noise() * level",
    "onepole(a, cutoff)",
    "dcblock(a) + dcblock(b, 0.9)",
    "lowpass(a, cutoff) + lowpass(b, 900, 5)",
    "lowpass(a, cutoff, 8)",
    "highpass(a, cutoff) + highpass(b, 900, 3)",
    "highpass(a, cutoff, 8)",
    "bandpass(a, cutoff, 2) + resonant(b, cutoff, 5)",
    "merge(*svf(a, cutoff, 3))",
    "ladder(a, cutoff, level)",
    "eq(a, cutoff, level * 12, 2) + eq(a, b)",
    "smooth(a, 4) + smooth(gate, time * 1000)",
    "adsr(time, 0.004, 0.4, time, gate)",
    "ar(time, 0.01, gate) * decay(0.999, gate)",
    "trigger(a) + edge_trigger(gate) + latch(a, trigger(b)) + decay(0.99)",
    "midi_to_freq(level * 60) + freq_to_midi(cutoff)",
    "db_to_linear(level * 20) + linear_to_db(a)",
    "softclip(a * 3) + fold(b * 9) + clip(a, level, 0.5) + lerp(a, b, level) + wrap(freq, -1, 1)",
    "echo(a, time * 1000, level)",
    "reverb(a, gate, level)",
    "chorus(a, 3, time) + flanger(b, 3, 0.004, level)",
    "pan(a, level)[0] + stereo_width(a, b, level)[1]",
    "beat() + beat(4) * bpm() + beats(level)",
    "chain(lambda x: split(x, 2), bus(2), merge)(a)",
    "merge(*parallel(lambda x: x * 2, route(1, 2, [(0, 0), (0, 1)]))(a, b))",
    "jvp(lambda x: tanh(x * level) * x, num_inputs=1)(a, b)[1]",
];

fn called(call: &str) -> Arc<Function> {
    let mut text = "def f(a, b):\n".to_owned();
    for (name, lo, hi) in CONTROLS {
        text += &format!(
            "    {name} = control('{name}', {}, {lo}, {hi})\n",
            lo.max(0.0)
        );
    }
    text += &format!("    return {call}\nnode('n', f)\n");
    let patch = evaluate(&text).unwrap_or_else(|e| panic!("{}", e.render("score", &text)));
    match &patch.nodes[0].source {
        Source::Function(f) => Arc::new(optimise(f)),
        other => panic!("not a function: {other:?}"),
    }
}

#[test]
fn every_function_of_signals_is_machine_code_with_the_interpreter_s_bits() {
    let jits = jits();
    // Still and moving controls in turns, cut here and there.
    let steps: Vec<Step> = (0..24u32)
        .map(|i| {
            (
                if i % 3 == 2 { 0b10101 } else { 0 },
                0x8420_0010_0800_4100 >> (i % 7),
                i,
            )
        })
        .collect();
    for call in CALLS {
        let f = called(call);
        for voices in [1, FOUR] {
            let compiled = jits[0].compile(&f, 48_000, voices);
            assert!(compiled.is_ok(), "{call}: {:?}", compiled.err());
        }
        for (jit, rate) in jits.iter().zip([44_100, 48_000]) {
            let made = same_bits(jit, &f, rate, &steps);
            assert!(made.unwrap_or_else(|e| panic!("{call}: {e}")), "{call}");
        }
    }
}

#[test]
fn every_function_of_signals_is_called_above() {
    let shown = |name: &str| {
        let calls = |call: &str| {
            let mut words = call.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            words.any(|word| word == name)
        };
        CALLS.iter().any(|call| calls(call))
    };
    let entries = signal_functions();
    let left: Vec<&str> = entries
        .iter()
        .map(|e| e.name)
        .filter(|n| *n != "control" && !shown(n))
        .collect();
    assert!(left.is_empty(), "call {left:?} too");
}
