//! Files: new, open, save, recent ones, the sound as WAV, sounds to be played, with the window in which one finds the
//! place. In a host, which saves by itself, scores only come in and go out.
//!
//! Written by hand: a plugin's crate should not bring a desktop's file dialogs with it, and this one
//! works in a window of any system, by keyboard too.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, RichText, ScrollArea, TextEdit, Ui, Window};

use super::theme;
use crate::desk::Desk;
use crate::export::{Export, Wanted};
use crate::project::Project;

/// Seconds between two looks whether something is to be kept in case of a crash.
const KEEP: f64 = 4.0;
/// The bars and the sample rate of an export, unless somebody says otherwise.
const BARS: u32 = 16;
const RATE: u32 = 48_000;

/// The endings of sound files.
const SOUNDS: [&str; 8] = ["wav", "flac", "ogg", "oga", "mp3", "aif", "aiff", "aifc"];

/// What a place is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Open,
    Save,
    Export,
    Sound,
}

/// What was asked for.
#[derive(Clone, Debug)]
enum Wish {
    New,
    Open(PathBuf),
    Save,
    Browse(Purpose),
}

/// Files, apart from what they hold.
#[derive(Debug)]
pub(crate) struct Files {
    project: Project,
    /// The host saves, and has keys of its own for it.
    hosted: bool,
    wish: Option<Wish>,
    browse: Option<Browse>,
    export: Option<Export>,
    bars: u32,
    kept: f64,
}

#[derive(Debug)]
struct Browse {
    purpose: Purpose,
    folder: PathBuf,
    name: String,
    fresh: bool,
}

impl Files {
    /// The files of a project.
    pub fn new(project: Project) -> Files {
        Files {
            project,
            hosted: false,
            wish: None,
            browse: None,
            export: None,
            bars: BARS,
            kept: 0.0,
        }
    }

    /// The same in a host.
    pub fn hosted(self) -> Files {
        Files {
            hosted: true,
            ..self
        }
    }

    /// What the window is called.
    pub fn title(&self, draft: &str) -> String {
        self.project.title(draft)
    }

    /// The folder of the score's file, if it has one.
    pub fn folder(&self) -> Option<&Path> {
        self.project.path().and_then(Path::parent)
    }

    /// The score's file, if it has one.
    pub fn path(&self) -> Option<&Path> {
        self.project.path()
    }

    /// Keeps what is not saved for the next time.
    pub fn close(&mut self, desk: &Desk) {
        if !self.hosted {
            self.project.keep(desk);
        }
    }

    /// The menu on the bar.
    pub fn menu(&mut self, ui: &mut Ui) {
        let mut wish = None;
        ui.menu_button("file", |ui| {
            let mut entry = |ui: &mut Ui, words: &str, key: &str, what: Wish| {
                let mut button = egui::Button::new(words).frame(false);
                if !key.is_empty() {
                    button = button.shortcut_text(key);
                }
                if ui.add(button).accessible_name(words).clicked() {
                    wish = Some(what);
                    ui.close();
                }
            };
            let (open, save, export, sound) = (
                Wish::Browse(Purpose::Open),
                Wish::Browse(Purpose::Save),
                Wish::Browse(Purpose::Export),
                Wish::Browse(Purpose::Sound),
            );
            if self.hosted {
                entry(ui, "open a score…", "", open);
                entry(ui, "save the score…", "", save);
                ui.separator();
                entry(ui, "export the sound…", "", export);
                entry(ui, "add a sound…", "", sound);
            } else {
                entry(ui, "new", "Ctrl+N", Wish::New);
                entry(ui, "open…", "Ctrl+O", open);
                entry(ui, "save", "Ctrl+S", Wish::Save);
                entry(ui, "save as…", "Ctrl+Shift+S", save);
                ui.separator();
                entry(ui, "export the sound…", "Ctrl+E", export);
                entry(ui, "add a sound…", "", sound);
            }
            let recent = self.project.recent();
            if !recent.is_empty() {
                ui.separator();
            }
            for path in recent {
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                entry(ui, &name, "", Wish::Open(path));
            }
        });
        self.wish = wish.or(self.wish.take());
        if let Some(export) = &self.export {
            let words = format!("writing {:.0} %", export.progress() * 100.0);
            ui.label(RichText::new(words).color(theme::palette(ui).secondary));
        }
    }

    /// One frame: keys, what was asked for, and the window in which a place is found. Gives a sound file that is to
    /// be taken in.
    pub fn show(&mut self, ui: &mut Ui, desk: &Desk) -> Option<PathBuf> {
        let now = ui.input(|i| i.time);
        if !self.hosted && now - self.kept > KEEP {
            self.kept = now;
            self.project.keep(desk);
        }
        if let Some(outcome) = self.export.as_ref().and_then(Export::outcome) {
            self.export = None;
            desk.say(&outcome.unwrap_or_else(|why| why));
        }
        let key = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        let again = Modifiers::COMMAND | Modifiers::SHIFT;
        let pressed = if self.hosted {
            None
        } else if key(again, Key::S) {
            Some(Wish::Browse(Purpose::Save))
        } else if key(Modifiers::COMMAND, Key::S) {
            Some(Wish::Save)
        } else if key(Modifiers::COMMAND, Key::O) {
            Some(Wish::Browse(Purpose::Open))
        } else if key(Modifiers::COMMAND, Key::N) {
            Some(Wish::New)
        } else if key(Modifiers::COMMAND, Key::E) {
            Some(Wish::Browse(Purpose::Export))
        } else {
            None
        };
        if let Some(wish) = pressed.or(self.wish.take()) {
            self.grant(desk, wish);
        }
        let mut browse = self.browse.take()?;
        match browse.show(ui, &mut self.bars) {
            Found::Nothing => {}
            Found::Looking => self.browse = Some(browse),
            Found::Path(path) if browse.purpose == Purpose::Sound => return Some(path),
            Found::Path(path) => self.found(desk, browse.purpose, &path),
        }
        None
    }

    fn grant(&mut self, desk: &Desk, wish: Wish) {
        match wish {
            Wish::New => self.project.renew(desk, ""),
            Wish::Open(path) => self.found(desk, Purpose::Open, &path),
            Wish::Save if self.project.path().is_some() => {
                if let Err(why) = self.project.save(desk) {
                    desk.say(&why.to_string());
                }
            }
            Wish::Save => self.browse = Some(Browse::new(Purpose::Save, self.project.path())),
            Wish::Browse(purpose) => self.browse = Some(Browse::new(purpose, self.project.path())),
        }
    }

    fn found(&mut self, desk: &Desk, purpose: Purpose, path: &Path) {
        let outcome = match purpose {
            Purpose::Open => self.project.open(desk, path),
            Purpose::Save => self.project.save_as(desk, path),
            Purpose::Export => {
                let path = path.with_extension("wav");
                let session = desk.session();
                let wanted = Wanted {
                    score: session.score().to_owned(),
                    state: session.state(),
                    beside: self.project.path().map(Path::to_owned),
                    bars: self.bars,
                    rate: session.setup().map_or(RATE, |setup| setup.rate),
                };
                drop(session);
                self.export = Some(Export::start(wanted, &path));
                Ok(())
            }
            // It is the editor's to take in.
            Purpose::Sound => Ok(()),
        };
        if let Err(why) = outcome {
            desk.say(&why.to_string());
        }
    }
}

enum Found {
    Looking,
    Nothing,
    Path(PathBuf),
}

impl Browse {
    fn new(purpose: Purpose, path: Option<&Path>) -> Browse {
        let folder = path.and_then(Path::parent).filter(|folder| folder.is_dir());
        let here = std::env::current_dir().unwrap_or_default();
        let name = match (purpose, path.and_then(Path::file_stem)) {
            (Purpose::Open | Purpose::Sound, _) => String::new(),
            (Purpose::Save, name) => format!(
                "{}.sorl",
                name.map_or("untitled".into(), |n| n.to_string_lossy())
            ),
            (Purpose::Export, name) => format!(
                "{}.wav",
                name.map_or("untitled".into(), |n| n.to_string_lossy())
            ),
        };
        Browse {
            purpose,
            folder: folder.map_or(here, Path::to_owned),
            name,
            fresh: true,
        }
    }

    fn show(&mut self, ui: &mut Ui, bars: &mut u32) -> Found {
        let (title, verb, endings): (_, _, &[&str]) = match self.purpose {
            Purpose::Open => ("open a score", "open", &["sorl"]),
            Purpose::Save => ("save the score", "save", &["sorl"]),
            Purpose::Export => ("export the sound", "export", &["wav"]),
            Purpose::Sound => ("add a sound", "add", &SOUNDS),
        };
        let mut found = Found::Looking;
        let mut open = true;
        let p = theme::palette(ui);
        let id = ui.scope_id().with("browse");
        let centre = ui.ctx().content_rect().center();
        Window::new(title)
            .id(id)
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .default_pos(centre - egui::vec2(210.0, 180.0))
            .show(ui.ctx(), |ui| {
                ui.set_width(420.0);
                ui.label(
                    RichText::new(self.folder.display().to_string())
                        .font(theme::mono(11.0))
                        .color(p.secondary),
                );
                ScrollArea::vertical()
                    .max_height(240.0)
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        ui.set_width(ui.available_width());
                        if let Some(up) = self.folder.parent().map(Path::to_owned)
                            && line(ui, "..", "the folder above")
                        {
                            self.folder = up;
                        }
                        for (name, path, folder) in list(&self.folder, endings) {
                            let words = if folder {
                                format!("{name}/")
                            } else {
                                name.clone()
                            };
                            if line(ui, &words, &words) {
                                match (folder, self.purpose) {
                                    (true, _) => self.folder = path,
                                    (false, Purpose::Open | Purpose::Sound) => {
                                        found = Found::Path(path)
                                    }
                                    (false, _) => self.name = name,
                                }
                            }
                        }
                    });
                ui.horizontal(|ui| {
                    let field = TextEdit::singleline(&mut self.name)
                        .desired_width(280.0)
                        .hint_text("name or path");
                    let field = ui.add(field).accessible_name("file name");
                    if self.fresh {
                        field.request_focus();
                        self.fresh = false;
                    }
                    let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
                    if self.purpose == Purpose::Export {
                        ui.add(egui::DragValue::new(bars).range(1..=4096).suffix(" bars"))
                            .accessible_name("bars to export");
                    }
                    if ui.button(verb).clicked() || entered {
                        // A whole path goes where it says.
                        let path = self.folder.join(self.name.trim());
                        if path.is_dir() {
                            (self.folder, self.name) = (path, String::new());
                        } else if !self.name.trim().is_empty() {
                            found = Found::Path(path);
                        }
                    }
                });
            });
        if !open || ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
            return Found::Nothing;
        }
        found
    }
}

/// The folders and the files of some endings in a folder, folders first.
fn list(folder: &Path, endings: &[&str]) -> Vec<(String, PathBuf, bool)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(String, PathBuf, bool)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            let folder = path.is_dir();
            let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
            let wanted = folder || endings.iter().any(|ending| extension == *ending);
            (wanted && !name.starts_with('.')).then_some((name, path, folder))
        })
        .collect();
    found.sort_by(|a, b| (!a.2, &a.0).cmp(&(!b.2, &b.0)));
    found
}

fn line(ui: &mut Ui, words: &str, name: &str) -> bool {
    let button = egui::Button::new(RichText::new(words))
        .frame(false)
        .truncate();
    ui.add(button).accessible_name(name).clicked()
}
