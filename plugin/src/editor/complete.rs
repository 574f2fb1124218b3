//! Completion in the score pane: names that begin as what is written, with how they are called and
//! what they do.
//!
//! egui's own popup stands beside the whole text field; in a page of text it has to stand at the
//! caret, so that one is ours.

use egui::{Area, Event, Frame, Id, Key, Modifiers, Order, Pos2, RichText, Ui, vec2};
use sorl_graph::score::{LibraryEntry, session_functions, signal_functions};

use super::stock;
use super::theme;

/// The most names that are offered.
const MOST: usize = 8;

/// A name that can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The name.
    pub name: String,
    /// How it is called.
    pub usage: String,
    /// What it does.
    pub help: String,
}

/// Everything that the language's library knows.
pub(crate) fn library() -> Vec<Known> {
    let entries = signal_functions().into_iter().chain(session_functions());
    let known = |entry: LibraryEntry| Known {
        name: entry.name.to_owned(),
        usage: entry.usage,
        help: entry.help.to_owned(),
    };
    entries.map(known).collect()
}

/// The names that a text itself gives: functions and top-level variables.
pub(crate) fn own(text: &str) -> Vec<Known> {
    let functions = stock::own(text).into_iter().map(|entry| Known {
        usage: format!("{}(…)", entry.name),
        help: "a function of this score".to_owned(),
        name: entry.name,
    });
    let variables = text.lines().filter_map(|line| {
        let (name, rest) = line.split_once('=')?;
        let name = name.trim_end();
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !rest.starts_with('=');
        (plain && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then(|| {
            Known {
                name: name.to_owned(),
                usage: line.trim().to_owned(),
                help: String::new(),
            }
        })
    });
    let mut all: Vec<Known> = functions.chain(variables).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all.dedup_by(|a, b| a.name == b.name);
    all
}

/// What is offered for the beginning of a name; nothing for one that is whole.
pub(crate) fn offers<'a>(known: impl Iterator<Item = &'a Known>, word: &str) -> Vec<&'a Known> {
    let mut found: Vec<&Known> = known.filter(|k| k.name.starts_with(word)).collect();
    found.sort_by_key(|k| (k.name.len(), &k.name));
    found.dedup_by(|a, b| a.name == b.name);
    if found.iter().any(|k| k.name == word) && found.len() == 1 {
        return Vec::new();
    }
    found.truncate(MOST);
    found
}

/// The popup, apart from what it shows.
#[derive(Debug, Default)]
pub(crate) struct Complete {
    chosen: usize,
    word: String,
    /// Whether it was on the screen in the last frame: only then keys are its own.
    open: bool,
    /// The word for which it was sent away.
    dismissed: Option<String>,
    /// Whether somebody chose among the offers: only then Enter takes one.
    moved: bool,
    /// Asked for by hand, so that even an empty word has offers.
    asked: bool,
}

/// What the keys of this frame mean for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Take the chosen name.
    pub accept: bool,
}

impl Complete {
    /// Takes its keys before the text sees them.
    pub fn keys(&mut self, ui: &Ui) -> Keys {
        ui.input_mut(|i| {
            if i.consume_key(Modifiers::CTRL, Key::Space) {
                (self.asked, self.dismissed) = (true, None);
            }
            if !self.open {
                return Keys::default();
            }
            // Keys behind letters that were typed in the same frame are meant for what comes of them.
            if i.events.iter().any(|e| matches!(e, Event::Text(_))) {
                return Keys::default();
            }
            let mut key = |key| i.consume_key(Modifiers::NONE, key);
            if key(Key::Escape) {
                self.dismissed = Some(self.word.clone());
                (self.open, self.asked) = (false, false);
            }
            if key(Key::ArrowDown) {
                (self.chosen, self.moved) = (self.chosen + 1, true);
            }
            if key(Key::ArrowUp) {
                (self.chosen, self.moved) = (self.chosen.saturating_sub(1), true);
            }
            let accept = key(Key::Tab) || (self.moved && key(Key::Enter));
            Keys { accept }
        })
    }

    /// Whether there is something to be offered for a word.
    pub fn wants(&mut self, word: &str) -> bool {
        if self.word != word {
            self.word = word.to_owned();
            (self.chosen, self.moved) = (0, false);
            if self.dismissed.as_deref() != Some(word) {
                self.dismissed = None;
            }
            self.asked &= !word.is_empty();
        }
        self.dismissed.is_none() && (word.chars().count() >= 2 || self.asked)
    }

    /// Shows offers under the caret; gives the one that was taken.
    pub fn show(&mut self, ui: &Ui, at: Pos2, offers: &[&Known], keys: Keys) -> Option<String> {
        if offers.is_empty() {
            self.open = false;
            return None;
        }
        self.chosen = self.chosen.min(offers.len() - 1);
        if keys.accept && self.open {
            return Some(self.take(offers[self.chosen]));
        }
        self.open = true;
        let p = theme::palette(ui);
        let mut taken = None;
        let id: Id = ui.scope_id().with("completion");
        let area = Area::new(id)
            .order(Order::Foreground)
            .fixed_pos(at)
            .constrain_to(ui.ctx().content_rect());
        area.show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_max_width(420.0);
                ui.spacing_mut().item_spacing = vec2(10.0, 1.0);
                for (i, known) in offers.iter().enumerate() {
                    let ink = if i == self.chosen { p.audio } else { p.text };
                    let words = RichText::new(&known.usage)
                        .font(theme::mono(11.5))
                        .color(ink);
                    let button = egui::Button::new(words).frame(false).truncate();
                    let response = ui
                        .add(button)
                        .accessible_name(format!("complete {}", known.name));
                    if response.clicked() {
                        taken = Some(i);
                    }
                }
                let help = &offers[self.chosen].help;
                if !help.is_empty() {
                    ui.separator();
                    ui.label(RichText::new(help).color(p.secondary));
                }
            });
        });
        taken.map(|i| self.take(offers[i]))
    }

    fn take(&mut self, known: &Known) -> String {
        (self.open, self.asked) = (false, false);
        self.dismissed = Some(known.name.clone());
        known.name.clone()
    }

    /// Nothing is offered: the caret is elsewhere.
    pub fn close(&mut self) {
        self.open = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_that_begin_so_come_first() {
        let all = library();
        let names = |word: &str| -> Vec<String> {
            offers(all.iter(), word)
                .iter()
                .map(|k| k.name.clone())
                .collect()
        };
        assert_eq!(names("low"), ["lowpass"]);
        assert_eq!(
            names("lowpass"),
            Vec::<String>::new(),
            "it is written already"
        );
        assert_eq!(names("si")[0], "sin");
        let lowpass = offers(all.iter(), "low")[0];
        assert!(lowpass.usage.starts_with("lowpass(sig, freq"));
        assert!(!lowpass.help.is_empty());
    }

    #[test]
    fn a_scores_own_names_are_offered_too() {
        let own = own("def bass():\n    x = 1\nlead = node(\"lead\", bass)\nlead == 2\n");
        let names: Vec<&str> = own.iter().map(|k| &*k.name).collect();
        assert_eq!(names, ["bass", "lead"]);
    }
}
