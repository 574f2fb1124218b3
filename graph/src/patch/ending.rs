//! What becomes of a node that says it is done, and of its connections.

use super::{Connection, Patch, Target};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What becomes of a node whose unit generator says that it is done (see [`crate::ugen::UnitIo::finish`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ending {
    /// It goes on.
    #[default]
    Continue,
    /// It is freed.
    FreeSelf,
    /// It is freed, and what led into it leads on to where it led.
    FreeSelfMend,
    /// Its group is freed: every node whose name begins as its own does up to the last `/`.
    FreeGraph,
    /// Its group is freed, and what led into that leads on to where it led.
    FreeGraphMend,
}

impl Ending {
    /// All of them, by the names that scores use.
    pub const NAMES: [(&'static str, Ending); 5] = [
        ("continue", Ending::Continue),
        ("free", Ending::FreeSelf),
        ("free_mend", Ending::FreeSelfMend),
        ("free_group", Ending::FreeGraph),
        ("free_group_mend", Ending::FreeGraphMend),
    ];

    /// Whether what led in leads on.
    pub fn mends(self) -> bool {
        matches!(self, Ending::FreeSelfMend | Ending::FreeGraphMend)
    }
}

impl Patch {
    /// What becomes of a node that is done.
    pub fn ending(&self, node: &str) -> Ending {
        self.endings.get(node).copied().unwrap_or_default()
    }

    /// The nodes that an ending of a node frees. A node that is kept (see [`Patch::kept`]) is never among them.
    pub fn freed_by(&self, node: &str, ending: Ending) -> Vec<&str> {
        // It is asked for every node that there is, and nearly all go on.
        if ending == Ending::Continue {
            return Vec::new();
        }
        let group = node.rfind('/').map(|at| &node[..=at]);
        let is_freed = |name: &str| match (ending, group) {
            (Ending::FreeGraph | Ending::FreeGraphMend, Some(group)) => name.starts_with(group),
            _ => name == node,
        };
        let names = self.nodes.iter().map(|n| n.name.as_str());
        names
            .filter(|name| is_freed(name) && !self.kept.contains(*name))
            .collect()
    }

    /// The connections that take the place of freed nodes: from everything that led into them to everything that they
    /// led to, at the product of the levels, on top of what leads there already.
    pub fn mended(&self, freed: &[&str]) -> Vec<Connection> {
        let freed: HashSet<&str> = freed.iter().copied().collect();
        let wires = self.wires();
        let is_in = |name: &str| freed.contains(name);
        let entries: Vec<&Connection> = wires
            .iter()
            .filter(|w| !is_in(&w.from))
            .filter(|w| matches!(&w.to, Target::Input { node, .. } if is_in(node)))
            .collect();
        let exits = wires
            .iter()
            .filter(|w| is_in(&w.from) && !w.to.node().is_some_and(is_in));
        let mut mended: Vec<Connection> = Vec::new();
        for exit in exits {
            for entry in &entries {
                let is_same = |c: &Connection| c.from == entry.from && c.to == exit.to;
                let level = entry.level * exit.level;
                match mended.iter_mut().find(|c| is_same(c)) {
                    Some(before) => before.level += level,
                    None => {
                        let there = wires.iter().find(|c| is_same(c));
                        mended.push(Connection {
                            from: entry.from.clone(),
                            to: exit.to.clone(),
                            level: level + there.map_or(0.0, |c| c.level),
                            send: entry.send,
                            span: entry.span,
                        });
                    }
                }
            }
        }
        mended
    }

    /// Takes a node away as an ending says: with its group, with its connections mended.
    pub fn free(&mut self, node: &str, ending: Ending) {
        let freed: Vec<String> = self
            .freed_by(node, ending)
            .into_iter()
            .map(str::to_owned)
            .collect();
        let names: Vec<&str> = freed.iter().map(String::as_str).collect();
        let mended = match ending.mends() {
            true => self.mended(&names),
            false => Vec::new(),
        };
        // What went into a freed node and nowhere else is silent now, rather than to be heard at the output.
        let fed: Vec<Connection> = self
            .connections
            .iter()
            .filter(|c| c.to.node().is_some_and(|to| names.contains(&to)) && !c.send)
            .filter(|c| !names.contains(&c.from.as_str()))
            .cloned()
            .collect();
        for name in &names {
            self.remove(name);
        }
        for new in mended {
            self.connections
                .retain(|c| c.from != new.from || c.to != new.to);
            self.connections.push(new);
        }
        for was in fed {
            let leads_on = |c: &Connection| c.from == was.from && !c.send;
            if !self.connections.iter().any(leads_on) {
                self.connections.push(Connection {
                    to: Target::Out(1),
                    level: 0.0,
                    ..was
                });
            }
        }
    }

    /// The nodes from which nothing leads to an output, by any way: they are never heard.
    pub fn disconnected(&self) -> Vec<&str> {
        let wires = self.wires();
        let mut heard: HashSet<&str> = HashSet::new();
        let mut todo: Vec<&str> = Vec::new();
        for wire in wires.iter().filter(|w| w.to.node().is_none()) {
            if heard.insert(&wire.from) {
                todo.push(&wire.from);
            }
        }
        while let Some(to) = todo.pop() {
            for wire in wires.iter().filter(|w| w.to.node() == Some(to)) {
                if heard.insert(&wire.from) {
                    todo.push(&wire.from);
                }
            }
        }
        let names = self.nodes.iter().map(|n| n.name.as_str());
        names.filter(|name| !heard.contains(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(score: &str) -> Patch {
        crate::score::evaluate(score).unwrap()
    }

    const CHAIN: &str = "def tone():\n    return saw(100)\ndef same(inp):\n    return inp\n\
        a = node('a', tone)\nb = node('g/b', same)\nc = node('g/c', same)\nd = node('d', same)\n\
        a >> (b, 0.5)\na >> out\nb >> c\nc >> (d, 0.4)\nc >> out\na >> (d, 0.1)\n";

    fn level(patch: &Patch, from: &str, to: &str) -> Option<f32> {
        let is = |c: &&Connection| c.from == from && c.to.node().unwrap_or("out") == to;
        patch.wires().iter().find(is).map(|c| c.level)
    }

    #[test]
    fn a_freed_node_is_gone_with_its_connections() {
        let mut p = patch(CHAIN);
        p.free("g/b", Ending::FreeSelf);
        assert!(p.node("g/b").is_none() && p.node("g/c").is_some());
        assert_eq!(level(&p, "a", "g/c"), None);
        let mut same = p.clone();
        same.free("a", Ending::Continue);
        assert_eq!(same, p);
    }

    #[test]
    fn mending_leads_on_at_the_product_of_the_levels_on_top_of_what_is_there() {
        let mut p = patch(CHAIN);
        p.free("g/c", Ending::FreeSelfMend);
        assert_eq!(level(&p, "g/b", "d"), Some(0.4));
        assert_eq!(level(&p, "g/b", "out"), Some(1.0));
        let mut p = patch(CHAIN);
        p.free("g/c", Ending::FreeGraphMend);
        assert!(p.node("g/b").is_none() && p.node("g/c").is_none());
        assert_eq!(level(&p, "a", "d"), Some(0.1 + 0.5 * 0.4));
        assert_eq!(level(&p, "a", "out"), Some(1.0 + 0.5));
    }

    #[test]
    fn what_is_kept_stays() {
        let mut p = patch(CHAIN);
        p.kept.insert("g/b".into());
        p.free("g/c", Ending::FreeGraph);
        assert!(p.node("g/b").is_some() && p.node("g/c").is_none());
        p.free("g/b", Ending::FreeSelf);
        assert!(p.node("g/b").is_some());
    }

    #[test]
    fn what_fed_only_a_freed_node_is_not_heard_instead() {
        let mut p = patch(
            "def tone():\n    return saw(100)\ndef same(inp):\n    return inp\n\
            a = node('a', tone)\nb = node('b', same)\na >> b\n",
        );
        p.free("b", Ending::FreeSelf);
        assert_eq!(level(&p, "a", "out"), Some(0.0));
    }

    #[test]
    fn only_what_leads_to_no_output_is_disconnected() {
        let p = patch(
            "def same(inp):\n    return inp\na = node('a', same)\nb = node('b', same)\n\
            c = node('c', same)\na >> b\nb >> a\n",
        );
        assert_eq!(p.disconnected(), ["a", "b"]);
    }
}
