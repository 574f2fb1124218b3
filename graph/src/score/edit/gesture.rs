//! What a hand does to the picture of a score, and what the score is to say then.

use super::meant::{Fresh, Meant};
use crate::patch::{Binding, Connection, Mapping, Node, Patch, Span, Target, within as inside};
use crate::score::{Diagnostics, mini};
use crate::signal::{Knob, Outlet};
use crate::time::Meter;
use std::cell::Cell;

/// Something that somebody does to what a score says.
#[derive(Clone, Debug, PartialEq)]
pub enum Gesture {
    /// Moves a control's value.
    Set {
        /// The node.
        node: String,
        /// The control; `gain` and `pan` too.
        control: String,
        /// The value, in the control's range.
        value: f32,
    },
    /// Makes a node.
    Add {
        /// Its name.
        name: String,
        /// The name of the score's function that makes its sound.
        function: String,
        /// How many voices it has; as many as its sound has by itself where nothing is said.
        voices: Option<u16>,
        /// The values that are said of its controls, in their ranges.
        values: Vec<(String, f32)>,
    },
    /// Makes a node like another: its function, voices, values and patterns.
    Twin {
        /// The other.
        node: String,
        /// The name of the new one.
        to: String,
    },
    /// Makes a node sound otherwise: its connections, patterns and values stay.
    Sound {
        /// The node.
        node: String,
        /// What makes its sound now, an expression of the score: `sampler(sample("bell"))`.
        sound: String,
    },
    /// Takes a node, or a group with all that is in it, away with its connections and patterns.
    Remove {
        /// The node or the group.
        node: String,
    },
    /// Gives a node or a group another name.
    Rename {
        /// The node or the group.
        node: String,
        /// Its new name.
        to: String,
    },
    /// Puts nodes (and groups) into a new group: a module with the statements that are about them alone, where the
    /// score can be written so; else other names.
    Group {
        /// The nodes and groups, all in the same group so far.
        nodes: Vec<String>,
        /// The path of the new group, in the same group.
        name: String,
    },
    /// Draws a connection, or changes the one there is.
    Connect {
        /// Where it comes from.
        from: String,
        /// Where it leads.
        to: Target,
        /// Its level, for a copy; without one the sound is moved. For a control the depth.
        level: Option<f32>,
    },
    /// Cuts a connection.
    Disconnect {
        /// Where it comes from.
        from: String,
        /// Where it leads.
        to: Target,
    },
    /// Plays a pattern on a node or on one of its controls.
    Bind {
        /// The node.
        node: String,
        /// The control; without one the pattern plays notes.
        control: Option<String>,
        /// The pattern, in mini-notation.
        pattern: String,
    },
    /// Takes off what plays a node's notes, or one of its controls.
    Unbind {
        /// The node.
        node: String,
        /// The control; without one what plays notes.
        control: Option<String>,
    },
    /// Maps a knob to a control, or changes how it is mapped; in the place of another mapping, if it moves.
    Map {
        /// The knob and the control (by node and name) that were mapped before.
        instead_of: Option<(Knob, String, String)>,
        /// The mapping; its span does not count.
        mapping: Mapping,
    },
    /// Takes a mapping away.
    Unmap {
        /// The knob.
        knob: Knob,
        /// The node.
        node: String,
        /// The control.
        control: String,
    },
    /// Mutes a node, or all of a group, or ends it.
    Mute {
        /// The node or the group.
        node: String,
        /// Whether it is to be muted.
        on: bool,
    },
    /// Solos a node, or all of a group, or ends it.
    Solo {
        /// The node or the group.
        node: String,
        /// Whether it is to be soloed.
        on: bool,
    },
    /// Sets the tempo, in bpm.
    Tempo(f64),
    /// Sets the metre that the song begins with.
    Meter(Meter),
}

/// Why a gesture could not be written into a score.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The score has a mistake.
    #[error("the score has a mistake: {0}")]
    Score(#[from] Diagnostics),
    /// What the gesture is about is not there.
    #[error("there is no {0} here")]
    Nothing(String),
    /// A name that is taken or cannot be one.
    #[error("`{0}` cannot be a node's name here")]
    Name(String),
    /// A value that is outside of its range.
    #[error("the value {value} is outside of {lo} to {hi}")]
    Range {
        /// The value.
        value: f32,
        /// The lowest.
        lo: f32,
        /// The highest.
        hi: f32,
    },
    /// No edit of this score says it.
    #[error("no edit of this score says that; write it by hand")]
    NoWay,
}

impl Gesture {
    /// Does to what is meant what the gesture does to the picture.
    pub fn apply(&self, meant: &mut Meant) -> Result<(), EditError> {
        let p = &mut meant.patch;
        match self {
            Gesture::Set {
                node,
                control,
                value,
            } => {
                within(p, node, control, *value)?;
                let found = p.nodes.iter_mut().find(|n| n.name == *node);
                found.map(|n| n.values.insert(control.clone(), *value));
            }
            Gesture::Add {
                name,
                function,
                voices,
                values,
            } => {
                free(p, name)?;
                meant.fresh.push(Fresh {
                    name: name.clone(),
                    function: function.clone(),
                    voices: *voices,
                    values: values.iter().cloned().collect(),
                });
            }
            Gesture::Twin { node, to } => {
                free(p, to)?;
                let old = p.node(node).ok_or_else(|| no("node", node))?;
                let twin = Node {
                    name: to.clone(),
                    mute: false,
                    solo: false,
                    ..old.clone()
                };
                p.nodes.push(twin);
                let own = p.bindings.iter().filter(|b| b.node == *node);
                let own: Vec<Binding> = own.cloned().collect();
                p.bindings.extend(own.into_iter().map(|binding| Binding {
                    node: to.clone(),
                    ..binding
                }));
            }
            Gesture::Sound { node, .. } => {
                p.node(node).ok_or_else(|| no("node", node))?;
                meant.otherwise.push(node.clone());
            }
            Gesture::Remove { node } => {
                for name in there(p, node)? {
                    p.remove(&name);
                }
                p.modules.remove(node);
                let inside = |path: &String| path == node || inside(path, node).is_some();
                p.graphs.retain(|path, _| !inside(path));
            }
            Gesture::Rename { node, to } => {
                there(p, node)?;
                free(p, to)?;
                p.rename(|name| match inside(name, node) {
                    Some(rest) => format!("{to}/{rest}"),
                    None if name == node => to.clone(),
                    None => name.to_owned(),
                });
            }
            Gesture::Group { nodes, name } => {
                free(p, name)?;
                let fits = name.rsplit('/').next().is_some_and(is_identifier);
                if !fits || nodes.is_empty() {
                    return Err(EditError::Name(name.clone()));
                }
                for node in nodes {
                    there(p, node)?;
                }
                let outer = name.rsplit_once('/').map_or("", |(outer, _)| outer);
                p.rename(|other| {
                    let moves = |n: &&String| *n == other || inside(other, n).is_some();
                    match nodes.iter().any(|n| moves(&n)) {
                        true => format!("{name}/{}", inside(other, outer).unwrap_or(other)),
                        false => other.to_owned(),
                    }
                });
                meant.any_order = true;
            }
            Gesture::Connect { from, to, level } => connect(p, from, to, *level)?,
            Gesture::Disconnect { from, to } => {
                let before = p.connections.len();
                p.connections.retain(|c| c.from != *from || c.to != *to);
                if p.connections.len() == before {
                    return Err(no("connection from", from));
                }
            }
            Gesture::Bind {
                node,
                control,
                pattern,
            } => {
                p.node(node).ok_or_else(|| no("node", node))?;
                take_off(p, node, control.as_deref());
                p.bindings.push(Binding {
                    node: node.clone(),
                    control: control.clone(),
                    pattern: mini(pattern)?,
                    text: pattern.clone(),
                    from_zero: false,
                    zero: 0,
                    span: Span::default(),
                });
            }
            Gesture::Unbind { node, control } => {
                let before = p.bindings.len() + p.mods.len();
                take_off(p, node, control.as_deref());
                if p.bindings.len() + p.mods.len() == before {
                    return Err(no("pattern on", node));
                }
            }
            Gesture::Map {
                instead_of,
                mapping,
            } => {
                within(p, &mapping.node, &mapping.control, mapping.lo)?;
                within(p, &mapping.node, &mapping.control, mapping.hi)?;
                if let Some((knob, node, control)) = instead_of {
                    p.mappings.retain(|m| !is(m, *knob, node, control));
                }
                let (knob, node, control) = (mapping.knob, &mapping.node, &mapping.control);
                p.mappings.retain(|m| !is(m, knob, node, control));
                p.mappings.push(mapping.clone());
            }
            Gesture::Unmap {
                knob,
                node,
                control,
            } => {
                let before = p.mappings.len();
                p.mappings.retain(|m| !is(m, *knob, node, control));
                if p.mappings.len() == before {
                    return Err(no("mapping of", &format!("{node}/{control}")));
                }
            }
            Gesture::Mute { node, on } => flag(p, node, |n| n.mute = *on)?,
            Gesture::Solo { node, on } => flag(p, node, |n| n.solo = *on)?,
            Gesture::Tempo(bpm) => p.tempo = Some(*bpm),
            Gesture::Meter(meter) => p.meter = Some(*meter),
        }
        Ok(())
    }

    /// The same with other names for the nodes that it is about.
    #[must_use]
    pub fn renamed(&self, name: impl Fn(&str) -> String) -> Gesture {
        let mut gesture = self.clone();
        let change = |n: &mut String| *n = name(n);
        let target = |to: &mut Target| match to {
            Target::Input { node, .. } | Target::Control { node, .. } => change(node),
            Target::Out(_) => {}
        };
        match &mut gesture {
            Gesture::Set { node, .. }
            | Gesture::Remove { node }
            | Gesture::Bind { node, .. }
            | Gesture::Unbind { node, .. }
            | Gesture::Unmap { node, .. }
            | Gesture::Mute { node, .. }
            | Gesture::Solo { node, .. }
            | Gesture::Sound { node, .. }
            | Gesture::Add { name: node, .. } => change(node),
            Gesture::Rename { node, to } | Gesture::Twin { node, to } => {
                change(node);
                change(to);
            }
            Gesture::Group { nodes, name } => {
                nodes.iter_mut().for_each(&change);
                change(name);
            }
            Gesture::Connect { from, to, .. } | Gesture::Disconnect { from, to } => {
                change(from);
                target(to);
            }
            Gesture::Map {
                instead_of,
                mapping,
            } => {
                change(&mut mapping.node);
                if let Some((_, node, _)) = instead_of {
                    change(node);
                }
            }
            Gesture::Tempo(_) | Gesture::Meter(_) => {}
        }
        gesture
    }

    /// The same by the names that nodes have within a group; `None` where it is about anything outside of it.
    pub fn within(&self, path: &str) -> Option<Gesture> {
        // Tempo and metre are the whole score's.
        let beyond = Cell::new(matches!(self, Gesture::Tempo(_) | Gesture::Meter(_)));
        let gesture = self.renamed(|name| {
            let rest = inside(name, path);
            beyond.set(beyond.get() || rest.is_none());
            rest.unwrap_or(name).to_owned()
        });
        (!beyond.get()).then_some(gesture)
    }
}

fn no(what: &str, name: &str) -> EditError {
    EditError::Nothing(format!("{what} `{name}`"))
}

/// Whether a mapping is the one of a knob and a control.
pub fn is(m: &Mapping, knob: Knob, node: &str, control: &str) -> bool {
    (m.knob, &*m.node, &*m.control) == (knob, node, control)
}

/// The nodes of a name: one, or those of a group.
fn there(patch: &Patch, name: &str) -> Result<Vec<String>, EditError> {
    if patch.node(name).is_some() {
        return Ok(vec![name.to_owned()]);
    }
    let members: Vec<String> = patch.members(name).map(str::to_owned).collect();
    match members.is_empty() {
        true => Err(no("node", name)),
        false => Ok(members),
    }
}

fn within(patch: &Patch, node: &str, control: &str, value: f32) -> Result<(), EditError> {
    let n = patch.node(node).ok_or_else(|| no("node", node))?;
    let range = n.range(control);
    let (_, lo, hi) = range.ok_or_else(|| no("control", &format!("{node}/{control}")))?;
    match (lo..=hi).contains(&value) {
        true => Ok(()),
        false => Err(EditError::Range { value, lo, hi }),
    }
}

fn flag(p: &mut Patch, node: &str, set: impl Fn(&mut Node)) -> Result<(), EditError> {
    let names = there(p, node)?;
    let found = p.nodes.iter_mut().filter(|n| names.contains(&n.name));
    found.for_each(set);
    Ok(())
}

/// Whether a score can use it as a variable's name, as far as its letters go.
fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    let first = letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn free(patch: &Patch, name: &str) -> Result<(), EditError> {
    let odd = name.is_empty() || name == "out" || name.split('/').any(str::is_empty);
    // What would have to be escaped in a string is more trouble than it is worth.
    let odd = odd || name.contains(['"', '\\', '\n', '\r', '{', '}']);
    let taken = patch.node(name).is_some() || patch.members(name).next().is_some();
    match odd || taken {
        true => Err(EditError::Name(name.to_owned())),
        false => Ok(()),
    }
}

fn connect(p: &mut Patch, from: &str, to: &Target, level: Option<f32>) -> Result<(), EditError> {
    p.node(from).ok_or_else(|| no("node", from))?;
    let depth = matches!(to, Target::Control { .. });
    let there = match to {
        Target::Input { node, port } => {
            let inputs = p.node(node).map_or(0, |n| n.inputs().len());
            usize::from(*port) < inputs
        }
        Target::Control { node, control } => {
            p.node(node).is_some_and(|n| n.range(control).is_some())
        }
        Target::Out(number) => Outlet::of(*number).is_some(),
    };
    if !there {
        return Err(EditError::Nothing("such input".into()));
    }
    if let Some(value) = level.filter(|l| !depth && !(-4.0..=4.0).contains(l)) {
        let (lo, hi) = (-4.0, 4.0);
        return Err(EditError::Range { value, lo, hi });
    }
    let new = Connection {
        from: from.to_owned(),
        to: to.clone(),
        level: level.unwrap_or(1.0),
        send: level.is_some() && !depth,
        span: Span::default(),
    };
    let old = p.connections.iter_mut();
    match old.into_iter().find(|c| c.from == from && c.to == *to) {
        Some(old) => *old = new,
        None => p.connections.push(new),
    }
    Ok(())
}

fn take_off(p: &mut Patch, node: &str, control: Option<&str>) {
    p.bindings
        .retain(|b| b.node != node || b.control.as_deref() != control);
    p.mods
        .retain(|m| m.node != node || control != Some(&*m.control));
}
