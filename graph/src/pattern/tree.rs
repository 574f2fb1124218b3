//! The description of a pattern, as a score builds it.

use super::arp::Order;
use super::measure::Measure;
use super::number::Arithmetic;
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
    /// More than [`super::MAX_CARRIED`] curves on one step.
    #[error(
        "a step follows at most {} curves at once; give some of these controls a pattern of their own",
        super::MAX_CARRIED
    )]
    TooManyCurves,
    /// Times with denominators above [`super::MAX_FINE`].
    #[error("the times of this pattern are too fine to be exact; use simpler fractions of a cycle")]
    TooFine,
    /// Moved by more than a million cycles.
    #[error("a pattern is moved by a million cycles at most")]
    TooFar,
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
    /// A random curve, once a cycle at the most in its smooth form.
    Noise {
        /// Tells apart the random operations of one pattern.
        seed: u32,
        /// A new value at every time, or with `smooth` one each cycle with a slope between them.
        smooth: bool,
        /// The lowest value.
        lo: f64,
        /// The highest value.
        hi: f64,
    },
    /// One of several steps by chance, at every time anew: for each how likely it is against the others.
    Pick(u32, Vec<(f64, Atom)>),
    /// So many steps with the numbers from 0, in each cycle shuffled, or with `again` drawn each by itself.
    Shuffle {
        /// Tells apart the random operations of one pattern.
        seed: u32,
        /// How many, 1…256.
        count: u32,
        /// Whether a number may come more than once.
        again: bool,
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
        /// Whole cycles are dropped, not single events.
        #[serde(default)]
        cycles: bool,
        /// What is thinned.
        of: Pattern,
    },
    /// Events that begin within a part of the cycle, both ends included, or with `inverted` those that do not.
    Within {
        /// Where the part begins, in the cycle.
        begin: Ratio,
        /// Where it ends.
        end: Ratio,
        /// Those outside of it.
        inverted: bool,
        /// What is chosen from.
        of: Pattern,
    },
    /// The cycles from a position on, so many of them, again and again.
    Loop(Ratio, Ratio, Pattern),
    /// The notes of each chord one after the other.
    Arp(Order, Pattern),
    /// Of each chord the notes that the numbers of another pattern say, in its rhythm.
    ArpBy(Pattern, Pattern),
    /// Numbers worked out when asked: of curves, and of steps taken from them.
    Compute {
        /// Where the extent comes from.
        structure: Structure,
        /// What is done.
        op: Arithmetic,
        /// On the left.
        left: Pattern,
        /// On the right.
        right: Pattern,
    },
    /// The step that a number says: `steps[number - first]`, the number rounded up, held to the ends.
    Lookup {
        /// The number of the first step.
        first: i64,
        /// The steps.
        steps: Vec<Atom>,
        /// The numbers.
        of: Pattern,
    },
    /// A step that carries the numbers of a pattern as a control's.
    Carry {
        /// The control; empty for semitones added to the pitch.
        control: String,
        /// The step.
        step: Atom,
        /// The numbers.
        of: Pattern,
    },
    /// Steps that carry what another pattern says of a control at their onset.
    With {
        /// The control; empty for semitones added to the pitch.
        control: String,
        /// The steps.
        of: Pattern,
        /// The numbers.
        value: Pattern,
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
        let measure = Measure::of(&node)?;
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
    /// Whether its numbers are worked out when asked, so that they cannot be listed: curves, and steps of curves.
    pub fn is_computed(&self) -> bool {
        self.0.measure.computed
    }
    /// How many curves a step of it follows.
    pub fn curves(&self) -> u16 {
        self.0.measure.carried
    }
    /// How many random operations it has: the seed of the next.
    pub fn randoms(&self) -> u32 {
        self.0.measure.randoms
    }
    /// Into how many parts it divides a cycle: its events begin and end at multiples of that fraction.
    pub fn fine(&self) -> u64 {
        self.0.measure.fine.max(1)
    }
    /// Tells shared patterns apart by where they are kept.
    pub(super) fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// Takes the measure of a node that is always within the bounds.
    pub(super) fn leaf(node: Node) -> Pattern {
        let measure = Measure::of_leaf(&node).closed();
        Pattern(Arc::new(Inner { node, measure }))
    }
    pub(super) fn measure(&self) -> Measure {
        self.0.measure
    }
    /// Nothing.
    pub fn silence() -> Pattern {
        Pattern::leaf(Node::Silence)
    }
    /// One event a cycle.
    pub fn atom(atom: Atom) -> Pattern {
        Pattern::leaf(Node::Atom(atom))
    }
    /// A curve from `lo` to `hi` once a cycle.
    pub fn wave(shape: Wave, lo: f64, hi: f64) -> Pattern {
        Pattern::leaf(Node::Wave { shape, lo, hi })
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
            cycles: false,
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
    /// Whether a curve speaks of a control of its steps.
    pub fn follows(&self, control: &str) -> bool {
        if self.curves() == 0 {
            return false;
        }
        let own = match &self.0.node {
            Node::With { control: name, .. } | Node::Carry { control: name, .. } => name == control,
            _ => false,
        };
        let mut found = own;
        self.each_child(&mut |heard, p| {
            found = found || (heard != Heard::Number && p.follows(control));
        });
        found
    }

    /// Calls `each` with every step's content.
    pub fn each_atom(&self, each: &mut dyn FnMut(&Atom)) {
        match &self.0.node {
            Node::Atom(atom) => each(atom),
            Node::Pick(_, choices) => choices.iter().for_each(|c| each(&c.1)),
            Node::Lookup { steps, .. } => steps.iter().for_each(&mut *each),
            Node::Carry { step, .. } => each(step),
            Node::Apply { table, .. } => table.iter().for_each(&mut *each),
            _ => {}
        }
        self.each_child(&mut |heard, p| {
            if heard == Heard::Step {
                p.each_atom(each);
            }
        });
    }

    /// Calls `each` with every pattern that this one is made of, and with what is heard of its events.
    fn each_child(&self, each: &mut dyn FnMut(Heard, &Pattern)) {
        use Heard::{Curves, Number, Step};
        match &self.0.node {
            Node::Silence
            | Node::Atom(_)
            | Node::Wave { .. }
            | Node::Noise { .. }
            | Node::Pick(..)
            | Node::Shuffle { .. } => {}
            Node::Seq(steps) => steps.iter().for_each(|(_, p)| each(Step, p)),
            Node::Stack(many) | Node::Switch(many) | Node::Choose(_, many) => {
                many.iter().for_each(|p| each(Step, p));
            }
            Node::Fast(_, p)
            | Node::Late(_, p)
            | Node::Repeat(_, p)
            | Node::Rev(p)
            | Node::Zoom(_, _, p)
            | Node::Loop(_, _, p)
            | Node::Arp(_, p)
            | Node::Within { of: p, .. }
            | Node::Degrade { of: p, .. } => each(Step, p),
            Node::ArpBy(p, by) => {
                each(Step, p);
                each(Number, by);
            }
            Node::With { of, value, .. } => {
                each(Step, of);
                each(Number, value);
            }
            Node::Lookup { of, .. } | Node::Carry { of, .. } => each(Curves, of),
            Node::Compute { left, right, .. } => {
                each(Curves, left);
                each(Curves, right);
            }
            Node::Bind {
                selector, choices, ..
            } => {
                each(Curves, selector);
                choices.iter().for_each(|p| each(Step, p));
            }
            Node::Apply {
                left,
                right,
                columns,
                ..
            } => {
                // With a table, its steps stand for those of both.
                each(if *columns == 0 { Step } else { Curves }, left);
                each(Curves, right);
            }
        }
    }
}

/// What is heard of the events of a pattern that another is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// All that its steps say.
    Step,
    /// What curves say of the controls of its steps.
    Curves,
    /// A number alone.
    Number,
}
