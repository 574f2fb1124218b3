//! Drawing wires: out of an output, off an input, and where one would end if it were let go now.

use egui::accesskit::Role;
use egui::{Id, Pos2, Rect, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use sorl_graph::patch::{Connection, Target};
use sorl_graph::signal::Outlet;

use super::card::{Card, HEADER, Kind};
use super::edit::{Edit, Then, Wanted};
use super::lens::Lens;
use super::make;
use super::sheet::Sheet;
use super::theme::Palette;
use super::view::View;
use super::wire;

/// How large the place is at which a port is taken, in points of the screen.
const GRASP: Vec2 = vec2(16.0, 16.0);

/// A wire in the hand.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    from: String,
    /// The wire that it was before it was taken off its end.
    was: Option<Connection>,
    /// Where its end is, on the screen.
    end: Pos2,
    /// How far it was carried: one that was not moved was not meant.
    carried: f32,
}

/// Where the ports of a card at `place` can be taken.
pub(crate) fn grasp(
    ui: &Ui,
    id: Id,
    lens: &Lens,
    view: &View,
    (card, place): (&Card, Rect),
    link: &mut Option<Link>,
) {
    let rect = lens.rect(place);
    // From afar ports are there where the pointer is.
    if !lens.sees(rect.expand(GRASP.x)) || (lens.is_far() && !is_near(ui, rect)) {
        return;
    }
    let corner = place.min.to_vec2();
    let port = |at: Pos2| Rect::from_center_size(lens.pos(at + corner), GRASP);
    let name = &card.key;
    let outputs: Vec<&str> = match card.kind {
        Kind::Node(_) => vec![name],
        // A group within the group is opened first.
        Kind::Group => {
            let nodes = card
                .shown()
                .iter()
                .filter(|m| view.patch.node(&m.name).is_some());
            nodes.map(|m| m.name.as_str()).collect()
        }
        Kind::Beyond { .. } | Kind::Out(_) => return,
    };
    for name in outputs {
        let place = port(card.exit(name));
        let output = ui.interact(place, id.with(("output", name)), Sense::drag());
        output.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name} output")));
        if output.hovered() || output.dragged() {
            ui.set_cursor_icon(egui::CursorIcon::Crosshair);
        }
        if output.drag_started() {
            *link = Some(Link {
                from: name.to_owned(),
                was: None,
                end: output.rect.center(),
                carried: 0.0,
            });
        }
    }
    if card.kind == Kind::Group {
        for member in card.shown().iter().filter(|m| m.inputs > 0) {
            let to = Target::Input {
                node: member.name.clone(),
                port: 0,
            };
            let at = pos2(0.0, card.exit(&member.name).y);
            let input = ui.interact(port(at), id.with(("input", &member.name)), Sense::drag());
            input.widget_info(|| {
                WidgetInfo::labeled(Role::Button, true, format!("{} input 1", member.name))
            });
            take_off(ui, view, &input, &to, link);
        }
    }
    for index in 0..card.inputs {
        let input = ui.interact(
            port(card.input(index)),
            id.with(("input", index)),
            Sense::drag(),
        );
        input.widget_info(|| {
            WidgetInfo::labeled(Role::Button, true, format!("{name} input {}", index + 1))
        });
        let to = Target::Input {
            node: name.clone(),
            port: index as u16,
        };
        take_off(ui, view, &input, &to, link);
    }
}

fn is_near(ui: &Ui, rect: Rect) -> bool {
    let at = ui.input(|i| i.pointer.latest_pos());
    at.is_some_and(|at| rect.expand(GRASP.x).contains(at))
}

/// The last wire into a port comes off with the hand.
fn take_off(ui: &Ui, view: &View, port: &egui::Response, to: &Target, link: &mut Option<Link>) {
    let Some(wire) = view.wires.iter().rev().find(|wire| wire.to == *to) else {
        return;
    };
    if port.hovered() || port.dragged() {
        ui.set_cursor_icon(egui::CursorIcon::Crosshair);
    }
    if port.drag_started() {
        *link = Some(Link {
            from: wire.from.clone(),
            was: Some(wire.clone()),
            end: port.rect.center(),
            carried: 0.0,
        });
    }
}

impl Link {
    /// Whether this wire is the one that is in the hand.
    pub fn is(&self, wire: &Connection) -> bool {
        self.was.as_ref() == Some(wire)
    }

    /// Follows the pointer and paints the wire; says what it means when it is let go.
    pub fn carry(
        &mut self,
        ui: &Ui,
        lens: &Lens,
        p: &Palette,
        view: &View,
        (sheet, places): (&Sheet, &[Rect]),
    ) -> Option<Vec<Edit>> {
        let (pointer, released, cancelled) = ui.input(|i| {
            let gone = !i.pointer.any_down();
            (
                i.pointer.latest_pos(),
                gone,
                i.key_pressed(egui::Key::Escape),
            )
        });
        if cancelled {
            return Some(Vec::new());
        }
        if let Some(at) = pointer {
            self.carried += (at - self.end).length();
            self.end = at;
        }
        let end = lens.on_canvas(self.end);
        let target = target_at(sheet, places, view, end);
        if released {
            return Some(self.let_go(ui, view, target, end));
        }
        ui.set_cursor_icon(egui::CursorIcon::Crosshair);
        let holds =
            |card: &Card| card.key == self.from || card.members.iter().any(|m| m.name == self.from);
        let source = sheet.cards.iter().position(holds)?;
        let begin = sheet.cards[source].exit(&self.from) + places[source].min.to_vec2();
        let colour = match &target {
            Some((Target::Control { .. }, _)) => p.control,
            _ => p.audio,
        };
        wire::draw(lens, begin, end, colour);
        if let Some((target, place)) = &target {
            let line = egui::Stroke::new(1.5, colour);
            lens.painter().rect_stroke(
                lens.rect(*place),
                6.0 * lens.zoom(),
                line,
                egui::StrokeKind::Outside,
            );
            let verb = if ui.input(|i| i.modifiers.shift) {
                "a copy to"
            } else {
                "to"
            };
            let words = format!("{} {verb} {}", self.from, name_of(target));
            lens.painter().text(
                self.end + vec2(14.0, 14.0),
                egui::Align2::LEFT_TOP,
                words,
                super::theme::words(11.0),
                p.text,
            );
        }
        None
    }

    fn let_go(&self, ui: &Ui, view: &View, target: Option<(Target, Rect)>, end: Pos2) -> Vec<Edit> {
        if self.carried < 6.0 {
            return Vec::new();
        }
        let patch = &view.patch;
        match (target, &self.was) {
            (Some((to, _)), Some(was)) if was.to == to => Vec::new(),
            (Some((to, _)), was) => {
                let copy = match was {
                    Some(was) => was.send,
                    None => ui.input(|i| i.modifiers.shift),
                };
                let mut changes = vec![make::connect(patch, &self.from, &to, copy)];
                if let Some(was) = was {
                    changes.push(make::cut(patch, was));
                }
                vec![Edit::change(changes)]
            }
            (None, Some(was)) => vec![Edit::change(vec![make::cut(patch, was)])],
            (None, None) => vec![Edit::Choose(Wanted {
                at: Some([end.x, end.y]),
                screen: self.end,
                then: Then::From(self.from.clone()),
            })],
        }
    }
}

/// What a wire that ends here would lead to, and what to light up: a control on the right half of its
/// row, else the nearest input; on nodes without one any row is its control.
fn target_at(sheet: &Sheet, places: &[Rect], view: &View, at: Pos2) -> Option<(Target, Rect)> {
    let found = places
        .iter()
        .rposition(|place| place.expand(10.0).contains(at))?;
    let (card, place) = (&sheet.cards[found], places[found]);
    let node = match card.kind {
        Kind::Out(pair) => return Some((Target::Out(pair), place)),
        Kind::Group => return member_at(card, place, at),
        Kind::Beyond { .. } => return None,
        Kind::Node(index) => view.patch.nodes.get(index)?,
    };
    let row = (0..card.rows.len()).find_map(|row| {
        let words = card
            .words(row)
            .union(card.bar(row))
            .translate(place.min.to_vec2());
        words.expand(3.0).contains(at).then_some((row, words))
    });
    if let Some((row, words)) = row
        && (card.inputs == 0 || at.x > place.center().x)
    {
        let control = card.rows[row].control.clone();
        let node = node.name.clone();
        return Some((Target::Control { node, control }, words));
    }
    let height = |port: usize| (card.input(port).y + place.top() - at.y).abs();
    let port = (0..card.inputs).min_by(|a, b| height(*a).total_cmp(&height(*b)))?;
    let node = node.name.clone();
    let port = port as u16;
    let title = place.with_max_y(place.top() + HEADER.max(place.height()));
    Some((Target::Input { node, port }, title))
}

/// The member of a group that a wire would lead to: the one whose line is nearest, of those with an input.
fn member_at(card: &Card, place: Rect, at: Pos2) -> Option<(Target, Rect)> {
    let corner = place.min.to_vec2();
    let lines = card.shown().iter().enumerate();
    let lines = lines.filter(|(_, m)| m.inputs > 0);
    let lines = lines.map(|(i, m)| (m, card.line(i).translate(corner)));
    let far = |line: &Rect| (line.center().y - at.y).abs();
    let (member, line) = lines.min_by(|a, b| far(&a.1).total_cmp(&far(&b.1)))?;
    let node = member.name.clone();
    Some((Target::Input { node, port: 0 }, line))
}

fn name_of(target: &Target) -> String {
    match target {
        Target::Input { node, .. } => node.clone(),
        Target::Control { node, control } => format!("{node} {control}"),
        Target::Out(number) => Outlet::written(*number),
    }
}
