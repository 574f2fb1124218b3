//! Whose a key is: the editor's while somebody writes or where the editor knows it, the host's otherwise. The space bar
//! is the host's unless somebody writes: there it plays and stops.
//!
//! On Windows and macOS the window system hands on what the adapter calls ignored ([`Keys::capture`]). On X11 a window
//! that has the keyboard keeps all keys, so those that nobody wanted are sent to the host's window. Hosts that catch
//! keys themselves (VST3) are asked to give them while somebody writes ([`given`]).

use egui::{Event, Key, Ui};
use nice_plug::editor::{Modifiers, VirtualKeyCode};
use nice_plug_egui::KeyCapture;

#[cfg(target_os = "linux")]
use super::x11::Parent;

/// Keys that lead from one control to the next and work it: the editor's while a control has the focus.
const WORKING: [Key; 8] = [
    Key::Tab,
    Key::Enter,
    Key::Escape,
    Key::ArrowUp,
    Key::ArrowDown,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::Delete,
];

/// Sees to it that each key goes where it belongs.
#[derive(Default)]
pub(super) struct Keys {
    /// The host's window, which may come after ours.
    #[cfg(target_os = "linux")]
    parent: Option<Parent>,
    /// Presses of the space bar that were kept from the editor in this frame.
    spaces: Vec<Event>,
    /// Keys whose pressing the host was told of: it is told of their release too.
    down: Vec<Key>,
}

impl Keys {
    /// The host's window by its number, as far as it is known by now.
    #[cfg(target_os = "linux")]
    pub fn meet(&mut self, window: Option<u32>) {
        if self.parent.as_ref().map(Parent::window) != window {
            self.parent = window.and_then(Parent::open);
        }
    }

    /// Before the editor is drawn: takes in what the host gave, and takes away what is never the editor's.
    pub fn before(&mut self, ui: &Ui, given: impl Iterator<Item = Event>) {
        let writing = ui.text_edit_focused();
        self.spaces.clear();
        ui.input_mut(|input| {
            for event in given {
                // A host may give what the window has seen itself.
                if !input.events.contains(&event) {
                    input.events.push(event);
                }
            }
            if writing {
                return;
            }
            let spaces = &mut self.spaces;
            input.events.retain(|event| {
                let space = matches!(
                    event,
                    Event::Key {
                        key: Key::Space,
                        ..
                    }
                );
                if space {
                    spaces.push(event.clone());
                }
                !space && !matches!(event, Event::Text(text) if text == " ")
            });
        });
    }

    /// After it: gives the host what nobody took. Says whether somebody writes.
    pub fn after(&mut self, ui: &Ui) -> bool {
        let writing = ui.text_edit_focused();
        let focused = ui.memory(|memory| memory.focused().is_some());
        let left = ui.input(|input| input.events.clone());
        let spaces = std::mem::take(&mut self.spaces);
        for event in spaces.iter().chain(&left) {
            let Event::Key {
                key,
                pressed,
                modifiers,
                ..
            } = event
            else {
                continue;
            };
            let down = self.down.iter().position(|down| down == key);
            let theirs = match (pressed, down) {
                (false, Some(at)) => {
                    self.down.swap_remove(at);
                    true
                }
                (false, None) => false,
                (true, _) => !(writing || focused && WORKING.contains(key)),
            };
            if theirs {
                if *pressed && down.is_none() {
                    self.down.push(*key);
                }
                self.hand_on(*key, *pressed, *modifiers);
            }
        }
        writing
    }

    /// Which keys the window system is to keep from the host, where it asks.
    pub fn capture(&self, ui: &Ui) -> KeyCapture {
        use nice_plug_egui::Key as Pressed;
        let name = |key: &Key| match key {
            Key::Tab => Some("Tab"),
            Key::Enter => Some("Enter"),
            Key::Escape => Some("Escape"),
            Key::ArrowUp => Some("ArrowUp"),
            Key::ArrowDown => Some("ArrowDown"),
            Key::ArrowLeft => Some("ArrowLeft"),
            Key::ArrowRight => Some("ArrowRight"),
            Key::Delete => Some("Delete"),
            _ => None,
        };
        if ui.text_edit_focused() {
            return KeyCapture::CaptureAll;
        }
        let names = WORKING.iter().filter_map(name);
        KeyCapture::CaptureKeys(
            names
                .filter_map(|name| name.parse::<Pressed>().ok())
                .collect(),
        )
    }

    #[cfg(target_os = "linux")]
    fn hand_on(&self, key: Key, pressed: bool, modifiers: egui::Modifiers) {
        if let Some(parent) = &self.parent {
            parent.send(key, pressed, modifiers);
        }
    }

    /// The window system has handed it on already.
    #[cfg(not(target_os = "linux"))]
    fn hand_on(&self, _: Key, _: bool, _: egui::Modifiers) {}
}

/// A key that a host caught and gave to the editor; `None` for those that mean nothing here.
pub(super) fn given(code: VirtualKeyCode, pressed: bool, modifiers: Modifiers) -> Option<Event> {
    use VirtualKeyCode as V;
    let key = match code {
        V::Backspace => Key::Backspace,
        V::Tab => Key::Tab,
        V::Return | V::NumpadEnter => Key::Enter,
        V::Escape => Key::Escape,
        V::Space => {
            // A letter like others, for somebody who writes.
            let plain = modifiers.is_empty() || modifiers == Modifiers::SHIFT;
            return (pressed && plain).then(|| Event::Text(" ".to_owned()));
        }
        V::End => Key::End,
        V::Home => Key::Home,
        V::ArrowLeft => Key::ArrowLeft,
        V::ArrowUp => Key::ArrowUp,
        V::ArrowRight => Key::ArrowRight,
        V::ArrowDown => Key::ArrowDown,
        V::PageUp => Key::PageUp,
        V::PageDown => Key::PageDown,
        V::Insert => Key::Insert,
        V::Delete => Key::Delete,
        _ => return None,
    };
    let has = |one| modifiers.contains(one);
    let (command, control) = (has(Modifiers::COMMAND), has(Modifiers::CONTROL));
    let mac = cfg!(target_os = "macos");
    Some(Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: egui::Modifiers {
            alt: has(Modifiers::ALT),
            ctrl: if mac { control } else { command },
            shift: has(Modifiers::SHIFT),
            mac_cmd: mac && command,
            command,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: Key) -> Event {
        Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: egui::Modifiers::NONE,
        }
    }

    /// One frame with a field in it; says what the field saw, and which keys the host was told of.
    fn frame(events: Vec<Event>, write: bool, keys: &mut Keys) -> (String, Vec<Key>) {
        let ctx = egui::Context::default();
        let mut text = String::new();
        let field = egui::Id::unique("field");
        for events in [Vec::new(), events] {
            let input = egui::RawInput {
                events,
                ..egui::RawInput::default()
            };
            let mut output = ctx.run_ui(input, |ui| {
                keys.before(ui, std::iter::empty());
                let edit = egui::TextEdit::singleline(&mut text).id(field);
                let response = ui.add(edit);
                if write {
                    response.request_focus();
                }
                ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::M));
                keys.after(ui);
            });
            output.textures_delta.clear();
        }
        (text, std::mem::take(&mut keys.down))
    }

    #[test]
    fn the_host_gets_what_nobody_took_and_the_space_bar() {
        let events = vec![
            press(Key::Space),
            Event::Text(" ".to_owned()),
            press(Key::M),
            press(Key::R),
        ];
        let mut keys = Keys::default();
        let (text, theirs) = frame(events, false, &mut keys);
        assert_eq!(text, "");
        assert_eq!(theirs, [Key::Space, Key::R], "M was the editor's");
    }

    #[test]
    fn whoever_writes_keeps_all_keys() {
        let events = vec![
            press(Key::A),
            Event::Text("a".to_owned()),
            press(Key::Space),
            Event::Text(" ".to_owned()),
            press(Key::R),
        ];
        let mut keys = Keys::default();
        let (text, theirs) = frame(events, true, &mut keys);
        assert_eq!((text.as_str(), theirs.as_slice()), ("a ", &[][..]));
    }

    #[test]
    fn what_a_host_gives_is_what_was_pressed() {
        assert_eq!(
            given(VirtualKeyCode::Backspace, true, Modifiers::empty()),
            Some(press(Key::Backspace))
        );
        assert_eq!(
            given(VirtualKeyCode::Space, true, Modifiers::empty()),
            Some(Event::Text(" ".to_owned()))
        );
        assert_eq!(given(VirtualKeyCode::F5, true, Modifiers::empty()), None);
        let marked = given(VirtualKeyCode::ArrowLeft, true, Modifiers::SHIFT);
        assert!(matches!(marked, Some(Event::Key { modifiers, .. }) if modifiers.shift_only()));
    }
}
