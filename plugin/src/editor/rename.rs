//! Writing another name over a node's title.

use egui::{Key, Rect, TextEdit, Ui};
use sorl_graph::score::edit::Gesture;

use super::edit::Edit;
use super::make;
use super::theme;

/// A name that is being written.
#[derive(Debug)]
pub(crate) struct Rename {
    /// The node as it is still called.
    pub node: String,
    text: String,
    fresh: bool,
}

impl Rename {
    /// Begins with the name there is, all of it selected; of a node or group within a group, with its own part.
    pub fn new(node: &str) -> Rename {
        let node = node.trim_end_matches('/');
        Rename {
            node: node.to_owned(),
            text: node.rsplit('/').next().unwrap_or_default().to_owned(),
            fresh: true,
        }
    }

    /// One frame; when it is over, gives the edit and the new name, or nothing for the name there was.
    pub fn show(&mut self, ui: &mut Ui, place: Rect) -> Option<Option<(Edit, String)>> {
        let id = ui.scope_id().with("rename");
        let edit = TextEdit::singleline(&mut self.text)
            .id(id)
            .font(theme::strong(12.0))
            .margin(egui::Margin::symmetric(4, 1));
        let output = ui.put(place, edit).accessible_name("name");
        if self.fresh {
            self.fresh = false;
            output.request_focus();
            let all = egui::text::CCursorRange::two(
                egui::text::CCursor::new(0),
                egui::text::CCursor::new(self.text.chars().count()),
            );
            let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
            state.cursor.set_char_range(Some(all));
            state.store(ui.ctx(), id);
            return None;
        }
        if !output.lost_focus() {
            return None;
        }
        let around = self.node.rsplit_once('/').map_or("", |(around, _)| around);
        let to = self.text.trim();
        let empty = to.is_empty();
        let to = make::name_at(around, to);
        let cancelled = ui.input(|i| i.key_pressed(Key::Escape));
        if cancelled || empty || to == self.node {
            return Some(None);
        }
        let rename = Gesture::Rename {
            node: self.node.clone(),
            to: to.clone(),
        };
        Some(Some((Edit::gesture(rename), to)))
    }
}
