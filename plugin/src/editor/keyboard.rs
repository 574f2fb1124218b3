//! The computer's keys as a piano, for who has no other at hand: the standalone's.
//!
//! The rows of letters from A and W on are white and black keys; Z and X change the octave. While it
//! is on, letters are notes wherever nobody writes.

use egui::{Event, Key, RichText, Ui};
use sorl_graph::NoteEvent;

use super::edit::Edit;
use super::theme;

/// The keys from C upwards, by where they lie.
const KEYS: [Key; 18] = [
    Key::A,
    Key::W,
    Key::S,
    Key::E,
    Key::D,
    Key::F,
    Key::T,
    Key::G,
    Key::Y,
    Key::H,
    Key::U,
    Key::J,
    Key::K,
    Key::O,
    Key::L,
    Key::P,
    Key::Semicolon,
    Key::Quote,
];

/// The piano under the letters.
#[derive(Debug)]
pub(crate) struct Keyboard {
    on: bool,
    octave: u8,
    /// What is down, by key and note: what goes up is what went down, whatever the octave is by then.
    down: Vec<(Key, u8)>,
}

impl Default for Keyboard {
    fn default() -> Keyboard {
        Keyboard::new(false)
    }
}

impl Keyboard {
    /// One that is on or off, around middle C.
    pub fn new(on: bool) -> Keyboard {
        Keyboard {
            on,
            octave: 4,
            down: Vec::new(),
        }
    }

    /// The switch.
    pub fn button(&mut self, ui: &mut Ui) {
        let p = theme::palette(ui);
        let ink = if self.on { p.audio } else { p.secondary };
        let words = RichText::new("keys").color(ink);
        let button = egui::Button::new(words).frame(false);
        let help = "the computer's keys play: A S D … and W E T …, Z and X for the octave";
        if ui
            .add(button)
            .on_hover_text(help)
            .accessible_name("computer keyboard")
            .clicked()
        {
            self.on = !self.on;
        }
    }

    /// Takes its keys, before anything else can.
    pub fn keys(&mut self, ui: &Ui, edits: &mut Vec<Edit>) {
        let listens = self.on && !ui.text_edit_focused();
        if !listens && self.down.is_empty() {
            return;
        }
        ui.input_mut(|i| {
            let focused = i.focused;
            i.events.retain(|event| match event {
                Event::Key {
                    key,
                    pressed,
                    repeat,
                    modifiers,
                    physical_key,
                } if modifiers.is_none() || !pressed => {
                    let key = physical_key.unwrap_or(*key);
                    self.key(key, *pressed && listens, *repeat, edits)
                }
                _ => true,
            });
            if !focused || !listens {
                self.release(edits);
            }
        });
    }

    /// One key; says whether it is left to others.
    fn key(&mut self, key: Key, pressed: bool, repeat: bool, edits: &mut Vec<Edit>) -> bool {
        let at = KEYS.iter().position(|k| *k == key);
        match (at, pressed) {
            (Some(at), true) => {
                let note = self.octave * 12 + 12 + at as u8;
                if !repeat && note < 128 && self.down.iter().all(|d| d.0 != key) {
                    self.down.push((key, note));
                    edits.push(Edit::Note(NoteEvent::On {
                        channel: 0,
                        key: note,
                        velocity: 0.8,
                    }));
                }
                false
            }
            (Some(_), false) => {
                let Some(at) = self.down.iter().position(|d| d.0 == key) else {
                    return true;
                };
                edits.push(off(self.down.remove(at).1));
                false
            }
            (None, true) if matches!(key, Key::Z | Key::X) => {
                let octave = if key == Key::Z {
                    self.octave.saturating_sub(1)
                } else {
                    self.octave + 1
                };
                self.octave = octave.min(8);
                false
            }
            _ => true,
        }
    }

    fn release(&mut self, edits: &mut Vec<Edit>) {
        edits.extend(self.down.drain(..).map(|(_, note)| off(note)));
    }
}

fn off(key: u8) -> Edit {
    Edit::Note(NoteEvent::Off { channel: 0, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_down_comes_up_also_in_another_octave() {
        let mut keyboard = Keyboard::new(true);
        let mut edits = Vec::new();
        assert!(!keyboard.key(Key::A, true, false, &mut edits));
        assert!(
            !keyboard.key(Key::A, true, true, &mut edits),
            "held, it repeats"
        );
        assert!(!keyboard.key(Key::X, true, false, &mut edits));
        assert!(!keyboard.key(Key::W, true, false, &mut edits));
        assert!(!keyboard.key(Key::A, false, false, &mut edits));
        keyboard.release(&mut edits);
        let on = |key| {
            Edit::Note(NoteEvent::On {
                channel: 0,
                key,
                velocity: 0.8,
            })
        };
        assert_eq!(edits, [on(60), on(73), off(60), off(73)]);
        assert!(
            keyboard.key(Key::Enter, true, false, &mut edits),
            "others are left alone"
        );
    }
}
