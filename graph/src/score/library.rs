//! The library of scores: every function there is, with its parameters and a line of help.

use super::args::usage;
use super::names;
use super::value::Module;
use super::{lib_nodes, lib_session};

/// A function that scores may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryEntry {
    /// Its name, without prefix.
    pub name: &'static str,
    /// The parameters in order; a `*` before the name takes all that follow, `**` any names.
    pub parameters: &'static [&'static str],
    /// How it is called: `lowpass(sig, freq)`.
    pub usage: String,
    /// What it does, with units, in a line; empty if nothing more is to be said than its name.
    pub help: &'static str,
}

/// What signals are made of, in the order of the table they stand in.
pub fn signal_functions() -> Vec<LibraryEntry> {
    entries(names::functions(Module::Signal), SIGNALS)
}

/// The session's own functions: nodes, routing, values, time.
pub fn session_functions() -> Vec<LibraryEntry> {
    let functions = lib_session::FUNCTIONS.iter().chain(lib_nodes::FUNCTIONS);
    entries(functions, SESSION)
}

fn entries(
    functions: impl Iterator<Item = &'static super::value::Builtin>,
    helps: &[(&str, &'static str)],
) -> Vec<LibraryEntry> {
    let help = |name: &str| helps.iter().find(|h| h.0 == name).map_or("", |h| h.1);
    functions
        .map(|b| LibraryEntry {
            name: b.name,
            parameters: b.params,
            usage: usage(b),
            help: help(b.name),
        })
        .collect()
}

const SIGNALS: &[(&str, &str)] = &[
    (
        "control",
        "a value from outside: its start, lowest and highest; `freq` and `gate` are played by notes",
    ),
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

const SESSION: &[(&str, &str)] = &[
    (
        "node",
        "a running instance of a function with a name; values of its controls by name",
    ),
    (
        "voice",
        "a node that is played; count says how many notes at once, 1 to 64",
    ),
    ("bus", "a node that others lead into"),
    (
        "input",
        "a node that sounds as what the host or the sound card sends",
    ),
    (
        "remove",
        "takes a node away with its connections and patterns",
    ),
    (
        "connect",
        "leads a node into another; with a level (-4 to 4) a copy of it",
    ),
    ("unsend", "cuts the connection from a node to another"),
    (
        "play",
        "plays a pattern on a node or one of its controls; also node @ pattern",
    ),
    (
        "mod",
        "moves a control by a shape from lo to hi, once in so many bars",
    ),
    ("set", "sets a control by its path: \"bass/cutoff\""),
    ("gain", "sets how loud a node is: a factor, 0 to 4"),
    ("mute", "silences a node or a group wherever it leads"),
    ("unmute", "ends mute"),
    ("solo", "lets only what is soloed be heard"),
    ("unsolo", "ends solo, of all nodes if none is named"),
    ("hush", "takes the patterns off a node or a group"),
    ("stop", "takes all patterns off"),
    (
        "tempo",
        "beats a minute, 1 to 1000, from bar `at` on; \"linear\" and \"exp\" ramps arrive there, or start there and take `over` bars",
    ),
    (
        "meter",
        "beats in a bar and the note that is a beat, from bar `at` on",
    ),
    (
        "rubato",
        "lingers (above 0, to 0.9) or hurries (below) from bar `at` over some bars, and meets the grid again; or how long each part lasts",
    ),
    ("batch", "with batch(): what belongs together"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_line_of_help_and_every_help_its_function() {
        for (entries, helps) in [
            (signal_functions(), SIGNALS),
            (session_functions(), SESSION),
        ] {
            for entry in &entries {
                assert!(
                    !entry.help.is_empty(),
                    "write help for `{}` above",
                    entry.name
                );
                assert!(entry.usage.starts_with(entry.name));
            }
            for (name, _) in helps {
                assert!(entries.iter().any(|e| e.name == *name), "no `{name}`");
            }
        }
    }
}
