//! The editor: one window for the standalone and for hosts, over one [`Desk`].
//!
//! It runs on whatever thread draws the window. Each frame takes a copy of what the desk knows
//! (`view`), draws it, collects what the person wants (`edit`) and applies that at the end; nothing
//! here waits for the audio thread. What is selected and where one looks belongs to the editor
//! alone and is never in the Patch. A closed editor costs nothing.

mod canvas;
mod card;
mod edit;
mod hand;
mod highlight;
mod indent;
mod inspector;
mod knob;
mod layout;
mod lens;
mod node;
mod score;
mod sheet;
mod status;
mod theme;
mod transport;
mod typing;
mod value;
mod view;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use egui::{CentralPanel, Context, Frame, Key, Margin, Modifiers, Panel, Ui};

use crate::desk::Desk;
use canvas::Canvas;
use edit::Edit;
use hand::{Act, Hand};
use score::ScorePane;
use view::View;

/// Time between frames while something moves.
const LIVELY: Duration = Duration::from_millis(33);
/// Time between frames while nothing does: a look whether another hand changed something.
const IDLE: Duration = Duration::from_millis(500);

/// Narrower windows have no inspector: the canvas needs the room.
const ROOM_FOR_INSPECTOR: f32 = 800.0;

/// The editor of one instance of Sorl.
pub struct Editor {
    desk: Arc<Desk>,
    standalone: bool,
    view: View,
    canvas: Canvas,
    score: ScorePane,
    hand: Hand,
    /// The score is to be evaluated as soon as all that was typed before is in the text.
    evaluate: bool,
}

impl Editor {
    /// The size of the window when nothing else is known, in points.
    pub const DEFAULT_SIZE: [f32; 2] = [1180.0, 760.0];
    /// The smallest size at which everything can be reached, in points.
    pub const MIN_SIZE: [f32; 2] = [640.0, 420.0];

    /// An editor for a host's window: the host's clock rules.
    pub fn new(desk: Arc<Desk>) -> Editor {
        Editor {
            desk,
            standalone: false,
            view: View::new(),
            canvas: Canvas::default(),
            score: ScorePane::default(),
            hand: Hand::default(),
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

    /// Fonts and colours; once for each window, before its first frame.
    pub fn setup(ctx: &Context) {
        theme::install(ctx);
    }

    /// One frame, over all of `ui`. Asks for the next frame itself.
    pub fn show(&mut self, ui: &mut Ui) {
        let dt = ui.input(|i| i.stable_dt);
        self.view.refresh(&self.desk, dt);
        self.score.refresh(&self.view);
        let mut edits = Vec::new();
        self.keys(ui, &mut edits);

        let p = theme::palette(ui);
        let pane = Frame::NONE.fill(p.panel);
        let bar = pane.inner_margin(Margin::symmetric(14, 0));
        Panel::top("transport")
            .exact_size(transport::HEIGHT)
            .resizable(false)
            .frame(bar)
            .show(ui, |ui| {
                transport::show(ui, &self.view, self.standalone, &mut edits);
            });
        Panel::bottom("score")
            .resizable(true)
            .default_size(280.0)
            .min_size(96.0)
            .max_size(ui.available_height() * 0.6)
            .frame(pane)
            .show(ui, |ui| {
                Panel::bottom("status")
                    .exact_size(status::HEIGHT)
                    .resizable(false)
                    .frame(bar)
                    .show(ui, |ui| {
                        status::show(ui, &self.view, &self.score, &mut edits);
                    });
                CentralPanel::default()
                    .frame(pane)
                    .show(ui, |ui| self.score.show(ui, &mut edits));
            });
        let mut act = Act {
            hand: &mut self.hand,
            edits: &mut edits,
        };
        if ui.available_width() > ROOM_FOR_INSPECTOR {
            Panel::right("inspector")
                .exact_size(inspector::WIDTH)
                .resizable(false)
                .frame(bar)
                .show(ui, |ui| {
                    inspector::show(ui, &self.view, self.canvas.selection(), &mut act);
                });
        }
        CentralPanel::default()
            .frame(Frame::NONE.fill(p.ground))
            .show(ui, |ui| {
                self.canvas.show(ui, &self.view, &mut act);
            });

        let edited = !edits.is_empty();
        for edit in edits {
            self.apply(edit);
        }
        if self.evaluate && !self.score.is_behind() {
            self.evaluate = false;
            // What was found wrong stays with the desk, and the score pane shows it.
            let _ = self.desk.evaluate(self.score.text());
        }
        if edited {
            ui.request_repaint();
        }
        ui.request_repaint_after(if self.view.is_alive() { LIVELY } else { IDLE });
    }

    /// Keys that belong to the window as a whole.
    fn keys(&self, ui: &Ui, edits: &mut Vec<Edit>) {
        if ui.input_mut(|i| i.consume_key(Modifiers::COMMAND, Key::Enter)) {
            edits.push(Edit::Evaluate);
        }
        // In a host the space bar is the host's; here it plays and stops, whatever has the focus
        // (Enter presses a button), unless somebody writes.
        if self.standalone
            && !ui.text_edit_focused()
            && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Space))
        {
            edits.push(if self.view.status.playing {
                Edit::Stop
            } else {
                Edit::Play
            });
        }
    }

    fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Evaluate => self.evaluate = true,
            Edit::Draft(text) => self.desk.set_draft(&text),
            Edit::Place(places) => places
                .iter()
                .for_each(|(key, at)| self.desk.place(key, *at)),
            Edit::Set { path, value } => {
                // A control that vanished under the hand is no fault of the hand's.
                let _ = self.desk.session().set(&path, value);
            }
            Edit::Play => self.desk.session().play(),
            Edit::Stop => self.desk.session().stop(),
            Edit::Rewind => self.desk.session().rewind(),
            Edit::Dismiss => self.desk.dismiss_message(),
        }
    }
}
