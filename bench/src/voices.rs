//! What a voice costs: `lowpass(saw(freq), cutoff + env * 1200) * env * 0.55` by Sorl's machine code and interpreter,
//! beside the same algorithm written by hand; a reverb beside a scalar Freeverb; and how long compiling takes.

use crate::by_hand::{Chorus, Freeverb, GRID as STEP, Voice};
use crate::measure::{median, medians, time};
use crate::overhead::{self, RATE};
use sorl_graph::patch::Source;
use sorl_graph::signal::jit::Jit;
use sorl_graph::signal::{
    Builder, Control, FOUR, FourIo, Function, GRID, Interpreter, Io, Kernel, Lane, Op, Scratch,
};
use sorl_graph::{Block, Engine, NoteEvent, Session, TimedNote};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

/// Voices of the comparison.
pub const VOICES: usize = 64;
/// Reverbs of the comparison.
pub const REVERBS: usize = 16;
/// Grid steps in a round.
const STEPS: usize = 750;
const _: () = assert!(STEP == GRID);

/// Nanoseconds a voice (or reverb) and frame.
pub struct Voices {
    /// One voice: machine code, interpreter, by hand.
    pub alone: [f64; 3],
    /// One voice while its cutoff moves, as `alone`.
    pub moving: [f64; 3],
    /// 64 voices: machine code, by hand one by one, by hand four at once.
    pub many: [f64; 3],
    /// A grid step of an engine with a node of 64 voices: all of them sounding, four, none.
    pub resting: [Duration; 3],
    /// 16 reverbs: machine code, scalar Freeverb.
    pub reverbs: [f64; 2],
    /// 64 voices, one voice and 16 reverbs by code for any processor ([`Jit::plain`]): as fast as by hand, scalar.
    pub plain: [f64; 3],
    /// Compiling the voice, the first time with the compiler.
    pub compile_first: Duration,
    /// Compiling it again.
    pub compile_warm: Duration,
}

/// The nanoseconds of a frame, of so many in a round.
fn per_frame<const N: usize>(frames: usize, runs: [&mut dyn FnMut(); N]) -> [f64; N] {
    medians(1, runs).map(|time| time.as_secs_f64() * 1e9 / frames as f64)
}

/// The voice as a function.
pub fn acid() -> Arc<Function> {
    let mut b = Builder::new();
    let mut control = |name: &str, init, lo, hi| {
        b.control(Control::new(name, init, lo, hi))
            .expect("a control")
    };
    let freq = control("freq", 110.0, 20.0, 800.0);
    let gate = control("gate", 0.0, 0.0, 1.0);
    let cutoff = control("cutoff", 800.0, 100.0, 4000.0);
    let damping = std::f32::consts::SQRT_2;
    let [attack, decay, sustain, release, depth, damping, level] =
        [0.005, 0.15, 0.3, 0.08, 1200.0, damping, 0.55].map(|x| b.constant(x).expect("a constant"));
    let mut add = |op| b.add(op).expect("a small function");
    let env = add(Op::Adsr {
        attack,
        decay,
        sustain,
        release,
        gate,
    });
    let saw = add(Op::Saw(freq));
    let open = add(Op::Mul(env, depth));
    let open = add(Op::Add(cutoff, open));
    let low = add(Op::Lowpass(saw, open, damping));
    let out = add(Op::Mul(low, env));
    let out = add(Op::Mul(out, level));
    Arc::new(b.finish(vec![out]))
}

/// The gate of a voice in a grid step: a quarter of a second each, at phases of their own.
fn gate(step: usize, voice: usize) -> f32 {
    f32::from(((step + 29 * voice) * GRID / 12_000).is_multiple_of(2))
}

/// Measures all of them in turns.
pub fn measure() -> Voices {
    let function = acid();
    let (compile_first, jit) = {
        let mut made = None;
        let first = time(|| {
            let jit = Jit::new().expect("a compiler");
            drop(black_box(
                jit.compile(&function, RATE, 1).expect("it compiles"),
            ));
            made = Some(jit);
        });
        (first, made.expect("it was made"))
    };
    let warm = (0..101).map(|_| {
        time(|| {
            drop(black_box(
                jit.compile(&function, RATE, 1).expect("it compiles"),
            ))
        })
    });
    let warm = median(warm.collect());
    let plain = Jit::plain().expect("a compiler");
    let plain = {
        let [many, by_hand, _] = many(&plain, &function);
        let [alone, _, one_by_hand] = alone(&plain, &function, false);
        let [room, freeverb] = reverbs(&plain);
        [by_hand / many, one_by_hand / alone, freeverb / room]
    };
    Voices {
        compile_warm: warm,
        compile_first,
        plain,
        alone: alone(&jit, &function, false),
        moving: alone(&jit, &function, true),
        many: many(&jit, &function),
        resting: resting(&function),
        reverbs: reverbs(&jit),
    }
}

/// Notes that a node of [`VOICES`] voices holds, and the time of a grid step: the others rest.
fn resting(function: &Arc<Function>) -> [Duration; 3] {
    let mut engines = [VOICES, 4, 0].map(|notes| playing(function, notes));
    let [all, few, none] = engines.each_mut().map(|(_, engine)| {
        || {
            for _ in 0..STEPS / 4 {
                block(engine, &[]);
            }
        }
    });
    let (mut all, mut few, mut none) = (all, few, none);
    medians(STEPS as u32 / 4, [&mut all, &mut few, &mut none])
}

/// An engine in which so many keys are down, since a tenth of a second.
fn playing(function: &Arc<Function>, notes: usize) -> (Session, Engine) {
    let mut patch = overhead::patch(1);
    let node = &mut patch.nodes[0];
    node.source = Source::Function(Arc::clone(function));
    node.values.clear();
    node.count = VOICES as u16;
    let (session, mut engine) = overhead::engine(patch);
    let down = |key| TimedNote {
        frame: 0,
        event: NoteEvent::On {
            channel: 0,
            key,
            velocity: 1.0,
        },
    };
    let notes: Vec<TimedNote> = (30..30 + notes as u8).map(down).collect();
    block(&mut engine, &notes);
    (0..75).for_each(|_| block(&mut engine, &[]));
    (session, engine)
}

fn block(engine: &mut Engine, notes: &[TimedNote]) {
    let (mut left, mut right) = ([0.0; GRID], [0.0; GRID]);
    engine.process(Block {
        frames: GRID,
        inputs: &[],
        outputs: &mut [&mut left, &mut right],
        host: None,
        notes,
    });
    black_box((left, right));
}

/// Runs one voice for a round.
fn run_alone(kernel: &dyn Kernel, state: &mut [u32], moving: bool, scratch: &mut Scratch) {
    let mut lanes = vec![Lane::default(); 3];
    (lanes[0].value, lanes[2].value) = (110.0, 800.0);
    let mut outputs = [[0.0; GRID]];
    for step in 0..STEPS {
        lanes[1].value = gate(step, 0);
        if moving {
            lanes[2].moving = true;
            lanes[2].frames = sweep(step);
        }
        let io = Io {
            from: 0,
            to: GRID,
            inputs: &[],
            controls: black_box(&lanes),
            outputs: &mut outputs,
            scratch,
        };
        kernel.run(state, io);
        black_box(&outputs);
    }
}

/// A cutoff that moves.
fn sweep(step: usize) -> [f32; GRID] {
    std::array::from_fn(|i| 800.0 + (step * GRID + i) as f32 * 0.01)
}

fn alone(jit: &Jit, function: &Arc<Function>, moving: bool) -> [f64; 3] {
    let machine = jit.compile(function, RATE, 1).expect("it compiles");
    let interpreter = Interpreter::new(Arc::clone(function), RATE);
    let mut scratches = [Scratch::new(), Scratch::new()];
    let [fast, plain] = &mut scratches;
    let mut states = [(); 2].map(|()| vec![0; machine.state_words()]);
    let [fast_state, plain_state] = &mut states;
    let mut voice = Voice::new(RATE as f32);
    let mut by_hand = || {
        let mut out = [0.0; GRID];
        for step in 0..STEPS {
            let cutoff = if moving { sweep(step) } else { [800.0; GRID] };
            voice.run(110.0, gate(step, 0), black_box(&cutoff), &mut out);
            black_box(&out);
        }
    };
    per_frame(
        STEPS * GRID,
        [
            &mut || run_alone(&machine, fast_state, moving, fast),
            &mut || run_alone(&interpreter, plain_state, moving, plain),
            &mut by_hand,
        ],
    )
}

fn many(jit: &Jit, function: &Arc<Function>) -> [f64; 3] {
    let steps = STEPS / 8;
    let machine = jit.compile(function, RATE, VOICES).expect("it compiles");
    let mut scratch = Scratch::new();
    let mut states = vec![vec![0u32; machine.state_words()]; VOICES];
    let mut lanes: [Vec<Lane>; FOUR] = std::array::from_fn(|_| vec![Lane::default(); 3]);
    for lanes in &mut lanes {
        (lanes[0].value, lanes[2].value) = (110.0, 800.0);
    }
    let mut compiled = || {
        let mut outputs = [[[0.0; GRID]; 2]; FOUR];
        for step in 0..steps {
            let (fours, _) = states.as_chunks_mut::<FOUR>();
            for (group, four) in fours.iter_mut().enumerate() {
                for (v, lanes) in lanes.iter_mut().enumerate() {
                    lanes[1].value = gate(step, FOUR * group + v);
                }
                let lanes = black_box(&lanes);
                let io = FourIo {
                    from: 0,
                    to: GRID,
                    inputs: &[],
                    controls: lanes.each_ref().map(|l| &l[..]),
                    outputs: &mut outputs,
                    scratch: &mut scratch,
                };
                machine.run_four(four.each_mut().map(|s| &mut s[..]), io);
                black_box(&outputs);
            }
        }
    };
    let mut voices: Vec<Voice> = (0..VOICES).map(|_| Voice::new(RATE as f32)).collect();
    let mut one_by_one = || {
        let mut out = [0.0; GRID];
        for step in 0..steps {
            for (v, voice) in voices.iter_mut().enumerate() {
                voice.run(110.0, gate(step, v), black_box(&[800.0; GRID]), &mut out);
                black_box(&out);
            }
        }
    };
    let mut fours: Vec<Chorus> = (0..VOICES / 4).map(|_| Chorus::new(RATE as f32)).collect();
    let mut four_at_once = || {
        let mut out = [[0.0; 4]; GRID];
        for step in 0..steps {
            for (group, four) in fours.iter_mut().enumerate() {
                let gates = std::array::from_fn(|v| gate(step, 4 * group + v));
                four.run([110.0; 4], black_box(gates), [800.0; 4], &mut out);
                black_box(&out);
            }
        }
    };
    per_frame(
        steps * GRID * VOICES,
        [&mut compiled, &mut one_by_one, &mut four_at_once],
    )
}

fn reverbs(jit: &Jit) -> [f64; 2] {
    let steps = STEPS / 4;
    let mut b = Builder::new();
    let x = b.input("inp").expect("an input");
    let half = b.constant(0.5).expect("a constant");
    let out = b.reverb(x, half, half).expect("a reverb");
    let machine = jit
        .compile(&Arc::new(b.finish(vec![out])), RATE, 1)
        .expect("it compiles");
    let mut scratch = Scratch::new();
    let mut states = vec![vec![0u32; machine.state_words()]; REVERBS];
    let input: [f32; GRID] = std::array::from_fn(|i| (i as f32 * 0.1).fract() - 0.5);
    let inputs = [input];
    let mut compiled = || {
        let mut outputs = [[0.0; GRID]];
        for _ in 0..steps {
            for state in &mut states {
                let io = Io {
                    from: 0,
                    to: GRID,
                    inputs: black_box(&inputs),
                    controls: &[],
                    outputs: &mut outputs,
                    scratch: &mut scratch,
                };
                machine.run(state, io);
                black_box(&outputs);
            }
        }
    };
    let mut rooms: Vec<Freeverb> = (0..REVERBS)
        .map(|_| Freeverb::new(RATE, 0.5, 0.5))
        .collect();
    let mut by_hand = || {
        let mut out = [0.0; GRID];
        for _ in 0..steps {
            for room in &mut rooms {
                room.run(black_box(&input), &mut out);
                black_box(&out);
            }
        }
    };
    per_frame(steps * GRID * REVERBS, [&mut compiled, &mut by_hand])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is compared makes the same sound.
    #[test]
    fn by_hand_and_machine_code_sound_alike() {
        let jit = Jit::new().unwrap();
        let machine = jit.compile(&acid(), RATE, 1).unwrap();
        let (mut scratch, mut state) = (Scratch::new(), vec![0; machine.state_words()]);
        let mut lanes = vec![Lane::default(); 3];
        (lanes[0].value, lanes[2].value) = (110.0, 800.0);
        let (mut voice, mut four) = (Voice::new(RATE as f32), Chorus::new(RATE as f32));
        for step in 0..STEPS {
            lanes[1].value = gate(step, 0);
            let mut outputs = [[0.0; GRID]];
            let io = Io {
                from: 0,
                to: GRID,
                inputs: &[],
                controls: &lanes,
                outputs: &mut outputs,
                scratch: &mut scratch,
            };
            machine.run(&mut state, io);
            let (mut one, mut all) = ([0.0; GRID], [[0.0; 4]; GRID]);
            voice.run(110.0, gate(step, 0), &[800.0; GRID], &mut one);
            four.run([110.0; 4], [gate(step, 0); 4], [800.0; 4], &mut all);
            for i in 0..GRID {
                assert!((outputs[0][i] - one[i]).abs() < 2e-3, "{step} {i}");
                assert!((all[i][3] - one[i]).abs() < 2e-3, "{step} {i}");
            }
        }
    }
}
