//! The menus of the canvas, and what their entries mean.

use egui::{Pos2, Rect, Ui, pos2};
use sorl_graph::patch::Connection;

use super::edit::{Edit, Then, Wanted};
use super::lens::Lens;
use super::make;
use super::selection::Selection;
use super::view::View;

/// What was chosen for nodes.
pub(crate) enum Chosen {
    /// Something that changes score or places.
    Edit(Edit),
    /// To write another name.
    Rename,
    /// To show the next of wave, spectrum, nothing.
    Inset,
    /// To put the selected ones into a module.
    Group,
    /// To put the selected ones into a line.
    Align(Way),
}

/// How cards are put into a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Their left edges.
    Left,
    /// Their right edges.
    Right,
    /// Their upper edges.
    Top,
    /// Their middles, on one level.
    Middle,
}

impl Way {
    /// Where a card stands in the line.
    pub fn put(self, place: Rect, line: f32) -> Pos2 {
        match self {
            Way::Left => pos2(line, place.top()),
            Way::Right => pos2(line - place.width(), place.top()),
            Way::Top => pos2(place.left(), line),
            Way::Middle => pos2(place.left(), line - place.height() / 2.0),
        }
    }
}

/// The line of cards: where the first of them is.
pub(crate) fn line(places: impl Iterator<Item = Rect>, way: Way) -> Option<f32> {
    match way {
        Way::Left => places.map(|place| place.left()).reduce(f32::min),
        Way::Right => places.map(|place| place.right()).reduce(f32::max),
        Way::Top => places.map(|place| place.top()).reduce(f32::min),
        Way::Middle => {
            let first = places.reduce(|a, b| if b.left() < a.left() { b } else { a });
            first.map(|place| place.center().y)
        }
    }
}

/// The menu of the selected nodes.
pub(crate) fn of_nodes(ui: &mut Ui, view: &View, selection: &Selection) -> Option<Chosen> {
    let nodes = selection.nodes();
    let mut chosen = None;
    let mut entry = |ui: &mut Ui, words: &str, key: &str, what: &dyn Fn() -> Chosen| {
        if item(ui, words, key) {
            chosen = Some(what());
        }
    };
    let change = |changes| Chosen::Edit(Edit::change(changes));
    if nodes.len() == 1 {
        entry(ui, "rename", "F2", &|| Chosen::Rename);
    }
    if let Some(path) = selection.group().filter(|_| nodes.len() == 1) {
        entry(ui, "open", "Enter", &|| {
            Chosen::Edit(Edit::Open(path.to_owned()))
        });
    }
    if let Some(node) = selection.primary() {
        entry(ui, "open its operations", "Enter", &|| {
            Chosen::Edit(Edit::Operations(node.to_owned()))
        });
        entry(ui, "small scope, spectrum, none", "O", &|| Chosen::Inset);
        entry(ui, "scope window", "Shift+O", &|| {
            Chosen::Edit(Edit::Scope(node.to_owned()))
        });
    }
    entry(ui, "duplicate", "Ctrl+D", &|| {
        Chosen::Edit(duplicate(view, &nodes))
    });
    entry(ui, "mute", "M", &|| {
        change(make::flag(&view.patch, &nodes, false))
    });
    entry(ui, "solo", "S", &|| {
        change(make::flag(&view.patch, &nodes, true))
    });
    if nodes.len() > 1 {
        ui.separator();
        entry(ui, "align left edges", "", &|| Chosen::Align(Way::Left));
        entry(ui, "align right edges", "", &|| Chosen::Align(Way::Right));
        entry(ui, "align upper edges", "", &|| Chosen::Align(Way::Top));
        entry(ui, "align middles", "", &|| Chosen::Align(Way::Middle));
    }
    entry(ui, "group into a module", "Ctrl+G", &|| Chosen::Group);
    ui.separator();
    entry(ui, "remove", "Del", &|| change(make::remove(&nodes)));
    chosen
}

/// The menu of a wire.
pub(crate) fn of_wire(
    ui: &mut Ui,
    view: &View,
    wire: &Connection,
    at: Pos2,
    lens: &Lens,
) -> Option<Edit> {
    if item(ui, "put a node in…", "I") {
        return Some(insert(wire, at, lens));
    }
    if item(ui, "cut", "Del") {
        return Some(Edit::change(vec![make::cut(&view.patch, wire)]));
    }
    None
}

/// The menu of the ground.
pub(crate) fn of_ground(ui: &mut Ui, view: &View, at: Pos2, lens: &Lens) -> Option<Edit> {
    if item(ui, "add a node…", "N") {
        return Some(add(at, lens));
    }
    if item(ui, "lay out anew", "L") {
        return Some(tidy(view));
    }
    None
}

/// One entry with its key.
fn item(ui: &mut Ui, words: &str, key: &str) -> bool {
    let button = egui::Button::new(words).shortcut_text(key).frame(false);
    let chosen = ui.add(button).clicked();
    if chosen {
        ui.close();
    }
    chosen
}

/// To choose a node for a place.
pub(crate) fn add(screen: Pos2, lens: &Lens) -> Edit {
    wanted(screen, lens, Then::Nothing)
}

/// To choose a node for the middle of a wire.
pub(crate) fn insert(wire: &Connection, screen: Pos2, lens: &Lens) -> Edit {
    wanted(
        screen,
        lens,
        Then::Within(wire.from.clone(), wire.to.clone()),
    )
}

fn wanted(screen: Pos2, lens: &Lens, then: Then) -> Edit {
    let at = lens.on_canvas(screen);
    Edit::Choose(Wanted {
        at: Some([at.x, at.y]),
        screen,
        then,
    })
}

/// The selected nodes once more, a little aside.
pub(crate) fn duplicate(view: &View, nodes: &[&str]) -> Edit {
    let (twins, changes) = make::duplicate(&view.patch, &view.score, nodes);
    let places = twins.into_iter().filter_map(|(old, new)| {
        let [x, y] = *view.positions.get(&old)?;
        Some((new, [x + 32.0, y + 32.0]))
    });
    Edit::Change(changes, places.collect())
}

/// All nodes where the layout puts them.
pub(crate) fn tidy(view: &View) -> Edit {
    Edit::Place(
        view.positions
            .keys()
            .map(|key| (key.clone(), None))
            .collect(),
    )
}
