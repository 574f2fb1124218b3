//! The laws of routing: what plays on `out`, what is heard.

use super::{Connection, Patch, Span, Target};
use std::collections::{HashMap, HashSet};

/// The name of every node's gain.
pub const GAIN: &str = "gain";
/// The name of every node's pan.
pub const PAN: &str = "pan";
/// A node's gain until something is said.
pub const DEFAULT_GAIN: f32 = 1.0;
/// A node's pan until something is said: the centre.
pub const DEFAULT_PAN: f32 = 0.0;
/// The controls that every node has: name, start value, lowest, highest.
pub const NODE_CONTROLS: [(&str, f32, f32, f32); 2] = [
    (GAIN, DEFAULT_GAIN, 0.0, 4.0),
    (PAN, DEFAULT_PAN, -1.0, 1.0),
];

impl Patch {
    /// All wires in effect: those of statements, and one to `out` for every node that no plain wire leads out of.
    ///
    /// A node with only sends still plays on `out`; a control wire moves the sound of its source, as any plain
    /// wire does.
    pub fn wires(&self) -> Vec<Connection> {
        let moved: HashSet<&str> = self
            .connections
            .iter()
            .filter(|c| !c.send)
            .map(|c| c.from.as_str())
            .collect();
        let sent_out: HashSet<&str> = self
            .connections
            .iter()
            .filter(|c| matches!(c.to, Target::Out(1)))
            .map(|c| c.from.as_str())
            .collect();
        let implied = self
            .nodes
            .iter()
            .filter(|n| !moved.contains(&*n.name) && !sent_out.contains(&*n.name));
        self.connections
            .iter()
            .cloned()
            .chain(implied.map(|n| Connection {
                from: n.name.clone(),
                to: Target::Out(1),
                level: 1.0,
                send: false,
                span: Span::default(),
            }))
            .collect()
    }

    /// The nodes that mute and solo leave audible. A muted node is silent; where any node is soloed, only the
    /// soloed ones, what leads into them and what they lead through are heard.
    pub fn audible(&self) -> HashSet<&str> {
        let soloed: Vec<&str> = self
            .nodes
            .iter()
            .filter(|n| n.solo)
            .map(|n| n.name.as_str())
            .collect();
        let mut heard: HashSet<&str> = self.nodes.iter().map(|n| n.name.as_str()).collect();
        if !soloed.is_empty() {
            let reach = |forward: bool| {
                let mut next: HashMap<&str, Vec<&str>> = HashMap::new();
                for c in &self.connections {
                    let Some(to) = c.to.node() else { continue };
                    let (here, there) = if forward {
                        (c.from.as_str(), to)
                    } else {
                        (to, c.from.as_str())
                    };
                    next.entry(here).or_default().push(there);
                }
                let mut seen: HashSet<&str> = soloed.iter().copied().collect();
                let mut todo = soloed.clone();
                while let Some(at) = todo.pop() {
                    for there in next.get(at).into_iter().flatten() {
                        if seen.insert(there) {
                            todo.push(there);
                        }
                    }
                }
                seen
            };
            let (down, up) = (reach(true), reach(false));
            heard.retain(|n| down.contains(n) || up.contains(n));
        }
        for node in self.nodes.iter().filter(|n| n.mute) {
            heard.remove(node.name.as_str());
        }
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{Node, Source};
    use std::collections::BTreeMap;

    fn node(name: &str) -> Node {
        Node {
            name: name.into(),
            source: Source::Input(crate::signal::Inlet::MAIN),
            label: String::new(),
            count: 1,
            values: BTreeMap::new(),
            mute: false,
            solo: false,
            span: Span::default(),
        }
    }
    fn wire(from: &str, to: &str, send: bool) -> Connection {
        let to = match to {
            "out" => Target::Out(1),
            to => Target::Input {
                node: to.into(),
                port: 0,
            },
        };
        Connection {
            from: from.into(),
            to,
            level: 1.0,
            send,
            span: Span::default(),
        }
    }
    fn to_out(p: &Patch) -> Vec<String> {
        p.wires()
            .into_iter()
            .filter(|w| w.to == Target::Out(1))
            .map(|w| w.from)
            .collect()
    }

    #[test]
    fn a_plain_wire_moves_the_sound_and_a_send_copies_it() {
        let mut p = Patch {
            nodes: ["a", "b"].map(node).to_vec(),
            ..Patch::default()
        };
        assert_eq!(to_out(&p), ["a", "b"]);
        p.connections = vec![wire("a", "b", false)];
        assert_eq!(to_out(&p), ["b"]);
        p.connections = vec![wire("a", "b", true)];
        assert_eq!(to_out(&p), ["a", "b"]);
        p.connections = vec![wire("a", "b", false), wire("a", "out", false)];
        assert_eq!(to_out(&p), ["a", "b"]);
        assert_eq!(p.wires().iter().filter(|w| w.from == "a").count(), 2);
    }

    #[test]
    fn solo_keeps_the_path_and_mute_wins() {
        let mut p = Patch {
            nodes: ["a", "b", "c"].map(node).to_vec(),
            ..Patch::default()
        };
        p.connections = vec![wire("a", "b", false)];
        p.nodes[0].solo = true;
        assert_eq!(p.audible(), HashSet::from(["a", "b"]));
        p.nodes[0].mute = true;
        assert_eq!(p.audible(), HashSet::from(["b"]));
        p.nodes[0] = node("a");
        p.nodes[1].solo = true;
        assert_eq!(
            p.audible(),
            HashSet::from(["a", "b"]),
            "what feeds a soloed effect stays heard"
        );
    }
}
