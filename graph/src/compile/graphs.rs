//! Graphs within the graph: where each node runs, and the order in which everything does.

use super::nodes::Running;
use super::order::order;
use crate::patch::{Graph, Node, Patch};
use crate::plan::{NodeIndex, PlanGraph};
use std::collections::HashMap;
use std::sync::Arc;

/// A graph that is not just a name: its nodes run in steps, or at a rate, of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Level {
    path: String,
    graph: Graph,
}

/// The graphs that a node runs in, the outermost first.
pub type Home = Arc<[Level]>;

/// Frames of a graph's rate to one of the engine's.
pub fn factor(home: &[Level]) -> u32 {
    home.iter().map(|l| u32::from(l.graph.oversample)).product()
}

/// The factor of the innermost graph in the one that it is in.
pub fn own_factor(home: &[Level]) -> u8 {
    home.last().map_or(1, |l| l.graph.oversample)
}

/// Where a node runs.
pub fn home_of(patch: &Patch, node: &Node) -> Home {
    if patch.graphs.is_empty() {
        return Home::default();
    }
    let graphs = patch
        .graphs_of(node)
        .filter(|(_, g)| *g != Graph::default());
    let level = |(path, graph): (&str, Graph)| Level {
        path: path.to_owned(),
        graph,
    };
    graphs.map(level).collect()
}

/// Whether a node can move from one home to the other without being born again: it runs at the same rate, and what
/// leads to it crosses the same borders.
pub fn is_same_rate(a: &Home, b: &Home) -> bool {
    let rates = |home: &Home| -> Vec<(String, u8)> {
        let levels = home.iter().filter(|l| l.graph.oversample > 1);
        levels
            .map(|l| (l.path.clone(), l.graph.oversample))
            .collect()
    };
    Arc::ptr_eq(a, b) || a == b || rates(a) == rates(b)
}

/// The borders between rates on the way from one place to another: out of these (the innermost first), then into these
/// (the outermost first), each given by the home within it.
pub fn borders<'a>(from: &'a [Level], to: &'a [Level]) -> (Vec<&'a [Level]>, Vec<&'a [Level]>) {
    let rates = |home: &'a [Level]| -> Vec<&'a [Level]> {
        let ends = (1..=home.len()).map(|end| &home[..end]);
        ends.filter(|inner| own_factor(inner) > 1).collect()
    };
    let is_same = |a: &[Level], b: &[Level]| match (a.last(), b.last()) {
        (Some(a), Some(b)) => a.path == b.path && a.graph.oversample == b.graph.oversample,
        _ => false,
    };
    let (mut out, mut into) = (rates(from), rates(to));
    let shared = out
        .iter()
        .zip(&into)
        .take_while(|(a, b)| is_same(a, b))
        .count();
    out.drain(..shared);
    into.drain(..shared);
    out.reverse();
    (out, into)
}

/// What one graph has in it, in the order of the Patch.
enum Item {
    Node(usize),
    Graph(usize),
}

/// A graph and the one that it is in.
struct Region<'a> {
    parent: usize,
    depth: usize,
    level: Option<&'a Level>,
    items: Vec<Item>,
    /// Wires between two of its items.
    edges: Vec<(usize, usize)>,
}

/// The order of nodes and the graphs in it.
pub struct Layout {
    /// The nodes, by their place in the list that was given.
    pub order: Vec<usize>,
    /// The graphs, as a Plan has them.
    pub graphs: Vec<PlanGraph>,
    /// The block of the innermost graph that both ends of each edge are in.
    pub blocks: Vec<u8>,
}

/// Orders nodes so that a wire's source comes before its end wherever that can be, and the nodes of a graph follow
/// each other.
pub fn lay_out(nodes: &[&Running], edges: &[(usize, usize)]) -> Layout {
    let mut regions = vec![Region::new(0, 0, None)];
    let mut known: HashMap<(usize, &Level), usize> = HashMap::new();
    // For each node and each graph the graph that it is in, and its place in it.
    let mut node_at = Vec::with_capacity(nodes.len());
    let mut region_at = vec![0];
    for (i, node) in nodes.iter().enumerate() {
        let mut region = 0;
        for level in node.home.iter() {
            region = *known.entry((region, level)).or_insert_with(|| {
                let depth = regions[region].depth + 1;
                region_at.push(regions[region].items.len());
                let new = regions.len();
                regions[region].items.push(Item::Graph(new));
                regions.push(Region::new(region, depth, Some(level)));
                new
            });
        }
        node_at.push((region, regions[region].items.len()));
        regions[region].items.push(Item::Node(i));
    }
    let mut blocks = Vec::with_capacity(edges.len());
    for &(from, to) in edges {
        let (mut a, mut b) = (node_at[from], node_at[to]);
        while a.0 != b.0 {
            let deeper = if regions[a.0].depth >= regions[b.0].depth {
                &mut a
            } else {
                &mut b
            };
            *deeper = (regions[deeper.0].parent, region_at[deeper.0]);
        }
        regions[a.0].edges.push((a.1, b.1));
        blocks.push(
            regions[a.0]
                .level
                .map_or(Graph::default().block, |l| l.graph.block),
        );
    }
    let mut layout = Layout {
        order: Vec::with_capacity(nodes.len()),
        graphs: Vec::new(),
        blocks,
    };
    layout.place(&regions, 0);
    layout
}

impl<'a> Region<'a> {
    fn new(parent: usize, depth: usize, level: Option<&'a Level>) -> Region<'a> {
        Region {
            parent,
            depth,
            level,
            items: Vec::new(),
            edges: Vec::new(),
        }
    }
}

impl Layout {
    /// Adds a graph's nodes. (Calls itself as deep as graphs are: [`crate::patch::MAX_DEPTH`].)
    fn place(&mut self, regions: &[Region<'_>], at: usize) {
        let region = &regions[at];
        for i in order(region.items.len(), &region.edges) {
            match region.items[i] {
                Item::Node(node) => self.order.push(node),
                Item::Graph(inner) => {
                    let (first, graph) = (self.order.len(), self.graphs.len());
                    let level = regions[inner].level.map(|l| l.graph).unwrap_or_default();
                    self.graphs.push(PlanGraph {
                        first: NodeIndex(first as u32),
                        end: NodeIndex(first as u32),
                        inside: 0,
                        block: level.block,
                        oversample: level.oversample,
                    });
                    self.place(regions, inner);
                    self.graphs[graph].end = NodeIndex(self.order.len() as u32);
                    self.graphs[graph].inside = (self.graphs.len() - graph - 1) as u16;
                }
            }
        }
    }
}
