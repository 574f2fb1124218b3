//! What is said of a voice's note while it sounds, and how a voice that is taken or choked falls silent without a
//! click. Audio thread; of fixed size, no allocation.
//!
//! A voice that is taken while it sounds would jump from where its wave was to where the new note's begins. What it gives
//! is bridged instead: the difference at the first frame of the new note is added and led to nought in [`BRIDGE_MS`].

use super::channels::Channels;
use crate::math;
use crate::message::{Expression, NodeState, Offset, Voice};
use crate::plan::{ControlIndex, PlanMapping, PlanNode};
use crate::signal::{Knob, Lane};
use crate::time::Ramp;

/// Milliseconds in which a choked voice falls silent.
const CHOKE_MS: u32 = 5;
/// Milliseconds over which a voice that was taken is led from its old note to the new one.
const BRIDGE_MS: u32 = 5;
/// Below this a voice counts as silent: nothing needs to be bridged.
const SILENT: f32 = 1e-4;

/// Where a voice's notes come from: the channels as they stand, the score's mappings, and the node's rate in Hz.
#[derive(Clone, Copy)]
pub struct Hands<'a> {
    pub channels: &'a Channels,
    pub mappings: &'a [PlanMapping],
    pub rate: u32,
}

/// The frames in so many milliseconds at a rate, one at least.
fn frames(ms: u32, rate: u32) -> u32 {
    (rate / 1000 * ms).max(1)
}

/// A note begins on the voice: what was said of the one before is over.
pub fn begin(voice: &mut Voice) {
    voice.stolen = voice.held.is_some() || voice.last.iter().any(|x| x.abs() > SILENT);
    voice.cut = Ramp::at(1.0);
    (voice.sustained, voice.last_key, voice.bend) = (false, None, [0.0; 2]);
    if std::mem::take(&mut voice.shifted) {
        voice.offsets.fill(Offset::NONE);
    }
}

/// A key's note has begun on the voice: it takes up where the channel's wheels and pressures stand.
pub fn take_up(node: &PlanNode, voice: &mut Voice, key: (u8, u8), channels: &Channels) {
    let controls = node.note_controls;
    voice.last_key = Some(key);
    let bend = channels.bend(key.0);
    voice.bend = [bend, 0.0];
    for control in [controls.freq, controls.bend].into_iter().flatten() {
        let offset = &mut voice.offsets[usize::from(control.0)];
        (offset.note, offset.ramp) = (bend, Ramp::at(bend));
        voice.shifted |= bend != 0.0;
    }
    if let Some(control) = controls.bend {
        // It counts from nought.
        voice.values[usize::from(control.0)] = Some(0.0);
    }
    let said = [
        (controls.pressure, channels.pressure(key.0)),
        (controls.timbre, channels.timbre(key.0)),
    ];
    for (control, value) in said {
        if let (Some(control), Some(value)) = (control, value) {
            let range = &node.controls[usize::from(control.0)];
            voice.values[usize::from(control.0)] = Some(value.clamp(range.lo, range.hi));
        }
    }
}

/// The wheels of a channel moved.
pub fn bend(node: &PlanNode, state: &mut NodeState, said: u8, channels: &Channels) {
    for voice in &mut state.voices {
        if let Some((channel, _)) = voice.last_key.filter(|k| channels.reaches(said, k.0)) {
            voice.bend[0] = channels.bend(channel);
            tune(node, voice);
        }
    }
}

/// The voice's pitch moves to where wheels and expressions say.
fn tune(node: &PlanNode, voice: &mut Voice) {
    let semitones = voice.bend[0] + voice.bend[1];
    let controls = node.note_controls;
    for control in [controls.freq, controls.bend].into_iter().flatten() {
        shift(node, voice, control, |offset| offset.note = semitones);
    }
}

/// Pressure or timbre of a channel moved.
pub fn press(
    node: &PlanNode,
    state: &mut NodeState,
    said: u8,
    control: Option<ControlIndex>,
    value: impl Fn(u8) -> Option<f32>,
    channels: &Channels,
) {
    let Some(control) = control else { return };
    let NodeState { voices, bases, .. } = state;
    for voice in voices {
        if let Some((channel, _)) = voice.last_key.filter(|k| channels.reaches(said, k.0))
            && let Some(value) = value(channel)
        {
            let base = bases[usize::from(control.0)].target();
            lead(node, voice, control, value, base);
        }
    }
}

/// A note's control moves to a value: the offset from what its beginning said, or from the base.
fn lead(node: &PlanNode, voice: &mut Voice, control: ControlIndex, value: f32, base: f32) {
    let k = usize::from(control.0);
    let range = &node.controls[k];
    let from = *voice.values[k].get_or_insert(base);
    let value = value.clamp(range.lo, range.hi);
    shift(node, voice, control, |offset| offset.note = value - from);
}

/// Changes an offset; its ramp follows, smoothed as hands are.
fn shift(
    node: &PlanNode,
    voice: &mut Voice,
    control: ControlIndex,
    change: impl FnOnce(&mut Offset),
) {
    let k = usize::from(control.0);
    let offset = &mut voice.offsets[k];
    change(offset);
    offset
        .ramp
        .go(offset.note + offset.host, node.controls[k].smooth);
    voice.shifted = true;
}

/// Something is said of one note.
pub fn express(
    index: u32,
    node: &PlanNode,
    state: &mut NodeState,
    key: (u8, u8),
    what: Expression,
    value: f32,
    hands: Hands<'_>,
) {
    if !value.is_finite() {
        return;
    }
    let controls = node.note_controls;
    let NodeState { voices, bases, .. } = state;
    for voice in voices.iter_mut().filter(|v| v.last_key == Some(key)) {
        match what {
            Expression::Tuning => {
                voice.bend[1] = value.clamp(-120.0, 120.0);
                tune(node, voice);
            }
            Expression::Pressure | Expression::Timbre => {
                let control = match what {
                    Expression::Pressure => controls.pressure,
                    _ => controls.timbre,
                };
                if let Some(control) = control {
                    let base = bases[usize::from(control.0)].target();
                    lead(node, voice, control, value, base);
                }
            }
            Expression::Gain => {
                let at = usize::from(node.gain().0);
                voice.values[at] = Some(value.clamp(0.0, 4.0));
            }
            Expression::Pan => {
                voice.values[usize::from(node.pan().0)] = Some(value.clamp(-1.0, 1.0));
            }
            Expression::Macro {
                index: number,
                stands,
            } => {
                let own = |m: &&PlanMapping| m.knob.is(Knob::Macro(number)) && m.node.0 == index;
                for mapping in hands.mappings.iter().filter(own) {
                    let by = modulation(mapping, stands, value);
                    // Level and place are the whole node's.
                    if mapping.control.0 < node.gain().0 {
                        shift(node, voice, mapping.control, |offset| offset.host = by);
                    }
                }
            }
        }
    }
}

/// By how much a mapped control moves when its macro is modulated from where it stands.
pub fn modulation(mapping: &PlanMapping, stands: f32, amount: f32) -> f32 {
    let at = |turn: f32| {
        mapping
            .curve
            .between(mapping.lo, mapping.hi, turn.clamp(0.0, 1.0))
    };
    at(stands + amount) - at(stands)
}

/// The voice is cut short.
pub fn choke(voice: &mut Voice, rate: u32) {
    voice.cut.go(0.0, frames(CHOKE_MS, rate));
}

/// A control's lane with what is added to it for a voice; `semitones` for a pitch in Hz.
pub fn add(
    lane: &mut Lane,
    ramp: &Ramp,
    semitones: bool,
    range: (f32, f32),
    from: usize,
    to: usize,
) {
    let put = |x: f32, by: f32| {
        let moved = match semitones {
            true => x * math::exp2(f64::from(by) / 12.0) as f32,
            false => x + by,
        };
        moved.max(range.0).min(range.1)
    };
    if ramp.moving() {
        if !lane.moving {
            lane.frames[from..to].fill(lane.value);
            lane.moving = true;
        }
        for (i, x) in lane.frames[from..to].iter_mut().enumerate() {
            *x = put(*x, ramp.ahead(i as u32));
        }
    } else if ramp.target() != 0.0 {
        let by = ramp.target();
        if lane.moving {
            let factor = math::exp2(f64::from(by) / 12.0) as f32;
            for x in &mut lane.frames[from..to] {
                let moved = if semitones { *x * factor } else { *x + by };
                *x = moved.max(range.0).min(range.1);
            }
        } else {
            lane.value = put(lane.value, by);
        }
    }
}

/// What a voice gives on a channel over a span: cut where it is choked, bridged where it was taken.
pub fn smooth(voice: &mut Voice, channel: usize, frames_out: &mut [f32], rate: u32) {
    let (Some(&first), Some(bridge)) = (frames_out.first(), voice.bridge.get_mut(channel)) else {
        return;
    };
    if voice.cut.moving() || voice.cut.target() != 1.0 {
        for (i, x) in frames_out.iter_mut().enumerate() {
            *x *= voice.cut.ahead(i as u32);
        }
    }
    if voice.joins {
        *bridge = Ramp::at(voice.last[channel] - first);
        bridge.go(0.0, frames(BRIDGE_MS, rate));
    }
    if bridge.moving() {
        for (i, x) in frames_out.iter_mut().enumerate() {
            *x += bridge.ahead(i as u32);
        }
    }
    voice.last[channel] = frames_out[frames_out.len() - 1];
}

/// So many frames of the voice have gone by.
pub fn advance(voice: &mut Voice, frames: u32) {
    voice.joins = false;
    voice.cut.advance(frames);
    voice.bridge.iter_mut().for_each(|b| b.advance(frames));
    if voice.shifted {
        let mut rests = true;
        for offset in &mut voice.offsets {
            offset.ramp.advance(frames);
            rests &= !offset.ramp.moving() && offset.ramp.target() == 0.0;
        }
        voice.shifted = !rests;
    }
}
