//! When: every kind of moment, what is over, what jumps and stops lead to.

use super::{BEAT, RATE, Rig, SCORE, changes, first_change};
use sorl_graph::message::{Moment, Span};
use sorl_graph::session::Batch;
use sorl_graph::time::{Pace, Seconds, Segment};
use sorl_graph::{Beats, HostTime, Tempo, When};
use std::sync::Arc;

#[test]
fn every_moment_is_met_to_the_sample_in_blocks_of_any_size() {
    let half = Beats::from_f64(0.5);
    let sixteenth = Span::Beats(Beats::from_f64(0.25));
    let back = |span: Span| match span {
        Span::Beats(b) => Span::Beats(-b),
        Span::Seconds(s) => Span::Seconds(-s),
    };
    let moments: [(Moment, i64); 14] = [
        (When::Frame(11_003).into(), 11_003),
        (When::Seconds(Seconds::from_f64(0.3)).into(), 14_400),
        (When::Beat(half).into(), 12_000),
        (When::After(Seconds::from_f64(0.1)).into(), 10_000 + 4_800),
        (When::AfterBeats(half).into(), 10_000 + 12_000),
        (When::NextBeat.into(), BEAT),
        (When::NextBar.into(), 3 * BEAT),
        (When::NextBar.shifted(sixteenth), 6_000 + 3 * BEAT),
        (When::NextBar.shifted(back(sixteenth)), 3 * BEAT - 6_000),
        (When::NextBeat.shifted(Span::seconds(-0.25)), 12_000),
        (
            When::NextBeat.shifted(Span::seconds(-0.45)),
            2 * BEAT - 21_600,
        ),
        (When::NextBeat.shifted(Span::seconds(1e-3)), BEAT + 48),
        (When::Frame(20_000).shifted(sixteenth), 26_000),
        (
            When::Beat(Beats::whole(2)).shifted(Span::seconds(-0.1)),
            2 * BEAT - 4_800,
        ),
    ];
    for (moment, frame) in moments {
        for block in [7, 512, 10_000] {
            let mut rig = Rig::probe(block);
            // Blocks meet at frame 10,000: what counts from now counts from there.
            rig.until(10_000);
            rig.send(Batch::at(moment).step("p/x", 1.0));
            rig.until(frame + 100);
            assert_eq!(
                changes(&rig.left),
                [(frame, 1.0)],
                "{moment:?} in blocks of {block}"
            );
        }
    }
}

#[test]
fn what_is_over_already_happens_at_once() {
    for when in [
        When::Frame(5),
        When::Seconds(Seconds::ZERO),
        When::Beat(-Beats::whole(4)),
    ] {
        let mut rig = Rig::probe(1000);
        rig.until(3000);
        rig.send(Batch::at(when).step("p/x", 0.5));
        rig.until(4000);
        assert_eq!(changes(&rig.left), [(3000, 0.5)], "{when:?}");
    }
}

#[test]
fn what_is_scheduled_in_beats_follows_the_tempo() {
    let score = format!("{SCORE}tempo(120, at=0)\ntempo(60, at=1/3, ramp=\"linear\")\n");
    let mut rig = Rig::new(&score, 700);
    rig.send(Batch::at(When::Beat(Beats::whole(4))).step("p/x", 1.0));
    let map = Arc::new(rig.session.patch().tempo_map().unwrap());
    rig.until(30_000);
    let segment = Segment::paced(0, Beats::ZERO, &Pace::of(&map), RATE);
    // A hand doubles the tempo on the way.
    rig.session.set_tempo_override(Some(240.0));
    let here = segment.beat_of(30_000);
    let frame = Segment::new(30_000, here, Tempo::from_bpm(240.0), RATE).frame_of(Beats::whole(4));
    rig.until(frame + 100);
    assert_eq!(changes(&rig.left), [(frame, 1.0)]);
}

#[test]
fn what_a_jump_leads_over_happens_once_and_there() {
    let mut rig = Rig::probe(256);
    rig.send(Batch::at(When::Beat(Beats::whole(2))).step("p/x", 0.5));
    rig.send(Batch::at(When::Beat(Beats::whole(5))).step("p/x", 1.0));
    rig.until(2560);
    rig.session.seek(Beats::whole(4));
    rig.until(5120);
    assert_eq!(changes(&rig.left), [(2560, 0.5)]);
    // Back before both: what has happened does not happen again, what waits waits again.
    rig.session.seek(Beats::ZERO);
    rig.until(5120 + 5 * BEAT + 512);
    assert_eq!(changes(&rig.left), [(2560, 0.5), (5120 + 5 * BEAT, 1.0)]);
}

#[test]
fn while_the_song_stands_still_beats_wait_and_frames_do_not() {
    let mut rig = Rig::probe(512);
    rig.session.stop();
    rig.send(Batch::at(When::Beat(Beats::ZERO)).step("p/x", 1.0));
    rig.send(Batch::at(When::Frame(5000)).step("p/y", 0.5));
    rig.send(Batch::at(When::NextBar).step("p/y", 0.25));
    rig.until(10_240);
    assert_eq!(changes(&rig.left), []);
    assert_eq!(changes(&rig.right), [(0, 0.25), (5000, 0.5)]);
    rig.session.play();
    rig.until(11_264);
    assert_eq!(changes(&rig.left), [(10_240, 1.0)]);
}

#[test]
fn the_transport_is_scheduled_too() {
    let score = format!("{SCORE}p @ (\"x\", seq(0, 1))");
    let mut rig = Rig::new(&score, 777);
    rig.session.stop();
    rig.send(
        Batch::at(When::Frame(10_001))
            .seek(Beats::from_f64(1.5))
            .play(),
    );
    rig.send(Batch::at(When::Beat(Beats::whole(2))).stop());
    rig.until(50_000);
    // At beat 1.5 of 3 the second step begins; half a beat later the song stands still.
    assert_eq!(changes(&rig.left), [(10_001, 1.0)]);
    assert!(!rig.session.status().playing);
    assert_eq!(rig.session.status().beat, 2.0);
}

#[test]
fn a_host_s_loop_leads_back_to_what_waits() {
    let mut rig = Rig::probe(0);
    rig.send(Batch::at(When::Beat(Beats::whole(9))).step("p/x", 1.0));
    rig.send(Batch::at(When::Beat(Beats::whole(2))).step("p/y", 1.0));
    let host = |beat: f64| {
        Some(HostTime {
            playing: true,
            beat: Some(Beats::from_f64(beat)),
            tempo: Some(Tempo::default()),
            meter: None,
            bar: None,
        })
    };
    // Beats 4 to 8, then in a loop from 0 to 4.
    rig.host(96_000, host(4.0));
    rig.host(96_000, host(0.0));
    rig.host(96_000, host(0.0));
    assert_eq!(changes(&rig.left), [], "the song never came there");
    assert_eq!(changes(&rig.right), [(0, 1.0)], "the song began past it");
}

#[test]
fn a_plan_for_a_beat_waits_for_it_and_a_jump_lets_it_in() {
    let louder = SCORE.replace("gain=1", "gain=1, x=1");
    let at = |rig: &Rig| first_change(&rig.left);
    let mut rig = Rig::probe(512);
    rig.session
        .evaluate(&louder, When::Beat(Beats::whole(2)))
        .unwrap();
    rig.until(60_000);
    assert_eq!(at(&rig), Some(2 * BEAT + 1));
    let mut rig = Rig::probe(512);
    let near = When::Beat(Beats::whole(2)).shifted(Span::seconds(-0.1));
    rig.session.evaluate(&louder, near).unwrap();
    rig.until(60_000);
    assert_eq!(at(&rig), Some(2 * BEAT - 4800 + 1));
    // A loop that never comes to the place must not hold it up for ever.
    let mut rig = Rig::probe(512);
    rig.session
        .evaluate(&louder, When::Beat(Beats::whole(2)))
        .unwrap();
    rig.until(20_480);
    rig.session.seek(Beats::ZERO);
    rig.until(40_000);
    assert_eq!(at(&rig), Some(20_480 + 1));
}
