//! The host's clock: the first beat, position, tempo, stops, slips.

use super::{Rig, left, runs, score};
use sorl_graph::{Beats, HostTime, Tempo};

fn host(beat: f64, bpm: f64) -> Option<HostTime> {
    Some(HostTime {
        playing: true,
        beat: Some(Beats::from_f64(beat)),
        tempo: Some(Tempo::from_bpm(bpm)),
        meter: None,
        bar: None,
    })
}

#[test]
fn the_first_beat_is_never_lost() {
    assert_eq!(left(&score("g = node('g', gate)\ng @ hit()"), 1), [1.0]);
}

#[test]
fn a_host_s_position_tempo_and_stop_rule() {
    let mut rig = Rig::new(&score("g = node('g', gate)\ng @ hit(legato=0.5) * 4"));
    // Preroll: a quarter of a beat before the beginning, at 60 bpm.
    rig.block(24000, host(-0.25, 60.0), &[]);
    assert_eq!(runs(&rig.left), [(0.0, 0, 12000), (1.0, 12000, 24000)]);
    // Twice as fast from beat 0.25 on.
    rig.block(12000, host(0.25, 120.0), &[]);
    assert_eq!(
        runs(&rig.left[24000..]),
        [(1.0, 0, 6000), (0.0, 6000, 12000)]
    );
    // A jump into the middle of a hit: it has begun elsewhere; the next one sounds.
    rig.block(12000, host(16.25, 120.0), &[]);
    assert_eq!(runs(&rig.left[36000..]), [(0.0, 0, 12000)]);
    rig.block(12000, host(16.75, 120.0), &[]);
    assert_eq!(
        runs(&rig.left[48000..]),
        [(0.0, 0, 6000), (1.0, 6000, 12000)]
    );
    // A stop ends it.
    rig.block(
        100,
        Some(HostTime {
            playing: false,
            ..host(17.25, 120.0).unwrap()
        }),
        &[],
    );
    assert_eq!(runs(&rig.left[60000..]), [(0.0, 0, 100)]);
}

#[test]
fn a_host_that_slips_a_little_neither_repeats_nor_loses_a_hit() {
    // Every block is off by up to ±400 frames; the beats' hits must come once each.
    let mut rig = Rig::new(&score("g = node('g', gate)\ng @ hit(legato=0.5) * 4"));
    let mut at = 0.0f64;
    for i in 0..2000 {
        let slip = f64::from((i * 7919) % 801 - 400) / 24000.0;
        rig.block(512, host(0.1 + at + slip, 120.0), &[]);
        at += 512.0 / 24000.0;
    }
    let rises = rig
        .left
        .windows(2)
        .filter(|w| w[0] == 0.0 && w[1] == 1.0)
        .count();
    assert_eq!(rises, (0.1 + at) as usize);
}
