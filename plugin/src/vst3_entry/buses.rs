//! The buses of a block as the framework wants them: all that there can be, each stereo and complete.
//!
//! It goes by the layout that it was activated with, and reads one bus further than the host says that there are. Hosts
//! give fewer, and some choose another layout while they play; so it always gets a list of the full length. Audio thread,
//! but for [`Buses::new`]: no allocation.

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, ProcessData,
};

use crate::pairs::{self, Pairs};

/// The most buses in and out, of both plugins.
const INS: usize = 2;
const OUTS: usize = 9;

/// What completes a host's buses.
pub(super) struct Buses {
    inputs: List<{ INS + 1 }>,
    outputs: List<{ OUTS + 1 }>,
}

/// The buses of one direction, and one more that is empty.
struct List<const N: usize> {
    buses: [AudioBusBuffers; N],
    pairs: Pairs,
}

impl Buses {
    /// Room for blocks of so many frames. Allocates.
    pub(super) fn new(frames: usize) -> Buses {
        Buses {
            inputs: List::new(frames),
            outputs: List::new(frames),
        }
    }

    /// The host's data with all buses. It is good for one call. None where an output is missing in a block that is
    /// longer than the host promised: the outputs that there are then are silent.
    ///
    /// # Safety
    /// `data` is what VST3 says of `process`.
    pub(super) unsafe fn complete(&mut self, data: &ProcessData) -> Option<ProcessData> {
        let frames = usize::try_from(data.numSamples).unwrap_or(0);
        let mut whole = *data;
        // SAFETY: as the caller promises: a host gives as many buses as it says.
        unsafe {
            whole.inputs = self.inputs.fill(data.inputs, data.numInputs, frames);
            whole.outputs = self.outputs.fill(data.outputs, data.numOutputs, frames);
            let missing = self.outputs.buses[..OUTS].iter();
            let silent = missing.map(|bus| bus.numChannels).min() == Some(0);
            tell(data.outputs, data.numOutputs, frames, silent);
            (whole.numInputs, whole.numOutputs) = (INS as i32, OUTS as i32);
            (!silent).then_some(whole)
        }
    }
}

impl<const N: usize> List<N> {
    fn new(frames: usize) -> List<N> {
        List {
            buses: [EMPTY; N],
            pairs: Pairs::new(N - 1, frames),
        }
    }

    /// # Safety
    /// `given` is null or has `count` buses, each with as many channels as it says.
    unsafe fn fill(
        &mut self,
        given: *mut AudioBusBuffers,
        count: i32,
        frames: usize,
    ) -> *mut AudioBusBuffers {
        self.pairs.begin();
        for (index, bus) in self.buses.iter_mut().take(N - 1).enumerate() {
            // SAFETY: as the caller promises.
            let channels = unsafe {
                let given = match (index as i32) < count && !given.is_null() {
                    true => *given.add(index),
                    false => EMPTY,
                };
                let channels = usize::try_from(given.numChannels).unwrap_or(0);
                let table = given.__field0.channelBuffers32;
                self.pairs.complete(table, channels, frames)
            };
            *bus = EMPTY;
            bus.__field0.channelBuffers32 = channels;
            bus.numChannels = if channels.is_null() { 0 } else { 2 };
        }
        self.buses.as_mut_ptr()
    }
}

const EMPTY: AudioBusBuffers = AudioBusBuffers {
    numChannels: 0,
    silenceFlags: 0,
    __field0: AudioBusBuffers__type0 {
        channelBuffers32: std::ptr::null_mut(),
    },
};

/// Silences the host's outputs, or says of them that they are not silent: some hosts leave there what they knew of the last
/// block.
///
/// # Safety
/// `buses` is null or has `count` of them, each with as many channels of so many frames as it says; they may be written to.
unsafe fn tell(buses: *mut AudioBusBuffers, count: i32, frames: usize, silent: bool) {
    for bus in 0..usize::try_from(count).unwrap_or(0) {
        if buses.is_null() {
            return;
        }
        // SAFETY: as the caller promises.
        unsafe {
            let bus = &mut *buses.add(bus);
            bus.silenceFlags = 0;
            if silent {
                let channels = usize::try_from(bus.numChannels).unwrap_or(0);
                pairs::silence(bus.__field0.channelBuffers32, channels, frames);
            }
        }
    }
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
        bus.silenceFlags = 3;
        bus.__field0.channelBuffers32 = channels.as_mut_ptr();
        bus
    }

    #[test]
    fn all_buses_are_there_and_one_more_can_be_looked_at() {
        let mut buses = Buses::new(64);
        let (mut left, mut right) = ([0.0f32; 64], [0.0f32; 64]);
        let mut channels = [left.as_mut_ptr(), right.as_mut_ptr(), left.as_mut_ptr()];
        let mut outs = [bus(&mut channels), EMPTY];
        // SAFETY: the data is whole as far as it says.
        let whole = unsafe { buses.complete(&data(64, &mut outs)) }.expect("there is room");
        assert_eq!(outs[0].silenceFlags, 0);
        assert_eq!((whole.numInputs, whole.numOutputs), (2, 9));
        // SAFETY: lists of as many buses as they say and one more, with two channels of 64 frames.
        unsafe {
            for index in 0..9 {
                let out = *whole.outputs.add(index);
                assert_eq!(
                    out.numChannels, 2,
                    "the framework takes no more and no fewer"
                );
                for (side, given) in channels.into_iter().take(2).enumerate() {
                    let start = *out.__field0.channelBuffers32.add(side);
                    std::slice::from_raw_parts_mut(start, 64).fill(1.0);
                    assert!(index > 0 || start == given);
                }
            }
            for index in 0..2 {
                let silence = **(*whole.inputs.add(index)).__field0.channelBuffers32;
                assert_eq!(silence, 0.0, "nobody plays into an input");
            }
            for end in [*whole.inputs.add(2), *whole.outputs.add(9)] {
                assert!(end.__field0.channelBuffers32.is_null());
            }
        }
    }
}
