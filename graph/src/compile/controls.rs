//! The controls of a node in a Plan: their order, values and ranges.

use super::Hand;
use crate::patch::Node;
use crate::plan::{ControlIndex, PlanControl};
use crate::signal::SMOOTH_MS;

/// The controls of a function by name, then gain and pan.
pub fn control_names(node: &Node) -> impl Iterator<Item = &str> {
    node.controls()
        .iter()
        .map(|c| c.name.as_str())
        .chain(crate::patch::NODE_CONTROLS.iter().map(|c| c.0))
}

/// The index of a control in a Plan.
pub fn control_index(node: &Node, name: &str) -> Option<ControlIndex> {
    control_names(node)
        .position(|n| n == name)
        .map(|i| ControlIndex(i as u16))
}

/// The controls as a Plan has them, with what hands have moved; times in frames of a rate.
pub fn plan_controls(node: &Node, hand: &Hand, rate: u32) -> Box<[PlanControl]> {
    let own = node.controls().iter().map(|c| c.smooth);
    control_names(node)
        .zip(own.chain(std::iter::repeat(SMOOTH_MS)))
        .map(|(name, smooth)| {
            let (init, lo, hi) = node.range(name).unwrap_or_default();
            let moved = (!hand.is_empty())
                .then(|| hand.get(&(node.name.clone(), name.to_owned())).copied())
                .flatten();
            let value = moved.or_else(|| node.value(name)).unwrap_or(init);
            PlanControl {
                value: value.clamp(lo, hi),
                lo,
                hi,
                smooth: (u64::from(smooth) * u64::from(rate) / 1000) as u32,
            }
        })
        .collect()
}
