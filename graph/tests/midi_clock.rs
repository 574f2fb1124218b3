//! The song as a MIDI clock: every pulse on its frame, with start, stop, continue and song position, whatever the
//! tempo does and however the blocks are cut.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use sorl_graph::io::midi::{ClockIn, ClockWord};
use sorl_graph::time::{Beats, HostTime, Tempo};
use sorl_graph::{Block, Engine, Session, Setup, When};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const START: u8 = 0xfa;
const CONTINUE: u8 = 0xfb;
const STOP: u8 = 0xfc;
const PULSE: u8 = 0xf8;
const POSITION: u8 = 0xf2;

/// Where a host's song is from a frame on, and how fast; none where it stands.
type Leg = (usize, Option<(f64, f64)>);

struct Player {
    session: Session,
    engine: Engine,
    rate: u32,
    frame: usize,
    midi: Vec<(usize, [u8; 3])>,
    host: Vec<Leg>,
}

impl Player {
    fn new(rate: u32, score: &str) -> Player {
        let mut session = Session::new();
        session
            .evaluate(score, When::Now)
            .unwrap_or_else(|e| panic!("{}", e.render("score", score)));
        let setup = Setup { rate };
        let engine = Engine::new(setup, session.connect(setup));
        session.play();
        Player {
            session,
            engine,
            rate,
            frame: 0,
            midi: Vec::new(),
            host: Vec::new(),
        }
    }

    /// With a host, whose legs begin at these frames.
    fn hosted(rate: u32, score: &str, host: &[Leg]) -> Player {
        Player {
            host: host.to_vec(),
            ..Player::new(rate, score)
        }
    }

    fn host_time(&self) -> Option<HostTime> {
        let (began, leg) = *self.host.iter().rfind(|leg| leg.0 <= self.frame)?;
        let minutes = (self.frame - began) as f64 / f64::from(self.rate) / 60.0;
        Some(HostTime {
            playing: leg.is_some(),
            beat: leg.map(|(beat, bpm)| Beats::from_f64(beat + minutes * bpm)),
            tempo: leg.map(|(_, bpm)| Tempo::from_bpm(bpm)),
            ..HostTime::default()
        })
    }

    /// Plays on, in blocks of these sizes; a host's leg always begins with a block.
    fn run(&mut self, frames: usize, sizes: &mut dyn Iterator<Item = usize>) {
        let (mut left, mut right) = (vec![0.0; 8192], vec![0.0; 8192]);
        let end = self.frame + frames;
        while self.frame < end {
            let legs = self.host.iter().map(|leg| leg.0);
            let next = legs.filter(|at| *at > self.frame).min().unwrap_or(end);
            let most = next.min(end) - self.frame;
            let size = sizes.next().unwrap_or(64).clamp(1, 8192).min(most);
            let host = self.host_time();
            let engine = &mut self.engine;
            assert_no_alloc(|| {
                engine.process(Block {
                    inputs: &[],
                    outputs: &mut [&mut left, &mut right],
                    frames: size,
                    host,
                    notes: &[],
                });
            });
            let frame = self.frame;
            let midi = self.engine.midi_out().iter();
            self.midi
                .extend(midi.map(|m| (frame + m.frame as usize, m.bytes)));
            self.frame += size;
            self.session.tick();
        }
    }

    fn whole(mut self, frames: usize) -> Player {
        self.run(frames, &mut std::iter::repeat(4096));
        self
    }

    /// The frames of a kind of message.
    fn frames_of(&self, status: u8) -> Vec<usize> {
        let such = self.midi.iter().filter(|(_, m)| m[0] == status);
        such.map(|(frame, _)| *frame).collect()
    }

    /// What is no pulse and no note.
    fn words(&self) -> Vec<(usize, [u8; 3])> {
        let words = self.midi.iter().copied();
        words
            .filter(|(_, m)| m[0] >= 0xf0 && m[0] != PULSE)
            .collect()
    }
}

#[test]
fn pulses_stand_on_the_nearest_frame_at_any_tempo_and_rate() {
    for rate in [44_100, 48_000, 96_000] {
        for bpm in [40.0, 120.0, 133.7, 250.0] {
            let player = Player::new(rate, &format!("tempo({bpm})\nmidi_clock()\n"));
            let player = player.whole(rate as usize);
            assert_eq!(player.midi[0], (0, [START, 0, 0]));
            let pulses = player.frames_of(PULSE);
            let length = f64::from(rate) * 60.0 / bpm / 24.0;
            assert_eq!(pulses.len(), (f64::from(rate) / length - 1e-6) as usize + 1);
            for (k, frame) in pulses.iter().enumerate() {
                let off = *frame as f64 - k as f64 * length;
                assert!(off.abs() <= 0.5 + 1e-6, "{bpm} bpm, pulse {k}: {off}");
            }
            assert_eq!(player.words().len(), 1);
        }
    }
}

/// A note on each pulse of a bar.
const NOTES: &str = "midi_clock()\nmidi_out() @ note('c4*96')\n";

#[test]
fn pulses_follow_ramps_and_rubato_as_notes_do() {
    let score = format!(
        "tempo(90)\ntempo(180, at=1, ramp='linear', over=2)\nrubato(0.5, at=4, over=1)\n{NOTES}"
    );
    let player = Player::new(48_000, &score).whole(600_000);
    let pulses = player.frames_of(PULSE);
    assert!(pulses.len() > 96 * 5, "{}", pulses.len());
    assert_eq!(pulses, player.frames_of(0x90));
    let steps: Vec<usize> = pulses.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(steps[0] > 1330 && steps.iter().min().is_some_and(|s| *s < 670));
}

#[test]
fn who_follows_the_clock_is_where_the_song_is() {
    let player = Player::new(48_000, "tempo(133)\nmidi_clock()\n").whole(480_000);
    let mut follower = ClockIn::new(48_000);
    for (frame, bytes) in &player.midi {
        follower.take(ClockWord::of(bytes).unwrap(), *frame as f64);
    }
    let song = player.engine.segment().unwrap().beat_of(480_000).to_f64();
    let off = follower.at(480_000.0).beat.unwrap().to_f64() - song;
    assert!(off.abs() < 1e-3, "{off}");
}

#[test]
fn a_song_that_goes_elsewhere_says_where_and_joins_on_a_sixteenth() {
    // 120 bpm: a beat has 24,000 frames, a pulse 1,000.
    let legs = [
        (0, Some((0.0, 120.0))),
        (10_500, Some((8.1, 120.0))),
        (40_000, None),
        (50_000, Some((8.25, 120.0))),
    ];
    let player = Player::hosted(48_000, "midi_clock()\n", &legs).whole(60_000);
    assert_eq!(
        player.words(),
        [
            (0, [START, 0, 0]),
            (10_500, [STOP, 0, 0]),
            (10_500, [POSITION, 33, 0]),
            // Beat 8.25.
            (14_100, [CONTINUE, 0, 0]),
            (40_000, [STOP, 0, 0]),
            (50_000, [POSITION, 33, 0]),
            (50_000, [CONTINUE, 0, 0]),
        ]
    );
    let stands = player.frames_of(PULSE).into_iter();
    assert_eq!(stands.filter(|f| (40_000..50_000).contains(f)).count(), 0);
    // The one with which they go on is the first of the sixteenth.
    assert!(player.frames_of(PULSE).contains(&14_100));
}

#[test]
fn a_loop_says_each_time_where_it_goes_on() {
    let round = |n: usize| (n * 48_000, Some((4.0, 120.0)));
    let legs: Vec<Leg> = (0..3).map(round).collect();
    let player = Player::hosted(48_000, "midi_clock()\n", &legs).whole(3 * 48_000);
    let at = |frame| [(frame, [POSITION, 16, 0]), (frame, [CONTINUE, 0, 0])];
    let mut wanted = at(0).to_vec();
    for frame in [48_000, 96_000] {
        wanted.push((frame, [STOP, 0, 0]));
        wanted.extend(at(frame));
    }
    assert_eq!(player.words(), wanted);
    let pulses: Vec<usize> = (0..144).map(|k| k * 1_000).collect();
    assert_eq!(player.frames_of(PULSE), pulses);
}

#[test]
fn before_the_beginning_nothing_ticks() {
    let legs = [(0, Some((-1.0, 120.0)))];
    let player = Player::hosted(48_000, "midi_clock()\n", &legs).whole(48_000);
    assert_eq!(player.words(), [(24_000, [START, 0, 0])]);
    assert_eq!(player.frames_of(PULSE).first(), Some(&24_000));
}

#[test]
fn the_clock_begins_and_ends_with_its_statement() {
    let mut player = Player::new(48_000, "tempo(120)\n").whole(12_288);
    assert_eq!(player.midi, []);
    player
        .session
        .evaluate("tempo(120)\nmidi_clock(False)\nmidi_clock()\n", When::Now)
        .unwrap();
    player.run(12_288, &mut std::iter::repeat(512));
    // In the middle of the song, which is not at its beginning.
    assert_eq!(
        player.words(),
        [(12_288, [POSITION, 3, 0]), (18_000, [CONTINUE, 0, 0])]
    );
    let off = "tempo(120)\nmidi_clock()\nmidi_clock(on=False)\n";
    player.session.evaluate(off, When::Now).unwrap();
    player.run(12_288, &mut std::iter::repeat(512));
    assert_eq!(player.midi.last(), Some(&(24_576, [STOP, 0, 0])));
    player.engine.send_clock(true);
    player.run(100, &mut std::iter::repeat(512));
    assert!(player.words().len() > 3, "also without the statement");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn blocks_of_any_size_send_the_same(
        sizes in prop::collection::vec(1usize..3000, 1..30),
        jumps in prop::collection::vec((0usize..60_000, -2.0..40.0f64, 50.0..220.0f64, 0..4), 0..4),
    ) {
        let mut legs: Vec<Leg> = vec![(0, Some((-0.3, 97.0)))];
        legs.extend(jumps.iter().map(|(at, beat, bpm, stands)| (*at, (*stands > 0).then_some((*beat, *bpm)))));
        legs.sort_by_key(|leg| leg.0);
        legs.dedup_by_key(|leg| leg.0);
        let hosted = || Player::hosted(44_100, NOTES, &legs);
        let own = || Player::new(44_100, &format!("tempo(80)\ntempo(200, at=1, ramp='exp')\n{NOTES}"));
        for player in [&hosted as &dyn Fn() -> Player, &own] {
            let whole = player().whole(60_000);
            let mut cut = player();
            cut.run(60_000, &mut sizes.iter().copied().cycle());
            prop_assert_eq!(&cut.midi, &whole.midi);
        }
    }
}
