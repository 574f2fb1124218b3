//! What lies on the canvas: the cards of the group that is open, where they stand, and which of them each wire joins.
//!
//! A group within it is one card; what it is wired to outside of it stands at the edges. Plain data, computed anew only
//! when Patch, positions or the open group have changed.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use egui::{Color32, Pos2, Rect, Vec2, pos2};
use sorl_graph::patch::{Connection, Node, Patch, Target, within};

use super::card::{Card, Kind, Member};
use super::inset::Insets;
use super::layout::Diagram;
use super::view::View;

/// The cards a wire joins, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Where it comes from.
    pub source: usize,
    /// Where it leads.
    pub target: usize,
    /// The node it comes from, by its index in the Patch.
    pub node: usize,
}

/// The canvas's content.
#[derive(Default)]
pub(crate) struct Sheet {
    /// A card for every node and group, then one for every node beyond that leads in, every one that is led to, and
    /// every pair of outputs that is used.
    pub cards: Vec<Card>,
    /// Where each card stands: where it was put, else where the layout puts it.
    pub places: Vec<Rect>,
    /// The ends of every wire of the view; none for one that is not seen here.
    pub ends: Vec<Option<Ends>>,
    /// Cards from this index on have only wires that lead to them.
    exits: usize,
    at: String,
    insets: u64,
    generation: Option<u64>,
    revision: Option<u64>,
}

impl Sheet {
    /// Follows the view, the group that is open and the small scopes; says whether there are other cards.
    pub fn refresh(&mut self, view: &View, at: &str, insets: &Insets) -> bool {
        let new = self.generation != view.generation || self.at != at;
        let new = new || self.insets != insets.revision;
        if new {
            (self.at, self.insets) = (at.to_owned(), insets.revision);
            self.fill(view);
            for card in &mut self.cards {
                if insets.of(&card.key).is_some() {
                    *card = card.clone().with_inset();
                }
            }
        }
        if new || self.revision != view.revision {
            self.places = self.arrange(view);
        }
        (self.generation, self.revision) = (view.generation, view.revision);
        new
    }

    /// The smallest rectangle around all cards.
    pub fn bounds(&self) -> Rect {
        let places = self.places.iter().copied();
        places.fold(Rect::NOTHING, Rect::union)
    }

    fn fill(&mut self, view: &View) {
        let at = self.at.as_str();
        let nodes = &view.patch.nodes;
        let marks = &view.marks;
        let mut cards: Vec<Card> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (i, node) in nodes.iter().enumerate() {
            let Some(rest) = name_in(&node.name, at) else {
                continue;
            };
            let Some((first, _)) = rest.split_once('/') else {
                known.insert(node.name.clone(), cards.len());
                cards.push(Card::of_node(i, node, marks[i], view, rest));
                continue;
            };
            let path = &node.name[..node.name.len() - rest.len() + first.len()];
            if let Entry::Vacant(free) = known.entry(format!("{path}/")) {
                free.insert(cards.len());
                cards.push(Card::of_group(path, first, marks[i], members(nodes, path)));
            }
        }
        // A node and a group may have the same name.
        let place = |name: &str, known: &HashMap<String, usize>| {
            let rest = name_in(name, at)?;
            match rest.split_once('/') {
                None => known.get(name),
                Some((first, _)) => {
                    let end = name.len() - rest.len() + first.len();
                    known.get(&name[..=end])
                }
            }
            .copied()
        };
        let mut beyond = Beyond {
            at,
            patch: &view.patch,
            marks,
        };
        let inside = |name: &str| name_in(name, at).is_some();
        let leads_in =
            |wire: &&Connection| !inside(&wire.from) && wire.to.node().is_some_and(inside);
        let mut sources = HashMap::new();
        for wire in view.wires.iter().filter(leads_in) {
            beyond.add(&wire.from, true, &mut sources, &mut cards);
        }
        self.exits = cards.len();
        let mut targets = HashMap::new();
        let own = view.wires.iter().filter(|wire| inside(&wire.from));
        for wire in own.clone() {
            if let Some(node) = wire.to.node().filter(|node| !inside(node)) {
                beyond.add(node, false, &mut targets, &mut cards);
            }
        }
        let pairs = own.filter_map(|wire| match wire.to {
            Target::Out(pair) => Some(pair),
            Target::Input { .. } | Target::Control { .. } => None,
        });
        // The main pair is always there where all of the score is seen.
        let main = at.is_empty().then_some(1);
        let pairs: BTreeSet<u16> = pairs.chain(main).collect();
        let mut outs = HashMap::new();
        for pair in pairs {
            outs.insert(pair, cards.len());
            cards.push(Card::of_out(pair));
        }

        let index: HashMap<&str, usize> = nodes
            .iter()
            .enumerate()
            .map(|(i, node)| (node.name.as_str(), i))
            .collect();
        let end = |wire: &Connection| {
            let from = place(&wire.from, &known);
            let source = from.or_else(|| sources.get(wire.from.as_str()).copied())?;
            let target = match (&wire.to, wire.to.node()) {
                (Target::Out(pair), _) => from.and_then(|_| outs.get(pair).copied()),
                (_, Some(node)) => place(node, &known).or_else(|| {
                    let there = targets.get(node).copied();
                    there.filter(|_| from.is_some())
                }),
                (_, None) => None,
            }?;
            let node = *index.get(wire.from.as_str())?;
            (source != target).then_some(Ends {
                source,
                target,
                node,
            })
        };
        self.ends = view
            .wires
            .iter()
            .map(|wire| match end(wire) {
                // A wire from a node into itself is seen.
                None if wire.to.node() == Some(wire.from.as_str()) => {
                    let card = place(&wire.from, &known)?;
                    let seen = matches!(cards[card].kind, Kind::Node(_));
                    seen.then_some(Ends {
                        source: card,
                        target: card,
                        node: *index.get(wire.from.as_str())?,
                    })
                }
                ends => ends,
            })
            .collect();
        self.cards = cards;
    }

    fn arrange(&self, view: &View) -> Vec<Rect> {
        let placed = |card: &Card| view.positions.get(&card.key).map(|&[x, y]| pos2(x, y));
        let sizes: Vec<Vec2> = self.cards.iter().map(|card| card.size).collect();
        let fixed: Vec<Option<Pos2>> = self.cards.iter().map(placed).collect();
        let joined = self.ends.iter().flatten();
        let mut edges: Vec<(usize, usize)> =
            joined.map(|ends| (ends.source, ends.target)).collect();
        edges.sort_unstable();
        edges.dedup();
        let diagram = Diagram {
            sizes: &sizes,
            edges: &edges,
            exits: self.exits,
            fixed: &fixed,
        };
        let corners = diagram.arrange().into_iter();
        corners
            .zip(sizes)
            .map(|(at, size)| Rect::from_min_size(at, size))
            .collect()
    }
}

/// What of a node's name is left in a group; the score itself is the group without a name.
fn name_in<'a>(name: &'a str, at: &str) -> Option<&'a str> {
    match at.is_empty() {
        true => Some(name),
        false => within(name, at),
    }
}

/// The nodes and groups of a group, in the order of the Patch.
fn members(nodes: &[Node], path: &str) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for (i, node) in nodes.iter().enumerate() {
        let Some(rest) = within(&node.name, path) else {
            continue;
        };
        let first = rest.split_once('/').map_or(rest, |(first, _)| first);
        let name = &node.name[..path.len() + 1 + first.len()];
        let inputs = node.inputs().len();
        match members.iter_mut().find(|m| m.name == name) {
            Some(member) => {
                member.nodes.push(i);
                member.inputs = member.inputs.max(inputs.min(1));
            }
            None => members.push(Member {
                name: name.to_owned(),
                nodes: vec![i],
                inputs,
            }),
        }
    }
    members
}

/// The nodes outside of the group that is open.
struct Beyond<'a> {
    at: &'a str,
    patch: &'a Patch,
    marks: &'a [Color32],
}

impl Beyond<'_> {
    fn add(
        &mut self,
        name: &str,
        source: bool,
        known: &mut HashMap<String, usize>,
        cards: &mut Vec<Card>,
    ) {
        let Entry::Vacant(free) = known.entry(name.to_owned()) else {
            return;
        };
        free.insert(cards.len());
        let index = self.patch.nodes.iter().position(|n| n.name == name);
        let mark = index.map_or(Color32::TRANSPARENT, |i| self.marks[i]);
        cards.push(Card::of_beyond(self.at, name, source, mark));
    }
}
