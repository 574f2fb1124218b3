//! What stands between a VST3 host and an instance of the framework's: all of its interfaces, handed on but for a few.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use nice_plug::prelude::Vst3Plugin;
use nice_plug::wrapper::vst3::Wrapper;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ChannelContext::{
    IInfoListener, IInfoListenerTrait,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    BusDirection, BusInfo, CString as VstString, CtrlNumber, IAttributeList, IAudioProcessor,
    IAudioProcessorTrait, IComponent, IComponentHandler, IComponentTrait, IEditController,
    IEditControllerTrait, IHostApplication, IHostApplicationTrait, IMidiMapping, IMidiMappingTrait,
    INoteExpressionController, INoteExpressionControllerTrait, IProcessContextRequirements,
    IProcessContextRequirementsTrait, IUnitInfo, IUnitInfoTrait, IoMode, MediaType,
    NoteExpressionTypeID, NoteExpressionTypeInfo, NoteExpressionValue, ParamID, ParamValue,
    ParameterInfo, ProcessData, ProcessSetup, ProgramListID, ProgramListInfo, RoutingInfo,
    SpeakerArrangement, String128, TChar, UnitID, UnitInfo,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, FUnknown, IBStream, IPlugView, IPluginBaseTrait, TBool, TUID, int16, int32,
    kInvalidArgument, kResultFalse, kResultOk, tresult, uint32,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComRef};

use super::buses::Buses;
use super::controllers::{self, CHANNELS, CONTROLLERS, SHOWN};
use super::ear::Ear;
use super::held::Held;
use crate::desk::Desk;
use crate::handover::{self, Fence};
use crate::{labels, log};

/// An instance as a VST3 host sees it.
pub(super) struct Shell<P: Vst3Plugin> {
    inner: Wrapper<P>,
    desk: Option<Arc<Desk>>,
    /// There from the first set-up on, and made anew with each. `process` never waits for it: hosts do not call both at
    /// once.
    block: Mutex<Option<Block>>,
    /// The framework may have told its worker of parameters.
    has_news: AtomicBool,
    /// The first of the parameters that are MIDI controllers, and where each stands, as bits: the framework does not know.
    controllers: (ParamID, Box<[AtomicU64]>),
}

/// What a block needs besides what the host gives.
struct Block {
    buses: Buses,
    held: Held,
}

impl<P: Vst3Plugin> Class for Shell<P> {
    type Interfaces = (
        IComponent,
        IEditController,
        IAudioProcessor,
        IMidiMapping,
        INoteExpressionController,
        IProcessContextRequirements,
        IUnitInfo,
        IInfoListener,
    );
}

impl<P: Vst3Plugin> Shell<P> {
    pub(super) fn new() -> Shell<P> {
        let inner = Wrapper::new();
        let mut first = 0;
        // SAFETY: there is a place for the answer.
        unsafe { inner.getMidiControllerAssignment(0, 0, 0, &mut first) };
        let stand = (0..CHANNELS * CONTROLLERS)
            .map(|place| controllers::begins_at(place % CONTROLLERS).to_bits().into());
        Shell {
            inner,
            controllers: (first, stand.collect()),
            desk: handover::take().map(|taken| taken.desk),
            block: Mutex::new(None),
            has_news: AtomicBool::new(false),
        }
    }

    #[cfg(test)]
    pub(super) fn desk(&self) -> Option<&Desk> {
        self.desk.as_deref()
    }

    /// The parameters that are none of MIDI's.
    fn own_parameters(&self) -> int32 {
        // SAFETY: it only counts.
        unsafe { self.inner.getParameterCount() - CONTROLLERS * CHANNELS }
    }

    /// Where a MIDI controller stands, if the parameter is one.
    fn controller(&self, id: ParamID) -> Option<&AtomicU64> {
        let (first, stand) = &self.controllers;
        stand.get(id.checked_sub(*first)? as usize)
    }

    /// The name that the score gives a macro's parameter.
    fn name(&self, info: &ParameterInfo) -> Option<String> {
        let title = text(&info.title);
        let index = title.strip_prefix("Macro ")?.parse().ok()?;
        Some(labels::macro_name(self.desk.as_ref()?, index))
    }
}

/// The framework tells a worker, which all instances of a plugin share, of every parameter that the host moves. A worker
/// that comes too late to find the instance ends for good, and one that has it in hand when it goes waits for itself. So
/// what was told is waited for before the instance goes, by a message behind it. The message belongs to another instance:
/// when it comes, the worker has let go of this one.
impl<P: Vst3Plugin> Drop for Shell<P> {
    fn drop(&mut self) {
        if let Some(desk) = &self.desk {
            desk.tell_by(None);
        }
        if *self.has_news.get_mut() {
            let other = Wrapper::<P>::new();
            if let Some(worker) = handover::take().and_then(|taken| taken.worker) {
                Fence::wait_for(&worker);
            }
            // First, and perhaps by the worker: this one, which goes last, ends it.
            drop(other);
        }
    }
}

/// Text as VST3 has it.
fn text(from: &String128) -> String {
    let letters = from.iter().take_while(|c| **c != 0).copied();
    char::decode_utf16(letters)
        .map(|c| c.unwrap_or(' '))
        .collect()
}

/// Writes text as VST3 has it, as much as there is room for, ending with nought.
fn write(to: &mut String128, text: &str) {
    let room = to.len() - 1;
    to.fill(0);
    for (to, c) in to.iter_mut().zip(text.encode_utf16().take(room)) {
        *to = c;
    }
}

/// Hands calls on to the framework's instance as they come.
macro_rules! hand_on {
    ($trait:ident: $($method:ident($($name:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        impl<P: Vst3Plugin> $trait for Shell<P> {
            $(
                unsafe fn $method(&self, $($name: $type),*) $(-> $result)? {
                    // SAFETY: as the host promises.
                    unsafe { $trait::$method(&self.inner, $($name),*) }
                }
            )*
        }
    };
}

impl<P: Vst3Plugin> IPluginBaseTrait for Shell<P> {
    unsafe fn initialize(&self, context: *mut FUnknown) -> tresult {
        // SAFETY: null, or the host's, as it promises; there is a place for the answer.
        unsafe {
            let host = ComRef::from_raw(context);
            let host = host.and_then(|context| context.cast::<IHostApplication>());
            let mut name: String128 = [0; 128];
            if host.is_some_and(|host| host.getName(&mut name) == kResultOk) {
                log::line(format_args!("an instance for VST3 in {}", text(&name)));
            }
            self.inner.initialize(context)
        }
    }

    unsafe fn terminate(&self) -> tresult {
        // SAFETY: as the host promises.
        unsafe { self.inner.terminate() }
    }
}

hand_on! { IComponentTrait:
    getControllerClassId(id: *mut TUID) -> tresult;
    setIoMode(mode: IoMode) -> tresult;
    getBusCount(kind: MediaType, direction: BusDirection) -> int32;
    getBusInfo(kind: MediaType, direction: BusDirection, index: int32, bus: *mut BusInfo) -> tresult;
    getRoutingInfo(input: *mut RoutingInfo, output: *mut RoutingInfo) -> tresult;
    activateBus(kind: MediaType, direction: BusDirection, index: int32, state: TBool) -> tresult;
    setActive(state: TBool) -> tresult;
    setState(state: *mut IBStream) -> tresult;
    getState(state: *mut IBStream) -> tresult;
}

hand_on! { INoteExpressionControllerTrait:
    getNoteExpressionCount(bus: int32, channel: int16) -> int32;
    getNoteExpressionInfo(
        bus: int32, channel: int16, index: int32, info: *mut NoteExpressionTypeInfo
    ) -> tresult;
    getNoteExpressionStringByValue(
        bus: int32, channel: int16, id: NoteExpressionTypeID, value: NoteExpressionValue,
        text: *mut String128
    ) -> tresult;
    getNoteExpressionValueByString(
        bus: int32, channel: int16, id: NoteExpressionTypeID, text: *const TChar,
        value: *mut NoteExpressionValue
    ) -> tresult;
}

hand_on! { IProcessContextRequirementsTrait:
    getProcessContextRequirements() -> uint32;
}

hand_on! { IUnitInfoTrait:
    getUnitCount() -> int32;
    getUnitInfo(index: int32, info: *mut UnitInfo) -> tresult;
    getProgramListCount() -> int32;
    getProgramListInfo(index: int32, info: *mut ProgramListInfo) -> tresult;
    getProgramName(list: ProgramListID, program: int32, name: *mut String128) -> tresult;
    getProgramInfo(
        list: ProgramListID, program: int32, id: VstString, value: *mut String128
    ) -> tresult;
    hasProgramPitchNames(list: ProgramListID, program: int32) -> tresult;
    getProgramPitchName(
        list: ProgramListID, program: int32, pitch: int16, name: *mut String128
    ) -> tresult;
    getSelectedUnit() -> UnitID;
    selectUnit(unit: UnitID) -> tresult;
    getUnitByBus(
        kind: MediaType, direction: BusDirection, bus: int32, channel: int32, unit: *mut UnitID
    ) -> tresult;
    setUnitProgramData(list: int32, program: int32, data: *mut IBStream) -> tresult;
}

hand_on! { IInfoListenerTrait:
    setChannelContextInfos(list: *mut IAttributeList) -> tresult;
}

impl<P: Vst3Plugin> IEditControllerTrait for Shell<P> {
    unsafe fn setComponentState(&self, state: *mut IBStream) -> tresult {
        // SAFETY: as the host promises.
        unsafe { self.inner.setComponentState(state) }
    }

    unsafe fn setState(&self, state: *mut IBStream) -> tresult {
        // SAFETY: as the host promises.
        unsafe { IEditControllerTrait::setState(&self.inner, state) }
    }

    unsafe fn getState(&self, state: *mut IBStream) -> tresult {
        // SAFETY: as the host promises.
        unsafe { IEditControllerTrait::getState(&self.inner, state) }
    }

    unsafe fn getParameterCount(&self) -> int32 {
        self.own_parameters() + SHOWN
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        let own = self.own_parameters();
        if index < 0 || info.is_null() {
            return kInvalidArgument;
        }
        let place = match index < own {
            true => Some(index),
            false => controllers::place(index - own).map(|place| own + place),
        };
        let Some(place) = place else {
            return kInvalidArgument;
        };
        // SAFETY: there is such a parameter, and as the host promises.
        let info = unsafe {
            let result = self.inner.getParameterInfo(place, info);
            if result != kResultOk {
                return result;
            }
            &mut *info
        };
        if place >= own {
            info.defaultNormalizedValue = controllers::begins_at((place - own) % CONTROLLERS);
        }
        if let Some(name) = self.name(info) {
            write(&mut info.title, &name);
            write(&mut info.shortTitle, &name);
        }
        kResultOk
    }

    unsafe fn getParamStringByValue(
        &self,
        id: ParamID,
        value: ParamValue,
        text: *mut String128,
    ) -> tresult {
        // SAFETY: as the host promises.
        unsafe { self.inner.getParamStringByValue(id, value, text) }
    }

    unsafe fn getParamValueByString(
        &self,
        id: ParamID,
        text: *mut TChar,
        value: *mut ParamValue,
    ) -> tresult {
        // SAFETY: as the host promises.
        unsafe { self.inner.getParamValueByString(id, text, value) }
    }

    unsafe fn normalizedParamToPlain(&self, id: ParamID, value: ParamValue) -> ParamValue {
        // SAFETY: numbers only.
        unsafe { self.inner.normalizedParamToPlain(id, value) }
    }

    unsafe fn plainParamToNormalized(&self, id: ParamID, value: ParamValue) -> ParamValue {
        // SAFETY: numbers only.
        unsafe { self.inner.plainParamToNormalized(id, value) }
    }

    unsafe fn getParamNormalized(&self, id: ParamID) -> ParamValue {
        match self.controller(id) {
            Some(stands) => ParamValue::from_bits(stands.load(Ordering::Relaxed)),
            // SAFETY: numbers only.
            None => unsafe { self.inner.getParamNormalized(id) },
        }
    }

    unsafe fn setParamNormalized(&self, id: ParamID, value: ParamValue) -> tresult {
        match self.controller(id) {
            Some(stands) => {
                stands.store(value.to_bits(), Ordering::Relaxed);
                kResultOk
            }
            // SAFETY: numbers only.
            None => unsafe { self.inner.setParamNormalized(id, value) },
        }
    }

    unsafe fn setComponentHandler(&self, handler: *mut IComponentHandler) -> tresult {
        if let Some(desk) = &self.desk {
            // SAFETY: null, or the host's, as it promises.
            let ear = unsafe { Ear::of(handler) };
            desk.tell_by(ear.map(|ear| Box::new(move |word| ear.hears(word)) as _));
        }
        // SAFETY: as the host promises.
        unsafe { self.inner.setComponentHandler(handler) }
    }

    unsafe fn createView(&self, name: FIDString) -> *mut IPlugView {
        // SAFETY: as the host promises.
        unsafe { self.inner.createView(name) }
    }
}

impl<P: Vst3Plugin> IMidiMappingTrait for Shell<P> {
    unsafe fn getMidiControllerAssignment(
        &self,
        bus: int32,
        channel: int16,
        controller: CtrlNumber,
        id: *mut ParamID,
    ) -> tresult {
        match controllers::channel_of(channel, controller) {
            // SAFETY: as the host promises.
            Some(on) if (0..CHANNELS as int16).contains(&channel) => unsafe {
                self.inner
                    .getMidiControllerAssignment(bus, on, controller, id)
            },
            _ => kResultFalse,
        }
    }
}

impl<P: Vst3Plugin> IAudioProcessorTrait for Shell<P> {
    unsafe fn setBusArrangements(
        &self,
        inputs: *mut SpeakerArrangement,
        ins: int32,
        outputs: *mut SpeakerArrangement,
        outs: int32,
    ) -> tresult {
        // SAFETY: as the host promises.
        unsafe { self.inner.setBusArrangements(inputs, ins, outputs, outs) }
    }

    unsafe fn getBusArrangement(
        &self,
        direction: BusDirection,
        index: int32,
        arrangement: *mut SpeakerArrangement,
    ) -> tresult {
        // SAFETY: as the host promises.
        unsafe { self.inner.getBusArrangement(direction, index, arrangement) }
    }

    unsafe fn canProcessSampleSize(&self, size: int32) -> tresult {
        // SAFETY: a number only.
        unsafe { self.inner.canProcessSampleSize(size) }
    }

    unsafe fn getLatencySamples(&self) -> uint32 {
        // SAFETY: it only tells.
        unsafe { self.inner.getLatencySamples() }
    }

    unsafe fn setupProcessing(&self, setup: *mut ProcessSetup) -> tresult {
        // SAFETY: null, or as the host promises.
        let Some(given) = (unsafe { setup.as_ref() }) else {
            return kInvalidArgument;
        };
        if let Ok(mut block) = self.block.lock() {
            *block = Some(Block {
                buses: Buses::new(usize::try_from(given.maxSamplesPerBlock).unwrap_or(0)),
                held: Held::new(),
            });
        }
        // The framework hears of the mode (in real time, or offline) only with the set-up after the one that says so.
        // SAFETY: as the host promises.
        unsafe {
            self.inner.setupProcessing(setup);
            self.inner.setupProcessing(setup)
        }
    }

    unsafe fn setProcessing(&self, state: TBool) -> tresult {
        // SAFETY: a number only.
        unsafe { self.inner.setProcessing(state) }
    }

    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        // SAFETY: null, or as the host promises.
        let Some(given) = (unsafe { data.as_ref() }) else {
            return kInvalidArgument;
        };
        // Before it is set up, the framework would panic.
        let Ok(mut block) = self.block.try_lock() else {
            return kResultFalse;
        };
        let Some(block) = &mut *block else {
            return kResultFalse;
        };
        if !given.inputParameterChanges.is_null() {
            self.has_news.store(true, Ordering::Relaxed);
        }
        if given.numSamples <= 0 {
            // SAFETY: as the host promises.
            unsafe {
                block.held.keep(given, |id| self.controller(id).is_some());
                return self.inner.process(data);
            }
        }
        if let Some(desk) = &self.desk {
            desk.begin_block();
        }
        // SAFETY: as the host promises; what completes it lives until the call is over.
        unsafe {
            let Some(mut whole) = block.buses.complete(given) else {
                return kResultOk;
            };
            block.held.put_before(&mut whole);
            let result = self.inner.process(&mut whole);
            block.held.forget();
            result
        }
    }

    unsafe fn getTailSamples(&self) -> uint32 {
        // SAFETY: it only tells.
        unsafe { self.inner.getTailSamples() }
    }
}
