//! The signal functions of `tests/signals/*.sig` do what they say there: interpreted and compiled, one voice and four
//! in lanes, in one piece and cut anywhere, with the same bits each time.
//!
//! A file is a function in text form, then `---`, then how it is driven and what is expected, a word at the beginning
//! of each line:
//!
//! ```text
//! rate HZ                         48000 unless told
//! frames N                        how many are run; 256 unless told
//! set CONTROL VALUE at FRAME      a step; before it, the control has its start value
//! slide CONTROL FROM TO           a line over all frames
//! drive INPUT impulse|noise|N     one frame of 1, noise, or a number; 0 unless told
//! clock beat|part|tempo FROM STEP what the song's clock says, and by how much more each frame; 0 unless told
//! expect FRAME VALUE… within E    the first output from that frame on
//! expect peak LO HI               its largest magnitude
//! ```

use sorl_graph::math;
use sorl_graph::signal::text::parse;
use sorl_graph::signal::{
    Binary, FOUR, FourIo, Function, GRID, Interpreter, Io, Kernel, Lane, Scratch, Time, Unary,
    verify,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// How a function is driven, and what is expected.
struct Script {
    rate: u32,
    frames: usize,
    /// Each control and input, frame by frame.
    controls: Vec<Vec<f32>>,
    inputs: Vec<Vec<f32>>,
    clock: [Vec<f32>; Time::COUNT],
    expected: Vec<Expected>,
}

enum Expected {
    Frames(usize, Vec<f32>, f32),
    Peak(f32, f32),
}

fn number<T: FromStr>(word: Option<&str>) -> T {
    let word = word.expect("a number is missing");
    let number = word.parse();
    number.unwrap_or_else(|_| panic!("`{word}` is not a number"))
}

fn script(f: &Function, text: &str) -> Script {
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split(';').next().unwrap_or(""))
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .collect();
    let told = |what: &str| lines.iter().find(|l| l[0] == what).map(|l| l[1]);
    let frames = told("frames").map_or(256, |n| number(Some(n)));
    let mut s = Script {
        rate: told("rate").map_or(48000, |n| number(Some(n))),
        frames,
        controls: f.controls.iter().map(|c| vec![c.init; frames]).collect(),
        inputs: vec![vec![0.0; frames]; f.inputs.len()],
        clock: [(); Time::COUNT].map(|()| vec![0.0; frames]),
        expected: Vec::new(),
    };
    for words in &lines {
        let at = |n: usize| words.get(n).copied();
        match words[0] {
            "rate" | "frames" => {}
            "set" => {
                let control = f.control(words[1]).expect("it has that control");
                let (value, from): (f32, usize) = (number(at(2)), number(at(4)));
                s.controls[control][from..].fill(value);
            }
            "slide" => {
                let control = f.control(words[1]).expect("it has that control");
                let (from, to): (f32, f32) = (number(at(2)), number(at(3)));
                for (i, value) in s.controls[control].iter_mut().enumerate() {
                    *value = from + (to - from) * i as f32 / frames as f32;
                }
            }
            "clock" => {
                let what = Time::ALL.iter().find(|row| row.1 == words[1]);
                let (what, _) = what.expect("the clock says that");
                let (from, step): (f32, f32) = (number(at(2)), number(at(3)));
                for (i, value) in s.clock[what.index()].iter_mut().enumerate() {
                    *value = from + step * i as f32;
                }
            }
            "drive" => {
                let input = f.inputs.iter().position(|i| i == words[1]);
                let input = &mut s.inputs[input.expect("it has that input")];
                match words[2] {
                    "impulse" => input[0] = 1.0,
                    "noise" => {
                        for (i, x) in input.iter_mut().enumerate() {
                            *x = math::mix(i as u32 + 1) as i32 as f32 / 2_147_483_648.0;
                        }
                    }
                    value => input.fill(number(Some(value))),
                }
            }
            "expect" if words[1] == "peak" => {
                let peak = Expected::Peak(number(at(2)), number(at(3)));
                s.expected.push(peak);
            }
            "expect" => {
                let within = words.iter().position(|w| *w == "within");
                let within = within.expect("an `expect` says within what");
                let values = words[2..within].iter().map(|w| number(Some(w))).collect();
                let error = number(at(within + 1));
                let frames = Expected::Frames(number(at(1)), values, error);
                s.expected.push(frames);
            }
            other => panic!("`{other}` is not a word of these files"),
        }
    }
    s
}

/// Ends of spans: at every step of the grid, and in between wherever the dice fall.
fn cuts(frames: usize, seed: Option<u32>) -> Vec<usize> {
    let is_cut = |i: &usize| {
        i.is_multiple_of(GRID) || seed.is_some_and(|s| math::mix(s ^ *i as u32).is_multiple_of(5))
    };
    (1..frames).filter(is_cut).chain([frames]).collect()
}

/// A control over a span: still where it is, so that it is also seen as one that does not move.
fn lane(values: &[f32], from: usize, to: usize) -> Lane {
    let mut lane = Lane {
        value: values[from],
        ..Lane::default()
    };
    let span = &values[from..to];
    lane.moving = span.iter().any(|x| x.to_bits() != span[0].to_bits());
    let place = from % GRID;
    lane.frames[place..place + span.len()].copy_from_slice(span);
    lane
}

/// The bits of all outputs and of the state in the end.
type Bits = (Vec<u32>, Vec<u32>);

/// Runs a script: one voice, or the same voice in each of four lanes, which must not differ.
fn run(kernel: &dyn Kernel, f: &Function, s: &Script, seed: Option<u32>, four: bool) -> Bits {
    let mut states = [(); FOUR].map(|()| vec![0; kernel.state_words()]);
    states.iter_mut().for_each(|state| kernel.init(state, 7));
    let mut scratch = Scratch::new();
    let (mut bits, mut from) = (Vec::new(), 0);
    for to in cuts(s.frames, seed) {
        let lanes: Vec<Lane> = s.controls.iter().map(|c| lane(c, from, to)).collect();
        let (begin, end) = (from % GRID, from % GRID + to - from);
        let mut inputs = vec![[0.0; GRID]; f.inputs.len()];
        for (buffer, input) in inputs.iter_mut().zip(&s.inputs) {
            buffer[begin..end].copy_from_slice(&input[from..to]);
        }
        for (buffer, clock) in scratch.time.iter_mut().zip(&s.clock) {
            buffer[begin..end].copy_from_slice(&clock[from..to]);
        }
        let mut outputs = [[[f32::NAN; GRID]; 2]; FOUR];
        if four {
            let io = FourIo {
                from: begin,
                to: end,
                inputs: &inputs,
                controls: [&lanes; FOUR],
                outputs: &mut outputs,
                scratch: &mut scratch,
            };
            kernel.run_four(states.each_mut().map(|s| &mut s[..]), io);
        } else {
            let io = Io {
                from: begin,
                to: end,
                inputs: &inputs,
                controls: &lanes,
                outputs: &mut outputs[0][..f.outputs.len()],
                scratch: &mut scratch,
            };
            kernel.run(&mut states[0], io);
        }
        for voice in if four { 1..FOUR } else { 0..0 } {
            let bits = |v: usize| outputs[v].as_flattened().iter().map(|x| x.to_bits());
            assert!(bits(0).eq(bits(voice)), "lane {voice} of {from}..{to}");
        }
        for output in &outputs[0][..f.outputs.len()] {
            bits.extend(output[begin..end].iter().map(|x| x.to_bits()));
            let outside = output[..begin].iter().chain(&output[end..]);
            assert!(outside.into_iter().all(|x| x.is_nan()), "{from}..{to}");
        }
        from = to;
    }
    (bits, std::mem::take(&mut states[0]))
}

/// The outputs in order, whatever the spans were.
fn sorted(f: &Function, s: &Script, seed: Option<u32>, (bits, state): Bits) -> Bits {
    let mut sorted = vec![Vec::new(); f.outputs.len()];
    let (mut rest, mut from) = (&bits[..], 0);
    for to in cuts(s.frames, seed) {
        for output in &mut sorted {
            let (span, after) = rest.split_at(to - from);
            output.extend_from_slice(span);
            rest = after;
        }
        from = to;
    }
    (sorted.concat(), state)
}

/// For this processor, and for any.
#[cfg(feature = "jit")]
fn machines(f: &Arc<Function>, rate: u32) -> Vec<(&'static str, Box<dyn Kernel>)> {
    use sorl_graph::signal::jit::Jit;
    let made = [
        ("machine code", Jit::new()),
        ("plain machine code", Jit::plain()),
    ];
    let made = made.map(|(name, jit)| {
        let jit = jit.expect("a compiler");
        let machine = jit.compile(f, rate, FOUR).expect("it compiles");
        (name, Box::new(machine) as _)
    });
    made.into()
}

#[cfg(not(feature = "jit"))]
fn machines(_: &Arc<Function>, _: u32) -> Vec<(&'static str, Box<dyn Kernel>)> {
    Vec::new()
}

fn check(path: &Path) {
    let text = fs::read_to_string(path).expect("it can be read");
    let (function, rest) = text.split_once("\n---\n").expect("a line `---`");
    let f = parse(function).unwrap_or_else(|e| panic!("{e}"));
    verify(&f).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(parse(&f.to_string()).as_ref(), Ok(&f), "print and parse");
    let s = script(&f, rest);
    let f = Arc::new(f);
    let interpreter = Interpreter::new(Arc::clone(&f), s.rate);
    let reference = sorted(&f, &s, None, run(&interpreter, &f, &s, None, false));
    let sound: Vec<f32> = reference.0[..s.frames]
        .iter()
        .map(|x| f32::from_bits(*x))
        .collect();
    for expected in &s.expected {
        match expected {
            Expected::Frames(from, values, error) => {
                for (i, value) in values.iter().enumerate() {
                    let got = sound[from + i];
                    assert!(
                        (got - value).abs() <= *error,
                        "frame {}: {got}, not {value}",
                        from + i
                    );
                }
            }
            Expected::Peak(lo, hi) => {
                let peak = sound.iter().fold(0.0f32, |p, x| p.max(x.abs()));
                assert!((*lo..=*hi).contains(&peak), "the peak is {peak}");
            }
        }
    }
    let interpreter: Box<dyn Kernel> = Box::new(interpreter);
    let kernels = [("interpreter", interpreter)].into_iter();
    for (name, kernel) in kernels.chain(machines(&f, s.rate)) {
        for four in [false, true] {
            for seed in [None, Some(1), Some(2), Some(3)] {
                let got = sorted(&f, &s, seed, run(&*kernel, &f, &s, seed, four));
                assert!(got.0 == reference.0, "{name}, four {four}, cut by {seed:?}");
                assert!(
                    got.1 == reference.1,
                    "state: {name}, four {four}, cut by {seed:?}"
                );
            }
        }
    }
}

fn paths() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/signals");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "sig"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn every_operation_stands_in_a_signal_file() {
    // Who names an operation that there is none of is told all that there are.
    let told = parse("%0 = nonesuch").unwrap_err().message;
    let names = told.split('`').skip(3).step_by(2);
    let mut left: BTreeSet<String> = names.map(|name| name.replace('_', "")).collect();
    assert!(left.len() > 25, "{told}");
    left.extend(Unary::ALL.iter().map(|row| format!("unary {}", row.1)));
    left.extend(Binary::ALL.iter().map(|row| format!("binary {}", row.1)));
    left.extend(Time::ALL.iter().map(|row| format!("time {}", row.1)));
    let mut left: BTreeSet<String> = left.iter().map(|name| name.to_lowercase()).collect();
    for path in paths() {
        let text = fs::read_to_string(path).expect("it can be read");
        for line in text.lines() {
            let mut words = line
                .split_whitespace()
                .skip_while(|word| *word != "=")
                .skip(1);
            let (Some(operation), kind) = (words.next(), words.next()) else {
                continue;
            };
            left.remove(&operation.replace('_', ""));
            left.remove(&format!("{operation} {}", kind.unwrap_or_default()));
        }
    }
    assert!(left.is_empty(), "no file shows {left:?}");
}

#[test]
fn every_signal_file_does_what_it_says_however_it_is_run() {
    let paths = paths();
    assert!(paths.len() > 12, "the files are there");
    let failures: Vec<String> = paths
        .iter()
        .filter_map(|path| {
            let result = std::panic::catch_unwind(|| check(path)).err()?;
            let said = result
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| result.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Some(format!("{name}: {}", said.unwrap_or_default()))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
