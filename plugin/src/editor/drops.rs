//! Sound files that hands bring: let go over the window, or found by the file menu.
//!
//! On the canvas, or nowhere in particular, a file becomes a node that plays it. On a lane the lane's node plays it from
//! now on, with its pattern, its wires and its values.

use std::path::Path;

use egui::{Pos2, Ui};
use sorl_graph::patch::within;
use sorl_graph::score::edit::Gesture;
use sorl_graph::session::Change;

use super::files::Files;
use super::{Editor, make};
use crate::history::Kind;
use crate::take_in::take_in;

impl Editor {
    /// Takes in what was let go over the window in this frame.
    pub(super) fn drops(&mut self, ui: &Ui) {
        let (dropped, at) = ui.input(|i| (i.raw.dropped_files.clone(), i.pointer.latest_pos()));
        for file in &dropped {
            self.take_in(file.path(), at);
        }
    }

    /// Copies a sound file to where the score finds it, and lets it be heard.
    pub(super) fn take_in(&mut self, file: &Path, at: Option<Pos2>) {
        let project = self.files.as_ref().and_then(Files::folder);
        let Some(folder) = project.map(Path::to_owned).or_else(crate::folders::library) else {
            return;
        };
        let name = match take_in(file, &folder) {
            Ok(name) => name,
            Err(why) => {
                let what = file.display();
                self.desk.say(&format!("{what} was not taken: {why}"));
                return;
            }
        };
        let sound = format!("sampler(sample(\"{name}\"))");
        let (node, change, place) = match at.and_then(|at| self.timeline.lane_at(at)) {
            Some(node) => {
                let node = node.to_owned();
                let change = make::gesture(Gesture::Sound {
                    node: node.clone(),
                    sound,
                });
                let home = node.rsplit_once('/').map_or("", |(home, _)| home);
                let change = make::housed(&self.view.patch, home, change);
                (node, change, None)
            }
            None => {
                let (patch, open) = (&self.view.patch, self.canvas.at());
                let node = make::free_name(patch, &make::name_at(open, &name));
                let module = patch.modules.contains_key(open);
                let short = within(&node, open).filter(|_| module).unwrap_or(&node);
                let statement = Change::Statement(format!("node(\"{short}\", {sound})"));
                let change = match module {
                    true => Change::Within(open.to_owned(), Box::new(statement)),
                    false => statement,
                };
                let wanted = at.and_then(|at| self.canvas.wanted_at(&self.view, at));
                let place = wanted.and_then(|wanted| wanted.at);
                (node, change, place)
            }
        };
        let places: Vec<_> = place.into_iter().map(|at| (node.clone(), at)).collect();
        // What goes wrong is kept by the desk, and shown.
        let changed = self.desk.change_as(&[change], &places, Kind::Single);
        if changed.is_ok() {
            self.canvas.selection().only(&node);
        }
    }
}
