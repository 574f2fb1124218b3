//! The boxes of the canvas as plain data: which there are, what each shows, how large it is and
//! where its ports sit. Computed once for each new Patch; knows of egui little but its geometry.

use egui::{Color32, Pos2, Rect, Ui, Vec2, pos2, vec2};
use sorl_graph::patch::{Node, Target, within};
use sorl_graph::signal::Outlet;

use super::theme;
use super::value::Range;
use super::view::View;

/// Width of a node's card.
pub(crate) const WIDTH: f32 = 176.0;
/// Height of a card's title.
pub(crate) const HEADER: f32 = 28.0;
/// Height of a row: a name, a value, a bar.
pub(crate) const ROW: f32 = 27.0;
/// Room under the last row.
pub(crate) const FOOT: f32 = 5.0;
/// Size of the boxes that stand for outputs.
const OUT: Vec2 = vec2(120.0, 92.0);
/// Size of the boxes that stand for nodes beyond the group that is open.
const BEYOND: Vec2 = vec2(104.0, HEADER);
/// The room of a small scope under the rows.
const INSET: f32 = 46.0;
/// Height of a line that stands for a node of a group.
const MEMBER: f32 = 19.0;
/// More lines than this make the card of a group unwieldy.
const MOST_MEMBERS: usize = 8;
/// More rows than this make a card unwieldy.
const MOST_ROWS: usize = 4;
/// Controls that notes feed; nobody turns them.
pub(crate) const FED_BY_NOTES: [&str; 6] = ["freq", "gate", "vel", "bend", "pressure", "timbre"];

/// What a card stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The node with this index in the Patch.
    Node(usize),
    /// A group: its nodes stand in it.
    Group,
    /// A node beyond the group that is open: one that leads into it, or one that it leads to.
    Beyond {
        /// Whether it leads into the group.
        source: bool,
    },
    /// A stereo pair of outputs, from 1.
    Out(u16),
}

/// A node of a group, or a group within, as a line on its card.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    /// The node's name, or the group's path.
    pub name: String,
    /// The nodes it stands for, by index.
    pub nodes: Vec<usize>,
    /// How many audio inputs it has; a group within counts as having one where any node has.
    pub inputs: usize,
}

/// A row: one control with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The control's name.
    pub control: String,
    /// Its range.
    pub range: Range,
    /// The pattern that drives it, by its index among the bindings.
    pub binding: Option<usize>,
    /// Whether wires lead to it.
    pub wired: bool,
}

/// A box on the canvas.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Card {
    /// Under which name its place is kept.
    pub key: String,
    /// What it stands for.
    pub kind: Kind,
    /// What is written on it.
    pub title: String,
    /// The colour of its mark.
    pub mark: Color32,
    /// How many audio inputs it has.
    pub inputs: usize,
    /// The pattern that plays its notes, by its index among the bindings.
    pub notes: Option<usize>,
    /// The controls it shows.
    pub rows: Vec<Row>,
    /// The nodes of a group.
    pub members: Vec<Member>,
    /// How many more rows or members it has than it shows.
    pub more: usize,
    /// Where its small scope is, from the card's corner, if it is open.
    pub inset: Option<Rect>,
    /// Its size.
    pub size: Vec2,
}

impl Card {
    /// The card of a node.
    pub fn of_node(index: usize, node: &Node, mark: Color32, view: &View, title: &str) -> Card {
        let (rows, more) = rows(node, view, MOST_ROWS);
        let inputs = node.inputs().len();
        let foot = if more > 0 { 18.0 } else { 0.0 };
        let height = HEADER + ROW * rows.len().max(inputs) as f32 + foot + FOOT;
        Card {
            key: node.name.clone(),
            kind: Kind::Node(index),
            title: title.to_owned(),
            mark,
            inputs,
            notes: view.binding(&node.name, None),
            rows,
            members: Vec::new(),
            more,
            inset: None,
            size: vec2(WIDTH, height),
        }
    }

    /// The same with room for a small scope at its foot.
    #[must_use]
    pub fn with_inset(mut self) -> Card {
        let top = self.size.y - FOOT + 2.0;
        self.size.y += INSET;
        let corner = pos2(self.size.x - 11.0, self.size.y - FOOT - 2.0);
        self.inset = Some(Rect::from_min_max(pos2(10.0, top), corner));
        self
    }

    /// The card of a group.
    pub fn of_group(path: &str, title: &str, mark: Color32, members: Vec<Member>) -> Card {
        let shown = members.len().min(MOST_MEMBERS);
        let more = members.len() - shown;
        let foot = if more > 0 { 18.0 } else { 0.0 };
        Card {
            key: format!("{path}/"),
            kind: Kind::Group,
            title: title.to_owned(),
            mark,
            inputs: 0,
            notes: None,
            rows: Vec::new(),
            members,
            more,
            inset: None,
            size: vec2(WIDTH, HEADER + 4.0 + MEMBER * shown as f32 + foot + FOOT),
        }
    }

    /// The card of a node beyond the group that is open.
    pub fn of_beyond(at: &str, name: &str, source: bool, mark: Color32) -> Card {
        let way = if source { '<' } else { '>' };
        Card {
            key: format!("{at}/{way}{name}"),
            kind: Kind::Beyond { source },
            title: name.to_owned(),
            mark,
            inputs: 0,
            notes: None,
            rows: Vec::new(),
            members: Vec::new(),
            more: 0,
            inset: None,
            size: BEYOND,
        }
    }

    /// The path of the group that it stands for.
    pub fn path(&self) -> &str {
        self.key.trim_end_matches('/')
    }

    /// The card of a pair of outputs, or of a channel.
    pub fn of_out(pair: u16) -> Card {
        let title = match Outlet::of(pair) {
            Some(Outlet::Channel(channel)) => format!("out {channel}"),
            _ => {
                let first = 2 * u32::from(pair.max(1)) - 1;
                format!("out {first}–{}", first + 1)
            }
        };
        Card {
            // No node may have this name.
            key: Outlet::written(pair),
            kind: Kind::Out(pair),
            title,
            mark: Color32::TRANSPARENT,
            inputs: 0,
            notes: None,
            rows: Vec::new(),
            members: Vec::new(),
            more: 0,
            inset: None,
            size: OUT,
        }
    }

    /// Where wires leave, from the card's corner.
    pub fn output(&self) -> Pos2 {
        pos2(self.size.x, HEADER + 7.0)
    }

    /// Where the audio input with this index is.
    pub fn input(&self, port: usize) -> Pos2 {
        pos2(0.0, HEADER + 9.0 + ROW * port as f32)
    }

    /// Where patterns of notes arrive.
    pub fn events(&self) -> Pos2 {
        pos2(0.0, HEADER / 2.0)
    }

    /// Where wires to a control arrive: at its bar, or at the foot if it is not shown.
    pub fn control(&self, control: &str) -> Pos2 {
        match self.rows.iter().position(|row| row.control == control) {
            Some(row) => pos2(0.0, self.bar(row).center().y),
            None => pos2(0.0, self.size.y - FOOT),
        }
    }

    /// The members that are shown.
    pub fn shown(&self) -> &[Member] {
        &self.members[..self.members.len().min(MOST_MEMBERS)]
    }

    /// The line of a member.
    pub fn line(&self, member: usize) -> Rect {
        let top = HEADER + 4.0 + MEMBER * member as f32;
        Rect::from_min_max(pos2(0.0, top), pos2(self.size.x, top + MEMBER))
    }

    /// How far down wires to and from a node of the group meet the card.
    fn level_of(&self, node: &str) -> f32 {
        let is = |m: &Member| m.name == node || within(node, &m.name).is_some();
        match self.shown().iter().position(is) {
            Some(member) => self.line(member).center().y,
            None => self.size.y - FOOT - 9.0,
        }
    }

    /// Where a wire leaves that comes from this node.
    pub fn exit(&self, node: &str) -> Pos2 {
        match self.kind {
            Kind::Node(_) | Kind::Out(_) => self.output(),
            Kind::Group => pos2(self.size.x, self.level_of(node)),
            Kind::Beyond { .. } => pos2(self.size.x, self.size.y / 2.0),
        }
    }

    /// Where a wire arrives.
    pub fn entry(&self, to: &Target) -> Pos2 {
        match (self.kind, to) {
            (Kind::Node(_), Target::Input { port, .. }) => self.input(usize::from(*port)),
            (Kind::Node(_), Target::Control { control, .. }) => self.control(control),
            (Kind::Group, _) => pos2(0.0, self.level_of(to.node().unwrap_or_default())),
            _ => pos2(0.0, self.size.y / 2.0),
        }
    }

    /// The words of a row.
    pub fn words(&self, row: usize) -> Rect {
        let top = HEADER + ROW * row as f32;
        Rect::from_min_max(pos2(10.0, top), pos2(self.size.x - 11.0, top + 18.0))
    }

    /// The bar under the words of a row.
    pub fn bar(&self, row: usize) -> Rect {
        let words = self.words(row);
        Rect::from_min_max(
            pos2(words.left(), words.bottom() + 1.5),
            pos2(words.right(), words.bottom() + 4.5),
        )
    }

    /// The meter at the right edge.
    pub fn meter(&self) -> Rect {
        Rect::from_min_max(
            pos2(self.size.x - 4.0, HEADER + 15.0),
            self.size.to_pos2() - vec2(1.0, 5.0),
        )
    }
}

/// The rows of a node, at most `most`, and how many were left out. What the score set or drives
/// comes before what nobody has touched; the order is that of the function.
pub(crate) fn rows(node: &Node, view: &View, most: usize) -> (Vec<Row>, usize) {
    let wired = |control: &str| {
        let to = Target::Control {
            node: node.name.clone(),
            control: control.to_owned(),
        };
        view.wires.iter().any(|wire| wire.to == to)
    };
    let row = |control: &str, range: Range| Row {
        control: control.to_owned(),
        range,
        binding: view.binding(&node.name, Some(control)),
        wired: wired(control),
    };
    let spoken =
        |row: &Row| row.wired || row.binding.is_some() || node.values.contains_key(&row.control);

    let loud = node.value("gain").unwrap_or(1.0) > 1.0;
    let gain = row(
        "gain",
        if loud {
            Range::loud_gain()
        } else {
            Range::gain()
        },
    );
    let pan = Some(row("pan", Range::pan())).filter(spoken);
    let own = node
        .controls()
        .iter()
        .map(|c| row(&c.name, Range::of(c)))
        .filter(|r| spoken(r) || !FED_BY_NOTES.contains(&r.control.as_str()));
    let mut rows: Vec<Row> = std::iter::once(gain).chain(pan).chain(own).collect();
    let more = rows.len().saturating_sub(most);
    for _ in 0..more {
        let least = rows
            .iter()
            .rposition(|row| !spoken(row) && row.control != "gain");
        rows.remove(least.unwrap_or(rows.len() - 1));
    }
    (rows, more)
}

/// What a value is, and what moves it; `home` is what the score says where the hand said otherwise.
pub(crate) fn explain(ui: &mut Ui, view: &View, row: &Row, home: Option<f32>) {
    ui.label(format!("{} · {}", row.control, row.range.write_ends()));
    if let Some(binding) = row.binding.and_then(|b| view.patch.bindings.get(b)) {
        ui.colored_label(
            theme::palette(ui).control,
            format!("driven by {}", binding.text),
        );
    }
    if let Some(home) = home {
        ui.label(format!(
            "moved by hand; the score says {}",
            row.range.write(home)
        ));
    }
    ui.weak("drag, or type after a click: 1.2k, 3 dB, C3; double-click for where it starts");
}
