//! A line of help for each function of signals, with units and ranges.

/// Name and help, in the order of the tables.
pub const HELP: &[(&str, &str)] = &[
    (
        "control",
        "a value from outside: its start, lowest and highest; `freq` and `gate` are played by notes",
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
        "base to the power of exponent; also base ** exponent",
    ),
    ("pow_", "the same as pow"),
    ("gt", "1 where a > b, else 0"),
    ("lt", "1 where a < b, else 0"),
    ("ge", "1 where a >= b, else 0"),
    ("le", "1 where a <= b, else 0"),
    ("eq", "1 where both are equal, else 0"),
    ("ne", "1 where they differ, else 0"),
    ("min", "the smallest of two signals or more"),
    ("min_", "the same as min"),
    ("max", "the largest of two signals or more"),
    ("max_", "the same as max"),
    ("sine_osc", "a sine of a frequency in Hz, -1 to 1"),
    (
        "saw",
        "a saw of a frequency in Hz, -1 to 1, its edge rounded against aliases",
    ),
    (
        "white_noise",
        "noise with equal power at all frequencies, -1 to 1",
    ),
    (
        "lowpass",
        "lets through what lies below a frequency in Hz; 12 dB an octave, no resonance",
    ),
    (
        "highpass",
        "lets through what lies above a frequency in Hz; 12 dB an octave, no resonance",
    ),
    (
        "adsr",
        "an envelope, 0 to 1: attack, decay and release in seconds, sustain 0 to 1; open while the gate is high",
    ),
    (
        "reverb",
        "a room around a signal; its size and how dull it rings, each 0 to 1",
    ),
];
