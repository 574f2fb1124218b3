//! A signal function as the operations that it became: what is computed, in order, by whom it is used.

use egui::{RichText, ScrollArea, Ui, Window};
use sorl_graph::patch::Source;

use super::theme;
use super::view::View;

/// The window, by the node it shows.
#[derive(Debug)]
pub(crate) struct Operations {
    node: String,
    /// The text and the Patch that it is of.
    text: (Option<u64>, String),
}

impl Operations {
    /// The operations of a node.
    pub fn new(node: &str) -> Operations {
        Operations {
            node: node.to_owned(),
            text: (None, String::new()),
        }
    }

    /// One frame of the window; says whether it is still open.
    pub fn show(&mut self, ui: &mut Ui, view: &View) -> bool {
        if self.text.0 != view.generation {
            self.text = (view.generation, told(view, &self.node));
        }
        let p = theme::palette(ui);
        let mut open = true;
        Window::new(format!("operations: {}", self.node))
            .id(ui.scope_id().with("operations"))
            .open(&mut open)
            .default_size([420.0, 320.0])
            .show(ui.ctx(), |ui| {
                ScrollArea::both().auto_shrink(false).show(ui, |ui| {
                    let words = RichText::new(&self.text.1)
                        .font(theme::mono(11.5))
                        .color(p.text);
                    ui.add(egui::Label::new(words).selectable(true).extend());
                });
            });
        open
    }
}

fn told(view: &View, node: &str) -> String {
    match view.patch.node(node).map(|node| &node.source) {
        Some(Source::Function(function)) => function.to_string(),
        Some(Source::Unit(about)) => format!("a unit generator: {}", about.help),
        Some(Source::Input(_)) => "what the host or the sound card sends".to_owned(),
        None => "this node is gone".to_owned(),
    }
}
