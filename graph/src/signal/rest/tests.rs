//! What rests and what never does.

use super::lines::LOOK;
use super::*;
use crate::signal::text::parse;
use crate::signal::{Builder, Control, GRID};

const RATE: u32 = 48000;

fn rest(text: &str) -> Option<Rest> {
    let f = parse(text).unwrap();
    Rest::of(&f, &Layout::new(&f, RATE), RATE)
}
/// What a function of a score's gate `g` and of noise `x` must wait for.
fn of(build: impl FnOnce(&mut Builder, Sig, Sig) -> Sig) -> (Option<Rest>, Layout) {
    let mut b = Builder::new();
    let gate = b.control(Control::new("gate", 0.0, 0.0, 1.0)).unwrap();
    let noise = b.noise().unwrap();
    let out = build(&mut b, gate, noise);
    let f = crate::signal::passes::optimise(&b.finish(vec![out]));
    let layout = Layout::new(&f, RATE);
    (Rest::of(&f, &layout, RATE), layout)
}

#[test]
fn strokes_and_decays_rest_when_they_are_over_until_they_are_struck() {
    let (stroke, _) = of(|b, gate, x| {
        let (attack, release) = (b.constant(0.001).unwrap(), b.constant(0.002).unwrap());
        let level = b.ar(attack, release, gate).unwrap();
        b.add(Op::Mul(x, level)).unwrap()
    });
    let stroke = stroke.unwrap();
    // 48 frames up and 96 down, from a count of 1 on.
    assert_eq!(stroke.counts.len(), 1);
    // A thousandth of a second is a little more than 48 frames, as single precision has it.
    let from = f32::from_bits(stroke.counts[0].from);
    assert!((145.0..=146.0).contains(&from), "{from}");
    let gate = stroke.gates(&[0; 9]).next().unwrap();
    assert!(gate.turns(0.5) && !gate.turns(0.4));
    let (decay, _) = of(|b, gate, x| {
        let rate = b.constant(0.99).unwrap();
        let level = b.decay(rate, Some(gate)).unwrap();
        b.add(Op::Mul(x, level)).unwrap()
    });
    let decay = decay.unwrap();
    assert_eq!(decay.memories.len(), 1);
    let gate = decay.gates(&[0; 9]).next().unwrap();
    assert!(gate.turns(0.1) && !gate.turns(0.0));
    let mut state = [0; 9];
    assert!(decay.holds(&state) && stroke.holds(&state));
    state[decay.memories[0] as usize] = 0.1f32.to_bits();
    assert!(!decay.holds(&state));
    let mut state = [0; 9];
    state[stroke.counts[0].place as usize] = (from - 1.0).to_bits();
    assert!(!stroke.holds(&state));
    state[stroke.counts[0].place as usize] = from.to_bits();
    assert!(stroke.holds(&state));
}

#[test]
fn what_is_held_from_a_strike_waits_and_what_is_held_from_elsewhere_runs() {
    let held = |from_gate: bool| {
        let (rest, _) = of(|b, gate, x| {
            let time = b.constant(0.1).unwrap();
            let env = b.ar(time, time, gate).unwrap();
            let freq = b.constant(3.0).unwrap();
            let lfo = b.add(Op::Sine(freq)).unwrap();
            let trigger = b.trigger(if from_gate { gate } else { lfo }).unwrap();
            let held = b.latch(x, trigger).unwrap();
            b.add(Op::Mul(held, env)).unwrap()
        });
        rest
    };
    assert_eq!(held(true).unwrap().strikes.len(), 2);
    assert_eq!(held(false), None);
}

#[test]
fn lines_behind_the_envelope_ring_out_and_those_before_it_never_rest() {
    let (rest, layout) = of(|b, gate, x| {
        let time = b.constant(0.1).unwrap();
        let env = b.ar(time, time, gate).unwrap();
        let x = b.add(Op::Mul(x, env)).unwrap();
        b.echo(x, 10.0, 0.5).unwrap()
    });
    let rest = rest.unwrap();
    assert_eq!(rest.lines.len(), 1);
    let Line { first, count } = rest.lines[0];
    let mut state = vec![0; layout.words];
    assert!(rest.holds(&state));
    for at in [first, first + count / 2, first + count - 1] {
        for (x, rests) in [(1e-11, true), (-1e-9f32, false), (f32::NAN, false)] {
            state[at as usize] = x.to_bits();
            assert_eq!(rest.holds(&state), rests);
        }
        state[at as usize] = 1e-11f32.to_bits();
    }
    rest.begin(&mut state);
    assert!(state.iter().all(|word| *word == 0));
    // Looked at once in 1024 frames, at any rate and wherever the grid began.
    for factor in [1u32, 8] {
        let step = i64::from(factor) * GRID as i64;
        let looks = (0..100).filter(|k| rest.is_due(30 + k * step, factor));
        let (looks, due) = (looks.count() as i64, (100 * step / LOOK).min(100));
        assert!((due..=due + 1).contains(&looks), "{looks}");
    }
    let (before, _) = of(|b, gate, x| {
        let time = b.constant(0.1).unwrap();
        let env = b.ar(time, time, gate).unwrap();
        let x = b.echo(x, 10.0, 0.5).unwrap();
        b.add(Op::Mul(x, env)).unwrap()
    });
    assert_eq!(before, None);
    let (long, _) = of(|b, gate, x| {
        let time = b.constant(0.1).unwrap();
        let env = b.ar(time, time, gate).unwrap();
        let x = b.add(Op::Mul(x, env)).unwrap();
        b.echo(x, 5000.0, 0.5).unwrap()
    });
    assert_eq!(long, None, "too long to be looked through");
}

/// With an envelope as %2 and noise as %3.
fn gated(rest_of_it: &str) -> Option<Rest> {
    rest(&format!(
        "control name=\"gate\" init=0.0 lo=0.0 hi=1.0\n%0 = control \"gate\"\n%1 = const 0.1\n\
         %2 = adsr attack=%1 decay=%1 sustain=%1 release=%1 gate=%0\n%3 = noise 1\n{rest_of_it}"
    ))
}

#[test]
fn an_envelope_on_its_gate_silences_what_it_multiplies() {
    let rest = gated("%4 = lowpass %3 %1 %1\n%5 = mul %4 %2\n%6 = unary tanh %5\nout %6").unwrap();
    let gates: Vec<Gate> = rest.gates(&[0; 8]).collect();
    assert!(gates.len() == 1 && gates[0].control == 0);
    assert!(gates[0].turns(0.5) && !gates[0].turns(0.4));
    // The noise and the filter may be anywhere.
    assert!(rest.holds(&[9, 9, 0x8000_0000, 0, 9, 9, 9, 9]));
    assert!(!rest.holds(&[0, 0, 1, 0, 0, 0, 0, 0]) && !rest.holds(&[0, 0, 0, 1, 0, 0, 0, 0]));
}

#[test]
fn what_sustains_at_nought_rests_while_its_gate_is_high() {
    let text = |sustain: &str| {
        format!(
            "control name=\"gate\" init=0.0 lo=0.0 hi=1.0\n%0 = control \"gate\"\n%1 = const 0.1\n\
             %2 = const {sustain}\n%3 = adsr attack=%1 decay=%1 sustain=%2 release=%1 gate=%0\nout %3"
        )
    };
    let long_ago = [900f32.to_bits(), 0, 0, 1];
    let (fades, stays) = (rest(&text("0.0")).unwrap(), rest(&text("0.2")).unwrap());
    assert!(fades.holds(&long_ago) && !stays.holds(&long_ago));
    let gate = fades.gates(&long_ago).next().unwrap();
    assert!(gate.turns(0.4) && !gate.turns(0.5));
    // An attack that has just begun.
    assert!(!fades.holds(&[1f32.to_bits(), 0, 0, 1]));
}

#[test]
fn a_filter_behind_the_envelope_rings_out_first() {
    let rest = gated("%4 = mul %2 %3\n%5 = lowpass %4 %1 %1\nout %5").unwrap();
    let mut state = [9, 9, 0, 0, 9, 9, 1e-16f32.to_bits(), 0];
    assert!(rest.holds(&state));
    rest.begin(&mut state);
    assert_eq!(state, [9, 9, 0, 0, 9, 9, 0, 0]);
    for loud in [1e-14f32, -1.0, f32::NAN] {
        state[7] = loud.to_bits();
        assert!(!rest.holds(&state));
    }
}

#[test]
fn what_sounds_by_itself_or_must_not_wait_never_rests() {
    assert_eq!(rest("%0 = const 440.0\n%1 = sine %0\nout %1"), None);
    assert_eq!(rest("input \"x\"\n%0 = input \"x\"\nout %0"), None);
    assert!(gated("%4 = mul %3 %2\nout %4").is_some());
    for body in [
        // Something besides the envelope, in one of two outputs, by a shape that is not nought at nought.
        "%4 = mul %3 %2\n%5 = add %4 %3\nout %5",
        "%4 = mul %3 %2\nout %4 %3",
        "%4 = mul %3 %2\n%5 = unary cos %4\nout %5",
        // What a delay holds would come out at the wrong time, and what counts must not stand.
        "%4 = allpass %3 20\n%5 = mul %4 %2\nout %5",
        "%4 = delay %3 %1\n%5 = mul %4 %2\nout %5",
        "%4 = last 1\n%5 = add %4 %1\n%6 = feed %4 %5 %5\n%7 = mul %6 %2\nout %7",
        "%4 = last 1\n%5 = binary gt %3 %1\n%6 = add %4 %5\n%7 = feed %4 %6 %6\n%8 = mul %7 %2\nout %8",
    ] {
        assert_eq!(gated(body), None, "{body}");
    }
}

#[test]
fn a_ladder_rests_before_the_envelope_and_when_it_has_rung_out_behind_it() {
    let with = |behind: bool| {
        let mut b = Builder::new();
        let gate = b.control(Control::new("gate", 0.0, 0.0, 1.0)).unwrap();
        let (time, x) = (b.constant(0.1).unwrap(), b.noise().unwrap());
        let env = Op::Adsr {
            attack: time,
            decay: time,
            sustain: time,
            release: time,
            gate,
        };
        let env = b.add(env).unwrap();
        let out = if behind {
            let x = b.add(Op::Mul(x, env)).unwrap();
            b.ladder(x, 800.0, 0.5).unwrap()
        } else {
            let x = b.ladder(x, 800.0, 0.5).unwrap();
            b.add(Op::Mul(x, env)).unwrap()
        };
        let f = b.finish(vec![out]);
        let layout = Layout::new(&f, RATE);
        (Rest::of(&f, &layout, RATE).unwrap(), layout.words)
    };
    // Noise, envelope, and four words of the ladder.
    let (before, words) = with(false);
    assert_eq!((words, before.memories.len()), (10, 0));
    let (behind, _) = with(true);
    assert_eq!(behind.memories.len(), 4);
    let mut state = [0; 10];
    assert!(behind.holds(&state));
    state[behind.memories[2] as usize] = 0.1f32.to_bits();
    assert!(!behind.holds(&state) && before.holds(&[0; 10]));
}
