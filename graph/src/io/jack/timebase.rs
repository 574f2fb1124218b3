//! Telling other clients of a JACK server where the song's bars and beats are: the server's timebase.
//!
//! The callback runs in JACK's process thread, right after the process callback, and does nothing but read and compute.
//! The `jack` crate has no word for it, so it is registered here, by the C interface.

// The C interface: each call says why it is sound.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use jack::Client;
use jack::jack_sys as sys;

use crate::time::Meter;

/// Ticks of a beat.
const TICKS: f64 = 1920.0;

/// Where the song is at a frame of the transport. Written by the process callback, read by the timebase's.
#[derive(Debug, Default)]
pub(super) struct Told {
    frame: AtomicU32,
    /// Bars from the beginning of the song, and the tempo in beats a minute, as the bits of `f64`.
    cycle: AtomicU64,
    bpm: AtomicU64,
    /// The metre: how many, of which.
    beats: AtomicU32,
    unit: AtomicU32,
}

impl Told {
    /// At this frame the song is here. Real-time safe.
    pub(super) fn tell(&self, frame: u32, cycle: f64, bpm: f64, meter: Meter) {
        self.frame.store(frame, Ordering::Relaxed);
        self.cycle.store(cycle.to_bits(), Ordering::Relaxed);
        self.bpm.store(bpm.to_bits(), Ordering::Relaxed);
        self.beats.store(meter.beats.into(), Ordering::Relaxed);
        self.unit.store(meter.unit.into(), Ordering::Relaxed);
    }

    /// Bar, beat and tick at a frame, what is between reckoned at the tempo that was told. `None` before anything was.
    fn place(&self, frame: u32, rate: u32) -> Option<Place> {
        let number = |bits: &AtomicU64| f64::from_bits(bits.load(Ordering::Relaxed));
        let (beats, unit) = (
            f64::from(self.beats.load(Ordering::Relaxed)),
            f64::from(self.unit.load(Ordering::Relaxed)),
        );
        let bpm = number(&self.bpm);
        if beats == 0.0 || unit == 0.0 || bpm <= 0.0 || rate == 0 {
            return None;
        }
        let away = f64::from(frame) - f64::from(self.frame.load(Ordering::Relaxed));
        let quarters = away / f64::from(rate) * bpm / 60.0;
        let cycle = (number(&self.cycle) + quarters / (beats * 4.0 / unit)).max(0.0);
        // To the nearest tick, and then apart.
        let ticks = (cycle * beats * TICKS).round();
        let bar = (ticks / (beats * TICKS)).floor();
        let within = ticks - bar * beats * TICKS;
        let beat = (within / TICKS).floor();
        Some(Place {
            bar: bar as i32 + 1,
            beat: beat as i32 + 1,
            tick: (within - beat * TICKS) as i32,
            begins: bar * beats * TICKS,
            meter: [beats as f32, unit as f32],
            bpm,
        })
    }
}

/// As JACK says it: bars and beats from 1, ticks from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    bar: i32,
    beat: i32,
    tick: i32,
    /// The tick at which the bar begins.
    begins: f64,
    meter: [f32; 2],
    bpm: f64,
}

/// Makes a client the one who says where bars and beats are, in place of whoever did.
///
/// `told` is given to the server for good: the callback may come as long as the client lives, and it is small.
pub(super) fn lead(client: &Client, told: &Arc<Told>) -> Result<(), jack::Error> {
    let told = Arc::into_raw(Arc::clone(told)).cast_mut().cast::<c_void>();
    // SAFETY: the client is open; the count that `into_raw` took keeps `told` for ever.
    let code = unsafe { sys::jack_set_timebase_callback(client.raw(), 0, Some(called), told) };
    match code {
        0 => Ok(()),
        error_code => Err(jack::Error::UnknownError { error_code }),
    }
}

/// The callback. Real-time safe.
///
/// # Safety
/// `pos` is the server's position, this callback's alone while it runs; `told` is what [`lead`] gave.
unsafe extern "C" fn called(
    _state: sys::jack_transport_state_t,
    _frames: sys::jack_nframes_t,
    pos: *mut sys::jack_position_t,
    _new: c_int,
    told: *mut c_void,
) {
    // SAFETY: see above.
    let (told, mut now) = unsafe { (&*told.cast::<Told>(), pos.read_unaligned()) };
    let Some(place) = told.place(now.frame, now.frame_rate) else {
        return;
    };
    (now.bar, now.beat, now.tick) = (place.bar, place.beat, place.tick);
    now.bar_start_tick = place.begins;
    [now.beats_per_bar, now.beat_type] = place.meter;
    now.ticks_per_beat = TICKS;
    now.beats_per_minute = place.bpm;
    now.valid |= sys::JackPositionBBT;
    // SAFETY: see above.
    unsafe { pos.write_unaligned(now) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_beats_and_ticks_are_those_of_the_song() {
        let told = Told::default();
        assert_eq!(told.place(0, 48_000), None);
        // Bar 3 of 6/8 at 120 quarters a minute: a bar is a second and a half.
        told.tell(100, 2.0, 120.0, Meter::new(6, 8).unwrap());
        let place = |frame| {
            let place = told.place(frame, 48_000).unwrap();
            (place.bar, place.beat, place.tick)
        };
        assert_eq!(place(100), (3, 1, 0));
        assert_eq!(place(100 + 12_000), (3, 2, 0));
        assert_eq!(place(100 + 18_000), (3, 2, 960));
        assert_eq!(place(100 + 72_000), (4, 1, 0));
        let later = told.place(100 + 72_000, 48_000).unwrap();
        assert_eq!(
            (later.begins, later.meter),
            (3.0 * 6.0 * 1920.0, [6.0, 8.0])
        );
        assert_eq!(place(0), (2, 6, 1904));
    }
}
