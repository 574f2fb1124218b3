//! Long lists of which only what can be seen is laid out, and through which the keyboard still leads: the rows beside
//! the one that has the keyboard are laid out too, and what gets it comes into sight.

use egui::{Id, Rect, Ui};

/// The rows of one list, from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// The row that had the keyboard in the last frame, and what of it had it.
    held: Option<(usize, Id)>,
    /// The same for this frame, as far as it is known.
    next: Option<(usize, Id)>,
    /// The height of the rows that were left out since the last one that was shown.
    gap: f32,
}

impl Reach {
    /// To be called before the first row of a frame.
    pub fn begin(&mut self) {
        (self.held, self.gap) = (self.next.take(), 0.0);
    }

    /// Whether the row that comes next, with this index and height, is to be shown; where not, room is left for it.
    pub fn shows(&mut self, ui: &mut Ui, index: usize, height: f32) -> bool {
        let top = ui.cursor().top() + self.gap;
        let window = ui.clip_rect();
        let seen = top + height > window.top() && top < window.bottom();
        let near = self.held.is_some_and(|held| held.0.abs_diff(index) <= 1);
        if seen || near {
            self.end(ui);
        } else {
            self.gap += height + ui.spacing().item_spacing.y;
        }
        seen || near
    }

    /// To be called for a row that is shown, with all of it that can have the keyboard.
    pub fn keep(&mut self, ui: &Ui, index: usize, parts: &[Id], row: Rect) {
        let focus = ui.memory(|memory| memory.focused());
        let Some(focus) = focus.filter(|focus| parts.contains(focus)) else {
            return;
        };
        if self.held.is_none_or(|held| held.1 != focus) {
            ui.scroll_to_rect(row, None);
        }
        self.next = Some((index, focus));
    }

    /// To be called behind the last row, and before what is no row.
    pub fn end(&mut self, ui: &mut Ui) {
        if self.gap > 0.0 {
            ui.add_space(self.gap);
            self.gap = 0.0;
        }
    }
}
