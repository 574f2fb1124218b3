//! What a Patch must be to be compiled.

use super::{by_name, moves};
use crate::patch::{Node, Patch, Source};
use crate::time::MapError;
use crate::ugen::Units;
use std::collections::HashMap;

/// What a Patch cannot be compiled for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A connection, binding or value that names what is not there.
    #[error("`{0}` is not a node of this patch")]
    NoNode(String),
    /// A unit generator that is not registered, or another one of that name.
    #[error("there is no unit generator `{0}` here like the one that this patch was made with")]
    NoUnit(String),
    /// A unit generator that cannot be as it is described.
    #[error("the unit generator of node `{node}` cannot be: {fault}")]
    Unit {
        /// The node.
        node: String,
        /// What is wrong with it.
        fault: crate::ugen::Fault,
    },
    /// A node without that input.
    #[error(
        "node `{node}` has no audio input {port}: it is a source; give its function an `inp` parameter"
    )]
    NoInput {
        /// The node.
        node: String,
        /// The input asked for.
        port: u16,
    },
    /// A node without that control.
    #[error("node `{node}` has no control `{control}`")]
    NoControl {
        /// The node.
        node: String,
        /// The control asked for.
        control: String,
    },
    /// Changes of tempo that make no map.
    #[error(transparent)]
    Time(#[from] MapError),
    /// A graph with numbers that cannot be, or too deep in others.
    #[error(
        "the graph `{0}` cannot run: its block is 1, 2, 4, 8, 16, 32 or 64, its factor 1, 2, 4 or 8; at most {depth} graphs lie in each other, with factors up to {factor} together",
        depth = crate::patch::MAX_DEPTH, factor = crate::patch::MAX_FACTOR
    )]
    Graph(String),
    /// A function that breaks the rules of functions; only a Patch that no score made can have one.
    #[error("the function of node `{node}` cannot run: {fault}")]
    Function {
        /// The node.
        node: String,
        /// What is wrong with it.
        fault: crate::signal::Fault,
    },
}

/// Everything a Patch names must be there: a Patch from a file or a program may say anything. What passes here
/// compiles. Makes no kernels, so it is cheap.
///
/// # Errors
/// What a [`Compiler`] would refuse too.
pub fn check(patch: &Patch, units: &Units) -> Result<(), CompileError> {
    check_names(patch, &by_name(patch), units)?;
    patch.tempo_map()?;
    Ok(())
}

pub(super) fn check_names(
    patch: &Patch,
    described: &HashMap<&str, &Node>,
    units: &Units,
) -> Result<(), CompileError> {
    let node = |name: &str| {
        described
            .get(name)
            .copied()
            .ok_or_else(|| CompileError::NoNode(name.to_owned()))
    };
    let has = |n: &Node, control: &str| match n.range(control) {
        Some(_) => Ok(()),
        None => Err(CompileError::NoControl {
            node: n.name.clone(),
            control: control.to_owned(),
        }),
    };
    for name in patch.endings.keys().chain(&patch.kept) {
        node(name)?;
    }
    for c in &patch.connections {
        node(&c.from)?;
        match &c.to {
            crate::patch::Target::Input { node: to, port }
                if node(to)?.inputs().len() <= usize::from(*port) =>
            {
                return Err(CompileError::NoInput {
                    node: to.clone(),
                    port: *port,
                });
            }
            crate::patch::Target::Control { node: to, control } => has(node(to)?, control)?,
            _ => {}
        }
    }
    for b in &patch.bindings {
        let n = node(&b.node)?;
        if let Some(control) = &b.control {
            has(n, control)?;
        }
    }
    moves::check(patch, node, has)?;
    if let Some(path) = patch.graph_beyond_bounds() {
        return Err(CompileError::Graph(path.to_owned()));
    }
    for n in &patch.nodes {
        n.values.keys().try_for_each(|control| has(n, control))?;
        match &n.source {
            Source::Function(function) => {
                crate::signal::verify(function).map_err(|fault| CompileError::Function {
                    node: n.name.clone(),
                    fault,
                })?;
            }
            Source::Unit(about) => {
                units
                    .furnished(about)
                    .ok_or_else(|| CompileError::NoUnit(about.name.clone()))?;
                about.check().map_err(|fault| CompileError::Unit {
                    node: n.name.clone(),
                    fault,
                })?;
            }
            Source::Input(_) => {}
        }
    }
    Ok(())
}
