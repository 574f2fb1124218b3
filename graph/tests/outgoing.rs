//! What patterns send out, the keys they play, and the level and place of single notes: at the exact frame,
//! whatever the blocks, without allocation.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use sorl_graph::pattern::{Message, Said};
use sorl_graph::session::Sent;
use sorl_graph::{Block, Engine, NoteEvent, Session, Setup, TimedNote, When};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// At 120 bpm a cycle of four beats has 96,000 frames.
const RATE: u32 = 48000;
const TONE: &str =
    "def tone():\n    return control('freq', 0, 0, 20000) * control('gate', 0, 0, 1) / 20000\n";
const LEVEL: &str = "def level():\n    return control('gate', 0, 0, 1) * 0.5\n";

struct Player {
    session: Session,
    engine: Engine,
    notes: Vec<(usize, NoteEvent)>,
    midi: Vec<(usize, [u8; 3])>,
    out: Vec<[f32; 2]>,
    sent: Vec<Sent>,
}

impl Player {
    fn new(score: &str) -> Player {
        let mut session = Session::new();
        session
            .evaluate(&format!("tempo(120)\n{score}\n"), When::Now)
            .unwrap_or_else(|e| panic!("{}", e.render("score", score)));
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        session.play();
        Player {
            session,
            engine,
            notes: Vec::new(),
            midi: Vec::new(),
            out: Vec::new(),
            sent: Vec::new(),
        }
    }

    fn key(mut self, frame: usize, key: u8, down: bool) -> Player {
        let event = match down {
            true => NoteEvent::On {
                channel: 0,
                key,
                velocity: 0.5,
            },
            false => NoteEvent::Off { channel: 0, key },
        };
        self.notes.push((frame, event));
        self
    }

    fn run(mut self, frames: usize, sizes: &mut dyn Iterator<Item = usize>) -> Player {
        let (mut left, mut right) = (vec![0.0; 8192], vec![0.0; 8192]);
        let end = self.out.len() + frames;
        while self.out.len() < end {
            let at = self.out.len();
            let size = sizes.next().unwrap_or(64).clamp(1, 8192).min(end - at);
            let here = |n: &&(usize, NoteEvent)| (at..at + size).contains(&n.0);
            let notes: Vec<TimedNote> = self
                .notes
                .iter()
                .filter(here)
                .map(|(frame, event)| TimedNote {
                    frame: (frame - at) as u32,
                    event: *event,
                })
                .collect();
            let engine = &mut self.engine;
            assert_no_alloc(|| {
                engine.process(Block {
                    inputs: &[],
                    outputs: &mut [&mut left, &mut right],
                    frames: size,
                    host: None,
                    notes: &notes,
                });
            });
            let midi = self.engine.midi_out().iter();
            self.midi
                .extend(midi.map(|m| (at + m.frame as usize, m.bytes)));
            let frames = left[..size].iter().zip(&right);
            self.out.extend(frames.map(|(l, r)| [*l, *r]));
            self.session.tick();
            self.sent.extend(self.session.take_sent());
        }
        self
    }

    fn whole(self, frames: usize) -> Player {
        self.run(frames, &mut std::iter::repeat(4096))
    }
}

#[test]
fn notes_go_out_and_end_at_their_frames() {
    let player = Player::new("midi_out(2) @ note('c4 e4 ~ g4', vel='1 0.5 1 1')").whole(96_001);
    assert_eq!(
        player.midi,
        [
            (0, [0x92, 60, 127]),
            (24_000, [0x82, 60, 0]),
            (24_000, [0x92, 64, 64]),
            (48_000, [0x82, 64, 0]),
            (72_000, [0x92, 67, 127]),
            (96_000, [0x82, 67, 0]),
            (96_000, [0x92, 60, 127]),
        ]
    );
    // krach's words: a channel, a velocity and a length of each note's own.
    let player = Player::new("play('synth', midi_note(60, 90, 3, 0.5) + rest())").whole(48_001);
    assert_eq!(player.midi, [(0, [0x93, 60, 90]), (24_000, [0x83, 60, 0])]);
}

#[test]
fn what_goes_out_is_nudged_whole_notes_and_all() {
    // A hundredth of a second has 480 frames.
    let player = Player::new("midi_out() @ note('c4 e4').nudge('0.01 -0.01').legato(0.5)");
    assert_eq!(
        player.whole(96_000).midi,
        [
            (480, [0x90, 60, 100]),
            (24_480, [0x80, 60, 0]),
            (47_520, [0x90, 64, 100]),
            (71_520, [0x80, 64, 0]),
        ]
    );
    // A curve says it anew of each step; controllers and messages go along.
    let player = Player::new(
        "play('knob', cc(74, '0 64 127 3', 1).nudge(ramp.range(0, 0.04)))\nplay('dim', osc('/dim').nudge(0.1))",
    )
    .whole(96_000);
    let frames: Vec<usize> = player.midi.iter().map(|m| m.0).collect();
    assert_eq!(frames, [0, 24_480, 48_960, 73_440]);
    assert_eq!(
        player.sent.iter().map(|s| s.frame).collect::<Vec<_>>(),
        [4_800]
    );
}

#[test]
fn controllers_go_out_in_steps_and_from_curves() {
    let player = Player::new("play('knob', cc(74, '0 64 127', 1))").whole(96_000);
    assert_eq!(
        player.midi,
        [
            (0, [0xb1, 74, 0]),
            (32_000, [0xb1, 74, 64]),
            (64_000, [0xb1, 74, 127])
        ]
    );
    let player = Player::new("play('knob', cc(1, ramp.range(0, 100).segment(4)))").whole(96_000);
    let values: Vec<u8> = player.midi.iter().map(|m| m.1[2]).collect();
    assert_eq!(values, [0, 25, 50, 75]);
}

#[test]
fn a_stopped_song_leaves_no_note_behind() {
    let mut player = Player::new("midi_out() @ note('c4', 'e4')").whole(10_000);
    assert_eq!(player.midi.len(), 2);
    player.session.stop();
    let player = player.whole(4096);
    let ends: Vec<_> = player.midi[2..].to_vec();
    assert_eq!(ends.len(), 2);
    assert!(
        ends.iter()
            .all(|(frame, m)| *frame == 10_000 && m[0] == 0x80)
    );
}

#[test]
fn messages_reach_the_control_side_with_their_frame_and_value() {
    let player = Player::new(
        "play('lights', osc('/dim', 0.5, 'red') + rest())\nplay('level', ctrl('bass/cutoff', '<300 400> 500'))",
    )
    .whole(96_001);
    let osc = Message::Osc {
        address: "/dim".into(),
        args: vec![Said::Number(0.5), Said::Word("red".into())],
    };
    let control = Message::Control {
        label: "bass/cutoff".into(),
    };
    let mut found: Vec<(i64, Message, f32)> = player
        .sent
        .into_iter()
        .map(|s| (s.frame, s.message, s.value))
        .collect();
    found.sort_by_key(|s| (s.0, s.2 as i64));
    assert_eq!(
        found,
        [
            (0, osc.clone(), 0.0),
            (0, control.clone(), 300.0),
            (48_000, control.clone(), 500.0),
            (96_000, osc, 0.0),
            (96_000, control, 400.0),
        ]
    );
}

#[test]
fn held_keys_are_played_one_after_the_other() {
    let score = format!("{TONE}t = node('t', tone)\nt @ midi_in().arp('up', 8).legato(0.5)");
    let player = Player::new(&score)
        .key(6_000, 64, true)
        .key(6_000, 60, true)
        .key(60_000, 60, false)
        .key(80_000, 64, false)
        .whole(96_000);
    // An eighth has 12,000 frames; in its middle of the first half the note sounds.
    let sounding: Vec<i64> = (0..8)
        .map(|step| {
            let hertz = f64::from(player.out[step * 12_000 + 3_000][0]) * 20_000.0;
            match hertz {
                0.0 => 0,
                hertz => (69.0 + 12.0 * (hertz / 440.0).log2()).round() as i64,
            }
        })
        .collect();
    assert_eq!(sounding, [0, 64, 60, 64, 60, 64, 64, 0]);
}

#[test]
fn each_note_has_its_own_level_and_place() {
    for count in [1, 6] {
        let score = format!(
            "{LEVEL}t = node('t', level, count={count})\nt @ (hit() + hit()).set(gain='1 0.5', pan='-1 0').legato(0.5)"
        );
        let player = Player::new(&score).whole(96_000);
        let at = |frame: usize| player.out[frame].map(|x| (x * 1000.0).round() / 1000.0);
        assert_eq!(at(12_000), [0.707, 0.0], "{count} voices");
        assert_eq!(at(60_000), [0.25, 0.25], "{count} voices");
        assert_eq!(at(40_000), [0.0, 0.0], "{count} voices");
    }
}

const BUSY: &str = "
midi_out(1) @ note(\"<c4'min7 f3'maj7>\").arp('updown').fast(3).legato(1.2).sometimes(lambda x: x.fast(2))
play('more', midi_note('c2*7 e2*5', 90, 1).nudge(rand.range(-0.1, 0.1)) | cc(7, sine.range(0, 127).segment(13)))
t @ midi_in().struct('x*11').arp('converge').set(gain=rand.range(0.2, 1), pan=sine.range(-1, 1))
";

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn blocks_of_any_size_send_and_play_the_same(sizes in prop::collection::vec(1usize..3000, 1..30)) {
        let player = || {
            let score = format!("{TONE}t = node('t', tone, count=4)\n{BUSY}");
            Player::new(&score)
                .key(700, 60, true)
                .key(9_001, 67, true)
                .key(9_001, 64, true)
                .key(30_000, 60, false)
        };
        let whole = player().whole(60_000);
        prop_assert!(whole.midi.len() > 4 && whole.out.iter().any(|x| x[0] != x[1]));
        let cut = player().run(60_000, &mut sizes.iter().copied().cycle());
        prop_assert_eq!(&cut.midi, &whole.midi);
        let bits = |p: &Player| -> Vec<[u32; 2]> {
            p.out.iter().map(|x| x.map(f32::to_bits)).collect()
        };
        prop_assert!(bits(&cut) == bits(&whole));
    }
}
