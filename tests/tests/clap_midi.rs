//! The built plugin played, modulated and routed by a CLAP host: MIDI both ways, macros, inputs and outputs, scenes.

use clack_host::events::event_types::NoteExpressionType;
use clack_host::events::io::EventBuffer;
use sorl_tests::host::{
    Audio, Call, EFFECT, INSTRUMENT, Library, Plugin, Song, choke, expression, midi, modulation,
    note_off, note_on, parameter, parameter_id, voice_modulation,
};

const RATE: f64 = 48_000.0;
const SONG: Song = Song {
    rate: RATE,
    tempo: 120.0,
    beat: 0.0,
};

/// Its sound is the pitch of its notes in Hz, added up.
const PITCH: &str = "\
def heard():
    freq = control(\"freq\", 100, 10, 9000)
    gate = control(\"gate\", 0, 0, 1)
    pressure = control(\"pressure\", 0, 0, 1)
    timbre = control(\"timbre\", 0, 0, 1)
    return (freq + 10000 * pressure + 20000 * timbre) * gate

h = node(\"h\", heard, count=4)
";

struct Rig {
    plugin: Plugin,
    audio: Audio,
}

impl Rig {
    fn new(id: &str, score: &str) -> Rig {
        let mut plugin = Library::load().instance(id);
        plugin.load_score(score);
        let audio = plugin.activate(RATE);
        Rig { plugin, audio }
    }

    /// Plays a block with events at its first frame, and gives the last frame of the left side.
    fn after(&mut self, fill: impl FnOnce(&mut EventBuffer)) -> f32 {
        let mut events = EventBuffer::new();
        fill(&mut events);
        let call = Call {
            events,
            ..Call::default()
        };
        self.audio.process(4_800, &call)[0][4_799]
    }

    fn end(mut self) {
        self.plugin.deactivate(self.audio);
    }
}

#[track_caller]
fn near(heard: f32, wanted: f32) {
    let off = (heard - wanted).abs();
    assert!(
        off < wanted.abs() * 1e-5 + 1e-4,
        "heard {heard}, wanted {wanted}"
    );
}

#[test]
fn a_keyboard_plays_bends_presses_and_holds() {
    let mut rig = Rig::new(INSTRUMENT, PITCH);
    near(rig.after(|e| e.push(&note_on(0, 69, 0.5))), 440.0);
    // The wheel up by two semitones, and back to its very middle.
    let up = 440.0 * 2f32.powf(2.0 / 12.0);
    near(rig.after(|e| e.push(&midi(0, [0xe0, 127, 127]))), up);
    near(rig.after(|e| e.push(&midi(0, [0xe0, 0, 64]))), 440.0);
    near(rig.after(|e| e.push(&midi(0, [0xd0, 127, 0]))), 10_440.0);
    near(rig.after(|e| e.push(&midi(0, [0xa0, 69, 0]))), 440.0);
    near(rig.after(|e| e.push(&midi(0, [0xb0, 74, 127]))), 20_440.0);
    near(rig.after(|e| e.push(&midi(0, [0xb0, 74, 0]))), 440.0);
    // The pedal.
    near(rig.after(|e| e.push(&midi(0, [0xb0, 64, 127]))), 440.0);
    near(rig.after(|e| e.push(&note_off(0, 69))), 440.0);
    near(rig.after(|e| e.push(&midi(0, [0xb0, 64, 0]))), 0.0);
    rig.end();
}

#[test]
fn expressions_are_of_their_note_and_a_choke_ends_it() {
    use NoteExpressionType::{Brightness, Pressure, Tuning, Volume};
    let mut rig = Rig::new(INSTRUMENT, PITCH);
    rig.after(|e| e.push(&note_on(0, 69, 0.5)));
    let both = rig.after(|e| {
        e.push(&note_on(0, 57, 0.5));
        e.push(&expression(0, 57, Tuning, 12.0));
    });
    near(both, 880.0);
    near(
        rig.after(|e| e.push(&expression(0, 69, Pressure, 0.5))),
        5_880.0,
    );
    near(
        rig.after(|e| e.push(&expression(0, 69, Pressure, 0.0))),
        880.0,
    );
    near(
        rig.after(|e| e.push(&expression(0, 57, Brightness, 0.25))),
        5_880.0,
    );
    near(
        rig.after(|e| e.push(&expression(0, 57, Brightness, 0.0))),
        880.0,
    );
    near(
        rig.after(|e| e.push(&expression(0, 57, Volume, 0.5))),
        660.0,
    );
    near(rig.after(|e| e.push(&choke(0, 69))), 220.0);
    rig.end();
}

#[test]
fn keys_and_channels_go_where_the_score_leads_them() {
    let score = "def lamp():\n    freq = control(\"freq\", 100, 10, 9000)\n    return control(\"gate\", 0, 0, 1)\n\n\
        a = node(\"a\", lamp, gain=0.25)\nb = node(\"b\", lamp, gain=0.5)\nc = node(\"c\", lamp)\n\
        midi(a, hi=\"B3\", channel=1)\nmidi(b, lo=60, channel=1)\nmidi(c, channel=3)\n";
    let mut rig = Rig::new(INSTRUMENT, score);
    let mut heard = |status: u8, key: u8| {
        let level = rig.after(|e| e.push(&midi(0, [0x90 | status, key, 100])));
        rig.after(|e| e.push(&midi(0, [0x80 | status, key, 0])));
        level
    };
    near(heard(0, 59), 0.25);
    near(heard(0, 60), 0.5);
    near(heard(2, 20), 1.0);
    near(heard(1, 60), 0.0);
    rig.end();
}

#[test]
fn controllers_turn_what_the_score_maps_them_to() {
    let score = "def dc():\n    return control(\"v\", 1, 0, 10)\n\nd = node(\"d\", dc)\n\
        midi_map(1, \"d/v\", 2, 4)\nmidi_map(20, \"d/v\", 5, 6, channel=3)\n";
    let mut rig = Rig::new(INSTRUMENT, score);
    near(rig.after(|_| {}), 1.0);
    near(rig.after(|e| e.push(&midi(0, [0xb5, 1, 127]))), 4.0);
    near(rig.after(|e| e.push(&midi(0, [0xb0, 20, 127]))), 4.0);
    near(rig.after(|e| e.push(&midi(0, [0xb2, 20, 0]))), 5.0);
    rig.end();
}

#[test]
fn patterns_play_the_host_s_midi_output_to_the_frame() {
    let score = "m = midi_out(2)\nm @ note(\"c4 e4 ~ g4\")\nn = midi_out(5)\nn @ cc(74, \"0 127\", channel=5)\n";
    let mut rig = Rig::new(INSTRUMENT, score);
    let mut all = Vec::new();
    let mut frame = 0usize;
    for size in [512, 1, 63, 4096, 500].into_iter().cycle() {
        if frame >= 96_000 {
            break;
        }
        let call = Call {
            transport: Some(SONG.playing(frame)),
            ..Call::default()
        };
        rig.audio.process(size, &call);
        let sent = rig.audio.midi_sent();
        all.extend(
            sent.into_iter()
                .map(|(at, bytes)| (frame + at as usize, bytes)),
        );
        frame += size;
    }
    all.retain(|(at, _)| *at < 96_000);
    let notes: Vec<(usize, u8, u8)> = all
        .iter()
        .filter(|(_, b)| b[0] & 0xe0 == 0x80)
        .map(|(at, b)| (*at, b[0], b[1]))
        .collect();
    let wanted = [
        (0, 0x92, 60),
        (24_000, 0x82, 60),
        (24_000, 0x92, 64),
        (48_000, 0x82, 64),
        (72_000, 0x92, 67),
    ];
    assert_eq!(notes, wanted);
    let turns: Vec<(usize, [u8; 3])> = all.into_iter().filter(|(_, b)| b[0] == 0xb5).collect();
    assert_eq!(turns, [(0, [0xb5, 74, 0]), (48_000, [0xb5, 74, 127])]);
    // Where the song stops, its notes end.
    let stop = Call {
        transport: Some(Song { beat: 4.0, ..SONG }.stopped()),
        ..Call::default()
    };
    rig.audio.process(64, &stop);
    assert_eq!(rig.audio.midi_sent(), [(0, [0x82, 60, 0])]);
    rig.end();
}

#[test]
fn the_song_leaves_as_a_clock_to_the_frame_and_in_order() {
    // A pulse is 1,000 frames; a note each beat; the host moves a macro inside of blocks, which cuts them, and goes
    // from beat 1.5 to beat 8.1.
    let score = "midi_clock()\nmidi_out() @ note(\"c4*4\")\n";
    let there = Song { beat: 8.1, ..SONG };
    let mut rig = Rig::new(INSTRUMENT, score);
    let mut all: Vec<(usize, [u8; 3])> = Vec::new();
    let mut frame = 0usize;
    for size in [512, 1, 63, 4096, 500].into_iter().cycle() {
        if frame == 72_000 {
            break;
        }
        let jump = if frame < 36_000 { 36_000 } else { 72_000 };
        let size = size.min(jump - frame);
        let mut events = EventBuffer::new();
        if size > 100 {
            events.push(&parameter(77, parameter_id("m1"), frame as f64 / 1e5));
            events.push(&note_on(99, 60, 0.5));
            events.push(&note_off(99, 60));
        }
        let call = Call {
            transport: Some(match frame {
                0..36_000 => SONG.playing(frame),
                _ => there.playing(frame - 36_000),
            }),
            events,
            ..Call::default()
        };
        rig.audio.process(size, &call);
        let times = rig.audio.times_sent();
        assert!(times.is_sorted(), "{times:?}");
        let sent = rig.audio.midi_sent().into_iter();
        all.extend(sent.map(|(at, bytes)| (frame + at as usize, bytes)));
        frame += size;
    }
    let words: Vec<_> = all.iter().filter(|(_, m)| m[0] > 0xf0).collect();
    let pulses = words.iter().filter(|(_, m)| m[0] == 0xf8);
    let pulses: Vec<usize> = pulses.map(|(at, _)| *at).collect();
    // Beat 8.1 is pulse 194.4: the next is 600 frames later.
    let wanted = (0..36).map(|k| k * 1_000);
    let wanted: Vec<usize> = wanted.chain((0..36).map(|k| 36_600 + k * 1_000)).collect();
    assert_eq!(pulses, wanted);
    let others: Vec<_> = words.into_iter().filter(|(_, m)| m[0] != 0xf8).collect();
    let wanted = [
        (0, [0xfa, 0, 0]),
        (36_000, [0xfc, 0, 0]),
        (36_000, [0xf2, 33, 0]),
        // Beat 8.25, on a sixteenth.
        (39_600, [0xfb, 0, 0]),
    ];
    assert_eq!(others, wanted.iter().collect::<Vec<_>>());
    // At one frame the clock comes before the note.
    let beat: Vec<_> = all.iter().filter(|(at, _)| *at == 24_000).collect();
    assert_eq!(beat.first().map(|(_, m)| m[0]), Some(0xf8));
    assert!(beat.len() > 1);
    rig.end();
}

const MAPPED: &str = "\
def dc():
    return control(\"v\", 1, 0, 10)

d = node(\"d\", dc)
macro(1, \"d/v\", 2, 6)
macro(3, \"d/v\", 1, 0)
";

#[test]
fn a_macro_shows_what_it_is_mapped_to_and_says_nothing_until_it_is_moved() {
    let mut rig = Rig::new(INSTRUMENT, MAPPED);
    let [m1, m2] = ["m1", "m2"].map(parameter_id);
    assert_eq!(rig.plugin.text(m1, 0.25), "3.000");
    assert_eq!(rig.plugin.text(m2, 0.25), "0.250");
    let names = rig.plugin.parameters();
    let name = |id| names.iter().find(|p| p.id == id).map(|p| &*p.name);
    assert_eq!([m1, m2].map(name), [Some("M1 d/v"), Some("Macro 2")]);
    near(rig.after(|_| {}), 1.0);
    // To where it stands: it does not move.
    near(rig.after(|e| e.push(&parameter(0, m1, 0.0))), 1.0);
    near(rig.after(|e| e.push(&parameter(0, m1, 0.5))), 4.0);
    // At its very frame, inside a block.
    let mut events = EventBuffer::new();
    events.push(&parameter(1_000, m1, 1.0));
    let call = Call {
        events,
        ..Call::default()
    };
    let heard = rig.audio.process(2_048, &call)[0];
    assert!(heard[1_000] == 4.0 && heard[1_002] > 4.0);
    rig.end();
}

#[test]
fn modulation_adds_to_a_macro_and_leaves_it() {
    let mut rig = Rig::new(INSTRUMENT, MAPPED);
    let m1 = parameter_id("m1");
    near(rig.after(|e| e.push(&modulation(0, m1, 0.5))), 3.0);
    assert_eq!(
        rig.plugin.value(m1),
        0.0,
        "modulated, it stands where it stood"
    );
    near(rig.after(|e| e.push(&modulation(0, m1, 0.0))), 1.0);
    assert_eq!(rig.plugin.value(m1), 0.0);
    near(rig.after(|e| e.push(&parameter(0, m1, 0.25))), 3.0);
    near(rig.after(|e| e.push(&modulation(0, m1, 0.25))), 4.0);
    assert_eq!(rig.plugin.value(m1), 0.25);
    near(rig.after(|e| e.push(&modulation(0, m1, 0.0))), 3.0);
    assert_eq!(rig.plugin.value(m1), 0.25);
    rig.end();
}

#[test]
fn every_parameter_has_a_value_of_its_own() {
    let mut rig = Rig::new(INSTRUMENT, MAPPED);
    let all = rig.plugin.parameters();
    for parameter in &all {
        assert_eq!(rig.plugin.value(parameter.id), parameter.range[2]);
    }
    let places: Vec<(u32, f64)> = (1..=64)
        .map(|n| (parameter_id(&format!("m{n}")), f64::from(n) / 64.0))
        .chain([(parameter_id("gain"), 0.25), (parameter_id("scene"), 3.0)])
        .collect();
    rig.after(|e| {
        for (id, place) in &places {
            e.push(&parameter(0, *id, *place));
        }
    });
    for (id, place) in places {
        assert_eq!(rig.plugin.value(id), place);
    }
    rig.end();
}

#[test]
fn what_comes_without_frames_is_heard_with_the_next() {
    let mut rig = Rig::new(INSTRUMENT, PITCH);
    let flush = |rig: &mut Rig, fill: &dyn Fn(&mut EventBuffer)| {
        let mut events = EventBuffer::new();
        fill(&mut events);
        let call = Call {
            events,
            ..Call::default()
        };
        rig.audio.process(0, &call);
    };
    flush(&mut rig, &|e| e.push(&note_on(0, 69, 0.8)));
    near(rig.after(|_| {}), 440.0);
    flush(&mut rig, &|e| e.push(&midi(0, [0xb0, 64, 127])));
    near(rig.after(|e| e.push(&note_off(0, 69))), 440.0);
    flush(&mut rig, &|e| e.push(&midi(0, [0xb0, 64, 0])));
    near(rig.after(|_| {}), 0.0);
    rig.end();
}

#[test]
fn modulation_of_a_voice_is_that_voice_s() {
    let score = format!("{PITCH}macro(2, \"h/timbre\", 0, 1)\n");
    let mut rig = Rig::new(INSTRUMENT, &score);
    let m2 = parameter_id("m2");
    rig.after(|e| e.push(&note_on(0, 57, 0.5)));
    near(rig.after(|e| e.push(&note_on(0, 69, 0.5))), 660.0);
    near(
        rig.after(|e| e.push(&voice_modulation(0, m2, 69, 0.5))),
        10_660.0,
    );
    near(rig.after(|e| e.push(&note_off(0, 69))), 220.0);
    rig.end();
}

#[test]
fn nodes_lead_to_the_extra_outputs() {
    let score = "def one():\n    return 1.0\n\na = node(\"a\", one, gain=0.25)\nb = node(\"b\", one, gain=0.5)\n\
        c = node(\"c\", one, gain=0.125)\nb >> out(3)\nc >> out(9)\n";
    let mut rig = Rig::new(INSTRUMENT, score);
    let levels = |rig: &mut Rig, frames: usize| {
        rig.audio.process(frames, &Call::default());
        [1, 2, 3, 9].map(|pair| rig.audio.pair(pair, frames).map(|side| side[frames - 1]))
    };
    for frames in [512, 1, 17] {
        assert_eq!(
            levels(&mut rig, frames),
            [[0.25; 2], [0.0; 2], [0.5; 2], [0.125; 2]]
        );
    }
    // Master gain and bypass are for all of them.
    rig.after(|e| e.push(&parameter(0, parameter_id("gain"), 0.25)));
    assert_eq!(levels(&mut rig, 64)[2], [0.25; 2]);
    rig.after(|e| e.push(&parameter(0, parameter_id("bypass"), 1.0)));
    assert_eq!(levels(&mut rig, 64), [[0.0; 2]; 4]);
    rig.end();
}

#[test]
fn the_side_chain_reaches_the_score() {
    let score = "i = input()\ns = input(\"sidechain\")\nd = node(\"d\", compressor, side=1, threshold=-40)\n\
        i >> d\nconnect(s, d, port=\"key\")\n";
    let mut rig = Rig::new(EFFECT, score);
    let (low, high) = ([0.25; 4_800], [1.0; 4_800]);
    let mut heard = |side: &[f32; 4_800]| {
        let call = Call {
            input: Some([&low; 2]),
            side: Some([side; 2]),
            ..Call::default()
        };
        rig.audio.process(4_800, &call);
        rig.audio.process(4_800, &call)[0][4_799]
    };
    let quiet = heard(&[0.0; 4_800]);
    assert!(quiet > 0.2);
    assert!(heard(&high) < 0.5 * quiet, "the side chain ducks it");
    rig.end();
}

#[test]
fn the_scene_parameter_recalls_scenes() {
    let score = "def dc():\n    return control(\"v\", 1, 0, 10)\n\nd = node(\"d\", dc)\n\
        with scene(\"half\"):\n    d[\"v\"] = 0.5\nwith scene(\"two\"):\n    d[\"v\"] = 2\n";
    let mut rig = Rig::new(INSTRUMENT, score);
    let scene = parameter_id("scene");
    assert_eq!(
        [0.0, 1.0, 2.0, 7.0].map(|n| rig.plugin.text(scene, n)),
        ["0 (score)", "1 half", "2 two", "7 (none)"]
    );
    near(rig.after(|_| {}), 1.0);
    for (number, value) in [(2.0, 2.0), (1.0, 0.5), (9.0, 0.5), (0.0, 1.0)] {
        rig.after(|e| e.push(&parameter(0, scene, number)));
        // A control thread recalls it, as soon as it comes to it.
        while (rig.after(|_| {}) - value).abs() > 1e-6 {
            std::thread::yield_now();
        }
    }
    rig.end();
}
