//! Whether two Patches say the same.

use crate::patch::{Act, Binding, Connection, Mapping, Modulation, Node, Patch, Scene};

/// Whether two Patches say the same: places in the text, and patterns and acts as written, do not count; nor does
/// the order of connections, patterns and mappings.
pub fn same(a: &Patch, b: &Patch) -> bool {
    let nodes =
        a.nodes.len() == b.nodes.len() && a.nodes.iter().zip(&b.nodes).all(|(a, b)| node(a, b));
    nodes && all_but_nodes(a, b)
}

/// Whether two Patches say the same of everything but their nodes.
pub fn all_but_nodes(a: &Patch, b: &Patch) -> bool {
    (a.tempo, a.meter, a.master, &a.course) == (b.tempo, b.meter, b.master, &b.course)
        && a.graphs == b.graphs
        && all(&a.connections, &b.connections, connection)
        && all(&a.bindings, &b.bindings, binding)
        && all(&a.mods, &b.mods, modulation)
        && all(&a.mappings, &b.mappings, mapping)
        && all(&a.keys, &b.keys, |a, b| {
            (&a.node, a.channel, a.lo, a.hi) == (&b.node, b.channel, b.lo, b.hi)
        })
        && a.scenes.len() == b.scenes.len()
        && a.scenes.iter().zip(&b.scenes).all(|(a, b)| scene(a, b))
        && a.acts.len() == b.acts.len()
        && a.acts.iter().zip(&b.acts).all(|(a, b)| act(a, b))
}

/// Whether two lists hold the same, in any order.
pub fn all<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    // Most often they are in the same order.
    let there =
        |(i, x): (usize, &T)| b.get(i).is_some_and(|y| same(x, y)) || b.iter().any(|y| same(x, y));
    a.len() == b.len() && a.iter().enumerate().all(there)
}

pub fn node(a: &Node, b: &Node) -> bool {
    (&a.name, &a.source, &a.label, a.count) == (&b.name, &b.source, &b.label, b.count)
        && (&a.values, a.mute, a.solo) == (&b.values, b.mute, b.solo)
}

fn connection(a: &Connection, b: &Connection) -> bool {
    (&a.from, &a.to, a.level, a.send) == (&b.from, &b.to, b.level, b.send)
}

fn binding(a: &Binding, b: &Binding) -> bool {
    (&a.node, &a.control, &a.pattern) == (&b.node, &b.control, &b.pattern)
}

fn modulation(a: &Modulation, b: &Modulation) -> bool {
    (&a.node, &a.control, &a.shape, a.lo, a.hi, a.bars)
        == (&b.node, &b.control, &b.shape, b.lo, b.hi, b.bars)
}

fn mapping(a: &Mapping, b: &Mapping) -> bool {
    (a.knob, &a.node, &a.control, a.lo, a.hi, a.curve)
        == (b.knob, &b.node, &b.control, b.lo, b.hi, b.curve)
}

fn act(a: &Act, b: &Act) -> bool {
    (a.at, &a.deed) == (b.at, &b.deed)
}

fn scene(a: &Scene, b: &Scene) -> bool {
    (&a.name, a.tempo, a.meter, a.master, &a.nodes)
        == (&b.name, b.tempo, b.meter, b.master, &b.nodes)
        && all(&a.bindings, &b.bindings, binding)
        && all(&a.mods, &b.mods, modulation)
}
