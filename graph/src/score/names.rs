//! The names that are always there.

use super::value::{Builtin, Module};
use super::{
    lib_acts, lib_curve, lib_endings, lib_graphs, lib_harmony, lib_load, lib_math, lib_midi,
    lib_module, lib_moves, lib_nodes, lib_outgoing, lib_pattern, lib_phrase, lib_python,
    lib_session, lib_signal, lib_sound,
};

/// The functions of a module.
pub fn functions(module: Module) -> impl Iterator<Item = &'static Builtin> {
    let tables: &'static [&'static [Builtin]] = match module {
        Module::Session => &[
            lib_session::FUNCTIONS,
            lib_nodes::FUNCTIONS,
            lib_graphs::FUNCTIONS,
            lib_endings::FUNCTIONS,
            lib_moves::FUNCTIONS,
            lib_acts::FUNCTIONS,
            lib_module::FUNCTIONS,
            lib_load::FUNCTIONS,
            lib_pattern::FUNCTIONS,
            lib_sound::FUNCTIONS,
            lib_midi::FUNCTIONS,
            lib_outgoing::FUNCTIONS,
            lib_curve::FUNCTIONS,
            lib_curve::OF_KRACH,
            lib_phrase::FUNCTIONS,
            lib_harmony::FUNCTIONS,
            lib_phrase::TRANSFORMS,
        ],
        Module::Signal => lib_signal::TABLES,
        Module::Pattern => &[
            lib_pattern::FUNCTIONS,
            lib_sound::FUNCTIONS,
            lib_midi::FUNCTIONS,
            lib_outgoing::FUNCTIONS,
            lib_curve::FUNCTIONS,
            lib_curve::OF_KRACH,
            lib_curve::PREFIXED,
            lib_phrase::FUNCTIONS,
            lib_harmony::FUNCTIONS,
            lib_phrase::TRANSFORMS,
        ],
        Module::Math => &[lib_math::FUNCTIONS],
    };
    tables.iter().copied().flatten()
}

/// A module by its name.
pub fn module(name: &str) -> Option<Module> {
    match name {
        "kr" | "krach" | "sorl" => Some(Module::Session),
        "krs" => Some(Module::Signal),
        "krp" => Some(Module::Pattern),
        "math" => Some(Module::Math),
        _ => None,
    }
}

/// A bare name: Python's own come first (see `for_signals`); then inside a signal function a signal, outside it a
/// pattern or the session.
pub fn bare(name: &str, in_signal: bool) -> Option<&'static Builtin> {
    if let Some(python) = lib_python::FUNCTIONS.iter().find(|b| b.name == name) {
        return Some(python);
    }
    let order = if in_signal {
        [Module::Signal, Module::Session]
    } else {
        [Module::Session, Module::Signal]
    };
    order
        .into_iter()
        .find_map(|m| functions(m).find(|b| b.name == name))
}

/// The function to call when signals are given: where a name of Python's or of `math` (`min`, `abs`, `sin`, …) is also
/// one of signals, that one.
pub fn for_signals(builtin: &'static Builtin) -> &'static Builtin {
    let mut numbers = lib_python::FUNCTIONS.iter().chain(lib_math::FUNCTIONS);
    let of_numbers = numbers.any(|b| b.name == builtin.name);
    let twin = lib_signal::functions().find(|b| of_numbers && b.name == builtin.name);
    twin.unwrap_or(builtin)
}

/// Whether this is a function of signals.
pub fn is_signal(builtin: &'static Builtin) -> bool {
    lib_signal::functions().any(|b| std::ptr::eq(b, builtin))
}

/// What to do instead of names that Python has and scores do not.
pub fn instead(name: &str) -> Option<&'static str> {
    Some(match name {
        "open" | "os" | "sys" | "exec" | "eval" => "scores read no files and run no other programs",
        "random" | "randint" => {
            "chance belongs to patterns, so that a score sounds the same every time"
        }
        "time" | "sleep" => "scores have no clock: patterns say when things happen",
        "export" => {
            "scores write no files: `:export FILE` in `sorl repl` writes what plays as a score"
        }
        "np" | "numpy" => "scores have `math`, lists and signals",
        "type" => "isinstance(x, int) asks what something is",
        _ => return None,
    })
}

/// Every bare name, to offer the nearest.
pub fn all() -> impl Iterator<Item = &'static str> {
    functions(Module::Session)
        .chain(functions(Module::Signal))
        .chain(lib_python::FUNCTIONS)
        .map(|b| b.name)
        .chain(["math", "kr", "krs", "krp", "out", "True", "False", "None"])
}
