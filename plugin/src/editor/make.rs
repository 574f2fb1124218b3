//! What hands on the canvas mean for the score: adding, joining, doubling, taking out.
//!
//! Pure: from what the score says now to the changes that make it say the other.

use sorl_graph::patch::{Connection, Node, Patch, Span, Target, within};
use sorl_graph::score::edit::Gesture;
use sorl_graph::session::Change;

use super::stock::{self, Entry, Make, Said};

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

/// A node of an entry in a group, under a free name, with what is said of it; gives that name.
pub(crate) fn add(
    entry: &Entry,
    said: Said,
    patch: &Patch,
    score: &str,
    at: &str,
) -> (String, Vec<Change>) {
    let name = free_name(patch, &name_at(at, &entry.name));
    let mut changes = Vec::new();
    let function = match &entry.make {
        Make::Named(function) => function.clone(),
        Make::Define(function, text) => {
            // A function of that name that somebody has made his own stays as it is.
            let own = stock::own(score);
            let new = stock::definitions(text).into_iter();
            let new = new.filter(|(name, ..)| !own.iter().any(|own| own.name == *name));
            changes.extend(new.map(|(.., text)| Change::Statement(text)));
            function.clone()
        }
    };
    changes.push(gesture(Gesture::Add {
        name: name.clone(),
        function,
        voices: said.voices,
        values: said.values,
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

/// The same nodes once more, with their values, patterns, and the wires among them and out of them. A module is put in
/// once more, a group within another is nodes that come into the same group. Gives the old and new names.
pub(crate) fn duplicate(
    patch: &Patch,
    score: &str,
    names: &[&str],
) -> (Vec<(String, String)>, Vec<Change>) {
    let mut taken = patch.clone();
    let mut twins: Vec<(String, String)> = Vec::new();
    let mut changes = Vec::new();
    let (modules, names): (Vec<&str>, Vec<&str>) = names.iter().copied().partition(|name| {
        patch.node(name).is_none() && !name.contains('/') && patch.modules.contains_key(*name)
    });
    for module in modules {
        let Some(function) = function_at(score, patch.modules[module]) else {
            continue;
        };
        let free = |name: &String| {
            patch.node(name).is_none()
                && patch.members(name).next().is_none()
                && !twins.iter().any(|twin| twin.1 == format!("{name}/"))
        };
        let stem = module.trim_end_matches(|c: char| c.is_ascii_digit());
        let twin = (2..).map(|i| format!("{stem}{i}")).find(free);
        let twin = twin.unwrap_or_default();
        changes.push(Change::Statement(format!("sub(\"{twin}\", {function})")));
        twins.push((format!("{module}/"), format!("{twin}/")));
    }
    let chosen = |name: &str| {
        let mut names = names.iter();
        names.any(|n| *n == name || within(name, n).is_some())
    };
    for node in patch.nodes.iter().filter(|n| chosen(&n.name)) {
        let twin = free_name(&taken, &node.name);
        taken.nodes.push(Node {
            name: twin.clone(),
            ..node.clone()
        });
        changes.push(gesture(Gesture::Twin {
            node: node.name.clone(),
            to: twin.clone(),
        }));
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
    (twins, changes)
}

/// The name of the function that is written at a place of a score.
fn function_at(score: &str, place: Span) -> Option<&str> {
    let text = score.get(place.start as usize..place.end as usize)?;
    let name = text.strip_prefix("def")?.trim_start();
    Some(name.split('(').next()?.trim())
}

/// Nodes and groups go, with all that leads to them and plays them.
pub(crate) fn remove(names: &[&str]) -> Vec<Change> {
    let remove = |name: &&str| {
        gesture(Gesture::Remove {
            node: (*name).to_owned(),
        })
    };
    names.iter().map(remove).collect()
}

/// Whether a node, or all of a group, is muted or soloed.
pub(crate) fn is_flagged(patch: &Patch, name: &str, solo: bool) -> bool {
    let is = |node: &Node| if solo { node.solo } else { node.mute };
    match patch.node(name) {
        Some(node) => is(node),
        None => {
            let mut members = patch.members(name).filter_map(|n| patch.node(n)).peekable();
            members.peek().is_some() && members.all(is)
        }
    }
}

/// Nodes and groups are muted or soloed; no longer, if all of them are.
pub(crate) fn flag(patch: &Patch, names: &[&str], solo: bool) -> Vec<Change> {
    let on = !names.iter().all(|name| is_flagged(patch, name, solo));
    let change = |name: &&str| {
        let node = (*name).to_owned();
        gesture(match solo {
            true => Gesture::Solo { node, on },
            false => Gesture::Mute { node, on },
        })
    };
    let others = names
        .iter()
        .filter(|name| is_flagged(patch, name, solo) != on);
    others.map(change).collect()
}

/// Nodes and groups come into a new group where they are; gives its path too.
pub(crate) fn group(patch: &Patch, names: &[&str], at: &str) -> (String, Change) {
    let path = |i: usize| name_at(at, &format!("group{i}"));
    let free = |path: &String| patch.node(path).is_none() && patch.members(path).next().is_none();
    let name = (1..).map(path).find(free).unwrap_or_default();
    let nodes = names.iter().map(|name| (*name).to_owned()).collect();
    let change = gesture(Gesture::Group {
        nodes,
        name: name.clone(),
    });
    (name, change)
}

/// The name of a node in a group; the score itself is the group without a name.
pub(crate) fn name_at(at: &str, name: &str) -> String {
    match at.is_empty() {
        true => name.to_owned(),
        false => format!("{at}/{name}"),
    }
}

/// What is done while a module is open, to its own nodes alone, is done to the module.
pub(crate) fn housed(patch: &Patch, at: &str, change: Change) -> Change {
    let ends = at.match_indices('/').map(|(end, _)| &at[..end]);
    let mut paths = ends.chain([at]).rev();
    let Some(module) = paths.find(|path| patch.modules.contains_key(*path)) else {
        return change;
    };
    let inner = match &change {
        Change::Gesture(gesture) => gesture.within(module).map(Change::Gesture),
        Change::Statement(_) | Change::Within(..) => None,
    };
    match inner {
        Some(inner) => Change::Within(module.to_owned(), Box::new(inner)),
        None => change,
    }
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
