//! The instrument in a VST3 host of our own: what hosts leave out, what they say without frames, what they hear of edits,
//! and how they let go of instances.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, Event, Event_::EventTypes_, IAudioProcessorTrait,
    IComponentHandler, IComponentHandler2, IComponentHandler2Trait, IComponentHandlerTrait,
    IComponentTrait, IEditControllerTrait, IEventList, IEventListTrait, IMidiMappingTrait,
    IParamValueQueue, IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait,
    NoteExpressionTypeIDs_, NoteExpressionValueEvent, NoteOffEvent, NoteOnEvent, ParamID,
    ParamValue, ParameterInfo, PolyPressureEvent, ProcessContext, ProcessContext_::StatesAndFlags_,
    ProcessData, ProcessSetup, RestartFlags_, SpeakerArr,
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
    /// The beat of the first frame, at 120 bpm, while the song plays.
    beat: Option<f64>,
}

struct Events(Vec<Event>);

/// What the plugin sends in a block: frames, and MIDI as three bytes.
#[derive(Default)]
struct Heard(RefCell<Vec<(i32, [u8; 3])>>);

impl Class for Heard {
    type Interfaces = (IEventList,);
}

impl IEventListTrait for Heard {
    unsafe fn getEventCount(&self) -> int32 {
        0
    }

    unsafe fn getEvent(&self, _: int32, _: *mut Event) -> tresult {
        kResultFalse
    }

    unsafe fn addEvent(&self, event: *mut Event) -> tresult {
        // SAFETY: the plugin's own event, whose kind says what there is.
        let (frame, bytes) = unsafe {
            let event = &*event;
            let of = &event.__field0;
            let bytes = match EventTypes_::kNoteOnEvent as u16 {
                on if event.r#type == on => [
                    0x90 | of.noteOn.channel as u8,
                    of.noteOn.pitch as u8,
                    (of.noteOn.velocity * 127.0).round() as u8,
                ],
                _ if event.r#type == EventTypes_::kNoteOffEvent as u16 => {
                    [0x80 | of.noteOff.channel as u8, of.noteOff.pitch as u8, 0]
                }
                _ => [
                    of.midiCCOut.controlNumber,
                    of.midiCCOut.channel as u8,
                    of.midiCCOut.value as u8,
                ],
            };
            (event.sampleOffset, bytes)
        };
        self.0.borrow_mut().push((frame, bytes));
        kResultOk
    }
}

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

/// What is said of the note of a key that sounds; the host named it by its key.
fn express(pitch: i16, kind: u32, value: f64) -> Event {
    let mut event = event(EventTypes_::kNoteExpressionValueEvent as u16);
    event.__field0.noteExpressionValue = NoteExpressionValueEvent {
        typeId: kind,
        noteId: i32::from(pitch),
        value,
    };
    event
}

fn press(pitch: i16, pressure: f32) -> Event {
    let mut event = event(EventTypes_::kPolyPressureEvent as u16);
    event.__field0.polyPressure = PolyPressureEvent {
        channel: 0,
        pitch,
        pressure,
        noteId: i32::from(pitch),
    };
    event
}

/// A key that the host names.
fn named(pitch: i16) -> Event {
    let mut event = on(pitch);
    event.__field0.noteOn.noteId = i32::from(pitch);
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
    block_heard(
        instance,
        frames,
        outs,
        said,
        &ComWrapper::new(Heard::default()),
    )
}

/// The same, and what is sent in it.
fn block_heard(
    instance: &Instance,
    frames: usize,
    outs: &mut [Vec<*mut f32>],
    said: Said,
    heard: &ComWrapper<Heard>,
) -> tresult {
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
    data.outputEvents = heard.as_com_ref().expect("it is one").as_ptr();
    // SAFETY: numbers, for which nought is a value.
    let mut context: ProcessContext = unsafe { std::mem::zeroed() };
    if let Some(beat) = said.beat {
        let says = StatesAndFlags_::kPlaying
            | StatesAndFlags_::kTempoValid
            | StatesAndFlags_::kProjectTimeMusicValid;
        context.state = says as _;
        (context.sampleRate, context.tempo) = (48_000.0, 120.0);
        context.projectTimeMusic = beat;
        context.projectTimeSamples = (beat * 24_000.0) as i64;
        data.processContext = &raw mut context;
    }
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
