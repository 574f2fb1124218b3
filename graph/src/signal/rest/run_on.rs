//! What goes on while a voice rests: oscillators and noise are where they would be.

use crate::signal::arith::Plain;
use crate::signal::layout::Layout;
use crate::signal::{Function, Lane, MAX_OPS, Op, Sig, maths, waves};

/// Brings the oscillators and the noise of a function to where so many frames of rest lead, their frequencies being what
/// the controls say at frame `at` of their lanes. Real-time safe.
pub fn run_on(
    function: &Function,
    layout: &Layout,
    rate: u32,
    state: &mut [u32],
    frames: u32,
    (controls, at): (&[Lane], usize),
) {
    // What constants and controls alone make, by operation.
    let mut known = [None; MAX_OPS];
    for (i, op) in function.ops.iter().enumerate() {
        let of = |s: Sig| known[usize::from(s.0)];
        let place = layout.places[i] as usize;
        match *op {
            Op::Sine(freq)
            | Op::Phasor(freq)
            | Op::Saw(freq)
            | Op::Square(freq, _)
            | Op::Triangle(freq) => {
                if let Some(freq) = of(freq) {
                    let step = waves::step_of(&mut Plain, freq, rate as f32);
                    state[place] = state[place].wrapping_add(step.wrapping_mul(frames));
                }
            }
            Op::Noise(_) => state[place] = state[place].wrapping_add(frames),
            Op::Control(c) => known[i] = Some(controls[usize::from(c)].at(at)),
            _ if op.is_pure() => {
                let mut whole = true;
                op.each_operand(|s| whole &= of(s).is_some());
                if whole {
                    let value = maths::pure(&mut Plain, op, rate, |s| of(s).unwrap_or_default());
                    known[i] = value;
                }
            }
            _ => {}
        }
    }
}
