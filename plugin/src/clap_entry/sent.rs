//! What an instance sends in a block, given to the host in the order of time.
//!
//! The framework gives a host what there is as it comes: the ends of voices before what patterns play, and each part of a
//! block by itself. CLAP wants a list that is sorted. And the framework has no word for a MIDI clock, which the instance
//! tells by a queue of its own. So both are gathered here, and given to the host when the block is over. Audio thread, but
//! for [`Sent::new`]: no allocation.

use std::ffi::c_void;

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, CLAP_EVENT_MIDI_SYSEX, clap_event_header,
    clap_event_midi, clap_output_events,
};
use rtrb::Consumer;
use sorl_graph::TimedMidi;

use super::held::{Event, LONGEST};

/// The most events of a block.
const ROOM: usize = 2048;

/// What is gathered.
pub(super) struct Sent {
    events: Vec<Event>,
    /// When each is due, whether it is none of the clock's, and which it is.
    order: Vec<(u32, bool, usize)>,
}

impl Sent {
    /// Nothing yet, with room. Allocates.
    pub(super) fn new() -> Sent {
        Sent {
            events: Vec::with_capacity(ROOM),
            order: Vec::with_capacity(ROOM),
        }
    }

    /// A list that takes what the framework sends.
    ///
    /// # Safety
    /// `this` is where it is, and nothing else speaks of it, as long as the list is in use.
    pub(super) unsafe fn list(this: *mut Sent) -> clap_output_events {
        clap_output_events {
            ctx: this.cast::<c_void>(),
            try_push: Some(try_push),
        }
    }

    /// Takes a copy of an event. False where there is no room.
    ///
    /// # Safety
    /// `event` is null or has as many bytes as it says.
    unsafe fn take(&mut self, event: *const clap_event_header, of_clock: bool) -> bool {
        // SAFETY: as the caller promises.
        let Some(header) = (unsafe { event.as_ref() }) else {
            return false;
        };
        // What points to memory of somebody else's is good for its own call alone; nothing of ours does.
        let is_core = header.space_id == CLAP_CORE_EVENT_SPACE_ID;
        let points = is_core && header.type_ == CLAP_EVENT_MIDI_SYSEX;
        let size = header.size as usize;
        if points || size > LONGEST || self.events.len() == ROOM {
            return false;
        }
        self.order.push((header.time, !of_clock, self.events.len()));
        // SAFETY: as the caller promises, and it is not too long.
        self.events.push(unsafe { Event::of(event) });
        true
    }

    /// The block of so many frames is over: gives the host what was gathered, and the clock that the instance told.
    ///
    /// # Safety
    /// `host` is null or the host's list.
    pub(super) unsafe fn give(
        &mut self,
        host: *const clap_output_events,
        frames: u32,
        clock: &mut Consumer<TimedMidi>,
    ) {
        while let Ok(word) = clock.pop() {
            let event = clap_event_midi {
                header: clap_event_header {
                    size: size_of::<clap_event_midi>() as u32,
                    time: word.frame.min(frames.saturating_sub(1)),
                    space_id: CLAP_CORE_EVENT_SPACE_ID,
                    type_: CLAP_EVENT_MIDI,
                    flags: 0,
                },
                port_index: 0,
                data: word.bytes,
            };
            // SAFETY: it is as long as it says.
            unsafe { self.take(&raw const event.header, true) };
        }
        self.order.sort_unstable();
        // SAFETY: as the caller promises; each event begins with its header.
        unsafe {
            if let Some(list) = host.as_ref()
                && let Some(push) = list.try_push
            {
                for (_, _, index) in &self.order {
                    // A host whose list is full has other cares than this.
                    push(host, self.events[*index].header());
                }
            }
        }
        self.order.clear();
        self.events.clear();
    }
}

unsafe extern "C" fn try_push(
    list: *const clap_output_events,
    event: *const clap_event_header,
) -> bool {
    // SAFETY: a list that `Sent::list` made, while nothing else speaks of what it takes for.
    unsafe { (*(*list).ctx.cast::<Sent>()).take(event, false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the words of a list go, as a host would have it.
    unsafe extern "C" fn keep(
        list: *const clap_output_events,
        event: *const clap_event_header,
    ) -> bool {
        // SAFETY: the test's own list, and MIDI alone is sent.
        unsafe {
            let all = &mut *(*list).ctx.cast::<Vec<(u32, u8)>>();
            let midi = &*event.cast::<clap_event_midi>();
            all.push((midi.header.time, midi.data[0]));
        }
        true
    }

    fn midi(time: u32, byte: u8) -> clap_event_midi {
        clap_event_midi {
            header: clap_event_header {
                size: size_of::<clap_event_midi>() as u32,
                time,
                space_id: CLAP_CORE_EVENT_SPACE_ID,
                type_: CLAP_EVENT_MIDI,
                flags: 0,
            },
            port_index: 0,
            data: [byte, 0, 0],
        }
    }

    #[test]
    fn a_host_gets_all_in_the_order_of_time_and_the_clock_first() {
        let mut sent = Sent::new();
        let (mut push, mut clock) = rtrb::RingBuffer::new(8);
        let mut heard: Vec<(u32, u8)> = Vec::new();
        let host = clap_output_events {
            ctx: (&raw mut heard).cast(),
            try_push: Some(keep),
        };
        for round in 0..2 {
            // SAFETY: the list is used here alone, the events are whole.
            unsafe {
                let list = Sent::list(&raw mut sent);
                for (time, byte) in [(30, 0x80), (5, 0x90), (30, 0x91), (0, 0x92)] {
                    let event = midi(time, byte);
                    assert!(try_push(&raw const list, &raw const event.header));
                }
                let mut long = midi(0, 0xf0);
                long.header.type_ = CLAP_EVENT_MIDI_SYSEX;
                assert!(!try_push(&raw const list, &raw const long.header));
                for frame in [5, 700] {
                    let bytes = [0xf8, 0, 0];
                    push.push(TimedMidi { frame, bytes }).unwrap();
                }
                sent.give(&raw const host, 64, &mut clock);
            }
            let wanted = [
                (0, 0x92),
                (5, 0xf8),
                (5, 0x90),
                (30, 0x80),
                (30, 0x91),
                (63, 0xf8),
            ];
            assert_eq!(heard, wanted, "round {round}");
            heard.clear();
        }
        // SAFETY: a host without a list.
        unsafe { sent.give(std::ptr::null(), 64, &mut clock) };
    }
}
