//! Where numbers and sizes end: both still compute the same bits, or code is refused.

use super::*;

#[test]
fn a_reverb_gives_the_interpreter_s_bits_until_its_tail_is_denormal() {
    let mut b = Builder::new();
    let controls =
        CONTROLS.map(|(name, lo, hi)| b.control(Control::new(name, lo, lo, hi)).unwrap());
    let inputs = [b.input("0").unwrap(), b.input("1").unwrap()];
    let out = b.reverb(inputs[0], controls[1], controls[1]).unwrap();
    let f = Arc::new(b.finish(vec![out]));
    let steps: Vec<Step> = (0..2000).map(|i| (0, 1 << (i % 64), i)).collect();
    let [native, plain] = &jits();
    assert!(same_bits(native, &f, 44100, &steps).unwrap());
    assert!(same_bits(plain, &f, 44100, &steps).unwrap());
    let _flush = FlushDenormals::begin();
    assert!(same_bits(native, &f, 44100, &steps).unwrap());
}

#[test]
fn pitches_beyond_all_measure_have_the_same_bits_from_both() {
    // All controls stand still, one moves, all move.
    let steps: Vec<Step> = (0..60)
        .map(|i| ([0, 16, 31][i as usize % 3], 1 << (i * 7 % 64), i))
        .collect();
    // Up to what is infinite, and down to what is denormal.
    let factors = [1e7, 2.5e10, 1e15, 3e38, 1e-43];
    for (factor, n) in factors
        .into_iter()
        .flat_map(|f| (0..3).map(move |n| (f, n)))
    {
        let mut b = Builder::new();
        let controls =
            CONTROLS.map(|(name, lo, hi)| b.control(Control::new(name, lo, lo, hi)).unwrap());
        let factor = b.constant(factor).unwrap();
        let freq = b.add(Op::Mul(controls[4], factor)).unwrap();
        let freq = b.add(Op::Mul(freq, controls[0])).unwrap();
        let tones = [
            Op::Phasor(freq),
            Op::Saw(freq),
            Op::Square(freq, controls[1]),
        ];
        let out = b.add(tones[n]).unwrap();
        let f = Arc::new(b.finish(vec![out]));
        for jit in &jits() {
            assert!(same_bits(jit, &f, 48_000, &steps).unwrap());
        }
    }
}

#[test]
fn envelopes_of_any_constants_have_the_same_bits_from_both() {
    let odd = [0.0, -1.0, 0.3, 1e-40, 3e38, f32::INFINITY, f32::NAN];
    for (n, first) in odd.into_iter().enumerate() {
        let mut b = Builder::new();
        let controls =
            CONTROLS.map(|(name, lo, hi)| b.control(Control::new(name, lo, lo, hi)).unwrap());
        let others = [n + 1, n + 2, n + 4].map(|n| odd[n % odd.len()]);
        let [decay, sustain, release] = others.map(|x| b.constant(x).unwrap());
        let attack = b.constant(first).unwrap();
        let gate = controls[1];
        let env = Op::Adsr {
            attack,
            decay,
            sustain,
            release,
            gate,
        };
        let env = b.add(env).unwrap();
        let saw = b.add(Op::Saw(controls[0])).unwrap();
        let out = b.add(Op::Lowpass(saw, env, attack)).unwrap();
        let f = Arc::new(b.finish(vec![out]));
        let steps: Vec<Step> = (0..40)
            .map(|i| ([0, 2, 31][i as usize % 3], 1 << (i * 11 % 64), i))
            .collect();
        let jit = &jits()[n % 2];
        assert!(same_bits(jit, &f, 48_000, &steps).unwrap());
        let _flush = FlushDenormals::begin();
        assert!(same_bits(jit, &f, 48_000, &steps).unwrap());
    }
}

#[test]
fn a_place_outside_its_delay_line_is_brought_back() {
    // Shorter than a grid step, and longer.
    for length in [10, 100] {
        brought_back(length);
    }
}

fn brought_back(length: u16) {
    let mut b = Builder::new();
    let x = b.input("x").unwrap();
    let out = b.add(Op::Allpass(x, length)).unwrap();
    let out = b.add(Op::Comb(out, x, x, length)).unwrap();
    let f = Arc::new(b.finish(vec![out]));
    let machine = Jit::new().unwrap().compile(&f, 44100, 1).unwrap();
    let mut state = vec![u32::MAX; machine.state_words()];
    let (mut scratch, mut outputs) = (Scratch::new(), [[0.0; GRID]]);
    let io = Io {
        from: 0,
        to: GRID,
        inputs: &[[0.5; GRID]],
        controls: &[],
        outputs: &mut outputs,
        scratch: &mut scratch,
    };
    machine.run(&mut state, io);
    // The all-pass's line has four words before it, and room for a grid step and three words after it.
    let comb = 4 + usize::from(length) + GRID + 3;
    let length = u32::from(length);
    let place = GRID as u32 % length;
    assert_eq!((state[0], state[comb]), (place, place));
}

#[test]
#[should_panic(expected = "the state's words")]
fn too_little_state_is_refused_before_anything_is_touched() {
    let machine = Jit::new().unwrap().compile(&acid(), 44100, 1).unwrap();
    let (mut scratch, mut outputs) = (Scratch::new(), [[0.0; GRID]]);
    let controls = vec![Lane::default(); CONTROLS.len()];
    let io = Io {
        from: 0,
        to: 1,
        inputs: &[[0.0; GRID]; 2],
        controls: &controls,
        outputs: &mut outputs,
        scratch: &mut scratch,
    };
    machine.run(&mut [0; 3], io);
}

#[test]
fn what_is_too_large_is_left_to_the_interpreter() {
    let mut b = Builder::new();
    let mut x: Sig = b.input("x").unwrap();
    for i in 0..200 {
        let cutoff = b.constant(100.0 + i as f32).unwrap();
        x = b.add(Op::Lowpass(x, cutoff, cutoff)).unwrap();
    }
    let f = Arc::new(b.finish(vec![x]));
    let refused = Jit::new().unwrap().compile(&f, 48000, 1);
    assert!(matches!(refused, Err(Refused::TooLarge(n)) if n > MAX_INSTRUCTIONS));
    let mut maker = Maker::new(Backend::MachineCode);
    let (large, small) = (maker.make(&f, 48000, 1), maker.make(&acid(), 48000, 1));
    maker.wait();
    assert_eq!(large.backend(), Backend::Interpreter);
    assert_eq!(small.backend(), Backend::MachineCode);
    let mut plain = Maker::new(Backend::Interpreter);
    assert_eq!(
        plain.make(&acid(), 48000, 1).backend(),
        Backend::Interpreter
    );
}
