//! From the tree to the flat form. Control side: allocates.

use super::tree::{Join, Node, Structure};
use super::{Atom, Pattern, Wave, random};
use crate::time::Ratio;
use std::collections::HashMap;

/// One operation of a flat pattern; children are named by their index.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Silence,
    Atom(u32),
    Wave {
        shape: Wave,
        lo: f64,
        hi: f64,
    },
    /// Slots: where each step begins, how long it is, which operation it plays.
    Seq(Box<[(Ratio, Ratio, u32)]>),
    Stack(Box<[u32]>),
    Fast(Ratio, u32),
    Late(Ratio, u32),
    Repeat(u32, u32),
    Rev(u32),
    Zoom(Ratio, Ratio, u32),
    Switch(Box<[u32]>),
    Choose(u64, Box<[u32]>),
    Degrade {
        seed: u64,
        amount: f64,
        inverted: bool,
        of: u32,
    },
    Bind {
        join: Join,
        selector: u32,
        choices: Box<[u32]>,
    },
    Apply {
        structure: Structure,
        left: u32,
        right: u32,
        columns: u32,
        table: Box<[u32]>,
    },
}

/// The operations of a pattern, children before parents, and the contents of its steps.
pub(super) fn lay_out(pattern: &Pattern, seed: u64) -> (Box<[Op]>, Box<[Atom]>) {
    let mut build = Build {
        seed,
        ops: Vec::new(),
        atoms: Vec::new(),
        known: HashMap::new(),
    };
    build.add(pattern);
    (build.ops.into(), build.atoms.into())
}

struct Build {
    seed: u64,
    ops: Vec<Op>,
    atoms: Vec<Atom>,
    /// Parts that are shared are laid out once.
    known: HashMap<usize, u32>,
}

impl Build {
    fn atom(&mut self, atom: &Atom) -> u32 {
        self.atoms.push(atom.clone());
        self.atoms.len() as u32 - 1
    }

    fn all(&mut self, patterns: &[Pattern]) -> Box<[u32]> {
        patterns.iter().map(|p| self.add(p)).collect()
    }

    fn add(&mut self, pattern: &Pattern) -> u32 {
        if let Some(op) = self.known.get(&pattern.address()) {
            return *op;
        }
        let op = match pattern.node() {
            Node::Silence => Op::Silence,
            Node::Atom(atom) => Op::Atom(self.atom(atom)),
            Node::Wave { shape, lo, hi } => Op::Wave {
                shape: *shape,
                lo: *lo,
                hi: *hi,
            },
            Node::Seq(steps) => {
                let total = steps.iter().fold(Ratio::ZERO, |sum, (w, _)| sum + *w);
                let mut at = Ratio::ZERO;
                let slots = steps
                    .iter()
                    .map(|(weight, step)| {
                        let slot = (at, *weight / total, self.add(step));
                        at = at + slot.1;
                        slot
                    })
                    .collect();
                Op::Seq(slots)
            }
            Node::Stack(layers) => Op::Stack(self.all(layers)),
            Node::Fast(factor, p) => Op::Fast(*factor, self.add(p)),
            Node::Late(by, p) => Op::Late(*by, self.add(p)),
            Node::Repeat(times, p) => Op::Repeat(*times, self.add(p)),
            Node::Rev(p) => Op::Rev(self.add(p)),
            Node::Zoom(begin, end, p) => Op::Zoom(*begin, *end - *begin, self.add(p)),
            Node::Switch(choices) => Op::Switch(self.all(choices)),
            Node::Choose(seed, choices) => {
                Op::Choose(random::of_operation(self.seed, *seed), self.all(choices))
            }
            Node::Degrade {
                seed,
                amount,
                inverted,
                of,
            } => Op::Degrade {
                seed: random::of_operation(self.seed, *seed),
                amount: *amount,
                inverted: *inverted,
                of: self.add(of),
            },
            Node::Bind {
                join,
                selector,
                choices,
            } => Op::Bind {
                join: *join,
                selector: self.add(selector),
                choices: self.all(choices),
            },
            Node::Apply {
                structure,
                left,
                right,
                table,
                columns,
            } => Op::Apply {
                structure: *structure,
                left: self.add(left),
                right: self.add(right),
                columns: *columns,
                table: table.iter().map(|atom| self.atom(atom)).collect(),
            },
        };
        self.ops.push(op);
        let index = self.ops.len() as u32 - 1;
        self.known.insert(pattern.address(), index);
        index
    }
}
