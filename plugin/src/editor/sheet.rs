//! What lies on the canvas: the cards, where they stand, and which of them each wire joins.
//!
//! Plain data, computed anew only when Patch or positions have changed.

use std::collections::{BTreeSet, HashMap};

use egui::{Pos2, Rect, Vec2, pos2};
use sorl_graph::patch::{Connection, Target};

use super::card::{Card, Kind};
use super::layout::Diagram;
use super::theme;
use super::view::View;

/// The cards a wire joins, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Where it comes from.
    pub source: usize,
    /// Where it leads.
    pub target: usize,
}

/// The canvas's content.
#[derive(Default)]
pub(crate) struct Sheet {
    /// A card for every node, then one for every pair of outputs that is used.
    pub cards: Vec<Card>,
    /// Where each card stands: where it was put, else where the layout puts it.
    pub places: Vec<Rect>,
    /// The ends of every wire of the view.
    pub ends: Vec<Option<Ends>>,
    generation: Option<u64>,
    revision: Option<u64>,
}

impl Sheet {
    /// Follows the view; says whether the Patch is another one.
    pub fn refresh(&mut self, view: &View) -> bool {
        let new = self.generation != view.generation;
        if new {
            self.cards = cards(view);
            self.ends = ends(&self.cards, &view.wires);
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

    fn arrange(&self, view: &View) -> Vec<Rect> {
        let placed = |card: &Card| view.positions.get(&card.key).map(|&[x, y]| pos2(x, y));
        let sizes: Vec<Vec2> = self.cards.iter().map(|card| card.size).collect();
        let fixed: Vec<Option<Pos2>> = self.cards.iter().map(placed).collect();
        let joined = self.ends.iter().flatten();
        let edges: Vec<(usize, usize)> = joined.map(|ends| (ends.source, ends.target)).collect();
        let diagram = Diagram {
            sizes: &sizes,
            edges: &edges,
            exits: view.patch.nodes.len(),
            fixed: &fixed,
        };
        let corners = diagram.arrange().into_iter();
        corners
            .zip(sizes)
            .map(|(at, size)| Rect::from_min_size(at, size))
            .collect()
    }
}

/// A card for every node and for every pair of outputs that is used; the main pair is always there.
fn cards(view: &View) -> Vec<Card> {
    let marks = theme::marks(view.patch.nodes.iter().map(|node| node.name.as_str()));
    let nodes = view.patch.nodes.iter().zip(marks).enumerate();
    let pairs = view.wires.iter().filter_map(|wire| match wire.to {
        Target::Out(pair) => Some(pair),
        Target::Input { .. } | Target::Control { .. } => None,
    });
    let pairs: BTreeSet<u16> = pairs.chain([1]).collect();
    nodes
        .map(|(i, (node, mark))| Card::of_node(i, node, mark, view))
        .chain(pairs.into_iter().map(Card::of_out))
        .collect()
}

fn ends(cards: &[Card], wires: &[Connection]) -> Vec<Option<Ends>> {
    let mut nodes = HashMap::new();
    let mut outs = HashMap::new();
    for (i, card) in cards.iter().enumerate() {
        match card.kind {
            Kind::Node(_) => drop(nodes.insert(card.key.as_str(), i)),
            Kind::Out(pair) => drop(outs.insert(pair, i)),
        }
    }
    let end = |wire: &Connection| {
        let target = match &wire.to {
            Target::Input { node, .. } | Target::Control { node, .. } => nodes.get(node.as_str()),
            Target::Out(pair) => outs.get(pair),
        };
        let (source, target) = (*nodes.get(wire.from.as_str())?, *target?);
        Some(Ends { source, target })
    };
    wires.iter().map(end).collect()
}
