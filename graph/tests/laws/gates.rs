//! Gates and keys: their frames, lengths, voices.

use super::{Rig, left, runs, score};
use sorl_graph::{NoteEvent, TimedNote, When};

#[test]
fn the_gate_reads_nought_for_one_frame_before_the_next_hit() {
    let sound = left(&score("g = node('g', gate)\ng @ hit() * 4"), 96_000);
    assert_eq!(
        runs(&sound),
        [
            (1.0, 0, 23999),
            (0.0, 23999, 24000),
            (1.0, 24000, 47999),
            (0.0, 47999, 48000),
            (1.0, 48000, 71999),
            (0.0, 71999, 72000),
            (1.0, 72000, 95999),
            (0.0, 95999, 96000),
        ]
    );
}

#[test]
fn a_gate_is_as_long_as_its_event_times_legato() {
    let sound = left(&score("g = node('g', gate)\ng @ (hit() + rest())"), 96_000);
    assert_eq!(runs(&sound), [(1.0, 0, 48000), (0.0, 48000, 96_000)]);
    let sound = left(
        &score("g = node('g', gate)\ng @ hit(legato=0.25) * 2"),
        96_000,
    );
    let expected = [
        (1.0, 0, 12000),
        (0.0, 12000, 48000),
        (1.0, 48000, 60000),
        (0.0, 60000, 96_000),
    ];
    assert_eq!(runs(&sound), expected);
    let sound = left(
        &score("g = node('g', gate)\ng @ hit(legato=1.5) * 2"),
        96_000,
    );
    assert_eq!(runs(&sound), [(1.0, 0, 96_000)], "above 1 it ties over");
}

#[test]
fn a_key_struck_again_starts_the_envelope_again() {
    let mut rig = Rig::new(&score("g = node('g', value)\n"));
    rig.session
        .evaluate(
            // How often the gate has risen. (The gate itself cannot be heard: a voice that is taken is bridged.)
            &score("g = node('g', risen)").replace(
                "tempo(120)",
                "
def risen():
    freq = control('freq', 5, 0, 1000)
    gate = control('gate', 0, 0, 1)
    return feedback(lambda n: n + (gate > mem(gate)))
tempo(120)",
            ),
            When::Now,
        )
        .unwrap();
    rig.run(4800);
    let on = |frame, key| TimedNote {
        frame,
        event: NoteEvent::On {
            channel: 0,
            key,
            velocity: 1.0,
        },
    };
    let off = |frame, key| TimedNote {
        frame,
        event: NoteEvent::Off { channel: 0, key },
    };
    rig.left.clear();
    rig.block(
        2000,
        None,
        &[
            on(10, 60),
            on(500, 62),
            off(600, 60),
            off(1000, 62),
            on(1000, 64),
        ],
    );
    let counted: Vec<i32> = [9, 490, 990, 1990]
        .map(|i| rig.left[i].round() as i32)
        .into();
    assert_eq!(counted, [0, 1, 2, 3]);
}

#[test]
fn a_note_without_a_free_voice_takes_the_oldest_held_one() {
    let text = score(
        "
def held():
    gate = control('gate', 0, 0, 1)
    return control('freq', 5, 0, 10000) * gate
v = node('v', held, count=2)",
    );
    let mut rig = Rig::new(&text);
    let on = |frame, key| TimedNote {
        frame,
        event: NoteEvent::On {
            channel: 0,
            key,
            velocity: 1.0,
        },
    };
    rig.block(600, None, &[on(0, 69), on(100, 81), on(200, 57)]);
    assert_eq!((rig.left[50], rig.left[150]), (440.0, 1320.0));
    // Within 5 ms the taken voice is led from one note to the other.
    assert!(rig.left[250] > 1100.0 && rig.left[250] < 1320.0);
    assert_eq!(rig.left[450], 880.0 + 220.0);
}

#[test]
fn notes_of_an_empty_block_sound_with_the_next_frame() {
    let mut rig = Rig::new(&score("g = node('g', keyed)").replace(
        "tempo(120)",
        "
def keyed():
    freq = control('freq', 5, 0, 1000)
    return control('gate', 0, 0, 1) * 1.0
tempo(120)",
    ));
    let on = NoteEvent::On {
        channel: 0,
        key: 60,
        velocity: 1.0,
    };
    rig.block(
        0,
        None,
        &[TimedNote {
            frame: 0,
            event: on,
        }],
    )
    .run(10);
    assert_eq!(rig.left, [1.0; 10]);
}
