//! A line of help for each function of signals: `sorl nodes` and the editor show it. Ranges, errors and sources stand in
//! `facts`.

/// Name and help, in the order of the tables.
pub const HELP: &[(&str, &str)] = &[
    (
        "control",
        "a value from outside: its start, lowest and highest; step and labels for hands, unit and curve (linear, log) for eyes, smooth in ms (20); `freq` and `gate` are played by notes",
    ),
    ("sr", "the sample rate in Hz"),
    ("sample_rate", "the same as sr"),
    ("mem", "a signal as it was one frame ago"),
    ("unit_delay", "the same as mem"),
    (
        "delay",
        "a signal as it was n frames ago; n may move and lie between frames; at most 20 s",
    ),
    (
        "feedback",
        "a loop: a function of what it gave one frame before; of a pair the first is heard, the second returns",
    ),
    (
        "select2",
        "one of two signals: the second where the selector is not 0",
    ),
    (
        "rdtable",
        "the number of a list at an index, which is cut to a whole number and held to the list",
    ),
    (
        "rwtable",
        "a list (or a number of noughts) that is written at an index each frame and read at another",
    ),
    ("sin", "the sine of an angle in radians"),
    ("cos", "the cosine of an angle in radians"),
    ("tan", "the tangent of an angle in radians"),
    ("asin", "the angle of a sine, in radians"),
    ("acos", "the angle of a cosine, in radians"),
    ("atan", "the angle of a tangent, in radians"),
    ("sinh", "the hyperbolic sine"),
    ("cosh", "the hyperbolic cosine"),
    (
        "tanh",
        "the hyperbolic tangent: soft saturation at -1 and 1",
    ),
    ("exp", "e to the power of a signal"),
    ("exp2", "2 to the power of a signal"),
    ("log", "the natural logarithm"),
    ("log2", "the logarithm to base 2"),
    ("log10", "the logarithm to base 10"),
    ("sqrt", "the square root; 0 of what is below 0"),
    ("abs", "the size without the sign"),
    ("abs_", "the same as abs"),
    ("floor", "the largest whole number that is not above"),
    ("ceil", "the smallest whole number that is not below"),
    ("round", "the nearest whole number, a half to the even one"),
    ("round_", "the same as round"),
    (
        "fmod",
        "what is left of a division towards 0, with the first's sign",
    ),
    (
        "remainder",
        "what is left of a division to the nearest whole number",
    ),
    ("atan2", "the angle of the point (x, y), -pi to pi"),
    (
        "pow",
        "base to the power of exponent; also base ** exponent; a base below 0 has whole powers only",
    ),
    ("pow_", "the same as pow"),
    ("gt", "1 where a > b, else 0"),
    ("lt", "1 where a < b, else 0"),
    ("ge", "1 where a >= b, else 0"),
    ("le", "1 where a <= b, else 0"),
    ("ne", "1 where they differ, else 0"),
    ("min", "the smallest of two signals or more"),
    ("min_", "the same as min"),
    ("max", "the largest of two signals or more"),
    ("max_", "the same as max"),
    ("sine_osc", "a sine of a frequency in Hz, -1 to 1"),
    (
        "phasor",
        "a ramp from 0 to 1 so many times a second: phases for tables and shapes; never drifts",
    ),
    (
        "saw",
        "a saw of a frequency in Hz, -1 to 1, its edge rounded against aliases",
    ),
    (
        "triangle",
        "a triangle of a frequency in Hz, -1 to 1, its corners rounded as the saw's edge",
    ),
    (
        "square",
        "a pulse of a frequency in Hz, -1 to 1; duty is the share of each period that is high (0.5), its edges rounded as the saw's",
    ),
    ("pulse", "the same as square; its width is always said"),
    (
        "lfo",
        "a slow sine between lo (0) and hi (1), so many times a second",
    ),
    (
        "wavetable",
        "a list as one turn, read at an index in numbers that goes round, smooth between them",
    ),
    (
        "wavetable_osc",
        "a list as one turn, played at a frequency in Hz without aliases",
    ),
    (
        "partials",
        "one turn as a list (of 2048 numbers), made of the amplitudes of its partials",
    ),
    (
        "white_noise",
        "noise with equal power at all frequencies, -1 to 1; a function of seed and position, so the same in every run",
    ),
    (
        "pink_noise",
        "noise with equal power in all octaves, about -1 to 1",
    ),
    (
        "onepole",
        "a soft low pass, 6 dB an octave from a cutoff in Hz; y = x (1 - a) + a y', a = e^(-2 pi cutoff/rate)",
    ),
    (
        "dcblock",
        "takes away what stands still; coeff (0.995) just below 1: y = x - x' + coeff y'",
    ),
    (
        "lowpass",
        "lets through what lies below a frequency in Hz; 6 dB an octave for each order, 1 to 8 (2); Butterworth",
    ),
    (
        "highpass",
        "lets through what lies above a frequency in Hz; 6 dB an octave for each order, 1 to 8 (2); Butterworth, as lowpass",
    ),
    (
        "bandpass",
        "lets through a band around a frequency in Hz, as wide as that divided by q; its peak is q; s / (s^2 + s/q + 1)",
    ),
    (
        "resonant",
        "a low pass with a peak of q at its frequency in Hz; 12 dB an octave, 1 / (s^2 + s/q + 1)",
    ),
    (
        "svf",
        "low, band and high pass of one frequency in Hz and quality (0.707): a tuple of three",
    ),
    (
        "ladder",
        "four poles with feedback, 24 dB an octave; resonance 0 to 1, which sings by itself; what goes in saturates",
    ),
    (
        "eq",
        "raises or lowers a band around a frequency in Hz by a gain in dB; q (1) is how narrow; of two signals alone: 1 where they are equal",
    ),
    (
        "smooth",
        "follows a signal, 63 % of a step in a time in milliseconds (10); 0 follows at once",
    ),
    (
        "adsr",
        "an envelope, 0 to 1: attack, decay and release in seconds, sustain 0 to 1; open while the gate is high; straight lines, exact to the frame, high from 0.5 on",
    ),
    (
        "ar",
        "a stroke, 0 to 1 to 0: attack and release in seconds, from wherever the gate rises; straight lines, exact to the frame",
    ),
    (
        "decay",
        "1, then a factor (just below 1) less each frame; from the start, or from where trig rises",
    ),
    (
        "trigger",
        "1 in the frame in which a signal rises above 0, else 0",
    ),
    ("edge_trigger", "the same as trigger"),
    ("latch", "holds what a signal was when trig was last not 0"),
    (
        "midi_to_freq",
        "a MIDI note as a frequency in Hz: 440 at 69, twelve to an octave",
    ),
    ("freq_to_midi", "a frequency in Hz as a MIDI note"),
    ("db_to_linear", "decibels as a factor: 20 dB are 10"),
    (
        "linear_to_db",
        "a factor as decibels; below 1e-30 counts as -600 dB",
    ),
    (
        "softclip",
        "a soft saturation, straight in the middle and flat at -1 and 1: 1.5 x - 0.5 x^3",
    ),
    (
        "fold",
        "folds back what is beyond -1 and 1, again and again",
    ),
    ("clip", "held between lo and hi"),
    ("lerp", "from a to b as t goes from 0 to 1"),
    ("wrap", "brought into lo to hi by going round"),
    (
        "echo",
        "repeats after so many milliseconds, each time by feedback_amt (0.5) as loud; exact to the frame, feedback_amt held to -0.999 to 0.999",
    ),
    (
        "reverb",
        "a room around a signal; its size and how dull it rings, each 0 to 1; one channel, wet only",
    ),
    (
        "chorus",
        "a double that floats: rate (1) in Hz, depth (0.002) in seconds",
    ),
    (
        "flanger",
        "a comb that sweeps: rate (0.2) in Hz, depth (0.005) in seconds, feedback_amt (0.7), held to -0.95 to 0.95",
    ),
    (
        "pan",
        "a tuple: left and right of a place from 0 to 1, with equal power (cosine and sine of a quarter turn)",
    ),
    (
        "stereo_width",
        "a tuple: left and right with what differs scaled; 0 is mono",
    ),
    (
        "beat",
        "the song's position in beats; with every, within so many beats: beat(4) runs from 0 to 4 in each bar",
    ),
    ("bpm", "the tempo in beats a minute"),
    ("beats", "n beats in seconds at the tempo there is"),
    ("split", "a tuple of n times the same signal"),
    ("merge", "the sum of signals"),
    (
        "bus",
        "inside a signal function: a function that gives its n signals back",
    ),
    ("chain", "one function after the other: a function"),
    (
        "parallel",
        "functions side by side, each with its own signals: a function",
    ),
    (
        "route",
        "a function from n_in signals to n_out, along pairs of (input, output)",
    ),
    (
        "jvp",
        "the derivative of a function: of signals and their changes, its results and their changes",
    ),
];
