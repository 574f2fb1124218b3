//! The description of a pattern, as a score builds it.

use super::{Atom, Wave};
use crate::time::Ratio;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The deepest nesting that a pattern may have.
pub const MAX_DEPTH: u16 = 128;
/// The most events that a pattern may have in one cycle.
pub const MAX_DENSITY: u32 = 4096;

/// The most operations that a pattern may have, and that asking for one of its cycles may take; rests count too.
pub const MAX_WORK: u32 = 1 << 18;

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
    /// More than [`MAX_WORK`] operations, in all or for one cycle.
    #[error("this pattern is too large: it takes more than {MAX_WORK} operations")]
    TooLarge,
    /// More than [`super::MAX_VALUES`] different values where they are to be combined.
    #[error(
        "this combines too many different values: at most {} come together",
        super::MAX_VALUES
    )]
    TooManyValues,
    /// A curve where steps are wanted.
    #[error("this is a curve, and steps are wanted here")]
    Curve,
    /// A part that does not lie in the cycle.
    #[error("a part of a cycle begins at 0 or later, ends by 1, and has a length")]
    BadPart,
    /// No parts, or too many.
    #[error("a pattern is divided into 1 to 256 parts")]
    BadCount,
    /// Nothing to put together.
    #[error("a sequence needs at least one step")]
    Empty,
}

/// Where the events of two patterns together have their extent from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Structure {
    /// From the left one (Tidal's `|+`, Strudel's `in`).
    Left,
    /// From the right one (`+|`, `out`).
    Right,
    /// From both: where they meet (`|+|`, `mix`).
    Both,
}

/// How a pattern of patterns becomes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Join {
    /// Events have the extent of the inner pattern (`innerJoin`).
    Inner,
    /// Events have the extent of the outer pattern (`outerJoin`).
    Outer,
    /// Events last as long as both do (`join`).
    Both,
    /// A cycle of the inner pattern is squeezed into each event of the outer one (`squeezeJoin`).
    Squeeze,
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
    /// Each cycle so many times, before the next one comes.
    Repeat(u32, Pattern),
    /// Each cycle backwards.
    Rev(Pattern),
    /// The part of each cycle from the first to the second position, stretched over the cycle.
    Zoom(Ratio, Ratio, Pattern),
    /// In cycle `n` the pattern `n` modulo their number, at its own time.
    Switch(Vec<Pattern>),
    /// In each cycle one of them by chance, at its own time.
    Choose(u32, Vec<Pattern>),
    /// Drops events by chance.
    Degrade {
        /// Tells apart the random operations of one pattern.
        seed: u32,
        /// How likely an event is dropped, 0…1.
        amount: f64,
        /// Plays what would have been dropped instead.
        inverted: bool,
        /// What is thinned.
        of: Pattern,
    },
    /// A pattern of patterns: the number of the selector's step says which of them plays.
    Bind {
        /// How they become one.
        join: Join,
        /// Its steps are indices.
        selector: Pattern,
        /// What they choose from.
        choices: Vec<Pattern>,
    },
    /// Two patterns together, event by event.
    Apply {
        /// Where the extent comes from.
        structure: Structure,
        /// Its values stay, unless there is a table: then its steps are rows of it.
        left: Pattern,
        /// Its steps are columns of the table, if there is one.
        right: Pattern,
        /// The values: of each row, `columns` many.
        table: Vec<Atom>,
        /// How many columns; nought where the values are those of `left`.
        columns: u32,
    },
}

#[derive(Debug, PartialEq)]
struct Inner {
    node: Node,
    measure: Measure,
}

/// The size of a pattern, known without walking it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Measure {
    depth: u16,
    /// Events a cycle.
    density: u64,
    /// Events at once.
    voices: u64,
    /// Operations a cycle.
    work: u64,
    /// Operations in all, shared ones as often as they are shared: what walking the tree takes.
    size: u64,
    continuous: bool,
    /// Random operations, so that the next one has its own seed.
    randoms: u32,
}

impl Measure {
    const EVENT: Measure = Measure {
        depth: 0,
        density: 1,
        voices: 1,
        work: 1,
        size: 0,
        continuous: false,
        randoms: 0,
    };

    /// All of them, one after the other or at once.
    fn sum<'a>(of: impl Iterator<Item = &'a Pattern>, at_once: bool) -> Measure {
        of.fold(Measure::default(), |a, p| {
            let b = p.0.measure;
            Measure {
                depth: a.depth.max(b.depth),
                density: a.density.saturating_add(b.density),
                voices: if at_once {
                    a.voices.saturating_add(b.voices)
                } else {
                    a.voices.max(b.voices)
                },
                work: a.work.saturating_add(b.work).saturating_add(1),
                size: a.size.saturating_add(b.size),
                continuous: a.continuous || b.continuous,
                randoms: a.randoms.saturating_add(b.randoms),
            }
        })
    }

    /// One of them in each cycle.
    fn any<'a>(of: impl Iterator<Item = &'a Pattern>) -> Measure {
        of.fold(Measure::default(), |a, p| {
            let b = p.0.measure;
            Measure {
                depth: a.depth.max(b.depth),
                density: a.density.max(b.density),
                voices: a.voices.max(b.voices),
                work: a.work.max(b.work),
                size: a.size.saturating_add(b.size),
                continuous: a.continuous || b.continuous,
                randoms: a.randoms.saturating_add(b.randoms),
            }
        })
    }

    /// Two patterns whose events meet. Chains of events that follow each other meet at most as often as both
    /// have events together; several voices are several chains.
    fn meeting(self, other: Measure) -> Measure {
        Measure {
            depth: self.depth.max(other.depth),
            density: (self.density.saturating_mul(other.voices))
                .saturating_add(other.density.saturating_mul(self.voices)),
            voices: self.voices.saturating_mul(other.voices),
            work: self
                .work
                .saturating_add(self.density.saturating_mul(2))
                .saturating_add(other.work.saturating_mul(self.voices.max(1))),
            size: self.size.saturating_add(other.size),
            continuous: self.continuous || other.continuous,
            randoms: self.randoms.saturating_add(other.randoms),
        }
    }
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
        let mut measure = match &node {
            Node::Silence => Measure {
                work: 1,
                ..Measure::default()
            },
            Node::Atom(_) => Measure::EVENT,
            Node::Wave { .. } => Measure {
                continuous: true,
                ..Measure::EVENT
            },
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
                Measure::sum(steps.iter().map(|(_, p)| p), false)
            }
            Node::Stack(layers) => Measure::sum(layers.iter(), true),
            Node::Fast(factor, p) => {
                let limit = Ratio::whole(1_000_000);
                if *factor <= Ratio::ZERO || *factor > limit || Ratio::ONE / *factor > limit {
                    return Err(PatternError::BadFactor);
                }
                let times = factor.ceil().max(1) as u64;
                if let Node::Seq(steps) = p.node()
                    && *factor * Ratio::whole(steps.len() as i64) == Ratio::ONE
                    && steps.iter().all(|step| step.0 == steps[0].0)
                {
                    // One step each cycle.
                    let any = Measure::any(steps.iter().map(|(_, p)| p));
                    Measure {
                        density: any.density,
                        voices: any.voices,
                        work: any.work.saturating_add(steps.len() as u64),
                        ..p.0.measure
                    }
                } else {
                    Measure {
                        density: p.0.measure.density.saturating_mul(times),
                        work: p.0.measure.work.saturating_mul(times),
                        ..p.0.measure
                    }
                }
            }
            Node::Late(_, p) | Node::Rev(p) => p.0.measure,
            Node::Zoom(begin, end, p) => {
                if *begin < Ratio::ZERO || *end > Ratio::ONE || begin >= end {
                    return Err(PatternError::BadPart);
                }
                p.0.measure
            }
            Node::Repeat(times, p) => {
                if *times == 0 || *times > 1_000_000 {
                    return Err(PatternError::BadFactor);
                }
                p.0.measure
            }
            Node::Switch(choices) => {
                if choices.is_empty() {
                    return Err(PatternError::Empty);
                }
                Measure::any(choices.iter())
            }
            Node::Choose(_, choices) => {
                if choices.is_empty() {
                    return Err(PatternError::Empty);
                }
                let any = Measure::any(choices.iter());
                Measure {
                    randoms: any.randoms.saturating_add(1),
                    ..any
                }
            }
            Node::Degrade { of, .. } => Measure {
                randoms: of.0.measure.randoms.saturating_add(1),
                ..of.0.measure
            },
            Node::Bind {
                join,
                selector,
                choices,
            } => {
                let outer = selector.0.measure;
                if outer.continuous {
                    return Err(PatternError::Curve);
                }
                let inner = Measure::any(choices.iter());
                let each = Measure {
                    density: outer.density.saturating_mul(inner.density),
                    work: outer
                        .work
                        .saturating_add(outer.density.saturating_mul(inner.work)),
                    ..outer.meeting(inner)
                };
                if *join == Join::Squeeze {
                    each
                } else {
                    // No more than all of them cut into the pieces of the selector.
                    let all = outer.meeting(Measure::sum(choices.iter(), false));
                    Measure {
                        density: each.density.min(all.density),
                        work: each.work.min(all.work),
                        ..each
                    }
                }
            }
            Node::Apply {
                structure,
                left,
                right,
                table,
                ..
            } => {
                let (left, right) = (left.0.measure, right.0.measure);
                if left.continuous || right.continuous {
                    return Err(PatternError::Curve);
                }
                let both = if *structure == Structure::Right {
                    right.meeting(left)
                } else {
                    left.meeting(right)
                };
                Measure {
                    size: both.size.saturating_add(table.len() as u64),
                    ..both
                }
            }
        };
        measure.work = measure.work.saturating_add(1);
        measure.size = measure.size.saturating_add(1);
        measure.depth += 1;
        if measure.depth > MAX_DEPTH {
            return Err(PatternError::TooDeep);
        }
        if measure.density > u64::from(MAX_DENSITY) {
            return Err(PatternError::TooDense);
        }
        if measure.work.max(measure.size) > u64::from(MAX_WORK) {
            return Err(PatternError::TooLarge);
        }
        Ok(Pattern(Arc::new(Inner { node, measure })))
    }
}

impl Pattern {
    /// What this pattern is.
    pub fn node(&self) -> &Node {
        &self.0.node
    }
    /// Whether any part of it is a curve.
    pub fn is_continuous(&self) -> bool {
        self.0.measure.continuous
    }
    /// The most events it has in one cycle.
    pub fn density(&self) -> u32 {
        u32::try_from(self.0.measure.density).unwrap_or(u32::MAX)
    }
    /// How many random operations it has: the seed of the next.
    pub fn randoms(&self) -> u32 {
        self.0.measure.randoms
    }
    /// Tells shared patterns apart by where they are kept.
    pub(super) fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    fn leaf(node: Node, measure: Measure) -> Pattern {
        let measure = Measure {
            depth: 1,
            size: 1,
            work: measure.work + 1,
            ..measure
        };
        Pattern(Arc::new(Inner { node, measure }))
    }
    /// Nothing.
    pub fn silence() -> Pattern {
        let measure = Measure {
            work: 1,
            ..Measure::default()
        };
        Pattern::leaf(Node::Silence, measure)
    }
    /// One event a cycle.
    pub fn atom(atom: Atom) -> Pattern {
        Pattern::leaf(Node::Atom(atom), Measure::EVENT)
    }
    /// A curve from `lo` to `hi` once a cycle.
    pub fn wave(shape: Wave, lo: f64, hi: f64) -> Pattern {
        let measure = Measure {
            continuous: true,
            ..Measure::EVENT
        };
        Pattern::leaf(Node::Wave { shape, lo, hi }, measure)
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
    /// In each cycle one of them by chance; the seed tells apart the random operations of a pattern.
    pub fn choose(seed: u32, choices: Vec<Pattern>) -> Result<Pattern, PatternError> {
        Node::Choose(seed, choices).try_into()
    }
    /// Drops events by chance, `amount` of them (0…1); inverted it plays those that are dropped otherwise.
    pub fn degrade(self, seed: u32, amount: f64, inverted: bool) -> Result<Pattern, PatternError> {
        Node::Degrade {
            seed,
            amount,
            inverted,
            of: self,
        }
        .try_into()
    }
    /// Each cycle so many times.
    pub fn repeat(self, times: u32) -> Result<Pattern, PatternError> {
        if times == 1 {
            return Ok(self);
        }
        Node::Repeat(times, self).try_into()
    }
    /// Steps as long as their weights; a single one is itself.
    pub fn weighted(mut steps: Vec<(Ratio, Pattern)>) -> Result<Pattern, PatternError> {
        if steps.len() == 1 {
            return Ok(steps.remove(0).1);
        }
        Node::Seq(steps).try_into()
    }
    /// Calls `each` with every step's content.
    pub fn each_atom(&self, each: &mut dyn FnMut(&Atom)) {
        match &self.0.node {
            Node::Atom(a) => each(a),
            Node::Silence | Node::Wave { .. } => {}
            Node::Seq(steps) => steps.iter().for_each(|(_, p)| p.each_atom(each)),
            Node::Stack(many) | Node::Switch(many) | Node::Choose(_, many) => {
                many.iter().for_each(|p| p.each_atom(each));
            }
            Node::Fast(_, p)
            | Node::Late(_, p)
            | Node::Repeat(_, p)
            | Node::Rev(p)
            | Node::Zoom(_, _, p)
            | Node::Degrade { of: p, .. } => p.each_atom(each),
            Node::Bind { choices, .. } => choices.iter().for_each(|p| p.each_atom(each)),
            Node::Apply {
                left,
                table,
                columns,
                ..
            } => {
                if *columns == 0 {
                    left.each_atom(each);
                } else {
                    table.iter().for_each(each);
                }
            }
        }
    }
}
