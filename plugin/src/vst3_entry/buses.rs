//! Completes what a VST3 host gives for a block.
//!
//! A host may leave out the buses that nothing is connected to: it gives fewer, or ones without channels. The framework
//! wants them all: without every output it makes no sound at all, and an input that is not there it would read. What
//! is missing is played into, or heard from, memory of ours. Audio thread, but for [`Buses::new`]: no allocation.

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{AudioBusBuffers, ProcessData};

/// The most buses of one direction.
const MOST: usize = 9;

/// Memory for the buses that a host leaves out, all of them stereo.
pub(super) struct Buses {
    /// Frames that each channel has room for.
    frames: usize,
    /// Where the channels begin, inputs before outputs.
    pointers: Box<[*mut f32]>,
    inputs: [AudioBusBuffers; MOST],
    outputs: [AudioBusBuffers; MOST],
    memory: Box<[f32]>,
}

impl Buses {
    /// Room for blocks of so many frames. Allocates.
    pub(super) fn new(frames: usize) -> Buses {
        let mut memory = vec![0.0; frames * 4 * MOST].into_boxed_slice();
        let channel = |c: usize| memory.as_mut_ptr().wrapping_add(c * frames);
        let pointers = (0..4 * MOST).map(channel).collect();
        Buses {
            frames,
            pointers,
            inputs: [EMPTY; MOST],
            outputs: [EMPTY; MOST],
            memory,
        }
    }

    /// The host's data with so many buses in and out. It is good for one call. `None` where the block is longer
    /// than the host promised and something is missing: then there is no memory to complete it with.
    ///
    /// # Safety
    /// `data` is what VST3 says of `process`.
    pub(super) unsafe fn complete(
        &mut self,
        data: &ProcessData,
        ins: usize,
        outs: usize,
    ) -> Option<ProcessData> {
        // SAFETY: the host gives as many buses as it says.
        let (has_ins, has_outs) = unsafe {
            (
                are_whole(data.inputs, data.numInputs, ins),
                are_whole(data.outputs, data.numOutputs, outs),
            )
        };
        if has_ins && has_outs {
            return Some(*data);
        }
        let frames = usize::try_from(data.numSamples).ok()?;
        if frames > self.frames || ins > MOST || outs > MOST {
            return None;
        }
        let mut whole = *data;
        // What was played into it the last time is not to be heard.
        self.memory[..self.frames * 2 * MOST].fill(0.0);
        for bus in 0..ins {
            // SAFETY: as above.
            let given = unsafe { given(data.inputs, data.numInputs, bus) };
            self.inputs[bus] = given.unwrap_or_else(|| spare(&mut self.pointers, 2 * bus));
        }
        for bus in 0..outs {
            // SAFETY: as above.
            let given = unsafe { given(data.outputs, data.numOutputs, bus) };
            let at = 2 * (MOST + bus);
            self.outputs[bus] = given.unwrap_or_else(|| spare(&mut self.pointers, at));
        }
        (whole.numInputs, whole.inputs) = (ins as i32, self.inputs.as_mut_ptr());
        (whole.numOutputs, whole.outputs) = (outs as i32, self.outputs.as_mut_ptr());
        Some(whole)
    }
}

const EMPTY: AudioBusBuffers = AudioBusBuffers {
    numChannels: 0,
    silenceFlags: 0,
    __field0: nice_plug::wrapper::vst3::vst3::Steinberg::Vst::AudioBusBuffers__type0 {
        channelBuffers32: std::ptr::null_mut(),
    },
};

/// A bus of our own, from a channel on.
fn spare(pointers: &mut [*mut f32], channel: usize) -> AudioBusBuffers {
    let mut bus = EMPTY;
    bus.numChannels = 2;
    bus.__field0.channelBuffers32 = pointers[channel..].as_mut_ptr();
    bus
}

/// The host's bus, if it is there with both channels.
///
/// # Safety
/// `buses` is null or has `count` of them.
unsafe fn given(buses: *mut AudioBusBuffers, count: i32, bus: usize) -> Option<AudioBusBuffers> {
    if buses.is_null() || bus as i32 >= count {
        return None;
    }
    // SAFETY: within what the caller promises; a bus has as many channels as it says.
    unsafe {
        let bus = *buses.add(bus);
        let channels = bus.__field0.channelBuffers32;
        let whole = bus.numChannels >= 2
            && !channels.is_null()
            && (0..2).all(|c| !(*channels.add(c)).is_null());
        whole.then_some(bus)
    }
}

/// # Safety
/// As for [`given`].
unsafe fn are_whole(buses: *mut AudioBusBuffers, count: i32, wanted: usize) -> bool {
    // SAFETY: as the caller promises.
    (0..wanted).all(|bus| unsafe { given(buses, count, bus) }.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(frames: i32, outs: &mut [AudioBusBuffers]) -> ProcessData {
        // SAFETY: a table of numbers and pointers, for which nought is a value.
        let mut data: ProcessData = unsafe { std::mem::zeroed() };
        data.numSamples = frames;
        (data.numOutputs, data.outputs) = (outs.len() as i32, outs.as_mut_ptr());
        data
    }

    fn bus(channels: &mut [*mut f32]) -> AudioBusBuffers {
        let mut bus = EMPTY;
        bus.numChannels = channels.len() as i32;
        bus.__field0.channelBuffers32 = channels.as_mut_ptr();
        bus
    }

    #[test]
    fn what_is_whole_is_left_alone_and_what_is_missing_is_put_in() {
        let mut buses = Buses::new(64);
        let (mut left, mut right) = ([0.0f32; 64], [0.0f32; 64]);
        let mut channels = [left.as_mut_ptr(), right.as_mut_ptr()];
        let mut outs = [bus(&mut channels), EMPTY];
        let given = data(64, &mut outs);
        // SAFETY: the data above is whole as far as it says.
        let (one, three, long) = unsafe {
            let one = buses.complete(&given, 0, 1).expect("it is whole");
            let long = buses.complete(&data(65, &mut outs), 1, 3);
            (
                one,
                buses.complete(&given, 1, 3).expect("there is room"),
                long,
            )
        };
        assert_eq!(one.outputs, given.outputs);
        assert!(long.is_none());
        assert_eq!((three.numInputs, three.numOutputs), (1, 3));
        let mut seen = Vec::new();
        for bus in 0..3 {
            // SAFETY: three buses of two channels of 64 frames.
            unsafe {
                let bus = *three.outputs.add(bus);
                assert_eq!(bus.numChannels, 2);
                for channel in 0..2 {
                    let start = *bus.__field0.channelBuffers32.add(channel);
                    std::slice::from_raw_parts_mut(start, 64).fill(1.0);
                    seen.push(start);
                }
            }
        }
        assert_eq!(seen[..2], channels);
        seen.sort();
        assert!(
            seen.windows(2)
                .all(|pair| (pair[1] as usize) - (pair[0] as usize) >= 256)
        );
        // SAFETY: a bus of two channels of 64 frames, which nobody played into.
        unsafe {
            let side = **(*three.inputs).__field0.channelBuffers32;
            assert_eq!(side, 0.0);
        }
    }
}
