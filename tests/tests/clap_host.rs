//! The built plugin in a CLAP host: what a musician hears in a DAW is what `sorl render` writes.

use std::sync::atomic::{AtomicBool, Ordering};

use clack_host::events::io::EventBuffer;
use realfft::RealFftPlanner;
use serde_json::{Value, json};
use sorl_graph::io::offline::{self, Length, Options};
use sorl_graph::score;
use sorl_tests::host::{
    Call, EFFECT, INSTRUMENT, Library, Song, at_frame, note_off, note_on, parameter, parameter_id,
    state,
};

const BEAT: &str = include_str!("../../examples/five-minute-beat.sorl");
const RATE: f64 = 48_000.0;
const SONG: Song = Song {
    rate: RATE,
    tempo: 128.0,
    beat: 0.0,
};
/// Eight bars at 128 bpm and 48 kHz.
const EIGHT_BARS: usize = 720_000;
/// As hosts cut: whole blocks, odd ones, single frames, large ones.
const BLOCKS: [usize; 9] = [512, 512, 1, 64, 63, 4096, 17, 500, 2048];

/// The gate itself as sound: high while a note is held, 0 for one frame before the next follows.
const GATES: &str = "\
def gates():
    gate = control(\"gate\", 0, 0, 1)
    return gate * 0.5

g = node(\"g\", gates)
g @ hit() * 4
";

fn rendered(score: &str, rate: u32, length: Length) -> [Vec<f32>; 2] {
    let options = Options {
        rate,
        length,
        ..Options::default()
    };
    offline::render_to_memory(score, &options).expect("the score has no error")
}

fn playing<'a>(song: Song) -> impl FnMut(usize, usize) -> Call<'a> {
    move |frame, _| Call {
        transport: Some(song.playing(frame)),
        ..Call::default()
    }
}

/// Compares sample for sample, and says where the first difference is instead of printing all.
#[track_caller]
fn assert_same(heard: &[Vec<f32>; 2], expected: &[Vec<f32>; 2]) {
    for (side, (heard, expected)) in ["left", "right"].iter().zip(heard.iter().zip(expected)) {
        assert_eq!(heard.len(), expected.len());
        let unlike = heard
            .iter()
            .zip(expected)
            .position(|(a, b)| a.to_bits() != b.to_bits());
        if let Some(at) = unlike {
            panic!(
                "{side} at frame {at}: heard {}, expected {}",
                heard[at], expected[at]
            );
        }
    }
}

fn peak(sound: &[f32]) -> f32 {
    sound
        .iter()
        .fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// The frames at which sound begins after silence.
fn onsets(sound: &[f32]) -> Vec<usize> {
    let before = std::iter::once(&0.0).chain(sound);
    let pairs = before.zip(sound).enumerate();
    pairs
        .filter(|(_, (before, now))| **before == 0.0 && **now != 0.0)
        .map(|(at, _)| at)
        .collect()
}

/// The strongest frequency of one second at 48 kHz, in Hz.
fn pitch(sound: &[f32]) -> usize {
    let transform = RealFftPlanner::<f32>::new().plan_fft_forward(48_000);
    let mut input = sound[..48_000].to_vec();
    let mut spectrum = transform.make_output_vec();
    transform
        .process(&mut input, &mut spectrum)
        .expect("the lengths match");
    let strongest = (1..spectrum.len())
        .max_by(|&a, &b| spectrum[a].norm_sqr().total_cmp(&spectrum[b].norm_sqr()));
    strongest.expect("a spectrum is not empty")
}

#[test]
fn both_plugins_are_listed() {
    let listed = Library::load().plugins();
    let wanted = [(INSTRUMENT, "Sorl"), (EFFECT, "Sorl FX")];
    assert_eq!(
        listed,
        wanted.map(|(id, name)| (id.to_owned(), name.to_owned()))
    );
}

#[test]
fn the_parameters_are_fixed_slots_with_stable_ids() {
    let library = Library::load();
    for id in [INSTRUMENT, EFFECT] {
        let parameters = library.instance(id).parameters();
        let find = |name: &str| {
            let id = parameter_id(name);
            parameters
                .iter()
                .find(|p| p.id == id)
                .unwrap_or_else(|| panic!("no parameter {name}"))
        };
        for number in 1..=64 {
            let macro_ = find(&format!("m{number}"));
            assert_eq!(macro_.name, format!("Macro {number}"));
            assert_eq!(macro_.range, [0.0, 1.0, 0.0]);
            assert!(macro_.automatable);
        }
        // The middle of the slider is a factor of exactly 1.
        assert_eq!(find("gain").range, [0.0, 1.0, 0.5]);
        assert_eq!(find("bypass").range, [0.0, 1.0, 0.0]);
        assert!(!find("edited").automatable);
        assert_eq!(parameters.len(), 68);
    }
}

#[test]
fn the_five_minute_beat_in_a_host_is_what_the_renderer_writes() {
    let library = Library::load();
    let mut plugin = library.instance(INSTRUMENT);
    plugin.load_score(BEAT);
    let mut audio = plugin.activate(RATE);
    let heard = audio.run(EIGHT_BARS, &BLOCKS, playing(SONG));
    plugin.deactivate(audio);

    let expected = rendered(BEAT, 48_000, Length::Bars(8));
    assert!(peak(&expected[0]) > 0.1);
    assert_same(&heard, &expected);
}

#[test]
fn a_saved_state_makes_an_equal_instance() {
    let library = Library::load();
    let mut first = library.instance(INSTRUMENT);
    let document = json!({
        "version": 1,
        "score": BEAT,
        "draft": "# not evaluated yet",
        "positions": { "bass": [120.5, -3.25], "verb": [0.1, 1e6] },
    });
    let params = json!({ "m7": { "f32": 0.25 }, "gain": { "f32": 0.5 } });
    assert!(first.load(&state(&document.to_string(), params)));

    let saved = first.save();
    let mut second = library.instance(INSTRUMENT);
    assert!(second.load(&saved));
    assert_eq!(second.save(), saved);
    assert_eq!(second.value(parameter_id("m7")), 0.25);
    assert_eq!(second.value(parameter_id("gain")), 0.25);

    let of = |document: &Value| {
        let text = document["score"].as_str().expect("a document has a score");
        score::evaluate(text).expect("the score has no error")
    };
    assert_eq!(of(&second.document()), of(&document));
    assert_eq!(
        of(&second.document()),
        score::evaluate(BEAT).expect("the score has no error")
    );

    let (mut one, mut two) = (first.activate(RATE), second.activate(RATE));
    let heard = one.run(100_000, &BLOCKS, playing(SONG));
    assert!(peak(&heard[0]) > 0.05);
    assert_same(&two.run(100_000, &[256], playing(SONG)), &heard);
    first.deactivate(one);
    second.deactivate(two);
}

#[test]
fn a_broken_state_is_refused_and_the_sound_goes_on() {
    let library = Library::load();
    let mut plugin = library.instance(INSTRUMENT);
    plugin.load_score(BEAT);
    let mut audio = plugin.activate(RATE);
    let expected = rendered(BEAT, 48_000, Length::Bars(8));

    let quieter = json!({ "gain": { "f32": 0.5 } });
    let wrong = "tempo(128)\nb = nod(\"bass\", 1)\n";
    let broken = [
        ("bytes of nothing", b"\xff\0\x01garbage".to_vec()),
        ("no document", state("null", quieter.clone())),
        ("no JSON", state("}{", quieter.clone())),
        (
            "a newer version",
            state(r#"{"version":99,"score":[]}"#, quieter),
        ),
        (
            "a score with an error",
            state(
                &json!({"version": 1, "score": wrong}).to_string(),
                json!({}),
            ),
        ),
    ];
    let mut heard = [Vec::new(), Vec::new()];
    for (what, bytes) in &broken {
        plugin.load(bytes);
        let start = heard[0].len();
        let more = audio.run(40_000, &BLOCKS, |frame, _| Call {
            transport: Some(SONG.playing(start + frame)),
            ..Call::default()
        });
        heard
            .iter_mut()
            .zip(more)
            .for_each(|(all, more)| all.extend(more));
        let until = heard[0].len();
        let expected = expected.each_ref().map(|channel| channel[..until].to_vec());
        assert_same(&heard, &expected);
        assert_eq!(plugin.document()["score"], BEAT, "after {what}");
    }
    // Nothing that was typed is lost.
    assert_eq!(plugin.document()["draft"], wrong);
    plugin.deactivate(audio);
}

#[test]
fn a_state_that_is_loaded_while_the_sound_runs_takes_over() {
    let library = Library::load();
    let mut plugin = library.instance(INSTRUMENT);
    plugin.load_score("");
    let mut audio = plugin.activate(RATE);
    let loaded = AtomicBool::new(false);
    let (audio, last) = std::thread::scope(|scope| {
        let loaded = &loaded;
        let processing = scope.spawn(move || {
            // Beyond the loading, as many frames as every edit and fade could need.
            let (mut frame, mut rest, mut last) = (0, 96_000, Vec::new());
            while rest > 0 {
                if loaded.load(Ordering::Acquire) {
                    rest -= 256;
                }
                let call = Call {
                    transport: Some(SONG.playing(frame)),
                    ..Call::default()
                };
                last = audio.process(256, &call).concat();
                assert!(last.iter().all(|sample| sample.is_finite()));
                frame += 256;
            }
            (audio, last)
        });
        for round in 0..40 {
            let score = if round % 2 == 0 { BEAT } else { GATES };
            plugin.load_score(score);
        }
        plugin.load_score(
            "def one():\n    return 0.25 + 0 * sine_osc(1)\n\no = node(\"one\", one)\n",
        );
        loaded.store(true, Ordering::Release);
        processing
            .join()
            .expect("the audio thread has not panicked")
    });
    assert_eq!(last, vec![0.25; 512]);
    plugin.deactivate(audio);
}

#[test]
fn notes_play_the_first_synth() {
    let mut plugin = Library::load().instance(INSTRUMENT);
    let mut audio = plugin.activate(RATE);
    // A host without a transport: the synth needs none.
    let silence = audio.run(4_800, &BLOCKS, |_, _| Call::default());
    assert_eq!(peak(&silence[0]), 0.0);

    // A4 goes down at frame 1000 of a block of 2048.
    let mut events = EventBuffer::new();
    events.push(&note_on(1_000, 69, 0.8));
    let block = audio.process(
        2_048,
        &Call {
            events,
            ..Call::default()
        },
    );
    assert_eq!(peak(&block[0][..1_000]), 0.0);
    assert!(peak(&block[0][1_000..]) > 0.0);
    let held = audio.run(48_000, &BLOCKS, |_, _| Call::default());
    assert!(
        (438..=444).contains(&pitch(&held[0])),
        "heard {} Hz",
        pitch(&held[0])
    );

    // A chord: its lowest key, two octaves down, goes up again alone.
    let mut events = EventBuffer::new();
    events.push(&note_on(0, 45, 0.8));
    events.push(&note_off(10, 69));
    audio.process(
        512,
        &Call {
            events,
            ..Call::default()
        },
    );
    audio.run(24_000, &BLOCKS, |_, _| Call::default());
    let lower = audio.run(48_000, &BLOCKS, |_, _| Call::default());
    assert!(
        (108..=112).contains(&pitch(&lower[0])),
        "heard {} Hz",
        pitch(&lower[0])
    );

    let mut events = EventBuffer::new();
    events.push(&note_off(0, 45));
    audio.process(
        512,
        &Call {
            events,
            ..Call::default()
        },
    );
    audio.run(96_000, &BLOCKS, |_, _| Call::default());
    let after = audio.run(4_800, &BLOCKS, |_, _| Call::default());
    assert!(
        peak(&after[0]) < 1e-4,
        "a released note still sounds at {}",
        peak(&after[0])
    );
    plugin.deactivate(audio);
}

#[test]
fn a_note_beside_a_parameter_at_the_end_of_a_block_is_not_lost() {
    let mut plugin = Library::load().instance(INSTRUMENT);
    let mut audio = plugin.activate(RATE);
    let mut events = EventBuffer::new();
    events.push(&note_on(511, 60, 0.8));
    events.push(&parameter(511, parameter_id("m1"), 0.5));
    audio.process(
        512,
        &Call {
            events,
            ..Call::default()
        },
    );
    let held = audio.run(9_600, &BLOCKS, |_, _| Call::default());
    assert!(peak(&held[0]) > 0.01);
    assert_eq!(plugin.value(parameter_id("m1")), 0.5);
    plugin.deactivate(audio);
}

#[test]
fn the_first_effect_passes_its_input_bit_by_bit() {
    let mut plugin = Library::load().instance(EFFECT);
    let mut audio = plugin.activate(RATE);
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let input: [Vec<f32>; 2] = [(); 2].map(|()| (0..48_000).map(|_| noise()).collect());
    let heard = audio.run(48_000, &BLOCKS, |frame, size| Call {
        input: Some(
            input
                .each_ref()
                .map(|channel| &channel[frame..frame + size]),
        ),
        transport: Some(SONG.playing(frame)),
        ..Call::default()
    });
    assert_same(&heard, &input);
    plugin.deactivate(audio);
}

#[test]
fn a_tempo_change_inside_a_block_moves_what_follows() {
    let mut plugin = Library::load().instance(INSTRUMENT);
    plugin.load_score(GATES);
    let mut audio = plugin.activate(RATE);
    // 120 bpm for three beats, from there 90 bpm: the change is announced at frame 72,000, inside
    // the block that begins at 71,680.
    let fast = Song {
        tempo: 120.0,
        ..SONG
    };
    let change = 72_000;
    let slow = Song {
        tempo: 90.0,
        beat: 3.0,
        ..SONG
    };
    let heard = audio.run(200_000, &[512], |frame, size| {
        let mut events = EventBuffer::new();
        let transport = if frame < change {
            fast.playing(frame)
        } else {
            slow.playing(frame - change)
        };
        if (frame..frame + size).contains(&change) && frame < change {
            events.push(&at_frame((change - frame) as u32, slow.playing(0)));
        }
        Call {
            transport: Some(transport),
            events,
            ..Call::default()
        }
    });
    assert_eq!(
        onsets(&heard[0]),
        [0, 24_000, 48_000, 72_000, 104_000, 136_000, 168_000]
    );
    plugin.deactivate(audio);
}

#[test]
fn a_stopped_host_ends_the_notes_of_patterns_and_goes_on_from_where_it_starts() {
    let mut plugin = Library::load().instance(INSTRUMENT);
    plugin.load_score(GATES);
    let mut audio = plugin.activate(RATE);
    let before = audio.run(30_000, &BLOCKS, playing(SONG));
    assert_eq!(before[0][29_999], 0.5);
    let stop = Song { beat: 1.5, ..SONG };
    let stopped = audio.run(48_000, &BLOCKS, |_, _| Call {
        transport: Some(stop.stopped()),
        ..Call::default()
    });
    assert_eq!(peak(&stopped[0]), 0.0);
    // A beat is 22,500 frames: the next hit after beat 1.5 is 11,250 frames away.
    let again = audio.run(30_000, &BLOCKS, playing(stop));
    assert_eq!(onsets(&again[0]), [11_250]);
    plugin.deactivate(audio);
}

#[test]
fn a_host_without_a_transport_leaves_patterns_silent() {
    let mut plugin = Library::load().instance(INSTRUMENT);
    plugin.load_score(BEAT);
    let mut audio = plugin.activate(RATE);
    let heard = audio.run(48_000, &BLOCKS, |_, _| Call::default());
    assert_eq!(peak(&heard[0]), 0.0);
    plugin.deactivate(audio);
}

#[test]
fn bypass_is_silent_but_time_goes_on() {
    let mut plugin = Library::load().instance(INSTRUMENT);
    plugin.load_score(BEAT);
    let mut audio = plugin.activate(RATE);
    let expected = rendered(BEAT, 48_000, Length::Bars(2));
    let switch = |on: f64| {
        let mut events = EventBuffer::new();
        events.push(&parameter(0, parameter_id("bypass"), on));
        events
    };
    let heard = audio.run(180_000, &[500], |frame, _| Call {
        transport: Some(SONG.playing(frame)),
        events: match frame {
            10_000 => switch(1.0),
            20_000 => switch(0.0),
            _ => EventBuffer::new(),
        },
        ..Call::default()
    });
    let part = |sound: &[Vec<f32>; 2], from: usize, to: usize| {
        sound.each_ref().map(|channel| channel[from..to].to_vec())
    };
    assert_same(&part(&heard, 0, 10_000), &part(&expected, 0, 10_000));
    assert_eq!(peak(&heard[0][11_000..20_000]), 0.0);
    assert_same(
        &part(&heard, 21_000, 180_000),
        &part(&expected, 21_000, 180_000),
    );
    plugin.deactivate(audio);
}

#[test]
fn an_instance_can_be_activated_again_at_another_rate() {
    let mut plugin = Library::load().instance(INSTRUMENT);
    plugin.load_score(BEAT);
    for rate in [44_100, 96_000, 8_000, 384_000, 48_000] {
        let mut audio = plugin.activate(f64::from(rate));
        let song = Song {
            rate: f64::from(rate),
            ..SONG
        };
        let expected = rendered(BEAT, rate, Length::Bars(1));
        let heard = audio.run(expected[0].len(), &BLOCKS, playing(song));
        assert_same(&heard, &expected);
        plugin.deactivate(audio);
    }
}

#[test]
fn two_instances_play_different_scores() {
    let library = Library::load();
    let (mut one, mut two) = (library.instance(INSTRUMENT), library.instance(INSTRUMENT));
    one.load_score(BEAT);
    two.load_score(GATES);
    let (mut first, mut second) = (one.activate(RATE), two.activate(RATE));
    let mut heard = [const { [Vec::new(), Vec::new()] }; 2];
    for frame in (0..180_000).step_by(500) {
        let call = Call {
            transport: Some(SONG.playing(frame)),
            ..Call::default()
        };
        for (audio, heard) in [&mut first, &mut second].into_iter().zip(&mut heard) {
            let block = audio.process(500, &call);
            heard
                .iter_mut()
                .zip(block)
                .for_each(|(all, block)| all.extend_from_slice(block));
        }
    }
    assert_same(&heard[0], &rendered(BEAT, 48_000, Length::Bars(2)));
    // The tempo is the host's, whatever a score without one would play at alone.
    let with_tempo = format!("tempo(128)\n{GATES}");
    assert_same(&heard[1], &rendered(&with_tempo, 48_000, Length::Bars(2)));
    one.deactivate(first);
    two.deactivate(second);
}
