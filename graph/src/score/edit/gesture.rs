//! What a hand does to the picture of a score, and what the score is to say then.

use super::same::{node as same_node, same};
use crate::patch::{Binding, Connection, Mapping, Patch, Source, Span, Target};
use crate::score::{Diagnostics, mini};
use crate::signal::Knob;

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
    },
    /// Takes a node away with its connections and patterns.
    Remove {
        /// The node.
        node: String,
    },
    /// Gives a node another name.
    Rename {
        /// The node.
        node: String,
        /// Its new name.
        to: String,
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
    /// Mutes a node or ends it.
    Mute {
        /// The node.
        node: String,
        /// Whether it is to be muted.
        on: bool,
    },
    /// Solos a node or ends it.
    Solo {
        /// The node.
        node: String,
        /// Whether it is to be soloed.
        on: bool,
    },
    /// Sets the tempo, in bpm.
    Tempo(f64),
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

/// What the score is to say.
pub enum Meant {
    /// This.
    Patch(Box<Patch>),
    /// This, and a node behind the others with this name and function.
    And(Box<Patch>, String, String),
}

impl Meant {
    /// Whether a Patch says it.
    pub fn is(&self, patch: &Patch) -> bool {
        match self {
            Meant::Patch(meant) => same(meant, patch),
            Meant::And(before, name, function) => {
                let Some((last, others)) = patch.nodes.split_last() else {
                    return false;
                };
                let fresh = (&last.name, &last.label) == (name, function);
                let voices = match &last.source {
                    Source::Unit(about) => about.voices,
                    Source::Function(_) | Source::Input(_) => 1,
                };
                let plain =
                    last.values.is_empty() && last.count == voices && !last.mute && !last.solo;
                let rest = others.len() == before.nodes.len();
                let rest = rest
                    && others
                        .iter()
                        .zip(&before.nodes)
                        .all(|(a, b)| same_node(a, b));
                let mut without = patch.clone();
                without.nodes.pop();
                fresh && plain && rest && same(&without, before)
            }
        }
    }
}

impl Gesture {
    /// What a score that says `patch` is to say.
    pub fn of(&self, patch: &Patch) -> Result<Meant, EditError> {
        let mut p = patch.clone();
        let within = |node: &str, control: &str, value: f32| {
            let n = patch.node(node).ok_or_else(|| no("node", node))?;
            let range = n.range(control);
            let (_, lo, hi) = range.ok_or_else(|| no("control", &format!("{node}/{control}")))?;
            match (lo..=hi).contains(&value) {
                true => Ok(()),
                false => Err(EditError::Range { value, lo, hi }),
            }
        };
        let there = |node: &str| patch.node(node).map(drop).ok_or_else(|| no("node", node));
        match self {
            Gesture::Set {
                node,
                control,
                value,
            } => {
                within(node, control, *value)?;
                let found = p.nodes.iter_mut().find(|n| n.name == *node);
                found.map(|n| n.values.insert(control.clone(), *value));
            }
            Gesture::Add { name, function } => {
                free(patch, name)?;
                return Ok(Meant::And(Box::new(p), name.clone(), function.clone()));
            }
            Gesture::Remove { node } => {
                there(node)?;
                p.remove(node);
            }
            Gesture::Rename { node, to } => {
                there(node)?;
                free(patch, to)?;
                p.rename(|name| {
                    if name == node {
                        to.clone()
                    } else {
                        name.to_owned()
                    }
                });
            }
            Gesture::Connect { from, to, level } => connect(&mut p, from, to, *level)?,
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
                there(node)?;
                take_off(&mut p, node, control.as_deref());
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
                take_off(&mut p, node, control.as_deref());
                if p.bindings.len() + p.mods.len() == before {
                    return Err(no("pattern on", node));
                }
            }
            Gesture::Map {
                instead_of,
                mapping,
            } => {
                within(&mapping.node, &mapping.control, mapping.lo)?;
                within(&mapping.node, &mapping.control, mapping.hi)?;
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
            Gesture::Mute { node, on } => {
                there(node)?;
                let found = p.nodes.iter_mut().find(|n| n.name == *node);
                found.into_iter().for_each(|n| n.mute = *on);
            }
            Gesture::Solo { node, on } => {
                there(node)?;
                let found = p.nodes.iter_mut().find(|n| n.name == *node);
                found.into_iter().for_each(|n| n.solo = *on);
            }
            Gesture::Tempo(bpm) => p.tempo = Some(*bpm),
        }
        Ok(Meant::Patch(Box::new(p)))
    }
}

fn no(what: &str, name: &str) -> EditError {
    EditError::Nothing(format!("{what} `{name}`"))
}

/// Whether a mapping is the one of a knob and a control.
pub fn is(m: &Mapping, knob: Knob, node: &str, control: &str) -> bool {
    (m.knob, &*m.node, &*m.control) == (knob, node, control)
}

fn free(patch: &Patch, name: &str) -> Result<(), EditError> {
    let odd = name.is_empty() || name == "out" || name.split('/').any(str::is_empty);
    // What would have to be escaped in a string is more trouble than it is worth.
    let odd = odd || name.contains(['"', '\\', '\n', '\r', '{', '}']);
    match odd || patch.node(name).is_some() {
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
        Target::Out(pair) => (1..=9).contains(pair),
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
