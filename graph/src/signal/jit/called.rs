//! What finished code calls: work over a whole span for which this processor has wider vectors than the code generator
//! writes. Real-time safe.
#![allow(unsafe_code)]

use crate::math;
use crate::signal::GRID;
use multiversion::multiversion;

/// A phase, its step, a number of frames, and where they go.
pub type Tone = unsafe extern "C" fn(u32, u32, usize, *mut f32);

/// Writes so many frames of a sine: [`math::sin_phase`] of the phase and of each that a step later follows it.
///
/// # Safety
///
/// `to` is the address of so many frames, which nothing else uses meanwhile.
pub unsafe extern "C" fn sine(phase: u32, step: u32, frames: usize, to: *mut f32) {
    // SAFETY: the caller's word.
    sines(phase, step, unsafe {
        std::slice::from_raw_parts_mut(to, frames)
    });
}

/// Every frame by itself, so that neither the width nor where a span is cut can be heard.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn sines(phase: u32, step: u32, frames: &mut [f32]) {
    let fill = |frames: &mut [f32]| {
        for (n, frame) in (0..).zip(frames) {
            *frame = math::sin_phase(phase.wrapping_add(step.wrapping_mul(n)));
        }
    };
    match frames.as_mut_array::<GRID>() {
        // A whole step needs no loop.
        Some(all) => fill(all),
        None => fill(frames),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_a_sine_has_the_bits_of_its_frames_one_by_one() {
        for frames in 0..=64 {
            for step in [0, 1, 0x0123_4567, u32::MAX, 0x8000_0001] {
                let mut span = vec![7.0; frames];
                sines(0xfedc_ba98, step, &mut span);
                for (n, frame) in span.iter().enumerate() {
                    let phase = 0xfedc_ba98u32.wrapping_add(step.wrapping_mul(n as u32));
                    assert_eq!(frame.to_bits(), math::sin_phase(phase).to_bits());
                }
            }
        }
    }
}
