//! Patterns with their names resolved to controls.

use super::controls::{control_index, control_names};
use crate::patch::{Binding, Node, PAN, Patch, Source};
use crate::pattern::{Atom, MAX_NUDGE, Pitch, Program, seed_of};
use crate::plan::{ControlIndex, Drives, Nudge, PlanAtom, PlanBinding, PlanCarry};
use crate::time::Ratio;
use std::collections::HashMap;

/// The control by which an event says which of a unit generator's sounds it plays.
const SOUND: &str = "sound";
/// The control by which an event silences others.
const CUT: &str = "cut";

/// What steps say of when they sound.
const NUDGE: &str = "nudge";
/// The control that is told how long an event lasts.
const FIT: &str = "fit";

/// The patterns of a Patch by node, in its order.
pub fn by_node(patch: &Patch) -> HashMap<&str, Vec<&Binding>> {
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for binding in &patch.bindings {
        found.entry(&*binding.node).or_default().push(binding);
    }
    found
}

/// The patterns on a node.
pub fn bindings(all: &HashMap<&str, Vec<&Binding>>, node: &Node) -> Box<[PlanBinding]> {
    let own = all.get(node.name.as_str()).into_iter().flatten();
    own.filter_map(|b| binding(b, node)).collect()
}

/// Whether the notes of a pattern have a pan of their own.
pub fn spreads(binding: &Binding) -> bool {
    let mut found = false;
    binding.pattern.each_atom(&mut |atom| {
        found |= atom.sets.iter().any(|set| set.0 == PAN);
    });
    found |= binding.pattern.follows(PAN);
    found && binding.control.is_none()
}

fn binding(binding: &Binding, node: &Node) -> Option<PlanBinding> {
    // Chance hangs on the node's name: what changes elsewhere reshuffles nothing.
    let program = Program::seeded(&binding.placed(), seed_of(&node.name));
    let drives = match &binding.control {
        None => Drives::Notes,
        Some(control) => Drives::Control(control_index(node, control)?),
    };
    let atoms: Box<[PlanAtom]> = program
        .atoms()
        .iter()
        .map(|a| atom(a, node, drives))
        .collect();
    let carries = program
        .carries()
        .iter()
        .map(|name| match &**name {
            "" => control_index(node, "freq").map(PlanCarry::Pitch),
            name => control_index(node, name).map(PlanCarry::Value),
        })
        .collect();
    let plays_keys = program.atoms().iter().any(|a| a.held.is_some());
    let nudge = nudge(&program, atoms.iter().map(|a| a.nudge));
    Some(PlanBinding {
        nudge,
        drives,
        program,
        atoms,
        carries,
        plays_keys,
    })
}

/// How far steps are nudged, if any is, from what each of them says.
pub fn nudge(program: &Program, said: impl Iterator<Item = f64>) -> Option<Nudge> {
    let carried = program.carries().iter().position(|name| name == NUDGE);
    // A curve may go as far as there is to go.
    let (lo, hi) = match carried {
        Some(_) => (-MAX_NUDGE, MAX_NUDGE),
        None => said.fold((0.0f64, 0.0f64), |(lo, hi), x| (lo.min(x), hi.max(x))),
    };
    (lo < hi).then_some(Nudge { lo, hi, carried })
}

fn atom(atom: &Atom, node: &Node, drives: Drives) -> PlanAtom {
    let clamp = |control: &str, value: f64| {
        let (_, lo, hi) = node.range(control)?;
        Some((control_index(node, control)?, (value as f32).clamp(lo, hi)))
    };
    let above = match atom.pitch {
        Some(Pitch::Midi(semitones)) => semitones,
        _ => 0.0,
    };
    // Where keys are played, the pitch is only added to theirs.
    let own = atom.pitch.filter(|_| atom.held.is_none());
    let freq = own.and_then(|p| clamp("freq", p.hertz()));
    let sets = atom
        .sets
        .iter()
        .filter(|(name, _)| name != FIT)
        .filter_map(|(name, value)| clamp(name, *value));
    let own = match drives {
        Drives::Control(ControlIndex(k)) => {
            node.range(control_names(node).nth(usize::from(k)).unwrap_or(""))
        }
        Drives::Notes => None,
    };
    // On a control a pitch counts by its frequency: `b @ ("cutoff", seq("A4", 800.0))`.
    let number = atom.number.or_else(|| atom.pitch.map(|p| p.hertz()));
    let said = |name: &str| atom.sets.iter().find(|s| s.0 == name).map(|s| s.1);
    let sound = atom.sound.as_deref().and_then(|name| sound(node, name));
    PlanAtom {
        sets: freq.into_iter().chain(sets).chain(sound).collect(),
        fresh: atom.trigger.is_some() && plays_sounds(node),
        cut: atom
            .sets
            .iter()
            .any(|s| s.0 == CUT)
            .then(|| control_index(node, CUT))
            .flatten(),
        trigger: atom
            .trigger
            .as_deref()
            .and_then(|name| control_index(node, name)),
        number: own.and_then(|(_, lo, hi)| number.map(|n| (n as f32).clamp(lo, hi))),
        legato: atom.legato.and_then(Ratio::from_f64),
        held: atom.held.map(|held| (held, above)),
        nudge: nudged_by(atom),
        fit: said(FIT).and_then(|_| control_index(node, FIT)),
    }
}

/// How many seconds later a step sounds than it is said to.
pub fn nudged_by(atom: &Atom) -> f64 {
    let said = atom.sets.iter().find(|s| s.0 == NUDGE);
    said.map_or(0.0, |s| s.1.clamp(-MAX_NUDGE, MAX_NUDGE))
}

/// Whether a node's events say which sound they play.
fn plays_sounds(node: &Node) -> bool {
    matches!(node.source, Source::Unit(_)) && node.range(SOUND).is_some()
}

/// The control that chooses among a unit generator's sounds, and the number of one of them.
fn sound(node: &Node, name: &str) -> Option<(ControlIndex, f32)> {
    let Source::Unit(about) = &node.source else {
        return None;
    };
    let number = about.sounds().iter().position(|s| *s == name)?;
    Some((control_index(node, SOUND)?, number as f32))
}
