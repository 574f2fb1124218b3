//! A VST3 host of our own, as far as the tests need one: blocks with what is said and heard in them.

use std::cell::RefCell;

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, Event, Event_::EventTypes_, IAudioProcessorTrait,
    IComponentTrait, IEventList, IEventListTrait, IParamValueQueue, IParamValueQueueTrait,
    IParameterChanges, IParameterChangesTrait, NoteExpressionValueEvent, NoteOffEvent, NoteOnEvent,
    ParamID, ParamValue, PolyPressureEvent, ProcessContext, ProcessContext_::StatesAndFlags_,
    ProcessData, ProcessSetup,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    int32, kNotImplemented, kResultFalse, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};

use crate::SorlInstrument;
use crate::vst3_entry::shell::Shell;

pub const BLOCK: usize = 256;
/// Longer than a note of the first score rings out.
pub const RINGS: usize = 100;

/// What a host says in a block.
#[derive(Default)]
pub struct Said {
    pub events: Vec<Event>,
    pub moves: Vec<(ParamID, i32, ParamValue)>,
    /// The beat of the first frame, at 120 bpm, while the song plays.
    pub beat: Option<f64>,
}

struct Events(Vec<Event>);

/// What the plugin sends in a block: frames, and MIDI as three bytes.
#[derive(Default)]
pub struct Heard(pub RefCell<Vec<(i32, [u8; 3])>>);

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

pub fn on(pitch: i16) -> Event {
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
pub fn express(pitch: i16, kind: u32, value: f64) -> Event {
    let mut event = event(EventTypes_::kNoteExpressionValueEvent as u16);
    event.__field0.noteExpressionValue = NoteExpressionValueEvent {
        typeId: kind,
        noteId: i32::from(pitch),
        value,
    };
    event
}

pub fn press(pitch: i16, pressure: f32) -> Event {
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
pub fn named(pitch: i16) -> Event {
    let mut event = on(pitch);
    event.__field0.noteOn.noteId = i32::from(pitch);
    event
}

pub fn off(pitch: i16) -> Event {
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

pub type Instance = ComWrapper<Shell<SorlInstrument>>;

/// An instance that is processing.
pub fn instance() -> Instance {
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
pub fn block(
    instance: &Instance,
    frames: usize,
    outs: &mut [Vec<*mut f32>],
    said: Said,
) -> tresult {
    block_heard(
        instance,
        frames,
        outs,
        said,
        &ComWrapper::new(Heard::default()),
    )
}

/// The same, and what is sent in it.
pub fn block_heard(
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
pub fn loudest(instance: &Instance, blocks: usize, said: Said) -> f32 {
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
pub fn flush(instance: &Instance, said: Said) {
    assert_eq!(block(instance, 0, &mut [], said), kResultOk);
}

pub fn events(events: &[Event]) -> Said {
    Said {
        events: events.to_vec(),
        ..Said::default()
    }
}
