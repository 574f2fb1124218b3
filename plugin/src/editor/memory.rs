//! What the editor remembers of itself: taken up when its window opens, kept when it has changed and rests.

use std::path::PathBuf;

use egui::{Context, ThemePreference};

use crate::preferences::{Look, Preferences, SCALES};

/// Seconds for which nothing must have changed before it is written.
const REST: f64 = 1.0;

/// The preferences of a window, and where they are kept.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    folder: Option<PathBuf>,
    /// As they are now.
    pub now: Preferences,
    kept: Preferences,
    /// When they changed last, by the window's time.
    changed: f64,
}

impl Memory {
    /// What a folder of settings remembers.
    pub fn at(folder: Option<PathBuf>) -> Memory {
        let now = Preferences::read(folder.as_deref());
        Memory {
            folder,
            now,
            kept: now,
            changed: 0.0,
        }
    }

    /// A window opens: it looks as the last one did.
    pub fn enter(&self, ctx: &Context) {
        ctx.set_theme(self.now.theme.preference());
        // At once: `set_zoom_factor` would scale the size of a first frame that nobody has told yet.
        ctx.options_mut(|options| options.zoom_factor = self.now.scale);
    }

    /// Follows what was changed by hand, at a time of the window's.
    pub fn follow(&mut self, ctx: &Context, score_size: f32, time: f64) {
        let before = self.now;
        let scale = ctx.zoom_factor();
        let bounded = scale.clamp(*SCALES.start(), *SCALES.end());
        if bounded != scale {
            ctx.set_zoom_factor(bounded);
        }
        let size = ctx.content_rect().size() * scale;
        // A window that is not there yet, or is put away, has none.
        if size.x >= 1.0 && size.y >= 1.0 {
            self.now.size = size.into();
        }
        self.now.scale = bounded;
        self.now.theme = match ctx.options(|options| options.theme_preference) {
            ThemePreference::Dark => Look::Dark,
            ThemePreference::Light => Look::Light,
            ThemePreference::System => Look::System,
        };
        self.now.score_size = score_size;
        if self.now != before {
            self.changed = time;
        }
        if time - self.changed > REST {
            self.keep();
        }
    }

    /// Writes what is not written yet.
    pub fn keep(&mut self) {
        if self.now != self.kept
            && let Some(folder) = &self.folder
        {
            self.now.write(folder);
            self.kept = self.now;
        }
    }
}
