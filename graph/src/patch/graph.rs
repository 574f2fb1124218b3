//! Graphs within the graph: how fast and in what steps the nodes of a group run.

use super::{Node, Patch, Source};
use serde::{Deserialize, Serialize};

/// The most graphs within each other.
pub const MAX_DEPTH: usize = 8;
/// The highest product of the factors of graphs within each other.
pub const MAX_FACTOR: usize = 64;

/// A graph within the graph: the nodes whose names begin with its path and a `/` run as one, between what leads in and
/// what is led out. Live like everything else: nodes and connections in it come and go as outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Graph {
    /// Frames (of its own rate) that its nodes run at once, which is also how late a connection back in it is heard:
    /// 1, 2, 4 … 64.
    pub block: u8,
    /// By how much its rate is higher than that of the graph it is in: 1, 2, 4 or 8.
    pub oversample: u8,
}

impl Default for Graph {
    fn default() -> Graph {
        Graph {
            block: 64,
            oversample: 1,
        }
    }
}

impl Graph {
    /// Whether its numbers are among the allowed ones.
    pub fn is_valid(&self) -> bool {
        self.block.is_power_of_two()
            && self.block <= 64
            && self.oversample.is_power_of_two()
            && self.oversample <= 8
    }
}

impl Patch {
    /// A graph whose numbers cannot be, or that lies too deep in others or runs too fast with them.
    pub fn graph_beyond_bounds(&self) -> Option<&str> {
        let is_beyond = |path: &str, graph: &Graph| {
            let ends = path.match_indices('/').map(|(at, _)| &path[..at]);
            let around = ends.filter_map(|outer| self.graphs.get(outer));
            let (depth, factor) = around.fold((1, usize::from(graph.oversample)), |(d, f), g| {
                (d + 1, f * usize::from(g.oversample))
            });
            !graph.is_valid() || depth > MAX_DEPTH || factor > MAX_FACTOR
        };
        let found = self
            .graphs
            .iter()
            .find(|(path, graph)| is_beyond(path, graph));
        found.map(|(path, _)| path.as_str())
    }

    /// The graphs that a node is in, the outermost first. The main input itself is never oversampled: it stands
    /// outside the first graph that is.
    pub fn graphs_of<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = (&'a str, Graph)> {
        let is_input = matches!(node.source, Source::Input(_));
        let ends = node.name.match_indices('/').map(|(at, _)| &node.name[..at]);
        ends.filter_map(|path| Some((path, *self.graphs.get(path)?)))
            .take_while(move |(_, graph)| !is_input || graph.oversample == 1)
    }
}
