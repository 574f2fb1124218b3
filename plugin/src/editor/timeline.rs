//! The timeline: what all nodes play over the next bars, as lanes that hands can change.
//!
//! Hits lie on a grid of steps, notes on a piano roll; both rewrite the literal of their pattern in
//! the score. A pattern that is computed is shown, and can be frozen into notes.

use egui::accesskit::Role;
use egui::{
    Align2, Id, Layout, Pos2, Rect, Response, RichText, ScrollArea, Sense, Stroke, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use sorl_graph::patch::Binding;
use sorl_graph::time::Ratio;

use super::edit::Edit;
use super::grid::{self, Grid};
use super::lanes::{Kind, Lane, lanes};
use super::make;
use super::reach::Reach;
use super::roll::{self, Roll};
use super::selection::Selection;
use super::theme::{self, Palette};
use super::view::View;

/// The room of the lanes' names.
const NAMES: f32 = 116.0;
/// The height of a lane.
const LANE: f32 = 24.0;
/// The height of a lane whose notes can be changed.
const TALL: f32 = 148.0;
/// The height of the ruler.
const RULER: f32 = 18.0;

/// The steps of a bar that the grid can have, and how they are called.
const GRIDS: [(u8, &str); 5] = [
    (8, "1/8"),
    (16, "1/16"),
    (32, "1/32"),
    (12, "1/8T"),
    (24, "1/16T"),
];
/// How many bars can be seen.
const BARS: [u8; 5] = [1, 2, 4, 8, 16];

/// The timeline, apart from what it shows.
pub(crate) struct Timeline {
    bars: u8,
    steps: u8,
    lanes: Vec<Lane>,
    generation: Option<u64>,
    grid: Grid,
    roll: Roll,
    /// How far hands have zoomed since the number of bars changed last.
    zoomed: f32,
    /// Where the lanes of notes were drawn last, and of which nodes.
    places: Vec<(Rect, String)>,
    reach: Reach,
}

impl Default for Timeline {
    fn default() -> Timeline {
        Timeline {
            bars: 2,
            steps: 16,
            lanes: Vec::new(),
            generation: None,
            grid: Grid::default(),
            roll: Roll::default(),
            zoomed: 1.0,
            places: Vec::new(),
            reach: Reach::default(),
        }
    }
}

/// From time to screen.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    /// The first bar that is seen.
    pub first: i64,
    /// How many are.
    pub bars: i64,
    /// The steps of a bar.
    pub steps: i64,
    /// Where they are on the screen.
    pub left: f32,
    /// How wide all of them are.
    pub width: f32,
}

impl Scale {
    /// Where a time is on the screen.
    pub fn x(&self, cycle: f64) -> f32 {
        self.left + ((cycle - self.first as f64) / self.bars as f64) as f32 * self.width
    }

    /// The step of the grid that a place of the screen is in, from the first that is seen.
    pub fn step(&self, x: f32) -> i64 {
        let way = (x - self.left) / self.width * (self.bars * self.steps) as f32;
        (way.floor() as i64).clamp(0, self.bars * self.steps - 1)
    }

    /// Where a step begins, in cycles.
    pub fn time(&self, step: i64) -> Ratio {
        Ratio::whole(self.first) + Ratio::new(step, self.steps)
    }

    /// The length of a step.
    pub fn length(&self) -> Ratio {
        Ratio::new(1, self.steps)
    }
}

impl Timeline {
    /// One frame, over all the room there is.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        view: &View,
        selection: &mut Selection,
        edits: &mut Vec<Edit>,
    ) {
        if self.generation != view.generation {
            self.generation = view.generation;
            self.lanes = lanes(view);
        }
        let p = theme::palette(ui);
        let window = ui.max_rect();
        ui.painter().rect_filled(window, 0.0, p.panel);
        ui.spacing_mut().item_spacing.y = 2.0;
        if ui.rect_contains_pointer(window) {
            self.zoom(ui.input(egui::InputState::zoom_delta));
        }
        self.tools(ui, p);
        let bars = i64::from(self.bars);
        let (ruler, _) = ui.allocate_exact_size(vec2(ui.available_width(), RULER), Sense::hover());
        let scale = Scale {
            first: view.status.cycle.floor().div_euclid(bars) * bars,
            bars,
            steps: i64::from(self.steps),
            left: ruler.left() + NAMES,
            width: (ruler.width() - NAMES - 14.0).max(40.0),
        };
        self.ruler(ui, p, view, ruler, scale);
        let lanes = std::mem::take(&mut self.lanes);
        self.places.clear();
        let shown = ScrollArea::vertical()
            .id_salt("lanes")
            .auto_shrink(false)
            .show(ui, |ui| {
                self.reach.begin();
                for (i, lane) in lanes.iter().enumerate() {
                    let height = if is_tall(lane, selection) { TALL } else { LANE };
                    if self.reach.shows(ui, i, height) {
                        self.lane(ui, p, view, (i, lane), scale, selection, edits);
                    }
                }
                self.reach.end(ui);
                if lanes.is_empty() {
                    let words = "Nodes with a gate get a lane here: click in it for a beat.";
                    ui.label(RichText::new(words).color(p.secondary));
                }
            });
        self.lanes = lanes;
        playhead(
            ui,
            p,
            view,
            Rect::from_min_max(pos2(ruler.left(), ruler.top()), shown.inner_rect.max),
            scale,
        );
    }

    /// Hands zoom: after half as much again the next number of bars is seen.
    fn zoom(&mut self, by: f32) {
        self.zoomed *= by;
        let at = BARS.iter().position(|bars| *bars == self.bars).unwrap_or(0);
        let next = if self.zoomed > 1.5 {
            at.checked_sub(1)
        } else if self.zoomed < 1.0 / 1.5 {
            Some(at + 1)
        } else {
            return;
        };
        self.zoomed = 1.0;
        if let Some(bars) = next.and_then(|next| BARS.get(next)) {
            self.bars = *bars;
        }
    }

    /// The node whose lane is at a place of the screen.
    pub fn lane_at(&self, at: Pos2) -> Option<&str> {
        let found = self.places.iter().find(|(place, _)| place.contains(at));
        found.map(|(_, node)| node.as_str())
    }

    /// How much is seen, and how fine the grid is.
    fn tools(&mut self, ui: &mut Ui, p: &Palette) {
        ui.horizontal(|ui| {
            ui.set_height(22.0);
            ui.add_space(8.0);
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.label(RichText::new("grid").color(p.secondary));
            for (steps, name) in GRIDS {
                if choice(ui, name, self.steps == steps, &format!("grid {name}")) {
                    self.steps = steps;
                }
            }
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add_space(8.0);
                ui.label(RichText::new("bars").color(p.secondary));
                for bars in BARS.into_iter().rev() {
                    let name = bars.to_string();
                    if choice(ui, &name, self.bars == bars, &format!("show {name} bars")) {
                        self.bars = bars;
                    }
                }
            });
        });
    }

    fn ruler(&self, ui: &Ui, p: &Palette, view: &View, ruler: Rect, scale: Scale) {
        let beats = i64::from(view.status.meter.beats.max(1));
        let fine = scale.width / (scale.bars * beats) as f32 > 44.0;
        for bar in 0..scale.bars {
            for beat in 0..if fine { beats } else { 1 } {
                let at = (scale.first + bar) as f64 + beat as f64 / beats as f64;
                let number = scale.first + bar + 1;
                let words = match beat {
                    0 => number.to_string(),
                    beat => format!("{number}.{}", beat + 1),
                };
                let ink = if beat == 0 { p.secondary } else { p.faint };
                let place = pos2(scale.x(at) + 2.0, ruler.center().y);
                ui.painter()
                    .text(place, Align2::LEFT_CENTER, words, theme::mono(10.0), ink);
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn lane(
        &mut self,
        ui: &mut Ui,
        p: &Palette,
        view: &View,
        (index, lane): (usize, &Lane),
        scale: Scale,
        selection: &mut Selection,
        edits: &mut Vec<Edit>,
    ) {
        let tall = is_tall(lane, selection);
        let height = if tall { TALL } else { LANE };
        let (all, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        if lane.control.is_none() {
            self.places
                .push((all.intersect(ui.clip_rect()), lane.name.clone()));
        }
        let track = Rect::from_x_y_ranges(scale.left..=scale.left + scale.width, all.y_range());
        ui.painter().rect_filled(track, 3.0, p.ground);
        bar_lines(ui, p, track, scale);
        let named = name(ui, p, view, lane, all, selection, edits);
        let track_id = ui.scope_id().with(lane.title());
        let mut frozen = None;
        match (lane.kind, tall) {
            (Kind::Curve, _) => curve(ui, p, view, lane, track, scale),
            (Kind::Hits, _) if lane.open => {
                grid::show(ui, p, view, lane, (track, scale), &mut self.grid, edits)
            }
            (Kind::Notes, true) => {
                roll::show(ui, p, view, lane, (track, scale), &mut self.roll, edits)
            }
            (Kind::Notes | Kind::Hits, _) => {
                let response = ui.interact(track, track_id, Sense::click());
                response.widget_info(|| WidgetInfo::labeled(Role::Button, true, lane.title()));
                roll::notes(ui, p, view, lane, (track, scale));
                if response.clicked() {
                    selection.only(&lane.name);
                }
                frozen = freeze(ui, lane, track);
            }
        }
        let mut parts = named.to_vec();
        parts.push(track_id);
        if let Some(button) = frozen {
            parts.push(button.id);
            if button.clicked()
                && let Some(phrase) = &lane.phrase
            {
                edits.push(lane.write(phrase));
            }
        }
        self.reach.keep(ui, index, &parts, all);
    }
}

/// Whether the notes of a lane can be changed where it stands: it has a piano roll.
fn is_tall(lane: &Lane, selection: &Selection) -> bool {
    lane.kind == Kind::Notes && lane.open && selection.primary() == Some(&lane.name)
}

/// Where a computed pattern can be written down as notes: the button.
fn freeze(ui: &mut Ui, lane: &Lane, track: Rect) -> Option<Response> {
    if lane.open || lane.phrase.is_none() {
        return None;
    }
    let place = Rect::from_min_max(
        track.right_top() + vec2(-112.0, 2.0),
        track.right_bottom() - vec2(4.0, 2.0),
    );
    let near = ui.rect_contains_pointer(track);
    let button = egui::Button::new(RichText::new("freeze to notes").font(theme::words(10.5)));
    let id_name = format!("freeze {} to notes", lane.name);
    // Under an id of its own, whatever rows are left out before it.
    let id = ui.scope_id().with((lane.title(), "freeze"));
    let mut corner = ui.new_child(UiBuilder::new().scope_id(id).max_rect(place));
    let focused = ui.memory(|memory| memory.has_focus(corner.next_auto_id()));
    if !near && !focused {
        corner.set_opacity(0.0);
    }
    Some(corner.put(place, button).accessible_name(id_name))
}

/// The name of a lane, and mute and solo; gives the ids of the three.
fn name(
    ui: &mut Ui,
    p: &Palette,
    view: &View,
    lane: &Lane,
    all: Rect,
    selection: &mut Selection,
    edits: &mut Vec<Edit>,
) -> [Id; 3] {
    let node = &view.patch.nodes[lane.node];
    let room = Rect::from_min_size(all.min, vec2(NAMES - 6.0, LANE));
    let id = ui.scope_id().with((lane.title(), "name"));
    let response = ui.interact(room, id, Sense::click());
    let words = lane.control.as_deref().unwrap_or(&lane.name);
    response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{} name", lane.title())));
    if response.clicked() {
        selection.only(&lane.name);
    }
    let heard = view.audible.contains(lane.name.as_str());
    let ink = match (selection.has(&lane.name), heard) {
        (true, _) => p.text,
        (_, true) => p.secondary,
        (_, false) => p.faint,
    };
    let indent = if lane.control.is_some() { 22.0 } else { 12.0 };
    let clip = room.with_max_x(room.right() - 34.0);
    ui.painter_at(clip).text(
        room.left_center() + vec2(indent, 0.0),
        Align2::LEFT_CENTER,
        words,
        theme::words(11.5),
        ink,
    );
    let parts = [id, id.with("solo"), id.with("mute")];
    if lane.control.is_some() {
        return parts;
    }
    let flags = [
        ("S", "solo", node.solo, p.audio),
        ("M", "mute", node.mute, p.control),
    ];
    for (i, (letter, word, on, colour)) in flags.into_iter().enumerate() {
        let centre = room.right_center() - vec2(10.0 + 17.0 * i as f32, 0.0);
        let rect = Rect::from_center_size(centre, vec2(16.0, 16.0));
        let response = ui.interact(rect, id.with(word), Sense::click());
        response.widget_info(|| {
            WidgetInfo::selected(Role::Button, true, on, format!("{} {word}", lane.title()))
        });
        if response.clicked() {
            edits.push(Edit::change(make::flag(
                &view.patch,
                &[&lane.name],
                word == "solo",
            )));
        }
        let touched = response.hovered() || response.has_focus();
        let ink = match (on, touched) {
            (true, _) => colour,
            (_, true) => p.text,
            (_, false) => p.faint,
        };
        ui.painter().text(
            centre,
            Align2::CENTER_CENTER,
            letter,
            theme::strong(10.5),
            ink,
        );
    }
    parts
}

fn bar_lines(ui: &Ui, p: &Palette, track: Rect, scale: Scale) {
    for bar in 0..scale.bars {
        let x = scale.x((scale.first + bar) as f64);
        ui.painter()
            .vline(x, track.y_range(), Stroke::new(1.0, p.line));
    }
}

/// What a pattern makes of a control, over the bars that are seen.
fn curve(ui: &Ui, p: &Palette, view: &View, lane: &Lane, track: Rect, scale: Scale) {
    let Some((program, binding)) = lane
        .binding
        .and_then(|b| Some((view.program(b)?, &view.patch.bindings[b])))
    else {
        return;
    };
    let Some((lo, hi)) = range(view, lane, binding) else {
        return;
    };
    let points = 160;
    let mut line: Vec<Pos2> = Vec::new();
    for i in 0..=points {
        let at = Ratio::whole(scale.first) + Ratio::new(i * scale.bars, points);
        let Some(value) = program.sample(at) else {
            continue;
        };
        let share = ((value as f32 - lo) / (hi - lo)).clamp(0.0, 1.0);
        let y = track.bottom() - 3.0 - share * (track.height() - 6.0);
        line.push(pos2(scale.x(at.to_f64()), y));
    }
    ui.painter()
        .add(egui::Shape::line(line, Stroke::new(1.5, p.control)));
}

fn range(view: &View, lane: &Lane, binding: &Binding) -> Option<(f32, f32)> {
    let control = binding.control.as_deref()?;
    let (_, lo, hi) = view.patch.nodes[lane.node].range(control)?;
    (hi > lo).then_some((lo, hi))
}

fn playhead(ui: &Ui, p: &Palette, view: &View, window: Rect, scale: Scale) {
    let at = view.status.cycle.to_f64();
    let x = scale.x(at);
    if x >= scale.left && x <= scale.left + scale.width {
        ui.painter()
            .vline(x, window.y_range(), Stroke::new(1.5, p.audio));
    }
}

/// One of several, quiet.
fn choice(ui: &mut Ui, words: &str, chosen: bool, name: &str) -> bool {
    let p = theme::palette(ui);
    let ink = if chosen { p.audio } else { p.secondary };
    let words = RichText::new(words).font(theme::mono(10.5)).color(ink);
    let button = egui::Button::new(words).frame(false).small();
    ui.add(button).accessible_name(name).clicked()
}
