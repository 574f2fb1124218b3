//! Voices that rest are not computed: nothing of that is heard, and nothing of it hangs on blocks or on what runs them.

#[expect(dead_code, reason = "other tests use the rest of it")]
mod common;

use common::Run;
use proptest::prelude::*;
use sorl_graph::signal::Backend;
use sorl_graph::{Block, Engine, NoteEvent, Session, Setup, TimedNote, When};

const SETUP: Setup = Setup { rate: common::RATE };

/// A note: its first frame, how many frames, its key.
type Note = (usize, usize, u8);

fn score(body: &str, count: usize) -> String {
    format!(
        "def f():\n    freq = control('freq', 220, 20, 4000)\n    gate = control('gate', 0, 0, 1)\n    {body}\n\
         node('n', f, count={count})\n"
    )
}

/// What an engine plays, left and right.
struct Player {
    session: Session,
    engine: Engine,
}

impl Player {
    fn new(score: &str, backend: Backend) -> Player {
        let mut session = Session::new();
        session.set_backend(backend);
        session
            .evaluate(score, When::Now)
            .unwrap_or_else(|e| panic!("{e}\n{score}"));
        let engine = Engine::new(SETUP, session.connect(SETUP));
        Player { session, engine }
    }

    fn play(
        &mut self,
        notes: &[Note],
        frames: usize,
        mut sizes: impl Iterator<Item = usize>,
    ) -> Vec<f32> {
        let mut events = Vec::new();
        for &(from, length, key) in notes {
            let (channel, velocity) = (0, 1.0);
            events.push((
                from,
                NoteEvent::On {
                    channel,
                    key,
                    velocity,
                },
            ));
            events.push((from + length, NoteEvent::Off { channel, key }));
        }
        events.sort_by_key(|event| event.0);
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        let mut at = 0;
        while at < frames {
            let to = frames.min(at + sizes.next().unwrap());
            let here = events.iter().filter(|event| (at..to).contains(&event.0));
            let notes: Vec<TimedNote> = here
                .map(|&(frame, event)| TimedNote {
                    frame: (frame - at) as u32,
                    event,
                })
                .collect();
            self.engine.process(Block {
                frames: to - at,
                inputs: &[],
                outputs: &mut [&mut left[at..to], &mut right[at..to]],
                host: None,
                notes: &notes,
            });
            self.session.tick();
            at = to;
        }
        left
    }
}

fn play(
    score: &str,
    backend: Backend,
    notes: &[Note],
    frames: usize,
    sizes: impl Iterator<Item = usize>,
) -> Vec<f32> {
    Player::new(score, backend).play(notes, frames, sizes)
}

fn bits(sound: &[f32]) -> Vec<u32> {
    sound.iter().map(|x| x.to_bits()).collect()
}

/// Notes with rests between, a long one and a short one.
const NOTES: [Note; 3] = [(100, 1000, 60), (9001, 700, 67), (11_300, 400, 64)];

#[test]
fn oscillators_and_noise_run_on_to_the_bit() {
    // Nothing but these and an envelope: as if every frame had been computed.
    for body in [
        "return (sine_osc(3.3) + saw(220) * 0.5) * adsr(0.003, 0.01, 0.5, 0.02, gate)",
        "return white_noise() * square(700, 0.3) * adsr(0.003, 0.01, 0.5, 0.02, gate)",
        "return tanh(sine_osc(0.4) * saw(300)) * adsr(0.003, 0.004, 0, 0.2, gate)",
        "return tanh(triangle(90 * 2) * phasor(0.7) * 2) * adsr(0.003, 0.01, 0.0, 0.02, gate)",
        // A stroke, and what is held from the gate: nothing of them hangs on what is left out either.
        "return saw(330) * ar(0.003, 0.02, gate)",
        "return latch(white_noise(), trigger(gate)) * sine_osc(500) * ar(0.001, 0.01, gate) ** 2",
    ] {
        let score = score(body, 1);
        let found = play(
            &score,
            Backend::MachineCode,
            &NOTES,
            16_000,
            std::iter::repeat(512),
        );
        let function = common::function(score.split("node(").next().unwrap());
        let [all, _] = Run::new(&function, seed("n")).frames(16_000, 64, |name, frame| {
            let high = NOTES.iter().any(|n| (n.0..n.0 + n.1).contains(&frame));
            (name == "gate").then_some(f32::from(high))
        });
        assert!(found[9050..9700].iter().any(|x| x.abs() > 0.01), "{body}");
        // −0 and 0 are the same sound.
        let differs = found.iter().zip(&all).position(|(a, b)| a != b);
        assert_eq!(differs, None, "{body}");
    }
}

/// The seed of a node: noise hangs on it.
fn seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn lines_and_decays_are_heard_until_they_have_rung_out() {
    // Long after one another: a note that comes into the tail of the last is led over to.
    let notes: [Note; 2] = [(100, 1000, 60), (15_001, 700, 67)];
    for body in [
        "return echo(saw(330) * ar(0.001, 0.01, gate), 20, 0.1)",
        "return sine_osc(200) * decay(0.99, gate)",
        "return chorus(saw(220) * adsr(0.003, 0.01, 0.5, 0.02, gate))",
        "return delay(white_noise() * ar(0.001, 0.01, gate), 3000.5)",
    ] {
        let score = score(body, 1);
        let found = play(
            &score,
            Backend::MachineCode,
            &notes,
            24_000,
            std::iter::repeat(512),
        );
        let function = common::function(score.split("node(").next().unwrap());
        let [all, _] = Run::new(&function, seed("n")).frames(24_000, 64, |name, frame| {
            let high = notes.iter().any(|n| (n.0..n.0 + n.1).contains(&frame));
            (name == "gate").then_some(f32::from(high))
        });
        let off = found
            .iter()
            .zip(&all)
            .position(|(a, b)| (a - b).abs() > 1e-9);
        let differs = off.map(|i| (i, found[i], all[i]));
        assert_eq!(differs, None, "{body}");
        assert!(found[15_050..].iter().any(|x| x.abs() > 0.01), "{body}");
    }
}

#[test]
fn a_filter_before_the_envelope_waits_as_it_is() {
    // It rises towards 1, but only while it is run: through the first note, its release and the rest of the step.
    let body = "return onepole(1, 20) * adsr(0, 0, 1, 0.01, gate)";
    let one = score(body, 1);
    let heard = play(
        &one,
        Backend::MachineCode,
        &[(64, 960, 60), (9000, 100, 60)],
        9200,
        std::iter::repeat(64),
    );
    let level =
        |frames: i32| 1.0 - (-std::f64::consts::TAU * 20.0 / 48_000.0 * f64::from(frames)).exp();
    // It rests from the first frame's step on, wakes at 64, rests at 1536: 480 frames of release end at 1504.
    let awake = 64 + (1536 - 64);
    assert!(
        (f64::from(heard[9010]) - level(awake + 11)).abs() < 1e-4,
        "{} {}",
        heard[9010],
        level(awake + 11)
    );
}

#[test]
fn a_wire_into_the_gate_wakes_at_its_frame() {
    let text = "def clock():\n    return (phasor(10) < 0.25) * (phasor(1) > 0.5)\n\
                def f():\n    gate = control('gate', 0, 0, 1)\n    return sine_osc(1000) * adsr(0, 0.01, 0.5, 0.01, gate)\n\
                c = node('clock', clock)\nn = node('n', f, count=COUNT)\nc >> n['gate']\n";
    for count in ["1", "3", "5"] {
        let text = text.replace("COUNT", count);
        let run = |sizes: &[usize]| {
            play(
                &text,
                Backend::MachineCode,
                &[],
                48_000,
                sizes.iter().copied().cycle(),
            )
        };
        let heard = run(&[512]);
        // Silent for half a second; then gates of 1200 frames every 4800.
        assert!(heard[..24_001].iter().all(|x| *x == 0.0));
        assert!(heard[24_010..25_000].iter().any(|x| x.abs() > 0.1));
        assert_eq!(bits(&heard), bits(&run(&[1, 77, 64, 300])));
    }
}

#[test]
fn a_voice_that_rests_while_it_is_edited_rests_on() {
    let before = score(
        "return (sine_osc(3) * 0.5) * adsr(0.003, 0.01, 0.5, 0.02, gate)",
        2,
    );
    let after = before.replace("* 0.5", "* 0.25");
    let notes = [(100, 1000, 60), (15_000, 1000, 60)];
    let mut player = Player::new(&before, Backend::MachineCode);
    player.session.evaluate(&after, When::Frame(7001)).unwrap();
    let edited = player.play(&notes, 20_000, std::iter::repeat(512));
    let whole = play(
        &after,
        Backend::MachineCode,
        &notes,
        20_000,
        std::iter::repeat(512),
    );
    assert_eq!(edited[8000..], whole[8000..]);
    assert!(edited[15_500].abs() > 1e-3);
}

/// Functions that rest in all sorts of ways, and some that never do.
const BODIES: [&str; 15] = [
    "return lowpass(saw(freq), 500 + adsr(0.001, 0.01, 0.5, 0.01, gate) * 900) * adsr(0.001, 0.01, 0.5, 0.01, gate)",
    "return lowpass(saw(freq) * adsr(0.001, 0.003, 0.0, 0.1, gate), 2000)",
    "lfo = sine_osc(5)\n    return sine_osc(freq * (1 + lfo * 0.01)) * adsr(0.001, 0.01, 0.5, 0.003, gate), pink_noise() * adsr(0.0, 0.01, 0.5, 0.006, gate)",
    "return dcblock(square(freq, 0.3 + 0.2 * sine_osc(0.7)) * adsr(0.001, 0.01, 0.5, 0.003, gate))",
    "return softclip(highpass(white_noise() * adsr(0.0, 0.004, 0.0, 0.002, gate), 3000, 4))",
    "env = adsr(0.001, 0.01, 0.5, 0.003, gate)\n    return ladder(saw(freq), 300 + env * 2000, 0.7) * env",
    "return ladder(saw(freq) * adsr(0.001, 0.01, 0.5, 0.003, gate), 2000, 0.4)",
    "return latch(white_noise(), trigger(sine_osc(90))) * adsr(0.001, 0.01, 0.5, 0.003, gate)",
    "return chorus(saw(freq) * adsr(0.001, 0.01, 0.5, 0.003, gate))",
    "return sine_osc(50 + 200 * decay(0.99, gate)) * decay(0.98, gate)",
    "return ladder(saw(freq), 300 + 2000 * ar(0, 0.003, gate), 0.5) * ar(0.001, 0.01, gate)",
    "return latch(white_noise(), trigger(gate)) * saw(freq) * ar(0.0, 0.005, gate), sine_osc(freq) * decay(0.99, gate > 0.3)",
    "return echo(saw(freq) * ar(0.0, 0.005, gate), 3, 0.2)",
    "return reverb(white_noise() * decay(0.97, gate), 0.0, 1.0) * 0.001",
    "return delay(saw(freq) * ar(0.0, 0.005, gate), 90.5) + flanger(sine_osc(freq) * decay(0.97, gate), 0.2, 0.001, 0.1)",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rest_hangs_neither_on_blocks_nor_on_what_runs_the_voices(
        body in 0..BODIES.len(),
        count in prop::sample::select(&[1usize, 2, 4, 6, 9][..]),
        notes in prop::collection::vec((0usize..9000, 1usize..900, 40u8..80), 1..9),
        sizes in prop::collection::vec(1usize..700, 1..9),
    ) {
        let score = score(BODIES[body], count);
        let run = |backend, sizes: &[usize]| {
            bits(&play(&score, backend, &notes, 10_000, sizes.iter().copied().cycle()))
        };
        let whole = run(Backend::MachineCode, &[10_000]);
        prop_assert!(whole == run(Backend::MachineCode, &sizes), "blocks");
        prop_assert!(whole == run(Backend::Interpreter, &sizes), "interpreter");
    }
}
