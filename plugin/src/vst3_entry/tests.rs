//! The instrument in a VST3 host of our own: what hosts leave out, what they say without frames, what they hear of edits,
//! and how they let go of instances.

use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, Event, Event_::EventTypes_, IAudioProcessorTrait,
    IComponentHandler, IComponentHandler2, IComponentHandler2Trait, IComponentHandlerTrait,
    IComponentTrait, IEditControllerTrait, IEventList, IEventListTrait, IMidiMappingTrait,
    IParamValueQueue, IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait,
    NoteOffEvent, NoteOnEvent, ParamID, ParamValue, ParameterInfo, ProcessData, ProcessSetup,
    RestartFlags_, SpeakerArr,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, TBool, int32, kNotImplemented, kResultFalse, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};

use super::shell::Shell;
use crate::SorlInstrument;
use crate::desk::Word;

const BLOCK: usize = 256;
/// Longer than a note of the first score rings out.
const RINGS: usize = 100;

/// What a host says in a block.
#[derive(Default)]
struct Said {
    events: Vec<Event>,
    moves: Vec<(ParamID, i32, ParamValue)>,
}

struct Events(Vec<Event>);

impl Class for Events {
    type Interfaces = (IEventList,);
}

impl IEventListTrait for Events {
    unsafe fn getEventCount(&self) -> int32 {
        self.0.len() as int32
    }

    unsafe fn getEvent(&self, index: int32, event: *mut Event) -> tresult {
        match self.0.get(index as usize) {
            Some(of) => {
                // SAFETY: a place for an event.
                unsafe { *event = *of };
                kResultOk
            }
            None => kResultFalse,
        }
    }

    unsafe fn addEvent(&self, _: *mut Event) -> tresult {
        kNotImplemented
    }
}

struct Moves(Vec<ComWrapper<Move>>);

struct Move((ParamID, i32, ParamValue));

impl Class for Moves {
    type Interfaces = (IParameterChanges,);
}

impl Class for Move {
    type Interfaces = (IParamValueQueue,);
}

impl IParameterChangesTrait for Moves {
    unsafe fn getParameterCount(&self) -> int32 {
        self.0.len() as int32
    }

    unsafe fn getParameterData(&self, index: int32) -> *mut IParamValueQueue {
        let queue = self.0[index as usize].as_com_ref::<IParamValueQueue>();
        queue.expect("it is one").as_ptr()
    }

    unsafe fn addParameterData(&self, _: *const ParamID, _: *mut int32) -> *mut IParamValueQueue {
        std::ptr::null_mut()
    }
}

impl IParamValueQueueTrait for Move {
    unsafe fn getParameterId(&self) -> ParamID {
        self.0.0
    }

    unsafe fn getPointCount(&self) -> int32 {
        1
    }

    unsafe fn getPoint(&self, _: int32, offset: *mut int32, value: *mut ParamValue) -> tresult {
        // SAFETY: places for the answer.
        unsafe { (*offset, *value) = (self.0.1, self.0.2) };
        kResultOk
    }

    unsafe fn addPoint(&self, _: int32, _: ParamValue, _: *mut int32) -> tresult {
        kNotImplemented
    }
}

fn event(kind: u16) -> Event {
    // SAFETY: numbers, for which nought is a value.
    let mut event: Event = unsafe { std::mem::zeroed() };
    event.r#type = kind;
    event
}

fn on(pitch: i16) -> Event {
    let mut event = event(EventTypes_::kNoteOnEvent as u16);
    event.__field0.noteOn = NoteOnEvent {
        channel: 0,
        pitch,
        tuning: 0.0,
        velocity: 0.8,
        length: 0,
        noteId: -1,
    };
    event
}

fn off(pitch: i16) -> Event {
    let mut event = event(EventTypes_::kNoteOffEvent as u16);
    event.__field0.noteOff = NoteOffEvent {
        channel: 0,
        pitch,
        velocity: 0.0,
        noteId: -1,
        tuning: 0.0,
    };
    event
}

type Instance = ComWrapper<Shell<SorlInstrument>>;

/// An instance that is processing.
fn instance() -> Instance {
    let instance = ComWrapper::new(Shell::<SorlInstrument>::new());
    let mut setup = ProcessSetup {
        processMode: 0,
        symbolicSampleSize: 0,
        maxSamplesPerBlock: BLOCK as i32,
        sampleRate: 48_000.0,
    };
    // SAFETY: the calls of a host, in their order.
    unsafe {
        assert_eq!(instance.setupProcessing(&mut setup), kResultOk);
        assert_eq!(instance.setActive(1), kResultOk);
        assert_eq!(instance.setProcessing(1), kResultOk);
    }
    instance
}

/// A block with these buses, each with its channels.
fn block(instance: &Instance, frames: usize, outs: &mut [Vec<*mut f32>], said: Said) -> tresult {
    let mut buses: Vec<AudioBusBuffers> = outs
        .iter_mut()
        .map(|channels| AudioBusBuffers {
            numChannels: channels.len() as i32,
            silenceFlags: 0,
            __field0: AudioBusBuffers__type0 {
                channelBuffers32: match channels.is_empty() {
                    true => std::ptr::null_mut(),
                    false => channels.as_mut_ptr(),
                },
            },
        })
        .collect();
    let events = ComWrapper::new(Events(said.events));
    let moves = said.moves.into_iter().map(|of| ComWrapper::new(Move(of)));
    let moves = ComWrapper::new(Moves(moves.collect()));
    // SAFETY: numbers and pointers, for which nought is a value.
    let mut data: ProcessData = unsafe { std::mem::zeroed() };
    data.numSamples = frames as i32;
    (data.numOutputs, data.outputs) = (buses.len() as i32, buses.as_mut_ptr());
    data.inputEvents = events.as_com_ref().expect("it is one").as_ptr();
    data.inputParameterChanges = moves.as_com_ref().expect("it is one").as_ptr();
    // SAFETY: all lists are as long as they say, and live until the call is over.
    unsafe { instance.process(&mut data) }
}

/// Plays so many blocks on the main pair alone, and gives the loudest sample of the last.
fn loudest(instance: &Instance, blocks: usize, said: Said) -> f32 {
    let (mut left, mut right) = (vec![0.0f32; BLOCK], vec![0.0f32; BLOCK]);
    let mut said = Some(said);
    for _ in 0..blocks {
        let pair = vec![left.as_mut_ptr(), right.as_mut_ptr()];
        let said = said.take().unwrap_or_default();
        assert_eq!(block(instance, BLOCK, &mut [pair], said), kResultOk);
    }
    let both = left.iter().chain(&right);
    both.fold(0.0, |peak, x| x.abs().max(peak))
}

/// A call without frames.
fn flush(instance: &Instance, said: Said) {
    assert_eq!(block(instance, 0, &mut [], said), kResultOk);
}

fn events(events: &[Event]) -> Said {
    Said {
        events: events.to_vec(),
        ..Said::default()
    }
}

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
