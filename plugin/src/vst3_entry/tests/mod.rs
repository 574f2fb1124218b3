//! The instrument in a VST3 host of our own: what hosts leave out, what they say without frames, what they hear of edits,
//! and how they let go of instances.

mod gesture;
mod host;

use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    Event, IAudioProcessorTrait, IComponentHandler, IComponentHandler2, IComponentHandler2Trait,
    IComponentHandlerTrait, IEditControllerTrait, IMidiMappingTrait, NoteExpressionTypeIDs_,
    ParamID, ParamValue, ParameterInfo, RestartFlags_, SpeakerArr,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, TBool, int32, kNotImplemented, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};

use super::shell::Shell;
use crate::SorlInstrument;
use crate::desk::Word;
use host::{
    BLOCK, Heard, Instance, RINGS, Said, block, block_heard, events, express, flush, instance,
    loudest, named, off, on, press,
};

#[test]
fn a_host_may_leave_out_buses_give_them_empty_or_let_them_share_memory() {
    let mut left = [vec![0.0f32; BLOCK], vec![0.0f32; BLOCK]];
    let mut right = [vec![0.0f32; BLOCK], vec![0.0f32; BLOCK]];
    let mut scratch = vec![0.0f32; BLOCK];
    let mut heard: Vec<Vec<f32>> = Vec::new();
    for kind in 0..5 {
        let instance = instance();
        let pair = |of: &mut [Vec<f32>; 2]| of.iter_mut().map(|c| c.as_mut_ptr()).collect();
        let mut outs: Vec<Vec<*mut f32>> = vec![pair(&mut left)];
        match kind {
            0 => {}
            1 => outs.push(pair(&mut right)),
            2 => outs.extend(vec![vec![]; 8]),
            3 => outs.extend(vec![vec![scratch.as_mut_ptr(); 2]; 8]),
            _ => outs.extend(vec![vec![std::ptr::null_mut(); 2]; 8]),
        }
        assert_eq!(
            block(&instance, BLOCK, &mut outs, events(&[on(69)])),
            kResultOk
        );
        assert_eq!(
            block(&instance, BLOCK, &mut outs, Said::default()),
            kResultOk
        );
        heard.push(left[0].clone());
    }
    assert!(heard[0].iter().any(|x| x.abs() > 0.01));
    assert!(heard.iter().all(|other| *other == heard[0]));
}

#[test]
fn a_layout_that_is_chosen_while_it_plays_harms_nothing() {
    let instance = instance();
    assert!(loudest(&instance, 2, events(&[on(69)])) > 0.01);
    let mut stereo = SpeakerArr::kStereo;
    let mut none = 0;
    // SAFETY: a list of one, and one that is not looked at.
    unsafe { instance.setBusArrangements(&mut none, 0, &mut stereo, 1) };
    assert!(loudest(&instance, 2, Said::default()) > 0.01);
}

#[test]
fn a_block_before_it_is_set_up_or_longer_than_promised_is_refused_or_silent() {
    let new = ComWrapper::new(Shell::<SorlInstrument>::new());
    let mut channel = vec![1.0f32; 2 * BLOCK];
    let mut mono = [vec![channel.as_mut_ptr()]];
    assert_ne!(block(&new, BLOCK, &mut mono, Said::default()), kResultOk);
    let long = block(&instance(), 2 * BLOCK, &mut mono, Said::default());
    assert_eq!(long, kResultOk);
    assert!(
        channel.iter().all(|x| *x == 0.0),
        "not what lay there before"
    );
}

#[test]
fn notes_without_frames_are_heard_with_the_next() {
    let instance = instance();
    assert_eq!(loudest(&instance, 1, Said::default()), 0.0);
    flush(&instance, events(&[on(69)]));
    assert!(loudest(&instance, 1, Said::default()) > 0.01);
    flush(&instance, events(&[off(69), on(60), off(60)]));
    assert_eq!(loudest(&instance, RINGS, Said::default()), 0.0);
}

#[test]
fn controllers_without_frames_count_with_the_next() {
    let instance = instance();
    let pedal = |down: f64| {
        let mut id = 0;
        // SAFETY: a place for the answer.
        let found = unsafe { instance.getMidiControllerAssignment(0, 0, 64, &mut id) };
        assert_eq!(found, kResultOk);
        Said {
            moves: vec![(id, 0, down)],
            ..Said::default()
        }
    };
    flush(&instance, pedal(1.0));
    assert!(loudest(&instance, 1, events(&[on(69)])) > 0.01);
    assert!(loudest(&instance, RINGS, events(&[off(69)])) > 0.01, "held");
    flush(&instance, pedal(0.0));
    assert_eq!(loudest(&instance, RINGS, Said::default()), 0.0);
}

/// Its sound is the pitch of its notes in Hz, added up.
const PITCH: &str = "\
def heard():
    freq = control(\"freq\", 100, 10, 9000)
    gate = control(\"gate\", 0, 0, 1)
    pressure = control(\"pressure\", 0, 0, 1)
    timbre = control(\"timbre\", 0, 0, 1)
    wheel = control(\"wheel\", 0, 0, 1)
    return (freq + 10000 * pressure + 20000 * timbre + 40000 * wheel) * gate

h = node(\"h\", heard, count=4)
midi_map(1, \"h/wheel\", 0, 1)
";

/// Plays what is said, and half a second further; gives the last sample.
fn settled(instance: &Instance, said: Said) -> f32 {
    let (mut left, mut right) = (vec![0.0f32; BLOCK], vec![0.0f32; BLOCK]);
    let mut said = Some(said);
    for _ in 0..24_000 / BLOCK {
        let pair = vec![left.as_mut_ptr(), right.as_mut_ptr()];
        let said = said.take().unwrap_or_default();
        assert_eq!(block(instance, BLOCK, &mut [pair], said), kResultOk);
    }
    left[BLOCK - 1]
}

#[track_caller]
fn near(heard: f32, wanted: f32) {
    let off = (heard - wanted).abs();
    assert!(
        off < wanted.abs() * 1e-4 + 1e-3,
        "heard {heard}, wanted {wanted}"
    );
}

#[test]
fn a_keyboard_plays_bends_presses_and_holds() {
    let instance = instance();
    let desk = instance.desk().expect("it was made with a desk");
    desk.evaluate(PITCH).expect("a score without error");
    let turn = |controller: i16, value: f64| {
        let mut id = 0;
        // SAFETY: a place for the answer.
        let found = unsafe { instance.getMidiControllerAssignment(0, 0, controller, &mut id) };
        assert_eq!(found, kResultOk, "{controller}");
        let said = Said {
            moves: vec![(id, 0, value)],
            ..Said::default()
        };
        settled(&instance, said)
    };
    near(settled(&instance, events(&[on(69)])), 440.0);
    near(turn(129, 1.0), 440.0 * 2f32.powf(2.0 / 12.0));
    near(turn(129, 0.5), 440.0);
    near(turn(128, 1.0), 10_440.0);
    near(turn(128, 0.0), 440.0);
    near(turn(74, 1.0), 20_440.0);
    near(turn(74, 0.0), 440.0);
    near(turn(1, 0.5), 20_440.0);
    near(turn(1, 0.0), 440.0);
    turn(64, 1.0);
    near(settled(&instance, events(&[off(69)])), 440.0);
    near(turn(64, 0.0), 0.0);
}

#[test]
fn expressions_are_of_their_note() {
    let instance = instance();
    let desk = instance.desk().expect("it was made with a desk");
    desk.evaluate(PITCH).expect("a score without error");
    settled(&instance, events(&[named(69), named(57)]));
    let said = |event: Event| settled(&instance, events(&[event]));
    // VST3 has tuning from -120 to 120 semitones as 0 to 1.
    let octave = 0.5 + 12.0 / 240.0;
    let tuning = NoteExpressionTypeIDs_::kTuningTypeID;
    near(said(express(57, tuning, octave)), 880.0);
    near(said(express(57, tuning, 0.5)), 660.0);
    near(said(press(69, 0.5)), 5_660.0);
    near(said(press(69, 0.0)), 660.0);
    let brightness = NoteExpressionTypeIDs_::kBrightnessTypeID;
    near(said(express(57, brightness, 0.25)), 5_660.0);
    near(said(express(57, brightness, 0.0)), 660.0);
}

#[test]
fn patterns_play_the_host_s_midi_output_to_the_frame_also_before_bar_nought() {
    let instance = instance();
    let desk = instance.desk().expect("it was made with a desk");
    let score = "midi_clock()\nmidi_out(2) @ note(\"c4 e4 ~ g4\")\nmidi_out(5) @ cc(74, \"0 127\", channel=5)\n";
    desk.evaluate(score).expect("a score without error");
    let mut all = Vec::new();
    // From two beats before the beginning.
    for number in 0..300 {
        let frame = number * BLOCK;
        let heard = ComWrapper::new(Heard::default());
        let (mut left, mut right) = (vec![0.0f32; BLOCK], vec![0.0f32; BLOCK]);
        let mut pair = [vec![left.as_mut_ptr(), right.as_mut_ptr()]];
        let said = Said {
            beat: Some(frame as f64 / 24_000.0 - 2.0),
            ..Said::default()
        };
        block_heard(&instance, BLOCK, &mut pair, said, &heard);
        let sent = heard.0.take().into_iter();
        all.extend(sent.map(|(at, bytes)| (frame as i32 + at, bytes)));
    }
    // No word of the clock: VST3 has none for its pulse.
    let wanted = [
        (0, [74, 5, 127]),
        (24_000, [0x92, 67, 100]),
        (48_000, [74, 5, 0]),
        (48_000, [0x82, 67, 0]),
        (48_000, [0x92, 60, 100]),
        (72_000, [0x82, 60, 0]),
        (72_000, [0x92, 64, 100]),
    ];
    let sorted = |mut list: Vec<(i32, [u8; 3])>| {
        list.sort_unstable();
        list
    };
    assert_eq!(sorted(all), sorted(wanted.to_vec()));
}

#[test]
fn every_parameter_begins_where_it_is_said_to_and_stays_where_it_is_put() {
    let instance = instance();
    // SAFETY: places for the answers; a parameter's description is numbers.
    unsafe {
        for index in 0..instance.getParameterCount() {
            let mut info: ParameterInfo = std::mem::zeroed();
            assert_eq!(instance.getParameterInfo(index, &mut info), kResultOk);
            let stands = instance.getParamNormalized(info.id);
            assert_eq!(stands, info.defaultNormalizedValue, "{index}");
        }
        let mut pedal = 0;
        instance.getMidiControllerAssignment(0, 3, 64, &mut pedal);
        instance.setParamNormalized(pedal, 1.0);
        assert_eq!(instance.getParamNormalized(pedal), 1.0);
        instance.getMidiControllerAssignment(0, 4, 64, &mut pedal);
        assert_eq!(instance.getParamNormalized(pedal), 0.0);
    }
}

/// A host that hears what its plugins tell it.
#[derive(Default)]
struct Host {
    dirty: AtomicU32,
    restarts: AtomicU32,
}

impl Class for Host {
    type Interfaces = (IComponentHandler, IComponentHandler2);
}

impl IComponentHandlerTrait for Host {
    unsafe fn beginEdit(&self, _: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn performEdit(&self, _: ParamID, _: ParamValue) -> tresult {
        kResultOk
    }

    unsafe fn endEdit(&self, _: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn restartComponent(&self, flags: int32) -> tresult {
        self.restarts.store(flags as u32, Ordering::Relaxed);
        kResultOk
    }
}

impl IComponentHandler2Trait for Host {
    unsafe fn setDirty(&self, state: TBool) -> tresult {
        self.dirty
            .fetch_add(u32::from(state != 0), Ordering::Relaxed);
        kResultOk
    }

    unsafe fn requestOpenEditor(&self, _: FIDString) -> tresult {
        kNotImplemented
    }

    unsafe fn startGroupEdit(&self) -> tresult {
        kNotImplemented
    }

    unsafe fn finishGroupEdit(&self) -> tresult {
        kNotImplemented
    }
}

#[test]
fn a_host_hears_of_changes_and_names_as_long_as_it_listens() {
    let instance = instance();
    let desk = instance.desk().expect("it was made with a desk");
    assert!(!desk.tell(Word::Changed), "nobody listens");
    let host = ComWrapper::new(Host::default());
    let handler = host.as_com_ref::<IComponentHandler>().expect("it is one");
    // SAFETY: it lives until it is taken away.
    unsafe { instance.setComponentHandler(handler.as_ptr()) };
    assert!(desk.tell(Word::Changed) && desk.tell(Word::Names));
    let told = [&host.dirty, &host.restarts].map(|told| told.load(Ordering::Relaxed));
    assert_eq!(told, [1, RestartFlags_::kParamTitlesChanged as u32]);
    // SAFETY: none is allowed.
    unsafe { instance.setComponentHandler(std::ptr::null_mut()) };
    assert!(!desk.tell(Word::Changed));
    assert_eq!(host.dirty.load(Ordering::Relaxed), 1);
}

/// An instance as the thread sees it on which a host plays.
struct Playing<'a>(&'a Instance);

// SAFETY: a host calls `process` on a thread of its own, and nothing else meanwhile.
unsafe impl Send for Playing<'_> {}

impl Playing<'_> {
    /// A block in which a parameter moves again and again.
    fn moves(&self) {
        // What the framework makes of "gain".
        let gain = 3_165_055;
        let (mut left, mut right) = (vec![0.0f32; BLOCK], vec![0.0f32; BLOCK]);
        let mut pair = [vec![left.as_mut_ptr(), right.as_mut_ptr()]];
        let moves = (0..64).map(|at| (gain, at, f64::from(at % 2) / 2.0));
        let said = Said {
            moves: moves.collect(),
            ..Said::default()
        };
        assert_eq!(block(self.0, BLOCK, &mut pair, said), kResultOk);
    }
}

#[test]
fn instances_go_while_the_worker_still_has_word_of_their_parameters() {
    let mut all: Vec<Instance> = (0..6).map(|_| instance()).collect();
    while !all.is_empty() {
        let playing: Vec<Playing<'_>> = all.iter().map(Playing).collect();
        std::thread::scope(|threads| {
            threads.spawn(move || playing.iter().for_each(Playing::moves));
        });
        drop(all.swap_remove(all.len() / 2));
    }
}
