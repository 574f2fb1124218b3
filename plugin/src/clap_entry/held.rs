//! Notes of blocks without frames.
//!
//! CLAP allows them, and the framework forgets the notes that come with one. They are kept here and put before those of
//! the next block, at its first frame. Audio thread, but for [`Held::new`]: no allocation.

use std::ffi::c_void;

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, CLAP_EVENT_NOTE_CHOKE, CLAP_EVENT_NOTE_EXPRESSION,
    CLAP_EVENT_NOTE_OFF, CLAP_EVENT_NOTE_ON, CLAP_EVENT_PARAM_MOD, clap_event_header,
    clap_event_param_mod, clap_input_events,
};

/// The most events that are kept. The ends of notes find room when their beginnings do not any more.
const ROOM: usize = 256;
/// The longest event of those that are kept.
pub(super) const LONGEST: usize = 64;

/// A copy of an event, of at most [`LONGEST`] bytes.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub(super) struct Event([u8; LONGEST]);

impl Event {
    /// # Safety
    /// `event` has as many bytes as it says, and no more than there is room for.
    pub(super) unsafe fn of(event: *const clap_event_header) -> Event {
        let mut kept = Event([0; LONGEST]);
        // SAFETY: as the caller promises.
        unsafe {
            let size = (*event).size as usize;
            std::ptr::copy_nonoverlapping(event.cast(), kept.0.as_mut_ptr(), size);
        }
        kept
    }

    /// As CLAP has it.
    pub(super) fn header(&self) -> *const clap_event_header {
        self.0.as_ptr().cast()
    }
}

/// What is kept until there are frames.
pub(super) struct Held {
    events: Vec<Event>,
}

impl Held {
    /// Nothing yet, with room. Allocates.
    pub(super) fn new() -> Held {
        Held {
            events: Vec::with_capacity(ROOM),
        }
    }

    /// Keeps the notes that a block without frames brings.
    ///
    /// # Safety
    /// `list` is null or the host's.
    pub(super) unsafe fn keep(&mut self, list: *const clap_input_events) {
        // SAFETY: as the caller promises; an event has as many bytes as it says.
        unsafe {
            for index in 0..count(list) {
                let event = at(list, index);
                if event.is_null() || !is_note(event) {
                    continue;
                }
                let room = match (*event).type_ == CLAP_EVENT_NOTE_ON {
                    true => ROOM / 2,
                    false => ROOM,
                };
                let size = (*event).size as usize;
                if size > LONGEST || self.events.len() >= room {
                    continue;
                }
                let mut kept = Event::of(event);
                (*kept.0.as_mut_ptr().cast::<clap_event_header>()).time = 0;
                self.events.push(kept);
            }
        }
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The block has heard it.
    pub(super) fn forget(&mut self) {
        self.events.clear();
    }

    /// What is kept, then what the host's list has.
    pub(super) fn before(&self, host: *const clap_input_events) -> Both<'_> {
        Both { held: self, host }
    }
}

/// Two lists in one.
pub(super) struct Both<'a> {
    held: &'a Held,
    host: *const clap_input_events,
}

impl Both<'_> {
    /// As CLAP has it. It is good as long as this is where it is.
    pub(super) fn list(&self) -> clap_input_events {
        clap_input_events {
            ctx: (&raw const *self).cast_mut().cast::<c_void>(),
            size: Some(size),
            get: Some(get),
        }
    }
}

unsafe extern "C" fn size(list: *const clap_input_events) -> u32 {
    // SAFETY: a list that `Both::list` made, while it is good.
    unsafe {
        let both = &*(*list).ctx.cast::<Both<'_>>();
        both.held.events.len() as u32 + count(both.host)
    }
}

unsafe extern "C" fn get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: a list that `Both::list` made, while it is good; kept events begin with a header, aligned as it is.
    unsafe {
        let both = &*(*list).ctx.cast::<Both<'_>>();
        match both.held.events.get(index as usize) {
            Some(event) => event.header(),
            None => at(both.host, index - both.held.events.len() as u32),
        }
    }
}

/// # Safety
/// `list` is null or the host's.
unsafe fn count(list: *const clap_input_events) -> u32 {
    // SAFETY: as the caller promises.
    unsafe {
        let size = list.as_ref().and_then(|list| list.size);
        size.map_or(0, |size| size(list))
    }
}

/// # Safety
/// `list` is null or the host's.
unsafe fn at(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: as the caller promises.
    unsafe {
        let get = list.as_ref().and_then(|list| list.get);
        get.map_or(std::ptr::null(), |get| get(list, index))
    }
}

/// Whether it is a note, something said of one, or MIDI. What is said of parameters the framework hears in any block,
/// but for the modulation of a voice, which it makes a note of.
///
/// # Safety
/// `event` is one of the host's.
unsafe fn is_note(event: *const clap_event_header) -> bool {
    // SAFETY: as the caller promises; the type says what follows the header.
    unsafe {
        if (*event).space_id != CLAP_CORE_EVENT_SPACE_ID {
            return false;
        }
        match (*event).type_ {
            CLAP_EVENT_NOTE_ON
            | CLAP_EVENT_NOTE_OFF
            | CLAP_EVENT_NOTE_CHOKE
            | CLAP_EVENT_NOTE_EXPRESSION
            | CLAP_EVENT_MIDI => true,
            CLAP_EVENT_PARAM_MOD => (*event.cast::<clap_event_param_mod>()).note_id >= 0,
            _ => false,
        }
    }
}
