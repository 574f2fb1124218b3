//! Several changes as one: order, room, taking back, mistakes, threads, edits that wait.

use super::{BEAT, Rig, SCORE, changes, first_change};
use sorl_graph::message::Span;
use sorl_graph::rt::ROOM;
use sorl_graph::session::{Batch, Refusal};
use sorl_graph::time::Seconds;
use sorl_graph::{Beats, NoteEvent, Session, When};

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
