//! The graph of operations and its parts.

use super::Control;
use serde::{Deserialize, Serialize};

/// The most operations a function may have.
pub const MAX_OPS: usize = 1024;
/// The most controls a function may have.
pub const MAX_CONTROLS: usize = 62;
/// The most audio inputs a function may have.
pub const MAX_INPUTS: usize = 8;
/// The most tables a function may have.
pub const MAX_TABLES: usize = 64;
/// The most numbers in all tables of a function.
pub const MAX_TABLE_NUMBERS: usize = 1 << 18;
/// The most seconds that all delay lines of a function may hold.
pub const MAX_DELAY_SECONDS: usize = 60;

/// The result of an operation, by its place in the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sig(pub u16);

/// A function of one number. Angles are in radians. The error of those that are not exact is below 3·10⁻⁷ of the
/// result or of one, whichever is larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unary {
    /// The size without the sign.
    Abs,
    /// The square root; 0 of what is below 0.
    Sqrt,
    /// The largest whole number that is not above.
    Floor,
    /// The smallest whole number that is not below.
    Ceil,
    /// The nearest whole number, a half to the even one.
    Round,
    /// The sine; the error grows with angles above a thousand turns.
    Sin,
    /// The cosine, as the sine.
    Cos,
    /// The tangent.
    Tan,
    /// The angle of a sine, held to −1…1.
    Asin,
    /// The angle of a cosine, held to −1…1.
    Acos,
    /// The angle of a tangent.
    Atan,
    /// The hyperbolic sine.
    Sinh,
    /// The hyperbolic cosine.
    Cosh,
    /// The hyperbolic tangent: a soft saturation at −1 and 1.
    Tanh,
    /// e to the power of it.
    Exp,
    /// 2 to the power of it; exact for whole numbers.
    Exp2,
    /// The natural logarithm; what is below 1.2·10⁻³⁸ counts as that.
    Log,
    /// The logarithm to base 2; exact for powers of 2.
    Log2,
    /// The logarithm to base 10.
    Log10,
}

impl Unary {
    /// All of them, by the names that scores and the text form know.
    pub const ALL: &[(Unary, &str)] = &[
        (Unary::Abs, "abs"),
        (Unary::Sqrt, "sqrt"),
        (Unary::Floor, "floor"),
        (Unary::Ceil, "ceil"),
        (Unary::Round, "round"),
        (Unary::Sin, "sin"),
        (Unary::Cos, "cos"),
        (Unary::Tan, "tan"),
        (Unary::Asin, "asin"),
        (Unary::Acos, "acos"),
        (Unary::Atan, "atan"),
        (Unary::Sinh, "sinh"),
        (Unary::Cosh, "cosh"),
        (Unary::Tanh, "tanh"),
        (Unary::Exp, "exp"),
        (Unary::Exp2, "exp2"),
        (Unary::Log, "log"),
        (Unary::Log2, "log2"),
        (Unary::Log10, "log10"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let row = Unary::ALL.iter().find(|row| row.0 == self);
        row.map_or("", |row| row.1)
    }
}

/// A function of two numbers. Comparisons give 1 or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Binary {
    /// The smaller.
    Min,
    /// The larger.
    Max,
    /// The first to the power of the second: relative error below 10⁻⁷ times 1 + |y · log₂ x|. A base below 0 has
    /// whole powers only, and others give 0.
    Pow,
    /// What is left of a division downwards, with the second's sign; exact to a rounding of the first.
    Mod,
    /// What is left of a division towards nought, with the first's sign; exact to a rounding of the first.
    Fmod,
    /// What is left of a division to the nearest whole number.
    Remainder,
    /// The whole part of a division, downwards.
    FloorDiv,
    /// The angle of the point (second, first).
    Atan2,
    /// Whether the first is smaller.
    Lt,
    /// Whether the first is not larger.
    Le,
    /// Whether the first is larger.
    Gt,
    /// Whether the first is not smaller.
    Ge,
    /// Whether both are equal.
    Eq,
    /// Whether they differ.
    Ne,
}

impl Binary {
    /// All of them, by the names that scores and the text form know.
    pub const ALL: &[(Binary, &str)] = &[
        (Binary::Min, "min"),
        (Binary::Max, "max"),
        (Binary::Pow, "pow"),
        (Binary::Mod, "mod"),
        (Binary::Fmod, "fmod"),
        (Binary::Remainder, "remainder"),
        (Binary::FloorDiv, "floor_div"),
        (Binary::Atan2, "atan2"),
        (Binary::Lt, "lt"),
        (Binary::Le, "le"),
        (Binary::Gt, "gt"),
        (Binary::Ge, "ge"),
        (Binary::Eq, "eq"),
        (Binary::Ne, "ne"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let row = Binary::ALL.iter().find(|row| row.0 == self);
        row.map_or("", |row| row.1)
    }
}

/// What the song's clock says at a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Time {
    /// The whole beats of the position, downwards.
    Beat,
    /// What is left of it: 0 to just below 1. Whole and rest apart are exact however long the song is.
    Part,
    /// The tempo in beats a minute.
    Tempo,
}

impl Time {
    /// How many there are.
    pub const COUNT: usize = 3;
    /// All of them, by the names of the text form.
    pub const ALL: &[(Time, &str)] = &[
        (Time::Beat, "beat"),
        (Time::Part, "part"),
        (Time::Tempo, "tempo"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let row = Time::ALL.iter().find(|row| row.0 == self);
        row.map_or("", |row| row.1)
    }
    /// Its place among them.
    pub fn index(self) -> usize {
        self as usize
    }
}

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
    /// The sample rate in Hz.
    Rate,
    /// What the song's clock says; while the transport stands, where it stands.
    Time(Time),
    /// A function of one number.
    Unary(Unary, Sig),
    /// A function of two numbers.
    Binary(Binary, Sig, Sig),
    /// The second where the first is 0, else the third.
    Select(Sig, Sig, Sig),
    /// What a signal was one frame ago; 0 at first.
    Mem(Sig),
    /// What [`Op::Feed`] was given one frame ago, 0 at first. The number tells the loops of a function apart.
    Last(u16),
    /// Closes a loop: the first is its [`Op::Last`], which will be the second in the next frame. The result is the
    /// third. A loop is closed once.
    Feed(Sig, Sig, Sig),
    /// A linear recurrence: y = x + a · y of one frame ago, which is 0 at first.
    Recur(Sig, Sig),
    /// A signal as it was so many frames ago: between whole frames a cubic through the four around (Hermite), whole
    /// ones exact. The line is as long as the second can become ([`Function::delay_frames`]); beyond that it is
    /// held to its ends.
    Delay(Sig, Sig),
    /// A number of a table of the function, at an index that is cut to a whole number and held to the table.
    Table(u16, Sig),
    /// A table that can be written, which begins as a table of the function: index and value that are written each
    /// frame, then the index that is read. Both are cut to whole numbers and held to the table.
    RwTable(u16, Sig, Sig, Sig),
    /// A sine of a frequency in Hz, from phase 0. Phase is a wrapping 32-bit integer: the pitch is exact to
    /// rate/2³² Hz and never drifts.
    Sine(Sig),
    /// A ramp from 0 to just below 1, so many times a second, with the jump as it is: phases for tables and shapes.
    Phasor(Sig),
    /// A rising saw of a frequency in Hz, −1…1, its step rounded over six frames: within 0.4 dB of the ideal up to a
    /// fifth of the rate, its aliases below that 90 dB under the fundamental ([`super`]'s `waves` says how). What is
    /// rounded overshoots by up to 0.14. Above a sixth of the rate more aliases remain.
    Saw(Sig),
    /// A pulse of a frequency in Hz: 1 for a share of each period (the second, 0…1), then −1, rounded as the saw. It
    /// overshoots by up to 0.28: high up what is left of it is a sine of 4/π.
    Square(Sig, Sig),
    /// A triangle of a frequency in Hz, −1…1, rising from −1 at first, its corners rounded as the saw's step.
    Triangle(Sig),
    /// White noise, −1…1, a function of seed and position; each call is its own.
    Noise(u16),
    /// The low-pass output of a two-pole state-variable filter (Zavalishin's topology-preserving transform, in
    /// Andrew Simper's form): input, cutoff in Hz (clamped to 1e-5…0.49 of the rate), damping (√2 is
    /// Butterworth).
    Lowpass(Sig, Sig, Sig),
    /// The high-pass output of the same filter.
    Highpass(Sig, Sig, Sig),
    /// The band-pass output of the same filter: 1/damping at the cutoff.
    Bandpass(Sig, Sig, Sig),
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
            Op::Rate | Op::Last(_) | Op::Time(_) => {}
            Op::Neg(a) | Op::Sine(a) | Op::Saw(a) | Op::Allpass(a, _) => each(a),
            Op::Phasor(a) | Op::Triangle(a) => each(a),
            Op::Unary(_, a) | Op::Mem(a) | Op::Table(_, a) => each(a),
            Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) | Op::Div(a, b) => {
                each(a);
                each(b);
            }
            Op::Binary(_, a, b) | Op::Recur(a, b) | Op::Delay(a, b) | Op::Square(a, b) => {
                each(a);
                each(b);
            }
            Op::Select(a, b, c)
            | Op::Feed(a, b, c)
            | Op::RwTable(_, a, b, c)
            | Op::Bandpass(a, b, c) => {
                each(a);
                each(b);
                each(c);
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

    /// The same operation on other operands.
    pub fn with_operands(mut self, mut of: impl FnMut(Sig) -> Sig) -> Op {
        match &mut self {
            Op::Const(_) | Op::Control(_) | Op::Input(_) | Op::Noise(_) => {}
            Op::Rate | Op::Last(_) | Op::Time(_) => {}
            Op::Neg(a) | Op::Sine(a) | Op::Saw(a) | Op::Allpass(a, _) => *a = of(*a),
            Op::Phasor(a) | Op::Triangle(a) => *a = of(*a),
            Op::Unary(_, a) | Op::Mem(a) | Op::Table(_, a) => *a = of(*a),
            Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) | Op::Div(a, b) => {
                (*a, *b) = (of(*a), of(*b));
            }
            Op::Binary(_, a, b) | Op::Recur(a, b) | Op::Delay(a, b) | Op::Square(a, b) => {
                (*a, *b) = (of(*a), of(*b));
            }
            Op::Select(a, b, c)
            | Op::Feed(a, b, c)
            | Op::RwTable(_, a, b, c)
            | Op::Bandpass(a, b, c) => {
                (*a, *b, *c) = (of(*a), of(*b), of(*c));
            }
            Op::Lowpass(a, b, c) | Op::Highpass(a, b, c) | Op::Comb(a, b, c, _) => {
                (*a, *b, *c) = (of(*a), of(*b), of(*c));
            }
            Op::Adsr {
                attack,
                decay,
                sustain,
                release,
                gate,
            } => {
                for operand in [attack, decay, sustain, release, gate] {
                    *operand = of(*operand);
                }
            }
        }
        self
    }

    /// Whether the result at a frame depends on that frame's operands alone.
    pub fn is_pure(&self) -> bool {
        matches!(
            self,
            Op::Const(_)
                | Op::Control(_)
                | Op::Rate
                | Op::Unary(..)
                | Op::Binary(..)
                | Op::Select(..)
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
    /// Tables of numbers, none of them empty.
    #[serde(default)]
    pub tables: Vec<Box<[f32]>>,
    /// The outputs: one is mono, two are stereo.
    pub outputs: Vec<Sig>,
}

impl Function {
    /// The index of a control.
    pub fn control(&self, name: &str) -> Option<usize> {
        self.controls.iter().position(|c| c.name == name)
    }

    /// Whether it hears the song's clock.
    pub fn hears_time(&self) -> bool {
        self.ops.iter().any(|op| matches!(op, Op::Time(_)))
    }
}
