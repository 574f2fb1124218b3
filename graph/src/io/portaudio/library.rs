//! The few functions of PortAudio that are needed, from the library that is there when the program runs.
//!
//! Control threads only, but for the callback. This is a binding of our own because the crates for it link the library
//! when Sorl is built, and are kept no more; opened while the program runs it asks nothing of a machine that has none.
//! Everything unsafe about PortAudio is in this file, which knows nothing of engines: `portaudio.h` (v19.6) is its contract.

// The library's C interface: each call says why it is sound.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_double, c_int, c_ulong, c_void};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use libloading::Library;

use crate::io::MAX_CHANNELS;

const MAX: usize = MAX_CHANNELS as usize;
/// 32-bit floats, a buffer for each channel.
const FORMAT: c_ulong = 0x0000_0001 | 0x8000_0000;
/// What the callback is told: that input was lost, or that output was late.
const LATE: c_ulong = 0x0000_0002 | 0x0000_0004;

/// Its names, by system.
const NAMES: &[&str] = if cfg!(windows) {
    &["portaudio_x64.dll", "portaudio.dll", "libportaudio-2.dll"]
} else if cfg!(target_os = "macos") {
    &[
        "libportaudio.2.dylib",
        "/opt/homebrew/lib/libportaudio.2.dylib",
        "/usr/local/lib/libportaudio.2.dylib",
    ]
} else {
    &["libportaudio.so.2"]
};

#[repr(C)]
struct DeviceInfo {
    _version: c_int,
    name: *const c_char,
    api: c_int,
    inputs: c_int,
    outputs: c_int,
    low_in: c_double,
    low_out: c_double,
    _high_in: c_double,
    _high_out: c_double,
    rate: c_double,
}

#[repr(C)]
struct ApiInfo {
    _version: c_int,
    _type: c_int,
    name: *const c_char,
}

#[repr(C)]
struct Parameters {
    device: c_int,
    channels: c_int,
    format: c_ulong,
    latency: c_double,
    _specific: *mut c_void,
}

#[repr(C)]
struct Info {
    _version: c_int,
    latency_in: c_double,
    latency_out: c_double,
    rate: c_double,
}

type Callback = unsafe extern "C" fn(
    *const *const f32,
    *const *mut f32,
    c_ulong,
    *const c_void,
    c_ulong,
    *mut c_void,
) -> c_int;

/// The functions. They are valid as long as the library, which is never closed: PortAudio's own back ends leave threads
/// behind that outlive a call to close them.
struct Functions {
    initialize: unsafe extern "C" fn() -> c_int,
    terminate: unsafe extern "C" fn() -> c_int,
    error_text: unsafe extern "C" fn(c_int) -> *const c_char,
    device_count: unsafe extern "C" fn() -> c_int,
    device_info: unsafe extern "C" fn(c_int) -> *const DeviceInfo,
    api_info: unsafe extern "C" fn(c_int) -> *const ApiInfo,
    default_in: unsafe extern "C" fn() -> c_int,
    default_out: unsafe extern "C" fn() -> c_int,
    supported: unsafe extern "C" fn(*const Parameters, *const Parameters, c_double) -> c_int,
    open: unsafe extern "C" fn(
        *mut *mut c_void,
        *const Parameters,
        *const Parameters,
        c_double,
        c_ulong,
        c_ulong,
        Callback,
        *mut c_void,
    ) -> c_int,
    start: unsafe extern "C" fn(*mut c_void) -> c_int,
    close: unsafe extern "C" fn(*mut c_void) -> c_int,
    active: unsafe extern "C" fn(*mut c_void) -> c_int,
    stream_info: unsafe extern "C" fn(*mut c_void) -> *const Info,
}

/// PortAudio is not made for several threads at once.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone<T>(call: impl FnOnce() -> T) -> T {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    call()
}

/// PortAudio, set up; dropping it puts it away.
pub(super) struct PortAudio {
    calls: Functions,
}

/// A device.
#[derive(Clone, Debug)]
pub(super) struct PaDevice {
    /// Its number, valid as long as the [`PortAudio`] that told it.
    pub(super) index: i32,
    /// `ALSA: default`.
    pub(super) name: String,
    pub(super) inputs: u16,
    pub(super) outputs: u16,
    pub(super) rate: u32,
    latency: [f64; 2],
}

/// What is wanted of a stream: device and channels of each side.
pub(super) struct Sides<'a> {
    pub(super) input: Option<(&'a PaDevice, u16)>,
    pub(super) output: (&'a PaDevice, u16),
}

/// Called for each block with what comes in, what goes out, all of one length, and whether the last one came too late.
pub(super) type Play = Box<dyn FnMut(&[&[f32]], &mut [&mut [f32]], bool) + Send>;

/// What the callback is given a pointer to.
struct Slot {
    channels: [usize; 2],
    /// Set before the stream starts; from then on the callback's alone.
    play: UnsafeCell<Option<Play>>,
}

impl PortAudio {
    /// Opens the library and sets it up.
    ///
    /// # Errors
    /// In words: it is not installed, or does not start.
    pub(super) fn open() -> Result<Arc<PortAudio>, String> {
        let mut missing = String::new();
        let library = NAMES.iter().find_map(|name| {
            // SAFETY: loading it runs its initialisers, which do nothing but set up its own data.
            match unsafe { Library::new(name) } {
                Ok(library) => Some(library),
                Err(error) => {
                    missing = error.to_string();
                    None
                }
            }
        });
        let library = library.ok_or(missing)?;
        let calls = Functions::of(&library).map_err(|error| error.to_string())?;
        std::mem::forget(library);
        // SAFETY: no other thread is in PortAudio; each call that succeeds has its `terminate` in `drop`.
        let code = alone(|| unsafe { (calls.initialize)() });
        calls.checked(code)?;
        Ok(Arc::new(PortAudio { calls }))
    }

    /// All devices.
    pub(super) fn devices(&self) -> Vec<PaDevice> {
        // SAFETY: it is initialised.
        let count = alone(|| unsafe { (self.calls.device_count)() });
        (0..count).filter_map(|index| self.device(index)).collect()
    }

    /// The devices that the system prefers, to hear and to play.
    pub(super) fn preferred(&self) -> [Option<PaDevice>; 2] {
        // SAFETY: it is initialised.
        let [hear, play] =
            alone(|| unsafe { [(self.calls.default_in)(), (self.calls.default_out)()] });
        [self.device(hear), self.device(play)]
    }

    fn device(&self, index: i32) -> Option<PaDevice> {
        alone(|| {
            // SAFETY: it is initialised; for a number that is no device's it gives null. What it gives stays until
            // `terminate`, as do the texts in it, which end in 0.
            unsafe {
                let info = (self.calls.device_info)(index).as_ref()?;
                let api = (self.calls.api_info)(info.api).as_ref()?;
                let [api, name] = [api.name, info.name].map(|text| {
                    (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
                });
                let channels = |count: c_int| u16::try_from(count).unwrap_or(0).min(MAX_CHANNELS);
                Some(PaDevice {
                    index,
                    name: format!("{}: {}", api?, name?),
                    inputs: channels(info.inputs),
                    outputs: channels(info.outputs),
                    rate: info.rate as u32,
                    latency: [info.low_in, info.low_out],
                })
            }
        })
    }

    /// Whether a stream of this rate can be had.
    pub(super) fn takes(&self, sides: &Sides<'_>, rate: u32) -> bool {
        let [input, output] = sides.parameters();
        // SAFETY: it is initialised, and the pointers are valid for the call, or null.
        alone(|| unsafe {
            (self.calls.supported)(pointer(&input), pointer(&output), rate.into()) == 0
        })
    }

    /// Opens a stream, in blocks of so many frames (0: as it likes).
    ///
    /// # Errors
    /// In PortAudio's words.
    pub(super) fn stream(
        self: &Arc<Self>,
        sides: &Sides<'_>,
        rate: u32,
        block: u32,
    ) -> Result<PaStream, String> {
        let [input, output] = sides.parameters();
        let inputs = sides.input.map_or(0, |(_, channels)| channels);
        let slot = Box::into_raw(Box::new(Slot {
            channels: [inputs.into(), sides.output.1.into()],
            play: UnsafeCell::new(None),
        }));
        let mut stream = PaStream {
            library: Arc::clone(self),
            stream: ptr::null_mut(),
            slot,
        };
        // SAFETY: the parameters are valid for the call; `slot` stays until the stream is closed, in `drop`.
        let code = alone(|| unsafe {
            (self.calls.open)(
                &mut stream.stream,
                pointer(&input),
                pointer(&output),
                rate.into(),
                block.into(),
                0,
                called,
                slot.cast(),
            )
        });
        if code != 0 {
            stream.stream = ptr::null_mut();
        }
        self.calls.checked(code)?;
        Ok(stream)
    }
}

impl Drop for PortAudio {
    fn drop(&mut self) {
        // SAFETY: `initialize` succeeded, and every stream holds this alive.
        alone(|| unsafe { (self.calls.terminate)() });
    }
}

impl Functions {
    fn of(library: &Library) -> Result<Functions, libloading::Error> {
        // SAFETY: the types are those of `portaudio.h`; the library is never closed, so the functions stay.
        unsafe {
            Ok(Functions {
                initialize: *library.get(b"Pa_Initialize\0")?,
                terminate: *library.get(b"Pa_Terminate\0")?,
                error_text: *library.get(b"Pa_GetErrorText\0")?,
                device_count: *library.get(b"Pa_GetDeviceCount\0")?,
                device_info: *library.get(b"Pa_GetDeviceInfo\0")?,
                api_info: *library.get(b"Pa_GetHostApiInfo\0")?,
                default_in: *library.get(b"Pa_GetDefaultInputDevice\0")?,
                default_out: *library.get(b"Pa_GetDefaultOutputDevice\0")?,
                supported: *library.get(b"Pa_IsFormatSupported\0")?,
                open: *library.get(b"Pa_OpenStream\0")?,
                start: *library.get(b"Pa_StartStream\0")?,
                close: *library.get(b"Pa_CloseStream\0")?,
                active: *library.get(b"Pa_IsStreamActive\0")?,
                stream_info: *library.get(b"Pa_GetStreamInfo\0")?,
            })
        }
    }

    /// What a call that gave `code` came to.
    fn checked(&self, code: c_int) -> Result<(), String> {
        if code >= 0 {
            return Ok(());
        }
        // SAFETY: for every number it gives a text that stays and ends in 0.
        let text = unsafe { CStr::from_ptr((self.error_text)(code)) };
        Err(text.to_string_lossy().into_owned())
    }
}

impl Sides<'_> {
    fn parameters(&self) -> [Option<Parameters>; 2] {
        let parameters = |(device, channels): (&PaDevice, u16), side: usize| Parameters {
            device: device.index,
            channels: channels.into(),
            format: FORMAT,
            latency: device.latency[side],
            _specific: ptr::null_mut(),
        };
        [
            self.input.map(|input| parameters(input, 0)),
            Some(parameters(self.output, 1)),
        ]
    }
}

fn pointer(parameters: &Option<Parameters>) -> *const Parameters {
    parameters.as_ref().map_or(ptr::null(), ptr::from_ref)
}

/// A stream. Dropping it ends it, waits for its callback, and drops what the callback owned, on the thread that drops it.
pub(super) struct PaStream {
    library: Arc<PortAudio>,
    stream: *mut c_void,
    slot: *mut Slot,
}

impl PaStream {
    /// Its real rate in Hz, and the latencies in and out in seconds.
    pub(super) fn figures(&self) -> (f64, [f64; 2]) {
        // SAFETY: the stream is open; what is given stays until it is closed, and is read at once.
        let info = alone(|| unsafe {
            let info = (self.library.calls.stream_info)(self.stream).as_ref();
            info.map(|info| (info.rate, [info.latency_in, info.latency_out]))
        });
        info.unwrap_or_default()
    }

    /// Lets it run; once.
    ///
    /// # Errors
    /// In PortAudio's words.
    pub(super) fn start(&mut self, play: Play) -> Result<(), String> {
        // SAFETY: the stream does not run yet, so nobody else looks into the slot, which lives as long as this.
        unsafe { *(*self.slot).play.get() = Some(play) };
        // SAFETY: the stream is open.
        let code = alone(|| unsafe { (self.library.calls.start)(self.stream) });
        self.library.calls.checked(code)
    }

    /// Whether it still runs.
    pub(super) fn is_active(&self) -> bool {
        // SAFETY: the stream is open.
        alone(|| unsafe { (self.library.calls.active)(self.stream) == 1 })
    }
}

impl Drop for PaStream {
    fn drop(&mut self) {
        if !self.stream.is_null() {
            // SAFETY: the stream is open, and is not used again. This returns when the callback has ended for good.
            alone(|| unsafe { (self.library.calls.close)(self.stream) });
        }
        // SAFETY: it came from `Box::into_raw`, and nobody else has it any more.
        drop(unsafe { Box::from_raw(self.slot) });
    }
}

/// The callback. Real-time safe as far as what it plays is.
///
/// # Safety
/// `user` is the stream's slot, which nobody else touches while the stream runs; the buffers are PortAudio's for streams
/// of [`FORMAT`]: as many pointers as the stream has channels, each to `frames` samples (`input` may be null).
unsafe extern "C" fn called(
    input: *const *const f32,
    output: *const *mut f32,
    frames: c_ulong,
    _time: *const c_void,
    flags: c_ulong,
    user: *mut c_void,
) -> c_int {
    let frames = frames as usize;
    // SAFETY: see above.
    let slot = unsafe { &*user.cast::<Slot>() };
    let [inputs, outputs] = slot.channels.map(|count| count.min(MAX));
    let inputs = if input.is_null() { 0 } else { inputs };
    let ins: [&[f32]; MAX] = std::array::from_fn(|i| match i < inputs {
        // SAFETY: see above; input and output do not overlap, and the channels do not either.
        true => unsafe { std::slice::from_raw_parts(*input.add(i), frames) },
        false => &[],
    });
    let mut outs: [&mut [f32]; MAX] = std::array::from_fn(|i| match i < outputs {
        // SAFETY: as above.
        true => unsafe { std::slice::from_raw_parts_mut(*output.add(i), frames) },
        false => &mut [],
    });
    // SAFETY: the callback is called by one thread at a time, and alone has the slot while the stream runs.
    if let Some(play) = unsafe { &mut *slot.play.get() } {
        play(&ins[..inputs], &mut outs[..outputs], flags & LATE != 0);
    }
    0
}
