//! Recording what is heard into a WAV file, from the bar of Sorl's own window: the button, where it goes, how long it is.

use std::path::{Path, PathBuf};

use egui::accesskit::Role;
use egui::{Align2, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};
use sorl_graph::io::file::Bits;

use super::theme::{self, Palette};
use super::view::View;
use crate::desk::{Desk, Take, Taken};

/// What is recorded, if anything.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    file: Option<PathBuf>,
}

impl Recorder {
    /// The button, with the time that is on the disk while it runs; says whether it was pressed.
    pub fn show(&self, ui: &mut Ui, p: &Palette, view: &View) -> bool {
        let runs = view
            .takes
            .iter()
            .find(|t| Some(&t.file) == self.file.as_ref());
        let time = runs.map(|take| in_minutes(take.seconds));
        let width = if time.is_some() { 66.0 } else { 28.0 };
        let (rect, response) = ui.allocate_exact_size(vec2(width, 22.0), Sense::click());
        response.widget_info(|| WidgetInfo {
            current_text_value: time.clone(),
            ..WidgetInfo::selected(Role::Button, true, time.is_some(), "record")
        });
        let touched = response.hovered() || response.has_focus();
        let line = match (&time, touched) {
            (Some(_), _) => p.error,
            (None, true) => p.faint,
            (None, false) => p.line,
        };
        let line = Stroke::new(1.0, line);
        ui.painter()
            .rect(rect, 11.0, p.raised, line, StrokeKind::Inside);
        let ink = if time.is_some() { p.error } else { p.secondary };
        let dot = rect.left_center() + vec2(14.0, 0.0);
        ui.painter().circle_filled(dot, 4.5, ink);
        if let Some(time) = &time {
            let place = rect.right_center() - vec2(9.0, 0.0);
            let font = theme::mono(theme::BASE);
            ui.painter()
                .text(place, Align2::RIGHT_CENTER, time, font, p.text);
        }
        let help = match &self.file {
            Some(file) => format!("end the recording {}", file.display()),
            None => "record what is heard into a WAV file".to_owned(),
        };
        response.on_hover_text(help).clicked()
    }

    /// Begins, or ends what runs. `score` is the file of the score, beside which it goes; without one it goes into the
    /// user's library.
    pub fn turn(&mut self, desk: &Desk, score: Option<&Path>) {
        if self.file.is_some() {
            return self.end(desk);
        }
        let begun = place(score, crate::folders::library()).and_then(|file| {
            let take = Take {
                file: file.clone(),
                node: None,
                bits: Bits::Float32,
                limit: None,
            };
            desk.record(take).map_err(|why| why.to_string())?;
            Ok(file)
        });
        match begun {
            Ok(file) => self.file = Some(file),
            Err(why) => desk.say(&format!("nothing is recorded: {why}")),
        }
    }

    /// Ends what runs.
    pub fn end(&mut self, desk: &Desk) {
        let Some(file) = self.file.take() else { return };
        let ended = desk.end_recordings(file.to_str());
        ended.iter().for_each(|taken| desk.say(&told(taken)));
    }

    /// Sees that one has ended by itself.
    pub fn watch(&mut self, desk: &Desk, view: &View) {
        let Some(file) = &self.file else { return };
        if view.takes.iter().all(|take| take.file != *file) {
            desk.say(&format!("the recording {} has ended", file.display()));
            self.file = None;
        }
    }
}

/// How one ended, in a sentence.
fn told(taken: &Taken) -> String {
    let mut words = match &taken.reason {
        None => format!("recorded: {}", taken.file.display()),
        Some(why) => format!(
            "recorded: {}, which ended early: {why}",
            taken.file.display()
        ),
    };
    if taken.lost > 0 {
        words += &format!(
            " ({} frames are missing: the disk was too slow)",
            taken.lost
        );
    }
    words
}

/// Minutes and seconds.
fn in_minutes(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

/// A file that is not there yet: `song-take-1.wav` beside the score, or in a folder of the library.
fn place(score: Option<&Path>, library: Option<PathBuf>) -> Result<PathBuf, String> {
    let beside = score.and_then(Path::parent).map(Path::to_owned);
    let folder = beside.or_else(|| Some(library?.join("recordings")));
    let folder = folder.ok_or("there is no folder for it")?;
    std::fs::create_dir_all(&folder)
        .map_err(|why| format!("cannot make {}: {why}", folder.display()))?;
    let stem = score.and_then(Path::file_stem);
    let stem = stem.map_or("sorl".into(), |stem| stem.to_string_lossy());
    let mut files = (1..).map(|take| folder.join(format!("{stem}-take-{take}.wav")));
    let free = files.find(|file| file.symlink_metadata().is_err());
    free.ok_or_else(|| "there is no name left for it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_take_gets_a_name_that_nothing_has_yet() {
        let folder = std::env::temp_dir().join(format!("sorl-takes-{}", std::process::id()));
        let library = Some(folder.clone());
        let first = place(None, library.clone()).expect("a place");
        assert_eq!(first, folder.join("recordings/sorl-take-1.wav"));
        std::fs::write(&first, "").expect("a file");
        let second = place(None, library.clone()).expect("a place");
        assert_eq!(second, folder.join("recordings/sorl-take-2.wav"));
        let score = folder.join("song.sorl");
        let beside = place(Some(&score), library).expect("a place");
        assert_eq!(beside, folder.join("song-take-1.wav"));
        std::fs::remove_dir_all(&folder).expect("our own folder");
        assert_eq!(in_minutes(125.9), "2:05");
    }
}
