//! Notes and controllers of blocks without frames.
//!
//! A host may call for its parameters alone, with no frame to play. The framework takes the parameters then and forgets
//! the notes and MIDI controllers that come with them. They are kept here and put before those of the next block, at its
//! first frame. Audio thread, but for [`Held::new`]: no allocation.

use std::cell::{Cell, RefCell};

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    Event, Event_::EventTypes_, IEventList, IEventListTrait, IParamValueQueue,
    IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait, ParamID, ParamValue,
    ProcessData,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    int32, kInvalidArgument, kNotImplemented, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComRef, ComWrapper};

/// The most notes that are kept. Their ends find room when their beginnings do not any more.
const NOTES: usize = 256;
/// The most controllers.
const CONTROLLERS: usize = 64;

/// What is kept until there are frames.
pub(super) struct Held {
    notes: ComWrapper<Notes>,
    changes: ComWrapper<Changes>,
}

impl Held {
    /// Nothing yet, with room. Allocates.
    pub(super) fn new() -> Held {
        let points = std::array::from_fn(|_| ComWrapper::new(Point::default()));
        Held {
            notes: ComWrapper::new(Notes {
                kept: RefCell::new(Vec::with_capacity(NOTES)),
                host: Cell::new(std::ptr::null_mut()),
            }),
            changes: ComWrapper::new(Changes {
                points,
                kept: Cell::new(0),
                host: Cell::new(std::ptr::null_mut()),
            }),
        }
    }

    /// Keeps what a block without frames brings. `is_controller` says which parameters are MIDI's.
    ///
    /// # Safety
    /// `data` is what VST3 says of `process`.
    pub(super) unsafe fn keep(&self, data: &ProcessData, is_controller: impl Fn(ParamID) -> bool) {
        // SAFETY: null or the host's lists, for the length of this call.
        unsafe {
            if let Some(events) = ComRef::from_raw(data.inputEvents) {
                self.notes.keep(events);
            }
            if let Some(changes) = ComRef::from_raw(data.inputParameterChanges) {
                self.changes.keep(changes, is_controller);
            }
        }
    }

    /// Puts what is kept before what the host gives for a block. It is good for one call, after which
    /// [`Held::forget`] is to be called.
    pub(super) fn put_before(&self, data: &mut ProcessData) {
        if !self.notes.kept.borrow().is_empty() {
            self.notes.host.set(data.inputEvents);
            if let Some(list) = self.notes.as_com_ref::<IEventList>() {
                data.inputEvents = list.as_ptr();
            }
        }
        if self.changes.kept.get() > 0 {
            self.changes.host.set(data.inputParameterChanges);
            if let Some(list) = self.changes.as_com_ref::<IParameterChanges>() {
                data.inputParameterChanges = list.as_ptr();
            }
        }
    }

    /// The block has heard it.
    pub(super) fn forget(&self) {
        self.notes.kept.borrow_mut().clear();
        self.notes.host.set(std::ptr::null_mut());
        self.changes.kept.set(0);
        self.changes.host.set(std::ptr::null_mut());
    }
}

/// Kept notes, then the host's own.
struct Notes {
    kept: RefCell<Vec<Event>>,
    host: Cell<*mut IEventList>,
}

impl Class for Notes {
    type Interfaces = (IEventList,);
}

impl Notes {
    /// # Safety
    /// `events` is the host's list.
    unsafe fn keep(&self, events: ComRef<'_, IEventList>) {
        let mut kept = self.kept.borrow_mut();
        // SAFETY: as the caller promises; what is read is what VST3 says that it writes.
        unsafe {
            for index in 0..events.getEventCount() {
                let mut event: Event = std::mem::zeroed();
                if events.getEvent(index, &mut event) != kResultOk {
                    continue;
                }
                // Those with memory of the host's are good for this call alone.
                let plain = [
                    EventTypes_::kNoteOnEvent as u16,
                    EventTypes_::kNoteOffEvent as u16,
                    EventTypes_::kPolyPressureEvent as u16,
                    EventTypes_::kNoteExpressionValueEvent as u16,
                ];
                let room = match event.r#type == EventTypes_::kNoteOnEvent as u16 {
                    true => NOTES / 2,
                    false => NOTES,
                };
                if plain.contains(&event.r#type) && kept.len() < room {
                    event.sampleOffset = 0;
                    kept.push(event);
                }
            }
        }
    }
}

impl IEventListTrait for Notes {
    unsafe fn getEventCount(&self) -> int32 {
        // SAFETY: null or the host's list, for the length of its call.
        let host = unsafe { ComRef::from_raw(self.host.get()) };
        let more = host.map_or(0, |host| unsafe { host.getEventCount() });
        self.kept.borrow().len() as int32 + more
    }

    unsafe fn getEvent(&self, index: int32, event: *mut Event) -> tresult {
        let kept = self.kept.borrow();
        // SAFETY: null or the host's list, for the length of its call, and a place for an event.
        unsafe {
            match usize::try_from(index).ok().and_then(|i| kept.get(i)) {
                Some(held) if !event.is_null() => {
                    *event = *held;
                    kResultOk
                }
                _ => match ComRef::from_raw(self.host.get()) {
                    Some(host) => host.getEvent(index - kept.len() as int32, event),
                    None => kInvalidArgument,
                },
            }
        }
    }

    unsafe fn addEvent(&self, _: *mut Event) -> tresult {
        kNotImplemented
    }
}

/// Kept controllers, then what the host itself says: the later word counts.
struct Changes {
    points: [ComWrapper<Point>; CONTROLLERS],
    kept: Cell<usize>,
    host: Cell<*mut IParameterChanges>,
}

impl Class for Changes {
    type Interfaces = (IParameterChanges,);
}

impl Changes {
    /// # Safety
    /// `changes` is the host's list.
    unsafe fn keep(
        &self,
        changes: ComRef<'_, IParameterChanges>,
        is_controller: impl Fn(ParamID) -> bool,
    ) {
        // SAFETY: as the caller promises; queues are null or the host's.
        unsafe {
            for index in 0..changes.getParameterCount() {
                let Some(queue) = ComRef::from_raw(changes.getParameterData(index)) else {
                    continue;
                };
                let (id, count) = (queue.getParameterId(), queue.getPointCount());
                let (mut offset, mut value) = (0, 0.0);
                if !is_controller(id)
                    || count <= 0
                    || queue.getPoint(count - 1, &mut offset, &mut value) != kResultOk
                {
                    continue;
                }
                let kept = self.kept.get();
                let place = self.points[..kept].iter().position(|p| p.id.get() == id);
                let place = place.unwrap_or(kept);
                if let Some(point) = self.points.get(place) {
                    point.id.set(id);
                    point.value.set(value);
                    self.kept.set(kept.max(place + 1));
                }
            }
        }
    }
}

impl IParameterChangesTrait for Changes {
    unsafe fn getParameterCount(&self) -> int32 {
        // SAFETY: null or the host's list, for the length of its call.
        let host = unsafe { ComRef::from_raw(self.host.get()) };
        let more = host.map_or(0, |host| unsafe { host.getParameterCount() });
        self.kept.get() as int32 + more
    }

    unsafe fn getParameterData(&self, index: int32) -> *mut IParamValueQueue {
        let kept = self.kept.get() as int32;
        if (0..kept).contains(&index) {
            let point = self.points[index as usize].as_com_ref::<IParamValueQueue>();
            return point.map_or(std::ptr::null_mut(), |point| point.as_ptr());
        }
        // SAFETY: null or the host's list, for the length of its call.
        unsafe {
            match ComRef::from_raw(self.host.get()) {
                Some(host) => host.getParameterData(index - kept),
                None => std::ptr::null_mut(),
            }
        }
    }

    unsafe fn addParameterData(&self, _: *const ParamID, _: *mut int32) -> *mut IParamValueQueue {
        std::ptr::null_mut()
    }
}

/// Where a controller stood last.
#[derive(Default)]
struct Point {
    id: Cell<ParamID>,
    value: Cell<ParamValue>,
}

impl Class for Point {
    type Interfaces = (IParamValueQueue,);
}

impl IParamValueQueueTrait for Point {
    unsafe fn getParameterId(&self) -> ParamID {
        self.id.get()
    }

    unsafe fn getPointCount(&self) -> int32 {
        1
    }

    unsafe fn getPoint(&self, index: int32, offset: *mut int32, value: *mut ParamValue) -> tresult {
        if index != 0 || offset.is_null() || value.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: not null, and VST3 says that they are places for the answer.
        unsafe {
            *offset = 0;
            *value = self.value.get();
        }
        kResultOk
    }

    unsafe fn addPoint(&self, _: int32, _: ParamValue, _: *mut int32) -> tresult {
        kNotImplemented
    }
}
