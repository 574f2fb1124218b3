//! A line of help for each function and each method of patterns, and for what a node can be told itself.
//!
//! A second name of something says so: "the same as …". Spellings with `_` for a capital letter are not listed here.

/// The functions that make patterns.
pub const FUNCTIONS: &[(&str, &str)] = &[
    (
        "hit",
        "a trigger of a control, `gate` unless said; further names are controls of it",
    ),
    ("rest", "a pause of one step"),
    (
        "note",
        "notes at once: an integer is MIDI, a float Hz, a string a name or mini-notation; further names are controls of each note",
    ),
    ("p", "the pattern that a string says in mini-notation"),
    ("seq", "steps that share a cycle; None is a rest"),
    ("fastcat", "the same as seq"),
    ("sequence", "the same as seq"),
    ("cat", "one cycle of each, one after the other"),
    ("slowcat", "the same as cat"),
    ("randcat", "in each cycle one of them by chance"),
    ("chooseCycles", "the same as randcat"),
    ("stack", "all of them at once; also a | b"),
    ("mtof", "the frequency in Hz of a MIDI note: 69 is 440"),
    (
        "ftom",
        "the MIDI note of a frequency in Hz, with its fraction",
    ),
    ("parse_note", "the frequency in Hz of a note's name"),
    (
        "sample",
        "a unit generator that plays one sound of the library: node(\"kick\", sample(\"kit/bd\"))",
    ),
    ("s", "sounds by name, in mini-notation: \"bd hh:2\""),
    (
        "midi_note",
        "a note to MIDI: velocity 0 to 127, channel 0 to 15, length as a multiple of the step",
    ),
    ("cc", "values of a MIDI controller, 0 to 127 both"),
    ("osc", "an OSC message with its arguments"),
    (
        "ctrl",
        "a value with a label, for who takes it from the session",
    ),
    (
        "midi_out",
        "where notes to MIDI play: midi_out(2) @ note(60); channel 0 to 15",
    ),
    (
        "midi_clock",
        "the song leaves by MIDI out as a clock: 24 pulses a beat, start, stop, continue, song position; midi_clock(False) ends it",
    ),
    (
        "midi_file",
        "the notes of a MIDI file in the project or the library folder, as many bars long as it takes; of one channel 1 to 16 or all",
    ),
    ("midi_in", "the keys that are down, as a chord"),
    (
        "sine",
        "a curve, once a cycle from the middle up, from lo to hi (0 to 1 unless said); with steps as so many steps",
    ),
    ("cosine", "as sine, from hi down"),
    ("tri", "a curve, once a cycle from lo to hi and back"),
    ("ramp", "a curve, once a cycle from lo to hi"),
    ("ramp_down", "a curve, once a cycle from hi to lo"),
    ("square", "a curve: half of a cycle hi, half lo"),
    (
        "exp",
        "a curve, once a cycle from lo to hi, slowly first (by the square)",
    ),
    ("mod_sine", "the same as sine"),
    ("mod_tri", "the same as tri"),
    ("mod_ramp", "the same as ramp"),
    ("mod_ramp_down", "the same as ramp_down"),
    ("mod_square", "the same as square"),
    ("mod_exp", "the same as exp"),
    (
        "saw",
        "the same as ramp; with a prefix, krp.saw, as a bare saw is a signal",
    ),
    ("rand", "another number at every time, from lo to hi"),
    ("perlin", "a smooth random curve, a new number each cycle"),
    (
        "irand",
        "another whole number at every time, from 0 to n - 1",
    ),
    ("run", "the numbers from 0 to below n, one after the other"),
    ("brand", "at every time 1 or 0 by chance"),
    (
        "brandBy",
        "at every time 1 with a chance from 0 to 1, else 0",
    ),
    (
        "choose",
        "at every time one of several by chance; .segment(8) makes steps of it",
    ),
    (
        "wchoose",
        "one of several by chance, as pairs: (value, how likely)",
    ),
    (
        "arrange",
        "sections one after the other, as pairs: (how many cycles, pattern)",
    ),
    (
        "timecat",
        "patterns that share a cycle, as pairs: (share, pattern)",
    ),
    ("stepcat", "the same as timecat"),
    (
        "polymeter",
        "patterns at one pace: so many steps a cycle, or as many as all fit into",
    ),
    ("pm", "the same as polymeter"),
    ("struct", "the values of a melody in a rhythm"),
    (
        "squeeze",
        "numbers choose patterns, each squeezed into its step",
    ),
    (
        "pick",
        "numbers choose patterns, which go on at their own time",
    ),
    (
        "freeze",
        "the same pattern, as one step: nesting is never flattened here",
    ),
    (
        "n",
        "plain numbers, for .scale and for the sounds of a name",
    ),
    (
        "chord",
        "chords by their symbols, for .voicing: \"<C^7 Am7>\"",
    ),
];

/// The methods of patterns.
pub const METHODS: &[(&str, &str)] = &[
    ("over", "stretched over so many cycles"),
    ("slow", "so many times slower"),
    ("fast", "so many times faster; also p * n"),
    ("late", "later by so many cycles"),
    ("shift", "the same as late"),
    ("early", "earlier by so many cycles"),
    ("press", "each step in the second half of its place"),
    (
        "pressBy",
        "each step in the rest of its place, after a share of it",
    ),
    (
        "plyWith",
        "each step so many times in its place, each time changed by a function once more",
    ),
    (
        "echoWith",
        "so many times, each later by so many cycles and changed by a function of it and its number",
    ),
    ("stutWith", "the same as echoWith"),
    (
        "bite",
        "n parts of each cycle in the order of a pattern's numbers, each in its step",
    ),
    (
        "slice",
        "of each sound one of n pieces, by a pattern's numbers and in its rhythm",
    ),
    ("splice", "as slice, each piece as long as its step"),
    ("invert", "1 where it is 0, else 0"),
    ("inv", "the same as invert"),
    ("rev", "each cycle backwards"),
    ("reverse", "the same as rev"),
    ("palindrome", "every other cycle backwards"),
    ("zoom", "a part of each cycle, stretched over the cycle"),
    ("linger", "the first part of each cycle, again and again"),
    ("ply", "each step so many times in its place"),
    ("iter", "begins one of n parts later each cycle"),
    ("iterBack", "begins one of n parts earlier each cycle"),
    (
        "every",
        "changed by a function in the first of every n cycles",
    ),
    ("firstOf", "the same as every"),
    (
        "lastOf",
        "changed by a function in the last of every n cycles",
    ),
    ("when", "changed by a function where a pattern is true"),
    (
        "chunk",
        "one of n parts changed by a function, another each cycle; each cycle comes n times",
    ),
    ("chunkBack", "as chunk, from the last part to the first"),
    ("fastChunk", "as chunk, with each cycle once"),
    (
        "inside",
        "changed by a function as if it were n times slower",
    ),
    (
        "outside",
        "changed by a function as if it were n times faster",
    ),
    ("superimpose", "with what a function makes of it beside"),
    ("layer", "what each of the functions makes of it, at once"),
    (
        "off",
        "with what a function makes of it beside, later by so many cycles",
    ),
    (
        "sometimesBy",
        "some steps changed by a function, by chance 0 to 1",
    ),
    (
        "sometimes",
        "half of the steps changed by a function; a number before it is the chance",
    ),
    ("often", "three quarters of the steps changed by a function"),
    ("rarely", "a quarter of the steps changed by a function"),
    ("almostAlways", "nine steps of ten changed by a function"),
    ("almostNever", "one step of ten changed by a function"),
    ("always", "changed by a function"),
    ("never", "not changed by a function"),
    ("degrade", "without half of its steps, by chance"),
    ("degradeBy", "without some of its steps, by chance 0 to 1"),
    ("thin", "the same as degradeBy"),
    ("undegradeBy", "only what degradeBy would leave out"),
    ("struct", "its values in another rhythm"),
    ("mask", "only where another pattern is true"),
    (
        "euclid",
        "a Euclidean rhythm: pulses spread over steps, turned by a rotation; pulses below 0 are the gaps",
    ),
    ("spread", "the same as euclid"),
    ("euclidRot", "the same as euclid"),
    (
        "euclidLegato",
        "a Euclidean rhythm in which each pulse lasts until the next",
    ),
    ("euclidLegatoRot", "the same as euclidLegato"),
    ("compress", "each cycle within a part of it, else silence"),
    (
        "brak",
        "a breakbeat: every other cycle squeezed into a half, a quarter late",
    ),
    (
        "swingBy",
        "the second half of each of n parts of a cycle later by a share of it",
    ),
    (
        "swing",
        "as swingBy(1/3, n); of two numbers the first is the share of the first of two steps, 0.5 straight",
    ),
    (
        "nudge",
        "sounds later by so many seconds, or earlier where negative: -0.2 to 0.2",
    ),
    (
        "fit",
        "a sound goes faster or slower to last as long as its step",
    ),
    ("legato", "how long the gate is, against the step: 0 to 64"),
    ("clip", "the same as legato"),
    (
        "add",
        "numbers added, on notes semitones, in the rhythm of the left",
    ),
    ("add.in", "the same as add"),
    ("add.out", "numbers added in the rhythm of the right"),
    ("add.mix", "numbers added in the rhythm of both"),
    ("sub", "numbers taken away"),
    ("sub.in", "the same as sub"),
    ("sub.out", "numbers taken away, in the rhythm of the right"),
    ("sub.mix", "numbers taken away, in the rhythm of both"),
    ("mul", "times a number"),
    ("mul.in", "the same as mul"),
    ("mul.out", "times a number, in the rhythm of the right"),
    ("mul.mix", "times a number, in the rhythm of both"),
    ("div", "divided by a number; by 0 it is 0"),
    ("div.in", "the same as div"),
    ("div.out", "divided by a number, in the rhythm of the right"),
    ("div.mix", "divided by a number, in the rhythm of both"),
    ("mod", "what is left by a division, with the divisor's sign"),
    ("mod.in", "the same as mod"),
    (
        "mod.out",
        "what is left by a division, in the rhythm of the right",
    ),
    (
        "mod.mix",
        "what is left by a division, in the rhythm of both",
    ),
    (
        "set",
        "what each step says of controls, by their names: .set(cutoff=\"<400 1200>\")",
    ),
    ("set.in", "the same as set"),
    (
        "set.out",
        "what each step says of controls, in the rhythm of the right",
    ),
    (
        "set.mix",
        "what each step says of controls, in the rhythm of both",
    ),
    ("hurry", "so many times faster, its sounds too"),
    (
        "echo",
        "so many times, each later by so many cycles and its gain multiplied",
    ),
    (
        "gain",
        "how loud each step is, a factor 0 to 4 on top of the node's",
    ),
    ("pan", "where each step is, -1 to 1 on top of the node's"),
    ("vel", "the velocity of each step, 0 to 1"),
    ("velocity", "the same as vel"),
    (
        "jux",
        "itself on the left, what a function makes of it on the right",
    ),
    ("juxBy", "as jux, so far apart: 0 to 1"),
    (
        "within",
        "changed by a function in a part of the cycle, from begin to end",
    ),
    (
        "someCyclesBy",
        "some cycles changed by a function, by chance 0 to 1",
    ),
    (
        "someCycles",
        "half of the cycles changed by a function, by chance",
    ),
    (
        "ribbon",
        "so many cycles from a position on, again and again",
    ),
    ("rib", "the same as ribbon"),
    (
        "shuffle",
        "the n parts of each cycle in another order each time",
    ),
    ("scramble", "the n parts of each cycle drawn one by one"),
    ("chop", "each step in n pieces of its sound"),
    (
        "striate",
        "n times as fast, each time with the next piece of the sounds",
    ),
    (
        "arp",
        "the notes of chords one after the other: \"up\", \"down\", \"updown\", …, or by number",
    ),
    (
        "squeeze",
        "its numbers choose patterns, each squeezed into its step",
    ),
    ("inhabit", "the same as squeeze"),
    (
        "pick",
        "its numbers choose patterns, which go on at their own time",
    ),
    ("repeatCycles", "each cycle n times"),
    ("freeze", "the same pattern"),
    (
        "scale",
        "degrees from 0 become notes: \"C:minor\", \"F#4:major:pentatonic\"",
    ),
    (
        "transpose",
        "higher by semitones or intervals: 7, \"3M\", \"-5P\"",
    ),
    ("trans", "the same as transpose"),
    (
        "voicing",
        "chords by their symbols become notes, nearest to an anchor (C5) from \"below\" or \"above\"",
    ),
    ("voicings", "the same as voicing"),
    ("note", "the same pattern: its numbers are notes"),
    (
        "segment",
        "so many steps a cycle, each with the value at its beginning",
    ),
    ("seg", "the same as segment"),
    ("range", "from 0 to 1 becomes from min to max"),
    ("begin", "where in its sound each step begins, 0 to 1"),
    ("end", "where in its sound each step ends, 0 to 1"),
    (
        "speed",
        "how fast each sound goes, -16 to 16; below 0 backwards",
    ),
    (
        "cut",
        "a group in which a sound silences the one before, 1 to 127",
    ),
    ("n", "which sound of its name each step plays, from 0"),
    (
        "bank",
        "the folder of the sounds: s(\"bd\").bank(\"tr808\")",
    ),
    ("s", "the name of the sound that numbers count in"),
];

/// What a node can be told itself.
pub const HANDLE: &[(&str, &str)] = &[
    (
        "play",
        "plays a pattern on it, or first the control that the pattern plays",
    ),
    (
        "set",
        "sets one of its controls; also node[\"cutoff\"] = 800",
    ),
    (
        "fade",
        "acts: leads one of its controls to a value in so many bars",
    ),
    ("mod", "moves one of its controls by a shape from lo to hi"),
    (
        "send",
        "leads a copy of it into another, with a level, 0.5 unless said",
    ),
    ("gain", "sets how loud it is: a factor, 0 to 4"),
    ("mute", "silences it wherever it leads"),
    ("unmute", "ends mute"),
    ("solo", "lets only what is soloed be heard"),
    ("unsolo", "ends solo"),
    ("hush", "takes its patterns off"),
];
