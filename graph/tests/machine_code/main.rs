//! Machine code computes what the interpreter computes, bit for bit: random functions, and whole scores.
#![cfg(feature = "jit")]

mod edges;
mod library;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use sorl_graph::io::offline::{Blocks, Length, Options, render};
use sorl_graph::rt::FlushDenormals;
use sorl_graph::signal::jit::{Jit, MAX_INSTRUCTIONS, Refused};
use sorl_graph::signal::passes::{PASSES, optimise};
use sorl_graph::signal::text::parse;
use sorl_graph::signal::{
    Backend, Binary, Builder, Control, FOUR, FourIo, Function, GRID, Interpreter, Io, Kernel, Lane,
    Maker, Op, Scratch, Sig, Time, Unary, verify,
};
use sorl_graph::{Session, Setup, When};
use std::ops::ControlFlow;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// Name, lowest and highest value.
const CONTROLS: [(&str, f32, f32); 5] = [
    ("freq", -3000.0, 9000.0),
    ("gate", 0.0, 1.0),
    ("cutoff", 0.0, 40_000.0),
    ("time", 0.0, 0.02),
    ("level", -1.5, 1.5),
];
const INPUTS: usize = 2;

/// A function from random numbers: each operation takes its operands from what is there.
fn function(numbers: &[(u8, u16, u16, u16, f32)], stereo: bool) -> Arc<Function> {
    let mut b = Builder::new();
    let mut sigs = Vec::new();
    for (name, lo, hi) in CONTROLS {
        let control = Control::new(name, lo, lo, hi);
        sigs.push(b.control(control).unwrap());
    }
    for i in 0..INPUTS {
        sigs.push(b.input(&i.to_string()).unwrap());
    }
    let table: Vec<f32> = (0..23).map(|i| (i * i % 19) as f32 - 9.0).collect();
    let table = b.table(&table).unwrap();
    // Loops that wait for their end; half of the functions have none, and run in stages where that is worth it.
    let mut open = Vec::new();
    let loops = numbers[0].1 % 2 == 1;
    for &(kind, x, y, z, number) in numbers {
        let pick = |n: u16| sigs[(usize::from(n) * sigs.len()) >> 16];
        let (a, c, d) = (pick(x), pick(y), pick(z));
        let sig = match kind % 36 {
            16..20 => b.add(Op::Unary(
                Unary::ALL[usize::from(x) % Unary::ALL.len()].0,
                a,
            )),
            20..24 => b.add(Op::Binary(
                Binary::ALL[usize::from(y) % Binary::ALL.len()].0,
                a,
                c,
            )),
            24 => b.add(Op::Select(a, c, d)),
            25 => b.add(match x % 8 {
                0 => Op::Rate,
                1..4 => Op::Time(Time::ALL[usize::from(x % 8) - 1].0),
                _ => Op::Mem(a),
            }),
            26 => b.add(Op::Recur(a, c)),
            27 => {
                let most = b.constant(f32::from(z % 300)).unwrap();
                let time = b.add(Op::Binary(Binary::Min, c, most)).unwrap();
                b.add(Op::Delay(a, time))
            }
            28 => b.add(Op::Table(table, a)),
            29 => b.add(Op::RwTable(table, a, c, d)),
            32 => b.add(Op::Phasor(a)),
            33 => b.add(Op::Square(a, c)),
            34 => b.add(Op::Triangle(a)),
            35 => b.add(Op::Bandpass(a, c, d)),
            30 | 31 if !loops => b.add(Op::Mem(c)),
            30 => b.open().inspect(|last| open.push(*last)),
            31 => match open.pop() {
                Some(last) => b.close(last, a, c),
                None => b.open().inspect(|last| open.push(*last)),
            },
            0 => b.constant(number),
            1 => b.add(Op::Neg(a)),
            2 => b.add(Op::Add(a, c)),
            3 => b.add(Op::Sub(a, c)),
            4 | 5 => b.add(Op::Mul(a, c)),
            6 => b.add(Op::Div(a, c)),
            7 => b.add(Op::Sine(a)),
            8 => b.add(Op::Saw(a)),
            9 => b.noise(),
            10 => b.add(Op::Lowpass(a, c, d)),
            11 => b.add(Op::Highpass(a, c, d)),
            12 => b.add(Op::Adsr {
                attack: a,
                decay: c,
                sustain: d,
                release: pick(x ^ y),
                gate: sigs[1],
            }),
            13 => b.add(Op::Adsr {
                attack: sigs[3],
                decay: c,
                sustain: sigs[4],
                release: sigs[3],
                gate: a,
            }),
            14 => b.add(Op::Comb(a, c, d, 1 + x % 200)),
            _ => b.add(Op::Allpass(a, 1 + y % 200)),
        };
        sigs.push(sig.unwrap());
    }
    for (i, last) in open.into_iter().enumerate() {
        let next = sigs[(i * 7 + 3) % sigs.len()];
        let out = *sigs.last().unwrap();
        sigs.push(b.close(last, next, out).unwrap());
    }
    let last = *sigs.last().unwrap();
    let outputs = if stereo {
        vec![last, sigs[sigs.len() / 2]]
    } else {
        vec![last]
    };
    Arc::new(b.finish(outputs))
}

/// Equal, or both no number: which one that is, is left to the processor.
fn is_same(a: u32, b: u32) -> bool {
    a == b || (f32::from_bits(a).is_nan() && f32::from_bits(b).is_nan())
}

/// A grid step: which controls move, the places where it is cut, and where its values come from.
type Step = (u8, u64, u32);

/// For this processor, and for any.
fn jits() -> [Jit; 2] {
    [Jit::new(), Jit::plain()].map(Result::unwrap)
}

/// What one voice or four play over the same steps, cut as the steps say or whole: the sound, and the state in the end.
fn played(kernel: &dyn Kernel, steps: &[Step], cut: bool, four: bool) -> [Vec<u32>; 2] {
    let voices = if four { FOUR } else { 1 };
    let mut states = [(); FOUR].map(|()| vec![0; kernel.state_words()]);
    for (v, state) in states.iter_mut().enumerate() {
        kernel.init(state, v as u64);
    }
    let (mut scratch, mut sound) = (Scratch::new(), Vec::new());
    for &(moving, cuts, values) in steps {
        let mut dice = values;
        let mut random = || {
            dice = sorl_graph::math::mix(dice.wrapping_add(0x9e37_79b9));
            (dice >> 8) as f32 / 16_777_216.0
        };
        let lanes: [Vec<Lane>; FOUR] = std::array::from_fn(|v| {
            let lane = |(c, (_, lo, hi)): (usize, &(&str, f32, f32))| {
                let mut next = || lo + (hi - lo) * random();
                Lane {
                    moving: moving.rotate_left(v as u32) >> c & 1 == 1,
                    value: next(),
                    frames: std::array::from_fn(|_| next()),
                }
            };
            CONTROLS.iter().enumerate().map(lane).collect()
        });
        let inputs: [[f32; GRID]; INPUTS] =
            std::array::from_fn(|_| std::array::from_fn(|_| random() * 2.0 - 1.0));
        for time in &mut scratch.time {
            *time = std::array::from_fn(|_| random() * 2.0 - 1.0);
        }
        let mut outputs = [[[0.0f32; GRID]; 2]; FOUR];
        let mut from = 0;
        while from < GRID {
            let ends = (from + 1..GRID).find(|i| cut && cuts >> i & 1 == 1);
            let to = ends.unwrap_or(GRID);
            if four {
                let io = FourIo {
                    from,
                    to,
                    inputs: &inputs,
                    controls: lanes.each_ref().map(|l| &l[..]),
                    outputs: &mut outputs,
                    scratch: &mut scratch,
                };
                let states = states.each_mut().map(|s| &mut s[..]);
                assert_no_alloc(|| kernel.run_four(states, io));
            } else {
                let io = Io {
                    from,
                    to,
                    inputs: &inputs,
                    controls: &lanes[0],
                    outputs: &mut outputs[0],
                    scratch: &mut scratch,
                };
                let state = &mut states[0][..];
                assert_no_alloc(|| kernel.run(state, io));
            }
            from = to;
        }
        let frames = outputs[..voices].iter().flatten().flatten();
        sound.extend(frames.map(|x| x.to_bits()));
    }
    [sound, states[..voices].concat()]
}

/// Where two of them differ first.
fn difference(a: &[u32], b: &[u32]) -> Option<usize> {
    let same = a.iter().zip(b).position(|(a, b)| !is_same(*a, *b));
    same.or((a.len() != b.len()).then_some(a.len().min(b.len())))
}

/// Whatever runs it and wherever spans are cut, one voice and four sound as one span of the interpreter after the other.
/// Gives whether there was machine code.
fn same_bits(
    jit: &Jit,
    f: &Arc<Function>,
    rate: u32,
    steps: &[Step],
) -> Result<bool, TestCaseError> {
    let machine = match jit.compile(f, rate, FOUR) {
        // Then the interpreter plays.
        Err(Refused::TooLarge(_)) => None,
        machine => Some(machine.unwrap()),
    };
    let interpreter = Interpreter::new(Arc::clone(f), rate);
    let machine = machine.as_ref().map(|m| m as &dyn Kernel);
    for four in [false, true] {
        let whole = played(&interpreter, steps, false, four);
        for kernel in [&interpreter as &dyn Kernel].into_iter().chain(machine) {
            let cut = played(kernel, steps, true, four);
            for (what, n) in [("word of sound", 0), ("word of state", 1)] {
                let differs = difference(&whole[n], &cut[n]);
                let by = kernel.backend();
                prop_assert_eq!(differs, None, "{} by {:?}, four {}:\n{}", what, by, four, f);
            }
        }
    }
    Ok(machine.is_some())
}

/// Every pass leaves a well-formed function that sounds the same.
fn passes_keep(f: &Function, rate: u32, steps: &[Step]) -> Result<(), TestCaseError> {
    let sound = |f: &Function| {
        let interpreter = Interpreter::new(Arc::new(f.clone()), rate);
        let [sound, _] = played(&interpreter, steps, false, false);
        sound
    };
    let before = sound(f);
    let mut now = f.clone();
    for _ in 0..2 {
        for pass in &PASSES {
            now = (pass.run)(&now);
            prop_assert_eq!(verify(&now), Ok(()), "after {}:\n{}", pass.name, now);
            let differs = difference(&before, &sound(&now));
            prop_assert_eq!(
                differs,
                None,
                "after {}:\n{}\nbefore:\n{}",
                pass.name,
                now,
                f
            );
        }
    }
    prop_assert!(optimise(f).ops.len() <= f.ops.len() + 8);
    prop_assert_eq!(&parse(&f.to_string()), &Ok(f.clone()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_functions_give_the_interpreter_s_bits(
        numbers in prop::collection::vec((any::<u8>(), any::<u16>(), any::<u16>(), any::<u16>(), -2.0f32..2000.0), 1..40),
        stereo in any::<bool>(),
        rate in prop::sample::select(vec![8000u32, 44100, 48000, 96000, 384_000]),
        steps in prop::collection::vec((any::<u8>(), any::<u64>().prop_map(|x| x & x >> 7 & x << 9), any::<u32>()), 1..12),
        flush in any::<bool>(),
        plain in any::<bool>(),
    ) {
        let f = function(&numbers, stereo);
        let _flush = flush.then(FlushDenormals::begin);
        same_bits(&jits()[usize::from(plain)], &f, rate, &steps)?;
        passes_keep(&f, rate, &steps)?;
    }
}

/// `lowpass(saw(freq), cutoff + env * 1200) * env * 0.55`
fn acid() -> Arc<Function> {
    let mut b = Builder::new();
    let [freq, gate, cutoff, ..] =
        CONTROLS.map(|(name, lo, hi)| b.control(Control::new(name, lo, lo, hi)).unwrap());
    for i in 0..INPUTS {
        b.input(&i.to_string()).unwrap();
    }
    let [attack, decay, sustain, release, depth, damping, level] = [
        0.005,
        0.15,
        0.3,
        0.08,
        1200.0,
        std::f32::consts::SQRT_2,
        0.55,
    ]
    .map(|x| b.constant(x).unwrap());
    let env = b
        .add(Op::Adsr {
            attack,
            decay,
            sustain,
            release,
            gate,
        })
        .unwrap();
    let saw = b.add(Op::Saw(freq)).unwrap();
    let open = b.add(Op::Mul(env, depth)).unwrap();
    let open = b.add(Op::Add(cutoff, open)).unwrap();
    let low = b.add(Op::Lowpass(saw, open, damping)).unwrap();
    let out = b.add(Op::Mul(low, env)).unwrap();
    let out = b.add(Op::Mul(out, level)).unwrap();
    Arc::new(b.finish(vec![out]))
}

#[test]
fn a_voice_gives_the_interpreter_s_bits_for_a_long_time() {
    let steps: Vec<Step> = (0..3000u32)
        .map(|i| {
            (
                if i % 7 == 0 { 4 } else { 0 },
                u64::from(i % 5 == 0) << 33,
                i,
            )
        })
        .collect();
    for jit in &jits() {
        assert!(same_bits(jit, &acid(), 48000, &steps).unwrap());
    }
}

#[test]
fn machine_code_takes_over_in_the_middle_of_a_sound_and_nobody_hears_it() {
    let f = acid();
    let mut maker = Maker::new(Backend::MachineCode);
    let kernels: [Arc<dyn Kernel>; 2] = [
        maker.make(&f, 48000, 1),
        Arc::new(Interpreter::new(Arc::clone(&f), 48000)),
    ];
    let mut states = [(); 2].map(|()| vec![0; kernels[0].state_words()]);
    let mut scratch = Scratch::new();
    let mut lanes = vec![Lane::default(); CONTROLS.len()];
    (lanes[0].value, lanes[1].value, lanes[2].value) = (110.0, 1.0, 500.0);
    for step in 0..100 {
        if step == 50 {
            maker.wait();
        }
        let mut outputs = [[[0.0; GRID]]; 2];
        for k in 0..2 {
            let io = Io {
                from: 0,
                to: GRID,
                inputs: &[[0.0; GRID]; INPUTS],
                controls: &lanes,
                outputs: &mut outputs[k],
                scratch: &mut scratch,
            };
            assert_no_alloc(|| kernels[k].run(&mut states[k], io));
        }
        assert_eq!(
            outputs[0][0].map(f32::to_bits),
            outputs[1][0].map(f32::to_bits)
        );
        assert_eq!(states[0], states[1]);
    }
}

const BEAT: &str = include_str!("../../../examples/five-minute-beat.sorl");

/// Six voices: four in lanes and two on their own, with chords, values of their own, and a wire to a control.
const CHORDS: &str = r#"
def pad():
    freq = control("freq", 220, 20, 2000)
    gate = control("gate", 0, 0, 1)
    cutoff = control("cutoff", 800, 100, 8000)
    env = adsr(0.01, 0.1, 0.6, 0.4, gate)
    return (lowpass(saw(freq), cutoff + env * 900) + highpass(white_noise(), 6000) * 0.1) * env * 0.3

def lfo():
    return sine_osc(2)

p = node("pad", pad, gain=0.4, count=6)
l = node("lfo", lfo)
l >> (p["cutoff"], 300)
p @ (note(48, 55, 60, 64) + note(50, 57) + note(45, 52, 60)).over(2/3)
"#;

/// The bits of four bars of a score, and what played them.
fn play(score: &str, backend: Backend, blocks: Blocks) -> (Vec<u32>, Option<Backend>) {
    let mut session = Session::new();
    session.set_backend(backend);
    session.evaluate(score, When::Now).unwrap();
    let options = Options {
        length: Length::Bars(4),
        blocks,
        ..Options::default()
    };
    let mut bits = Vec::new();
    render(&mut session, &options, &mut |piece| {
        let frames = piece.left.iter().zip(piece.right);
        bits.extend(frames.flat_map(|(l, r)| [l.to_bits(), r.to_bits()]));
        ControlFlow::Continue(())
    })
    .unwrap();
    (bits, session.backend())
}

fn assert_both_play_the_same(score: &str) {
    let (machine, played) = play(score, Backend::MachineCode, Blocks::Fixed(512));
    assert_eq!(played, Some(Backend::MachineCode));
    assert!(machine.iter().any(|x| *x != 0));
    let (interpreted, played) = play(score, Backend::Interpreter, Blocks::Fixed(512));
    assert_eq!(played, Some(Backend::Interpreter));
    assert!(machine == interpreted);
    assert!(machine == play(score, Backend::MachineCode, Blocks::Random(7)).0);
}

#[test]
fn the_five_minute_beat_has_the_same_bits_from_both() {
    assert_both_play_the_same(BEAT);
}

#[test]
fn voices_in_lanes_have_the_same_bits_as_voices_one_by_one() {
    assert_both_play_the_same(CHORDS);
}

#[test]
fn a_session_says_what_plays_and_makes_nothing_without_an_engine() {
    let mut session = Session::new();
    session.evaluate(BEAT, When::Now).unwrap();
    assert_eq!(session.backend(), None);
    let setup = Setup { rate: 48000 };
    let _end = session.connect(setup);
    assert_eq!(session.backend(), Some(Backend::MachineCode));
    assert_eq!(session.backend_of("bass"), Some(Backend::MachineCode));
    assert_eq!(session.status().backend, Some(Backend::MachineCode));
    assert_eq!(session.backend_of("nobody"), None);
    session.set_backend(Backend::Interpreter);
    let _end = session.connect(setup);
    assert_eq!(session.backend_of("bass"), Some(Backend::Interpreter));
}
