//! The short gesture by which a host that does not listen to changes learns that there is something to save.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::params::Param;
use nice_plug::params::internals::ParamPtr;
use nice_plug::prelude::PluginState;

use crate::desk::{Desk, Word};
use crate::params::HostParams;
use crate::window::announce;

const SCORE: &str = "def one():\n    return sine_osc(440)\n\no = node(\"one\", one)\n";

/// What a host is told of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Told {
    Begin(ParamPtr),
    Set(ParamPtr, f32),
    End(ParamPtr),
}

/// A host that writes down what it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<Told>>);

impl Notes {
    fn note(&self, told: Told) {
        self.0.lock().expect("nobody panics with it").push(told);
    }
    fn take(&self) -> Vec<Told> {
        std::mem::take(&mut *self.0.lock().expect("nobody panics with it"))
    }
}

impl GuiContextInner for Notes {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Vst3
    }
    unsafe fn raw_begin_set_parameter(&self, param: ParamPtr) {
        self.note(Told::Begin(param));
    }
    unsafe fn raw_set_parameter_normalized(&self, param: ParamPtr, normalized: f32) {
        self.note(Told::Set(param, normalized));
    }
    unsafe fn raw_end_set_parameter(&self, param: ParamPtr) {
        self.note(Told::End(param));
    }
    fn get_state(&self) -> PluginState {
        PluginState {
            version: String::new(),
            params: BTreeMap::new(),
            fields: BTreeMap::new(),
        }
    }
    fn set_state(&self, _: PluginState) {}
    fn request_restart(&self) {}
}

#[test]
fn all_edits_up_to_the_next_save_are_one_gesture_that_begins_and_ends() {
    let desk = Desk::new(SCORE);
    let params = HostParams::new(Arc::clone(&desk));
    let notes = Arc::new(Notes::default());
    let host = GuiContext::new(Arc::clone(&notes) as Arc<dyn GuiContextInner>);
    let mut announced = false;
    let mut frame = || {
        announce(&desk, &params, &host, &mut announced);
        notes.take()
    };
    let edited = params.edited.as_ptr();
    let gesture = [
        Told::Begin(edited),
        Told::Set(edited, 1.0),
        Told::End(edited),
    ];
    assert_eq!(frame(), [], "nothing was edited");
    for place in [1.0, 2.0] {
        desk.place("one", [place; 2]);
        let told = frame();
        assert_eq!(told, if place == 1.0 { &gesture[..] } else { &[] });
        assert_eq!(frame(), []);
    }
    desk.save();
    assert_eq!(frame(), []);
    desk.place("one", [3.0; 2]);
    assert_eq!(frame(), gesture);
    desk.save();
    frame();
    // A host that takes note of a word is touched by nothing.
    let listens = Arc::new(AtomicBool::new(true));
    let takes_note = Arc::clone(&listens);
    desk.tell_by(Some(Box::new(move |word| {
        assert_eq!(word, Word::Changed);
        takes_note.load(Ordering::Relaxed)
    })));
    desk.place("one", [4.0; 2]);
    assert_eq!(frame(), []);
    desk.save();
    frame();
    listens.store(false, Ordering::Relaxed);
    desk.place("one", [5.0; 2]);
    assert_eq!(frame(), gesture);
}
