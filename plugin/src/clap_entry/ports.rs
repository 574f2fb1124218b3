//! The audio ports of a block as the framework wants them: all that there can be, each stereo and complete.
//!
//! CLAP asks hosts to give them all; the framework takes that on trust, reads one further than the host says that there
//! are, and plays nothing where one is missing. Audio thread, but for [`Ports::new`]: no allocation.

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::process::clap_process;

use crate::pairs::{self, Pairs};

/// The most ports in and out, of both plugins.
const INS: usize = 2;
const OUTS: usize = 9;

/// What completes a host's ports.
pub(super) struct Ports {
    inputs: List<{ INS + 1 }>,
    outputs: List<{ OUTS + 1 }>,
}

/// The ports of one direction, and one more that is empty.
struct List<const N: usize> {
    ports: [clap_audio_buffer; N],
    pairs: Pairs,
}

impl Ports {
    /// Room for blocks of so many frames. Allocates.
    pub(super) fn new(frames: usize) -> Ports {
        Ports {
            inputs: List::new(frames),
            outputs: List::new(frames),
        }
    }

    /// The host's block with all ports. It is good for one call. None where an output is missing in a block that is longer
    /// than the host promised: the outputs that there are then are silent.
    ///
    /// # Safety
    /// `block` is what CLAP says of `process`.
    pub(super) unsafe fn complete(&mut self, block: &clap_process) -> Option<clap_process> {
        let frames = block.frames_count as usize;
        let mut whole = *block;
        // SAFETY: as the caller promises: a host gives as many ports as it says.
        unsafe {
            let (ports, count) = (block.audio_inputs, block.audio_inputs_count as usize);
            whole.audio_inputs = self.inputs.fill(ports, count, frames);
            let (ports, count) = (block.audio_outputs, block.audio_outputs_count as usize);
            whole.audio_outputs = self.outputs.fill(ports, count, frames);
            let missing = self.outputs.ports[..OUTS].iter();
            let silent = missing.map(|port| port.channel_count).min() == Some(0);
            tell(ports, count, frames, silent);
            (whole.audio_inputs_count, whole.audio_outputs_count) = (INS as u32, OUTS as u32);
            (!silent).then_some(whole)
        }
    }
}

/// Silences the host's outputs, or says of them that they are not constant, as they may have been in the last block.
///
/// # Safety
/// `ports` is null or has `count` of them, each with as many channels of so many frames as it says; they may be written to.
unsafe fn tell(ports: *mut clap_audio_buffer, count: usize, frames: usize, silent: bool) {
    for port in 0..count {
        if ports.is_null() {
            return;
        }
        // SAFETY: as the caller promises.
        unsafe {
            let port = &mut *ports.add(port);
            port.constant_mask = 0;
            if silent {
                pairs::silence(port.data32, port.channel_count as usize, frames);
            }
        }
    }
}

impl<const N: usize> List<N> {
    fn new(frames: usize) -> List<N> {
        List {
            ports: [EMPTY; N],
            pairs: Pairs::new(N - 1, frames),
        }
    }

    /// # Safety
    /// `given` is null or has `count` ports, each with as many channels as it says.
    unsafe fn fill(
        &mut self,
        given: *const clap_audio_buffer,
        count: usize,
        frames: usize,
    ) -> *mut clap_audio_buffer {
        self.pairs.begin();
        for (index, port) in self.ports.iter_mut().take(N - 1).enumerate() {
            // SAFETY: as the caller promises.
            let data32 = unsafe {
                let given = match index < count && !given.is_null() {
                    true => *given.add(index),
                    false => EMPTY,
                };
                let channels = given.channel_count as usize;
                self.pairs.complete(given.data32, channels, frames)
            };
            *port = EMPTY;
            port.data32 = data32;
            port.channel_count = if data32.is_null() { 0 } else { 2 };
        }
        self.ports.as_mut_ptr()
    }
}

const EMPTY: clap_audio_buffer = clap_audio_buffer {
    data32: std::ptr::null_mut(),
    data64: std::ptr::null_mut(),
    channel_count: 0,
    latency: 0,
    constant_mask: 0,
};
