//! What happens: triggers, notes, glides, pan.

use super::{Rig, changes};
use sorl_graph::message::Span;
use sorl_graph::session::Batch;
use sorl_graph::time::Seconds;
use sorl_graph::{Beats, NoteEvent, When};

#[test]
fn a_trigger_opens_a_gate_for_its_length() {
    let mut rig = Rig::gated(300);
    let ms = Span::seconds(0.001);
    rig.send(Batch::at(When::Frame(1000)).trigger("g/gate", Span::seconds(0.01)));
    rig.send(Batch::at(When::Frame(2000)).trigger("g/gate", Span::seconds(0.0)));
    rig.send(
        Batch::at(When::Frame(3000))
            .trigger("g/gate", Span::beats(0.5))
            .trigger("g/gate", ms),
    );
    rig.until(20_000);
    let expected = [
        (1000, 0.1),
        (1480, 0.0),
        (2000, 0.1),
        (2001, 0.0),
        (3000, 0.2),
        (3048, 0.1),
        (15_000, 0.0),
    ];
    assert_eq!(changes(&rig.left), expected);
    assert_eq!(rig.session.scheduler().waiting(), 0);
}

#[test]
fn notes_are_played_by_a_node_or_by_the_one_that_midi_plays() {
    let mut rig = Rig::gated(300);
    let a3 = 220.0 / 1000.0;
    rig.send(Batch::at(When::Frame(1000)).strike("g", 57, 0.5, Span::beats(0.25)));
    let on = |key| NoteEvent::On {
        channel: 0,
        key,
        velocity: 1.0,
    };
    let off = |key| NoteEvent::Off { channel: 0, key };
    rig.send(Batch::at(When::Frame(10_000)).note(on(57)));
    rig.send(Batch::at(When::Frame(10_500)).note(off(57)));
    rig.send(Batch::at(When::Frame(11_000)).note_to("g", on(57)));
    rig.send(Batch::at(When::Frame(11_500)).note_to("g", off(57)));
    rig.until(20_000);
    let found: Vec<(i64, bool)> = changes(&rig.left)
        .into_iter()
        .map(|(at, x)| (at, (x - a3).abs() < 1e-6))
        .collect();
    let expected = [
        (1000, true),
        (7000, false),
        (10_000, true),
        (10_500, false),
        (11_000, true),
        (11_500, false),
    ];
    assert_eq!(found, expected);
}

#[test]
fn notes_that_last_in_beats_end_where_the_song_stops_or_jumps() {
    let mut rig = Rig::gated(500);
    rig.send(Batch::at(When::Frame(1000)).strike("g", 57, 1.0, Span::beats(3.0)));
    rig.until(2000);
    rig.session.stop();
    rig.until(3000);
    rig.session.play();
    rig.send(Batch::at(When::Frame(4000)).trigger("g/gate", Span::beats(3.0)));
    rig.until(5000);
    rig.session.seek(Beats::whole(9));
    rig.until(6000);
    let frames: Vec<i64> = changes(&rig.left).iter().map(|c| c.0).collect();
    assert_eq!(frames, [1000, 2000, 4000, 5000]);
    assert_eq!(rig.session.scheduler().waiting(), 0);
}

#[test]
fn a_control_glides_and_the_hand_s_way_is_smooth() {
    let mut rig = Rig::probe(100);
    rig.send(
        Batch::at(When::Frame(1000))
            .glide("p/x", 1.0, Seconds::from_f64(0.01))
            .set("p/y", 1.0),
    );
    rig.until(3000);
    assert_eq!(
        (rig.left[1000], rig.left[1240], rig.left[1480]),
        (0.0, 0.5, 1.0)
    );
    assert_eq!(
        (rig.right[1000], rig.right[1480], rig.right[1960]),
        (0.0, 0.5, 1.0)
    );
}

#[test]
fn the_pan_of_a_mono_node_moves_at_its_frame() {
    let score = "def one():\n    return 1.0\nn = node(\"n\", one, gain=1)\n";
    let mut rig = Rig::new(score, 256);
    rig.send(Batch::at(When::Frame(20_000)).step("n/pan", 1.0));
    rig.until(21_000);
    let (left, right) = (rig.left[19_999], rig.right[19_999]);
    assert_eq!(left, right);
    assert!(rig.left[20_000].abs() < 1e-6 && rig.right[20_000] > right);
}
