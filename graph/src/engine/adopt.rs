//! Taking over a new Plan: states in, states out, everything moves to where the Plan says.

use super::clock::{Due, Turn};
use super::work::PAIRS;
use super::{Engine, FADE_MS, LEVEL_MS, Pending};
use super::{moves, rest, steady};
use crate::message::{Adoption, NodeState};
use crate::plan::{Birth, Drives, Entry, NodeIndex, PlanNode, PlanWire};
use crate::time::{Meter, Ramp};
use std::sync::Arc;

/// The moment at which a Plan is adopted.
struct Now {
    /// The beats that have gone by.
    beats: f64,
    meter: Meter,
}

impl Engine {
    /// Looks for the next Plan, if none waits.
    pub(super) fn receive_plan(&mut self) {
        if self.pending.is_none()
            && let Some(adoption) = self.link.receive_plan()
        {
            let due = self.clock.due(adoption.when, self.frame);
            self.pending = Some(Pending { adoption, due });
        }
    }

    /// Before the clock has come to a block: adopts the Plans that are for now or for a frame that is over.
    pub(super) fn adopt_what_is_there(&mut self) {
        self.receive_plan();
        while let Some(pending) = &self.pending
            && matches!(pending.due, Due::Frame(frame) if frame <= self.frame)
        {
            if let Some(pending) = self.pending.take() {
                self.adopt(pending.adoption);
            }
            self.receive_plan();
        }
    }

    /// Adopts every Plan whose frame has come, in order.
    pub(super) fn adopt_what_is_due(&mut self) {
        while let Some(pending) = &self.pending {
            if self.clock.frame_of_due(pending.due, self.frame) > self.frame {
                return;
            }
            if let Some(pending) = self.pending.take() {
                self.adopt(pending.adoption);
            }
            self.receive_plan();
        }
    }

    fn adopt(&mut self, mut adoption: Box<Adoption>) {
        if let Some(table) = &mut adoption.table {
            self.table.move_to(table);
        }
        if let Some(wires) = &mut adoption.wires {
            for (new, old) in wires.iter_mut().zip(&mut self.wires) {
                std::mem::swap(new, old);
            }
            std::mem::swap(wires, &mut self.wires);
        }
        for (slot, line) in &mut adoption.lines {
            std::mem::swap(line, &mut self.wires[slot.0 as usize].line);
        }
        for slot in &adoption.release {
            // `returned` was made with room for every one of these.
            if let Some(state) = self.table.take(*slot) {
                adoption.returned.push(state);
            }
        }
        for (slot, state) in adoption.fresh.drain(..) {
            self.table.put(slot, state);
        }
        let plan = Arc::clone(&adoption.plan);
        // The metre in which fades count their bars is the one in force from here on.
        let turn = self.clock.take_plan(self.frame, &plan);
        self.pulse.follow(&self.clock, self.frame);
        self.work.stereo.fill(false);
        let mut pairs = 1;
        let now = Now {
            beats: self.pulse.beats(&self.clock, self.frame).to_f64(),
            meter: self.clock.meter(self.frame),
        };
        for (index, node) in plan.nodes.iter().enumerate() {
            let named = plan.instrument == Some(NodeIndex(index as u32));
            self.take_node(node, named, &now);
            for wire in &node.wires {
                self.take_wire(wire, node.factor);
            }
            for (pair, wire) in &node.outs {
                self.take_wire(wire, 1);
                // A single channel parts the two of its pair.
                let (pair, parts) = match usize::from(*pair).checked_sub(PAIRS) {
                    Some(channel) => (channel / 2, true),
                    None => (usize::from(*pair), node.channels == 2),
                };
                pairs = pairs.max(pair + 1);
                if let Some(stereo) = self.work.stereo.get_mut(pair) {
                    *stereo |= parts;
                }
            }
        }
        self.work.use_pairs(pairs.min(PAIRS));
        self.master.go(plan.master, self.smooth());
        if self.untouched {
            self.master.finish();
        }
        self.keep_ended(&plan);
        adoption.retired = self.plan.replace(plan);
        self.look_up = true;
        if turn == Turn::Jump {
            self.jump();
        }
        self.perform_all(&adoption.commands, adoption.plan.serial);
        self.link.send_home(adoption);
    }

    /// Frames of a fade, at the engine's rate.
    fn fade(&self) -> u32 {
        if self.untouched {
            0
        } else {
            self.setup.rate * FADE_MS / 1000
        }
    }
    fn smooth(&self) -> u32 {
        if self.untouched {
            0
        } else {
            self.setup.rate * LEVEL_MS / 1000
        }
    }

    fn take_node(&mut self, node: &PlanNode, named: bool, now: &Now) {
        let fade = self.fade() * node.factor;
        let Now { beats, meter } = *now;
        if let Some(birth) = &node.birth {
            // Both states are in the table; the old one is taken out for a moment to be read.
            let old = birth
                .replaces
                .and_then(|old| self.table.take(old).map(|state| (old, state)));
            if let Some(state) = self.table.wake(node.slot) {
                state.open = Ramp::at(if fade == 0 { f32::from(node.open) } else { 0.0 });
                if let Some((_, old)) = &old {
                    inherit(node, state, old, birth);
                }
            }
            if let Some((_, state)) = &old {
                let id = state.id;
                self.readdress(id, node);
            }
            if let Some((old, state)) = old {
                self.table.put(old, state);
            }
        }
        let goes_on = |state: &NodeState| state.steady;
        if node.stays && !named && self.table.get(node.slot).is_some_and(goes_on) {
            return;
        }
        let Some(state) = self.table.wake(node.slot) else {
            return;
        };
        state.open.go(f32::from(node.open && !state.ended), fade);
        for (k, control) in node.controls.iter().enumerate() {
            let smooth = if self.untouched { 0 } else { control.smooth };
            let bound = node
                .bindings
                .iter()
                .any(|b| matches!(b.drives, Drives::Control(c) if usize::from(c.0) == k))
                || node.mods.iter().any(|m| usize::from(m.control.0) == k);
            if !bound && let Some(last) = state.steps[k].take() {
                // The pattern has gone: back to the base from where it left.
                let target = state.bases[k].target();
                state.bases[k].jump(last);
                state.bases[k].go(target, smooth);
            }
            if state.stated[k].to_bits() != control.value.to_bits() {
                // Only a statement that changed speaks; a value that a hand moved stays otherwise. What a fade
                // says, it says on its way.
                state.stated[k] = control.value;
                if node.fades.iter().all(|f| usize::from(f.control.0) != k) {
                    moves::speak(state, k, control.value, beats, smooth);
                }
            }
        }
        for fade in &node.fades {
            let taken = |b: &Birth| b.takes.iter().any(|(new, _)| *new == fade.control);
            let fresh = node.birth.as_ref().is_some_and(|b| !taken(b));
            moves::begin(fade, state, fresh.then_some(fade.from), beats, meter);
        }
        if node.instances == 2 && state.instances == 1 {
            for voice in &mut state.voices {
                let [left, right] = &mut voice.words;
                right.copy_from_slice(left);
            }
            if let Some([left, right]) = state.resamplers.as_deref_mut() {
                right.copy_from(left);
            }
        }
        if node.channels == 1 && state.instances == 2 {
            // A mono node's second channel is silent, also for one that was stereo while a stereo node fed it.
            state.out[1].fill(0.0);
        }
        state.instances = node.instances;
        if node.kept && !state.kept {
            // What was heard before nobody kept.
            state.out.iter_mut().for_each(|channel| channel.fill(0.0));
        }
        state.kept = node.kept;
        state.may_be_steady = steady::may_be(node, named);
    }

    fn take_wire(&mut self, wire: &PlanWire, factor: u32) {
        let (fade, smooth) = (self.fade() * factor, self.smooth() * factor);
        let level = &mut self.wires[wire.slot.0 as usize].level;
        match wire.entry {
            Entry::Old if wire.leaving => level.go_after(wire.wait, wire.level, fade),
            Entry::Old => level.go(wire.level, smooth),
            Entry::Full => level.jump(wire.level),
            Entry::Fades => {
                level.jump(0.0);
                level.go_after(wire.wait, wire.level, fade);
            }
        }
        if self.untouched {
            level.finish();
        }
    }
}

/// A new instance of a node takes over what its predecessor's controls said, the notes that sound, and the state of the
/// operations that correspond; unit generators may go on where those before them are.
fn inherit(node: &PlanNode, new: &mut NodeState, old: &NodeState, birth: &Birth) {
    let pairs = || {
        birth
            .takes
            .iter()
            .map(|(n, o)| (usize::from(n.0), usize::from(o.0)))
    };
    for (n, o) in pairs() {
        if new.stated[n].to_bits() == old.stated[o].to_bits() {
            new.bases[n] = old.bases[o];
            new.fades[n] = old.fades[o];
        }
        new.steps[n] = old.steps[o];
        new.added[n] = old.added[o];
    }
    new.modulated = old.modulated;
    let (both, old_is_broken) = (old.instances == 2, old.broken);
    for (new, old) in new.voices.iter_mut().zip(&old.voices) {
        for (n, o) in pairs() {
            new.values[n] = old.values[o];
            new.offsets[n] = old.offsets[o];
        }
        (new.sustained, new.last_key, new.bend) = (old.sustained, old.last_key, old.bend);
        (new.shifted, new.cut) = (old.shifted, old.cut);
        let now = |control: u16| {
            pairs()
                .find(|(_, o)| *o == usize::from(control))
                .map(|(n, _)| n as u16)
        };
        new.held = old.held.and_then(now);
        new.rise = old.rise.and_then(|(gate, at)| Some((now(gate)?, at)));
        (new.off, new.since, new.fell) = (old.off, old.since, old.fell);
        (new.detached, new.key) = (old.detached, old.key);
        (new.level, new.peak) = (old.level, old.peak);
        // What is no number is not handed on.
        if !old_is_broken {
            for (side, new) in new.words.iter_mut().enumerate().filter(|w| !w.1.is_empty()) {
                let old = &old.words[if both { side } else { 0 }];
                birth.carries.iter().for_each(|c| c.apply(old, new));
            }
            rest::inherit(node, new, old, !birth.carries.is_empty());
        }
        for (new, old) in new.units.iter_mut().zip(&old.units) {
            if let (Some(new), Some(old)) = (new, old)
                && let Some(old) = old.as_any()
            {
                new.take_over(old);
            }
        }
    }
}
