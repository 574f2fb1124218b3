//! What a desk keeps, takes back and takes along.

use std::sync::Arc;

use sorl_graph::score::edit::Gesture;
use sorl_graph::session::Change;

use super::{Desk, Positions};
use crate::state::Document;

const SCORE: &str = "def one():\n    return sine_osc(440)\n\no = node(\"one\", one)\n";
const WRONG: &str = "o = nod(\"one\", one)\n";

#[test]
fn a_refused_score_is_kept_as_the_draft_and_the_sound_stays() {
    let desk = Desk::new(SCORE);
    assert!(!desk.is_changed());
    assert!(desk.evaluate(WRONG).is_err());
    assert_eq!(desk.draft(), WRONG);
    assert_eq!(desk.session().score(), SCORE);
    assert!(desk.diagnostics().is_some());
    assert!(desk.is_changed());
    assert!(desk.evaluate(SCORE).is_ok());
    assert!(desk.diagnostics().is_none());
}

#[test]
fn gestures_and_typing_have_one_undo() {
    let desk = Desk::new(SCORE);
    let set = Change::Gesture(Gesture::Set {
        node: "one".to_owned(),
        control: "gain".to_owned(),
        value: 0.5,
    });
    desk.change(&[set]).expect("a gain can be set");
    let set = desk.draft();
    assert_eq!(set, format!("{SCORE}set(\"one/gain\", 0.5)\n"));
    assert_eq!(desk.session().value("one", "gain"), Some(0.5));
    desk.set_draft(&set.replace("440", "44"));
    desk.set_draft(&set.replace("440", "445"));
    assert!(desk.evaluate(&set.replace("440", "445")).is_ok());
    assert!(desk.undo());
    assert_eq!(desk.draft(), set, "typing and evaluating it is one step");
    assert_eq!(desk.session().score(), set);
    assert!(desk.undo());
    assert_eq!(desk.session().score(), SCORE);
    assert_eq!(desk.session().value("one", "gain"), Some(1.0));
    assert!(!desk.undo());
    assert!(desk.redo() && desk.redo() && !desk.redo());
    assert_eq!(desk.session().score(), set.replace("440", "445"));
}

#[test]
fn a_gesture_goes_around_what_is_being_typed() {
    let desk = Desk::new(SCORE);
    let typed = SCORE.replace("sine_osc(440)", "sine_osc(44");
    desk.set_draft(&typed);
    let mute = Gesture::Mute {
        node: "one".to_owned(),
        on: true,
    };
    desk.change(&[Change::Gesture(mute)])
        .expect("the score is good");
    assert!(desk.session().patch().nodes[0].mute);
    assert_eq!(desk.draft(), format!("{typed}mute(\"one\")\n"));
}

#[test]
fn a_place_survives_a_new_name() {
    let desk = Desk::new(SCORE);
    desk.place("one", [10.0, 20.0]);
    assert!(desk.evaluate(&SCORE.replace("\"one\"", "\"two\"")).is_ok());
    assert_eq!(desk.positions().get("two"), Some(&[10.0, 20.0]));
    let rename = Gesture::Rename {
        node: "two".to_owned(),
        to: "three".to_owned(),
    };
    desk.change(&[Change::Gesture(rename)])
        .expect("a free name");
    assert_eq!(desk.positions().get("three"), Some(&[10.0, 20.0]));
    assert_eq!(desk.positions().len(), 1);
    assert!(desk.undo());
    assert_eq!(desk.positions().get("two"), Some(&[10.0, 20.0]));
}

#[test]
fn a_document_goes_from_one_desk_to_another() {
    let desk = Desk::new(SCORE);
    desk.place("one", [10.0, -2.5]);
    desk.place("nowhere", [f32::NAN, 0.0]);
    desk.set_draft(WRONG);
    let document = desk.save();
    assert!(!desk.is_changed());
    assert_eq!(document.positions.len(), 1);

    let other = Desk::new("");
    let revision = other.revision();
    assert!(other.restore(document.clone()).is_ok());
    assert_eq!(other.document(), document);
    assert_eq!(other.session().patch(), desk.session().patch());
    assert!(other.revision() > revision && !other.is_changed());
}

#[test]
fn a_document_whose_score_is_refused_leaves_sound_and_text() {
    let desk = Desk::new(SCORE);
    assert!(
        desk.restore(Document::new(WRONG, WRONG, &Positions::new()))
            .is_err()
    );
    assert_eq!(desk.session().score(), SCORE);
    assert_eq!(desk.draft(), WRONG);
    assert!(desk.message().is_some());
    assert_eq!(desk.document().draft.as_deref(), Some(WRONG));
}

#[test]
fn a_desk_has_one_ticking_thread_and_takes_it_along() {
    let desk = Desk::new(SCORE);
    assert_eq!(
        Arc::weak_count(&desk),
        0,
        "nothing runs before it is asked for"
    );
    desk.start_ticking();
    desk.start_ticking();
    assert_eq!(Arc::weak_count(&desk), 1);
    desk.stop_ticking();
    assert_eq!(Arc::weak_count(&desk), 0);
    desk.start_ticking();
    let weak = Arc::downgrade(&desk);
    drop(desk);
    // The thread may hold the desk for the length of a tick, no longer.
    while weak.upgrade().is_some() {
        std::thread::yield_now();
    }
}
