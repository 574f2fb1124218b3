//! `sorl [SCORE]`: the plugin's editor in a window of its own, over a real-time back end.
//!
//! The window runs on the main thread and never touches the audio thread; where there is no display
//! the same score plays without it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui;
use sorl_plugin::desk::Desk;
use sorl_plugin::editor::Editor;
use sorl_plugin::preferences::Preferences;
use sorl_plugin::project::Project;

use super::audio::Sound;
use super::play::headless;
use super::{Outcome, ScoreFile, Stop, WindowArgs};

/// How often the window looks whether the program is to end, when nothing else moves it.
const LOOK: Duration = Duration::from_millis(100);

/// Opens the window and plays the score in it; without a display, plays it headless.
pub fn run(args: &WindowArgs) -> Outcome {
    let stop = Stop::install()?;
    let score = args.score.as_deref().map(ScoreFile::read).transpose()?;
    let desk = Desk::beside(
        score
            .as_ref()
            .map_or(sorl_plugin::INSTRUMENT_SCORE, ScoreFile::text),
        score.as_ref().map(ScoreFile::path),
    );
    let diagnostics = desk.diagnostics();
    if let (Some(score), Some(diagnostics)) = (&score, &diagnostics) {
        score.tell(diagnostics);
    }

    let reason = no_display();
    // A score that can neither sound nor be mended here is of no use.
    if reason.is_some() && diagnostics.is_some() {
        return Ok(ExitCode::FAILURE);
    }
    let mut sound = Sound::start(&desk, &args.sound, args.score.as_deref())?;
    let reason = match reason {
        Some(reason) => Some(reason.to_owned()),
        None => show(args.score.as_deref(), &desk, &mut sound, &stop)
            .err()
            .map(|error| in_short(&error)),
    };
    if let Some(reason) = reason {
        eprintln!("window: none ({reason}); playing without it, Ctrl-C ends");
        return Ok(headless(&desk, sound, None, &stop));
    }
    // The stream first: it brings the engine home while the session is still there.
    drop(sound);
    desk.stop_ticking();
    Ok(ExitCode::SUCCESS)
}

/// Why no window can be opened, if that is known beforehand.
fn no_display() -> Option<&'static str> {
    let unix = cfg!(all(unix, not(target_os = "macos")));
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let any = ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
        .into_iter()
        .any(set);
    (unix && !any).then_some("neither DISPLAY nor WAYLAND_DISPLAY is set")
}

/// The last and telling part of an error: before it stands where in the window library it came up.
fn in_short(error: &eframe::Error) -> String {
    let text = error.to_string();
    text.rsplit(": ").next().unwrap_or(&text).to_owned()
}

/// Runs the window until it is closed or the program is asked to end.
fn show(path: Option<&Path>, desk: &Arc<Desk>, sound: &mut Sound, stop: &Stop) -> eframe::Result {
    let name = path
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    let title = name.map_or_else(|| "Sorl".to_owned(), |name| format!("{name} - Sorl"));
    let memory = sorl_plugin::folders::library();
    let mut project = Project::of(desk, path).remembering(memory);
    if path.is_none() && project.recover(desk) {
        eprintln!("score: what was not saved the last time is here again");
    }
    let settings = sorl_plugin::folders::settings();
    let size = Preferences::read(settings.as_deref()).size;
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(&title)
            .with_app_id("sorl")
            .with_inner_size(size)
            .with_min_inner_size(Editor::MIN_SIZE),
        ..Default::default()
    };
    eframe::run_native(
        "sorl",
        options,
        Box::new(|creation| {
            let editor = Editor::new(Arc::clone(desk))
                .standalone()
                .with_project(project)
                .remembering(settings);
            editor.enter(&creation.egui_ctx);
            Ok(Box::new(Window {
                editor,
                title,
                sound,
                stop,
            }))
        }),
    )
}

/// The editor, and what is watched over beside it.
struct Window<'a> {
    editor: Editor,
    title: String,
    sound: &'a mut Sound,
    stop: &'a Stop,
}

impl eframe::App for Window<'_> {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        if self.stop.is_asked() {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        self.sound.look();
        ctx.request_repaint_after(LOOK);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.editor.show(ui);
        if let Some(title) = self.editor.title().filter(|title| *title != self.title) {
            ui.ctx()
                .send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.editor.close();
    }
}
