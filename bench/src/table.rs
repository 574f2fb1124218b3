//! The page with the figures.

use crate::edits::Edit;
use crate::measure::ROUNDS;
use crate::overhead::{FRAMES, NODES, Overhead, RATE};
use crate::scores::Scores;
use crate::sounds::{Cost, Sounds};
use crate::voices::{REVERBS, VOICES, Voices};
use sorl_graph::signal::GRID;
use std::fmt::Write;
use std::time::Duration;

/// The whole of `docs/performance.md`.
pub fn write(
    overhead: &Overhead,
    voices: &Voices,
    edits: &[Edit],
    scores: &Scores,
    sounds: &Sounds,
) -> String {
    let mut page = String::from(
        "# Figures\n\nWritten by `cargo xtask bench`; do not edit by hand. Ratios come first: they hang less on the \
         machine than the\ntimes do.\n\n",
    );
    let _ = writeln!(
        page,
        "Measured on {}.\nRelease build for the base level of the processor (no `target-cpu`). Every \
         figure is the median of {ROUNDS} rounds after one to\nwarm up; what is compared runs in turns in one \
         process.\n",
        machine()
    );
    sines(&mut page, overhead);
    of_voices(&mut page, voices);
    changes(&mut page, edits);
    scores_and_patterns(&mut page, scores);
    costs(&mut page, sounds);
    page
}

fn sines(page: &mut String, o: &Overhead) {
    let _ = writeln!(
        page,
        "## What a node costs\n\n{} nodes of one sine each, summed into an output, {} kHz, blocks of {FRAMES} frames \
         ({:.0} µs of sound).\nSorl runs as in a plugin: machine code, whole callbacks, with meters and the guard against NaN. knyst \
         (0.5) runs its wavetable\noscillator, each node to the output; fundsp (0.23) a `Net` in which each node adds \
         its sine to what comes in, so that\nno nodes are needed for the sums.\n\n| engine | cost, Sorl = 1 | time of a \
         block | a node and block |\n|---|---|---|---|",
        thousands(NODES),
        RATE / 1000,
        FRAMES as f64 / f64::from(RATE) * 1e6
    );
    for (name, time) in [("Sorl", o.sorl), ("fundsp", o.fundsp), ("knyst", o.knyst)] {
        let ratio = time.as_secs_f64() / o.sorl.as_secs_f64();
        let _ = writeln!(
            page,
            "| {name} | {ratio:.1} | {} | {} |",
            show(time),
            show(time / NODES as u32)
        );
    }
    let _ = writeln!(
        page,
        "\nA Sorl with an empty score takes {} a block.\n",
        show(o.empty)
    );
}

fn of_voices(page: &mut String, v: &Voices) {
    let _ = writeln!(
        page,
        "## What a voice costs\n\n`lowpass(saw(freq), cutoff + env * 1200) * env * 0.55`, {} kHz, gates of a quarter of a \
         second; the same algorithm by hand\nin Rust (`bench/src/by_hand.rs`): frame by frame, and four voices side by side. \
         Times are for a voice and frame.\n\n| what | time | as fast as by hand, scalar |\n|---|---|---|",
        RATE / 1000
    );
    let mut rows = |what: &str, times: &[(&str, f64)], scalar: f64| {
        for (name, time) in times {
            let _ = writeln!(
                page,
                "| {what}, {name} | {time:.2} ns | {:.2} |",
                scalar / time
            );
        }
    };
    let [machine, scalar, four] = v.many;
    let names = [
        ("machine code", machine),
        ("by hand, scalar", scalar),
        ("by hand, four at once", four),
    ];
    rows(&format!("{VOICES} voices"), &names, scalar);
    for (what, times) in [
        ("one voice", v.alone),
        ("one voice, cutoff moving", v.moving),
    ] {
        let [machine, interpreter, scalar] = times;
        let names = [
            ("machine code", machine),
            ("interpreter", interpreter),
            ("by hand, scalar", scalar),
        ];
        rows(what, &names, scalar);
    }
    let [machine, scalar] = v.reverbs;
    let names = [("machine code", machine), ("a scalar Freeverb", scalar)];
    rows(&format!("{REVERBS} reverbs"), &names, scalar);
    let [many, alone, room] = v.plain;
    let _ = writeln!(
        page,
        "\nCode that any processor of this architecture runs (`Jit::plain`, here SSE4.1) is {many:.2} times as fast as by \
         hand for {VOICES} voices,\n{alone:.2} times for one, and {room:.2} times for {REVERBS} reverbs."
    );
    let [all, few, none] = v.resting;
    let _ = writeln!(
        page,
        "\nVoices that rest cost next to nothing: a block of {GRID} frames of a whole engine with one node of \
         {VOICES} voices takes {} while\nall sound, {} while four do, and {} while none does.",
        show(all),
        show(few),
        show(none)
    );
    let _ = writeln!(
        page,
        "\nCompiling the voice takes {} the first time (with the compiler), then {}: on a worker, while the interpreter \
         plays.\n",
        show(v.compile_first),
        show(v.compile_warm)
    );
}

fn changes(page: &mut String, edits: &[Edit]) {
    page.push_str(
        "## What an edit costs\n\nOne node of the Patch gets another function; the new Patch is compared with what runs, \
         compiled and sent (control\nthread), then adopted (audio thread: the whole block that does it, against one that \
         does not).\n\n| nodes | compile | adopting block, in blocks | a block | the adopting block |\n|---|---|---|---|---|\n",
    );
    for e in edits {
        let blocks = e.adopting.as_secs_f64() / e.block.as_secs_f64();
        let _ = writeln!(
            page,
            "| {} | {} | {blocks:.2} | {} | {} |",
            thousands(e.nodes),
            show(e.compile),
            show(e.block),
            show(e.adopting)
        );
    }
    page.push('\n');
}

fn costs(page: &mut String, sounds: &Sounds) {
    page.push_str(
        "\n## What a sound costs\n\nNanoseconds a frame at 48 kHz, where a frame lasts 20,833: one voice, fed with noise, \
         its controls at rest. Unit\ngenerators in mono or stereo as they are; what works on spectra does so once in some \
         frames, this is its mean. Signal\nfunctions as machine code, with what their arguments cost.\n",
    );
    table(page, "unit generator", &sounds.units);
    table(page, "signal function", &sounds.functions);
}

/// Names and figures, four beside each other.
fn table(page: &mut String, of: &str, costs: &[Cost]) {
    const WIDE: usize = 4;
    let _ = writeln!(
        page,
        "\n|{}\n|{}",
        format!(" {of} | ns |").repeat(WIDE),
        "---|---:|".repeat(WIDE)
    );
    let rows = costs.len().div_ceil(WIDE);
    for row in 0..rows {
        let cell = |column: usize| match costs.get(column * rows + row) {
            Some(c) if c.nanos < 10.0 => format!(" `{}` | {:.1} |", c.name, c.nanos),
            Some(c) => format!(" `{}` | {:.0} |", c.name, c.nanos),
            None => " | |".to_owned(),
        };
        let cells: String = (0..WIDE).map(cell).collect();
        let _ = writeln!(page, "|{cells}");
    }
}

fn scores_and_patterns(page: &mut String, s: &Scores) {
    let _ = writeln!(
        page,
        "## Scores and patterns\n\n| what | figure |\n|---|---|\n\
         | rendering the five-minute beat (48 kHz, blocks of 512), one thread | {:.0} × real time |\n\
         | evaluating its score | {} |\n\
         | evaluating a score of 160 statements and applying what changed | {} |\n\
         | a query of one grid step ({FRAMES} frames at 120 bpm): {} events a cycle, ten transforms | {} |",
        s.speed,
        show(s.evaluate),
        show(s.edit),
        s.events,
        show(s.query)
    );
}

/// The machine in general terms: enough to compare, nothing that names it.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let features = features();
    let with = if features.is_empty() {
        String::new()
    } else {
        format!(" with {}", features.join(", "))
    };
    format!(
        "{} ({}), {cores} cores{with}",
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let all = [
        ("SSE4.2", is_x86_feature_detected!("sse4.2")),
        ("AVX2", is_x86_feature_detected!("avx2")),
        ("FMA", is_x86_feature_detected!("fma")),
        ("AVX-512", is_x86_feature_detected!("avx512f")),
    ];
    all.into_iter().filter(|f| f.1).map(|f| f.0).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<&'static str> {
    Vec::new()
}

/// A time with three figures.
fn show(time: Duration) -> String {
    let nanos = time.as_secs_f64() * 1e9;
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n => (n / 1e6, "ms"),
    };
    match value {
        v if v < 10.0 => format!("{v:.2} {unit}"),
        v if v < 100.0 => format!("{v:.1} {unit}"),
        v => format!("{v:.0} {unit}"),
    }
}

fn thousands(n: usize) -> String {
    if n < 1000 {
        n.to_string()
    } else {
        format!("{},{:03}", n / 1000, n % 1000)
    }
}
