//! What is to be known of each operation besides what it does: the range and unit of what goes in and comes out, how far
//! the result is from the ideal, and where the algorithm comes from. `sorl nodes` prints it beside the line of help.
//!
//! The errors are measured by the tests of this crate (`facts`, `signals`, `measures`, `sounds`); where an error begins
//! with a number, `graph/tests/facts.rs` holds the operation to it. A name that is "the same as" another has its facts.

/// The facts of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its name in scores.
    pub name: &'static str,
    /// Range and unit of the arguments, and of the result where it is not any number.
    pub range: &'static str,
    /// How far the result is from the ideal.
    pub error: &'static str,
    /// The source of the algorithm: a paper, a book, or the formula itself.
    pub source: &'static str,
}

const fn facts(
    name: &'static str,
    range: &'static str,
    error: &'static str,
    source: &'static str,
) -> Facts {
    Facts {
        name,
        range,
        error,
        source,
    }
}

const ANY: &str = "any number";
const TWO: &str = "any two numbers";
const TRUTH: &str = "any two numbers; 1 or 0";
const EXACT: &str = "none";
const ROUNDING: &str = "the rounding of single precision";
const OWN: &str = "by definition";
const CEPHES: &str = "S. Moshier, Cephes Math Library, single precision (1989)";
const IEEE: &str = "IEEE 754";
const STEPS: &str = "V. Välimäki, J. Pekonen, J. Nam, Perceptually informed synthesis of bandlimited classical waveforms \
    using integrated polynomial interpolation (2012)";
const SVF: &str = "V. Zavalishin, The Art of VA Filter Design (2018), chapter 4, in A. Simper's form (Solving the \
    continuous SVF equations, 2013)";
const HERMITE: &str = "the cubic through four points with the slopes of their neighbours (Hermite, Catmull and Rom 1974)";

/// The facts, in the order of the tables.
const FACTS: &[Facts] = &[
    facts(
        "control",
        "init, lo and hi in its own unit; smooth 0 to 60000 ms; at most 62 in a function",
        EXACT,
        "a straight way to a new value, as long as smooth says",
    ),
    facts("sr", "the result in Hz, 8000 to 384000", EXACT, OWN),
    facts("mem", "any number; 0 at first", EXACT, OWN),
    facts(
        "delay",
        "n in frames from 0 to 20 s of them (2 s where it has no bound), held to that; 0 from before the beginning",
        "none at whole frames; between them 0.4 % at a tenth of the rate, 0.03 % at a twentieth",
        HERMITE,
    ),
    facts(
        "feedback",
        "any number; 0 at first",
        EXACT,
        "one frame of memory",
    ),
    facts(
        "select2",
        "a selector that is 0 or not; any numbers",
        EXACT,
        OWN,
    ),
    facts(
        "rdtable",
        "1 to 262144 numbers in all tables; index in numbers, held to 0 to the last",
        EXACT,
        "the index cut to a whole number",
    ),
    facts(
        "rwtable",
        "1 to 262144 numbers in all tables; both indices held to 0 to the last",
        EXACT,
        "written first, then read; indices cut to whole numbers",
    ),
    facts(
        "sin",
        "radians, up to a thousand turns; -1 to 1",
        "3e-7",
        CEPHES,
    ),
    facts(
        "cos",
        "radians, up to a thousand turns; -1 to 1",
        "3e-7",
        CEPHES,
    ),
    facts(
        "tan",
        "radians, up to a thousand turns",
        "1e-6 of the result or of one, up to 1.35",
        "the sine by the cosine",
    ),
    facts(
        "asin",
        "-1 to 1, held to that; -pi/2 to pi/2 radians",
        "3e-7",
        CEPHES,
    ),
    facts(
        "acos",
        "-1 to 1, held to that; 0 to pi radians",
        "4e-7",
        CEPHES,
    ),
    facts("atan", "any number; -pi/2 to pi/2 radians", "3e-7", CEPHES),
    facts(
        "sinh",
        "-88 to 88, beyond that infinite",
        "3e-7 of the result or of one",
        CEPHES,
    ),
    facts(
        "cosh",
        "-88 to 88, beyond that infinite",
        "3e-7 of the result",
        CEPHES,
    ),
    facts("tanh", "any number; -1 to 1", "3e-7", CEPHES),
    facts(
        "exp",
        "up to 88.7, beyond that infinite",
        "3e-7 of the result",
        CEPHES,
    ),
    facts(
        "exp2",
        "up to 128, beyond that infinite",
        "3e-7 of the result; none at whole numbers",
        CEPHES,
    ),
    facts(
        "log",
        "above 0; below 1.2e-38 counts as that",
        "3e-7 of the result or of one",
        CEPHES,
    ),
    facts(
        "log2",
        "above 0; below 1.2e-38 counts as that",
        "3e-7 of the result or of one; none at powers of 2",
        CEPHES,
    ),
    facts(
        "log10",
        "above 0; below 1.2e-38 counts as that",
        "3e-7 of the result or of one",
        CEPHES,
    ),
    facts("sqrt", "from 0; below it counts as 0", ROUNDING, IEEE),
    facts("abs", ANY, EXACT, IEEE),
    facts("floor", ANY, EXACT, IEEE),
    facts("ceil", ANY, EXACT, IEEE),
    facts("round", ANY, EXACT, IEEE),
    facts(
        "fmod",
        "any number by any but 0",
        "1e-6 of the first, as the quotient is rounded",
        "a - b trunc(a/b)",
    ),
    facts(
        "remainder",
        "any number by any but 0",
        "1e-6 of the first, as the quotient is rounded",
        "a - b round(a/b)",
    ),
    facts("atan2", "any point; -pi to pi radians", "3e-7", CEPHES),
    facts(
        "pow",
        "a base above 0, or below it with whole exponents; else 0",
        "1e-7 of the result, times 1 + |exponent log2 base|",
        "2 to the power of exponent log2 base, whole octaves apart; polynomials from Cephes",
    ),
    facts("gt", TRUTH, EXACT, IEEE),
    facts("lt", TRUTH, EXACT, IEEE),
    facts("ge", TRUTH, EXACT, IEEE),
    facts("le", TRUTH, EXACT, IEEE),
    facts("ne", TRUTH, EXACT, IEEE),
    facts("min", TWO, EXACT, IEEE),
    facts("max", TWO, EXACT, IEEE),
    facts(
        "sine_osc",
        "freq in Hz, below half the rate, negative too; -1 to 1",
        "3e-7 of the level; the pitch within rate/2^32 Hz, and it never drifts",
        "a phase of 32 bits; a polynomial fitted by C. Lawson's iteration (1961)",
    ),
    facts(
        "phasor",
        "freq in Hz, below the rate, negative too; 0 to just below 1",
        "6e-8 of a turn; the pitch within rate/2^32 Hz, and it never drifts",
        "a phase of 32 bits",
    ),
    facts(
        "saw",
        "freq in Hz, below half the rate; -1 to 1, over it by up to 0.14 where it is rounded",
        "partials within 0.4 dB up to a fifth of the rate; aliases below that 90 dB under fundamentals to 5 kHz",
        STEPS,
    ),
    facts(
        "triangle",
        "freq in Hz, below half the rate; -1 to 1",
        "partials within 0.4 dB up to a fifth of the rate; aliases below that 90 dB under fundamentals to 5 kHz",
        STEPS,
    ),
    facts(
        "square",
        "freq in Hz, below half the rate; duty 0 to 1; -1 to 1, over it by up to 0.28 where it is rounded, as a sine of 4/pi is",
        "partials within 0.4 dB up to a fifth of the rate; aliases below that 90 dB under fundamentals to 5 kHz",
        STEPS,
    ),
    facts(
        "lfo",
        "freq in Hz; lo to hi",
        "3e-7 of the way from lo to hi",
        "a sine, as sine_osc",
    ),
    facts(
        "wavetable",
        "1 to 262144 numbers in all tables; index in numbers, which goes round",
        "none at whole indices; between them that of a cubic",
        HERMITE,
    ),
    facts(
        "wavetable_osc",
        "1 to 2048 numbers, of longer lists 1024 partials; freq in Hz, below half the rate",
        "aliases 70 dB under the fundamental",
        "a table of fewer partials for each octave (R. Bristow-Johnson, Wavetable synthesis 101, 1996)",
    ),
    facts(
        "partials",
        "any amplitudes; size 2 to 4096 numbers; a list",
        ROUNDING,
        "the sum of sines",
    ),
    facts(
        "white_noise",
        "-1 to 1",
        "mean and power within what chance allows; its spectrum even",
        "C. Wellons, lowbias32 (2018), of seed and position",
    ),
    facts(
        "pink_noise",
        "about -1 to 1",
        "within 0.15 dB of -3 dB an octave, 20 Hz to 20 kHz, at one level at any rate",
        "five poles fitted to it, side by side as in P. Kellet's filter (1999)",
    ),
    facts(
        "onepole",
        "cutoff in Hz, held to at least 1e-5 of the rate",
        "within 0.1 dB of its formula",
        "y = x (1 - a) + a y', a = e^(-2 pi cutoff/rate)",
    ),
    facts(
        "dcblock",
        "coeff just below 1",
        "within 0.1 dB of its formula",
        "y = x - x' + coeff y' (J. O. Smith, Introduction to Digital Filters, 2007)",
    ),
    facts(
        "lowpass",
        "freq in Hz, held to 1e-5 to 0.49 of the rate; order 1 to 8",
        "within 0.1 dB of the bilinear Butterworth filter, 20 Hz to 0.45 of the rate",
        SVF,
    ),
    facts(
        "highpass",
        "freq in Hz, held to 1e-5 to 0.49 of the rate; order 1 to 8",
        "within 0.1 dB of the bilinear Butterworth filter, 20 Hz to 0.45 of the rate",
        SVF,
    ),
    facts(
        "bandpass",
        "freq in Hz, held to 1e-5 to 0.49 of the rate; q from 0.025",
        "within 0.1 dB of s / (s^2 + s/q + 1), bilinear",
        SVF,
    ),
    facts(
        "resonant",
        "freq in Hz, held to 1e-5 to 0.49 of the rate; q from 0.025",
        "within 0.1 dB of 1 / (s^2 + s/q + 1), bilinear",
        SVF,
    ),
    facts(
        "svf",
        "freq in Hz, held to 1e-5 to 0.49 of the rate; q from 0.025",
        "within 0.1 dB of the three bilinear filters",
        SVF,
    ),
    facts(
        "ladder",
        "freq in Hz, held to 1e-5 to 0.49 of the rate; resonance 0 to 1",
        "within 0.1 dB of four bilinear poles in a loop where it is too soft to saturate; it sings within 25 Hz of freq",
        "V. Zavalishin, The Art of VA Filter Design (2018), chapter 5: solved as if linear, then saturated",
    ),
    facts(
        "eq",
        "freq in Hz, held to 1e-5 to 0.49 of the rate; gain_db in dB; q from 0.025",
        "within 0.1 dB of its formula",
        "R. Bristow-Johnson, Cookbook formulae for audio equalizer biquad filter coefficients",
    ),
    facts(
        "smooth",
        "time_ms in milliseconds, from 0",
        "within 0.1 dB of its formula",
        "y = x (1 - a) + a y', a = e^(-1000/(time_ms rate))",
    ),
    facts(
        "adsr",
        "attack, decay_time and release in seconds, to 16 million frames; sustain 0 to 1; gate high from 0.5; 0 to 1",
        "every stage ends on its frame; 1e-6 of the level",
        "straight lines in closed form",
    ),
    facts(
        "ar",
        "attack and release in seconds, to 16 million frames; gate high from 0.5; 0 to 1",
        "every stage ends on its frame; 1e-6 of the level",
        "straight lines in closed form",
    ),
    facts(
        "decay",
        "rate just below 1, a factor for each frame; 0 to 1",
        ROUNDING,
        "y = rate y'",
    ),
    facts(
        "trigger",
        "any number; 1 or 0",
        EXACT,
        "above 0 now and not one frame ago",
    ),
    facts(
        "latch",
        "any number; trig that is 0 or not; 0 at first",
        EXACT,
        OWN,
    ),
    facts(
        "midi_to_freq",
        "a MIDI note, -500 to 900; Hz",
        "0.01 cents",
        "440 * 2^((note - 69)/12)",
    ),
    facts(
        "freq_to_midi",
        "Hz above 0",
        "1e-4 of a semitone",
        "69 + 12 log2(freq/440)",
    ),
    facts(
        "db_to_linear",
        "dB, -700 to 700",
        "2e-6 of the result",
        "10^(db/20)",
    ),
    facts(
        "linear_to_db",
        "a factor above 0; dB",
        "1e-4 dB",
        "20 log10(amp)",
    ),
    facts(
        "softclip",
        "any number; -1 to 1",
        ROUNDING,
        "1.5 x - 0.5 x^3, held to -1 to 1",
    ),
    facts(
        "fold",
        "any number; -1 to 1",
        "1e-6 of what goes in",
        "|(x - 1) mod 4 - 2| - 1",
    ),
    facts("clip", "any number; lo to hi", EXACT, OWN),
    facts(
        "lerp",
        "any numbers; t 0 to 1, and beyond",
        ROUNDING,
        "a (1 - t) + b t",
    ),
    facts(
        "wrap",
        "any number; lo to just below hi",
        ROUNDING,
        "lo + (x - lo) mod (hi - lo)",
    ),
    facts(
        "beat",
        "every in beats, from 0; beats",
        "the rounding of single precision, which grows with the song where every is not a whole number",
        "the song's clock in fixed point",
    ),
    facts(
        "bpm",
        "beats a minute, 1 to 1000",
        ROUNDING,
        "the song's clock",
    ),
    facts("beats", "n in beats; seconds", ROUNDING, "60 n / bpm"),
    facts(
        "echo",
        "delay_ms in milliseconds, a frame to 20 s; feedback_amt held to -0.999 to 0.999",
        "none at whole frames; between them that of delay",
        "y = x + feedback_amt y of delay_ms ago",
    ),
    facts(
        "reverb",
        "room_size and damping 0 to 1, held to that",
        "none: it is its own ideal; delays within half a frame at any rate",
        "Jezar at Dreampoint, Freeverb (2000), after M. Schroeder (1962); one channel, wet only",
    ),
    facts(
        "chorus",
        "rate in Hz; depth in seconds, to 10",
        "that of delay",
        "J. Dattorro, Effect Design 2 (1997): x and its delayed double, whose delay is a sine",
    ),
    facts(
        "flanger",
        "rate in Hz; depth in seconds, to 20; feedback_amt held to -0.95 to 0.95",
        "that of delay",
        "J. Dattorro, Effect Design 2 (1997): a comb whose delay is a sine",
    ),
    facts(
        "pan",
        "pos 0 to 1",
        "1e-6 of the power",
        "cos and sin of pos pi/2",
    ),
    facts(
        "stereo_width",
        "width 0 (mono), 1 (as it is), and beyond",
        ROUNDING,
        "(left + right)/2 and width (left - right)/2, their sum and difference",
    ),
    facts("split", "n 1 to 64", EXACT, OWN),
    facts("merge", "any numbers", ROUNDING, "a + b + …"),
    facts("bus", "n 1 to 64", EXACT, OWN),
    facts("chain", "two functions or more that fit", EXACT, OWN),
    facts("parallel", "two functions or more", EXACT, OWN),
    facts(
        "route",
        "n_in and n_out 1 to 64; pairs within them",
        ROUNDING,
        "sums along pairs",
    ),
    facts(
        "jvp",
        "a function of signals, but not by a filter's cutoff, a room's size, a delay's time, the pitch of saw, square and \
         triangle, the arguments of adsr, or what is written into a table",
        "the rounding of the derivative's own formula",
        "A. Griewank, A. Walther, Evaluating Derivatives (2008), forward mode",
    ),
];

/// The facts of an operation, by its name and its line of help.
pub fn of(name: &str, help: &str) -> Option<&'static Facts> {
    let name = match help.strip_prefix("the same as ") {
        Some(other) => other.split([';', ',']).next().unwrap_or(other),
        None => name,
    };
    FACTS.iter().find(|facts| facts.name == name)
}
