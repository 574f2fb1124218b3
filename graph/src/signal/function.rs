//! The graph of operations and its parts.

use super::Control;
use serde::{Deserialize, Serialize};

/// The most operations a function may have.
pub const MAX_OPS: usize = 1024;
/// The most controls a function may have.
pub const MAX_CONTROLS: usize = 62;
/// The most audio inputs a function may have.
pub const MAX_INPUTS: usize = 8;

/// The result of an operation, by its place in the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sig(pub u16);

/// One operation. All signals are mono and single precision; state belongs to the operation that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Op {
    /// A constant, by its bits (so that operations can be compared and shared).
    Const(u32),
    /// The control with this index.
    Control(u16),
    /// The audio input with this index.
    Input(u16),
    /// −a
    Neg(Sig),
    /// a + b
    Add(Sig, Sig),
    /// a − b
    Sub(Sig, Sig),
    /// a · b
    Mul(Sig, Sig),
    /// a / b; a division by nought gives an infinity, which silences the node.
    Div(Sig, Sig),
    /// A sine of a frequency in Hz, from phase 0. Phase is a wrapping 32-bit integer: the pitch is exact to
    /// rate/2³² Hz and never drifts.
    Sine(Sig),
    /// A rising saw of a frequency in Hz, −1…1, its step rounded by a two-point polyBLEP (Välimäki and
    /// Huovilainen, "Antialiasing oscillators in subtractive synthesis", 2007).
    Saw(Sig),
    /// White noise, −1…1, a function of seed and position; each call is its own.
    Noise(u16),
    /// The low-pass output of a two-pole state-variable filter (Zavalishin's topology-preserving transform, in
    /// Andrew Simper's form): input, cutoff in Hz (clamped to 1e-5…0.49 of the rate), damping (√2 is
    /// Butterworth).
    Lowpass(Sig, Sig, Sig),
    /// The high-pass output of the same filter.
    Highpass(Sig, Sig, Sig),
    /// A linear envelope in seconds: attack from the present level to 1, decay to sustain, and release to 0 in
    /// exactly the release time. A gate of at least 0.5 is high.
    Adsr {
        /// Attack time in seconds.
        attack: Sig,
        /// Decay time in seconds.
        decay: Sig,
        /// Sustain level, 0…1.
        sustain: Sig,
        /// Release time in seconds.
        release: Sig,
        /// The gate.
        gate: Sig,
    },
    /// A comb filter with a one-pole low pass in its feedback: input, feedback, damping 0…1; the delay is in
    /// frames at 44.1 kHz and scales with the rate (Jezar's Freeverb).
    Comb(Sig, Sig, Sig, u16),
    /// Freeverb's all-pass section with a gain of one half; the delay as in [`Op::Comb`].
    Allpass(Sig, u16),
}

impl Op {
    /// A constant.
    pub fn constant(value: f32) -> Op {
        Op::Const(value.to_bits())
    }

    /// Calls `each` with every operand, in order.
    #[inline]
    pub fn each_operand(&self, mut each: impl FnMut(Sig)) {
        match *self {
            Op::Const(_) | Op::Control(_) | Op::Input(_) | Op::Noise(_) => {}
            Op::Neg(a) | Op::Sine(a) | Op::Saw(a) | Op::Allpass(a, _) => each(a),
            Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) | Op::Div(a, b) => {
                each(a);
                each(b);
            }
            Op::Lowpass(a, b, c) | Op::Highpass(a, b, c) | Op::Comb(a, b, c, _) => {
                each(a);
                each(b);
                each(c);
            }
            Op::Adsr {
                attack,
                decay,
                sustain,
                release,
                gate,
            } => {
                [attack, decay, sustain, release, gate]
                    .into_iter()
                    .for_each(each);
            }
        }
    }

    /// Whether the result at a frame depends on that frame's operands alone.
    pub fn is_pure(&self) -> bool {
        matches!(
            self,
            Op::Const(_)
                | Op::Control(_)
                | Op::Neg(_)
                | Op::Add(..)
                | Op::Sub(..)
                | Op::Mul(..)
                | Op::Div(..)
        )
    }
}

/// A signal function: operations in an order in which every operand comes first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// The operations.
    pub ops: Vec<Op>,
    /// The controls, in the order in which the function asked for them.
    pub controls: Vec<Control>,
    /// The names of the audio inputs.
    pub inputs: Vec<String>,
    /// The outputs: one is mono, two are stereo.
    pub outputs: Vec<Sig>,
}

impl Function {
    /// The index of a control.
    pub fn control(&self, name: &str) -> Option<usize> {
        self.controls.iter().position(|c| c.name == name)
    }
}
