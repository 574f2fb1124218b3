//! Tempo and metre that change in the course of the song: where things sound, and what a score may say.

use proptest::prelude::*;
use sorl_graph::io::offline::{Blocks, Length, Options, render_to_memory};
use sorl_graph::time::{Bars, Bend, Meter, Pace, Ratio, Segment, TempoRamp};
use sorl_graph::{Beats, Block, Engine, HostTime, Patch, Session, Setup, Tempo, When};
use std::sync::Arc;

const CLICK: &str = r#"
def click():
    gate = control("gate", 0, 0, 1)
    return gate
c = node("c", click)
"#;

fn patch(course: &str) -> Patch {
    let mut session = Session::new();
    let score = format!("{CLICK}{course}");
    session.evaluate(&score, When::Now).unwrap();
    session.patch().clone()
}

fn error(course: &str) -> String {
    let score = format!("{CLICK}{course}");
    let error = Session::new().evaluate(&score, When::Now).unwrap_err();
    error.to_string()
}

fn render(course: &str, bars: u32, blocks: Blocks) -> Vec<f32> {
    let options = Options {
        length: Length::Bars(bars),
        blocks,
        ..Options::default()
    };
    let [left, _] = render_to_memory(&format!("{CLICK}{course}"), &options).unwrap();
    left
}

/// Where the gate rises.
fn onsets(sound: &[f32]) -> Vec<i64> {
    let low_before = |i: &usize| *i == 0 || sound[i - 1] == 0.0;
    let rises = (0..sound.len()).filter(|i| sound[*i] != 0.0 && low_before(i));
    rises.map(|i| i as i64).collect()
}

const COURSE: &str = "
tempo(100)
tempo(150, at=1, ramp=\"linear\")
tempo(90, at=2)
tempo(180, at=2.5, over=1, ramp=\"exp\")
meter(4, 4)
meter(3, 4, at=2)
meter(5, 8, at=4)
rubato(0.5, at=3, over=1)
rubato([2, 1, 1], at=4)
";

#[test]
fn events_sound_at_the_frames_of_the_map() {
    let course = format!("{COURSE}c @ kr.hit() * 4");
    let patch = patch(&course);
    let map = Arc::new(patch.tempo_map().unwrap());
    let segment = Segment::paced(0, Beats::ZERO, &Pace::of(&map), 48000);
    let bars = patch.bars();
    let want: Vec<i64> = (0..24)
        .map(|quarter| segment.frame_of_cycle(Ratio::new(quarter, 4), &bars))
        .collect();
    let sound = render(&course, 6, Blocks::Fixed(512));
    // A gate that falls and rises at once reads 0 for the frame before.
    assert_eq!(onsets(&sound), want);
    assert_eq!(
        sound.len() as i64,
        segment.frame_of_cycle(Ratio::whole(6), &bars)
    );
}

#[test]
fn a_cycle_lasts_as_long_as_its_bar() {
    let course = "
tempo(120)
meter(4, 4)
meter(3, 4, at=1)
meter(7, 8, at=2)
c @ kr.hit()
";
    let sound = render(course, 4, Blocks::Fixed(300));
    // Bars of 4, 3, 3.5 and 3.5 beats of 24000 frames.
    assert_eq!(onsets(&sound), [0, 96_000, 168_000, 252_000]);
    assert_eq!(sound.len(), 336_000);
    // What spans a change is cut in the same proportion of each bar.
    let sound = render(
        &format!("{course}c @ kr.hit().over(2)"),
        4,
        Blocks::Fixed(300),
    );
    assert_eq!(onsets(&sound), [0, 168_000]);
}

#[test]
fn a_ramp_without_over_comes_from_the_change_before_and_arrives() {
    let map = patch("tempo(120)\ntempo(60, at=4)\ntempo(240, at=8, ramp=\"linear\")")
        .tempo_map()
        .unwrap();
    let tempo = |beat: i64| map.tempo_at(Beats::whole(beat)).bpm();
    assert_eq!(
        (tempo(-9), tempo(0), tempo(15), tempo(16)),
        (120.0, 120.0, 120.0, 60.0)
    );
    assert_eq!((tempo(24), tempo(32), tempo(99)), (150.0, 240.0, 240.0));
    let map = patch("tempo(120)\ntempo(240, at=8, over=2)")
        .tempo_map()
        .unwrap();
    let tempo = |beat: i64| map.tempo_at(Beats::whole(beat)).bpm();
    assert_eq!((tempo(32), tempo(36), tempo(40)), (120.0, 180.0, 240.0));
    // Without a tempo from the beginning on, the first change says it.
    let map = patch("tempo(90, at=4)").tempo_map().unwrap();
    assert_eq!(map.is_steady(), Some(Tempo::from_bpm(90.0)));
}

#[test]
fn what_a_score_says_is_in_the_patch_and_goes_through_serde() {
    let patch = patch(COURSE);
    assert_eq!(patch.tempo, Some(100.0));
    let ramps: Vec<TempoRamp> = patch.course.tempo.iter().map(|c| c.ramp).collect();
    assert_eq!(
        ramps,
        [
            TempoRamp::Linear,
            TempoRamp::Step,
            TempoRamp::Step,
            TempoRamp::Exponential
        ]
    );
    assert_eq!(
        patch.course.rubato[1].bend,
        Bend::Parts(vec![2.0, 1.0, 1.0])
    );
    let text = serde_json::to_string(&patch).unwrap();
    assert_eq!(serde_json::from_str::<Patch>(&text).unwrap(), patch);
    // One from before there were changes.
    let old: Patch = serde_json::from_str(
        r#"{"tempo":128.0,"meter":null,"nodes":[],"connections":[],"bindings":[]}"#,
    )
    .unwrap();
    assert_eq!(
        old.tempo_map().unwrap().is_steady(),
        Some(Tempo::from_bpm(128.0))
    );
}

#[test]
fn mistakes_say_what_is_wrong() {
    for (course, says) in [
        ("tempo(120, ramp=\"linear\")", "needs a bar: `at`"),
        ("tempo(120, at=2, ramp=\"quick\")", "\"linear\" or \"exp\""),
        ("tempo(1200, at=2)", "a tempo goes from 1 to 1000 bpm"),
        ("tempo(120, at=2, over=0)", "above 0"),
        ("tempo(120, at=1e9)", "`at` goes from"),
        ("meter(3, 4, at=1.5)", "whole number of bars"),
        ("rubato(0.95, at=1)", "from -0.9 to 0.9"),
        ("rubato(0.5, at=1, over=2)\nrubato(0.5, at=2)", "overlap"),
        (
            "for i in range(600):\n    tempo(100 + i, at=i)",
            "more than 512 times",
        ),
    ] {
        let error = error(course);
        assert!(error.contains(says), "{course}: {error}");
    }
}

#[test]
fn a_host_rules_over_the_score_s_course() {
    let mut session = Session::new();
    session
        .evaluate(&format!("{CLICK}{COURSE}c @ kr.hit() * 4"), When::Now)
        .unwrap();
    let setup = Setup { rate: 48000 };
    let mut engine = Engine::new(setup, session.connect(setup));
    let mut sound = vec![0.0; 96_000];
    let (mut right, host) = (
        vec![0.0; 96_000],
        HostTime {
            playing: true,
            beat: Some(Beats::ZERO),
            tempo: Some(Tempo::from_bpm(120.0)),
            meter: Meter::new(4, 4),
            bar: None,
        },
    );
    engine.process(Block {
        inputs: &[],
        outputs: &mut [&mut sound, &mut right],
        frames: 96_000,
        host: Some(host),
        notes: &[],
    });
    assert_eq!(onsets(&sound), [0, 24_000, 48_000, 72_000]);
}

#[test]
fn the_session_tells_tempo_metre_and_bar_as_they_change() {
    let mut session = Session::new();
    session
        .evaluate(&format!("{CLICK}{COURSE}"), When::Now)
        .unwrap();
    let setup = Setup { rate: 48000 };
    let mut engine = Engine::new(setup, session.connect(setup));
    session.play();
    let (mut left, mut right) = (vec![0.0; 1600], vec![0.0; 1600]);
    let patch = session.patch().clone();
    let map = Arc::new(patch.tempo_map().unwrap());
    let segment = Segment::paced(0, Beats::ZERO, &Pace::of(&map), 48000);
    let mut metres = Vec::new();
    for block in 1..300 {
        engine.process(Block {
            inputs: &[],
            outputs: &mut [&mut left, &mut right],
            frames: 1600,
            host: None,
            notes: &[],
        });
        session.tick();
        let status = session.status();
        assert_eq!(status.frame, block * 1600);
        assert_eq!(status.tempo, segment.tempo_at(status.frame).bpm());
        assert_eq!(
            status.cycle,
            patch.bars().cycle_of(segment.beat_of(status.frame))
        );
        metres.push(status.meter);
    }
    metres.dedup();
    assert_eq!(
        metres,
        [Meter::new(4, 4), Meter::new(3, 4), Meter::new(5, 8)].map(Option::unwrap)
    );
}

/// Renders with an edit of the course at a frame, a seek and a start from the middle.
fn performance(sizes: &mut dyn Iterator<Item = usize>) -> Vec<u32> {
    const FRAMES: usize = 60_000;
    let score = |course: &str| {
        format!("{CLICK}{course}\nc @ kr.hit() * 16\nc @ (\"gain\", sine(0.1, 1).over(0.5))")
    };
    let mut session = Session::new();
    session.evaluate(&score(COURSE), When::Now).unwrap();
    let setup = Setup { rate: 8000 };
    let mut engine = Engine::new(setup, session.connect(setup));
    let edited = COURSE
        .replace("tempo(90, at=2)", "tempo(140, at=1.2, ramp=\"exp\")")
        .replace("meter(3, 4, at=2)", "meter(2, 4, at=1)");
    session
        .evaluate(&score(&edited), When::Frame(17_003))
        .unwrap();
    session.play();
    let (mut left, mut right) = (vec![0.0; 4096], vec![0.0; 4096]);
    let mut out = Vec::with_capacity(FRAMES);
    let mut seeks = [(0, 5.3), (9_001, -3.7), (30_011, 21.9)]
        .into_iter()
        .peekable();
    while out.len() < FRAMES {
        let at = out.len();
        while seeks.peek().is_some_and(|(frame, _)| *frame <= at) {
            session.seek(Beats::from_f64(seeks.next().unwrap().1));
        }
        let until = seeks.peek().map_or(FRAMES, |(frame, _)| *frame);
        let frames = sizes.next().unwrap().min(until - at);
        engine.process(Block {
            inputs: &[],
            outputs: &mut [&mut left, &mut right],
            frames,
            host: None,
            notes: &[],
        });
        out.extend(left[..frames].iter().map(|x| x.to_bits()));
    }
    out
}

#[test]
fn the_bars_of_a_patch_are_those_of_its_metres() {
    let metre = |beats, unit| Meter::new(beats, unit).unwrap();
    assert_eq!(
        patch(COURSE).bars(),
        Bars::new(metre(4, 4), [(2, metre(3, 4)), (4, metre(5, 8))])
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn ramps_jumps_and_edits_of_the_course_do_not_depend_on_blocks(
        sizes in prop::collection::vec(0usize..4000, 1..40),
    ) {
        prop_assume!(sizes.iter().any(|s| *s > 0));
        let whole = performance(&mut std::iter::repeat(4096));
        prop_assert!(whole.iter().filter(|x| **x != 0).count() > 10_000);
        let cut = performance(&mut sizes.into_iter().cycle());
        prop_assert_eq!((0..whole.len()).find(|&i| whole[i] != cut[i]), None);
    }
}
