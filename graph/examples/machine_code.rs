//! How fast machine code is: one voice of `lowpass(saw(freq), cutoff + env * 1200) * env * 0.55` by the
//! interpreter, by machine code, and written by hand in scalar Rust, in one process; 64 of them; a reverb; and
//! how long compiling takes.
//!
//! `cargo run --release -p sorl-graph --features jit --example machine_code`

use sorl_graph::math::{max, min, sin_cos_half_turns};
use sorl_graph::signal::jit::{Jit, Refused};
use sorl_graph::signal::{
    Builder, Control, FOUR, FourIo, Function, GRID, Interpreter, Io, Kernel, Lane, Op, Scratch, Sig,
};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const RATE: u32 = 48000;
const STEPS: usize = 3000;
const ROUNDS: usize = 41;

fn acid() -> Arc<Function> {
    let mut b = Builder::new();
    let mut control = |name: &str, init, lo, hi| {
        b.control(Control::new(name, init, lo, hi))
            .expect("a control")
    };
    let freq = control("freq", 110.0, 20.0, 800.0);
    let gate = control("gate", 0.0, 0.0, 1.0);
    let cutoff = control("cutoff", 800.0, 100.0, 4000.0);
    let [attack, decay, sustain, release, depth, damping, level] = [
        0.005,
        0.15,
        0.3,
        0.08,
        1200.0,
        std::f32::consts::SQRT_2,
        0.55,
    ]
    .map(|x| b.constant(x).expect("a constant"));
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

/// The same voice written by hand, one frame after the other: what is steady is computed once a call.
#[derive(Default)]
struct ByHand {
    phase: u32,
    c1: f32,
    c2: f32,
    t: f32,
    level: f32,
    from: f32,
    since: f32,
    high: bool,
}

/// What rounds a saw's step, at a distance from it in frames.
fn edge(distance: f32) -> f32 {
    let term = |knot: f32, low: f32, high: f32| {
        let m = max(knot - distance, 0.0);
        let square = m * m;
        square * square * (low + m * high)
    };
    let far = term(3.0, -2.197_153_9e-2, 6.901_146_4e-3);
    far + term(2.0, 1.023_402_7e-1, -2.633_608_3e-2) + term(1.0, -2.229_817_1e-1, 3.100_812_9e-2)
}

impl ByHand {
    #[inline(never)]
    fn run(&mut self, freq: f32, gate: f32, cutoff: &Lane, out: &mut [f32; GRID]) {
        let rate = RATE as f32;
        let step = (f64::from(freq) * (4_294_967_296.0 / f64::from(RATE))) as i64 as u32;
        let period = rate / max(freq.abs(), 1e-6);
        let (attack, decay, sustain, release) = (0.005 * rate, 0.15 * rate, 0.3, 0.08 * rate);
        let (per_attack, per_decay, per_release) =
            (1.0 / attack, (1.0 - sustain) / decay, 1.0 / release);
        let damping = std::f32::consts::SQRT_2;
        for (i, out) in out.iter_mut().enumerate() {
            if gate >= 0.5 {
                if !self.high {
                    self.t = self.level * attack;
                }
                let fall = 1.0 - (self.t - attack) * per_decay;
                self.level = min(self.t * per_attack, max(fall, sustain));
                self.t = min(self.t + 1.0, 16_000_000.0);
                self.high = true;
            } else {
                if self.high {
                    (self.from, self.since) = (self.level, 0.0);
                }
                self.since = min(self.since + 1.0, 16_000_000.0);
                self.level = self.from * max(1.0 - self.since * per_release, 0.0);
                self.high = false;
            }
            let t = self.phase as f32 * (1.0 / 4_294_967_296.0);
            let saw = 2.0 * t - 1.0 + 2.0 * (edge(t * period) - edge((1.0 - t) * period));
            self.phase = self.phase.wrapping_add(step);

            let base = if cutoff.moving {
                cutoff.frames[i]
            } else {
                cutoff.value
            };
            let y = ((base + self.level * 1200.0) / rate).clamp(1e-5, 0.49);
            let (n, d) = sin_cos_half_turns(y);
            let scale = 1.0 / (1.0 + damping * n * d);
            let (a1, a2, a3) = (d * d * scale, n * d * scale, n * n * scale);
            let v = saw - self.c2;
            let band = a1 * self.c1 + a2 * v;
            let low = self.c2 + a2 * self.c1 + a3 * v;
            self.c1 = 2.0 * band - self.c1;
            self.c2 = 2.0 * low - self.c2;
            *out = low * self.level * 0.55;
        }
    }
}

/// The controls of one grid step: gates of a quarter of a second, a cutoff that moves or stands.
fn controls(step: usize, moving: bool, lanes: &mut [Lane]) {
    lanes[0].value = 110.0;
    lanes[1].value = f32::from((step * GRID / 6000).is_multiple_of(2));
    lanes[2].moving = moving;
    lanes[2].value = 800.0;
    if moving {
        lanes[2].frames = std::array::from_fn(|i| 800.0 + (step * GRID + i) as f32 * 0.001);
    }
}

/// Nanoseconds a frame, the middle of many rounds taken in turn.
fn race(moving: bool, kernels: &[&dyn Kernel]) -> Vec<f64> {
    let mut times = vec![Vec::new(); kernels.len() + 1];
    let mut scratch = Scratch::new();
    let mut states: Vec<_> = kernels.iter().map(|k| vec![0; k.state_words()]).collect();
    let mut by_hand = ByHand::default();
    let mut lanes = vec![Lane::default(); 3];
    for _ in 0..ROUNDS {
        let mut sounds = [[[0.0; GRID]]; 2];
        for (k, kernel) in kernels.iter().enumerate() {
            let began = Instant::now();
            for step in 0..STEPS {
                controls(step, moving, &mut lanes);
                let io = Io {
                    from: 0,
                    to: GRID,
                    inputs: &[],
                    controls: black_box(&lanes),
                    outputs: &mut sounds[0],
                    scratch: &mut scratch,
                };
                kernel.run(&mut states[k], io);
            }
            times[k].push(began.elapsed());
        }
        let began = Instant::now();
        for step in 0..STEPS {
            controls(step, moving, &mut lanes);
            let lanes = black_box(&lanes);
            by_hand.run(lanes[0].value, lanes[1].value, &lanes[2], &mut sounds[1][0]);
        }
        times[kernels.len()].push(began.elapsed());
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-3;
        let pairs = sounds[0][0].iter().zip(&sounds[1][0]);
        assert!(pairs.into_iter().all(near), "all make the same sound");
    }
    let frames = (STEPS * GRID) as f64;
    let middle = |mut times: Vec<std::time::Duration>| {
        times.sort();
        times[times.len() / 2].as_nanos() as f64 / frames
    };
    times.into_iter().map(middle).collect()
}

/// Nanoseconds a voice and frame of many voices by each runner, and by hand one after the other.
fn chorus(voices: usize, kernels: &[&dyn Kernel]) -> Vec<f64> {
    let mut times = vec![Vec::new(); kernels.len() + 1];
    let mut scratch = Scratch::new();
    let mut lanes: [Vec<Lane>; FOUR] = std::array::from_fn(|_| vec![Lane::default(); 3]);
    let mut outputs = [[[0.0; GRID]; 2]; FOUR];
    let mut by_hand: Vec<ByHand> = (0..voices).map(|_| ByHand::default()).collect();
    let mut states: Vec<Vec<Vec<u32>>> = kernels
        .iter()
        .map(|k| vec![vec![0; k.state_words()]; voices])
        .collect();
    let steps = STEPS * 2 / voices;
    for _ in 0..ROUNDS {
        for (k, times) in times.iter_mut().enumerate() {
            let began = Instant::now();
            for step in 0..steps {
                for four in 0..voices / FOUR {
                    for (v, lanes) in lanes.iter_mut().enumerate() {
                        controls(step + 29 * (four * FOUR + v), false, lanes);
                    }
                    let lanes = black_box(&lanes);
                    if k == kernels.len() {
                        for v in 0..FOUR {
                            let l = &lanes[v];
                            let out = &mut outputs[v][0];
                            by_hand[four * FOUR + v].run(l[0].value, l[1].value, &l[2], out);
                        }
                        continue;
                    }
                    let (states, _) = states[k].as_chunks_mut::<FOUR>();
                    let io = FourIo {
                        from: 0,
                        to: GRID,
                        inputs: &[],
                        controls: lanes.each_ref().map(|l| &l[..]),
                        outputs: black_box(&mut outputs),
                        scratch: &mut scratch,
                    };
                    kernels[k].run_four(states[four].each_mut().map(|s| &mut s[..]), io);
                }
            }
            times.push(began.elapsed());
        }
    }
    let frames = (steps * GRID * voices) as f64;
    let middle = |mut times: Vec<std::time::Duration>| {
        times.sort();
        times[times.len() / 2].as_nanos() as f64 / frames
    };
    times.into_iter().map(middle).collect()
}

/// Nanoseconds a frame of a reverb by each runner, in spans of `span` frames.
fn room(span: usize, kernels: &[&dyn Kernel]) -> Vec<f64> {
    let mut scratch = Scratch::new();
    let mut outputs = [[0.0; GRID]];
    let mut times = vec![Vec::new(); kernels.len()];
    let mut states: Vec<_> = kernels.iter().map(|k| vec![0; k.state_words()]).collect();
    let input = [std::array::from_fn(|i| (i as f32 * 0.1).fract() - 0.5)];
    for _ in 0..ROUNDS {
        for (k, kernel) in kernels.iter().enumerate() {
            let began = Instant::now();
            for from in (0..STEPS * GRID).step_by(span).map(|at| at % GRID) {
                let io = Io {
                    from,
                    to: from + span,
                    inputs: black_box(&input),
                    controls: &[],
                    outputs: &mut outputs,
                    scratch: &mut scratch,
                };
                kernel.run(&mut states[k], io);
            }
            times[k].push(began.elapsed());
        }
    }
    let frames = (STEPS * GRID) as f64;
    let middle = |mut times: Vec<std::time::Duration>| {
        times.sort();
        times[times.len() / 2].as_nanos() as f64 / frames
    };
    times.into_iter().map(middle).collect()
}

/// Several filtered saws added up.
fn large(voices: usize) -> Arc<Function> {
    let mut b = Builder::new();
    let add = |b: &mut Builder, op| -> Sig { b.add(op).expect("a small function") };
    let mut sum = b.constant(0.0).expect("a constant");
    for i in 0..voices {
        let [freq, cutoff, damping] =
            [100.0, 1000.0, 1.0].map(|x| b.constant(x + i as f32).expect("a constant"));
        let lfo = add(&mut b, Op::Sine(freq));
        let cutoff = add(&mut b, Op::Mul(lfo, cutoff));
        let saw = add(&mut b, Op::Saw(freq));
        let low = add(&mut b, Op::Lowpass(saw, cutoff, damping));
        sum = add(&mut b, Op::Add(sum, low));
    }
    Arc::new(b.finish(vec![sum]))
}

fn main() -> Result<(), Refused> {
    let began = Instant::now();
    let jit = Jit::new()?;
    let function = acid();
    let machine = jit.compile(&function, RATE, 1)?;
    let first = began.elapsed();
    let interpreter = Interpreter::new(Arc::clone(&function), RATE);
    for moving in [false, true] {
        let [interpreted, compiled, by_hand] = race(moving, &[&interpreter, &machine])[..] else {
            unreachable!("three runners");
        };
        println!(
            "one voice, cutoff {}:",
            if moving { "moving" } else { "standing" }
        );
        for (name, time) in [
            ("interpreter", interpreted),
            ("machine code", compiled),
            ("by hand", by_hand),
        ] {
            println!(
                "  {name:14} {time:6.2} ns a frame, {:5.2} × as fast as by hand",
                by_hand / time
            );
        }
    }
    let many = jit.compile(&function, RATE, 64)?;
    let [interpreted, compiled, by_hand] = chorus(64, &[&interpreter, &many])[..] else {
        unreachable!("three runners");
    };
    println!("64 voices, four at once:");
    for (name, time) in [
        ("interpreter", interpreted),
        ("machine code", compiled),
        ("by hand", by_hand),
    ] {
        println!(
            "  {name:14} {time:6.2} ns a voice and frame, {:5.2} × as fast as by hand",
            by_hand / time
        );
    }
    let mut b = Builder::new();
    let x = b.input("inp").expect("an input");
    let half = b.constant(0.5).expect("a constant");
    let out = b.reverb(x, half, half).expect("a reverb");
    let reverb = Arc::new(b.finish(vec![out]));
    let machine = jit.compile(&reverb, RATE, 1)?;
    let interpreter = Interpreter::new(reverb, RATE);
    for span in [GRID, GRID / 8] {
        let [interpreted, compiled] = room(span, &[&interpreter, &machine])[..] else {
            unreachable!("two runners");
        };
        println!(
            "a reverb in spans of {span}: interpreter {interpreted:.2}, machine code {compiled:.2} ns a frame"
        );
    }
    let mut warm: Vec<_> = (0..200)
        .map(|_| {
            let began = Instant::now();
            let made = jit.compile(&function, RATE, 1);
            let took = began.elapsed();
            made.map(|_| took)
        })
        .collect::<Result<_, _>>()?;
    warm.sort();
    println!(
        "compiling the voice: first {first:.2?}, then {:.2?}",
        warm[100]
    );
    for voices in [4, 8, 16, 32, 64] {
        let function = large(voices);
        let began = Instant::now();
        match jit.compile(&function, RATE, 1) {
            Ok(_) => println!(
                "compiling {} operations: {:.2?}",
                function.ops.len(),
                began.elapsed()
            ),
            Err(error) => println!("{} operations: {error}", function.ops.len()),
        }
    }
    Ok(())
}
