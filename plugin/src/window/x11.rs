//! Keys for the host's window under X11, where a window that has the keyboard keeps them.

use egui::{Key, Modifiers};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConnectionExt, EventMask, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, KeyButMask, KeyPressEvent,
};
use x11rb::rust_connection::RustConnection;

/// The host's window, over a connection of our own.
pub(super) struct Parent {
    connection: RustConnection,
    root: u32,
    window: u32,
    /// The first code of a key, how many symbols each has, and all of them.
    least: u8,
    each: usize,
    symbols: Vec<u32>,
}

impl Parent {
    /// A window by its number; `None` where there is no server to tell, and then it gets no keys.
    pub fn open(window: u32) -> Option<Parent> {
        let (connection, screen) = x11rb::connect(None).ok()?;
        let setup = connection.setup();
        let root = setup.roots.get(screen)?.root;
        let (least, most) = (setup.min_keycode, setup.max_keycode);
        let mapping = connection.get_keyboard_mapping(least, most - least + 1);
        let mapping = mapping.ok()?.reply().ok()?;
        Some(Parent {
            root,
            window,
            least,
            each: usize::from(mapping.keysyms_per_keycode.max(1)),
            symbols: mapping.keysyms,
            connection,
        })
    }

    /// Its number.
    pub fn window(&self) -> u32 {
        self.window
    }

    /// Sends it a key, as if it had the keyboard; windows around it get it where it does not listen.
    pub fn send(&self, key: Key, pressed: bool, modifiers: Modifiers) {
        let Some(code) = symbol(key).and_then(|symbol| self.code(symbol)) else {
            return;
        };
        let mut state = KeyButMask::default();
        for (held, mask) in [
            (modifiers.shift, KeyButMask::SHIFT),
            (modifiers.ctrl, KeyButMask::CONTROL),
            (modifiers.alt, KeyButMask::MOD1),
        ] {
            if held {
                state |= mask;
            }
        }
        let (kind, mask) = match pressed {
            true => (KEY_PRESS_EVENT, EventMask::KEY_PRESS),
            false => (KEY_RELEASE_EVENT, EventMask::KEY_RELEASE),
        };
        let event = KeyPressEvent {
            response_type: kind,
            detail: code,
            sequence: 0,
            time: x11rb::CURRENT_TIME,
            root: self.root,
            event: self.window,
            child: x11rb::NONE,
            root_x: 0,
            root_y: 0,
            event_x: 0,
            event_y: 0,
            state,
            same_screen: true,
        };
        // A host that has gone needs no keys.
        let sent = self.connection.send_event(true, self.window, mask, event);
        if sent.is_ok() {
            let _ = self.connection.flush();
        }
    }

    /// The code of the key that has a symbol.
    fn code(&self, symbol: u32) -> Option<u8> {
        let at = self.symbols.iter().position(|s| *s == symbol)?;
        u8::try_from(at / self.each).ok()?.checked_add(self.least)
    }
}

/// The symbol of a key in X11; letters as they are without Shift.
fn symbol(key: Key) -> Option<u32> {
    let named = match key {
        Key::Space => 0x20,
        Key::Backspace => 0xff08,
        Key::Tab => 0xff09,
        Key::Enter => 0xff0d,
        Key::Escape => 0xff1b,
        Key::Home => 0xff50,
        Key::ArrowLeft => 0xff51,
        Key::ArrowUp => 0xff52,
        Key::ArrowRight => 0xff53,
        Key::ArrowDown => 0xff54,
        Key::PageUp => 0xff55,
        Key::PageDown => 0xff56,
        Key::End => 0xff57,
        Key::Insert => 0xff63,
        Key::Delete => 0xffff,
        _ => 0,
    };
    if named != 0 {
        return Some(named);
    }
    // Letters, digits and signs are their own names, F1 to F12 the next ones after 0xffbe.
    let name = key.symbol_or_name();
    if let Some(number) = name.strip_prefix('F').and_then(|n| n.parse::<u32>().ok()) {
        return (1..=12).contains(&number).then(|| 0xffbd + number);
    }
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii() => Some(letter.to_ascii_lowercase().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_symbols_of_x11() {
        assert_eq!(symbol(Key::Space), Some(0x20));
        assert_eq!(symbol(Key::R), Some(u32::from(b'r')));
        assert_eq!(symbol(Key::Num7), Some(u32::from(b'7')));
        assert_eq!(symbol(Key::F5), Some(0xffc2));
        assert_eq!(symbol(Key::F), Some(u32::from(b'f')));
        assert_eq!(symbol(Key::Delete), Some(0xffff));
        assert_eq!(symbol(Key::F20), None);
    }
}
