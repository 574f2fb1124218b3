//! The editor: one window for the standalone and for hosts, over one [`Desk`].
//!
//! It runs on whatever thread draws the window. Each frame takes a copy of what the desk knows
//! (`view`), draws it, collects what the person wants (`edit`) and applies that at the end; nothing
//! here waits for the audio thread. What is selected and where one looks belongs to the editor
//! alone and is never in the Patch. A closed editor costs nothing.

mod apply;
mod audition;
mod board;
mod canvas;
mod card;
mod choice;
mod complete;
mod console;
mod drops;
mod edit;
mod files;
mod find;
mod flags;
mod focus;
mod grid;
mod hand;
mod highlight;
mod indent;
mod inset;
mod inspector;
mod keyboard;
mod knob;
mod lanes;
mod layout;
mod learn;
mod lens;
mod link;
mod make;
mod master;
mod memory;
mod menu;
mod minimap;
mod module;
mod moves;
mod node;
mod ops;
mod pace;
mod phrase;
mod picker;
mod reach;
mod recorder;
mod rename;
mod roll;
mod roll_keys;
mod rooms;
mod scope;
mod score;
mod sections;
mod selection;
mod settings;
mod shadow;
mod sheet;
mod shelf;
mod statement;
mod status;
mod stock;
mod theme;
mod timeline;
mod transport;
mod typeset;
mod typing;
mod value;
mod view;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::{Align, CentralPanel, Context, Frame, Key, Layout, Margin, Modifiers, Panel, Ui};

use crate::desk::Desk;
use crate::preferences::{self, Rooms};
use crate::project::Project;
use canvas::Canvas;
use console::Console;
use edit::{Edit, Then, Wanted};
use files::Files;
use hand::{Act, Hand};
use keyboard::Keyboard;
use learn::Learn;
use memory::Memory;
use moves::Moves;
use ops::Operations;
use pace::Pace;
use picker::{Picked, Picker};
use reach::Reach;
use recorder::Recorder;
use rooms::Doors;
use scope::Scope;
use score::ScorePane;
use shelf::{Shelf, Taken};
use stock::Entry;
use timeline::Timeline;
use view::View;

/// Time between frames while something moves.
const LIVELY: Duration = Duration::from_millis(33);
/// Time between frames while nothing does: a look whether another hand changed something.
const IDLE: Duration = Duration::from_millis(500);

/// The share of the window that score and timeline have at first, where it is low.
const LOWER: f32 = 0.42;

/// Narrower windows have no inspector: the canvas needs the room.
const ROOM_FOR_INSPECTOR: f32 = 800.0;
/// Narrower windows have no library at the side: a key opens it where it is wanted.
const ROOM_FOR_SHELF: f32 = 1000.0;
/// Narrower windows have no timeline beside the score.
const ROOM_FOR_LANES: f32 = 760.0;
/// After so many seconds what is typed or turned is another step.
const PAUSE: f64 = 0.9;

/// The editor of one instance of Sorl.
pub struct Editor {
    desk: Arc<Desk>,
    standalone: bool,
    view: View,
    canvas: Canvas,
    score: ScorePane,
    hand: Hand,
    learn: Learn,
    moves: Moves,
    shelf: Shelf,
    /// The list of nodes in the inspector.
    nodes: Reach,
    console: Console,
    timeline: Timeline,
    pace: Pace,
    recorder: Recorder,
    scope: Option<Scope>,
    operations: Option<Operations>,
    keyboard: Keyboard,
    memory: Memory,
    doors: Doors,
    files: Option<Files>,
    picker: Option<Picker>,
    /// What can become a node, whatever the score says; read when the editor is first shown.
    stock: Option<Vec<Entry>>,
    /// The same with the score's own functions, and the Patch that they are of.
    entries: (Option<u64>, Vec<Entry>),
    /// When something was last edited, by the window's time.
    edited: f64,
    /// The score is to be evaluated as soon as all that was typed before is in the text.
    evaluate: bool,
}

impl Editor {
    /// The size of the window when nothing else is known, in points.
    pub const DEFAULT_SIZE: [f32; 2] = preferences::SIZE;
    /// The smallest size at which everything can be reached, in points.
    pub const MIN_SIZE: [f32; 2] = preferences::MIN_SIZE;

    /// An editor for a host's window: the host's clock rules.
    pub fn new(desk: Arc<Desk>) -> Editor {
        Editor {
            desk,
            standalone: false,
            view: View::new(),
            canvas: Canvas::default(),
            score: ScorePane::default(),
            hand: Hand::default(),
            learn: Learn::default(),
            moves: Moves::default(),
            shelf: Shelf::default(),
            nodes: Reach::default(),
            console: Console::default(),
            timeline: Timeline::default(),
            pace: Pace::default(),
            recorder: Recorder::default(),
            scope: None,
            operations: None,
            keyboard: Keyboard::default(),
            memory: Memory::default(),
            doors: Doors::default(),
            files: None,
            picker: None,
            stock: None,
            entries: (None, Vec::new()),
            edited: 0.0,
            evaluate: false,
        }
    }

    /// The same for Sorl's own window: it has play and stop, and space is theirs.
    #[must_use]
    pub fn standalone(self) -> Editor {
        Editor {
            standalone: true,
            ..self
        }
    }

    /// The same with files: open, save, recent ones, the sound as WAV. Begins to play the computer's
    /// keys where no score was given.
    #[must_use]
    pub fn with_project(self, project: Project) -> Editor {
        Editor {
            keyboard: Keyboard::new(project.path().is_none()),
            files: Some(Files::new(project)),
            ..self
        }
    }

    /// The same with files in a host: scores and sounds come in and go out, what is saved is the host's.
    #[must_use]
    pub fn with_exchange(self) -> Editor {
        let project = Project::of(&self.desk, None);
        Editor {
            files: Some(Files::new(project).hosted()),
            ..self
        }
    }

    /// The same with a folder of settings in which it is remembered how the window looks.
    #[must_use]
    pub fn remembering(self, folder: Option<PathBuf>) -> Editor {
        let memory = Memory::at(folder);
        let mut score = self.score;
        score.set_size(memory.now.score_size);
        Editor {
            memory,
            score,
            ..self
        }
    }

    /// What the window is to be called; `None` where a host names it.
    pub fn title(&self) -> Option<String> {
        let files = self.files.as_ref().filter(|_| self.standalone)?;
        Some(files.title(&self.view.draft))
    }

    /// To be called when a window is there and before its first frame: fonts and colours, and how it looked the
    /// last time.
    pub fn enter(&self, ctx: &Context) {
        Editor::setup(ctx);
        self.memory.enter(ctx);
    }

    /// To be called before the window goes: keeps what is not saved for the next time, and lets go of the engine,
    /// so that nothing is measured for nobody.
    pub fn close(&mut self) {
        self.memory.keep();
        self.recorder.end(&self.desk);
        self.view.master.rest();
        self.scope = None;
        if let Some(files) = &mut self.files {
            files.close(&self.desk);
        }
    }

    /// Fonts and colours; once for each window, before its first frame.
    pub fn setup(ctx: &Context) {
        theme::install(ctx);
    }

    /// One frame, over all of `ui`. Asks for the next frame itself.
    pub fn show(&mut self, ui: &mut Ui) {
        let dt = ui.input(|i| i.stable_dt);
        self.view.refresh(&self.desk, dt);
        self.recorder.watch(&self.desk, &self.view);
        self.score.refresh(&self.view);
        self.restock();
        let mut edits = Vec::new();
        edits.extend(self.learn.hear(&self.view));
        self.keys(ui, &mut edits);

        let p = theme::palette(ui);
        let pane = Frame::NONE.fill(p.panel);
        let bar = pane.inner_margin(Margin::symmetric(14, 0));
        Panel::top("transport")
            .exact_size(transport::HEIGHT)
            .resizable(false)
            .frame(bar)
            .show(ui, |ui| {
                self.doors.room(ui, "transport");
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    if let Some(files) = &mut self.files {
                        files.menu(ui);
                    }
                    if let Some(preset) = settings::presets(ui) {
                        // What is wrong with it is shown at its place.
                        let _ = self.desk.load_preset(&preset);
                    }
                    settings::menu(ui, &mut self.memory.now.rooms);
                    if self.standalone {
                        self.keyboard.button(ui);
                    }
                    let kept = (&mut self.pace, &self.recorder);
                    transport::show(ui, &self.view, kept, self.standalone, &mut edits);
                });
            });
        Panel::bottom("status")
            .exact_size(status::HEIGHT)
            .resizable(false)
            .frame(bar)
            .show(ui, |ui| {
                status::show(ui, &self.view, &mut self.score, &mut edits);
            });
        let rooms = self.memory.now.rooms;
        if rooms.score || rooms.timeline {
            Panel::bottom("score")
                .resizable(true)
                .default_size((ui.available_height() * LOWER).min(250.0))
                .min_size(96.0)
                .max_size(ui.available_height() * 0.6)
                .frame(pane)
                .show(ui, |ui| self.lower(ui, rooms, &mut edits));
        }
        let mut taken = None;
        if rooms.library && ui.available_width() > ROOM_FOR_SHELF {
            Panel::left("library")
                .exact_size(shelf::WIDTH)
                .resizable(false)
                .frame(pane.inner_margin(Margin::symmetric(8, 0)))
                .show(ui, |ui| {
                    self.doors.room(ui, "library");
                    taken = self.shelf.show(ui, &self.entries.1);
                });
        }
        let mut act = Act {
            hand: &mut self.hand,
            edits: &mut edits,
        };
        if rooms.inspector && ui.available_width() > ROOM_FOR_INSPECTOR {
            Panel::right("inspector")
                .exact_size(inspector::WIDTH)
                .resizable(false)
                .frame(bar)
                .show(ui, |ui| {
                    self.doors.room(ui, "inspector");
                    let selection = self.canvas.selection();
                    self.moves
                        .refresh(&self.desk, &self.view, selection.primary());
                    let waits = (&self.learn, &self.moves);
                    inspector::show(ui, &self.view, selection, waits, &mut self.nodes, &mut act);
                });
        }
        CentralPanel::default()
            .frame(Frame::NONE.fill(p.ground))
            .show(ui, |ui| {
                self.doors.room(ui, "canvas");
                let Some(mut operations) = self.operations.take() else {
                    return self.canvas.show(ui, &self.desk, &self.view, &mut act);
                };
                let selected = self.canvas.selection().primary().map(str::to_owned);
                let stays = selected.is_none_or(|s| operations.follow_selection(&self.view, &s));
                if stays && operations.show(ui, &self.desk, &self.view) {
                    self.operations = Some(operations);
                }
            });

        match taken {
            Some(Taken::Clicked(entry)) => {
                let then = match self.canvas.selection().primary() {
                    Some(node) if entry.has_input => Then::From(node.to_owned()),
                    _ => Then::Nothing,
                };
                self.add(&entry, None, &then);
            }
            Some(Taken::Heard(entry)) => self.hear(&entry),
            Some(Taken::Dropped(entry, at)) => {
                if let Some(Wanted { at, then, .. }) = self.canvas.wanted_at(&self.view, at) {
                    self.add(&entry, at, &then);
                }
            }
            None => {}
        }
        if let Some(mut scope) = self.scope.take()
            && scope.show(ui, &self.desk, &self.view)
        {
            self.scope = Some(scope);
        }
        self.drops(ui);
        let found = self.files.as_mut().and_then(|f| f.show(ui, &self.desk));
        if let Some(sound) = found {
            self.take_in(&sound, None);
        }
        if let Some(mut picker) = self.picker.take() {
            match picker.show(ui, &self.entries.1) {
                Picked::Open => self.picker = Some(picker),
                Picked::Nothing => {}
                Picked::Heard(entry) => {
                    self.hear(&entry);
                    self.picker = Some(picker);
                }
                Picked::Entry(entry) => self.add(&entry, picker.wanted.at, &picker.wanted.then),
            }
        }

        let edited = !edits.is_empty();
        let now = ui.input(|i| i.time);
        for edit in edits {
            self.apply(edit, now);
        }
        if self.evaluate && !self.score.is_behind() {
            self.evaluate = false;
            // What was found wrong stays with the desk, and the score pane shows it.
            let _ = self.desk.evaluate(self.score.text());
        }
        if edited {
            ui.request_repaint();
        }
        self.memory.follow(ui.ctx(), self.score.size(), now);
        ui.request_repaint_after(if self.view.is_alive() { LIVELY } else { IDLE });
    }

    /// The rooms below the canvas: the score with its console, and the timeline beside it where there is width.
    fn lower(&mut self, ui: &mut Ui, rooms: Rooms, edits: &mut Vec<Edit>) {
        let p = theme::palette(ui);
        let pane = Frame::NONE.fill(p.panel);
        let selection = self.canvas.selection();
        if !rooms.score {
            CentralPanel::default().frame(pane).show(ui, |ui| {
                self.doors.room(ui, "timeline");
                self.timeline.show(ui, &self.view, selection, edits);
            });
            return;
        }
        if rooms.timeline && ui.available_width() > ROOM_FOR_LANES {
            Panel::right("timeline")
                .resizable(true)
                .default_size(ui.available_width() * 0.45)
                .min_size(260.0)
                .frame(pane)
                .show(ui, |ui| {
                    self.doors.room(ui, "timeline");
                    self.timeline.show(ui, &self.view, selection, edits);
                });
        }
        Panel::bottom("console")
            .exact_size(console::HEIGHT)
            .resizable(false)
            .frame(pane.inner_margin(Margin::symmetric(14, 0)))
            .show(ui, |ui| {
                self.doors.room(ui, "one statement");
                self.console.show(ui, &self.view, edits);
            });
        CentralPanel::default().frame(pane).show(ui, |ui| {
            self.doors.room(ui, "text");
            self.score.show(ui, &self.view, edits);
        });
    }

    /// Follows the score with what can become a node.
    fn restock(&mut self) {
        if self.entries.0 == self.view.generation && self.stock.is_some() {
            return;
        }
        let fixed = self.stock.get_or_insert_with(|| {
            let presets = crate::folders::library().map(|folder| folder.join("presets"));
            stock::fixed(self.desk.session().units(), presets.as_deref())
        });
        let mut entries = stock::own(&self.view.score);
        entries.extend(fixed.iter().cloned());
        self.entries = (self.view.generation, entries);
    }

    /// Keys that belong to the window as a whole.
    fn keys(&mut self, ui: &Ui, edits: &mut Vec<Edit>) {
        let key = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        if key(Modifiers::COMMAND, Key::Enter) {
            edits.push(Edit::Evaluate);
        }
        if key(Modifiers::COMMAND, Key::Period) {
            edits.push(Edit::Panic);
        }
        // Other fields than the score have an undo of their own.
        if !ui.text_edit_focused() || self.score.has_focus(ui) {
            let again = Modifiers::COMMAND | Modifiers::SHIFT;
            if key(again, Key::Z) || key(Modifiers::COMMAND, Key::Y) {
                edits.push(Edit::Redo);
            } else if key(Modifiers::COMMAND, Key::Z) {
                edits.push(Edit::Undo);
            }
        }
        if ui.input(|i| i.key_pressed(Key::Escape)) && self.learn.stop() {
            key(Modifiers::NONE, Key::Escape);
        }
        let rooms = &mut self.memory.now.rooms;
        for (number, shown) in [
            (Key::Num1, &mut rooms.library),
            (Key::Num2, &mut rooms.inspector),
            (Key::Num3, &mut rooms.score),
            (Key::Num4, &mut rooms.timeline),
        ] {
            if key(Modifiers::COMMAND, number) {
                *shown = !*shown;
            }
        }
        self.doors.keys(ui);
        self.keyboard.keys(ui, edits);
        // In a host the space bar is the host's; here it plays and stops, whatever has the focus
        // (Enter presses a button), unless somebody writes.
        if self.standalone && !ui.text_edit_focused() && key(Modifiers::NONE, Key::Space) {
            edits.push(if self.view.status.playing {
                Edit::Stop
            } else {
                Edit::Play
            });
        }
    }
}
