//! Notes to voices: allocation, gates, values that come with an event.

use super::channels::Channels;
use super::clock::Clock;
use super::down::Down;
use super::touch::{self, Hands};
use super::work::{Onset, Piece};
use crate::message::{NodeState, NoteEvent, Voice};
use crate::pattern::{Held, Value};
use crate::plan::{ControlIndex, PlanCarry, PlanKeys, PlanNode};
use crate::time::Segment;

/// Ends every note that a pattern holds; notes of keys go on.
pub fn release_pattern_notes(state: &mut NodeState, frame: i64) {
    for voice in &mut state.voices {
        if voice.off.is_some() {
            release(voice, frame);
        }
    }
}

fn release(voice: &mut Voice, frame: i64) {
    if let Some(gate) = voice.held.take() {
        voice.values[usize::from(gate)] = Some(0.0);
        voice.fell = frame;
    }
    (voice.off, voice.rise, voice.key) = (None, None, None);
    voice.sustained = false;
}

/// Opens a voice's gate. If it was high one frame ago it reads 0 at this frame and rises at the next, so that
/// envelopes start again; a tied note (legato above 1) goes on without. `bridged`: a voice that still sounds is led to
/// the new note without a step.
fn open(voice: &mut Voice, gate: Option<ControlIndex>, frame: i64, bridged: bool) {
    touch::begin(voice);
    voice.stolen &= bridged;
    voice.joins |= voice.stolen;
    let tied = voice.held.is_some() && !voice.detached;
    let was_high = voice.held.is_some() || voice.fell == frame;
    let gate = gate.map(|g| g.0);
    if let Some(old) = voice.held.filter(|old| Some(*old) != gate) {
        voice.values[usize::from(old)] = Some(0.0);
    }
    voice.rise = None;
    if let Some(gate) = gate {
        if was_high && !tied && voice.since != frame {
            voice.values[usize::from(gate)] = Some(0.0);
            voice.rise = Some((gate, frame + 1));
        } else {
            voice.values[usize::from(gate)] = Some(1.0);
        }
    }
    voice.held = gate;
    voice.since = frame;
}

/// Tells the voices that have the same value of a control as a new event that they are cut short: theirs becomes −1.
fn choke(voices: &mut [Voice], cut: ControlIndex, sets: &[(ControlIndex, f32)]) {
    let group = sets
        .iter()
        .find(|(control, _)| *control == cut)
        .map(|s| s.1);
    // A group below 1 is none.
    let Some(group) = group.filter(|g| *g >= 1.0) else {
        return;
    };
    for value in voices.iter_mut().map(|v| &mut v.values[usize::from(cut.0)]) {
        if *value == Some(group) {
            *value = Some(-1.0);
        }
    }
}

/// The voice for a new note: the quietest that is not held, else the one that has been held longest.
fn choose(voices: &mut [Voice], frame: i64) -> &mut Voice {
    let mut best = 0;
    for (i, voice) in voices.iter().enumerate() {
        let rank = |v: &Voice| (v.held.is_some(), v.fell == frame);
        let other = &voices[best];
        let better = match (rank(voice), rank(other)) {
            (a, b) if a != b => a < b,
            ((true, _), _) => voice.since < other.since,
            _ => voice.level < other.level,
        };
        if better {
            best = i;
        }
    }
    &mut voices[best]
}

/// The frame at which a pattern's note ends: where its event does, or one frame before if another note takes
/// the only voice at that very frame.
fn off_frame(
    voice: &Voice,
    segment: &Segment,
    clock: &Clock,
    alone: bool,
    onsets: &[Onset],
) -> Option<i64> {
    let frame = segment.frame_of_cycle(voice.off?, clock.bars()) + voice.nudge;
    let followed = || onsets.iter().any(|o| o.frame == frame);
    if alone && voice.detached && frame - 1 > voice.since && followed() {
        Some(frame - 1)
    } else {
        Some(frame)
    }
}

/// What happens to a node's voices, in the order of time.
pub struct Score<'a> {
    pub node: &'a PlanNode,
    pub clock: &'a Clock,
    pub onsets: &'a [Onset],
    /// Notes of keys.
    pub notes: &'a [(i64, NoteEvent)],
    /// Whether this node plays them.
    pub plays_keys: bool,
    /// Its place in the Plan.
    pub index: u32,
    /// The keys that were down before the piece, and where the channels' controllers stood.
    pub down: &'a Down,
    /// See `down`.
    pub hands: Hands<'a>,
    pub piece: Piece,
}

impl Score<'_> {
    /// The next frame after `frame` at which something happens, at most the piece's end.
    pub fn next(&self, state: &NodeState, frame: i64) -> i64 {
        let mut next = self.piece.end();
        let mut sooner = |at: i64| {
            if at > frame {
                next = next.min(at);
            }
        };
        self.onsets.iter().for_each(|o| sooner(o.frame));
        if self.plays_keys {
            self.notes.iter().for_each(|n| sooner(n.0));
        }
        for voice in &state.voices {
            if let Some((_, at)) = voice.rise {
                sooner(at);
            }
            if let Some(segment) = self.clock.segment()
                && let Some(off) = off_frame(
                    voice,
                    segment,
                    self.clock,
                    state.voices.len() == 1,
                    self.onsets,
                )
            {
                sooner(off);
            }
        }
        next
    }

    /// Does what is due at a frame: ends first, then gates that rise, then new notes.
    pub fn apply(&self, state: &mut NodeState, frame: i64) {
        let alone = state.voices.len() == 1;
        for voice in &mut state.voices {
            if let Some(segment) = self.clock.segment()
                && off_frame(voice, segment, self.clock, alone, self.onsets)
                    .is_some_and(|off| off <= frame)
            {
                release(voice, frame);
            }
            if let Some((gate, at)) = voice.rise
                && at <= frame
            {
                voice.values[usize::from(gate)] = Some(1.0);
                voice.rise = None;
                voice.joins |= std::mem::take(&mut voice.stolen);
            }
        }
        for onset in self.onsets.iter().filter(|o| o.frame == frame) {
            if let Value::Atom(atom) = onset.value {
                let binding = &self.node.bindings[usize::from(onset.binding)];
                let atom = &binding.atoms[atom as usize];
                if let Some(cut) = atom.cut {
                    choke(&mut state.voices, cut, &atom.sets);
                }
            }
            match self.held(onset) {
                None => self.note(choose(&mut state.voices, frame), onset, frame),
                Some((held, above)) => {
                    let down = self.down.until(self.notes, frame);
                    for (key, velocity) in down.played(held, onset.step) {
                        let voice = choose(&mut state.voices, frame);
                        self.note(voice, onset, frame);
                        self.tune(voice, f64::from(key) + above, velocity, onset);
                    }
                }
            }
        }
        if !self.plays_keys {
            return;
        }
        for (i, (at, event)) in self.notes.iter().enumerate() {
            if *at == frame {
                // What the channels have heard up to this very event.
                let channels = self.hands.channels.after(&self.notes[..=i]);
                let hands = Hands {
                    channels: &channels,
                    ..self.hands
                };
                if takes(self.node, *event, &channels) {
                    key(self.index, self.node, state, *event, frame, hands);
                }
            }
        }
    }

    /// The keys that a step plays, if it plays keys.
    fn held(&self, onset: &Onset) -> Option<(Held, f64)> {
        let binding = &self.node.bindings[usize::from(onset.binding)];
        match onset.value {
            Value::Atom(atom) => binding.atoms[atom as usize].held,
            Value::Number(_) => None,
        }
    }

    /// The pitch and velocity of a key, for a step that plays it; what the step itself says of velocity counts.
    fn tune(&self, voice: &mut Voice, note: f64, velocity: f32, onset: &Onset) {
        let binding = &self.node.bindings[usize::from(onset.binding)];
        let controls = self.node.note_controls;
        if let Some(freq) = controls.freq {
            let curve = |c: &(usize, f32)| {
                matches!(
                    binding.carries.get(c.0).copied().flatten(),
                    Some(PlanCarry::Pitch(_))
                )
            };
            let added = onset.carried.iter().find(curve).map_or(0.0, |c| c.1);
            let hertz = crate::pattern::Pitch::Midi(note + f64::from(added)).hertz();
            self.set(voice, freq, hertz as f32);
        }
        let said = match onset.value {
            Value::Atom(atom) => &binding.atoms[atom as usize].sets[..],
            Value::Number(_) => &[],
        };
        if let Some(vel) = controls.vel
            && !said.iter().any(|s| s.0 == vel)
        {
            self.set(voice, vel, velocity);
        }
    }

    /// A step of a pattern on a voice.
    fn note(&self, voice: &mut Voice, onset: &Onset, frame: i64) {
        let binding = &self.node.bindings[usize::from(onset.binding)];
        let (trigger, sets, fit): (_, &[_], _) = match onset.value {
            Value::Atom(atom) => {
                let atom = &binding.atoms[atom as usize];
                if atom.fresh {
                    voice.values.fill(None);
                }
                (atom.trigger, &atom.sets, atom.fit)
            }
            // A number that was worked out is a MIDI note.
            Value::Number(_) => (self.node.note_controls.gate, &[], None),
        };
        // A step that only sets values changes the voice that plays, and starts nothing.
        if trigger.is_some() {
            open(voice, trigger, frame, self.node.count > 1);
            (voice.off, voice.nudge) = (Some(onset.off), onset.nudge);
            voice.detached = onset.detached;
            voice.key = None;
            // Its level and place are the note's own, not the last one's.
            for own in [self.node.gain(), self.node.pan()] {
                voice.values[usize::from(own.0)] = None;
            }
        }
        for (control, value) in sets {
            voice.values[usize::from(control.0)] = Some(*value);
        }
        if let Some(fit) = fit {
            self.set(voice, fit, onset.lasts);
        }
        if let (Value::Number(note), Some(freq)) = (onset.value, self.node.note_controls.freq) {
            let hertz = crate::pattern::Pitch::Midi(note).hertz() as f32;
            self.set(voice, freq, hertz);
        }
        for (name, value) in onset.carried.iter() {
            match binding.carries.get(name).copied().flatten() {
                Some(PlanCarry::Pitch(freq)) => {
                    let now = voice.values[usize::from(freq.0)];
                    let by = crate::math::exp2(f64::from(value) / 12.0) as f32;
                    self.set(voice, freq, now.unwrap_or(0.0) * by);
                }
                Some(PlanCarry::Value(control)) => self.set(voice, control, value),
                None => {}
            }
        }
    }

    /// A value of a voice's control, within its range.
    fn set(&self, voice: &mut Voice, control: ControlIndex, value: f32) {
        let range = &self.node.controls[usize::from(control.0)];
        // NaN counts as the lowest value.
        voice.values[usize::from(control.0)] = Some(value.max(range.lo).min(range.hi));
    }
}

/// Whether an event is for a node: of the channels and keys that the score gives it, if it does. The members of an MPE
/// zone are their master's channel.
pub fn takes(node: &PlanNode, event: NoteEvent, channels: &Channels) -> bool {
    let (NoteEvent::On { key, .. }
    | NoteEvent::Off { key, .. }
    | NoteEvent::Choke { key, .. }
    | NoteEvent::Express { key, .. }) = event
    else {
        // What is said of a whole channel reaches the notes that are there.
        return true;
    };
    let Some(channel) = event.channel() else {
        return true;
    };
    let fits = |keys: &PlanKeys| {
        let own = keys
            .channel
            .is_none_or(|only| channels.reaches(only, channel));
        own && (keys.lo..=keys.hi).contains(&key)
    };
    node.keys.is_empty() || node.keys.iter().any(fits)
}

/// A note of a key begins or ends, or something is said of it or of its channel. `hands` know of the event already.
pub fn key(
    index: u32,
    node: &PlanNode,
    state: &mut NodeState,
    event: NoteEvent,
    frame: i64,
    hands: Hands<'_>,
) {
    let controls = node.note_controls;
    let channels = hands.channels;
    match event {
        NoteEvent::On {
            channel,
            key,
            velocity,
        } if velocity > 0.0 => {
            let voice = choose(&mut state.voices, frame);
            open(voice, controls.gate, frame, true);
            (voice.off, voice.detached, voice.key) = (None, true, Some((channel, key)));
            for own in [node.gain(), node.pan()] {
                voice.values[usize::from(own.0)] = None;
            }
            let mut set = |control: Option<ControlIndex>, value: f32| {
                if let Some(ControlIndex(c)) = control {
                    let range = &node.controls[usize::from(c)];
                    voice.values[usize::from(c)] = Some(value.clamp(range.lo, range.hi));
                }
            };
            let hertz = crate::pattern::Pitch::Midi(f64::from(key)).hertz() as f32;
            set(controls.freq, hertz);
            set(controls.vel, velocity);
            touch::take_up(node, voice, (channel, key), channels);
        }
        NoteEvent::On { channel, key, .. } | NoteEvent::Off { channel, key } => {
            match channels.holds(channel) {
                true => sustain(state, (channel, key)),
                false => fall(state, (channel, key), frame),
            }
        }
        NoteEvent::Choke { channel, key } => {
            for voice in state.voices.iter_mut() {
                if voice.last_key == Some((channel, key)) {
                    release(voice, frame);
                    touch::choke(voice, hands.rate);
                }
            }
        }
        NoteEvent::Bend { channel, .. } => touch::bend(node, state, channel, channels),
        NoteEvent::Pressure { channel, .. } => {
            let value = |of| channels.pressure(of);
            touch::press(node, state, channel, controls.pressure, value, channels);
        }
        NoteEvent::Control { channel, cc, .. } => {
            control(node, state, (channel, cc), frame, hands);
        }
        NoteEvent::Express {
            channel,
            key,
            what,
            value,
        } => touch::express(index, node, state, (channel, key), what, value, hands),
        NoteEvent::Turn { .. } | NoteEvent::Modulate { .. } => {}
        NoteEvent::AllOff => {
            for voice in state.voices.iter_mut().filter(|v| v.key.is_some()) {
                release(voice, frame);
            }
        }
    }
}

/// A controller that notes hear of.
fn control(
    node: &PlanNode,
    state: &mut NodeState,
    (channel, cc): (u8, u8),
    frame: i64,
    hands: Hands<'_>,
) {
    let channels = hands.channels;
    let own = |voice: &Voice| {
        voice
            .last_key
            .is_some_and(|k| channels.reaches(channel, k.0))
    };
    match cc {
        // The range of the wheel, which may be turned.
        6 | 38 => touch::bend(node, state, channel, channels),
        64 => {}
        74 => {
            let value = |of| channels.timbre(of);
            let timbre = node.note_controls.timbre;
            touch::press(node, state, channel, timbre, value, channels);
        }
        120 => {
            for voice in state.voices.iter_mut().filter(|v| own(v)) {
                release(voice, frame);
                touch::choke(voice, hands.rate);
            }
        }
        121 => touch::bend(node, state, channel, channels),
        123..=127 => {
            for voice in state
                .voices
                .iter_mut()
                .filter(|v| own(v) && v.key.is_some())
            {
                match voice.key {
                    Some((of, _)) if channels.holds(of) => voice.sustained = true,
                    _ => release(voice, frame),
                }
            }
        }
        _ => return,
    }
    for voice in state.voices.iter_mut().filter(|v| v.sustained) {
        if voice.key.is_some_and(|k| !channels.holds(k.0)) {
            release(voice, frame);
        }
    }
}

/// A key comes up while a pedal holds its notes.
fn sustain(state: &mut NodeState, key: (u8, u8)) {
    for voice in state.voices.iter_mut().filter(|v| v.key == Some(key)) {
        voice.sustained = true;
    }
}

/// A gate opens for one voice, which `key` holds.
pub fn trigger(state: &mut NodeState, gate: ControlIndex, key: (u8, u8), frame: i64) {
    let bridged = state.voices.len() > 1;
    let voice = choose(&mut state.voices, frame);
    open(voice, Some(gate), frame, bridged);
    (voice.off, voice.detached, voice.key) = (None, true, Some(key));
}

/// What a key holds ends.
pub fn fall(state: &mut NodeState, key: (u8, u8), frame: i64) {
    for voice in state.voices.iter_mut().filter(|v| v.key == Some(key)) {
        release(voice, frame);
    }
}
