//! The size of a pattern, known without walking it, and the bounds that hold every pattern to what a query may
//! take on the audio thread. Control side.

use super::tree::{Join, MAX_DENSITY, MAX_DEPTH, MAX_WORK, Node, Structure};
use super::{MAX_CARRIED, Pattern, PatternError};
use crate::time::Ratio;

/// The longest and the shortest stretch that time is counted in, and its inverse.
const LIMIT: Ratio = Ratio::whole(1_000_000);
/// The most numbers that are shuffled.
pub const MAX_SHUFFLED: u32 = 256;

/// What a pattern takes to be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measure {
    pub depth: u16,
    /// Events a cycle.
    pub density: u64,
    /// Events at once.
    pub voices: u64,
    /// Operations a cycle.
    pub work: u64,
    /// Operations in all, shared ones as often as they are shared: what walking the tree takes.
    pub size: u64,
    /// Some of its events have no extent of their own.
    pub continuous: bool,
    /// Its numbers are worked out when asked: they cannot be listed.
    pub computed: bool,
    /// Curves that one step follows.
    pub carried: u16,
    /// Random operations, so that the next one has its own seed.
    pub randoms: u32,
    /// Into how many parts a cycle is divided, see [`super::fine`].
    pub fine: u64,
}

impl Measure {
    const EVENT: Measure = Measure {
        depth: 0,
        density: 1,
        voices: 1,
        work: 1,
        size: 0,
        continuous: false,
        computed: false,
        carried: 0,
        randoms: 0,
        fine: 1,
    };
    const CURVE: Measure = Measure {
        continuous: true,
        computed: true,
        ..Measure::EVENT
    };

    /// All of them, one after the other or at once.
    fn sum<'a>(of: impl Iterator<Item = &'a Pattern>, at_once: bool) -> Measure {
        of.fold(Measure::default(), |a, p| {
            let b = p.measure();
            Measure {
                density: a.density.saturating_add(b.density),
                voices: if at_once {
                    a.voices.saturating_add(b.voices)
                } else {
                    a.voices.max(b.voices)
                },
                work: a.work.saturating_add(b.work).saturating_add(1),
                ..a.beside(b)
            }
        })
    }

    /// One of them in each cycle.
    fn any<'a>(of: impl Iterator<Item = &'a Pattern>) -> Measure {
        of.fold(Measure::default(), |a, p| {
            let b = p.measure();
            Measure {
                density: a.density.max(b.density),
                voices: a.voices.max(b.voices),
                work: a.work.max(b.work),
                ..a.beside(b)
            }
        })
    }

    /// What two patterns have together whatever is made of them.
    fn beside(self, other: Measure) -> Measure {
        Measure {
            depth: self.depth.max(other.depth),
            size: self.size.saturating_add(other.size),
            continuous: self.continuous || other.continuous,
            computed: self.computed || other.computed,
            carried: self.carried.max(other.carried),
            randoms: self.randoms.saturating_add(other.randoms),
            ..self
        }
    }

    /// Two patterns whose events meet. Chains of events that follow each other meet at most as often as both
    /// have events together; several voices are several chains.
    fn meeting(self, other: Measure) -> Measure {
        Measure {
            density: (self.density.saturating_mul(other.voices))
                .saturating_add(other.density.saturating_mul(self.voices)),
            voices: self.voices.saturating_mul(other.voices),
            work: self
                .work
                .saturating_add(self.density.saturating_mul(2))
                .saturating_add(other.work.saturating_mul(self.voices.max(1))),
            carried: self.carried.saturating_add(other.carried),
            ..self.beside(other)
        }
    }

    /// So many times in a cycle.
    fn times(self, times: u64) -> Measure {
        Measure {
            density: self.density.saturating_mul(times),
            work: self.work.saturating_mul(times),
            ..self
        }
    }

    /// Each event asks the pattern again: which notes sound with it?
    fn with_chords(self) -> Measure {
        Measure {
            work: self
                .work
                .saturating_add(self.density.saturating_mul(self.work)),
            ..self
        }
    }

    /// With the operation itself.
    pub fn closed(self) -> Measure {
        Measure {
            work: self.work.saturating_add(1),
            size: self.size.saturating_add(1),
            depth: self.depth + 1,
            fine: self.fine.max(1),
            ..self
        }
    }

    /// The measure of a node without children.
    pub fn of_leaf(node: &Node) -> Measure {
        match node {
            Node::Silence => Measure {
                work: 1,
                ..Measure::default()
            },
            Node::Wave { .. } => Measure::CURVE,
            Node::Noise { .. } => Measure {
                randoms: 1,
                ..Measure::CURVE
            },
            Node::Pick(_, choices) => Measure {
                continuous: true,
                size: choices.len() as u64,
                randoms: 1,
                ..Measure::EVENT
            },
            Node::Shuffle { count, .. } => {
                let count = u64::from(*count);
                Measure {
                    density: count,
                    // Each slot counts which numbers come before its own.
                    work: count + count * count / 8,
                    computed: true,
                    randoms: 1,
                    ..Measure::EVENT
                }
            }
            _ => Measure::EVENT,
        }
    }

    /// The measure of a node whose children have theirs.
    ///
    /// # Errors
    /// If the node means nothing, or is beyond the bounds.
    pub fn of(node: &Node) -> Result<Measure, PatternError> {
        let parts = Measure::of_parts(node)?;
        let measure = Measure {
            fine: super::fine::of(node, parts.voices),
            ..parts.closed()
        };
        if measure.fine > super::fine::MAX_FINE {
            return Err(PatternError::TooFine);
        }
        if measure.depth > MAX_DEPTH {
            return Err(PatternError::TooDeep);
        }
        if measure.density > u64::from(MAX_DENSITY) {
            return Err(PatternError::TooDense);
        }
        if measure.work.max(measure.size) > u64::from(MAX_WORK) {
            return Err(PatternError::TooLarge);
        }
        if usize::from(measure.carried) > MAX_CARRIED {
            return Err(PatternError::TooManyCurves);
        }
        Ok(measure)
    }

    fn of_parts(node: &Node) -> Result<Measure, PatternError> {
        Ok(match node {
            Node::Silence | Node::Atom(_) | Node::Wave { .. } | Node::Noise { .. } => {
                Measure::of_leaf(node)
            }
            Node::Pick(_, choices) => {
                let likely = |c: &(f64, super::Atom)| c.0.is_finite() && c.0 >= 0.0;
                if choices.is_empty() || !choices.iter().all(likely) {
                    return Err(PatternError::Empty);
                }
                Measure::of_leaf(node)
            }
            Node::Shuffle { count, .. } => {
                if !(1..=MAX_SHUFFLED).contains(count) {
                    return Err(PatternError::BadCount);
                }
                Measure::of_leaf(node)
            }
            Node::Seq(steps) => {
                if steps.is_empty() {
                    return Err(PatternError::Empty);
                }
                if steps.iter().any(|(w, _)| *w <= Ratio::ZERO || *w > LIMIT) {
                    return Err(PatternError::BadFactor);
                }
                Measure::sum(steps.iter().map(|(_, p)| p), false)
            }
            Node::Stack(layers) => Measure::sum(layers.iter(), true),
            Node::Fast(factor, p) => Measure::fast(*factor, p)?,
            Node::Late(by, _) if *by > LIMIT || -*by > LIMIT => return Err(PatternError::TooFar),
            Node::Late(_, p) | Node::Rev(p) | Node::Within { of: p, .. } => p.measure(),
            Node::Zoom(begin, end, p) => {
                if *begin < Ratio::ZERO || *end > Ratio::ONE || begin >= end {
                    return Err(PatternError::BadPart);
                }
                p.measure()
            }
            Node::Loop(from, cycles, p) => {
                if *cycles <= Ratio::ZERO || *cycles > LIMIT || Ratio::ONE / *cycles > LIMIT {
                    return Err(PatternError::BadFactor);
                }
                if *from > LIMIT * LIMIT || -*from > LIMIT * LIMIT {
                    return Err(PatternError::BadFactor);
                }
                p.measure()
                    .times((Ratio::ONE / *cycles).ceil().max(1) as u64)
            }
            Node::Repeat(times, p) => {
                if *times == 0 || *times > 1_000_000 {
                    return Err(PatternError::BadFactor);
                }
                p.measure()
            }
            Node::Switch(choices) if choices.is_empty() => return Err(PatternError::Empty),
            Node::Switch(choices) => Measure::any(choices.iter()),
            Node::Choose(_, choices) if choices.is_empty() => return Err(PatternError::Empty),
            Node::Choose(_, choices) => Measure::any(choices.iter()).random(),
            Node::Degrade { of, .. } => of.measure().random(),
            Node::Arp(_, p) => {
                let of = discrete(p)?;
                // There and back at the most.
                Measure {
                    density: of.density.saturating_mul(2),
                    ..of.with_chords()
                }
            }
            Node::ArpBy(p, by) => discrete(p)?.with_chords().meeting(discrete(by)?),
            Node::Compute {
                structure,
                left,
                right,
                ..
            } => {
                let (l, r) = (left.measure(), right.measure());
                let (first, second) = match structure {
                    Structure::Left | Structure::Both => (l, r),
                    Structure::Right => (r, l),
                };
                Measure {
                    continuous: match structure {
                        Structure::Both => l.continuous || r.continuous,
                        _ => first.continuous,
                    },
                    computed: true,
                    ..first.meeting(second)
                }
            }
            Node::Lookup { steps, of, .. } => {
                if steps.is_empty() {
                    return Err(PatternError::Empty);
                }
                let of = of.measure();
                Measure {
                    computed: false,
                    size: of.size.saturating_add(steps.len() as u64),
                    ..of
                }
            }
            Node::Carry { of, .. } => {
                let of = discrete(of)?;
                Measure {
                    computed: false,
                    carried: of.carried.saturating_add(1),
                    ..of
                }
            }
            Node::With { of, value, .. } => {
                let of = discrete(of)?;
                Measure {
                    continuous: false,
                    computed: of.computed,
                    carried: of.carried.saturating_add(1),
                    ..of.meeting(value.measure())
                }
            }
            Node::Bind {
                join,
                selector,
                choices,
            } => Measure::bind(*join, discrete(selector)?, choices),
            Node::Apply {
                structure,
                left,
                right,
                table,
                columns,
            } => {
                let (l, r) = (left.measure(), discrete(right)?);
                if l.continuous && *columns > 0 {
                    return Err(PatternError::Curve);
                }
                let both = if *structure == Structure::Right {
                    Measure {
                        continuous: false,
                        ..r.meeting(l)
                    }
                } else {
                    l.meeting(r)
                };
                Measure {
                    computed: l.computed,
                    size: both.size.saturating_add(table.len() as u64),
                    ..both
                }
            }
        })
    }

    fn random(self) -> Measure {
        Measure {
            randoms: self.randoms.saturating_add(1),
            ..self
        }
    }

    fn fast(factor: Ratio, p: &Pattern) -> Result<Measure, PatternError> {
        if factor <= Ratio::ZERO || factor > LIMIT || Ratio::ONE / factor > LIMIT {
            return Err(PatternError::BadFactor);
        }
        if let Node::Seq(steps) = p.node()
            && factor * Ratio::whole(steps.len() as i64) == Ratio::ONE
            && steps.iter().all(|step| step.0 == steps[0].0)
        {
            // One step each cycle.
            let any = Measure::any(steps.iter().map(|(_, p)| p));
            return Ok(Measure {
                density: any.density,
                voices: any.voices,
                work: any.work.saturating_add(steps.len() as u64),
                ..p.measure()
            });
        }
        Ok(p.measure().times(factor.ceil().max(1) as u64))
    }

    fn bind(join: Join, outer: Measure, choices: &[Pattern]) -> Measure {
        let inner = Measure::any(choices.iter());
        let each = Measure {
            density: outer.density.saturating_mul(inner.density),
            work: outer
                .work
                .saturating_add(outer.density.saturating_mul(inner.work)),
            computed: inner.computed,
            ..outer.meeting(inner)
        };
        if join == Join::Squeeze {
            return each;
        }
        // No more than all of them cut into the pieces of the selector.
        let all = outer.meeting(Measure::sum(choices.iter(), false));
        Measure {
            density: each.density.min(all.density),
            work: each.work.min(all.work),
            ..each
        }
    }
}

/// The measure of a pattern that must have steps.
fn discrete(p: &Pattern) -> Result<Measure, PatternError> {
    let measure = p.measure();
    if measure.continuous {
        return Err(PatternError::Curve);
    }
    Ok(measure)
}
