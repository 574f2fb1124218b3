//! A clock that follows a host, and one that runs by itself.

use super::*;
use crate::plan::When;

const RATE: u32 = 48000;

fn host(beat: f64, bpm: f64) -> HostTime {
    HostTime {
        playing: true,
        beat: Some(Beats::from_f64(beat)),
        tempo: Some(Tempo::from_bpm(bpm)),
        meter: Some(Meter::default()),
        bar: None,
    }
}

#[test]
fn a_host_that_agrees_within_half_a_frame_leaves_the_segment_alone() {
    let mut c = Clock::new(RATE);
    assert_eq!(c.follow(0, Some(&host(0.0, 120.0)), None), Turn::Jump);
    let first = c.segment().unwrap().clone();
    for block in 1..200i64 {
        let frame = block * 333;
        // A host that rounds its position to a third of a frame.
        let beat = frame as f64 / 24000.0 + 0.33 / 24000.0;
        assert_eq!(
            c.follow(frame, Some(&host(beat, 120.0)), None),
            Turn::Steady
        );
        assert_eq!(c.segment(), Some(&first));
    }
}

#[test]
fn a_little_off_is_anchored_anew_and_far_off_is_a_jump() {
    let mut c = Clock::new(RATE);
    c.follow(0, Some(&host(0.0, 120.0)), None);
    let off = |frames: f64| frames / 24000.0;
    assert_eq!(
        c.follow(24000, Some(&host(1.0 + off(100.0), 120.0)), None),
        Turn::Steady
    );
    assert_eq!(c.segment().unwrap().frame_of(Beats::whole(1)), 23900);
    assert!(c.mark().is_some());
    c.settle(24200);
    assert!(c.mark().is_none());
    assert_eq!(c.follow(48000, Some(&host(3.0, 120.0)), None), Turn::Jump);
    assert_eq!(
        c.follow(
            50000,
            Some(&HostTime {
                playing: false,
                ..host(3.0, 120.0)
            }),
            None
        ),
        Turn::Jump
    );
    assert!(!c.playing());
    assert_eq!(
        c.follow(
            52000,
            Some(&HostTime {
                playing: false,
                ..host(3.0, 120.0)
            }),
            None
        ),
        Turn::Steady
    );
}

#[test]
fn a_tempo_change_goes_on_from_the_same_place() {
    let mut c = Clock::new(RATE);
    c.follow(0, Some(&host(0.0, 120.0)), None);
    assert_eq!(c.follow(24000, Some(&host(1.0, 60.0)), None), Turn::Steady);
    assert_eq!(
        c.segment().unwrap().frame_of(Beats::whole(2)),
        24000 + 48000
    );
}

#[test]
fn a_host_without_a_position_still_gives_the_tempo() {
    let mut c = Clock::new(RATE);
    let h = HostTime {
        playing: true,
        tempo: Some(Tempo::from_bpm(60.0)),
        ..HostTime::default()
    };
    assert_eq!(c.follow(0, Some(&h), None), Turn::Jump);
    assert_eq!(c.follow(48000, Some(&h), None), Turn::Steady);
    assert_eq!(c.beat(48000), Beats::whole(1));
}

#[test]
fn the_own_clock_stops_where_it_is_and_goes_on_from_there() {
    let mut c = Clock::new(RATE);
    assert_eq!(c.follow(0, None, None), Turn::Steady);
    c.play(0, true);
    assert_eq!(c.follow(0, None, None), Turn::Jump);
    c.play(24000, false);
    assert_eq!(c.follow(24000, None, None), Turn::Jump);
    assert_eq!(c.beat(30000), Beats::whole(1));
    c.play(48000, true);
    c.follow(48000, None, None);
    assert_eq!(c.beat(72000), Beats::whole(2));
}

#[test]
fn the_next_bar_is_now_if_it_begins_now() {
    let mut c = Clock::new(RATE);
    c.follow(0, Some(&host(4.0, 120.0)), None);
    assert_eq!(c.frame_of_due(c.due(When::NextBar.into(), 0), 0), 0);
    assert_eq!(c.frame_of_due(c.due(When::NextBar.into(), 1), 1), 96000);
    assert_eq!(c.frame_of_due(c.due(When::NextBeat.into(), 1), 1), 24000);
}
