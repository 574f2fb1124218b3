//! What hands on the canvas mean for the score: adding, joining, doubling, taking out.
//!
//! Pure: from what the score says now to the changes that make it say the other.

use std::collections::BTreeSet;

use sorl_graph::patch::{Connection, Node, Patch, Target};
use sorl_graph::score::edit::Gesture;
use sorl_graph::session::Change;

use super::stock::{self, Entry, Make};

/// A new control wire moves its control by this much of the range, to each side.
const DEPTH: f32 = 0.25;

/// A name that is free in a Patch: `saw`, `saw2`, …
pub(crate) fn free_name(patch: &Patch, wish: &str) -> String {
    let stem = wish.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = if stem.is_empty() { wish } else { stem };
    let free = |name: &String| patch.node(name).is_none() && name != "out";
    let first = std::iter::once(wish.to_owned());
    let further = (2..).map(|i| format!("{stem}{i}"));
    first.chain(further).find(free).unwrap_or_default()
}

/// A node of an entry, under a free name; gives that name.
pub(crate) fn add(entry: &Entry, patch: &Patch, score: &str) -> (String, Vec<Change>) {
    let name = free_name(patch, &entry.name);
    let mut changes = Vec::new();
    let function = match &entry.make {
        Make::Named(function) => function.clone(),
        Make::Define(function, text) => {
            // A function of that name that somebody has made his own stays as it is.
            if !stock::own(score).iter().any(|own| own.name == *function) {
                changes.push(Change::Statement(text.clone()));
            }
            function.clone()
        }
    };
    changes.push(gesture(Gesture::Add {
        name: name.clone(),
        function,
    }));
    (name, changes)
}

/// A wire from a node: a plain one moves the sound, a copy leaves it. Into a control it gets a depth
/// by the control's range.
pub(crate) fn connect(patch: &Patch, from: &str, to: &Target, copy: bool) -> Change {
    let level = match to {
        Target::Control { node, control } => patch
            .node(node)
            .and_then(|node| node.range(control))
            .map(|(_, lo, hi)| round((hi - lo) * DEPTH)),
        Target::Input { .. } | Target::Out(_) => copy.then_some(0.5),
    };
    gesture(Gesture::Connect {
        from: from.to_owned(),
        to: to.clone(),
        level,
    })
}

/// Another level for a wire.
pub(crate) fn relevel(wire: &Connection, level: f32) -> Change {
    gesture(Gesture::Connect {
        from: wire.from.clone(),
        to: wire.to.clone(),
        level: Some(level),
    })
}

/// A wire goes. One to `out` that nobody drew is there because nothing else leads out of its node:
/// it is drawn with the level 0.
pub(crate) fn cut(patch: &Patch, wire: &Connection) -> Change {
    let drawn = |c: &Connection| c.from == wire.from && c.to == wire.to;
    if patch.connections.iter().any(drawn) {
        gesture(Gesture::Disconnect {
            from: wire.from.clone(),
            to: wire.to.clone(),
        })
    } else {
        relevel(wire, 0.0)
    }
}

/// A new node in the middle of a wire.
pub(crate) fn insert(patch: &Patch, name: &str, wire: &Connection) -> Vec<Change> {
    let mut changes = vec![gesture(Gesture::Connect {
        from: wire.from.clone(),
        to: Target::Input {
            node: name.to_owned(),
            port: 0,
        },
        level: wire.send.then_some(wire.level),
    })];
    let level = (!wire.send && wire.level != 1.0).then_some(wire.level);
    // A plain wire to `out` is there by itself.
    if wire.to != Target::Out(1) || level.is_some() {
        changes.push(gesture(Gesture::Connect {
            from: name.to_owned(),
            to: wire.to.clone(),
            level,
        }));
    }
    if patch
        .connections
        .iter()
        .any(|c| c.from == wire.from && c.to == wire.to)
    {
        changes.push(gesture(Gesture::Disconnect {
            from: wire.from.clone(),
            to: wire.to.clone(),
        }));
    }
    changes
}

/// The same nodes once more, with their values, patterns, and the wires among them and out of them.
/// Gives the old and new names.
pub(crate) fn duplicate(patch: &Patch, names: &[&str]) -> (Vec<(String, String)>, Vec<Change>) {
    let mut taken = patch.clone();
    let mut twins: Vec<(String, String)> = Vec::new();
    let mut changes = Vec::new();
    for node in patch.nodes.iter().filter(|n| names.contains(&&*n.name)) {
        let twin = free_name(&taken, &node.name);
        taken.nodes.push(Node {
            name: twin.clone(),
            ..node.clone()
        });
        let count = match node.count {
            1 => String::new(),
            count => format!(", count={count}"),
        };
        let text = format!("node(\"{twin}\", {}{count})", node.label);
        changes.push(Change::Statement(text));
        let values = node.values.iter().map(|(control, value)| {
            gesture(Gesture::Set {
                node: twin.clone(),
                control: control.clone(),
                value: *value,
            })
        });
        changes.extend(values);
        twins.push((node.name.clone(), twin));
    }
    let twin = |name: &str| twins.iter().find(|t| t.0 == name).map(|t| t.1.clone());
    for wire in &patch.connections {
        let Some(from) = twin(&wire.from) else {
            continue;
        };
        let to = match &wire.to {
            Target::Input { node, port } => Target::Input {
                node: twin(node).unwrap_or_else(|| node.clone()),
                port: *port,
            },
            Target::Control { node, control } => Target::Control {
                node: twin(node).unwrap_or_else(|| node.clone()),
                control: control.clone(),
            },
            Target::Out(pair) => Target::Out(*pair),
        };
        let level = wire.send || matches!(to, Target::Control { .. });
        changes.push(gesture(Gesture::Connect {
            from,
            to,
            level: level.then_some(wire.level),
        }));
    }
    for binding in &patch.bindings {
        let Some(node) = twin(&binding.node) else {
            continue;
        };
        let on = match &binding.control {
            None => String::new(),
            Some(control) => format!(", \"{control}\""),
        };
        changes.push(Change::Statement(format!(
            "play(\"{node}\", {}{on})",
            binding.text
        )));
    }
    (twins, changes)
}

/// Nodes go, with all that leads to them and plays them.
pub(crate) fn remove(names: &[&str]) -> Vec<Change> {
    let remove = |name: &&str| {
        gesture(Gesture::Remove {
            node: (*name).to_owned(),
        })
    };
    names.iter().map(remove).collect()
}

/// Nodes are muted or soloed; no longer, if all of them are.
pub(crate) fn flag(patch: &Patch, names: &[&str], solo: bool) -> Vec<Change> {
    let nodes = names.iter().filter_map(|name| patch.node(name));
    let is = |node: &Node| if solo { node.solo } else { node.mute };
    let on = !nodes.clone().all(is);
    let change = |node: &Node| {
        let node = node.name.clone();
        gesture(match solo {
            true => Gesture::Solo { node, on },
            false => Gesture::Mute { node, on },
        })
    };
    nodes.filter(|node| is(node) != on).map(change).collect()
}

/// Nodes come into a group: their names begin with its name.
pub(crate) fn group(patch: &Patch, names: &[&str]) -> Vec<Change> {
    let groups: BTreeSet<&str> = patch
        .nodes
        .iter()
        .filter_map(|node| node.name.split_once('/').map(|(group, _)| group))
        .collect();
    let group = (1..).map(|i| format!("group{i}"));
    let group = group
        .into_iter()
        .find(|g| !groups.contains(&**g))
        .unwrap_or_default();
    let rename = |name: &&str| {
        gesture(Gesture::Rename {
            node: (*name).to_owned(),
            to: format!("{group}/{name}"),
        })
    };
    names.iter().map(rename).collect()
}

/// A gesture as a change.
pub(crate) fn gesture(gesture: Gesture) -> Change {
    Change::Gesture(gesture)
}

/// With two digits that count: a depth is a guess, and reads better so.
fn round(value: f32) -> f32 {
    let step = 10_f32.powf(value.abs().log10().floor() - 1.0);
    if step.is_finite() && step > 0.0 {
        (value / step).round() * step
    } else {
        value
    }
}
