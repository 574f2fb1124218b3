//! From the tree to the flat form. Control side: allocates.

use super::arp::Order;
use super::number::Arithmetic;
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
    Noise {
        seed: u64,
        smooth: bool,
        lo: f64,
        hi: f64,
    },
    /// Steps, each with the share of chance up to its end, 0…1.
    Pick(u64, Box<[(f64, u32)]>),
    Shuffle {
        seed: u64,
        count: u32,
        again: bool,
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
        cycles: bool,
        of: u32,
    },
    Within {
        begin: Ratio,
        end: Ratio,
        inverted: bool,
        of: u32,
    },
    Loop(Ratio, Ratio, u32),
    Arp(Order, u32),
    ArpBy(u32, u32),
    Compute {
        structure: Structure,
        op: Arithmetic,
        left: u32,
        right: u32,
    },
    Lookup {
        first: i64,
        steps: Box<[u32]>,
        of: u32,
    },
    Carry {
        name: u16,
        step: u32,
        of: u32,
    },
    With {
        name: u16,
        add: bool,
        of: u32,
        value: u32,
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

/// A pattern laid out: its operations, children before parents, the contents of its steps, and the names of the
/// controls that curves speak of.
pub(super) struct LaidOut {
    pub ops: Box<[Op]>,
    pub atoms: Box<[Atom]>,
    pub carries: Box<[String]>,
    /// Which operations are curves.
    pub curves: Box<[bool]>,
}

/// Lays a pattern out flat.
pub(super) fn lay_out(pattern: &Pattern, seed: u64) -> LaidOut {
    let mut build = Build {
        seed,
        ops: Vec::new(),
        atoms: Vec::new(),
        carries: Vec::new(),
        curves: Vec::new(),
        known: HashMap::new(),
    };
    build.add(pattern);
    LaidOut {
        ops: build.ops.into(),
        atoms: build.atoms.into(),
        carries: build.carries.into(),
        curves: build.curves.into(),
    }
}

struct Build {
    seed: u64,
    ops: Vec<Op>,
    atoms: Vec<Atom>,
    carries: Vec<String>,
    curves: Vec<bool>,
    /// Parts that are shared are laid out once.
    known: HashMap<usize, u32>,
}

impl Build {
    fn atom(&mut self, atom: &Atom) -> u32 {
        self.atoms.push(atom.clone());
        self.atoms.len() as u32 - 1
    }

    fn name(&mut self, control: &str) -> u16 {
        let known = self.carries.iter().position(|name| name == control);
        known.unwrap_or_else(|| {
            self.carries.push(control.to_owned());
            self.carries.len() - 1
        }) as u16
    }

    fn atoms(&mut self, atoms: &[Atom]) -> Box<[u32]> {
        atoms.iter().map(|atom| self.atom(atom)).collect()
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
            Node::Noise {
                seed,
                smooth,
                lo,
                hi,
            } => Op::Noise {
                seed: random::of_curve(self.seed, *seed),
                smooth: *smooth,
                lo: *lo,
                hi: *hi,
            },
            Node::Pick(seed, choices) => {
                let total: f64 = choices.iter().map(|c| c.0).sum();
                let mut sum = 0.0;
                let steps = choices.iter().map(|(weight, atom)| {
                    sum += weight / total;
                    (sum, self.atom(atom))
                });
                let steps = steps.collect();
                Op::Pick(random::of_curve(self.seed, *seed), steps)
            }
            Node::Shuffle { seed, count, again } => Op::Shuffle {
                seed: random::of_operation(self.seed, *seed),
                count: *count,
                again: *again,
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
                cycles,
                of,
            } => Op::Degrade {
                seed: random::of_operation(self.seed, *seed),
                amount: *amount,
                inverted: *inverted,
                cycles: *cycles,
                of: self.add(of),
            },
            Node::Within {
                begin,
                end,
                inverted,
                of,
            } => Op::Within {
                begin: *begin,
                end: *end,
                inverted: *inverted,
                of: self.add(of),
            },
            Node::Loop(from, cycles, p) => Op::Loop(*from, *cycles, self.add(p)),
            Node::Arp(order, p) => Op::Arp(*order, self.add(p)),
            Node::ArpBy(p, by) => Op::ArpBy(self.add(p), self.add(by)),
            Node::Compute {
                structure,
                op,
                left,
                right,
            } => Op::Compute {
                structure: *structure,
                op: *op,
                left: self.add(left),
                right: self.add(right),
            },
            Node::Lookup { first, steps, of } => Op::Lookup {
                first: *first,
                steps: self.atoms(steps),
                of: self.add(of),
            },
            Node::Carry { control, step, of } => Op::Carry {
                name: self.name(control),
                step: self.atom(step),
                of: self.add(of),
            },
            Node::With { control, of, value } => Op::With {
                name: self.name(control),
                add: control.is_empty(),
                of: self.add(of),
                value: self.add(value),
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
                table: self.atoms(table),
            },
        };
        self.ops.push(op);
        self.curves.push(pattern.is_continuous());
        let index = self.ops.len() as u32 - 1;
        self.known.insert(pattern.address(), index);
        index
    }
}
