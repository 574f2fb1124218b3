//! The library of scores: every function there is, with its parameters and a line of help. `sorl nodes` prints it, and
//! the editor offers it.

use super::args::usage;
pub use super::lib_signal::Facts;
use super::names;
use super::value::Module;
use super::{
    lib_acts, lib_endings, lib_graphs, lib_handle, lib_load, lib_module, lib_moves, lib_nodes,
    lib_pattern, lib_phrase, lib_session, lib_signal, library_patterns,
};

/// Where something of the library is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A function of signals: inside of a function that is a sound, or `krs.` before it.
    Signal,
    /// A statement of the session.
    Session,
    /// A function that makes a pattern, or `krp.` before it.
    Pattern,
    /// A method of a pattern, after a dot.
    Method,
    /// What a node can be told itself, after a dot.
    Handle,
}

/// A function that scores may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryEntry {
    /// Where it is said.
    pub kind: Kind,
    /// Its name, without prefix.
    pub name: &'static str,
    /// The parameters in order, without what a method belongs to; a `*` before the name takes all that follow, `**`
    /// any names.
    pub parameters: &'static [&'static str],
    /// How it is called: `lowpass(sig, freq)`, `.fast(factor)`.
    pub usage: String,
    /// What it does, with units, in a line.
    pub help: &'static str,
    /// Of a function of signals: its range and unit, its error and its source.
    pub facts: Option<&'static Facts>,
}

/// Everything that scores may call besides Python's own: signals, statements of the session, patterns, their methods
/// and a node's, each in the order of the table it stands in. No name stands twice in one kind.
pub fn library() -> Vec<LibraryEntry> {
    let parts = [
        signal_functions(),
        session_functions(),
        pattern_functions(),
        pattern_methods(),
        node_methods(),
    ];
    parts.concat()
}

/// What signals are made of, in the order of the table they stand in.
pub fn signal_functions() -> Vec<LibraryEntry> {
    let functions = names::functions(Module::Signal);
    entries(Kind::Signal, functions, lib_signal::HELP)
}

/// The session's own functions: nodes, routing, values, time.
pub fn session_functions() -> Vec<LibraryEntry> {
    let functions = [
        lib_session::FUNCTIONS,
        lib_nodes::FUNCTIONS,
        lib_graphs::FUNCTIONS,
        lib_endings::FUNCTIONS,
        lib_moves::FUNCTIONS,
        lib_acts::FUNCTIONS,
        lib_module::FUNCTIONS,
        lib_load::FUNCTIONS,
    ];
    let functions = functions.into_iter().flatten();
    entries(Kind::Session, functions, SESSION)
}

/// What makes patterns. The methods that may be used as functions too (`every(4, rev)`) stand among the methods.
pub fn pattern_functions() -> Vec<LibraryEntry> {
    let functions = names::functions(Module::Pattern);
    let functions = functions.filter(|b| !lib_phrase::is_transform(b));
    entries(Kind::Pattern, functions, library_patterns::FUNCTIONS)
}

/// What can be done to patterns, without the spellings that have `_` for a capital letter.
pub fn pattern_methods() -> Vec<LibraryEntry> {
    let methods = lib_pattern::methods().filter(|m| !m.name.contains('_'));
    entries(Kind::Method, methods, library_patterns::METHODS)
}

/// What a node can be told itself.
pub fn node_methods() -> Vec<LibraryEntry> {
    let methods = lib_handle::METHODS.iter();
    entries(Kind::Handle, methods, library_patterns::HANDLE)
}

fn entries(
    kind: Kind,
    functions: impl Iterator<Item = &'static super::value::Builtin>,
    helps: &[(&str, &'static str)],
) -> Vec<LibraryEntry> {
    let help = |name: &str| helps.iter().find(|h| h.0 == name).map_or("", |h| h.1);
    let dot = match kind {
        Kind::Method | Kind::Handle => ".",
        _ => "",
    };
    functions
        .map(|b| LibraryEntry {
            kind,
            name: b.name,
            parameters: b.params.strip_prefix(&["self"]).unwrap_or(b.params),
            usage: format!("{dot}{}", usage(b)),
            help: help(b.name),
            facts: match kind {
                Kind::Signal => lib_signal::facts_of(b.name, help(b.name)),
                _ => None,
            },
        })
        .collect()
}

const SESSION: &[(&str, &str)] = &[
    (
        "at_end",
        "what becomes of a node that is done: \"continue\", \"free\", \"free_mend\", \"free_group\", \"free_group_mend\"",
    ),
    ("keep", "a node that no ending frees"),
    (
        "block",
        "the nodes of a group run so many frames at once, 1 to 64: a connection back among them is as late",
    ),
    (
        "oversample",
        "the nodes of a group run at 2, 4 or 8 times the rate, between half-band filters",
    ),
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
        "a node that sounds as what the host or the sound card sends: the main pair, input(2) another, channel=3 one alone",
    ),
    (
        "remove",
        "takes a node away with its connections and patterns",
    ),
    (
        "connect",
        "leads a node into another; with a level (-4 to 4) a copy of it",
    ),
    (
        "send",
        "leads a copy of a node into another, with a level, 0.5 unless said",
    ),
    (
        "wire",
        "leads a node into another: connect without a level, krach's name",
    ),
    ("unsend", "cuts the connection from a node to another"),
    (
        "rename",
        "gives a node another name, wherever it is named so far",
    ),
    (
        "unmap",
        "takes mappings of a control away: of a macro (index), a controller (cc), or all",
    ),
    (
        "play",
        "plays a pattern on a node or one of its controls; also node @ pattern. With from_zero its cycles count from the bar in which it comes in",
    ),
    (
        "mod",
        "moves a control by a shape from lo to hi, once in so many bars; a list of values 0 to 1 is a shape too",
    ),
    ("master", "what the main outputs are multiplied by, 0 to 2"),
    (
        "macro",
        "maps the host's macro 1 to 64 to a control, from lo to hi",
    ),
    (
        "midi_map",
        "maps a MIDI controller 0 to 127 to a control, from lo to hi; of one channel or any",
    ),
    (
        "midi",
        "lets MIDI notes play a node: of one channel 1 to 16, from the key lo to hi",
    ),
    (
        "fade",
        "acts: leads a control to a value in so many bars; linear, exp, log or smooth",
    ),
    (
        "at",
        "gives what acts a place in the song, in bars from 0; also with at(8):",
    ),
    (
        "transition",
        "with transition(4): values become fades of so many bars",
    ),
    (
        "save",
        "keeps the state as it stands as a scene: values, mutes, patterns, tempo",
    ),
    (
        "scene",
        "with scene(\"drop\"): what is said is kept as a scene, and left out of the score's own state",
    ),
    (
        "recall",
        "acts: chooses a scene by name or number (0 is the score itself), its values on their way for so many bars; when=\"beat\" or \"bar\" waits for the next",
    ),
    ("scenes", "the names of the scenes"),
    (
        "graph",
        "@graph above a function makes it a module: nodes that are put in together under a name",
    ),
    ("module", "the same as graph"),
    (
        "dsp",
        "@dsp above a function changes nothing, as all functions can be sounds",
    ),
    (
        "sub",
        "puts a module in under a name; what comes of it leads and is led to like a node",
    ),
    ("instantiate", "the same as sub; the module first"),
    ("inputs", "in a module: the node that it is led into"),
    ("outputs", "in a module: the nodes that lead out of it"),
    ("capture", "a module of all that is there"),
    (
        "load",
        "another score from the project's folder or the library folder, as if it stood here",
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
        "free_run",
        "the song goes on where a DAW's stands still or has no transport; free_run(False) ends it",
    ),
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
            (signal_functions(), lib_signal::HELP),
            (session_functions(), SESSION),
            (pattern_functions(), library_patterns::FUNCTIONS),
            (pattern_methods(), library_patterns::METHODS),
            (node_methods(), library_patterns::HANDLE),
        ] {
            for entry in &entries {
                assert!(
                    !entry.help.is_empty(),
                    "write help for `{}` above",
                    entry.name
                );
                assert!(entry.usage.trim_start_matches('.').starts_with(entry.name));
            }
            for (name, help) in helps {
                assert!(entries.iter().any(|e| e.name == *name), "no `{name}`");
                if let Some(other) = help.strip_prefix("the same as ") {
                    let other = other.split([';', ',']).next().unwrap_or(other);
                    assert!(entries.iter().any(|e| e.name == other), "no `{other}`");
                }
            }
        }
    }

    #[test]
    fn nothing_is_listed_twice() {
        let mut seen = std::collections::HashSet::new();
        for entry in library() {
            let kind = format!("{:?}", entry.kind);
            assert!(seen.insert((kind, entry.name)), "{}", entry.name);
        }
        assert!(seen.len() > 300, "{}", seen.len());
    }
}
