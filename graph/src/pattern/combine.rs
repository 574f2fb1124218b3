//! Putting patterns together: by their values, by their structure, one inside the other.
//!
//! What two values make together is worked out here, on the control side, for every pair that can meet; on the
//! audio thread it is a look into a table.

use super::euclid::euclid;
use super::tree::{Join, MAX_WORK, Structure};
use super::{Atom, Node, Pattern, PatternError};
use crate::time::Ratio;
use std::collections::HashMap;

/// The most different values of a pattern whose values are combined, and the most results.
pub const MAX_VALUES: usize = 4096;

/// The values of a pattern, each with its number: what [`Pattern::indexed`] gives.
pub type Choices = Vec<Atom>;

/// A node with a table of steps, each replaced. A step may become silence or many: then the table chooses among
/// patterns.
fn mapped<E: From<PatternError>>(
    table: &[Atom],
    f: &mut dyn FnMut(&Atom) -> Result<Pattern, E>,
    node: &dyn Fn(Vec<Atom>) -> Node,
) -> Result<Node, E> {
    let done = table.iter().map(f).collect::<Result<Vec<_>, E>>()?;
    let single = |p: &Pattern| match p.node() {
        Node::Atom(a) => Some(a.clone()),
        _ => None,
    };
    if let Some(table) = done.iter().map(single).collect::<Option<Vec<_>>>() {
        return Ok(node(table));
    }
    let rows = (0..done.len()).map(|i| Atom::of_number(i as f64)).collect();
    Ok(Node::Bind {
        join: Join::Outer,
        selector: node(rows).try_into()?,
        choices: done,
    })
}

impl Pattern {
    /// The same pattern with every step replaced.
    pub fn try_map<E: From<PatternError>>(
        &self,
        f: &mut dyn FnMut(&Atom) -> Result<Pattern, E>,
    ) -> Result<Pattern, E> {
        self.map_known(f, &mut HashMap::new())
    }

    /// Patterns share their parts; a part that has been seen is not walked again.
    fn map_known<E: From<PatternError>>(
        &self,
        f: &mut dyn FnMut(&Atom) -> Result<Pattern, E>,
        known: &mut HashMap<usize, Pattern>,
    ) -> Result<Pattern, E> {
        if let Some(done) = known.get(&self.address()) {
            return Ok(done.clone());
        }
        let mut all = |many: &[Pattern]| {
            many.iter()
                .map(|p| p.map_known(f, known))
                .collect::<Result<Vec<_>, E>>()
        };
        let node = match self.node() {
            Node::Silence
            | Node::Wave { .. }
            | Node::Noise { .. }
            | Node::Shuffle { .. }
            | Node::Compute { .. } => return Ok(self.clone()),
            Node::Pick(seed, choices) => {
                let choices = choices.iter().map(|(weight, atom)| match f(atom)?.node() {
                    Node::Atom(atom) => Ok((*weight, atom.clone())),
                    _ => Err(PatternError::Curve.into()),
                });
                Node::Pick(*seed, choices.collect::<Result<_, E>>()?)
            }
            Node::Lookup { first, steps, of } => {
                let table = |steps| Node::Lookup {
                    first: *first,
                    steps,
                    of: of.clone(),
                };
                mapped(steps, f, &table)?
            }
            Node::Carry { control, step, of } => {
                let table = |mut steps: Vec<Atom>| Node::Carry {
                    control: control.clone(),
                    step: steps.remove(0),
                    of: of.clone(),
                };
                mapped(std::slice::from_ref(step), f, &table)?
            }
            Node::With { control, of, value } => Node::With {
                control: control.clone(),
                of: of.map_known(f, known)?,
                value: value.clone(),
            },
            Node::Within {
                begin,
                end,
                inverted,
                of,
            } => Node::Within {
                begin: *begin,
                end: *end,
                inverted: *inverted,
                of: of.map_known(f, known)?,
            },
            Node::Loop(from, cycles, p) => Node::Loop(*from, *cycles, p.map_known(f, known)?),
            Node::Arp(order, p) => Node::Arp(*order, p.map_known(f, known)?),
            Node::ArpBy(p, by) => Node::ArpBy(p.map_known(f, known)?, by.clone()),
            Node::Atom(atom) => {
                let done = f(atom)?;
                known.insert(self.address(), done.clone());
                return Ok(done);
            }
            Node::Seq(steps) => Node::Seq(
                steps
                    .iter()
                    .map(|(w, p)| Ok((*w, p.map_known(f, known)?)))
                    .collect::<Result<_, E>>()?,
            ),
            Node::Stack(many) => Node::Stack(all(many)?),
            Node::Switch(many) => Node::Switch(all(many)?),
            Node::Choose(seed, many) => Node::Choose(*seed, all(many)?),
            Node::Fast(factor, p) => Node::Fast(*factor, p.map_known(f, known)?),
            Node::Late(by, p) => Node::Late(*by, p.map_known(f, known)?),
            Node::Repeat(times, p) => Node::Repeat(*times, p.map_known(f, known)?),
            Node::Rev(p) => Node::Rev(p.map_known(f, known)?),
            Node::Zoom(begin, end, p) => Node::Zoom(*begin, *end, p.map_known(f, known)?),
            Node::Degrade {
                seed,
                amount,
                inverted,
                cycles,
                of,
            } => Node::Degrade {
                seed: *seed,
                amount: *amount,
                inverted: *inverted,
                cycles: *cycles,
                of: of.map_known(f, known)?,
            },
            Node::Bind {
                join,
                selector,
                choices,
            } => Node::Bind {
                join: *join,
                selector: selector.clone(),
                choices: all(choices)?,
            },
            Node::Apply {
                structure,
                left,
                right,
                columns: 0,
                ..
            } => Node::Apply {
                structure: *structure,
                left: left.map_known(f, known)?,
                right: right.clone(),
                table: Vec::new(),
                columns: 0,
            },
            Node::Apply {
                structure,
                left,
                right,
                table,
                columns,
            } => {
                let filled = |table| Node::Apply {
                    structure: *structure,
                    left: left.clone(),
                    right: right.clone(),
                    table,
                    columns: *columns,
                };
                mapped(table, f, &filled)?
            }
        };
        let done = Pattern::try_from(node)?;
        known.insert(self.address(), done.clone());
        Ok(done)
    }

    /// The same pattern with every step's content replaced.
    pub fn map(&self, f: &mut dyn FnMut(&Atom) -> Atom) -> Result<Pattern, PatternError> {
        self.try_map(&mut |atom| Ok(Pattern::atom(f(atom))))
    }

    /// The pattern with its different values numbered, and the values.
    pub fn indexed(&self) -> Result<(Pattern, Choices), PatternError> {
        if self.is_continuous() || self.is_computed() {
            return Err(PatternError::Curve);
        }
        let mut values: Choices = Vec::new();
        // Where values lie that may be equal, so that few are compared.
        let mut alike: HashMap<u64, Vec<usize>> = HashMap::new();
        let selector = self.try_map(&mut |atom| {
            let alike = alike.entry(atom.likeness()).or_default();
            let at = match alike.iter().copied().find(|at| values[*at] == *atom) {
                Some(at) => at,
                None if values.len() >= MAX_VALUES => return Err(PatternError::TooManyValues),
                None => {
                    values.push(atom.clone());
                    alike.push(values.len() - 1);
                    values.len() - 1
                }
            };
            Ok(Pattern::atom(Atom::of_number(at as f64)))
        })?;
        Ok((selector, values))
    }

    /// A pattern that each value of this one chooses: Tidal's binds. A single value simply is what it chooses.
    pub fn bind<E: From<PatternError>>(
        &self,
        join: Join,
        choose: &mut dyn FnMut(&Atom) -> Result<Pattern, E>,
    ) -> Result<Pattern, E> {
        if let (Node::Atom(atom), Join::Inner) = (self.node(), join) {
            return choose(atom);
        }
        self.bind_cut(join, choose)
    }

    /// The same, also where there is a single value: events are cut at the cycle.
    pub fn bind_cut<E: From<PatternError>>(
        &self,
        join: Join,
        choose: &mut dyn FnMut(&Atom) -> Result<Pattern, E>,
    ) -> Result<Pattern, E> {
        let (selector, values) = self.indexed()?;
        let mut choices = Vec::new();
        let mut size = 0u64;
        for value in &values {
            let choice = choose(value)?;
            // What would be too large is refused before all of it is made.
            size = size.saturating_add(choice.measure().size);
            if size > u64::from(MAX_WORK) {
                return Err(PatternError::TooLarge.into());
            }
            choices.push(choice);
        }
        Ok(Pattern::try_from(Node::Bind {
            join,
            selector,
            choices,
        })?)
    }

    /// What the values of two patterns make together; pairs that make nothing are left out.
    pub fn apply(
        &self,
        structure: Structure,
        other: &Pattern,
        combine: &mut dyn FnMut(&Atom, &Atom) -> Option<Atom>,
    ) -> Result<Pattern, PatternError> {
        let ((left, rows), (right, columns)) = (self.indexed()?, other.indexed()?);
        if rows.is_empty() || columns.is_empty() {
            return Ok(Pattern::silence());
        }
        if rows.len() * columns.len() > MAX_VALUES {
            return Err(PatternError::TooManyValues);
        }
        let mut none = false;
        let table: Vec<Option<Atom>> = rows
            .iter()
            .flat_map(|l| columns.iter().map(move |r| (l, r)))
            .map(|(l, r)| combine(l, r))
            .inspect(|made| none |= made.is_none())
            .collect();
        let all = Pattern::try_from(Node::Apply {
            structure,
            left,
            right,
            columns: columns.len() as u32,
            table: if none {
                (0..table.len())
                    .map(|i| Atom::of_number(i as f64))
                    .collect()
            } else {
                table.iter().flatten().cloned().collect()
            },
        })?;
        if !none {
            return Ok(all);
        }
        all.try_map(&mut |index| {
            let made = index.number.and_then(|i| table.get(i as usize)?.clone());
            Ok(made.map_or_else(Pattern::silence, Pattern::atom))
        })
    }

    /// Without the steps that are false: nought, and the word `f`.
    fn truths(&self) -> Result<Pattern, PatternError> {
        self.try_map(&mut |atom| {
            let false_word =
                matches!(&atom.said[..], [super::Said::Word(word)] if word == "f" || word == "false");
            Ok(if atom.number == Some(0.0) || false_word {
                Pattern::silence()
            } else {
                Pattern::atom(atom.clone())
            })
        })
    }

    /// This pattern's values in the rhythm of another (Tidal's `struct`).
    pub fn in_rhythm(&self, rhythm: &Pattern) -> Result<Pattern, PatternError> {
        Node::Apply {
            structure: Structure::Right,
            left: self.clone(),
            right: rhythm.truths()?,
            table: Vec::new(),
            columns: 0,
        }
        .try_into()
    }

    /// This pattern where another is true (Tidal's `mask`).
    pub fn masked(&self, mask: &Pattern) -> Result<Pattern, PatternError> {
        Node::Apply {
            structure: Structure::Left,
            left: self.clone(),
            right: mask.truths()?,
            table: Vec::new(),
            columns: 0,
        }
        .try_into()
    }

    /// In a Euclidean rhythm, see [`euclid`]; `None` if there is no such rhythm.
    pub fn euclidean(
        &self,
        pulses: i64,
        steps: i64,
        rotation: i64,
    ) -> Option<Result<Pattern, PatternError>> {
        let rhythm = euclid(pulses, steps, rotation)?
            .into_iter()
            .map(|on| {
                let step = if on {
                    Pattern::atom(Atom::of_number(1.0))
                } else {
                    Pattern::silence()
                };
                (Ratio::ONE, step)
            })
            .collect();
        Some(Pattern::weighted(rhythm).and_then(|rhythm| self.in_rhythm(&rhythm)))
    }

    /// In a Euclidean rhythm in which every pulse lasts until the next; `None` if there is no such rhythm. Begins at
    /// its first pulse, and the values go along. The gaps of a rhythm (pulses below 0) have no such form: silence.
    pub fn euclidean_legato(
        &self,
        pulses: i64,
        steps: i64,
        rotation: i64,
    ) -> Option<Result<Pattern, PatternError>> {
        let mut rhythm = euclid(pulses, steps, rotation)?;
        let Some(first) = rhythm.iter().position(|on| *on).filter(|_| pulses > 0) else {
            return Some(Ok(Pattern::silence()));
        };
        rhythm.rotate_left(first);
        let mut lasting: Vec<(Ratio, Pattern)> = Vec::new();
        for on in rhythm {
            match lasting.last_mut() {
                Some((length, _)) if !on => *length = *length + Ratio::ONE,
                _ => lasting.push((Ratio::ONE, Pattern::atom(Atom::of_number(1.0)))),
            }
        }
        let late = Ratio::new(first as i64, steps);
        let played = Pattern::weighted(lasting).and_then(|rhythm| self.in_rhythm(&rhythm));
        Some(played.and_then(|p| p.late(late)))
    }
}
