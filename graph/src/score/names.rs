//! The names that are always there.

use super::value::{Builtin, Module};
use super::{lib_pattern, lib_session, lib_signal};

/// The functions of a module.
pub fn functions(module: Module) -> impl Iterator<Item = &'static Builtin> {
    let tables: &'static [&'static [Builtin]] = match module {
        Module::Session => &[lib_session::FUNCTIONS, lib_pattern::FUNCTIONS],
        Module::Signal => &[lib_signal::FUNCTIONS],
        Module::Pattern => &[lib_pattern::FUNCTIONS],
    };
    tables.iter().copied().flatten()
}

/// A module by its name.
pub fn module(name: &str) -> Option<Module> {
    match name {
        "kr" | "krach" | "sorl" => Some(Module::Session),
        "krs" => Some(Module::Signal),
        "krp" => Some(Module::Pattern),
        _ => None,
    }
}

/// A bare name: inside a signal function a signal comes first, outside it a pattern or the session.
pub fn bare(name: &str, in_signal: bool) -> Option<&'static Builtin> {
    let order = if in_signal {
        [Module::Signal, Module::Session]
    } else {
        [Module::Session, Module::Signal]
    };
    order
        .into_iter()
        .find_map(|m| functions(m).find(|b| b.name == name))
}

/// Every bare name, to offer the nearest.
pub fn all() -> impl Iterator<Item = &'static str> {
    functions(Module::Session)
        .chain(functions(Module::Signal))
        .map(|b| b.name)
        .chain(["kr", "krs", "krp", "out", "True", "False", "None"])
}
