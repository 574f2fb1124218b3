//! A host that does everything that a CLAP host may do, at random, for ten thousand blocks: the audio thread never
//! allocates, all sound is finite, and whenever a song is played from its beginning it is what `sorl render` writes.
//!
//! The plugin is linked into this test, so that the allocation check is in force in it.

#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

use clack_host::events::event_types::{NoteExpressionType, TransportEvent, TransportFlags};
use clack_host::events::io::EventBuffer;
use serde_json::json;
use sorl_graph::io::offline::{self, Length, Options};
use sorl_tests::host::{
    Audio, Call, INSTRUMENT, Library, Plugin, Song, choke, expression, midi, modulation, note_off,
    note_on, parameter, parameter_id, state, voice_modulation,
};

const BLOCKS: usize = 10_000;
const RATES: [u32; 4] = [48_000, 44_100, 96_000, 8_000];

const SCORES: [&str; 3] = [
    include_str!("../../examples/five-minute-beat.sorl"),
    "\
def tone():
    freq = control(\"freq\", 220, 20, 8000)
    gate = control(\"gate\", 0, 0, 1)
    cutoff = control(\"cutoff\", 900, 100, 9000)
    press = control(\"pressure\", 0, 0, 1)
    return lowpass(saw(freq), cutoff * (1 + press)) * adsr(0.003, 0.1, 0.6, 0.3, gate) * 0.2

t = node(\"t\", tone, count=4)
t @ note(\"<[a2,e3] [c3,g3]>(3,8)\")
t @ (\"cutoff\", sine.range(500, 3000).slow(3))
t >> out(3)
macro(1, \"t/cutoff\", 200, 8000, curve=\"exp\")
macro(2, \"t/pan\", -1, 1)
midi_map(1, \"t/gain\", 0.2, 1)
m = midi_out(1)
midi_clock()
m @ note(\"c4 e4*3\")
with scene(\"other\"):
    t @ note(\"a3*8\")
",
    "\
def hat():
    return white_noise() * adsr(0, 0.03, 0, 0.01, control(\"gate\", 0, 0, 1)) * 0.3

def verb(inp):
    return reverb(inp, control(\"room\", 0.5, 0, 1)) * 0.3

h = node(\"h\", hat)
v = node(\"v\", verb)
l = node(\"l\", limiter)
h >> (v, 0.5)
v >> l
h @ \"x*8\"
macro(1, \"v/room\", 0, 1)
",
];

/// A linear congruential generator, as good as is needed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
    fn share(&mut self) -> f64 {
        self.roll(1_001) as f64 / 1_000.0
    }
}

/// Processes a block, in which nothing may allocate and all of which is finite.
fn block(audio: &mut Audio, frames: usize, call: &Call<'_>) {
    audio.process_by(frames, call, |process| {
        assert_no_alloc::assert_no_alloc(process)
    });
    for pair in 1..=9 {
        let finite = |side: &[f32]| side.iter().all(|x| x.is_finite());
        assert!(audio.pair(pair, frames).into_iter().all(finite));
    }
}

fn size(dice: &mut Dice) -> usize {
    match dice.roll(8) {
        0 => 1 + dice.roll(4),
        1 => 2_048,
        _ => 1 + dice.roll(256),
    }
}

/// What may happen in a block, in the order of frames.
fn events(dice: &mut Dice, frames: usize) -> EventBuffer {
    let mut all = EventBuffer::new();
    let mut frame = 0;
    for _ in 0..dice.roll(5) {
        frame += dice.roll(frames.max(1));
        let at = frame.min(frames - 1) as u32;
        let key = 40 + dice.roll(30) as u16;
        let id = parameter_id(["m1", "m2", "gain", "bypass", "scene"][dice.roll(5)]);
        let most = if id == parameter_id("scene") {
            3.0
        } else {
            1.0
        };
        match dice.roll(12) {
            0..=3 => all.push(&note_on(at, key, 0.1 + 0.9 * dice.share())),
            4 | 5 => all.push(&note_off(at, key)),
            6 => all.push(&choke(at, key)),
            7 => all.push(&midi(
                at,
                [0xe0 | dice.roll(16) as u8, 0, dice.roll(128) as u8],
            )),
            8 => all.push(&midi(
                at,
                [0xb0, [1, 64, 74, 123][dice.roll(4)], dice.roll(128) as u8],
            )),
            9 => all.push(&expression(
                at,
                key,
                NoteExpressionType::Tuning,
                dice.share() * 4.0 - 2.0,
            )),
            10 => match dice.roll(2) {
                0 => all.push(&modulation(at, parameter_id("m1"), dice.share() - 0.5)),
                _ => all.push(&voice_modulation(at, parameter_id("m2"), key, dice.share())),
            },
            _ => all.push(&parameter(at, id, (dice.share() * most).round())),
        }
    }
    all
}

/// The host's song: it plays, stands, jumps, loops, hurries.
struct Transport {
    song: Song,
    beat: f64,
    playing: bool,
    looped: Option<(f64, f64)>,
}

impl Transport {
    fn step(&mut self, dice: &mut Dice, frames: usize) -> TransportEvent {
        match dice.roll(60) {
            0 => self.playing = !self.playing,
            1 => self.beat = dice.share() * 64.0 - 8.0,
            2 => self.song.tempo = 60.0 + 140.0 * dice.share(),
            3 => {
                let start = dice.roll(8) as f64;
                self.looped = [None, Some((start, start + 0.25 + dice.share()))][dice.roll(2)];
            }
            _ => {}
        }
        let mut flags = match self.playing {
            true => TransportFlags::IS_PLAYING,
            false => TransportFlags::empty(),
        };
        if self.looped.is_some() {
            flags |= TransportFlags::IS_LOOP_ACTIVE;
        }
        let mut told = self.song.at(self.beat, flags);
        if let Some((start, end)) = self.looped {
            (told.loop_start_beats, told.loop_end_beats) = (start.into(), end.into());
        }
        if self.playing {
            let before = self.beat;
            self.beat += frames as f64 * self.song.tempo / (60.0 * self.song.rate);
            if let Some((start, end)) = self.looped
                && before < end
                && self.beat >= end
            {
                self.beat = start + (self.beat - end) % (end - start);
            }
        }
        told
    }
}

/// A fresh instance plays a score from its beginning as the renderer does, bit for bit.
fn equals_a_render(library: &Library, score: &str, rate: u32, dice: &mut Dice) -> usize {
    let mut plugin = library.instance(INSTRUMENT);
    plugin.load_score(score);
    let mut audio = plugin.activate(f64::from(rate));
    let options = Options {
        rate,
        length: Length::Frames(u64::from(rate)),
        tempo: Some(128.0),
        ..Options::default()
    };
    let expected = offline::render_to_memory(score, &options).expect("no error");
    let song = Song {
        rate: f64::from(rate),
        tempo: 128.0,
        beat: 0.0,
    };
    let (mut frame, mut blocks) = (0, 0);
    while frame < rate as usize {
        let frames = size(dice).min(rate as usize - frame);
        let call = Call {
            transport: Some(song.playing(frame)),
            ..Call::default()
        };
        block(&mut audio, frames, &call);
        for (heard, expected) in audio.pair(1, frames).into_iter().zip(&expected) {
            let expected = &expected[frame..frame + frames];
            let unlike = heard
                .iter()
                .zip(expected)
                .position(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(unlike.map(|at| frame + at), None, "at {rate} Hz");
        }
        frame += frames;
        blocks += 1;
    }
    plugin.deactivate(audio);
    blocks
}

fn state_of(plugin: &mut Plugin, dice: &mut Dice) {
    match dice.roll(4) {
        0 => {
            let saved = plugin.save();
            assert!(plugin.load(&saved));
        }
        1 => {
            plugin.load(&state("}{", json!({})));
        }
        2 => plugin.load_score("n = nod(\"wrong\", 1)\n"),
        _ => plugin.load_score(SCORES[dice.roll(3)]),
    }
}

#[test]
fn ten_thousand_blocks_of_a_host_at_random() {
    let library = Library::linked();
    let mut dice = Dice(20_261_121);
    let mut blocks = 0;
    for (score, rate) in SCORES.iter().zip(RATES) {
        blocks += equals_a_render(&library, score, rate, &mut dice);
    }
    while blocks < BLOCKS {
        let mut plugin = library.instance(INSTRUMENT);
        plugin.load_score(SCORES[dice.roll(3)]);
        for _ in 0..1 + dice.roll(4) {
            let rate = f64::from(RATES[dice.roll(4)]);
            let mut audio = plugin.activate(rate);
            let mut transport = Transport {
                song: Song {
                    rate,
                    tempo: 120.0,
                    beat: 0.0,
                },
                beat: -1.0,
                playing: dice.roll(3) > 0,
                looped: None,
            };
            let told = dice.roll(5) > 0;
            for _ in 0..100 + dice.roll(300) {
                let frames = size(&mut dice);
                let transport = transport.step(&mut dice, frames);
                let call = Call {
                    transport: told.then_some(transport),
                    events: events(&mut dice, frames),
                    ..Call::default()
                };
                block(&mut audio, frames, &call);
                blocks += 1;
                if dice.roll(100) == 0 {
                    state_of(&mut plugin, &mut dice);
                }
            }
            plugin.deactivate(audio);
        }
    }
}
