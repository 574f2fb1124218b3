//! The description of a pattern, as a score builds it.

use super::{Atom, Wave};
use crate::time::Ratio;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The deepest nesting that a pattern may have.
pub const MAX_DEPTH: u16 = 128;
/// The most events that a pattern may have in one cycle.
pub const MAX_DENSITY: u32 = 4096;

/// Why a pattern could not be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Deeper than [`MAX_DEPTH`].
    #[error("this pattern is nested more than {MAX_DEPTH} deep; build it from flatter pieces")]
    TooDeep,
    /// More than [`MAX_DENSITY`] events a cycle.
    #[error(
        "this pattern has more than {MAX_DENSITY} events in a cycle; spread it over more cycles"
    )]
    TooDense,
    /// A speed or length of nought, negative or not finite.
    #[error("a pattern's length must be above 0 and at most a million cycles")]
    BadFactor,
    /// Nothing to put together.
    #[error("a sequence needs at least one step")]
    Empty,
}

/// One operation of a pattern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// Nothing.
    Silence,
    /// One event a cycle.
    Atom(Atom),
    /// A curve.
    Wave {
        /// Its shape.
        shape: Wave,
        /// The value where the shape is 0.
        lo: f64,
        /// The value where the shape is 1.
        hi: f64,
    },
    /// Steps one after the other within a cycle, each as long as its weight.
    Seq(Vec<(Ratio, Pattern)>),
    /// Several at once.
    Stack(Vec<Pattern>),
    /// So many times as fast.
    Fast(Ratio, Pattern),
    /// Later by so many cycles.
    Late(Ratio, Pattern),
}

#[derive(Debug, PartialEq)]
struct Inner {
    node: Node,
    depth: u16,
    density: u32,
    continuous: bool,
}

/// A pattern: an immutable tree, cheap to clone, with its depth and density known.
///
/// Built on the control side; the audio thread plays a [`super::Program`] made from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Node", into = "Node")]
pub struct Pattern(Arc<Inner>);

impl From<Pattern> for Node {
    fn from(p: Pattern) -> Node {
        p.0.node.clone()
    }
}

impl TryFrom<Node> for Pattern {
    type Error = PatternError;

    /// Checks the bounds and takes the measure of a node whose children have theirs.
    fn try_from(node: Node) -> Result<Pattern, PatternError> {
        let (depth, density, continuous) = match &node {
            Node::Silence => (0, 0, false),
            Node::Atom(_) => (0, 1, false),
            Node::Wave { .. } => (0, 1, true),
            Node::Seq(steps) => {
                if steps.is_empty() {
                    return Err(PatternError::Empty);
                }
                if steps
                    .iter()
                    .any(|(w, _)| *w <= Ratio::ZERO || *w > Ratio::whole(1_000_000))
                {
                    return Err(PatternError::BadFactor);
                }
                measure(steps.iter().map(|(_, p)| p))
            }
            Node::Stack(layers) => measure(layers.iter()),
            Node::Fast(factor, p) => {
                let limit = Ratio::whole(1_000_000);
                if *factor <= Ratio::ZERO || *factor > limit || Ratio::ONE / *factor > limit {
                    return Err(PatternError::BadFactor);
                }
                let density = u64::from(p.0.density) * factor.ceil().max(1) as u64;
                (
                    p.0.depth,
                    density.min(u64::from(u32::MAX)) as u32,
                    p.0.continuous,
                )
            }
            Node::Late(_, p) => (p.0.depth, p.0.density, p.0.continuous),
        };
        if depth >= MAX_DEPTH {
            return Err(PatternError::TooDeep);
        }
        if density > MAX_DENSITY {
            return Err(PatternError::TooDense);
        }
        Ok(Pattern(Arc::new(Inner {
            node,
            depth: depth + 1,
            density,
            continuous,
        })))
    }
}

fn measure<'a>(children: impl Iterator<Item = &'a Pattern>) -> (u16, u32, bool) {
    children.fold((0, 0u32, false), |(depth, density, continuous), p| {
        (
            depth.max(p.0.depth),
            density.saturating_add(p.0.density),
            continuous || p.0.continuous,
        )
    })
}

impl Pattern {
    /// What this pattern is.
    pub fn node(&self) -> &Node {
        &self.0.node
    }
    /// Whether any part of it is a curve.
    pub fn is_continuous(&self) -> bool {
        self.0.continuous
    }
    /// The most events it has in one cycle.
    pub fn density(&self) -> u32 {
        self.0.density
    }

    /// Nothing.
    pub fn silence() -> Pattern {
        Pattern(Arc::new(Inner {
            node: Node::Silence,
            depth: 1,
            density: 0,
            continuous: false,
        }))
    }
    /// One event a cycle.
    pub fn atom(atom: Atom) -> Pattern {
        Pattern(Arc::new(Inner {
            node: Node::Atom(atom),
            depth: 1,
            density: 1,
            continuous: false,
        }))
    }
    /// A curve from `lo` to `hi` once a cycle.
    pub fn wave(shape: Wave, lo: f64, hi: f64) -> Pattern {
        Pattern(Arc::new(Inner {
            node: Node::Wave { shape, lo, hi },
            depth: 1,
            density: 1,
            continuous: true,
        }))
    }
    /// Steps of equal length within a cycle.
    pub fn seq(steps: Vec<Pattern>) -> Result<Pattern, PatternError> {
        Node::Seq(steps.into_iter().map(|p| (Ratio::ONE, p)).collect()).try_into()
    }
    /// Several at once.
    pub fn stack(layers: Vec<Pattern>) -> Result<Pattern, PatternError> {
        Node::Stack(layers).try_into()
    }
    /// So many times as fast.
    pub fn fast(self, factor: Ratio) -> Result<Pattern, PatternError> {
        if factor == Ratio::ONE {
            return Ok(self);
        }
        Node::Fast(factor, self).try_into()
    }
    /// Stretched over so many cycles.
    pub fn over(self, cycles: Ratio) -> Result<Pattern, PatternError> {
        if cycles <= Ratio::ZERO {
            return Err(PatternError::BadFactor);
        }
        self.fast(Ratio::ONE / cycles)
    }
    /// Later by so many cycles (earlier if negative).
    pub fn late(self, cycles: Ratio) -> Result<Pattern, PatternError> {
        Node::Late(cycles, self).try_into()
    }
    /// Calls `each` with every step's content.
    pub fn each_atom(&self, each: &mut dyn FnMut(&Atom)) {
        match &self.0.node {
            Node::Atom(a) => each(a),
            Node::Silence | Node::Wave { .. } => {}
            Node::Seq(steps) => steps.iter().for_each(|(_, p)| p.each_atom(each)),
            Node::Stack(layers) => layers.iter().for_each(|p| p.each_atom(each)),
            Node::Fast(_, p) | Node::Late(_, p) => p.each_atom(each),
        }
    }
}
