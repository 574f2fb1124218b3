//! Changes at their time: to the sample, in order, all or nothing, from any thread.

use sorl_graph::message::{Moment, Span};
use sorl_graph::rt::ROOM;
use sorl_graph::session::{Batch, Refusal};
use sorl_graph::time::{Pace, Seconds, Segment};
use sorl_graph::{Beats, Block, Engine, HostTime, NoteEvent, Session, Setup, Tempo, When};
use std::sync::Arc;

/// `x` and `y` are heard as they are, left and right; `g` plays its gate and its pitch.
const SCORE: &str = r#"
def probe():
    x = control("x", 0, 0, 1)
    y = control("y", 0, 0, 1)
    return (x, y)
def gated():
    freq = control("freq", 100, 20, 2000)
    gate = control("gate", 0, 0, 1)
    return gate * freq / 1000
tempo(120)
meter(3, 4)
p = node("p", probe, gain=1)
"#;

const RATE: u32 = 48_000;
/// A beat at 120 bpm.
const BEAT: i64 = 24_000;

struct Rig {
    session: Session,
    engine: Engine,
    block: usize,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Rig {
    fn new(score: &str, block: usize) -> Rig {
        let mut session = Session::new();
        session.evaluate(score, When::Now).unwrap();
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        session.play();
        Rig {
            session,
            engine,
            block,
            left: Vec::new(),
            right: Vec::new(),
        }
    }

    fn probe(block: usize) -> Rig {
        Rig::new(SCORE, block)
    }

    fn gated(block: usize) -> Rig {
        Rig::new(
            &format!("{SCORE}g = node(\"g\", gated, gain=1, count=3)"),
            block,
        )
    }

    fn host(&mut self, frames: usize, host: Option<HostTime>) {
        let at = self.left.len();
        self.left.resize(at + frames, 0.0);
        self.right.resize(at + frames, 0.0);
        self.engine.process(Block {
            inputs: &[],
            outputs: &mut [&mut self.left[at..], &mut self.right[at..]],
            frames,
            host,
            notes: &[],
        });
    }

    /// Runs up to a frame, ticking after each block.
    fn until(&mut self, frame: i64) {
        while self.left.len() < frame as usize {
            let frames = self.block.min(frame as usize - self.left.len());
            self.host(frames, None);
            self.session.tick();
        }
    }

    fn send(&mut self, batch: Batch) -> sorl_graph::message::Ticket {
        self.session.send(batch).unwrap()
    }
}

/// The frames at which a sound changes, with the new value.
fn changes(sound: &[f32]) -> Vec<(i64, f32)> {
    let mut last = 0.0;
    let changed = |(i, x): (usize, &f32)| {
        let new = *x != std::mem::replace(&mut last, *x);
        new.then_some((i as i64, *x))
    };
    sound.iter().enumerate().filter_map(changed).collect()
}

fn first_change(sound: &[f32]) -> Option<i64> {
    changes(sound).first().map(|(frame, _)| *frame)
}

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
fn a_batch_is_one_change_at_one_frame_with_its_edit() {
    let mut rig = Rig::probe(333);
    rig.until(1000);
    // The patch gets a node that sounds at full level as soon as `p` falls silent.
    let batch = Batch::at(When::Beat(Beats::from_f64(1.3)))
        .step("p/x", 1.0)
        .edit(|patch| {
            let mut twin = patch.nodes[0].clone();
            twin.name = "q".to_owned();
            patch.nodes.push(twin);
        })
        .step("p/y", 0.25)
        .step("q/y", 0.5);
    rig.send(batch);
    let at = (1.3 * BEAT as f64) as i64;
    rig.until(at + 2000);
    assert_eq!(changes(&rig.left), [(at, 1.0)]);
    let right = changes(&rig.right);
    assert_eq!(right[0], (at, 0.25), "`p` at once");
    // `q` fades in, as every node that is new while others sound, from the same frame on.
    assert_eq!(right[1].0, at + 1);
    assert_eq!(right.last(), Some(&(at + 480, 0.75)));
    assert_eq!(rig.session.patch().nodes.len(), 2);
}

#[test]
fn equal_times_happen_in_the_order_of_sending() {
    let mut rig = Rig::probe(500);
    for i in 1..=5u8 {
        let when = [
            When::Beat(Beats::from_f64(0.5)),
            When::Frame(12_000),
            When::Seconds(Seconds::from_f64(0.25)),
        ];
        rig.send(Batch::at(when[usize::from(i) % 3]).step("p/x", f32::from(i) / 10.0));
    }
    rig.until(13_000);
    assert_eq!(changes(&rig.left), [(12_000, 0.5)], "the last one wins");
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
fn what_waits_can_be_taken_back() {
    let mut rig = Rig::probe(512);
    let scheduler = rig.session.scheduler();
    let keep = scheduler
        .send(Batch::at(When::Frame(3000)).step("p/x", 0.5))
        .unwrap();
    let go = scheduler
        .send(
            Batch::at(When::Frame(4000))
                .step("p/x", 1.0)
                .step("p/y", 1.0),
        )
        .unwrap();
    let beat = scheduler
        .send(Batch::at(When::Beat(Beats::from_f64(0.2))).step("p/x", 1.0))
        .unwrap();
    let edit = scheduler
        .send(Batch::at(When::Frame(40_000)).edit(|p| p.nodes.clear()))
        .unwrap();
    rig.until(1024);
    assert_eq!(scheduler.waiting(), 4);
    for ticket in [go, beat, edit] {
        assert!(scheduler.cancel(ticket));
    }
    assert!(!scheduler.cancel(edit), "it is gone already");
    rig.until(60_000);
    assert_eq!(changes(&rig.left), [(3000, 0.5)]);
    assert_eq!(changes(&rig.right), []);
    assert_eq!(rig.session.patch().nodes.len(), 1);
    assert_eq!(scheduler.waiting(), 0);
    // Too late: nothing happens.
    scheduler.cancel(keep);
    rig.until(61_000);
}

#[test]
fn what_finds_no_room_comes_back_whole_and_nothing_is_lost() {
    let mut rig = Rig::probe(64);
    for i in 0..ROOM / 2 {
        let batch = Batch::at(When::Frame(1000 + i as i64))
            .step("p/x", (i % 2) as f32)
            .step("p/y", 1.0);
        rig.send(batch);
    }
    let more = Batch::at(When::Frame(9000))
        .step("p/x", 1.0)
        .step("p/y", 0.0);
    let not_sent = rig.session.send(more).unwrap_err();
    assert_eq!(not_sent.why, Refusal::Full(2));
    rig.until(1001);
    // One has happened: there is room for one batch, and what came back can be sent as it is.
    let scheduler = rig.session.scheduler();
    assert_eq!(scheduler.waiting(), ROOM - 2);
    scheduler.send(not_sent.batch).unwrap();
    assert!(
        scheduler
            .send(Batch::at(When::Frame(9000)).step("p/x", 0.0))
            .is_err()
    );
    rig.until(9100);
    assert_eq!(scheduler.waiting(), 0);
    let flips = changes(&rig.left);
    assert_eq!(flips.len(), ROOM / 2 - 1, "each was heard");
    assert_eq!(flips[0], (1001, 1.0));
    assert_eq!(changes(&rig.right), [(1000, 1.0), (9000, 0.0)]);
}

#[test]
fn mistakes_are_told_and_nothing_of_the_batch_happens() {
    let mut rig = Rig::probe(64);
    let at = || Batch::at(When::Frame(10)).step("p/y", 1.0);
    for (batch, says) in [
        (at().set("p", 1.0), "not a path"),
        (at().set("q/x", 1.0), "no node `q`"),
        (at().set("p/z", 1.0), "no control `z`"),
        (at().set("p/x", 1.5), "from 0 to 1"),
        (at().step("p/x", f32::NAN), "from 0 to 1"),
        (
            at().strike("p", 128, 1.0, Span::beats(1.0)),
            "a key from 0 to 127",
        ),
        (
            at().note(NoteEvent::On {
                channel: 0,
                key: 3,
                velocity: 1.5,
            }),
            "a velocity above 0",
        ),
    ] {
        let error = rig.session.send(batch).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    rig.until(100);
    assert_eq!(changes(&rig.right), []);
    let idle = Session::new().scheduler().send(at()).unwrap_err();
    assert_eq!(idle.why, Refusal::NoEngine);
}

#[test]
fn any_number_of_threads_may_send() {
    let mut rig = Rig::probe(512);
    let scheduler = rig.session.scheduler();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let scheduler = scheduler.clone();
            scope.spawn(move || {
                for i in 0..100 {
                    let when = When::Frame(1000 + 8 * i + thread);
                    let batch = Batch::at(when)
                        .step("p/x", ((i + thread) % 2) as f32)
                        .step("p/y", (i % 7) as f32 / 7.0);
                    if let Err(full) = scheduler.send(batch) {
                        // The engine does not run far enough meanwhile: what does not fit is told.
                        assert_eq!(full.why, Refusal::Full(2));
                    }
                }
            });
        }
        // And the engine runs while they send.
        rig.until(900);
    });
    assert_eq!(scheduler.waiting(), ROOM);
    rig.until(3000);
    assert_eq!(scheduler.waiting(), 0);
}

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
fn an_edit_waits_without_holding_up_others() {
    let mut rig = Rig::probe(512);
    rig.send(Batch::at(When::Seconds(Seconds::whole(1))).edit(|patch| {
        patch.nodes[0].values.insert("x".to_owned(), 1.0);
    }));
    rig.until(1024);
    let now = SCORE.replace("gain=1", "gain=1, y=0.5");
    rig.session.evaluate(&now, When::Now).unwrap();
    rig.until(60_000);
    assert_eq!(rig.right[4096], 0.5, "an edit for now is heard now");
    // A value that is stated moves in 20 ms from its frame on.
    assert_eq!(first_change(&rig.left), Some(48_001));
    // Both are in the patch: the edit was made on what was there when its time came.
    let patch = rig.session.patch();
    assert_eq!(patch.nodes[0].values["y"], 0.5);
    assert_eq!(patch.nodes[0].values["x"], 1.0);
}

#[test]
fn an_edit_that_cannot_be_is_told_and_leaves_all_as_it_was() {
    let mut rig = Rig::probe(512);
    rig.send(Batch::at(When::Frame(2000)).edit(|patch| {
        patch.nodes[0].values.insert("nowhere".to_owned(), 1.0);
    }));
    rig.send(
        Batch::at(When::Frame(2000))
            .edit(|patch| patch.nodes.clear())
            .set("p/x", 1.0),
    );
    rig.until(4000);
    let problems = &rig.session.status().problems;
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("no control `nowhere`") && problems[1].contains("no node `p`"));
    assert_eq!(rig.session.patch().nodes.len(), 1);
}

#[test]
fn what_waits_for_a_node_is_for_the_one_that_takes_its_place() {
    let mut rig = Rig::probe(512);
    rig.send(Batch::at(When::Frame(20_000)).step("p/y", 1.0));
    rig.until(1024);
    // Another function, with its controls in another order.
    let other = SCORE.replace(
        "    x = control(\"x\", 0, 0, 1)\n    y = control(\"y\", 0, 0, 1)\n    return (x, y)",
        "    y = control(\"y\", 0, 0, 1)\n    x = control(\"x\", 0, 0, 1)\n    return (x, y * 0.5)",
    );
    rig.session.evaluate(&other, When::Now).unwrap();
    rig.until(21_000);
    assert_eq!(changes(&rig.left), []);
    assert_eq!(changes(&rig.right), [(20_000, 0.5)]);
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
