//! What moves controls by itself or from outside, with names resolved.

use super::CompileError;
use super::controls::control_index;
use crate::patch::{Deed, Mapping, Node, Patch};
use crate::plan::{ControlIndex, NodeIndex, PlanFade, PlanKeys, PlanMapping, PlanMod};
use crate::time::{Curve, Ratio};

/// A fade that begins with a Plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Begin {
    /// The node.
    pub node: String,
    /// The control.
    pub control: String,
    /// What the control was worth before.
    pub from: f32,
    /// Where it goes.
    pub to: f32,
    /// How long it takes, in bars.
    pub bars: Ratio,
    /// The way there.
    pub curve: Curve,
}

/// What a Patch says of it.
pub struct Moves<'a> {
    patch: &'a Patch,
    begins: &'a [Begin],
}

impl<'a> Moves<'a> {
    pub fn new(patch: &'a Patch, begins: &'a [Begin]) -> Moves<'a> {
        Moves { patch, begins }
    }

    pub fn mods(&self, node: Option<&&Node>) -> Box<[PlanMod]> {
        let own = |n: &Node| {
            let mods = self.patch.mods.iter().filter(|m| m.node == n.name);
            let made = mods.filter_map(|m| {
                Some(PlanMod {
                    control: control_index(n, &m.control)?,
                    shape: m.shape.clone(),
                    lo: m.lo,
                    hi: m.hi,
                    bars: m.bars,
                })
            });
            made.collect()
        };
        node.map_or_else(Box::default, |n| own(n))
    }

    pub fn fades(&self, node: Option<&&Node>) -> Box<[PlanFade]> {
        let own = |n: &Node| {
            let fades = self.begins.iter().filter(|f| f.node == n.name);
            let made = fades.filter_map(|f| fade(n, &f.control, f.from, f.to, f.bars, f.curve));
            made.collect()
        };
        node.map_or_else(Box::default, |n| own(n))
    }

    pub fn timed(&self, node: Option<&&Node>) -> Box<[(Ratio, PlanFade)]> {
        let own = |n: &Node| {
            let acts = self.patch.acts.iter().filter_map(|act| match &act.deed {
                Deed::Fade {
                    node,
                    control,
                    to,
                    bars,
                    curve,
                } if *node == n.name => Some((act.at?, fade(n, control, 0.0, *to, *bars, *curve)?)),
                _ => None,
            });
            let mut acts: Vec<_> = acts.collect();
            acts.sort_by_key(|(at, _)| *at);
            acts.into()
        };
        node.map_or_else(Box::default, |n| own(n))
    }

    pub fn keys(&self, node: Option<&&Node>) -> Box<[PlanKeys]> {
        let own = |n: &Node| {
            let keys = self.patch.keys.iter().filter(|k| k.node == n.name);
            keys.map(|k| PlanKeys {
                channel: k.channel,
                lo: k.lo,
                hi: k.hi,
            })
            .collect()
        };
        node.map_or_else(Box::default, |n| own(n))
    }

    pub fn mappings(&self, place: impl Fn(&str) -> Option<NodeIndex>) -> Box<[PlanMapping]> {
        let made = self.patch.mappings.iter().filter_map(|m: &Mapping| {
            Some(PlanMapping {
                knob: m.knob,
                node: place(&m.node)?,
                control: control_index(self.patch.node(&m.node)?, &m.control)?,
                lo: m.lo,
                hi: m.hi,
                curve: m.curve,
            })
        });
        made.collect()
    }
}

fn fade(
    n: &Node,
    control: &str,
    from: f32,
    to: f32,
    bars: Ratio,
    curve: Curve,
) -> Option<PlanFade> {
    let (_, lo, hi) = n.range(control)?;
    let control: ControlIndex = control_index(n, control)?;
    Some(PlanFade {
        control,
        from,
        to: to.clamp(lo, hi),
        bars,
        curve,
    })
}

/// The nodes whose pan something moves.
pub fn panned(patch: &Patch) -> impl Iterator<Item = &str> {
    let mods = patch.mods.iter().map(|m| (&m.node, &m.control));
    let mappings = patch.mappings.iter().map(|m| (&m.node, &m.control));
    let fades = patch.acts.iter().filter_map(|act| match &act.deed {
        Deed::Fade { node, control, .. } => Some((node, control)),
        Deed::Recall { .. } => None,
    });
    let all = mods.chain(mappings).chain(fades);
    all.filter(|(_, control)| *control == crate::patch::PAN)
        .map(|(node, _)| node.as_str())
}

/// Everything that is named must be there.
pub fn check<'a>(
    patch: &Patch,
    node: impl Fn(&str) -> Result<&'a Node, CompileError>,
    has: impl Fn(&Node, &str) -> Result<(), CompileError>,
) -> Result<(), CompileError> {
    for m in &patch.mods {
        has(node(&m.node)?, &m.control)?;
    }
    for m in &patch.mappings {
        has(node(&m.node)?, &m.control)?;
    }
    for k in &patch.keys {
        node(&k.node)?;
    }
    for act in &patch.acts {
        if let Deed::Fade {
            node: name,
            control,
            ..
        } = &act.deed
        {
            has(node(name)?, control)?;
        }
    }
    Ok(())
}
