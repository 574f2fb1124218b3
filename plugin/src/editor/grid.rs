//! Hits on a grid of steps: a click sets or clears one, a drag paints, arrow keys and Enter do the same.
//! With Ctrl only the bar under the pointer is meant, where the phrase is shorter than what is seen.

use egui::accesskit::Role;
use egui::{EventFilter, Key, Modifiers, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2};
use sorl_graph::time::Ratio;

use super::edit::Edit;
use super::lanes::Lane;
use super::phrase::{Note, Phrase};
use super::theme::Palette;
use super::timeline::Scale;
use super::view::View;

/// What the hand does on a grid.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    paint: Option<Paint>,
    /// The step that the keyboard is at.
    cursor: i64,
}

#[derive(Debug)]
struct Paint {
    node: String,
    /// Whether hits are set; else they are cleared.
    sets: bool,
    phrase: Phrase,
}

/// One frame of a lane of hits.
pub(crate) fn show(
    ui: &mut Ui,
    p: &Palette,
    view: &View,
    lane: &Lane,
    (track, scale): (Rect, Scale),
    grid: &mut Grid,
    edits: &mut Vec<Edit>,
) {
    let Some(phrase) = &lane.phrase else { return };
    let id = ui.scope_id().with(lane.title());
    let response = ui.interact(track, id, Sense::click_and_drag());
    let written = phrase.write().unwrap_or_default();
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(written.clone()),
        ..WidgetInfo::labeled(Role::Slider, true, lane.title())
    });
    let pointer = response.interact_pointer_pos();
    let pressed = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_pressed());
    if let Some(at) = pointer.filter(|_| pressed) {
        let step = scale.step(at.x);
        let alone = ui.input(|i| i.modifiers.command);
        let mut painted = phrase.spread(if alone { scale.bars } else { 1 });
        let sets = !flip(&mut painted, scale, step, None);
        grid.paint = Some(Paint {
            node: lane.name.clone(),
            sets,
            phrase: painted,
        });
    }
    let painting = grid.paint.as_mut().filter(|paint| paint.node == lane.name);
    if let Some(paint) = painting {
        if let Some(at) = pointer {
            flip(&mut paint.phrase, scale, scale.step(at.x), Some(paint.sets));
        }
        let (down, cancelled) =
            ui.input(|i| (i.pointer.primary_down(), i.key_pressed(Key::Escape)));
        if cancelled {
            grid.paint = None;
        } else if !down && let Some(paint) = grid.paint.take() {
            edits.push(lane.write(&paint.phrase));
        }
    }
    if response.clicked() {
        response.request_focus();
    }
    if response.has_focus() {
        keys(ui, &response, lane, phrase, scale, grid, edits);
    }
    let shown = match &grid.paint {
        Some(paint) if paint.node == lane.name => &paint.phrase,
        _ => phrase,
    };
    paint(ui, p, view, shown, (track, scale));
    if response.has_focus() {
        let cell = cell(track, scale, grid.cursor);
        let line = Stroke::new(1.0, p.audio);
        ui.painter()
            .rect_stroke(cell, 3.0, line, StrokeKind::Inside);
    }
}

/// Sets or clears a step, or does what it is not yet; says whether there was a hit.
fn flip(phrase: &mut Phrase, scale: Scale, step: i64, set: Option<bool>) -> bool {
    let begin = phrase.place(scale.time(step));
    let end = begin + scale.length();
    let there = phrase
        .notes
        .iter()
        .any(|n| begin <= n.begin && n.begin < end);
    match set.unwrap_or(!there) {
        false => drop(phrase.clear(begin, end)),
        true if !there => phrase.put(Note {
            begin,
            end,
            key: None,
        }),
        true => {}
    }
    there
}

fn keys(
    ui: &Ui,
    response: &egui::Response,
    lane: &Lane,
    phrase: &Phrase,
    scale: Scale,
    grid: &mut Grid,
    edits: &mut Vec<Edit>,
) {
    let filter = EventFilter {
        horizontal_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let (way, flipped) = ui.input_mut(|i| {
        let mut count = |key| i.count_and_consume_key(Modifiers::NONE, key) as i64;
        let way = count(Key::ArrowRight) - count(Key::ArrowLeft);
        (way, count(Key::Enter) % 2 == 1)
    });
    grid.cursor = (grid.cursor + way).clamp(0, scale.bars * scale.steps - 1);
    if flipped {
        let mut changed = phrase.clone();
        flip(&mut changed, scale, grid.cursor, None);
        edits.push(lane.write(&changed));
    }
}

fn cell(track: Rect, scale: Scale, step: i64) -> Rect {
    let x = |step: i64| scale.x(scale.time(step).to_f64());
    Rect::from_x_y_ranges(x(step)..=x(step + 1), track.y_range())
}

fn paint(ui: &Ui, p: &Palette, view: &View, phrase: &Phrase, (track, scale): (Rect, Scale)) {
    let painter = ui.painter_at(track);
    let beats = i64::from(view.status.meter.beats.max(1));
    for step in 0..scale.bars * scale.steps {
        let cell = cell(track, scale, step).shrink2(egui::vec2(1.0, 3.0));
        let on_beat = (step * beats) % scale.steps == 0;
        let fill = if on_beat { p.raised } else { p.panel };
        if cell.width() > 2.0 {
            painter.rect_filled(cell, 2.0, fill);
        }
    }
    let now = view.status.cycle;
    for bar in 0..scale.bars {
        let base = Ratio::whole(scale.first + bar);
        let within = Ratio::whole((scale.first + bar).rem_euclid(phrase.cycles));
        for note in phrase
            .notes
            .iter()
            .filter(|n| n.begin.floor() == within.floor())
        {
            let begin = base + note.begin - within;
            let end = base + note.end - within;
            let sounds = view.status.playing && begin <= now && now < end;
            let (left, right) = (scale.x(begin.to_f64()), scale.x(end.to_f64()));
            let hit = Rect::from_min_max(
                pos2(left + 1.0, track.top() + 4.0),
                pos2((right - 1.0).max(left + 4.0), track.bottom() - 4.0),
            );
            let fill = if sounds {
                p.text.lerp_to_gamma(p.event, 0.35)
            } else {
                p.event
            };
            painter.rect_filled(hit, 2.5, fill);
        }
    }
}
