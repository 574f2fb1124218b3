//! The built plugin and a CLAP host's transport: bars and metres, loops, jumps, tempo, preroll, hosts that say less.

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::io::EventBuffer;
use sorl_graph::io::offline::{self, Length, Options};
use sorl_tests::host::{Call, INSTRUMENT, Library, Song, at_frame};

const RATE: f64 = 48_000.0;
/// A beat is 24,000 frames.
const SONG: Song = Song {
    rate: RATE,
    tempo: 120.0,
    beat: 0.0,
};
const BLOCKS: [usize; 7] = [512, 1, 64, 63, 4096, 17, 2048];

/// High for a quarter of each beat of four in a bar; the bar's first is told from the others.
const BEATS: &str = "\
def gates():
    level = control(\"level\", 0, 0, 1)
    return control(\"gate\", 0, 0, 1) * level

g = node(\"g\", gates)
g @ (hit(legato=0.25) * 4).set(level=\"1 0.5 0.5 0.5\")
";

/// All frames at which sound begins, with its level.
fn onsets(sound: &[f32]) -> Vec<(usize, f32)> {
    let before = std::iter::once(&0.0).chain(sound);
    let pairs = before.zip(sound).enumerate();
    pairs
        .filter(|(_, (before, now))| **before == 0.0 && **now != 0.0)
        .map(|(at, (_, now))| (at, *now))
        .collect()
}

fn heard<'a>(
    score: &str,
    frames: usize,
    blocks: &[usize],
    call: impl FnMut(usize, usize) -> Call<'a>,
) -> Vec<f32> {
    let mut plugin = Library::load().instance(INSTRUMENT);
    plugin.load_score(score);
    let mut audio = plugin.activate(RATE);
    let [left, _] = audio.run(frames, blocks, call);
    plugin.deactivate(audio);
    left
}

fn told(transport: TransportEvent) -> Call<'static> {
    Call {
        transport: Some(transport),
        ..Call::default()
    }
}

#[test]
fn preroll_counts_up_to_the_first_beat() {
    let before = Song { beat: -1.5, ..SONG };
    let sound = heard(BEATS, 70_000, &BLOCKS, |frame, _| {
        told(before.playing(frame))
    });
    assert_eq!(
        onsets(&sound),
        [(12_000, 0.5), (36_000, 1.0), (60_000, 0.5)]
    );
}

#[test]
fn a_loop_wraps_inside_a_block_that_the_host_does_not_cut() {
    // Beats 1 to 3, over and over; told at the beginning of each block only.
    let looped = |frame: usize| {
        let beat = 1.0 + (frame as f64 / 24_000.0) % 2.0;
        let mut transport = SONG.at(
            beat,
            TransportFlags::IS_PLAYING | TransportFlags::IS_LOOP_ACTIVE,
        );
        (transport.loop_start_beats, transport.loop_end_beats) = (1.0.into(), 3.0.into());
        told(transport)
    };
    let wanted: Vec<usize> = (0..9).map(|beat| beat * 24_000).collect();
    for blocks in [&[4_096][..], &[5_000, 7_000, 1], &BLOCKS] {
        let sound = heard(BEATS, 200_000, blocks, |frame, _| looped(frame));
        let frames: Vec<usize> = onsets(&sound).iter().map(|(at, _)| *at).collect();
        assert_eq!(frames, wanted, "{blocks:?}");
    }
}

#[test]
fn a_jump_ends_what_sounds_and_goes_on_from_the_new_place() {
    // From beat 0; at frame 4,000, in the middle of a hit, to beat 6.75.
    let then = Song { beat: 6.75, ..SONG };
    let sound = heard(BEATS, 40_000, &[500], |frame, _| {
        told(match frame {
            0..4_000 => SONG.playing(frame),
            _ => then.playing(frame - 4_000),
        })
    });
    assert!(sound[3_999] == 1.0 && sound[4_000] == 0.0);
    assert_eq!(onsets(&sound), [(0, 1.0), (10_000, 0.5), (34_000, 1.0)]);
}

#[test]
fn a_host_s_bars_rule_after_its_metre_changed() {
    // Two bars of 3/4, then 4/4 from beat 6 on: bar 2 begins there.
    let told_at = |frame: usize| {
        let beat = frame as f64 / 24_000.0;
        let mut transport = SONG.playing(frame);
        let (number, start, beats) = match beat {
            ..6.0 => ((beat / 3.0) as i32, (beat / 3.0).floor() * 3.0, 3),
            _ => {
                let bars = ((beat - 6.0) / 4.0).floor();
                (2 + bars as i32, 6.0 + bars * 4.0, 4)
            }
        };
        transport.time_signature_numerator = beats;
        transport.bar_number = number;
        transport.bar_start = start.into();
        told(transport)
    };
    // Once a bar.
    let bars = "def g():\n    return control(\"gate\", 0, 0, 1)\n\nn = node(\"n\", g)\nn @ hit(legato=0.1)\n";
    for blocks in [&[500][..], &[96, 48, 400, 960]] {
        let sound = heard(bars, 350_000, blocks, |frame, _| told_at(frame));
        let frames: Vec<usize> = onsets(&sound).iter().map(|(at, _)| *at).collect();
        assert_eq!(frames, [0, 72_000, 144_000, 240_000, 336_000], "{blocks:?}");
    }
}

#[test]
fn a_metre_that_changes_at_a_bar_line_leaves_what_sounds() {
    let score = "def g():\n    return control(\"gate\", 0, 0, 1)\n\nn = node(\"n\", g)\nn @ hit().over(2)\n";
    // One bar of 4/4, then 3/4; the hit lasts two bars.
    let sound = heard(score, 168_000, &[480], |frame, _| {
        let mut transport = SONG.playing(frame);
        if frame >= 96_000 {
            transport.time_signature_numerator = 3;
            transport.bar_number = 1;
            transport.bar_start = 4.0.into();
        }
        told(transport)
    });
    assert!(sound[1..167_000].iter().all(|x| *x == 1.0));
}

#[test]
fn tempo_automation_moves_what_follows_and_loses_nothing() {
    // From 60 to 180 bpm in ten seconds, told for each block of 480 frames; where it is, is the sum.
    let mut beat = 0.0;
    let mut wanted = Vec::new();
    let sound = heard(BEATS, 480_000, &[480], |frame, size| {
        let tempo = 60.0 + 120.0 * frame as f64 / 480_000.0;
        let song = Song {
            tempo,
            beat,
            ..SONG
        };
        let after = beat + size as f64 * tempo / (60.0 * RATE);
        let whole = f64::ceil(beat);
        if whole < after {
            wanted.push(frame as f64 + (whole - beat) * 60.0 * RATE / tempo);
        }
        beat = after;
        told(song.playing(0))
    });
    let frames: Vec<f64> = onsets(&sound).iter().map(|(at, _)| *at as f64).collect();
    assert_eq!(frames.len(), wanted.len());
    for (heard, wanted) in frames.iter().zip(&wanted) {
        assert!((heard - wanted).abs() <= 1.0, "{heard} for {wanted}");
    }
}

#[test]
fn a_position_that_moves_without_a_flag_plays() {
    let sound = heard(BEATS, 100_000, &[1_000], |frame, _| {
        told(SONG.at(frame as f64 / 24_000.0, TransportFlags::empty()))
    });
    let frames: Vec<usize> = onsets(&sound).iter().map(|(at, _)| *at).collect();
    // The first block looks like one of a song that stands still.
    assert_eq!(frames, [24_000, 48_000, 72_000, 96_000]);
}

#[test]
fn a_host_that_only_plays_counts_from_nought_at_its_tempo() {
    let sound = heard(BEATS, 100_000, &BLOCKS, |frame, _| {
        let mut transport = SONG.playing(frame);
        transport.flags = TransportFlags::IS_PLAYING | TransportFlags::HAS_TEMPO;
        told(transport)
    });
    let frames: Vec<usize> = onsets(&sound).iter().map(|(at, _)| *at).collect();
    assert_eq!(frames, [0, 24_000, 48_000, 72_000, 96_000]);
}

#[test]
fn a_score_that_runs_free_goes_on_where_the_host_stands() {
    let free = format!("free_run()\n{BEATS}");
    // It stops at beat 1.5, and plays from beat 8 on two seconds later.
    let there = Song { beat: 8.0, ..SONG };
    for blocks in [&[500][..], &[1_000, 3_000, 2_000]] {
        let sound = heard(&free, 180_000, blocks, |frame, _| {
            told(match frame {
                0..36_000 => SONG.playing(frame),
                36_000..132_000 => Song { beat: 1.5, ..SONG }.stopped(),
                _ => there.playing(frame - 132_000),
            })
        });
        let wanted = [
            (0, 1.0),
            (24_000, 0.5),
            (48_000, 0.5),
            (72_000, 0.5),
            (96_000, 1.0),
            (120_000, 0.5),
            (132_000, 1.0),
            (156_000, 0.5),
        ];
        assert_eq!(onsets(&sound), wanted, "{blocks:?}");
    }
    // Without a transport at all, at the score's tempo.
    let alone = format!("tempo(60)\n{free}");
    let sound = heard(&alone, 100_000, &BLOCKS, |_, _| Call::default());
    assert_eq!(onsets(&sound), [(0, 1.0), (48_000, 0.5), (96_000, 0.5)]);
}

#[test]
fn a_start_anywhere_has_the_events_and_values_of_a_play_from_the_start() {
    let score = "\
def tone():
    level = control(\"level\", 0.25, 0, 1)
    return control(\"gate\", 0, 0, 1) * level

t = node(\"t\", tone)
t @ \"x*2 [x x] x? x(3,8)\"
t @ (\"level\", \"<0.5 0.75 1>\")
at(1, fade(\"t/gain\", 0.5, bars=1))
";
    let options = Options {
        length: Length::Bars(8),
        tempo: Some(120.0),
        ..Options::default()
    };
    let [all, _] = offline::render_to_memory(score, &options).expect("no error");
    // A whole bar is 96,000 frames. What began before the start does not sound: from the next event on all is the same.
    for bar in [2usize, 5] {
        let song = Song {
            beat: 4.0 * bar as f64,
            ..SONG
        };
        let sound = heard(score, 96_000, &BLOCKS, |frame, _| told(song.playing(frame)));
        let unlike = sound
            .iter()
            .zip(&all[bar * 96_000..])
            .position(|(a, b)| a != b);
        assert_eq!(unlike, None, "from bar {bar}");
    }
}

#[test]
fn a_jump_that_is_told_inside_a_block_happens_there() {
    let there = Song { beat: 8.0, ..SONG };
    let sound = heard(BEATS, 40_000, &[4_000], |frame, _| {
        let mut events = EventBuffer::new();
        let transport = match frame {
            0..8_000 => SONG.playing(frame),
            _ => there.playing(frame - 5_000),
        };
        if frame == 4_000 {
            events.push(&at_frame(1_000, there.playing(0)));
        }
        Call {
            transport: Some(transport),
            events,
            ..Call::default()
        }
    });
    // The hit that sounded ends at 5,000, where the other begins: the gate reads 0 for one frame between them.
    assert_eq!(onsets(&sound), [(0, 1.0), (5_001, 1.0), (29_000, 0.5)]);
}
