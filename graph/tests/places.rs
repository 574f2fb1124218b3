//! What has a place of its own in the song: scenes at a bar, patterns that count from where they came in, steps that
//! sound earlier or later than they are said to, sounds that last as long as their steps.

use sorl_graph::When;
use sorl_graph::io::offline::{Blocks, Length, Options, Renderer, render_to_memory};
use sorl_graph::resource::Sound;
use sorl_graph::session::Session;
use sorl_graph::time::Beats;

/// A bar at 120 bpm and 48 kHz.
const BAR: usize = 96_000;
/// A node that sounds as its control `v`.
const DC: &str = "def dc():\n    return control(\"v\", 1, 0, 1)\n\nd = node(\"dc\", dc)\n";
/// A node that sounds as its gate.
const GATE: &str =
    "def g():\n    return control(\"gate\", 0, 0, 1)\n\nn = node(\"g\", g, gain=1)\n";

fn left(score: &str, bars: u32, blocks: Blocks) -> Vec<f32> {
    let options = Options {
        length: Length::Bars(bars),
        blocks,
        ..Options::default()
    };
    let [left, _] = render_to_memory(score, &options).unwrap_or_else(|e| panic!("{e}"));
    left
}

/// The frames at which a signal rises from nought.
fn rises(sound: &[f32]) -> Vec<usize> {
    let above = |i: usize| sound[i] > 0.0;
    (0..sound.len())
        .filter(|&i| above(i) && (i == 0 || !above(i - 1)))
        .collect()
}

#[test]
fn a_scene_at_a_bar_begins_at_its_frame_however_blocks_are_cut() {
    let score = format!(
        "{DC}d[\"v\"] = 0.25\nsave(\"low\")\nd[\"v\"] = 1\nat(1, recall(\"low\"))\nwith at(2.5):\n    recall(0)\n"
    );
    let whole = left(&score, 4, Blocks::Fixed(512));
    // A value that a scene sets is smoothed as any other.
    assert!(whole[..BAR].iter().all(|x| *x == 1.0));
    assert!(whole[BAR + 1] < 1.0 && whole[BAR + 4000] == 0.25);
    assert!(whole[2 * BAR + BAR / 2 - 1] == 0.25 && whole[2 * BAR + BAR / 2 + 1] > 0.25);
    assert_eq!(whole[3 * BAR], 1.0);
    for blocks in [Blocks::Fixed(64), Blocks::Random(3)] {
        assert!(left(&score, 4, blocks) == whole, "{blocks:?}");
    }
}

#[test]
fn going_back_in_the_song_goes_back_to_the_scene_that_was_there() {
    let mut session = Session::new();
    let score = format!(
        "{DC}save(\"a\")\nd[\"v\"] = 0\nsave(\"b\")\nat(1, recall(\"a\"))\nat(2, recall(\"b\"))\n"
    );
    session.evaluate(&score, When::Now).unwrap();
    let mut renderer = Renderer::new(&mut session, 48_000);
    let mut at_beat = |session: &mut Session, beat: i64| {
        session.seek(Beats::whole(beat));
        for _ in 0..4 {
            renderer.advance(session, 1024, &[]);
        }
        session.scene()
    };
    assert_eq!(at_beat(&mut session, 9), 2);
    assert_eq!(at_beat(&mut session, 5), 1);
    assert_eq!(at_beat(&mut session, 1), 0);
    assert_eq!(at_beat(&mut session, 100), 2);
}

#[test]
fn a_recall_waits_for_the_next_bar_if_it_is_told_to() {
    let mut session = Session::new();
    let scenes = format!("{DC}d[\"v\"] = 0\nsave(\"off\")\nd[\"v\"] = 1\n");
    session.evaluate(&scenes, When::Now).unwrap();
    let mut renderer = Renderer::new(&mut session, 48_000);
    renderer.advance(&mut session, 30_000, &[]);
    session
        .run("recall(\"off\", when=\"bar\")", When::Now)
        .unwrap();
    let (left, _) = renderer.advance(&mut session, BAR, &[]);
    assert!(left[..BAR - 30_000].iter().all(|x| *x == 1.0));
    assert!(left[BAR - 30_000 + 10] < 1.0 && left[BAR - 1] == 0.0);
}

#[test]
fn a_pattern_counts_from_the_bar_in_which_it_came_in_and_goes_on_counting() {
    let mut session = Session::new();
    session.evaluate(GATE, When::Now).unwrap();
    let mut renderer = Renderer::new(&mut session, 48_000);
    renderer.advance(&mut session, 5 * BAR / 2, &[]);
    session.tick();
    let score = format!("{GATE}play(\"g\", p(\"<x ~ ~ x x>\"), from_zero=True)\n");
    let zero = |session: &Session| session.patch().bindings[0].zero;
    session.evaluate(&score, When::Now).unwrap();
    assert_eq!(zero(&session), 2);
    // Its first cycle is bar 2, of which half is over; bars 3 and 4 rest.
    let (sound, _) = renderer.advance(&mut session, 3 * BAR, &[]);
    assert_eq!(rises(sound), [5 * BAR / 2]);
    session.tick();
    session
        .evaluate(&format!("{score}tempo(120)\n"), When::Now)
        .unwrap();
    assert_eq!(zero(&session), 2, "it is the same pattern");
    let state = session.state();
    let mut other = Session::new();
    other.restore(&score, &state, When::Now).unwrap();
    assert_eq!(zero(&other), 2, "a project remembers");
    let changed = score.replace("<x ~", "<~ x");
    session.evaluate(&changed, When::NextBar).unwrap();
    assert_eq!(zero(&session), 6, "another pattern counts anew");
}

#[test]
fn steps_sound_so_many_seconds_earlier_or_later_than_they_are_said_to() {
    let nudged = |nudge: &str| {
        let score = format!("{GATE}n @ hit().fast(4).legato(0.5).nudge({nudge})\n");
        let sound = left(&score, 2, Blocks::Fixed(512));
        for blocks in [Blocks::Fixed(7), Blocks::Random(5)] {
            assert!(left(&score, 2, blocks) == sound, "{blocks:?}");
        }
        rises(&sound)
    };
    let plain: Vec<usize> = (0..8).map(|i| i * BAR / 4).collect();
    let late: Vec<usize> = plain.iter().map(|f| f + 480).collect();
    // What would have begun before the beginning begins with it: no first beat is lost.
    let early: Vec<usize> = plain.iter().map(|f| f.saturating_sub(480)).collect();
    assert_eq!(nudged("0"), plain);
    assert_eq!(nudged("0.01"), late);
    assert_eq!(nudged("-0.01")[..8], early);
    assert_eq!(
        nudged("'0 0.01 0 -0.005'")[..4],
        [0, BAR / 4 + 480, BAR / 2, 3 * BAR / 4 - 240]
    );
    let by_chance = nudged("rand.range(0, 0.02)");
    assert_eq!(by_chance.len(), 8);
    let by: Vec<usize> = by_chance.iter().zip(&plain).map(|(f, p)| f - p).collect();
    assert!(
        by.iter().all(|by| *by <= 960) && by.iter().any(|by| *by != by_chance[0]),
        "{by:?}"
    );
}

#[test]
fn the_end_of_a_nudged_step_is_nudged_with_it() {
    let score = format!("{GATE}n @ (hit() + rest()).legato(0.5).nudge(0.01)\n");
    let sound = left(&score, 1, Blocks::Fixed(512));
    assert_eq!(rises(&sound), [480]);
    assert_eq!(
        sound.iter().rposition(|x| *x > 0.0),
        Some(480 + BAR / 4 - 1)
    );
}

#[test]
fn a_sound_lasts_as_long_as_its_step() {
    let mut session = Session::new();
    // A slope of half a second.
    let slope = (0..24_000).map(|i| i as f32 / 24_000.0).collect();
    session.add_sound("slope", Sound::new(48_000, vec![slope]).unwrap());
    let render = |session: &mut Session, pattern: &str| {
        let score = format!("d = node(\"d\", sampler(\"slope\"), gain=1)\nd @ {pattern}\n");
        session
            .evaluate(&score, When::Now)
            .unwrap_or_else(|e| panic!("{}", e.render("score", &score)));
        let mut renderer = Renderer::new(session, 48_000);
        renderer.advance(session, BAR, &[]).0.to_vec()
    };
    let near = |sound: &[f32], frame: usize, value: f32| {
        assert!(
            (sound[frame] - value).abs() < 1e-3,
            "{frame}: {}",
            sound[frame]
        );
    };
    // Two seconds for half a second of sound.
    let slow = render(&mut session, "s(\"slope\").fit()");
    for quarter in 1..4 {
        near(&slow, quarter * BAR / 4, quarter as f32 / 4.0);
    }
    let halves = render(&mut session, "s(\"slope slope\").fit()");
    near(&halves, BAR / 4, 0.5);
    near(&halves, 3 * BAR / 4, 0.5);
    // A part of it, and backwards.
    let part = render(&mut session, "s(\"slope\").begin(0.5).fit()");
    near(&part, BAR / 2, 0.75);
    let back = render(&mut session, "s(\"slope\").speed(-1).fit()");
    near(&back, BAR / 4, 0.75);
    let twice = render(&mut session, "s(\"slope\").fit().speed(2)");
    near(&twice, BAR / 4, 0.5);
    near(&twice, BAR / 2 + 100, 0.0);
}
