//! Patterns that leave the sound: MIDI resolved to bytes, messages to numbers that the engine can tell.

use super::bind::{nudge, nudged_by};
use crate::patch::{Binding, Patch};
use crate::pattern::{Atom, Message, Pitch, Program, seed_of};
use crate::plan::{PlanOutgoing, PlanSend, SendCarry};
use crate::time::Ratio;

/// The velocity of a note that says none.
const VELOCITY: u8 = 100;

/// Every message that a Plan has named so far, by its number: the engine tells numbers, no strings.
#[derive(Default)]
pub struct Messages(Vec<Message>);

impl Messages {
    /// The message with a number.
    pub fn get(&self, number: u32) -> Option<&Message> {
        self.0.get(number as usize)
    }

    fn number(&mut self, message: &Message) -> u32 {
        let known = self.0.iter().position(|m| m == message);
        known.unwrap_or_else(|| {
            self.0.push(message.clone());
            self.0.len() - 1
        }) as u32
    }

    /// The outgoing patterns of a Patch.
    pub fn resolve(&mut self, patch: &Patch) -> Box<[PlanOutgoing]> {
        let all = patch.outgoing.iter();
        all.map(|binding| self.outgoing(binding)).collect()
    }

    fn outgoing(&mut self, binding: &Binding) -> PlanOutgoing {
        let program = Program::seeded(&binding.placed(), seed_of(&binding.node));
        let steps: Box<[PlanSend]> = program.atoms().iter().map(|atom| self.step(atom)).collect();
        let carries = program
            .carries()
            .iter()
            .map(|name| match (&**name, controller(name)) {
                ("", _) => SendCarry::Pitch,
                ("vel", _) => SendCarry::Velocity,
                (_, Some(number)) => SendCarry::Controller(number),
                _ => SendCarry::Nothing,
            })
            .collect();
        PlanOutgoing {
            nudge: nudge(&program, steps.iter().map(|s| s.nudge)),
            program,
            steps,
            carries,
        }
    }

    fn step(&mut self, atom: &Atom) -> PlanSend {
        let set = |name: &str| atom.sets.iter().find(|s| s.0 == name).map(|s| s.1);
        let velocity = set("vel").map_or(VELOCITY, |v| byte(v * 127.0).max(1));
        let controllers = atom.sets.iter();
        let message = atom.message.as_ref().map(|m| self.number(m));
        PlanSend {
            note: atom
                .pitch
                .filter(|_| atom.trigger.is_some() && message.is_none())
                .map(midi),
            velocity,
            channel: set("channel").map_or(0, |c| c.clamp(0.0, 15.0) as u8),
            legato: atom.legato.and_then(Ratio::from_f64),
            controllers: controllers
                .filter_map(|(name, value)| Some((controller(name)?, byte(*value))))
                .collect(),
            message,
            value: atom.number.unwrap_or(0.0) as f32,
            nudge: nudged_by(atom),
        }
    }
}

/// The MIDI note of a pitch.
fn midi(pitch: Pitch) -> f64 {
    match pitch {
        Pitch::Midi(note) => note,
        Pitch::Hertz(hertz) => 69.0 + 12.0 * crate::math::log2((hertz / 440.0).max(1e-6)),
    }
}

/// A number as seven bits.
fn byte(x: f64) -> u8 {
    x.round().clamp(0.0, 127.0) as u8
}

/// The MIDI controller that a control's name means: `cc:74`.
fn controller(name: &str) -> Option<u8> {
    let number: u8 = name.strip_prefix("cc:")?.parse().ok()?;
    (number < 128).then_some(number)
}
