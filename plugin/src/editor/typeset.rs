//! The text of the score as it is laid out: coloured and measured anew only when it has become another.
//!
//! egui keeps what is laid out too, but finds it by all of the text and its colours, which for a long score costs more
//! than painting what is seen of it.

use std::sync::Arc;

use egui::{FontId, Galley, Ui};

use super::highlight;
use super::theme::Palette;

/// What was laid out last.
#[derive(Default)]
pub(crate) struct Typeset {
    text: String,
    look: Option<(FontId, &'static Palette)>,
    galley: Option<Arc<Galley>>,
    /// A letter that egui keeps: another one means that its letters lie elsewhere now, or have another size.
    letter: Option<Arc<Galley>>,
}

impl Typeset {
    /// The text, one row for each line.
    pub fn lay(&mut self, ui: &Ui, text: &str, font: &FontId, p: &'static Palette) -> Arc<Galley> {
        let letter = ui
            .painter()
            .layout_no_wrap("0".to_owned(), font.clone(), p.text);
        let kept = self.letter.as_ref();
        let look = self.look.as_ref();
        let same = kept.is_some_and(|kept| Arc::ptr_eq(kept, &letter))
            && look.is_some_and(|look| look.0 == *font && std::ptr::eq(look.1, p))
            && self.text == text;
        if let Some(galley) = self.galley.as_ref().filter(|_| same) {
            return Arc::clone(galley);
        }
        let job = highlight::job(text, font, p);
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        self.letter = Some(letter);
        self.look = Some((font.clone(), p));
        text.clone_into(&mut self.text);
        self.galley = Some(Arc::clone(&galley));
        galley
    }
}
